"""Published reference curves, each with the population that it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

NORM_FILES = ("norms_walking.csv",)


@dataclass(frozen=True)
class Norm:
    """One reference curve in the quantity's own sign.

    Attributes
    ----------
    mean : np.ndarray
        Mean at the percents asked for.
    sd : np.ndarray
        Standard deviation between people. The source gives one value per curve, the mean over the cycle, so the band
        is too narrow where people differ most (at peaks) and too wide elsewhere.
    population, source : str
        Who was measured, and where it was published.
    """

    mean: np.ndarray
    sd: np.ndarray
    population: str
    source: str


def norm_curve(
    task: str, variable: str, quantity: str, percent: np.ndarray, own: pd.DataFrame | None = None
) -> Norm | None:
    """Return the reference curve of a quantity in a task, or None if there is none.

    Parameters
    ----------
    task, variable, quantity : str
        For example ``walking``, ``angle``, ``hip_adduction``.
    percent : (n,) array
        Positions in the cycle; between the published points (every 10 % and the peaks) the curve is interpolated
        without overshoot (piecewise cubic Hermite).
    own : DataFrame, optional
        A lab's own curves (`biomech.io.reference_curves`); they go before the published ones.
    """
    for table in (own, _norms()):
        if table is None:
            continue
        rows = table[(table["task"] == task) & (table["variable"] == variable) & (table["quantity"] == quantity)]
        if not rows.empty:
            break
    else:
        return None
    at = rows["percent"].to_numpy(float)
    return Norm(
        PchipInterpolator(at, rows["mean"].to_numpy(float))(percent),
        np.interp(percent, at, rows["sd"].to_numpy(float)),
        str(rows["population"].iloc[0]),
        str(rows["source"].iloc[0]),
    )


@lru_cache
def _norms() -> pd.DataFrame:
    folder = files("biomech.report")
    tables = []
    for name in NORM_FILES:
        with folder.joinpath(name).open(encoding="utf-8") as stream:
            tables.append(pd.read_csv(stream))
    return pd.concat(tables, ignore_index=True)
