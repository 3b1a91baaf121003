"""The example of docs/api.md runs, and every public name of the package stands on the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import biomech

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_example_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    peak = names["table"].query("metric == 'knee_flexion__peak__swing'")["value"]
    assert len(peak) == names["strides"].sizes["cycle"] and peak.between(40, 80).all()


def test_every_public_name_is_on_the_page() -> None:
    shown = {name.rsplit(".", 1)[1] for name in re.findall(r"^::: (biomech\.[\w.]+)$", PAGE, re.MULTILINE)}
    assert set(biomech.__all__) - {"__version__"} == shown
