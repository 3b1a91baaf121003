import numpy as np
import pytest
import xarray as xr

from biomech.config import Config, parse_config
from biomech.errors import TrialError
from biomech.events.cycle_curves import CURVES, QUANTITIES
from biomech.events.dataset import write_cycles
from biomech.events.session import cycles_session, session_cycles
from biomech.io.sheets import Session, Trial
from biomech.io.store import read_dataset, write_dataset
from biomech.quality import Quality
from biomech.study.dataset import collect_study
from biomech.tasks import TASKS

RATE = 100.0
N = 500
T = np.arange(N) / RATE
LANDMARKS = ["heel", "toe"]


def motion(quantities=("knee_flexion", "hip_adduction"), attrs=None, speed=1.2):
    """A walker along lab -Z: left strikes at 0.275 + 1.1 k, right half a stride later; knee flexion is linear in time."""
    forward = np.array([0.0, 0.0, -1.0])
    pelvis = speed * T[:, None] * forward + [0, 0.9, 0]
    points = np.zeros((N, 2, 2, 3))
    ankle = np.zeros((N, 2, 1, 3))
    for i, phase in enumerate((0.0, 0.55)):
        for j, lag in enumerate((0.0, -0.08)):
            swing = 0.1 * j + 0.35 * np.sin(2 * np.pi * (T - phase + lag) / 1.1)
            points[:, i, j] = pelvis + swing[:, None] * forward - [0, 0.9, 0]
        ankle[:, i, 0, 1] = 0.08
    angle = np.zeros((N, 2, len(quantities)))
    angle[:, 0, 0], angle[:, 1, 0] = 10 * T, 20 * T
    return xr.Dataset(
        {
            "landmark_position": (("time", "side", "landmark", "axis"), points),
            "origin": (("time", "side", "segment", "axis"), np.stack([pelvis, pelvis], axis=1)[:, :, None]),
            "joint_centre": (("time", "side", "joint", "axis"), ankle),
            "progression": (("time", "axis"), np.tile(forward, (N, 1))),
            "angle": (("time", "side", "quantity"), angle),
        },
        coords={
            "time": T,
            "side": ["left", "right"],
            "landmark": LANDMARKS,
            "segment": ["pelvis"],
            "joint": ["ankle"],
            "axis": list("xyz"),
            "quantity": list(quantities),
        },
        attrs={"rate_hz": RATE, "cutoff_hz": 12.0} | (attrs or {}),
    )


def force(contact=None, rows=()):
    start, end, foot, valid, reason = zip(*rows, strict=True) if rows else ([], [], [], [], [])
    reaction = np.zeros((N, 2, 3))
    reaction[:] = [30.0, 700.0, -50.0]  # lab: 50 N forward (-Z), 30 N towards +X, which is right of a walker along -Z
    return xr.Dataset(
        {
            "moment": (("time", "side", "quantity", "frame"), np.tile(T[:, None, None, None], (1, 2, 2, 4))),
            "power": (("time", "side", "quantity"), np.tile(T[:, None, None], (1, 2, 2))),
            "ground_reaction": (("time", "side", "axis"), reaction),
            "contact": (("time", "side"), np.ones((N, 2)) if contact is None else contact),
            "contact_plate_number": ("plate_contact", np.ones(len(start), int)),
            "contact_start": ("plate_contact", np.array(start, float)),
            "contact_end": ("plate_contact", np.array(end, float)),
            "contact_foot": ("plate_contact", np.array(foot, dtype=str)),
            "contact_valid": ("plate_contact", np.array(valid, dtype=bool)),
            "contact_reason": ("plate_contact", np.array(reason, dtype=str)),
        },
        coords={
            "time": T,
            "side": ["left", "right"],
            "axis": list("xyz"),
            "quantity": ["hip_adduction", "knee_abduction"],
            "frame": ["jcs", "proximal", "distal", "lab"],
        },
    )


