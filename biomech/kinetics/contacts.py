"""Which foot stands on which force plate, and when."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.config import Contacts
from biomech.errors import TrialError
from biomech.kinetics.assignment import connected, loading_foot
from biomech.kinetics.feet import FootMotion
from biomech.signals.filters import runs

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SWING, ON_PLATE, OFF_PLATE = 0.0, 1.0, 2.0

REASONS = {
    "": "one foot, wholly on the plate or on plates next to each other",
    "manual": "declared in trials.tsv",
    "double": "both feet on one plate",
    "edge": "foot partly beside the plate",
    "no_foot": "no foot near the loaded plate",
    "foot_not_tracked": "markers of the feet missing",
    "cop_off_foot": "centre of pressure away from the foot",
    "part": "only a part of the force on the foot: it stands on another plate as well, which cannot be used",
}

# Kinematic stance that goes on for up to this long before or after a contact with a plate is part of that contact's
# strike or push-off: the plate knows better when the foot left it.
_EDGE_S = 0.1
# Loads of one foot on several plates follow each other without a gap; so much comes from thresholds and sampling.
_JOIN_S = 0.02
# The load may go to and fro between two plates so many times.
_ROUNDS = 5
# A shorter load than this may be a plate that shakes with its neighbour.
_SHAKE_S = 0.005
# Somebody whose pelvis accelerates downwards by less than half of gravity is not in flight.
_FALL_M_S2 = 4.9
_MANUAL = re.compile(r"^(\d+)(?:@(\d+(?:\.\d*)?|\.\d+)-(\d+(?:\.\d*)?|\.\d+))?:(left|right|none)$")


@dataclass(frozen=True)
class ManualContact:
    """A declared assignment: what stands on plate number `plate`, between `start` and `end` (s) if they are given."""

    plate: int
    foot: str
    start: float = -np.inf
    end: float = np.inf

    def __str__(self) -> str:
        """Return the entry as it is written in trials.tsv."""
        window = f"@{self.start:g}-{self.end:g}" if np.isfinite(self.end) else ""
        return f"{self.plate}{window}:{self.foot}"


@dataclass(frozen=True)
class Interval:
    """A loaded stretch of a plate.

    Parameters
    ----------
    plate : int
        Index of the plate in the arrays.
    number : int
        Its number in the C3D file, 1-based.
    start, end : float
        s from the first stored frame.
    """

    plate: int
    number: int
    start: float
    end: float


@dataclass(frozen=True)
class Contact(Interval):
    """A loaded stretch of a plate and the foot that loads it.

    Parameters
    ----------
    foot : str
        left, right or none.
    valid : bool
        The plate's wrench, with those of the foot's other valid contacts at the time, is the whole external wrench on
        that foot.
    reason : str
        A key of `REASONS`.
    involved : tuple of str
        Feet seen on the plate, assigned or not.
    """

    foot: str
    valid: bool
    reason: str
    involved: tuple[str, ...] = ()


def parse_contacts(text: str) -> list[ManualContact]:
    """Read the `contacts` cell of a trial.

    Parameters
    ----------
    text : str
        Entries ``plate:foot`` or ``plate@start-end:foot`` separated by blanks, for example
        ``1:right 2@0.2-0.9:left 3:none``; times in s from the first stored frame.

    Returns
    -------
    list of ManualContact

    Raises
    ------
    TrialError
        Naming every entry that cannot be read.
    """
    found, faults = [], []
    for part in text.split():
        match = _MANUAL.match(part)
        if match is None or (match[2] and float(match[2]) >= float(match[3])):
            faults.append(f"`{part}`")
        elif match[2]:
            found.append(ManualContact(int(match[1]), match[4], float(match[2]), float(match[3])))
        else:
            found.append(ManualContact(int(match[1]), match[4]))
    if faults:
        raise TrialError(
            f"contacts: expected entries such as `1:right 2@0.2-0.9:left 3:none`, found {', '.join(faults)}",
            code="bad_contacts",
            action="correct the `contacts` cell of trials.tsv (plate number, optional window in s, foot)",
        )
    return found


def contact_intervals(
    vertical_force: ArrayLike, rate_hz: float, threshold_n: float, release_n: float, min_duration_s: float
) -> NDArray[np.intp]:
    """Find the loaded stretches of a plate from its unfiltered vertical force.

    Contact begins where the force rises above `threshold_n` and ends where it falls below `release_n`.

    Parameters
    ----------
    vertical_force : array_like, (n,)
        N, upwards on the subject; NaN counts as unloaded.
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
    force = np.nan_to_num(np.asarray(vertical_force, float))
    decided = np.where(force > threshold_n, 1, np.where(force < release_n, 0, -1))
    # Between the two thresholds the state is that of the last decided sample; before any, unloaded.
    last = np.maximum.accumulate(np.where(decided >= 0, np.arange(len(force)), -1))
    loaded = (last >= 0) & (decided[np.maximum(last, 0)] == 1)
    found = runs(loaded)
    return found[(found[:, 1] - found[:, 0]) >= min_duration_s * rate_hz]


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
) -> list[Contact]:
    """Assign each loaded stretch of a plate to a foot.

    A foot is a candidate if in at least ``options.min_inside`` of the frames its heel, toe and ankle lie inside the
    plate's outline (plus a margin) and it is near the ground. The contact is valid if there is one candidate, the other
    foot does not stand on the plate as well, and the centre of pressure lies along the candidate. A declared assignment
    prevails; with a window it cuts the stretch into pieces of which only the window is declared.

    A foot may stand on several plates that lie next to each other (behind each other, side by side, two belts) and are
    loaded at the time: each of its stretches is a valid contact, and the foot's wrench is their sum. If one of them
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
        Stretches shorter than ``options.min_duration_s`` or loaded less than ``options.threshold_n``. One counts only
        where it belongs to a foot that stands on the plate next to it at the time.

    Returns
    -------
    list of Contact
        In order of start.
    """
    time = np.asarray(time, float)
    corners, cop = np.asarray(corners, float), np.asarray(centre_of_pressure, float)
    small = [i for i in small if i.end - i.start >= _SHAKE_S]
    loads = [*intervals, *small]

    on: dict[Interval, dict[str, Mask]] = {}  # when each foot is on the plate of a stretch

    def judged(piece: Interval) -> Contact:
        frames = _frames(time, piece)
        if not frames.any():
            frames[np.argmin(np.abs(time - (piece.start + piece.end) / 2))] = True
        at_the_time = {other.plate for other in loads if _meet(piece, other)} if level else set()
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
        contacts = _with_small_loads(contacts, small, corners, options, judged)
    return sorted(_without_parts(contacts, on, time), key=lambda c: (c.start, c.number))


