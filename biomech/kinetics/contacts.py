"""Contacts of feet with force plates over time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.config import Contacts
from biomech.kinetics.assignment import connected, loading_foot
from biomech.kinetics.contact_records import REASONS as REASONS
from biomech.kinetics.contact_records import Contact, Interval, ManualContact
from biomech.kinetics.contact_records import parse_contacts as parse_contacts
from biomech.kinetics.feet import FootMotion
from biomech.kinetics.stances import JOIN_S, meet, with_small_loads, without_parts
from biomech.signals.filters import runs

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SWING, ON_PLATE, OFF_PLATE = 0.0, 1.0, 2.0

# Kinematic stance that goes on for up to this long before or after a contact with a plate is part of that contact's
# strike or push-off: the plate knows better when the foot left it.
_EDGE_S = 0.1
_STEP_EDGE_S = 0.2  # on stairs, where a foot comes down onto its step slowly, and the speed alone decides stance
# A shorter load than this may be a plate that shakes with its neighbour.
_SHAKE_S = 0.005
# Somebody whose pelvis accelerates downwards by less than half of gravity is not in flight.
_FALL_M_S2 = 4.9


class MorePlates(Protocol):
    """Accounts for the force on plates next to a stance, see `biomech.kinetics.next_plates.NextPlates`."""

    def with_rest(self, contacts: list[Contact]) -> list[Contact]:
        """Return the contacts with what is left on the plates next to a stance."""
        ...

    def whole_stances(self, contacts: list[Contact]) -> list[Contact]:
        """Return the contacts from the first to the last load of their stance."""
        ...


def contact_intervals(
    vertical_force: ArrayLike, rate_hz: float, threshold_n: float, release_n: float, min_duration_s: float
) -> NDArray[np.intp]:
    """Find the loaded intervals of a plate from its unfiltered vertical force.

    Contact begins where the force rises above `threshold_n` and ends where it falls below `release_n`.

    Parameters
    ----------
    vertical_force : array_like, (n,)
        N, upwards on the subject; where it is NaN the plate stays loaded or unloaded as it was before.
    rate_hz : float
        Samples per second.
    threshold_n, release_n : float
        N; the release is not above the threshold.
    min_duration_s : float
        Shorter contacts are dropped, s.

    Returns
    -------
    ndarray of int, (k, 2)
        First sample and one past the last sample of each contact.
    """
    force = np.asarray(vertical_force, float)
    decided = np.where(force > threshold_n, 1, np.where(force < release_n, 0, -1))
    # Between the two thresholds the state is that of the last decided sample; before any, unloaded.
    last = np.maximum.accumulate(np.where(decided >= 0, np.arange(len(force)), -1))
    loaded = (last >= 0) & (decided[np.maximum(last, 0)] == 1)
    found = runs(loaded)
    return found[(found[:, 1] - found[:, 0]) >= min_duration_s * rate_hz]


def loaded_intervals(
    vertical: Array, rate_hz: float, numbers: NDArray[np.int64], options: Contacts
) -> tuple[list[Interval], list[Interval], list[Interval]]:
    """Find the loaded intervals of all plates.

    Parameters
    ----------
    vertical : ndarray, (n_samples, plates)
        N, upwards on the subject.
    rate_hz : float
        Samples per second.
    numbers : ndarray of int, (plates,)
        Numbers in the file.
    options : Contacts
        Section of the config.

    Returns
    -------
    contacts : list of Interval
        Long enough and loaded enough for a contact.
    small : list of Interval
        Apart from these, too short or too little loaded for one.
    short : list of Interval
        Loaded enough, but too short.
    """
    limits, lower = (options.threshold_n, options.release_n), (options.release_n, options.release_n / 2)
    contacts: list[Interval] = []
    small: list[Interval] = []
    brief: list[Interval] = []
    for k, number in enumerate(numbers):
        every = contact_intervals(vertical[:, k], rate_hz, *limits, 0.0)
        long = (every[:, 1] - every[:, 0]) >= options.min_duration_s * rate_hz
        found, short = every[long], every[~long]
        rest = contact_intervals(vertical[:, k], rate_hz, *lower, 0.0)
        apart = (rest[:, None, 1] <= found[None, :, 0]) | (rest[:, None, 0] >= found[None, :, 1])
        for chosen, kind in ((found, contacts), (rest[apart.all(axis=1)], small), (short, brief)):
            kind += [Interval(k, int(number), start / rate_hz, (stop - 1) / rate_hz) for start, stop in chosen]
    return contacts, small, brief


def assign_contacts(
    intervals: list[Interval],
    time: ArrayLike,
    corners: ArrayLike,
    centre_of_pressure: ArrayLike,
    feet: dict[str, FootMotion],
    manual: list[ManualContact],
    options: Contacts,
    level: bool = True,
    small: Sequence[Interval] = (),
    next_plates: MorePlates | None = None,
) -> list[Contact]:
    """Assign each loaded interval of a plate to a foot.

    A foot is a candidate if in at least ``options.min_inside`` of the frames its heel, toe and ankle lie inside the
    plate's outline (plus a margin) and it is near the ground. The contact is valid if there is one candidate, the other
    foot does not stand on the plate as well, and the centre of pressure lies along the candidate. A declared assignment
    prevails; with a window it cuts the interval into pieces of which only the window is declared.

    A foot may stand on several plates that lie next to each other (behind each other, side by side, two belts) and are
    loaded at the time: each of its intervals is a valid contact, and the foot's wrench is their sum. If one of them
    cannot be used, none of them is: a part of the force is never taken for the whole.

    Parameters
    ----------
    intervals : list of Interval
    time : array_like, (n,)
        Instants of the marker frames, s.
    corners : array_like, (plates, 4, 3)
        m, lab.
    centre_of_pressure : array_like, (n, plates, 3)
        m, lab; NaN where the plate is hardly loaded.
    feet : dict of str to FootMotion
    manual : list of ManualContact
    options : Contacts
        Section of the config.
    level : bool
        Feet must be near the stored height of the plate. On stairs it is often not the height of the step, and False
        takes the height at which the foot stands that rests most on the plate.
    small : sequence of Interval
        Intervals shorter than ``options.min_duration_s`` or loaded less than ``options.threshold_n``. One counts only
        where it belongs to a foot that stands on the plate next to it at the time.
    next_plates : MorePlates, optional
        Accounts for the force that is left on plates next to a stance.

    Returns
    -------
    list of Contact
        In order of start.
    """
    time = np.asarray(time, float)
    corners, cop = np.asarray(corners, float), np.asarray(centre_of_pressure, float)
    small = [i for i in small if i.end - i.start >= _SHAKE_S]
    loads = [*intervals, *small]

    on: dict[Contact, dict[str, Mask]] = {}  # when each foot is on the plate of an interval

    def judged(piece: Interval) -> Contact:
        frames = _frames(time, piece)
        if not frames.any():
            frames[np.argmin(np.abs(time - (piece.start + piece.end) / 2))] = True
        at_the_time = {other.plate for other in loads if meet(piece, other)} if level else set()
        floor = connected(piece.plate, at_the_time, corners, options.plate_gap_m)
        shortest = options.min_duration_s / (time[1] - time[0]) if len(time) > 1 else 1.0
        pressure = cop[:, piece.plate]
        found = loading_foot(piece.plate, frames, corners, pressure, feet, options, level, floor, shortest)
        contact = _contact(piece, found.foot, found.valid, found.reason, found.involved)
        on[contact] = found.on
        return contact

    contacts = []
    for whole in intervals:
        for piece, foot in _pieces(whole, manual, options.min_duration_s):
            if foot is not None:
                involved = () if foot == "none" else (foot,)
                contacts.append(_contact(piece, foot, foot != "none", "manual", involved))
            else:
                contacts.append(judged(piece))
    if level and len(corners) > 1:
        contacts = with_small_loads(contacts, small, corners, options, judged)
        if next_plates is not None:
            contacts = next_plates.with_rest(contacts)
            for c in contacts:
                if c not in on and c.reason != "manual":
                    on[c] = {side: _frames(time, c) & (side in c.involved) for side in feet}
    contacts = without_parts(contacts, on, time)
    if next_plates is not None:
        contacts = next_plates.whole_stances(contacts)
    return sorted(contacts, key=lambda c: (c.start, c.number))


def stance_state(
    time: ArrayLike,
    side: str,
    contacts: list[Contact],
    stance: ArrayLike,
    foot: FootMotion,
    max_height_m: float,
    level: bool = True,
) -> Array:
    """Return swing (0), stance on a valid plate (1) or stance without one (2) of a foot.

    Parameters
    ----------
    time : array_like, (n,)
        s.
    side : {"left", "right"}
    contacts : list of Contact
    stance : array_like of bool, (n,)
        Stance seen from the foot's motion.
    foot : FootMotion
    max_height_m : float
        Within an unusable contact the foot counts as standing while it is this low.
    level : bool
        Whether the ground is level; False on stairs.

    Returns
    -------
    ndarray, (n,)
        NaN where neither a plate nor the motion of the foot decides.
    """
    time = np.asarray(time, float)
    unknown = ~np.isfinite(foot.speed).any(axis=1)
    stance = np.array(stance, dtype=bool)
    valid = _together(time, [c for c in contacts if c.valid and c.foot == side], JOIN_S)
    part = _together(time, [c for c in contacts if c.reason == "part" and side in c.involved], _EDGE_S)
    for contact in contacts:
        if not contact.valid and side in contact.involved:
            stance |= _frames(time, contact) & foot.low(max_height_m).any(axis=1)
    for start, stop in runs(~valid):
        # Between the loads of two plates beneath one foot.
        if start > 0 and stop < len(time) and time[stop] - time[start - 1] <= JOIN_S + (time[1] - time[0]):
            valid[start:stop] = True
    for start, stop in runs(stance & ~valid):
        touches = (start > 0 and valid[start - 1]) or (stop < len(time) and valid[min(stop, len(time) - 1)])
        if touches and time[stop - 1] - time[start] < (_EDGE_S if level else _STEP_EDGE_S):
            stance[start:stop] = False
    for start, stop in runs(~part):
        # A foot of which a part of the force is missing stands between its loads as well.
        if start > 0 and stop < len(time) and time[stop] - time[start - 1] <= _EDGE_S:
            part[start:stop] = True
    stance |= part
    state = np.where(stance, OFF_PLATE, SWING)
    state[unknown] = np.nan
    state[valid] = ON_PLATE
    return state


def add_support_off_the_floor(
    states: ArrayLike, feet: list[FootMotion], pelvis_acceleration: ArrayLike, rate_hz: float, options: Contacts
) -> Array:
    """Mark stance on something that is neither a plate nor the floor, such as the box of a drop landing.

    Somebody who does not fall and has no foot on a plate or on the floor must stand on something else: with every foot
    that keeps still. In flight, the pelvis falls.

    Parameters
    ----------
    states : array_like, (n, sides)
        Results of `stance_state`.
    feet : list of FootMotion
        In the order of the sides.
    pelvis_acceleration : array_like, (n,)
        Vertical acceleration of the pelvis, m/s^2, upwards.
    rate_hz : float
        Frames per second.
    options : Contacts
        Section of the config.

    Returns
    -------
    ndarray, (n, sides)
        The states with more stance without a valid plate.
    """
    states = np.array(states, float)
    held = np.asarray(pelvis_acceleration, float) > -_FALL_M_S2
    nobody = (states == SWING).all(axis=1) & held
    for k, foot in enumerate(feet):
        still = nobody & foot.slow(options.stance_speed_m_s).any(axis=1)
        for start, stop in runs(still):
            # Just before and after a contact a foot is slow as well, and half the weight is still on its way.
            if (stop - start) / rate_hz > _EDGE_S:
                states[start:stop, k] = OFF_PLATE
    return states


def _pieces(whole: Interval, manual: list[ManualContact], shortest_s: float) -> list[tuple[Interval, str | None]]:
    """Cut an interval at the windows of declared contacts; None marks pieces without a declaration."""
    declared = [m for m in manual if m.plate == whole.number and m.end > whole.start and m.start < whole.end]
    cuts = sorted({whole.start, whole.end, *(t for m in declared for t in (m.start, m.end))})
    out: list[tuple[Interval, str | None]] = []
    inner = [t for t in cuts if whole.start <= t <= whole.end]
    for start, end in pairwise(inner):
        middle = (start + end) / 2
        # An entry with a window prevails over one for the whole plate.
        covering = sorted((m for m in declared if m.start <= middle <= m.end), key=lambda m: m.end - m.start)
        foot = covering[0].foot if covering else None
        if foot is not None or len(inner) == 2 or end - start >= shortest_s:
            out.append((Interval(whole.plate, whole.number, start, end), foot))
    return out


def _together(time: Array, contacts: list[Contact], gap_s: float) -> Mask:
    """Frames of contacts and of the short gaps between them; a contact may be too short to hold a frame."""
    found, end = np.zeros(len(time), dtype=bool), -np.inf
    for contact in sorted(contacts, key=lambda c: c.start):
        start = min(end, contact.start) if contact.start <= end + gap_s else contact.start
        found |= (time >= start) & (time <= contact.end)
        end = max(end, contact.end)
    return found


def _frames(time: Array, interval: Interval) -> Mask:
    return (time >= interval.start) & (time <= interval.end)


def _contact(piece: Interval, foot: str, valid: bool, reason: str, involved: tuple[str, ...]) -> Contact:
    return Contact(piece.plate, piece.number, piece.start, piece.end, foot, valid, reason, involved)
