"""How outcomes move between variants, against numbers that can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from biomech.study.variant_comparison import (
    CHANGE_COLUMNS,
    CONCLUSION_COLUMNS,
    SHIFT_COLUMNS,
    conclusions,
    metric_shifts,
    option_values,
    participant_changes,
    session_means,
)

SCENE = {"task": "walking", "condition": "", "footwear": "", "side": "left", "metric": "m", "unit": "degree"}
# participant -> session -> values of the cycles
BASE = {"P01": {"pre": [1, 3], "post": [4]}, "P02": {"pre": [4], "post": [3.5]}, "P03": {"pre": [9], "post": [9]}}
#          means                2          4                4         3.5                 9         9
OTHER = {"P01": {"pre": [3], "post": [4]}, "P02": {"pre": [4], "post": [4.5]}, "P03": {"pre": [12, 8]}}
#                       +1        0               0        +1                       +1       only the base has it


def _metrics(**variants):
    return pd.DataFrame(
        [
            {**SCENE, "variant": variant, "participant": person, "session": session, "value": float(value)}
            for variant, people in variants.items()
            for person, sessions in people.items()
            for session, values in sessions.items()
            for value in values
        ]
    )


@pytest.fixture
def means():
    return session_means([_metrics(base=BASE, other=OTHER)])


def test_cycles_are_averaged_within_a_session_before_anything_else(means):
    row = means[(means["variant"] == "base") & (means["participant"] == "P01") & (means["session"] == "pre")]
    assert row["value"].item() == 2 and row["n_cycles"].item() == 2


def test_a_session_that_lies_in_several_blocks_is_averaged_over_all_of_them(means):
    table = _metrics(base=BASE, other=OTHER)
    for rows in (1, 2, 5):
        blocks = [table.iloc[i : i + rows] for i in range(0, len(table), rows)]
        pd.testing.assert_frame_equal(session_means(blocks), means)


def test_a_metric_moves_by_the_mean_of_the_participants_differences(means):
    shifts = metric_shifts(means)
    assert tuple(shifts.columns) == SHIFT_COLUMNS
    row = shifts.iloc[0]
    assert len(shifts) == 1 and row["variant"] == "other"
    # P01: (1 + 0) / 2, P02: (0 + 1) / 2, P03: 1, of the sessions that both have
    assert row["difference"] == pytest.approx((0.5 + 0.5 + 1) / 3)
    assert row["difference_sd"] == pytest.approx(np.std([0.5, 0.5, 1], ddof=1))
    assert row["mean_base"] == pytest.approx((3 + 3.75 + 9) / 3)
    assert row["mean_variant"] == pytest.approx((3.5 + 4.25 + 10) / 3)
    spread = np.std([3, 3.75, 9], ddof=1)
    assert row["sd_between_participants"] == pytest.approx(spread)
    assert row["standardised_difference"] == pytest.approx(row["difference"] / spread)
    assert (row["n_participants"], row["n_pairs"]) == (3, 5)
    assert (row["n_cycles_base"], row["n_cycles_variant"]) == (6, 6)


def test_the_largest_difference_keeps_its_sign():
    shifts = metric_shifts(
        session_means([_metrics(base={"P01": {"a": [0], "b": [0]}}, v={"P01": {"a": [-3], "b": [2]}})])
    )
    assert shifts["largest_difference"].item() == -3


def test_two_people_have_no_spread():
    two = {"P01": {"a": [1]}, "P02": {"a": [5]}}
    shifts = metric_shifts(session_means([_metrics(base=two, v=two)]))
    assert shifts[["difference_sd", "sd_between_participants", "standardised_difference"]].isna().all(axis=None)
    assert shifts["difference"].item() == 0


def test_changes_of_each_participant_beside_each_other(means):
    changes = participant_changes(means, ["pre", "post"])
    assert tuple(changes.columns) == CHANGE_COLUMNS
    by_person = changes.set_index("participant")
    assert by_person.index.tolist() == ["P01", "P02"]  # the third has no second session under the variant
    assert by_person["change_base"].tolist() == [2, -0.5] and by_person["change"].tolist() == [1, 0.5]
    assert by_person["difference"].tolist() == [-1, 1]
    assert by_person["sign_changes"].tolist() == [0, 1]
    assert set(by_person["from_session"]) == {"pre"} and set(by_person["to_session"]) == {"post"}


def test_the_order_of_sessions_is_the_studys_not_the_alphabets():
    people = {"P01": {"zero": [1], "after": [5], "later": [2]}}
    changes = participant_changes(session_means([_metrics(base=people, v=people)]), ["zero", "after", "later"])
    assert changes["change"].tolist() == [4, 1]


def test_one_session_has_no_changes():
    people = {"P01": {"pre": [1]}}
    assert participant_changes(session_means([_metrics(base=people, v=people)]), ["pre"]).empty


def _result(low, high, status="done", **cells):
    row = dict.fromkeys(
        ("analysis", "kind", "outcome", "unit", "side", "task", "term", "contrast", "level_a", "level_b"), "x"
    )
    return {**row, "estimate": (low + high) / 2, "low": low, "high": high, "status": status, "reason": "", **cells}


@pytest.mark.parametrize(
    ("low", "high", "status", "reported"),
    [
        (0.1, 2, "done", "above 0"),
        (-2, -0.1, "warned", "below 0"),
        (-1, 1, "done", "includes 0"),
        (0, 1, "done", "includes 0"),
        (float("nan"), 1, "done", "no interval"),
        (float("nan"), float("nan"), "skipped", "skipped"),
    ],
)
def test_a_conclusion_is_where_the_interval_lies(low, high, status, reported):
    table = conclusions({"base": pd.DataFrame([_result(low, high, status)])})
    assert tuple(table.columns) == CONCLUSION_COLUMNS
    assert table["conclusion"].item() == reported and np.isnan(table["as_in_base"].item())


def test_conclusions_are_compared_estimate_by_estimate():
    base = pd.DataFrame([_result(1, 2), _result(-1, 1, term="y")])
    other = pd.DataFrame([_result(-1, 1, term="y"), _result(-1, 2), _result(1, 2, term="new")])
    table = conclusions({"base": base, "other": other})
    mine = table[table["variant"] == "other"].set_index("term")["as_in_base"]
    assert mine["y"] == 1 and mine["x"] == 0 and np.isnan(mine["new"])
    assert conclusions({"base": base.iloc[:0]}).empty


def test_only_options_that_differ_are_named():
    base = {"signals": {"gap_max_s": 0.1, "cutoff_hz": {"walking": 12.0, "running": 15.0}}, "variants": {"v": {}}}
    other = {"signals": {"gap_max_s": 0.1, "cutoff_hz": {"walking": None, "running": 15.0}}, "variants": {}}
    values = option_values({"base": base, "other": other})
    assert values.index.tolist() == ["signals.cutoff_hz.walking"]
    assert values.loc["signals.cutoff_hz.walking"].to_dict() == {"base": "12", "other": "none"}
