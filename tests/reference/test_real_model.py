"""Subject models of the real recordings against what the files' own software stored.

Tolerances: angles 0.01 degrees and foot offsets 1e-4 degrees (without a knee alignment device), wand rotations by the
device 0.01 degrees, joint centres 0.001 mm. None was fitted.
"""

from __future__ import annotations

import json
from pathlib import Path

import ezc3d
import numpy as np
import pytest
import xarray as xr

from biomech.config import Config
from biomech.geometry.rotations import cardan, transpose
from biomech.io.sheets import Session, Trial
from biomech.model.frames import landmarks_and_frames
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from tests.stage_results import parameters_of

pytestmark = pytest.mark.realdata

# stored axes -> x forward, y up, z right
Z_UP_Y_FORWARD = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
Z_UP_X_FORWARD = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
Y_UP = np.eye(3)
CHILDREN = {
    "HC002D": ("02", "06"), "HC030A": ("01", "05"), "HC031A": ("01", "06"), "HC032A": ("01", "03"),
    "HC033A": ("01", "10"), "HC036A": ("01", "10"),
}  # fmt: skip


def read(
    path: Path, axes: np.ndarray, relabel: dict[str, str] | None = None
) -> tuple[xr.Dataset, dict[str, np.ndarray]]:
    """Raw dataset and all points as stored; a plain reading, so that these tests stand on the model alone."""
    file = ezc3d.c3d(str(path))
    point = file["parameters"]["POINT"]
    labels = point["LABELS"]["value"] + point.get("LABELS2", {}).get("value", [])
    stored = np.moveaxis(file["data"]["points"][:3], 0, -1).swapaxes(0, 1)
    outputs = {x for g in point.get("TYPE_GROUPS", {}).get("value", []) for x in point.get(g, {}).get("value", [])}
    keep = [i for i in range(stored.shape[1]) if labels[i] not in outputs]
    position = np.where((stored == 0).all(axis=-1, keepdims=True), np.nan, stored)[:, keep] @ axes.T / 1000
    processing = file["parameters"].get("PROCESSING", {})
    group = {k: np.ravel(v["value"]).tolist() for k, v in processing.items() if k != "__METADATA__"}
    rate = float(point["RATE"]["value"][0])
    raw = xr.Dataset(
        {"marker_position": (("time", "marker", "axis"), position)},
        coords={"marker": [(relabel or {}).get(labels[i], labels[i]) for i in keep]},
        attrs={"rate_hz": rate, "file": path.name, "parameters": json.dumps({"PROCESSING": group} if group else {})},
    )
    return raw, {label: stored[:, i] for i, label in enumerate(labels[: stored.shape[1]])}


def build(markerset: str, trials: dict[str, xr.Dataset]) -> tuple[dict[str, xr.Dataset], list[dict]]:
    rows = tuple(Trial(trial=n, file=n, role="static" if n == "static" else "dynamic", task="walking") for n in trials)
    quality = Quality("P", "1", "model")
    session = Session(participant="P", session="1", mass_kg=50.0, height_m=1.5, trials=rows)
    tree = {f"{n}": d for n, d in trials.items()}
    return model_session(tree, session, load_markerset(markerset), Config(), quality, on_error="stop"), quality.rows


