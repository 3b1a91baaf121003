"""Panels of the figures: curves and axis labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from biomech.config import did_you_mean
from biomech.joints import NEITHER
from biomech.quantities import LOADS, TOTAL_POWERS, Ends
from biomech.quantities import quantity as row_of
from biomech.schema import AXES, MUSCLES
from biomech.tasks import TASKS

FRAME = "jcs"
DIMENSION = {"ground_reaction": "axis", "emg": "muscle", "distance": "measure"}  # all others: quantity
PAGES = ("kinematics", "kinetics", "emg")
_GRAVITY = 9.80665  # m s-2
_FACTORS = {"ground_reaction": 1 / _GRAVITY, "distance": 1000.0}
_UNITS = {"angle": "degrees", "moment": "N·m/kg", "power": "W/kg", "ground_reaction": "body weight", "distance": "mm"}


@dataclass(frozen=True)
class Panel:
    """One panel: a quantity of a variable, multiplied by `sign` to match the usual plotting convention.

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
        if self.variable == "emg":
            return NEITHER
        if self.external:
            return next(
                load.ends for load in LOADS.values() if (load.quantity, load.sign) == (self.quantity, self.sign)
            )
        words = row_of(self.variable, self.quantity).ends
        return words if self.sign > 0 else words.turned()

    @property
    def by_stance(self) -> bool:
        """True if only stance must be free of gaps."""
        return self.until_foot_off or self.variable in ("moment", "power", "ground_reaction")

    @property
    def unit(self) -> str:
        """Unit as printed on the axis; empty for muscles, whose unit is in the study."""
        return _UNITS.get(self.variable, "")


def _panels(variable: str, *rows: tuple[str, str], sign: int = 1) -> tuple[Panel, ...]:
    """Panels of quantities of a variable; with ``key``, ``stance`` or ``external`` in their second cell."""
    return tuple(
        Panel(
            variable,
            name,
            f"{name.split('_')[0].capitalize()} moment, external"
            if "external" in how
            else row_of(variable, name).heading,
            sign,
            external="external" in how,
            key="key" in how,
            until_foot_off="stance" in how,
        )
        for name, how in rows
    )


# three to a row: the planes of one joint next to each other, then the joints
PANELS: tuple[Panel, ...] = (
    *_panels(
        "angle",
        ("pelvis_anterior_tilt", ""),
        ("contralateral_pelvic_drop", "key"),
        ("pelvis_internal_rotation", ""),
        ("trunk_flexion", ""),
        ("trunk_ipsilateral_lean", ""),
        ("trunk_contralateral_rotation", ""),
        ("hip_flexion", ""),
        ("hip_adduction", "key"),
        ("hip_internal_rotation", "key"),
        ("knee_flexion", ""),
        ("knee_abduction", "key"),
        ("knee_internal_rotation", ""),
        ("ankle_dorsiflexion", ""),
        ("rearfoot_eversion", "key"),
        ("foot_progression_in", "stance"),
        ("fppa", "stance key"),
    ),
    *_panels("distance", ("knee_medial_to_hip_ankle_line", "stance")),
    *_panels("ground_reaction", *((axis, "") for axis in AXES)),
    # the extensors' and the abductors' moments point up
    *_panels("moment", ("hip_flexion", ""), ("knee_flexion", ""), ("ankle_dorsiflexion", ""), sign=-1),
    *_panels("power", *((name, "") for name in TOTAL_POWERS)),
    *_panels("moment", ("hip_adduction", ""), sign=-1),
    *_panels("moment", ("knee_abduction", "external key"), ("hip_internal_rotation", "")),
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
    if variable == "emg":
        return Panel(variable, quantity, quantity.replace("_", " ").capitalize())
    row = row_of(variable, quantity)
    return Panel(variable, quantity, row.title.capitalize() if variable in ("moment", "power") else row.heading)


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
        loads = {load.name: load.ends for load in LOADS.values()}
        return loads[quantity] if quantity in loads else row_of("angle", quantity).ends

    @property
    def positive(self) -> str:
        """The positive direction as it is in tables."""
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
