"""What other programs read of an export: ezc3d and plain text readers, against the results themselves."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import ezc3d
import numpy as np
import pytest

from biomech.c3d.force_plates import plate_wrench
from biomech.c3d.recording_file import read_c3d
from biomech.config import parse_config
from biomech.errors import StudyError
from biomech.export import opensim, opensim_model
from biomech.export.bids import bids_tables
from biomech.export.session import export_session
from biomech.io.sheets import Session
from tests.pipeline import Results, run_session
from tests.walks import recorded_session


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, Results]:
    folder = tmp_path_factory.mktemp("walk")
    session = recorded_session(0, folder)
    return session, run_session(session, parse_config({}), folder)


def exported(walked: tuple[Session, Results], folder: Path, **options: object) -> Path:
    session, results = walked
    config = parse_config({"export": options})
    trees = results.raw, results.kinematics, results.kinetics, results.cycles
    export_session(*trees, session, config, folder, results.model)  # type: ignore[arg-type]
    return folder / f"{session.participant}_{session.session}_walk"


def values(c3d: ezc3d.c3d, name: str) -> np.ndarray:
    """Components of a point as another program reads them, (frames, 3); NaN where it is marked invalid."""
    labels = c3d["parameters"]["POINT"]["LABELS"]["value"]
    return c3d["data"]["points"][:3, labels.index(name)].T


def test_another_reader_finds_angles_moments_and_powers_under_their_point_types(walked, tmp_path: Path) -> None:
    stem = exported(walked, tmp_path, formats=["c3d"])
    c3d = ezc3d.c3d(str(stem) + ".c3d")
    point = c3d["parameters"]["POINT"]
    assert point["TYPE_GROUPS"]["value"] == ["ANGLES", "ANGLE", "MOMENTS", "MOMENT", "POWERS", "POWER"]
    assert "LKneeAngles" in point["ANGLES"]["value"] and "RHipMoment" in point["MOMENTS"]["value"]
    assert point["ANGLE_UNITS"]["value"] == ["deg"] and point["MOMENT_UNITS"]["value"] == ["Nm/kg"]
    angle = walked[1].kinematics["walk"]["angle"].sel(side="left")
    ours = angle.sel(quantity=["knee_flexion", "knee_abduction", "knee_internal_rotation"]).to_numpy()
    np.testing.assert_allclose(values(c3d, "LKneeAngles"), ours, atol=1e-4)  # single precision
    moment = walked[1].kinetics["walk"]["moment"].sel(side="right", frame="jcs")
    ours = moment.sel(quantity=["hip_flexion", "hip_adduction", "hip_internal_rotation"]).to_numpy()
    whole = np.isfinite(ours).all(axis=1)
    theirs = values(c3d, "RHipMoment")
    np.testing.assert_allclose(theirs[whole], ours[whole], atol=1e-5)
    assert np.isnan(theirs[~whole]).all() and (~whole).any()
    at = point["LABELS"]["value"].index("LKneeAngles")
    assert point["DESCRIPTIONS"]["value"][at] == "knee_flexion | knee_abduction | knee_internal_rotation"


def test_markers_and_plates_come_back_as_they_were_read(walked, tmp_path: Path) -> None:
    stem = exported(walked, tmp_path, formats=["c3d"])
    again = read_c3d(Path(str(stem) + ".c3d"), parse_config({}).lab)
    raw, clean = walked[1].raw["walk"], walked[1].kinematics["walk"]["marker_clean"]
    for name in clean["marker"].to_numpy():
        back = again.markers.sel(channel=name).transpose("time", "axis").to_numpy()[:, :3]
        np.testing.assert_allclose(back, clean.sel(marker=name).to_numpy(), atol=1e-6)
    options = parse_config({"force_plates": {"zero": "none"}}).force_plates
    for i, plate in enumerate(again.plates):
        wrench = plate_wrench(plate, options)
        np.testing.assert_allclose(wrench.force, raw["plate_force"].isel(plate=i).to_numpy(), atol=1e-3)
        np.testing.assert_allclose(wrench.moment, raw["plate_moment"].isel(plate=i).to_numpy(), atol=1e-3)
    c3d = ezc3d.c3d(str(stem) + ".c3d", extract_forceplat_data=True)
    assert c3d["data"]["platform"][0]["force"][2].max() > 500, "upwards in the lab's own axes, z up"


def test_events_are_those_of_the_cycles(walked, tmp_path: Path) -> None:
    stem = exported(walked, tmp_path, formats=["c3d"])
    events = read_c3d(Path(str(stem) + ".c3d"), parse_config({}).lab).events
    cycles = walked[1].cycles
    for side in ("left", "right"):
        mine = cycles.isel(cycle=np.flatnonzero(cycles["side"].to_numpy() == side))
        bounds = np.unique(np.round(np.concatenate([mine["start"], mine["end"]]), 6))
        strikes = events[(events["side"] == side) & (events["name"] == "foot_strike")]["time"].to_numpy()
        np.testing.assert_allclose(np.sort(strikes), bounds, atol=1e-5)


def test_plug_in_gait_names_signs_and_units(walked, tmp_path: Path) -> None:
    stem = exported(walked, tmp_path, formats=["c3d"], convention="plug_in_gait")
    c3d = ezc3d.c3d(str(stem) + ".c3d")
    assert c3d["parameters"]["POINT"]["MOMENT_UNITS"]["value"] == ["Nmm/kg"]
    knee = values(c3d, "LKneeAngles")
    angle = walked[1].kinematics["walk"]["angle"].sel(side="left")
    np.testing.assert_allclose(knee[:, 0], angle.sel(quantity="knee_flexion").to_numpy(), atol=1e-4)
    np.testing.assert_allclose(knee[:, 1], -angle.sel(quantity="knee_abduction").to_numpy(), atol=1e-4)


def test_opensim_files_hold_the_same_numbers(walked, tmp_path: Path) -> None:
    stem = exported(walked, tmp_path, formats=["opensim"])
    kinematics, kinetics = (walked[1].kinematics["walk"], walked[1].kinetics["walk"])
    lines = Path(f"{stem}.trc").read_text().splitlines()
    names = [name for name in lines[3].split("\t")[2:] if name]
    rows = np.array([[float(cell or "nan") for cell in line.split("\t")] for line in lines[6:]])
    clean = kinematics["marker_clean"]
    assert names == clean["marker"].to_numpy().tolist() and lines[2].split("\t")[4] == "m"
    np.testing.assert_allclose(rows[:, 2:].reshape(len(rows), -1, 3), clean.to_numpy(), atol=1e-6)
    np.testing.assert_allclose(np.diff(rows[:, 1]), 1 / kinematics.attrs["rate_hz"], atol=2e-6)

    text = Path(f"{stem}_forces.mot").read_text().splitlines()
    head = text.index("endheader")
    columns = text[head + 1].split("\t")
    table = dict(
        zip(columns, np.array([[float(c) for c in line.split("\t")] for line in text[head + 2 :]]).T, strict=True)
    )
    assert f"nColumns={len(columns)}" in text and "inDegrees=no" in text
    for side, letter in (("left", "l"), ("right", "r")):
        force, point, free = (
            np.stack([table[f"ground_force_{letter}_{kind}{axis}"] for axis in "xyz"], axis=1) for kind in "vpm"
        )
        assert np.isfinite([force, point, free]).all(), "OpenSim takes a value that is not a number for a failed trial"
        known = np.isfinite(kinetics["ground_reaction"].sel(side=side).to_numpy()).all(axis=1)
        assert (~known).any() and not force[~known].any() and not free[~known].any()
        about = np.cross(point, force) + free  # the wrench as OpenSim puts it together
        np.testing.assert_allclose(
            force[known], kinetics["ground_reaction"].sel(side=side).to_numpy()[known], atol=1e-6
        )
        np.testing.assert_allclose(
            about[known], kinetics["ground_reaction_moment"].sel(side=side).to_numpy()[known], atol=3e-3
        )  # six decimals of a point under 1 kN
        assert force[known, 1].max() > 400
    loads = ElementTree.parse(f"{stem}_loads.xml").getroot()
    assert [node.text for node in loads.iter("force_identifier")] == ["ground_force_l_v", "ground_force_r_v"]
    assert next(loads.iter("datafile")).text == f"{stem.name}_forces.mot"


def test_opensim_intervals_are_those_with_a_measured_force(walked, tmp_path: Path) -> None:
    stem = exported(walked, tmp_path, formats=["opensim"])
    kinetics = walked[1].kinetics["walk"]
    rate = kinetics.attrs["rate_hz"]
    rows = [line.split("\t") for line in Path(f"{stem}_valid.tsv").read_text().splitlines()]
    assert rows[0] == ["foot", "start_s", "end_s", "frames"]
    unknown = kinetics["contact"].to_numpy() == 2
    found = {foot: np.zeros(len(unknown), dtype=bool) for foot in ("left", "right", "both")}
    for foot, start, end, frames in rows[1:]:
        first, last = round(float(start) * rate), round(float(end) * rate)
        assert last - first + 1 == int(frames)
        found[foot][first : last + 1] = True
    np.testing.assert_array_equal(found["left"], ~unknown[:, 0])
    np.testing.assert_array_equal(found["right"], ~unknown[:, 1])
    np.testing.assert_array_equal(found["both"], ~unknown.any(axis=1))
    setup = ElementTree.parse(f"{stem}_id_setup.xml").getroot()
    start, end = (round(float(time) * rate) for time in next(setup.iter("time_range")).text.split())  # type: ignore[union-attr]
    assert found["both"][start : end + 1].all() and end - start + 1 == max(
        int(row[3]) for row in rows if row[0] == "both"
    )


def test_opensim_set_up_files_name_files_that_are_there(walked, tmp_path: Path) -> None:
    """What a tool reads is exported, the user's model, or what the tool before it writes."""
    stem = exported(walked, tmp_path, formats=["opensim"], opensim_model="ours.osim")
    made = {"ours.osim"}
    for setup, reads, writes in (
        (f"{stem}".replace("_walk", "_static_scale_setup.xml"), ("model_file", "marker_set_file", "marker_file"), "output_model_file"),
        (f"{stem}_ik_setup.xml", ("model_file", "marker_file"), "output_motion_file"),
        (f"{stem}_id_setup.xml", ("model_file", "external_loads_file", "coordinates_file"), "output_gen_force_file"),
    ):  # fmt: skip
        root = ElementTree.parse(setup).getroot()
        for name in {node.text for tag in reads for node in root.iter(tag)}:
            assert name in made or (tmp_path / str(name)).is_file(), name
        made |= {str(node.text) for node in root.iter(writes)}
    tracked = {node.get("name") for node in ElementTree.parse(f"{stem}_ik_setup.xml").getroot().iter("IKMarkerTask")}
    assert {"left_TH1", "right_SK2", "left_ASI", "C7"} <= tracked, "clusters, pelvis and trunk"
    assert tracked <= set(walked[1].kinematics["walk"]["marker_clean"]["marker"].to_numpy().tolist())


