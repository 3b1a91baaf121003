"""Landings, jumps and cuts: from foot contact to take-off or to the lowest point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biomech.config import Cycles
from biomech.config.detection import Detection
from biomech.events.repetitions import Found, Note, Repetition, join_sources
from biomech.events.trajectories import turns
from biomech.schema import FOOT_OFF, FOOT_STRIKE
from biomech.signals.filters import runs

Array = NDArray[np.float64]


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
    loaded: Sequence[float] = (),
) -> Found:
    """Landings and cuts: from foot contact to take-off, or to the lowest point where the task has no take-off.

    The lowest point is the knee's first largest flexion after contact, or the pelvis's lowest position where flexion is
    missing. A landing that follows a take-off of this trial (the second one of a drop jump) is not a cycle.

    Parameters
    ----------
    events : DataFrame
        As `biomech.events.events.trial_events` gives it. A side's contacts come from the most trusted source that has
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
        Both feet land; landings of both sides within `same_landing_s` share `rep`.
    loaded : sequence of float
        When feet came down on plates, of use for moments or not, s. A first landing with both feet on one plate has no
        event from force, and the second must not be taken for it.
    """
    found = Found()
    order: Sequence[str] = settings.event_sources
    strikes = {side: _trusted(events, side, FOOT_STRIKE, order) for side in sides}
    if not bilateral and len(sides) > 1:
        strikes = _first_side(strikes, order)
    if settings.first_landing_only:
        strikes = _first_landing(events, strikes, loaded, settings)
    wanted = sorted(
        (float(row["time"]), side, str(row["source"]))
        for side, table in strikes.items()
        for row in table.to_dict("records")
    )
    rep, before, left_ground = 0, -np.inf, dict.fromkeys(sides, -np.inf)
    for start, side, source in wanted:
        if take_off and bilateral and start - left_ground[side] <= settings.flight_s[1]:
            message = f"{side} contact at {start:.2f} s follows a jump: it is not a cycle"
            found.notes.append(Note("info", "second_landing", message, side))
            continue
        if start - before > settings.same_landing_s or not bilateral:
            rep, before = rep + 1, start
        next_strike = _next_strike(events, side, start, settings.same_landing_s)
        off, off_source = _first_off(events, side, start, next_strike, settings)
        limit = min(off, start + settings.landing_max_s, next_strike)
        bottom = lowest_point(flexion[side], pelvis_height, rate_hz, start, limit, settings.detection)
        if take_off and np.isfinite(off):
            left_ground[side] = off
            found.cycles.append(Repetition(side, rep, start, off, off, bottom, join_sources([source, off_source])))
            continue
        if take_off:
            message = f"{side} contact at {start:.2f} s has no take-off: it ends at its lowest point"
            found.notes.append(Note("info", "no_take_off", message, side))
        if np.isnan(bottom):
            message = f"{side} contact at {start:.2f} s: its lowest point is not recorded"
            found.notes.append(Note("warning", "no_lowest_point", message, side))
            continue
        found.cycles.append(Repetition(side, rep, start, bottom, np.nan, bottom, source))
    return found


def after_flight(
    events: pd.DataFrame, contact: Array, rate_hz: float, settings: Cycles, loaded: Sequence[float] = ()
) -> tuple[pd.DataFrame, list[float], list[Note]]:
    """Leave out of the events of a drop landing the strikes that no flight precedes, such as steps on the way to the box.

    Parameters
    ----------
    events : DataFrame
    contact : ndarray, shape (n, 2)
        Stance states of both feet, 0 in the air; all NaN where there are none, and then nothing is left out.
    rate_hz : float
    settings : biomech.config.Cycles
        A strike belongs to a flight that ended at most `same_landing_s` before, with the other foot's strike.
    loaded : sequence of float
        When feet came down on plates, s; treated like strikes.

    Returns
    -------
    events : DataFrame
    loaded : list of float
    notes : list of Note
        ``no_flight`` if no strike follows one; then all of them are kept.
    """
    if not np.isfinite(contact).any():
        return events, list(loaded), []
    flight = settings.detection.flight_min_s
    spans = runs((contact == 0).all(axis=1))
    ends = np.array([end for first, end in spans if (end - first) / rate_hz >= flight]) / rate_hz

    def follows(time: float) -> bool:
        return bool(((time - ends >= -flight) & (time - ends <= settings.same_landing_s)).any())

    strike = (events["name"] == FOOT_STRIKE).to_numpy()
    landed = np.array([follows(float(time)) for time in events["time"]], dtype=bool)
    if strike.any() and not (strike & landed).any():
        message = "no foot strike follows a flight of both feet: the first one is taken for the landing"
        return events, list(loaded), [Note("warning", "no_flight", message)]
    return events[~strike | landed].reset_index(drop=True), [t for t in loaded if follows(t)], []


def cut_contact(
    events: pd.DataFrame, pelvis: Array, rate_hz: float, sides: Sequence[str], settings: Cycles
) -> tuple[str, float] | None:
    """Return side and foot strike of the contact in which the pelvis's path turns most away from the foot.

    Other contacts are steps of the approach, or of running on.

    Parameters
    ----------
    events : DataFrame
        As `biomech.events.events.trial_events` gives it.
    pelvis : ndarray, shape (n, 3)
        m.
    rate_hz : float
    sides : sequence of str
        Sides that may cut.
    settings : biomech.config.Cycles

    Returns
    -------
    tuple of (str, float) or None
        None without a contact that begins and ends in the recording, or without a pelvis.
    """
    best: tuple[float, str, float] | None = None
    order: Sequence[str] = settings.event_sources
    for side in sides:
        for start in _trusted(events, side, FOOT_STRIKE, order)["time"].astype(float):
            following = _next_strike(events, side, start, settings.same_landing_s)
            off, _ = _first_off(events, side, start, following, settings)
            angle = float(turns(pelvis, rate_hz, [(start, off)], settings.detection)[0]) * (
                1.0 if side == "right" else -1.0
            )
            if np.isfinite(angle) and (best is None or angle > best[0]):
                best = (angle, side, start)
    return None if best is None else best[1:]


def lowest_point(
    flexion: Array, pelvis_height: Array, rate_hz: float, start: float, limit: float, how: Detection
) -> float:
    """Return when the knee first bends most (else, when the pelvis is first lowest) between two times; NaN if never.

    A turning point counts once the curve has come back by `turn_min_deg` (the pelvis by `turn_min_m`).
    """
    from scipy.signal import find_peaks  # here: its import takes half a second

    first, end = int(np.ceil(start * rate_hz)), int(np.floor(min(limit * rate_hz, len(flexion) - 1))) + 1
    for curve, turn in ((flexion, how.turn_min_deg), (-pelvis_height, how.turn_min_m)):
        piece = np.asarray(curve, dtype=float)[first:end]
        seen = np.flatnonzero(np.isnan(piece))
        piece = piece[: seen[0]] if len(seen) else piece
        if len(piece) < 3:
            continue
        # the end of the window counts as the return of the curve: a stance that just holds its depth has a bottom as well
        peaks, _ = find_peaks(piece, prominence=turn)
        if len(peaks):
            return float((first + peaks[0]) / rate_hz)
        top = int(piece.argmax())
        if 0 < top < len(piece) - 1:
            return float((first + top) / rate_hz)
    return np.nan


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


def _first_landing(
    events: pd.DataFrame, strikes: Mapping[str, pd.DataFrame], loaded: Sequence[float], settings: Cycles
) -> dict[str, pd.DataFrame]:
    """Keep of every side the strike, of the most trusted source, that belongs to the first landing of the trial."""
    order: Sequence[str] = settings.event_sources
    firsts = [
        (order.index(str(table["source"].iloc[0])), float(table["time"].iloc[0]))
        for table in strikes.values()
        if len(table)
    ]
    if not firsts:
        return dict(strikes)
    best = min(rank for rank, _ in firsts)
    first = min([time for rank, time in firsts if rank == best] + [t for t in loaded if np.isfinite(t)])
    out = {}
    for side in strikes:
        mine = events[(events["side"] == side) & (events["name"] == FOOT_STRIKE)]
        near = mine[np.abs(mine["time"] - first) <= settings.same_landing_s]
        out[side] = _trusted(near, side, FOOT_STRIKE, order).iloc[:1]
    return out


def _next_strike(events: pd.DataFrame, side: str, start: float, same_s: float) -> float:
    """Return when this foot lands next; estimates of the same landing by other sources do not count. Infinite if never."""
    mine = events[(events["side"] == side) & (events["name"] == FOOT_STRIKE)]
    later = mine.loc[mine["time"] > start + same_s, "time"]
    return float(later.min()) if len(later) else np.inf


def _first_off(events: pd.DataFrame, side: str, start: float, until: float, settings: Cycles) -> tuple[float, str]:
    """Return time and source of this contact's take-off, by the most trusted source that has one; infinite without."""
    mine = events[(events["side"] == side) & (events["name"] == FOOT_OFF)]
    mine = mine[(mine["time"] > start + settings.detection.plate_contact_min_s) & (mine["time"] <= until)]
    chosen = _trusted(mine, side, FOOT_OFF, settings.event_sources)
    return (float(chosen["time"].iloc[0]), str(chosen["source"].iloc[0])) if len(chosen) else (np.inf, "")
