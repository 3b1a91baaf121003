"""Which curves the figures show, and what stands on their axes."""

from __future__ import annotations

from dataclasses import dataclass

from biomech.tasks import TASKS

FRAME = "jcs"


@dataclass(frozen=True)
class Panel:
    """One panel: a quantity of a variable, turned by `sign` where the customary curve is the opposite of ours.

    Attributes
    ----------
    variable, quantity : str
        As in the study dataset.
    title : str
        What the vertical axis shows.
    positive : str
        Direction that is positive on the axis.
    sign : {1, -1}
        Factor from the stored value to the one drawn, for example external from internal moments.
    key : bool
        Shown in the comparison of sessions.
    until_foot_off : bool
        Not shown in swing, where a projection of the bent leg or the lifted foot on a plane means nothing and turns
        over.
    """

    variable: str
    quantity: str
    title: str
    positive: str
    sign: int = 1
    key: bool = False
    until_foot_off: bool = False

    @property
    def by_stance(self) -> bool:
        """Whether the stance decides if a cycle is complete."""
        return self.until_foot_off or self.variable != "angle"

    @property
    def unit(self) -> str:
        """Unit as printed on the axis."""
        return {"angle": "°", "moment": "N·m/kg", "power": "W/kg"}[self.variable]


PANELS: tuple[Panel, ...] = (
    Panel("angle", "contralateral_pelvic_drop", "Contralateral pelvic drop", "opposite side lower +", key=True),
    Panel("angle", "trunk_ipsilateral_lean", "Trunk lean", "to this side +"),
    Panel("angle", "hip_flexion", "Hip flexion", "flexion +"),
    Panel("angle", "hip_adduction", "Hip adduction", "adduction +", key=True),
    Panel("angle", "hip_internal_rotation", "Hip rotation", "internal +", key=True),
    Panel("angle", "knee_flexion", "Knee flexion", "flexion +"),
    Panel("angle", "knee_abduction", "Knee abduction", "valgus +", key=True),
    Panel("angle", "knee_internal_rotation", "Knee rotation", "tibia internal +"),
    Panel("angle", "fppa", "Frontal projection angle", "valgus +", until_foot_off=True),
    Panel("angle", "ankle_dorsiflexion", "Ankle dorsiflexion", "dorsiflexion +"),
    Panel("angle", "rearfoot_eversion", "Rearfoot eversion", "eversion +", key=True),
    Panel("angle", "foot_progression_in", "Foot progression", "toe-in +", until_foot_off=True),
    Panel("moment", "hip_flexion", "Internal hip moment", "extensor +", sign=-1),
    Panel("moment", "hip_adduction", "Internal hip moment", "abductor +", sign=-1),
    Panel("moment", "hip_internal_rotation", "Internal hip moment", "internal rotator +"),
    Panel("moment", "knee_flexion", "Internal knee moment", "extensor +", sign=-1),
    Panel("moment", "knee_abduction", "External knee moment", "adduction +", key=True),
    Panel("moment", "ankle_dorsiflexion", "Internal ankle moment", "plantarflexor +", sign=-1),
)


@dataclass(frozen=True)
class Headline:
    """One outcome of the overview: the first of `metrics` (beginnings of names) that has values is shown.

    `cycles` are the kinds of cycle (`biomech.tasks.Task.cycle`) that it is a headline of; empty for all.
    """

    title: str
    positive: str
    metrics: tuple[str, ...]
    cycles: tuple[str, ...] = ()


HEADLINES: tuple[Headline, ...] = (
    Headline("Hip adduction, peak", "adduction +", ("hip_adduction__peak__",)),
    Headline("Knee abduction, peak", "valgus +", ("knee_abduction__peak__",)),
    Headline(
        "External knee adduction moment, first peak",
        "adduction +",
        ("external_knee_adduction_moment__first_peak__",),
        ("stride",),
    ),
    Headline(
        "External knee abduction moment, peak",
        "abduction +",
        ("external_knee_abduction_moment__peak__",),
        ("landing", "squat", "steady"),
    ),
    Headline("Contralateral pelvic drop, peak", "opposite side lower +", ("contralateral_pelvic_drop__peak__",)),
    Headline("Rearfoot eversion, peak", "eversion +", ("rearfoot_eversion__peak__",)),
)

_CYCLE_AXIS = {
    "stride": "Gait cycle (%)",
    "squat": "Repetition (%)",
    "landing": "Contact phase (%)",
    "steady": "Window (%)",
}


def headlines(task: str) -> tuple[Headline, ...]:
    """Return the headline outcomes of a task; all of them if the task is unknown."""
    kind = TASKS[task].cycle if task in TASKS else ""
    return tuple(item for item in HEADLINES if not kind or not item.cycles or kind in item.cycles)


def percent_label(task: str) -> str:
    """Return the label of the horizontal axis: what 0 to 100 % of this task's cycle is."""
    return _CYCLE_AXIS.get(TASKS[task].cycle, "Cycle (%)") if task in TASKS else "Cycle (%)"


def task_title(task: str) -> str:
    """Return the printed name of a task."""
    return TASKS[task].title if task in TASKS else task.replace("_", " ")
