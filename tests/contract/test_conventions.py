"""Every row of the tables in docs/conventions.md, run: move the body part as the row says and look at the number.

The movement is made in the lab, unmirrored, from what the words mean on that side: a part is turned about the axis that
carries the named point of it in the named direction. No angle formula is used to make it.
"""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from biomech.conventions.document import with_tables
from biomech.geometry.mirror import to_right
from biomech.joints import JOINTS, SEGMENT_ANGLES
from biomech.kinematics.angles import side_angles
from biomech.kinematics.measures import separation, side_distances
from biomech.kinetics.ground import frontal_lever_arm
from biomech.kinetics.moments import clinical_moments
from biomech.quantities import BASE_QUANTITIES, MEASURES, MOMENT_QUANTITIES, SEPARATIONS
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


ANGLES, MOMENTS, DISTANCES = table("Angles"), table("Moments"), table("Distances")


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
    centres = {
        "hip": [0, 0.9, 0],
        "knee": [0, 0.5, 0],
        "knee_of_shank": [0, 0.5, 0],
        "ankle": [0, 0.1, 0],
        "heel": [-0.05, 0, 0],
        "toe": [0.15, 0, 0],
    }
    return {s: np.eye(3) for s in SEGMENTS}, {name: np.array(p) + 0.09 * out for name, p in centres.items()}


def moved(words: str, side: str) -> dict[str, float]:
    """Angles after the movement that a row describes."""
    rotations, centres = standing(side)
    if words == "knee centre: moves inward":
        # 0.4 m above and below: each half of the angle is atan(d / 0.4)
        shift = 0.4 * np.tan(np.radians(SIZE_DEG / 2))
        centres["knee"] = centres["knee"] + shift * directions(side)["inward"]
        return angles_of(rotations, centres, side)
    if words == "shank axis: top moves inward":
        centres["knee"] = centres["knee"] + 0.4 * np.tan(np.radians(SIZE_DEG)) * directions(side)["inward"]
        return angles_of(rotations, centres, side)
    if words == "thigh axis: bottom moves inward":
        shift = 0.4 * np.tan(np.radians(SIZE_DEG)) * directions(side)["inward"]
        centres["knee_of_shank"] = centres["knee_of_shank"] + shift
        return angles_of(rotations, centres, side)
    segment, axis = axis_of(words, side)
    turn = Rotation.from_rotvec(np.radians(SIZE_DEG) * axis).as_matrix()
    for name in (segment, *BEYOND[segment]):
        rotations[name] = turn @ rotations[name]
    return angles_of(rotations, centres, side)


def test_every_row_of_angles(subtests):
    for row, side in product(ANGLES, ("left", "right")):
        with subtests.test(f"{row['quantity']}, {side}"):
            quantity = row["quantity"]
            assert row["unit"] == "degree"
            for words in row["shown by"].split("; "):
                found = moved(words, side)
                assert_allclose(found[quantity], SIZE_DEG, atol=1e-9, err_msg=f"{words} ({side})")
                for joint in (*SEGMENT_ANGLES, *JOINTS):
                    if quantity in joint.quantities:
                        others = [found[name] for name in joint.quantities if name != quantity]
                        assert_allclose(others, 0, atol=1e-9)


def test_formula_frame_and_sequence_of_every_row_are_those_of_the_code(subtests):
    for row in ANGLES:
        with subtests.test(row["quantity"]):
            quantity = row["quantity"]
            rows = {name: joint for joint in (*SEGMENT_ANGLES, *JOINTS) for name in joint.quantities}
            if quantity not in rows:
                continue
            joint = rows[quantity]
            component = next(c for c in joint.components if c.quantity == quantity)
            assert row["formula"] == ("+" if component.sign > 0 else "−") + component.axis
            assert row["sequence"] == ("ankle" if joint.sequence == "option" else joint.sequence)
            words = {"shank_proximal": "proximal shank", "shank_distal": "distal shank"}
            assert (
                row["frame"]
                == f"{words.get(joint.distal, joint.distal)} in {words.get(joint.proximal, joint.proximal)}"
            )


def test_the_tables_are_those_of_the_code():
    text = DOC.read_text(encoding="utf-8")
    assert with_tables(text) == text, "run: python -m biomech.conventions.document docs/conventions.md"


def test_a_page_without_its_markers_is_refused():
    with pytest.raises(ValueError, match="expected the markers <!-- generated angles: start"):
        with_tables("## Angles")


