"""Total force of a foot on all plates of one stance: an input of the checks of plates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biomech.kinetics.contact_records import Contact, Interval
from biomech.kinetics.ground import centre_of_sum
from biomech.kinetics.stances import meet, spans, stance_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """A stance of one foot with the sum of the forces on its plates.

    Parameters
    ----------
    plates : tuple of int
        Indices of the plates, in rising order.
    foot : {"left", "right"}
    start, end : float
        s.
    force : ndarray, (n, 3)
        At the frames, N; zero outside the stance.
    cop : ndarray, (n, 3)
        Centre of pressure of that sum, m; NaN where no plate has one.
    """

    plates: tuple[int, ...]
    foot: str
    start: float
    end: float
    force: Array
    cop: Array


def steps(contacts: list[Contact], sides: Iterable[str], time: Array, force: Array, cop: Array) -> list[Step]:
    """Return the steps of the valid contacts: each contact, but all contacts of a stance on several plates as one.

    Parameters
    ----------
    contacts : list of Contact
        Of the trial, in order of start.
    sides : iterable of str
        Feet to look at.
    time : ndarray, (n,)
        s.
    force, cop : ndarray, (n, plates, 3)
        N, and m with NaN where a plate is hardly loaded.

    Returns
    -------
    list of Step
    """
    found: list[Step] = []
    seen: list[Contact] = []
    for contact in [c for c in contacts if c.valid and c.foot in sides]:
        if contact in seen:
            continue
        stance = stance_of(contact, contacts)
        plates = tuple(sorted({c.plate for c in stance}))
        if len(plates) == 1:
            stance = [contact]
        seen += stance
        start, end = min(c.start for c in stance), max(c.end for c in stance)
        mask = np.zeros(force.shape[:2], dtype=bool)
        apart = [c for c in contacts if c not in stance and not (c.valid and c.foot == contact.foot)]
        for plate, first, last in spans(sorted([*stance, *apart], key=lambda c: c.start), contact.foot):
            mask[(time >= first) & (time <= last), plate] = True
        on = np.where(mask[..., None], force, 0.0)
        pressed = np.where(mask[..., None], cop, np.nan)
        centre = pressed[:, plates[0]] if len(plates) == 1 else centre_of_sum(on, pressed)[0]
        found.append(Step(plates, contact.foot, start, end, on.sum(axis=1), centre))
    return found


def plates_of(plates: Sequence[int], numbers: NDArray[np.int64]) -> str:
    """Name plates by their numbers in the file."""
    return ", ".join(f"plate {numbers[k]}" for k in plates)


def not_of_a_stance(short: list[Interval], contacts: list[Contact]) -> list[Interval]:
    """Return the short loads that are not parts of a stance that goes on from one plate to the next.

    Parameters
    ----------
    short : list of Interval
    contacts : list of Contact
        As assigned.

    Returns
    -------
    list of Interval
    """
    parts = [c for c in contacts if c.reason == "part"]
    for contact in [c for c in contacts if c.valid]:
        stance = stance_of(contact, contacts)
        if len({c.plate for c in stance}) > 1:
            start, end = min(c.start for c in stance), max(c.end for c in stance)
            parts += [Contact(c.plate, c.number, start, end, c.foot, True, "", c.involved) for c in stance]
    return [i for i in short if not any(c.plate == i.plate and meet(c, i) for c in parts)]
