"""Metrics of noise-free synthetic trials, both sides, against the truth that the simulator wrote.

The pipeline goes from C3D to metrics, unfiltered. The truth of every cycle is read from the simulator's own curves by
`tests.reference.test_metric_definitions`, which shares no code with the metrics: angles, joint centres, moments and ground
reaction, interpolated between frames by a cubic spline. The bounds of the cycles are the pipeline's (events are tested
against truth elsewhere). Quantities that need landmarks of the foot have no truth curve; their definitions are tested there.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.interpolate import CubicSpline

from biomech.config import parse_config
from biomech.events.cycle_curves import QUANTITIES
from biomech.io.sheets import Trial
from biomech.outcomes import METRICS
from biomech.quantities import MEASURES
from biomech_simulation.jump import drop_jump
from biomech_simulation.squat import squat
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static
from tests.pipeline import Results, run_session, session_of
from tests.reference.test_metric_definitions import ELSEWHERE, Reading, curve_of, value_of
from tests.walks import recorded

PERCENT = np.linspace(0, 100, 101)
TRIALS = {
    "walk": ("walking", "both"),
    "sls-left": ("single_leg_squat", "left"),
    "sls-right": ("single_leg_squat", "right"),
    "dls": ("double_leg_squat", "both"),
    "jump": ("drop_vertical_jump", "both"),
}
UNFILTERED = {
    "signals": {"cutoff_hz": {task: None for task, _ in TRIALS.values()} | {"static": None}},
    "force_plates": {"zero": "none"},
}
# Angles are exact to 1e-3 degree per frame; moments to 0.003 N m/kg RMS in walking and less than 0.02 in squats and landings,
# of which the frames next to the ends of a contact are the worst. Times to a peak are exact to half of a hundredth of a cycle.
BOUND = {
    "degree": 0.02,
    "m": 2e-5,
    "degree s-1": 2.0,
    "s": 0.02,
    "N m kg-1": 0.04,
    "N m s kg-1": 0.01,
    "N m": 3.0,
    "%BW·height": 0.25,
    "BW": 0.05,
    "BW s": 0.01,
    "kN m-1": 1.0,
    "1": 1e-3,
    "%": 0.5,
    "steps min-1": 1e-6,
}
PEAK_DEG = 0.005  # angles agree to 1e-3 degree, also between frames
# what the simulator's truth holds no curve of: landmarks of the foot, plates at their own rate, and the lever arm
NO_TRUTH = re.compile(
    r"second_toe|metatarsal|navicular|foot_width|fppa_|shank_medial|loading_rate|jump_height|lever_arm|speed|squat_depth|step_length|step_width|stride_length|toe_clearance"
    r"|_power_|margin_of_stability|pressure_|pelvis_fall|stiffness"
    r"|separation|knee_medial_to_hip__"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, dict[str, xr.Dataset], xr.Dataset]:
    folder: Path = tmp_path_factory.mktemp("metrics")
    person = example_participant(1)
    motions = {
        "walk": recorded(1)[1],
        "sls-left": squat(person, "single_leg_squat", "left", repetitions=2, rate_hz=100.0, seed=1),
        "sls-right": squat(person, "single_leg_squat", "right", repetitions=2, rate_hz=100.0, seed=2),
        "dls": squat(person, "double_leg_squat", "right", repetitions=2, rate_hz=100.0, seed=3),
        # the hip's moment changes within 5 ms of the touch, which is the first frame of the contact: 200 Hz would not resolve it
        "jump": drop_jump(person, rate_hz=500.0, analog_rate_hz=1000.0),
    }
    still = static(person)
    still.write(folder / "static.c3d")
    for name, motion in motions.items():
        motion.write(folder / f"{name}.c3d")
    session = session_of(
        person,
        *(
            Trial(trial=name, file=f"{name}.c3d", role="dynamic", task=task, side=side)  # type: ignore[arg-type]
            for name, (task, side) in TRIALS.items()
        ),
    )
    results = run_session(session, parse_config(UNFILTERED), folder)
    return results, {name: motion.truth for name, motion in motions.items()}, still.truth


def error_of(name: str, found: float, reading: Reading) -> float:
    """Distance from truth, in the metric's unit.

    Where a curve has two peaks of one height, or a knee is held at its fullest flexion, rounding chooses the instant: a time
    is right if the true curve is as high there, and a value at peak knee flexion if it is one of those of that hold.
    """
    quantity, statistic, window = name.rsplit("__", 2)
    if statistic == "time_to_peak":
        first, last = reading.window(window)
        curve = curve_of(quantity, reading)
        lost = reading.fine(curve, first, last)[1].max() - np.interp(
            first + 100 * found / reading.duration, PERCENT, curve
        )
        return 0.0 if lost < PEAK_DEG else abs(found - value_of(name, reading))
    if statistic == "at_peak_knee_flexion":
        first, last = reading.window(window)
        at, flexion = reading.fine(
            reading.angle("knee_flexion"), first, first + 0.6 * (last - first) if window == "stance" else last
        )
        held = np.interp(at[flexion >= flexion.max() - PEAK_DEG], PERCENT, curve_of(quantity, reading))
        return float(max(held.min() - found, found - held.max(), 0.0))
    return abs(found - value_of(name, reading))


def true_cycle(cycle: xr.Dataset, truth: xr.Dataset, still: xr.Dataset, mass_kg: float) -> xr.Dataset:
    """One cycle's curves from the simulator's truth, in the cycles' layout."""
    time = truth["time"].to_numpy()
    side = str(cycle["side"].to_numpy()[0])
    own = truth.sel(side=side)
    at = float(cycle["start"][0]) + PERCENT / 100 * float((cycle["end"] - cycle["start"])[0])

    def cut(values: np.ndarray) -> np.ndarray:
        return CubicSpline(time, values)(at)[None]

    angle = np.full((1, 101, len(QUANTITIES)), np.nan)
    moment = np.full((1, 101, len(QUANTITIES), truth.sizes["frame"]), np.nan)
    reference = still["angle"].sel(side=side).mean("time")
    for name in truth["quantity"].to_numpy().tolist():
        curve = own["angle"].sel(quantity=name).to_numpy()
        angle[..., QUANTITIES.index(name)] = cut(curve)
        if f"{name}__static" in QUANTITIES:
            angle[..., QUANTITIES.index(f"{name}__static")] = cut(curve - float(reference.sel(quantity=name)))
        moments = own["moment"].sel(quantity=name).transpose("time", "frame").to_numpy()
        if np.isfinite(moments).all():
            moment[:, :, QUANTITIES.index(name)] = cut(moments)
    hip, knee, ankle = (
        own["joint_centre"].sel(joint=j).transpose("time", "axis").to_numpy() for j in ("hip", "knee", "ankle")
    )
    forward = truth["progression"].transpose("time", "axis").to_numpy()
    inward = np.cross([0.0, 1, 0], forward) * (1 if side == "right" else -1)
    frontal = [np.stack([(p * inward).sum(1), p[:, 1]], 1) for p in (hip, knee, ankle)]
    line, to_knee = frontal[2] - frontal[0], frontal[1] - frontal[0]
    normal = np.stack([-line[:, 1], line[:, 0]], 1) / np.linalg.norm(line, axis=1, keepdims=True)
    distance = np.full((1, 101, len(MEASURES)), np.nan)
    distance[..., list(MEASURES).index("knee_medial_to_hip_ankle_line")] = cut((to_knee * normal).sum(1))
    force = own["ground_reaction"].transpose("time", "axis").to_numpy() / mass_kg
    force = np.stack([(force * forward).sum(1), force[:, 1], -(force * inward).sum(1)], 1)
    out = xr.Dataset(coords={name: c for name, c in cycle.coords.items() if c.dims == ("cycle",)}).assign_coords(
        percent=PERCENT,
        quantity=list(QUANTITIES),
        frame=truth["frame"].to_numpy(),
        axis=list("xyz"),
        measure=list(MEASURES),
    )
    return out.assign(
        angle=(("cycle", "percent", "quantity"), angle),
        moment=(("cycle", "percent", "quantity", "frame"), moment),
        ground_reaction=(("cycle", "percent", "axis"), cut(force)),
        distance=(("cycle", "percent", "measure"), distance),
    )


