"""Offsets, spikes and loads beyond people in the channels of force plates."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.c3d.force_plates import PlateRecord, plate_wrench
from biomech.c3d.plate_signals import beyond_people
from biomech.config import ForcePlates
from tests.unit.c3d.test_force_plates import AS_STORED, CORNERS

RNG = np.random.default_rng(6)
OFFSET = np.array([3.0, -2.0, 4.0, 0.5, -0.4, 0.2])


def loaded_in_the_middle() -> np.ndarray:
    """A type 2 recording: 0.3 s unloaded with an offset, then a step, then unloaded again (not as long)."""
    out = np.zeros((1000, 6))
    out[300:800, 2] = -700.0  # plate z points down: pressing the subject up is negative
    return out + OFFSET


def type2(data: np.ndarray, **changes: object) -> PlateRecord:
    return PlateRecord(1, 2, data, CORNERS, np.zeros(3), rate_hz=1000.0, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("zero", ["auto", "unloaded"])
def test_offset_of_the_longest_unloaded_window_is_removed(zero: str) -> None:
    wrench = plate_wrench(type2(loaded_in_the_middle()), ForcePlates(zero=zero))
    assert wrench.force[:300] == pytest.approx(0, abs=1e-9)
    assert wrench.force[300:800, 1] == pytest.approx(700, abs=1e-9)
    assert wrench.notes == []


def test_stored_zero_frames_remove_a_large_offset() -> None:
    data = loaded_in_the_middle() + np.array([0, 0, 150.0, 0, 0, 0])
    wrench = plate_wrench(type2(data, zero_window=slice(0, 100)), ForcePlates())
    assert wrench.force[300:800, 1] == pytest.approx(700, abs=1e-9)


def test_stored_zero_frames_under_load_are_not_believed() -> None:
    data = loaded_in_the_middle()
    wrench = plate_wrench(type2(data, zero_window=slice(350, 450)), ForcePlates())
    assert wrench.force[300:800, 1] == pytest.approx(700, abs=1e-9)
    assert wrench.force[:300] == pytest.approx(0, abs=1e-9)


def test_somebody_who_stands_on_the_plate_all_the_time_keeps_their_weight() -> None:
    data = np.zeros((1000, 6))
    data[:, 2] = -700 + RNG.normal(scale=1.0, size=1000)
    wrench = plate_wrench(type2(data, zero_window=slice(0, 100)), ForcePlates())
    assert wrench.force[:, 1].mean() == pytest.approx(700, abs=0.2)
    assert [note[1] for note in wrench.notes] == ["plate_not_zeroed"]


def test_none_leaves_the_channels_as_stored() -> None:
    wrench = plate_wrench(type2(loaded_in_the_middle()), AS_STORED)
    assert wrench.force[:300, 1] == pytest.approx(-4.0, abs=1e-9)


@pytest.mark.parametrize("offset", [-50.0, -15.0, 15.0, 50.0])
@pytest.mark.parametrize("drift", [0.0, 30.0])
def test_offset_of_a_treadmill_that_is_loaded_most_of_the_time(offset: float, drift: float) -> None:
    """Running: 80 ms of flight in each of 40 steps of 0.36 s, with noise."""
    time = np.arange(14_400) / 1000
    load = np.where(time % 0.36 < 0.28, 1500 * np.abs(np.sin(np.pi * (time % 0.36) / 0.28)), 0.0)
    data = np.zeros((len(time), 6))
    data[:, 2] = -load + offset + drift * time / time[-1]
    data[:, 3] = 5.0 + 0.1 * drift * time / time[-1]
    wrench = plate_wrench(type2(data + 0.3 * RNG.normal(size=data.shape)), ForcePlates())
    assert wrench.force[:, 1] == pytest.approx(load, abs=2.0)
    assert wrench.force[load == 0, 1].mean() == pytest.approx(0, abs=0.3)
    (note,) = wrench.notes
    assert note.code == ("plate_drift" if drift else "plate_offset")
    assert note.value == pytest.approx(drift or offset, abs=0.5) and note.unit == "N"


def test_an_offset_of_every_component_is_found_at_the_unloaded_samples() -> None:
    wrench = plate_wrench(type2(loaded_in_the_middle() + np.array([20, -15, 40, 3, -2, 1])), ForcePlates())
    right = np.zeros((1000, 3))
    right[300:800, 1] = 700
    assert wrench.force == pytest.approx(right, abs=1e-9)
    assert wrench.moment[:300] == pytest.approx(0, abs=1e-9)


def test_a_light_load_that_never_changes_is_not_taken_for_an_offset() -> None:
    data = np.zeros((1000, 6))
    data[:, 2] = -45 + RNG.normal(scale=0.5, size=1000)
    wrench = plate_wrench(type2(data), ForcePlates())
    assert wrench.force[:, 1].mean() == pytest.approx(45, abs=0.2)
    (note,) = wrench.notes
    assert note.code == "plate_not_zeroed" and note.value == pytest.approx(45, abs=1)


@pytest.mark.parametrize("level", [-200.0, 150.0])
def test_a_plate_that_rests_far_from_zero_warns(level: float) -> None:
    data = loaded_in_the_middle()
    data[:, 2] += level
    wrench = plate_wrench(type2(data), ForcePlates())
    (note,) = wrench.notes
    assert (note.level, note.code) == ("warning", "plate_not_zeroed")
    assert note.value == pytest.approx(level + OFFSET[2], abs=0.1)
    assert wrench.force[100, 1] == pytest.approx(-level - OFFSET[2], abs=1e-9)  # left as stored
    # somebody who stands still and then moves a little does not leave the plate
    standing = np.zeros((1000, 6))
    standing[:, 2] = -700.0
    standing[600:650, 2] = -500.0
    assert [note.level for note in plate_wrench(type2(standing), ForcePlates()).notes] == ["info"]
    moving = data.copy()
    moving[:, 2] += 40 * np.sin(np.arange(1000) / 30)
    assert [note.level for note in plate_wrench(type2(moving), ForcePlates()).notes] == ["info"]


@pytest.mark.parametrize("size", [400.0, -3000.0])
def test_spikes_of_single_samples_are_replaced(size: float) -> None:
    time = np.arange(1000) / 1000
    clean = np.zeros((1000, 6))
    clean[:, 2] = -np.where((time > 0.3) & (time < 0.8), 700 * np.sin(np.pi * (time - 0.3) / 0.5), 0)
    clean += 0.5 * RNG.normal(size=clean.shape)
    faulty = clean.copy()
    faulty[[400, 600, 601], 2] += size
    wrench, right = (plate_wrench(type2(data), ForcePlates()) for data in (faulty, clean))
    assert wrench.force == pytest.approx(right.force, abs=10.0)
    assert right.notes == []
    (note,) = wrench.notes
    assert (note.level, note.code, note.value) == ("info", "plate_spike", 3.0)
    assert "0.40 s" in note.message and "Fz" in note.message


def test_an_impact_is_not_a_spike() -> None:
    time = np.arange(2000) / 1000
    data = np.zeros((2000, 6))
    data[:, 2] = -4000 * np.exp(-(((time - 1.0) / 0.004) ** 2))  # up and down within 10 ms
    data[:, 2] -= np.where(time > 1.0, 700.0, 0.0)
    wrench = plate_wrench(type2(data + 0.3 * RNG.normal(size=data.shape)), ForcePlates())
    assert "plate_spike" not in {note.code for note in wrench.notes}
    assert wrench.force[:, 1].max() > 4000


def test_a_force_beyond_people_has_a_reason() -> None:
    plate = type2(loaded_in_the_middle())
    force = plate_wrench(plate, ForcePlates()).force
    assert beyond_people(plate, force) is None
    note = beyond_people(plate, 1000 * force)
    assert note is not None and note.code == "plate_force_unit" and note.value == pytest.approx(7e5, rel=0.01)
    once = force.copy()
    once[500] = 1e6  # a single sample is not a unit
    assert beyond_people(plate, once) is None
