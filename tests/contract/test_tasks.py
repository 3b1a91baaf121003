"""Every task of the registry says what its cycles are, and each of its rules rejects or reports what breaks it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import Cycles
from biomech.outcomes.windows import WINDOWS
from biomech.tasks import BOUNDS, CYCLES, FINDERS, INFORMS, TASKS
from tests.task_cases import BREAKS, CASES, FINE, checked

PAGE = Path(__file__).parents[2] / "docs" / "tasks.md"
MOVEMENTS = {name: task for name, task in TASKS.items() if task.cycle != "none"}
RULES = [(name, rule) for name, task in MOVEMENTS.items() for rule in task.rules]


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_complete(name: str) -> None:
    task = TASKS[name]
    assert task.title and task.cutoff_hz > 0 and task.cycle in CYCLES and task.events in FINDERS
    if task.cycle == "none":
        return
    assert task.phases and task.rules
    assert bool(task.events) == (task.cycle in ("stride", "landing"))
    assert bool(task.climb) <= (task.stepped and task.cycle == "stride")
    assert not task.take_off or task.cycle == "landing"
    for phase in task.phases:
        assert {phase.start, phase.end} <= set(BOUNDS)


@pytest.mark.parametrize("name", MOVEMENTS)
def test_a_task_has_a_recording_with_a_known_answer(name: str) -> None:
    text = (Path(__file__).parents[1] / CASES[name]).read_text(encoding="utf-8")
    # running is a study folder of its own, whose sheet names the task
    sheets = Path(__file__).parents[1] / "studies"
    named = text + "".join(path.read_text(encoding="utf-8") for path in sheets.glob("*/config/trials.tsv"))
    assert name in named and "def test_" in text


@pytest.mark.parametrize("name", MOVEMENTS)
def test_a_phase_is_the_window_of_that_name(name: str) -> None:
    numbers = {"start": 1.0, "end": 3.0, "foot_off_percent": 60.0, "bottom_percent": 40.0}
    numbers |= {"bottom_start_percent": 30.0, "bottom_end_percent": 50.0}
    cycles = xr.Dataset(coords={key: ("cycle", np.array([value])) for key, value in numbers.items()})
    at = {
        "start": 0.0,
        "before": 0.0,  # before the cycle's curves: the window's own are handed on next to them
        "foot_off": 60.0,
        "bottom": 40.0,
        "bottom_start": 30.0,
        "bottom_end": 50.0,
        "early": 5.0,
        "end": 100.0,
    }
    for phase in MOVEMENTS[name].phases:
        window = WINDOWS[phase.name]
        assert MOVEMENTS[name].cycle in window.kinds
        first, last = window.bounds(cycles, 100.0)
        assert (float(first[0]), float(last[0])) == (at[phase.start], at[phase.end]), phase


@pytest.mark.parametrize(("name", "rule"), RULES, ids=[f"{name}-{rule.code}" for name, rule in RULES])
def test_a_rule_says_what_breaks_it(name: str, rule) -> None:
    assert rule.demand and set(rule.options) <= set(Cycles.model_fields)
    found = BREAKS[rule.code](TASKS[name])
    assert rule.code in [note.code for note in found.notes]
    assert bool(found.cycles) != rule.rejects


@pytest.mark.parametrize("name", MOVEMENTS)
def test_a_sound_cycle_breaks_no_rule(name: str) -> None:
    task = MOVEMENTS[name]
    numbers = FINE | {"stride_rise_m": FINE["stride_rise_m"] * (task.climb or 1)}
    found = checked(task, numbers, duration_s=0.7)
    assert found.cycles and not found.notes


def test_every_broken_recording_breaks_a_rule() -> None:
    assert set(BREAKS) == {rule.code for _, rule in RULES}


def test_codes_that_inform_are_said_somewhere() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (PAGE.parents[1] / "biomech" / "events").glob("*.py"))
    for name in INFORMS:
        assert f'"{name}"' in code
    assert not set(INFORMS) & {rule.code for _, rule in RULES}


def test_the_page_says_every_task_phase_and_rule() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for name, task in TASKS.items():
        (row,) = (line for line in lines if line.startswith(f"| `{name}` | {task.title} | {task.cutoff_hz:g} |"))
        assert all(f"`{phase.name}`" in row for phase in task.phases), name
        for phase in task.phases:
            bounds = f"| `{phase.name}` | {BOUNDS[phase.start]} | {BOUNDS[phase.end]} |"
            assert any(name in line for line in lines if line.startswith(bounds)), (name, phase)
    for name, rule in RULES:
        begin = f"| `{rule.code}` | {rule.demand} | {'rejected' if rule.rejects else 'reported'} |"
        assert any(name in line for line in lines if line.startswith(begin)), (name, rule.code)
    for code, words in INFORMS.items():
        assert f"| `{code}` | {words} |" in lines
