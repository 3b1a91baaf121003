"""Plate wrenches against closed forms: a known force, centre of pressure and free moment put into channels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from biomech.c3d.force_plates import PlateRecord, centre_of_pressure, plate_frame, plate_wrench
from biomech.c3d.plate_signals import channel_notes
from biomech.config import ForcePlates

RNG = np.random.default_rng(5)
N = 400
AS_STORED = ForcePlates(zero="none")
# a plate turned by 30 degrees about the vertical, 0.6 m × 0.4 m, somewhere in the lab (Y up); z of the plate points down
ANGLE = np.radians(30.0)
AXES = np.array(
    [[np.cos(ANGLE), np.sin(ANGLE), 0.0], [0.0, 0.0, -1.0], [-np.sin(ANGLE), np.cos(ANGLE), 0.0]]
)  # columns x, y, z of the plate
CENTRE = np.array([0.7, 0.02, -0.3])
CORNERS = CENTRE + np.array([[0.3, 0.2, 0], [-0.3, 0.2, 0], [-0.3, -0.2, 0], [0.3, -0.2, 0]]) @ AXES.T
TRANSVERSE = 0.05  # sensors of type 3 lie that far below the surface


def truth() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return force on the subject (lab), its point on the surface (lab) and the free moment about lab up."""
    up = np.abs(np.sin(np.linspace(0, 3 * np.pi, N))) * 800
    force = np.stack([0.1 * up, up, -0.05 * up], axis=1)
    local = np.stack([np.linspace(-0.2, 0.25, N), np.linspace(0.1, -0.15, N), np.zeros(N)], axis=1)
    return force, CENTRE + local @ AXES.T, np.linspace(-4, 5, N)


def surface_wrench() -> tuple[np.ndarray, np.ndarray]:
    """The same wrench about the centre of the surface, plate axes."""
    force, point, free = truth()
    moment = np.cross(point - CENTRE, force) + free[:, None] * [0.0, 1.0, 0.0]
    return force @ AXES, moment @ AXES


def channels(kind: int, origin: np.ndarray) -> np.ndarray:
    """Put the true wrench into channels, by the inverse of the C3D definitions (written out by hand)."""
    f, m = surface_wrench()
    if kind == 1:
        normal = np.where(f[:, 2] == 0, -1.0, f[:, 2])
        x, y = -m[:, 1] / normal, m[:, 0] / normal
        return np.column_stack([f, x, y, m[:, 2] - (x * f[:, 1] - y * f[:, 0])])
    if kind in (2, 4):
        return np.column_stack([f, m - np.cross(f, origin)])
    # type 3: moments about the sensors' plane, then eight channels that give back these six numbers
    a, b, c = origin
    at = m - np.cross(f, [0.0, 0.0, c])
    fx12, fx34 = _split(f[:, 0], at[:, 2] / b * 0.6, 1)
    fy14, fy23 = _split(f[:, 1], at[:, 2] / a * 0.4, 0)
    sx, sy = at[:, 0] / b, at[:, 1] / a
    skew = RNG.normal(size=len(f))  # one combination of the four vertical forces is free
    fz = [(f[:, 2] + p * sx + q * sy + p * q * skew) / 4 for p, q in ((1, -1), (1, 1), (-1, 1), (-1, -1))]
    return np.column_stack([fx12, fx34, fy14, fy23, *fz])


def _split(total: np.ndarray, difference: np.ndarray, second: int) -> tuple[np.ndarray, np.ndarray]:
    high, low = (total + difference) / 2, (total - difference) / 2
    return (low, high) if second else (high, low)


