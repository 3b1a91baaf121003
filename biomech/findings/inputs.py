"""Inputs of the findings, and grouping of cycles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config import Config
from biomech.io.sheets import Session
from biomech.io.trial_files import Trials
from biomech.quality import Quality

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FindingInputs:
    """One session of one participant.

    Parameters
    ----------
    session : Session
        Narrowed to the cells that findings use.
    config : Config
        Section ``findings``.
    quality : Quality
        Gets a row for everything that cannot be judged.
    cycles, metrics : xr.Dataset
        Of this session; either may have no cycles.
    model, kinematics, muscles : mapping of str to xr.Dataset
        One dataset per trial (the model: per static trial).
    visits : mapping of str to xr.Dataset
        Metrics of every session of this participant, this one included, in the order of the sheets.
    """

    session: Session
    config: Config
    quality: Quality
    cycles: xr.Dataset
    metrics: xr.Dataset
    model: Trials
    kinematics: Trials
    muscles: Trials
    visits: Mapping[str, xr.Dataset] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Cycles of one task, condition, footwear and side.

    Parameters
    ----------
    task, condition, footwear, side : str
    index : (n,) int array
        Their places on ``cycle``.
    """

    task: str
    condition: str
    footwear: str
    side: str
    index: NDArray[np.intp]

    @property
    def place(self) -> dict[str, Any]:
        """The fields of a finding that say what it is about."""
        return {"task": self.task, "condition": self.condition, "footwear": self.footwear, "side": self.side}


def groups(data: xr.Dataset) -> Iterator[Group]:
    """Yield the groups of a dataset with ``cycle``, in the order in which they first appear.

    Footwear and conditions are never pooled.
    """
    if not data.sizes.get("cycle"):
        return
    keys = list(
        zip(*(data[name].to_numpy().astype(str) for name in ("task", "condition", "footwear", "side")), strict=True)
    )
    for key in dict.fromkeys(keys):
        task, condition, footwear, side = key
        index = np.array([i for i, other in enumerate(keys) if other == key], dtype=np.intp)
        yield Group(task, condition, footwear, side, index)


def values(metrics: xr.Dataset, name: str, group: Group) -> Array:
    """Return the values of a metric in a group that are not missing, shape (n,)."""
    if "metric" not in metrics.coords or name not in metrics["metric"].to_numpy():
        return np.zeros(0)
    found = metrics["value"].sel(metric=name).to_numpy()[group.index]
    return np.asarray(found[np.isfinite(found)], dtype=float)


@dataclass(frozen=True)
class Repeated:
    """Values of the repetitions of one group.

    Attributes
    ----------
    values : (n,) array
        None missing.
    trials : (n,) array of str
        The trial of each; one name where the dataset names no trials.
    """

    values: Array
    trials: NDArray[np.str_]

    def __len__(self) -> int:
        """Return the number of repetitions."""
        return len(self.values)


def repeated(metrics: xr.Dataset, name: str, group: Group) -> Repeated:
    """Return what `values` does, with the trial of every value."""
    if "metric" not in metrics.coords or name not in metrics["metric"].to_numpy():
        return Repeated(np.zeros(0), np.zeros(0, dtype=str))
    found = metrics["value"].sel(metric=name).to_numpy()[group.index]
    known = np.isfinite(found)
    return Repeated(found[known].astype(float), trials_of(metrics, group)[known])


def trials_of(data: xr.Dataset, group: Group) -> NDArray[np.str_]:
    """Return the trial of every cycle of a group, shape (n,)."""
    if "trial" not in data.coords:
        return np.full(len(group.index), "", dtype=str)
    return np.asarray(data["trial"].to_numpy()[group.index].astype(str))


def of_person(data: xr.Dataset, names: tuple[str, ...]) -> float:
    """Return the first number that one of these columns of the sheets holds on the cycles; NaN where none does."""
    for name in names:
        for value in data[name].to_numpy().ravel() if name in data.coords else ():
            try:
                number = float(value)
            except (TypeError, ValueError):
                continue
            if np.isfinite(number):
                return number
    return float("nan")
