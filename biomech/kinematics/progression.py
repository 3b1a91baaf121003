"""Direction of progression: the horizontal axis that pelvis, trunk, foot progression and FPPA are read against."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from biomech.errors import TrialError
from biomech.geometry.rotations import unit
from biomech.task_groups import STRIDES

Array = NDArray[np.float64]


# Below either, the pelvis did not travel: a treadmill (drift of some decimetres over many seconds) or a task on the spot.
MIN_DISPLACEMENT_M = 0.5
MIN_SPEED_M_S = 0.2

_DIRECTIONS = {"+x": (1.0, 0.0, 0.0), "-x": (-1.0, 0.0, 0.0), "+z": (0.0, 0.0, 1.0), "-z": (0.0, 0.0, -1.0)}
_WINDOW = re.compile(r"^(\d+(?:\.\d*)?|\.\d+)-(\d+(?:\.\d*)?|\.\d+):(\S+)$")


class Window(NamedTuple):
    """A declared interval of a trial: from `start` to `end` (s), along `direction` (lab), or found if it is None."""

    start: float
    end: float
    direction: tuple[float, float, float] | None


def parse_windows(text: str) -> list[Window]:
    """Read the `progression` cell of a trial.

    Parameters
    ----------
    text : str
        Windows ``start-end:direction`` separated by blanks; start and end in s from the first stored frame, direction
        one of +x -x +z -z (lab axes) or ``auto``. Empty for none.

    Returns
    -------
    list of Window
        In order of start.

    Raises
    ------
    TrialError
        Naming every window that cannot be read, ends before it starts, or overlaps another.
    """
    windows: list[Window] = []
    faults: list[str] = []
    for part in text.split():
        match = _WINDOW.match(part)
        if match is None or match[3].lower() not in (*_DIRECTIONS, "auto"):
            faults.append(f"`{part}` is not start-end:direction")
            continue
        start, end = float(match[1]), float(match[2])
        if end <= start:
            faults.append(f"`{part}` ends before it starts")
            continue
        windows.append(Window(start, end, _DIRECTIONS.get(match[3].lower())))
    windows.sort(key=lambda window: window[:2])
    for before, after in pairwise(windows):
        if after.start < before.end:
            faults.append(f"windows starting at {before.start:g} s and {after.start:g} s overlap")
    if faults:
        raise TrialError(
            f"progression: expected windows such as `0-1.5:+x 1.5-3:-z`, found {text!r}: {'; '.join(faults)}",
            code="bad_progression",
            action="correct the `progression` cell of trials.tsv (seconds; +x -x +z -z in lab axes, or auto)",
        )
    return windows


def direction_of_travel(origin: Array, rotation: Array, rate_hz: float, locomotion: bool) -> Array:
    """One horizontal direction for an interval of frames.

    Parameters
    ----------
    origin : ndarray, shape (n, 3)
        Pelvis origin in the lab, m.
    rotation : ndarray, shape (n, 3, 3)
        Pelvis axes in the lab.
    rate_hz : float
    locomotion : bool
        Whether the task travels; then the displacement of the pelvis counts, if there is any.

    Returns
    -------
    ndarray, shape (3,)
        Unit vector with no vertical part: the displacement of a travelling pelvis, otherwise the mean of the pelvis's
        horizontal anterior axis (treadmill, squat, landing, standing); NaN if the pelvis was never seen.
    """
    seen = np.flatnonzero(np.isfinite(origin).all(axis=-1))
    if locomotion and seen.size > 1:
        first, last = seen[0], seen[-1]
        travel = _horizontal(origin[last] - origin[first])
        distance = float(np.linalg.norm(travel))
        if distance >= MIN_DISPLACEMENT_M and distance * rate_hz / (last - first) >= MIN_SPEED_M_S:
            return travel / distance
    ahead = pelvis_heading(rotation)
    ahead = ahead[np.isfinite(ahead).all(axis=-1)]
    return unit(ahead.mean(axis=0)) if len(ahead) else np.full(3, np.nan)


def pelvis_heading(rotation: Array) -> Array:
    """Horizontal unit vector of the pelvis's anterior axis, shape (n, 3) from (n, 3, 3)."""
    return unit(_horizontal(rotation[..., 0]))


def progression(time: Array, origin: Array, rotation: Array, rate_hz: float, task: str, windows: list[Window]) -> Array:
    """Direction of progression of every frame of a trial.

    Parameters
    ----------
    time : ndarray, shape (n,)
        s.
    origin, rotation : ndarray, shape (n, 3) and (n, 3, 3)
        Pelvis pose in the lab.
    rate_hz : float
    task : str
        As in `biomech.tasks.TASKS`.
    windows : list of Window
        Declared windows; without any, one direction holds for the whole trial.

    Returns
    -------
    ndarray, shape (n, 3)
        Horizontal unit vectors in lab axes; NaN outside declared windows.
    """
    locomotion = task in STRIDES
    if not windows:
        return np.tile(direction_of_travel(origin, rotation, rate_hz, locomotion), (len(time), 1))
    out = np.full((len(time), 3), np.nan)
    for window in windows:
        # A window's end belongs to the next window, but for the last one.
        inside = (time >= window.start) & ((time < window.end) | (window is windows[-1]) & (time <= window.end))
        if window.direction is None:
            out[inside] = direction_of_travel(origin[inside], rotation[inside], rate_hz, locomotion)
        else:
            out[inside] = window.direction
    return out


def seconds_off_course(rotation: Array, direction: Array, rate_hz: float, limit_deg: float) -> float:
    """Time during which the pelvis faces more than `limit_deg` away from the direction of progression, s."""
    cosine = (pelvis_heading(rotation) * direction).sum(axis=-1)
    return float((cosine < np.cos(np.radians(limit_deg))).sum() / rate_hz)


def _horizontal(v: Array) -> Array:
    return v * np.array([1.0, 0.0, 1.0])
