"""Balanced group × session × leg studies with a large spread between people, against lmerTest 3.1-3."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from biomech.statistics.mixed import fit

RESIDUAL = 0.5


def study(number: int) -> pd.DataFrame:
    """Return 12 to 24 participants; spread between them 4 to 8 times the residual; no visits in 2, no legs in 3."""
    random, n = np.random.default_rng([21, number]), (16, 24, 12, 12)[number]
    spread = (4.0, 8.0, 8.0, 4.0)[number]
    value = 10 + random.normal(0, RESIDUAL * spread, (n, 1, 1)) + random.normal(0, RESIDUAL, (n, 2, 2))
    value = value + random.normal(0, RESIDUAL * (number != 2), (n, 2, 1))
    value = value + random.normal(0, RESIDUAL * (number != 3), (n, 1, 2))
    at = [axis.ravel() for axis in np.indices((n, 2, 2))]
    return pd.DataFrame(
        {
            "participant": [f"P{i:02d}" for i in at[0]],
            "group": np.where(at[0] % 2 == 0, "control", "case"),
            "session": np.array(["pre", "post"])[at[1]],
            "side": np.array(["left", "right"])[at[2]],
            "value": np.round(value.ravel(), 6),
        }
    )


# F of group, session and group × session, and their denominators' degrees of freedom, as lmerTest prints them
LMERTEST = [
    ((0.8066606, 0.02861402, 0.4902392), (14, 14, 14), ""),
    ((0.1980977, 0.7034632, 0.1431290), (22, 22, 22), ""),
    ((0.003760175, 7.089045, 0.7566536), (10, 22, 22), "session:participant"),
    ((1.964794, 0.8924187, 0.1618545), (10, 10, 10), "side:participant"),
]


@pytest.mark.parametrize("number", range(4))
def test_a_large_spread_between_people_does_not_stop_the_fit_early(number: int) -> None:
    """A step that is cut short leaves F of session off by up to half and 2 to 4 instead of 10 to 22 degrees of freedom."""
    f, df, zero = LMERTEST[number]
    found = fit(study(number), {"group": ["control", "case"], "session": ["pre", "post"]})
    terms = {row["term"]: row for row in found.rows if "," in row.get("df", "")}
    for name, expected, denominator in zip(("group", "session", "group:session"), f, df, strict=True):
        assert terms[name]["statistic"] == pytest.approx(expected, rel=1e-4)
        assert terms[name]["df"] == f"1, {denominator}"
    named = [note for note in found.notes if "singular" in note]
    assert named == ([f"variance of {zero} estimated at zero (singular fit)"] if zero else [])
