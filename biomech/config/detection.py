"""Thresholds of event and repetition detection: the part of section `cycles` that is seldom changed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from biomech.config.section import Section

RepetitionAngle = Literal[
    "knee_flexion",
    "knee_extension",
    "hip_flexion",
    "hip_extension",
    "hip_adduction",
    "hip_abduction",
    "hip_internal_rotation",
    "hip_external_rotation",
    "ankle_dorsiflexion",
    "ankle_plantarflexion",
    "trunk_flexion",
    "contralateral_pelvic_drop",
]


class Detection(Section):
    """Thresholds of the finders of events, repetitions and lowest points."""

    swing_min_m: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Walking: the heel swings by at least this against the pelvis between two strikes. Chosen: a small part of a step, "
        "far above ripples in stance.",
    )
    turned_deg: float = Field(
        25.0,
        gt=0,
        le=90,
        description="A pelvis that faces farther away from the direction of progression has turned. Chosen: three times its rotation "
        "in walking.",
    )
    turned_share: float = Field(
        0.1,
        ge=0,
        le=1,
        description="A trial turns if the pelvis has turned in more than this share of its frames. Chosen: a glance to the side does not.",
    )
    heading_cutoff_hz: float = Field(
        1.0,
        gt=0,
        le=10,
        description="Low-pass of the pelvis's heading in trials that turn. Chosen: the rotation of every step (about 1 Hz) goes.",
    )
    running_strike_lead_s: float = Field(
        0.02,
        ge=0,
        le=0.1,
        description="Running: strike this long before the pelvis falls fastest (Milner & Paquette 2015, J Biomech 48:3502: 15 ms "
        "whatever the strike pattern; 22 to 27 ms at 11 to 15 km/h in J Biomech 2021, doi 10.1016/j.jbiomech.2021.110419).",
    )
    pelvis_fall_m_s: float = Field(
        0.3,
        gt=0,
        le=3,
        description="Running: least rise of the pelvis's speed of fall to a strike. Chosen: a third of what runners have.",
    )
    running_step_min_s: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Running: two steps are at least so far apart. Chosen: sprinters take five a second.",
    )
    knee_extension_deg: float = Field(
        3.0,
        gt=0,
        le=30,
        description="Running and landings: an extension of the knee of at least this marks a foot off. Chosen: above the noise of "
        "flexion angles.",
    )
    contact_min_s: float = Field(
        0.1,
        gt=0,
        le=0.5,
        description="Running and landings without plates: a foot off comes at least this long after the strike. Chosen: the shortest contact "
        "of a sprinter.",
    )
    contact_max_s: float = Field(
        0.6,
        gt=0,
        le=3,
        description="Running without plates: and at most this long after it. Chosen: twice a jogger's contact.",
    )
    swing_min_share: float = Field(
        0.3,
        ge=0,
        lt=1,
        description="Running without plates: and at least this share of `stride_min_s` before the next strike. Chosen: half of a "
        "runner's swing.",
    )
    foot_fall_m_s: float = Field(
        0.8,
        gt=0,
        le=5,
        description="Landings without plates: a foot falls at least this fast. Chosen: a fall from 3 cm.",
    )
    landing_gap_s: float = Field(
        0.3,
        gt=0,
        le=2,
        description="Landings without plates: two landings are at least so far apart. Chosen: a hop takes as long.",
    )
    foot_stop_s: float = Field(
        0.06,
        gt=0,
        le=0.3,
        description="Landings without plates: heel and toe are stopped within this of the foot's fastest fall. Chosen: a foot that rolls "
        "down from the toe takes 50 ms.",
    )
    path_direction_s: float = Field(
        0.05,
        gt=0,
        le=0.5,
        description="Side cut: the pelvis's direction at a bound is that of its mean velocity so long before and after. Chosen: "
        "ten frames at 200 Hz steady it.",
    )
    pair_max_s: float = Field(
        0.12,
        gt=0,
        le=0.5,
        description="`align_kinematic`: a kinematic and a force event are a pair up to this apart. Chosen: several times the errors of "
        "kinematic events (Zeni 2008, Gait Posture 27:710), well below a step.",
    )
    pairs_min: int = Field(
        2, ge=1, le=100, description="`align_kinematic`: fewest pairs of a name. Chosen: one alone may be a slip."
    )
    events_late_s: float = Field(
        0.08,
        gt=0,
        le=0.5,
        description="Events of a C3D file whose strikes and offs are late or early by more than this on average against those from markers "
        "(half of it: against plates) count from another start of time. Chosen: twice what public recordings of four laboratories "
        "differ by.",
    )
    stairs_rest_min_s: float = Field(
        0.15,
        gt=0,
        le=1,
        description="Stairs: a foot that rests for less is passing by. Chosen: a third of the shortest stance.",
    )
    stairs_move_min_s: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Stairs: a foot that moves for less shifts its weight. Chosen: a quarter of a swing.",
    )
    flat_foot_share: tuple[float, float] = Field(
        (0.2, 0.7),
        description="The foot lies still between these shares of stance: its height on a step and the speed of a belt are read there. "
        "Chosen: after the toes are down (10 to 15 %), before the heel rises (about 60 to 70 %).",
    )
    belt_min_m_s: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Strides: a flat foot that moves faster (median of the trial) stands on a treadmill, whose belt then counts as ground "
        "for step and stride length. Chosen: five times what a standing toe creeps, half the slowest belt.",
    )
    squat_cutoff_hz: float = Field(
        3.0,
        gt=0,
        le=20,
        description="Low-pass of the curve that squats and repeated movements are counted on. Chosen: one takes 1 to 4 s.",
    )
    standing_percentile: float = Field(
        5.0,
        ge=0,
        le=50,
        description="Standing, or the rest of a repeated movement, is this percentile of knee flexion (depth, angle) over the trial. Chosen: "
        "a little of it is in every trial.",
    )
    attempt_factor: float = Field(
        2.0,
        ge=1,
        le=10,
        description="A rise this many times the start threshold is an attempt and is reported where it is not a squat. Chosen: smaller ones "
        "are fidgeting.",
    )
    repetition_angle: RepetitionAngle | dict[str, RepetitionAngle] = Field(
        "knee_flexion",
        description="Repeated movements (task `repetition`): the angle that rises and returns in each. One for all, or one per condition of "
        "`trials.tsv`, for example `{lunge: knee_flexion, bridge: hip_extension, clamshell: hip_external_rotation}`.",
    )
    steady_cutoff_hz: float = Field(
        3.0,
        gt=0,
        le=20,
        description="Single-leg stance: low-pass before the pelvis's speed. Chosen: sway lies below 2 Hz.",
    )
    turn_min_deg: float = Field(
        5.0,
        gt=0,
        le=30,
        description="Landings: knee flexion must come back by this after a lowest point. Chosen: above its noise, below a bounce.",
    )
    turn_min_m: float = Field(
        0.01,
        gt=0,
        le=0.1,
        description="And the pelvis by this, where flexion is missing. Chosen: a few times its noise.",
    )
    plate_contact_min_s: float = Field(
        0.05,
        gt=0,
        le=0.5,
        description="Landings: a take-off within this after a strike is a bounce. Chosen: no contact is as short.",
    )
    flight_min_s: float = Field(
        0.05,
        gt=0,
        le=0.5,
        description="Drop landings: both feet in the air for less is the change from foot to foot. Chosen: a drop of 1 cm takes as long.",
    )
    loading_rise_share: tuple[float, float] = Field(
        (0.2, 0.8),
        description="The loading rate is taken between these shares of the impact peak (Crowell & Davis 2011, Clin Biomech 26:78).",
    )

    @field_validator("flat_foot_share", "loading_rise_share")
    @classmethod
    def _shares(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not 0 <= value[0] < value[1] <= 1:
            raise ValueError(
                f"expected two shares from 0 to 1, the lower one first, found {value[0]:g} and {value[1]:g}"
            )
        return value
