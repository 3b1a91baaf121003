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

# A foot strikes up to this long before its first plate is loaded enough for a contact, and pushes off so long after.
_AROUND_S = 0.1
# A foot is nearer to the force than the other one if by more than this, m.
_NEARER_M = 0.03
# Share of the force that must be the foot's own for all of it to be taken as that.
_OWN = 0.9
# A contact with less than this share of the largest impulse of its stance is looked at again.
_WEAK = 0.1
# An unloaded plate shows less than this, N.
_NOISE_N = 1.0
# Reasons for which a load was refused alone; next to a stance of the foot it may be a part of that.
_REFUSED_ALONE = ("no_foot", "cop_off_foot", "edge")


@dataclass(frozen=True, eq=False)
class _Load:
    """Force on a plate that no contact accounts for, next to a stance: times in s.

    `maybe` is the share of it that may be of the stance's foot, and `sure` says that it is that foot's.
    """

    stance: list[Contact]
    plate: int
    start: float
    end: float
    maybe: float
    sure: bool

    def same(self, other: _Load) -> bool:
        return self.plate == other.plate and self.start <= other.end and other.start <= self.end


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
        weak = self._weak(contacts)
        found = [c for c in contacts if c not in weak]
        force, cop = self._unclaimed(found)
        taken: list[_Load] = []
        loads = [
            load
            for side in SIDES
            for stance in _stances(found, side)
            for load in self._loads(force, cop, stance, found)
        ]
        for load in loads:
            if load.sure:
                taken.append(load)
                found = self._with(found, load, valid=True)
        for load in loads:
            if load not in taken and load.maybe > 1 - _OWN and not any(load.same(other) for other in taken):
                found = self._with(found, load, valid=False)
        return [*found, *(c for c in weak if not any(c.plate == f.plate and meet(c, f) for f in found))]

    def whole_stances(self, contacts: list[Contact]) -> list[Contact]:
        """Let stances begin and end where the sum over their plates passes the thresholds of contact.

        Also those of which only a part is known: a foot that is still loaded there is not in the air.

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
            for stance in [*_stances(contacts, side), *_parts(contacts, side)]:
                plates = {c.plate for c in stance}
                neighbours = self._next_to(*plates)
                if not neighbours and len(plates) < 2:
                    continue
                total = self._sum(contacts, stance, side, sorted(plates), neighbours)
                samples = contact_intervals(total, self.analog_rate_hz, o.threshold_n, o.release_n, 0.0)
                found = (samples - [0, 1]) / self.analog_rate_hz
                first, last = min(stance, key=lambda c: c.start), max(stance, key=lambda c: c.end)
                touching = found[(found[:, 0] <= last.end) & (found[:, 1] >= first.start)]
                if not len(touching):
                    continue
                start = max(touching[0, 0], first.start - _AROUND_S)
                end = min(touching[-1, 1], last.end + _AROUND_S)
                one = changed.get(first, first)
                changed[first] = replace(one, start=min(start, one.start))
                one = changed.get(last, last)
                changed[last] = replace(one, end=max(end, one.end))
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
        taken = [span for side in SIDES for span in spans(sorted(contacts, key=lambda c: c.start), side)]
        taken += [(c.plate, c.start, c.end) for c in contacts if c.reason == "manual"]
        loaded = [
            runs(self.vertical[:, k] > self.options.release_n / 2) / self.analog_rate_hz
            for k in range(len(self.numbers))
        ]
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
        # What a plate shows while nobody stands on it is not a load.
        quiet = np.where(np.abs(vertical) < self.options.threshold_n, vertical, np.nan)
        level = np.nan_to_num([np.nanmedian(q) if np.isfinite(q).any() else 0.0 for q in quiet.T])
        return vertical - level, centres_of_pressure(force, moment, self.corners, self.options.stray_force_n)

    def _weak(self, contacts: list[Contact]) -> list[Contact]:
        """Contacts that carry little of their stance: whose they are is seen better next to the rest of it."""
        found = []
        for side in SIDES:
            for stance in _stances(contacts, side):
                impulse = np.array([np.nansum(self._samples(c)) for c in stance])
                found += [c for c, part in zip(stance, impulse, strict=True) if part < _WEAK * impulse.max()]
        return found

    def _loads(self, force: Array, cop: Array, stance: list[Contact], contacts: list[Contact]) -> Iterator[_Load]:
        """Loads that meet a stance on its floor, as far as they are near it in time."""
        start, end = min(c.start for c in stance), max(c.end for c in stance)
        near = (self.time >= start - _AROUND_S) & (self.time <= end + _AROUND_S)
        plates = {c.plate for c in stance}
        for plate in sorted(plates | set(self._next_to(*plates))):
            for first, stop in runs(near & (force[:, plate] > self.options.stray_force_n)):
                if self.time[first] <= end + JOIN_S and self.time[stop - 1] >= start - JOIN_S:
                    yield self._load(stance, plate, slice(first, stop), force[:, plate], cop[:, plate], contacts)

    def _load(
        self, stance: list[Contact], plate: int, frames: slice, force: Array, cop: Array, contacts: list[Contact]
    ) -> _Load:
        """Whether a load belongs to the foot of a stance: by its distance from both feet."""
        o, side = self.options, stance[0].foot
        reach = 2 * o.cop_margin_m
        distance = {}
        for s, foot in self.feet.items():
            from_plate = sole_beside(foot, self.corners[plate])
            away = np.where(np.isfinite(cop[:, 0]), distance_to_sole(foot, cop), from_plate)[frames]
            distance[s] = np.where(away <= reach, away, np.inf)
        (other,) = (s for s in self.feet if s != side)
        foot = self.feet[other]
        standing = np.asarray((foot.low(o.max_foot_height_m) & foot.slow(o.stance_speed_m_s)).any(axis=1))
        for c in (c for c in contacts if c.valid and c.foot == other):
            standing |= (self.time >= c.start - JOIN_S) & (self.time <= c.end + _AROUND_S)
        mine, theirs = distance[side], np.where(standing[frames], distance[other], np.inf)
        own = np.isfinite(mine) & (mine < theirs - _NEARER_M)
        either = np.isfinite(mine) & ~own & (mine < theirs + _NEARER_M)
        part = force[frames] / force[frames].sum()
        times = self.time[frames]
        distant = float((mine[own] * part[own]).sum() / part[own].sum()) if own.any() else np.inf
        sure = bool(part[own].sum() >= _OWN and distant <= o.cop_margin_m + o.plate_margin_m)
        return _Load(stance, plate, float(times[0]), float(times[-1]), float(part[own | either].sum()), sure)

    def _with(self, contacts: list[Contact], load: _Load, valid: bool) -> list[Contact]:
        """Contacts with a load as a part of a stance, which is not valid if the load may be somebody else's."""
        side = load.stance[0].foot
        on_it = [c for c in contacts if c.plate == load.plate and c not in load.stance]
        refused = [c for c in on_it if not c.valid and c.start <= load.end and c.end >= load.start]
        if any(c.reason not in _REFUSED_ALONE for c in refused):
            return contacts
        start, end = self._window(load)
        start, end = min([start, *(c.start for c in refused)]), max([end, *(c.end for c in refused)])
        kept = [c for c in contacts if c not in refused]
        number = int(self.numbers[load.plate])
        if valid:
            return [*kept, Contact(load.plate, number, start, end, side, True, "", (side,))]
        # Nothing near the load is known, not even what is too little for a contact.
        start, end = min(start, load.start), max(end, load.end)
        lost = {c: replace(c, foot="none", valid=False, reason="part", involved=(side,)) for c in load.stance}
        part = Contact(load.plate, number, start, end, "none", False, "part", (side,))
        return [*(lost.get(c, c) for c in kept), part]

    def _samples(self, contact: Contact) -> Array:
        """Vertical force of a plate during a contact, N."""
        first, last = round(contact.start * self.analog_rate_hz), round(contact.end * self.analog_rate_hz) + 1
        return self.vertical[max(first, 0) : last, contact.plate]

    def _window(self, load: _Load) -> tuple[float, float]:
        """From when to when a plate is really loaded: a filter spreads its load."""
        first, last = max(round(load.start * self.analog_rate_hz), 0), round(load.end * self.analog_rate_hz) + 1
        loaded = np.flatnonzero(self.vertical[first:last, load.plate] > self.options.release_n)
        if len(loaded):
            return (first + loaded[0]) / self.analog_rate_hz, (first + loaded[-1]) / self.analog_rate_hz
        start, end = min(c.start for c in load.stance), max(c.end for c in load.stance)
        return min(max(load.start, start), end), max(min(load.end, end), start)

    def _sum(
        self, contacts: list[Contact], stance: list[Contact], side: str, plates: list[int], neighbours: list[int]
    ) -> Array:
        """Vertical force of a stance: on its plates, and what touches the plates next to them and is nobody else's."""
        samples = np.arange(len(self.vertical)) / self.analog_rate_hz
        frames = np.minimum(np.round(samples / (self.time[1] - self.time[0])).astype(int), len(self.time) - 1)
        force = np.nan_to_num(self.vertical).copy()
        for c in contacts:
            if c not in stance and (c.valid or side not in c.involved):
                force[(samples >= c.start) & (samples <= c.end), c.plate] = 0.0
        total = force[:, plates].sum(axis=1)
        for k in neighbours:
            near = sole_beside(self.feet[side], self.corners[k]) <= self.options.cop_margin_m
            total += np.where(near[frames] & (force[:, k] > _NOISE_N), force[:, k], 0.0)
        return total


def _parts(contacts: list[Contact], side: str) -> Iterator[list[Contact]]:
    """Stances of a foot of which a part of the force is missing."""
    left = [c for c in contacts if c.reason == "part" and side in c.involved]
    while left:
        stance = [left[0]]
        for one in stance:  # grows as more are found
            stance += [c for c in left if c not in stance and meet(c, one)]
        left = [c for c in left if c not in stance]
        yield stance


def _stances(contacts: list[Contact], side: str) -> Iterator[list[Contact]]:
    """Stances of a foot of which no contact was declared."""
    seen: list[Contact] = []
    for contact in contacts:
        if contact.valid and contact.foot == side and contact not in seen:
            stance = stance_of(contact, contacts)
            seen += stance
            if not any(c.reason == "manual" for c in stance):
                yield stance
