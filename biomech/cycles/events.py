"""Foot strikes and foot offs of a trial, from force, from the C3D and from kinematics.

Force is the reference. Kinematic events are estimates with a known bias, good enough to close a stride whose next step
misses the plates; every event keeps its source.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.signal import find_peaks

from biomech import config as options
from biomech.schema import FOOT_OFF, FOOT_STRIKE, SIDES, TASKS
from biomech.signals.derivatives import derivative
from biomech.signals.filters import lowpass, runs

Array = NDArray[np.float64]

EVENT_COLUMNS = ("time", "name", "side", "source")
# Swing of the heel against the pelvis (half a step and more) against ripples of the same curve in stance.
_MIN_SWING_M = 0.1
# Milner & Paquette 2015 (J Biomech 48:3502): strike 15 ms before the pelvis falls fastest, whatever the strike pattern;
# 22 to 27 ms at 11 to 15 km/h in a later comparison (J Biomech 2021, doi 10.1016/j.jbiomech.2021.110419).
_RUNNING_STRIKE_LEAD_S = 0.02
_MIN_PELVIS_FALL_M_S = 0.3
_MIN_STEP_S = 0.2
# A trial whose pelvis faces this far away from the direction of progression for this share of its frames is a turn.
_TURNED_DEG, _TURNED_SHARE = 25.0, 0.1
_HEADING_CUTOFF_HZ = 1.0
_MIN_KNEE_EXTENSION_DEG = 3.0
_PAIR_S, _MIN_PAIRS = 0.12, 2
_MIN_FOOT_FALL_M_S = 0.8
_MIN_LANDING_GAP_S = 0.3


@dataclass(frozen=True)
class Motion:
    """What kinematic events are found from, in lab axes (Y up): one side of a trial, and the pelvis.

    Attributes
    ----------
    heel, toe, pelvis : ndarray, shape (n, 3)
        Positions, m.
    progression : ndarray, shape (n, 3)
        Horizontal unit vector of the direction of progression.
    knee_flexion : ndarray, shape (n,)
        Degrees.
    rate_hz : float
    heading : ndarray, shape (n, 3), optional
        Anterior axis of the pelvis.
    """

    heel: Array
    toe: Array
    pelvis: Array
    progression: Array
    knee_flexion: Array
    rate_hz: float
    heading: Array | None = None


def empty_events() -> pd.DataFrame:
    """Return a table of events without rows."""
    return event_table([], "", "", "")


def event_table(times: ArrayLike, name: str, side: str, source: str) -> pd.DataFrame:
    """Return events of one kind as a table with columns `EVENT_COLUMNS`."""
    times = np.asarray(times, dtype=float)
    n = len(times)
    return pd.DataFrame({"time": times, "name": [name] * n, "side": [side] * n, "source": [source] * n})


def local_maxima(x: ArrayLike, rate_hz: float, *, prominence: float, distance_s: float) -> Array:
    """Return the times of the peaks of a curve, to a fraction of a frame.

    Parameters
    ----------
    x : array_like, shape (n,)
        NaN splits the curve; a peak beside a gap or at the curve's end is none.
    rate_hz : float
    prominence : float
        Least height above the higher of the two valleys beside the peak, unit of `x`.
    distance_s : float
        Least distance of two peaks, s; the lower one goes.

    Returns
    -------
    ndarray, shape (k,)
        s; vertex of the parabola through the three samples around each peak.
    """
    x = np.asarray(x, dtype=float)
    times = []
    for first, end in runs(np.isfinite(x)):
        piece = x[first:end]
        peaks, _ = find_peaks(piece, prominence=prominence, distance=max(1, round(distance_s * rate_hz)))
        left, mid, right = piece[peaks - 1], piece[peaks], piece[peaks + 1]
        bend = left - 2 * mid + right
        shift = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, 1.0), 0.0)
        times.append((first + peaks + shift) / rate_hz)
    return np.concatenate(times) if times else np.array([])


def walking_events(motion: Motion, min_stride_s: float = 0.4) -> tuple[Array, Array]:
    """Foot strikes and foot offs of walking (and stairs).

    Strike: the heel is farthest ahead of the pelvis; off: the toe is farthest behind it, both along the direction of
    progression, which serves overground and on a treadmill. Stretches of different direction are taken one by one; in a
    turn that no direction of progression follows, the pelvis's own smoothed heading serves.

    Parameters
    ----------
    motion : Motion
    min_stride_s : float
        Least time between two strikes of a foot.

    Returns
    -------
    strikes, offs : ndarray
        s.

    References
    ----------
    Zeni JA, Richards JG, Higginson JS (2008). Two simple methods for determining gait events during treadmill and
    overground walking using kinematic data. Gait Posture 27:710-714.
    """
    forward = facing(motion)
    ahead = ((motion.heel - motion.pelvis) * forward).sum(axis=-1)
    behind = ((motion.pelvis - motion.toe) * forward).sum(axis=-1)
    found: list[list[Array]] = [[], []]
    for first, end in _same_direction(forward):
        for curve, times in zip((ahead, behind), found, strict=True):
            peaks = local_maxima(curve[first:end], motion.rate_hz, prominence=_MIN_SWING_M, distance_s=min_stride_s)
            times.append(peaks + first / motion.rate_hz)
    return _joined(found[0]), _joined(found[1])


def facing(motion: Motion) -> Array:
    """Direction of progression of every frame, or the pelvis's smoothed heading in a trial that turns.

    A trial turns if its direction of progression changes, or if the pelvis does not follow it.

    Returns
    -------
    ndarray, shape (n, 3)
        Horizontal unit vectors; NaN where unknown.
    """
    if motion.heading is None:
        return motion.progression
    level = np.array([1.0, 0.0, 1.0])
    cutoff = _HEADING_CUTOFF_HZ if motion.rate_hz > 4 * _HEADING_CUTOFF_HZ else None
    heading = lowpass(motion.heading * level, motion.rate_hz, cutoff)
    length = np.linalg.norm(heading, axis=-1, keepdims=True)
    heading = heading / np.where(length > 0.1, length, np.nan)
    cosine = (heading * motion.progression).sum(axis=-1)
    known = np.isfinite(cosine)
    turned = cosine[known] < np.cos(np.radians(_TURNED_DEG))
    if len(_same_direction(motion.progression)) > 1 or (known.any() and turned.mean() > _TURNED_SHARE):
        return heading
    return motion.progression


def running_events(motion: Motion, other_foot_height: ArrayLike, min_stride_s: float = 0.4) -> tuple[Array, Array]:
    """Foot strikes and foot offs of running.

    The heel's and foot's own curves lead the strike by a time that depends on the strike pattern, so the strike is taken
    from the pelvis: shortly before it falls fastest; it belongs to the foot that is lower then. Off: the knee's first
    fullest extension after mid-stance.

    Parameters
    ----------
    motion : Motion
    other_foot_height : array_like, shape (n,)
        Height of the middle of the other foot, m.
    min_stride_s : float
        Least time between two strikes of a foot.

    Returns
    -------
    strikes, offs : ndarray
        s.

    References
    ----------
    Milner CE, Paquette MR (2015). A kinematic method to detect foot contact during running for all foot strike patterns.
    J Biomech 48:3502-3505. Fellin RE et al. (2010). Comparison of methods for kinematic identification of footstrike and
    toe-off during overground and treadmill running. J Sci Med Sport 13:646-650.
    """
    rate = motion.rate_hz
    fall = -derivative(motion.pelvis[:, 1], rate)
    steps = local_maxima(fall, rate, prominence=_MIN_PELVIS_FALL_M_S, distance_s=_MIN_STEP_S)
    frame = np.clip(np.round(steps * rate).astype(int), 0, len(fall) - 1)
    height = (motion.heel[:, 1] + motion.toe[:, 1]) / 2
    with np.errstate(invalid="ignore"):
        strikes = steps[height[frame] < np.asarray(other_foot_height)[frame]] - _RUNNING_STRIKE_LEAD_S
    strikes = strikes[strikes >= 0]
    straight = local_maxima(-motion.knee_flexion, rate, prominence=_MIN_KNEE_EXTENSION_DEG, distance_s=0.0)
    latest = np.minimum(np.append(strikes[1:], np.inf) - 0.3 * min_stride_s, strikes + 0.6)
    return strikes, _first_after(straight, strikes + 0.1, latest)


def landing_events(motion: Motion) -> tuple[Array, Array]:
    """Foot strikes and foot offs of landings and cuts without a plate.

    Strike: the foot falls fastest (a falling foot is stopped by the ground alone); off: the knee's first fullest
    extension after it has bent.

    Returns
    -------
    strikes, offs : ndarray
        s.
    """
    rate = motion.rate_hz
    fall = -derivative((motion.heel[:, 1] + motion.toe[:, 1]) / 2, rate)
    strikes = local_maxima(
        np.where(fall > 0, fall, 0.0) + np.where(np.isfinite(fall), 0.0, np.nan),
        rate,
        prominence=_MIN_FOOT_FALL_M_S,
        distance_s=_MIN_LANDING_GAP_S,
    )
    straight = local_maxima(-motion.knee_flexion, rate, prominence=_MIN_KNEE_EXTENSION_DEG, distance_s=0.0)
    return strikes, _first_after(straight, strikes + 0.1, np.append(strikes[1:], np.inf))


def force_events(kinetics: xr.Dataset, last_time: float, rate_hz: float, merge_s: float) -> pd.DataFrame:
    """Foot strikes and foot offs from the valid plate contacts of a trial.

    A contact that begins with the recording is no strike, one that ends with it no off. Contacts of one foot that follow
    each other within `merge_s` (a foot across two plates) are one.

    Parameters
    ----------
    kinetics : xr.Dataset
        With ``contact_start``, ``contact_end`` (s), ``contact_foot`` and ``contact_valid`` on ``plate_contact``.
    last_time : float
        Time of the last frame, s.
    rate_hz : float
        Marker rate.
    merge_s : float
    """
    if "contact_start" not in kinetics:
        return empty_events()
    valid = kinetics["contact_valid"].to_numpy().astype(bool)
    foot = kinetics["contact_foot"].to_numpy().astype(str)
    parts = []
    for side in SIDES:
        mine = valid & (foot == side)
        spans = np.stack(
            [kinetics["contact_start"].to_numpy()[mine], kinetics["contact_end"].to_numpy()[mine]], axis=-1
        )
        spans = spans[np.argsort(spans[:, 0], kind="stable")]
        joined = np.zeros(len(spans), dtype=bool)
        if len(spans):
            reach = np.maximum.accumulate(spans[:, 1])
            joined[1:] = spans[1:, 0] - reach[:-1] <= merge_s
            starts = np.flatnonzero(~joined)
            begin, end = spans[starts, 0], reach[np.append(starts[1:], len(spans)) - 1]
            parts.append(event_table(begin[begin > 0.5 / rate_hz], FOOT_STRIKE, side, "force"))
            parts.append(event_table(end[end < last_time - 0.5 / rate_hz], FOOT_OFF, side, "force"))
    return _sorted(parts)


def c3d_events(raw: xr.Dataset) -> pd.DataFrame:
    """Foot strikes and foot offs that the recording's C3D stores with a side."""
    if "event_time" not in raw or not raw.sizes.get("event"):
        return empty_events()
    table = pd.DataFrame(
        {
            "time": raw["event_time"].to_numpy().astype(float),
            "name": raw["event_name"].to_numpy().astype(str),
            "side": raw["event_side"].to_numpy().astype(str),
            "source": "c3d",
        }
    )
    return table[table["name"].isin([FOOT_STRIKE, FOOT_OFF]) & table["side"].isin(SIDES)].reset_index(drop=True)


