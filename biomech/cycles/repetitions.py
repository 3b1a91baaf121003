"""Where the cycles of a trial begin and end: strides, squats, landings, and the steady window of stance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.signal import find_peaks

from biomech.config import Cycles
from biomech.schema import FOOT_OFF, FOOT_STRIKE
from biomech.signals.derivatives import derivative
from biomech.signals.filters import lowpass, runs

Array = NDArray[np.float64]

# A foot off outside this share of a stride is a wrong event: walking about 60 %, sprinting about 20 %.
_FOOT_OFF_RANGE = (0.1, 0.9)
_SQUAT_CUTOFF_HZ = 3.0
_STANDING_PERCENTILE = 5.0
# A rise this many times the start threshold is an attempt; smaller ones are fidgeting and not worth a row.
_ATTEMPT = 2.0
_MIN_TURN_DEG = 5.0
_MIN_TURN_M = 0.01
_SAME_LANDING_S = 0.3
_MIN_CONTACT_S = 0.05


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


@dataclass
class Found:
    """The repetitions of a trial and what was rejected."""

    cycles: list[Repetition] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def strides(events: pd.DataFrame, sides: Sequence[str], settings: Cycles) -> Found:
    """Strides: foot strike to the next foot strike of the same side, with the foot off between.

    Parameters
    ----------
    events : DataFrame
        As `biomech.cycles.events.trial_events` gives it.
    sides : sequence of str
        Sides wanted.
    settings : biomech.config.Cycles
        Limits of a stride's duration.
    """
    found = Found()
    for side in sides:
        mine = events[events["side"] == side].sort_values("time", kind="stable")
        strikes = mine[mine["name"] == FOOT_STRIKE].reset_index(drop=True)
        offs = mine[mine["name"] == FOOT_OFF]
        rep = 0
        for i in range(len(strikes) - 1):
            start, end = float(strikes["time"][i]), float(strikes["time"][i + 1])
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
            inside = offs.loc[(offs["time"] > start) & (offs["time"] < end), "time"].to_numpy()
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
            share = (offs["time"] - start) / (end - start)
            between = offs[(share > _FOOT_OFF_RANGE[0]) & (share < _FOOT_OFF_RANGE[1])]
            sources = [strikes["source"][i], *between["source"].iloc[:1], strikes["source"][i + 1]]
            if between.empty:
                found.notes.append(
                    Note(
                        "warning",
                        "no_foot_off",
                        f"{side} stride at {start:.2f} s: no foot off between its strikes",
                        side,
                    )
                )
            rep += 1
            off = float(between["time"].iloc[0]) if len(between) else np.nan
            found.cycles.append(Repetition(side, rep, start, end, off, np.nan, join_sources(sources)))
    return found


def squats(flexion: ArrayLike, rate_hz: float, sides: Sequence[str], settings: Cycles) -> Found:
    """Squats, single-leg squats and step-downs, from the knee's flexion.

    A repetition starts where flexion, smoothed at 3 Hz, rises by `squat_start_deg` above standing (the 5th percentile of
    the trial) and ends where it returns there; its bottom is the largest flexion.

    Parameters
    ----------
    flexion : array_like, shape (n,)
        Knee flexion, degrees; the mean of both knees where both legs work.
    rate_hz : float
    sides : sequence of str
        Every repetition becomes one cycle per side, with common times.
    settings : biomech.config.Cycles
        Least flexion and duration; what does not reach them is rejected with a note.
    """
    found = Found()
    smooth = lowpass(flexion, rate_hz, _SQUAT_CUTOFF_HZ if rate_hz > 4 * _SQUAT_CUTOFF_HZ else None)
    if not np.isfinite(smooth).any():
        found.notes.append(Note("warning", "no_knee_flexion", "squats are found from knee flexion, which is missing"))
        return found
    standing = float(np.nanpercentile(smooth, _STANDING_PERCENTILE))
    level = standing + settings.squat_start_deg
    with np.errstate(invalid="ignore"):
        above = smooth > level
    rep = 0
    for first, end in runs(above):
        piece = smooth[first:end]
        depth, bottom = float(piece.max()), first + int(piece.argmax())
        if depth < standing + _ATTEMPT * settings.squat_start_deg:
            continue
        fault = _squat_fault(smooth, first, end, depth, settings)
        start_s, end_s = _crossing(smooth, first, level, rate_hz), _crossing(smooth, end, level, rate_hz)
        if not fault and end_s - start_s < settings.squat_min_duration_s:
            fault = f"expected at least {settings.squat_min_duration_s:g} s, found {end_s - start_s:.2f} s"
        if fault:
            found.notes.append(
                Note(
                    "warning",
                    "incomplete_repetition",
                    f"repetition with its bottom at {bottom / rate_hz:.2f} s: {fault}",
                )
            )
            continue
        rep += 1
        found.cycles += [Repetition(s, rep, start_s, end_s, np.nan, bottom / rate_hz) for s in sides]
    return found


def landings(
    events: pd.DataFrame,
    flexion: Mapping[str, Array],
    pelvis_height: Array,
    rate_hz: float,
    sides: Sequence[str],
    settings: Cycles,
    *,
    take_off: bool,
    bilateral: bool,
) -> Found:
    """Landings and cuts: from foot contact to take-off, or to the lowest point where the task has no take-off.

    The lowest point is the knee's first largest flexion after contact, or the pelvis's lowest position where flexion is
    missing.

    Parameters
    ----------
    events : DataFrame
        As `biomech.cycles.events.trial_events` gives it. A side's contacts come from the most trusted source that has
        any: an estimate before the first plate contact would be a false landing.
    flexion : mapping of str to ndarray, shape (n,)
        Knee flexion of each side, degrees.
    pelvis_height : ndarray, shape (n,)
        m.
    rate_hz : float
    sides : sequence of str
        Sides wanted; in a task of one leg with both given, the foot that lands first.
    settings : biomech.config.Cycles
    take_off : bool
        The cycle ends at take-off.
    bilateral : bool
        Both feet land; landings of both sides within 0.3 s share `rep`.
    """
    found = Found()
    strikes = {side: _trusted(events, side, FOOT_STRIKE, settings.event_sources) for side in sides}
    if not bilateral and len(sides) > 1:
        strikes = _first_side(strikes, settings.event_sources)
    wanted = sorted(
        (float(row["time"]), side, str(row["source"]))
        for side, table in strikes.items()
        for row in (table.iloc[:1] if settings.first_landing_only else table).to_dict("records")
    )
    rep, before = 0, -np.inf
    for start, side, source in wanted:
        if start - before > _SAME_LANDING_S or not bilateral:
            rep, before = rep + 1, start
        offs = _trusted(events, side, FOOT_OFF, settings.event_sources)
        offs = offs[offs["time"] > start + _MIN_CONTACT_S]
        later = strikes[side].loc[strikes[side]["time"] > start, "time"]
        off = float(offs["time"].iloc[0]) if len(offs) else np.inf
        limit = min(off, start + settings.landing_max_s, float(later.min()) if len(later) else np.inf)
        bottom = lowest_point(flexion[side], pelvis_height, rate_hz, start, limit)
        if take_off and np.isfinite(off) and off <= (later.min() if len(later) else np.inf):
            joined = join_sources([source, str(offs["source"].iloc[0])])
            found.cycles.append(Repetition(side, rep, start, off, off, bottom, joined))
            continue
        if take_off:
            found.notes.append(
                Note(
                    "info",
                    "no_take_off",
                    f"{side} contact at {start:.2f} s has no take-off: it ends at its lowest point",
                    side,
                )
            )
        if np.isnan(bottom):
            found.notes.append(
                Note(
                    "warning",
                    "no_lowest_point",
                    f"{side} contact at {start:.2f} s: its lowest point is not recorded",
                    side,
                )
            )
            continue
        found.cycles.append(Repetition(side, rep, start, bottom, np.nan, bottom, source))
    return found


def lowest_point(flexion: Array, pelvis_height: Array, rate_hz: float, start: float, limit: float) -> float:
    """Return when the knee first bends most (else, when the pelvis is first lowest) between two times; NaN if never.

    A turning point counts once the curve has come back by 5 degrees (10 mm).
    """
    first, end = int(np.ceil(start * rate_hz)), int(np.floor(min(limit * rate_hz, len(flexion) - 1))) + 1
    for curve, turn in ((flexion, _MIN_TURN_DEG), (-pelvis_height, _MIN_TURN_M)):
        piece = np.asarray(curve, dtype=float)[first:end]
        seen = np.flatnonzero(np.isnan(piece))
        piece = piece[: seen[0]] if len(seen) else piece
        if len(piece) < 3:
            continue
        # the end of the window stands for the curve's return: a stance that just holds its depth has a bottom as well
        peaks, _ = find_peaks(piece, prominence=turn)
        if len(peaks):
            return float((first + peaks[0]) / rate_hz)
        top = int(piece.argmax())
        if 0 < top < len(piece) - 1:
            return float((first + top) / rate_hz)
    return np.nan


def steady_window(
    ankle_height: Mapping[str, Array], pelvis: Array, rate_hz: float, sides: Sequence[str], settings: Cycles
) -> Found:
    """Single-leg stance: the longest stretch with the other foot up and the pelvis still.

    Parameters
    ----------
    ankle_height : mapping of str to ndarray, shape (n,)
        Height of both ankle centres, m.
    pelvis : ndarray, shape (n, 3)
        m; its speed is taken after smoothing at 3 Hz.
    rate_hz : float
    sides : sequence of str
        Standing sides wanted; each gives at most one cycle.
    settings : biomech.config.Cycles
    """
    found = Found()
    smooth = lowpass(pelvis, rate_hz, _SQUAT_CUTOFF_HZ if rate_hz > 4 * _SQUAT_CUTOFF_HZ else None)
    speed = np.linalg.norm(derivative(smooth, rate_hz), axis=-1)
    for side in sides:
        other = "left" if side == "right" else "right"
        with np.errstate(invalid="ignore"):
            lifted = ankle_height[other] - ankle_height[side] > settings.steady_foot_height_m
            steady = lifted & (speed < settings.steady_speed_m_s)
        spans = runs(steady)
        length = (spans[:, 1] - 1 - spans[:, 0]) / rate_hz
        if len(spans) and length.max() >= settings.steady_min_s - 1e-9:
            first, end = spans[int(length.argmax())]
            found.cycles.append(Repetition(side, 1, first / rate_hz, (end - 1) / rate_hz))
        elif len(sides) == 1:
            longest = float(length.max()) if len(spans) else 0.0
            found.notes.append(
                Note(
                    "warning",
                    "no_steady_window",
                    f"expected {settings.steady_min_s:g} s on the {side} leg with the other foot up and the pelvis slower "
                    f"than {settings.steady_speed_m_s:g} m/s, found {longest:.2f} s",
                    side,
                )
            )
    return found


def join_sources(sources: Sequence[str]) -> str:
    """Return the sources of a cycle's events, each once, in the order of the events."""
    return "+".join(dict.fromkeys(sources))


