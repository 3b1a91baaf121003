"""`biomech set`: one option changes, and nothing else of the file."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from biomech.cli import main
from biomech.config import parse_config, read_config
from biomech.errors import BiomechError, StudyError
from biomech.option_edit import set_option
from biomech.scaffold import CONFIG

EXAMPLE = Path(__file__).parents[2] / "config" / "config.yaml"


def study(folder: Path, text: str = CONFIG) -> Path:
    (folder / "config").mkdir()
    (folder / "config" / "config.yaml").write_text(text, encoding="utf-8")
    return folder


def changed_lines(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[:2] in ("- ", "+ ")]


@pytest.mark.parametrize(
    ("assignment", "lines"),
    [
        ("signals.cutoff_hz.walking=6", ["-     walking: 12", "+     walking: 6"]),
        ("lab.up=+y", ["-   up: +z", "+   up: +y"]),
        ("signals.cutoff_hz.running=null", ["-     running: 15", "+     running:"]),
    ],
)
def test_one_line_changes_and_comments_stay(tmp_path: Path, assignment: str, lines: list[str]) -> None:
    set_option(study(tmp_path), assignment)
    after = (tmp_path / "config" / "config.yaml").read_text(encoding="utf-8")
    assert changed_lines(CONFIG, after) == lines


def test_an_option_that_the_file_does_not_name_is_added(tmp_path: Path) -> None:
    changed = set_option(study(tmp_path), "contacts.threshold_n=25")
    assert (changed.old, changed.new, changed.was_default) == (20.0, 25.0, True)
    after = (tmp_path / "config" / "config.yaml").read_text(encoding="utf-8")
    assert changed_lines(CONFIG, after) == ["+ contacts:", "+   threshold_n: 25"]
    assert parse_config(read_config(tmp_path / "config" / "config.yaml")).contacts.threshold_n == 25


def test_a_config_with_lists_and_analyses_keeps_its_form(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    set_option(study(tmp_path, text), "signals.gap_max_s=0.2")
    after = (tmp_path / "config" / "config.yaml").read_text(encoding="utf-8")
    assert [line[:16] for line in changed_lines(text, after)] == ["-   gap_max_s: 0", "+   gap_max_s: 0"]


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("signals.cutof_hz.walking=6", "did you mean 'cutoff_hz'"),
        ("signals.gap_max_s=-1", "signals.gap_max_s"),
        ("signals.gap_max_s=soon", "signals.gap_max_s"),
        ("markerset", "expected OPTION=VALUE"),
        ("markerset.name=x", "is a value, not a section"),
        ("a=[1", "cannot be read as a value"),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(tmp_path: Path, assignment: str, expected: str) -> None:
    with pytest.raises((BiomechError, StudyError), match=expected.replace("[", r"\[")):
        set_option(study(tmp_path), assignment)
    assert (tmp_path / "config" / "config.yaml").read_text(encoding="utf-8") == CONFIG
    assert len(list((tmp_path / "config").iterdir())) == 1


def test_the_command_prints_old_and_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", "signals.cutoff_hz.walking=6", str(study(tmp_path))]) == 0
    assert "signals.cutoff_hz.walking: 12.0 -> 6.0" in capsys.readouterr().out
