"""The registry of tasks: filter, events, cycle, phases and validity rules of every task.

A new task is one row of `TASKS`; a lab adds its own with `biomech.own_tasks.add_task`. `docs/tasks.md` is made from
this table; the finders themselves live in `biomech/events`. Tasks that have something in common: `biomech.task_groups`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phase:
    """A part of a cycle; a metric names it as its window.

    Attributes
    ----------
    name : str
        Key of `biomech.outcomes.windows.WINDOWS`.
    start, end : str
        Keys of `BOUNDS`.
    """

    name: str
    start: str
    end: str


@dataclass(frozen=True)
class Rule:
    """What a cycle must fulfil.

    Attributes
    ----------
    code : str
        Code of the quality row that says it was not fulfilled.
    demand : str
        In words, for the documentation.
    options : tuple of str
        Options of the config section `cycles` that hold its thresholds.
    rejects : bool
        Without it there is no cycle; else the cycle stays and the row warns.
    """

    code: str
    demand: str
    options: tuple[str, ...] = ()
    rejects: bool = True


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes
    ----------
    title : str
    cutoff_hz : float
        Default cutoff of the low-pass filter of markers and forces.
    cycle : str
        Kind of its cycles, a key of `CYCLES`.
    bilateral : bool
        Both legs do the task at once: one cycle per side sharing `rep`.
    take_off : bool
        A landing that ends at take-off, else at its lowest point.
    stepped : bool
        Feet stand on steps or a box, so the height of the floor says nothing.
    impact : bool
        The foot hits the ground: forces and muscle activity of the first 100 ms need a higher cutoff than in walking.
    still : bool
        The body stands still, so the plates carry its weight.
    climb : int
        1 where strides go up, -1 where they go down, else 0.
    events : str
        Finder of foot strikes and foot offs without a plate, a key of `FINDERS`; empty where cycles need no events.
    phases : tuple of Phase
    rules : tuple of Rule
    origin : str
        What registered a task of a lab's own; empty for those that ship.
    """

    title: str
    cutoff_hz: float
    cycle: str
    bilateral: bool = True
    take_off: bool = False
    stepped: bool = False
    impact: bool = False
    still: bool = False
    climb: int = 0
    events: str = ""
    phases: tuple[Phase, ...] = ()
    rules: tuple[Rule, ...] = ()
    origin: str = ""

    def asks(self, code: str) -> bool:
        """Whether the task has the rule of this code."""
        return any(rule.code == code for rule in self.rules)


CYCLES: dict[str, str] = {
    "none": "no cycles",
    "stride": "foot strike to the next foot strike of the same foot",
    "squat": "knee flexion (mean of both knees where both legs work) rises above standing and returns there; where it is "
    "missing, the height of the pelvis serves",
    "repetition": "an angle of the leg itself (`cycles.detection.repetition_angle`) rises above its rest in the trial and returns there",
    "landing": "foot contact (the first one after a flight; in a cut, the one in which the pelvis's path turns most away from "
    "the foot) to take-off, or to the lowest point where the task or the recording has no take-off; the landing after a jump "
    "is left out",
    "steady": "the longest interval with the other foot up and the pelvis still",
}

BOUNDS: dict[str, str] = {
    "start": "start of the cycle",
    "before": "`muscles.pre_activation_s` before the start",
    "foot_off": "foot off",
    "bottom": "lowest point: largest knee flexion (repetition: largest value of its angle)",
    "bottom_start": "knee flexion (repetition: its angle) comes within `cycles.bottom_range_deg` of its largest",
    "bottom_end": "knee flexion (repetition: its angle) leaves that range",
    "early": "`metrics.windows_ms` after the start, at most foot off",
    "end": "end of the cycle",
}

FINDERS: dict[str, str] = {
    "": "none: the cycles come from knee flexion, another angle or from posture",
    "walking": "strike: heel farthest ahead of the pelvis; off: toe farthest behind it, along the direction of progression "
    "(Zeni et al. 2008, Gait Posture 27:710)",
    "running": "strike: the pelvis falls fastest, less 20 ms (Milner & Paquette 2015, J Biomech 48:3502); off: the knee's first "
    "fullest extension after mid-stance (Fellin et al. 2010, J Sci Med Sport 13:646)",
    "stairs": "strike: heel or toe comes to rest in the sagittal plane; off: both have left rest (Ghoussayni et al. 2004, Gait "
    "Posture 20:266); no height is asked for, so a foot may stand on any step",
    "landing": "strike: heel or toe has lost half of its fastest fall, whichever is first; off: the knee's first fullest extension after it has bent",
}

