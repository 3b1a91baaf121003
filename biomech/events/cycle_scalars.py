"""Scalars of a cycle in addition to its bounds: speed, peaks of unfiltered force, foot placement, change of direction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from biomech.config import Cycles
from biomech.events.balance import MARGIN_VALUES, balance_values
from biomech.events.landing_force import landing_force
from biomech.events.normalise import normalise
from biomech.events.repetitions import Repetition
from biomech.events.series import get_landmark, get_movement, get_pelvis_origin, other_side
from biomech.events.stairs import standing_height, step_numbers
from biomech.events.steps import opposite_events, step_values
from biomech.events.trajectories import turns
from biomech.schema import CYCLE_VALUES, SIDES
from biomech.tasks import Task

Array = NDArray[np.float64]


def cycle_values(
    raw: xr.Dataset | None,
    kinematics: xr.Dataset,
    kinetics: xr.Dataset | None,
    standing: xr.Dataset | None,
    cycles: Sequence[Repetition],
    task: Task,
    mass_kg: float | None,
    settings: Cycles,
    events: pd.DataFrame | None = None,
    angle: str = "knee_flexion",
) -> dict[str, Array]:
    """Return the numbers of a trial's cycles.

    Parameters
    ----------
    raw, kinematics, kinetics : xr.Dataset
        The trial's groups; `raw` and `kinetics` may be missing.
    standing : xr.Dataset or None
        Kinematics of the static trial.
    cycles : sequence of Repetition
    task : biomech.tasks.Task
    mass_kg : float or None
        Body mass.
    settings : biomech.config.Cycles
    events : DataFrame, optional
        Foot strikes and foot offs of strides, both sides.
    angle : str
        That the lowest point is the largest value of.

    Returns
    -------
    dict of str to ndarray, shape (cycle,)
        Every name of `biomech.schema.CYCLE_VALUES`; NaN where a cycle has none.
    """
    out = {name: np.full(len(cycles), np.nan) for name in CYCLE_VALUES}
    rate = float(kinematics.attrs["rate_hz"])
    for side in SIDES:
        mine = [i for i, cycle in enumerate(cycles) if cycle.side == side]
        if not mine:
            continue
        own = [cycles[i] for i in mine]
        out["speed_m_s"][mine] = _speeds(kinematics, side, own, rate, settings.detection.flat_foot_share)
        if task.cycle in ("squat", "repetition", "landing"):
            bottom = bottoms(get_movement(kinematics, side, angle), rate, own, settings.bottom_range_deg)
            out["bottom_start_percent"][mine], out["bottom_end_percent"][mine] = bottom
        if task.cycle == "landing":
            heel = get_landmark(kinematics, side, "heel")[:, 1]
            out["heel_down_percent"][mine] = [heel_down(heel, rate, cycle, settings.heel_down_m) for cycle in own]
        if task.asks("no_cut"):
            turn = turns(get_pelvis_origin(kinematics), rate, [(c.start, c.end) for c in own], settings.detection)
            out["cut_angle_deg"][mine] = turn if side == "right" else -turn
        if task.asks("no_heel_touch"):
            box, height, touch = _step_down(kinematics, standing, side, own, rate, settings.heel_touch_m)
            out["box_height_m"][mine], out["other_heel_height_m"][mine] = box, height
            out["heel_touch_percent"][mine] = touch
    if task.asks("level_stride"):
        out["stride_rise_m"], out["step_number"] = _steps(kinematics, cycles, rate, settings)
    if task.cycle == "stride":
        how = settings.detection
        out |= step_values(kinematics, cycles, events, how.flat_foot_share, how.belt_min_m_s)
        alone = [opposite_events(cycle, events) for cycle in cycles]
        balance = balance_values(kinematics, None, cycles, alone)
        out |= {name: balance[name] for name in MARGIN_VALUES}
    if task.cycle == "steady":
        out |= balance_values(kinematics, kinetics, cycles, [(cycle.start, cycle.end) for cycle in cycles])
    return out | landing_force(raw, kinetics, cycles, task, mass_kg, settings)


def bottoms(flexion: Array, rate_hz: float, cycles: Sequence[Repetition], range_deg: float) -> tuple[Array, Array]:
    """Return between which percents of each cycle the knee stays within `range_deg` of its flexion at the lowest point.

    Parameters
    ----------
    flexion : ndarray, shape (n,)
        Degrees.
    rate_hz : float
    cycles : sequence of Repetition
    range_deg : float

    Returns
    -------
    start, end : ndarray, shape (cycle,)
        Percent; the cycle's own bounds where flexion stays in range up to them, NaN without a lowest point.
    """
    out = np.full((2, len(cycles)), np.nan)
    for i, cycle in enumerate(cycles):
        curve = normalise(flexion, rate_hz, [cycle.start], [cycle.end], n_points=1001)[0]
        place = (
            round(1000 * (cycle.bottom - cycle.start) / (cycle.end - cycle.start)) if np.isfinite(cycle.bottom) else -1
        )
        if not 0 <= place <= 1000 or np.isnan(curve[place]):
            continue
        with np.errstate(invalid="ignore"):
            near = curve >= curve[place] - range_deg
        before, after = np.flatnonzero(~near[: place + 1]), np.flatnonzero(~near[place:])
        out[0, i] = (before[-1] + 1) / 10.0 if len(before) else 0.0
        out[1, i] = (place + after[0] - 1) / 10.0 if len(after) else 100.0
    return out[0], out[1]


def heel_down(height: Array, rate_hz: float, cycle: Repetition, near_m: float) -> float:
    """Return when the heel is first near its lowest height of a contact, percent; NaN where it was not recorded."""
    a, b = int(np.ceil(cycle.start * rate_hz)), int(np.floor(cycle.end * rate_hz)) + 1
    piece = height[a:b]
    if not len(piece) or not np.isfinite(piece).all():
        return np.nan
    first = (a + int(np.argmax(piece <= piece.min() + near_m))) / rate_hz
    return float(np.clip(100.0 * (first - cycle.start) / (cycle.end - cycle.start), 0.0, 100.0))


def _steps(kinematics: xr.Dataset, cycles: Sequence[Repetition], rate: float, settings: Cycles) -> tuple[Array, Array]:
    """Return how much higher each stride's foot stands next, m, and the number of the step it stands on."""
    toes = {side: get_landmark(kinematics, side, "toe") for side in SIDES}
    places, flat = np.full((len(cycles), 2), np.nan), settings.detection.flat_foot_share
    for i, cycle in enumerate(cycles):
        stance = cycle.foot_off - cycle.start
        places[i, 0] = standing_height(toes[cycle.side], rate, cycle.start, cycle.foot_off, flat)
        places[i, 1] = standing_height(toes[cycle.side], rate, cycle.end, cycle.end + stance, flat)
    return places[:, 1] - places[:, 0], step_numbers(places, settings.step_min_m)[:, 0]


