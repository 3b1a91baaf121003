"""From cycles to one value (or curve) per participant and condition: the unit of every analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

RULE = "cycles averaged within trial, then trials, sessions and legs, each equally: one value per participant and condition"
DOMINANCE = "dominance"  # factor made from side and dominant_side
INJURY = "injury"  # factor made from side and injured_side, a column of the sheets
BLANK = "(blank)"  # level of an empty cell where other trials have one: the normal trial
_NEVER_BLANK = (
    "participant",
    "session",
    "side",
    "task",
    "trial",
    "group",
    "sex",
    "label",
    "dominant_side",
    "injured_side",
    DOMINANCE,
    INJURY,
)
_NUMBERS = ("value", "rep", "cycle")  # never factors of text


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


def as_text(column: pd.Series) -> pd.Series:
    """Return cells as text: whole numbers without decimals, and an empty cell (None or NaN) as empty text."""
    place, distinct = pd.factorize(column.to_numpy(), use_na_sentinel=True)
    texts = np.array([*map(level_text, distinct), ""], dtype=object)  # the last one is where place is -1
    return pd.Series(texts[place], index=column.index, dtype=object)


def level_text(value: object) -> str:
    """Return a level as the sheets write it: 1.0 of a column with an empty cell is ``1``."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else str(int(value)) if float(value).is_integer() else repr(float(value))
    return "" if value is None else str(value)


