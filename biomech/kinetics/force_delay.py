"""Delay of the plate signals relative to the markers.

Two witnesses that share nothing but time. The body: while all load is on known plates, the vertical force follows the
vertical acceleration of the body. The feet: plates are loaded and unloaded when feet come to rest and leave. The first is
precise; the second covers trials in which a delay has spoilt every contact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.kinetics.contacts import OFF_PLATE, ON_PLATE, Interval
from biomech.kinetics.feet import FootMotion, outside
from biomech.quality import Quality
from biomech.signals.derivatives import derivative
from biomech.signals.filters import lowpass, runs

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_LEG = ("foot", "shank_proximal", "thigh")
_RANGE_S, _STEP_S = 0.3, 0.0025
_CUTOFF_HZ = 8.0  # of both signals that are compared
_MIN_FRAMES, _MAX_FRAMES = 30, 600
# In 30 real trials without a known delay the correlation is 0.75 to 0.99, and no shift of 15 ms or more takes away two
# thirds of the misfit.
_FITS, _EXPLAINS = 0.9, 3.0
# a delay this large needs less: no real trial without one seems to have more than 0.03 s, however badly the two follow
_LARGE_S, _LARGE_FITS, _LARGE_EXPLAINS = 0.05, 0.7, 2.0
# strikes and offs seen by markers lie up to 0.1 s from those of plates, but not to the same side
_EVENTS_S = 0.06


class Delay(NamedTuple):
    """What was found: the delay in s, and which witness says so (`body` or `feet`)."""

    seconds: float
    witness: str


def body_height(motion: xr.Dataset, subject: xr.Dataset, mass_kg: float) -> Array:
    """Return the height of the centre of mass of legs and pelvis, the pelvis standing for all that is above it.

    Parameters
    ----------
    motion : Dataset
        One trial of the kinematics stage, with ``origin`` and ``rotation``.
    subject : Dataset
        Its model, with ``segment_mass`` and ``segment_com``.
    mass_kg : float
        NaN: the pelvis alone.

    Returns
    -------
    ndarray, (n,)
        m; NaN where a leg is not known.
    """
    pelvis = motion["origin"].sel(segment="pelvis").values[..., 1]  # time, side
    height = np.where(np.isfinite(pelvis[:, 0]), pelvis[:, 0], pelvis[:, -1])
    segments = [name for name in _LEG if name in subject["segment"].values]
    sides = [side for side in subject["side"].values if side in motion["side"].values]
    body = subject.sel(side=sides, segment=segments)
    mass = body["segment_mass"].values
    if not np.isfinite(mass_kg) or not np.isfinite(mass).all() or len(sides) < 2:
        return height
    pose = motion.sel(side=sides, segment=segments).transpose("time", "side", "segment", ...)
    com = body["segment_com"].transpose("side", "segment", ...).values
    lever = np.einsum("nskj,skj->nsk", pose["rotation"].values[..., 1, :], com)
    legs = ((pose["origin"].values[..., 1] + lever) * mass).sum(axis=(1, 2))
    return np.asarray((legs + (mass_kg - mass.sum()) * height) / mass_kg)


def force_delay(vertical: Array, rate_analog_hz: float, rising: Array, state: Array, rate_hz: float) -> float | None:
    """Estimate the delay of the plates against the markers from the acceleration of the body.

    Parameters
    ----------
    vertical : ndarray, (n_samples,)
        Vertical force of all plates together, N.
    rate_analog_hz : float
        Its rate.
    rising : ndarray, (n,)
        Vertical acceleration of the body at the frames, m/s^2.
    state : ndarray, (n, sides)
        Stance state, see `biomech.kinetics.contacts.stance_state`.
    rate_hz : float
        Frames per second.

    Returns
    -------
    float or None
        s, positive where force is late; None if the two signals do not follow each other closely enough, or just as well
        without a delay.
    """
    whole = (state != OFF_PLATE).all(axis=1) & np.isfinite(state).all(axis=1) & (state == ON_PLATE).any(axis=1)
    if rate_hz <= 2.5 * _CUTOFF_HZ or rate_analog_hz <= 2.5 * _CUTOFF_HZ or not np.isfinite(vertical).any():
        return None
    acceleration = lowpass(rising, rate_hz, _CUTOFF_HZ)
    force = lowpass(vertical, rate_analog_hz, _CUTOFF_HZ)
    frames = np.flatnonzero(whole & np.isfinite(acceleration))
    shifts = np.arange(-_RANGE_S, _RANGE_S + _STEP_S / 2, _STEP_S)
    last = (len(force) - 1) / rate_analog_hz
    frames = frames[(frames / rate_hz >= _RANGE_S) & (frames / rate_hz <= last - _RANGE_S)]
    frames = frames[:: max(1, -(-len(frames) // _MAX_FRAMES))]
    if len(frames) < _MIN_FRAMES:
        return None
    moved = np.interp(frames / rate_hz + shifts[:, None], np.arange(len(force)) / rate_analog_hz, force)
    if not np.isfinite(moved).all():
        return None
    match = _correlation(moved, acceleration[frames])
    best = int(np.argmax(match))
    large = abs(shifts[best]) >= _LARGE_S
    fits, explains = (_LARGE_FITS, _LARGE_EXPLAINS) if large else (_FITS, _EXPLAINS)
    if best in (0, len(shifts) - 1) or match[best] < fits:
        return None
    misfit, without = 1 - match[best], 1 - match[len(shifts) // 2]
    if without < explains * misfit:
        return None
    before, at, after = match[best - 1 : best + 2]
    return float(shifts[best] + 0.5 * _STEP_S * (before - after) / (before - 2 * at + after))


def find(
    motion: xr.Dataset,
    subject: xr.Dataset,
    mass_kg: float,
    vertical: Array,
    rate_analog_hz: float,
    state: Array,
    rate_hz: float,
) -> Delay | None:
    """Return the delay that the body's acceleration shows; see `body_height` and `force_delay`."""
    rising = derivative(body_height(motion, subject, mass_kg)[:, None], rate_hz, order=2)[:, 0]
    found = force_delay(vertical, rate_analog_hz, rising, state, rate_hz)
    return None if found is None else Delay(found, "body")