def contact_code(
    time: ArrayLike, side: str, contacts: list[Contact], stance: ArrayLike, foot: FootMotion, max_height_m: float
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

    Returns
    -------
    ndarray, (n,)
        NaN where neither a plate nor the foot's motion can tell.
    """
    time = np.asarray(time, float)
    unknown = ~np.isfinite(foot.speed).any(axis=1)
    stance = np.array(stance, dtype=bool)
    valid = np.zeros(len(time), dtype=bool)
    for contact in contacts:
        frames = _frames(time, contact)
        if contact.valid and contact.foot == side:
            valid |= frames
        elif not contact.valid and side in contact.involved:
            stance |= frames & foot.low(max_height_m).any(axis=1)
    for start, stop in runs(~valid):
        # Between the loads of two plates beneath one foot.
        if 0 < start and stop < len(time) and time[stop] - time[start - 1] <= _JOIN_S + (time[1] - time[0]):
            valid[start:stop] = True
    for start, stop in runs(stance & ~valid):
        touches = (start > 0 and valid[start - 1]) or (stop < len(time) and valid[min(stop, len(time) - 1)])
        if touches and time[stop - 1] - time[start] < _EDGE_S:
            stance[start:stop] = False
    code = np.where(stance, OFF_PLATE, SWING)
    code[unknown] = np.nan
    code[valid] = ON_PLATE
    return code


def spans(contacts: list[Contact], side: str) -> list[tuple[int, float, float]]:
    """Return from when to when each plate counts for a foot.

    Contacts of the foot that overlap or follow each other at once are one stance: each of its plates counts from the
    start of the first to the end of the last, but not into a contact of the plate that is not this foot's.

    Parameters
    ----------
    contacts : list of Contact
        Of the trial, in order of start.
    side : {"left", "right"}

    Returns
    -------
    list of (int, float, float)
        Index of the plate, start and end, s.
    """
    mine = [c for c in contacts if c.valid and c.foot == side]
    stances: list[list[Contact]] = []
    for contact in mine:
        if stances and contact.start <= max(c.end for c in stances[-1]) + _JOIN_S:
            stances[-1].append(contact)
        else:
            stances.append([contact])
    found = []
    for stance in stances:
        start, end = stance[0].start, max(c.end for c in stance)
        for plate in sorted({c.plate for c in stance}):
            own = [c for c in stance if c.plate == plate]
            first, last = own[0].start, max(c.end for c in own)
            others = [c for c in contacts if c.plate == plate and c not in own]
            before = [(c.end + first) / 2 for c in others if c.end <= first]
            after = [(c.start + last) / 2 for c in others if c.start >= last]
            found.append((plate, max([start, *before]), min([end, *after])))
    return found


def add_support_off_the_floor(
    codes: ArrayLike, feet: list[FootMotion], pelvis_acceleration: ArrayLike, rate_hz: float, options: Contacts
) -> Array:
    """Mark stance on something that is neither a plate nor the floor, such as the box of a drop landing.

    Somebody who does not fall and has no foot on a plate or on the floor must stand on something else: with every foot
    that keeps still. In flight, the pelvis falls.

    Parameters
    ----------
    codes : array_like, (n, sides)
        Results of `contact_code`.
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
        The codes with more stance without a valid plate.
    """
    codes = np.array(codes, float)
    held = np.asarray(pelvis_acceleration, float) > -_FALL_M_S2
    nobody = (codes == SWING).all(axis=1) & held
    for k, foot in enumerate(feet):
        still = nobody & foot.slow(options.stance_speed_m_s).any(axis=1)
        for start, stop in runs(still):
            # Just before and after a contact a foot is slow as well, and half the weight is still on its way.
            if (stop - start) / rate_hz > _EDGE_S:
                codes[start:stop, k] = OFF_PLATE
    return codes


def _with_small_loads(
    contacts: list[Contact],
    small: list[Interval],
    corners: Array,
    options: Contacts,
    judged: Callable[[Interval], Contact],
) -> list[Contact]:
    """Add the small loads of a foot that stands on the plate next to it just before, then or just after."""
    found, waiting = list(contacts), list(small)
    for _ in range(_ROUNDS):
        added: list[Interval] = []
        for whole in waiting:
            for beside in [c for c in found if c.valid and c.reason != "manual" and _meet(c, whole)]:
                floor = connected(whole.plate, {beside.plate}, corners, options.plate_gap_m)
                if beside.plate == whole.plate or beside.plate not in floor:
                    continue
                piece = whole
                if whole.end - whole.start >= options.min_duration_s:
                    piece = replace(whole, start=max(whole.start, beside.start), end=min(whole.end, beside.end))
                contact = judged(piece)
                if contact.foot == beside.foot:
                    found.append(contact)
                    added.append(whole)
                    break
        if not added:
            break
        waiting = [piece for piece in waiting if piece not in added]
    return found


def _without_parts(contacts: list[Contact], on: dict[Contact, dict[str, Mask]], time: Array) -> list[Contact]:
    """Make contacts invalid whose foot is at the time on another plate that cannot be used."""
    good = [c for c in contacts if c.valid and c in on]
    bad = [c for c in contacts if not c.valid and c in on]
    parts: list[Contact] = []
    for other in bad:  # grows as parts are found
        for contact in good:
            if contact in parts or contact.plate == other.plate or not _meet(contact, other):
                continue
            during = (time >= contact.start - _EDGE_S) & (time <= contact.end + _EDGE_S)
            both = during & on[other].get(contact.foot, during)
            if both.sum() >= 0.25 * min(_EDGE_S / (time[1] - time[0]), _frames(time, other).sum()):
                parts.append(contact)
                bad.append(contact)
    return [replace(c, foot="none", valid=False, reason="part") if c in parts else c for c in contacts]


def _meet(one: Interval, other: Interval) -> bool:
    """Tell whether two stretches overlap or follow each other at once."""
    return one.start <= other.end + _JOIN_S and other.start <= one.end + _JOIN_S


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


def _frames(time: Array, interval: Interval) -> Mask:
    return (time >= interval.start) & (time <= interval.end)


def _contact(piece: Interval, foot: str, valid: bool, reason: str, involved: tuple[str, ...]) -> Contact:
    return Contact(piece.plate, piece.number, piece.start, piece.end, foot, valid, reason, involved)
