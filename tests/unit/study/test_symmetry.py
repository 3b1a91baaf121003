"""Left against right leg of outcomes, from a long table whose means are known."""

import numpy as np
import pandas as pd
import pytest

from biomech.columns import SYMMETRY_COLUMNS
from biomech.study.symmetry import side_sums, symmetry_table


def rows(metric, left, right, both=()):
    sides = ["left"] * len(left) + ["right"] * len(right) + ["both"] * len(both)
    about = {
        "participant": "P01",
        "session": "pre",
        "label": "",
        "task": "walking",
        "condition": "",
        "footwear": "shod",
    }
    return pd.DataFrame({**about, "metric": metric, "unit": "m", "side": sides, "value": [*left, *right, *both]})


def test_means_difference_and_indices():
    # in two pieces, as the study is read
    parts = [rows("step_length", [0.6, 0.7], [0.5]), rows("step_length", [0.8], [0.55, 0.45, np.nan])]
    table = symmetry_table(map(side_sums, parts))
    assert tuple(table.columns) == tuple(SYMMETRY_COLUMNS) and len(table) == 1
    row = table.iloc[0]
    assert (row["mean_left"], row["mean_right"], row["difference"]) == pytest.approx((0.7, 0.5, 0.2))
    assert row["limb_symmetry_percent"] == pytest.approx(140) and row["n_left"] == row["n_right"] == 3
    assert row["symmetry_index_percent"] == pytest.approx(100 * 0.2 / 0.6)


def test_no_per_cent_of_different_signs_and_no_row_of_one_leg():
    parts = [rows("tilt", [2.0], [-1.0]), rows("alone", [1.0], []), rows("shared", [], [], [3.0])]
    table = symmetry_table(map(side_sums, parts))
    assert table["metric"].tolist() == ["tilt"] and table["difference"].tolist() == [3.0]
    assert table[["limb_symmetry_percent", "symmetry_index_percent"]].isna().all(axis=None)


def test_a_study_without_cycles_has_an_empty_table():
    assert symmetry_table([]).empty and tuple(symmetry_table([]).columns) == tuple(SYMMETRY_COLUMNS)
    only = symmetry_table([side_sums(rows("alone", [1.0], []))])
    assert only.empty
