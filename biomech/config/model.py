"""Sections about the body: signals, anatomical model, poses and inverse dynamics."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from biomech.config.section import Hertz, Section, check_tasks
from biomech.tasks import TASKS


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
        description="Cutoff per task, of markers and (unless `force_cutoff_hz` differs) forces; null switches the filter off. Tasks left out keep the default of their kind.",
    )
    force_cutoff_hz: dict[str, Hertz | None] = Field(
        default_factory=dict,
        description="Cutoff per task of force and moment of the plates where it is not the markers'; null leaves them "
        "unfiltered. Different cutoffs make false impact peaks in joint moments (Bisseling & Hof 2006, Kristianslund et al. "
        "2012): for repeating what another program did, and reported in quality.",
    )

    @field_validator("cutoff_hz", "force_cutoff_hz")
    @classmethod
    def _known_tasks(cls, value: dict[str, float | None]) -> dict[str, float | None]:
        check_tasks(value)
        return value

    @field_validator("cutoff_hz")
    @classmethod
    def _every_task(cls, value: dict[str, float | None]) -> dict[str, float | None]:
        return {task: value.get(task, TASKS[task].cutoff_hz) for task in TASKS}

    def force_cutoff(self, task: str) -> float | None:
        """Return the cutoff of a task's forces, Hz; None where they are not filtered."""
        return self.force_cutoff_hz.get(task, self.cutoff_hz[task])


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
    marker_diameter_m: float | None = Field(
        None,
        gt=0,
        le=0.05,
        description="Marker diameter; goes before what a C3D stores and behind the column `marker_diameter_m` of the sheets. Null "
        "takes the C3D's; where that has none, 14 mm is assumed, and quality says what depends on it.",
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
    foot_offsets: Literal["static", "file"] = Field(
        "static",
        description="Conventional gait model: the foot's offsets (StaticPlantFlex, StaticRotOff) are those of the `static` trial, or "
        "those that the C3D `file` stores (from another static trial, for example). Cells of the sheets go before both.",
    )
    source_difference_deg: float = Field(
        1.0,
        gt=0,
        le=30,
        description="Two sources of an angle of the model (sheet, C3D, static trial) that differ by more are reported as a warning. Chosen: "
        "hip and knee rotation are off by as much, and users compare them to the degree.",
    )
    source_difference_m: float = Field(
        0.005,
        gt=0,
        le=0.1,
        description="The same report for a length that two sources state (sheet, config, C3D). Chosen: the repeatability of a calliper "
        "or tape; a joint's width that is 5 mm off sets its centre 2.5 mm off.",
    )
    marker_width_difference_m: float = Field(
        0.015,
        gt=0,
        le=0.1,
        description="The same report for a knee or ankle width that is stated and one that the static trial's medial and lateral markers "
        "show. Chosen: up to 11 mm are found where both are right, as markers sit on skin that a calliper presses.",
    )
    marker_length_difference_m: float = Field(
        0.05,
        gt=0,
        le=0.3,
        description="The same report for leg length and pelvis. Chosen: up to 43 mm are found where both are right (a tape that follows "
        "the leg, soft tissue over the ASIS).",
    )
    height_tolerance: float = Field(
        0.09,
        gt=0,
        le=1,
        description="Relative difference of the stature that thigh and shank of the static trial show from height_m above which it is "
        "reported. Chosen: three times 0.03, what the share of the legs varies by between people (SD); at most 0.06 in 14 real static trials.",
    )
    mass_tolerance: float = Field(
        0.05,
        gt=0,
        le=1,
        description="Relative difference of the weight on the plates in the static trial from mass_kg above which it is reported. Chosen: "
        "shoes, clothes and markers make up to 0.03.",
    )
    upright_deg: float = Field(
        30.0,
        gt=0,
        le=90,
        description="Bend of the knee and inclination of thigh, shank and trunk in the static trial beyond which it is reported as "
        "not upright. Chosen: at most 19 in 19 real static trials of persons who can stand straight.",
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
    functional_error_m: float = Field(
        0.002,
        gt=0,
        le=0.05,
        description="Expected random error of a functional hip centre above which quality warns (one standard deviation, from "
        "range, frames and how long residuals last; 95 % of errors stay below twice it). It is used all the same.",
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
    outlier_step_m: float | None = Field(
        0.017,
        ge=0.005,
        le=0.5,
        description="A marker that steps by more than this from one frame to the next, beyond its movement and that of the "
        "others of its body, is wrong on one side of the step: spikes, ghosts, repeated values and exchanged labels are "
        "taken out before gaps are filled; null leaves them. Chosen: recorded landings and running stay below 16 mm.",
    )
    outlier_longest_s: float = Field(
        0.5,
        gt=0,
        le=5,
        description="Longest interval that is taken out on the word of its steps alone; of longer ones the cluster decides, or "
        "quality warns. Chosen: marker ghosts last shorter, and a movement goes on by then.",
    )
    outlier_places: int | None = Field(
        5,
        ge=0,
        le=1000,
        description="A marker from which samples are taken out in more places of a trial than this is noisy, and its other samples "
        "are doubtful too: it is left out of the poses where three others of its cluster suffice, else quality warns; null keeps "
        "every marker. Chosen.",
    )
    gimbal_warn_deg: float = Field(75.0, gt=0, lt=90, description="A middle Cardan angle beyond this is reported.")
    foot_model: Literal["markerset", "oxford"] = Field(
        "markerset",
        description="`oxford` adds the outputs of the Oxford Foot Model as its reference computes them (marker stabilisation "
        "over the whole trial included) next to the marker set's own rearfoot and forefoot; needs its markers.",
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
    static_person_tolerance: float = Field(
        0.035,
        gt=0,
        le=1,
        description="Median relative difference of the distances within pelvis, thighs, shanks and feet between a static and a "
        "movement trial above which they are reported as those of two persons. Chosen: at most 0.03 in 20 real sessions, 0.033 to 0.16 "
        "between 30 pairs of children.",
    )
    cluster_slide_m: float = Field(
        0.02,
        gt=0,
        le=0.2,
        description="Shift of a whole cluster of markers along the limb, against its place in the static trial, above which it is reported. "
        "Chosen: soft tissue moves clusters by up to 0.015 in real running, landings and side cuts.",
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
    joint_centres: Literal["by_joint", "proximal_segment", "distal_segment"] = Field(
        "by_joint",
        description="About which point a joint's force and moment are taken: the joint centre carried by the segment that "
        "`hip_centre`, `knee_centre` and `ankle_centre` name (`by_joint`), by the one proximal to it (hip by the pelvis), or "
        "the origin of the distal one (as Visual3D's models of free segments); soft tissue sets them 10 to 25 mm apart.",
    )
    hip_centre: Literal["pelvis", "thigh", "both"] = Field(
        "pelvis",
        description="Segment that carries the hip centre of moments (`joint_centres: by_joint`); `both`: midway.",
    )
    knee_centre: Literal["thigh", "shank", "both"] = Field(
        "both",
        description="Segment that carries the knee centre of moments (`joint_centres: by_joint`); `both` is midway between "
        "theirs. Chosen: nearest to truth on simulated walking, squats and landings with soft tissue (docs/joint_models.md).",
    )
    ankle_centre: Literal["shank", "foot", "both"] = Field(
        "shank",
        description="Segment that carries the ankle centre of moments (`joint_centres: by_joint`); `both`: midway.",
    )
    acceleration_cutoff_hz: Hertz | None = Field(
        None,
        description="Further low-pass of the segments' motion before it is differentiated to accelerations (the inertial part "
        "of moments), for poses that are left unfiltered or filtered high: two derivatives multiply noise by the square "
        "of its frequency. Null takes accelerations from the poses as they are. `newton_euler` only.",
    )
    method: Literal["newton_euler", "plug_in_gait"] = Field(
        "newton_euler",
        description="`plug_in_gait` repeats that system's inverse dynamics, numerical shortcuts included (its inertia table, "
        "central differences over four frames, a finite rotation read as an angular velocity); only for comparison with "
        "its outputs, from unfiltered markers and the marker set plug_in_gait.",
    )
    plug_in_gait_spline: Literal["by_noise", "interpolating", "smoothing"] = Field(
        "by_noise",
        description="Spline whose second derivative gives accelerations (`plug_in_gait`): through every sample, as its moments "
        "of smoothed markers have it, or a light smoothing spline (gain 0.6 at 0.27 of the frame rate); `by_noise` smooths "
        "where joint centres have more noise than 0.01 mm. Chosen: trajectories that were smoothed before have below 0.002 mm, "
        "unsmoothed ones 0.08 mm and more.",
    )