def test_opensim_markers_sit_in_mirrored_places_on_both_legs(walked, tmp_path: Path) -> None:
    """Tracking markers lie where the static found them: a left thigh marker at minus its distance to the left."""
    stem = exported(walked, tmp_path, formats=["opensim"])
    root = ElementTree.parse(str(stem).replace("_walk", "_static_markerset.xml")).getroot()
    places = {
        str(node.get("name")): (str(node.findtext("socket_parent_frame")), np.array(str(node.findtext("location")).split(), float))
        for node in root.iter("Marker")
    }  # fmt: skip
    static = walked[1].kinematics["static"]
    for side, sign in (("left", -1.0), ("right", 1.0)):
        frame, place = places[f"{side}_TH2"]
        assert frame == f"/bodyset/femur_{side[0]}" and sign * place[2] > 0.02, "a lateral marker"
        thigh = static["rotation"].sel(side=side, segment="thigh").transpose("time", "row", "column").to_numpy()
        marker = static["marker_clean"].sel(marker=f"{side}_TH2").to_numpy()
        hip = static["joint_centre"].sel(side=side, joint="hip").to_numpy()
        local = np.einsum("nji,nj->ni", thigh, marker - hip)
        np.testing.assert_allclose(place, np.nanmedian(local, axis=0), atol=1e-3)