def record(kind: int, **changes: object) -> PlateRecord:
    origin = {
        1: np.zeros(3),
        2: np.array([0.002, -0.003, -0.04]),
        3: np.array([0.12, 0.2, -TRANSVERSE]),
        4: np.array([-0.2, 0.1, -0.03]),
    }[kind]
    data = channels(kind, origin)
    matrix = None
    if kind == 4:
        matrix = np.diag([500.0, 500, 1000, 800, 400, 300]) + RNG.normal(size=(6, 6))
        data = data @ np.linalg.inv(matrix).T
    plate = PlateRecord(1, kind, data, CORNERS, origin, matrix, rate_hz=1000.0)
    return replace(plate, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_wrench_of_each_type_is_the_one_put_in(kind: int) -> None:
    force, point, free = truth()
    wrench = plate_wrench(record(kind), AS_STORED)
    assert wrench.force == pytest.approx(force, abs=1e-9)
    moment = np.cross(point, force) + free[:, None] * [0.0, 1.0, 0.0]
    if kind == 1:  # without load there is no centre of pressure to store
        loaded = force[:, 1] > 1
        assert wrench.moment[loaded] == pytest.approx(moment[loaded], abs=1e-9)
    else:
        assert wrench.moment == pytest.approx(moment, abs=1e-9)


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_centre_of_pressure_and_free_moment_come_back(kind: int) -> None:
    force, point, free = truth()
    wrench = plate_wrench(record(kind), AS_STORED)
    centre, moment = centre_of_pressure(wrench.force, wrench.moment, CORNERS, threshold_n=50)
    loaded = force[:, 1] >= 50
    assert centre[loaded] == pytest.approx(point[loaded], abs=1e-9)
    assert moment[loaded] == pytest.approx(free[loaded], abs=1e-9)
    assert np.isnan(centre[~loaded]).all()


def test_type_3_is_the_sum_of_four_sensors() -> None:
    a, b, depth = 0.12, 0.2, 0.05
    corner = np.array([[a, b, depth], [-a, b, depth], [-a, -b, depth], [a, -b, depth]])  # z down: sensors below the top
    f = RNG.normal(size=(50, 4, 3)) * [20, 20, 100]
    data = np.column_stack(
        [
            f[:, 0, 0] + f[:, 1, 0],
            f[:, 2, 0] + f[:, 3, 0],
            f[:, 0, 1] + f[:, 3, 1],
            f[:, 1, 1] + f[:, 2, 1],
            f[:, 0, 2],
            f[:, 1, 2],
            f[:, 2, 2],
            f[:, 3, 2],
        ]
    )
    corners = np.array([[0.3, 0.4, 0], [-0.3, 0.4, 0], [-0.3, -0.4, 0], [0.3, -0.4, 0]]) @ np.diag([1.0, -1.0, -1.0])
    plate = PlateRecord(1, 3, data, corners, np.array([a, b, -depth]))
    # this plate stands upright in the lab (normal along lab Z), so the sign guard keeps off
    flip = np.diag([1.0, -1.0, -1.0])
    wrench = plate_wrench(plate, AS_STORED)
    assert wrench.force @ flip == pytest.approx(f.sum(axis=1), abs=1e-9)
    assert wrench.moment @ flip == pytest.approx(np.cross(corner, f).sum(axis=1), abs=1e-9)


def test_plate_frame_from_corners() -> None:
    axes, centre = plate_frame(CORNERS)
    assert axes == pytest.approx(AXES, abs=1e-12)
    assert centre == pytest.approx(CENTRE, abs=1e-12)


@pytest.mark.parametrize("kind", [2, 4])
def test_origin_above_the_surface_is_turned_as_a_whole(kind: int) -> None:
    plate = record(kind)
    turned = plate_wrench(replace(plate, origin=-plate.origin), AS_STORED)
    assert turned.moment == pytest.approx(plate_wrench(plate, AS_STORED).moment, abs=1e-9)
    assert [note[1] for note in turned.notes] == ["plate_origin_sign"]


def test_origin_of_type_3_is_turned_in_z_only() -> None:
    plate = record(3)
    turned = plate_wrench(replace(plate, origin=plate.origin * [1, 1, -1]), AS_STORED)
    assert turned.moment == pytest.approx(plate_wrench(plate, AS_STORED).moment, abs=1e-9)


@pytest.mark.parametrize("kind", [2, 3, 4])
def test_force_that_pulls_the_subject_down_is_turned(kind: int) -> None:
    plate = record(kind)
    turned = plate_wrench(replace(plate, channels=-plate.channels), AS_STORED)
    assert turned.force == pytest.approx(truth()[0], abs=1e-9)
    assert "plate_sign" in [note[1] for note in turned.notes]


def test_units_scale_to_newton_metres() -> None:
    plate = record(2)
    scaled = plate.channels * [1, 1, 1, 1e3, 1e3, 1e3]
    millimetres = replace(plate, channels=scaled, moment_to_nm=1e-3, length_to_m=1e-3)
    assert plate_wrench(millimetres, AS_STORED).moment == pytest.approx(plate_wrench(plate, AS_STORED).moment, abs=1e-9)


def test_moments_in_newton_millimetres_labelled_newton_metres_are_noticed() -> None:
    plate = record(2)
    wrong = replace(plate, channels=plate.channels * [1, 1, 1, 1e3, 1e3, 1e3], moment_to_nm=1.0, length_to_m=1e-3)
    wrench = plate_wrench(wrong, AS_STORED)
    assert wrench.moment == pytest.approx(plate_wrench(plate, AS_STORED).moment, abs=1e-9)
    assert "plate_moment_unit" in [note[1] for note in wrench.notes]


def moments_times(plate: PlateRecord, factor: float) -> PlateRecord:
    """A plate whose stored moments are that many times too large: what its type derives them from."""
    if plate.type == 1:
        return replace(plate, channels=plate.channels * [1, 1, 1, factor, factor, 1])
    if plate.type == 3:
        return replace(plate, origin=plate.origin * [factor, factor, 1])
    if plate.type == 4:
        return replace(plate, cal_matrix=plate.cal_matrix * np.array([1, 1, 1, factor, factor, factor])[:, None])
    return replace(plate, channels=plate.channels * [1, 1, 1, factor, factor, factor])


@pytest.mark.parametrize("factor", [1e-3, 1e3])
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_moments_wrong_by_1000_are_put_right(kind: int, factor: float) -> None:
    plate = record(kind)
    found, right = plate_wrench(moments_times(plate, factor), AS_STORED), plate_wrench(plate, AS_STORED)
    loaded = right.force[:, 1] > 1
    assert found.moment[loaded] == pytest.approx(right.moment[loaded], abs=1e-6)
    (note,) = found.notes
    assert note.code == ("plate_origin_unit" if kind == 3 else "plate_moment_unit")
    assert note.value == pytest.approx(1 / factor)


@pytest.mark.parametrize("kind", [2, 3, 4])
@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_an_origin_in_another_unit_is_put_right(kind: int, factor: float) -> None:
    plate = record(kind)
    if kind == 4:  # sensors in a corner, as of a treadmill; then a small ORIGIN is not surely wrong
        plate = replace(plate, origin=np.array([-0.002, 0.001, -0.03]))
    found = plate_wrench(replace(plate, origin=plate.origin * factor), AS_STORED)
    assert found.moment == pytest.approx(plate_wrench(plate, AS_STORED).moment, abs=1e-9)
    assert [note.code for note in found.notes] == ["plate_origin_unit"]


def test_moments_that_are_noise_are_not_scaled_up() -> None:
    plate = record(2)
    data = plate.channels.copy()
    data[:, 3:] = 0.05 * RNG.normal(size=(N, 3))
    found = plate_wrench(replace(plate, channels=data, origin=np.zeros(3)), AS_STORED)
    assert "plate_moment_unit" not in [note.code for note in found.notes]


def test_a_true_upward_axis_is_kept() -> None:
    """z of the plate points up and the stored force as well, ORIGIN from below: nothing is turned."""
    up = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])  # columns x, y, z of the plate
    corners = CENTRE + np.array([[0.3, 0.2, 0], [-0.3, 0.2, 0], [-0.3, -0.2, 0], [0.3, -0.2, 0]]) @ up.T
    force, point, free = truth()
    at = (point - CENTRE) @ AXES @ np.diag([1.0, -1.0, -1.0])  # on the surface, anywhere
    point = CENTRE + at @ up.T
    moment = np.cross(point - CENTRE, force) + free[:, None] * [0.0, 1.0, 0.0]
    origin = np.array([0.0, 0.0, 0.04])
    data = np.hstack([force @ up, moment @ up - np.cross(force @ up, origin)])
    found = plate_wrench(PlateRecord(1, 2, data, corners, origin), AS_STORED)
    assert found.notes == []
    assert found.force == pytest.approx(force, abs=1e-9)
    assert found.moment == pytest.approx(moment + np.cross(CENTRE, force), abs=1e-9)


