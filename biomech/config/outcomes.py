"""Sections about outcomes: cycles, metrics and figures."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from biomech.config.detection import Detection
from biomech.config.plausible import TABLE as PLAUSIBLE
from biomech.config.section import Section, check_tasks


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
    foot_off_percent: tuple[float, float] = Field(
        (10.0, 90.0),
        description="A foot off outside of this part of a stride is a wrong event: walkers have it at about 60 %, sprinters at 20 %.",
    )
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
    same_landing_s: float = Field(
        0.3,
        ge=0.05,
        le=1,
        description="Landings on both feet: contacts of the two no farther apart are one landing. Own choice: a little longer than "
        "a step.",
    )
    squat_min_flexion_deg: float = Field(
        40.0, ge=10, le=120, description="Least knee flexion at the bottom of a counted squat."
    )
    squat_start_deg: float = Field(
        10.0, ge=1, le=40, description="Rise of knee flexion above standing that starts and ends a squat."
    )
    squat_min_duration_s: float = Field(0.5, ge=0.1, le=5, description="Shorter squats are rejected.")
    squat_start_drop_m: float = Field(
        0.02,
        ge=0.002,
        le=0.2,
        description="Fall of the pelvis below standing that starts and ends a squat where knee flexion is missing: thigh and "
        "shank of 0.42 m, each leaning half of 25 degrees of knee flexion, sink by 0.02 m.",
    )
    squat_min_drop_m: float = Field(
        0.05,
        ge=0.01,
        le=0.6,
        description="Least fall of the pelvis in a counted squat where knee flexion is missing: at 40 degrees of knee flexion "
        "the same leg sinks by 0.05 m.",
    )
    repetition_start_deg: float = Field(
        5.0,
        ge=1,
        le=40,
        description="Repeated movements: rise of the angle above its rest that starts and ends a repetition. Chosen: twice what a resting "
        "leg moves.",
    )
    repetition_min_deg: float = Field(
        15.0,
        ge=2,
        le=120,
        description="Repeated movements: least rise of the angle above its rest. Chosen: small exercises, such as clamshells, turn the hip by "
        "20 degrees or more.",
    )
    heel_touch_m: float = Field(
        0.03,
        ge=0.0,
        le=0.2,
        description="Step-down: the other heel touches the floor if it comes this near to its height in standing. Own choice: "
        "about three times the error of a heel marker on a shoe.",
    )
    heel_down_m: float = Field(
        0.01,
        gt=0,
        le=0.1,
        description="Landings: the heel is down once it comes this near to its lowest height of the contact; angles of the foot are read "
        "from then on. Chosen: the give of heel pad and shoe, a tenth of the height of a heel that lands after the toes.",
    )
    step_min_m: float = Field(
        0.08,
        gt=0,
        le=0.5,
        description="Stairs: standing places of the feet that differ by less in height are one step. Own choice: half of a low "
        "step of 0.16 m.",
    )
    stairs_foot_speed_m_s: float = Field(
        0.5,
        gt=0,
        le=2,
        description="Stairs: a heel or toe slower than this in the sagittal plane stands (Ghoussayni et al. 2004, Gait Posture "
        "20:266, with the threshold of Bruening & Ridge 2014, Gait Posture 39:472).",
    )
    running_steps_per_min: tuple[float, float] = Field(
        (140.0, 220.0),
        description="Running: a cadence outside of this is reported. Own choice: recreational runners take 150 to 190 steps a "
        "minute.",
    )
    walking_steps_per_min: tuple[float, float] = Field(
        (40.0, 180.0),
        description="Walking: a cadence outside of this is reported; a wrong marker rate gives it. Chosen: patients who walk slowly take "
        "50, children who learn to walk up to 180 steps a minute.",
    )
    walking_foot_off_percent: tuple[float, float] = Field(
        (50.0, 85.0),
        description="Walking: a foot off outside of this part of the stride (median of a side) is reported. Below 50 % no foot is on "
        "the ground at times, which is running; chosen: above 85 % nobody moves on.",
    )
    walking_step_ratio_max: float = Field(
        2.0,
        gt=0,
        le=10,
        description="Walking: steps longer than this for their cadence are reported: step length in pelvis heights over cadence in "
        "units of sqrt(g / pelvis height). Adults and children have 1.3 to 1.6 at any speed (their walk ratio is constant: Sekiya & "
        "Nagasaki 1998, Gait Posture 7:225), half the true marker rate gives twice that. Chosen: the middle.",
    )
    cut_min_angle_deg: float = Field(
        10.0,
        ge=0,
        le=90,
        description="Side cut: the pelvis's path must turn by at least this, away from the cutting foot, or it is reported. Own "
        "choice: instructed cuts are 30 to 90 degrees, of which the path follows about half within the contact.",
    )
    bottom_range_deg: float = Field(
        5.0,
        gt=0,
        le=30,
        description="Squats and landings: the bottom is the interval in which knee flexion stays within this of its largest. Own "
        "choice: the smallest turn that counts as a lowest point.",
    )
    other_foot_max_s: float = Field(
        0.1,
        ge=0,
        le=2,
        description="Tasks of one leg: the other foot may touch the ground for this long in a repetition. Own choice: a touch, no "
        "stance.",
    )
    impact_peak_share: float = Field(
        0.05,
        gt=0,
        le=1,
        description="Impact peak: the first peak of the unfiltered vertical force that stands out by this share of body "
        "weight. Own choice: above the noise and ringing of a plate.",
    )
    impact_peak_max_s: float = Field(
        0.05,
        gt=0,
        le=0.2,
        description="Walking, running, stairs: latest impact peak after contact (Nigg et al. 1987, J Biomech 20:951: impact "
        "forces peak within 50 ms).",
    )
    impact_stance_share: float = Field(
        0.13,
        gt=0,
        le=0.5,
        description="Walking, running, stairs: a step without an impact peak is taken to have its impact at this share of stance, "
        "where rearfoot strikers have it (Samaan et al. 2014, J Sport Health Sci 3:143).",
    )
    landing_peak_max_s: float = Field(
        0.1,
        gt=0,
        le=0.3,
        description="Landings and cuts: the impact peak is the highest peak up to this after contact, the forefoot's or the heel's. "
        "Own choice: the length of the early-contact window.",
    )
    loading_rate_span_s: float = Field(
        0.005,
        ge=0.0,
        le=0.02,
        description="Instantaneous loading rate: the steepest rise over this time; 0 takes successive samples. Own choice: noise "
        "of 5 N at 2000 Hz would be 10 kN/s between samples, and is 1 to 2 kN/s over 5 ms.",
    )
    flight_s: tuple[float, float] = Field(
        (0.1, 1.0),
        description="Drop vertical jump: flights outside of this are not flights (1 s is a jump of 1.2 m).",
    )
    first_landing_only: bool = Field(
        True,
        description="Landing trials: only the first landing of the file (in a cut: the contact with the greatest turn) is a cycle.",
    )
    detection: Detection = Field(
        default_factory=Detection, description="Thresholds of event and repetition detection; seldom changed."
    )

    @field_validator(
        "running_steps_per_min", "walking_steps_per_min", "walking_foot_off_percent", "flight_s", "foot_off_percent"
    )
    @classmethod
    def _low_to_high(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not 0 < value[0] < value[1]:
            raise ValueError(f"expected two positive numbers, the lower one first, found {value[0]:g} and {value[1]:g}")
        return value


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


class Coordination(Section):
    """Onset, lag and coupling of two movements, per repetition."""

    onset_share: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="A movement begins beyond this share of its excursion, by its velocity beyond this share of the largest one. "
        "Chosen: above what noise leaves of a filtered angle, early enough to be called a beginning.",
    )
    onset_hold_s: float = Field(
        0.02, ge=0, le=0.2, description="The curve must stay beyond for so long. Chosen: four frames at 200 Hz."
    )
    least_excursion_deg: float = Field(
        2.0, ge=0, le=30, description="A smaller movement has no onset. Chosen: the size of the error of joint angles."
    )
    largest_lag_s: float = Field(
        0.15,
        gt=0,
        le=1,
        description="Lags up to this are tried, and up to a third of the window. Chosen: above what was ever planted or seen (0.12 s).",
    )
    least_correlation: float = Field(
        0.5,
        ge=0,
        lt=1,
        description="Curves that agree less at every lag are not the same movement at two times and have no lag. Chosen: half of what "
        "the courses of a squat have.",
    )
    still_deg_s: float = Field(
        5.0,
        ge=0,
        le=100,
        description="Slower coupled movements have no direction. Chosen: 0.05 degrees a frame at 100 Hz.",
    )


class Metrics(Section):
    """Which outcomes are computed."""

    coordination: Coordination = Field(
        default_factory=Coordination, description="Which movement comes first, and how two go together."
    )

    select: Literal["default", "all"] | list[str] = Field(
        default="default",
        description="Metrics of the wide table: `default` (25 to 40 a task, docs/metrics.md), `all`, or a list of names, in which "
        "`default` means the default ones. A name without its window (`hip_adduction__peak`) selects all windows.",
    )
    also: list[str] = Field(
        default=[],
        description="Metrics that are also computed and reported, in the long tables: names as in `select`, `all` for every one. Those that findings, "
        "figures, checks and statistics need are always computed.",
    )
    windows_ms: float = Field(
        100.0, gt=10, le=500, description="Length of the early-contact window of `first_100_ms` metrics."
    )
    acceptance_share: float = Field(
        0.6,
        gt=0,
        le=1,
        description="`at_peak_knee_flexion` in stance: the knee bends most in this first share of stance (weight acceptance). Chosen: it "
        "peaks before in walking and running, and bends again before foot off.",
    )
    least_index_deg: float = Field(
        5.0,
        ge=0,
        le=60,
        description="A smaller dynamic valgus index has no shares. Chosen: of the size of the angles' own errors.",
    )
    less_lean_deg: float = Field(
        5.0,
        ge=0,
        le=45,
        description="Landing Error Scoring System: a trunk that leans to a side by more is an error. Chosen: the size of the angles' own "
        "errors; raters judge it by eye.",
    )
    less_contact_s: float = Field(
        0.034,
        ge=0,
        le=0.2,
        description="Landing Error Scoring System: feet that land farther apart in time are an error. Chosen: one frame of the video (30 Hz) "
        "that raters see it in.",
    )
    plausible: dict[str, dict[str, Plausible | None]] = Field(
        default_factory=dict,
        validate_default=True,
        description="Task, then metric: range outside which a value is reported. Those left out keep their defaults; null takes one away.",
    )

    @field_validator("plausible")
    @classmethod
    def _with_defaults(cls, value: dict[str, dict[str, Plausible | None]]) -> dict[str, dict[str, Plausible | None]]:
        check_tasks(value)
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
    norms: bool = Field(
        True, description="Draw published normative bands where the task has them and the participant's age fits."
    )
    panels: list[str] = Field(
        default=[],
        description="Curves that the pages of a session show, in this order, for example `angle.hip_adduction`, "
        "`moment.knee_abduction`, `power.hip_total`, `ground_reaction.y`, `distance.knee_medial_to_hip_ankle_line`, "
        "`emg.gluteus_medius`. Empty: the usual ones.",
    )
    y_limits: Literal["fixed", "auto"] = Field(
        "fixed",
        description="`fixed`: vertical scales of every quantity and task, wider only where curves need it, with a mark; `auto`: they span "
        "the participant's curves.",
    )
    side_colours: Literal["red_blue", "red_green", "orange_blue"] = Field(
        "red_blue",
        description="Colours of the left and the right side. The left side is dashed in all of them; `orange_blue` is distinguished with any "
        "colour vision and in grey print.",
    )
    pdf: bool = Field(
        False,
        description="Write `report.pdf` next to each session's `report.html`, printed by Chromium, Chrome or Edge where one is installed.",
    )
    reference_curves: str = Field(
        "",
        description="CSV with the lab's own reference curves, relative to the study folder; they go before the published ones. "
        "Columns: task, variable, quantity, percent, mean, sd, unit, population, source; optional: age_from_years, age_to_years.",
    )
