"""Data of the figures of statistical results: the values and curves used by the tests themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

SCENE = ("analysis", "outcome", "side", "task", "contrast")


@dataclass(frozen=True)
class Line:
    """A curve with its interval; ``low`` and ``high`` are NaN where there is none."""

    name: str
    n: int
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class CurveTest:
    """A test along a curve, as `curves.nc` holds it.

    Attributes
    ----------
    percent, statistic : (points,) array
    threshold, confidence : float
    name, design : str
        Of the statistic with its degrees of freedom; of the test.
    difference : Line, optional
        Of two levels, as in the contrast.
    levels : list of Line
    """

    percent: np.ndarray
    statistic: np.ndarray
    threshold: float
    confidence: float
    name: str
    design: str
    difference: Line | None
    levels: list[Line] = field(default_factory=list)

    @property
    def within(self) -> bool:
        """Whether levels are of the same participants, all or (`anova_mixed`) some of them."""
        return self.design in ("paired", "anova_repeated", "anova_mixed", "anova_two_repeated", "hotelling_paired")


def level_values(values: pd.DataFrame, row: Mapping[Any, Any]) -> tuple[pd.DataFrame, str, str]:
    """Return the values behind a contrast, one row per participant, the reference's column first; its factor and design."""
    same = np.ones(len(values), dtype=bool)
    for name in SCENE:
        same &= (values[name] == str(row.get(name) or "")).to_numpy()
    mine = values[same]
    if mine.empty:
        return pd.DataFrame(), "", ""
    wide = mine.pivot_table(index="participant", columns="level", values="value", sort=False)
    levels = [str(row[name]) for name in ("level_b", "level_a")]
    wide = wide.reindex(columns=[level for level in levels if level in wide.columns])
    return wide, str(mine["factor"].iloc[0]), str(mine["design"].iloc[0])


def curve_test(tests: xr.Dataset, row: Mapping[Any, Any]) -> CurveTest | None:
    """Return the test along a curve of a row of the table of results; nothing if there is none."""
    same = np.ones(tests.sizes["test"], dtype=bool)
    for name in SCENE:
        same &= tests[name].to_numpy().astype(str) == str(row.get(name) or "")
    if same.sum() != 1:
        return None
    place = int(same.argmax())
    one = tests.isel(test=place)
    band = [one[name].to_numpy() for name in ("mean", "low", "high")]
    own = np.flatnonzero(tests["level_test"].to_numpy() == place)
    levels = [
        Line(str(part["level_name"].item()), int(part["level_n"]), *(part[f"level_{n}"].to_numpy() for n in _BAND))
        for part in (tests.isel(level=int(i)) for i in own)
    ]
    known = bool(np.isfinite(band[0]).all())
    return CurveTest(
        one["percent"].to_numpy(),
        one["spm"].to_numpy(),
        float(one["threshold"]),
        float(one["confidence"]),
        str(one["statistic"].item()),
        str(one["design"].item()),
        Line(str(row["contrast"]), 0, *band) if known else None,
        levels,
    )


_BAND = ("mean", "low", "high")
