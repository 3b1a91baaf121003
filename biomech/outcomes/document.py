"""`docs/metrics.md`, made from the registry."""

from __future__ import annotations

from biomech.outcomes import METRICS
from biomech.outcomes.registry import Metric
from biomech.outcomes.selection import default_of
from biomech.outcomes.windows import WINDOWS, tasks_of
from biomech.schema import MUSCLES
from biomech.tasks import TASKS

_HEAD = """# Metrics

Made from the registry in `biomech/outcomes` (`table.py`: which statistics are read from which curves, windows and tasks); do not edit by
hand (`biomech.outcomes.document.metrics_markdown`).

Every metric is one number per cycle, named `<quantity>__<statistic>__<window>`. A value that is missing anywhere inside its
window makes the metric missing, with the reason beside it. A quantity ending in `__static` is measured from the standing
trial. A moment's quantity names its unit if that is not N·m/kg (`_bwh`: % of body weight times height, `_nm`: N·m) and
its frame if that is not the joint coordinate system (`_proximal`, `_distal`). If `metrics.windows_ms` is not 100, the
early window carries its true length in its name.

Differences between legs, conditions, footwear and visits with their minimal detectable change are one number per session, not per
cycle: they stand in a table of their own, `contrasts.csv` and `.parquet` (columns: `outputs.md`; how: `conditions.md`), for the metrics
that `findings.watched` names. Where both legs share repetitions, `<quantity>_left_minus_right__peak__<window>` is the difference in
each of them, with the same sign; hold its mean against `mdc95` of that table.

A metric describes a movement pattern. None of them diagnoses, and none has been shown to predict injury.
"""


_SELECTED = """The wide tables (`metrics_wide.csv`, `.parquet`) have these metrics of the tasks that a study has, or those that the option
`metrics.select` names (`all`: every one; a list of names, in which `default` stands for these; a name without its window stands for all
windows). Computed, and in the long tables, are these and what `metrics.also` names, what findings, overview and checks read
(`findings.watched`, `metrics.plausible`), and what the analyses of the config name: everything else on request, with `also: [all]`. In the
wide tables no name is longer than 32 characters: where a metric's own is, `short_name` of `data_dictionary.csv` is the column, and `label`
says it in words."""


def metrics_markdown() -> str:
    """Return the page that lists windows and metrics."""
    lines = [_HEAD, "## Windows", "", "| window | what | tasks |", "|---|---|---|"]
    for window in WINDOWS.values():
        lines.append(f"| `{window.name}` | {window.title} | {', '.join(tasks_of(window.name))} |")
    families: dict[str, list[Metric]] = {}
    shown = next(iter(MUSCLES))
    for item in METRICS.values():
        if item.muscles in ((), (shown,)) or len(item.muscles) == 2:
            families.setdefault(item.quantity, []).append(item)
    others = f"The same for {', '.join(name for name in MUSCLES if name != shown)}."
    lines += ["", "## Selected by default", "", _SELECTED]
    for task in TASKS:
        if names := default_of(task):
            lines += ["", f"- **{TASKS[task].title}** ({len(names)}): " + ", ".join(f"`{name}`" for name in names)]
    lines += ["", "## Quantities"]
    for quantity, items in families.items():
        first = items[0]
        lines += [
            "",
            f"### {quantity}",
            "",
            f"{first.title.split(',')[0][0].upper()}{first.title.split(',')[0][1:]}. Unit: {first.unit}. "
            f"Positive: {first.positive}. Frame: {first.frame}. Source: {first.source}."
            + (f" Read with care: {first.validity}." if first.validity else "")
            + (f" {others}" if first.muscles == (shown,) else ""),
            "",
            "| metric | definition | tasks |",
            "|---|---|---|",
        ]
        lines += [f"| `{item.name}` | {item.definition} | {', '.join(item.tasks)} |" for item in items]
    return "\n".join(lines) + "\n"
