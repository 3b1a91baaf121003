"""The planted order of hip and foot is named; where the data do not tell, so is that."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from biomech.config import Config
from biomech.config.outcomes import Metrics
from biomech.findings.inputs import FindingInputs
from biomech.findings.sequence import Leads, judge, leads, sequence
from biomech.io.sheets import Session
from biomech.quality import Quality
from biomech_simulation.coupling import coupled_squats

PAIR = ("hip_adduction_by_shank", "rearfoot_eversion_floor")
CONFIG = Config()
# curves without errors of skin and placement: the interval need not hold them
CLEAN = Config.model_validate(
    {"findings": {"sequence": {"equivalence_ms": 15.0, "resolution_ms": 30.0, "systematic_ms": 4.0}}}
)


def found_in(cycles: xr.Dataset, metrics: xr.Dataset | None = None, config: Config = CONFIG):
    quality = Quality("P01", "1", "findings")
    empty = {}
    material = FindingInputs(
        Session(participant="P01", session="1"),
        config,
        quality,
        cycles,
        cycles if metrics is None else metrics,
        empty,
        empty,
        empty,
    )
    return sequence(material), quality


@pytest.mark.parametrize(
    ("planted", "lead_ms"), [("top_down", (30, 80)), ("bottom_up", (-80, -30)), ("simultaneous", (-5, 5))]
)
def test_the_planted_order_is_named(planted: str, lead_ms: tuple[float, float]) -> None:
    """20 of each class here; 100 in docs/sequence_table.py, whose figures are in docs/findings.md."""
    names = []
    for number in range(20):
        lead = np.random.default_rng([number, 11]).uniform(*lead_ms)
        (one,), _ = found_in(coupled_squats(lead / 1000, 500 + number), config=CLEAN)
        names.append(one.evidence["verdict"])
        assert one.value == pytest.approx(lead, abs=10) and one.low < one.value < one.high and one.unit == "ms"
    assert names.count(planted) >= 18 and set(names) <= {planted, "indeterminate"}


def test_without_noise_onset_and_lag_give_the_planted_lead_to_a_few_ms() -> None:
    cycles = coupled_squats(0.05, 1, noise=0.0, jitter_s=0.0)
    found = leads(cycles, PAIR, "cycle", Metrics())
    assert abs(found.lag_ms.mean() - 50) < 0.5 and abs(found.onset_ms.mean() - 50) < 2
    assert np.abs(found.lag_ms - 50).max() < 5  # what each repetition contributes: ten times its part of the mean


def test_a_page_without_a_rearfoot_says_nothing_of_its_sequence() -> None:
    cycles = coupled_squats(0.05, 1)
    cycles["angle"].loc[{"quantity": "rearfoot_eversion_floor"}] = np.nan
    assert found_in(cycles)[0] == [] and found_in(cycles.isel(quantity=[0]))[0] == []


def test_what_cannot_be_told_is_indeterminate_with_the_reason() -> None:
    findings, quality = found_in(coupled_squats(0.05, 1).isel(cycle=slice(3)))
    assert findings[0].evidence["verdict"] == "indeterminate" and "fewer than 4 repetitions" in findings[0].sentence
    assert [row["code"] for row in quality.rows] == ["sequence_indeterminate"]


def test_of_several_reasons_the_one_behind_the_others_is_given() -> None:
    """A movement that is hardly there has no lag either, in any repetition."""
    none = np.full(6, np.nan)
    verdict = judge(Leads(none, np.full(6, 0.1), none, np.full(6, 0.2), none), CONFIG.findings.sequence, 200, 0, "x")
    assert verdict.name == "indeterminate" and verdict.reason == "the smaller movement has less than 3 degrees"


@pytest.mark.parametrize(
    ("lag", "correlation", "excursion", "expected"),
    [
        ([30, 34, 32, 31], 0.95, 8, "top_down"),
        ([-30, -34, -32, -31], 0.95, 8, "bottom_up"),
        ([1, -2, 3, 0], 0.95, 8, "simultaneous"),
        ([12, 13, 14, 15], 0.95, 8, "simultaneous"),  # the interval reaches to 22: within the resolution of 30
        ([18, 40, -20, 60], 0.95, 8, "indeterminate"),  # holds 0
        ([20, 21, 26, 21], 0.95, 8, "indeterminate"),  # 13 to 31: neither beyond 15 nor within 30
        ([30, 34, np.nan, np.nan, 31], 0.95, 8, "indeterminate"),  # too few
        ([30, 34, 32, 31], 0.7, 8, "indeterminate"),  # of different form
        ([30, 34, 32, 31], 0.95, 2, "indeterminate"),  # too small
    ],
)
def test_the_rules_of_the_verdict(lag: list[float], correlation: float, excursion: float, expected: str) -> None:
    settings = CLEAN.findings.sequence
    same = np.ones(len(lag))
    found = Leads(np.array(lag, float), correlation * same, 0.01 * same, excursion * same, np.nan * same)
    assert judge(found, settings, 500, 0, "x").name == expected


def test_the_interval_holds_what_is_systematic() -> None:
    """Repetitions without scatter leave 1.96 times the standard deviation that all of them share."""
    found = Leads(np.full(6, 10.0), np.ones(6), np.zeros(6), np.full(6, 9.0), np.full(6, np.nan))
    verdict = judge(found, CONFIG.findings.sequence, 500, 0, "x")
    assert (verdict.high - verdict.low) / 2 == pytest.approx(1.96 * CONFIG.findings.sequence.systematic_ms, rel=1e-3)
    assert (verdict.high + verdict.low) / 2 == pytest.approx(10.0)


def test_leads_say_how_large_and_how_alike_the_movements_are() -> None:
    cycles = coupled_squats(0.04, 2, noise=0.0, jitter_s=0.0)
    found = leads(cycles, PAIR, "cycle", Metrics())
    sizes = np.ptp(cycles["angle"].to_numpy(), axis=1).min(axis=1)
    np.testing.assert_allclose(found.excursion_deg, sizes, rtol=0.01)
    assert (
        found.lag_ms.mean() == pytest.approx(40, abs=0.5)
        and (found.correlation > 0.99).all()
        and (found.chance < 0.05).all()
    )


def test_gait_has_lags_but_no_verdict() -> None:
    """The same curves that are called a lead in squats are none in walking, where lags belong to the form of the curves."""
    squats = coupled_squats(0.06, 3)
    strides = squats.assign_coords(
        task=("cycle", np.full(squats.sizes["cycle"], "walking", dtype="U30")),
        foot_off_percent=("cycle", np.full(squats.sizes["cycle"], 100.0)),
    )
    ((lead,), _), ((gait,), _) = found_in(squats), found_in(strides)
    assert lead.evidence["verdict"] == "top_down"
    assert gait.evidence["verdict"] == "indeterminate" and "courses of different form" in gait.sentence
    assert gait.value == pytest.approx(lead.value, abs=10.0)


def test_lags_of_other_pairs_are_those_of_the_metrics() -> None:
    """The metrics hold more rows than the cycles: those of both legs together come after them, and are not a leg's."""
    cycles = coupled_squats(0.05, 1)
    lag = np.append(np.arange(10.0), 99.0)
    lag[3] = np.nan
    both = cycles.isel(cycle=[0]).assign_coords(side=("cycle", ["both"]))
    metrics = xr.concat([cycles, both], "cycle").drop_vars("angle")
    name = "thigh_internal_rotation_to_shank_internal_rotation__course_lag__descent"
    metrics = metrics.assign_coords(metric=[name]).assign(value=(("cycle", "metric"), lag[:, None]))
    ((one,), _), ((alone,), _) = found_in(cycles, metrics), found_in(cycles)
    key = "lag_of_shank_internal_rotation_after_thigh_internal_rotation_ms"
    assert one.evidence[key]["mean"] == pytest.approx(42 / 9) and one.evidence[key]["repetitions"] == 9
    assert not [name for name in alone.evidence if name.startswith("lag_of")] and alone.value == one.value