@pytest.mark.parametrize("child", list(CHILDREN))
def test_children_have_the_angles_and_centres_of_plug_in_gait(realdata: Path, child: str) -> None:
    folder = realdata / "walking_pig_ofm" / child
    static, walk = CHILDREN[child]
    trials = {"static": read(folder / f"{child}{static}.c3d", Z_UP_Y_FORWARD)[0]}
    trials["walk"], stored = read(folder / f"{child}{walk}.c3d", Z_UP_Y_FORWARD)
    tree, rows = build("plug_in_gait_oxford_foot", trials)
    assert [row for row in rows if row["level"] == "error" or row["code"] == "swapped_labels"] == []
    markerset, model = load_markerset("plug_in_gait_oxford_foot"), tree["static"]
    group = json.loads(trials["walk"].attrs["parameters"])["PROCESSING"]
    raw = trials["walk"]
    for side, s in (("left", "L"), ("right", "R")):
        parameters = parameters_of(model, side)
        if child != "HC036A":  # its stored static trial is not the one that its parameters came from
            for ours, theirs in (
                ("static_plantar_flexion", "StaticPlantFlex"),
                ("static_rotation_offset", "StaticRotOff"),
            ):
                assert np.degrees(parameters[ours]) == pytest.approx(np.degrees(group[s + theirs][0]), abs=1e-4)
        points = markerset.side_points(raw["marker"].values, raw["marker_position"].values, side)
        landmarks, frames = landmarks_and_frames(markerset, points, parameters, "dynamic")
        for joint, proximal, distal, sign in (
            ("Hip", "pelvis", "thigh", (1, 1, 1)),
            ("Knee", "thigh", "shank_proximal", (-1, 1, 1)),
        ):
            ours = np.degrees(cardan(transpose(frames[proximal][0]) @ frames[distal][0], "ZXY")) * sign
            theirs = stored[f"{s}{joint}Angles"]
            both = np.isfinite(ours).all(axis=1) & np.abs(theirs).any(axis=1) & np.isfinite(theirs).all(axis=1)
            assert both.sum() > 100
            rms = np.sqrt(np.mean((ours - theirs)[both] ** 2, axis=0))
            assert (rms < 0.01).all(), f"{child} {side} {joint}: {rms}"
        for centre, point in (("knee", "FEO"), ("ankle", "TIO")):
            mirror = np.array([1, 1, 1 if side == "right" else -1])
            theirs = stored[s + point] @ Z_UP_Y_FORWARD.T * mirror
            gap = np.linalg.norm(1000 * landmarks[centre] - theirs, axis=1)
            assert np.nanmax(gap[np.abs(theirs).any(axis=1)]) < 1e-3, f"{child} {side} {centre}"


def test_knee_alignment_device_gives_the_stored_wand_rotations(realdata: Path) -> None:
    """FMC: rotations, torsion and ankle ad/abduction from the static's device and medial malleoli, nothing stored."""
    folder = realdata / "walking_clinical_labs" / "FMC"
    static, _ = read(folder / "MH0222_BP01.c3d", Z_UP_X_FORWARD)
    walk, _ = read(folder / "MH0222_BP06.c3d", Z_UP_X_FORWARD)
    group = json.loads(walk.attrs["parameters"])["PROCESSING"]
    angles = ("Rotation", "Torsion", "AbAdd", "Static")
    known = {k: v for k, v in group.items() if not any(word in k for word in angles)}
    for raw in (static, walk):
        raw.attrs["parameters"] = json.dumps({"PROCESSING": known})
    tree, rows = build("plug_in_gait", {"static": static, "walk": walk})
    assert not any(row["level"] == "error" for row in rows)
    for side, s in (("left", "L"), ("right", "R")):
        parameters = parameters_of(tree["static"], side)
        for ours, theirs in (
            ("thigh_rotation", "ThighRotation"), ("shank_rotation", "ShankRotation"),
            ("tibial_torsion", "TibialTorsion"), ("ankle_abadd", "AnkleAbAdd"),
        ):  # fmt: skip
            assert np.degrees(parameters[ours]) == pytest.approx(np.degrees(group[s + theirs][0]), abs=0.01), ours


def test_another_thigh_rotation_than_the_statics_is_told(realdata: Path) -> None:
    """FMC: the stored rotation and the device agree; five degrees added to the stored one are used, and reported."""
    folder = realdata / "walking_clinical_labs" / "FMC"
    static, _ = read(folder / "MH0222_BP01.c3d", Z_UP_X_FORWARD)
    walk, _ = read(folder / "MH0222_BP06.c3d", Z_UP_X_FORWARD)
    _, rows = build("plug_in_gait", {"static": static, "walk": walk})
    assert not any(row["code"] == "knee_alignment_differs" for row in rows)
    for raw in (static, walk):
        group = json.loads(raw.attrs["parameters"])["PROCESSING"]
        group["LThighRotation"] = [group["LThighRotation"][0] + np.radians(5.0)]
        raw.attrs["parameters"] = json.dumps({"PROCESSING": group})
    tree, rows = build("plug_in_gait", {"static": static, "walk": walk})
    (reported,) = [row for row in rows if row["code"] == "knee_alignment_differs"]
    assert reported["item"] == "left thigh_rotation" and "turned by +5.0 degrees about the thigh" in reported["message"]
    used = parameters_of(tree["static"], "left")["thigh_rotation"]
    assert used == pytest.approx(group["LThighRotation"][0], abs=1e-6)


