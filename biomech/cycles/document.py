"""`docs/tasks.md`, made from the registry of tasks."""

from __future__ import annotations

from biomech.config import Cycles
from biomech.tasks import BOUNDS, CYCLES, FINDERS, INFORMS, TASKS, Rule

_HEAD = """# Tasks

Made from the registry in `biomech/tasks.py`; do not edit by hand (`biomech.cycles.document.tasks_markdown`).

The column `task` of `trials.tsv` says what a movement trial shows; from it follow the filter, the events, what one cycle is
and which cycles count. Events come from force where the plates saw the foot alone, else from the C3D file, else from the
markers by the finder of the task (`cycles.event_sources`). What does not fulfil a rule has a row in `quality.tsv` under the
rule's code: the repetition is rejected, or, where the table says so, only reported.
"""


def tasks_markdown() -> str:
    """Return the page that lists the tasks with their cycles, phases and rules."""
    lines = [_HEAD, "## What a cycle is", "", "| kind | from where to where |", "|---|---|"]
    lines += [f"| {kind} | {words} |" for kind, words in CYCLES.items()]
    lines += [
        "",
        "## Tasks",
        "",
        "| task | title | cutoff (Hz) | kind | legs | events | phases |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, task in TASKS.items():
        legs = "one" if not task.bilateral else "both"
        phases = ", ".join(f"`{phase.name}`" for phase in task.phases)
        lines.append(
            f"| `{name}` | {task.title} | {task.cutoff_hz:g} | {task.cycle} | {legs} | {task.events} | {phases} |"
        )
    lines += ["", "## Events without a plate", "", "| finder | how |", "|---|---|"]
    lines += [f"| {name or '(empty)'} | {words} |" for name, words in FINDERS.items()]
    lines += [
        "",
        "## Phases",
        "",
        "Metrics name them as their windows.",
        "",
        "| phase | from | to | tasks |",
        "|---|---|---|---|",
    ]
    for phase in dict.fromkeys(phase for task in TASKS.values() for phase in task.phases):
        tasks = ", ".join(name for name, task in TASKS.items() if phase in task.phases)
        lines.append(f"| `{phase.name}` | {BOUNDS[phase.start]} | {BOUNDS[phase.end]} | {tasks} |")
    lines += [
        "",
        "## Rules",
        "",
        "| code | a cycle … | otherwise | options of `cycles` (default) | tasks |",
        "|---|---|---|---|---|",
    ]
    for rule in dict.fromkeys(rule for task in TASKS.values() for rule in task.rules):
        tasks = ", ".join(name for name, task in TASKS.items() if rule in task.rules)
        otherwise = "rejected" if rule.rejects else "reported"
        lines.append(f"| `{rule.code}` | {rule.demand} | {otherwise} | {_options(rule)} | {tasks} |")
    lines += ["", "Rows that only inform:", "", "| code | what |", "|---|---|"]
    lines += [f"| `{code}` | {words} |" for code, words in INFORMS.items()]
    return "\n".join(lines) + "\n"


def _options(rule: Rule) -> str:
    defaults = Cycles()
    return ", ".join(f"`{name}` ({_number(getattr(defaults, name))})" for name in rule.options)


def _number(value: float | tuple[float, ...]) -> str:
    return " to ".join(f"{x:g}" for x in value) if isinstance(value, tuple) else f"{value:g}"
