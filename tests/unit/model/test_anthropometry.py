"""Body segment inertia against the papers' own sums and worked example, and against what a body can be."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.model.anthropometry import DE_LEVA, DUMAS, EXTENTS, PLUG_IN_GAIT, segment_inertia

PAIRED = {"thigh", "shank", "foot", "upper_arm", "forearm", "hand"}
ALL = [(m, s, x) for m, segments in EXTENTS.items() for s in segments for x in ("female", "male", "unknown")]


@pytest.mark.parametrize(("method", "segment", "sex"), ALL)
def test_tensor_is_that_of_a_body(method, segment, sex):
    inertia = segment_inertia(segment, sex, 70.0, 0.4, method)
    principal = np.linalg.eigvalsh(inertia.tensor)
    assert np.array_equal(inertia.tensor, inertia.tensor.T)
    # Plug-in Gait and Dempster have none about the long axis.
    assert principal[0] >= 0 if method in ("plug_in_gait", "dempster") else principal[0] > 0
    assert principal[0] + principal[1] >= principal[2] * (1 - 1e-12)


def test_worked_example_of_the_paper():
    # Dumas, Cheze & Verriest 2007: male thigh.
    mass, length = 80.0, 0.43
    thigh = segment_inertia("thigh", "male", mass, length)
    assert thigh.mass == pytest.approx(0.123 * mass, rel=1e-12)
    assert np.allclose(thigh.com, np.array([-0.041, -0.429, 0.033]) * length, rtol=1e-12)
    squares = np.array(
        [[0.29**2, 0.07**2, -(0.02**2)], [0.07**2, 0.15**2, -(0.07**2)], [-(0.02**2), -(0.07**2), 0.3**2]]
    )
    assert np.allclose(thigh.tensor, 0.123 * mass * length**2 * squares, rtol=1e-12)


def fractions(sex, method):
    """Mass of each segment of a body of 1 kg."""
    return {segment: segment_inertia(segment, sex, 1.0, 1.0, method).mass for segment in EXTENTS[method]}


@pytest.mark.parametrize(("sex", "total"), [("female", 1.004), ("male", 1.002), ("unknown", 1.003)])
def test_sum_of_the_printed_masses(sex, total):
    assert sum(f * (2 if s in PAIRED else 1) for s, f in fractions(sex, "dumas").items()) == pytest.approx(total)


@pytest.mark.parametrize(("sex", "total"), [("female", 1.0), ("male", 1.0)])
def test_sum_of_the_masses_of_de_leva(sex, total):
    found = fractions(sex, "de_leva")
    trunk = sum(found[s] for s in ("lower_trunk", "middle_trunk", "upper_trunk"))
    assert trunk == pytest.approx(found["whole_trunk"], abs=1.1e-3)
    limbs = 2 * sum(found[s] for s in ("thigh", "shank", "foot", "upper_arm", "forearm", "hand"))
    assert found["head"] + found["whole_trunk"] + limbs == pytest.approx(total, abs=1e-3)


def test_unknown_sex_is_the_mean():
    female, male, mean = (segment_inertia("shank", s, 70.0, 0.4) for s in ("female", "male", "unknown"))
    assert mean.mass == pytest.approx((female.mass + male.mass) / 2)
    assert np.allclose(mean.com, (female.com + male.com) / 2)
    assert np.allclose(mean.tensor, (female.tensor + male.tensor) / 2)


def test_axes_of_de_leva():
    # A trunk is wider than deep: hardest to turn about x of the two horizontal axes; a head is longer than wide.
    trunk = np.diag(segment_inertia("upper_trunk", "male", 80, 0.25, "de_leva").tensor)
    head = np.diag(segment_inertia("head", "male", 80, 0.25, "de_leva").tensor)
    assert trunk[0] > trunk[1] > trunk[2]
    assert head[2] > head[0] > head[1]
    thigh = segment_inertia("thigh", "female", 60, 0.4, "de_leva")
    assert np.allclose(np.sqrt(np.diag(thigh.tensor) / thigh.mass) / 0.4, [0.369, 0.162, 0.364])
    assert np.allclose(thigh.com, [0, -0.3612 * 0.4, 0])
    # The Dumas tensor of the same segment has its small radius about the same axis.
    assert np.argmin(np.diag(thigh.tensor)) == np.argmin(np.diag(segment_inertia("thigh", "female", 60, 0.4).tensor))


def test_foot_of_de_leva_is_counted_from_the_heel():
    foot = segment_inertia("foot", "female", 60, 0.24, "de_leva", origin_m=(-0.05, -0.04, 0.0))
    assert np.allclose(foot.com, [-0.05 + 0.4014 * 0.24, -0.04, 0.0])
    assert np.allclose(np.sqrt(np.diag(foot.tensor) / foot.mass) / 0.24, [0.139, 0.299, 0.279])


def test_plug_in_gait():
    shank = segment_inertia("shank", "male", 50, 0.4, "plug_in_gait")
    assert shank.mass == pytest.approx(0.0465 * 50)
    # Centre of mass at 0.567 of the length from the distal end.
    assert np.allclose(shank.com, [0, -(1 - 0.567) * 0.4, 0])
    assert np.allclose(np.diag(shank.tensor), shank.mass * (0.528 * 0.4) ** 2 * np.array([1, 0, 1]))
    foot = segment_inertia("foot", "male", 50, 0.2, "plug_in_gait")
    assert np.allclose(foot.com, [0.1, 0, 0])
    assert np.allclose(np.diag(foot.tensor), foot.mass * (0.69 * 0.2) ** 2 * np.array([0, 1, 1]))


def test_missing_mass_is_missing():
    inertia = segment_inertia("foot", "male", np.nan, 0.14)
    assert np.isnan(inertia.mass) and np.isnan(inertia.tensor).any()


def test_wrong_names_are_refused():
    with pytest.raises(ValueError, match="shank"):
        segment_inertia("tibia", "male", 80, 0.4)
    with pytest.raises(ValueError, match="unknown"):
        segment_inertia("shank", "m", 80, 0.4)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="plug_in_gait"):
        segment_inertia("shank", "male", 80, 0.4, "winter")  # type: ignore[arg-type]


def test_every_row_has_its_extent():
    assert set(DUMAS) == set(EXTENTS["dumas"])
    assert set(DE_LEVA) == set(EXTENTS["de_leva"])
    assert set(PLUG_IN_GAIT) == set(EXTENTS["plug_in_gait"])
