"""The data contract: names, dims, units and meaning of everything that is written.

Decided once, here; `docs/outputs.md` and the data dictionary are made from these tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the workflow reads these tables in every job: it does without xarray
    import xarray as xr

SIDES = ("left", "right")
AXES = ("x", "y", "z")
MOMENT_FRAMES = ("jcs", "proximal", "distal", "lab")
SEGMENTS = ("pelvis", "trunk", "thigh", "shank_proximal", "shank_distal", "foot", "rearfoot", "forefoot")
JOINT_CENTRES = ("hip", "knee", "ankle")
# stages of a session in the order in which they run, and their results under the session's folder: a folder with a file for
# each trial, or one file; `key` is the variant
STAGES: dict[str, str] = {
    "ingest": "raw/{key}",
    "model": "model/{key}",
    "kinematics": "kinematics/{key}",
    "kinetics": "kinetics/{key}",
    "muscles": "emg/{key}",
    "cycles": "cycles/{key}.nc",
    "metrics": "metrics/{key}.nc",
}
ROLES = ("static", "functional", "dynamic")
# muscles whose surface EMG is read, with their names in words
MUSCLES: dict[str, str] = {
    "gluteus_medius": "gluteus medius",
    "gluteus_maximus": "gluteus maximus",
    "tensor_fasciae_latae": "tensor fasciae latae",
    "adductor_longus": "adductor longus",
    "adductor_magnus": "adductor magnus",
    "vastus_medialis": "vastus medialis",
    "vastus_lateralis": "vastus lateralis",
    "rectus_femoris": "rectus femoris",
    "biceps_femoris": "biceps femoris",
    "semitendinosus": "semitendinosus",
    "gastrocnemius_medialis": "gastrocnemius medialis",
    "gastrocnemius_lateralis": "gastrocnemius lateralis",
    "soleus": "soleus",
    "tibialis_anterior": "tibialis anterior",
    "peroneus_longus": "peroneus longus",
    "erector_spinae": "erector spinae",
    "external_oblique": "external oblique",
    "quadratus_lumborum": "quadratus lumborum",
}
FOOT_STRIKE, FOOT_OFF = "foot_strike", "foot_off"


# numbers of a whole cycle in addition to its bounds, coordinates on ``cycle``: unit and meaning; NaN where the task has none
CYCLE_VALUES: dict[str, tuple[str, str]] = {
    "speed_m_s": ("m s-1", "mean speed of the pelvis over the ground or belt, along the direction of progression"),
    "opposite_off_percent": ("%", "strides: foot off of the other foot, which ends the first double support"),
    "opposite_strike_percent": ("%", "strides: foot strike of the other foot"),
    "stride_length_m": ("m", "distance between this heel's places at the foot strikes that begin and end the stride"),
    "step_length_m": ("m", "distance of this heel's second place ahead of the other heel's, along the stride"),
    "step_width_m": ("m", "distance of the other heel's place from the line of the stride"),
    "toe_clearance_m": ("m", "least height of the toe in mid-swing above its height in flat-footed stance"),
    "vertical_loading_rate": (
        "N kg-1 s-1",
        "steepest rise of the unfiltered vertical force between 20 and 80 % of its impact peak, per body mass",
    ),
    "vertical_loading_rate_average": (
        "N kg-1 s-1",
        "mean rise of the unfiltered vertical force from 20 to 80 % of its impact peak, per body mass",
    ),
    "margin_of_stability_m": (
        "m",
        "least distance of the extrapolated centre of mass from the outer border of the foot that stands alone",
    ),
    "mass_centre_of_segments": (
        "1",
        "the centre of mass of margin_of_stability_m: 1 of the legs' segments and the trunk, 0 the middle between the anterior superior "
        "iliac spines, which is used instead",
    ),
    "pressure_path_m": ("m", "single-leg stance: path of the centre of pressure"),
    "pressure_range_ap_m": (
        "m",
        "single-leg stance: range of the centre of pressure, along the direction of progression",
    ),
    "pressure_range_ml_m": (
        "m",
        "single-leg stance: range of the centre of pressure, across the direction of progression",
    ),
    "heel_down_percent": ("%", "landings and cuts: the heel has come down after contact"),
    "flight_time": ("s", "drop vertical jump: time without force from the last foot's take-off to the next contact"),
    "bottom_start_percent": (
        "%",
        "knee flexion comes near its largest: start of the bottom of a squat or landing (of a repeated movement: its own angle)",
    ),
    "bottom_end_percent": (
        "%",
        "knee flexion leaves its largest: end of the bottom of a squat or landing (of a repeated movement: its own angle)",
    ),
    "cut_angle_deg": (
        "degree",
        "side cut: turn of the pelvis's path during contact, positive away from the cutting foot",
    ),
    "stride_rise_m": ("m", "stairs: height of this foot's next standing place above its present one"),
    "step_number": (
        "1",
        "stairs: step that the foot stands on, counted from the lowest standing place of the trial, 0",
    ),
    "box_height_m": ("m", "step-down: height of the standing foot above its height in the static trial"),
    "other_heel_height_m": ("m", "step-down: least height of the other heel above its height in the static trial"),
    "heel_touch_percent": ("%", "step-down: when the other heel is lowest, if it touches the floor"),
}


# numbers that every cycle has, coordinates on ``cycle``: unit and meaning, in files, tables and the data dictionary alike
CYCLE_NUMBERS: dict[str, tuple[str, str]] = {
    "mass_kg": ("kg", "body mass at the session"),
    "height_m": ("m", "body height"),
    "start": ("s", "start of the cycle from the first stored frame of its trial"),
    "end": ("s", "end of the cycle from the first stored frame of its trial"),
    "foot_off_percent": ("%", "foot off as a share of the cycle; missing where the task has none"),
    "bottom_percent": ("%", "lowest point of a squat, repeated movement or landing as a share of the cycle"),
    "cutoff_hz": ("Hz", "cutoff of the low-pass filter of markers and forces; missing without filter"),
    "rep": ("1", "number of the repetition in its trial; both sides of a double-leg repetition share it"),
    "moment_valid": ("1", "1 where every ground contact of the cycle has a valid plate, else 0"),
    **CYCLE_VALUES,
}
# of a metric of a cycle: unit and meaning
METRIC_VALUES: dict[str, tuple[str, str]] = {
    "value": ("see column unit", "value of the metric in the unit of its row"),
    "unit": ("text", "unit of the value"),
    "reason": ("text", "why the value is missing; empty where there is one"),
}


@dataclass(frozen=True)
class Variable:
    """One variable of the contract."""

    stage: str
    dims: tuple[str, ...]
    units: str
    long_name: str
    frame: str = ""
    source: str = ""


VARIABLES: dict[str, Variable] = {
    # raw, one dataset per trial
    "marker_position": Variable(
        "ingest", ("time", "marker", "axis"), "m", "marker position", "lab (X forward, Y up, Z right)", "C3D POINT"
    ),
    "analog": Variable(
        "ingest", ("analog_time", "channel"), "see channel_unit", "analog channels as stored", "", "C3D ANALOG"
    ),
    "plate_force": Variable(
        "ingest",
        ("analog_time", "plate", "axis"),
        "N",
        "unfiltered force of the plate on the subject",
        "lab",
        "C3D FORCE_PLATFORM",
    ),
    "plate_moment": Variable(
        "ingest",
        ("analog_time", "plate", "axis"),
        "N m",
        "unfiltered moment on the subject about the lab origin",
        "lab",
        "C3D FORCE_PLATFORM",
    ),
    "plate_corner": Variable(
        "ingest", ("plate", "corner", "axis"), "m", "plate corners", "lab", "C3D FORCE_PLATFORM:CORNERS"
    ),
    "event_time": Variable("ingest", ("event",), "s", "event time from the first stored frame", "", "C3D EVENT"),
    "reference_output": Variable(
        "ingest",
        ("time", "output", "component"),
        "see reference_unit",
        "model outputs stored in the C3D, unchanged",
        "as stored",
        "C3D POINT groups",
    ),
    "channel_unit": Variable("ingest", ("channel",), "", "unit of an analog channel as stored", "", "C3D ANALOG:UNITS"),
    "plate_type": Variable("ingest", ("plate",), "1", "type of a force plate", "", "C3D FORCE_PLATFORM:TYPE"),
    "event_name": Variable("ingest", ("event",), "", "foot_strike, foot_off or as stored", "", "C3D EVENT"),
    "event_side": Variable("ingest", ("event",), "", "side of an event: left, right or general", "", "C3D EVENT"),
    "reference_group": Variable("ingest", ("output",), "", "POINT group of a stored model output", "", "C3D POINT"),
    "reference_unit": Variable("ingest", ("output",), "", "unit of a stored model output", "", "C3D POINT"),
    # model, one dataset per static trial
    "template": Variable(
        "model",
        ("side", "segment", "marker", "axis"),
        "m",
        "tracking marker in its segment's frame (x anterior, y proximal, z lateral)",
        "segment",
    ),
    "landmark_local": Variable(
        "model",
        ("side", "segment", "landmark", "axis"),
        "m",
        "landmark or joint centre in a segment's frame (x anterior, y proximal, z lateral)",
        "segment",
    ),
    "segment_mass": Variable("model", ("side", "segment"), "kg", "segment mass"),
    "segment_com": Variable(
        "model",
        ("side", "segment", "axis"),
        "m",
        "segment centre of mass from the segment's origin (z lateral)",
        "segment",
    ),
    "segment_inertia": Variable(
        "model",
        ("side", "segment", "row", "column"),
        "kg m2",
        "inertia tensor about the segment's centre of mass (z lateral)",
        "segment",
    ),
    "parameter": Variable("model", ("side", "name"), "see parameter_unit", "subject parameter used by the model"),
    "parameter_unit": Variable("model", ("name",), "", "unit of a subject parameter"),
    "parameter_source": Variable("model", ("side", "name"), "", "where a subject parameter was taken from"),
    # kinematics, one dataset per trial
    "marker_clean": Variable(
        "kinematics", ("time", "marker", "axis"), "m", "marker position, gaps filled and filtered", "lab"
    ),
    "marker_filled": Variable("kinematics", ("time", "marker"), "1", "sample was filled (1) or recorded (0)"),
    "rotation": Variable(
        "kinematics",
        ("time", "side", "segment", "row", "column"),
        "1",
        "segment axes as columns (X anterior, Y up, Z to the subject's right)",
        "lab",
    ),
    "origin": Variable("kinematics", ("time", "side", "segment", "axis"), "m", "segment origin", "lab"),
    "joint_centre": Variable("kinematics", ("time", "side", "joint", "axis"), "m", "joint centre", "lab"),
    "landmark_position": Variable(
        "kinematics", ("time", "side", "landmark", "axis"), "m", "landmark carried by its segment", "lab"
    ),
    "fit_residual": Variable("kinematics", ("time", "side", "segment"), "m", "RMS residual of the rigid cluster fit"),
    "fit_condition": Variable(
        "kinematics", ("time", "side", "segment"), "m", "second singular value of the cluster per square root of marker"
    ),
    "angular_velocity": Variable(
        "kinematics", ("time", "side", "segment", "axis"), "degree s-1", "segment angular velocity", "lab"
    ),
    "centre_of_mass": Variable(
        "kinematics",
        ("time", "axis"),
        "m",
        "centre of mass of the body, of the legs' segments and of head, arms and trunk together; missing without trunk markers or body mass",
        "lab",
    ),
    "progression": Variable(
        "kinematics", ("time", "axis"), "1", "direction of progression, horizontal unit vector", "lab"
    ),
    "angle": Variable(
        "kinematics",
        ("time", "side", "quantity"),
        "degree",
        "joint or segment angle, positive in the quantity's direction",
    ),
    "distance": Variable(
        "kinematics",
        ("time", "side", "measure"),
        "m",
        "distance or position, positive in the measure's direction",
        "see measure",
    ),
    # kinetics, one dataset per trial
    "ground_reaction": Variable(
        "kinetics", ("time", "side", "axis"), "N", "filtered ground reaction force on the foot", "lab"
    ),
    "ground_reaction_moment": Variable(
        "kinetics", ("time", "side", "axis"), "N m", "filtered ground reaction moment about the lab origin", "lab"
    ),
    "centre_of_pressure": Variable("kinetics", ("time", "side", "axis"), "m", "centre of pressure", "lab"),
    "contact": Variable(
        "kinetics", ("time", "side"), "1", "0 swing, 1 on a valid plate, 2 stance without a valid plate"
    ),
    "contact_start": Variable("kinetics", ("plate_contact",), "s", "start of a loaded interval of a force plate"),
    "contact_end": Variable("kinetics", ("plate_contact",), "s", "end of a loaded interval of a force plate"),
    "contact_plate_number": Variable("kinetics", ("plate_contact",), "1", "number of the force plate in the C3D file"),
    "contact_foot": Variable("kinetics", ("plate_contact",), "", "foot on the plate: left, right or none"),
    "contact_valid": Variable(
        "kinetics",
        ("plate_contact",),
        "1",
        "the plate's wrench is the whole external wrench on that foot (1) or not (0)",
    ),
    "contact_reason": Variable(
        "kinetics", ("plate_contact",), "", "why the contact is not valid, or `manual`; empty for one found by itself"
    ),
    "joint_force": Variable(
        "kinetics",
        ("time", "side", "joint", "axis"),
        "N kg-1",
        "internal joint force, proximal on distal segment",
        "lab",
    ),
    "moment": Variable(
        "kinetics",
        ("time", "side", "quantity", "frame"),
        "N m kg-1",
        "internal joint moment: tends to move the joint in the quantity's direction",
    ),
    "lever_arm": Variable(
        "kinetics",
        ("time", "side"),
        "m",
        "lever arm of the ground reaction about the knee centre, positive where it tends to adduct the knee",
        "frontal plane of progression",
    ),
    "power": Variable("kinetics", ("time", "side", "quantity"), "W kg-1", "joint power, positive when generated"),
    # muscles, one dataset per trial
    "emg": Variable(
        "muscles",
        ("emg_time", "side", "muscle"),
        "see emg_unit",
        "envelope of the muscle's surface EMG",
        "",
        "C3D ANALOG",
    ),
    "emg_unit": Variable(
        "muscles",
        ("side", "muscle"),
        "",
        "unit of the envelopes: %MVC, %peak or %mean (of the session's movement trials), V; empty without a channel; of a cycle by "
        "muscle where they differ",
    ),
    "emg_reference": Variable(
        "muscles", ("side", "muscle"), "V", "envelope that equals 100 %; 1 where the envelope is in V"
    ),
    "burst_onset": Variable(
        "muscles", ("burst",), "s", "onset of a muscle's activity; missing where the recording begins within it"
    ),
    "burst_offset": Variable(
        "muscles", ("burst",), "s", "end of a muscle's activity; missing where the recording ends within it"
    ),
    "burst_side": Variable("muscles", ("burst",), "", "side of the muscle: left or right"),
    "burst_muscle": Variable("muscles", ("burst",), "", "muscle, as config.muscles.channels names it"),
    "burst_method": Variable("muscles", ("burst",), "", "how it was found: hodges_bui or teager_kaiser"),
}


def with_contract_attrs(data: xr.DataArray, name: str, **attrs: str | float) -> xr.DataArray:
    """Return `data` named `name` with the contract's units and long name as its only attributes.

    Stale attributes are dropped (xarray keeps them through arithmetic).

    Raises
    ------
    ValueError
        If the dims are not those of the contract. Cycles replace ``time, side`` by ``cycle, percent``.
    """
    variable = VARIABLES[name]
    allowed = {
        variable.dims,
        ("cycle", "percent", *(d for d in variable.dims if d not in ("time", "emg_time", "side"))),
    }
    if tuple(data.dims) not in allowed:
        raise ValueError(f"{name}: expected dims {variable.dims}, found {tuple(data.dims)}")
    out = data.rename(name)
    out.attrs = {"units": variable.units, "long_name": variable.long_name}
    if variable.frame:
        out.attrs["frame"] = variable.frame
    out.attrs.update(attrs)
    return out
