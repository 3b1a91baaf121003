"""From cycles to one value (or curve) per participant and condition: the unit of every analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

RULE = "cycles averaged within session and leg, then legs, then sessions: one value per participant and condition"
DOMINANCE = "dominance"  # factor made from side and dominant_side


@dataclass(frozen=True)
class Means:
    """One value or curve per participant and condition.

    Attributes
    ----------
    keys : DataFrame
        ``participant`` and the factors, one row per value, in the order of the study.
    values : (rows, points) array
        A single value has one point.
    n_sessions, n_cycles : (rows,) array
        What each is the mean of.
    notes : tuple of str
        What a reader must know of how they were made.
    """

    keys: pd.DataFrame
    values: Array
    n_sessions: NDArray[np.int64]
    n_cycles: NDArray[np.int64]
    notes: tuple[str, ...] = ()

    def where(self, chosen: NDArray[np.bool_]) -> Means:
        """Return some of the rows."""
        return Means(
            self.keys[chosen].reset_index(drop=True),
            self.values[chosen],
            self.n_sessions[chosen],
            self.n_cycles[chosen],
            self.notes,
        )


def with_dominance(about: pd.DataFrame) -> pd.DataFrame:
    """Add the factor ``dominance`` (dominant, non_dominant, or empty where it is not known)."""
    out = about.copy()
    if "dominant_side" in out and "side" in out:
        dominant, side = out["dominant_side"].astype(str), out["side"].astype(str)
        known = dominant.isin(["left", "right"]) & side.isin(["left", "right"])
        out[DOMINANCE] = np.where(known, np.where(dominant == side, "dominant", "non_dominant"), "")
    return out


def chosen_cycles(about: pd.DataFrame, task: str, sides: str, where: Mapping[str, str | Sequence[str]]) -> NDArray:
    """Return which cycles an analysis uses.

    Parameters
    ----------
    about : DataFrame
        Coordinates of cycles, with ``dominance``.
    task : str
        Empty for all.
    sides : {'average', 'left', 'right', 'dominant', 'non_dominant', 'each'}
        Rows of both sides at once (``side`` = both) belong to every choice.
    where : mapping
        Column to the level or levels that are kept.
    """
    keep = np.ones(len(about), dtype=bool)
    if task:
        keep &= (about["task"].astype(str) == task).to_numpy()
    if sides in ("left", "right"):
        keep &= about["side"].isin([sides, "both"]).to_numpy()
    elif sides in ("dominant", "non_dominant"):
        keep &= ((about[DOMINANCE] == sides) | (about["side"] == "both")).to_numpy()
    for name, wanted in where.items():
        levels = [wanted] if isinstance(wanted, str) else list(wanted)
        keep &= about[name].astype(str).isin(levels).to_numpy()
    return keep


def participant_means(about: pd.DataFrame, values: Array, by: Sequence[str], *, each_leg: bool = False) -> Means:
    """Average cycles to one value per participant and combination of levels.

    Every session, and within it every leg, has the same weight, whatever the number of its cycles. A participant's leg
    counts only if it has values under every level that the participant has values for, so that a leg missing under one
    condition is no difference between conditions.

    Parameters
    ----------
    about : DataFrame
        Coordinates of the cycles.
    values : (cycles,) or (cycles, points) array
        Cycles with a missing sample are left out.
    by : sequence of str
        Factors.
    each_leg : bool
        Keep legs apart (rows of one participant then are no independent participants).
    """
    values = np.asarray(values, dtype=float)
    values = values[:, None] if values.ndim == 1 else values
    whole: NDArray[np.bool_] = np.asarray(np.isfinite(values).all(axis=1))
    notes = [f"{int((~whole).sum())} of {len(whole)} cycles without value left out"] if not whole.all() else []
    about, values = about.loc[whole].reset_index(drop=True), values[whole]
    by = list(dict.fromkeys([*by, *(["side"] if each_leg else [])]))
    legs_matter = not {"side", DOMINANCE} & set(by)
    keys = list(dict.fromkeys(["participant", *by, "session", "side"]))
    frame = about[keys].astype(str)
    cells, means, sizes = _grouped(frame, values)
    if legs_matter and len(cells):
        kept = _legs_everywhere(cells, by)
        if not kept.all():
            notes.append("legs without values under every condition left out")
        cells, means, sizes = cells[kept].reset_index(drop=True), means[kept], sizes[kept]
    n_cycles = sizes
    sessions = np.ones(len(cells), dtype=np.int64)
    for over in (["side"] if legs_matter else []) + (["session"] if "session" not in by else []):
        left = [name for name in cells.columns if name != over]
        groups, place = _places(cells[left])
        if over == "session":
            sessions = np.bincount(place, minlength=len(groups))
        elif over == "side":
            sessions = np.ones(len(groups), dtype=np.int64)
        means = _mean(means, place, len(groups))
        n_cycles = np.bincount(place, weights=n_cycles, minlength=len(groups)).astype(np.int64)
        cells = groups
    return Means(cells[["participant", *by]], means, sessions, n_cycles, tuple(notes))


def _grouped(frame: pd.DataFrame, values: Array) -> tuple[pd.DataFrame, Array, NDArray[np.int64]]:
    groups, place = _places(frame)
    return groups, _mean(values, place, len(groups)), np.bincount(place, minlength=len(groups))


def _places(frame: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """Return the distinct rows in order of appearance, and which of them each row is."""
    place = frame.groupby(list(frame.columns), sort=False).ngroup().to_numpy().astype(np.intp)
    return frame.drop_duplicates().reset_index(drop=True), place


def _mean(values: Array, place: NDArray, n: int) -> Array:
    total = np.zeros((n, values.shape[1]))
    np.add.at(total, place, values)
    return total / np.maximum(np.bincount(place, minlength=n), 1)[:, None]


def _legs_everywhere(cells: pd.DataFrame, by: Sequence[str]) -> NDArray[np.bool_]:
    if not by:
        return np.ones(len(cells), dtype=bool)
    conditions = cells.groupby(["participant", *by], sort=False).ngroup()
    of_person = conditions.groupby(cells["participant"]).transform("nunique")
    of_leg = conditions.groupby([cells["participant"], cells["side"]]).transform("nunique")
    everywhere = of_leg == of_person
    none = ~everywhere.groupby(cells["participant"]).transform("any")
    return (everywhere | none).to_numpy()


def levels_of(keys: pd.DataFrame, factor: str, reference: str = "", wanted: Sequence[str] = ()) -> list[str]:
    """Return the levels of a factor that occur, the reference first; empty cells are no level."""
    found = [level for level in dict.fromkeys(keys[factor].astype(str)) if level not in ("", "nan", "None")]
    if wanted:
        found = [level for level in found if level in wanted or level == reference]
    first = [reference] if reference in found else []
    return first + [level for level in found if level not in first]
