"""Error of knee ab/adduction from a misaligned knee axis: flexion that appears as abduction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from biomech.config.findings import Cause
from biomech.findings.inputs import Array, Group
from biomech.io.trial_files import Trials, only
from biomech.kinematics.checks import CROSS_TALK_R2, CROSS_TALK_SPAN_DEG
from biomech.task_groups import LEVEL_WALKING

FLEXION_DEG = (10.0, 70.0)
_LEAST_SAMPLES = 50
_LEAST_FLEXION_DEG = 20.0


@dataclass(frozen=True)
class KneeAxis:
    """What the cycles of one leg and footwear say of its knee axis.

    Attributes
    ----------
    turn_deg : float
        Abduction per sine of flexion, that is the turn of the axis that would make it, degrees; NaN where too little bends.
    walking : bool
        Whether it is of walking, where little else moves the knee sideways; else of all movements, in which a knee that
        collapses as it bends looks the same.
    doubtful : bool
        Abduction goes with flexion (r² and range as in the quality row ``knee_axis``), or ranges in walking over more than twice
        what bones do.
    range_walking_deg : float
        Mean range of ab/adduction over a stride of walking; NaN without walking.
    follows : bool
        Whether abduction goes with flexion.
    """

    turn_deg: float = np.nan
    walking: bool = False
    doubtful: bool = False
    range_walking_deg: float = np.nan
    follows: bool = False

    @property
    def blocks(self) -> bool:
        """Whether knee abduction is not evidence in this session: it goes with flexion in the swing of walking."""
        return self.walking and self.follows


UNKNOWN = KneeAxis()


def knee_axis(
    cycles: xr.Dataset, side: str, footwear: str, settings: Cause, kinematics: Trials | None = None
) -> KneeAxis:
    """Return what the cycles say of the knee axis of one leg.

    Parameters
    ----------
    cycles : xr.Dataset
        With ``angle(cycle, percent, quantity)``.
    side, footwear : str
        The axis belongs to the static trial of a footwear.
    settings : Cause
    kinematics : mapping of str to xr.Dataset, optional
        All frames of all movement trials: what is judged without walking, as by the quality row ``knee_axis``. Else the cycles are.

    References
    ----------
    Schache et al. 2006, Gait Posture 24:100; Baudet et al. 2014, PLoS One 9:e102098 (abduction that goes with flexion).
    """
    found = _curves(cycles)
    if found is None:
        return UNKNOWN
    flexion, abduction = found
    own = (cycles["side"].to_numpy().astype(str) == side) & (cycles["footwear"].to_numpy().astype(str) == footwear)
    walks = own & (np.isin(cycles["task"].to_numpy().astype(str), LEVEL_WALKING.names()))
    over_stride = np.ptp(abduction[walks], axis=1)
    over_stride = over_stride[np.isfinite(over_stride)]
    width = float(over_stride.mean()) if len(over_stride) else np.nan
    swing = np.zeros(flexion.shape, dtype=bool)
    if "foot_off_percent" in cycles.coords:
        off = cycles["foot_off_percent"].to_numpy().astype(float)[:, None]
        swing = walks[:, None] & (np.linspace(0.0, 100.0, flexion.shape[1]) > off)
    whole = _all_frames(kinematics, side, footwear)
    if whole is None:
        whole = flexion[own].ravel(), abduction[own].ravel()
    for (bent, sideways), walking in (((flexion[swing], abduction[swing]), True), (whole, False)):
        turn, r2, span = _cross_talk(bent, sideways)
        if np.isfinite(turn):
            large = r2 >= CROSS_TALK_R2 and span > CROSS_TALK_SPAN_DEG
            doubtful = bool(large or width > 2 * settings.knee_range_walking_deg)
            return KneeAxis(turn, walking, doubtful, width, bool(large))
    return KneeAxis(range_walking_deg=width, doubtful=bool(width > 2 * settings.knee_range_walking_deg))


def _all_frames(kinematics: Trials | None, side: str, footwear: str) -> tuple[Array, Array] | None:
    """Return knee flexion and abduction of all frames of the movement trials in a footwear; None where there are none."""
    found: list[Array] = []
    for trial in only(kinematics, ("angle",)).values() if kinematics is not None else ():
        if "angle" not in trial or str(trial.attrs.get("role", "")) == "static":
            continue
        names = trial["quantity"].to_numpy().astype(str).tolist()
        worn = str(trial.attrs.get("footwear", footwear))
        if worn == footwear and {"knee_flexion", "knee_abduction"} <= set(names):
            angle = trial["angle"].sel(side=side, quantity=["knee_flexion", "knee_abduction"])
            found.append(angle.transpose("quantity", "time").to_numpy().astype(float))
    if not found:
        return None
    both = np.concatenate(found, axis=1)
    return both[0], both[1]


def _cross_talk(flexion: Array, abduction: Array) -> tuple[float, float, float]:
    """Return degrees of abduction per sine of flexion, r² of abduction with flexion, and its range (2nd to 98th percentile)."""
    with np.errstate(invalid="ignore"):
        used = (flexion >= FLEXION_DEG[0]) & (flexion <= FLEXION_DEG[1]) & np.isfinite(abduction)
    if used.sum() < _LEAST_SAMPLES or np.ptp(flexion[used]) < _LEAST_FLEXION_DEG:
        return np.nan, np.nan, np.nan
    x, y = flexion[used], abduction[used]
    span = float(np.diff(np.percentile(y, [2, 98]))[0])
    if not y.std() > 0:
        return 0.0, 0.0, span
    slope = float(np.polyfit(np.sin(np.radians(x)), y, 1)[0])
    return slope, float(np.corrcoef(x, y)[0, 1] ** 2), span


_CORRECTED = "knee abduction counts as the smaller of what was measured and what is left without cross-talk of knee flexion as in walking"


def corrected_peak(
    cycles: xr.Dataset, group: Group, axis: KneeAxis, standing_flexion: float, settings: Cause
) -> tuple[float, float, str]:
    """Return the peak of knee abduction that can be held against standing, and what of its growth may still be error.

    Standing and movement differ in flexion, so what a turned axis makes of the flexion between them is taken off. Where walking
    shows more ab/adduction than bones have, its cross-talk is subtracted if that makes the peak smaller; where there is no walking, the growth must exceed what
    an axis turned by `Cause.knee_axis_error_deg` would make.

    Parameters
    ----------
    cycles : xr.Dataset
    group : Group
        Of ``cycles``.
    axis : KneeAxis
    standing_flexion : float
        Degrees; NaN counts as 0.
    settings : Cause

    Returns
    -------
    peak : float
        Mean over repetitions, degrees; NaN without curves.
    allowance : float
        Degrees of growth that may be error.
    words : str
        What was done; empty if nothing.
    """
    found = _curves(cycles)
    if found is None or not len(group.index):
        return np.nan, 0.0, ""
    flexion, abduction = (curve[group.index] for curve in found)
    whole = np.isfinite(flexion + abduction).all(axis=1)
    if not whole.any():
        return np.nan, 0.0, ""
    flexion, abduction = flexion[whole], abduction[whole]
    still = np.sin(np.radians(standing_flexion if np.isfinite(standing_flexion) else 0.0))
    bent = np.sin(np.radians(flexion)) - still
    peak = float(abduction.max(axis=1).mean())
    if axis.walking and axis.range_walking_deg > settings.knee_range_walking_deg:
        without = float((abduction - axis.turn_deg * bent).max(axis=1).mean())
        # a correction may take evidence away, it does not make any
        return min(without, peak), 0.0, _CORRECTED
    place = abduction.argmax(axis=1)
    if axis.walking:
        return peak, 0.0, ""
    at_peak = float(np.abs(bent[np.arange(len(place)), place]).mean())
    return peak, settings.knee_axis_error_deg * at_peak, ""


def _curves(cycles: xr.Dataset) -> tuple[Array, Array] | None:
    if "angle" not in cycles or "quantity" not in cycles.coords or not cycles.sizes.get("cycle"):
        return None
    names = cycles["quantity"].to_numpy().astype(str).tolist()
    if not {"knee_flexion", "knee_abduction"} <= set(names):
        return None
    flexion, abduction = (
        cycles["angle"].sel(quantity=name).transpose("cycle", "percent").to_numpy().astype(float)
        for name in ("knee_flexion", "knee_abduction")
    )
    return flexion, abduction