def kinematic_events(kinematics: xr.Dataset, task: str, rate_hz: float, min_stride_s: float) -> pd.DataFrame:
    """Foot strikes and foot offs from poses, by the method of the task's kind; none for squats and stance."""
    kind = TASKS[task].cycle
    if kind not in ("stride", "landing"):
        return empty_events()
    motions = {side: motion_of(kinematics, side, rate_hz) for side in SIDES}
    parts = []
    for side, other in zip(SIDES, SIDES[::-1], strict=True):
        motion = motions[side]
        if motion is None:
            continue
        if kind == "landing":
            strikes, offs = landing_events(motion)
        elif task == "running":
            far = motions[other]
            if far is None:
                continue
            strikes, offs = running_events(motion, (far.heel[:, 1] + far.toe[:, 1]) / 2, min_stride_s)
        else:
            strikes, offs = walking_events(motion, min_stride_s)
        parts += [
            event_table(strikes, FOOT_STRIKE, side, "kinematic"),
            event_table(offs, FOOT_OFF, side, "kinematic"),
        ]
    return _sorted(parts)


def motion_of(kinematics: xr.Dataset, side: str, rate_hz: float) -> Motion | None:
    """Return what kinematic events of a side need, None if the foot's landmarks or the pelvis do not exist."""
    if "landmark_position" not in kinematics or "pelvis" not in kinematics["segment"].to_numpy():
        return None
    if not {"heel", "toe"} <= set(kinematics["landmark"].to_numpy().tolist()):
        return None
    landmarks = kinematics["landmark_position"].sel(side=side)
    n = kinematics.sizes["time"]
    has_knee = "angle" in kinematics and "knee_flexion" in kinematics["quantity"].to_numpy()
    return Motion(
        heel=landmarks.sel(landmark="heel").transpose("time", "axis").to_numpy(),
        toe=landmarks.sel(landmark="toe").transpose("time", "axis").to_numpy(),
        pelvis=kinematics["origin"].sel(side=side, segment="pelvis").transpose("time", "axis").to_numpy(),
        progression=kinematics["progression"].transpose("time", "axis").to_numpy(),
        knee_flexion=(
            kinematics["angle"].sel(side=side, quantity="knee_flexion").to_numpy() if has_knee else np.full(n, np.nan)
        ),
        rate_hz=rate_hz,
        heading=(
            kinematics["rotation"].sel(side=side, segment="pelvis", column="x").transpose("time", "row").to_numpy()
            if "rotation" in kinematics
            else None
        ),
    )


