"""Balance on one leg: path of the centre of pressure, and margin of stability of the extrapolated centre of mass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.constants import g

from biomech.events.repetitions import Repetition
from biomech.events.series import get_landmark, get_pelvis_origin
from biomech.schema import SIDES
from biomech.signals.derivatives import derivative

Array = NDArray[np.float64]

MARGIN_VALUES = ("margin_of_stability_m", "mass_centre_of_segments")
BALANCE_VALUES = (*MARGIN_VALUES, "pressure_path_m", "pressure_range_ap_m", "pressure_range_ml_m")


def balance_values(
    kinematics: xr.Dataset,
    kinetics: xr.Dataset | None,
    cycles: Sequence[Repetition],
    spans: Sequence[tuple[float, float]],
) -> dict[str, Array]:
    """Return what happens while a leg stands alone.

    Parameters
    ----------
    kinematics : xr.Dataset
        The trial's group; without ``centre_of_mass`` the origin of the pelvis is used instead.
    kinetics : xr.Dataset or None
        The trial's group, with ``centre_of_pressure``.
    cycles : sequence of Repetition
    spans : sequence of (float, float)
        From when to when each cycle's leg stands alone, s; NaN where that is unknown.

    Returns
    -------
    dict of str to ndarray, shape (cycle,)
        Names of `BALANCE_VALUES`, m; NaN where something is missing over the span.
    """
    out = {name: np.full(len(cycles), np.nan) for name in BALANCE_VALUES}
    rate, n = float(kinematics.attrs["rate_hz"]), kinematics.sizes["time"]
    centres = [(0.0, get_pelvis_origin(kinematics))]
    if "centre_of_mass" in kinematics:
        centres.insert(0, (1.0, kinematics["centre_of_mass"].transpose("time", "axis").to_numpy()))
    forward = kinematics["progression"].transpose("time", "axis").to_numpy()
    right = np.cross(forward, [0.0, 1.0, 0.0])
    moving = [(of_segments, centre, derivative(centre, rate)) for of_segments, centre in centres]
    borders = {side: get_landmark(kinematics, side, "fifth_metatarsal_head") for side in SIDES}
    for i, (cycle, (start, end)) in enumerate(zip(cycles, spans, strict=True)):
        if not np.isfinite([start, end]).all() or end <= start:
            continue
        part = slice(max(int(np.ceil(start * rate)), 0), min(int(np.floor(end * rate)) + 1, n))
        lateral = right[part] * (1.0 if cycle.side == "right" else -1.0)
        for of_segments, centre, velocity in moving:
            margin = lateral_margin(centre[part], velocity[part], borders[cycle.side][part], lateral)
            if len(margin) and np.isfinite(margin).all():
                out["margin_of_stability_m"][i], out["mass_centre_of_segments"][i] = margin.min(), of_segments
                break
        if kinetics is not None and "centre_of_pressure" in kinetics:
            pressure = kinetics["centre_of_pressure"].sel(side=cycle.side).transpose("time", "axis").to_numpy()[part]
            if len(pressure) > 1 and np.isfinite(pressure).all():
                out["pressure_path_m"][i] = path_length(pressure)
                out["pressure_range_ap_m"][i] = np.ptp((pressure * forward[part]).sum(axis=-1))
                out["pressure_range_ml_m"][i] = np.ptp((pressure * lateral).sum(axis=-1))
    return out


def lateral_margin(centre: ArrayLike, velocity: ArrayLike, border: ArrayLike, lateral: ArrayLike) -> Array:
    """Distance of the extrapolated centre of mass from the outer border of the standing foot.

    ``b = u - (x + v / w0)`` with ``w0 = sqrt(g / l)``, all along `lateral`; ``l`` is the height of the centre above the border.

    Parameters
    ----------
    centre, velocity : array_like, shape (n, 3)
        Of the body's centre of mass, or of the origin of the pelvis, m and m/s, Y up.
    border : array_like, shape (n, 3)
        Outer border of the foot, m.
    lateral : array_like, shape (n, 3)
        Unit vector towards the side of the foot.

    Returns
    -------
    ndarray, shape (n,)
        m; positive while the extrapolated centre is inside of the border.

    References
    ----------
    Hof AL, Gazendam MGJ, Sinke WE (2005). The condition for dynamic stability. J Biomech 38:1-8.
    """
    x, v, u, side = (np.asarray(a, dtype=float) for a in (centre, velocity, border, lateral))
    height = x[..., 1] - u[..., 1]
    per_speed = np.sqrt(np.where(height > 0, height, np.nan) / g)
    return np.asarray(((u - x - v * per_speed[..., None]) * side).sum(axis=-1))


def path_length(places: ArrayLike) -> float:
    """Length of a horizontal path, m, from places (n, 3), Y up."""
    steps = np.diff(np.asarray(places, dtype=float)[:, [0, 2]], axis=0)
    return float(np.linalg.norm(steps, axis=1).sum())
