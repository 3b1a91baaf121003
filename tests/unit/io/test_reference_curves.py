"""A lab's own reference curves: what is taken, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from biomech.errors import StudyError
from biomech.io.reference_curves import COLUMNS, read_reference_curves
from biomech.report.norms import norm_curve


def table(**changed: object) -> pd.DataFrame:
    rows = {
        "task": "walking",
        "variable": "angle",
        "quantity": "hip_adduction",
        "percent": [0, 50, 100],
        "mean": [1.0, 2.0, 1.0],
        "sd": [0.5, 0.5, 0.5],
        "unit": "degree",
        "population": "20 adults of our lab",
        "source": "unpublished",
    }
    return pd.DataFrame(rows | changed)


def test_own_curves_go_before_the_published_ones(tmp_path: Path) -> None:
    table().to_csv(tmp_path / "own.csv", index=False)
    own = read_reference_curves(tmp_path / "own.csv")
    percent = np.linspace(0, 100, 101)
    norm = norm_curve("walking", "angle", "hip_adduction", percent, own)
    published = norm_curve("walking", "angle", "hip_adduction", percent)
    assert norm is not None and published is not None
    assert norm.mean[50] == pytest.approx(2.0) and norm.population == "20 adults of our lab"
    assert published.population != norm.population
    other = norm_curve("walking", "angle", "knee_flexion", percent, own)
    assert other is not None and other.population == published.population


def test_own_curves_may_be_of_several_ages(tmp_path: Path) -> None:
    children = table(mean=[9.0, 9.0, 9.0], age_from_years="4", age_to_years="17", population="our children")
    adults = table(age_from_years="18", age_to_years="", population="our adults")
    pd.concat([children, adults]).to_csv(tmp_path / "own.csv", index=False)
    own = read_reference_curves(tmp_path / "own.csv")
    percent = np.linspace(0, 100, 101)

    def population(age: float) -> str:
        found = norm_curve("walking", "angle", "hip_adduction", percent, own, age)
        return found.population if found else ""

    assert [population(age) for age in (10.0, 17.9, 18.0, 80.0)] == ["our children"] * 2 + ["our adults"] * 2
    assert population(np.nan) == ""
    assert norm_curve("walking", "angle", "hip_adduction", percent, own).mean[0] == 9.0  # of several the first
    plain = table()
    plain.to_csv(tmp_path / "own.csv", index=False)
    own = read_reference_curves(tmp_path / "own.csv")
    assert population(np.nan) == population(30.0) == "20 adults of our lab"  # names no ages: fits all


@pytest.mark.parametrize(
    ("changed", "reported"),
    [
        ({"task": "wlaking"}, "line 2: `task`: expected a task, found 'wlaking' (did you mean 'walking'?)"),
        ({"unit": "rad"}, "expected 'degree', found 'rad'"),
        ({"percent": [0, 50, 90]}, "walking angle hip_adduction: expected points from 0 to 100 %"),
        ({"percent": [0, 0, 100]}, "line 3: `percent`: expected each percent of a curve once"),
        ({"sd": [0.5, -1, 0.5]}, "line 3: `sd`: expected a number from 0, found '-1.0'"),
        ({"mean": [1.0, "x", 2.0]}, "line 3: `mean`: expected a number, found 'x'"),
        ({"source": " "}, "`source`: expected a text"),
        ({"variable": "angles"}, "expected one of angle, moment, power"),
        ({"age_from_years": "young"}, "line 2: `age_from_years`: expected an age in years"),
        ({"age_from_years": "50", "age_to_years": "18"}, "expected an age in years, the first at most the second"),
    ],
)
def test_a_fault_names_its_line(tmp_path: Path, changed: dict[str, object], reported: str) -> None:
    table(**changed).to_csv(tmp_path / "own.csv", index=False)
    with pytest.raises(StudyError) as raised:
        read_reference_curves(tmp_path / "own.csv")
    assert reported in str(raised.value)


def test_an_absent_file_and_absent_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="cannot be read"):
        read_reference_curves(tmp_path / "none.csv")
    table().drop(columns=["population"]).to_csv(tmp_path / "own.csv", index=False)
    with pytest.raises(StudyError, match="missing columns population"):
        read_reference_curves(tmp_path / "own.csv")
    assert "population" in COLUMNS
