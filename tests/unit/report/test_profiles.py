"""Figure of the movement analysis profile, and its part of the page of results."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from biomech.io.csv_parquet import write_parquet
from biomech.report.page import _profiles
from biomech.report.profiles import profile_figures, write_profile_figures
from biomech.report.style import SIDE_COLOURS, style
from biomech.statistics.session_profiles import QUANTITIES
from tests.unit.statistics.test_session_profiles import leg, scores, study

RED_BLUE = SIDE_COLOURS["red_blue"]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """A patient's left hip 6 degrees and right knee 9 degrees off; the controls 2 degrees off each other's mean in pelvic tilt."""
    controls = [leg(f"C{i}", side, "control") for i in range(4) for side in ("left", "right")]
    controls += [leg("C4", side, "control", pelvis_anterior_tilt=2.0) for side in ("left", "right")]
    own = [leg("P", "left", "patient", hip_flexion=6.0), leg("P", "right", "patient", knee_flexion=9.0)]
    one = [leg("Q", "left", "patient", hip_flexion=3.0)]
    return scores(study(*controls, *own, *one)).reset_index()


def test_bars_are_the_scores_in_front_of_what_the_reference_has(table: pd.DataFrame) -> None:
    with style():
        figures = {parts[0]: figure for figure, parts, _ in profile_figures(table, RED_BLUE)}
    assert list(figures)[-2:] == ["P", "Q"]
    (axes,) = figures["P"].axes
    left, left_usual, right, _ = (np.array([bar.get_height() for bar in part]) for part in axes.containers)
    assert left[list(QUANTITIES).index("hip_flexion")] == pytest.approx(6.0)
    assert right[list(QUANTITIES).index("knee_flexion")] == pytest.approx(9.0)
    # pelvic tilt of the mean of all five controls is 0.4; C4 lies 2 off the other four, each of those 0.5 off the others
    tilt = np.sqrt((2.0**2 + 4 * 0.5**2) / 5)
    row = table[(table["participant"] == "P") & (table["side"] == "left")].iloc[0]
    assert row["usual_pelvis_anterior_tilt"] == pytest.approx(tilt) and row["usual_gps"] == pytest.approx(tilt / 3)
    assert left[-1] == pytest.approx(row["gps"]) and left_usual[0] == pytest.approx(tilt)
    colours = {bar.get_facecolor()[:3] for part in axes.containers for bar in part}
    assert len(colours) == 3, "left, right and the reference"


def test_the_page_has_the_scores_their_table_and_the_figure(tmp_path: Path, table: pd.DataFrame) -> None:
    parquet, folder = tmp_path / "profile_scores.parquet", tmp_path / "profile_figures"
    write_parquet(table, parquet, {})
    write_profile_figures(parquet, folder, {"formats": ["svg"], "side_colours": "red_blue"}, {})
    assert (folder / "profile_P.svg").is_file()
    text = "\n".join(_profiles({"profiles": parquet, "profile_figures": folder}, tmp_path / "report.md"))
    assert "[profile_scores.csv](profile_scores.csv)" in text and "(profile_figures/profile_P.svg)" in text
    both = float(table.loc[(table["participant"] == "P") & (table["side"] == "both"), "gps"].iloc[0])
    assert f"| {both:.1f} |" in text and "| Q |" in text, "of one leg its own score"
    assert not _profiles({}, tmp_path / "report.md")