@pytest.mark.parametrize("trial", list(TRIALS))
def test_metrics_equal_truth(made: tuple[Results, dict[str, xr.Dataset], xr.Dataset], trial: str) -> None:
    results, truths, still = made
    metrics, cycles = results.metrics, results.cycles
    compared, worst = set(), {}
    for i in np.flatnonzero((cycles["trial"] == trial).to_numpy()):
        cycle = cycles.isel(cycle=[i])
        mass = float(cycle["mass_kg"][0])
        reading = Reading(true_cycle(cycle, truths[trial], still, mass))
        row = metrics.sel(cycle=str(cycle["cycle"].to_numpy()[0]))
        for name in metrics["metric"].to_numpy().tolist():
            item = METRICS[name]
            found = float(row["value"].sel(metric=name))
            if (
                item.function.__module__ in ELSEWHERE
                or NO_TRUTH.search(name)
                or item.both_sides
                or not np.isfinite(found)
            ):
                continue
            error = error_of(name, found, reading)
            bound = BOUND[item.unit]
            worst[name] = max(worst.get(name, 0.0), error / bound)
            compared.add(name)
    assert len(compared) >= 80, f"only {len(compared)} metrics could be compared"
    over = {name: round(ratio, 2) for name, ratio in worst.items() if ratio > 1}
    assert not over, f"error over bound: {over}"


