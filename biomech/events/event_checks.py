"""Checks of the events of a C3D file against plates and markers: time offset, duplicates, contradicted events.

Somebody placed the events of a C3D file, by hand or by other software, and they may have been exported with another start of
time, for the other foot, or as strike instead of off. What plates and markers deny is not used.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biomech.config import Cycles
from biomech.events.events import merge_events
from biomech.events.repetitions import Note
from biomech.schema import FOOT_OFF, FOOT_STRIKE, SIDES

Array = NDArray[np.float64]

_OTHER_SIDE = dict(zip(SIDES, SIDES[::-1], strict=True))
_OTHER_NAME = {FOOT_STRIKE: FOOT_OFF, FOOT_OFF: FOOT_STRIKE}
_WORDS = {FOOT_STRIKE: "foot strike", FOOT_OFF: "foot off"}
_AGREED_S = 0.02  # what may be left of a delay that the first frame explains: two frames at 100 Hz
_MOST = 0.8  # share of agreeing events at which a reading of the file is right
_SAME_STRIDE = 0.7  # an event farther than this share of a stride from all others may be one that they have missed
_NAMED = 6  # events named in a row


def checked_events(
    tables: Mapping[str, pd.DataFrame], first_frame_s: float, last_s: float, settings: Cycles, strides: bool = True
) -> tuple[dict[str, pd.DataFrame], list[Note]]:
    """Return a trial's events without those of the C3D file that plates and markers deny.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Source to events, as `biomech.events.events.trial_events` gives them, kinematic ones already moved by their bias.
    first_frame_s : float
        Time of the first stored frame in the whole recording, s.
    last_s : float
        Time of the last frame, s from the first stored one.
    settings : biomech.config.Cycles
        ``merge_s`` (agreement with a plate), ``detection.pair_max_s`` (with markers), ``detection.events_late_s``,
        ``stride_min_s`` and ``stride_max_s``.
    strides : bool
        Whether the task goes in strides, so that a foot strikes once in ``stride_min_s``.

    Returns
    -------
    tables : dict of str to DataFrame
        With another table ``c3d``; all others as given.
    notes : list of Note
        ``events_from_first_frame``, ``events_late``, ``events_duplicate``, ``events_denied``.
    """
    stored = tables.get("c3d")
    if stored is None or stored.empty:
        return dict(tables), []
    others = [tables[name] for name in ("force", "kinematic") if name in tables and not tables[name].empty]
    reference = merge_events(others, settings.merge_s, settings.stride_min_s) if others else stored.iloc[:0]
    kept, notes = _on_time(stored, reference, first_frame_s, last_s, settings)
    if strides:
        kept, doubles = _single(kept, reference, settings)
        notes += doubles
    kept, denied = _not_denied(kept, reference, settings)
    return dict(tables) | {"c3d": kept.reset_index(drop=True)}, notes + denied


def _on_time(
    stored: pd.DataFrame, reference: pd.DataFrame, first_frame_s: float, last_s: float, settings: Cycles
) -> tuple[pd.DataFrame, list[Note]]:
    """Move events that count from the first stored frame, and leave out those that are late for no known reason."""
    late, limit = _delay(stored, reference, settings)
    if abs(late) <= limit and _agreeing(stored, reference, settings) >= 0.5:
        return stored, []
    exchanged = stored.assign(side=stored["side"].map(_OTHER_SIDE))
    if first_frame_s > 0 and _agreeing(exchanged, reference, settings) < _MOST:
        moved = stored.assign(time=stored["time"] + first_frame_s)
        moved = moved[moved["time"] <= last_s]
        left, bound = _delay(moved, reference, settings)
        better = abs(left) <= min(bound, max(abs(late) / 2, _AGREED_S))
        if better and 2 * len(moved) > len(stored) and _agreeing(moved, reference, settings) >= _MOST:
            text = (
                "the events of the C3D file agree with plates and markers only if their times count from the first stored frame: "
                f"all were moved by {first_frame_s:.2f} s"
            )
            action = "export the events again with the original start time of the recording"
            return moved, [Note("warning", "events_from_first_frame", text, "", action, first_frame_s, "s")]
    if abs(late) <= limit:
        return stored, []
    word = "late" if late > 0 else "early"
    text = f"the events of the C3D file are {abs(1000 * late):.0f} ms {word} against plates and markers: none of them is used"
    action = (
        "check where the times of the events count from, and the rates of markers and plates; export the events again"
    )
    return stored.iloc[:0], [Note("warning", "events_late", text, "", action, late, "s")]


def _delay(events: pd.DataFrame, reference: pd.DataFrame, settings: Cycles) -> tuple[float, float]:
    """Return by how much strikes and offs are late on average (s), and up to which delay that says nothing.

    Estimates from markers are early for strikes and late for offs, or the other way round; a wrong start of time moves both alike.
    Where only the ones or the others are late, or one or two alone, there is no delay of the whole file.
    """
    limit = settings.detection.events_late_s
    apart, sources = _nearest(events, reference)
    names = events["name"].to_numpy()
    near = np.abs(apart) < _window(reference, events, settings) / 2
    for bound, chosen in ((limit / 2, near & (sources == "force")), (limit, near)):
        late = [np.median(apart[chosen & (names == name)]) for name in _WORDS if (chosen & (names == name)).any()]
        if len(late) == 2 and chosen.sum() >= 3:
            alike = late[0] * late[1] > 0 and min(np.abs(late)) > bound / 3
            return (float(np.mean(late)) if alike else 0.0), bound
    return 0.0, limit


def _agreeing(events: pd.DataFrame, reference: pd.DataFrame, settings: Cycles) -> float:
    """Return the share of the events in reach of plates and markers that agree with them; 1 where none is."""
    apart, sources = _nearest(events, reference)
    judged = np.abs(apart) < _window(reference, events, settings)
    agreed = np.abs(apart) <= _tolerance(sources, settings)
    return float(agreed[judged].mean()) if judged.any() else 1.0


def _tolerance(sources: NDArray[np.str_], settings: Cycles) -> Array:
    return np.where(sources == "force", settings.merge_s, settings.detection.pair_max_s)


def _single(events: pd.DataFrame, reference: pd.DataFrame, settings: Cycles) -> tuple[pd.DataFrame, list[Note]]:
    """Leave one of several events of a name and foot within a step: that which is nearest to plates and markers, or the first."""
    apart, _ = _nearest(events, reference)
    apart = np.abs(np.where(np.isfinite(apart), apart, np.inf))
    keep = np.ones(len(events), dtype=bool)
    for _, rows in events.reset_index(drop=True).groupby(["name", "side"]):
        order = rows.sort_values("time", kind="stable").index.to_numpy()
        times = rows["time"].loc[order].to_numpy()
        groups = np.cumsum(np.diff(times, prepend=-np.inf) >= settings.stride_min_s)
        for group in np.unique(groups[np.flatnonzero(np.diff(groups, prepend=-1) == 0)]):
            mine = order[groups == group]
            keep[mine] = False
            keep[mine[int(np.argmin(apart[mine]))]] = True
    if keep.all():
        return events, []
    text = (
        f"{int((~keep).sum())} of {len(events)} events of the C3D file are the second of a foot within {settings.stride_min_s:g} s "
        f"and are not used: {_named(events[~keep])}"
    )
    action = "delete the events that are too many"
    return events[keep], [Note("info", "events_duplicate", text, "", action, float((~keep).sum()), "1")]


def _not_denied(events: pd.DataFrame, reference: pd.DataFrame, settings: Cycles) -> tuple[pd.DataFrame, list[Note]]:
    """Leave out events that plates or markers put at another time of the same stride, to the other foot, or call by the other name."""
    if events.empty or reference.empty:
        return events, []
    apart, sources = _nearest(events, reference)
    usual = apart.copy()
    for (
        name
    ) in _WORDS:  # a gait for which the estimates from markers are all early or late by the same time is not a fault
        mine = (events["name"] == name).to_numpy() & (sources == "kinematic")
        near = mine & (np.abs(apart) < 2 * settings.detection.pair_max_s)
        if near.sum() >= 3:
            usual[mine] -= np.clip(
                np.median(apart[near]), -settings.detection.pair_max_s, settings.detection.pair_max_s
            )
    off = np.minimum(np.abs(apart), np.abs(usual))
    denied = (off > _tolerance(sources, settings)) & (np.abs(apart) < _window(reference, events, settings))
    if not denied.any():
        return events, []
    limit = settings.detection.pair_max_s
    foot, called = (
        np.nan_to_num(np.abs(_nearest(events.assign(**{column: events[column].map(other)}), reference)[0]), nan=np.inf)
        for column, other in (("side", _OTHER_SIDE), ("name", _OTHER_NAME))
    )
    neither = np.minimum(foot, called) > limit
    reasons = {
        "plates and markers show them for the other foot": denied & ~neither & (foot < called),
        "plates and markers show a foot strike for a foot off, or the other way round": denied
        & ~neither
        & (foot >= called),
        "plates and markers show them at another time": denied & neither,
    }
    notes = []
    for reason, chosen in reasons.items():
        if chosen.any():
            text = f"{int(chosen.sum())} of {len(events)} events of the C3D file are not used, because {reason}: "
            text += _named(events[chosen])
            action = "correct or delete these events; if they are right, check the labels of the markers of the feet"
            notes.append(Note("warning", "events_denied", text, "", action, float(chosen.sum()), "1"))
    return events[~denied], notes


def _nearest(events: pd.DataFrame, reference: pd.DataFrame) -> tuple[Array, NDArray[np.str_]]:
    """Return by how much each event is later than the nearest one of its name and foot (s; NaN: none), and where that is from."""
    apart, sources = np.full(len(events), np.nan), np.full(len(events), "", dtype="U16")
    time = events["time"].to_numpy(dtype=float)
    for (name, side), rows in reference.groupby(["name", "side"]):
        mine = ((events["name"] == name) & (events["side"] == side)).to_numpy()
        difference = time[mine, None] - rows["time"].to_numpy()
        place = np.abs(difference).argmin(axis=1)
        apart[mine] = difference[np.arange(len(place)), place]
        sources[mine] = rows["source"].to_numpy().astype(str)[place]
    return apart, sources


def _window(reference: pd.DataFrame, events: pd.DataFrame, settings: Cycles) -> float:
    """Return how near an event must be to be in the same stride, s."""
    for table in (reference, events):
        each = [np.diff(np.sort(rows["time"].to_numpy(dtype=float))) for _, rows in table.groupby(["name", "side"])]
        apart = np.concatenate([np.zeros(0), *each])
        apart = apart[(apart >= settings.stride_min_s) & (apart <= settings.stride_max_s)]
        if len(apart):
            return _SAME_STRIDE * float(np.median(apart))
    return settings.stride_min_s


def _named(events: pd.DataFrame) -> str:
    rows = events.sort_values("time", kind="stable")
    texts = [f"{r.side} {_WORDS[str(r.name)]} at {r.time:.2f} s" for r in rows.itertuples(index=False)]
    rest = len(texts) - _NAMED
    return ", ".join(texts[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