def test_every_quantity_has_exactly_one_row():
    assert [row["quantity"] for row in ANGLES] == list(BASE_QUANTITIES)
    assert [row["quantity"] for row in MOMENTS] == list(MOMENT_QUANTITIES)


def test_every_row_of_moments(subtests):
    """A moment about the axis of the movement, acting on the distal segment, is positive in every frame."""
    for row, side in product(MOMENTS, ("left", "right")):
        with subtests.test(f"{row['quantity']}, {side}"):
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


def leg(side: str) -> dict[str, np.ndarray]:
    """Points of a leg in the lab whose measures are all zero but for foot width and height."""
    out, up, forward = directions(side)["outward"], np.array([0.0, 1, 0]), np.array([1.0, 0, 0])
    at = {
        "pelvis": 0.95 * up,
        "hip": 0.09 * out + 0.9 * up,
        "knee": 0.09 * out + 0.5 * up,
        "ankle": 0.09 * out + 0.1 * up,
        "heel": 0.09 * out - 0.05 * forward,
        "toe": 0.09 * out + 0.15 * forward,
        "first_metatarsal_head": 0.05 * out + 0.15 * forward,
        "fifth_metatarsal_head": 0.13 * out + 0.15 * forward,
        "acromion": 0.09 * out + 1.4 * up,
    }
    return at | {"navicular": (at["heel"] + at["first_metatarsal_head"]) / 2}


def distances_of(points: dict[str, np.ndarray], side: str) -> dict[str, float]:
    forward = np.array([[1.0, 0, 0]])
    mirrored = {name: to_right(side, p[None]) for name, p in points.items()}
    found = side_distances(mirrored, np.eye(3)[None], to_right(side, forward))
    other = {name: p * [1, 1, -1] for name, p in leg(side).items()}
    left, right = (other, points) if side == "right" else (points, other)
    for name, joint in SEPARATIONS.items():
        found[name] = separation(right[joint][None], left[joint][None], forward)
    return {name: float(values[0]) for name, values in found.items()}


def test_every_row_of_distances(subtests):
    """The point moves by 50 mm as the row says; the measure grows by as much."""
    for row, side in product(DISTANCES, ("left", "right")):
        with subtests.test(f"{row['measure']}, {side}"):
            point, where = row["shown by"].split(": moves ")
            points = leg(side)
            before = distances_of(points, side)[row["measure"]]
            points[point] = points[point] + 0.05 * directions(side)[where]
            assert_allclose(distances_of(points, side)[row["measure"]] - before, 0.05, atol=1e-12)


@pytest.mark.parametrize("side", ["left", "right"])
def test_distances_of_a_straight_leg(side):
    expected = {
        "knee_medial_to_hip_ankle_line": 0,
        "knee_medial_to_second_toe": 0,
        "knee_medial_to_first_metatarsal": -0.04,
        "knee_medial_to_hip": 0,
        "foot_width": 0.08,
        "navicular_height": 0,
        "pelvis_height": 0.95,
        "first_metatarsal_outside_acromion": -0.04,
        "fifth_metatarsal_inside_acromion": -0.04,
        **dict.fromkeys(SEPARATIONS, 0.18),
    }
    found = distances_of(leg(side), side)
    assert found.keys() == expected.keys() == set(MEASURES)
    for name, value in expected.items():
        assert_allclose(found[name], value, atol=1e-12, err_msg=name)


def test_every_measure_has_exactly_one_row():
    assert [row["measure"] for row in DISTANCES] == list(MEASURES)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("lean", [0.0, 0.2])
def test_lever_arm_is_positive_where_the_force_passes_inside_of_the_knee(side, lean):
    """A force that starts 20 mm inside of the point below the knee and leans outward: the distance from a line."""
    known = directions(side)
    knee = np.array([0.03, 0.5, 0]) + 0.09 * known["outward"]
    start = np.array([0.10, 0, 0]) + 0.07 * known["outward"]
    force = np.array([50.0, 700, 0]) + 700 * lean * known["outward"]
    moment = np.cross(start, force)
    arm = frontal_lever_arm(force[None], moment[None], knee[None], np.array([[1.0, 0, 0]]), side, 50.0)
    # inside at the knee's height: 0.02 - lean * 0.5, seen across the line
    assert_allclose(arm, [(0.02 - lean * 0.5) / np.hypot(1, lean)], atol=1e-12)
    weak = frontal_lever_arm(force[None] / 20, moment[None] / 20, knee[None], np.array([[1.0, 0, 0]]), side, 50.0)
    assert np.isnan(weak).all()
