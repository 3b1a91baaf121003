"""Which foot stands on which force plate, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.config import Contacts
from biomech.errors import TrialError
from biomech.kinetics.feet import FootMotion, distance_to_line, outside
from biomech.signals.filters import runs

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SWING, ON_PLATE, OFF_PLATE = 0.0, 1.0, 2.0

REASONS = {
    "": "one foot, wholly on the plate",
    "manual": "declared in trials.tsv",
    "double": "both feet on one plate",
    "edge": "foot partly beside the plate",
    "no_foot": "no foot near the loaded plate",
    "foot_not_tracked": "markers of the feet missing",
    "cop_off_foot": "centre of pressure away from the foot",
    "force_missing": "samples of the plate are missing",
}

# Kinematic stance that goes on for up to this long before or after a contact with a plate is part of that contact's
# strike or push-off: the plate knows better when the foot left it.
_EDGE_S = 0.1
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
        The plate's wrench is the whole external wrench on that foot.
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


def assign_contacts(
    intervals: list[Interval],
    time: ArrayLike,
    corners: ArrayLike,
    centre_of_pressure: ArrayLike,
    feet: dict[str, FootMotion],
    manual: list[ManualContact],
    options: Contacts,
    level: bool = True,
) -> list[Contact]:
    """Assign each loaded stretch of a plate to a foot.

    A foot is a candidate if in at least ``options.min_inside`` of the frames its heel, toe and ankle lie inside the
    plate's outline (plus a margin) and it is near the ground. The contact is valid if there is one candidate, the other
    foot does not stand on the plate as well, and the centre of pressure lies along the candidate. A declared assignment
    prevails; with a window it cuts the stretch into pieces of which only the window is declared.

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

    Returns
    -------
    list of Contact
        In order of start.
    """
    time = np.asarray(time, float)
    corners, cop = np.asarray(corners, float), np.asarray(centre_of_pressure, float)
    contacts = []
    for whole in intervals:
        for piece, foot in _pieces(whole, manual, options.min_duration_s):
            if foot is not None:
                involved = () if foot == "none" else (foot,)
                contacts.append(_contact(piece, foot, foot != "none", "manual", involved))
            else:
                frames = _frames(time, piece)
                outline, pressure = corners[piece.plate], cop[:, piece.plate]
                contacts.append(_assign(piece, frames, outline, pressure, feet, options, level))
    return sorted(contacts, key=lambda c: (c.start, c.number))


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
    for start, stop in runs(stance & ~valid):
        touches = (start > 0 and valid[start - 1]) or (stop < len(time) and valid[min(stop, len(time) - 1)])
        if touches and time[stop - 1] - time[start] < _EDGE_S:
            stance[start:stop] = False
    code = np.where(stance, OFF_PLATE, SWING)
    code[unknown] = np.nan
    code[valid] = ON_PLATE
    return code


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


def _assign(
    piece: Interval,
    frames: Mask,
    corners: Array,
    cop: Array,
    feet: dict[str, FootMotion],
    options: Contacts,
    level: bool,
) -> Contact:
    usable = {side: frames & foot.tracked for side, foot in feet.items()}
    seen = {side: mask.sum() >= 0.5 * max(frames.sum(), 1) for side, mask in usable.items()}
    height = float(np.mean(corners[:, 1])) if level else _step_height(usable, corners, feet, options)
    candidates, standing = [], []
    for side, foot in feet.items():
        mask = usable[side]
        if not seen[side]:
            continue
        low = foot.low(options.max_foot_height_m, height)
        if not level:
            # The other foot may stand one step lower.
            low &= foot.lift - height > -options.max_foot_height_m
        three = np.concatenate([foot.sole[:, :2], foot.ankle[:, None]], axis=1)
        on_plate = (outside(three, corners) <= options.plate_margin_m).all(axis=1)
        inside = np.logical_and(on_plate, low.any(axis=1))
        still = low & foot.slow(options.stance_speed_m_s)
        here = np.any((outside(foot.sole, corners) <= 0) & still, axis=1)
        if inside[mask].mean() >= options.min_inside:
            candidates.append(side)
        if here[mask].mean() > 1 - options.min_inside:
            standing.append(side)
    resting = [side for side in candidates if side in standing]
    if len(candidates) > 1 and len(resting) == 1:
        # The other one swings low over the plate.
        candidates = resting
    involved = tuple(dict.fromkeys(candidates + standing))
    if len(candidates) == 1 and len(involved) == 1:
        foot = feet[candidates[0]]
        loaded = usable[candidates[0]] & np.isfinite(cop).all(axis=1)
        away = distance_to_line(cop[loaded], foot.sole[loaded, 0], foot.sole[loaded, 1])
        if len(away) and np.median(away) > options.cop_margin_m:
            return _contact(piece, "none", False, "cop_off_foot", involved)
        return _contact(piece, candidates[0], True, "", involved)
    if len(involved) > 1:
        reason = "double"
    elif involved:
        reason = "edge"
    else:
        reason = "no_foot" if all(seen.values()) else "foot_not_tracked"
    return _contact(piece, "none", False, reason, involved)


def _step_height(usable: dict[str, Mask], corners: Array, feet: dict[str, FootMotion], options: Contacts) -> float:
    """Return how high above the floor the foot stands that rests most on the plate, or the plate's stored height."""
    most, height = 0, float(np.mean(corners[:, 1]))
    for side, foot in feet.items():
        on_plate = outside(foot.sole[:, :2], corners) <= options.plate_margin_m
        still = usable[side] & foot.slow(options.stance_speed_m_s).any(axis=1)
        # Heel and toe count: a foot of which only the toes reach over the next step counts half.
        count = int(on_plate[still].sum())
        if count > most:
            lowest = np.fmin.reduce(foot.lift, axis=1)
            most, height = count, float(np.median(lowest[still & on_plate.any(axis=1)]))
    return height


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
        if foot is not None or end - start >= shortest_s:
            out.append((Interval(whole.plate, whole.number, start, end), foot))
    return out


def _frames(time: Array, interval: Interval) -> Mask:
    return (time >= interval.start) & (time <= interval.end)


def _contact(piece: Interval, foot: str, valid: bool, reason: str, involved: tuple[str, ...]) -> Contact:
    return Contact(piece.plate, piece.number, piece.start, piece.end, foot, valid, reason, involved)
