"""Marker sets recognised from labels and places; labels that the places contradict."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomech.config import Lab
from biomech.io.recordings import read_recording
from biomech.model.label_geometry import body_axes
from biomech.model.landmark_names import model_outputs, read_labels, readings, subject_prefix, table
from biomech.model.markersets import load_markerset, shipped
from biomech.model.recognition import recognise
from biomech.model.stander import PLACES

#: The recording's own axes: X forward, Y up, Z right.
AS_STORED = Lab(up="+y", forward="+x")


def standing(name: str, skip: tuple[str, ...] = ("KAX", "KD1", "KD2")) -> tuple[list[str], np.ndarray]:
    """Labels and places (20, m, 3) of a standing person with the markers of a set."""
    markerset = load_markerset(name)
    places = {
        markerset.label_of(side, key): np.array(PLACES[key]) * [1, 1, 1 if side == "right" else -1]
        for key, marker in markerset.markers.items()
        if key not in skip
        for side in (("right",) if marker.midline else ("left", "right"))
    }
    return list(places), np.repeat(np.array(list(places.values()))[None], 20, axis=0)


def contradicted(labels: list[str], position: np.ndarray) -> list[str]:
    return [one.message for one in body_axes(labels, position, read_labels(labels)[1]).contradictions]


@pytest.mark.parametrize(
    ("label", "side", "landmark"),
    [
        ("LASI", "left", "asis"), ("RASIS", "right", "asis"), ("L.ASIS", "left", "asis"), ("L_IAS", "left", "asis"),
        ("RIAS", "right", "asis"), ("ASIS_L", "left", "asis"), ("Left_ASIS", "left", "asis"), ("lpsi", "left", "psis"),
        ("SACR", "", "sacrum"), ("LKNE", "left", "lateral_epicondyle"), ("LLFE", "left", "lateral_epicondyle"),
        ("RLE", "right", "lateral_epicondyle"), ("LLEPI", "left", "lateral_epicondyle"), ("L.MKnee", "left", "medial_epicondyle"),
        ("R.Knee.Medial", "right", "medial_epicondyle"), ("RLM", "right", "lateral_malleolus"), ("LMM", "left", "medial_malleolus"),
        ("LHEE", "left", "heel"), ("RCAL", "right", "heel"), ("RFCC", "right", "heel"), ("LFM1", "left", "first_metatarsal_head"),
        ("R.MT5", "right", "fifth_metatarsal_head"), ("LTOE", "left", "second_metatarsal_head"), ("C7", "", "c7"),
        ("L.Iliac.Crest", "left", "iliac_crest"), ("CLAV", "", "suprasternal_notch"), ("STRN", "", "xiphoid"), ("T10", "", "t10"),
        ("RACR", "right", "acromion"), ("LFE", "", "lateral_epicondyle"),
    ],
)  # fmt: skip
def test_a_label_is_read(label: str, side: str, landmark: str) -> None:
    first = readings(label)[0]
    assert (first.side, first.landmark, first.cluster) == (side, landmark, False)


def test_every_name_has_a_protocol_and_one_meaning() -> None:
    values = table()
    seen: dict[str, str] = {}
    for key, entry in values["landmarks"].items():
        assert entry["body"] in ("pelvis", "trunk", "thigh", "shank", "foot")
        for name, source in entry["names"].items():
            assert source in values["protocols"], name
            assert seen.setdefault(str(name).casefold(), key) == key, (
                f"{name} means {seen[str(name).casefold()]} and {key}"
            )


@pytest.mark.parametrize("prefix", ["Subject:", "Subject_", "P01-", "P01", "12 ", "Anna Maria.", "S1_LEFT_"])
def test_a_subject_prefix_of_any_form_is_found(prefix: str) -> None:
    labels, position = standing("plug_in_gait")
    marked = [prefix + label for label in labels]
    assert subject_prefix(marked) == prefix
    best = recognise(marked, position)[0]
    assert (best.name, best.missing, best.prefix) == (recognise(labels, position)[0].name, (), prefix)


def test_a_prefix_does_not_keep_a_set_from_its_markers() -> None:
    markerset = load_markerset("plug_in_gait")
    labels, _ = standing("plug_in_gait")
    marked = markerset.resolve([f"P01_{label}" for label in labels])
    assert marked == {key: f"P01_{label}" for key, label in markerset.resolve(labels).items()}


def test_sides_and_words_are_no_prefix() -> None:
    assert subject_prefix(["L.ASIS", "L.PSIS", "L.Knee", "L.Ankle", "L.Toe"]) == ""
    assert subject_prefix(standing("running_visual3d")[0]) == ""


@pytest.mark.parametrize("name", shipped())
def test_a_set_is_recognised_by_its_own_markers(name: str) -> None:
    labels, position = standing(name)
    best = recognise(labels, position)[0]
    assert best.name == name and best.share == 1 and best.missing == () and best.contradictions == ()
    assert best.used == best.markers == len(labels)


def test_model_outputs_do_not_count() -> None:
    labels, position = standing("plug_in_gait")
    outputs = ["LKneeAngles", "RHipMoment_M", "CentreOfMass", "LHJC", "*115", "PELO", "PELA", "PELL", "PELP", "trxO", "trxA", "trxL", "trxP"]  # fmt: skip
    assert model_outputs([*labels, *outputs]) == set(outputs)
    more = np.concatenate([position, np.zeros((20, len(outputs), 3))], axis=1)
    assert recognise([*labels, *outputs], more)[0].markers == len(labels)


@pytest.mark.parametrize("turn", [np.eye(3), np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]]), np.diag([-1.0, 1, -1])])
def test_axes_come_from_the_body_in_any_lab(turn: np.ndarray) -> None:
    labels, position = standing("cast_lower_limb")
    axes = body_axes(labels, position @ turn.T, read_labels(labels)[1])
    names = {(0, 1): "+x", (0, -1): "-x", (1, 1): "+y", (2, 1): "+z"}
    for found, column in ((axes.up, turn[:, 1]), (axes.forward, turn[:, 0])):
        i = int(np.argmax(np.abs(column)))
        assert found == names[i, int(column[i])]
    assert axes.still and axes.contradictions == ()


def test_exchanged_sides_are_one_sentence() -> None:
    labels, position = standing("plug_in_gait")
    swapped = [{"L": "R", "R": "L"}.get(label[0], label[0]) + label[1:] for label in labels]
    (message,) = contradicted(swapped, position)
    assert "left and right are exchanged" in message


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("LASI", "RASI", "LASI (left anterior superior iliac spine) lies 240 mm to the right of RASI"),
        ("LKNE", "LASI", "expected below it"),
        ("LHEE", "LANK", "expected below it"),
        ("LHEE", "LTOE", "expected in front of it"),
        ("RKNE", "RMKN", "nearer to the midline than RMKN"),
        ("RANK", "LANK", "LANK (left lateral malleolus) lies"),
    ],
)
def test_an_exchange_of_two_labels_is_reported_with_both(first: str, second: str, expected: str) -> None:
    labels, position = standing("plug_in_gait")
    a, b = labels.index(first), labels.index(second)
    labels[a], labels[b] = second, first
    found = [m for m in contradicted(labels, position) if first in m or second in m]
    assert any(expected in message for message in found), found
    assert any(f"contradicted: {message}" in recognise(labels, position)[0].evidence for message in found)


def test_other_names_of_the_missing_landmarks_are_named() -> None:
    labels, position = standing("plug_in_gait")
    other = [label.replace("ANK", "_LM") if label in ("LANK", "RANK") else label for label in labels]
    best = next(one for one in recognise(other, position) if one.name == "plug_in_gait")
    assert set(best.missing) == {"LANK", "RANK"} and best.renamed == {"LANK": "L_LM", "RANK": "R_LM"}
    assert any("LANK is L_LM" in line for line in best.evidence)


def test_a_raised_foot_is_no_contradiction() -> None:
    labels, position = standing("cast_lower_limb")
    position = position + np.linspace(0, 1, 20)[:, None, None] * [1.0, 0, 0]
    for name in ("LCALD", "LCALP", "LM1", "LM2", "LM5", "LLM", "LMM"):
        position[:, labels.index(name), 1] += 0.5
    assert contradicted(labels, position) == []


def test_without_positions_the_evidence_says_so() -> None:
    labels, _ = standing("plug_in_gait")
    assert any("labels alone" in line for line in recognise(labels)[0].evidence)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("file", "up", "forward"),
    [
        ("running_visual3d/RBDS001static.c3d", "+y", "+x"),
        ("walking_clinical_labs/AUC/CB_Static0001.c3d", "+z", "-x"),
        ("walking_clinical_labs/RCH/RCH.01.c3d", "+z", "+x"),
        ("landing_running/singleLegLanding.c3d", "+z", "-y"),
        ("cgm_nexus/Static_trial.c3d", "+z", "+x"),
    ],
)
def test_axes_of_public_recordings(realdata: Path, file: str, up: str, forward: str) -> None:
    recording = read_recording(realdata / file, AS_STORED)
    axes = body_axes(recording.marker_names, recording.position, read_labels(recording.marker_names)[1])
    assert (axes.up, axes.forward, axes.contradictions) == (up, forward, ())


@pytest.mark.realdata
def test_the_labelling_fault_of_a_public_static_is_found(realdata: Path) -> None:
    recording = read_recording(realdata / "landing_running/aStaticTrial_2.c3d", AS_STORED)
    best = recognise(recording.marker_names, recording.position)[0]
    assert best.name == "landing_running"
    assert [one.labels for one in best.contradictions] == [("L.Heel", "L.Ankle")]


@pytest.mark.realdata
def test_a_thigh_cluster_called_like_a_metatarsal_is_contradicted(realdata: Path) -> None:
    recording = read_recording(realdata / "landing_running/jogging.c3d", AS_STORED)
    found = recognise(recording.marker_names, recording.position)[0].contradictions
    assert {one.labels[0] for one in found} == {"LFM1", "RFM1"}