def merge_events(tables: Sequence[pd.DataFrame], merge_s: float, min_repeat_s: float = 0.0) -> pd.DataFrame:
    """Put events of several sources together; an earlier table is trusted more.

    Parameters
    ----------
    tables : sequence of DataFrame
        With columns `EVENT_COLUMNS`, in order of trust.
    merge_s : float
        An event this near to a trusted one of the same name and side is the same event, and goes.
    min_repeat_s : float
        Least time between two events of the same name and side; nearer ones of less trusted sources go too.

    Returns
    -------
    DataFrame
        Sorted by time.
    """
    kept = empty_events()
    for table in tables:
        if table.empty:
            continue
        new = []
        for (name, side), group in table.groupby(["name", "side"], sort=True):
            times = np.sort(group["time"].to_numpy())
            own = times[np.diff(times, prepend=-np.inf) > merge_s]
            trusted = kept.loc[(kept["name"] == name) & (kept["side"] == side), "time"].to_numpy()
            if len(trusted):
                gap = np.abs(own[:, None] - trusted).min(axis=1)
                own = own[gap > max(merge_s, min_repeat_s)]
            new.append(event_table(own, str(name), str(side), str(group["source"].iloc[0])))
        kept = _sorted([kept, *new])
    return kept


def trial_events(
    raw: xr.Dataset | None,
    kinematics: xr.Dataset,
    kinetics: xr.Dataset | None,
    task: str,
    settings: options.Cycles,
) -> dict[str, pd.DataFrame]:
    """Return the foot strikes and foot offs of a trial by source, in the order of `settings.event_sources`.

    Parameters
    ----------
    raw, kinematics, kinetics : xr.Dataset
        The trial's groups; `raw` and `kinetics` may be missing.
    task : str
    settings : biomech.config.Cycles

    Returns
    -------
    dict of str to DataFrame
        Source to columns ``time`` (s), ``name`` (foot_strike, foot_off), ``side`` and ``source``.
    """
    time = kinematics["time"].to_numpy()
    rate = float(kinematics.attrs["rate_hz"])
    last = float(time[-1]) if len(time) else 0.0
    tables: dict[str, pd.DataFrame] = {}
    for source in settings.event_sources:
        table = empty_events()
        if source == "force" and kinetics is not None:
            table = force_events(kinetics, last, rate, settings.merge_s)
        elif source == "c3d" and raw is not None:
            table = c3d_events(raw)
        elif source == "kinematic":
            table = kinematic_events(kinematics, task, rate, settings.stride_min_s)
        tables[source] = table[(table["time"] >= 0) & (table["time"] <= last)].reset_index(drop=True)
    return tables


