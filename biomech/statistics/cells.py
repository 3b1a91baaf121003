"""Covariates of the values that a mixed model is of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biomech.statistics.participant_means import Means

Array = NDArray[np.float64]


def of_cells(table: pd.DataFrame, frame: pd.DataFrame, name: str, by: Sequence[str]) -> Array:
    """Return the mean of a covariate over the cycles behind every value."""
    keys = ["participant", *by, *(["side"] if set(frame["side"]) <= set(table["side"].astype(str)) else [])]
    numbers = pd.to_numeric(table[name], errors="coerce")
    means = numbers.groupby([table[key].astype(str) for key in keys]).mean()
    return means.reindex(pd.MultiIndex.from_frame(frame[keys].astype(str))).to_numpy(float)


def with_baseline(means: Means, frame: pd.DataFrame, session: str) -> tuple[Means, pd.DataFrame]:
    """Return the values of the other sessions, with the mean value of this one as the column ``baseline``.

    Parameters
    ----------
    means : Means
        One row per value of `frame`.
    frame : DataFrame
        ``participant``, ``session``, ``side`` and ``value``.
    session : str
        The baseline; it counts for the same participant and leg. Without it the column is NaN.
    """
    first = (frame["session"] == session).to_numpy()
    keys = ["participant", "side"]
    level = frame[first].groupby(keys)["value"].mean()
    found = level.reindex(pd.MultiIndex.from_frame(frame.loc[~first, keys])).to_numpy(float)
    return means.where(~first), frame[~first].reset_index(drop=True).assign(baseline=found)
