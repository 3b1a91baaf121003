"""Which curves the figures show, and what stands on their axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from biomech.config import did_you_mean
from biomech.conventions.directions import Ends, ends
from biomech.schema import MUSCLES
from biomech.tasks import TASKS

FRAME = "jcs"
DIMENSION = {"ground_reaction": "axis", "emg": "muscle", "distance": "measure"}  # all others: quantity
PAGES = ("kinematics", "kinetics", "emg")
_GRAVITY = 9.80665  # m s-2
_FACTORS = {"ground_reaction": 1 / _GRAVITY, "distance": 1000.0}
_UNITS = {"angle": "degrees", "moment": "N·m/kg", "power": "W/kg", "ground_reaction": "body weight", "distance": "mm"}


@dataclass(frozen=True)
class Panel:
    """One panel: a quantity of a variable, turned by `sign` where the customary curve is the opposite of ours.

    Attributes
    ----------
    variable, quantity : str
        As in the study dataset.
    title : str
        What is shown.
    sign : {1, -1}
        Factor from the stored value to the one drawn, so that a muscle group's customary curve points up.
    external : bool
        The external moment is shown: the internal one with the words of the movement.
    key : bool
        Shown in the comparison of sessions.
    until_foot_off : bool
        Not shown in swing, where a projection of the bent leg or the lifted foot on a plane means nothing and turns
        over.
    """

    variable: str
    quantity: str
    title: str
    sign: int = 1
    external: bool = False
    key: bool = False
    until_foot_off: bool = False

    @property
    def name(self) -> str:
        """The panel's name in the config."""
        return f"{self.variable}.{self.quantity}"

    @property
    def page(self) -> str:
        """The page that it stands on."""
        return {"angle": "kinematics", "distance": "kinematics", "emg": "emg"}.get(self.variable, "kinetics")

    @property
    def factor(self) -> float:
        """Factor from the stored value to the one drawn, sign included."""
        return self.sign * _FACTORS.get(self.variable, 1.0)

    @property
    def ends(self) -> Ends:
        """Words for the upper and the lower end of the axis."""
        if self.external:  # an internal abduction moment opposes the external load that adducts the joint
            words = ends("angle", self.quantity.replace("knee_abduction", "knee_adduction"))
            return words if "knee_abduction" in self.quantity else words.turned()
        words = ends(self.variable, self.quantity)
        return words if self.sign > 0 else words.turned()

    @property
    def by_stance(self) -> bool:
        """Whether the stance decides if a cycle is complete."""
        return self.until_foot_off or self.variable in ("moment", "power", "ground_reaction")

    @property
    def unit(self) -> str:
        """Unit as printed on the axis; empty for muscles, whose unit stands in the study."""
        return _UNITS.get(self.variable, "")


def _angles(*rows: tuple[str, str, str]) -> tuple[Panel, ...]:
    return tuple(
        Panel("angle", quantity, title, key="key" in how, until_foot_off="stance" in how)
        for quantity, title, how in rows
    )


def _moments(joint: str, *rows: tuple[str, str, int, str]) -> tuple[Panel, ...]:
    return tuple(
        Panel("moment", f"{joint}_{movement}", title, sign, external="external" in how, key="key" in how)
        for movement, title, sign, how in rows
    )


# three to a row: the planes of one joint next to each other, then the joints
PANELS: tuple[Panel, ...] = (
    *_angles(
        ("pelvis_anterior_tilt", "Pelvic tilt", ""),
        ("contralateral_pelvic_drop", "Contralateral pelvic drop", "key"),
        ("pelvis_internal_rotation", "Pelvic rotation", ""),
        ("trunk_flexion", "Trunk flexion", ""),
        ("trunk_ipsilateral_lean", "Trunk lean", ""),
        ("trunk_contralateral_rotation", "Trunk rotation", ""),
        ("hip_flexion", "Hip flexion", ""),
        ("hip_adduction", "Hip adduction", "key"),
        ("hip_internal_rotation", "Hip rotation", "key"),
        ("knee_flexion", "Knee flexion", ""),
        ("knee_abduction", "Knee abduction", "key"),
        ("knee_internal_rotation", "Knee rotation", ""),
        ("ankle_dorsiflexion", "Ankle dorsiflexion", ""),
        ("rearfoot_eversion", "Rearfoot eversion", "key"),
        ("foot_progression_in", "Foot progression", "stance"),
        ("fppa", "Frontal projection angle", "stance key"),
    ),
    Panel("distance", "knee_medial_to_hip_ankle_line", "Knee displacement", until_foot_off=True),
    Panel("ground_reaction", "x", "Ground reaction, fore–aft"),
    Panel("ground_reaction", "y", "Ground reaction, vertical"),
    Panel("ground_reaction", "z", "Ground reaction, lateral"),
    *_moments("hip", ("flexion", "Hip moment, sagittal", -1, "")),
    *_moments("knee", ("flexion", "Knee moment, sagittal", -1, "")),
    *_moments("ankle", ("dorsiflexion", "Ankle moment, sagittal", -1, "")),
    *(Panel("power", f"{joint}_total", f"{joint.capitalize()} power") for joint in ("hip", "knee", "ankle")),
    *_moments("hip", ("adduction", "Hip moment, frontal", -1, "")),
    *_moments("knee", ("abduction", "Knee moment, external", 1, "external key")),
    *_moments("hip", ("internal_rotation", "Hip moment, transverse", 1, "")),
    *(Panel("emg", muscle, title.capitalize()) for muscle, title in MUSCLES.items()),
)
_KNOWN = {panel.name: panel for panel in PANELS}


