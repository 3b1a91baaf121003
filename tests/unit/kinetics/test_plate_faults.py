"""Faults of plates put into a walk of the example: repaired to the clean result and named, or named; never in silence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from biomech.c3d.raw import RawC3d
from tests.plate_faults import Fault, Outcome, channels, plates, walk_with

RNG = np.random.default_rng(3)
FORCE, MOMENT, ALL = (0, 1, 2), (3, 4, 5), range(6)


@pytest.fixture(scope="module")
def clean() -> Outcome:
    return walk_with()


def on_plates(change: Callable[[RawC3d, int], None], only: int | None = None) -> Fault:
    def fault(raw: RawC3d) -> None:
        for plate in plates(raw) if only is None else [only]:
            change(raw, plate)

    return fault


def scaled(components: tuple[int, ...] | range, factor: float) -> Fault:
    def change(raw: RawC3d, plate: int) -> None:
        raw.analog[channels(raw, plate)[list(components)]] *= factor

    return on_plates(change)


def added(component: int, last: float, first: float | None = None, only: int | None = None) -> Fault:
    """Add an offset, or one that changes from `first` to `last`."""

    def change(raw: RawC3d, plate: int) -> None:
        ramp = np.linspace(last if first is None else first, last, raw.analog.shape[1])
        raw.analog[channels(raw, plate)[component]] += ramp

    return on_plates(change, only)


def ordered(*order: int, only: int | None = None) -> Fault:
    def change(raw: RawC3d, plate: int) -> None:
        corners = raw.parameters["FORCE_PLATFORM"]["CORNERS"]
        corners[:, :, plate - 1] = corners[:, list(order), plate - 1]

    return on_plates(change, only)


def moved(*shift_mm: float) -> Fault:
    def change(raw: RawC3d, plate: int) -> None:
        raw.parameters["FORCE_PLATFORM"]["CORNERS"][:, :, plate - 1] += np.array(shift_mm)[:, None]

    return on_plates(change)


def units(force: str, moment: str) -> Fault:
    def change(raw: RawC3d, plate: int) -> None:
        for component, row in enumerate(channels(raw, plate)):
            raw.parameters["ANALOG"]["UNITS"][row] = force if component < 3 else moment

    return on_plates(change)


def missing(samples: int, value: float = np.nan, start_s: float = 1.0) -> Fault:
    def change(raw: RawC3d, plate: int) -> None:
        start = int(start_s * raw.analog_rate_hz)
        raw.analog[channels(raw, plate), start : start + samples] = value

    return on_plates(change)


def limited(component: int, limit: float) -> Fault:
    def change(raw: RawC3d, plate: int) -> None:
        row = channels(raw, plate)[component]
        raw.analog[row] = np.clip(raw.analog[row], -limit, limit)

    return on_plates(change)


def constant(component: int, only: int | None = None) -> Fault:
    def change(raw: RawC3d, plate: int) -> None:
        raw.analog[channels(raw, plate)[component]] = 0.0

    return on_plates(change, only)


def late(seconds: float) -> Fault:
    def fault(raw: RawC3d) -> None:
        raw.analog[:] = np.roll(raw.analog, round(seconds * raw.analog_rate_hz), axis=1)

    return fault


def unloaded(raw: RawC3d) -> None:
    rows = channels(raw, 1)
    raw.analog[rows] = RNG.normal(scale=0.3, size=(6, raw.analog.shape[1]))


def exchanged(raw: RawC3d) -> None:
    first, second = channels(raw, 1), channels(raw, 2)
    raw.analog[[*first, *second]] = raw.analog[[*second, *first]]


def axes_exchanged(raw: RawC3d) -> None:
    for plate in plates(raw):
        x, y = channels(raw, plate)[:2]
        raw.analog[[x, y]] = raw.analog[[y, x]]


def origin(factor: float) -> Fault:
    def fault(raw: RawC3d) -> None:
        raw.parameters["FORCE_PLATFORM"]["ORIGIN"] = raw.parameters["FORCE_PLATFORM"]["ORIGIN"] * factor

    return fault


def both(*faults: Fault) -> Fault:
    def fault(raw: RawC3d) -> None:
        for one in faults:
            one(raw)

    return fault


POUND, INCH_POUND = 4.4482216152605, 0.1129848290276167


def test_the_clean_walk_has_no_row_about_its_plates(clean: Outcome) -> None:
    assert clean.quality[clean.quality["trial"] == "walk1"].empty
    assert np.isfinite(clean.kinetics["moment"].values).any()


@pytest.mark.parametrize(
    ("fault", "code", "tolerance"),
    [
        (ordered(1, 0, 3, 2), "plate_corners_mirrored", 1e-6),
        (ordered(3, 2, 1, 0), "plate_corners_mirrored", 1e-6),
        (ordered(0, 3, 2, 1), "plate_corners_mirrored", 1e-6),
        (ordered(2, 1, 0, 3), "plate_corners_mirrored", 1e-6),
        (ordered(1, 0, 3, 2, only=1), "plate_corners_mirrored", 1e-6),
        (ordered(2, 3, 0, 1), "plate_turned", 1e-6),
        (scaled(MOMENT, 1e-3), "plate_moment_unit", 1e-4),
        (scaled(MOMENT, 1e3), "plate_moment_unit", 1e-4),
        (units("N", "Nm"), "plate_moment_unit", 1e-6),
        (origin(1e3), "plate_origin_unit", 1e-6),
        (origin(1e-3), "plate_origin_unit", 1e-6),
        (origin(-1.0), "plate_origin_sign", 1e-6),
        (scaled(ALL, -1.0), "plate_sign", 1e-4),
        (units("", ""), "plate_unit_missing", 1e-6),
        (added(2, 15.0), "plate_offset", 1e-3),
        (added(2, -50.0), "plate_offset", 1e-3),
        (added(2, 50.0), "plate_offset", 1e-3),
        (added(2, 20.0, 0.0), "plate_drift", 2e-3),
        (added(2, -40.0, 10.0), "plate_drift", 2e-3),
        (added(3, 10_000.0, 0.0), "plate_drift", 2e-3),
        (missing(5), "plate_samples_filled", 1e-3),
        (missing(3, np.inf), "plate_samples_filled", 1e-3),
    ],
)
def test_what_is_sure_is_repaired_and_named(clean: Outcome, fault: Fault, code: str, tolerance: float) -> None:
    found = walk_with(fault)
    assert len(found.rows(code)) >= 1
    assert found.differs(clean) < tolerance


@pytest.mark.parametrize(
    "fault",
    [
        both(scaled(FORCE, 1e-3), units("kN", "N-mm")),
        both(scaled(MOMENT, 1e-3), units("Newton", "N.m")),
        both(scaled(FORCE, 1 / POUND), scaled(MOMENT, 1e-3 / INCH_POUND), units("lbf", "in-lbf")),
        added(0, 30.0),
        added(4, 20_000.0),
    ],
)
def test_known_units_and_offsets_of_other_components_change_nothing(clean: Outcome, fault: Fault) -> None:
    found = walk_with(fault)
    assert found.differs(clean) < 1e-4
    assert found.codes == clean.codes


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (units("V", "V"), "plate_unit"),
        (units("mVolt", "Nmm"), "plate_unit"),
        (units("counts", "Nmm"), "plate_unit"),
        (units("N", "Nm/kg"), "plate_unit"),
        (ordered(0, 2, 1, 3), "plate_corners"),
        (scaled((2,), -1.0), "plate_sign_doubtful"),
    ],
)
def test_what_cannot_be_repaired_refuses_the_plate(fault: Fault, code: str) -> None:
    found = walk_with(fault)
    assert sorted(found.rows(code)["item"]) == ["plate 1", "plate 2"]
    assert all("left out" in message for message in found.rows(code)["message"])
    assert found.raw.sizes["plate"] == 0
    assert (found.kinetics["contact"] != 1).all()


@pytest.mark.parametrize(
    ("fault", "code", "items"),
    [
        (moved(0, 0, 40), "plate_height", 2),
        (moved(0, 0, -50), "plate_height", 2),
        (moved(0, 60, 0), "plate_displaced", 2),
        (moved(0, -40, 0), "plate_displaced", 2),
        (moved(-100, 0, 0), "plate_displaced", 2),
        (scaled(MOMENT, 0.1), "plate_cop_still", 2),
        (scaled(MOMENT, 1e-3 / INCH_POUND), "plate_cop_still", 2),
        (scaled((4,), -1.0), "plate_axes", 2),
        (scaled((0, 1), -1.0), "plate_axes", 3),
        (scaled((1,), -1.0), "plate_axes", 1),
        (axes_exchanged, "plate_axes", 2),
        (scaled(ALL, 2.0), "force_size", 2),
        (constant(0), "plate_channel_dead", 2),
        (constant(2), "plate_channel_dead", 2),
        (constant(4, only=2), "plate_channel_dead", 1),
        (limited(2, 600.0), "plate_channel_saturated", 2),
        (limited(0, 60.0), "plate_channel_saturated", 2),
        (unloaded, "plate_no_load", 1),
        (exchanged, "plates_exchanged", 2),
    ],
)
def test_what_is_doubtful_is_warned(clean: Outcome, fault: Fault, code: str, items: int) -> None:
    rows = walk_with(fault).rows(code)
    assert len(rows) == items
    assert set(rows["level"]) == {"warning"}
    assert all(rows["action"])


def test_plate_height_is_what_was_added() -> None:
    assert walk_with(moved(0, 0, 40)).rows("plate_height")["value"].tolist() == pytest.approx([0.04, 0.04], abs=2e-3)


def test_a_long_gap_spoils_its_contact_and_no_other(clean: Outcome) -> None:
    found = walk_with(missing(100))
    assert len(found.rows("plate_samples_missing")) == 2
    assert found.rows("plate_samples_missing")["value"].tolist() == pytest.approx([0.1, 0.1])
    assert np.isnan(found.raw["plate_force"].values[1000:1100]).all()
    valid = found.kinetics["contact_valid"].values
    assert valid.tolist() == [0, 1] or valid.tolist() == [1, 0]
    spoilt = found.kinetics["contact_reason"].values[valid == 0].tolist()
    assert spoilt == ["force_missing"]
    # the contact goes on through the gap: no false foot off
    ends = zip(found.kinetics["contact_end"].values, clean.kinetics["contact_end"].values, strict=True)
    assert all(one == pytest.approx(other, abs=2e-3) for one, other in ends)
    # its stance has no moments, the other foot's has
    foot = str(clean.kinetics["contact_foot"].values[valid == 0][0])
    stance = clean.kinetics["contact"].sel(side=foot).values == 1
    assert np.isnan(found.kinetics["moment"].sel(side=foot, quantity="ankle_dorsiflexion").values[stance]).all()


@pytest.mark.parametrize(
    ("trial", "seconds", "tolerance"),
    [
        ("walk1", 0.02, 0.003),
        ("walk1", 0.05, 0.003),
        ("walk1", 0.1, 0.003),
        ("walk1", -0.05, 0.003),
        ("walk1", 0.25, 0.02),
        ("jump1", 0.02, 0.003),
        ("jump1", 0.1, 0.008),
        ("jump1", -0.05, 0.003),
    ],
)
def test_a_delay_is_estimated_and_the_option_corrects_it(trial: str, seconds: float, tolerance: float) -> None:
    found = walk_with(late(seconds), trial).rows("force_delay")
    assert found["value"].tolist() == pytest.approx([seconds], abs=tolerance)
    assert found["unit"].tolist() == ["s"]
    if trial == "walk1":
        corrected = walk_with(late(seconds), trial, delay_s=seconds)
        assert "force_delay" not in corrected.codes
        assert corrected.differs(walk_with(trial=trial)) < 0.01


@pytest.mark.parametrize("trial", ["walk2", "jump1", "jump2", "squat-left", "squat-right"])
def test_no_false_alarm_in_the_example(trial: str) -> None:
    rows = walk_with(trial=trial).quality
    rows = rows[(rows["trial"] == trial) & (rows["level"] != "info")]
    assert rows["code"].tolist() in ([], ["contact_double"])
