"""How movements go together: closed forms, circular statistics worked by hand, and the registered measures."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from biomech.config.outcomes import Coordination, Metrics
from biomech.outcomes import METRICS
from biomech.outcomes import coordination as c
from biomech.outcomes.hip_foot_timing import SEQUENCE_WINDOWS, with_sequences
from biomech.outcomes.onset_lag import STEP_S
from tests.stage_results import evaluate

TIME = np.arange(0, 1.0, STEP_S)


def hump(time: np.ndarray, start: float, duration: float, size: float) -> np.ndarray:
    u = np.clip((time - start) / duration, 0, 1)
    return size * np.sin(np.pi * u) ** 2


@pytest.mark.parametrize(
    ("step", "angle", "phase"),
    [((1, 0), 0, "proximal"), ((1, 1), 45, "in_phase"), ((0, 1), 90, "distal"), ((-1, 1), 135, "anti_phase"),
     ((-1, 0), 180, "proximal"), ((-1, -1), 225, "in_phase"), ((0, -1), 270, "distal"), ((1, -1), 315, "anti_phase")],
)  # fmt: skip
def test_coupling_angles_know_all_eight_directions(step: tuple[int, int], angle: float, phase: str) -> None:
    """The quotient's arctangent, as printed, would give 0, 45, 90 and -45 twice."""
    gamma = c.coupling_angle([0, step[0]], [0, step[1]], 0.01)
    np.testing.assert_allclose(gamma, [angle], atol=1e-12)
    shares = c.phase_shares(gamma)
    assert shares[phase] == 100 and sum(shares.values()) == 100


def test_what_hardly_moves_has_no_coupling_angle() -> None:
    gamma = c.coupling_angle([0, 0.03, 1.0], [0, 0.03, 1.0], 0.01)
    assert np.isnan(gamma[0]) and gamma[1] == pytest.approx(45)
    assert np.isnan(c.phase_shares([np.nan, np.nan])["distal"])


def test_directions_are_averaged_on_the_circle() -> None:
    # r = cos(10°)
    expected = np.degrees(np.sqrt(2 * (1 - np.cos(np.radians(10)))))
    np.testing.assert_allclose(c.coupling_variability(np.array([350.0, 10.0])), expected)
    np.testing.assert_allclose(c.coupling_variability(np.array([0.0, 180.0])), np.degrees(np.sqrt(2)))


def test_the_phase_is_that_of_scipys_analytic_signal() -> None:
    from scipy.signal import hilbert

    y = np.random.default_rng(0).standard_normal((3, 50)).cumsum(axis=1)
    centred = y - (y.max(axis=1, keepdims=True) + y.min(axis=1, keepdims=True)) / 2
    there_and_back = np.concatenate([centred, centred[:, -2:0:-1]], axis=1)
    np.testing.assert_allclose(c.phase(y), np.angle(hilbert(there_and_back, axis=1))[:, :50], rtol=0, atol=1e-12)


@pytest.mark.parametrize("shift", [-60.0, 0.0, 25.0])
def test_relative_phase_of_two_sines_is_their_phase_shift(shift: float) -> None:
    phase = np.linspace(0, 16 * np.pi, 1601)
    crp = c.relative_phase(7 * np.cos(phase) + 3, 2 * np.cos(phase - np.radians(shift)) - 5)
    assert np.median(crp) == pytest.approx(shift, abs=1.0)
    np.testing.assert_allclose(crp[400:1200], shift, atol=4.0)  # the ends reach in as 1 / distance


def test_the_proximal_that_is_ahead_has_a_positive_phase() -> None:
    crp = c.relative_phase(hump(TIME, 0.1, 0.7, 9), hump(TIME, 0.15, 0.7, 4))
    assert crp[300:500].mean() > 10


OF_THE_WAY_IN = ("course_lag", "velocity_lag", "velocity_correlation", "in_phase_share", "mean_relative_phase")


