"""Functional trials: centres of rotation that are exact, ranges that functional methods need, a foot that stands still."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.errors import BiomechError
from biomech_simulation.functional import knee_bends, star_arc
from biomech_simulation.soft_tissue import bodies
from biomech_simulation.study import example_participant
from biomech_simulation.truth import MOMENTS

PEOPLE = [example_participant(1), example_participant(2)]
OTHER = {"left": "right", "right": "left"}


def angle(motion, side: str, quantity: str) -> np.ndarray:  # type: ignore[no-untyped-def]
    return np.asarray(motion.truth["angle"].sel(side=side, quantity=quantity).values)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("person", PEOPLE, ids=["woman", "man"])
def test_star_arc_spans_what_a_hip_centre_needs(person, side: str) -> None:  # type: ignore[no-untyped-def]
    """At least 40 degrees in the sagittal and 30 in the frontal plane (Camomilla et al. 2006), in 5 s."""
    motion = star_arc(person, side)
    assert len(motion.markers) == 500
    assert not motion.plates
    assert np.ptp(angle(motion, side, "hip_flexion")) > 50
    assert np.ptp(angle(motion, side, "hip_adduction")) > 34
    assert np.ptp(angle(motion, side, "hip_internal_rotation")) < 1e-9
    speeds = np.abs(np.gradient(motion.truth["angle"].sel(side=side, quantity=list(MOMENTS)).values, 0.01, axis=0))
    assert speeds.max() < 250, "degrees per second, no jerk"


@pytest.mark.parametrize("side", ["left", "right"])
def test_knee_bends_about_one_axis(side: str) -> None:
    motion = knee_bends(PEOPLE[0], side)
    knee = angle(motion, side, "knee_flexion")
    assert (knee.min(), knee.max()) == pytest.approx((12.0, 95.0), abs=0.05)
    assert np.ptp(angle(motion, side, "knee_abduction")) < 1e-9
    assert np.ptp(angle(motion, side, "knee_internal_rotation")) < 1e-9


@pytest.mark.parametrize("make", [star_arc, knee_bends])
@pytest.mark.parametrize("side", ["left", "right"])
def test_markers_turn_about_the_true_centre(make, side: str) -> None:  # type: ignore[no-untyped-def]
    """Every thigh marker keeps its distance from the true hip centre, every shank marker from the true knee centre."""
    motion = make(PEOPLE[1], side)
    for body in bodies(PEOPLE[1]):
        joint = {"thigh": "hip", "shank": "knee"}.get(body.segment)
        if joint is None:
            continue
        centre = motion.truth["joint_centre"].sel(side=body.side, joint=joint).values
        columns = [motion.labels.index(x) for x in body.labels if x in motion.labels]
        distance = np.linalg.norm(motion.markers[:, columns] - centre[:, None], axis=-1)
        assert np.ptp(distance, axis=0).max() < 1e-12
    pelvis = motion.markers[:, [motion.labels.index(x) for x in ("LASI", "RASI", "LPSI", "RPSI")]]
    hip = motion.truth["joint_centre"].sel(side=side, joint="hip").values
    assert np.ptp(np.linalg.norm(pelvis - hip[:, None], axis=-1), axis=0).max() < 1e-12


@pytest.mark.parametrize("make", [star_arc, knee_bends])
def test_one_foot_stands_and_the_other_is_clear_of_the_floor(make) -> None:  # type: ignore[no-untyped-def]
    for side in ("left", "right"):
        motion = make(PEOPLE[0], side)
        feet = {
            s: motion.markers[:, [motion.labels.index(s[0].upper() + x) for x in ("CALD", "M1", "M2", "M5")]]
            for s in ("left", "right")
        }
        assert np.ptp(feet[OTHER[side]], axis=0).max() < 1e-12
        lift = feet[side][..., 1] - feet[OTHER[side]][..., 1]
        assert lift.min() > 0.015
        assert angle(motion, OTHER[side], "knee_flexion") == pytest.approx(7.0, abs=0.5)


def test_the_other_side_is_the_mirror_image() -> None:
    """Same participant, same posture on both sides: clinical angles are equal."""
    left, right = (star_arc(PEOPLE[0], side) for side in ("left", "right"))
    ours = left.truth["angle"].sel(side="left", quantity=list(MOMENTS)).values
    assert ours == pytest.approx(right.truth["angle"].sel(side="right", quantity=list(MOMENTS)).values, abs=1e-9)


def test_a_side_that_is_none_is_refused() -> None:
    with pytest.raises(BiomechError, match="left or right"):
        star_arc(PEOPLE[0], "both")
