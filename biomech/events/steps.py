"""Step parameters of strides: double support, step length and width, toe clearance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from biomech.events.normalise import normalise
from biomech.events.repetitions import Repetition
from biomech.events.series import get_landmark, other_side
from biomech.schema import FOOT_OFF, FOOT_STRIKE, SIDES

Array = NDArray[np.float64]

STEP_VALUES = (
    "opposite_off_percent",
    "opposite_strike_percent",
    "stride_length_m",
    "step_length_m",
    "step_width_m",
    "toe_clearance_m",
)
_LEVEL = np.array([1.0, 0.0, 1.0])


def step_values(
    kinematics: xr.Dataset,
    cycles: Sequence[Repetition],
    events: pd.DataFrame | None,
    flat_share: tuple[float, float],
    belt_min_m_s: float,
) -> dict[str, Array]:
    """Return what the other foot's events and the places of both feet say about strides.

    Parameters
    ----------
    kinematics : xr.Dataset
        The trial's group, with the landmarks ``heel`` and ``toe``.
    cycles : sequence of Repetition
        Strides.
    events : DataFrame or None
        Foot strikes and foot offs of both sides, columns ``time``, ``side``, ``name``.
    flat_share : (float, float)
        Share of stance over which the foot is flat.
    belt_min_m_s : float
        A standing foot that is faster (median of the trial) stands on a belt.

    Returns
    -------
    dict of str to ndarray, shape (cycle,)
        Names of `STEP_VALUES`; NaN where a landmark, or an event of the other foot, is missing.
    """
    out = {name: np.full(len(cycles), np.nan) for name in STEP_VALUES}
    for i, cycle in enumerate(cycles):
        off, strike = opposite_events(cycle, events)
        length = cycle.end - cycle.start
        out["opposite_off_percent"][i] = 100.0 * (off - cycle.start) / length
        out["opposite_strike_percent"][i] = 100.0 * (strike - cycle.start) / length
    rate = float(kinematics.attrs["rate_hz"])
    heels, toes = ({side: get_landmark(kinematics, side, name) for side in SIDES} for name in ("heel", "toe"))
    belt = _belt(toes, rate, cycles, flat_share, belt_min_m_s)
    for side in SIDES:
        mine = np.array([i for i, cycle in enumerate(cycles) if cycle.side == side], dtype=int)
        if not len(mine):
            continue
        start, end = (np.array([getattr(cycles[i], name) for i in mine]) for name in ("start", "end"))
        strike = start + out["opposite_strike_percent"][mine] / 100.0 * (end - start)
        # in the belt's own frame a treadmill is ground
        moved = belt[mine] * np.stack([start - start, end - start, strike - start])[..., None]
        first, second = (positions(heels[side], rate, t) for t in (start, end))
        other = positions(heels[other_side(side)], rate, strike)
        places = np.stack([first, second, other]) - moved
        stride, step, width = footprints(*places, side=side)
        out["stride_length_m"][mine], out["step_length_m"][mine], out["step_width_m"][mine] = stride, step, width
        out["toe_clearance_m"][mine] = [
            toe_clearance(toes[side][:, 1], rate, cycles[i], flat_share) for i in mine.tolist()
        ]
    return out


def opposite_events(cycle: Repetition, events: pd.DataFrame | None) -> tuple[float, float]:
    """Return the other foot's first strike within a stride and, if it comes before it, its foot off, s; else NaN."""
    if events is None or events.empty:
        return np.nan, np.nan
    inside = (events["side"] != cycle.side) & (events["time"] > cycle.start) & (events["time"] < cycle.end)
    times = {name: events["time"][inside & (events["name"] == name)].to_numpy() for name in (FOOT_STRIKE, FOOT_OFF)}
    if len(times[FOOT_STRIKE]) != 1:
        return np.nan, np.nan
    strike = float(times[FOOT_STRIKE][0])
    before = times[FOOT_OFF][times[FOOT_OFF] < strike]
    return (float(before[0]) if len(before) == 1 else np.nan), strike