def cycles(lead: float, task: str = "single_leg_squat", duration: float = 2.2, size: float = 8.0) -> xr.Dataset:
    time = np.linspace(0, duration, 101)
    names = ["hip_adduction", "rearfoot_eversion", "knee_flexion"]
    starts = (0.15 * duration, 0.15 * duration + lead, 0.15 * duration)
    curves = np.stack(
        [hump(time, start, 0.6 * duration, high) for start, high in zip(starts, (size, 6.0, 20.0), strict=True)], -1
    )
    off = 100.0 if task == "walking" else np.nan
    return xr.Dataset(
        {"angle": (("cycle", "percent", "quantity"), curves[None])},
        coords={
            "quantity": names, "task": ("cycle", [task]), "start": ("cycle", [1.0]), "end": ("cycle", [1.0 + duration]),
            "foot_off_percent": ("cycle", [off]), "bottom_percent": ("cycle", [50.0]),
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("task", "window", "duration"), [("single_leg_squat", "cycle", 2.2), ("walking", "stance", 0.7)]
)
@pytest.mark.parametrize(
    ("statistic", "expected", "tolerance"),
    [
        ("onset_lead", 40.0, 1.0),
        ("velocity_onset_lead", 40.0, 3.0),
        ("course_lag", 40.0, 1.0),
        ("velocity_lag", 40.0, 2.0),
    ],
)
def test_a_registered_lead_is_in_ms(
    task: str, window: str, duration: float, statistic: str, expected: float, tolerance: float
) -> None:
    if statistic.endswith("_lag") and window == "cycle":
        window = "descent"
    item = METRICS[f"hip_adduction_to_rearfoot_eversion__{statistic}__{window}"]
    value, reason = evaluate(item, cycles(0.04, task, duration), Metrics())
    assert value[0] == pytest.approx(expected, abs=tolerance) and reason[0] == "" and item.unit == "ms"


def test_a_lead_as_a_share_of_the_window_and_the_other_measures() -> None:
    made = cycles(0.044)
    names = ("onset_lead_percent__cycle", *(f"{name}__descent" for name in OF_THE_WAY_IN if name != "course_lag"))
    found = {
        name.split("__")[0]: evaluate(METRICS[f"hip_adduction_to_rearfoot_eversion__{name}"], made, Metrics())[0][0]
        for name in names
    }
    assert found["onset_lead_percent"] == pytest.approx(2.0, abs=0.05)
    assert found["velocity_correlation"] > 0.99 and 50 < found["in_phase_share"] <= 100
    assert 3 < found["mean_relative_phase"] < 20


@pytest.mark.parametrize(("task", "window"), [("single_leg_squat", "descent"), ("walking", "stance")])
@pytest.mark.parametrize("statistic", OF_THE_WAY_IN)
def test_how_the_angles_return_changes_no_lag_and_no_coupling(task: str, window: str, statistic: str) -> None:
    """Same way in, another way back: half as much eversion left at once, or twice as much."""
    made = cycles(0.03, task, 1.4)
    bottom = int(made["angle"][0, :, 2].to_numpy().argmax())
    made = made.assign_coords(bottom_percent=("cycle", [float(bottom)]))
    item = METRICS[f"hip_adduction_to_rearfoot_eversion__{statistic}__{window}"]
    (value,), _ = evaluate(item, made, Metrics())
    assert np.isfinite(value)
    for other in (0.5, 2.0):
        changed = made.copy(deep=True)
        changed["angle"][0, bottom + 6 :, 1] *= other  # the points next to the end shape the spline before it
        assert evaluate(item, changed, Metrics())[0][0] == pytest.approx(value, abs=0.02 * max(abs(value), 10.0))
    assert "cycle" not in {one.window for one in METRICS.values() if one.statistic == statistic}


def test_without_a_lowest_point_there_is_no_lag() -> None:
    made = cycles(0.04).assign_coords(bottom_percent=("cycle", [np.nan]))
    value, reason = evaluate(METRICS["hip_adduction_to_rearfoot_eversion__course_lag__descent"], made, Metrics())
    assert np.isnan(value[0]) and reason[0] == "no lowest point was found in the cycle"


@pytest.mark.parametrize(
    ("eversion", "expected"), [(0.1, "proximal_share"), (10.0, "distal_share"), (1.0, "in_phase_share")]
)
def test_shares_of_phase_say_which_movement_is_the_larger(eversion: float, expected: str) -> None:
    """Both go together; the smaller one by a tenth: the coupling angle is 5.7, 84.3 or 45 degrees throughout."""
    made = cycles(0.0)
    made["angle"][..., 1] = eversion * made["angle"][..., 0].to_numpy()
    if expected == "proximal_share":
        made["angle"][...] = 10 * made["angle"].to_numpy()  # the smaller one is still large enough to be a movement
    for name in ("proximal_share", "distal_share", "in_phase_share"):
        found = evaluate(METRICS[f"hip_adduction_to_rearfoot_eversion__{name}__descent"], made, Metrics())[0][0]
        assert found == pytest.approx(100.0 if name == expected else 0.0, abs=1e-9), name


def test_a_movement_that_is_too_small_says_so() -> None:
    item = METRICS["hip_adduction_to_rearfoot_eversion__onset_lead__cycle"]
    value, reason = evaluate(item, cycles(0.04, size=1.5), Metrics())
    assert np.isnan(value[0]) and "smaller than 2 degrees" in reason[0]


def test_a_task_has_one_window_of_sequencing() -> None:
    tasks = [task for some in SEQUENCE_WINDOWS.values() for task in some]
    assert len(tasks) == len(set(tasks)) and {"walking", "single_leg_squat", "drop_vertical_jump"} <= set(tasks)


def test_other_thresholds_of_the_config_change_what_is_found() -> None:
    made = cycles(0.04)
    item = METRICS["hip_adduction_to_rearfoot_eversion__onset_lead__cycle"]
    assert np.isnan(
        evaluate(
            item, with_sequences(made, Coordination(least_excursion_deg=7.0), Metrics().acceptance_share), Metrics()
        )[0][0]
    )
    share = METRICS["hip_adduction_to_rearfoot_eversion__in_phase_share__descent"]
    assert np.isnan(
        evaluate(share, with_sequences(made, Coordination(still_deg_s=99.0), Metrics().acceptance_share), Metrics())[0][
            0
        ]
    )
    lag = METRICS["hip_adduction_to_rearfoot_eversion__course_lag__descent"]
    assert np.isnan(
        evaluate(lag, with_sequences(made, Coordination(largest_lag_s=0.02), Metrics().acceptance_share), Metrics())[0][
            0
        ]
    )
