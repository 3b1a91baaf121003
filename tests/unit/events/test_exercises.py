"""Repeated movements: their repetitions lie at known instants of an angle of one's choice."""

import numpy as np
import pytest
import xarray as xr

from biomech.config import Cycles, parse_config
from biomech.errors import StudyError
from biomech.events.squats import repeated, squats
from biomech.outcomes.windows import WINDOWS
from tests.moves import SIDES, bump, cycles_of, recorded

RATE = 100.0
TIME = np.arange(round(20 * RATE)) / RATE
CENTRES = {"left": (3.0, 8.0, 13.0), "right": (5.5, 10.5, 15.5)}
LENGTH_S = 3.0


def moved(centres, size=30.0, rest=4.0):
    return rest + sum((size * bump(TIME, centre, LENGTH_S) for centre in centres), 0 * TIME)


def recording(**curves):
    """A person who moves these angles, side to curve, as the kinematics stage stores them; the knees stay straight."""
    still = np.stack([0 * TIME, 0 * TIME + 0.9, 0 * TIME], axis=-1)
    data = recorded(RATE, {side: 0 * still for side in SIDES}, still)
    own = np.stack([np.stack([curve.get(s, 0 * TIME + 4) for s in SIDES], axis=1) for curve in curves.values()], axis=2)
    more = xr.DataArray(own, dims=("time", "side", "quantity"), coords={"quantity": list(curves)})
    return data.drop_vars("angle").drop_dims("quantity").assign(angle=xr.concat([data["angle"], more], "quantity"))


def config(angle, **cycles):
    return parse_config({"cycles": {"detection": {"repetition_angle": angle}, **cycles}})


def half_s(share, length=LENGTH_S):
    """How long before its middle a bump passes this share of its height: cos² (pi t / length) = share, s."""
    return float(length * np.arccos(np.sqrt(share)) / np.pi)


@pytest.mark.parametrize(
    ("angle", "stored", "sign"),
    [
        ("hip_flexion", "hip_flexion", 1),
        ("hip_extension", "hip_flexion", -1),
        ("hip_abduction", "hip_adduction", -1),
        ("hip_external_rotation", "hip_internal_rotation", -1),
        ("ankle_plantarflexion", "ankle_dorsiflexion", -1),
    ],
)
def test_each_leg_is_cut_at_its_own_repetitions_of_the_chosen_angle(angle, stored, sign):
    both = {side: sign * moved(centres) for side, centres in CENTRES.items()}
    data, reported = cycles_of("repetition", {"walks": recording(**{stored: both})}, config=config(angle))
    assert not reported
    side = data["side"].to_numpy()
    for leg, centres in CENTRES.items():
        own = data.isel(cycle=side == leg)
        assert own["rep"].to_numpy().tolist() == [1, 2, 3]
        # 5 of 30 degrees above rest; smoothing at 3 Hz moves these slow crossings by less than a frame
        np.testing.assert_allclose(own["start"], np.array(centres) - half_s(5 / 30), atol=0.02)
        np.testing.assert_allclose(own["end"], np.array(centres) + half_s(5 / 30), atol=0.02)
        np.testing.assert_allclose(own["bottom_percent"], 50.0, atol=0.8)


def test_descent_bottom_and_ascent_lie_around_the_largest_angle():
    data, _ = cycles_of(
        "repetition",
        {"clam": recording(hip_internal_rotation={"right": -moved(CENTRES["right"])})},
        side="right",
        config=config("hip_external_rotation", bottom_range_deg=5.0),
    )
    assert data["side"].to_numpy().tolist() == ["right"] * 3
    whole = 2 * half_s(5 / 30)
    near = 100 * half_s(25 / 30) / whole  # within 5 of the 30 degrees of its largest
    expected = {"descent": (0, 50), "bottom": (50 - near, 50 + near), "ascent": (50, 100), "cycle": (0, 100)}
    for name, bounds in expected.items():
        found = np.stack(WINDOWS[name].bounds(data, 100.0), axis=-1)
        np.testing.assert_allclose(found, np.tile(bounds, (3, 1)), atol=1.2)


def test_a_leg_that_rests_has_no_cycles_and_no_row():
    data, reported = cycles_of(
        "repetition", {"lunge": recording(hip_flexion={"left": moved(CENTRES["left"])})}, config=config("hip_flexion")
    )
    assert data["side"].to_numpy().tolist() == ["left"] * 3 and not reported


def test_the_knee_is_the_default_and_is_counted_as_in_squats():
    knee = moved((3.0, 8.0, 13.0), size=70.0)
    alike = Cycles(repetition_start_deg=10.0, repetition_min_deg=32.0)
    as_squats = squats(knee, RATE, ("left",), Cycles()).cycles
    assert repeated({"left": knee}, "knee_flexion", RATE, alike).cycles == as_squats and len(as_squats) == 3
    assert Cycles().detection.repetition_angle == "knee_flexion"


def test_what_is_no_repetition_says_why():
    small, cut = moved((5.0,), size=12.0), moved((0.2,))
    quick = 4 + 30 * bump(TIME, 5.0, 0.6)
    double = np.maximum(moved((5.0,)), moved((7.0,)))  # comes back to 7.5 degrees above rest between
    for curve, reason in (
        (small, "expected at least 15 degrees of hip abduction above rest, found 1"),
        (cut, "its beginning is not recorded"),
        (quick, "expected at least 0.5 s"),
        (double, "2 bottoms without a return to rest"),
    ):
        found = repeated({"right": curve}, "hip_abduction", RATE, Cycles())
        assert not found.cycles, reason
        assert [note.code for note in found.notes] == ["incomplete_repetition"]
        assert (
            found.notes[0].message.startswith("right repetition with its bottom at")
            and reason in found.notes[0].message
        )


def test_an_angle_that_a_trial_does_not_have_is_named():
    data, reported = cycles_of("repetition", {"bridge": recording(hip_flexion={})}, config=config("trunk_flexion"))
    assert data.sizes["cycle"] == 0
    assert "of the left leg are counted from trunk flexion, which is missing" in reported["no_repetition_angle"][0]


def test_conditions_have_angles_of_their_own():
    chosen = config({"": "hip_extension", "lunge": "knee_flexion"})
    both = recording(hip_flexion={side: -moved(centres) for side, centres in CENTRES.items()})
    data, _ = cycles_of("repetition", {"bridge": both}, config=chosen)  # its condition is empty
    assert data.sizes["cycle"] == 6
    data, reported = cycles_of("repetition", {"bridge": both}, config=config({"lunge": "knee_flexion"}))
    assert data.sizes["cycle"] == 0
    assert "found ''" in reported["no_repetition_angle"][0] and "lunge" in reported["no_repetition_angle"][0]


def test_an_unknown_angle_is_refused_with_the_names_of_the_others():
    with pytest.raises(StudyError, match=r"repetition_angle.*hip_abduction"):
        config("hip_adbuction")
