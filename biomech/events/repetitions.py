"""The record of a repetition, and the strides; squats, landings and stance have modules of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from biomech.config import Cycles
from biomech.schema import FOOT_OFF, FOOT_STRIKE


@dataclass(frozen=True)
class Repetition:
    """One cycle: times in s from the first stored frame; NaN where a cycle has no foot off or no lowest point."""

    side: str
    rep: int
    start: float
    end: float
    foot_off: float = np.nan
    bottom: float = np.nan
    source: str = "kinematic"


@dataclass(frozen=True)
class Note:
    """Something that the quality table must say about a trial's repetitions."""

    level: Literal["info", "warning"]
    code: str
    message: str
    item: str = ""
    action: str = ""
    value: float | None = None
    unit: str = ""


@dataclass
class Found:
    """The repetitions of a trial, what was rejected, and the foot strikes and foot offs of strides."""

    cycles: list[Repetition] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    events: pd.DataFrame | None = None


def strides(events: pd.DataFrame, sides: Sequence[str], settings: Cycles) -> Found:
    """Strides: foot strike to the next foot strike of the same side, with the foot off between.

    Parameters
    ----------
    events : DataFrame
        As `biomech.events.events.trial_events` gives it.
    sides : sequence of str
        Sides wanted.
    settings : biomech.config.Cycles
        Limits of a stride's duration.
    """
    found = Found(events=events)
    for side in sides:
        mine = events[events["side"] == side].sort_values("time", kind="stable")
        time, name, source = (mine[column].to_numpy() for column in ("time", "name", "source"))
        strikes, strike_sources = time[name == FOOT_STRIKE], source[name == FOOT_STRIKE]
        offs, off_sources = time[name == FOOT_OFF], source[name == FOOT_OFF]
        rep = 0
        for i in range(len(strikes) - 1):
            start, end = float(strikes[i]), float(strikes[i + 1])
            if not settings.stride_min_s <= end - start <= settings.stride_max_s:
                found.notes.append(
                    Note(
                        "info",
                        "implausible_stride",
                        f"{side} foot strikes at {start:.2f} s and {end:.2f} s: expected a stride of "
                        f"{settings.stride_min_s:g} to {settings.stride_max_s:g} s, found {end - start:.2f} s",
                        side,
                    )
                )
                continue
            inside = offs[(offs > start) & (offs < end)]
            if len(inside) and np.ptp(inside) >= settings.stride_min_s:
                found.notes.append(
                    Note(
                        "info",
                        "missing_foot_strike",
                        f"{side} foot strikes at {start:.2f} s and {end:.2f} s with foot offs at {inside.min():.2f} s and "
                        f"{inside.max():.2f} s between them: a foot strike is missing, no stride is made of it",
                        side,
                    )
                )
                continue
            percent = 100.0 * (offs - start) / (end - start)
            between = (percent > settings.foot_off_percent[0]) & (percent < settings.foot_off_percent[1])
            sources = [strike_sources[i], *off_sources[between][:1], strike_sources[i + 1]]
            if not between.any():
                found.notes.append(
                    Note(
                        "warning",
                        "no_foot_off",
                        f"{side} stride at {start:.2f} s: no foot off between its strikes",
                        side,
                    )
                )
            rep += 1
            off = float(offs[between][0]) if between.any() else np.nan
            found.cycles.append(Repetition(side, rep, start, end, off, np.nan, join_sources(sources)))
    return found


def join_sources(sources: Sequence[str]) -> str:
    """Return the sources of a cycle's events, each once, in the order of the events."""
    return "+".join(dict.fromkeys(sources))
