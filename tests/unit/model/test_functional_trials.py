"""Functional hip centres and knee axes of a simulated session, in the subject model."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.transform import Rotation

from biomech.config import parse_config
from biomech.geometry.rotations import rotation_y
from biomech.io.sheets import Session, Trial
from biomech.model.functional_trials import trials_of
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from biomech.schema import AXES, SIDES
from biomech_simulation.functional import knee_bends, star_arc
from biomech_simulation.participant import Participant
from biomech_simulation.walking import static
from tests.stage_results import parameters_of

PERSON = Participant()
THIGH = ("TH1", "TH2", "TH3", "TH4")
SHANK = ("SK1", "SK2", "SK3", "SK4")


def raw(motion, role, noise=0.0, wobble=None, seed=0):
    """Recorded dataset of a simulated motion; `wobble`: marker to standard deviation, 1 to 6 Hz."""
    rng = np.random.default_rng(seed)
    markers = motion.markers + noise * rng.standard_normal(motion.markers.shape)
    time = np.arange(len(markers)) / motion.rate_hz
    for name, size in (wobble or {}).items():
        for column in [i for i, label in enumerate(motion.labels) if label[1:] == name]:
            f, p = rng.uniform(1, 6, (6, 3)), rng.uniform(0, 2 * np.pi, (6, 3))
            waves = np.cos(2 * np.pi * f[:, None] * time[:, None] + p[:, None]).sum(axis=0)
            markers[:, column] += size * np.sqrt(2 / 6) * waves
    return xr.Dataset(
        {"marker_position": (("time", "marker", "axis"), markers)},
        coords={"time": time, "marker": np.array(motion.labels, object), "axis": list(AXES)},
        attrs={"rate_hz": motion.rate_hz, "role": role, "task": role, "file": f"{role}.c3d", "parameters": "{}"},
    )


def standing(turn_deg=0.0):
    """The standing trial, its epicondyle markers turned about the long axis of the thigh."""
    data = raw(static(PERSON), "static")
    truth = static(PERSON).truth
    for side in SIDES:
        hip, knee = (truth["joint_centre"].sel(side=side, joint=joint).values[0] for joint in ("hip", "knee"))
        # outwards, as seen from each side
        angle = np.radians(-turn_deg if side == "right" else turn_deg)
        turn = Rotation.from_rotvec(angle * (hip - knee) / np.linalg.norm(hip - knee)).as_matrix()
        for name in ("LFE", "MFE"):
            label = f"{side[0].upper()}{name}"
            place = data["marker_position"].sel(marker=label).values - knee
            data["marker_position"].loc[{"marker": label}] = knee + place @ turn.T
    return data


SHEET = (
    Trial(trial="stand", file="stand.c3d", role="static", task="static"),
    *(
        Trial(trial=f"arc-{s}", file="a.c3d", role="functional", task="functional", condition="hip", side=s)
        for s in SIDES
    ),
    *(Trial(trial=f"knee-{s}", file="k.c3d", role="functional", task="functional", side=s) for s in SIDES),
)
WOBBLE = {name: 0.005 for name in THIGH} | {name: 0.003 for name in SHANK}


@pytest.fixture(scope="module")
def movements():
    arcs = {f"arc-{s}": star_arc(PERSON, s, duration_s=10.0) for s in SIDES}
    return arcs | {f"knee-{s}": knee_bends(PERSON, s, duration_s=10.0) for s in SIDES}


@pytest.fixture
def run(movements):
    def go(options, noise=0.0, wobble=None, turn_deg=0.0, seed=0, leave_out=()):
        tree = {"stand": standing(turn_deg)}
        for number, (name, motion) in enumerate(movements.items()):
            if name not in leave_out:
                tree[name] = raw(motion, "functional", noise, wobble, 10 * seed + number)
        session = Session(participant="P01", session="1", mass_kg=62.0, height_m=1.68, sex="female", trials=SHEET)
        quality = Quality("P01", "1", "model")
        config = parse_config({"subject": {"hip_centre": "bell", **options}})
        out = model_session(tree, session, load_markerset("cast_lower_limb"), config, quality, on_error="stop")
        return out["stand"], quality.table()

    return go


def hip_error(model, side):
    values = parameters_of(model, side)
    return np.linalg.norm(np.array([values[f"hip_{axis}"] for axis in "xyz"]) - PERSON.hip)


def turn_of(model, side):
    return np.degrees(parameters_of(model, side)["knee_axis_turn"])


@pytest.mark.parametrize("method", ["score", "sphere", "ball"])
def test_hip_is_exact_without_errors(run, method):
    model, quality = run({"hip_functional": method})
    for side in SIDES:
        assert hip_error(model, side) < 1e-6
    assert model.attrs["hip_functional"] == method
    assert set(model["parameter_source"].sel(name="hip_x").values) == {method}
    assert (quality["code"] == "functional_hip").sum() == 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hip_and_knee_under_noise_and_wobble(run, seed):
    """1 mm noise, 5 mm wobble of thigh and 3 mm of shank markers: hip within 3 mm, knee axis within 2 degrees."""
    model, _ = run({"hip_functional": "ball", "knee_axis": "sara"}, 0.001, WOBBLE, 8.0, seed)
    for side in SIDES:
        assert hip_error(model, side) < 0.003
        assert turn_of(model, side) == pytest.approx(8.0, abs=2.0)


@pytest.mark.parametrize("method", ["sara", "least_varus", "pca"])
def test_misplaced_epicondyles_are_turned_back(run, method):
    """The knee bends about the transverse axis of the true thigh; its frame comes back to that axis."""
    # the simulated knee stands 0.5 degrees abducted and 3 degrees rotated: both stay as they are through the movement
    plain, _ = run({"hip_functional": "ball"}, turn_deg=10.0)
    model, quality = run({"hip_functional": "ball", "knee_axis": method}, turn_deg=10.0)
    rows = quality[quality["code"] == "knee_axis_turned"]
    for side in SIDES:
        turn = turn_of(model, side)
        assert turn == pytest.approx(10.0, abs=0.2)
        # markers and landmarks keep their places on the thigh: only the frame turned
        back = rotation_y(np.radians(turn))
        for name in ("template", "landmark_local"):
            pair = [data[name].sel(side=side, segment="thigh").values for data in (plain, model)]
            np.testing.assert_allclose(pair[1] @ back.T, pair[0], atol=1e-12)
        text = rows[rows["item"] == f"{side} knee"]["message"].item()
        assert f"hip internal rotation {turn:+.1f} degrees, knee internal rotation {-turn:+.1f}" in text
        assert text.split(";")[0] in model.attrs["knee_axis_effect"]


def test_the_reason_of_a_fallback_is_told(run):
    plain, _ = run({})
    model, quality = run({"hip_functional": "score", "knee_axis": "sara"}, 0.001, WOBBLE, leave_out=("knee-left",))
    reported = {row["item"]: row["message"] for _, row in quality.iterrows() if row["code"].endswith("fallback")}
    # poses of a wobbling cluster: beyond the bound on the residual
    assert "residual above 15 mm" in reported["left hip"] and "the regression stays" in reported["right hip"]
    assert "condition `knee`" in reported["left knee"] and "right knee" not in reported
    for name in ("hip_x", "hip_y", "hip_z"):
        np.testing.assert_array_equal(model["parameter"].sel(name=name), plain["parameter"].sel(name=name))
    assert np.isnan(model["parameter"].sel(name="knee_axis_turn", side="left"))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"functional_range_deg": 80.0}, "range below 80 degrees"),
        ({"functional_distance_m": 0.001}, "from the regression"),
        ({"functional_residual_m": 1e-9}, "residual above"),
    ],
)
def test_every_bound_of_the_hip_counts(run, options, reason):
    _, quality = run({"hip_functional": "sphere", **options}, 0.0005)
    reported = quality[quality["code"] == "functional_hip_fallback"]["message"]
    assert len(reported) == 2 and reported.str.contains(reason).all()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"knee_axis_max_turn_deg": 5.0}, "is not believed"),
        ({"knee_axis_range_deg": 119.0}, "less than 119 degrees"),
        ({"knee_axis_quality": 1e-6}, "singular value ratio is above"),
    ],
)
def test_every_bound_of_the_knee_counts(run, options, reason):
    _, quality = run({"knee_axis": "sara", **options}, 0.0005, turn_deg=10.0)
    reported = quality[quality["code"] == "knee_axis_fallback"]["message"]
    assert len(reported) == 2 and reported.str.contains(reason).all()


@pytest.mark.parametrize(("task", "used"), [("single_leg_squat", True), ("drop_vertical_jump", False)])
def test_without_functional_trials_squats_serve_and_landings_do_not(movements, task, used):
    """In landings the knee may truly give way sideways: what varies there is no cross-talk."""
    squat = raw(movements["knee-left"], "dynamic")
    squat.attrs["task"] = task
    session = Session(
        participant="P01",
        session="1",
        trials=(SHEET[0], Trial(trial="move", file="m.c3d", role="dynamic", task=task)),
    )
    quality = Quality("P01", "1", "model")
    tree = {"stand": standing(6.0), "move": squat}
    config = parse_config({"subject": {"hip_centre": "harrington_reduced", "knee_axis": "least_varus"}})
    model = model_session(tree, session, load_markerset("cast_lower_limb"), config, quality)["stand"]
    codes = {(row["code"], row["item"]) for row in quality.rows}
    assert (("knee_axis_turned", "left knee") in codes) == used
    assert (("knee_axis_fallback", "left knee") in codes) != used
    # the right leg stands: too little flexion, whatever the task
    assert ("knee_axis_fallback", "right knee") in codes
    if used:
        assert turn_of(model, "left") == pytest.approx(6.0, abs=0.5)


def test_the_conventional_gait_model_takes_a_sphere_fit(movements):
    """It has two markers on the thigh and no clusters: spheres need no pose of the thigh; its knee axis cannot be turned here."""
    names = {"TH2": "THI", "LFE": "KNE", "SK2": "TIB", "LM": "ANK", "CALD": "HEE", "M2": "TOE"}

    def renamed(data):
        labels = [label[0] + names.get(label[1:], label[1:]) for label in data["marker"].values]
        return data.assign_coords(marker=np.array(labels, object))

    tree = {"stand": renamed(standing())} | {n: renamed(raw(m, "functional", 0.0005)) for n, m in movements.items()}
    body = {
        f"{s}_{name}_m": v
        for s in SIDES
        for name, v in (("leg_length", 0.85), ("knee_width", 0.1), ("ankle_width", 0.07))
    }
    session = Session(participant="P01", session="1", trials=SHEET, anthropometry=body)
    for method, used in (("sphere", True), ("ball", False)):
        quality = Quality("P01", "1", "model")
        config = parse_config(
            {"subject": {"hip_functional": method, "knee_axis": "sara", "functional_distance_m": 0.1}}
        )
        model = model_session(tree, session, load_markerset("plug_in_gait"), config, quality, "stop")
        reported = {row["code"] for row in quality.rows}
        assert ("functional_hip" in reported) == used and ("functional_hip_fallback" in reported) != used
        assert "knee_axis_fallback" in reported
        if used:
            assert hip_error(model["stand"], "left") < 0.002


def test_condition_or_name_says_the_joint():
    trials = [
        *SHEET,
        Trial(trial="knee-other", file="o.c3d", role="functional", task="functional", condition="hip", footwear="shod"),
        Trial(trial="hip-walk", file="w.c3d", role="dynamic", task="walking"),
    ]
    assert trials_of("hip", "left", trials, "") == ["arc-left"]
    assert trials_of("knee", "right", trials, "") == ["knee-right"]
    assert trials_of("hip", "right", trials, "shod") == ["knee-other"]
    assert trials_of("hip", "left", trials, "boots") == ["arc-left", "knee-other"]


def test_a_short_trial_is_told_to_be_imprecise(run, monkeypatch, movements):
    """Five seconds are warned of, ten are not; the centre is used all the same."""
    for side in SIDES:
        monkeypatch.setitem(movements, f"arc-{side}", star_arc(PERSON, side, duration_s=5.0))
    model, quality = run({"hip_functional": "ball"}, 0.001, WOBBLE, seed=1)
    rows = quality[quality["code"] == "functional_hip_imprecise"]
    assert len(rows) == 2 and (rows["value"] > 0.002).all() and (rows["level"] == "warning").all()
    assert (quality["code"] == "functional_hip").sum() == 2
    for side in SIDES:
        reported = float(rows[rows["item"] == f"{side} hip"]["value"].iloc[0])
        assert hip_error(model, side) < 3 * reported


@pytest.mark.parametrize("seed", [1, 2])
def test_a_long_trial_is_not(run, seed):
    _, quality = run({"hip_functional": "ball"}, 0.001, WOBBLE, seed=seed)
    assert "functional_hip_imprecise" not in set(quality["code"])
    message = quality.loc[quality["code"] == "functional_hip", "message"].iloc[0]
    assert "expected random error" in message