def entered(
    hip_first_s: float,
    foot_back_earlier_s: float = 0.0,
    foot_power: float = 1.0,
    repetitions: int = 8,
    seed: int = 1,
    trials: int = 1,
    between_s: float = 0.0,
) -> xr.Dataset:
    """Squats of 2.4 s, 6 degrees each: what goes into the collapse and what comes out of it are planted apart.

    Minimum-jerk rise and fall of 1.2 s, each of them moved in time for the foot; `foot_power` makes its rise of another form;
    leads differ by 4 ms between repetitions and by `between_s` between trials.
    """
    random = np.random.default_rng([seed, 5])
    time = np.linspace(0.0, 2.8, 101)

    def step(t: np.ndarray) -> np.ndarray:
        x = np.clip(t / 1.2, 0.0, 1.0)
        return x**3 * (10 - 15 * x + 6 * x**2)

    curves = np.zeros((repetitions, 101, 2))
    of_trial = between_s * random.standard_normal(trials)
    trial = np.arange(repetitions) * trials // repetitions
    for k in range(repetitions):
        late = hip_first_s + 0.004 * random.standard_normal() + of_trial[trial[k]]
        curves[k, :, 0] = 6 * np.minimum(step(time - 0.2), 1 - step(time - 1.4))
        back = 1 - step(time - 1.4 + foot_back_earlier_s)
        curves[k, :, 1] = 6 * np.minimum(step(time - 0.2 - late) ** foot_power, back)
    text = {"task": "single_leg_squat", "condition": "", "footwear": "", "side": "right"}
    return xr.Dataset(
        {"angle": (("cycle", "percent", "quantity"), curves)},
        coords={
            "quantity": list(PAIR),
            "start": ("cycle", np.zeros(repetitions)),
            "end": ("cycle", np.full(repetitions, 2.8)),
            "foot_off_percent": ("cycle", np.full(repetitions, np.nan)),
            "bottom_percent": ("cycle", np.full(repetitions, 50.0)),
            "trial": ("cycle", [f"t{number}" for number in trial]),
            **{name: ("cycle", [word] * repetitions) for name, word in text.items()},
        },
    )