def test_a_delay_is_taken_out() -> None:
    plate = record(2)
    late = replace(plate, channels=np.roll(plate.channels, 12, axis=0))
    found = plate_wrench(late, ForcePlates(zero="none", delay_s=0.012))
    assert found.force[:-12] == pytest.approx(truth()[0][:-12], abs=1e-9)
    assert np.isnan(found.force[-12:]).all()


# --- channels ------------------------------------------------------------------------------------------------------


def test_short_gaps_are_bridged_and_long_ones_stay() -> None:
    plate = record(2)
    data = plate.channels.copy()
    data[100:105, 2], data[200:260, 4], data[0:3, 0] = np.nan, np.inf, np.nan
    found = plate_wrench(replace(plate, channels=data), AS_STORED)
    right = truth()[0]
    assert found.force[100:105] == pytest.approx(right[100:105], abs=2.0)  # a sine of 800 N over 5 ms
    assert np.isnan(found.force[200:260]).all() and np.isnan(found.moment[200:260]).all()
    assert np.isnan(found.force[:3]).all()  # nothing is made up before the first sample
    assert found.force[260:] == pytest.approx(right[260:], abs=1e-9)
    assert [(note.code, note.value) for note in found.notes] == [
        ("plate_samples_filled", pytest.approx(0.005)),
        ("plate_samples_missing", pytest.approx(0.063)),
    ]


def test_dead_and_saturated_channels_are_named() -> None:
    plate = replace(record(2), names=("Fx", "Fy", "Fz", "Mx", "My", "Mz"))
    data = plate.channels + 1e-3 * RNG.normal(size=(N, 6))
    vertical = -data[:, 2]
    assert channel_notes(replace(plate, channels=data), vertical) == []
    data[:, 4] = 0.5
    data[:, 2] = np.maximum(data[:, 2], -500)
    dead, stuck = channel_notes(replace(plate, channels=data), vertical)
    assert dead.code == "plate_channel_dead" and dead.message.startswith("My did")
    assert stuck.code == "plate_channel_saturated" and stuck.message.startswith("Fz stays")


def test_a_coarse_signal_is_not_saturated() -> None:
    """Steps of 5 N of a 12-bit converter: the top of the curve is flat for 30 ms."""
    plate = record(2)
    data = np.round(plate.channels / 5) * 5
    assert channel_notes(replace(plate, channels=data), -data[:, 2]) == []
