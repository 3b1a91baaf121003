"""The measures of the summary of a page, in its order."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One column of the summary.

    Attributes
    ----------
    title, unit : str
        Head of the column; the unit that its numbers are printed in.
    factor : float
        From the metric's unit to that of the column.
    choices : tuple of dict
        Quantity and statistic of metrics to the sign that they are shown with. The first choice that a task has is taken, and of
        several metrics in it the one that is largest in size.
    """

    title: str
    unit: str
    factor: float
    choices: tuple[dict[str, int], ...]


def _one(title: str, stem: str, unit: str = "°", factor: float = 1.0) -> Measure:
    return Measure(title, unit, factor, ({stem: 1},))


SUMMARY: tuple[Measure, ...] = (
    _one("FPPA", "fppa__peak"),
    _one("knee abduction", "knee_abduction__peak"),
    _one("medial knee displacement", "knee_medial_to_hip_ankle_line__peak", "mm", 1000.0),
    _one("hip adduction", "hip_adduction__peak"),
    _one("pelvic drop", "contralateral_pelvic_drop__peak"),
    _one("rearfoot eversion", "rearfoot_eversion__peak"),
    Measure(
        "external knee moment (adduction +, abduction −)",
        "N·m/kg",
        1.0,
        (
            {"external_knee_adduction_moment__first_peak": 1},
            {"external_knee_adduction_moment__peak": 1, "external_knee_abduction_moment__peak": -1},
        ),
    ),
)


def metrics_of(windows: tuple[str, ...]) -> list[str]:
    """Return the names of all metrics that the summary may show, for windows of `biomech.outcomes.windows`."""
    stems = [stem for measure in SUMMARY for choice in measure.choices for stem in choice]
    return [f"{stem}__{window}" for stem in stems for window in windows]