INFORMS: dict[str, str] = {
    "kinematic_events_aligned": "events from markers were moved by their median difference to those from force "
    "(`cycles.align_kinematic`)",
    "events_from_first_frame": "events of the C3D file agree with plates and markers only if their times count from the first stored "
    "frame; they were moved (a repair, level warning)",
    "events_late": "events of the C3D file are all early or late against plates and markers (`cycles.detection.events_late_s`); none is used "
    "(level warning)",
    "events_denied": "events of the C3D file that plates or markers show for the other foot, under the other name or at another time of the "
    "stride (beyond `cycles.merge_s` from a plate's, `cycles.detection.pair_max_s` from the markers') are not used (level warning)",
    "events_duplicate": "of several events of the C3D file of one name and foot within `cycles.stride_min_s`, the one nearest to plates and "
    "markers is used",
    "pelvis_height_used": "a repetition was counted from the pelvis's height, because knee flexion is missing in it",
    "no_knee_flexion": "squats cannot be counted: knee flexion and the pelvis are both missing",
    "no_repetition_angle": "the angle of `cycles.detection.repetition_angle` is missing in a trial of repetitions, or the option names none "
    "for the trial's condition",
    "second_landing": "a landing after a jump is not a cycle",
    "side_unknown": "a task of one leg names no side, and both ankles are at one height",
    "no_cycles": "nothing in the trial is a complete cycle of its task",
}

_STANCE = Phase("stance", "start", "foot_off")
_SWING = Phase("swing", "foot_off", "end")
_EARLY = Phase("first_100_ms", "start", "early")
_BEFORE = Phase("pre_activation", "before", "start")
_CONTACT = Phase("contact", "start", "end")
_DESCENT = Phase("descent", "start", "bottom")
_BOTTOM = Phase("bottom", "bottom_start", "bottom_end")
_ASCENT = Phase("ascent", "bottom", "end")
_CYCLE = Phase("cycle", "start", "end")
_STRIDE_PHASES = (_BEFORE, _STANCE, _SWING, _EARLY, _CYCLE)
_SQUAT_PHASES = (_DESCENT, _BOTTOM, _ASCENT, _CYCLE)
_LANDING_PHASES = (_BEFORE, _CONTACT, _EARLY, _DESCENT, _BOTTOM, _CYCLE)
_JUMP_PHASES = (_BEFORE, _CONTACT, _EARLY, _DESCENT, _BOTTOM, _ASCENT, _CYCLE)

_TRACKED = Rule("untracked_cycle", "has at least one angle")
_STRIDE = (
    Rule("implausible_stride", "lasts neither too short nor too long", ("stride_min_s", "stride_max_s")),
    Rule("missing_foot_strike", "has no two foot offs a stride apart between its strikes", ("stride_min_s",)),
    Rule("no_foot_off", "has a foot off in its middle part", ("foot_off_percent",), rejects=False),
    _TRACKED,
)
_CADENCE = Rule(
    "implausible_cadence", "belongs to a trial with the cadence of running", ("running_steps_per_min",), rejects=False
)
_WALKING = (
    Rule(
        "implausible_cadence",
        "belongs to a trial with the cadence of walking",
        ("walking_steps_per_min",),
        rejects=False,
    ),
    Rule(
        "implausible_duty_factor",
        "belongs to a side whose foot is on the ground for as much of the stride as in walking",
        ("walking_foot_off_percent",),
        rejects=False,
    ),
    Rule(
        "implausible_step_length",
        "belongs to a trial whose steps are not too long for their cadence",
        ("walking_step_ratio_max",),
        rejects=False,
    ),
)
_LEVEL = Rule("level_stride", "leads to a higher or lower step", ("step_min_m",))
_DIRECTION = Rule("other_direction", "goes the way the task says, up or down", ("step_min_m",))
_SQUAT = (
    Rule(
        "incomplete_repetition",
        "begins and ends in standing within the recording, is deep and long enough, and has one bottom",
        (
            "squat_start_deg",
            "squat_min_flexion_deg",
            "squat_min_duration_s",
            "squat_start_drop_m",
            "squat_min_drop_m",
        ),
    ),
    _TRACKED,
)
_REPETITION = (
    Rule(
        "incomplete_repetition",
        "begins and ends at rest within the recording, is large and long enough, and has one turning point",
        ("repetition_start_deg", "repetition_min_deg", "squat_min_duration_s"),
    ),
    _TRACKED,
)
_ONE_LEG = Rule(
    "other_foot_down",
    "has no ground contact of the other foot for longer than this",
    ("other_foot_max_s",),
    rejects=False,
)
_TOUCH = Rule("no_heel_touch", "has a touch of the floor by the other heel", ("heel_touch_m",), rejects=False)
_LANDING = (Rule("no_lowest_point", "has its lowest point in the recording", ("landing_max_s",)), _TRACKED)
_FLIGHT = Rule("no_flight", "follows a flight of both feet", ("same_landing_s",), rejects=False)
_BOTH_FEET = Rule("one_foot_only", "has a landing of the other foot with it", ("same_landing_s",), rejects=False)
_TAKE_OFF = Rule("no_take_off", "ends at take-off", rejects=False)
_TURN = Rule("no_cut", "turns the path of the pelvis away from the cutting foot", ("cut_min_angle_deg",), rejects=False)
_STEADY = (
    Rule(
        "no_steady_window",
        "the other foot is up and the pelvis still for long enough",
        ("steady_min_s", "steady_foot_height_m", "steady_speed_m_s"),
    ),
    _TRACKED,
)

