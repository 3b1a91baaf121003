"""A static trial for OpenSim's Scale tool: positions of the markers in a generic model, and scale factors.

The bodies are those of the models gait2392 and Rajagopal 2015. Their axes (X forward, Y up, Z right) are those of this
software's segments, and femur, tibia and talus have their origins at hip, knee and ankle centre: so joint centres of the
static scale any of these models, and this software's own markers are placed without a marker set of the model's maker.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from biomech.io.opensim_files import write_trc
from biomech.io.opensim_setups import write_marker_set, write_scale_setup
from biomech.schema import JOINT_CENTRES, SIDES

# subtalar joint of gait2392 (Delp et al. 1990): origin of the calcaneus from the ankle centre, right foot, m
_CALCANEUS = np.array([-0.04877, -0.04195, 0.00792])
# segment: body, landmark at the body's origin (none: the segment's own origin), origin of the body from it
_BODIES = {
    "pelvis": ("pelvis", "", np.zeros(3)),
    "trunk": ("torso", "", np.zeros(3)),
    "thigh": ("femur", "hip", np.zeros(3)),
    "shank_proximal": ("tibia", "knee", np.zeros(3)),
    "foot": ("calcn", "ankle", _CALCANEUS),
}
_MIDDLE = ("pelvis", "trunk")
_CENTRES = {"hip": "femur", "knee": "tibia", "ankle": "talus"}
_OPPOSITE = {"left": "right", "right": "left"}
_JOINT_WEIGHT, _MARKER_WEIGHT = 10.0, 1.0


def scaled_model_name(people: str, trial: xr.Dataset) -> str:
    """Return the file of the scaled model of a trial's static, given ``<participant>_<session>``: ``..._<static>_scaled.osim``."""
    return f"{people}_{trial.attrs['static']}_scaled.osim"


def marker_places(model: xr.Dataset, names: list[str]) -> dict[str, tuple[str, tuple[float, float, float]]]:
    """Return body and place (m, in the body's frame) of every tracking marker of a subject model.

    Parameters
    ----------
    model : Dataset
        Of one static trial; its ``template`` holds the markers in the segments' frames, Z lateral.
    names : list of str
        Markers that the trial has (``left_TH1``, ``C7``); others are left out.
    """
    out: dict[str, tuple[str, tuple[float, float, float]]] = {}
    for segment, (body, landmark, shift) in _BODIES.items():
        for side in SIDES:
            outward = np.array([1.0, 1.0, 1.0 if side == "right" else -1.0])
            one = model.sel(side=side, segment=segment)
            origin = one["landmark_local"].sel(landmark=landmark).to_numpy() if landmark else np.zeros(3)
            places = (one["template"].transpose("marker", "axis").to_numpy() - origin - shift) * outward
            full = body if segment in _MIDDLE else f"{body}_{side[0]}"
            for label, place in zip(one["marker"].to_numpy().astype(str).tolist(), places, strict=True):
                stem, other = label.removesuffix("_opposite"), label.endswith("_opposite")
                name = next((n for n in (f"{_OPPOSITE[side] if other else side}_{stem}", stem) if n in names), "")
                if name and name not in out and np.isfinite(place).all():
                    out[name] = (full, tuple(place.tolist()))
    return out


def tracking_weights(model: xr.Dataset, names: list[str]) -> dict[str, float]:
    """Return the weight of every marker that inverse kinematics tracks: those of `marker_places`, alike."""
    return dict.fromkeys(marker_places(model, names), _MARKER_WEIGHT)


def write_static(
    stem: Path, kinematics: xr.Dataset, model: xr.Dataset, generic_model: str, height_m: float | None
) -> list[Path]:
    """Write ``<stem>.trc`` with joint centres, ``<stem>_markerset.xml`` and ``<stem>_scale_setup.xml``.

    Parameters
    ----------
    stem : Path
        Path without its ending.
    kinematics, model : Dataset
        Of the static trial.
    generic_model : str
        File of the generic model, seen from the folder of the set-up file.
    height_m : float or None
        Of the subject.
    """
    rate = float(kinematics.attrs["rate_hz"])
    markers = kinematics["marker_clean"].transpose("time", "marker", "axis")
    names = markers["marker"].to_numpy().astype(str).tolist()
    centres = {
        f"{side}_{joint}_centre": kinematics["joint_centre"].sel(side=side, joint=joint).transpose("time", "axis")
        for joint in JOINT_CENTRES
        for side in SIDES
    }
    centres = {name: place for name, place in centres.items() if np.isfinite(place).any()}
    if not centres:
        return []
    positions = [markers.to_numpy(), *(place.to_numpy()[:, None] for place in centres.values())]
    trc, marker_set = (stem.with_name(stem.name + ending) for ending in (".trc", "_markerset.xml"))
    places = marker_places(model, names)
    for name in centres:
        side, joint = name.split("_")[:2]
        places[name] = (f"{_CENTRES[joint]}_{side[0]}", (0.0, 0.0, 0.0))
    start, end = (float(model.attrs.get(f"static_{edge}_s", np.nan)) for edge in ("start", "end"))
    whole = (0.0, (len(markers) - 1) / rate)
    last = min(end, whole[1]) if np.isfinite(end) else whole[1]
    mass = float(model.attrs.get("mass_kg", np.nan))
    return [
        write_trc(trc, [*names, *centres], np.concatenate(positions, axis=1), rate),
        write_marker_set(marker_set, places, fixed=list(centres)),
        write_scale_setup(
            stem.with_name(f"{stem.name}_scale_setup.xml"),
            name=stem.name,
            mass_kg=mass if np.isfinite(mass) else None,
            height_m=height_m,
            generic_model=generic_model,
            marker_set=marker_set.name,
            static_trc=trc.name,
            time_range=(start if np.isfinite(start) else 0.0, last),
            measurements=_measurements(list(centres)),
            tasks={name: _JOINT_WEIGHT if name in centres else _MARKER_WEIGHT for name in places},
            output_model=f"{stem.name}_scaled.osim",
        ),
    ]


def _measurements(centres: list[str]) -> dict[str, tuple[list[tuple[str, str]], list[str]]]:
    """Return what scales which bodies: hip to hip the pelvis, hip to knee a femur, knee to ankle a tibia, both legs the rest."""
    pairs = {
        f"{body}_{side[0]}": (f"{side}_{upper}_centre", f"{side}_{lower}_centre")
        for side in SIDES
        for body, upper, lower in (("femur", "hip", "knee"), ("tibia", "knee", "ankle"))
    }
    pairs = {body: pair for body, pair in pairs.items() if set(pair) <= set(centres)}
    out = {body: ([pair], [body]) for body, pair in pairs.items()}
    for letter in "lr":
        leg = [pair for body, pair in pairs.items() if body.endswith(letter)]
        if leg:
            out[f"foot_{letter}"] = (leg, [f"{bone}_{letter}" for bone in ("talus", "calcn", "toes")])
    hips = ("left_hip_centre", "right_hip_centre")
    if set(hips) <= set(centres):
        out["pelvis"] = ([hips], ["pelvis"])
    if pairs:
        out["torso"] = (list(pairs.values()), ["torso"])
    return out