def trial(name="walk", task="walking", side="both", **free):
    return Trial(trial=name, file=f"{name}.c3d", role="dynamic", task=task, side=side, footwear="barefoot", free=free)


def session(*trials, **cells):
    return Session(**({"participant": "P01", "session": "pre", "mass_kg": 70.0, "trials": trials} | cells))


def run(session_, kinematics, kinetics=None, on_error="skip"):
    quality = Quality("P01", "pre", "cycles")
    tree = lambda groups: groups or {}  # noqa: E731
    return cycles_session(tree({}), tree(kinematics), tree(kinetics), session_, Config(), quality, on_error), quality


def test_curves_and_coordinates_of_walking():
    s = session(trial(fatigue=3, note="a"), trial("walk2", fatigue=None, note=None), covariates={"age_years": 31})
    data, quality = run(s, {"walk": motion(), "walk2": motion()}, {"walk": force()})
    one = data.isel(cycle=(data["trial"] == "walk").to_numpy())
    assert one["cycle"].to_numpy().tolist() == [f"P01_pre_walk_left_{i}" for i in (1, 2, 3, 4)] + [
        f"P01_pre_walk_right_{i}" for i in (1, 2, 3)
    ]
    left = one.sel(cycle="P01_pre_walk_left_2")
    np.testing.assert_allclose([left["start"], left["end"]], [1.375, 2.475], atol=3e-4)
    # foot off: the toe lags by 0.08 s, its extreme lies at 0.825 + 0.08 + 1.1 k s
    np.testing.assert_allclose(left["foot_off_percent"], 100 * (2.005 - 1.375) / 1.1, atol=0.05)
    flexion = one["angle"].sel(quantity="knee_flexion")
    slope = np.where(one["side"] == "left", 10.0, 20.0)
    time = one["start"].to_numpy()[:, None] + np.outer(one["end"] - one["start"], np.linspace(0, 1, 101))
    np.testing.assert_allclose(flexion, slope[:, None] * time, atol=1e-9)
    np.testing.assert_allclose(one["moment"].sel(quantity="knee_abduction", frame="distal"), time, atol=1e-12)
    np.testing.assert_allclose(one["power"].sel(quantity="hip_adduction"), time, atol=1e-12)
    assert np.isnan(one["moment"].sel(quantity="knee_flexion")).all()
    assert (one["moment_valid"] == 1).all() and (one["event_source"] == "kinematic").all()
    assert one["fatigue"].to_numpy().tolist() == [3.0] * 7 and set(data["note"].to_numpy()) == {"a", ""}
    assert set(data["age_years"].to_numpy()) == {31.0} and (data["cutoff_hz"] == 12).all()
    two = data.isel(cycle=(data["trial"] == "walk2").to_numpy())
    assert (
        two.sizes["cycle"] == 7
        and np.isnan(two["moment"]).all()
        and set(two["moment_reason"].to_numpy()) == {"no kinetics"}
    )
    assert [row["code"] for row in quality.rows] == [
        "mass_differs"
    ]  # 700 N on each foot at any time is twice the weight


def test_ground_reaction_is_forward_up_and_lateral_per_mass():
    data, _ = run(session(trial()), {"walk": motion()}, {"walk": force()})
    for side, lateral in (("left", -30.0), ("right", 30.0)):
        mine = data["ground_reaction"].where(data["side"] == side, drop=True)
        np.testing.assert_allclose(mine.isel(cycle=0, percent=37) * 70, [50.0, 700.0, lateral], atol=1e-9)
    assert (
        data["ground_reaction"].attrs["units"] == "N kg-1" and "progression" in data["ground_reaction"].attrs["frame"]
    )
    massless, _ = run(session(trial(), mass_kg=None), {"walk": motion()}, {"walk": force()})
    assert (
        np.isnan(massless["ground_reaction"]).all()
        and np.isfinite(massless["moment"].sel(quantity="hip_adduction")).all()
    )