TASKS: dict[str, Task] = {
    "static": Task("standing calibration", 6.0, "none", still=True),
    "functional": Task("functional calibration", 6.0, "none"),
    "walking": Task("walking", 12.0, "stride", events="walking", phases=_STRIDE_PHASES, rules=(*_STRIDE, *_WALKING)),
    "running": Task(
        "running", 15.0, "stride", impact=True, events="running", phases=_STRIDE_PHASES, rules=(*_STRIDE, _CADENCE)
    ),
    "double_leg_squat": Task("double-leg squat", 6.0, "squat", phases=_SQUAT_PHASES, rules=_SQUAT),
    "single_leg_squat": Task(
        "single-leg squat", 6.0, "squat", bilateral=False, phases=_SQUAT_PHASES, rules=(*_SQUAT, _ONE_LEG)
    ),
    "step_down": Task(
        "step-down", 6.0, "squat", bilateral=False, stepped=True, phases=_SQUAT_PHASES, rules=(*_SQUAT, _TOUCH)
    ),
    "repetition": Task(
        "repeated movement", 6.0, "repetition", bilateral=False, phases=_SQUAT_PHASES, rules=_REPETITION
    ),
    "single_leg_stance": Task(
        "single-leg stance", 6.0, "steady", bilateral=False, still=True, phases=(_CYCLE,), rules=_STEADY
    ),
    "drop_vertical_jump": Task(
        "drop vertical jump",
        15.0,
        "landing",
        take_off=True,
        impact=True,
        events="landing",
        phases=_JUMP_PHASES,
        rules=(*_LANDING, _FLIGHT, _TAKE_OFF, _BOTH_FEET),
    ),
    "double_leg_drop_landing": Task(
        "double-leg drop landing",
        15.0,
        "landing",
        impact=True,
        events="landing",
        phases=_LANDING_PHASES,
        rules=(*_LANDING, _FLIGHT, _BOTH_FEET),
    ),
    "single_leg_drop_landing": Task(
        "single-leg drop landing",
        15.0,
        "landing",
        bilateral=False,
        impact=True,
        events="landing",
        phases=_LANDING_PHASES,
        rules=(*_LANDING, _FLIGHT, _ONE_LEG),
    ),
    "side_cut": Task(
        "side cut",
        15.0,
        "landing",
        bilateral=False,
        take_off=True,
        impact=True,
        events="landing",
        phases=_JUMP_PHASES,
        rules=(*_LANDING, _TAKE_OFF, _TURN),
    ),
    "stairs_up": Task(
        "stairs up",
        12.0,
        "stride",
        stepped=True,
        climb=1,
        events="stairs",
        phases=_STRIDE_PHASES,
        rules=(*_STRIDE, _LEVEL, _DIRECTION),
    ),
    "stairs_down": Task(
        "stairs down",
        12.0,
        "stride",
        stepped=True,
        climb=-1,
        events="stairs",
        phases=_STRIDE_PHASES,
        rules=(*_STRIDE, _LEVEL, _DIRECTION),
    ),
}
