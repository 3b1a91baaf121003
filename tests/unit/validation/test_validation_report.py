"""The report's numbers on curves with known differences, and its page and table on them."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from biomech.report.style import SIDE_COLOUR
from validation.comparisons import COMPARISONS, Comparison
from validation.pairs import Pair
from validation.report import COLUMNS, _bland_altman, draw, page, summary
from validation.run import main


def pair(offset: float = 0.5, bound: float = 1.0, side: str = "left", **bounds: float) -> Pair:
    theirs = np.sin(np.linspace(0, 6, 50))
    theirs[3] = np.nan
    ours = theirs + offset
    ours[7] = np.nan
    return Pair("made_up", "person walk", "knee", "sagittal", side, "degree", ours, theirs, bound, **bounds)


def test_numbers_of_a_constant_difference() -> None:
    one = pair(-0.5)
    assert (one.n, one.rms, one.bias) == (48, pytest.approx(0.5), pytest.approx(-0.5))
    assert one.spread == pytest.approx(0, abs=1e-12) and one.correlation == pytest.approx(1)
    assert one.worst == pytest.approx(0.5)
    assert (one.within, pair(2.0).within, pair(2.0, np.nan).within) == ("yes", "no", "")


def test_peak_of_every_stance() -> None:
    """Two stances, one with its peak downwards; a run of a few samples holds no peak."""
    one = np.r_[np.full(5, np.nan), np.sin(np.linspace(0, np.pi, 41)), np.nan]
    theirs = np.concatenate([one, -2 * one, [np.nan, 1.0, 1.0, np.nan]])
    ours = np.concatenate([0.9 * one, -2.06 * one, [np.nan, 3.0, 3.0, np.nan]])
    made = Pair("", "", "", "", "left", "N m", ours, theirs, peak_bound=11.0)
    np.testing.assert_allclose(made.peaks, [-10.0, 3.0])
    assert made.peak == pytest.approx(-10.0) and made.within == "yes"
    assert Pair("", "", "", "", "left", "N m", ours, theirs, peak_bound=9.0).within == "no"
    assert np.isnan(Pair("", "", "", "", "left", "N m", ours, theirs).peak)


def test_peak_of_a_trial_ignores_what_one_of_them_lacks() -> None:
    ours, theirs = np.array([1.0, -4.0, 2.0, 9.0, -8.0]), np.array([0.5, -5.0, 3.0, np.nan, -1.0])
    one = Pair("", "", "", "", "left", "N m", ours, theirs)
    assert one.trial_peak() == (2.0, 3.0) and one.trial_peak(-1.0) == (-8.0, -5.0)
    assert np.isnan(Pair("", "", "", "", "left", "N m", ours, np.full(5, np.nan)).trial_peak()).all()


def test_all_recordings_of_a_panel_are_compared_at_the_same_peak() -> None:
    """The second alone reaches further downwards; on average they reach further up."""
    axis = plt.figure().add_subplot()
    curves = np.array([[0.0, 30.0, -10.0], [0.0, 20.0, -25.0]])
    _bland_altman(
        axis, [Pair("", "", "", "", "left", "degree", curve + np.array([0, 1, 5]), curve) for curve in curves]
    )
    np.testing.assert_allclose(axis.lines[0].get_xdata(), [30.5, 20.5])
    np.testing.assert_allclose(axis.lines[0].get_ydata(), [1, 1])
    plt.close(axis.figure)


@pytest.mark.parametrize("n", [2, 4])
def test_agreement_is_that_of_peaks_one_a_recording_and_side(n: int) -> None:
    offsets = [0.5, 1.0, 1.5, 2.0][:n]
    members = [pair(offset, side=side) for offset, side in zip(offsets, ["left", "right"] * 2, strict=False)]
    axis = plt.figure().add_subplot()
    _bland_altman(axis, members)
    points = [line for line in axis.lines if line.get_linestyle() == "None"]
    drawn = np.sort(np.concatenate([line.get_ydata() for line in points]))
    np.testing.assert_allclose(drawn, offsets)  # not one for each of 48 samples
    levels = np.sort([line.get_ydata()[0] for line in axis.lines if line.get_linestyle() != "None"])
    mean, sd = np.mean(offsets), np.std(offsets, ddof=1)
    np.testing.assert_allclose(levels, [mean] if n == 2 else [mean - 1.96 * sd, mean, mean + 1.96 * sd])
    assert {line.get_color() for line in points if len(line.get_ydata())} == {SIDE_COLOUR["left"], SIDE_COLOUR["right"]}
    plt.close(axis.figure)


def test_every_bound_counts() -> None:
    assert pair(0.5, correlation_bound=0.99).within == "yes"
    assert pair(0.5, worst_bound=0.4).within == "no" and pair(0.5, worst_bound=0.6).within == "yes"
    noisy = pair(0.0, correlation_bound=0.999)
    noisy.ours = noisy.ours + 0.3 * np.cos(40 * np.linspace(0, 6, 50))
    assert noisy.asked == {"rms": True, "correlation": False} and noisy.within == "no"


def test_table_has_the_named_columns_and_a_row_per_pair() -> None:
    table = summary([pair(), pair(2.0, np.nan, "right", correlation_bound=0.9, peak_bound=3.0)])
    assert tuple(table.columns) == COLUMNS == (
        "comparison", "quantity", "plane", "side", "unit", "n", "rms", "bias", "correlation", "bound", "within",
        "correlation_bound", "peak", "peak_bound", "worst", "worst_bound",
    )  # fmt: skip
    assert table["comparison"].tolist() == ["made_up: person walk"] * 2
    assert table["within"].tolist() == ["yes", "no"] and table["bound"].tolist() == ["1", ""]
    assert table["correlation_bound"].tolist() == ["", "0.9"] and table["peak_bound"].tolist() == ["", "3"]
    assert table["peak"][0] == "" and float(table["peak"][1]) == pytest.approx(200, abs=1)


def test_page_says_what_was_met_what_was_not_run_and_why(tmp_path: Path) -> None:
    done = Comparison("made_up", "Made up", (), lambda name, data: iter(()), "1 degree", ("an offset",))
    absent = Comparison("absent", "Not there", (), lambda name, data: iter(()), "1 degree", ())
    files = draw("made_up", [pair(), pair(2.0, side="right")], tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(files) and len(files) == 2
    rows = [pair(correlation_bound=0.99), pair(2.0, side="right")]
    text = page({done: rows, absent: "folder not found"}, {"made_up": files})
    assert "| 1 of 2 | RMS 2 degree (person walk, right knee sagittal) |" in text
    assert "not run: folder not found" in text and "- an offset" in text
    assert "| knee | sagittal | left | degree | 1 | 0.5 | 0.5 | +0.5 | 1.0000 | 1, r 0.99 |" in text


def test_a_comparison_without_bounds_names_its_largest_difference() -> None:
    done = Comparison("made_up", "Made up", (), lambda name, data: iter(()), "reported", ())
    text = page({done: [pair(0.5, np.nan), pair(2.0, np.nan, "right")]}, {})
    assert "| reported | RMS 2 degree (person walk, right knee sagittal) |" in text


def test_comparisons_without_recordings_are_left_out_with_a_word(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("BIOMECH_DATA", str(tmp_path))
    assert main(["plug_in_gait_nexus"]) == 1
    reported = capsys.readouterr().out
    assert "cgm_nexus not found" in reported and "set BIOMECH_DATA" in reported
    assert len({comparison.name for comparison in COMPARISONS}) == len(COMPARISONS)


def test_without_opensim_its_comparisons_are_left_out_with_a_word(monkeypatch, capsys) -> None:
    monkeypatch.setattr("validation.opensim_engine.available", lambda: False)
    assert main(["opensim_engine"]) == 0
    assert "OpenSim is not installed" in capsys.readouterr().out
