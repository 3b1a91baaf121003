"""Facts of a run as the methods section states them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class TaskFacts:
    """What was computed of one task.

    Attributes
    ----------
    name : str
    participants, sessions, cycles : int
    cutoffs_hz : sequence of float
        Cutoffs that its trials were filtered with.
    sources : mapping
        Number of cycles by the source of their events.
    trials : int
    per_leg : tuple of float, or None
        Median, least and largest number of cycles of a leg in a session; None for tasks without legs.
    """

    name: str
    participants: int
    sessions: int
    cycles: int
    cutoffs_hz: Sequence[float] = ()
    sources: Mapping[str, int] = field(default_factory=dict)
    trials: int = 0
    per_leg: tuple[float, int, int] | None = None


@dataclass(frozen=True)
class Facts:
    """What a run really used.

    Attributes
    ----------
    tasks : sequence of TaskFacts
    hips, knees : tuple of int
        Functional hip centres and knee axes: used, and refused (the fallback stayed).
    versions : mapping
        Version of the program and of the packages that were used.
    analyses : sequence of mapping
        Statistical analyses that gave an estimate: ``analysis``, ``kind``, ``outcomes``, ``contrasts`` (texts),
        ``n_participants``, ``effects`` (names of effect sizes), ``random`` (random effects kept, one tuple per different
        set), ``families`` (how p values were adjusted) and ``left_out`` (what was left out, and why).
    markerset : mapping
        Of the marker set: ``title``, ``sources`` (texts), ``hip_centre``, ``calibration``, ``hip_offset`` and ``tracking``
        (segment to how it is followed and the number of its markers).
    angles : sequence of str
        Angle quantities with a value.
    plates : bool
        Whether any cycle has valid moments or events from force.
    with_moments : int
        Cycles with a valid plate contact for every ground contact.
    without_moments : mapping
        Reason to the number of cycles without.
    muscles : sequence of str
        Muscles with an envelope in some cycle.
    emg_units : sequence of str
        Units of their envelopes.
    lost_trials, lost_cycles : mapping
        Code of the quality table to the number of recordings that gave no cycle, and of cycles that were rejected.
    aligned : bool
        Kinematic events were moved by their difference from force events.
    not_done : mapping
        Analyses without any result, to the reason.
    """

    tasks: Sequence[TaskFacts] = ()
    hips: tuple[int, int] = (0, 0)
    knees: tuple[int, int] = (0, 0)
    versions: Mapping[str, str] = field(default_factory=dict)
    analyses: Sequence[Mapping[str, Any]] = ()
    markerset: Mapping[str, Any] = field(default_factory=dict)
    angles: Sequence[str] = ()
    plates: bool = False
    with_moments: int = 0
    without_moments: Mapping[str, int] = field(default_factory=dict)
    muscles: Sequence[str] = ()
    emg_units: Sequence[str] = ()
    lost_trials: Mapping[str, int] = field(default_factory=dict)
    lost_cycles: Mapping[str, int] = field(default_factory=dict)
    aligned: bool = False
    not_done: Mapping[str, str] = field(default_factory=dict)

    @property
    def cycles(self) -> int:
        """Cycles of all tasks."""
        return sum(task.cycles for task in self.tasks)
