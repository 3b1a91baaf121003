"""Movements of points with known events, as the kinematics stage would give them; they share no code with the finders."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config import Config
from biomech.events.session import cycles_session
from biomech.io.sheets import Session, Trial
from biomech.quality import Quality

Array = NDArray[np.float64]
SIDES = ("left", "right")
FOOT_M = 0.2  # heel to toe


def recorded(
    rate_hz: float,
    feet: dict[str, Array],
    pelvis: Array,
    *,
    forward: Sequence[float] | Array = (1.0, 0.0, 0.0),
    knee: dict[str, Array] | None = None,
    noise_m: float = 0.0,
    static: str = "",
) -> xr.Dataset:
    """Kinematics of a trial from the paths of both heels and the pelvis (n, 3); feet point along `forward` (or (n, 3))."""
    n = len(pelvis)
    ahead = np.broadcast_to(np.asarray(forward, dtype=float), (n, 3))
    random = np.random.default_rng(7)
    points = np.stack([np.stack([feet[s], feet[s] + FOOT_M * ahead], axis=1) for s in SIDES], axis=1)
    points = points + noise_m * random.standard_normal(points.shape)
    angle = np.stack([knee[s] if knee else np.full(n, 5.0) for s in SIDES], axis=1)[..., None]
    ankle = np.stack([feet[s] + [0.0, 0.06, 0.0] for s in SIDES], axis=1)[:, :, None]
    return xr.Dataset(
        {
            "landmark_position": (("time", "side", "landmark", "axis"), points),
            "origin": (("time", "side", "segment", "axis"), np.stack([pelvis, pelvis], axis=1)[:, :, None]),
            "joint_centre": (("time", "side", "joint", "axis"), ankle),
            "progression": (("time", "axis"), ahead),
            "angle": (("time", "side", "quantity"), angle),
        },
        coords={
            "time": np.arange(n) / rate_hz,
            "side": list(SIDES),
            "landmark": ["heel", "toe"],
            "segment": ["pelvis"],
            "joint": ["ankle"],
            "axis": list("xyz"),
            "quantity": ["knee_flexion"],
        },
        attrs={"rate_hz": rate_hz, "cutoff_hz": np.nan, "static": static},
    )


def stepping(time: Array, places: Array, strikes: Array, offs: Array, clearance_m: float = 0.06) -> Array:
    """Path of a foot that stands on `places` (k, 3) and swings from one to the next.

    It leaves place i at ``offs[i]`` and strikes place i + 1 at ``strikes[i]``. It leaves and arrives at half of its mean
    speed, so that both are instants, and swings over by `clearance_m`.
    """
    path = np.tile(places[0].astype(float), (len(time), 1))
    for i, (off, strike) in enumerate(zip(offs, strikes, strict=True)):
        u = np.clip((time - off) / (strike - off), 0.0, 1.0)
        share = u - 0.5 * np.sin(2 * np.pi * u) / (2 * np.pi)
        path += share[:, None] * (places[i + 1] - places[i])
        path[:, 1] += clearance_m * np.sin(np.pi * u) ** 2
    return path


def bump(time: Array, centre: float, duration: float) -> Array:
    """0, up to 1 at `centre`, and back to 0."""
    inside = np.abs(time - centre) < duration / 2
    return np.where(inside, (1 + np.cos(2 * np.pi * (time - centre) / duration)) / 2, 0.0)


def cycles_of(
    task: str,
    trials: dict[str, xr.Dataset],
    *,
    side: str = "both",
    config: Config | None = None,
    kinetics: dict[str, xr.Dataset] | None = None,
) -> tuple[xr.Dataset, dict[str, list[str]]]:
    """Cycles of a session and its quality messages by code; the trial named ``static`` is the static one."""
    rows = tuple(
        Trial(
            trial=name,
            file=f"{name}.c3d",
            role="static" if name == "static" else "dynamic",
            task="static" if name == "static" else task,
            side="both" if name == "static" else side,
        )
        for name in trials
    )
    session = Session(participant="P01", session="1", mass_kg=70.0, trials=rows)
    quality = Quality("P01", "1", "cycles")
    trees = [groups for groups in ({}, trials, kinetics or {})]
    data = cycles_session(*trees, session, config or Config(), quality)
    reported: dict[str, list[str]] = {}
    for row in quality.rows:
        reported.setdefault(str(row["code"]), []).append(str(row["message"]))
    return data, reported