@pytest.mark.parametrize(
    ("hip_first_s", "foot_back_earlier_s", "expected"),
    [
        (0.0, 0.12, "simultaneous"),  # same descent, another return: no order
        (0.0, -0.12, "simultaneous"),
        (0.0, 0.22, "simultaneous"),
        (0.06, 0.22, "top_down"),  # the hip 60 ms first, the foot returns 220 ms earlier
        (-0.06, -0.22, "bottom_up"),  # its mirror
        (0.06, 0.0, "top_down"),
        (-0.06, 0.0, "bottom_up"),
        (0.06, -0.22, "top_down"),
    ],
)
def test_the_return_has_no_part_in_the_order(hip_first_s: float, foot_back_earlier_s: float, expected: str) -> None:
    (one,), _ = found_in(entered(hip_first_s, foot_back_earlier_s))
    assert one.evidence["verdict"] == expected, (one.value, one.low, one.high, one.sentence)
    assert one.value == pytest.approx(1000 * hip_first_s, abs=12)
    if expected == "top_down":
        assert one.sentence.startswith("Hip adduction begins") and "ms before rearfoot eversion" in one.sentence
    if expected != "simultaneous":
        assert "timing, not cause" in one.sentence and "lead of the" not in one.sentence


def test_movements_that_change_places_on_the_way_have_no_order() -> None:
    """A foot that begins with the hip and rises more slowly is not a foot that follows: beginning and half disagree."""
    for power, shift in ((2.0, -0.16), (0.5, 0.14)):
        (one,), _ = found_in(entered(shift, foot_power=power))
        begins, ends = (one.evidence[f"lead_{name}_ms"]["mean"] for name in ("at_the_beginning", "near_the_peak"))
        assert begins * ends < 0, "the case is what it is meant to be"
        assert one.evidence["verdict"] in ("indeterminate", "simultaneous")


def test_the_interval_of_the_order_counts_trials() -> None:
    """Leads that differ by 40 ms between three trials are not known to 4 ms, however many repetitions each has."""
    widths = []
    for between in (0.0, 0.04):
        (one,), _ = found_in(entered(0.05, repetitions=12, trials=3, between_s=between))
        widths.append(one.high - one.low)
    assert widths[1] > 3 * widths[0]


def test_coupling_is_that_of_the_descent_only() -> None:
    """Vector coding and zero-lag correlation by name: the same way in gives the same, whatever the way back."""
    (same,), _ = found_in(entered(0.0))
    (other,), _ = found_in(entered(0.0, 0.22))
    for one in (same, other):
        shares = one.evidence["vector_coding_of_the_descent"]
        assert shares["in_phase_percent"] > 90 and shares["variability_of_the_coupling_angle_deg"] < 5
        assert one.evidence["zero_lag_correlation_of_the_descent"] > 0.98
    alone = entered(0.0)
    alone["angle"][:, :, 1] *= 0.2  # the hip moves nearly alone
    (hip,), _ = found_in(alone, config=Config.model_validate({"findings": {"sequence": {"least_excursion_deg": 0.5}}}))
    assert hip.evidence["vector_coding_of_the_descent"]["proximal_percent"] > 90
    opposite = entered(0.0)
    opposite["angle"][:, :, 1] *= -1
    (against,), _ = found_in(opposite)
    assert against.evidence["vector_coding_of_the_descent"]["anti_phase_percent"] > 90
    assert against.evidence["zero_lag_correlation_of_the_descent"] < -0.98
    assert against.evidence["verdict"] == "indeterminate"
