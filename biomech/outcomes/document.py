"""`docs/metrics.md` and the table of all metrics, made from the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from biomech.config.outcomes import Metrics
from biomech.outcomes import METRICS
from biomech.outcomes.families import STATISTICS
from biomech.outcomes.registry import Metric
from biomech.outcomes.selection import default_of
from biomech.outcomes.windows import WINDOWS
from biomech.schema import MUSCLES
from biomech.task_groups import tasks_of
from biomech.tasks import TASKS

_HEAD = """# Metrics

Made from the registry in `biomech/outcomes` (`table.py`: which statistics are read from which curves, windows and tasks) by
`python -m docs.generate`; do not edit by hand.

Every metric is one number per cycle, named `<quantity>__<statistic>__<window>`, for example `hip_adduction__peak__stance`. This page
lists the parts. The site has a page *All metrics*: one row per metric with definition, sign, frame, source and tasks, and a filter.
`data_dictionary.csv` of a study says the same of the metrics that the study has.

A value that is missing anywhere inside its
window makes the metric missing, with the reason next to it. A quantity ending in `__static` is measured from the standing
trial. A moment's quantity names its unit if that is not N·m/kg (`_bwh`: % of body weight times height, `_nm`: N·m) and
its frame if that is not the joint coordinate system (`_proximal`, `_distal`). If `metrics.windows_ms` is not 100, the
early window carries its true length in its name.

Differences between legs, conditions, footwear and visits with their minimal detectable change are one number per session, not per
cycle: they are in a table of their own, `contrasts.csv` and `.parquet` ([columns](outputs.md#columns-of-contrasts);
[how](conditions.md)), for the metrics
that `findings.watched` names. Where both legs share repetitions, `<quantity>_left_minus_right__peak__<window>` is the difference in
each of them, with the same sign; compare its mean with `mdc95` of that table.

A metric describes a movement pattern. None of them diagnoses, and none has been shown to predict injury.
"""


_SELECTED = """The wide tables (`metrics_wide.csv`, `.parquet`) have these metrics of the tasks that a study has, or those that the option
`metrics.select` names (`all`: every one; a list of names, in which `default` means these; a name without its window selects all
windows). Computed, and in the long tables, are these and what `metrics.also` names, what findings, overview and checks read
(`findings.watched`, `metrics.plausible`), and what the analyses of the config name: everything else on request, with `also: [all]`. In the
wide tables no name is longer than 32 characters: where a metric's own is, `short_name` of `data_dictionary.csv` is the column, and `label`
says it in words."""

_QUANTITIES = """The column *statistics (windows)* has the other two parts of the names: `peak` (stance, cycle) next to `hip_adduction`
means `hip_adduction__peak__stance` and `hip_adduction__peak__cycle`.

<div class="filter-all-tables"></div>"""

_FAMILIES: dict[str, Callable[[Metric], bool]] = {
    "Left less right": lambda m: m.quantity.endswith("_left_minus_right"),
    "Landing errors (LESS)": lambda m: m.quantity.startswith("less_"),
    "Muscle activity": lambda m: m.needs == "emg",
    "Coordination of hip and foot": lambda m: m.needs == "angle" and "_to_" in m.quantity,
    "Angles": lambda m: m.needs == "angle",
    "Distances": lambda m: m.needs == "distance",
    "Moments": lambda m: m.needs in ("moment", "lever_arm"),
    "Powers": lambda m: m.needs == "power",
    "Ground reaction": lambda m: m.needs == "ground_reaction",
    "Times, steps and balance": lambda m: True,
}


def metrics_markdown() -> str:
    """Return the page that lists windows, statistics and quantities, which together name every metric."""
    lines = [_HEAD, "## Windows", "", *_table(("window", "what", "tasks"))]
    lines += [_row(f"`{w.name}`", w.title, ", ".join(tasks_of(w.name))) for w in WINDOWS.values()]
    lines += [
        "",
        "## Statistics",
        "",
        "Of curves. What the other statistics mean is in the definition of their metrics.",
        "",
    ]
    lines += _table(("statistic", "what"))
    lines += [
        _row(f"`{name}`", s.definition.format(window="the window", start="the start of the window"))
        for name, s in STATISTICS.items()
    ]
    lines += ["", "## Selected by default", "", _SELECTED, "", *_table(("metric", "tasks"))]
    chosen: dict[str, list[str]] = {}
    for task in TASKS:
        for name in default_of(task):
            chosen.setdefault(name, []).append(task)
    lines += [_row(f"`{name}`", ", ".join(tasks)) for name, tasks in chosen.items()]
    lines += ["", "## Quantities", "", _QUANTITIES]
    for family, items in families().items():
        lines += ["", f"### {family}", "", *_table(("quantity", "unit", "positive", "statistics (windows)", "source"))]
        lines += [_quantity(name, of_it) for name, of_it in sorted(_by(items, lambda m: m.quantity).items())]
    return "\n".join(lines) + "\n"


def families() -> dict[str, list[Metric]]:
    """Return all metrics by the part of the page that they are in; of the muscles, one for all that have the same metrics."""
    shown = next(iter(MUSCLES))
    listed = [m for m in METRICS.values() if m.muscles in ((), (shown,)) or len(m.muscles) == 2]
    found = _by(listed, lambda m: next(family for family, has in _FAMILIES.items() if has(m)))
    return {family: found[family] for family in _FAMILIES if family in found}


def metrics_table() -> pd.DataFrame:
    """Return one row per metric: name, unit, definition, sign, frame, source, what to be careful with, and tasks."""
    default = {task: set(default_of(task)) for task in TASKS}
    return pd.DataFrame(
        {
            "metric": m.name,
            "unit": m.unit,
            "definition": m.definition,
            "positive": m.positive,
            "frame": m.frame,
            "source": m.source,
            "read with care": m.validity,
            "tasks": ", ".join(m.tasks),
            "in the wide table of": ", ".join(task for task, names in default.items() if m.name in names),
        }
        for m in (item.explained(Metrics()) for item in METRICS.values())
    )


def _quantity(name: str, items: list[Metric]) -> str:
    alike: dict[tuple[str, ...], list[str]] = {}
    for statistic, same in _by(items, lambda m: m.statistic).items():
        alike.setdefault(tuple(dict.fromkeys(m.window for m in same)), []).append(f"`{statistic}`")
    parts = (f"{', '.join(statistics)} ({', '.join(windows)})" for windows, statistics in alike.items())
    words = {key: list(dict.fromkeys(getattr(m, key) for m in items)) for key in ("unit", "positive", "source")}
    title = f"`{name}`"
    if items[0].muscles == (next(iter(MUSCLES)),):
        title += f"; the same of {', '.join(f'`{m}`' for m in MUSCLES if m not in items[0].muscles)}"
    cells = ("; ".join(text for text in words[key] if text) for key in ("unit", "positive"))
    return _row(title, *cells, "; ".join(parts), "; ".join(words["source"]))


def _by(items: Iterable[Metric], key: Callable[[Metric], str]) -> dict[str, list[Metric]]:
    found: dict[str, list[Metric]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def _table(head: tuple[str, ...]) -> list[str]:
    return [_row(*head), "|" + "---|" * len(head)]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '∣') for cell in cells)} |"