def kinematic_bias(trials: Sequence[Mapping[str, pd.DataFrame]]) -> dict[str, float]:
    """Median lead or lag of kinematic events against force events of the same side, over several trials.

    Parameters
    ----------
    trials : sequence of dict of str to DataFrame
        As `trial_events` gives them; pairs are no farther apart than 0.12 s.

    Returns
    -------
    dict of str to float
        Name of the event to seconds (positive: kinematic events are late); names with fewer than 2 pairs are left out.
    """
    apart: dict[str, list[float]] = {}
    for tables in trials:
        if not {"force", "kinematic"} <= set(tables):
            continue
        estimates = tables["kinematic"]
        for row in tables["force"].itertuples():
            same = (estimates["name"] == row.name) & (estimates["side"] == row.side)
            difference = estimates.loc[same, "time"].to_numpy() - float(row.time)  # type: ignore[arg-type]
            if len(difference) and np.abs(difference).min() <= _PAIR_S:
                apart.setdefault(str(row.name), []).append(float(difference[np.abs(difference).argmin()]))
    return {name: float(np.median(values)) for name, values in apart.items() if len(values) >= _MIN_PAIRS}


def shifted(tables: Mapping[str, pd.DataFrame], bias: Mapping[str, float]) -> dict[str, pd.DataFrame]:
    """Return a trial's events with the kinematic ones moved by minus their bias."""
    out = dict(tables)
    if "kinematic" in out and bias:
        table = out["kinematic"].copy()
        table["time"] = table["time"] - table["name"].map(bias).fillna(0.0)
        out["kinematic"] = table[table["time"] >= 0].reset_index(drop=True)
    return out