def test_the_planted_pattern_shows(made: tuple[Results, dict[str, xr.Dataset], xr.Dataset]) -> None:
    """The first example participant collapses medially in single-leg squats: every sign of valgus says so, on both sides."""
    metrics = made[0].metrics
    for side in ("left", "right"):
        rows = metrics.isel(cycle=((metrics["task"] == "single_leg_squat") & (metrics["side"] == side)).to_numpy())
        for name in (
            "knee_medial_to_hip_ankle_line__excursion__cycle",
            "knee_medial_to_second_toe__excursion__cycle",
            "fppa__excursion__cycle",
            "fppa_pelvis__excursion__cycle",
            "fppa_foot__excursion__cycle",
            "dynamic_valgus_index__static__peak__cycle",
        ):
            assert (rows["value"].sel(metric=name) > 0).all(), (side, name)


def test_steps_equal_the_planted_gait(made: tuple[Results, dict[str, xr.Dataset], xr.Dataset]) -> None:
    """Stride length is speed times stride time, steps are halves of it, supports lie between the true events of both feet."""
    metrics, truth = made[0].metrics, made[1]["walk"]
    rows = metrics.isel(cycle=(metrics["trial"] == "walk").to_numpy())
    value = lambda name: rows["value"].sel(metric=name).to_numpy()  # noqa: E731
    speed = float(truth.attrs["speed_m_s"])
    stride = rows["end"].to_numpy() - rows["start"].to_numpy()
    assert rows.sizes["cycle"] >= 4
    np.testing.assert_allclose(value("stride_length__value__cycle"), speed * stride, rtol=0.005)
    np.testing.assert_allclose(value("step_length__value__cycle"), speed * stride / 2, rtol=0.01)
    np.testing.assert_allclose(value("step_time__value__cycle"), stride / 2, atol=0.006)
    np.testing.assert_allclose(value("cadence__value__cycle"), 120 / stride, rtol=1e-12)
    time, name, side = (truth[f"event_{part}"].to_numpy() for part in ("time", "name", "side"))
    compared = 0
    for i, (own, start, end) in enumerate(
        zip(*(rows[part].to_numpy().tolist() for part in ("side", "start", "end")), strict=True)
    ):
        inside = (side != own) & (time > start) & (time < end)
        off, strike = (time[inside & (name == which)] for which in ("foot_off", "foot_strike"))
        if len(off) == len(strike) == 1:
            single = 100 * (strike[0] - off[0]) / (end - start)
            assert value("single_support__value__cycle")[i] == pytest.approx(single, abs=1.0)
            compared += 1
    assert compared >= 2
    # planted 0.09 m between the middles of the feet, which are turned out: their heels are nearer
    assert ((value("step_width__value__cycle") > 0.06) & (value("step_width__value__cycle") < 0.09)).all()
