"""How early or late kinematic events are against those of plates, one correction a task and session."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from biomech.config import Config
from biomech.events.events import kinematic_bias
from biomech.quality import Quality
from biomech.tasks import TASKS

Events = dict[str, pd.DataFrame]  # source to table


def find_bias(events: Sequence[tuple[str, Events]], config: Config) -> dict[str, dict[str, float]]:
    """Find by how much the kinematic events of every task are early or late.

    Kinematic strikes lead those of a plate by several frames (43 ms, SD 6 ms, in six children), so a stride from a plate
    contact to an estimate would be too short, and cycles with and without plates would not be alike. Strides of one task
    and session share one correction, from the steps that both sources saw.

    Parameters
    ----------
    events : sequence of (task, events by source)
        One a trial.
    config : Config

    Returns
    -------
    dict of str to dict of str to float
        Task, then name of the event, to seconds; empty without a pair of events or if `align_kinematic` is off.
    """
    out = {}
    for task in dict.fromkeys(task for task, _ in events if TASKS[task].cycle == "stride"):
        bias = kinematic_bias([own for other, own in events if other == task], config.cycles.detection)
        if bias and config.cycles.align_kinematic:
            out[task] = bias
    return out


def note_bias(bias: dict[str, dict[str, float]], quality: Quality) -> None:
    """Report the corrections of kinematic events."""
    for task, by_name in bias.items():
        for name, seconds in by_name.items():
            quality.add(
                "info",
                "kinematic_events_aligned",
                f"kinematic events {name} of {task} were {abs(1000 * seconds):.0f} ms "
                f"{'late' if seconds > 0 else 'early'} against force; all were moved by that",
                item=name,
                value=seconds,
                unit="s",
            )
