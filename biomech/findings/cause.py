"""Verdict on structure and function: pattern in standing and bones against pattern of the movement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from biomech.config.findings import Cause
from biomech.findings.axis import KneeAxis, corrected_peak, knee_axis
from biomech.findings.bootstrap import bootstrap
from biomech.findings.change import Change, changes
from biomech.findings.collapse import WINDOWS, against_others, collapse
from biomech.findings.finding import Finding
from biomech.findings.inputs import FindingInputs, Group, Repeated, groups, repeated, values
from biomech.findings.norms import person
from biomech.findings.weighing import Reading, weigh
from biomech.io.trial_files import only
from biomech.schema import SIDES

# quantities whose standing value is a measure of posture
STANDING = (
    "hip_internal_rotation",
    "knee_abduction",
    "fppa",
    "rearfoot_eversion",
    "pelvis_anterior_tilt",
    "foot_progression_in",
)
SHARED = ("knee_abduction", "hip_internal_rotation", "hip_adduction", "fppa", "rearfoot_eversion")
_WORDS = {
    "structural": "What is seen in movement is there in standing or in the bones: a pattern consistent with structure",
    "functional": "Nothing that was measured of standing and bones is unusual, and the pattern comes with the movement: a "
    "pattern consistent with function",
    "mixed": "Structure and movement both take part (mixed)",
    "undetermined": "The knee collapses inward; neither structure nor function has enough evidence (undetermined)",
    "no_collapse": "The knee does not point inward, or not beyond the norm, the other leg or the first visit: structure and function "
    "are not weighed",
    "not_judged": "Whether the knee collapses inward cannot be judged, as no norm fits and no other leg or visit can be compared: "
    "structure and function are not weighed",
}


def standing_values(inputs: FindingInputs, footwear: str) -> dict[str, dict[str, float]]:
    """Return the mean standing angles of both sides, and tibial torsion, from the static trial of a footwear.

    Returns
    -------
    dict
        Side to quantity to degrees, and ``tibial_torsion`` (external positive, from the knee's to the malleolar axis).
    """
    static = {}
    for name, trial in only(inputs.kinematics, ("angle",)).items():
        if str(trial.attrs.get("role", "")) == "static" and "angle" in trial:
            static[name] = str(trial.attrs.get("footwear", ""))
    out: dict[str, dict[str, float]] = {side: {} for side in SIDES}
    if not static:
        return out
    chosen = next((name for name, worn in static.items() if worn == footwear), next(iter(static)))
    trial = inputs.kinematics[chosen]
    angle = trial["angle"]
    known = set(angle["quantity"].to_numpy().tolist())
    for side in SIDES:
        for name in dict.fromkeys((*STANDING, *SHARED, "knee_flexion")):
            if name in known:
                series = angle.sel(side=side, quantity=name).to_numpy()
                if np.isfinite(series).any():
                    out[side][name] = float(np.nanmean(series))
        torsion = tibial_torsion(trial["rotation"].sel(side=side), side) if "rotation" in trial else np.nan
        if np.isfinite(torsion) and _torsion_measured(inputs, chosen, side, torsion):
            out[side]["tibial_torsion"] = torsion
    return out


def tibial_torsion(rotation: Any, side: str) -> float:
    """Return the mean external torsion from the proximal to the distal shank frame, degrees; NaN where either is missing.

    Parameters
    ----------
    rotation : DataArray, dims time, segment, row, column
        Lab axes as columns; z points to the subject's right on both sides.
    side : str
    """
    segments = rotation["segment"].to_numpy().tolist()
    if not {"shank_proximal", "shank_distal"} <= set(segments):
        return np.nan
    proximal, distal = (
        rotation.sel(segment=name).transpose("time", "row", "column").to_numpy()
        for name in ("shank_proximal", "shank_distal")
    )
    across = distal[..., 2]
    forward = (across * proximal[..., 0]).sum(axis=-1) * (1.0 if side == "right" else -1.0)
    turn = -np.degrees(np.arctan2(forward, (across * proximal[..., 2]).sum(axis=-1)))
    return float(np.nanmean(turn)) if np.isfinite(turn).any() else np.nan


def _torsion_measured(inputs: FindingInputs, trial: str, side: str, torsion: float) -> bool:
    """Whether the two shank frames say something of the tibia.

    A marker set that derives one frame from the other gives zero where the sheets, the C3D file or medial markers give no torsion:
    that is not a measurement. Of two frames that were measured apart the angle is never zero to `_SAME_FRAME_DEG`. A zero
    that a sheet gives was entered by somebody who measured it.
    """
    if abs(torsion) > _SAME_FRAME_DEG:
        return True
    model = inputs.model.get(trial)
    if model is None or "parameter_source" not in model:
        return False
    source = model["parameter_source"].sel(side=side, name="tibial_torsion").item()
    return str(source) == "sheet"


_SAME_FRAME_DEG = 0.01  # numerical: axes on disk are rounded to 1e-5 degrees


def cause(inputs: FindingInputs) -> list[Finding]:
    """Return one verdict per task, condition, footwear and side.

    Parameters
    ----------
    inputs : FindingInputs
    """
    out = []
    whole, known, others = list(groups(inputs.metrics)), changes(inputs), against_others(inputs)
    axes: dict[tuple[str, str], KneeAxis] = {}
    standing = {worn: standing_values(inputs, worn) for worn in {g.footwear for g in whole if g.side in SIDES}}
    for group in (g for g in whole if g.side in SIDES):
        peaks = {g.side: _peaks(inputs, g) for g in whole if _same_but_side(g, group)}
        if not peaks.get(group.side):
            continue
        place = (group.task, group.condition, group.footwear, group.side)
        found, leg = known.get(place, []), (group.side, group.footwear)
        if leg not in axes:
            axes[leg] = knee_axis(inputs.cycles, *leg, inputs.config.findings.cause, inputs.kinematics)
        larger = others.get(place, [])
        out.append(_finding(inputs, group, standing[group.footwear], peaks, found, axes[leg], larger))
    return out


def _same_but_side(a: Group, b: Group) -> bool:
    return (a.task, a.condition, a.footwear) == (b.task, b.condition, b.footwear) and a.side in SIDES


def _peaks(inputs: FindingInputs, group: Group) -> dict[str, float]:
    out = {}
    for name in SHARED:
        for window in WINDOWS:
            found = values(inputs.metrics, f"{name}__peak__{window}", group)
            if len(found):
                out[name] = float(np.mean(found))
                break
    return out


def examined(clinical: Mapping[str, float], side: str) -> dict[str, float]:
    """Return one side's examination by the names of `Cause.ranges`, and the middle of its hip rotation.

    The middle is half of internal less external range: large where the femur is anteverted.
    """
    own = {name.removeprefix(f"{side}_"): value for name, value in clinical.items() if name.startswith(f"{side}_")}
    inner, outer = (own.get(f"hip_{way}_rotation_range_deg", np.nan) for way in ("internal", "external"))
    if np.isfinite(inner - outer):
        own["hip_rotation_middle_deg"] = (inner - outer) / 2
    return own


def _finding(
    inputs: FindingInputs,
    group: Group,
    standing: Mapping[str, dict[str, float]],
    peaks: Mapping[str, dict[str, float]],
    found: Sequence[Change],
    axis: KneeAxis,
    others: Sequence[tuple[str, bool, str]],
) -> Finding:
    settings, side = inputs.config.findings.cause, group.side
    other = "left" if side == "right" else "right"
    own, who = standing[side], person(inputs)
    measures = examined(inputs.session.clinical, side)
    measures |= {f"{name}_standing_deg": own[name] for name in STANDING if name in own}
    if "tibial_torsion" in own:
        measures["tibial_torsion_deg"] = own["tibial_torsion"]
    blocked = ("knee_abduction",) if axis.blocks else ()
    size = collapse(inputs, group, others, blocked)
    dynamic = {s: {n: peaks[s][n] - standing[s][n] for n in peaks[s] if n in standing[s]} for s in peaks}
    alike = next((g for g in groups(inputs.cycles) if g.place == group.place), None)
    mine, allowance, corrected = dict(peaks[side]), {}, ""
    if alike is not None and "knee_abduction" in mine:
        peak, error, corrected = corrected_peak(inputs.cycles, alike, axis, own.get("knee_flexion", np.nan), settings)
        if corrected:
            mine["knee_abduction"] = peak
        allowance["knee_abduction"] = error
    gaps = {n: dynamic[side][n] - dynamic[other][n] for n in dynamic[side] if n in dynamic.get(other, {})}
    gaps |= {f"{n}__static": own[n] - standing[other][n] for n in list(gaps)}
    strength = measures.get("hip_abduction_strength_nm_kg", np.nan)
    reading = weigh(measures, own, mine, gaps, settings, strength, found, allowance, blocked, who.age)
    if not size.present:
        reading = Reading("no_collapse" if size.judged else "not_judged")
    name = str(next((n for n in settings.large_dynamic_deg if n in dynamic[side] and n not in blocked), ""))
    fallback = "hip_internal_rotation" if blocked else "knee_abduction"
    limits: dict[str, float] = {str(n): limit for n, limit in settings.large_dynamic_deg.items()}
    series = _series(inputs, group, name)
    value, low, high = bootstrap(
        series.values - own.get(name, np.nan),
        inputs.config.findings.bootstrap_draws,
        inputs.config.findings.seed,
        f"cause {group.place}",
        trials=series.trials,
    )
    missing = _not_measured(measures)
    notes = [f"not measured: {', '.join(missing)}"] if missing and size.present else []
    notes += list(filter(None, (_of_axis(axis, settings), corrected if size.present else "")))
    usual = {
        n: {"value": v, "low": r.low, "high": r.high, "source": r.source}
        for n, v in measures.items()
        if (r := settings.ranges.get(n))
    }
    return Finding(
        "cause",
        **group.place,
        sentence="; ".join((_WORDS[reading.verdict], *notes))
        + f". {(name or fallback).replace('_', ' ').capitalize()}, peak less standing",
        value=value,
        low=low,
        high=high,
        unit="degree",
        n=len(series),
        norm=f"large from {limits[name]:g} degree" if name else "",
        source="static trial, examination and thresholds of `findings.cause`, each with its source there; femoral anteversion "
        "cannot be seen by markers",
        evidence={
            "verdict": reading.verdict,
            "collapse": size.larger,
            "no_collapse": size.alike,
            "not_used": size.unused,
            "for_structural": reading.structural,
            "against_structural": reading.against_structural,
            "for_functional": reading.functional,
            "against_functional": reading.against_functional,
            "not_measured": missing,
            "knee_axis": asdict(axis),
            "knee_axis_note": _of_axis(axis, settings),
            "large_from_deg": limits,
            "growth_weighed_deg": {n: mine[n] - own[n] for n in limits if n in mine and n in own and n not in blocked},
            "growth_that_may_be_axis_error_deg": allowance,
            "standing_share_of_the_peak_percent": {
                n: 100 * own[n] / peaks[side][n]
                for n in dynamic[side]
                if peaks[side][n] >= settings.least_peak_deg and own[n] >= 0
            },
            "opposite_in_standing_deg": {
                n: own[n] for n in dynamic[side] if peaks[side][n] >= settings.least_peak_deg and own[n] < 0
            },
            "peak_less_standing_deg": dynamic[side],
            "measures": usual,
            "changes": [asdict(change) for change in found],
        },
    )


def _not_measured(measures: Mapping[str, float]) -> list[str]:
    """Return the bones of which nothing is known, in words."""
    hip = {"craig_test_deg", "hip_rotation_middle_deg"} & set(measures)
    tibia = {"tibial_torsion_deg", "thigh_foot_angle_deg"} & set(measures)
    return [*["femoral anteversion"] * (not hip), *["tibial torsion"] * (not tibia)]


def _of_axis(axis: KneeAxis, settings: Cause) -> str:
    """Return the caveat about the knee axis that goes with a verdict; empty where nothing is wrong with it."""
    if not axis.doubtful:
        return ""
    turned = f"as with a knee axis turned by {abs(axis.turn_deg):.0f} degree"
    if axis.blocks:
        return f"knee abduction goes with knee flexion in walking, {turned}: it is not used, check the epicondyle markers of the static trial"
    if not axis.follows:
        return (
            f"knee abduction ranges over {axis.range_walking_deg:.1f} degree in walking (bones: {settings.knee_range_walking_deg:g}): "
            "part of it may be error of the markers"
        )
    return f"knee abduction goes with knee flexion, {turned}: without walking a turned axis and a knee that collapses look the same"


def _series(inputs: FindingInputs, group: Group, name: str) -> Repeated:
    for window in WINDOWS:
        found = repeated(inputs.metrics, f"{name}__peak__{window}", group)
        if len(found):
            return found
    return repeated(inputs.metrics, "", group)
