"""A session from raw and model trees to angles: known truth in, the same truth out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from biomech import schema
from biomech.config import parse_config
from biomech.errors import TrialError
from biomech.io.sheets import Session, Trial
from biomech.kinematics.session import kinematics_session
from biomech.quantities import QUANTITIES

SIGNS = {
    "hip": {"hip_flexion": (0, 1), "hip_adduction": (1, 1), "hip_internal_rotation": (2, 1)},
    "knee": {"knee_flexion": (0, -1), "knee_abduction": (1, -1), "knee_internal_rotation": (2, 1)},
    "ankle": {"ankle_dorsiflexion": (0, 1), "ankle_inversion": (1, 1), "ankle_internal_rotation": (2, 1)},
}


@pytest.fixture
def run(person, walk, standing, session, config, quality):
    def go(walk_raw=None, model=None, session=session, config=config, static=True, **kwargs):
        raw = {"walk": walk[1] if walk_raw is None else walk_raw}
        raw |= {"stand": standing[1]} if static else {}
        tree = {"stand": person.model()} if model is None else model
        return kinematics_session(
            raw,
            tree,
            session,
            person.markerset,
            config,
            quality,
            **kwargs,
        )

    return go


def test_angles_of_both_legs_are_the_truth(run, walk):
    out = run()["walk"]
    for side in schema.SIDES:
        for joint, quantities in SIGNS.items():
            for quantity, (column, sign) in quantities.items():
                found = out["angle"].sel(side=side, quantity=quantity).values
                assert_allclose(found, sign * walk[0][side][joint][:, column], atol=1e-9, err_msg=f"{side} {quantity}")
        for quantity in ("forefoot_supination", "forefoot_dorsiflexion"):
            assert_allclose(out["angle"].sel(side=side, quantity=quantity), 0, atol=1e-9)
        inversion = out["angle"].sel(side=side, quantity="ankle_inversion").values
        assert_allclose(out["angle"].sel(side=side, quantity="rearfoot_eversion"), -inversion, atol=1e-9)


def test_pelvis_has_each_sides_sign_and_walks_along_the_found_direction(run, walk):
    out = run()["walk"]
    assert_allclose(out["progression"], np.tile([0.0, 0, -1], (150, 1)), atol=1e-12)
    yaw, obliquity, tilt = walk[0]["pelvis"].T
    for side, sign in (("right", 1), ("left", -1)):
        angle = out["angle"].sel(side=side)
        assert_allclose(angle.sel(quantity="pelvis_anterior_tilt"), -tilt, atol=1e-9)
        assert_allclose(angle.sel(quantity="contralateral_pelvic_drop"), -sign * obliquity, atol=1e-9)
        assert_allclose(angle.sel(quantity="pelvis_internal_rotation"), sign * yaw, atol=1e-9)


def test_poses_on_disk_are_lab_axes_with_z_to_the_right(run, walk):
    out = run()["walk"]
    S = np.diag([1.0, 1, -1])
    for side in schema.SIDES:
        R, p = walk[2][side]
        m = S if side == "left" else np.eye(3)
        for segment in schema.SEGMENTS:
            assert_allclose(out["rotation"].sel(side=side, segment=segment), m @ R[segment] @ m, atol=1e-10)
            assert_allclose(out["origin"].sel(side=side, segment=segment), p[segment] @ m, atol=1e-10)
        for joint, segment in (("hip", "thigh"), ("knee", "shank_proximal"), ("ankle", "foot")):
            assert_allclose(out["joint_centre"].sel(side=side, joint=joint), p[segment] @ m, atol=1e-10)
        assert_allclose(out["landmark_position"].sel(side=side, landmark="toe"),
                        (p["foot"] + R["foot"] @ [0.15, -0.06, 0]) @ m, atol=1e-10)  # fmt: skip
    assert_allclose(out["rotation"].sel(side="left", segment="pelvis"), out["rotation"].sel(side="right", segment="pelvis"), atol=1e-12)  # fmt: skip
    assert_allclose(out["fit_residual"], 0, atol=1e-12)


def test_angular_velocity_is_degrees_per_second_in_the_lab(run, walk):
    out = run()["walk"]
    R = out["rotation"].sel(side="left", segment="thigh").values
    turn = R[1:] @ R[:-1].swapaxes(-1, -2)
    step = np.degrees(np.arccos(np.clip((np.trace(turn, axis1=1, axis2=2) - 1) / 2, -1, 1))) * 100
    speed = np.linalg.norm(out["angular_velocity"].sel(side="left", segment="thigh"), axis=-1)
    # the turn between two frames, and the mean of the speeds at both: equal to second order
    assert_allclose(step, (speed[1:] + speed[:-1]) / 2, atol=0.3)


def test_static_relative_angles_subtract_the_static_trials_mean(run):
    out = run()
    walk, stand = out["walk"]["angle"], out["stand"]["angle"]
    for side in schema.SIDES:
        for quantity, mean in (
            ("hip_flexion", 11),
            ("knee_flexion", 3),
            ("pelvis_anterior_tilt", 11),
            ("ankle_inversion", 2),
        ):
            assert_allclose(stand.sel(side=side, quantity=quantity), mean, atol=1e-9)
            plain, relative = (walk.sel(side=side, quantity=q).values for q in (quantity, quantity + "__static"))
            assert_allclose(relative, plain - mean, atol=1e-9)
            assert_allclose(stand.sel(side=side, quantity=quantity + "__static"), 0, atol=1e-9)


def test_only_the_quiet_part_of_a_static_trial_is_the_reference(person, walk, session, config, quality):
    """Two seconds of standing, then the person bends the knees by up to 40 degrees."""
    bend = np.concatenate([np.zeros(200), 40 * np.sin(np.linspace(0, np.pi, 100)) ** 2])
    zero = np.zeros((300, 3))
    angles = {"pelvis": zero, "trunk": zero}
    flexed = np.stack([-3 - bend, 0 * bend, 0 * bend], -1)
    angles |= {side: {"hip": zero, "knee": flexed, "ankle": zero} for side in schema.SIDES}
    path = np.stack([0 * bend, 0.95 - 0.01 * bend, 0 * bend], -1)
    raw = person.raw(person.poses(angles, path, 0.0), role="static", task="static")
    trees = ({"walk": walk[1], "stand": raw}, {"stand": person.model()})
    angle = kinematics_session(*trees, session, person.markerset, config, quality)["walk"]["angle"]
    plain, relative = (angle.sel(side="left", quantity=q).values for q in ("knee_flexion", "knee_flexion__static"))
    # the bend starts so slowly that a few of its frames still count as quiet
    assert_allclose(plain - relative, 3, atol=0.05)


def test_contract_names_dims_units_and_order(run):
    out = run()
    assert list(out) == ["walk", "stand"]
    for name in out:
        data = out[name]
        assert list(data["quantity"].values) == list(QUANTITIES)
        for variable, spec in schema.VARIABLES.items():
            if spec.stage == "kinematics":
                assert data[variable].dims == spec.dims
                assert data[variable].attrs["units"] == spec.units
        assert data.attrs["static"] == "stand"
        assert np.isnan(data.attrs["cutoff_hz"])
    assert set(out["walk"]["marker"].values) >= {"left_ASI", "right_TH1", "C7"}


def test_a_mirrored_person_has_swapped_sides(run, walk, person, standing):
    """Walk the mirror image: left and right results change places, to rounding."""
    before = run()["walk"]["angle"]
    raw = walk[1].copy(deep=True)
    swapped = [{"L": "R", "R": "L"}[str(m)[0]] + str(m)[1:] if str(m)[0] in "LR" else m for m in raw.marker.values]
    raw["marker_position"] = raw["marker_position"] * np.array([1.0, 1, -1])
    raw = raw.assign_coords(marker=np.array(swapped, object))
    model = person.model()
    model = model.assign_coords(side=["right", "left"]).sel(side=["left", "right"])
    after = run(walk_raw=raw, model={"stand": model}, static=False)["walk"]["angle"]
    for side, other in (("left", "right"), ("right", "left")):
        plain = [q for q in QUANTITIES if not q.endswith("__static")]
        assert_allclose(
            after.sel(side=side, quantity=plain), before.sel(side=other, quantity=plain).values, atol=1e-12, rtol=0
        )


def test_turning_and_moving_the_lab_changes_no_angle(run, walk):
    before = run()["walk"]["angle"]
    raw = walk[1].copy(deep=True)
    c, s = np.cos(1.1), np.sin(1.1)
    Q = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    raw["marker_position"].values[:] = raw["marker_position"].values @ Q.T + [4, 0, -2]
    assert_allclose(run(walk_raw=raw)["walk"]["angle"], before, atol=1e-9)


def test_a_side_without_a_model_is_nan(run, person):
    model = person.model()
    for name in ("template", "landmark_local"):
        model[name].loc[{"side": "left"}] = np.nan
    out = run(model={"stand": model})["walk"]
    assert np.isnan(out["angle"].sel(side="left")).all()
    assert np.isfinite(out["angle"].sel(side="right")).all()


def test_each_footwear_finds_its_static_and_an_unknown_one_is_told(run, person, quality, session, standing):
    trials = (
        *session.trials,
        Trial(trial="bare", file="bare.c3d", role="static", task="static", footwear="barefoot"),
    )
    trials = (trials[0].model_copy(update={"footwear": "barefoot"}), *trials[1:])
    both = {"stand": person.model("shod"), "bare": person.model("barefoot")}
    out = run(model=both, session=session.model_copy(update={"trials": trials}))
    assert out["walk"].attrs["static"] == "bare"
    assert "static_footwear" not in quality.table()["code"].values
    other = (trials[0].model_copy(update={"footwear": "boots"}), *trials[1:])
    out = run(model=both, session=session.model_copy(update={"trials": other}))
    assert out["walk"].attrs["static"] == "stand"
    row = quality.table().query("code == 'static_footwear'").iloc[0]
    assert row["level"] == "info"
    assert "boots" in row["message"]


def test_missing_markers_are_named_with_file_and_nearest_label(run, walk, quality):
    raw = walk[1]
    labels = [{"LTH1": "LTHI1", "RSK2": "x"}.get(str(m), str(m)) for m in raw.marker.values]
    raw = raw.assign_coords(marker=np.array(labels, object))
    raw["marker_position"].loc[{"marker": "LCALD"}] = np.nan
    out = run(walk_raw=raw)["walk"]
    rows = quality.table().query("code == 'missing_marker'").set_index("item")
    assert sorted(rows.index) == ["left_CALD", "left_TH1", "right_SK2"]
    assert "'LTH1'" in rows.loc["left_TH1", "message"]
    assert "LTHI1" in rows.loc["left_TH1", "message"]
    assert "walk.c3d" in rows.loc["left_TH1", "message"]
    assert "in no frame visible" in rows.loc["left_CALD", "message"]
    assert (rows["level"] == "warning").all()
    # three others of each cluster carry on
    assert np.isfinite(out["angle"]).all()


def test_filled_samples_gaps_and_lost_poses_are_reported(run, walk, quality, person):
    raw = walk[1].copy(deep=True)
    raw["marker_position"].loc[{"marker": "LTH1"}].values[20:60] = np.nan
    for marker in ("RSK1", "RSK2"):
        raw["marker_position"].loc[{"marker": marker}].values[20:60] = np.nan
    raw["marker_position"].loc[{"marker": "RTH1"}].values[:] += 0.05
    loose = parse_config({"signals": {"cutoff_hz": {"walking": None}}, "kinematics": {"max_residual_m": 0.1}})
    out = run(walk_raw=raw, config=loose)["walk"]
    table = quality.table().query("trial == 'walk'")
    filled = table.query("code == 'filled'").set_index("item")
    assert filled.loc["left_TH1", "value"] == 40
    assert int(out["marker_filled"].sel(marker="left_TH1").sum()) == 40
    assert set(table.query("code == 'gap_left'")["item"]) == {"right_SK1", "right_SK2"}
    lost = table.query("code == 'pose_lost'").set_index("item")
    assert lost.loc["right shank_proximal", "value"] == 40
    assert lost.loc["right shank_proximal", "level"] == "warning"
    assert table.query("code == 'loose_cluster'")["item"].tolist() == ["right thigh"]
    assert np.isnan(out["angle"].sel(side="right", quantity="knee_flexion").values).sum() == 40


def test_a_turning_trial_is_told_unless_windows_are_declared(run, person, standing, quality, session):
    n = 300
    zero = np.zeros((n, 3))
    yaw = np.concatenate([np.zeros(100), np.linspace(0, 90, 100), np.full(100, 90.0)])
    angles = {"pelvis": zero + np.stack([yaw, 0 * yaw, 0 * yaw], -1), "trunk": zero}
    angles |= {side: {joint: zero for joint in ("hip", "knee", "ankle")} for side in schema.SIDES}
    ahead = np.stack([np.cos(np.radians(yaw)), 0 * yaw, -np.sin(np.radians(yaw))], -1)
    raw = person.raw(person.poses(angles, np.cumsum(ahead, 0) / 100 + [0, 0.95, 0], 0.0))
    run(walk_raw=raw)
    assert "turning" in quality.table()["code"].values
    windows = session.trials[0].model_copy(update={"progression": "0-1.5:+x 1.5-3:-z"})
    quality.rows.clear()
    out = run(walk_raw=raw, session=session.model_copy(update={"trials": (windows, session.trials[1])}))
    assert "turning" not in quality.table()["code"].values
    rotation = out["walk"]["angle"].sel(side="right", quantity="pelvis_internal_rotation").values
    assert_allclose(rotation[:100], 0, atol=1e-9)
    assert_allclose(rotation[200:], 0, atol=1e-9)


def test_functional_trials_keep_clean_markers_only(run, walk, session):
    row = session.trials[0].model_copy(update={"role": "functional", "task": "functional"})
    out = run(session=session.model_copy(update={"trials": (row, session.trials[1])}))["walk"]
    assert set(out.data_vars) == {"marker_clean", "marker_filled"}


def test_a_bad_trial_is_skipped_with_a_row_or_stops_the_run(run, walk, quality):
    raw = walk[1].assign_coords(marker=np.array([f"m{i}" for i in range(walk[1].sizes["marker"])], object))
    out = run(walk_raw=raw)
    assert list(out) == ["stand"]
    row = quality.table().query("level == 'error'").iloc[0]
    assert (row["trial"], row["code"]) == ("walk", "no_markers")
    with pytest.raises(TrialError, match="found none of them"):
        run(walk_raw=raw, on_error="stop")


def test_without_any_model_markers_are_cleaned_and_the_reason_is_given(run, quality):
    out = run(model={})
    assert set(out["walk"].data_vars) == {"marker_clean", "marker_filled"}
    assert quality.table().query("level == 'error'")["code"].tolist() == ["no_model"]


def test_an_empty_session_gives_an_empty_tree(person, config, quality):
    out = kinematics_session({}, {}, Session(participant="P", session="1"), person.markerset, config, quality)
    assert not out
