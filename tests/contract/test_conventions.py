"""Every row of the tables in docs/conventions.md, run: move the body part as the row says and look at the number.

The movement is made in the lab, unmirrored, from what the words mean on that side: a part is turned about the axis that
carries the named point of it in the named direction. No angle formula is used to make it.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from biomech.geometry.mirror import to_right
from biomech.kinematics.angles import side_angles
from biomech.kinematics.joints import BASE_QUANTITIES, JOINTS, SEGMENT_ANGLES
from biomech.kinetics.moments import MOMENT_QUANTITIES, clinical_moments
from biomech.schema import MOMENT_FRAMES, SEGMENTS

DOC = Path(__file__).parents[2] / "docs" / "conventions.md"
SIZE_DEG = 10.0
BEYOND = {
    "pelvis": ("thigh", "shank_proximal", "shank_distal", "foot", "rearfoot", "forefoot"),
    "trunk": (),
    "thigh": ("shank_proximal", "shank_distal", "foot", "rearfoot", "forefoot"),
    "shank_proximal": ("shank_distal", "foot", "rearfoot", "forefoot"),
    "shank_distal": ("shank_proximal", "foot", "rearfoot", "forefoot"),
    "foot": ("rearfoot", "forefoot"),
    "rearfoot": ("forefoot",),
    "forefoot": (),
}
GRAMMAR = re.compile(r"^(\w+): (top|bottom|front|inner side|outer side) moves (\w+)$")


def table(heading: str) -> list[dict[str, str]]:
    """Rows of the first table under a heading, as column name to cell."""
    section = DOC.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = []
    for line in section.splitlines():
        if line.startswith("|"):
            lines.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
        elif lines:
            break
    return [dict(zip(lines[0], row, strict=True)) for row in lines[2:]]


ANGLES, MOMENTS = table("Angles"), table("Moments")


def directions(side: str) -> dict[str, np.ndarray]:
    """What the words mean in the lab, for somebody who stands upright and faces lab X."""
    outward = np.array([0.0, 0, 1]) if side == "right" else np.array([0.0, 0, -1])
    return {
        "forward": np.array([1.0, 0, 0]),
        "backward": np.array([-1.0, 0, 0]),
        "up": np.array([0, 1.0, 0]),
        "down": np.array([0, -1.0, 0]),
        "outward": outward,
        "inward": -outward,
    }


def axis_of(words: str, side: str) -> tuple[str, np.ndarray]:
    """Segment and lab axis of the right-handed turn that moves the named point in the named direction."""
    match = GRAMMAR.match(words)
    assert match, f"`{words}` is not `segment: point moves direction`"
    segment, point, where = match.groups()
    assert segment in SEGMENTS
    known = directions(side)
    at = {"top": "up", "bottom": "down", "front": "forward", "inner side": "inward", "outer side": "outward"}
    return segment, np.cross(known[at[point]], known[where])


def angles_of(rotations: dict[str, np.ndarray], centres: dict[str, np.ndarray], side: str) -> dict[str, float]:
    mirrored = {name: to_right(side, R[None], "rotation") for name, R in rotations.items()}
    points = {name: to_right(side, p[None]) for name, p in centres.items()}
    found = side_angles(mirrored, points, to_right(side, np.array([[1.0, 0, 0]])))
    return {name: float(values[0]) for name, values in found.items()}


def standing(side: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    out = directions(side)["outward"]
    centres = {"hip": [0, 0.9, 0], "knee": [0, 0.5, 0], "ankle": [0, 0.1, 0]}
    return {s: np.eye(3) for s in SEGMENTS}, {name: np.array(p) + 0.09 * out for name, p in centres.items()}


def moved(words: str, side: str) -> dict[str, float]:
    """Angles after the movement that a row describes."""
    rotations, centres = standing(side)
    if words == "knee centre: moves inward":
        # 0.4 m above and below: each half of the angle is atan(d / 0.4)
        shift = 0.4 * np.tan(np.radians(SIZE_DEG / 2))
        centres["knee"] = centres["knee"] + shift * directions(side)["inward"]
        return angles_of(rotations, centres, side)
    segment, axis = axis_of(words, side)
    turn = Rotation.from_rotvec(np.radians(SIZE_DEG) * axis).as_matrix()
    for name in (segment, *BEYOND[segment]):
        rotations[name] = turn @ rotations[name]
    return angles_of(rotations, centres, side)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("row", ANGLES, ids=[row["quantity"] for row in ANGLES])
def test_angle_row(row, side):
    quantity = row["quantity"]
    assert row["unit"] == "degree"
    for words in row["shown by"].split("; "):
        found = moved(words, side)
        assert_allclose(found[quantity], SIZE_DEG, atol=1e-9, err_msg=f"{words} ({side})")
        for joint in (*SEGMENT_ANGLES, *JOINTS):
            if quantity in joint.quantities:
                others = [found[name] for name in joint.quantities if name != quantity]
                assert_allclose(others, 0, atol=1e-9)


@pytest.mark.parametrize("row", ANGLES, ids=[row["quantity"] for row in ANGLES])
def test_formula_frame_and_sequence_of_the_row_are_those_of_the_code(row):
    quantity = row["quantity"]
    rows = {name: joint for joint in (*SEGMENT_ANGLES, *JOINTS) for name in joint.quantities}
    if quantity not in rows:
        return
    joint = rows[quantity]
    component = next(c for c in joint.components if c.quantity == quantity)
    assert row["formula"] == ("+" if component.sign > 0 else "−") + component.axis
    assert row["sequence"] == ("ankle" if joint.sequence == "option" else joint.sequence)
    words = {"shank_proximal": "proximal shank", "shank_distal": "distal shank"}
    assert row["frame"] == f"{words.get(joint.distal, joint.distal)} in {words.get(joint.proximal, joint.proximal)}"


def test_every_quantity_has_exactly_one_row():
    assert [row["quantity"] for row in ANGLES] == list(BASE_QUANTITIES)
    assert [row["quantity"] for row in MOMENTS] == list(MOMENT_QUANTITIES)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("row", MOMENTS, ids=[row["quantity"] for row in MOMENTS])
def test_moment_row(row, side):
    """A moment about the axis of the movement, acting on the distal segment, is positive in every frame."""
    quantity = row["quantity"]
    joint = next(j for j in JOINTS if quantity in j.quantities)
    segment, axis = axis_of(row["tends to move"], side)
    assert segment == joint.distal
    upright = np.eye(3)[None]
    moment = to_right(side, 2.0 * axis[None], "axial")
    found = clinical_moments(moment, upright, upright, upright, joint)[0]
    assert found.shape == (3, len(MOMENT_FRAMES))
    expected = np.where(np.array(joint.quantities)[:, None] == quantity, 2.0, 0.0)
    assert_allclose(found, np.broadcast_to(expected, found.shape), atol=1e-12)


@pytest.mark.parametrize("side", ["left", "right"])
def test_ground_reaction_inside_of_the_knee_is_an_external_adduction_moment(side):
    """700 N upwards, 20 mm inside of the knee centre: 14 N m external adduction = internal `knee_abduction`."""
    lever, force = 0.02 * directions(side)["inward"], np.array([0, 700.0, 0])
    internal = to_right(side, -np.cross(lever, force)[None], "axial")
    knee = next(j for j in JOINTS if j.name == "knee")
    upright = np.eye(3)[None]
    found = clinical_moments(internal, upright, upright, upright, knee)[0]
    assert_allclose(found[knee.quantities.index("knee_abduction")], 14.0)
