"""Every fault of a marker set file is a line that says where it is and what to do, never a traceback."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import yaml

from biomech.errors import StudyError
from biomech.model.markersets import load_markerset, parse_markerset, shipped

FOLDER = Path(load_markerset.__code__.co_filename).parent / "markersets"
CAST = (FOLDER / "cast_lower_limb.yaml").read_text(encoding="utf-8")


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def faults_of(text: str) -> list[str]:
    with pytest.raises(StudyError) as caught:
        parse_markerset(text, "mine")
    return caught.value.faults


# what is written in the file of the package, what instead, and what must be reported
ALTERED = [
    ("  knee: {midpoint: [LFE, MFE]}", "  knee: {midpoint: [LFE, MFE]}\n  knee: {use: LFE}", "`landmarks.knee` is given twice"),
    ("  TH2: {labels", "  TH1: {labels", "`markers.TH1` is given twice"),
    ("{hip_centre: pelvis}", "{hip_centre: null}", "`landmarks.hip.hip_centre` has no value"),
    ("{hip_centre: pelvis}", "{midpoint: }", "`landmarks.hip.midpoint` has no value"),
    ("tracking: {cluster: [TH1, TH2, TH3, TH4]}", "tracking: {cluster: null}", "`segments.thigh.tracking.cluster` has no value"),
    ("{hip_centre: pelvis}", "{hip_centre: pelvs}", "unknown segment 'pelvs' (did you mean 'pelvis'?)"),
    ("hip_centre: harrington_reduced", "hip_centre: harington", "unknown hip_centre 'harington' (did you mean 'harrington'?)"),
    ("cluster: [TH1, TH2, TH3, TH4]", "cluster: [TH1, TH2, TH3, TH4, hip]", "'hip' is a landmark and cannot track a segment"),
    ("cluster: [TH1, TH2, TH3, TH4]", "triad: [TH1, knee, TH3]", "'knee' is a landmark and cannot track a segment"),
    ("cluster: [TH1, TH2, TH3, TH4]", "cluster: [TH1, TH2, TH1]", "the marker 'TH1' occurs twice in the cluster"),
    ("cluster: [TH1, TH2, TH3, TH4]", "cluster: [TH1, TH2, pelvis.x]", "expected a point, found the axis 'pelvis.x'"),
    ("cluster: [TH1, TH2, TH3, TH4]", "cluster: [TH1, TH2]", "expected at least 3 items, found 2"),
    ("tracking: {cluster: [TH1, TH2, TH3, TH4]}", "tracking: {fixed_to: thigh}", "segments.thigh: fixed to itself"),
    ("tracking: {cluster: [SK1, SK2, SK3, SK4]}", "tracking: {fixed_to: shank_distal}", "fixed to itself by way of shank_distal"),
    ("second: {z: [MFE, LFE]}}\n    landmarks: {hip", "second: {z: [LFE, LFE]}}\n    landmarks: {hip", "passes through the point 'LFE' twice"),
    ("{normal: [lower_trunk, IJ, C7]}", "{normal: [lower_trunk, IJ, IJ]}", "passes through the point 'IJ' twice"),
    ("plane: [CALD, CALP, mid_st_pt]", "plane: [CALD, CALP, CALD]", "passes through the point 'CALD' twice"),
    ("  ankle: {midpoint: [LM, MM]}", "  ankle: {midpoint: [LM, LM]}", "passes through the point 'LM' twice"),
    ("second: {z: [knee, FH]}", "second: {z: FH}", "found the point 'FH'"),
    ("second: {z: [knee, FH]}", "second: {z: thihg.z}", "unknown axis 'thihg.z' (did you mean 'thigh.z'?)"),
    ("  knee: {midpoint: [LFE, MFE]}", "  knee: {midpoint: [LFE, pelvis.z]}", "expected a point, found the axis 'pelvis.z'"),
    ("  upper_trunk: {midpoint: [IJ, C7]}", "  upper_trunk: {midpoint: [IJ, C7_opposite]}", "C7 is a midline marker"),
    ("  upper_trunk: {midpoint: [IJ, C7]}", "  upper_trunk: {midpoint: [IJ, hip_opposite]}", "only markers have an opposite"),
    ("body: pelvis}\n  PSI", "body: [pelvis}\n  PSI", "not valid YAML"),
    ("body: pelvis}\n  PSI", "body: hips}\n  PSI", "expected 'pelvis', 'trunk', 'thigh', 'shank', 'foot', 'head' or 'arm'; found 'hips'"),
    ("  knee: {midpoint: [LFE, MFE]}", "  knee: LFE", "`landmarks.knee`: expected entries of the form `key: value`, found 'LFE'"),
    ("  knee: {midpoint: [LFE, MFE]}", "  knee: {midpoint: LFE}", "expected a list such as [A, B], found 'LFE'"),
    ("  knee: {midpoint: [LFE, MFE]}", "  knee: {midpoint: [LFE, 3]}", "expected a name, found 3"),
    ("labels: [\"{s}ASI\"], ", "", "`markers.ASI.labels`: is missing"),
    ("  knee: {midpoint: [LFE, MFE]}", "  knee: " + "{use: " * 30 + "LFE" + "}" * 30, "at most 20 levels"),
    ("  knee: {midpoint: [LFE, MFE]}", "  knee: " + "[" * 20000, "at most 20 levels"),
    ("  knee: {midpoint: [LFE, MFE]}", "  knee: &a [*a]", "holds itself by a YAML alias"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), ALTERED, ids=[f"{i}-{e[2][:40]}" for i, e in enumerate(ALTERED)])
def test_a_fault_names_its_line_and_the_remedy(old: str, new: str, expected: str) -> None:
    assert old in CAST
    text = CAST.replace(old, new, 1)
    (fault,) = (fault for fault in faults_of(text) if expected in fault)
    first = line_of(CAST, old)
    reported = int(fault.split(", line ")[1].split(":")[0])
    assert first <= reported <= first + new.count("\n") + 1, fault
    assert "Tuple" not in fault and "Input should" not in fault


def test_one_fault_is_one_line() -> None:
    """An op that fails is not also reported as the list of ops that it is not."""
    assert len(faults_of(CAST.replace("{hip_centre: pelvis}", "{hip_centre: null}"))) == 1
    assert len(faults_of(CAST.replace("knee: {midpoint: [LFE, MFE]}", "knee: {midpiont: [LFE, MFE]}"))) == 1


def test_a_point_repeated_under_another_name_is_found() -> None:
    text = CAST.replace("  mid_heel:", "  calf: {use: CALP}\n  mid_heel:").replace("{midpoint: [CALD, CALP]}", "{midpoint: [calf, CALP]}")  # fmt: skip
    assert any("passes through the point 'CALP' twice" in fault for fault in faults_of(text))


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_of_another_encoding_names_the_line(tmp_path: Path, encoding: str) -> None:
    folder = tmp_path / "config" / "markersets"
    folder.mkdir(parents=True)
    text = CAST.replace("hip_offset: none", "hip_offset: none  # Länge der Füße", 1)
    (folder / "mine.yaml").write_bytes(text.encode(encoding))
    with pytest.raises(StudyError) as caught:
        load_markerset("mine", tmp_path)
    (fault,) = caught.value.faults
    line = line_of(text, "Länge") if encoding == "latin-1" else 1
    assert f"mine, line {line}: " in fault and "save it with the encoding UTF-8" in fault
    assert "byte" not in fault


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "markersets"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_bytes(CAST.encode("utf-8-sig"))
    assert load_markerset("mine", tmp_path).hip_centre == "harrington_reduced"


def test_aliases_that_unfold_into_millions_are_refused() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))
    assert any("unfold into too many entries" in fault for fault in faults_of(bomb))


@pytest.mark.parametrize("name", shipped())
def test_odd_values_anywhere_are_faults_and_no_traceback(name: str) -> None:
    """Null, text, number, list and mapping in the place of every seventh entry."""
    whole = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))

    def paths(value: object, at: tuple = ()) -> list[tuple]:
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        return [at, *(path for key, item in items for path in paths(item, (*at, key)))]

    refused = 0
    for number, path in enumerate(paths(whole)[1::7]):
        altered = copy.deepcopy(whole)
        place = altered
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = (None, "odd", 3, [], {"odd": 1})[number % 5]
        try:
            parse_markerset(json.dumps(altered), name)
        except StudyError as error:
            refused += 1
            assert all(fault.startswith(f"marker set {name}") for fault in error.faults)
    assert refused > 20
