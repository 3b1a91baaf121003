import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.config import Cycles
from biomech.events.landing_force import (
    LANDING_FORCE,
    first_peak,
    flight_times,
    highest_peak,
    landing_force,
    loading_rates,
)
from biomech.events.repetitions import Repetition
from biomech.tasks import TASKS

RATE = 2000.0
SETTINGS = Cycles()
SPAN = SETTINGS.loading_rate_span_s


def bump(time, height, rise, until):
    """sin² to `height` at `rise`, then cos² down to zero at `until`."""
    up = height * np.sin(np.pi * np.clip(time, 0, rise) / (2 * rise)) ** 2
    down = height * np.cos(np.pi * (np.clip(time, rise, until) - rise) / (2 * (until - rise))) ** 2
    return np.where(time <= rise, up, down)


@pytest.mark.parametrize("rise", [0.02, 0.04])
def test_rates_of_a_sine_square_are_those_of_its_closed_form(rise):
    time = np.arange(round(0.3 * RATE)) / RATE
    force = bump(time, 20.0, rise, 0.1)
    impact = first_peak(force, RATE, SETTINGS)
    assert impact == round(rise * RATE)
    steepest, average = loading_rates(force, RATE, impact, SETTINGS)
    at = lambda share: 2 * rise / np.pi * np.arcsin(np.sqrt(share))  # noqa: E731
    assert average == pytest.approx(0.6 * 20.0 / (at(0.8) - at(0.2)), rel=1e-3)  # linear between samples of 0.5 ms
    # sin²(a + d) - sin²(a - d) = sin 2a sin 2d: largest about the middle of the rise
    assert steepest == pytest.approx(20.0 * np.sin(np.pi * SPAN / (2 * rise)) / SPAN, rel=1e-3)


def test_a_step_without_an_early_peak_has_its_impact_at_13_per_cent_of_stance():
    time = np.arange(501) / RATE  # 0.25 s of stance
    force = bump(time, 25.0, 0.12, 0.25)
    impact = first_peak(force, RATE, SETTINGS)
    assert impact == 65
    assert highest_peak(force, RATE, SETTINGS) is None
    _, average = loading_rates(force, RATE, impact, SETTINGS)
    end = force[impact]
    at = lambda share: 2 * 0.12 / np.pi * np.arcsin(np.sqrt(share * end / 25.0))  # noqa: E731
    assert average == pytest.approx(0.6 * end / (at(0.8) - at(0.2)), rel=1e-3)


def test_a_ripple_is_no_peak_and_a_landing_takes_the_higher_of_forefoot_and_heel():
    time = np.arange(600) / RATE
    forefoot, heel = bump(time, 15.0, 0.012, 0.03), bump(time - 0.02, 45.0, 0.02, 0.08)
    both = forefoot + np.where(time >= 0.02, heel, 0.0)
    assert highest_peak(both, RATE, SETTINGS) == pytest.approx(0.04 * RATE, abs=1)
    assert first_peak(both, RATE, SETTINGS) == pytest.approx(0.012 * RATE, abs=1)
    ripple = bump(time, 15.0, 0.045, 0.3) + 0.1 * np.sin(2 * np.pi * 300 * time)
    assert first_peak(ripple, RATE, SETTINGS) == pytest.approx(0.045 * RATE, abs=7)  # a period of the ripple


def test_missing_samples_and_a_late_first_sample_give_no_rate():
    time = np.arange(400) / RATE
    force = bump(time, 20.0, 0.03, 0.1)
    assert np.isnan(loading_rates(force, RATE, None, SETTINGS)).all()
    assert np.isnan(loading_rates(force[30:], RATE, 30, SETTINGS)).all()  # 50 % are reached at its first sample
    force[20] = np.nan
    assert np.isnan(loading_rates(force, RATE, 60, SETTINGS)).all()


