"""Foot strikes and foot offs of a trial, from force, from the C3D and from kinematics.

Force is the reference. Kinematic events are estimates with a known bias, good enough to close a stride whose next step
misses the plates; every event keeps its source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from biomech import config as options
from biomech.config.detection import Detection
from biomech.events.stairs import stairs_events
from biomech.events.trajectories import Motion, landing_events, running_events, walking_events
from biomech.schema import FOOT_OFF, FOOT_STRIKE, SIDES
from biomech.tasks import TASKS

Array = NDArray[np.float64]

# what events are found from, by stage: a session's trials are gone through twice, and this is a part of them
EVENT_VARIABLES: dict[str, tuple[str, ...]] = {
    "raw": ("event_time", "event_name", "event_side"),
    "kinematics": ("angle", "landmark_position", "origin", "progression", "rotation"),
    "kinetics": ("contact_start", "contact_end", "contact_foot", "contact_valid"),
}


def empty_events() -> pd.DataFrame:
    """Return a table of events without rows."""
    return event_table([], "", "", "")


def event_table(times: ArrayLike, name: str, side: str, source: str) -> pd.DataFrame:
    """Return events of one kind as a table with columns ``time``, ``name``, ``side`` and ``source``."""
    times = np.asarray(times, dtype=float)
    n = len(times)
    return pd.DataFrame({"time": times, "name": [name] * n, "side": [side] * n, "source": [source] * n})


def force_events(kinetics: xr.Dataset, last_time: float, rate_hz: float, merge_s: float) -> pd.DataFrame:
    """Foot strikes and foot offs from the valid plate contacts of a trial.

    A contact that begins with the recording is not a strike, one that ends with it is not an off. Contacts of one foot that follow
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


def kinematic_events(kinematics: xr.Dataset, task: str, rate_hz: float, settings: options.Cycles) -> pd.DataFrame:
    """Foot strikes and foot offs from poses, by the finder of the task; none for squats and stance."""
    if not TASKS[task].events:
        return empty_events()
    finder = _FINDERS[TASKS[task].events]
    motions = {side: motion_of(kinematics, side, rate_hz) for side in SIDES}
    parts = []
    for side, other in zip(SIDES, SIDES[::-1], strict=True):
        motion = motions[side]
        if motion is not None:
            strikes, offs = finder(motion, motions[other], settings)
            parts += [
                event_table(strikes, FOOT_STRIKE, side, "kinematic"),
                event_table(offs, FOOT_OFF, side, "kinematic"),
            ]
    return _sorted(parts)


def _running(motion: Motion, other: Motion | None, settings: options.Cycles) -> tuple[Array, Array]:
    if other is None:
        return np.array([]), np.array([])
    return running_events(motion, (other.heel[:, 1] + other.toe[:, 1]) / 2, settings)


_FINDERS: dict[str, Callable[[Motion, Motion | None, options.Cycles], tuple[Array, Array]]] = {
    "walking": lambda motion, _, settings: walking_events(motion, settings),
    "running": _running,
    "stairs": lambda motion, _, settings: stairs_events(motion, settings),
    "landing": lambda motion, _, settings: landing_events(motion, settings.detection),
}


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
        With columns ``time``, ``name``, ``side`` and ``source``, in order of trust.
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
            table = kinematic_events(kinematics, task, rate, settings)
        tables[source] = table[(table["time"] >= 0) & (table["time"] <= last)].reset_index(drop=True)
    return tables


def kinematic_bias(trials: Sequence[Mapping[str, pd.DataFrame]], how: Detection) -> dict[str, float]:
    """Median lead or lag of kinematic events against force events of the same side, over several trials.

    Parameters
    ----------
    trials : sequence of dict of str to DataFrame
        As `trial_events` gives them.
    how : Detection
        ``pair_max_s`` and ``pairs_min``.

    Returns
    -------
    dict of str to float
        Name of the event to seconds (positive: kinematic events are late); names with too few pairs are left out.
    """
    apart: dict[str, list[float]] = {}
    for tables in trials:
        if not {"force", "kinematic"} <= set(tables):
            continue
        estimates = tables["kinematic"]
        for row in tables["force"].itertuples():
            same = (estimates["name"] == row.name) & (estimates["side"] == row.side)
            difference = estimates.loc[same, "time"].to_numpy() - float(row.time)  # type: ignore[arg-type]
            if len(difference) and np.abs(difference).min() <= how.pair_max_s:
                apart.setdefault(str(row.name), []).append(float(difference[np.abs(difference).argmin()]))
    return {name: float(np.median(values)) for name, values in apart.items() if len(values) >= how.pairs_min}


def shifted(tables: Mapping[str, pd.DataFrame], bias: Mapping[str, float]) -> dict[str, pd.DataFrame]:
    """Return a trial's events with the kinematic ones moved by minus their bias."""
    out = dict(tables)
    if "kinematic" in out and bias:
        table = out["kinematic"].copy()
        table["time"] = table["time"] - table["name"].map(bias).fillna(0.0)
        out["kinematic"] = table[table["time"] >= 0].reset_index(drop=True)
    return out


def _sorted(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if not part.empty]
    if not filled:
        return empty_events()
    return pd.concat(filled, ignore_index=True).sort_values(["time", "side", "name"], ignore_index=True)