@pytest.mark.parametrize("belt", [0.0, 1.2])
def test_speed_is_that_of_the_pelvis_over_the_standing_foot(belt):
    """The toe is nailed to the ground, or to a belt that runs backwards; either way the walker does 1.2 m/s."""
    data = motion(speed=1.2 - belt)
    toe = data["landmark_position"].to_numpy()
    # nail both toes to the belt from strike to off of the second stride
    for i, start in enumerate((1.375, 1.925)):
        stance = (start <= T) & (start + 0.47 >= T)
        toe[stance, i, 1, 2] = -(1.0 - belt * (T[stance] - start))
    out, _ = run(session(trial()), {"walk": data})
    speed = out["speed_m_s"].sel(cycle=["P01_pre_walk_left_2", "P01_pre_walk_right_2"])
    np.testing.assert_allclose(speed, 1.2, atol=1e-3)


def test_a_stance_without_a_plate_is_said_with_its_reason():
    contact = np.ones((N, 2))
    contact[150:160, 0] = 2
    rows = [
        (1.4, 1.9, "left", False, "the foot lies over the edge of plate 1"),
        (3.0, 3.3, "right", False, "elsewhere"),
    ]
    data, _ = run(session(trial()), {"walk": motion()}, {"walk": force(contact, rows)})
    assert data["moment_valid"].to_numpy().tolist() == [1, 0, 1, 1, 1, 1, 1]
    assert data["moment_reason"].to_numpy()[1] == "the foot lies over the edge of plate 1"
    bare, _ = run(session(trial()), {"walk": motion()}, {"walk": force(contact)})
    assert "without a valid plate" in str(bare["moment_reason"].to_numpy()[1])


def test_missing_frames_stay_missing():
    data = motion()
    data["angle"].to_numpy()[180:190, 0, 0] = np.nan
    out, _ = run(session(trial()), {"walk": data})
    cycle = out.sel(cycle="P01_pre_walk_left_2")
    time = float(cycle["start"]) + 1.1 * np.linspace(0, 1, 101)
    missing = np.isnan(cycle["angle"].sel(quantity="knee_flexion")).to_numpy()
    inside = (time > 1.79) & (time < 1.90)
    assert (missing == inside).all() and np.isfinite(cycle["angle"].sel(quantity="hip_adduction")).all()


def test_kinematic_strikes_are_moved_to_where_force_has_them():
    """Plates see the strikes of both trials' second left and first right step 30 ms after the kinematic estimate."""
    rows = [(1.405, 1.845, "left", True, ""), (0.855, 1.295, "right", True, "")]
    data, quality = run(session(trial()), {"walk": motion()}, {"walk": force(rows=rows)})
    left = data.isel(cycle=(data["side"] == "left").to_numpy())
    np.testing.assert_allclose(left["start"], [0.305, 1.405, 2.505, 3.605], atol=5e-4)
    assert left["event_source"].to_numpy()[1] == "force+kinematic" and left["event_source"].to_numpy()[2] == "kinematic"
    row = next(r for r in quality.rows if r["item"] == "foot_strike")
    assert row["code"] == "kinematic_events_aligned" and row["value"] == pytest.approx(-0.03, abs=5e-4)
    plain = parse_config({"cycles": {"align_kinematic": False}})
    tree = dict
    out = cycles_session(
        tree({}), tree({"walk": motion()}), tree({"walk": force(rows=rows)}), session(trial()), plain, quality
    )
    np.testing.assert_allclose(out["start"][2], 2.475, atol=5e-4)


def test_side_of_the_trial_restricts():
    data, _ = run(session(trial(side="right")), {"walk": motion()})
    assert set(data["side"].to_numpy()) == {"right"}


