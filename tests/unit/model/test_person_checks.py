"""Recordings that do not fit the person in the sheet, or each other: each fault is made from the example and named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import Config, parse_config
from biomech.geometry.mirror import to_right
from biomech.geometry.rigid import fit_pose
from biomech.geometry.rotations import rotation_z
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, Trial
from biomech.model.markersets import load_markerset, parse_markerset
from biomech.model.session import model_session
from biomech.quality import Quality

EXAMPLE = Path(__file__).parents[3] / "data_example"
MARKERSET = load_markerset("cast_lower_limb")
OWN = {
    "same_recording", "several_statics", "another_person", "cluster_slid", "static_not_upright", "height_differs",
    "mass_differs", "marker_unit", "segment_axes", "standing_angle", "segment_upside_down",
}  # fmt: skip


def trial(name: str, file: str, role: str = "dynamic", **cells: str) -> Trial:
    task = role if role in ("static", "functional") else "walking"
    return Trial(trial=name, file=file, role=role, task=task, **cells)  # type: ignore[arg-type]


TRIALS = (
    trial("static", "P01/pre/static.c3d", "static"),
    trial("walk1", "P01/pre/walk1.c3d"),
    trial("walk2", "P01/pre/walk2.c3d"),
)
SQUAT = (*TRIALS, trial("squat", "P01/pre/squat-left.c3d"))


def session(trials: tuple[Trial, ...] = TRIALS, mass_kg: float | None = 65.5, height_m: float | None = 1.70) -> Session:
    return Session(participant="P01", session="pre", sex="female", mass_kg=mass_kg, height_m=height_m, trials=trials)


def read(trials: tuple[Trial, ...]) -> dict[str, xr.Dataset]:
    tree = ingest_session(session(trials), EXAMPLE, Config(), Quality("P01", "pre", "ingest"), on_error="stop")
    return {name: group for name, group in tree.items()}


@pytest.fixture(scope="module")
def recorded() -> dict[str, xr.Dataset]:
    return read(TRIALS)


def rows(
    data: dict[str, xr.Dataset], of: Session | None = None, markerset=MARKERSET, **options
) -> dict[str, list[dict]]:
    """Quality rows of the checks of this module, by code."""
    quality = Quality("P01", "pre", "model")
    model_session(data, of or session(), markerset, parse_config(options), quality)
    out: dict[str, list[dict]] = {}
    for row in quality.rows:
        if row["code"] in OWN:
            assert row["message"] and row["action"]
            out.setdefault(row["code"], []).append(row)
    return out


def moved(data: xr.Dataset, labels: tuple[str, ...], by) -> xr.Dataset:
    """Copy with some markers at `by(position)`."""
    copy = data.copy(deep=True)
    chosen = np.isin(copy["marker"].values.astype(str), labels)
    assert chosen.sum() == len(labels)
    copy["marker_position"].values[:, chosen] = by(copy["marker_position"].values[:, chosen])
    return copy


def test_the_clean_example_has_no_row(recorded) -> None:
    assert rows(recorded) == {}


@pytest.mark.parametrize(
    ("factor", "height_m", "words"),
    [
        (10.0, 1.70, "millimetres labelled as centimetres"),
        (1000.0, 1.70, "millimetres labelled as metres"),
        (0.1, 1.70, "centimetres labelled as millimetres"),
        (2.54, 1.70, "centimetres labelled as inches"),
        (1 / 2.54, 1.70, "inches labelled as centimetres"),
        (0.3048, 1.70, "metres labelled as feet"),
    ],
)
def test_markers_in_a_wrong_unit_are_refused(recorded, factor: float, height_m: float, words: str) -> None:
    data = {
        name: d.assign(marker_position=d["marker_position"].copy(data=d["marker_position"].values * factor))
        for name, d in recorded.items()
    }
    found = rows(data, session(height_m=height_m))
    (row,) = found["marker_unit"]
    assert row["level"] == "error" and words in row["message"] and "static.c3d" in row["message"]


@pytest.mark.parametrize(("height_m", "reported"), [(1.70, False), (1.60, False), (1.80, False), (1.07, True), (2.0, True), (1.40, True)])  # fmt: skip
def test_a_wrong_height_is_named(recorded, height_m: float, reported: bool) -> None:
    found = rows(recorded, session(height_m=height_m))
    assert ("height_differs" in found) == reported
    if reported:
        (row,) = found["height_differs"]
        # the example's person is 1.70 m tall, thigh and shank 0.48 of it
        assert row["value"] == pytest.approx(1.70 * 0.48 / 0.475 - height_m, abs=0.01)


@pytest.mark.parametrize(("mass_kg", "reported"), [(65.5, False), (67.0, False), (64.0, False), (75.0, True), (56.0, True), (144.0, True)])  # fmt: skip
def test_a_wrong_mass_is_named(mass_kg: float, reported: bool) -> None:
    found = rows(read(SQUAT), session(SQUAT, mass_kg=mass_kg))
    assert ("mass_differs" in found) == reported
    if reported:
        (row,) = found["mass_differs"]
        assert row["value"] == pytest.approx(65.5 - mass_kg, abs=1.0) and row["unit"] == "kg"


@pytest.mark.parametrize("other", ["P02", "P04"])
def test_a_static_of_somebody_else_is_named(recorded, other: str) -> None:
    """P04 is 7 % taller than P01. P02, 3.5 % taller and built alike, cannot be distinguished from her with certainty."""
    theirs = read((trial("static", f"{other}/pre/static.c3d", "static"),))
    found = rows(recorded | theirs)
    if other == "P04":
        (row,) = found["another_person"]
        assert row["item"] == "static" and "walk1, walk2" in row["message"] and 0.04 < row["value"] < 0.10
    assert "cluster_slid" not in found


def test_one_trial_of_somebody_else_is_named(recorded) -> None:
    theirs = read((trial("walk2", "P04/pre/walk2.c3d"), trial("walk3", "P01/pre/jump1.c3d")))
    found = rows(recorded | theirs, session((*TRIALS, trial("walk3", "P01/pre/jump1.c3d"))))
    assert [row["item"] for row in found["another_person"]] == ["walk2"]


@pytest.mark.parametrize(
    ("markers", "segment", "parts"),
    [
        (("LTH1", "LTH2", "LTH3", "LTH4"), "left thigh", ("hip", "knee")),
        (("RSK1", "RSK2", "RSK3", "RSK4"), "right shank_proximal", ("knee", "ankle")),
    ],
)
@pytest.mark.parametrize("slide_m", [0.010, 0.030])
def test_a_cluster_that_slid_is_named(recorded, markers, segment: str, parts, slide_m: float) -> None:
    """All markers of a cluster lower by 10 (soft tissue) or 30 mm in the static, along the standing limb."""
    static = moved(recorded["static"], markers, lambda x: x + np.array([0.0, slide_m, 0.0]))
    found = rows(recorded | {"static": static})
    if slide_m < 0.02:
        assert found == {}
        return
    (row,) = found["cluster_slid"]
    assert row["item"] == segment and "down" in row["message"] and "walk1, walk2" in row["message"]
    assert row["value"] == pytest.approx(slide_m, abs=0.006)
    assert all(label in row["message"] for label in markers)


def test_a_cluster_that_slid_before_the_last_trial_names_that_trial(recorded) -> None:
    """In movement the cluster is moved along its own thigh, downwards as the static has it."""
    walk = recorded["walk2"]
    cluster = ("LTH1", "LTH2", "LTH3", "LTH4")
    x = walk["marker_position"].sel(marker=list(cluster)).values
    static = recorded["static"]["marker_position"].sel(marker=list(cluster)).values.mean(axis=0)
    centred = static - static.mean(axis=0)

    down = fit_pose(centred, x).rotation @ np.array([0.0, -1.0, 0.0])

    found = rows(recorded | {"walk2": moved(walk, cluster, lambda p: p + 0.03 * down[:, None])})
    (row,) = found["cluster_slid"]
    assert row["trial"] == "walk2" and row["item"] == "left thigh" and "walk1" not in row["message"]


def bent(data: xr.Dataset, angle_deg: float, names: tuple[str, ...], about: str) -> xr.Dataset:
    """Turn markers of both legs about the lateral axis through the mean of a marker, backwards for positive angles."""
    out = data
    for side in ("L", "R"):
        labels = tuple(side + name for name in names)
        pivot = data["marker_position"].sel(marker=side + about).values.mean(axis=0)
        turn = rotation_z(np.radians(-angle_deg))
        out = moved(out, labels, lambda x, p=pivot, t=turn: (x - p) @ t.T + p)
    return out


SHANK_AND_FOOT = tuple(
    name for name, marker in MARKERSET.markers.items() if marker.body in ("shank", "foot") and not marker.midline
)


@pytest.mark.parametrize("angle_deg", [15.0, 50.0, 90.0])
def test_bent_knees_and_sitting_are_named_and_no_frame_is_blamed(recorded, angle_deg: float) -> None:
    present = set(recorded["static"]["marker"].values.astype(str))
    names = tuple(n for n in SHANK_AND_FOOT if "L" + n in present)
    static = bent(recorded["static"], angle_deg, names, "LFE")
    found = rows(recorded | {"static": static}, session(mass_kg=None))
    assert ("static_not_upright" in found) == (angle_deg > 30)
    if angle_deg > 30:
        (row,) = found["static_not_upright"]
        assert row["level"] == "warning" and row["value"] == pytest.approx(angle_deg + 5, abs=8)
    assert not {"segment_axes", "segment_upside_down"} & set(found)


def test_the_same_recording_under_two_names_is_named(recorded) -> None:
    found = rows(recorded | {"walk2": recorded["walk1"]})
    (row,) = found["same_recording"]
    assert row["item"] == "walk1, walk2" and "walk1.c3d" in row["message"]


def test_one_functional_recording_for_both_sides_is_meant_so(recorded) -> None:
    both = tuple(trial(f"knee-{s}", "P01/pre/knee-left.c3d", "functional", side=s) for s in ("left", "right"))
    data = read(both)
    assert "same_recording" not in rows(recorded | data, session((*TRIALS, *both)))


def test_two_statics_for_one_footwear_are_named(recorded) -> None:
    second = trial("static2", "P01/post/static.c3d", "static")
    data = recorded | read((second,))
    (row,) = rows(data, session((*TRIALS, second)))["several_statics"]
    assert row["item"] == "static, static2" and "use static" in row["message"]
    shod = trial("static2", "P01/post/static.c3d", "static", footwear="shod")
    assert "several_statics" not in rows(data, session((*TRIALS, shod)))


def test_marks_of_the_lab_do_not_matter(recorded) -> None:
    """A person who faces the other way, or stands elsewhere, is judged alike."""
    turn = np.diag([-1.0, 1.0, -1.0])
    data = {
        name: d.assign(
            marker_position=d["marker_position"].copy(data=d["marker_position"].values @ turn.T + [3.0, 0.0, 1.0]),
            plate_corner=d["plate_corner"].copy(data=d["plate_corner"].values @ turn.T + [3.0, 0.0, 1.0]),
        )
        for name, d in recorded.items()
    }
    assert rows(data) == {}
    assert to_right("left", np.array([0.0, 0.0, 1.0]))[2] == -1.0


EXCHANGED = [
    ("heel and toe", "first: {x: [heel_flat, mid_heads]}", "first: {x: [mid_heads, heel_flat]}", "foot", "x axis points back"),
    ("epicondyles", "second: {z: [MFE, LFE]}}\n    landmarks: {hip", "second: {z: [LFE, MFE]}}\n    landmarks: {hip", "thigh", "z axis points medially"),
    ("malleoli", "first: {z: [MM, LM]}", "first: {z: [LM, MM]}", "shank_distal", "z axis points medially"),
    ("knee and hip", "first: {y: [knee, hip]}", "first: {y: [hip, knee]}", "thigh", "y axis points down"),
    ("front and back", "second: {x: [mid_psis, mid_asis]}", "second: {x: [mid_asis, mid_psis]}", "pelvis", "x axis points back"),
    ("two axes", "first: {x: [heel_flat, mid_heads]}, second: {z: [M1, M5]}", "first: {z: [heel_flat, mid_heads]}, second: {x: [M1, M5]}", "foot", "degrees"),
    ("labels of heel and toe", 'CALD: {labels: ["{s}CALD"]', 'CALD: {labels: ["{s}M2"]', "foot", "back"),
    ("labels of epicondyles", 'LFE: {labels: ["{s}LFE"]', 'LFE: {labels: ["{s}MFE"]', "thigh", "medially"),
]  # fmt: skip
BACK = {'CALD: {labels: ["{s}M2"]': ('M2: {labels: ["{s}M2"]', 'M2: {labels: ["{s}CALD"]'),
        'LFE: {labels: ["{s}MFE"]': ('MFE: {labels: ["{s}MFE"]', 'MFE: {labels: ["{s}LFE"]')}  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "segment", "words"), EXCHANGED, ids=[e[0] for e in EXCHANGED])
def test_a_marker_set_with_two_points_exchanged_is_an_error(recorded, name, old, new, segment, words) -> None:
    path = Path(load_markerset.__code__.co_filename).parent / "markersets" / "cast_lower_limb.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    if new in BACK:
        text = text.replace(*BACK[new])
    text = text.replace(old, new, 1)
    found = rows({"static": recorded["static"]}, session(TRIALS[:1]), parse_markerset(text, "cast_lower_limb"))
    reported = [
        row for code in ("segment_axes", "standing_angle") for row in found.get(code, ()) if segment in row["item"]
    ]
    assert reported, f"{name}: {found}"
    assert all(row["level"] == "error" for row in reported)
    assert any(words in row["message"] for row in reported)
    if segment == "foot":
        assert "RCALD" in reported[-1]["message"] or "RM2" in reported[-1]["message"]


def test_a_shank_above_the_thigh_is_an_error(recorded) -> None:
    """The labels of the epicondyles sit on the malleoli and the other way round."""
    static = recorded["static"]
    names = {
        f"{s}{a}": f"{s}{b}" for s in "LR" for a, b in (("LFE", "LM"), ("LM", "LFE"), ("MFE", "MM"), ("MM", "MFE"))
    }
    labels = [names.get(label, label) for label in static["marker"].values.astype(str)]
    found = rows({"static": static.assign_coords(marker=labels)}, session(TRIALS[:1]))
    assert {row["item"] for row in found["segment_upside_down"]} == {"left shank_proximal", "right shank_proximal"}
    assert all(
        row["level"] == "error" and "ankle centre lies above" in row["message"] for row in found["segment_upside_down"]
    )


def test_left_and_right_exchanged_in_all_labels_is_an_error(recorded) -> None:
    static = recorded["static"]
    labels = [{"L": "R", "R": "L"}.get(label[0], label[0]) + label[1:] for label in static["marker"].values.astype(str)]
    found = rows({"static": static.assign_coords(marker=labels)}, session(TRIALS[:1]))
    assert any(row["item"] == "pelvis" for row in found["segment_axes"])


@pytest.mark.parametrize(("stored_kg", "reported"), [(65.5, False), (67.0, False), (80.0, True), (52.0, True)])
def test_another_mass_in_the_file_is_named(recorded, stored_kg: float, reported: bool) -> None:
    data = {name: one.copy() for name, one in recorded.items()}
    for one in data.values():
        one.attrs = one.attrs | {"parameters": json.dumps({"PROCESSING": {"Bodymass": [stored_kg]}})}
    quality = Quality("P01", "pre", "model")
    model_session(data, session(), MARKERSET, Config(), quality)
    found = [row for row in quality.rows if row["item"] == "mass_kg" and row["code"] == "parameter_sources_differ"]
    assert len(found) == reported
    if reported:
        assert f"{stored_kg:g} kg (C3D)" in found[0]["message"] and found[0]["value"] == pytest.approx(stored_kg - 65.5)
