"""Every metric of the registry against its definition, read again from its name.

The cycles' curves are random broken lines on the grid of 101 points. Every metric is computed here a second time: its
curve from a table of what the quantity is made of, its window from the events, its statistic by going through a fine
grid of time that holds all corners of the broken lines, so that both must agree to rounding. A metric without an entry
fails. Metrics that are not a reading of one window of curves have closed forms of their own, in the files of `ELSEWHERE`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config.outcomes import Metrics
from biomech.events.cycle_curves import QUANTITIES
from biomech.outcomes import METRICS
from biomech.quantities import MEASURES
from biomech.schema import CYCLE_VALUES, MOMENT_FRAMES
from biomech.tasks import TASKS
from tests.stage_results import evaluate

GRID = np.linspace(0, 100, 101)
MASS, HEIGHT, G = 71.0, 1.73, 9.81
EARLY_MS = 100.0


# module of the metric's function -> the file whose made-up signals and shifts have known answers
ELSEWHERE = {
    "biomech.outcomes.emg_metrics": "tests/unit/outcomes/test_emg_metrics.py",
    "biomech.outcomes.landing_errors": "tests/unit/outcomes/test_landing_errors.py",
    "biomech.outcomes.hip_foot_timing": "tests/unit/outcomes/test_coordination.py",
}
READ_HERE = [item for item in METRICS.values() if item.function.__module__ not in ELSEWHERE]


@cache
def cycle_of(task: str, seed: int) -> xr.Dataset:
    """One made-up cycle: every curve a random broken line with corners at the grid, smooth enough to have a shape."""
    rng = np.random.default_rng(seed)

    def lines(*shape: int, size: float = 10.0) -> np.ndarray:
        knots = rng.normal(0, size, (12, *shape))
        flat = np.stack([np.interp(GRID, np.linspace(0, 100, 12), k) for k in knots.reshape(12, -1).T], axis=-1)
        return flat.reshape(1, 101, *shape)

    stride = TASKS[task].cycle == "stride"
    events = {
        "start": 1.3,
        "end": 2.17,
        "foot_off_percent": 61.3 if stride else np.nan,
        "bottom_percent": np.nan if stride else 47.7,
        "bottom_start_percent": 40.2,
        "bottom_end_percent": 55.5,
        "mass_kg": MASS,
        "height_m": HEIGHT,
    }
    distance = lines(len(MEASURES), size=0.05)
    names = list(MEASURES)
    for name in ("hip_separation", "ankle_separation", "foot_width", "knee_separation"):
        distance[..., names.index(name)] = 0.1 + 0.5 * np.abs(distance[..., names.index(name)])
    values = dict.fromkeys(CYCLE_VALUES, 0.0) | {name: rng.uniform(0.2, 0.9) for name in CYCLE_VALUES} | events
    return xr.Dataset(
        {
            "angle": (("cycle", "percent", "quantity"), lines(len(QUANTITIES))),
            "moment": (("cycle", "percent", "quantity", "frame"), lines(len(QUANTITIES), 4, size=0.5)),
            "ground_reaction": (("cycle", "percent", "axis"), 10 + lines(3, size=3)),
            "power": (("cycle", "percent", "quantity"), lines(len(QUANTITIES), size=2)),
            "distance": (("cycle", "percent", "measure"), distance),
            "distance_standing": (("cycle", "measure"), rng.normal(0, 0.05, (1, len(MEASURES)))),
            "lever_arm": (("cycle", "percent"), lines(size=0.05)),
        },
        coords={
            "percent": GRID,
            "quantity": list(QUANTITIES),
            "measure": names,
            "frame": list(MOMENT_FRAMES),
            "axis": list("xyz"),
            "task": ("cycle", np.array([task], dtype="U30")),
            "moment_valid": ("cycle", [1]),
            "moment_reason": ("cycle", np.array([""], dtype="U1")),
            **{name: ("cycle", [value]) for name, value in values.items()},
        },
    )


class Reading:
    """One cycle as a person would read it from a plot."""

    def __init__(self, cycle: xr.Dataset) -> None:
        self.cycle = cycle
        self.number = {str(name): c.to_numpy()[0] for name, c in cycle.coords.items() if c.dims == ("cycle",)}
        self.duration = self.number["end"] - self.number["start"]

    def angle(self, name: str) -> np.ndarray:
        return self.cycle["angle"].sel(quantity=name).to_numpy()[0]

    def distance(self, name: str) -> np.ndarray:
        return self.cycle["distance"].sel(measure=name).to_numpy()[0]

    def moment(self, name: str, frame: str = "jcs") -> np.ndarray:
        return self.cycle["moment"].sel(quantity=name, frame=frame).to_numpy()[0]

    def window(self, name: str) -> tuple[float, float]:
        off = self.number["foot_off_percent"]
        early = 100 * EARLY_MS / 1000 / self.duration
        return {
            "cycle": (0, 100),
            "contact": (0, 100),
            "stance": (0, off),
            "swing": (off, 100),
            "first_100_ms": (0, min(early, off) if np.isfinite(off) else early),
            "descent": (0, self.number["bottom_percent"]),
            "ascent": (self.number["bottom_percent"], 100),
            "bottom": (self.number["bottom_start_percent"], self.number["bottom_end_percent"]),
        }[name]

    def fine(self, curve: np.ndarray, first: float, last: float) -> tuple[np.ndarray, np.ndarray]:
        at = np.unique(np.concatenate([[first, last], GRID[(first < GRID) & (last > GRID)]]))
        return at, np.interp(at, GRID, curve)


# the external moments: stored internal quantity, sign
MOMENTS = {
    "external_knee_adduction_moment": ("knee_abduction", 1),
    "external_knee_abduction_moment": ("knee_abduction", -1),
    "external_hip_adduction_moment": ("hip_adduction", -1),
    "external_knee_flexion_moment": ("knee_flexion", -1),
    "external_knee_extension_moment": ("knee_flexion", 1),
    "external_hip_flexion_moment": ("hip_flexion", -1),
    "external_hip_extension_moment": ("hip_flexion", 1),
    "external_hip_internal_rotation_moment": ("hip_internal_rotation", -1),
    "external_hip_external_rotation_moment": ("hip_internal_rotation", 1),
    "external_knee_internal_rotation_moment": ("knee_internal_rotation", -1),
    "external_knee_external_rotation_moment": ("knee_internal_rotation", 1),
    "external_ankle_plantarflexion_moment": ("ankle_dorsiflexion", 1),
    "external_ankle_dorsiflexion_moment": ("ankle_dorsiflexion", -1),
    "external_ankle_inversion_moment": ("ankle_inversion", -1),
    "external_ankle_eversion_moment": ("ankle_inversion", 1),
}


# the ground reaction: axis of the progression frame (forward, up, lateral), sign
FORCES = {"vertical": ("y", 1), "propulsive": ("x", 1), "braking": ("x", -1), "medial": ("z", -1), "lateral": ("z", 1)}


def dvi(r: Reading, ending: str) -> dict[str, np.ndarray]:
    return {
        "hip_adduction": r.angle("hip_adduction" + ending),
        "hip_internal_rotation": r.angle("hip_internal_rotation__static"),
        "knee_abduction": r.angle("knee_abduction" + ending),
        "knee_external_rotation": -r.angle("knee_internal_rotation__static"),
    }


def curve_of(quantity: str, r: Reading) -> np.ndarray:
    plain, static, _ = quantity.partition("__static")
    for ending, factor in (("_bwh", 100 / (G * r.number["height_m"])), ("_nm", r.number["mass_kg"])):
        if plain.endswith(f"_moment{ending}"):
            return factor * curve_of(plain.removesuffix(ending), r)
    for frame in ("proximal", "distal"):
        if plain.endswith(f"_moment_{frame}"):
            name, sign = MOMENTS[plain.removesuffix(f"_{frame}")]
            return sign * r.moment(name, frame)
    if plain in MOMENTS:
        name, sign = MOMENTS[plain]
        return sign * r.moment(name)
    if plain.endswith("_ground_reaction"):
        axis, sign = FORCES[plain.removesuffix("_ground_reaction")]
        return sign * r.cycle["ground_reaction"].sel(axis=axis).to_numpy()[0] / G
    if "_power_" in plain:
        joint, way = plain.split("_power_")
        return (1 if way == "generation" else -1) * r.cycle["power"].sel(quantity=f"{joint}_total").to_numpy()[0]
    if plain in ("hip_extension", "ankle_plantarflexion"):
        return -r.angle({"hip_extension": "hip_flexion", "ankle_plantarflexion": "ankle_dorsiflexion"}[plain])
    if plain == "knee_adduction_lever_arm":
        return r.cycle["lever_arm"].to_numpy()[0]
    if plain == "dynamic_valgus_index":
        return sum(dvi(r, static).values())
    if plain == "forefoot_abduction":
        return -r.angle("forefoot_adduction" + static)
    if plain == "rearfoot_pronation":
        return r.angle("rearfoot_eversion" + static) - r.angle("rearfoot_internal_rotation" + static)
    if plain == "rearfoot_external_rotation":
        return -r.angle("rearfoot_internal_rotation")
    if plain in MEASURES:
        return r.distance(plain)
    if plain.startswith("knee_") and plain.endswith("_separation_ratio"):
        other = plain.removeprefix("knee_").removesuffix("_separation_ratio")
        return r.distance("knee_separation") / r.distance(f"{other}_separation")
    return r.angle(quantity)


def peak_flexion_at(r: Reading, window: str) -> float:
    first, last = r.window(window)
    at, y = r.fine(r.angle("knee_flexion"), first, first + 0.6 * (last - first) if window == "stance" else last)
    return float(at[np.argmax(y)])


def value_of(name: str, r: Reading) -> float:
    quantity, statistic, window = name.rsplit("__", 2)
    if (number := single(quantity, r)) is not None:
        return number
    if quantity in ("vertical_loading_rate",):
        column = {"peak": "vertical_loading_rate", "mean": "vertical_loading_rate_average"}[statistic]
        return r.number[column] / G
    first, last = r.window(window)
    if quantity.endswith("_stiffness"):
        height = r.fine(r.distance("pelvis_height"), first, last)[1]
        shorter = height[0] - height.min()
        if (quantity, window) == ("leg_stiffness", "stance"):
            leg, half = 0.53 * HEIGHT, r.number["speed_m_s"] * (last - first) / 100 * r.duration / 2
            shorter += leg - (leg**2 - half**2) ** 0.5
        force = r.fine(r.cycle["ground_reaction"].sel(axis="y").to_numpy()[0], first, last)[1].max()
        return MASS * force / 1000 / shorter
    if quantity == "pelvis_fall":
        height = r.fine(r.distance("pelvis_height"), first, last)[1]
        return height[0] - height.min()
    if "_share" in quantity:
        component, _, ending = quantity.removeprefix("dynamic_valgus_index_").partition("_share")
        parts = dvi(r, ending)
        at, y = r.fine(sum(parts.values()), first, last)
        return 100 * np.interp(at[np.argmax(y)], GRID, parts[component]) / y.max()
    if quantity == "navicular_drop":
        standing = r.cycle["distance_standing"].sel(measure="navicular_height").to_numpy()[0]
        return standing - r.fine(r.distance("navicular_height"), first, last)[1].min()
    if quantity == "knee_medial_to_second_toe_foot_width":
        at, y = r.fine(r.distance("foot_width"), first, last)
        mean = np.trapezoid(y, at) / (last - first)
        return 100 * np.interp(peak_flexion_at(r, window), GRID, r.distance("knee_medial_to_second_toe")) / mean
    curve = curve_of(quantity, r)
    start = first
    foot = (
        "rearfoot_eversion",
        "rearfoot_pronation",
        "forefoot_abduction",
        "rearfoot_external",
        "rearfoot_dorsiflexion",
    )
    down = r.number["heel_down_percent"]
    if (
        window == "contact"
        and quantity.startswith(foot)
        and np.isfinite(down)
        and not statistic.endswith(("strike", "flexion"))
    ):
        first = down
    at, y = r.fine(curve, first, last)
    half = (first + last) / 2
    if statistic in ("first_peak", "second_peak", "minimum_between_peaks"):
        early, late = r.fine(curve, first, half), r.fine(curve, half, last)
        if statistic == "minimum_between_peaks":
            return r.fine(curve, early[0][np.argmax(early[1])], late[0][np.argmax(late[1])])[1].min()
        return (early if statistic == "first_peak" else late)[1].max()
    if statistic == "at_peak_pronation":
        index = r.fine(curve_of("rearfoot_pronation", r), first, last)
        return float(np.interp(index[0][np.argmax(index[1])], GRID, curve))
    if statistic == "peak_velocity":
        step = r.duration / 100
        rates = [
            (curve[min(i + 1, 100)] - curve[max(i - 1, 0)]) / ((min(i + 1, 100) - max(i - 1, 0)) * step)
            for i in range(101)
        ]
        return r.fine(np.array(rates), first, last)[1].max()
    if statistic in ("impulse", "work", "share_positive"):
        # corners at the zeros of every piece: then all pieces are of one sign
        zeros = [
            at[i] - y[i] * (at[i + 1] - at[i]) / (y[i + 1] - y[i]) for i in range(len(y) - 1) if y[i] * y[i + 1] < 0
        ]
        corners = np.unique(np.concatenate([at, zeros]))
        height = np.interp(corners, GRID, curve)
        above = np.interp((corners[1:] + corners[:-1]) / 2, GRID, curve) > 0
        if statistic == "share_positive":
            return 100 * np.diff(corners)[above].sum() / (last - first)
        return (np.diff(corners) * (height[1:] + height[:-1]) / 2)[above].sum() / 100 * r.duration
    return {
        "peak": lambda: y.max(),
        "minimum": lambda: y.min(),
        "range": lambda: y.max() - y.min(),
        "excursion": lambda: y.max() - np.interp(first, GRID, curve),
        "time_to_peak": lambda: (at[np.argmax(y)] - start) / 100 * r.duration,
        "mean": lambda: np.trapezoid(y, at) / (last - first),
        "at_foot_strike": lambda: np.interp(first, GRID, curve),
        "at_peak_knee_flexion": lambda: np.interp(peak_flexion_at(r, window), GRID, curve),
    }[statistic]()


def single(quantity: str, r: Reading) -> float | None:
    """Metrics that are not a statistic of a curve."""
    off = r.number["foot_off_percent"]
    first, strike = r.number["opposite_off_percent"], r.number["opposite_strike_percent"]
    whole = 1.0 if np.isnan(off) else off / 100
    height = r.distance("pelvis_height")
    return {
        "stride_time": r.duration,
        "repetition_time": r.duration,
        "steady_time": r.duration,
        "contact_time": r.duration * whole,
        "stance_share": off,
        "cadence": 120 / r.duration,
        "step_time": (1 - strike / 100) * r.duration,
        "swing_time": (1 - off / 100) * r.duration,
        "swing_share": 100 - off,
        "initial_double_support": first,
        "terminal_double_support": off - strike,
        "double_support": first + off - strike,
        "double_support_time": (first + off - strike) / 100 * r.duration,
        "single_support": strike - first,
        "single_support_time": (strike - first) / 100 * r.duration,
        "stride_length": r.number["stride_length_m"],
        "step_length": r.number["step_length_m"],
        "step_width": r.number["step_width_m"],
        "toe_clearance": r.number["toe_clearance_m"],
        "margin_of_stability": r.number["margin_of_stability_m"],
        "pressure_path": r.number["pressure_path_m"],
        "pressure_velocity": r.number["pressure_path_m"] / r.duration,
        "pressure_ap": r.number["pressure_range_ap_m"],
        "pressure_ml": r.number["pressure_range_ml_m"],
        "speed": r.number["speed_m_s"],
        "squat_depth": height[0] - height.min(),
        "jump_height": 9.80665 * r.number["flight_time"] ** 2 / 8,
    }.get(quantity)


def test_every_metric_is_what_its_name_and_definition_say(subtests: pytest.Subtests) -> None:
    for item in READ_HERE:
        with subtests.test(item.name):
            task = item.tasks[0]
            left, right = cycle_of(task, 3), cycle_of(task, 4)
            if item.quantity == "contact_time" and item.window == "contact":
                left = left.assign_coords(foot_off_percent=("cycle", [100.0]))
            found, reason = evaluate(item, left, Metrics(windows_ms=EARLY_MS), right if item.both_sides else None)
            if "_left_minus_right" in item.name:
                name = item.name.replace("_left_minus_right", "")
                expected = value_of(name, Reading(left)) - value_of(name, Reading(right))
            else:
                expected = value_of(item.name, Reading(left))
            too_small = "_share" in item.quantity and np.isnan(found[0])
            assert not too_small, "the made-up index is too small to have shares: choose another seed"
            assert np.isfinite(expected)
            np.testing.assert_allclose(found, [expected], rtol=1e-9, atol=1e-9, err_msg=str(reason))


@pytest.mark.parametrize(("module", "file"), ELSEWHERE.items())
def test_every_statistic_that_is_tested_elsewhere_is_named_there(module: str, file: str) -> None:
    text = (Path(__file__).parents[2] / file).read_text(encoding="utf-8")
    statistics = {item.statistic for item in METRICS.values() if item.function.__module__ == module}
    assert statistics
    assert not [name for name in statistics if name not in text], f"{file} does not name them"
