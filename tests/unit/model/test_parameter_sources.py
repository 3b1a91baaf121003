"""One order of precedence of subject parameters, and a row where two sources disagree."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.io.sheets import Session, Trial
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from biomech.schema import AXES, SIDES
from biomech_simulation.participant import Participant
from biomech_simulation.walking import static
from tests.stage_results import parameters_of

# a simulated stander under Plug-in Gait's labels; medial markers of knee and malleolus included
NAMES = {"TH2": "THI", "LFE": "KNE", "MFE": "MKN", "SK2": "TIB", "LM": "ANK", "MM": "MED", "CALD": "HEE", "M2": "TOE"}
MEDIAL = ("MKN", "MED")
LEGS = {"LegLength": 850.0, "KneeWidth": 85.0, "AnkleWidth": 55.0}
FILE = {f"{s}{name}": size for s in "LR" for name, size in LEGS.items()} | {"MarkerDiameter": 14.0}
ANGLES = {
    "thigh_rotation": "ThighRotation",
    "shank_rotation": "ShankRotation",
    "tibial_torsion": "TibialTorsion",
    "ankle_abadd": "AnkleAbAdd",
    "static_plantar_flexion": "StaticPlantFlex",
    "static_rotation_offset": "StaticRotOff",
}
MOTION = static(Participant())


def standing(group: dict[str, float] | None, leave_out: tuple[str, ...] = (), conventional: bool = True) -> xr.Dataset:
    labels = [label[0] + NAMES.get(label[1:], label[1:]) if conventional else label for label in MOTION.labels]
    kept = [i for i, label in enumerate(labels) if label[1:] not in leave_out]
    return xr.Dataset(
        {"marker_position": (("time", "marker", "axis"), MOTION.markers[:, kept])},
        coords={"marker": np.array(labels, object)[kept], "axis": list(AXES)},
        attrs={
            "rate_hz": MOTION.rate_hz,
            "file": "stand.c3d",
            "parameters": json.dumps({"PROCESSING": group} if group else {}),
        },
    )


def run(
    group: dict[str, float] | None = FILE,
    cells: dict[str, float] | None = None,
    subject: dict[str, Any] | None = None,
    leave_out: tuple[str, ...] = (),
    flat_foot: bool | None = None,
    markerset: str = "plug_in_gait",
    walks: dict[str, dict[str, float]] | None = None,
) -> tuple[xr.Dataset, list[dict[str, Any]]]:
    """Model and quality rows of the stander; `group`: PROCESSING of its file, `walks`: of others, `cells`: of the sheets."""
    trials = [Trial(trial="stand", file="stand.c3d", role="static", task="static")]
    trials += [Trial(trial=name, file=f"{name}.c3d", role="dynamic", task="walking") for name in walks or {}]
    session = Session(
        participant="P", session="1", mass_kg=62.0, height_m=1.68, sex="female", flat_foot=flat_foot,
        trials=tuple(trials), anthropometry=cells or {},
    )  # fmt: skip
    quality = Quality("P", "1", "model")
    config = parse_config({"subject": subject or {}})
    groups = {"stand": group} | (walks or {})
    conventional = markerset == "plug_in_gait"
    tree = {name: standing(one, leave_out, conventional) for name, one in groups.items()}
    model = model_session(tree, session, load_markerset(markerset), config, quality, on_error="stop")
    return model["stand"], quality.rows


def used(model: xr.Dataset, name: str, side: str = "left") -> tuple[float, str]:
    unit = dict(zip(model["name"].values, model["parameter_unit"].values, strict=True))[name]
    value = parameters_of(model, side)[name]
    source = str(model["parameter_source"].sel(side=side, name=name).values)
    return float(np.degrees(value)) if unit == "degree" else value, source


def codes(rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(row["code"], row["item"]) for row in rows if row["level"] != "info"}


def test_the_stander_whose_sources_agree_has_no_row() -> None:
    assert codes(run()[1]) == set()


@pytest.mark.parametrize("with_static", [True, False])
@pytest.mark.parametrize("with_file", [True, False])
@pytest.mark.parametrize("with_sheet", [True, False])
@pytest.mark.parametrize("name", ["thigh_rotation", "shank_rotation", "tibial_torsion", "ankle_abadd"])
def test_angles_come_from_the_sheet_then_the_file_then_the_static(
    name: str, with_sheet: bool, with_file: bool, with_static: bool
) -> None:
    """Also where medial markers could measure the angle."""
    sign = -1 if name == "tibial_torsion" else 1  # external positive in the sheet
    group = FILE | ({f"{s}{ANGLES[name]}": np.radians(5.0) for s in "LR"} if with_file else {})
    cells = {f"{side}_{name}_deg": sign * -9.0 for side in SIDES} if with_sheet else {}
    found, source = used(run(group, cells, leave_out=() if with_static else MEDIAL)[0], name)
    expected = "sheet" if with_sheet else "C3D" if with_file else "static" if with_static else "default"
    assert source == expected
    if expected != "static":
        assert found == pytest.approx({"sheet": -9.0, "C3D": 5.0, "default": 0.0}[expected], abs=1e-9)


@pytest.mark.parametrize("name", ANGLES)
def test_a_zero_in_the_sheet_is_a_value(name: str) -> None:
    """Against a file that stores another one, and a static trial that shows another one."""
    group = FILE | {f"{s}{ANGLES[name]}": np.radians(6.0) for s in "LR"}
    model, rows = run(group, {f"{side}_{name}_deg": 0.0 for side in SIDES})
    for side in SIDES:
        assert used(model, name, side) == (0.0, "sheet")
    code = "foot_offset_differs" if name.startswith("static") else "parameter_sources_differ"
    (row,) = [row for row in rows if (row["code"], row["item"]) == (code, f"left {name}")]
    assert row["level"] == "warning" and "(the sheets) is used" in row["message"]
    assert "+6.0 degrees (C3D of stand)" in row["message"]
    assert abs(row["value"]) >= 6.0 - 1e-6 and row["unit"] == "degree"


def test_a_zero_of_the_file_is_no_value_where_the_static_shows_another() -> None:
    """Nexus stores zeros where it never calibrated."""
    zeros = FILE | {f"{s}{name}": 0.0 for s in "LR" for name in ANGLES.values()}
    plain, rows = run()
    assert codes(run(zeros)[1]) == codes(rows) == set()
    xr.testing.assert_identical(run(zeros)[0]["parameter"], plain["parameter"])
    assert used(plain, "tibial_torsion")[1] == "static"


@pytest.mark.parametrize("name", ["knee_width", "ankle_width"])
def test_widths_come_from_the_sheet_then_the_file_then_the_markers(name: str) -> None:
    key = {"knee_width": "KneeWidth", "ankle_width": "AnkleWidth"}[name]
    own = {k: v for k, v in FILE.items() if not k.endswith(key)}
    assert used(run(own)[0], name)[1] == "static"
    assert used(run()[0], name) == (pytest.approx(LEGS[key] / 1000), "C3D")
    assert used(run(cells={f"left_{name}_m": 0.07})[0], name) == (0.07, "sheet")


def test_the_diameter_comes_from_the_sheet_then_the_config_then_the_file() -> None:
    def radius(**kind: Any) -> tuple[float, str]:
        return used(run(**kind)[0], "marker_radius")

    config, sheet = {"marker_diameter_m": 0.0125}, {"marker_diameter_m": 0.0095}
    assert radius(cells=sheet, subject=config) == (0.00475, "sheet")
    assert radius(subject=config) == (0.00625, "config")
    assert radius() == (0.007, "C3D")
    assert radius(group={k: v for k, v in FILE.items() if k != "MarkerDiameter"}) == (0.007, "assumed")


@pytest.mark.parametrize(
    ("cell", "item", "apart"),
    [
        ({"left_knee_width_m": 0.085}, "", 0.0),
        ({"left_knee_width_m": 0.089}, "", 0.0),  # 4 mm: a calliper
        ({"left_knee_width_m": 0.095}, "left knee_width", -0.010),
        ({"right_leg_length_m": 0.858}, "right leg_length", -0.008),
        ({"inter_asis_distance_m": 0.31}, "pelvis_width", -0.07),  # against the markers
        ({"marker_diameter_m": 0.0095}, "marker_radius", 0.00225),
    ],
)
def test_lengths_of_two_sources_that_differ_are_named_once(cell: dict[str, float], item: str, apart: float) -> None:
    rows = [row for row in run(cells=cell)[1] if row["code"] == "parameter_sources_differ"]
    assert [row["item"] for row in rows] == ([item] if item else [])
    if item:
        (row,) = rows
        assert row["level"] == "warning" and row["unit"] == "m" and row["value"] == pytest.approx(apart, abs=0.002)
        assert "(the sheets) is used, against" in row["message"] and "participants.tsv" in row["action"]
        assert ("C3D of stand" in row["message"]) != (item == "pelvis_width")


def test_a_movement_file_goes_before_the_statics_and_each_disagreement_has_one_row() -> None:
    wide, wider = FILE | {"LKneeWidth": 95.0}, FILE | {"LKneeWidth": 103.0}
    model, rows = run(walks={"walk1": wide, "walk2": wider})
    assert used(model, "knee_width") == (0.095, "C3D")
    reported = {row["code"]: row["message"] for row in rows if row["item"] == "left knee_width"}
    assert set(reported) == {"parameters_differ", "parameter_sources_differ"}
    assert "walk1 0.095, walk2 0.103" in reported["parameters_differ"]
    assert reported["parameter_sources_differ"].endswith("95 mm (C3D of walk1) is used, against 85 mm (C3D of stand)")


def test_the_bound_is_an_option() -> None:
    cells = {"left_tibial_torsion_deg": 9.0}
    group = FILE | {"LTibialTorsion": np.radians(-7.0), "LShankRotation": np.radians(2.0)}
    item = ("parameter_sources_differ", "left tibial_torsion")
    assert item in codes(run(group, cells, leave_out=MEDIAL)[1])
    assert item not in codes(run(group, cells, {"source_difference_deg": 2.5}, MEDIAL)[1])


def test_foot_offsets_of_the_file_are_used_on_request() -> None:
    stored = {"StaticPlantFlex": 12.0, "StaticRotOff": -4.0}
    group = FILE | {f"{s}{name}": np.radians(angle) for s in "LR" for name, angle in stored.items()}
    names = {"static_plantar_flexion": 12.0, "static_rotation_offset": -4.0}
    from_static, rows = run(group)
    from_file, others = run(group, subject={"foot_offsets": "file"})
    nothing, _ = run(subject={"foot_offsets": "file"})
    sheet, _ = run(group, {"left_static_plantar_flexion_deg": 3.0}, {"foot_offsets": "file"})
    for name, angle in names.items():
        assert used(from_file, name) == (pytest.approx(angle, abs=1e-9), "C3D")
        assert used(from_static, name)[1] == "static" and used(nothing, name) == used(from_static, name)
        for reported in (rows, others):
            assert ("foot_offset_differs", f"left {name}") in codes(reported)
    assert used(sheet, "static_plantar_flexion") == (pytest.approx(3.0), "sheet")
    # a foot that plantarflexes by so much more than in the static is read by as much less
    turned = [model["landmark_local"].sel(side="left", segment="foot", landmark="toe") for model in (from_static, from_file)]  # fmt: skip
    pitch = [np.degrees(np.arctan2(toe.values[1], toe.values[0])) for toe in turned]
    assert pitch[0] - pitch[1] == pytest.approx(12.0 - used(from_static, "static_plantar_flexion")[0], abs=0.3)


def test_flat_foot_of_the_person_goes_before_the_config() -> None:
    for cell, option, same in ((False, True, False), (True, False, True), (None, False, False)):
        mine = used(run(flat_foot=cell, subject={"flat_foot": option})[0], "static_plantar_flexion")
        assert mine == used(run(subject={"flat_foot": same})[0], "static_plantar_flexion")
    flat, sloped = (used(run(subject={"flat_foot": f})[0], "static_plantar_flexion")[0] for f in (True, False))
    assert abs(flat - sloped) > 0.5  # heel and toe markers at different heights


UNKNOWN = {k: v for k, v in FILE.items() if k != "MarkerDiameter"}


def test_an_unknown_diameter_is_told_with_its_effect() -> None:
    _, rows = run(UNKNOWN, leave_out=MEDIAL)
    (row,) = [row for row in rows if row["code"] == "marker_diameter_unknown"]
    # (14 - 9.5) / 2 mm at the hip, by Davis' formula; a chord sets the knee centre off by nearly as much
    assert row["level"] == "warning" and "hip centre 2.2 mm" in row["message"] and "14 mm is assumed" in row["message"]
    assert 0.0022 < row["value"] < 0.0030
    small, _ = run(UNKNOWN, {"marker_diameter_m": 0.0095}, leave_out=MEDIAL)
    large, _ = run(UNKNOWN, {"marker_diameter_m": 0.014}, leave_out=MEDIAL)
    gap = large["landmark_local"].sel(segment="pelvis", landmark="hip") - small["landmark_local"].sel(
        segment="pelvis", landmark="hip"
    )
    np.testing.assert_allclose(np.linalg.norm(gap, axis=-1), 0.00225, atol=1e-9)


@pytest.mark.parametrize(
    "known",
    [
        {"group": FILE},
        {"group": UNKNOWN, "subject": {"marker_diameter_m": 0.014}},
        {"group": UNKNOWN, "cells": {"marker_diameter_m": 0.014}},
        {"group": None, "markerset": "cast_lower_limb"},  # no joint centre of it rests on the diameter
    ],
)
def test_a_known_diameter_or_one_without_effect_is_not_told(known: dict[str, Any]) -> None:
    assert "marker_diameter_unknown" not in {row["code"] for row in run(**known)[1]}
