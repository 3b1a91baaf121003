"""Which movement comes first: closed forms, planted leads, and circular statistics worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from biomech.metrics import METRICS
from biomech.metrics import coordination as c
from biomech.metrics.registry import evaluate

TIME = np.arange(0, 1.0, c.STEP_S)


def hump(time: np.ndarray, start: float, duration: float, size: float) -> np.ndarray:
    u = np.clip((time - start) / duration, 0, 1)
    return size * np.sin(np.pi * u) ** 2


def test_onset_of_a_squared_sine_is_where_algebra_puts_it() -> None:
    """sin²(pi u) = 0.1 at u = asin(sqrt(0.1)) / pi."""
    expected = 0.1 + 0.6 * np.arcsin(np.sqrt(0.1)) / np.pi
    np.testing.assert_allclose(c.onset(3 + hump(TIME, 0.1, 0.6, 8)), expected, atol=2e-5)


def test_onset_by_velocity_is_where_algebra_puts_it() -> None:
    """The derivative is pi sin(2 pi u): 10 % of its largest at u = asin(0.1) / (2 pi)."""
    expected = 0.1 + 0.6 * np.arcsin(0.1) / (2 * np.pi)
    np.testing.assert_allclose(c.velocity_onset(hump(TIME, 0.1, 0.6, 8)), expected, atol=6e-4)


def test_a_short_jerk_is_no_onset_and_one_that_stays_is() -> None:
    curve = hump(TIME, 0.4, 0.5, 10)
    expected = c.onset(curve)
    short, long_ = curve.copy(), curve.copy()
    short[200:215] += 2.0
    long_[200:230] += 2.0
    assert c.onset(short) == expected and c.onset(long_) == pytest.approx(0.2, abs=1.1e-3)


def test_small_and_missing_movements_have_no_onset() -> None:
    missing = hump(TIME, 0.1, 0.6, 8)
    missing[500] = np.nan
    assert np.isnan(c.onset([hump(TIME, 0.1, 0.6, 1.9), missing])).all()
    assert np.isnan(c.velocity_onset([hump(TIME, 0.1, 0.6, 1.9), missing])).all()


@pytest.mark.parametrize("lead", [-0.12, -0.03, 0.0, 0.0105, 0.08])
@pytest.mark.parametrize("duration", [0.35, 0.7])
def test_a_planted_lead_comes_back_by_every_measure(lead: float, duration: float) -> None:
    proximal, distal = hump(TIME, 0.14, duration, 9), hump(TIME, 0.14 + lead, duration, 5)
    assert c.onset(distal) - c.onset(proximal) == pytest.approx(lead, abs=1e-4)
    assert c.velocity_onset(distal) - c.velocity_onset(proximal) == pytest.approx(lead, abs=2e-4)
    for a, b in ((proximal, distal), (c.velocity(proximal), c.velocity(distal))):
        assert c.correlation(a, b).lag == pytest.approx(lead, abs=1e-3)
    assert c.correlation(proximal, distal).r > 0.999
    assert c.correlation(c.velocity(proximal), c.velocity(distal)).p < 0.01


def test_a_lag_beyond_those_tried_is_not_reported() -> None:
    assert np.isnan(c.correlation(hump(TIME, 0.05, 0.3, 9), hump(TIME, 0.55, 0.3, 9)).lag)


def test_movements_without_relation_correlate_by_chance_only() -> None:
    random = np.random.default_rng(1)
    a, b = random.standard_normal((2, 200, 400)).cumsum(axis=-1) * 0 + random.standard_normal((2, 200, 400))
    p = c.correlation(a, b, 0.05).p
    # the best of 101 lags: as good as the best of those beyond it in one case of four
    assert np.mean(p < 0.005) < 0.4 and np.all(p > 0)


def test_101_points_keep_an_onset_to_a_millisecond() -> None:
    """A curve filtered at 6 Hz over 2.6 s and one filtered at 15 Hz over 0.35 s, as squats and landings are."""
    for duration, start, length in ((2.6, 0.3, 1.8), (0.35, 0.06, 0.25)):
        fine = np.arange(0, duration + 1e-9, c.STEP_S)
        points = hump(np.linspace(0, duration, 101), start, length, 8)
        again = c.in_time(points, 0, 100, duration)
        assert len(again) == len(fine)
        assert c.onset(again) == pytest.approx(float(c.onset(hump(fine, start, length, 8))), abs=1e-3)
        part = c.in_time(points, 20, 80, duration)
        np.testing.assert_allclose(
            part, hump(0.2 * duration + c.STEP_S * np.arange(len(part)), start, length, 8), atol=0.01
        )


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
    assert np.cos(np.radians(c.circular_mean(np.array([350.0, 10.0])))) == pytest.approx(1.0, abs=1e-12)
    assert c.circular_mean(np.array([80.0, 100.0, np.nan])) == pytest.approx(90.0)
    # r = cos(10°)
    expected = np.degrees(np.sqrt(2 * (1 - np.cos(np.radians(10)))))
    np.testing.assert_allclose(c.coupling_variability(np.array([350.0, 10.0])), expected)
    np.testing.assert_allclose(c.coupling_variability(np.array([0.0, 180.0])), np.degrees(np.sqrt(2)))


@pytest.mark.parametrize("shift", [-60.0, 0.0, 25.0])
def test_relative_phase_of_two_sines_is_their_phase_shift(shift: float) -> None:
    phase = np.linspace(0, 16 * np.pi, 1601)
    crp = c.relative_phase(7 * np.cos(phase) + 3, 2 * np.cos(phase - np.radians(shift)) - 5)
    assert np.median(crp) == pytest.approx(shift, abs=1.0)
    np.testing.assert_allclose(crp[400:1200], shift, atol=4.0)  # the ends reach in as 1 / distance


def test_the_proximal_that_is_ahead_has_a_positive_phase() -> None:
    crp = c.relative_phase(hump(TIME, 0.1, 0.7, 9), hump(TIME, 0.15, 0.7, 4))
    assert crp[300:500].mean() > 10
    np.testing.assert_allclose(c.mean_relative_phase(np.stack([crp, crp])), np.mean(np.abs(crp)))
    np.testing.assert_allclose(c.deviation_phase(np.stack([crp, crp])), 0, atol=1e-4)
    assert c.deviation_phase(np.stack([crp, crp + 30])) == pytest.approx(
        np.degrees(np.sqrt(-2 * np.log(np.cos(np.radians(15)))))
    )


def cycles(lead: float, task: str = "single_leg_squat", duration: float = 2.2, size: float = 8.0) -> xr.Dataset:
    time = np.linspace(0, duration, 101)
    names = ["hip_adduction", "rearfoot_eversion"]
    curves = np.stack(
        [hump(time, 0.15 * duration, 0.6 * duration, size), hump(time, 0.15 * duration + lead, 0.6 * duration, 6)], -1
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
def test_a_registered_lead_is_in_ms_of_the_whole_cycle(
    task: str, window: str, duration: float, statistic: str, expected: float, tolerance: float
) -> None:
    item = METRICS[f"hip_adduction_to_rearfoot_eversion__{statistic}__{window}"]
    value, reason = evaluate(item, cycles(0.04, task, duration), 100.0)
    assert value[0] == pytest.approx(expected, abs=tolerance) and reason[0] == "" and item.unit == "ms"


def test_a_lead_as_a_share_of_the_window_and_the_other_measures() -> None:
    made = cycles(0.044)
    found = {
        name: evaluate(METRICS[f"hip_adduction_to_rearfoot_eversion__{name}__cycle"], made, 100.0)[0][0]
        for name in ("onset_lead_percent", "velocity_correlation", "in_phase_share", "mean_relative_phase")
    }
    assert found["onset_lead_percent"] == pytest.approx(2.0, abs=0.05)
    assert found["velocity_correlation"] > 0.99 and 50 < found["in_phase_share"] <= 100
    assert 3 < found["mean_relative_phase"] < 20


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
        found = evaluate(METRICS[f"hip_adduction_to_rearfoot_eversion__{name}__cycle"], made, 100.0)[0][0]
        assert found == pytest.approx(100.0 if name == expected else 0.0, abs=1e-9), name


def test_a_movement_that_is_too_small_says_so() -> None:
    item = METRICS["hip_adduction_to_rearfoot_eversion__onset_lead__cycle"]
    value, reason = evaluate(item, cycles(0.04, size=1.5), 100.0)
    assert np.isnan(value[0]) and "smaller than 2 degrees" in reason[0]


def test_the_correlation_of_overlaps_by_running_sums_is_that_of_the_overlaps_themselves() -> None:
    random = np.random.default_rng(4)
    a = np.cumsum(random.standard_normal((3, 120)), axis=-1) + 200.0  # far from zero, as angles may be
    b = np.roll(a, 6, axis=-1) + 0.3 * random.standard_normal((3, 120))
    found = c.correlation(a, b, largest_lag_s=0.03, step_s=0.001)
    shifts = np.arange(-30, 31)
    for i in range(3):
        direct = [
            np.corrcoef(a[i, max(0, -k) : 120 - max(0, k)], b[i, max(0, k) : 120 - max(0, -k)])[0, 1] for k in shifts
        ]
        assert found.r[i] == pytest.approx(max(direct), abs=1e-12)
        assert 1000 * found.lag[i] == pytest.approx(shifts[int(np.argmax(direct))], abs=0.5)


def test_splines_of_all_cycles_at_once_are_those_of_each() -> None:
    random = np.random.default_rng(5)
    curves = random.normal(size=(6, 101)).cumsum(axis=1)
    curves[4, 50] = np.nan
    first, last = np.array([0.0, 10, 0, 33.3, 0, 0]), np.array([100.0, 60, np.nan, 99.7, 100, 0])
    duration = np.array([0.4, 1.1, 1.0, 2.3, 0.5, 1.0])
    found = c.each_in_time(curves, first, last, duration)
    for i in (0, 1, 3, 4):
        alone = c.in_time(curves[i], first[i], last[i], duration[i])
        np.testing.assert_allclose(found[i], alone, rtol=0, atol=1e-9)
    assert np.isnan(found[4]).all() and len(found[4]) > 3
    assert all(len(found[i]) == 3 and np.isnan(found[i]).all() for i in (2, 5))
