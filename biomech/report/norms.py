"""Published reference curves, each with the population that it comes from and the ages that it fits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from biomech.io.reference_curves import AGES

NORM_FILES = ("norms_walking.csv",)


@dataclass(frozen=True)
class Sample:
    """Who was measured, of which ages (youngest and oldest, years), and where it was published."""

    population: str
    source: str
    ages: tuple[float, float]


# Every 2 % of the cycle at free speed, as the article's supplementary tables give them.
SAMPLES: dict[str, Sample] = {
    "schwartz_2008": Sample(
        "82 typically developing children, 4-17 years, free walking speed",
        "Schwartz, Rozumalski & Trost 2008, J Biomech 41:1639-1650",
        (4.0, 17.0),
    ),
}

# When a muscle is active in walking, percent of the cycle: where the mean envelope of the sample lies above half of its
# range (chosen), read from the same tables. No published table of adults was at hand, so adults have no bar.
ACTIVE: dict[str, dict[str, tuple[tuple[float, float], ...]]] = {
    "schwartz_2008": {
        "rectus_femoris": ((0, 12), (98, 100)),
        "semitendinosus": ((0, 10), (86, 100)),  # medial hamstrings
        "biceps_femoris": ((0, 8), (86, 100)),  # lateral hamstrings
        "tibialis_anterior": ((0, 8), (62, 76), (94, 100)),
        "gastrocnemius_medialis": ((22, 48),),
    },
}


@dataclass(frozen=True)
class Norm:
    """One reference curve in the quantity's own sign.

    Attributes
    ----------
    mean, sd : np.ndarray
        Mean, and standard deviation between people, at the percents asked for.
    population, source : str
        Who was measured, and where it was published.
    """

    mean: np.ndarray
    sd: np.ndarray
    population: str
    source: str


def norm_curve(
    task: str,
    variable: str,
    quantity: str,
    percent: np.ndarray,
    own: pd.DataFrame | None = None,
    age: float | None = None,
) -> Norm | None:
    """Return the reference curve of a quantity in a task, or None if there is none.

    Parameters
    ----------
    task, variable, quantity : str
        For example ``walking``, ``angle``, ``hip_adduction``.
    percent : (n,) array
        Positions in the cycle; between the published points the curve is interpolated without overshoot (piecewise
        cubic Hermite), its standard deviation linearly.
    own : DataFrame, optional
        A lab's own curves (`biomech.io.reference_curves`); they go before the published ones.
    age : float, optional
        Years, NaN where unknown: curves of other ages are left out; own ones that name no ages fit all. None asks for no
        age: of several the first is taken.
    """
    for table in (own, _norms()):
        if table is None:
            continue
        rows = table[(table["task"] == task) & (table["variable"] == variable) & (table["quantity"] == quantity)]
        if age is not None:
            rows = rows[
                (rows[AGES[0]] <= age) & (age < rows[AGES[1]] + 1) | (rows[AGES[0]] == 0) & np.isinf(rows[AGES[1]])
            ]
        if not rows.empty:
            rows = rows[(rows[list(AGES)] == rows[list(AGES)].iloc[0]).all(axis=1)]
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


def profile_norm(
    own: pd.DataFrame | None,
) -> Callable[[str, str, np.ndarray, float], tuple[np.ndarray, str, np.ndarray] | None]:
    """Return how profile scores look up the reference of an angle: its mean, population and source, and SD.

    Parameters
    ----------
    own : DataFrame, optional
        A lab's own curves.
    """

    def norm(task: str, quantity: str, percent: np.ndarray, age: float) -> tuple[np.ndarray, str, np.ndarray] | None:
        found = norm_curve(task, "angle", quantity, percent, own, age)
        return None if found is None else (found.mean, f"{found.population} ({found.source})", found.sd)

    return norm


def fits(sample: Sample, age: float) -> bool:
    """Whether a person of this age (years, NaN where unknown) may be held against a sample."""
    return math.isfinite(age) and sample.ages[0] <= age < sample.ages[1] + 1


def activity(task: str, muscle: str, age: float) -> tuple[tuple[float, float], ...]:
    """Return when a muscle is usually active, percent of the cycle; empty where no sample fits."""
    if task != "walking":
        return ()
    return next((rows.get(muscle, ()) for name, rows in ACTIVE.items() if fits(SAMPLES[name], age)), ())


def no_norm(task: str, age: float) -> str:
    """Return why a person of this age has no published curves in a task that has some; empty where one fits."""
    names = _norms().loc[_norms()["task"] == task, "sample"].unique()
    if not len(names) or any(fits(SAMPLES[name], age) for name in names):
        return ""
    known = "; ".join(SAMPLES[name].population for name in names)
    whose = f"{age:g} years" if math.isfinite(age) else "an age that the sheets do not give (column age_years)"
    return f"No reference band: the published curves are of {known}; this participant is of {whose}."


@lru_cache
def _norms() -> pd.DataFrame:
    folder = files("biomech.report")
    tables = []
    for name in NORM_FILES:
        with folder.joinpath(name).open(encoding="utf-8") as stream:
            tables.append(pd.read_csv(stream))
    table = pd.concat(tables, ignore_index=True)
    # the published foot progression is the Cardan angle; where the foot is level, which is all that figures show, it is the projection too
    same = table[table["quantity"] == "foot_progression_in"].assign(quantity="foot_progression_in_cardan")
    table = pd.concat([table, same], ignore_index=True)
    about = {name: [getattr(SAMPLES[sample], name) for sample in table["sample"]] for name in ("population", "source")}
    ages = [[SAMPLES[sample].ages[end] for sample in table["sample"]] for end in (0, 1)]
    return table.assign(**about, **dict(zip(AGES, ages, strict=True)))