def _squat_fault(smooth: Array, first: int, end: int, depth: float, settings: Cycles) -> str:
    if first == 0 or np.isnan(smooth[first - 1]):
        return "its beginning is not recorded"
    if end == len(smooth) or np.isnan(smooth[end]):
        return "its end is not recorded"
    if depth < settings.squat_min_flexion_deg:
        return f"expected at least {settings.squat_min_flexion_deg:g} degrees of knee flexion, found {depth:.1f}"
    deep, _ = find_peaks(smooth[first:end], height=settings.squat_min_flexion_deg, prominence=depth / 3)
    if len(deep) > 1:
        return f"{len(deep)} bottoms without a return to standing between them"
    return ""


def _crossing(curve: Array, index: int, level: float, rate_hz: float) -> float:
    """Return when the curve crosses `level` between the frames `index` - 1 and `index`, s; NaN at the curve's ends."""
    if not 0 < index < len(curve):
        return np.nan
    before, after = curve[index - 1], curve[index]
    return float((index - 1 + (level - before) / (after - before)) / rate_hz)


def _trusted(events: pd.DataFrame, side: str, name: str, sources: Sequence[str]) -> pd.DataFrame:
    mine = events[(events["side"] == side) & (events["name"] == name)]
    for source in sources:
        chosen = mine[mine["source"] == source]
        if len(chosen):
            return chosen.sort_values("time", kind="stable")
    return mine


def _first_side(strikes: Mapping[str, pd.DataFrame], sources: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Keep the side whose first contact has the most trusted source, the earlier one of equals."""
    order = [
        (sources.index(table["source"].iloc[0]), float(table["time"].iloc[0]), side)
        for side, table in strikes.items()
        if len(table)
    ]
    return {side: strikes[side] for _, _, side in sorted(order)[:1]}