def of_events(
    intervals: list[Interval], feet: dict[str, FootMotion], stances: dict[str, Mask], corners: Array, rate_hz: float
) -> Delay | None:
    """Estimate a large delay from strikes and offs of plates and of feet.

    Parameters
    ----------
    intervals : list of Interval
        Loaded intervals of the plates.
    feet : dict of str to FootMotion
    stances : dict of str to ndarray of bool, (n,)
        Stance seen from the foot's motion.
    corners : ndarray, (plates, 4, 3)
        m, lab.
    rate_hz : float
        Frames per second.

    Returns
    -------
    Delay or None
        The mean of all differences where every strike and every off lies to the same side, each by more than markers and
        plates differ without a delay; else None.
    """
    differences = []
    for side, foot in feet.items():
        n = len(stances[side])
        for start, stop in runs(stances[side]):
            if start == 0 or stop == n:
                continue
            part = slice(start, stop)
            for interval in intervals:
                overlap = min(interval.end, stop / rate_hz) - max(interval.start, start / rate_hz)
                inner = interval.start > 0 and interval.end < (n - 2) / rate_hz
                if not inner or overlap <= 0.4 * (interval.end - interval.start):
                    continue
                if (outside(foot.sole[part, :2], corners[interval.plate]) <= 0).all(axis=1).mean() <= 0.8:
                    continue
                difference = interval.start - start / rate_hz, interval.end - (stop - 1) / rate_hz
                if min(abs(d) for d in difference) <= _EVENTS_S:
                    return None
                differences.append(difference)
    found = np.array(differences).reshape(-1, 2)
    if not len(found) or not ((found > _EVENTS_S).all() or (found < -_EVENTS_S).all()):
        return None
    return Delay(float(found.mean()), "feet")


def report(delay: Delay | None, warn_s: float, trial: str, quality: Quality) -> None:
    """Add a row where a delay of at least `warn_s` was found."""
    if delay is None or abs(delay.seconds) < warn_s:
        return
    late = "later" if delay.seconds > 0 else "earlier"
    why = {
        "body": "the vertical force follows the acceleration of the body best with this shift",
        "feet": "strikes and offs of the plates all differ from those of the markers by about as much",
    }[delay.witness]
    quality.add(
        "warning",
        "force_delay",
        f"forces come {abs(delay.seconds) * 1e3:.0f} ms {late} than markers: {why}; moments and powers are wrong by that",
        trial=trial,
        action="check the synchronisation of plates and cameras; if every trial shows the same delay, set "
        f"force_plates.delay_s to {delay.seconds:.3f}",
        value=delay.seconds,
        unit="s",
    )


def _correlation(rows: Array, one: Array) -> Array:
    """Return the correlation of each row with one signal."""
    rows = rows - rows.mean(axis=1, keepdims=True)
    one = one - one.mean()
    size = np.linalg.norm(rows, axis=1) * np.linalg.norm(one)
    return np.asarray(rows @ one / np.where(size > 0, size, np.inf))
