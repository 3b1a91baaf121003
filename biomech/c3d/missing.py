"""Samples that hold no position although the file does not mark them as missing.

Recording systems write a missing marker in several ways: a negative residual, which the reader knows; exact zeros; a number that
no marker reaches (−9999, 9999, 999999), on all three axes or on some; the last value again and again.
"""

from __future__ import annotations

import numpy as np

from biomech.c3d.header import Note
from biomech.c3d.labels import shorten

_NINES = (9999.0, 99999.0, 999999.0, 9999999.0)  # in the unit of the file, either sign
_FAR_M = 1e4  # no laboratory reaches so far; a guard against numbers such as the largest one of single precision
_HELD = 3  # frames after the first of a run that repeat its value to the bit
_JUMP_M = 1e-3  # a marker that truly stands still comes to rest and leaves in smaller steps
_JUMP_STEPS = 3.0  # the same, in steps of a file that stores whole numbers
_MOST = 0.8  # of the markers seen: a fault of the recording, not of single markers
_LEAP, _LEAP_M = 3.0, 0.02  # all markers go so many times farther than just before and after, and so far
_LEAP_BESIDE = 3  # frames on each side
_LEAP_MARKERS = 16  # are looked at; all leap together


def find_placeholders(stored: np.ndarray, to_metres: float, names: list[str], notes: list[Note]) -> np.ndarray:
    """Return which samples are a placeholder and no position.

    Parameters
    ----------
    stored : (n, markers, 3) array
        As stored; NaN where known to be missing.
    to_metres : float
        Factor of the unit of the file.
    names : list of str
        One a marker.
    notes : list
        Gets an info row ``zeros_missing`` or ``placeholder_missing`` with the count.

    Returns
    -------
    (n, markers) array of bool
    """
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.abs(stored)
        largest = size.max(axis=2)
        zero = largest == 0
        # as a rule no value of the file comes near: then the samples are not looked at one by one
        suspect = np.zeros_like(zero)
        if (largest >= _NINES[0] - 1).any() or (largest * to_metres > _FAR_M).any():
            nines = np.isin(np.round(size), _NINES)
            whole = np.isin(size, _NINES)
            suspect = nines.all(axis=2) | whole.any(axis=2) | (largest * to_metres > _FAR_M)
        suspect |= _same_on_all_axes(stored, zero)
    suspect &= ~np.isnan(largest) & ~zero
    if zero.any():
        text = f"{int(zero.sum())} samples at exactly 0, 0, 0 are missing markers"
        notes.append(("info", "zeros_missing", _which(names, zero), text))
    if suspect.any():
        values = np.unique(stored[suspect][:, 0])
        shown = ", ".join(f"{value:g}" for value in values[:3]) + (" and others" if len(values) > 3 else "")
        text = f"{int(suspect.sum())} samples hold a number that marks a missing marker ({shown}); they are missing"
        notes.append(("info", "placeholder_missing", _which(names, suspect), text))
    return np.asarray(zero | suspect)


def _same_on_all_axes(stored: np.ndarray, zero: np.ndarray) -> np.ndarray:
    """Return samples whose three axes hold the same number, one that comes several times in the file (−1000, 32767 …).

    Whole numbers of coarse steps may agree by chance; only floating-point ones are looked at.
    """
    found = np.zeros(stored.shape[:2], dtype=bool)
    if stored.dtype != np.float32:
        return found
    equal = (stored[..., 0] == stored[..., 1]) & (stored[..., 0] == stored[..., 2]) & ~zero
    if equal.any():
        values, counts = np.unique(stored[equal][:, 0], return_counts=True)
        found = equal & np.isin(stored[..., 0], values[counts >= 2])
    return found


