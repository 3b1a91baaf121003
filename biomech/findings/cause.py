"""Structural or functional: what of the pattern is there in standing and in the bones, and what comes with the movement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from biomech.config.findings import Cause
from biomech.findings.bootstrap import bootstrap
from biomech.findings.change import Change, changes, weigh_changes
from biomech.findings.finding import Finding
from biomech.findings.material import Group, Material, groups, values
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
# bony measures that turn the knee inward when they are large, or (tibia) the foot against it
_BONES = ("craig_test_deg", "hip_rotation_middle_deg", "thigh_foot_angle_deg", "tibial_torsion_deg")
_POSTURE = ("knee_abduction_standing_deg", "hip_internal_rotation_standing_deg")  # those of the collapse itself
_WORDS = {
    "structural": "What is seen in movement is there in standing or in the bones: a pattern consistent with structure",
    "functional": "Nothing that was measured of standing and bones is unusual, and the pattern comes with the movement: a "
    "pattern consistent with function",
    "mixed": "Structure and movement both take part (mixed)",
    "undetermined": "Neither reading has enough support (undetermined)",
}


@dataclass(frozen=True)
class Reading:
    """Evidence and verdict.

    Attributes
    ----------
    verdict : {"structural", "functional", "mixed", "undetermined"}
    structural, functional : list of str
        What speaks for each reading, with numbers.
    against_structural, against_functional : list of str
    """

    verdict: str
    structural: list[str] = field(default_factory=list)
    functional: list[str] = field(default_factory=list)
    against_structural: list[str] = field(default_factory=list)
    against_functional: list[str] = field(default_factory=list)


def weigh(
    measures: Mapping[str, float],
    standing: Mapping[str, float],
    peaks: Mapping[str, float],
    other_leg: Mapping[str, float],
    settings: Cause,
    strength: float = np.nan,
    found: Sequence[Change] = (),
) -> Reading:
    """Weigh one leg in one task.

    Parameters
    ----------
    measures : mapping
        Examined and standing measures by the names of `Cause.ranges`, degrees (m).
    standing, peaks : mapping
        Standing value and mean peak of each quantity, degrees; what is not known is left out.
    other_leg : mapping
        Dynamic part less that of the other leg, and ``<quantity>__static`` the same of standing, degrees.
    settings : Cause
    strength : float
        Hip abduction, N m kg-1.
    found : sequence of Change
        What the collapse does under a cue, between visits and over the repetitions; none where that was not recorded. A
        change votes; that nothing changed stands on the list for structure and makes no verdict alone, for a cue that was
        not followed changes nothing either.
    """
    for_: list[str] = []
    against: list[str] = []
    for name in (*_BONES, *_POSTURE):
        if (value := measures.get(name, np.nan)) != value:
            continue
        usual, words = settings.ranges[name], name.replace("_deg", "").replace("_", " ")
        text = f"{words} {value:.1f} degree (usual {usual.low:g} to {usual.high:g})"
        # the posture of the collapse counts in its own direction; bones count outside on either side
        outside = value > usual.high or (name in _BONES and value < usual.low)
        (for_ if outside else against).append(text)
    functional: list[str] = []
    no_movement: list[str] = []
    for name, limit in settings.large_dynamic_deg.items():
        if name not in peaks or name not in standing:
            continue
        peak, still = peaks[name], standing[name]
        words = name.replace("_", " ")
        moved = f"{words} grows by {peak - still:.1f} degree from standing to its peak (large from {limit:g})"
        if peak < still:
            moved = f"{words} stays {still - peak:.1f} degree below its standing value (large from {limit:g} above it)"
        (functional if peak - still >= limit else no_movement).append(moved)
        if peak >= settings.least_peak_deg:
            share = still / peak
            text = (
                f"standing makes {100 * share:.0f} % of the peak of {words}"
                if share >= 0
                else f"{words} is opposite in standing ({still:.1f} degree)"
            )
            if share >= settings.large_share:
                for_.append(text)
            elif peak - still >= limit:
                against.append(text)
        gap, still_gap = other_leg.get(name, np.nan), other_leg.get(f"{name}__static", np.nan)
        if gap >= settings.side_difference_deg and abs(still_gap) < settings.side_difference_deg:
            functional.append(f"{words} grows by {gap:.1f} degree more than on the other leg, which stands alike")
    if settings.strength_low_nm_kg is not None and np.isfinite(strength):
        text = f"hip abduction strength {strength:.2f} N m kg-1 (low below {settings.strength_low_nm_kg:g})"
        (functional if strength < settings.strength_low_nm_kg else no_movement).append(text)
    weighed = weigh_changes(found, peaks, settings)
    functional += weighed.functional
    no_movement += weighed.against_functional
    verdict = {
        (True, True): "mixed",
        (True, False): "structural",
        (False, True): "functional",
        (False, False): "undetermined",
    }[bool(for_), bool(functional)]
    return Reading(verdict, [*for_, *weighed.unchanged], functional, against, no_movement)


def standing_values(material: Material, footwear: str) -> dict[str, dict[str, float]]:
    """Return the mean standing angles of both sides, and tibial torsion, from the static trial of a footwear.

    Returns
    -------
    dict
        Side to quantity to degrees, and ``tibial_torsion`` (external positive, from the knee's to the malleolar axis).
    """
    static = {}
    for name, trial in material.kinematics.children.items():
        if str(trial.attrs.get("role", "")) == "static" and "angle" in trial:
            static[name] = str(trial.attrs.get("footwear", ""))
    out: dict[str, dict[str, float]] = {side: {} for side in SIDES}
    if not static:
        return out
    trial = material.kinematics[next((name for name, worn in static.items() if worn == footwear), next(iter(static)))]
    angle = trial["angle"]
    known = set(angle["quantity"].to_numpy().tolist())
    for side in SIDES:
        for name in dict.fromkeys((*STANDING, *SHARED)):
            if name in known:
                series = angle.sel(side=side, quantity=name).to_numpy()
                if np.isfinite(series).any():
                    out[side][name] = float(np.nanmean(series))
        torsion = tibial_torsion(trial["rotation"].sel(side=side), side) if "rotation" in trial else np.nan
        if np.isfinite(torsion):
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


def cause(material: Material) -> list[Finding]:
    """Return one verdict per task, condition, footwear and side.

    Parameters
    ----------
    material : Material
    """
    out = []
    whole, known = list(groups(material.metrics)), changes(material)
    standing = {worn: standing_values(material, worn) for worn in {g.footwear for g in whole if g.side in SIDES}}
    for group in (g for g in whole if g.side in SIDES):
        peaks = {g.side: _peaks(material, g) for g in whole if _same_but_side(g, group)}
        if not peaks.get(group.side):
            continue
        found = known.get((group.task, group.condition, group.footwear, group.side), [])
        out.append(_finding(material, group, standing[group.footwear], peaks, found))
    return out


def _same_but_side(a: Group, b: Group) -> bool:
    return (a.task, a.condition, a.footwear) == (b.task, b.condition, b.footwear) and a.side in SIDES


def _peaks(material: Material, group: Group) -> dict[str, float]:
    out = {}
    for name in SHARED:
        for window in ("cycle", "stance", "contact"):
            found = values(material.metrics, f"{name}__peak__{window}", group)
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
    material: Material,
    group: Group,
    standing: Mapping[str, dict[str, float]],
    peaks: Mapping[str, dict[str, float]],
    found: Sequence[Change],
) -> Finding:
    settings, side = material.config.findings.cause, group.side
    other = "left" if side == "right" else "right"
    own = standing[side]
    measures = examined(material.session.clinical, side)
    measures |= {f"{name}_standing_deg": own[name] for name in STANDING if name in own}
    if "tibial_torsion" in own:
        measures["tibial_torsion_deg"] = own["tibial_torsion"]
    dynamic = {s: {n: peaks[s][n] - standing[s][n] for n in peaks[s] if n in standing[s]} for s in peaks}
    gaps = {n: dynamic[side][n] - dynamic[other][n] for n in dynamic[side] if n in dynamic.get(other, {})}
    gaps |= {f"{n}__static": own[n] - standing[other][n] for n in list(gaps)}
    strength = measures.get("hip_abduction_strength_nm_kg", np.nan)
    reading = weigh(measures, own, peaks[side], gaps, settings, strength, found)
    name = str(next((n for n in settings.large_dynamic_deg if n in dynamic[side]), ""))
    limits: dict[str, float] = {str(n): limit for n, limit in settings.large_dynamic_deg.items()}
    series = _series(material, group, name) - own.get(name, np.nan)
    value, low, high = bootstrap(
        series, material.config.findings.bootstrap_draws, material.config.findings.seed, f"cause {group.place}"
    )
    hips = {"craig_test_deg", "hip_rotation_middle_deg"} & set(measures)
    unseen = "" if hips else "; the bones of the hip were not examined"
    usual = {n: f"{v:.3g} (usual {r.low:g} to {r.high:g}; {r.source})" for n, v in measures.items()
             if (r := settings.ranges.get(n))}  # fmt: skip
    return Finding(
        "cause",
        **group.place,
        sentence=f"{_WORDS[reading.verdict]}{unseen}. {name.replace('_', ' ').capitalize() or 'Knee abduction'}, peak less standing",
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
            "for_structural": reading.structural,
            "against_structural": reading.against_structural,
            "for_functional": reading.functional,
            "against_functional": reading.against_functional,
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


def _series(material: Material, group: Group, name: str) -> Any:
    for window in ("cycle", "stance", "contact"):
        found = values(material.metrics, f"{name}__peak__{window}", group)
        if len(found):
            return found
    return np.zeros(0)
