import numpy as np
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.events.cycle_curves import QUANTITIES
from biomech.io.sheets import Session
from biomech.outcomes import METRICS
from biomech.outcomes.registry import metric, renamed
from biomech.outcomes.session import metrics_session
from biomech.quality import Quality
from biomech.schema import CYCLE_VALUES
from biomech.study.dataset import metrics_long

PERCENT = np.linspace(0, 100, 101)
FRAMES = ["jcs", "proximal", "distal", "lab"]


def made_up(tasks=("walking",), duration=1.0, foot_off=60.0, bottom=np.nan, **coords):
    """Cycles of known curves: hip adduction has its peak of 6 degrees at 18 % and a higher one, 9, in swing."""
    n = len(tasks)
    angle = np.zeros((n, 101, len(QUANTITIES)))
    put = lambda name, y: angle.__setitem__((slice(None), slice(None), QUANTITIES.index(name)), y)  # noqa: E731
    bump = lambda centre, width: np.exp(-(((PERCENT - centre) / width) ** 2))  # noqa: E731
    put("hip_adduction", 6 * bump(18, 5) - 2 * bump(40, 4) + 9 * bump(80, 4))
    put("knee_flexion", 15 * bump(14, 4) + 62 * bump(72, 6))
    put("knee_abduction", 4 - PERCENT / 10)
    put("rearfoot_eversion", PERCENT / 10)
    moment = np.zeros((n, 101, len(QUANTITIES), 4))
    knee = 0.5 * bump(15, 6) + 0.4 * bump(45, 6)
    for i, factor in enumerate((1.0, 0.9, 1.1, 2.0)):
        moment[:, :, QUANTITIES.index("knee_abduction"), i] = factor * knee
        moment[:, :, QUANTITIES.index("hip_adduction"), i] = -factor * knee
    force = np.zeros((n, 101, 3))
    force[:, :, 1] = 9.81 * (1.1 * bump(15, 8) + 1.05 * bump(45, 8))
    on_cycle = {
        "participant": "P01",
        "session": "pre",
        "label": "",
        "group": "",
        "trial": "t",
        "condition": "",
        "footwear": "",
        "side": "left",
        "rep": np.arange(1, n + 1),
        "start": 2.0,
        "end": 2.0 + duration,
        "foot_off_percent": foot_off,
        "bottom_percent": bottom,
        "mass_kg": 70.0,
        "height_m": 1.75,
        **dict.fromkeys(CYCLE_VALUES, np.nan),
        "speed_m_s": 1.3,
        "moment_valid": 1,
        "moment_reason": "",
    } | coords
    return xr.Dataset(
        {
            "angle": (("cycle", "percent", "quantity"), angle),
            "moment": (("cycle", "percent", "quantity", "frame"), moment),
            "ground_reaction": (("cycle", "percent", "axis"), force),
        },
        coords={
            "cycle": [f"c{i}" for i in range(n)],
            "percent": PERCENT,
            "quantity": list(QUANTITIES),
            "frame": FRAMES,
            "axis": list("xyz"),
            "task": ("cycle", np.array(tasks, dtype="U30")),
            **{k: ("cycle", np.broadcast_to(v, n).copy()) for k, v in on_cycle.items()},
        },
    )


def run(cycles, values=None):
    quality = Quality("P01", "pre", "metrics")
    config = parse_config({"metrics": {"select": "all"} | (values or {}).get("metrics", {})})
    out = metrics_session(cycles, Session(participant="P01", session="pre"), config, quality)
    return out, quality


def value(out, name, cycle=0):
    return float(out["value"].sel(metric=name)[cycle])


def reason(out, name, cycle=0):
    return str(out["reason"].sel(metric=name).to_numpy()[cycle])


