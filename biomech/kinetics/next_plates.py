"""Force on the plates next to a stance: it belongs to the foot, to the other one, or the stance cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from biomech.config import Contacts, Signals
from biomech.kinetics.assignment import connected, distance_to_sole, sole_beside
from biomech.kinetics.contact_records import Contact
from biomech.kinetics.contacts import contact_intervals
from biomech.kinetics.feet import FootMotion
from biomech.kinetics.ground import centres_of_pressure, filter_plates
from biomech.kinetics.stances import JOIN_S, meet, spans, stance_of
from biomech.schema import SIDES
from biomech.signals.filters import runs

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# A foot strikes up to this long before its first plate is loaded enough for a contact, and pushes off so long after.
_AROUND_S = 0.1
# A foot is nearer to the force than the other one if by more than this, m.
_NEARER_M = 0.03
# Share of the force that must be the foot's own for all of it to be taken as that.
_OWN = 0.9
# Reasons for which a load was refused alone; next to a stance of the foot it may be a part of that.
_REFUSED_ALONE = ("no_foot", "cop_off_foot", "edge")


@dataclass(frozen=True)
class NextPlates:
    """What is known about the plates of a trial.

    Parameters
    ----------
    numbers : ndarray of int, (plates,)
        Numbers in the file.
    corners : ndarray, (plates, 4, 3)
        m, lab.
    force, moment : ndarray, (n_samples, plates, 3)
        Unfiltered wrench, N and N m about the lab origin.
    vertical : ndarray, (n_samples, plates)
        Vertical force that the thresholds of contact refer to, N.
    analog_rate_hz : float
    time : ndarray, (n,)
        Instants of the marker frames, s.
    feet : dict of str to FootMotion
    cutoff_hz : float or None
        Of the task's forces.
    signals : Signals
    options : Contacts
        Sections of the config.
    """

    numbers: NDArray[np.int64]
    corners: Array
    force: Array
    moment: Array
    vertical: Array
    analog_rate_hz: float
    time: Array
    feet: dict[str, FootMotion]
    cutoff_hz: float | None
    signals: Signals
    options: Contacts

    def with_rest(self, contacts: list[Contact]) -> list[Contact]:
        """Give each stance the force on the plates next to it that can only be its own, or make it invalid.

        Force that no contact accounts for is compared with the places of both feet, frame by frame. It is the foot's own
        where that foot is near enough to press there and the other one is not. If some of it may be the foot's and some
        may not, the stance is invalid. Force out of the foot's reach is somebody else's and changes nothing.

        Parameters
        ----------
        contacts : list of Contact
            As assigned plate by plate.

        Returns
        -------
        list of Contact
            With more contacts of a foot, in place of refused loads, or with stances of reason ``part``.
        """
        if not any(self._next_to(k) for k in range(len(self.numbers))) or not any(c.valid for c in contacts):
            return contacts
        force, cop = self._unclaimed(contacts)
        found = list(contacts)
        for side in SIDES:
            for stance in _stances(contacts, side):
                for plate in self._next_to(*(c.plate for c in stance)):
                    for frames in self._loads(force[:, plate], stance):
                        found = self._judged(found, stance, plate, frames, force[:, plate], cop[:, plate])
        return found

    def whole_stances(self, contacts: list[Contact]) -> list[Contact]:
        """Let stances begin and end where the sum over their plates passes the thresholds of contact.

        Parameters
        ----------
        contacts : list of Contact

        Returns
        -------
        list of Contact
        """
        changed: dict[Contact, Contact] = {}
        o = self.options
        for side in SIDES:
            for stance in _stances(contacts, side):
                plates = {c.plate for c in stance}
                beside = self._next_to(*plates)
                if not beside and len(plates) < 2:
                    continue
                total = self._sum(contacts, stance, sorted(plates), beside)
                found = contact_intervals(total, self.analog_rate_hz, o.threshold_n, o.release_n, 0.0)
                found = (found - [0, 1]) / self.analog_rate_hz
                first, last = min(stance, key=lambda c: c.start), max(stance, key=lambda c: c.end)
                touching = found[(found[:, 0] <= last.end) & (found[:, 1] >= first.start)]
                if not len(touching):
                    continue
                start = max(touching[0, 0], first.start - _AROUND_S)
                end = min(touching[-1, 1], last.end + _AROUND_S)
                changed[first] = replace(first, start=min(start, first.start))
                changed[last] = replace(changed.get(last, last), end=max(end, last.end))
        return [changed.get(c, c) for c in contacts]

    def _next_to(self, *plates: int) -> list[int]:
        """Other plates that lie next to some, directly or by others."""
        everything = set(range(len(self.numbers)))
        floor = {k for p in plates for k in connected(p, everything, self.corners, self.options.plate_gap_m)}
        return sorted(floor - set(plates))

    def _unclaimed(self, contacts: list[Contact]) -> tuple[Array, Array]:
        """Filtered vertical force at the frames that no contact accounts for (n, plates), and its centre of pressure."""
        samples = np.arange(len(self.force)) / self.analog_rate_hz
        claimed = np.zeros(self.vertical.shape, dtype=bool)
        taken = [span for side in SIDES for span in spans(contacts, side)]
        taken += [(c.plate, c.start, c.end) for c in contacts if c.reason == "manual"]
        loaded = [runs(self.vertical[:, k] > self.options.release_n / 2) / self.analog_rate_hz for k in range(len(self.numbers))]
        for plate, start, end in taken:
            # What comes just before and after a contact is too little for one, but it is the same foot's.
            same = loaded[plate][(loaded[plate][:, 0] <= end) & (loaded[plate][:, 1] >= start)]
            first, last = (same[0, 0], same[-1, 1]) if len(same) else (start, end)
            around = min(first, start) - JOIN_S, max(last, end) + JOIN_S
            claimed[(samples >= around[0]) & (samples <= around[1]), plate] = True
        left = [np.where(claimed[..., None], 0.0, np.nan_to_num(v)) for v in (self.force, self.moment)]
        plates = filter_plates(left[0], left[1], self.analog_rate_hz, self.cutoff_hz, self.signals)
        rate = (len(self.time) - 1) / (self.time[-1] - self.time[0])
        force, moment = plates.at_frames(rate, len(self.time))
        vertical = np.nan_to_num(force[..., 1])
        # What a plate shows while nobody stands on it is no load.
        quiet = np.where(np.abs(vertical) < self.options.threshold_n, vertical, np.nan)
        level = np.nan_to_num([np.nanmedian(q) if np.isfinite(q).any() else 0.0 for q in quiet.T])
        return vertical - level, centres_of_pressure(force, moment, self.corners, self.options.cop_threshold_n)

    def _loads(self, force: Array, stance: list[Contact]) -> Iterator[Mask]:
        """Frames of each load that meets a stance, as far as it is near it in time."""
        start, end = min(c.start for c in stance), max(c.end for c in stance)
        near = (self.time >= start - _AROUND_S) & (self.time <= end + _AROUND_S)
        for first, stop in runs(force > self.options.stray_force_n):
            if self.time[first] <= end + JOIN_S and self.time[stop - 1] >= start - JOIN_S:
                frames = np.zeros(len(self.time), dtype=bool)
                frames[first:stop] = True
                if (frames & near).any():
                    yield frames & near

    def _judged(
        self, contacts: list[Contact], stance: list[Contact], plate: int, frames: Mask, force: Array, cop: Array
    ) -> list[Contact]:
        """Contacts once a load (frames, force and centre of pressure of a plate) next to a stance is looked at."""
        side, other = stance[0].foot, *(s for s in SIDES if s != stance[0].foot)
        mine, theirs = (self._distance(s, plate, cop) for s in (side, other))
        reach = self.options.cop_margin_m + self.options.plate_margin_m
        foot = self.feet[other]
        o = self.options
        standing = (foot.low(o.max_foot_height_m) & foot.slow(o.stance_speed_m_s)).any(axis=1)
        for c in contacts:
            if c.valid and c.foot == other:
                standing |= (self.time >= c.start) & (self.time <= c.end)
        mine = np.where(mine <= reach, mine, np.inf)
        theirs = np.where((theirs <= reach) & standing, theirs, np.inf)
        own = frames & np.isfinite(mine) & (mine < theirs - _NEARER_M)
        either = frames & np.isfinite(mine) & ~own & (mine < theirs + _NEARER_M)
        total = force[frames].sum()
        start, end = self.time[frames][0], self.time[frames][-1]
        refused = [
            c for c in contacts if c.plate == plate and not c.valid and c.start <= end and c.end >= start
        ]
        if any(c.reason not in _REFUSED_ALONE for c in refused):
            return contacts
        if force[own].sum() >= _OWN * total:
            start, end = self._window(plate, start, end, stance)
            start, end = min([start, *(c.start for c in refused)]), max([end, *(c.end for c in refused)])
            part = Contact(plate, int(self.numbers[plate]), start, end, side, True, "", (side,))
            return [*(c for c in contacts if c not in refused), part]
        if (own | either).any():
            by = int(self.numbers[plate])
            lost = {c: replace(c, foot="none", valid=False, reason="part", involved=(side,)) for c in stance}
            return [lost.get(c, c) for c in contacts]
        return contacts

    def _distance(self, side: str, plate: int, cop: Array) -> Array:
        """Distance of a foot from the force on a plate, or from the plate where the force is too small for a place."""
        foot = self.feet[side]
        known = np.isfinite(cop).all(axis=1)
        return np.where(known, distance_to_sole(foot, cop), sole_beside(foot, self.corners[plate]))

    def _window(self, plate: int, start: float, end: float, stance: list[Contact]) -> tuple[float, float]:
        """From when to when a plate is really loaded: a filter spreads its load."""
        first, last = max(round(start * self.analog_rate_hz), 0), round(end * self.analog_rate_hz) + 1
        loaded = np.flatnonzero(self.vertical[first:last, plate] > self.options.release_n)
        if len(loaded):
            return (first + loaded[0]) / self.analog_rate_hz, (first + loaded[-1]) / self.analog_rate_hz
        return max(start, min(c.start for c in stance)), min(end, max(c.end for c in stance))

    def _sum(self, contacts: list[Contact], stance: list[Contact], plates: list[int], beside: list[int]) -> Array:
        """Vertical force of a stance: on its plates, and what touches the plates next to them and is nobody else's."""
        samples = np.arange(len(self.vertical)) / self.analog_rate_hz
        side = stance[0].foot
        frames = np.minimum(np.round(samples / (self.time[1] - self.time[0])).astype(int), len(self.time) - 1)
        force = np.nan_to_num(self.vertical).copy()
        for c in contacts:
            if c not in stance:
                force[(samples >= c.start) & (samples <= c.end), c.plate] = 0.0
        total = force[:, plates].sum(axis=1)
        for k in beside:
            near = sole_beside(self.feet[side], self.corners[k]) <= self.options.cop_margin_m
            total += np.where(near[frames] & (force[:, k] > self.options.release_n / 2), force[:, k], 0.0)
        return total


def _stances(contacts: list[Contact], side: str) -> Iterator[list[Contact]]:
    """Stances of a foot of which no contact was declared."""
    seen: list[Contact] = []
    for contact in contacts:
        if contact.valid and contact.foot == side and contact not in seen:
            stance = stance_of(contact, contacts)
            seen += stance
            if not any(c.reason == "manual" for c in stance):
                yield stance