def find_held(position: np.ndarray, step_m: float, names: list[str], notes: list[Note]) -> np.ndarray:
    """Return which samples only repeat the last value of a marker that was lost.

    A marker counts as lost where it stays at the same place to the bit for several frames while most others move, and reaches or
    leaves that place with a jump. Not so one that stands still from beginning to end (on the floor, on a plate), that
    comes to rest, or that returns to the same place again (a point computed from a plate that is not loaded).

    Parameters
    ----------
    position : (n, markers, 3) array
        m; NaN where missing.
    step_m : float
        Smallest step that the file can store, in m; 0 for floating-point numbers.
    names : list of str
        One a marker.
    notes : list
        Gets a warning ``held_value`` with the count.

    Returns
    -------
    (n, markers) array of bool
        The first sample of a run, which was measured, is not among them.
    """
    out = np.zeros(position.shape[:2], dtype=bool)
    if len(position) <= _HELD:
        return out
    same = (position[1:] == position[:-1]).all(axis=2)
    if not same.any():
        return out
    seen = np.isfinite(position[..., 0])
    both = seen[1:] & seen[:-1]
    same &= (2 * (both & ~same).sum(axis=1) > both.sum(axis=1))[:, None]
    edges = np.diff(np.pad(same, ((1, 1), (0, 0))).astype(np.int8), axis=0)
    # runs, marker by marker: from the sample that is repeated to the last that repeats it
    marker, first = np.nonzero(edges.T == 1)
    last = np.nonzero(edges.T == -1)[1]
    long = last - first >= _HELD
    marker, first, last = marker[long], first[long], last[long]
    padded = np.pad(position, ((1, 1), (0, 0), (0, 0)), constant_values=np.nan)
    reached = np.linalg.norm(padded[first + 1, marker] - padded[first, marker], axis=1)
    left = np.linalg.norm(padded[last + 2, marker] - padded[last + 1, marker], axis=1)
    lost = np.fmax(reached, left) > max(_JUMP_M, _JUMP_STEPS * step_m)
    place = np.column_stack([marker, position[first, marker]])
    _, number, counts = np.unique(place, axis=0, return_inverse=True, return_counts=True)
    lost &= counts[number.ravel()] == 1
    marker, first, last = marker[lost], first[lost], last[lost]
    ends = np.zeros((len(position) + 1, position.shape[1]), dtype=np.int32)
    np.add.at(ends, (first + 1, marker), 1)
    np.add.at(ends, (last + 1, marker), -1)
    out = np.cumsum(ends[:-1], axis=0) > 0
    if out.any():
        text = (
            f"{int(out.sum())} samples repeat the last position to the bit while other markers move: the marker was lost there; "
            "the samples are missing. Check the trajectory in the recording software"
        )
        notes.append(("warning", "held_value", _which(names, out), text))
    return out


def find_lost_frames(position: np.ndarray, rate_hz: float, notes: list[Note]) -> np.ndarray:
    """Return the frames in which the whole recording stood still, and report where frames were lost.

    A body's markers change their speeds one after the other, so that the median of their steps grows over several frames; where
    nearly all go several times farther from one frame to the next than just before and just after, frames are missing in
    between. Where nearly all keep their place to the bit and then go on with such a leap, the recording repeated a frame.

    Parameters
    ----------
    position : (n, markers, 3) array
        m; NaN where missing.
    rate_hz : float
    notes : list
        Gets a warning ``frames_repeated`` or ``frames_lost``.

    Returns
    -------
    (n,) array of bool
        Repeated frames; the first of a run, which was measured, is not among them.
    """
    repeated = np.zeros(len(position), dtype=bool)
    if len(position) < 2 * _LEAP_BESIDE + 2 or not position.shape[1]:
        return repeated
    some = position[:, :: max(1, -(-position.shape[1] // _LEAP_MARKERS))]
    length = np.sqrt((np.diff(some, axis=0) ** 2).sum(axis=2))
    seen = np.isfinite(length)
    count = seen.sum(axis=1)
    enough = count >= max(3, some.shape[1] // 2)
    step = np.full(len(length), np.nan)
    ordered = np.sort(length[enough], axis=1)  # missing ones last; `numpy.nanmedian` takes ten times as long
    step[enough] = ordered[np.arange(len(ordered)), count[enough] // 2]
    stays = enough & ((length == 0).sum(axis=1) >= _MOST * count)
    moving = np.where(stays, np.nan, step)
    edges = np.flatnonzero(np.diff(np.pad(stays, 1).astype(np.int8)))
    for first, stop in edges.reshape(-1, 2).tolist():
        if stop - first < _HELD or stop >= len(step):
            continue
        if _leaps(moving, stop):
            repeated[first + 1 : stop + 1] = True
    for number in np.flatnonzero(step > _LEAP_M).tolist():
        before = number > 0 and stays[number - 1]
        if not before and _leaps(step, number):
            notes.append(
                (
                    "warning",
                    "frames_lost",
                    f"frame {number + 2}",
                    f"all markers leap by {1000 * step[number]:.0f} mm (median) from frame {number + 1} to frame {number + 2} "
                    f"({(number + 1) / rate_hz:.2f} s), {_LEAP:g} times as far as in the frames next to them: frames are missing there, so "
                    "later times, and forces against markers, are wrong. Export the trial again, or cut it there",
                )
            )
            break
    if repeated.any():
        at = int(np.argmax(repeated))
        notes.append(
            (
                "warning",
                "frames_repeated",
                f"frame {at + 1}",
                f"all markers stand still to the bit in {int(repeated.sum())} frames (the first is frame {at + 1}, {at / rate_hz:.2f} s) and "
                "then leap on: the recording dropped frames and repeated the last one; these frames are missing. Look at the trial in the "
                "recording software",
            )
        )
    return repeated


def _leaps(step: np.ndarray, number: int) -> bool:
    """Whether a step is several times as long as those before and after it."""
    before, after = step[max(number - _LEAP_BESIDE, 0) : number], step[number + 1 : number + 1 + _LEAP_BESIDE]
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    neighbours = np.concatenate([before, after])
    return bool(
        len(after) and len(neighbours) >= _LEAP_BESIDE and step[number] > max(_LEAP_M, _LEAP * neighbours.max())
    )


def _which(names: list[str], samples: np.ndarray) -> str:
    return shorten([names[index] for index in np.flatnonzero(samples.any(axis=0))])