def test_angles_of_walking():
    out, _ = run(made_up())
    expected = {
        "hip_adduction__peak__stance": 6.0,
        "hip_adduction__range__stance": 8.0,
        "hip_adduction__at_foot_strike__stance": 6 * np.exp(-((18 / 5) ** 2)),
        "hip_adduction__at_peak_knee_flexion__stance": 6 * np.exp(-((4 / 5) ** 2)),
        "knee_flexion__peak__swing": 62.0,
        "knee_flexion__first_peak__stance": 15.0,
        "knee_abduction__peak__stance": 4.0,
        "knee_abduction__minimum__stance": -2.0,
        "rearfoot_eversion__peak__stance": 6.0,
        "rearfoot_eversion__range__stance": 6.0,
        "rearfoot_eversion__at_peak_knee_flexion__stance": 1.4,
        "contralateral_pelvic_drop__peak__stance": 0.0,
        "stride_time__value__cycle": 1.0,
        "stance_share__value__cycle": 60.0,
        "contact_time__value__stance": 0.6,
        "speed__mean__cycle": 1.3,
    }
    for name, truth in expected.items():
        # neighbouring bumps reach into each other by less than 1e-4 of their height
        assert value(out, name) == pytest.approx(truth, abs=2e-3), name
        assert reason(out, name) == ""


def test_external_moments_frames_and_units():
    out, _ = run(made_up())
    adduction = "external_knee_adduction_moment"
    assert value(out, f"{adduction}__first_peak__stance") == pytest.approx(0.5, abs=1e-4)
    assert value(out, f"{adduction}__second_peak__stance") == pytest.approx(0.4, abs=1e-4)
    assert value(out, f"{adduction}_proximal__peak__stance") == pytest.approx(0.45, abs=1e-4)
    assert value(out, f"{adduction}_distal__peak__stance") == pytest.approx(0.55, abs=1e-4)
    assert value(out, f"{adduction}_nm__peak__stance") == pytest.approx(0.5 * 70, abs=0.01)
    # 1 %BW h is g h / 100 = 0.1717 N m/kg at 1.75 m
    assert value(out, f"{adduction}_bwh__peak__stance") == pytest.approx(0.5 / 0.1716750, abs=1e-3)
    # the abduction moment is the negative curve: its largest value is where the adduction moment is least, about zero
    abduction = value(out, "external_knee_abduction_moment__peak__stance")
    assert abduction == pytest.approx(-0.5 * np.exp(-((15 / 6) ** 2)), abs=1e-3)
    assert value(out, "external_hip_adduction_moment__peak__stance") == pytest.approx(0.5, abs=1e-4)
    assert value(out, "vertical_ground_reaction__first_peak__stance") == pytest.approx(1.1, abs=1e-3)
    units = dict(zip(out["metric"].to_numpy().tolist(), out["unit"].to_numpy().tolist(), strict=True))
    assert units[f"{adduction}_bwh__peak__stance"] == "%BW·height" and units[f"{adduction}_nm__peak__stance"] == "N m"


def test_the_early_window_is_in_milliseconds():
    """In 100 ms of a 1 s cycle the moment has risen to its value at 10 %; of a 0.5 s cycle, over the peak."""
    at = lambda p: 0.5 * np.exp(-(((p - 15) / 6) ** 2))  # noqa: E731
    name = "external_knee_adduction_moment__peak__first_100_ms"
    assert value(run(made_up(duration=1.0))[0], name) == pytest.approx(at(10), abs=1e-6)
    assert value(run(made_up(duration=0.5))[0], name) == pytest.approx(0.5, abs=1e-6)
    out, _ = run(made_up(), {"metrics": {"windows_ms": 50}})
    assert name not in out["metric"].to_numpy()
    assert value(out, "external_knee_adduction_moment__peak__first_50_ms") == pytest.approx(at(5), abs=1e-6)
    assert renamed(name, 37.5).endswith("__first_37_5_ms") and renamed("a__peak__stance", 50) == "a__peak__stance"


def test_landings_squats_and_stance_have_their_own_windows():
    tasks = ("drop_vertical_jump", "double_leg_squat", "single_leg_stance", "double_leg_drop_landing")
    out, _ = run(made_up(tasks, foot_off=[100.0, np.nan, np.nan, np.nan], bottom=[72.0, 72.0, np.nan, 100.0]))
    assert value(out, "hip_adduction__peak__contact", 0) == pytest.approx(9, abs=1e-6)
    assert value(out, "hip_adduction__peak__cycle", 1) == pytest.approx(9, abs=1e-6)
    assert value(out, "rearfoot_eversion__at_peak_knee_flexion__contact", 0) == pytest.approx(7.2)
    assert value(out, "rearfoot_eversion__at_peak_knee_flexion__cycle", 1) == pytest.approx(7.2)
    assert value(out, "rearfoot_eversion__mean__cycle", 2) == pytest.approx(5.0)
    assert value(out, "contact_time__value__contact", 0) == 1.0
    assert value(out, "repetition_time__value__cycle", 1) == 1.0
    assert reason(out, "hip_adduction__peak__contact", 1) == "not defined for double-leg squat"
    assert "hip_adduction__peak__stance" not in out["metric"].to_numpy()
    assert reason(out, "contact_time__value__contact", 3) == "not defined for double-leg drop landing"


