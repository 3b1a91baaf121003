"""Faults of single plate channels: samples without a value, spikes, dead and saturated channels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import maximum_filter1d, median_filter, minimum_filter1d

from biomech.c3d.plate_types import PlateNote, PlateRecord
from biomech.config import ForcePlates

_LOADED_N = 50.0  # beyond this a sample surely carries load
_CHANGES_N = 20.0
_LOADED_S = 0.1
_FLAT_S = 0.02  # no peak of a force stays at exactly one value for so long
_COARSE = 0.005  # of the range: a channel stored in coarser steps has flat peaks
_BESIDE_S, _LEAVES = 0.01, 0.02  # so far next to a flat top a saturated signal is this share of its range away from it
_SPIKE_S = 0.002  # no foot loads and unloads a plate within so short a time
_SPIKE_RATE_HZ = 500.0  # below, an impact may be one sample
_SPIKE_SHARE = 0.5  # of the range of the component without its spikes
_SPIKE_BESIDE_S, _SPIKE_UNREST = 0.01, 2.0  # so far next to it, the others change by less than half its size
_SPIKE = np.array([50.0] * 3 + [10.0] * 3)  # N and N·m; smaller ones do not survive the filter
_NOBODY_N = 20_000.0  # 13 times the weight of a person of 150 kg
_NEAR_ZERO = 0.02  # of the largest value: a plate that is cut off to zero without load is not saturated there


def bridged(plate: PlateRecord, options: ForcePlates, notes: list[PlateNote]) -> PlateRecord:
    """Fill short intervals without a value (NaN or infinite) by straight lines; longer ones become NaN in every channel.

    Parameters
    ----------
    plate : PlateRecord
    options : ForcePlates
        `gap_max_s` is the longest interval to fill.
    notes : list of PlateNote
        Gets what was found.

    Returns
    -------
    PlateRecord
        The same one if nothing is missing.
    """
    if np.isfinite(plate.channels.sum(dtype=float)):
        return plate
    missing = ~np.isfinite(plate.channels)
    lost = missing.any(axis=1)
    if not lost.any():
        return plate
    n, rate, item = len(lost), plate.rate_hz, f"plate {plate.number}"
    found = _runs(lost)
    length = found[:, 1] - found[:, 0]
    short = (length <= options.gap_max_s * rate + 1e-9) & (found[:, 0] > 0) & (found[:, 1] < n)
    channels = np.array(plate.channels, dtype=float)
    every = np.arange(n)
    for column in np.flatnonzero(missing.any(axis=0)):
        known = ~missing[:, column]
        if known.any():
            channels[~known, column] = np.interp(every[~known], every[known], channels[known, column])
    for start, stop in found[~short]:
        channels[start:stop] = np.nan
    names = _listed(plate, np.flatnonzero(missing.any(axis=0)))
    if short.any():
        text = (
            f"{int(length[short].sum())} samples without a value in {names} ({short.sum()} intervals of at most "
            f"{1e3 * length[short].max() / rate:.1f} ms, the first at {found[short][0, 0] / rate:.2f} s) were filled by "
            "straight lines"
        )
        action = "look for a loose cable or an overflow of the recording"
        notes.append(
            PlateNote("info", "plate_samples_filled", item, text, action, float(length[short].sum()) / rate, "s")
        )
    if (~short).any():
        gone = length[~short].sum() / rate
        text = (
            f"no value in {names} for {gone:.3f} s (longest interval {length[~short].max() / rate:.3f} s, the first at "
            f"{found[~short][0, 0] / rate:.2f} s); contacts that it touches are not used"
        )
        action = "record again, or raise force_plates.gap_max_s if a straight line may replace it"
        notes.append(PlateNote("warning", "plate_samples_missing", item, text, action, float(gone), "s"))
    return replace(plate, channels=channels)


def without_spikes(wrench: np.ndarray, plate: PlateRecord, notes: list[PlateNote]) -> np.ndarray:
    """Replace samples that leave their component for at most 2 ms by the median around them.

    Parameters
    ----------
    wrench : ndarray, (k, n)
        A component a row: forces in N, then moments in N·m.
    plate : PlateRecord
        For its number and rate.
    notes : list of PlateNote
        Gets what was found.

    Returns
    -------
    ndarray, (k, n)
        The same one if there is no spike.
    """
    half = max(1, int(_SPIKE_S * plate.rate_hz + 1e-9))
    if plate.rate_hz < _SPIKE_RATE_HZ or wrench.shape[1] < 10 * half:
        return wrench
    leap, size = (np.nan_to_num(part).max(axis=1) for part in (np.abs(np.diff(wrench)), np.abs(wrench)))
    rows = np.flatnonzero((leap > _SPIKE[: len(wrench)]) & (leap > _SPIKE_SHARE / 3 * size))
    if not len(rows):  # nearly always: the median takes longer than all else
        return wrench
    middle = median_filter(wrench[rows], size=(1, 2 * half + 1), mode="nearest")
    deviation = np.abs(wrench[rows] - middle)
    limit = _SPIKE_SHARE * (np.nanmax(middle, axis=1) - np.nanmin(middle, axis=1))
    limit = np.maximum(np.maximum(limit, _SPIKE[rows]), 5 * np.nanquantile(deviation, 0.99, axis=1))
    reach = 2 * int(_SPIKE_BESIDE_S * plate.rate_hz) + 1
    unrest = maximum_filter1d(middle, reach, axis=1) - minimum_filter1d(middle, reach, axis=1)
    spikes = (deviation > limit[:, None]) & (
        deviation > _SPIKE_UNREST * unrest
    )  # an impact makes the samples around it change too
    if not spikes.any():
        return wrench
    out = wrench.copy()
    out[rows] = np.where(spikes, middle, wrench[rows])
    count, first = int(spikes.any(axis=0).sum()), int(np.argmax(spikes.any(axis=0)))
    names = ", ".join(("Fx", "Fy", "Fz", "Mx", "My", "Mz")[row] for row in rows[spikes.any(axis=1)].tolist())
    text = (
        f"{count} samples of {names} leave those next to them for at most {1e3 * _SPIKE_S:g} ms (spikes, the first at "
        f"{first / plate.rate_hz:.2f} s, up to {deviation[spikes].max():.0f} N or N·m): replaced by the median around them"
    )
    action = "look for a loose cable or electrical interference"
    notes.append(PlateNote("info", "plate_spike", f"plate {plate.number}", text, action, float(count), "1"))
    return out


def beyond_people(plate: PlateRecord, force: np.ndarray) -> PlateNote | None:
    """Return why a plate is left out whose force no person exerts; None for any other.

    Parameters
    ----------
    plate : PlateRecord
    force : ndarray, (n, 3)
        On the subject, N.
    """
    largest = np.abs(force).max(axis=1)
    if not np.nanmax(largest, initial=0.0) > _NOBODY_N:
        return None
    usual = float(np.nanquantile(largest, 0.99))
    if not usual > _NOBODY_N:
        return None
    text = (
        f"plate left out: its force reaches {usual:.3g} N, and no person exerts more than {_NOBODY_N:g} N: the unit of its channels "
        "(N labelled kN), their scale or the calibration matrix is wrong"
    )
    action = "correct ANALOG:UNITS, ANALOG:SCALE or FORCE_PLATFORM:CAL_MATRIX where the file was exported"
    return PlateNote("warning", "plate_force_unit", f"plate {plate.number}", text, action, usual, "N")


def channel_notes(plate: PlateRecord, vertical: np.ndarray) -> list[PlateNote]:
    """Name channels that do not change although the plate is loaded, and channels that stop at the end of their range.

    Parameters
    ----------
    plate : PlateRecord
    vertical : ndarray, (n,)
        Force normal to the ground, N.

    Returns
    -------
    list of PlateNote
    """
    x, rate, item = plate.channels, plate.rate_hz, f"plate {plate.number}"
    if not len(x):
        return []
    low, high = x.min(axis=0), x.max(axis=0)
    loaded = np.abs(vertical) > _LOADED_N
    notes = []
    n_force = 8 if plate.type == 3 else 3
    constant = low == high
    if loaded.sum() > _LOADED_S * rate:
        part = x[loaded]
        dead = constant | (part.min(axis=0) == part.max(axis=0))
    else:
        # without its normal force a plate looks unloaded, but the others change
        changes = (high - low)[:n_force].max() * plate.force_to_n > _CHANGES_N and plate.type != 4
        dead = constant if changes else np.zeros(len(constant), bool)
    if dead.any():
        text = (
            f"{_listed(plate, np.flatnonzero(dead))} did not change while the plate was loaded: dead or not connected"
        )
        action = "check cable, amplifier and FORCE_PLATFORM:CHANNEL; do not use the moments of this plate"
        notes.append(PlateNote("warning", "plate_channel_dead", item, text, action, float(dead.sum()), "1"))
    stuck = [k for k in range(x.shape[1]) if not dead[k] and _saturated(x[:, k], low[k], high[k], rate)]
    if stuck:
        text = f"{_listed(plate, np.array(stuck))} stays at its largest value for {_FLAT_S:g} s or longer: saturated"
        action = "set a larger range of the amplifier; peaks of force and moments of this plate are too low"
        notes.append(PlateNote("warning", "plate_channel_saturated", item, text, action, float(len(stuck)), "1"))
    return notes


def _saturated(x: np.ndarray, low: float, high: float, rate_hz: float) -> bool:
    """Whether a channel stays at exactly its smallest or largest value, away from zero."""
    shortest = max(3, int(np.ceil(_FLAT_S * rate_hz)))
    largest = max(abs(low), abs(high))
    for end in (low, high):
        if not abs(end) > _NEAR_ZERO * largest:
            continue
        flat = x == end
        if flat.sum() < shortest or flat.all():
            continue
        if np.diff(np.unique(x)).min() > _COARSE * (high - low):
            continue
        found = _runs(flat)
        start, stop = found[np.argmax(found[:, 1] - found[:, 0])]
        if stop - start < shortest:
            continue
        # the true peak goes on beyond the flat top; one that is stored in coarse steps does not leave it so fast
        beyond = max(1, round(_BESIDE_S * rate_hz))
        before, after = x[max(start - beyond, 0)], x[min(stop - 1 + beyond, len(x) - 1)]
        if max(abs(before - end), abs(after - end)) > _LEAVES * (high - low):
            return True
    return False


def _listed(plate: PlateRecord, columns: np.ndarray) -> str:
    names = [plate.names[k] if k < len(plate.names) else f"channel {k + 1}" for k in columns.tolist()]
    return ", ".join(names)


def _runs(mask: np.ndarray) -> np.ndarray:
    """Return first and one past the last sample of each run of True, (k, 2)."""
    padded = np.concatenate(([False], mask, [False]))
    return np.flatnonzero(padded[1:] != padded[:-1]).reshape(-1, 2)
