"""The report's numbers on curves with known differences, and its page and table on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from validation.comparisons import COMPARISONS, Comparison
from validation.pairs import Pair
from validation.report import COLUMNS, draw, page, summary
from validation.run import main


def pair(offset: float = 0.5, bound: float = 1.0, side: str = "left") -> Pair:
    theirs = np.sin(np.linspace(0, 6, 50))
    theirs[3] = np.nan
    ours = theirs + offset
    ours[7] = np.nan
    return Pair("made_up", "person walk", "knee", "sagittal", side, "degree", ours, theirs, bound)


def test_numbers_of_a_constant_difference() -> None:
    one = pair(-0.5)
    assert (one.n, one.rms, one.bias) == (48, pytest.approx(0.5), pytest.approx(-0.5))
    assert one.spread == pytest.approx(0, abs=1e-12) and one.correlation == pytest.approx(1)
    assert (one.within, pair(2.0).within, pair(2.0, np.nan).within) == ("yes", "no", "")


def test_table_has_the_named_columns_and_a_row_per_pair() -> None:
    table = summary([pair(), pair(2.0, np.nan, "right")])
    assert tuple(table.columns) == COLUMNS == (
        "comparison", "quantity", "plane", "side", "unit", "n", "rms", "bias", "correlation", "bound", "within",
    )  # fmt: skip
    assert table["comparison"].tolist() == ["made_up: person walk"] * 2
    assert table["within"].tolist() == ["yes", ""] and table["bound"].tolist() == ["1", ""]


def test_page_says_what_was_met_what_was_not_run_and_why(tmp_path: Path) -> None:
    done = Comparison("made_up", "Made up", (), lambda name, data: iter(()), "1 degree", ("an offset",))
    absent = Comparison("absent", "Not there", (), lambda name, data: iter(()), "1 degree", ())
    files = draw("made_up", [pair(), pair(2.0, side="right")], tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(files) and len(files) == 2
    text = page({done: [pair(), pair(2.0, side="right")], absent: "folder not found"}, {"made_up": files})
    assert "| 1 of 2 | 2 degree (person walk, right knee sagittal) |" in text
    assert "not run: folder not found" in text and "- an offset" in text
    assert "| knee | sagittal | left | degree | 1 | 0.5000 | 0.5000 | +0.5000 | 1.0000 | 1 |" in text


def test_comparisons_without_recordings_are_left_out_with_a_word(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("BIOMECH_DATA", str(tmp_path))
    assert main(["plug_in_gait_nexus"]) == 1
    told = capsys.readouterr().out
    assert "cgm_nexus not found" in told and "set BIOMECH_DATA" in told
    assert len({comparison.name for comparison in COMPARISONS}) == len(COMPARISONS)
