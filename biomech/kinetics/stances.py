"""Stances of a foot on several plates: loads of one stance, and the times at which each plate counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from biomech.config import Contacts
from biomech.kinetics.assignment import connected
from biomech.kinetics.contact_records import Contact, Interval

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Loads of one foot on several plates follow each other without a gap; so much comes from thresholds and sampling.
JOIN_S = 0.02
# A foot that is on a plate so long before or after its load of another one stands on both.
_AROUND_S = 0.1


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
        if stances and contact.start <= max(c.end for c in stances[-1]) + JOIN_S:
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


def stance_of(contact: Contact, contacts: list[Contact]) -> list[Contact]:
    """Return the valid contacts of a foot that overlap or follow each other at once, from one of them on."""
    found = [contact]
    for one in found:  # grows as more are found
        found += [c for c in contacts if c.valid and c.foot == contact.foot and c not in found and meet(c, one)]
    return found


def with_small_loads(
    contacts: list[Contact],
    small: list[Interval],
    corners: Array,
    options: Contacts,
    judged: Callable[[Interval], Contact],
) -> list[Contact]:
    """Add the small loads of a foot that stands on the plate next to it just before, then or just after.

    As often as the load goes to and fro between the plates.
    """
    found, waiting = list(contacts), list(small)
    while waiting:
        added: list[Interval] = []
        for whole in waiting:
            for neighbour in [c for c in found if c.valid and c.reason != "manual" and meet(c, whole)]:
                floor = connected(whole.plate, {neighbour.plate}, corners, options.plate_gap_m)
                if neighbour.plate == whole.plate or neighbour.plate not in floor:
                    continue
                piece = whole
                if whole.end - whole.start >= options.min_duration_s:
                    # A plate with an offset is loaded a little all the time.
                    start, end = neighbour.start - options.min_duration_s, neighbour.end + options.min_duration_s
                    piece = replace(whole, start=max(whole.start, start), end=min(whole.end, end))
                contact = judged(piece)
                if contact.foot == neighbour.foot or (
                    contact.reason == "double" and neighbour.foot in contact.involved
                ):
                    found.append(contact)
                    added.append(whole)
                    break
        if not added:
            break
        waiting = [piece for piece in waiting if piece not in added]
    return found


def without_parts(contacts: list[Contact], on: dict[Contact, dict[str, Mask]], time: Array) -> list[Contact]:
    """Make contacts invalid whose foot is at the time on another plate that cannot be used."""
    good = [c for c in contacts if c.valid and c in on]
    bad = [c for c in contacts if not c.valid and c in on]
    parts: list[Contact] = []
    for other in bad:  # grows as parts are found
        for contact in good:
            if contact in parts or contact.plate == other.plate or not meet(contact, other):
                continue
            during = (time >= contact.start - _AROUND_S) & (time <= contact.end + _AROUND_S)
            both = during & on[other].get(contact.foot, during)
            if both.sum() >= 0.25 * min(
                _AROUND_S / (time[1] - time[0]), ((time >= other.start) & (time <= other.end)).sum()
            ):
                parts.append(contact)
                bad.append(contact)
    return [replace(c, foot="none", valid=False, reason="part") if c in parts else c for c in contacts]


def meet(one: Interval, other: Interval) -> bool:
    """Return whether two intervals overlap or follow each other at once."""
    return one.start <= other.end + JOIN_S and other.start <= one.end + JOIN_S
