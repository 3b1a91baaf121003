"""`docs/tasks.md`, made from the registry of tasks."""

from __future__ import annotations

from biomech.config import Cycles
from biomech.tasks import BOUNDS, CYCLES, FINDERS, INFORMS, TASKS, Rule

_HEAD = """# Tasks

Made from the registry in `biomech/tasks.py`; do not edit by hand (`biomech.events.document.tasks_markdown`).

The column `task` of `trials.tsv` says what a movement trial shows; from it follow the filter, the events, what one cycle is
and which cycles count. Events come from force where the plates saw the foot alone, else from the C3D file, else from the
markers by the finder of the task (`cycles.event_sources`). What does not fulfil a rule has a row in `quality.tsv` under the
rule's code: the repetition is rejected, or, where the table says so, only reported.
"""


_REPETITION = """## Repeated movements

The task `repetition` is any exercise that goes and returns: a lunge, bridge, clamshell, side step with a band. Name the angle that rises
and returns in `cycles.detection.repetition_angle`, one for all or one per `condition` of `trials.tsv`:

    cycles:
      detection:
        repetition_angle: {lunge: knee_flexion, bridge: hip_extension, clamshell: hip_external_rotation, band: hip_abduction}

Each leg is counted by its own angle; with `left` or `right` in the column `side` only that leg is. Rest is a low percentile of the
angle over the trial, so begin and end each trial at rest. There are no norms and no verdict of order for this task.
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
        legs = "each by itself" if task.cycle == "repetition" else "both" if task.bilateral else "one"
        phases = ", ".join(f"`{phase.name}`" for phase in task.phases)
        lines.append(
            f"| `{name}` | {task.title} | {task.cutoff_hz:g} | {task.cycle} | {legs} | {task.events} | {phases} |"
        )
    lines += ["", _REPETITION, "## Events without a plate", "", "| finder | how |", "|---|---|"]
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
