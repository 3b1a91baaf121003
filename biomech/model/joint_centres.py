"""Hip centre regressions and the joint centres that follow from markers alone.

All functions are vectorised over leading dims and speak of a right leg (z lateral). Metres throughout; the
published coefficients, which are in millimetres, are converted here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.config import did_you_mean
from biomech.errors import TrialError

Array = NDArray[np.float64]

#: Which subject measures each method needs.
HIP_METHODS: dict[str, tuple[str, ...]] = {
    "harrington": ("pelvis_width", "pelvis_depth", "leg_length"),
    "harrington_reduced": ("pelvis_width", "pelvis_depth"),
    "harrington_pelvis_width": ("pelvis_width",),
    "harrington_leg_length": ("leg_length",),
    "hara": ("leg_length",),
    "bell": ("pelvis_width",),
    "davis": ("pelvis_width", "leg_length_mean", "asis_trochanter_distance", "marker_radius"),
    "dumas": ("pelvis_width",),
}

#: Points of a marker set from which a measure follows (`parameters.measure`).
_MEASURED = {
    "pelvis_width": "`asis` of the pelvis, on both sides",
    "pelvis_depth": "`asis` and `psis` of the pelvis on both sides, or one sacrum marker as `psis`",
    "leg_length": "`asis` of the pelvis and `medial_malleolus` or `ankle` of the shank",
    "leg_length_mean": "`asis` of the pelvis and `medial_malleolus` or `ankle` of the shank",
}

DAVIS_THETA_RAD = 0.5
DAVIS_BETA_RAD = 0.314
#: Dumas et al. 2007: share of pelvis width in x, y, z.
DUMAS = {"female": (-0.139, -0.336, 0.372), "male": (-0.095, -0.370, 0.361)}


def hip_centre(
    method: str,
    measures: Mapping[str, ArrayLike],
    *,
    marker_offset_m: float = 0.0,
    sex: str = "unknown",
) -> Array:
    """Hip joint centre in the pelvis frame by regression.

    The pelvis frame has its origin midway between the ASIS, z along the line of the ASIS and x forward in the plane
    of ASIS and PSIS (or sacrum).

    Parameters
    ----------
    method : str
        One of `HIP_METHODS`.
    measures : mapping
        What the method needs, each of shape (...), m: ``pelvis_width`` (distance of the ASIS), ``pelvis_depth`` (from
        mid-ASIS to mid-PSIS), ``leg_length`` (ASIS to medial malleolus), ``leg_length_mean`` (both legs),
        ``asis_trochanter_distance`` (fore-aft), ``marker_radius``.
    marker_offset_m : float
        Marker radius plus base plate where the frame's origin lies midway between marker *centres*: the bone is that
        much further back. Not used by ``davis``, whose formula holds the radius itself.
    sex : {"female", "male", "unknown"}
        Only for ``dumas``; unknown takes the mean of both.

    Returns
    -------
    array (..., 3)
        x anterior, y up, z lateral, m.

    Raises
    ------
    TrialError
        Unknown method or missing measure.

    References
    ----------
    Harrington et al. 2007, J Biomech 40:595-602, Table 2 (full and reduced); Sangeux 2015, Gait Posture 42:402-405
    (single predictors); Hara et al. 2016, Sci Rep 6:37707, Eq. 1-3; Bell et al. 1990, J Biomech 23:617-621;
    Davis et al. 1991, Hum Mov Sci 10:575-587 (with theta 0.5 rad and beta 0.314 rad as the conventional gait model
    computes); Dumas et al. 2007, J Biomech 40:543-553.
    """
    if method not in HIP_METHODS:
        raise TrialError(
            f"hip centre method {method!r} is unknown{did_you_mean(method, HIP_METHODS)}; known: {', '.join(HIP_METHODS)}",
            code="unknown_hip_method",
        )
    absent = [name for name in HIP_METHODS[method] if not np.isfinite(np.asarray(measures.get(name, np.nan))).any()]
    if absent:
        measured = "; ".join(f"{name}: {_MEASURED[name]}" for name in absent if name in _MEASURED)
        without = [name for name, needs in HIP_METHODS.items() if not set(needs) & set(absent)]
        raise TrialError(
            f"hip centre method {method!r} needs {', '.join(absent)}, which neither the markers nor the sheets give"
            f"{f' (measured from the markers where the marker set has them: {measured})' if measured else ''}",
            code="missing_parameter",
            action="add the measure to participants.tsv, add the markers to the marker set, or choose another subject.hip_centre in "
            f"config.yaml{f', such as {without[0]}' if without else ''}",
        )
    mm: dict[str, Any] = {name: 1000.0 * np.asarray(measures[name], dtype=np.float64) for name in HIP_METHODS[method]}
    x, y, z = _FORMULAS[method](mm) if method != "dumas" else _dumas(mm, sex)
    if method != "davis":
        x = x - 1000.0 * marker_offset_m
    return np.stack(np.broadcast_arrays(x, y, z), axis=-1) / 1000.0


def davis(measures: Mapping[str, ArrayLike], theta_rad: float, beta_rad: float) -> Array:
    """Hip centre of Davis et al. 1991 with other angles than the conventional gait model's; see `hip_centre`, m."""
    mm = {name: 1000.0 * np.asarray(measures[name], dtype=np.float64) for name in HIP_METHODS["davis"]}
    return np.stack(np.broadcast_arrays(*_davis(mm, theta_rad, beta_rad)), axis=-1) / 1000.0


