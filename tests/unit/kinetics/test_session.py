"""Kinetics of a session on constructed trials whose answers are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.errors import TrialError
from biomech.geometry.mirror import mirror_axial, mirror_points, mirror_rotations
from biomech.geometry.rotations import angular_velocity, from_cardan, rotate
from biomech.io.sheets import Session, Trial
from biomech.kinetics.carriers import ENDS
from biomech.kinetics.session import kinetics_session
from biomech.model.anthropometry import segment_inertia
from biomech.quality import Quality
from biomech.quantities import MOMENT_QUANTITIES, POWER_QUANTITIES
from biomech.schema import AXES, JOINT_CENTRES, SEGMENTS, SIDES

RATE, ANALOG, N, MASS, G = 100.0, 1000.0, 150, 70.0, 9.81
LENGTH = {"thigh": 0.42, "shank_proximal": 0.40, "foot": 0.13}
CHAIN = ("thigh", "shank_proximal", "foot")
HIP, KNEE, ANKLE = (np.array([0, y, 0.1]) for y in (0.9, 0.48, 0.08))
UNFILTERED = {"signals": {"cutoff_hz": {"walking": None, "static": None}}}
POINTS = {"heel": (-0.05, -0.06, 0.0), "toe": (0.15, -0.06, 0.0)}


def model(mass=MASS):
    parts = [segment_inertia("shank" if s == "shank_proximal" else s, "male", mass, LENGTH[s]) for s in CHAIN]
    both = [np.stack([np.stack([getattr(p, what) for p in parts])] * 2) for what in ("mass", "com", "tensor")]
    return xr.Dataset(
        {
            "segment_mass": (("side", "segment"), both[0]),
            "segment_com": (("side", "segment", "axis"), both[1]),
            "segment_inertia": (("side", "segment", "row", "column"), both[2]),
            "parameter": (("side", "name"), [[0.007], [0.007]]),
        },
        coords={"side": list(SIDES), "segment": list(CHAIN), "axis": list(AXES), "name": ["marker_radius"]},
        attrs={"mass_kg": mass},
    )


def motion(right, left, task="walking"):
    """Kinematics group of two legs; each (rotations {segment: (n, 3, 3)}, hip (n, 3)) in the right-leg world."""
    rotation = np.full((N, 2, len(SEGMENTS), 3, 3), np.nan)
    origin = np.full((N, 2, len(SEGMENTS), 3), np.nan)
    centre = np.full((N, 2, 3, 3), np.nan)
    landmark = np.full((N, 2, 2, 3), np.nan)
    for i, (turn, hip) in enumerate((left, right)):
        knee = hip + rotate(turn["thigh"], [0, -LENGTH["thigh"], 0])
        ankle = knee + rotate(turn["shank_proximal"], [0, -LENGTH["shank_proximal"], 0])
        place = {"pelvis": hip, "thigh": hip, "shank_proximal": knee, "shank_distal": ankle, "foot": ankle}
        turn = {**turn, "pelvis": np.broadcast_to(np.eye(3), (N, 3, 3)), "shank_distal": turn["shank_proximal"]}
        back = (mirror_points, mirror_rotations) if i == 0 else (np.asarray, np.asarray)
        for name, where in place.items():
            rotation[:, i, SEGMENTS.index(name)] = back[1](turn[name])
            origin[:, i, SEGMENTS.index(name)] = back[0](where)
        centre[:, i] = back[0](np.stack([hip, knee, ankle], axis=1))
        landmark[:, i] = back[0](np.stack([ankle + rotate(turn["foot"], v) for v in POINTS.values()], axis=1))
    return xr.Dataset(
        {
            "rotation": (("time", "side", "segment", "row", "column"), rotation),
            "origin": (("time", "side", "segment", "axis"), origin),
            "joint_centre": (("time", "side", "joint", "axis"), centre),
            "landmark_position": (("time", "side", "landmark", "axis"), landmark),
            "angular_velocity": (("time", "side", "segment", "axis"), np.degrees(angular_velocity(rotation, RATE))),
            "progression": (("time", "axis"), np.broadcast_to([1.0, 0, 0], (N, 3))),
        },
        coords={
            "time": np.arange(N) / RATE,
            "side": list(SIDES),
            "segment": list(SEGMENTS),
            "joint": list(JOINT_CENTRES),
            "axis": list(AXES),
            "landmark": list(POINTS),
        },
        attrs={
            "static": "static",
            "rate_hz": RATE,
            "task": task,
            "role": "dynamic",
            "footwear": "",
            "cutoff_hz": np.nan,
        },
    )


def standing(offset=(0.0, 0.0, 0.0)):
    return {s: np.broadcast_to(np.eye(3), (N, 3, 3)) for s in CHAIN}, np.broadcast_to(HIP + offset, (N, 3))


def swinging(seed=1):
    """A leg in the air that turns about all axes and moves forward."""
    rng = np.random.default_rng(seed)
    t = np.arange(N) / RATE
    turn = {s: from_cardan(0.4 * np.sin(5 * t[:, None] + rng.uniform(0, 6, 3)), "ZXY") for s in CHAIN}
    return turn, HIP + np.stack([1.5 * t, 0.3 + 0.02 * np.sin(8 * t), 0 * t], axis=-1)


def raw(wrenches=None):
    """Two plates, the right (1) and the left (2) of the line of progression; wrenches (force, point) or None."""
    corners = np.array([[[0.5, 0, z], [-0.3, 0, z], [-0.3, 0, z + 0.4], [0.5, 0, z + 0.4]] for z in (-0.01, -0.39)])
    n = int(N * ANALOG / RATE)
    force, moment = np.zeros((n, 2, 3)), np.zeros((n, 2, 3))
    for k, pair in enumerate(wrenches or []):
        if pair is not None:
            force[:, k] = pair[0]
            moment[:, k] = np.cross(pair[1], pair[0])
    keep = slice(None) if wrenches else slice(0, 0)
    return xr.Dataset(
        {
            "plate_force": (("analog_time", "plate", "axis"), force[:, keep]),
            "plate_moment": (("analog_time", "plate", "axis"), moment[:, keep]),
            "plate_corner": (("plate", "corner", "axis"), corners[keep]),
        },
        coords={"plate": np.array([1, 2])[keep]},
        attrs={"rate_hz": RATE, "analog_rate_hz": ANALOG},
    )


def compute(trials, rows=(), config=None, mass=MASS, on_error="skip"):
    quality = Quality("P1", "1", "kinetics")
    result = kinetics_session(
        {name: pair[0] for name, pair in trials.items()},
        {"static": model(mass)},
        {name: pair[1] for name, pair in trials.items()},
        Session(participant="P1", session="1", trials=tuple(rows)),
        parse_config(UNFILTERED | (config or {})),
        quality,
        on_error,
    )
    return result, quality.table()


FORCE = np.array([0.0, 350.0, 0.0])
CALIBRATION = (raw([(FORCE, [0.02, 0, 0.08]), (FORCE, [0.02, 0, -0.08])]), motion(standing(), standing(), "static"))


def test_standing_on_two_plates():
    result, table = compute({"static": CALIBRATION})
    data = result["static"]
    assert [str(f) for f in data["contact_foot"].values] == ["right", "left"]
    assert (data["contact"] == 1).all() and data["contact_valid"].values.tolist() == [1, 1]
    inside = data.isel(time=slice(5, -5))
    assert np.allclose(inside["ground_reaction"], FORCE, atol=1e-9)
    assert np.allclose(inside["centre_of_pressure"].sel(side="right"), [0.02, 0, 0.08], atol=1e-9)
    assert np.allclose(inside["centre_of_pressure"].sel(side="left"), [0.02, 0, -0.08], atol=1e-9)
    # 350 N pass 20 mm medial and in front of the ankle; the foot's own weight acts at its centre of mass.
    foot = segment_inertia("foot", "male", MASS, LENGTH["foot"])
    moment = inside["moment"].isel(quantity=slice(0, 9), time=3)
    ankle = -np.cross([0.02, 0, -0.02], FORCE) - np.cross(foot.com, [0, -foot.mass * G, 0])
    for side in SIDES:
        got = moment.sel(side=side, frame="jcs")
        assert float(got.sel(quantity="ankle_dorsiflexion")) == pytest.approx(ankle[2] / MASS, abs=1e-9)
        assert float(got.sel(quantity="ankle_inversion")) == pytest.approx(ankle[0] / MASS, abs=1e-9)
        # External adduction at the knee: 350 N at 20 mm, plus the weights of shank and foot next to the knee.
        shank = segment_inertia("shank", "male", MASS, LENGTH["shank_proximal"])
        weights = G * (foot.mass * foot.com[2] + shank.mass * shank.com[2])
        assert float(got.sel(quantity="knee_abduction")) == pytest.approx((350 * 0.02 + weights) / MASS, abs=1e-9)
    assert table.empty


def test_all_frames_agree_when_everything_is_upright():
    data = compute({"static": CALIBRATION})[0]["static"]["moment"].sel(quantity=list(MOMENT_QUANTITIES))
    assert np.allclose(data.values, data.sel(frame=["jcs"]).values, atol=1e-12)
    assert np.isnan(compute({"static": CALIBRATION})[0]["static"]["moment"].sel(quantity="hip_total")).all()


def test_left_equals_right_of_a_mirrored_movement():
    leg = swinging()
    data = compute({"static": CALIBRATION, "walk": (raw(), motion(leg, leg))})[0]["walk"]
    for name in ("moment", "power"):
        left, right = (data[name].sel(side=side).values for side in ("left", "right"))
        assert np.isfinite(right[..., :9] if name == "power" else right[:, :9]).all()
        assert np.allclose(left, right, rtol=0, atol=1e-12, equal_nan=True)
    force = data["joint_force"]
    assert np.allclose(mirror_points(force.sel(side="left")), force.sel(side="right"), rtol=0, atol=1e-12)


def test_powers_add_up():
    data = compute({"static": CALIBRATION, "walk": (raw(), motion(swinging(1), standing()))})[0]["walk"]["power"]
    assert list(data["quantity"].values) == list(POWER_QUANTITIES)
    right = data.sel(side="right")
    for k, joint in enumerate(JOINT_CENTRES):
        parts = right.isel(quantity=slice(3 * k, 3 * k + 3)).sum("quantity", skipna=False)
        total = right.sel(quantity=f"{joint}_total").values
        assert np.allclose(parts, total, rtol=0, atol=1e-11)
        assert np.abs(parts).max() > 0.01


def test_no_plates_stance_is_missing_and_swing_exists():
    walk = (raw(), motion(standing(), swinging()))
    result, table = compute({"static": CALIBRATION, "walk": walk})
    data = result["walk"]
    assert (data["contact"].sel(side="right") == 2).all() and (data["contact"].sel(side="left") == 0).all()
    assert data["moment"].sel(side="right").isnull().all()
    assert data["ground_reaction"].sel(side="right").isnull().all()
    assert data["moment"].sel(side="left", quantity=list(MOMENT_QUANTITIES)).notnull().all()
    assert (data["ground_reaction"].sel(side="left") == 0).all()
    assert table["code"].tolist() == ["no_plates"] and data.sizes["plate_contact"] == 0


def test_both_feet_on_one_plate():
    both = (raw([(2 * FORCE, [0.02, 0, 0.0]), None]), motion(standing(), standing((0, 0, -0.1))))
    both[0]["plate_corner"].values[0, :, 2] = [-0.2, -0.2, 0.3, 0.3]
    result, table = compute({"static": CALIBRATION, "stand": both})
    data = result["stand"]
    assert data["contact_reason"].values.tolist() == ["double"] and (data["contact"] == 2).all()
    assert data["moment"].isnull().all()
    assert table["code"].tolist() == ["contact_double"]
    # Unless the sheet knows better.
    rows = [Trial(trial="stand", file="", role="dynamic", task="walking", contacts="1:left")]
    again = compute({"static": CALIBRATION, "stand": both}, rows)[0]["stand"]
    assert (again["contact"].sel(side="left") == 1).all() and (again["contact"].sel(side="right") == 2).all()
    assert np.allclose(again["ground_reaction"].sel(side="left").isel(time=slice(5, -5)), 2 * FORCE)


def test_standing_on_a_box_is_stance():
    box = (raw([None, None]), motion(standing((0, 0.3, 0)), standing((0, 0.3, 0))))
    data = compute({"static": CALIBRATION, "box": box})[0]["box"]
    assert (data["contact"] == 2).all() and data["moment"].isnull().all()


def test_falling_is_not_stance():
    t = np.arange(N)[:, None] / RATE
    turn, hip = standing()
    fall = hip + np.array([0, 1.0, 0]) * (12 - G / 2 * t**2)
    data = compute({"static": CALIBRATION, "fall": (raw([None, None]), motion((turn, fall), (turn, fall)))})[0]["fall"]
    assert (data["contact"] == 0).all()
    assert np.allclose(data["moment"].sel(quantity=list(MOMENT_QUANTITIES)), 0, atol=1e-8)


def test_mass_missing():
    result, table = compute({"static": CALIBRATION}, mass=np.nan)
    data = result["static"]
    assert data["moment"].isnull().all() and data["power"].isnull().all()
    assert np.isfinite(data["ground_reaction"]).all()
    assert table["code"].tolist() == ["no_mass"] and table["level"].tolist() == ["error"]


def test_wrong_mass_is_noticed():
    _, table = compute({"static": CALIBRATION}, mass=55.0)
    assert table["code"].tolist() == ["body_weight"]
    assert table["value"][0] == pytest.approx(100 * 700 / (55 * G), abs=0.1)


def test_one_bad_trial_does_not_sink_the_session():
    rows = [Trial(trial="walk", file="", role="dynamic", task="walking", contacts="1-right")]
    trials = {"static": CALIBRATION, "walk": (raw(), motion(swinging(), swinging()))}
    result, table = compute(trials, rows)
    assert list(result) == ["static"]
    assert table[["level", "code", "trial"]].to_numpy().tolist() == [["error", "bad_contacts", "walk"]]
    with pytest.raises(TrialError, match="1-right"):
        compute(trials, rows, on_error="stop")


def test_contact_declared_for_a_plate_that_is_not_there():
    rows = [Trial(trial="static", file="", role="static", task="static", contacts="4:right 1@1.6-1.8:left")]
    _, table = compute({"static": CALIBRATION}, rows)
    assert table["code"].tolist() == ["contact_declared_in_vain"] * 2
    assert "plates 1, 2" in table["message"][0] and "not loaded" in table["message"][1]


def test_moments_about_the_origin_of_the_distal_segment():
    static = (CALIBRATION[0], CALIBRATION[1].copy(deep=True))
    # The ankle centre carried by the shank lies 10 mm in front of the foot's own.
    static[1]["joint_centre"].loc[{"joint": "ankle"}] += np.array([0.01, 0, 0])
    ankle = {}
    for option in ("proximal_segment", "distal_segment"):
        data = compute({"static": static}, config={"kinetics": {"joint_centres": option}})[0]["static"]["moment"]
        ankle[option] = float(data.sel(side="left", quantity="ankle_dorsiflexion", frame="jcs").isel(time=50)) * MASS
    foot = segment_inertia("foot", "male", MASS, LENGTH["foot"]).mass * G
    assert ankle["proximal_segment"] - ankle["distal_segment"] == pytest.approx((350 - foot) * 0.01, abs=1e-9)


def test_walking_the_other_way():
    """A half turn of the whole world about the vertical changes lab coordinates and no clinical quantity."""
    leg, other = swinging(1), standing()
    there = (raw([(FORCE, [0.02, 0, 0.08]), (FORCE, [0.02, 0, -0.08])]), motion(leg, other))
    turn = np.diag([-1.0, 1, -1])
    back = (there[0].copy(deep=True), there[1].copy(deep=True))
    for data, names in (
        (back[0], ("plate_force", "plate_moment", "plate_corner")),
        (back[1], ("origin", "joint_centre")),
    ):
        for name in names:
            data[name] = data[name] * np.diag(turn)
    for name in ("landmark_position", "angular_velocity", "progression"):
        back[1][name] = back[1][name] * np.diag(turn)
    back[1]["rotation"] = back[1]["rotation"].copy(data=turn @ back[1]["rotation"].values)
    result, _ = compute({"static": CALIBRATION, "there": there, "back": back})
    for name in ("moment", "power", "contact"):
        assert np.allclose(result["there"][name], result["back"][name], rtol=0, atol=1e-10, equal_nan=True)
    assert np.isfinite(result["there"]["moment"].sel(frame="lab", quantity="knee_flexion")).any()


def test_axial_mirror_of_the_ground_reaction_moment():
    data = compute({"static": CALIBRATION})[0]["static"]["ground_reaction_moment"]
    assert np.allclose(mirror_axial(data.sel(side="left")), data.sel(side="right"), atol=1e-9)


def test_forces_with_a_cutoff_of_their_own():
    """A plate that hums at 50 Hz: the markers' filter does not touch it, the forces' own does, and quality says so."""
    noisy = raw([(FORCE, [0.02, 0, 0.08]), (FORCE, [0.02, 0, -0.08])])
    hum = 20 * np.sin(2 * np.pi * 50 * np.arange(noisy.sizes["analog_time"]) / ANALOG)
    noisy["plate_force"][:, 0, 1] += hum
    trial = {"static": (noisy, CALIBRATION[1])}
    row = Trial(trial="static", file="s.c3d", role="static", task="static")
    own = {"signals": UNFILTERED["signals"] | {"force_cutoff_hz": {"static": 6}}}
    result, table = compute(trial, [row], own)
    data = result["static"]
    assert data.attrs["force_cutoff_hz"] == 6 and np.isnan(data.attrs["marker_cutoff_hz"])
    force = data["ground_reaction"].sel(side="right", axis="y").values[20:-20]
    assert np.abs(force - 350).max() < 0.1
    assert table["code"].tolist() == ["unequal_cutoffs"] and table["item"].tolist() == ["static"]
    assert "filtered at 6 Hz, its markers not filtered" in table["message"][0]


def test_acceleration_cutoff_reaches_the_moments():
    rng = np.random.default_rng(2)
    turn, hip = swinging()
    shaken = motion((turn, hip + rng.normal(scale=1e-3, size=hip.shape)), standing())
    true = motion((turn, hip), standing())
    trials = {"static": CALIBRATION, "walk": (raw(), shaken)}
    clean, _ = compute({"static": CALIBRATION, "walk": (raw(), true)})
    rough, _ = compute(trials)
    fine, _ = compute(trials, config={"kinetics": {"acceleration_cutoff_hz": 6}})
    assert fine["walk"].attrs["acceleration_cutoff_hz"] == 6
    truth, a, b = (
        r["walk"]["moment"].sel(side="right", quantity="hip_flexion", frame="jcs").values[15:-15]
        for r in (clean, rough, fine)
    )
    assert np.abs(a - truth).max() > 0.3 and np.abs(b - truth).max() < 0.1


def test_each_joint_has_its_own_carrier():
    static = (CALIBRATION[0], CALIBRATION[1].copy(deep=True))
    # What the proximal segments carry lies 10 mm in front of the distal segments' origins, at every joint.
    static[1]["joint_centre"] += np.array([0.01, 0, 0])

    def sagittal(**options):
        data = compute({"static": static}, config={"kinetics": {"joint_centres": "by_joint"} | options})[0]["static"]
        names = ["hip_flexion", "knee_flexion", "ankle_dorsiflexion"]
        return data["moment"].sel(side="left", quantity=names, frame="jcs").isel(time=50).values

    proximal = sagittal(hip_centre="pelvis", knee_centre="thigh", ankle_centre="shank")
    for k, option in enumerate(({"hip_centre": "thigh"}, {"knee_centre": "shank"}, {"ankle_centre": "foot"})):
        base = {"hip_centre": "pelvis", "knee_centre": "thigh", "ankle_centre": "shank"}
        changed = np.abs(sagittal(**(base | option)) - proximal) > 0.01
        assert changed.tolist() == [k == j for j in range(3)]

    # a joint's own moment is linear in its centre, so midway is the mean of both ends
    for joint, ends in ENDS.items():
        of = {one: sagittal(**(base | {f"{joint}_centre": one})) for one in (*ends, "both")}
        k = list(ENDS).index(joint)
        assert of["both"][k] == pytest.approx((of[ends[0]][k] + of[ends[1]][k]) / 2, abs=1e-9)


def test_a_row_says_how_far_the_knee_centres_are_apart():
    walk = (raw(), motion(swinging(), standing()))
    apart = (walk[0], walk[1].copy(deep=True))
    apart[1]["joint_centre"].loc[{"joint": "knee"}] += np.array([0.012, 0, 0])
    table = compute({"static": CALIBRATION, "walk": walk, "apart": apart})[1]
    rows = table[table["code"] == "knee_centres_apart"]
    assert rows["trial"].tolist() == ["apart"] and rows["level"].tolist() == ["info"]
    assert rows["value"].iloc[0] == pytest.approx(12, abs=0.01) and rows["unit"].iloc[0] == "mm"


@pytest.mark.parametrize(("noise_m", "rows"), [(0.0, 0), (1e-6, 0), (1e-4, 1)])
def test_accelerations_of_markers_that_nobody_smoothed(noise_m, rows):
    """Smooth joint centres keep the interpolating spline to the last digit; noisy ones get the light smoothing spline."""
    walk = (raw(), motion(swinging(), standing()))
    walk[1]["joint_centre"] += noise_m * np.random.default_rng(4).normal(size=walk[1]["joint_centre"].shape)
    found = {}
    for spline in ("by_noise", "interpolating", "smoothing"):
        config = {"kinetics": {"method": "plug_in_gait", "plug_in_gait_spline": spline}}
        result, table = compute({"static": CALIBRATION, "walk": walk}, config=config)
        found[spline] = result["walk"]["moment"].sel(side="right").values
        reported = table[(table["code"] == "markers_not_smoothed") & (table["trial"] == "walk")]
        assert len(reported) == (rows if spline == "by_noise" else 0)
    expected = "smoothing" if rows else "interpolating"
    np.testing.assert_array_equal(found["by_noise"], found[expected])
    assert np.nanmax(np.abs(found["smoothing"] - found["interpolating"])) > 1e-9