def test_opensim_files_of_a_trial_without_a_usable_plate(walked, tmp_path: Path) -> None:
    """No force is measured: zeros, an empty table of intervals, and no set-up of inverse dynamics."""
    results = walked[1]
    kinetics = results.kinetics["walk"].copy(deep=True)
    for name in ("ground_reaction", "ground_reaction_moment", "centre_of_pressure"):
        kinetics[name][:] = np.nan
    written = opensim.write_trial(tmp_path / "a_1_walk", results.kinematics["walk"], kinetics, results.model["static"])
    assert not any(path.name.endswith("_id_setup.xml") for path in written)
    assert (tmp_path / "a_1_walk_ik_setup.xml") in written
    assert (tmp_path / "a_1_walk_valid.tsv").read_text() == "foot\tstart_s\tend_s\tframes\n"
    text = (tmp_path / "a_1_walk_forces.mot").read_text()
    rows = np.array([line.split("\t") for line in text.split("endheader\n")[1].splitlines()[1:]], dtype=float)
    assert not rows[:, 1:].any()


def test_opensim_files_of_one_leg(walked, tmp_path: Path) -> None:
    """A marker set of one leg scales that leg, and its range is that of the joints that are there."""
    results = walked[1]
    still, walk = (results.kinematics[name].copy(deep=True) for name in ("static", "walk"))
    for one in (still, walk):
        one["joint_centre"].loc[{"side": "left"}] = np.nan
    model = results.model["static"]
    opensim.write_trial(tmp_path / "a_1_walk", walk, None, model)
    opensim_model.write_static(tmp_path / "a_1_static", still, model, "ours.osim", None)
    scale = ElementTree.parse(tmp_path / "a_1_static_scale_setup.xml").getroot()
    assert {node.get("name") for node in scale.iter("Measurement")} == {"femur_r", "tibia_r", "foot_r", "torso"}
    assert next(scale.iter("height")).text == "-1", "OpenSim's sign for what is not known"
    start, end = next(ElementTree.parse(tmp_path / "a_1_walk_ik_setup.xml").getroot().iter("time_range")).text.split()  # type: ignore[union-attr]
    known = np.isfinite(walk["joint_centre"].sel(side="right")).all(("joint", "axis")).to_numpy()
    frames = np.round(np.array([start, end], dtype=float) * walk.attrs["rate_hz"]).astype(int)
    assert known[frames[0] : frames[1] + 1].all() and frames[1] - frames[0] + 1 == known.sum()


