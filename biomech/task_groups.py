"""Tasks that have something in common, looked up whenever they are asked for: a lab's own tasks are among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import overload

from biomech.tasks import TASKS, Task


@dataclass(frozen=True)
class TaskGroup(Sequence[str]):
    """The names of the tasks that fulfil a condition, in the order of the registry.

    Attributes
    ----------
    has : callable
        From the name of a task to whether it belongs to the group.
    """

    has: Callable[[str], bool]

    def names(self) -> tuple[str, ...]:
        """Return the names of the tasks that belong to the group now."""
        return tuple(name for name in TASKS if self.has(name))

    def __contains__(self, name: object) -> bool:
        """Return whether a task belongs to the group."""
        return name in TASKS and self.has(str(name))

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        """Return one name, or some."""
        return self.names()[place]

    def __len__(self) -> int:
        """Return how many tasks belong to the group."""
        return len(self.names())

    def __or__(self, other: TaskGroup) -> TaskGroup:
        """Return the tasks of either group."""
        return TaskGroup(lambda name: self.has(name) or other.has(name))

    def __and__(self, other: TaskGroup) -> TaskGroup:
        """Return the tasks of both groups."""
        return TaskGroup(lambda name: self.has(name) and other.has(name))


def where(condition: Callable[[Task], bool]) -> TaskGroup:
    """Return the tasks whose row fulfils a condition."""
    return TaskGroup(lambda name: condition(TASKS[name]))


def named(names: Iterable[str]) -> TaskGroup:
    """Return the tasks of these names; a group stays as it is."""
    return names if isinstance(names, TaskGroup) else TaskGroup(frozenset(names).__contains__)


def of_cycle(*kinds: str) -> TaskGroup:
    """Return the tasks whose cycles are of these kinds (`biomech.tasks.CYCLES`)."""
    return where(lambda task: task.cycle in kinds)


def tasks_of(phase: str) -> TaskGroup:
    """Return the tasks whose cycles have a phase of this name."""
    return where(lambda task: any(one.name == phase for one in task.phases))


STRIDES = of_cycle("stride")
#: Gait on level ground; of it where the foot hits the ground, and where it does not.
LEVEL_GAIT = STRIDES & where(lambda task: not task.stepped)
LEVEL_RUNNING = LEVEL_GAIT & where(lambda task: task.impact)
LEVEL_WALKING = LEVEL_GAIT & where(lambda task: not task.impact)
#: Strides on level ground and on stairs in which the foot does not hit the ground.
WALKING = STRIDES & where(lambda task: not task.impact)
SQUATS = of_cycle("squat")
#: Squats and other movements that go and return.
REPEATED = of_cycle("squat", "repetition")
#: Steady standing on one leg.
ONE_LEG_STANCE = of_cycle("steady")
#: Tasks of which a whole cycle is measured, not a contact with the ground.
CYCLE_TASKS = of_cycle("squat", "repetition", "steady")
#: All in which the body moves.
MOVEMENTS = of_cycle("stride", "squat", "repetition", "landing")
LANDINGS = of_cycle("landing")
#: Landings after a flight of both feet.
DROP_LANDINGS = LANDINGS & where(lambda task: task.asks("no_flight"))
#: Contacts that end at take-off.
WITH_TAKE_OFF = where(lambda task: task.take_off)
_BOTH_LEGS = where(lambda task: task.bilateral)
#: Landings after which the body jumps again, and those on both legs at once.
JUMPS = LANDINGS & WITH_TAKE_OFF & _BOTH_LEGS
BOTH_LEG_LANDINGS = LANDINGS & _BOTH_LEGS
BOTH_LEG_SQUATS = SQUATS & _BOTH_LEGS
#: The body stands still, so the plates carry its weight.
STANDING = where(lambda task: task.still)
#: Both legs do one repetition together: squats, landings and jumps on two legs.
SHARED_REPETITIONS = BOTH_LEG_SQUATS | BOTH_LEG_LANDINGS