def _davis(
    m: dict[str, Any], theta_rad: float = DAVIS_THETA_RAD, beta_rad: float = DAVIS_BETA_RAD
) -> tuple[Any, Any, Any]:
    c = 0.115 * m["leg_length_mean"] - 15.3
    back = m["asis_trochanter_distance"] + m["marker_radius"]
    sin_t, cos_t = np.sin(theta_rad), np.cos(theta_rad)
    sin_b, cos_b = np.sin(beta_rad), np.cos(beta_rad)
    return (
        c * cos_t * sin_b - back * cos_b,
        -c * cos_t * cos_b - back * sin_b,
        m["pelvis_width"] / 2 - c * sin_t,
    )


def _dumas(m: dict[str, Any], sex: str) -> tuple[Any, Any, Any]:
    rows = [DUMAS[sex]] if sex in DUMAS else list(DUMAS.values())
    x, y, z = np.mean(rows, axis=0)
    return x * m["pelvis_width"], y * m["pelvis_width"], z * m["pelvis_width"]


_FORMULAS = {
    "harrington": lambda m: (
        -0.24 * m["pelvis_depth"] - 9.9,
        -0.16 * m["pelvis_width"] - 0.04 * m["leg_length"] - 7.1,
        0.28 * m["pelvis_depth"] + 0.16 * m["pelvis_width"] + 7.9,
    ),
    "harrington_reduced": lambda m: (
        -0.24 * m["pelvis_depth"] - 9.9,
        -0.30 * m["pelvis_width"] - 10.9,
        0.33 * m["pelvis_width"] + 7.3,
    ),
    "harrington_pelvis_width": lambda m: (
        -0.138 * m["pelvis_width"] - 10.4,
        -0.305 * m["pelvis_width"] - 10.9,
        0.33 * m["pelvis_width"] + 7.3,
    ),
    "harrington_leg_length": lambda m: (
        -0.041 * m["leg_length"] - 6.3,
        -0.083 * m["leg_length"] - 7.9,
        0.0874 * m["leg_length"] + 5.4,
    ),
    "hara": lambda m: (
        11.0 - 0.063 * m["leg_length"],
        -9.0 - 0.078 * m["leg_length"],
        8.0 + 0.086 * m["leg_length"],
    ),
    "bell": lambda m: (-0.19 * m["pelvis_width"], -0.30 * m["pelvis_width"], 0.36 * m["pelvis_width"]),
    "davis": _davis,
}


def asis_trochanter_distance(leg_length_m: ArrayLike) -> Array:
    """Fore-aft distance from ASIS to greater trochanter, m, from leg length, m (Davis et al. 1991; conventional gait model)."""
    return 0.1288 * np.asarray(leg_length_m, dtype=np.float64) - 0.04856
