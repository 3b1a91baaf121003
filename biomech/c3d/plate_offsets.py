"""Offset and drift of an unloaded force plate: estimated from its own signal and subtracted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from biomech.c3d.plate_types import PlateNote, PlateRecord
from biomech.config import ForcePlates

_MIN_WINDOW_S = 0.02
_MIN_WINDOW = 10
_SAME_LEVEL_N = 4.0  # steady intervals whose means lie this near show the same level
_ARM_M = 0.2  # a moment drifts by a force times about this
_RESTS = 0.3  # of a recording that a plate must rest at one level
_SLOPES = 60  # intervals from which the first guess of a drift is made


class _Level(NamedTuple):
    """The unloaded level of the normal force: `mean` in N, and the intervals (start, stop, in samples) that show it.

    `drifting` are those that lie on one sloping line; None if they show no drift.
    """

    mean: float
    intervals: np.ndarray
    drifting: np.ndarray | None


def zeroed(wrench: np.ndarray, plate: PlateRecord, options: ForcePlates, notes: list[PlateNote]) -> np.ndarray:
    """Take the unloaded level off every component.

    The level is the mean of the frames of FORCE_PLATFORM:ZERO, or of the longest interval without load. Where the normal
    force is never near zero, or drifts, the level is the most frequent one among its steady intervals (a straight line
    through them where it drifts), each component at the same samples.

    Parameters
    ----------
    wrench : ndarray, (k, n)
        A component a row, the normal force third; N and N·m, NaN where missing.
    plate : PlateRecord
        For its number, rate and ZERO.
    options : ForcePlates
    notes : list of PlateNote
        Gets what was found.

    Returns
    -------
    ndarray, (k, n)
    """
    if options.zero == "none" or not np.isfinite(wrench[2]).any():
        return wrench
    item = f"plate {plate.number}"
    level = _unloaded_level(wrench[2], plate.rate_hz, options) if options.zero != "c3d" else None
    lines = _drift(wrench, level, options) if level is not None else None
    if lines is not None:
        change = float(lines[2, -1] - lines[2, 0])
        turning = float(np.abs(lines[3:, -1] - lines[3:, 0]).max())
        text = (
            f"its unloaded level changes over the trial, by {change:+.1f} N (normal force) and {turning:.1f} N·m (largest moment); "
            "a straight line was taken off every component"
        )
        action = "let the plate warm up, and zero it before each trial"
        notes.append(PlateNote("info", "plate_drift", item, text, action, change, "N"))
        return np.asarray(wrench - lines)
    window = _offset_window(wrench[2], plate, options, level)
    if window is None:
        least = _least_load(wrench[2], plate.rate_hz)
        resting = _resting(wrench[2], plate.rate_hz, options)
        if resting is not None:
            text = (
                f"it shows a steady {resting:+.0f} N whenever nobody is on it: something lies on it, or its offset is larger than "
                f"{options.largest_offset_n:g} N; it was left as stored, and forces and moments are wrong by as much"
            )
            action = (
                "record again with the plate empty and zeroed, or raise force_plates.largest_offset_n to take it off"
            )
            notes.append(PlateNote("warning", "plate_not_zeroed", item, text, action, resting, "N"))
            return wrench
        if np.nanmax(wrench[2]) - np.nanmin(wrench[2]) < 10 * options.unloaded_force_n:
            why = f"its load hardly changes (least {least:.0f} N): an offset, or somebody who stands still"
        elif least > options.largest_offset_n:
            why = f"it is never unloaded (least load {least:.0f} N)"
        else:
            why = f"its signal is nowhere steady enough without load (least load {least:.0f} N)"
        text = f"{why}; its zero cannot be found, its offset was left as stored"
        action = "zero the plate before the trial, or record some frames before somebody steps on it"
        notes.append(PlateNote("info", "plate_not_zeroed", item, text, action, least, "N"))
        return wrench
    offset = wrench[:, window].mean(axis=1, keepdims=True)
    if abs(offset[2, 0]) >= options.unloaded_force_n:
        found = float(offset[2, 0])
        text = f"it shows {found:+.1f} N without load (normal force); taken off, as is that of every other component"
        notes.append(PlateNote("info", "plate_offset", item, text, "zero the plate before each trial", found, "N"))
    return np.asarray(wrench - offset)


def _offset_window(normal: np.ndarray, plate: PlateRecord, options: ForcePlates, level: _Level | None) -> slice | None:
    stored = plate.zero_window
    if options.zero == "c3d":
        return stored
    shift = level.mean if level is not None and abs(level.mean) > options.unloaded_force_n / 2 else 0.0
    unloaded = _longest_unloaded(normal - shift, plate.rate_hz, options)
    if options.zero == "auto" and stored is not None:
        mean, steady = normal[stored].mean(), normal[stored].std() < options.unloaded_std_n
        # A large mean is an offset only if the plate is never near zero and is loaded at some other time; otherwise
        # somebody stood on it during those frames.
        offset = unloaded is None and np.nanmax(normal) - np.nanmin(normal) > 10 * options.unloaded_force_n
        if steady and (abs(mean) < options.unloaded_force_n or offset):
            return stored
    return unloaded


def _longest_unloaded(normal: np.ndarray, rate_hz: float, options: ForcePlates) -> slice | None:
    quiet = np.concatenate([[False], np.abs(normal) < options.unloaded_force_n, [False]])
    edges = np.flatnonzero(quiet[1:] != quiet[:-1])
    if not len(edges):
        return None
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    start, end = int(starts[longest]), int(ends[longest])
    trim = (end - start) // 10  # the flanks already carry a little load
    start, end = start + trim, end - trim
    if end - start < max(_MIN_WINDOW, _MIN_WINDOW_S * rate_hz) or normal[start:end].std() >= options.unloaded_std_n:
        return None
    return slice(start, end)


def _intervals(n: int, rate_hz: float) -> np.ndarray:
    """Return start and stop of equal short intervals of a signal of n samples, (intervals, 2)."""
    length = max(_MIN_WINDOW, int(np.ceil(_MIN_WINDOW_S * rate_hz)))
    starts = np.arange(n // length) * length
    return np.stack([starts, starts + length], axis=1)


def _least_load(normal: np.ndarray, rate_hz: float) -> float:
    """Return the smallest mean size of the normal force over a short interval, N; NaN for a very short recording."""
    intervals = _intervals(len(normal), rate_hz)
    if not len(intervals):
        return float("nan")
    means = np.abs(normal[: intervals[-1, 1]].reshape(len(intervals), -1).mean(axis=1))
    return float(np.nanmin(means)) if np.isfinite(means).any() else float("nan")


def _resting(normal: np.ndarray, rate_hz: float, options: ForcePlates) -> float | None:
    """Return the level, N, beyond `largest_offset_n`, at which a plate rests and which a person's load only moves to one side.

    A person who stands still does not rest at a level: his load falls below and rises above it.
    """
    intervals = _intervals(len(normal), rate_hz)
    if not len(intervals):
        return None
    blocks = normal[: intervals[-1, 1]].reshape(len(intervals), -1)
    means = blocks.mean(axis=1)
    steady = means[blocks.std(axis=1) < options.unloaded_std_n]
    ends = np.array([np.nanmin(means), np.nanmax(means)]) if np.isfinite(means).any() else np.zeros(2)
    if ends[1] - ends[0] < 10 * options.unloaded_force_n:
        return None
    end = float(min(ends, key=abs))  # at the other one somebody stands still
    rests = steady[np.abs(steady - end) < options.unloaded_force_n]
    level = float(rests.mean()) if len(rests) >= _RESTS * len(means) else 0.0
    return level if abs(level) > options.largest_offset_n else None


def _unloaded_level(normal: np.ndarray, rate_hz: float, options: ForcePlates) -> _Level | None:
    """Return the most frequent level of the steady intervals near zero; None if there is none."""
    intervals = _intervals(len(normal), rate_hz)
    if not len(intervals):
        return None
    blocks = normal[: intervals[-1, 1]].reshape(len(intervals), -1)
    means, steady = blocks.mean(axis=1), blocks.std(axis=1) < options.unloaded_std_n
    near = steady & (np.abs(means) < options.largest_offset_n)
    if near.sum() < 2:
        return None
    chosen, level = intervals[near], means[near]
    ordered = np.sort(level)
    upper = np.searchsorted(ordered, ordered + _SAME_LEVEL_N, side="right")
    best = int(np.argmax(upper - np.arange(len(ordered))))
    mean = float(ordered[best : upper[best]].mean())
    # A level that never changes may as well be the load of somebody who stands still.
    if np.nanmax(np.abs(normal - mean)) < 10 * options.unloaded_force_n and abs(mean) > options.unloaded_force_n:
        return None
    on_line = _drifting(chosen.mean(axis=1), level, len(normal), options.drift_n)
    drifting = None if on_line is None else chosen[on_line]
    return _Level(mean, chosen[np.abs(level - mean) <= _SAME_LEVEL_N], drifting)


def _drift(wrench: np.ndarray, level: _Level, options: ForcePlates) -> np.ndarray | None:
    """Return the straight line through the unloaded level of every component, (k, n); None if no component drifts."""
    if level.drifting is not None:
        return _lines(wrench, level.drifting)
    start, stop = level.intervals[:, 0], level.intervals[:, 1]
    total = np.concatenate([np.zeros((len(wrench), 1)), np.cumsum(np.nan_to_num(wrench), axis=1)], axis=1)
    means = (total[:, stop] - total[:, start]) / (stop - start)
    at, n = (start + stop) / 2, wrench.shape[1]
    for row, values in enumerate(means):
        arm = 1.0 if row < 3 else _ARM_M
        if _drifting(at, values / arm, n, options.drift_n) is not None:
            return _lines(wrench, level.intervals)
    return None


def _drifting(at: np.ndarray, level: np.ndarray, n: int, least_n: float) -> np.ndarray | None:
    """Return which levels lie on one sloping line, or None if they do not or if the line changes by less than `least_n`."""
    if len(at) < 5 or np.ptp(level) < least_n or at[-1] - at[0] < 0.5 * n:
        return None
    some = np.unique(np.linspace(0, len(at) - 1, _SLOPES).astype(int))
    i, j = np.triu_indices(len(some), 1)
    slope = float(np.median((level[some[j]] - level[some[i]]) / (at[some[j]] - at[some[i]])))
    on_line = np.abs(level - slope * at - np.median(level - slope * at)) < _SAME_LEVEL_N / 2
    if on_line.mean() < 0.8 or abs(slope) * n < least_n:
        return None
    return np.asarray(on_line)


def _lines(wrench: np.ndarray, intervals: np.ndarray) -> np.ndarray:
    """Return the straight line through the intervals of every component, (k, n)."""
    length = int(intervals[0, 1] - intervals[0, 0])
    samples = (intervals[:, :1] + np.arange(length)).ravel()
    slope, start = np.polyfit(samples, wrench[:, samples].T, 1)
    return np.asarray(start[:, None] + slope[:, None] * np.arange(wrench.shape[1]))