def footprints(first: ArrayLike, second: ArrayLike, other: ArrayLike, *, side: str) -> tuple[Array, Array, Array]:
    """Return stride length, length of the step that ends the stride, and step width from three placements of the heels.

    Parameters
    ----------
    first, second : array_like, shape (n, 3)
        Heel of this foot at its strikes that begin and end the stride, m, Y up.
    other : array_like, shape (n, 3)
        Heel of the other foot at its strike in between.
    side : {"left", "right"}
        Of this foot.

    Returns
    -------
    stride, step, width : ndarray, shape (n,)
        m; the step runs along the line between both placements of this foot; the width is the other heel's distance
        from that line, negative where the other foot crosses it.

    References
    ----------
    Huxham F, Gong J, Baker R, Morris M, Iansek R (2006). Defining spatial parameters for non-linear walking. Gait Posture
    23:159-163.
    """
    a, b, c = (np.asarray(p, dtype=float) * _LEVEL for p in (first, second, other))
    line = b - a
    stride = np.linalg.norm(line, axis=-1)
    along = line / np.where(stride > 0, stride, np.nan)[..., None]
    # the other foot is to the left of the right foot's line: with Y up, left of x is -z
    left = np.stack([along[..., 2], np.zeros_like(stride), -along[..., 0]], axis=-1)
    step = np.einsum("...i,...i->...", b - c, along)
    width = np.einsum("...i,...i->...", c - a, left) * (1.0 if side == "right" else -1.0)
    return stride, step, width


def toe_clearance(height: ArrayLike, rate_hz: float, cycle: Repetition, flat_share: tuple[float, float]) -> float:
    """Return the smallest height of the toe in mid-swing above its height in flat-footed stance, m.

    Parameters
    ----------
    height : array_like, shape (n,)
        Of the toe landmark, m.
    rate_hz : float
    cycle : Repetition
        With its foot off.
    flat_share : (float, float)

    Returns
    -------
    float
        The lowest point between the highest one after foot off (first half of swing) and the highest one before the
        next strike (second half); NaN where the toe has no such dip, or samples are missing.

    References
    ----------
    Moosabhoy MA, Gard SA (2006). Methodology for determining the sensitivity of swing leg toe clearance and leg length to
    swing leg joint angles during gait. Gait Posture 24:493-501: the local minimum half-way through swing.
    """
    y = np.asarray(height, dtype=float)
    if not cycle.start < cycle.foot_off < cycle.end:
        return np.nan
    stance = cycle.foot_off - cycle.start
    a, b = (round((cycle.start + share * stance) * rate_hz) for share in flat_share)
    off, end = int(np.ceil(cycle.foot_off * rate_hz)), int(np.floor(cycle.end * rate_hz))
    swing, flat = y[off : end + 1], y[a : b + 1]
    if len(swing) < 5 or not len(flat) or not (np.isfinite(swing).all() and np.isfinite(flat).all()):
        return np.nan
    half = len(swing) // 2
    first = int(swing[:half].argmax())
    last = half + int(swing[half:].argmax())
    low = first + int(swing[first : last + 1].argmin())
    return float(swing[low] - np.median(flat)) if first < low < last else np.nan


def positions(points: Array, rate_hz: float, times: Array) -> Array:
    """Return a trajectory (n, 3) at given times, s; NaN where it or the time is missing; shape (k, 3)."""
    known = np.isfinite(times)
    at = np.where(known, times, 0.0)
    found = normalise(points, rate_hz, at, at, n_points=2)[:, 0]
    return np.where(known[:, None], found, np.nan)


def _belt(
    toes: dict[str, Array],
    rate: float,
    cycles: Sequence[Repetition],
    flat_share: tuple[float, float],
    least_m_s: float,
) -> Array:
    """Return the horizontal velocity of the belt in every stride (cycle, 3): that of the flat foot; zero on ground."""
    out = np.full((len(cycles), 3), np.nan)
    for i, cycle in enumerate(cycles):
        if not cycle.start < cycle.foot_off < cycle.end:
            continue
        stance = cycle.foot_off - cycle.start
        times = np.array([cycle.start + share * stance for share in flat_share])
        place = positions(toes[cycle.side], rate, times)
        out[i] = (place[1] - place[0]) / (times[1] - times[0]) * _LEVEL
    speed = np.linalg.norm(out, axis=-1)
    known = np.isfinite(speed)
    if not known.any() or np.median(speed[known]) < least_m_s:
        return np.zeros_like(out)
    return np.where(known[:, None], out, np.median(out[known], axis=0))
