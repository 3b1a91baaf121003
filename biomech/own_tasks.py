"""Tasks of a lab's own: a checked row more in the registry of tasks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from biomech.tasks import CYCLES, TASKS, Task

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def add_task(name: str, task: Task) -> None:
    """Add a task of a lab's own to the registry.

    Parameters
    ----------
    name : str
        As in the column ``task`` of trials.tsv: words in lower case, joined by ``_``.
    task : Task
        Its cycles are of a kind that ships (`biomech.tasks.CYCLES`), with events, phases and rules that tasks of this kind
        have. Most easily a row that ships with what differs: ``replace(TASKS["step_down"], title="lateral step-down")``.

    Raises
    ------
    ValueError
        With everything that is wrong with the row.
    """
    faults = list(_faults(name, task))
    if faults:
        raise ValueError(f"task {name!r}: {'; '.join(faults)}")
    TASKS[name] = task


def own_tasks() -> dict[str, Task]:
    """Return the rows of the registry that a lab added."""
    return {name: task for name, task in TASKS.items() if task.origin}


def row_values(task: Task) -> dict[str, Any]:
    """Return all of a row that results depend on, as JSON-ready values."""
    return {name: value for name, value in asdict(task).items() if name != "origin"}


@contextmanager
def registered(rows: Mapping[str, Task]) -> Iterator[None]:
    """Let the registry hold these rows of a lab's own, in place of those that it holds now."""
    before = dict(TASKS)
    try:
        _fill({name: task for name, task in before.items() if not task.origin} | dict(rows))
        yield
    finally:
        _fill(before)


def _fill(rows: Mapping[str, Task]) -> None:
    TASKS.clear()
    TASKS.update(rows)


def _faults(name: str, task: Task) -> Iterator[str]:
    """Yield what is wrong with a row: nothing of it may ask for what no code does."""
    if not _NAME.fullmatch(name):
        yield f"expected a name of words in lower case joined by `_`, for example `lateral_step_down`, found {name!r}"
    if name in TASKS:
        yield f"the name is taken{f' by {TASKS[name].origin}' if TASKS[name].origin else ''}"
    if not isinstance(task, Task):
        yield f"expected a biomech.tasks.Task, found {type(task).__name__}"
        return
    if not task.title.strip():
        yield "expected a title in words"
    elif any(task.title == other.title for other in TASKS.values()):
        yield f"the title {task.title!r} is that of another task"
    if not (isinstance(task.cutoff_hz, int | float) and math.isfinite(task.cutoff_hz) and task.cutoff_hz > 0):
        yield f"expected cutoff_hz above 0 Hz, found {task.cutoff_hz!r}"
    alike = [row for row in TASKS.values() if row.cycle == task.cycle and task.cycle != "none"]
    if not alike:
        kinds = ", ".join(kind for kind in CYCLES if kind != "none")
        yield f"expected `cycle` as one of {kinds}, found {task.cycle!r}"
        return
    for what, found, known in (
        ("events", [task.events], [row.events for row in alike]),
        ("climb", [task.climb], [row.climb for row in alike if row.events == task.events]),
        ("phases", [p.name for p in task.phases], [p.name for row in alike for p in row.phases]),
        ("rules", [rule.code for rule in task.rules], [rule.code for row in alike for rule in row.rules]),
    ):
        if wrong := [one for one in found if one not in known]:
            words, there = (", ".join(repr(one) for one in dict.fromkeys(some)) for some in (wrong, known))
            yield f"expected `{what}` of cycles of kind {task.cycle!r} among {there}, found {words}"
    shipped_phases = {phase for row in alike for phase in row.phases}
    shipped_rules = {rule for row in alike for rule in row.rules}
    if changed := [
        p.name for p in task.phases if p not in shipped_phases and p.name in {q.name for q in shipped_phases}
    ]:
        yield f"the bounds of a phase that ships cannot be changed: {', '.join(changed)}"
    if changed := [r.code for r in task.rules if r not in shipped_rules and r.code in {q.code for q in shipped_rules}]:
        yield f"a rule that ships cannot be changed: {', '.join(changed)}; its thresholds are options of `cycles`"
    if "cycle" not in [phase.name for phase in task.phases]:
        yield "expected a phase 'cycle' among `phases`"
