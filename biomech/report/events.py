"""Foot contact, foot off and deepest point within each cycle, for figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from biomech.tasks import TASKS

_TRIAL = ["participant", "session", "trial"]


@dataclass(frozen=True)
class Mark:
    """How an event is drawn: a line over the whole panel, and a sign at its foot."""

    marker: Any
    filled: bool
    line: bool


MARKS: dict[str, Mark] = {
    "foot_off": Mark("^", True, True),
    "opposite_foot_off": Mark("^", False, False),
    "opposite_foot_strike": Mark("v", False, False),
    "bottom": Mark("D", True, True),
}


def event_name(event: str, task: str) -> str:
    """Return what an event of `MARKS` is called in a task."""
    if event == "bottom":
        return "peak knee flexion" if task in TASKS and TASKS[task].cycle == "landing" else "lowest point"
    return event.replace("_", " ")


def cycle_events(about: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the events of every cycle as percent of the cycle.

    Parameters
    ----------
    about : DataFrame
        One row per cycle: ``participant``, ``session``, ``trial``, ``side``, ``start`` and ``end`` (s),
        ``foot_off_percent`` and, where there is one, ``bottom_percent``.

    Returns
    -------
    dict of str to (n,) array
        Key of `MARKS` -> percent, NaN where it is not known. The other foot's events are those of its own strides in
        the same trial; a stride that was left out takes its events with it. Events without any value are left out.
    """
    n = len(about)
    given = {"foot_off": "foot_off_percent", "bottom": "bottom_percent"}
    found = {event: about[column].to_numpy(float) for event, column in given.items() if column in about}
    if "foot_off" in found:  # a landing that ends with the take-off has it at 100 %
        found["foot_off"] = np.where(found["foot_off"] < 100, found["foot_off"], np.nan)
    found |= {event: np.full(n, np.nan) for event in ("opposite_foot_off", "opposite_foot_strike")}
    if {"trial", "start", "end"} <= set(about.columns):
        for place in about.reset_index(drop=True).groupby(_TRIAL, sort=False).indices.values():
            rows = np.asarray(place)
            _add_opposite(about.iloc[rows], rows, found)
    return {event: found[event] for event in MARKS if event in found and np.isfinite(found[event]).any()}


def _add_opposite(trial: pd.DataFrame, rows: np.ndarray, found: Mapping[str, np.ndarray]) -> None:
    """Fill in the first strike and foot off of the other foot within each stride of one trial."""
    start, end, off = (trial[name].to_numpy(float) for name in ("start", "end", "foot_off_percent"))
    side = trial["side"].to_numpy()
    walks = off < 100  # strides alone: other tasks have no foot off, or end with it
    leaves = start + off / 100 * (end - start)
    for one, other in (("left", "right"), ("right", "left")):
        mine, theirs = (side == one) & walks, (side == other) & walks
        if not mine.any() or not theirs.any():
            continue
        times = {
            "opposite_foot_off": leaves[theirs],
            "opposite_foot_strike": np.concatenate([start[theirs], end[theirs]]),
        }
        for event, when in times.items():
            inside = (when > start[mine, None]) & (when < end[mine, None])
            first = np.where(inside, when, np.inf).min(axis=1)
            share = 100 * (first - start[mine]) / (end[mine] - start[mine])
            found[event][rows[mine]] = np.where(np.isfinite(share), share, np.nan)
