"""Hip centre regressions against published and hand-computed values."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.errors import TrialError
from biomech.model.joint_centres import HIP_METHODS, asis_trochanter_distance, hip_centre

MEASURES = {
    "pelvis_width": 0.240,
    "pelvis_depth": 0.150,
    "leg_length": 0.880,
    "leg_length_mean": 0.880,
    "asis_trochanter_distance": float(asis_trochanter_distance(0.880)),
    "marker_radius": 0.0,
}


@pytest.mark.parametrize(
    ("method", "sex", "expected_mm"),
    [
        # by hand from the published regressions at width 240, depth 150, leg 880 mm
        ("harrington", "unknown", (-45.9, -80.7, 88.3)),
        ("harrington_reduced", "unknown", (-45.9, -82.9, 86.5)),
        ("harrington_pelvis_width", "unknown", (-43.52, -84.1, 86.5)),
        ("harrington_leg_length", "unknown", (-42.38, -80.94, 82.312)),
        ("hara", "unknown", (-44.44, -77.64, 83.68)),
        ("bell", "unknown", (-45.6, -72.0, 86.4)),
        ("dumas", "male", (-22.8, -88.8, 86.64)),
        ("dumas", "female", (-33.36, -80.64, 89.28)),
        ("dumas", "unknown", (-28.08, -84.72, 87.96)),
    ],
)
def test_regressions(method: str, sex: str, expected_mm: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(1000 * hip_centre(method, MEASURES, sex=sex), expected_mm, atol=1e-9)


def test_davis_with_a_14_mm_marker() -> None:
    """C = 85.9 mm, AT = 64.784 mm, r = 7 mm, theta 0.5 rad, beta 0.314 rad, worked out by hand to 0.1 mm."""
    centre = 1000 * hip_centre("davis", {**MEASURES, "marker_radius": 0.007})
    np.testing.assert_allclose(centre, (-45.0, -93.9, 78.8), atol=0.06)


def test_all_methods_agree_within_25_mm_except_dumas_forwards() -> None:
    centres = np.array([hip_centre(m, MEASURES, sex="female") for m in HIP_METHODS if m != "dumas"])
    assert (np.ptp(centres, axis=0) < 0.025).all()


def test_marker_offset_moves_the_centre_backwards_only() -> None:
    for method in HIP_METHODS:
        shift = hip_centre(method, MEASURES, marker_offset_m=0.009) - hip_centre(method, MEASURES)
        # Davis holds the marker's radius in its own formula
        np.testing.assert_allclose(shift, [0.0 if method == "davis" else -0.009, 0, 0], atol=1e-15)


def test_leading_dims_pass_through() -> None:
    widths = np.array([[0.20, 0.24], [0.26, np.nan]])
    centres = hip_centre("bell", {"pelvis_width": widths})
    assert centres.shape == (2, 2, 3)
    np.testing.assert_allclose(centres[..., 2], 0.36 * widths)


def test_missing_measure_and_unknown_method_are_named() -> None:
    with pytest.raises(TrialError, match=r"hara.* needs leg_length") as caught:
        hip_centre("hara", {"pelvis_width": 0.24})
    assert caught.value.code == "missing_parameter" and "participants.tsv" in caught.value.action
    with pytest.raises(TrialError, match="did you mean 'harrington'"):
        hip_centre("harington", MEASURES)