@pytest.mark.parametrize("groups", [{}, {"walk": motion().isel(time=slice(0, 20))}])
def test_no_cycles_give_a_dataset_of_the_full_form(groups, tmp_path):
    empty, quality = run(session(trial(cohort="x"), covariates={"age_years": 30}), groups)
    full, _ = run(session(trial(cohort="x"), covariates={"age_years": 30}), {"walk": motion()}, {"walk": force()})
    assert (
        empty.sizes["cycle"] == 0
        and set(empty.variables) == set(full.variables)
        and set(empty.data_vars) == set(CURVES)
    )
    assert {d: n for d, n in empty.sizes.items() if d != "cycle"} == {
        d: n for d, n in full.sizes.items() if d != "cycle"
    }
    assert [row["code"] for row in quality.rows] == (["no_cycles"] if groups else [])
    assert collect_study([empty, full]).sizes["cycle"] == 7
    write_dataset(empty, tmp_path / "empty.nc")
    assert read_dataset(tmp_path / "empty.nc").sizes["cycle"] == 0


def test_cycles_written_trial_by_trial_are_those_of_the_dataset(tmp_path):
    odd = motion(("knee_flexion", "hip_adduction", "toe_extension"))
    trees = [{}, {"walk": motion(), "walk2": odd}, {"walk": force()}]
    one, config = session(trial(cohort="x"), trial("walk2"), trial("absent")), Config()
    quality = [Quality("P01", "1", "cycles") for _ in range(2)]
    whole = cycles_session(*trees, one, config, quality[0]).assign_attrs(stage="cycles")
    write_dataset(whole, tmp_path / "whole.nc")
    found = session_cycles(*trees, None, one, config, quality[1])
    write_cycles(one, found.trials, found.labels, tmp_path / "parts.nc", lambda: {"stage": "cycles"})
    xr.testing.assert_identical(read_dataset(tmp_path / "parts.nc"), read_dataset(tmp_path / "whole.nc"))
    assert quality[0].rows == quality[1].rows and whole.sizes["cycle"] == 14


def test_quantities_that_only_one_trial_has_are_missing_in_the_other():
    odd = motion(("knee_flexion", "hip_adduction", "toe_extension"))
    odd["angle"].to_numpy()[:, :, 2] = 5.0
    data, _ = run(session(trial(), trial("walk2")), {"walk": motion(), "walk2": odd})
    assert data["quantity"].to_numpy().tolist() == [*QUANTITIES, "toe_extension"]
    toe = data["angle"].sel(quantity="toe_extension")
    assert np.isnan(toe[:7]).all() and (np.abs(toe[7:] - 5) < 1e-12).all()


def test_bilateral_squats_share_repetitions_and_single_ones_need_a_leg():
    squat = motion()
    bump = 5 + 80 * (1 - np.cos(2 * np.pi * np.clip(T - 1, 0, 3) / 3)) / 2
    squat["angle"].to_numpy()[:, :, 0] = bump[:, None] + [3.0, -3.0]
    data, _ = run(session(trial(task="double_leg_squat")), {"walk": squat})
    assert data["side"].to_numpy().tolist() == ["left", "right"] and data["rep"].to_numpy().tolist() == [1, 1]
    assert float(data["start"][0]) == float(data["start"][1]) and abs(float(data["bottom_percent"][0]) - 50) < 0.5
    none, quality = run(session(trial(task="single_leg_squat")), {"walk": squat})
    assert none.sizes["cycle"] == 0 and quality.rows[0]["code"] == "side_unknown"
    with pytest.raises(TrialError, match="standing leg"):
        run(session(trial(task="single_leg_squat")), {"walk": squat}, on_error="stop")
    squat["joint_centre"].to_numpy()[:, 0, 0, 1] = 0.3  # the left foot is up
    right, _ = run(session(trial(task="single_leg_squat")), {"walk": squat})
    assert right["side"].to_numpy().tolist() == ["right"]


def test_static_trials_have_no_cycles():
    static = Trial(trial="static", file="s.c3d", role="static", task="static")
    data, quality = run(session(static), {"static": motion()})
    assert data.sizes["cycle"] == 0 and not quality.rows
    assert TASKS["static"].cycle == "none"