def test_a_missing_value_inside_the_window_gives_the_reason():
    cycles = made_up(("walking",) * 6, foot_off=[60.0, 60, np.nan, 60, 60, 60])
    hip = cycles["angle"].to_numpy()[:, :, QUANTITIES.index("hip_adduction")]
    hip[0, 30] = np.nan
    hip[1, 70] = np.nan  # in swing
    hip[3] = np.nan
    cycles["moment"].to_numpy()[4, 20] = np.nan
    cycles["moment_valid"].to_numpy()[4] = 0
    cycles["moment_reason"] = ("cycle", np.array(["", "", "", "", "heel off plate 2", ""]))
    cycles["height_m"].to_numpy()[5] = np.nan
    out, _ = run(cycles)
    name = "hip_adduction__peak__stance"
    assert np.isnan(value(out, name, 0)) and reason(out, name, 0) == "missing samples in the window"
    assert value(out, name, 1) == pytest.approx(6, abs=1e-3) and reason(out, name, 1) == ""
    assert reason(out, name, 2) == "no foot off was found in the cycle"
    assert reason(out, name, 3) == "hip_adduction was not measured in this cycle"
    assert reason(out, "external_knee_adduction_moment__peak__stance", 4) == "heel off plate 2"
    assert value(out, "external_knee_adduction_moment__peak__first_100_ms", 4) > 0  # complete up to 10 %
    assert reason(out, "external_knee_adduction_moment_bwh__peak__stance", 5) == "body height is unknown"
    assert value(out, "external_knee_adduction_moment_nm__peak__stance", 5) > 0
    every = out["value"].to_numpy()
    assert ((out["reason"].to_numpy() == "") == np.isfinite(every)).all()


def test_a_share_of_an_index_needs_an_index_of_some_size():
    share, size = "dynamic_valgus_index_hip_adduction_share__at_peak__stance", "dynamic_valgus_index__peak__stance"
    cycles = made_up(("walking",))
    index = value(run(cycles)[0], size, 0)
    for least, known in ((index - 0.1, True), (index + 0.1, False)):
        out, _ = run(cycles, {"metrics": {"least_index_deg": least}})
        assert np.isfinite(value(out, share, 0)) == known and value(out, size, 0) == index


def test_implausible_values_are_reported_once_a_trial_side_and_metric():
    cycles = made_up(("walking",) * 3)
    hip = cycles["angle"].to_numpy()[:, :, QUANTITIES.index("hip_adduction")]
    hip[0] += 10  # 16
    hip[1] += 18  # 24: beyond 22
    _, quality = run(cycles)
    row = next(r for r in quality.rows if r["item"] == "hip_adduction__peak__stance")
    assert row["level"] == "warning" and row["code"] == "far_from_plausible" and row["trial"] == "t"
    assert "c0, c1" in row["message"] and "2 of 3" in row["message"] and row["value"] == pytest.approx(24, abs=1e-3)
    assert "Schwartz" in row["message"] and row["unit"] == "degree"
    _, quiet = run(cycles, {"metrics": {"plausible": {"walking": {"hip_adduction__peak__stance": None}}}})
    assert not [r for r in quiet.rows if r["item"] == "hip_adduction__peak__stance"]
    own = {"metrics": {"plausible": {"walking": {"hip_adduction__peak__stance": {"low": 0, "high": 30}}}}}
    assert not [r for r in run(cycles, own)[1].rows if r["item"] == "hip_adduction__peak__stance"]
    wrong = {"metrics": {"plausible": {"walking": {"hip_aduction__peak__stance": {"low": 0}}}}}
    unknown = [r for r in run(cycles, wrong)[1].rows if r["code"] == "unknown_metric"]
    assert len(unknown) == 1 and "did you mean 'hip_adduction__peak__stance'" in unknown[0]["message"]


