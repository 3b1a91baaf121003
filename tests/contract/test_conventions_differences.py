"""The table of differences in docs/conventions.md: each row is run, in findings and in the metrics of both sides."""

from __future__ import annotations

import pytest

from biomech.config import Config
from biomech.findings.conditions import conditions
from biomech.outcomes import METRICS
from tests.contract.test_conventions import table
from tests.unit.findings.test_conditions import around, material, reps

SETTINGS = Config().findings
BARE = SETTINGS.footwear_reference
# what has 10 degrees is named first in the row, what has 4 is taken away
MADE = {
    "legs": lambda: material(reps("", BARE, "left", "a", around(10)) + reps("", BARE, "right", "b", around(4))),
    "visits": lambda: material(
        [],
        {"pre": reps("", BARE, "left", "a", around(4)), "post": reps("", BARE, "left", "a", around(10))},
        "post",
    ),
    "footwear": lambda: material(reps("", BARE, "left", "a", around(4)) + reps("", "shod", "left", "b", around(10))),
    "condition": lambda: material(
        reps(SETTINGS.condition_reference[0], BARE, "left", "a", around(4))
        + reps("cued", BARE, "left", "b", around(10))
    ),
}
EXPECTED = {
    "left − right": ("left", "right"),
    "this visit − the first one": ("post", "pre"),
    "the other − `findings.footwear_reference": ("shod", BARE),
    "the other − `findings.condition_reference": ("cued", SETTINGS.condition_reference[0]),
}
ROWS = table("Differences")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["contrast"])
def test_a_difference_has_the_sign_of_its_row(row: dict[str, str]) -> None:
    (found,) = conditions(MADE[row["contrast"]]())
    assert found.evidence["contrast"] == row["contrast"] and found.value == pytest.approx(6)
    assert (found.evidence["of"], found.evidence["against"]) == EXPECTED[row["difference"]]


def test_every_contrast_has_a_row_and_metrics_of_both_legs_have_its_sign() -> None:
    assert [row["contrast"] for row in ROWS] == list(MADE)
    (legs,) = (row["difference"] for row in ROWS if row["contrast"] == "legs")
    named = "_".join(legs.replace("−", "minus").split())
    assert any(f"_{named}__" in name for name in METRICS)
    assert not any("right_minus_left" in name for name in METRICS)