def test_the_longest_stretch_is_the_first_of_the_longest() -> None:
    assert opensim.longest(np.array([0, 1, 1, 0, 1, 1, 0, 1], dtype=bool)) == (1, 2)
    assert opensim.longest(np.array([0, 1, 0], dtype=bool)) is None, "one frame is not an interval"
    assert opensim.intervals(np.array([1, 0, 1, 1], dtype=bool)) == [(0, 0), (2, 3)]


def test_bids_tables_say_who_was_measured_when() -> None:
    one = Session(
        participant="P-1", session="pre", label="pre", sex="female", mass_kg=60.0, covariates={"age_years": 20}
    )
    two = one.model_copy(update={"session": "post", "label": "post", "mass_kg": 61.5, "covariates": {"age_years": 20}})
    tables = bids_tables([one, two])
    assert tables["participants.tsv"].splitlines()[1].split("\t")[:2] == ["sub-P1", "F"]
    head, first, second = (line.split("\t") for line in tables["sub-P1/sub-P1_sessions.tsv"].splitlines())
    assert head == ["session_id", "label", "mass_kg"]
    assert first == ["ses-pre", "pre", "60"] and second == ["ses-post", "post", "61.5"]
    kinds = [
        json.loads(tables[f"{folder}dataset_description.json"])["DatasetType"]
        for folder in ("", "derivatives/biomech/")
    ]
    assert kinds == ["raw", "derivative"], "the recordings, and joint angles below them"
    assert json.loads(tables["sessions.json"])["mass_kg"]["Units"] == "kg"
    assert "n/a" in tables["participants.tsv"], "the group is not known"
    formula = one.model_copy(update={"covariates": {"remark": "=1+1\tx\ny"}})
    assert "'=1+1 x y" in bids_tables([formula])["participants.tsv"]


def test_bids_refuses_labels_that_become_the_same() -> None:
    people = [Session(participant=name, session="1") for name in ("P-1", "P1")]
    with pytest.raises(StudyError, match="same label"):
        bids_tables(people)