def select(names: Sequence[str]) -> tuple[Panel, ...]:
    """Return the panels that the config names, in its order; all usual ones if it names none."""
    if not names:
        return PANELS
    return tuple(_KNOWN.get(name) or _made(name) for name in names)


def panel_faults(names: Sequence[str], channels: Sequence[str] = ()) -> list[str]:
    """Return what is wrong with names of panels in the config.

    Parameters
    ----------
    names : sequence of str
        `report.panels`.
    channels : sequence of str
        Muscles of the study.
    """
    from biomech.statistics.checks import curve_names  # slow to import, and the figures do without

    known = curve_names(sorted({*MUSCLES, *channels}))
    twice = {name for name in names if list(names).count(name) > 1}
    faults = [
        f"report.panels: unknown curve {name!r}{did_you_mean(name, known)}; for example {PANELS[0].name}, "
        "moment.knee_abduction, power.hip_total, ground_reaction.y, emg.gluteus_medius"
        for name in names
        if name not in known
    ]
    return faults + [f"report.panels: {name} is named more than once" for name in sorted(twice)]


def _made(name: str) -> Panel:
    """Return a panel of a curve that has none of its own."""
    variable, quantity = name.split(".", 1)
    words = quantity.removesuffix("__static").replace("_", " ").capitalize()
    title = f"{words}{' less standing' if quantity.endswith('__static') else ''}"
    return Panel(variable, quantity, f"{title} {variable}" if variable in ("moment", "power") else title)


@dataclass(frozen=True)
class Headline:
    """One outcome of the overview: the first of `metrics` (beginnings of names) that has values is shown.

    `cycles` are the kinds of cycle (`biomech.tasks.Task.cycle`) that it is a headline of; empty for all.
    """

    title: str
    metrics: tuple[str, ...]
    cycles: tuple[str, ...] = ()

    @property
    def ends(self) -> Ends:
        """Words for both ends of its axis; those of an external moment are the movement that it makes."""
        quantity = self.metrics[0].split("__")[0]
        if not quantity.endswith("_moment"):
            return ends("angle", quantity)
        movement = quantity.removeprefix("external_").removesuffix("_moment")
        words = ends("angle", movement.replace("abduction", "adduction"))
        return words.turned() if "abduction" in movement else words

    @property
    def positive(self) -> str:
        """The positive direction as it stands in tables."""
        return f"{self.ends.positive} +"


HEADLINES: tuple[Headline, ...] = (
    Headline("Frontal projection angle, peak", ("fppa__peak__",)),
    Headline("Hip adduction, peak", ("hip_adduction__peak__",)),
    Headline("Knee abduction, peak", ("knee_abduction__peak__",)),
    Headline(
        "External knee adduction moment, first peak", ("external_knee_adduction_moment__first_peak__",), ("stride",)
    ),
    # a leg that bears the body slowly loads the knee in adduction; in landings abduction is what is asked for
    Headline(
        "External knee adduction moment, peak",
        ("external_knee_adduction_moment__peak__",),
        ("squat", "repetition", "steady"),
    ),
    Headline("External knee abduction moment, peak", ("external_knee_abduction_moment__peak__",), ("landing",)),
    Headline("Contralateral pelvic drop, peak", ("contralateral_pelvic_drop__peak__",)),
    Headline("Rearfoot eversion, peak", ("rearfoot_eversion__peak__",)),
)

_CYCLE_AXIS = {
    "stride": "Gait cycle (%)",
    "squat": "Repetition (%)",
    "repetition": "Repetition (%)",
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