def with_levels(about: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of cycles as text that can be levels, with the factors ``dominance`` and ``injury``.

    An empty cell is the level ``(blank)`` where it means the normal trial: of ``condition`` and ``footwear``, and of free
    columns that are filled in other rows of the same participant. Elsewhere (a participant without a group) it is not a level.
    """
    out = about.copy()
    for name in out.columns:
        if name not in _NUMBERS:
            out[name] = as_text(out[name])
    for column, factor, levels in (
        ("dominant_side", DOMINANCE, ("dominant", "non_dominant")),
        ("injured_side", INJURY, ("injured", "uninjured")),
    ):
        if column in out and "side" in out:
            named, side = out[column], out["side"]
            known = named.isin(["left", "right"]) & side.isin(["left", "right"])
            out[factor] = np.where(known, np.where(named == side, *levels), "")
    for name in out.columns:
        if name in (*_NEVER_BLANK, *_NUMBERS):
            continue
        blank = out[name] == ""
        if not blank.any() or blank.all():
            continue
        normal = blank
        if name not in ("condition", "footwear"):
            normal = blank & out["participant"].isin(out.loc[~blank, "participant"])
            if pd.api.types.is_numeric_dtype(about[name]):
                continue
        out[name] = out[name].where(~normal, BLANK)
    return out


def chosen_cycles(about: pd.DataFrame, task: str, sides: str, where: Mapping[str, str | Sequence[str]]) -> NDArray:
    """Return which cycles an analysis uses.

    Parameters
    ----------
    about : DataFrame
        Of `with_levels`.
    task : str
        Empty for all.
    sides : {'average', 'left', 'right', 'dominant', 'non_dominant', 'injured', 'uninjured', 'each'}
        Rows of both sides at once (``side`` = both) belong to every choice.
    where : mapping
        Column to the level or levels that are kept; an empty one is `BLANK`.
    """
    keep = np.ones(len(about), dtype=bool)
    if task:
        keep &= (about["task"] == task).to_numpy()
    if sides in ("left", "right"):
        keep &= about["side"].isin([sides, "both"]).to_numpy()
    elif sides in ("dominant", "non_dominant"):
        keep &= ((about[DOMINANCE] == sides) | (about["side"] == "both")).to_numpy()
    elif sides in ("injured", "uninjured"):
        keep &= ((about[INJURY] == sides) | (about["side"] == "both")).to_numpy()
    for name, wanted in where.items():
        levels = [wanted] if isinstance(wanted, str) else list(wanted)
        keep &= about[name].isin([*levels, *([BLANK] if "" in levels else [])]).to_numpy()
    return keep


def participant_means(
    about: pd.DataFrame, values: Array, by: Sequence[str], *, each_leg: bool = False, over: Sequence[str] = ()
) -> Means:
    """Average cycles to one value per participant and combination of levels.

    Every trial has the same weight, whatever the number of its cycles, and so has every session, and every leg. A
    participant's leg counts only if it has values under every level, and in every session that is averaged over, that the
    participant has values for, so that a leg missing under one condition is not a difference between conditions.

    Parameters
    ----------
    about : DataFrame
        Columns of the cycles, see `with_levels`.
    values : (cycles,) or (cycles, points) array
        Cycles with a missing sample are left out.
    by : sequence of str
        Factors.
    each_leg : bool
        Keep legs apart (rows of one participant then are not independent participants).
    over : sequence of str
        Columns of which several levels were asked for; their levels have the same weight.
    """
    values = np.asarray(values, dtype=float)
    values = values[:, None] if values.ndim == 1 else values
    whole: NDArray[np.bool_] = np.asarray(np.isfinite(values).all(axis=1))
    notes = [f"{int((~whole).sum())} of {len(whole)} cycles without value left out"] if not whole.all() else []
    about, values = about.loc[whole].reset_index(drop=True), values[whole]
    by = list(dict.fromkeys([*by, *(["side"] if each_leg else [])]))
    legs_matter = not {"side", DOMINANCE, INJURY} & set(by)
    inner = [name for name in (*over, "trial") if name in about and name not in by]
    keys = list(dict.fromkeys(["participant", *by, "session", "side", *inner]))
    frame = pd.DataFrame({name: as_text(about[name]) for name in keys}, columns=keys)
    cells, means, n_cycles = _grouped(frame, values)
    if legs_matter and len(cells):
        kept = _legs_everywhere(cells, list(dict.fromkeys([*by, "session"])))
        if not kept.all():
            legs = cells[["participant", "side"]]
            lost, n = len(legs[~kept].drop_duplicates()), len(legs.drop_duplicates())
            notes.append(f"{lost} of {n} legs without values under every condition left out")
        cells, means, n_cycles = cells[kept].reset_index(drop=True), means[kept], n_cycles[kept]
    out = ["participant", *by]
    visits = cells[list(dict.fromkeys([*out, "session"]))].drop_duplicates()
    for name in [*inner[::-1], "session", "side"]:
        if name in by or name not in cells:
            continue
        groups, place = _places(cells[[left for left in cells.columns if left != name]])
        means = _mean(means, place, len(groups))
        n_cycles = np.bincount(place, weights=n_cycles, minlength=len(groups)).astype(np.int64)
        cells = groups
    n_sessions = np.ones(0, dtype=np.int64)
    if len(cells):
        cells = cells[out]
        counted = visits.groupby(out, sort=False).size()
        index = pd.MultiIndex.from_frame(cells) if len(out) > 1 else pd.Index(cells["participant"])
        n_sessions = counted.reindex(index).to_numpy().astype(np.int64)
    return Means(cells[out], means, n_sessions, n_cycles, tuple(notes))


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


def one_level(factor: str, levels: Sequence[str]) -> str:
    """Return that a factor has fewer levels with values than a comparison needs."""
    found = f"1 level with values ({', '.join(levels)})" if levels else "no level with values"
    return f"{factor} has {found}; two are needed"


def levels_of(keys: pd.DataFrame, factor: str, reference: str = "", wanted: Sequence[str] = ()) -> list[str]:
    """Return the levels of a factor that occur, the reference first; an empty cell is not a level."""
    found = [level for level in dict.fromkeys(keys[factor].astype(str)) if level != ""]
    if wanted:
        named = [*(level or BLANK for level in wanted), reference]
        found = [level for level in found if level in named]
    first = [reference] if reference in found else []
    return first + [level for level in found if level not in first]
