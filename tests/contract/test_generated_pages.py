"""The generated files are what the code makes now, and every page is in the navigation of the site."""

from __future__ import annotations

import re

import pytest
import yaml

from biomech.outcomes import METRICS
from docs import generate, site_hooks

NAVIGATION = (generate.ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]


def test_the_quick_ones_are_fresh() -> None:
    assert not sorted(generate.drifted()), "run: python -m docs.generate"


def test_a_page_that_was_changed_by_hand_has_drifted(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "docs" / "tasks.md"
    page.parent.mkdir()
    page.write_text("# Tasks\n", encoding="utf-8")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "QUICK", {"docs/tasks.md": generate.QUICK["docs/tasks.md"]})
    assert generate.main(["--check"]) == 1 and page.read_text(encoding="utf-8") == "# Tasks\n"
    assert generate.main([]) == 0 and "## Phases" in page.read_text(encoding="utf-8")
    assert generate.main(["--check"]) == 0


def test_the_slow_scripts_exist() -> None:
    for command in generate.SLOW.values():
        file = command[1].replace(".", "/") + ".py" if command[0] == "-m" else command[0]
        assert (generate.ROOT / file).is_file(), command


def test_every_page_is_in_the_navigation_once() -> None:
    docs = generate.ROOT / "docs"
    listed = [line.rsplit(": ", 1)[1] for line in NAVIGATION.splitlines() if line.strip().endswith(".md")]
    pages = {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")} | {site_hooks.NAME}
    assert sorted(listed) == sorted(pages)
    assert yaml.safe_load(f"nav:\n{NAVIGATION}")


def test_the_table_of_the_site_has_every_metric_once() -> None:
    named = re.findall(r"<tr><td><code>([\w<>]+)</code></td><td>", site_hooks.all_metrics_page())
    assert [name.replace("<wbr>", "") for name in named] == list(METRICS)
