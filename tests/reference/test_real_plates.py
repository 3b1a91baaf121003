"""Checks of force plates on real recordings: silent where the plates are right, and true where they speak."""

from __future__ import annotations

from pathlib import Path

import pytest

from biomech.c3d.force_plates import plate_wrench
from biomech.c3d.plate_geometry import checked_corners
from biomech.c3d.plate_signals import channel_notes
from biomech.c3d.recording_file import read_c3d
from biomech.config import ForcePlates, Lab
from biomech.errors import TrialError
from validation.chain import run_study

pytestmark = pytest.mark.realdata

# N·m labels over N·mm values (a centre of pressure 100 m away), one converter at the end of its range in each of two files,
# a file that names N as the unit of everything, and two of type 3 without the distances of their sensors
TRUE = {
    ("gait-pig-nz.c3d", "plate_moment_unit"),
    ("gait-pig.c3d", "plate_moment_unit"),
    ("gait-raw.c3d", "plate_moment_unit"),
    ("128analogchannels.c3d", "plate_channel_saturated"),
    ("MotionMonitorC3D.c3d", "plate_channel_saturated"),
    ("type1.C3D", "plate_unit_doubtful"),
    ("FP1.C3D", "plate_origin"),
    ("FP2.C3D", "plate_origin"),
}
NEW = {
    "plate_height",
    "plate_displaced",
    "plate_cop_still",
    "plate_axes",
    "plate_no_load",
    "plates_exchanged",
    "force_size",
    "force_delay",
    "contact_force_missing",
}


def test_warnings_about_plates_are_the_known_ones(realdata: Path) -> None:
    found, n_plates = set(), 0
    for path in sorted(realdata.rglob("*")):
        if path.suffix.lower() != ".c3d":
            continue
        lab = Lab(up="+y", forward="+x") if path.parent.name == "running_visual3d" else Lab()
        try:
            recording = read_c3d(path, lab)
        except TrialError:
            continue
        wrenches = [plate_wrench(plate) for plate in recording.plates]
        plates, wrenches, notes = checked_corners(
            recording.plates, wrenches, recording.position, recording.rate_hz, ForcePlates()
        )
        rows = [*recording.notes, *notes, *(note for wrench in wrenches for note in wrench.notes)]
        for plate, wrench in zip(plates, wrenches, strict=True):
            rows += channel_notes(plate, wrench.force[:, 1])
            n_plates += 1
        found |= {(path.name, row[1]) for row in rows if row[0] == "warning" and row[2].startswith("plate ")}
    assert n_plates > 150
    assert {row for row in found if row[1] != "plate_channels"} == TRUE


@pytest.mark.parametrize("study", ["children", "clinical_labs", "opensim_walk"])
def test_plates_fit_the_feet_that_stand_on_them(realdata: Path, study: str) -> None:
    for trees in run_study(study, realdata):
        assert not NEW & {row["code"] for row in trees.quality.rows}
