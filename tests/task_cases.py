"""For every validity rule of the registry of tasks, a recording that breaks it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from biomech.config import Cycles
from biomech.cycles.repetitions import Found, landings, squats, steady_window, strides
from biomech.schema import FOOT_OFF, FOOT_STRIKE
from biomech.tasks import Task

RATE = 100.0
SETTINGS = Cycles()


def event_rows(strikes: list[float], offs: list[float], side: str = "left") -> pd.DataFrame:
    rows = [(t, FOOT_STRIKE) for t in strikes] + [(t, FOOT_OFF) for t in offs]
    return pd.DataFrame(
        {"time": [t for t, _ in rows], "name": [n for _, n in rows], "side": side, "source": "force"}
    ).sort_values("time", ignore_index=True)


def _strides(strikes: list[float], offs: list[float]) -> Callable[[Task], Found]:
    return lambda task: strides(event_rows(strikes, offs), ("left",), SETTINGS)


def _landing(flexion: np.ndarray, offs: list[float]) -> Callable[[Task], Found]:
    def found(task: Task) -> Found:
        events = event_rows([1.0], offs)
        height = np.full(len(flexion), np.nan)
        return landings(
            events,
            {"left": flexion},
            height,
            RATE,
            ("left",),
            SETTINGS,
            take_off=task.take_off,
            bilateral=task.bilateral,
        )

    return found


def _shallow_squat(task: Task) -> Found:
    time = np.arange(1000) / RATE
    bump = np.where(np.abs(time - 5) < 1.5, (1 + np.cos((time - 5) * np.pi / 1.5)) / 2, 0.0)
    return squats(8.0 + 25.0 * bump, RATE, ("left",), SETTINGS)


def _restless_stance(task: Task) -> Found:
    time = np.arange(1000) / RATE
    pelvis = np.stack([np.sin(6 * time), np.ones(1000), np.zeros(1000)], axis=-1)
    heights = {"left": np.full(1000, 0.1), "right": np.full(1000, 0.3)}
    return steady_window(heights, pelvis, RATE, ("left",), SETTINGS)


_TIME = np.arange(600) / RATE
# code of the rule -> what the finders make of a recording that breaks it
BREAKS: dict[str, Callable[[Task], Found]] = {
    "implausible_stride": _strides([1.0, 1.2], []),
    "missing_foot_strike": _strides([1.0, 3.2], [1.7, 2.8]),
    "no_foot_off": _strides([1.0, 2.1], []),
    "incomplete_repetition": _shallow_squat,
    "no_lowest_point": _landing(np.full(600, np.nan), []),
    "no_take_off": _landing(10 + 60 * np.clip(1 - np.abs(_TIME - 1.4) / 0.4, 0, 1), []),
    "no_steady_window": _restless_stance,
}