def _same_direction(progression: Array) -> NDArray[np.intp]:
    """Return the runs of frames (first, one past last) over which the direction of progression does not change."""
    known = np.isfinite(progression).all(axis=-1)
    out = []
    for first, end in runs(known):
        turns = np.flatnonzero(np.abs(np.diff(progression[first:end], axis=0)).max(axis=-1) > 1e-6) + 1
        # a direction that turns all the time is one curve, not as many as there are frames
        edges = np.concatenate(([0], turns if len(turns) < (end - first) / 10 else [], [end - first])).astype(int)
        out += [(first + a, first + b) for a, b in itertools.pairwise(edges)]
    return np.array(out, dtype=np.intp).reshape(-1, 2)


def _first_after(candidates: Array, earliest: Array, latest: Array) -> Array:
    """Return the first candidate inside each (earliest, latest), where there is one."""
    index = np.searchsorted(candidates, earliest)
    found = np.append(candidates, np.inf)[index]
    return found[(found <= latest) & np.isfinite(found)]


def _joined(parts: list[Array]) -> Array:
    return np.concatenate(parts) if parts else np.array([])


def _sorted(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if not part.empty]
    if not filled:
        return empty_events()
    return pd.concat(filled, ignore_index=True).sort_values(["time", "side", "name"], ignore_index=True)
