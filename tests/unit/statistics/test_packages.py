"""Intervals of ICC, Hedges g and marginal means against psych, effectsize and emmeans; `packages_reference.R` made the numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from biomech.statistics.comparison import groups
from biomech.statistics.marginal import Wanted
from biomech.statistics.mixed import fit
from biomech.statistics.reliability import icc

# Shrout & Fleiss 1979, table 2
RATINGS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
PSYCH = {
    "2,1": (0.28976378, 0.018786513, 0.76108437),
    "3,1": (0.71484071, 0.342464765, 0.94585826),
    "2,k": (0.62005055, 0.071136815, 0.92723204),
    "3,k": (0.90931554, 0.675674714, 0.98589168),
}
TERM = np.array([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
EARLY = np.array([1.15, 0.88, 0.90, 0.74, 1.21])
EMMEANS = {
    "0": (256.6518, 232.9605, 280.3431),
    "4": (288.6494, 264.9582, 312.3407),
    "9": (350.8512, 327.1600, 374.5425),
}
CONTRASTS = {"4 - 0": (31.997617, 8.6408132, 55.35442), "9 - 0": (94.199417, 70.8426132, 117.55622)}


@pytest.mark.parametrize("form", PSYCH)
def test_icc_and_interval_are_those_of_psych(form: str) -> None:
    found = icc(RATINGS, form)
    assert (found.value, found.low, found.high) == pytest.approx(PSYCH[form], rel=1e-6)


def test_hedges_g_and_interval_are_those_of_effectsize() -> None:
    found = groups(TERM, EARLY)
    assert (found.effect, found.effect_low, found.effect_high) == pytest.approx(
        (0.82779854, -0.24470025, 1.8715687), rel=1e-5
    )


def test_marginal_means_and_contrasts_are_those_of_emmeans() -> None:
    """Three days of the sleep study, `lmer(Reaction ~ Days + (1 | Subject))`, Satterthwaite."""
    table = pd.read_csv(Path(__file__).with_name("sleepstudy.csv"))
    table = table[table["Days"].isin([0, 4, 9])].reset_index(drop=True)
    text = table[["Days", "Subject"]].astype(str)
    cells = table.assign(value=table["Reaction"], participant=text["Subject"], session=text["Days"], side="average")
    found = fit(cells.assign(day=text["Days"]), {"day": ["0", "4", "9"]}, wanted=Wanted(True, False, False, {}))
    means = {row["level_a"]: row for row in found.rows if row["term"] == "marginal_mean_day"}
    contrasts = {row["contrast"]: row for row in found.rows if row.get("contrast")}
    for known, rows, rel in ((EMMEANS, means, 1e-5), (CONTRASTS, contrasts, 1e-6)):
        assert set(rows) == set(known)
        for name, numbers in known.items():
            assert tuple(rows[name][key] for key in ("estimate", "low", "high")) == pytest.approx(numbers, rel=rel)
    assert {row["df"] for row in means.values()} == {"33.4"} and {row["df"] for row in contrasts.values()} == {"34"}