@pytest.mark.parametrize("cycles", [xr.Dataset(), made_up(())], ids=["nothing", "no cycles"])
def test_no_cycles_give_no_values(cycles):
    out, quality = run(cycles)
    assert out.sizes["cycle"] == 0 and set(out.data_vars) == {"value", "reason", "unit"} and not quality.rows
    assert metrics_long([out, run(made_up())[0]]).shape[0] == run(made_up())[0].sizes["metric"]


def test_the_registry_refuses_wrong_names():
    described = {k: "x" for k in ("unit", "title", "definition", "positive", "frame", "source")}
    for name, message in (
        ("hip__peak", "expected <quantity>"),
        ("hip__peak__lunch", "expected <quantity>"),
        (next(iter(METRICS)), "twice"),
    ):
        with pytest.raises(ValueError, match=message):
            metric(name, len, needs="angle", **described)
    with pytest.raises(ValueError, match="no window"):
        metric("hip__peak__stance", len, needs="angle", tasks=("double_leg_squat",), **described)


@pytest.mark.parametrize(
    "task", ["drop_vertical_jump", "double_leg_drop_landing", "single_leg_drop_landing", "side_cut"]
)
def test_a_loading_rate_that_no_leg_has_is_reported(task):
    for rate, wrong in ((120.0, False), (777.0, True)):
        cycles = made_up((task,), foot_off=100.0, bottom=60.0, vertical_loading_rate_average=9.81 * rate)
        out, quality = run(cycles)
        name = "vertical_loading_rate__mean__contact"
        assert value(out, name) == pytest.approx(rate)
        assert any(row["item"] == name for row in quality.rows) == wrong


def test_the_foot_of_a_landing_is_read_once_its_heel_is_down():
    """Everted by 12 degrees in the air, 3 when the heel is down at 20 %, 8 at 60 %: the peak on the ground is 8, the excursion 5."""
    curve = np.interp(PERCENT, [0, 20, 60, 100], [12.0, 3.0, 8.0, 4.0])
    cycles = made_up(("drop_vertical_jump",), foot_off=100.0, bottom=60.0, heel_down_percent=20.0)
    cycles["angle"].to_numpy()[0, :, QUANTITIES.index("rearfoot_eversion")] = curve
    out, _ = run(cycles)
    assert value(out, "rearfoot_eversion__peak__contact") == pytest.approx(8.0)
    assert value(out, "rearfoot_eversion__excursion__contact") == pytest.approx(5.0)
    assert value(out, "rearfoot_eversion__at_foot_strike__contact") == pytest.approx(12.0)
    assert value(out, "rearfoot_eversion__time_to_peak__contact") == pytest.approx(0.6)


def test_a_straight_leg_has_no_valgus_index_and_a_bent_ankle_no_pronation():
    cycles = made_up(("double_leg_squat",), foot_off=np.nan, bottom=50.0)
    angle = cycles["angle"].to_numpy()
    angle[:] = 0.0
    angle[0, :, QUANTITIES.index("knee_internal_rotation")] = -30.0  # as in standing: a zero of the frames
    angle[0, :, QUANTITIES.index("rearfoot_dorsiflexion")] = np.interp(PERCENT, [0, 50, 100], [0, 40, 0])
    angle[0, :, QUANTITIES.index("rearfoot_eversion")] = 6.0
    angle[0, :, QUANTITIES.index("rearfoot_internal_rotation")] = -4.0
    out, _ = run(cycles)
    assert value(out, "dynamic_valgus_index__peak__cycle") == pytest.approx(0.0)
    assert value(out, "rearfoot_pronation__peak__cycle") == pytest.approx(10.0)


def test_a_selected_metric_that_does_not_exist_is_named():
    _, quality = run(made_up(), {"metrics": {"select": ["default", "hip_aduction__peak__stance"]}})
    rows = [row for row in quality.rows if row["code"] == "unknown_metric"]
    assert len(rows) == 1 and "hip_adduction__peak__stance" in rows[0]["message"]
    assert not [row for row in run(made_up())[1].rows if row["code"] == "unknown_metric"]
