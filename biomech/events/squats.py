"""Squats, step-downs and repeated movements: repetitions counted from a joint's angle, squats else from the pelvis's height."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.config import Cycles
from biomech.errors import TrialError
from biomech.events.repetitions import Found, Note, Repetition
from biomech.signals.filters import lowpass, runs
from biomech.tasks import Task

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Depth:
    """How deep somebody is, over time, and what counts as deep: a rise above standing that starts, one that suffices."""

    curve: Array
    start: float
    least: float
    above_standing: bool  # `least` is meant above standing, too
    unit: str
    what: str
    rest: str = "standing"


@dataclass(frozen=True)
class _Attempt:
    start: float
    bottom: float
    end: float
    fault: str
    frames: slice


def squats(
    flexion: ArrayLike,
    rate_hz: float,
    sides: Sequence[str],
    settings: Cycles,
    pelvis_height: ArrayLike | None = None,
) -> Found:
    """Squats, single-leg squats and step-downs.

    A repetition starts where flexion, smoothed at 3 Hz, rises by `squat_start_deg` above standing (the 5th percentile of
    the trial) and ends where it returns there; its bottom is the largest flexion. Where flexion is missing, the fall of
    the pelvis below standing serves in the same way.

    Parameters
    ----------
    flexion : array_like, shape (n,)
        Knee flexion, degrees; the mean of both knees where both legs work.
    rate_hz : float
    sides : sequence of str
        Every repetition becomes one cycle per side, with common times.
    settings : biomech.config.Cycles
        Least depth and duration; what does not reach them is rejected with a note.
    pelvis_height : array_like, shape (n,), optional
        m.
    """
    found = Found()
    knee = np.asarray(flexion, dtype=float)
    pelvis = np.full(len(knee), np.nan) if pelvis_height is None else np.asarray(pelvis_height, dtype=float)
    by_knee = _Depth(
        knee,
        settings.squat_start_deg,
        settings.squat_min_flexion_deg,
        False,
        "degrees of knee flexion",
        "repetition",
    )
    by_pelvis = _Depth(
        -pelvis,
        settings.squat_start_drop_m,
        settings.squat_min_drop_m,
        True,
        "m of fall of the pelvis",
        "repetition, counted from the pelvis's height,",
    )
    attempts = [(by_knee, attempt) for attempt in _attempts(by_knee, rate_hz, settings)]
    if np.isnan(knee).any():
        for attempt in _attempts(by_pelvis, rate_hz, settings):
            same = [k for k in attempts if _overlap(k[1], attempt)]
            if np.isnan(knee[attempt.frames]).any() and all(k[1].fault for k in same):
                attempts = [k for k in attempts if k not in same] + [(by_pelvis, attempt)]
    if not np.isfinite(knee).any() and not np.isfinite(pelvis).any():
        message = "squats are found from knee flexion or the pelvis's height, which are both missing"
        found.notes.append(Note("warning", "no_knee_flexion", message))
    _count(found, attempts, sides, by_pelvis)
    return found


def repeated(angles: Mapping[str, ArrayLike], name: str, rate_hz: float, settings: Cycles) -> Found:
    """Repeated movements of the legs, such as lunges, bridges or clamshells; each leg is counted from its own angle.

    A repetition starts where the angle, smoothed at 3 Hz, rises by `repetition_start_deg` above rest (the 5th percentile of
    the trial) and ends where it returns there; its bottom is the largest value.

    Parameters
    ----------
    angles : mapping
        Side to angle, shape (n,), degrees, positive towards the bottom; where one of two legs has none it is left out.
    name : str
        What the angle is called.
    rate_hz : float
    settings : biomech.config.Cycles
        Least rise and duration; what does not reach them is rejected with a note.
    """
    found, what = Found(), name.replace("_", " ")
    for side, angle in angles.items():
        curve = np.asarray(angle, dtype=float)
        if not np.isfinite(curve).any():
            message = f"repetitions of the {side} leg are counted from {what}, which is missing"
            action = "look whether its markers are in the recording, or choose another angle (cycles.detection.repetition_angle)"
            found.notes.append(Note("warning", "no_repetition_angle", message, side, action))
            continue
        depth = _Depth(
            *(curve, settings.repetition_start_deg, settings.repetition_min_deg, True),
            *(f"degrees of {what} above rest", f"{side} repetition", "rest"),
        )
        _count(found, [(depth, attempt) for attempt in _attempts(depth, rate_hz, settings)], (side,))
    return found


def split_angle(task: Task, condition: str, settings: Cycles) -> str:
    """Return the angle that a task's repetitions are split by, of `biomech.config.detection.RepetitionAngle`.

    Raises
    ------
    TrialError
        If the option names angles by condition, and none for this one.
    """
    chosen = settings.detection.repetition_angle
    if task.cycle != "repetition":
        return "knee_flexion"
    if isinstance(chosen, str):
        return chosen
    if condition not in chosen:
        raise TrialError(
            f"expected a condition that cycles.detection.repetition_angle names ({', '.join(chosen)}), found {condition!r}",
            code="no_repetition_angle",
            action="name the angle of this condition in the config, or correct the column condition of trials.tsv",
        )
    return chosen[condition]


def _count(
    found: Found, attempts: list[tuple[_Depth, _Attempt]], sides: Sequence[str], by_pelvis: _Depth | None = None
) -> None:
    """Add the attempts that are repetitions as cycles of these sides, and a note of every other."""
    rep = 0
    for depth, attempt in sorted(attempts, key=lambda pair: pair[1].bottom):
        where = f"{depth.what} with its bottom at {attempt.bottom:.2f} s"
        if attempt.fault:
            found.notes.append(Note("warning", "incomplete_repetition", f"{where}: {attempt.fault}"))
            continue
        if depth is by_pelvis:
            found.notes.append(Note("info", "pelvis_height_used", f"{where}: knee flexion is missing"))
        rep += 1
        found.cycles += [Repetition(s, rep, attempt.start, attempt.end, np.nan, attempt.bottom) for s in sides]


def _attempts(depth: _Depth, rate_hz: float, settings: Cycles) -> list[_Attempt]:
    how = settings.detection
    smooth = lowpass(depth.curve, rate_hz, how.squat_cutoff_hz if rate_hz > 4 * how.squat_cutoff_hz else None)
    if not np.isfinite(smooth).any():
        return []
    standing = float(np.nanpercentile(smooth, how.standing_percentile))
    level = standing + depth.start
    with np.errstate(invalid="ignore"):
        above = smooth > level
    out = []
    for first, end in runs(above):
        piece = smooth[first:end]
        deepest, bottom = float(piece.max()), first + int(piece.argmax())
        if deepest < standing + how.attempt_factor * depth.start:
            continue
        fault = _fault(smooth, first, end, standing, depth)
        start_s, end_s = _crossing(smooth, first, level, rate_hz), _crossing(smooth, end, level, rate_hz)
        if not fault and end_s - start_s < settings.squat_min_duration_s:
            fault = f"expected at least {settings.squat_min_duration_s:g} s, found {end_s - start_s:.2f} s"
        out.append(_Attempt(start_s, bottom / rate_hz, end_s, fault, slice(int(first), int(end))))
    return out


def _fault(smooth: Array, first: int, end: int, standing: float, depth: _Depth) -> str:
    from scipy.signal import find_peaks  # here: its import takes half a second

    if first == 0 or np.isnan(smooth[first - 1]):
        return "its beginning is not recorded"
    if end == len(smooth) or np.isnan(smooth[end]):
        return "its end is not recorded"
    zero = standing if depth.above_standing else 0.0
    piece = smooth[first:end] - zero
    if piece.max() < depth.least:
        return f"expected at least {depth.least:g} {depth.unit}, found {piece.max():.3g}"
    deep, _ = find_peaks(piece, height=depth.least, prominence=piece.max() / 3)
    if len(deep) > 1:
        return f"{len(deep)} bottoms without a return to {depth.rest} between them"
    return ""


def _overlap(one: _Attempt, other: _Attempt) -> bool:
    return one.frames.start < other.frames.stop and other.frames.start < one.frames.stop


def _crossing(curve: Array, index: int, level: float, rate_hz: float) -> float:
    """Return when the curve crosses `level` between the frames `index` - 1 and `index`, s; NaN at the curve's ends."""
    if not 0 < index < len(curve):
        return np.nan
    before, after = curve[index - 1], curve[index]
    return float((index - 1 + (level - before) / (after - before)) / rate_hz)
