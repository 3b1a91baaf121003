"""For every validity rule of the registry of tasks, a recording that breaks it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.config import Config, Cycles
from biomech.events.cycle_checks import Checked, check_cycles
from biomech.events.landings import after_flight, landings
from biomech.events.repetitions import Found, Note, Repetition, strides
from biomech.events.session import cycles_session
from biomech.events.squats import repeated, squats
from biomech.events.stance import steady_window
from biomech.io.sheets import Session, Trial
from biomech.quality import Quality
from biomech.schema import CYCLE_VALUES, FOOT_OFF, FOOT_STRIKE
from biomech.tasks import TASKS, Task

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


def _without_flight(task: Task) -> Found:
    flexion = 10 + 60 * np.clip(1 - np.abs(_TIME - 1.4) / 0.4, 0, 1)
    kept, _, notes = after_flight(event_rows([1.0], [2.0]), np.ones((600, 2)), RATE, SETTINGS)
    assert len(kept) == 2
    found = _landing(flexion, [2.0])(task)
    return Found(found.cycles, notes + found.notes)


def _shallow_squat(task: Task) -> Found:
    time = np.arange(1000) / RATE
    bump = np.where(np.abs(time - 5) < 1.5, (1 + np.cos((time - 5) * np.pi / 1.5)) / 2, 0.0)
    if task.cycle == "repetition":
        return repeated({"left": 8.0 + 12.0 * bump}, "hip_abduction", RATE, SETTINGS)
    return squats(8.0 + 25.0 * bump, RATE, ("left",), SETTINGS)


def _restless_stance(task: Task) -> Found:
    time = np.arange(1000) / RATE
    pelvis = np.stack([np.sin(6 * time), np.ones(1000), np.zeros(1000)], axis=-1)
    heights = {"left": np.full(1000, 0.1), "right": np.full(1000, 0.3)}
    return steady_window(heights, pelvis, RATE, ("left",), SETTINGS)


def checked(
    task: Task,
    values: dict[str, float],
    *,
    sides: tuple[str, ...] = ("left",),
    duration_s: float = 1.0,
    other_contact: float = 0.0,
    foot_off: float = 0.6,
    pelvis_m: float = 0.9,
) -> Found:
    """What the rules of a task make of one left cycle with these numbers."""
    cycle = Repetition("left", 1, 1.0, 1.0 + duration_s, 1.0 + foot_off * duration_s)
    numbers = {name: np.array([values.get(name, np.nan)]) for name in CYCLE_VALUES}
    n, time = 400, np.arange(400) / RATE
    kinematics = xr.Dataset(
        {
            "origin": (("time", "side", "segment", "axis"), np.tile([0.0, pelvis_m, 0.0], (n, 2, 1, 1))),
            "landmark_position": (("time", "side", "landmark", "axis"), np.zeros((n, 2, 1, 3))),
        },
        coords={"time": time, "side": ["left", "right"], "segment": ["pelvis"], "landmark": ["toe"]},
        attrs={"rate_hz": RATE},
    )
    contact = np.stack([np.ones(n), np.full(n, other_contact)], axis=-1)
    kinetics = xr.Dataset({"contact": (("time", "side"), contact)}, coords={"side": ["left", "right"]})
    kept, notes = check_cycles(Checked([cycle], numbers, sides, kinematics, kinetics, task, SETTINGS))
    return Found([cycle] if kept[0] else [], notes)


def _untracked(task: Task) -> Found:
    """The rule is the session's: a cycle whose curves hold no angle."""
    motion = xr.Dataset(
        {
            "angle": (("time", "side", "quantity"), np.full((600, 2, 1), np.nan)),
            "progression": (("time", "axis"), np.tile([1.0, 0.0, 0.0], (600, 1))),
        },
        coords={"time": _TIME, "side": ["left", "right"], "quantity": ["knee_flexion"], "axis": list("xyz")},
        attrs={"rate_hz": RATE},
    )
    name = next(key for key, spec in TASKS.items() if spec is task)
    trial = Trial(trial="t", file="t.c3d", role="dynamic", task=name, side="both" if task.bilateral else "left")
    session = Session(participant="P01", session="1", mass_kg=70.0, trials=(trial,))
    quality = Quality("P01", "1", "cycles")
    events = event_rows([1.0, 2.1], [1.7])
    cycles = [Repetition("left", 1, 1.0, 2.1, 1.7)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("biomech.events.session.find_events", lambda *_: {"force": events})
        patch.setattr("biomech.events.session.find_repetitions", lambda *_: Found(cycles))
        patch.setattr("biomech.events.session.check_cycles", lambda c: (np.ones(len(c.cycles), bool), []))
        tree = {"t": motion}
        data = cycles_session({}, tree, {}, session, Config(), quality)
    notes = [Note("info", str(row["code"]), str(row["message"])) for row in quality.rows]
    return Found(cycles[: data.sizes["cycle"]], notes)


_TIME = np.arange(600) / RATE
# code of the rule -> what the finders and the rules make of a recording that breaks it
BREAKS: dict[str, Callable[[Task], Found]] = {
    "implausible_stride": _strides([1.0, 1.2], []),
    "missing_foot_strike": _strides([1.0, 3.2], [1.7, 2.8]),
    "no_foot_off": _strides([1.0, 2.1], []),
    # walking at twice its rate, running at two thirds of it
    "implausible_cadence": lambda task: checked(task, {}, duration_s=0.55 if task.events == "walking" else 1.1),
    "implausible_duty_factor": lambda task: checked(task, {}, foot_off=0.4),
    # steps of 0.65 m at 54 a minute: 108 at the true rate
    "implausible_step_length": lambda task: checked(task, {"speed_m_s": 0.58}, duration_s=2.23),
    "level_stride": lambda task: checked(task, {"stride_rise_m": 0.02 * task.climb}),
    "other_direction": lambda task: checked(task, {"stride_rise_m": -0.34 * task.climb}),
    "incomplete_repetition": _shallow_squat,
    "other_foot_down": lambda task: checked(task, {}, other_contact=2.0),
    "no_heel_touch": lambda task: checked(task, {"other_heel_height_m": 0.06}),
    "no_flight": _without_flight,
    "no_lowest_point": _landing(np.full(600, np.nan), []),
    "one_foot_only": lambda task: checked(task, {}, sides=("left", "right")),
    "no_take_off": _landing(10 + 60 * np.clip(1 - np.abs(_TIME - 1.4) / 0.4, 0, 1), []),
    "no_cut": lambda task: checked(task, {"cut_angle_deg": 4.0}),
    "no_steady_window": _restless_stance,
    "untracked_cycle": _untracked,
}

# numbers of a cycle that breaks none of the rules that are checked on cycles
FINE = {
    "stride_rise_m": 0.34,
    "other_heel_height_m": 0.01,
    "cut_angle_deg": 35.0,
    "speed_m_s": 1.5,
}

# task -> the test that processes a recording of it, synthetic with known truth or real
CASES = {
    "walking": "reference/test_truth_walking.py",
    "running": "reference/test_real_running.py",
    "double_leg_squat": "reference/test_truth_squat.py",
    "single_leg_squat": "reference/test_truth_squat.py",
    "step_down": "reference/test_truth_step_stance.py",
    "single_leg_stance": "reference/test_truth_step_stance.py",
    "repetition": "unit/events/test_exercises.py",
    "drop_vertical_jump": "reference/test_truth_landing.py",
    "double_leg_drop_landing": "reference/test_truth_drop_landing.py",
    "single_leg_drop_landing": "reference/test_real_plausible.py",
    "side_cut": "reference/test_real_plausible.py",
    "stairs_up": "unit/events/test_stairs.py",
    "stairs_down": "unit/events/test_stairs.py",
}