def _step_down(
    kinematics: xr.Dataset,
    standing: xr.Dataset | None,
    side: str,
    cycles: Sequence[Repetition],
    rate: float,
    touch_m: float,
) -> tuple[Array, Array, Array]:
    """Return the height of the box, the least height of the other heel (m), and where it touches the floor (percent)."""
    free = other_side(side)
    box, height, touch = (np.full(len(cycles), np.nan) for _ in range(3))
    if standing is None:
        return box, height, touch
    heel, own = get_landmark(kinematics, free, "heel")[:, 1], get_landmark(kinematics, side, "toe")[:, 1]
    heel = heel - _median(get_landmark(standing, free, "heel")[:, 1])
    own = own - _median(get_landmark(standing, side, "toe")[:, 1])
    for i, cycle in enumerate(cycles):
        a, b = round(cycle.start * rate), round(cycle.end * rate) + 1
        box[i] = _median(own[a:b])
        if np.isfinite(heel[a:b]).any():
            height[i] = np.nanmin(heel[a:b])
            if height[i] <= touch_m:
                time = (a + int(np.nanargmin(heel[a:b]))) / rate
                touch[i] = np.clip(100.0 * (time - cycle.start) / (cycle.end - cycle.start), 0.0, 100.0)
    return box, height, touch


def _median(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else np.nan


def _speeds(
    kinematics: xr.Dataset, side: str, cycles: Sequence[Repetition], rate: float, flat_share: tuple[float, float]
) -> Array:
    """Pelvis against the standing foot, so that a treadmill's belt counts as ground; NaN for what is not a stride."""
    out = np.full(len(cycles), np.nan)
    if "landmark_position" not in kinematics or "toe" not in kinematics["landmark"].to_numpy():
        return out
    forward = kinematics["progression"].transpose("time", "axis").to_numpy()
    toe = kinematics["landmark_position"].sel(side=side, landmark="toe").transpose("time", "axis").to_numpy()
    pelvis = get_pelvis_origin(kinematics)
    for i, c in enumerate(cycles):
        if not c.start < c.foot_off < c.end:
            continue
        flat = [c.start + share * (c.foot_off - c.start) for share in flat_share]
        first = normalise(np.concatenate([pelvis, toe, forward], axis=1), rate, [c.start, flat[0]], [c.end, flat[1]])
        heading = first[:, 0, 6:9]
        travel = first[:, -1, :6] - first[:, 0, :6]
        body = (travel[0, :3] * heading[0]).sum() / (c.end - c.start)
        foot = (travel[1, 3:] * heading[1]).sum() / (flat[1] - flat[0])
        out[i] = body - foot
    return out