def recording(contacts, force):
    """One trial of 2 s: contacts as (start, end, plate number, foot, valid), force (n, plates) upwards in N."""
    start, end, number, foot, valid = (np.array(column) for column in zip(*contacts, strict=True))
    kinetics = xr.Dataset(
        {
            "contact_start": ("plate_contact", start.astype(float)),
            "contact_end": ("plate_contact", end.astype(float)),
            "contact_plate_number": ("plate_contact", number),
            "contact_foot": ("plate_contact", foot.astype(str)),
            "contact_valid": ("plate_contact", valid.astype(bool)),
        }
    )
    wrench = np.zeros((len(force), force.shape[1], 3))
    wrench[..., 1] = force
    raw = xr.Dataset(
        {"plate_force": (("analog_time", "plate", "axis"), wrench)},
        coords={"plate": [3, 7], "axis": list("xyz")},
        attrs={"analog_rate_hz": RATE},
    )
    return raw, kinetics


def test_a_foot_across_two_plates_counts_whole_and_the_other_foot_not_at_all():
    time = np.arange(4000) / RATE
    landing = bump(time - 0.5, 1400.0, 0.03, 0.2) * (time >= 0.5)
    other = bump(time - 0.9, 3000.0, 0.02, 0.2) * (time >= 0.9)
    force = np.stack([0.7 * landing + other, 0.3 * landing], axis=-1)
    contacts = [(0.5, 0.7, 3, "left", True), (0.5, 0.7, 7, "left", True), (0.9, 1.1, 3, "right", False)]
    raw, kinetics = recording(contacts, force)
    cycles = [Repetition("left", 1, 0.5, 0.66), Repetition("right", 1, 0.9, 1.05)]
    task = TASKS["double_leg_drop_landing"]
    found = landing_force(raw, kinetics, cycles, task, 70.0, SETTINGS)
    expected = 20.0 * np.sin(np.pi * SPAN / 0.06) / SPAN
    assert found["vertical_loading_rate"][0] == pytest.approx(expected, rel=1e-3)
    assert np.isnan(found["vertical_loading_rate"][1])  # its contact is not valid
    assert np.isnan(found["flight_time"]).all()  # nobody jumps in a drop landing
    for missing in (
        landing_force(raw, kinetics, cycles, task, None, SETTINGS),
        landing_force(None, None, cycles, task, 70.0, SETTINGS),
    ):
        assert set(missing) == set(LANDING_FORCE) and all(np.isnan(values).all() for values in missing.values())


def table(rows):
    return pd.DataFrame(rows, columns=["start", "end", "number", "foot", "valid"]).sort_values(
        "start", ignore_index=True
    )


def jump(left=1.0, right=1.02):
    return [Repetition("left", 1, 0.5, left, left), Repetition("right", 1, 0.52, right, right)]


FIRST = [(0.5, 1.0, 1, "left", True), (0.52, 1.02, 2, "right", True)]


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([(1.5, 2.0, 1, "none", False), (1.53, 2.0, 2, "right", True)], 0.48),  # the next contact may be invalid
        ([(1.05, 1.5, 1, "left", True)], np.nan),  # 30 ms are not a flight
        ([(2.2, 2.5, 1, "left", True)], np.nan),  # 1.2 s are none either: the landing was next to the plates
        ([], np.nan),
    ],
)
def test_flight_is_from_the_last_foot_off_to_the_next_contact(later, expected):
    found = flight_times(table(FIRST + later), jump(), SETTINGS.flight_s)
    np.testing.assert_allclose(found, [expected, expected], atol=1e-12)


def test_no_flight_without_both_take_offs():
    later = [(1.5, 2.0, 1, "left", True)]
    assert np.isnan(flight_times(table(FIRST[:1] + later), jump(), SETTINGS.flight_s)).all()  # right was not on a plate
    assert np.isnan(flight_times(table(FIRST + later), jump(right=np.nan), SETTINGS.flight_s)).all()
