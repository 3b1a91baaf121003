"""What a task means is in its row of `biomech/tasks.py`: no other module of the package holds a task's name."""

from __future__ import annotations

import ast
from pathlib import Path

import biomech
from biomech.schema import ROLES
from biomech.tasks import CYCLES, TASKS

PACKAGE = Path(biomech.__file__).parent
# names that are a task's alone: not also a role of a trial, a kind of cycle or a finder of events
OWN = set(TASKS) - set(ROLES) - set(CYCLES)
ALLOWED = {
    "tasks.py": "the registry",
    "config/plausible.py": "a range of every metric and task, each with its source",
    "config/norms.py": "published values, each of the task that it was measured in",
    "config/findings.py": "published limits and errors, each of the task that it was measured in",
    "report/norms.py": "published curves of walking",
    "report/scales.py": "usual ranges of figures, chosen by task",
    "statistics/session_profiles.py": "the Gait Profile Score is defined for walking",
    "events/events.py": "names of finders, which two tasks share",
    "events/cycle_checks.py": "names of finders, which two tasks share",
    "io/sheet_words.py": "words of sheets that mean a task",
    "onboarding/words.py": "words in names of files that mean a task",
    "onboarding/roles.py": "proposals for recordings whose name says no task",
    "cli.py": "default of an option that names movements of the simulator",
}


def task_names_in(path: Path) -> set[str]:
    """Task names that are strings of their own in a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)} & OWN


def test_no_other_module_names_a_task() -> None:
    found = {str(path.relative_to(PACKAGE).as_posix()): task_names_in(path) for path in sorted(PACKAGE.rglob("*.py"))}
    named = {name: names for name, names in found.items() if names}
    assert not {name: names for name, names in named.items() if name not in ALLOWED}, "give `Task` a field instead"
    assert set(ALLOWED) <= set(named), "a module of the list names no task any more; take it off"


def test_a_module_that_names_a_task_is_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""Of walking."""\nIMPACT = ("running", "hopping")\n', encoding="utf-8")
    assert task_names_in(module) == {"running"}
