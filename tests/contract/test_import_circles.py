"""No module imports one that imports it back, by whatever way: at the top, in a function, or for types only."""

from __future__ import annotations

import graphlib
import sys
from pathlib import Path

import grimp
import pytest

PACKAGES = ("biomech", "biomech_simulation", "benchmarks", "validation")


def in_order(*packages: str) -> None:
    """Put modules in an order in which each imports only those before it."""
    graph = grimp.build_graph(*packages, cache_dir=None)
    graphlib.TopologicalSorter({m: graph.find_modules_directly_imported_by(m) for m in graph.modules}).prepare()


def test_no_module_is_part_of_a_circle() -> None:
    in_order(*PACKAGES)


@pytest.mark.parametrize(
    "back",
    [
        "from circle.a import A",
        "def f():\n    import circle.a",
        "import typing\nif typing.TYPE_CHECKING:\n    from circle import a",
    ],
)
def test_every_kind_of_circle_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back: str) -> None:
    folder = tmp_path / "circle"
    folder.mkdir()
    for name, text in (("__init__", ""), ("a", "from circle import b\nA = 1"), ("b", back)):
        (folder / f"{name}.py").write_text(f"{text}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(graphlib.CycleError, match=r"circle\.a"):
        in_order("circle")
    assert "circle" not in sys.modules