LANDINGS = ("doubleLegLanding", "singleLegLanding", "sideCutting")
FACING_MINUS_Y = np.array([[0, -1, 0], [0, 0, 1], [-1, 0, 0]])


def test_swapped_labels_of_the_landing_static_are_found_and_the_repair_holds(realdata: Path) -> None:
    folder = realdata / "landing_running"
    moving = {name: read(folder / f"{name}.c3d", FACING_MINUS_Y)[0] for name in LANDINGS}
    wrong, _ = read(folder / "aStaticTrial_2.c3d", FACING_MINUS_Y)
    tree, rows = build("landing_running", {"static": wrong, **moving})
    (row,) = [row for row in rows if row["code"] == "swapped_labels"]
    assert row["level"] == "error" and row["trial"] == "static"
    assert {"L.Heel", "L.Ankle"} == set(row["item"].split(", "))
    repaired, _ = read(folder / "aStaticTrial_2.c3d", FACING_MINUS_Y, {"L.Heel": "L.Ankle", "L.Ankle": "L.Heel"})
    fixed, rows = build("landing_running", {"static": repaired, **moving})
    assert [row for row in rows if row["code"] in ("swapped_labels", "marker_moved", "segment_missing")] == []
    length = {
        which: np.linalg.norm(np.diff(one["static"]["landmark_local"].sel(side="left", segment="foot", landmark=["heel", "toe"]), axis=0))
        for which, one in (("wrong", tree), ("fixed", fixed))
    }  # fmt: skip
    # heel to toe 184 mm with the labels swapped, about 240 mm in the movements
    assert length["wrong"] == pytest.approx(0.184, abs=0.002) and length["fixed"] == pytest.approx(0.240, abs=0.006)
    left, right = (fixed["static"]["landmark_local"].sel(side=s, segment="shank_proximal", landmark="ankle") for s in ("left", "right"))  # fmt: skip
    np.testing.assert_allclose(left, right, atol=0.01)


@pytest.mark.parametrize(
    ("markerset", "folder", "static", "moving", "axes"),
    [
        ("plug_in_gait", "walking_clinical_labs/FMC", "MH0222_BP01", ("MH0222_BP06", "MH0222_BP15"), Z_UP_X_FORWARD),
        ("plug_in_gait", "walking_clinical_labs/QCMAS", "QCMAS.static", ("QCMAS.dynamic",), Z_UP_X_FORWARD),
        ("plug_in_gait", "cgm_nexus", "Static_trial", ("Movement_trial",), Z_UP_X_FORWARD),
    ],
)
def test_clinical_recordings_show_no_swapped_labels(
    realdata: Path, markerset: str, folder: str, static: str, moving: tuple[str, ...], axes: np.ndarray
) -> None:
    trials = {name: read(realdata / folder / f"{name}.c3d", axes)[0] for name in moving}
    _, rows = build(markerset, {"static": read(realdata / folder / f"{static}.c3d", axes)[0], **trials})
    assert [row for row in rows if row["code"] in ("swapped_labels", "marker_moved")] == []


def test_the_run_has_its_right_metatarsal_labels_swapped_in_the_movement(realdata: Path) -> None:
    """In the run R.MT1 lies lateral of R.MT5, a fault of the file; both are static markers here, so it is a warning."""
    folder = realdata / "running_visual3d"
    static, run = (read(folder / f"RBDS001{name}.c3d", Y_UP)[0] for name in ("static", "runT35"))
    across = {t: float((d["marker_position"].sel(marker="R.MT1") - d["marker_position"].sel(marker="R.MT5")).mean("time")[2])
              for t, d in (("static", static), ("run", run))}  # fmt: skip
    assert across["static"] < -0.09 and across["run"] > 0.09
    _, rows = build("running_visual3d", {"static": static, "run": run})
    (row,) = [row for row in rows if row["code"] == "swapped_labels"]
    assert (row["level"], row["trial"], row["item"]) == ("warning", "run", "R.MT1, R.MT5")
