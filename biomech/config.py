"""The one typed model of `config/config.yaml`; every default of the software lives here.

Each section is handed to the rules that need it and to no other, so a change reruns only what depends on it.
Numbers carry their unit in their name. Unknown keys are refused, with the nearest known name.
"""

from __future__ import annotations

import difflib
import json
import reprlib
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from biomech.config_plausible import TABLE as PLAUSIBLE
from biomech.errors import StudyError
from biomech.schema import TASKS

Axis = Literal["+x", "-x", "+y", "-y", "+z", "-z"]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]
MarkersetName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
Hertz = Annotated[float, Field(ge=1.0, le=500.0)]


class Section(BaseModel):
    """A strict section: unknown keys are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(Section):
    """Where the C3D files lie."""

    folder: str = Field(
        "data",
        description="Folder that the `file` column of trials.tsv is relative to; relative to the study folder. "
        "The environment variable BIOMECH_DATA replaces it.",
    )
    on_error: Literal["skip", "stop"] = Field(
        "skip",
        description="A trial that cannot be read or computed: `skip` reports it in quality.tsv and goes on; `stop` ends the run.",
    )


class Lab(Section):
    """Axes of the laboratory as the C3D files store them."""

    axes: Literal["config", "screen"] = Field(
        "config",
        description="`config` uses `up` and `forward` below; `screen` uses the C3D's X_SCREEN and Y_SCREEN (forward and up).",
    )
    up: Axis = Field("+z", description="Stored axis that points upwards.")
    forward: Axis = Field(
        "+x", description="Stored axis that becomes lab X; the walking direction is found per trial all the same."
    )

    point_unit: Literal["c3d", "mm", "cm", "m"] = Field(
        "c3d",
        description="Unit of marker positions; `c3d` takes POINT:UNITS, the others replace a missing or wrong one.",
    )

    @model_validator(mode="after")
    def _axes_differ(self) -> Lab:
        if self.up[1] == self.forward[1]:
            raise ValueError(f"`up` ({self.up}) and `forward` ({self.forward}) must be different axes")
        return self


class ForcePlates(Section):
    """From plate channels to wrenches."""

    zero: Literal["auto", "c3d", "unloaded", "none"] = Field(
        "auto",
        description="Offset removal: `c3d` uses the frames of FORCE_PLATFORM:ZERO, `unloaded` the longest unloaded window, "
        "`auto` the first of both that is valid, `none` leaves the channels as stored.",
    )
    unloaded_force_n: float = Field(
        10.0, gt=0, le=100, description="Vertical force below which a plate counts as unloaded when its zero is sought."
    )
    unloaded_std_n: float = Field(2.0, gt=0, le=20, description="Largest standard deviation of an unloaded window.")


class Contacts(Section):
    """When a foot is on a plate, and which."""

    threshold_n: float = Field(20.0, gt=0, le=100, description="Vertical force above which contact begins.")
    release_n: float = Field(10.0, gt=0, le=100, description="Vertical force below which contact ends.")
    force: Literal["unfiltered", "filtered"] = Field(
        "unfiltered",
        description="Which vertical force the two thresholds refer to; `filtered` is cut later at contact and earlier at "
        "foot off, as Visual3D does.",
    )
    min_duration_s: float = Field(0.05, ge=0, le=1, description="Shorter contacts are ignored.")
    cop_threshold_n: float = Field(
        50.0, gt=0, le=200, description="Centre of pressure is NaN below this vertical force."
    )
    plate_margin_m: float = Field(
        0.03, ge=0, le=0.2, description="How far a foot point may lie outside the plate's outline."
    )
    cop_margin_m: float = Field(
        0.08, ge=0, le=0.3, description="How far the centre of pressure may lie from the foot's heel-toe line."
    )
    max_foot_height_m: float = Field(
        0.04,
        gt=0,
        le=0.3,
        description="How far above its static height a foot may be and still count as on the ground.",
    )
    min_inside: float = Field(
        0.9, ge=0.5, le=1, description="Share of contact frames in which the foot's points must lie inside the plate."
    )
    stance_speed_m_s: float = Field(
        0.5,
        gt=0,
        le=3,
        description="Horizontal foot speed below which a low foot without a plate counts as in stance (kinematic stance).",
    )

    @model_validator(mode="after")
    def _hysteresis(self) -> Contacts:
        if self.release_n > self.threshold_n:
            raise ValueError(f"`release_n` ({self.release_n:g}) must not exceed `threshold_n` ({self.threshold_n:g})")
        return self


class Signals(Section):
    """Gap filling and filtering of markers and forces."""

    gap_max_s: float = Field(0.1, ge=0, le=1, description="Longest gap that a spline fills; longer ones stay NaN.")
    cluster_fill: bool = Field(
        True, description="Fill a missing marker from at least three others of its rigid cluster first."
    )
    filter_order: Literal[2, 4, 6, 8] = Field(
        4, description="Order of the zero-lag Butterworth filter after both passes."
    )
    cutoff_correction: Literal["prewarped", "plain", "none"] = Field(
        "prewarped",
        description="Double-pass correction of the cutoff: `prewarped` is exact, `plain` divides the frequency itself (as Visual3D), `none` leaves it.",
    )
    cutoff_hz: dict[str, Hertz | None] = Field(
        default_factory=dict,
        validate_default=True,
        description="Cutoff per task, the same for markers and forces; null switches the filter off. Tasks left out keep the default of their kind.",
    )

    @field_validator("cutoff_hz")
    @classmethod
    def _every_task(cls, value: dict[str, float | None]) -> dict[str, float | None]:
        unknown = [task for task in value if task not in TASKS]
        if unknown:
            raise ValueError("; ".join(f"unknown task {name!r}{did_you_mean(name, TASKS)}" for name in unknown))
        return {task: value.get(task, TASKS[task].cutoff_hz) for task in TASKS}


class Subject(Section):
    """Anatomical model of the participant."""

    hip_centre: Literal[
        "harrington",
        "harrington_reduced",
        "harrington_pelvis_width",
        "harrington_leg_length",
        "hara",
        "bell",
        "davis",
        "dumas",
        "markerset",
    ] = Field(
        "markerset",
        description="Hip joint centre regression; `markerset` takes the one that the marker set names (its model's own).",
    )
    marker_diameter_m: float = Field(
        0.014, gt=0, le=0.05, description="Marker diameter where the C3D does not store it."
    )
    marker_base_m: float = Field(0.0, ge=0, le=0.02, description="Thickness of the marker's base plate.")
    hip_offset: Literal["markerset", "marker", "none"] = Field(
        "markerset",
        description="`marker`: hip regressions start from the bone, which lies one marker radius and base behind the ASIS "
        "markers' centres; `none`: from the centres themselves; `markerset` takes what the marker set says.",
    )
    rearfoot: Literal["markerset", "oxford", "amsterdam", "rizzoli"] = Field(
        "markerset",
        description="Definition of the rearfoot's axes: the marker set's own, or that of the Oxford, Amsterdam or Rizzoli foot "
        "model on its markers. Absolute rearfoot angles differ by several degrees between them; compare only within one.",
    )
    flat_foot: bool = Field(
        True,
        description="Conventional gait model: in the static trial the sole is flat on the floor, so the heel marker counts at "
        "the toe marker's height for the foot's offsets; false takes both where they are.",
    )
    inertia: Literal["dumas", "de_leva", "plug_in_gait", "dempster"] = Field(
        "dumas",
        description="Segment inertia: Dumas & Wojtusch 2018, de Leva 1996, Plug-in Gait's own table, or Dempster (Winter 2009).",
    )
    hip_functional: Literal["none", "score", "sphere", "ball"] = Field(
        "none",
        description="Hip centre from functional trials (condition `hip`): `ball` fits the thigh's markers as one body about a "
        "centre, `sphere` each marker's own sphere (bias-corrected), `score` the poses of both segments (SCoRE). `hip_centre` "
        "stays in place, with the reason in quality, where a bound below is not met.",
    )
    functional_residual_m: float = Field(
        0.015, gt=0, le=0.1, description="Largest residual (RMS) of a functional hip centre that is used."
    )
    functional_distance_m: float = Field(
        0.03, gt=0, le=0.2, description="Largest distance of a functional hip centre from the regression's."
    )
    functional_range_deg: float = Field(
        25.0, ge=0, le=90, description="Least range of the hip in its second largest direction of movement."
    )
    knee_axis: Literal["markers", "sara", "least_varus", "pca"] = Field(
        "markers",
        description="What turns the thigh frame about its long axis: the epicondyle `markers`; the functional axis of trials "
        "with condition `knee` (`sara`); the least variance of knee abduction (`least_varus`), or no correlation of it with "
        "flexion (`pca`), over those trials or else strides and squats. Hip rotation changes by the turn, knee rotation by as "
        "much the other way. The markers' axis stays, with the reason in quality, where a bound below is not met.",
    )
    knee_axis_quality: float = Field(
        0.35, gt=0, le=1, description="Largest singular value ratio of a functional knee axis (0 a perfect hinge)."
    )
    knee_axis_range_deg: float = Field(
        40.0, ge=10, le=120, description="Least range of knee flexion from which a knee axis is found."
    )
    knee_axis_max_turn_deg: float = Field(
        20.0, gt=0, le=30, description="A larger turn of the thigh frame is not believed."
    )


class Kinematics(Section):
    """Segment poses and angles."""

    method: Literal["sixdof", "multibody"] = Field(
        "sixdof",
        description="`sixdof` follows every segment on its own; `multibody` fits pelvis and legs as one chain with the joints of "
        "the section `multibody`. Joints hide what moves in them: keep `sixdof` where knee abduction is the question.",
    )

    max_residual_m: float = Field(
        0.02, gt=0, le=0.1, description="Frames whose cluster fits worse (RMS) lose that segment's pose."
    )
    warn_residual_m: float = Field(0.01, gt=0, le=0.1, description="A median residual above this is reported.")
    min_spread_m: float = Field(
        0.01,
        gt=0,
        le=0.1,
        description="Least second singular value per marker of a usable cluster (collinear below it).",
    )
    gimbal_warn_deg: float = Field(75.0, gt=0, lt=90, description="A middle Cardan angle beyond this is reported.")
    foot_model: Literal["markerset", "oxford"] = Field(
        "markerset",
        description="`oxford` adds the outputs of the Oxford Foot Model as its reference computes them (marker stabilisation "
        "over the whole trial included) beside the marker set's own rearfoot and forefoot; needs its markers.",
    )
    ankle_sequence: Literal["ZXY", "ZYX"] = Field(
        "ZXY",
        description="Cardan sequence of ankle, rearfoot and forefoot: `ZXY` has inversion on the floating axis (ISB), "
        "`ZYX` internal rotation (Plug-in Gait, Oxford Foot Model).",
    )
    heading_warn_deg: float = Field(
        30.0,
        gt=0,
        le=180,
        description="A pelvis that faces further than this from the direction of progression for half a second is reported (turning trial without declared windows).",
    )
    static_swap_tolerance: float = Field(
        0.12,
        gt=0,
        le=1,
        description="Relative difference of a segment length between static and movement trials that is reported as a swapped label.",
    )


class Multibody(Section):
    """Joints and weights of multi-body optimisation (`kinematics.method: multibody`)."""

    knee: Literal["hinge", "ball", "free"] = Field(
        "ball",
        description="Freedom of the knee: `hinge` 1 (abduction and rotation stay as in standing), `ball` 3, `free` 6.",
    )
    ankle: Literal["ball", "two_axes"] = Field(
        "ball",
        description="`ball` 3 degrees of freedom; `two_axes` an ankle about the malleoli and a subtalar joint "
        "(42 degrees upwards, 23 degrees inwards).",
    )
    huber_m: float = Field(
        0.015, ge=0, le=0.1, description="Distance beyond which a marker's weight falls (Huber); 0 weighs all alike."
    )
    marker_sd_m: float = Field(
        0.01,
        gt=0,
        le=0.1,
        description="Standard deviation of markers about the segments; weighs them against soft joints.",
    )
    knee_translation_sd_m: float | None = Field(
        0.005,
        gt=0,
        le=0.1,
        description="Soft constraint of a `free` knee's translations (standard deviation); null has none.",
    )
    knee_rotation_sd_deg: float | None = Field(
        None,
        gt=0,
        le=90,
        description="Soft constraint of knee abduction and rotation about their standing values (standard deviation); null has none.",
    )


class Kinetics(Section):
    """Inverse dynamics."""

    gravity_m_s2: float = Field(9.81, gt=0, le=20, description="Magnitude of gravity; it acts along lab -Y.")
    joint_centres: Literal["proximal_segment", "distal_segment"] = Field(
        "proximal_segment",
        description="About which point a joint's force and moment are taken: the joint centre carried by the segment "
        "proximal to it (hip by the pelvis), or the origin of the distal one (as Visual3D's models of free segments); "
        "soft tissue sets them 10 to 25 mm apart in running.",
    )
    method: Literal["newton_euler", "plug_in_gait"] = Field(
        "newton_euler",
        description="`plug_in_gait` repeats that system's inverse dynamics, numerical shortcuts included (its inertia table, "
        "central differences over four frames, a finite rotation read as an angular velocity); only for comparison with "
        "its outputs, from unfiltered markers and the marker set plug_in_gait.",
    )


class Cycles(Section):
    """Events and cycles."""

    event_sources: list[Literal["force", "c3d", "kinematic"]] = Field(
        default=["force", "c3d", "kinematic"],
        min_length=1,
        description="Sources of foot strikes and foot offs in order of trust; the next fills what the one before leaves out.",
    )
    n_points: Literal[101] = Field(101, description="Points of a normalised cycle, 0 to 100 %.")
    merge_s: float = Field(
        0.08, gt=0, le=0.5, description="Events of one name and side closer than this are one event."
    )
    align_kinematic: bool = Field(
        True,
        description="Walking, running and stairs: move kinematic events by their median difference to the force events of "
        "the same task and session, where there are any.",
    )
    interpolation: Literal["linear", "cubic"] = Field(
        "cubic", description="Interpolation between frames when a cycle is normalised; missing frames stay missing."
    )
    stride_min_s: float = Field(0.4, ge=0.1, le=2, description="Shorter strides are rejected.")
    stride_max_s: float = Field(3.0, ge=0.5, le=10, description="Longer strides are rejected.")
    steady_min_s: float = Field(
        1.0, ge=0.1, le=60, description="Least length of the steady window of single-leg stance."
    )
    steady_foot_height_m: float = Field(
        0.05, ge=0, le=1, description="Single-leg stance: least height of the other ankle above the standing one."
    )
    steady_speed_m_s: float = Field(0.1, gt=0, le=1, description="Single-leg stance: largest speed of the pelvis.")
    landing_max_s: float = Field(
        1.5, ge=0.2, le=5, description="The lowest point of a landing is sought no longer than this after contact."
    )
    squat_min_flexion_deg: float = Field(
        40.0, ge=10, le=120, description="Least knee flexion at the bottom of a counted squat."
    )
    squat_start_deg: float = Field(
        10.0, ge=1, le=40, description="Rise of knee flexion above standing that starts and ends a squat."
    )
    squat_min_duration_s: float = Field(0.5, ge=0.1, le=5, description="Shorter squats are rejected.")
    first_landing_only: bool = Field(True, description="Landing trials: only the first landing of the file is a cycle.")


class Plausible(Section):
    """Range of a metric outside which it is reported; a side left out is open."""

    low: float | None = Field(None, description="Smaller values are reported.")
    high: float | None = Field(None, description="Larger values are reported.")
    fail_low: float | None = Field(None, description="Smaller values are reported as far from plausible.")
    fail_high: float | None = Field(None, description="Larger values are reported as far from plausible.")
    source: str = Field("", description="Where the range comes from.")

    @model_validator(mode="after")
    def _ordered(self) -> Plausible:
        known = [x for x in (self.fail_low, self.low, self.high, self.fail_high) if x is not None]
        if known != sorted(known):
            raise ValueError("expected fail_low <= low <= high <= fail_high")
        return self


class Metrics(Section):
    """Which outcomes are computed."""

    windows_ms: float = Field(
        100.0, gt=10, le=500, description="Length of the early-contact window of `first_100_ms` metrics."
    )
    plausible: dict[str, dict[str, Plausible | None]] = Field(
        default_factory=dict,
        validate_default=True,
        description="Task, then metric: range outside which a value is reported. Those left out keep their defaults; null takes one away.",
    )

    @field_validator("plausible")
    @classmethod
    def _with_defaults(cls, value: dict[str, dict[str, Plausible | None]]) -> dict[str, dict[str, Plausible | None]]:
        unknown = [task for task in value if task not in TASKS]
        if unknown:
            raise ValueError("; ".join(f"unknown task {name!r}{did_you_mean(name, TASKS)}" for name in unknown))
        names = ("low", "high", "fail_low", "fail_high", "source")
        ranges: dict[str, dict[str, Plausible | None]] = {
            task: {metric: Plausible(**dict(zip(names, row, strict=True))) for metric, row in table.items()}
            for task, table in PLAUSIBLE.items()
        }
        for task, table in value.items():
            ranges[task] = ranges.get(task, {}) | table
        return ranges


class Report(Section):
    """Figures."""

    figures: bool = Field(True, description="Draw figures; false leaves that last step out.")
    formats: list[Literal["svg", "png", "pdf"]] = Field(
        default=["svg", "png"], min_length=1, description="File formats of figures."
    )
    norms: bool = Field(True, description="Draw published normative bands where the task has them.")


class Config(Section):
    """The whole configuration of a study."""

    data: Data = Field(default_factory=Data, description="Where the recordings lie and what happens to bad ones.")
    markerset: MarkersetName = Field(
        "cast_lower_limb", description="Name of a marker set: one that ships, or a YAML in config/markersets/."
    )
    lab: Lab = Field(default_factory=Lab, description="Axes of the laboratory.")
    force_plates: ForcePlates = Field(default_factory=ForcePlates, description="Reading of force plates.")
    contacts: Contacts = Field(default_factory=Contacts, description="Plate-to-foot assignment and stance.")
    signals: Signals = Field(default_factory=Signals, description="Gap filling and filters.")
    subject: Subject = Field(default_factory=Subject, description="The anatomical model.")
    kinematics: Kinematics = Field(default_factory=Kinematics, description="Poses and angles.")
    multibody: Multibody = Field(default_factory=Multibody, description="Joints of multi-body optimisation.")
    kinetics: Kinetics = Field(default_factory=Kinetics, description="Inverse dynamics.")
    cycles: Cycles = Field(default_factory=Cycles, description="Events and cycles.")
    metrics: Metrics = Field(default_factory=Metrics, description="Scalar outcomes.")
    report: Report = Field(default_factory=Report, description="Figures.")


def did_you_mean(name: str, known: Any) -> str:
    """Return ``" (did you mean 'x'?)"`` for the nearest known name, or an empty string."""
    near = difflib.get_close_matches(str(name), [str(k) for k in known], n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


def parse_config(values: dict[str, Any] | None) -> Config:
    """Check a mapping and return the config with every default filled in.

    Raises
    ------
    StudyError
        Naming every fault at once: unknown keys with the nearest known name, values out of range or of the wrong type.
    """
    faults = config_faults(values)
    if faults:
        raise StudyError(faults)
    return Config.model_validate(values or {})


def config_faults(values: dict[str, Any] | None) -> list[str]:
    """Return one line for every fault of a config mapping; empty if there is none."""
    if values is not None and not isinstance(values, dict):
        return [f"config: expected a mapping of sections, found {type(values).__name__}"]
    try:
        Config.model_validate(values or {})
    except ValidationError as error:
        return [_fault(item) for item in error.errors()]
    return []


def read_config(path: Path) -> dict[str, Any]:
    """Read a YAML config as a plain mapping (not yet checked by `parse_config`)."""
    try:
        values = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except FileNotFoundError:
        raise StudyError([f"config: {path} is missing; copy config/config.yaml of the example and edit it"]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # dates and numbers that cannot be raise ValueError
        raise StudyError([f"config: {path} is not valid YAML: {' '.join(str(error).split())}"]) from None
    return {} if values is None else values


class _Loader(yaml.SafeLoader):
    """YAML that refuses a key given twice, of which the plain loader silently drops the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping of a node."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = [key for i, key in enumerate(keys) if key in keys[:i]]
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"key {twice[0]!r} is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


def json_schema() -> str:
    """Return the JSON schema of the config as text (`config/schema.json`)."""
    return json.dumps(Config.model_json_schema(), indent=2, sort_keys=True) + "\n"


_SHORT = reprlib.Repr()  # aliases of YAML can hide a value of any size
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 2, 120, 120


def _fault(item: Any) -> str:
    where = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        parent = _section_at(item["loc"][:-1])
        key = str(item["loc"][-1])
        known = list(parent.model_fields) if parent else []
        return f"config: unknown key `{where}`{did_you_mean(key, known)}; known keys here: {', '.join(known)}"
    message = item["msg"].removeprefix("Value error, ")
    return f"config: `{where}`: {message}; found {_SHORT.repr(item['input'])}"


def _section_at(path: tuple[Any, ...]) -> type[BaseModel] | None:
    model: type[BaseModel] = Config
    for part in path:
        field = model.model_fields.get(str(part))
        if field is None or not isinstance(field.annotation, type) or not issubclass(field.annotation, BaseModel):
            return None
        model = field.annotation
    return model
