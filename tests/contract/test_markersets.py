"""Every marker set that ships is loaded and built on a standing synthetic participant, both sides alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.errors import StudyError
from biomech.io.sheets import Session, Trial
from biomech.model.frames import build
from biomech.model.markerset_parts import LANDMARKS, PARAMETERS
from biomech.model.markersets import MarkerSet, load_markerset, parse_markerset, shipped
from biomech.model.session import model_session
from biomech.model.stander import PLACES
from biomech.quality import Quality
from tests.stage_results import parameters_of

DEVICE = {"KAX", "KD1", "KD2"}  # stands instead of KNE; has its own tests


def standing(markerset: MarkerSet, skip: tuple[str, ...] = ()) -> xr.Dataset:
    """Raw dataset of a symmetric participant standing still."""
    labels, places = [], []
    for name, marker in markerset.markers.items():
        if name in DEVICE:
            continue
        assert name in PLACES, f"{markerset.name}: add {name} to biomech.model.stander.PLACES"
        for side in ("right",) if marker.midline else ("left", "right"):
            label = markerset.label_of(side, name)
            if label not in skip:
                labels.append(label)
                places.append(np.array(PLACES[name]) * [1, 1, 1 if side == "right" else -1])
    position = np.repeat(np.array(places)[None], 60, axis=0)
    return xr.Dataset(
        {"marker_position": (("time", "marker", "axis"), position)},
        coords={"marker": labels, "time": np.arange(60) / 100},
        attrs={"rate_hz": 100.0, "file": "standing.c3d", "parameters": "{}"},
    )


def model(markerset: MarkerSet, raw: xr.Dataset) -> tuple[dict[str, xr.Dataset], Quality]:
    trial = Trial(trial="static", file="standing.c3d", role="static", task="static")
    session = Session(
        participant="P", session="1", sex="female", mass_kg=60.0, height_m=1.7, trials=(trial,),
        anthropometry={f"{s}_{n}": v for s in ("left", "right") for n, v in
                       (("knee_width_m", 0.1), ("ankle_width_m", 0.07), ("leg_length_m", 0.92))},
    )  # fmt: skip
    quality = Quality("P", "1", "model")
    tree = {"static": raw}
    config = parse_config({"subject": {"marker_diameter_m": 0.014}})
    return model_session(tree, session, markerset, config, quality), quality


@pytest.mark.parametrize("name", shipped())
def test_marker_set_builds_every_segment_of_a_standing_participant(name: str) -> None:
    markerset = load_markerset(name)
    tree, quality = model(markerset, standing(markerset))
    assert [row for row in quality.rows if row["level"] != "info"] == []
    data = tree["static"]
    raw = standing(markerset)
    for side in ("left", "right"):
        points = markerset.side_points(raw["marker"].values, raw["marker_position"].values, side)
        built = build(markerset, points, parameters_of(data, side))
        assert set(built.frames) == set(markerset.segments)
        for segment, (rotation, origin) in built.frames.items():
            assert np.isfinite(origin).all()
            np.testing.assert_allclose(rotation[0] @ rotation[0].T, np.eye(3), atol=1e-12)
            assert np.linalg.det(rotation[0]) == pytest.approx(1.0)
            # standing: x within 40 degrees of forward, y of up, z of lateral (the malleoli point backwards)
            assert np.diagonal(rotation[0]).min() > np.cos(np.radians(40)), f"{side} {segment}:\n{rotation[0]}"
    # a symmetric participant has the same model on both sides
    for variable in ("template", "landmark_local", "segment_mass", "segment_com", "segment_inertia", "parameter"):
        left, right = (data[variable].sel(side=s).values for s in ("left", "right"))
        np.testing.assert_allclose(left, right, atol=1e-12, err_msg=variable)


@pytest.mark.parametrize("name", shipped())
def test_marker_set_maps_what_the_later_stages_need(name: str) -> None:
    markerset = load_markerset(name)
    foot, thigh = markerset.segments["foot"].landmarks, markerset.segments["thigh"].landmarks
    assert {"heel", "toe", "ankle"} <= set(foot)
    assert {"hip", "knee"} <= set(thigh)
    assert {"knee", "ankle"} <= set(markerset.segments["shank_proximal"].landmarks)
    assert "hip" in markerset.segments["pelvis"].landmarks
    tree, _ = model(markerset, standing(markerset))
    data = tree["static"]
    for segment, landmark in (
        ("pelvis", "hip"), ("thigh", "hip"), ("thigh", "knee"), ("shank_proximal", "knee"),
        ("shank_proximal", "ankle"), ("foot", "ankle"), ("foot", "heel"), ("foot", "toe"),
    ):  # fmt: skip
        assert np.isfinite(data["landmark_local"].sel(segment=segment, landmark=landmark)).all(), (segment, landmark)
    assert np.isfinite(data["segment_mass"].sel(segment=["thigh", "shank_proximal", "foot"])).all()
    assert data["parameter_unit"].values.tolist() == list(PARAMETERS.values())
    assert set(data["landmark"].values) <= set(LANDMARKS)
    assert data.attrs["hip_centre"] == markerset.hip_centre


@pytest.mark.parametrize("name", shipped())
def test_no_label_means_two_markers(name: str) -> None:
    markerset = load_markerset(name)
    for side in ("left", "right"):
        labels = [
            label.replace("{s}", markerset.sides[side]).casefold()
            for m in markerset.markers.values()
            for label in m.labels
        ]
        assert len(labels) == len(set(labels))


@pytest.mark.parametrize("name", shipped())
def test_lengths_agree_with_the_placed_markers(name: str) -> None:
    """Knee width, leg length and pelvis width of the standing participant are those it was made with."""
    markerset = load_markerset(name)
    tree, _ = model(markerset, standing(markerset))
    parameters = parameters_of(tree["static"], "left")
    assert parameters["pelvis_width"] == pytest.approx(0.24)
    assert parameters["pelvis_depth"] == pytest.approx(
        0.17 if "SACR" in markerset.markers and "PSI" not in markerset.markers else 0.16
    )
    assert parameters["leg_length"] == 0.92  # the sheet wins over the markers
    assert parameters["knee_width"] == 0.1


def test_a_study_overrides_and_adds_marker_sets(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "markersets"
    folder.mkdir(parents=True)
    source = Path(load_markerset.__code__.co_filename).parent / "markersets" / "plug_in_gait.yaml"
    (folder / "my_lab.yaml").write_text(source.read_text().replace('"{s}KNE"', '"{s}_knee"'), encoding="utf-8")
    assert load_markerset("my_lab", tmp_path).label_of("left", "KNE") == "L_knee"
    with pytest.raises(StudyError, match="did you mean 'my_lab'"):
        load_markerset("my_lap", tmp_path)
    with pytest.raises(StudyError, match="did you mean 'plug_in_gait'"):
        load_markerset("plugin_gait")


HEAD = (
    "title: t\nhip_centre: bell\nmarkers:\n  A: {labels: ['{s}A'], body: thigh}\n  B: {labels: ['{s}B'], body: thigh}\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("markers: {A: {labls: ['{s}A'], body: thigh}}\nsegments: {}", "unknown key `markers.A.labls` (did you mean 'labels'?)"),
        (HEAD + "landmarks: {m: {midpiont: [A, B]}}\nsegments: {}", "did you mean 'midpoint'?"),
        (HEAD + "landmarks: {m: {midpoint: [A, BB]}}\nsegments: {}", "landmarks.m: unknown point 'BB'"),
        (HEAD + "landmarks: {m: {midpoint: [A, n]}, n: {midpoint: [B, m]}}\nsegments: {}", "circular definition: m -> n -> m"),
        (HEAD + "landmarks: {m: {use: A, midpoint: [A, B]}}\nsegments: {}", "expected exactly one of"),
        (HEAD + "segments: {thig: {tracking: {direct: true}, frames: []}}", "at least 1 item"),
        (HEAD + "segments: {thig: {tracking: {direct: true}, frames: [{origin: A, first: {x: [A, B]}, second: {y: [B, A]}}]}}", "did you mean 'thigh'?"),
        (HEAD + "segments: {thigh: {tracking: {direct: true}, landmarks: {hipp: A}, frames: [{origin: A, first: {x: [A, B]}, second: {y: [B, A]}}]}}", "did you mean 'hip'?"),
        (HEAD + "segments: {foot: {tracking: {direct: true}, frames: [{origin: A, first: {x: [A, B]}, second: {y: [B, A]}}]}}", "lacks 'heel'"),
        (HEAD + "segments: {foot: {tracking: {direct: true}, frames: [{origin: A, first: {x: [A, B]}, second: {x: [B, A]}}]}}", "different axes"),
        (HEAD + "segments: {}\nsides: {left: L}", "`sides` must name left and right"),
        ("[1, 2]", "expected a mapping"),
        ("a: [", "not valid YAML"),
        ("name: other\n" + HEAD, "says name: other"),
    ],
)  # fmt: skip
def test_faults_of_a_marker_set_are_named(text: str, expected: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse_markerset(text, "mine")
    assert expected in str(caught.value)


def test_one_side_without_a_marker_leaves_the_other_alone() -> None:
    markerset = load_markerset("cast_lower_limb")
    whole, _ = model(markerset, standing(markerset))
    raw = standing(markerset, skip=("LMFE",)).assign_coords()
    raw = raw.assign_coords(marker=["LMFF" if m == "LNAV" else m for m in raw["marker"].values])
    tree, quality = model(markerset, raw)
    (row,) = [row for row in quality.rows if row["code"] == "missing_marker"]
    assert row["level"] == "error" and row["item"] == "LMFE" and row["trial"] == "static"
    assert "standing.c3d" in row["message"] and "LMFF" in row["message"] and "relabel" in row["action"]
    data, reference = tree["static"], whole["static"]
    xr.testing.assert_allclose(data["landmark_local"].sel(side="right"), reference["landmark_local"].sel(side="right"))
    left = data["landmark_local"].sel(side="left")
    assert np.isnan(left.sel(segment="thigh")).all()
    assert np.isfinite(left.sel(segment="pelvis", landmark="hip")).all()
    assert np.isfinite(data["template"].sel(side="left", segment="rearfoot", marker="CALD")).all()


def test_a_missing_trunk_is_one_row_of_information() -> None:
    markerset = load_markerset("cast_lower_limb")
    tree, quality = model(markerset, standing(markerset, skip=("C7", "T8", "IJ", "PX")))
    assert [(r["level"], r["code"], r["item"]) for r in quality.rows] == [("info", "segment_missing", "trunk")]
    assert np.isnan(tree["static"]["template"].sel(segment="trunk")).all()


def test_a_recording_of_another_marker_set_is_a_named_error() -> None:
    markerset = load_markerset("cast_lower_limb")
    tree, quality = model(markerset, standing(load_markerset("running_visual3d")))
    assert len(tree) == 0
    assert [row["code"] for row in quality.rows] == ["missing_marker"]
    assert "RASI (nearest labels there: R.ASIS" in quality.rows[0]["message"]


@pytest.mark.parametrize(("landmarks", "known"), [("{hip: hip, asis: ASI, psis: SACR}", True), ("{hip: hip, asis: ASI}", False)])  # fmt: skip
def test_a_pelvis_with_one_sacrum_marker_gives_its_depth_or_says_what_it_needs(landmarks: str, known: bool) -> None:
    path = Path(load_markerset.__code__.co_filename).parent / "markersets" / "cast_lower_limb.yaml"
    text = path.read_text(encoding="utf-8").replace('PSI: {labels: ["{s}PSI"]', "SACR: {labels: [SACR]")
    text = text.replace("  mid_psis: {midpoint: [PSI, PSI_opposite]}\n", "").replace("mid_psis", "SACR")
    text = text.replace("PSI, PSI_opposite]", "SACR]").replace("{hip: hip, asis: ASI, psis: PSI}", landmarks)
    markerset = parse_markerset(text, "cast_lower_limb")
    tree, quality = model(markerset, standing(markerset))
    rows = [row for row in quality.rows if row["code"] == "missing_parameter"]
    if known:
        assert rows == []
        depth = parameters_of(tree["static"], "right")["pelvis_depth"]
        assert depth == pytest.approx(np.linalg.norm(np.array(PLACES["SACR"]) - [0.08, 1.0, 0.0]))
    else:
        assert len(rows) == 2 and all("one sacrum marker as `psis`" in row["message"] for row in rows)
        assert all("harrington_pelvis_width" in row["action"] for row in rows)


def test_a_sacrum_marker_with_an_opposite_or_a_cluster_of_two_says_what_it_needs() -> None:
    path = Path(load_markerset.__code__.co_filename).parent / "markersets" / "cast_lower_limb.yaml"
    text = path.read_text(encoding="utf-8").replace('PSI: {labels: ["{s}PSI"]', "PSI: {labels: [SACR]")
    with pytest.raises(StudyError) as caught:
        parse_markerset(text, "cast_lower_limb")
    assert any("PSI is a midline marker (its labels have no {s}) and has no opposite" in f for f in caught.value.faults)
