"""Plates, events and readers on real recordings, against what other software stored in the same files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomech.c3d.force_plates import centre_of_pressure, plate_wrench
from biomech.c3d.raw import read_raw
from biomech.c3d.recording_file import Recording, read_c3d
from biomech.config import ForcePlates, Lab
from biomech.errors import TrialError

pytestmark = pytest.mark.realdata
Z_UP, Y_UP = Lab(), Lab(up="+y", forward="+x")


def wrenches(recording: Recording, options: ForcePlates | None = None):
    return [plate_wrench(plate, options) for plate in recording.plates]


@pytest.mark.parametrize(
    ("file", "point"), [("landing_running/jogging.c3d", "P_FP"), ("walking_opensim/trial1/c3dfile.c3d", "P_ForcePlate")]
)
def test_centre_of_pressure_is_the_one_that_the_lab_software_stored(realdata: Path, file: str, point: str) -> None:
    """Both files hold the centre of pressure of plates 1 to 3 as a point, in single precision (1 m: 6e-8 m)."""
    recording = read_c3d(realdata / file)
    ratio = round(recording.analog_rate_hz / recording.rate_hz)
    pairs = zip(recording.plates, wrenches(recording, ForcePlates(zero="none")), strict=True)
    for plate, wrench in list(pairs)[:3]:
        centre, _ = centre_of_pressure(wrench.force, wrench.moment, plate.corners, threshold_n=100)
        stored = recording.markers.sel(channel=f"{point}{plate.number}").values[:3].T
        difference = np.linalg.norm(centre[::ratio] - stored, axis=1)
        difference = difference[np.isfinite(difference)]
        assert len(difference) > 30
        assert difference.max() < 1e-6


def test_ground_reaction_is_the_one_that_nexus_stored(realdata: Path) -> None:
    """Plug-in Gait stores it in N/kg, lab axes, as the centred mean of 11 samples, without filter or threshold."""
    recording = read_c3d(realdata / "walking_pig_ofm/HC030A/HC030A05.c3d")
    outputs = recording.outputs
    stored = sum(np.nan_to_num(outputs.values[:, outputs.names.index(f"{s}GroundReactionForce")]) for s in "LR")
    stored = stored * recording.parameters["PROCESSING"]["Bodymass"][0]
    force = sum(wrench.force for wrench in wrenches(recording, ForcePlates(zero="none")))
    vertical = np.convolve(force[:, 1], np.ones(11) / 11, mode="same")[::10]
    assert stored[:, 2].max() > 500
    assert vertical == pytest.approx(stored[:, 2], abs=1e-3)  # single precision of 650 N: 4e-5 N


# contacts of the plates and the events that the lab's software placed for them; s from the first stored frame. Events of
# the first three files were placed on frames (half a frame is 1.7 to 5 ms, threshold and event differ by some more).
@pytest.mark.parametrize(
    ("file", "tolerance_s", "at_least"),
    [
        ("walking_pig_ofm/HC030A/HC030A05.c3d", 0.010, 4),
        ("walking_pig_ofm/HC033A/HC033A10.c3d", 0.010, 4),
        ("landing_running/jogging.c3d", 0.010, 4),
        ("walking_opensim/trial1/c3dfile.c3d", 0.005, 4),
        ("walking_clinical_labs/FMC/MH0222_BP06.c3d", 0.002, 4),
        ("walking_clinical_labs/RCH/RCH.08.c3d", 0.005, 6),
        ("c3d_samples/sample_00/Vicon Motion Systems/pyCGM2 lower limb CGM24 Walking01.c3d", 0.005, 1),
        ("c3d_samples/sample_00/Motion Analysis Corporation/Walk1.c3d", 0.025, 4),
    ],
)
def test_event_times_meet_the_plates(realdata: Path, file: str, tolerance_s: float, at_least: int) -> None:
    recording = read_c3d(realdata / file)
    events = recording.events
    met = 0
    for wrench in wrenches(recording):
        loaded = wrench.force[:, 1] > 20
        edges = np.flatnonzero(np.diff(loaded.astype(int))) + 1
        for edge in edges:
            name = "foot_strike" if loaded[edge] else "foot_off"
            times = events.loc[events["name"] == name, "time"].to_numpy()
            met += bool(len(times)) and np.abs(times - edge / recording.analog_rate_hz).min() <= tolerance_s
    assert met >= at_least
    assert set(events["side"]) <= {"left", "right", "general"}


def test_walking_opensim_events_are_shifted_by_1_28_s(realdata: Path) -> None:
    """Stored 2.95, 2.99, 3.35, 3.40, 3.72 s; the recording starts at frame 257 of 200 Hz (reference_systems 3.1)."""
    recording = read_c3d(realdata / "walking_opensim/trial1/c3dfile.c3d")
    assert recording.first_frame == 257
    assert recording.events["time"].to_numpy() == pytest.approx([1.67, 1.71, 2.07, 2.12, 2.44], abs=1e-6)
    assert recording.events["side"].tolist() == ["left", "right", "right", "left", "left"]


@pytest.mark.parametrize(
    ("file", "plate", "lab", "limit_m"),
    [
        # type 3, 2, 4: the foot's markers are within a foot's half length of the centre of pressure
        ("c3d_samples/sample_10/TYPE-3.c3d", 1, Z_UP, 0.12),
        ("c3d_samples/sample_10/TYPE-3.c3d", 2, Z_UP, 0.12),
        ("c3d_samples/sample_00/Codamotion/codamotion_gaitwands_19970212.c3d", 1, Z_UP, 0.12),
        ("c3d_samples/sample_00/Codamotion/codamotion_gaitwands_20150204.c3d", 1, Z_UP, 0.12),
        ("walking_clinical_labs/AUC/CB_Dynamic0003.c3d", 1, Z_UP, 0.12),
        ("landing_running/doubleLegLanding.c3d", 1, Z_UP, 0.12),
        ("landing_running/singleLegLanding.c3d", 2, Z_UP, 0.12),
        ("running_visual3d/RBDS001runT35.c3d", 1, Y_UP, 0.12),
        ("walking_clinical_labs/QCMAS/QCMAS.dynamic.c3d", 2, Z_UP, 0.12),
        ("c3d_samples/sample_03/gait-pig.c3d", 1, Z_UP, 0.12),
        ("c3d_samples/sample_02/sgi_real.c3d", 1, Z_UP, 0.12),
    ],
)
def test_centre_of_pressure_lies_under_a_foot(realdata: Path, file: str, plate: int, lab: Lab, limit_m: float) -> None:
    recording = read_c3d(realdata / file, lab)
    at = [record.number for record in recording.plates].index(plate)
    wrench = wrenches(recording)[at]
    assert np.median(wrench.force[wrench.force[:, 1] > 50, 1]) > 100
    centre, _ = centre_of_pressure(wrench.force, wrench.moment, recording.plates[at].corners, threshold_n=100)
    ratio = round(recording.analog_rate_hz / recording.rate_hz)
    markers = recording.markers.transpose("time", "channel", "axis").values[..., :3]
    centre = centre[::ratio][: len(markers)]
    loaded = np.isfinite(centre[:, 0])
    low = markers[loaded]
    distance = np.linalg.norm((low - centre[loaded, None])[..., [0, 2]], axis=2)
    distance[~(low[..., 1] < 0.3)] = np.inf
    assert np.median(distance.min(axis=1)) < limit_m


@pytest.mark.parametrize(("two", "four"), [("TYPE-2.C3D", "TYPE-4.C3D"), ("TYPE-2a.c3d", "TYPE-4a.c3d")])
def test_type_2_and_type_4_of_one_recording_agree(realdata: Path, two: str, four: str) -> None:
    """The same trials, stored calibrated and as raw channels with CAL_MATRIX; a transposed matrix is off by hundreds of N."""
    pair = [read_c3d(realdata / "c3d_samples/sample_10" / name) for name in (two, four)]
    for a, b in zip(wrenches(pair[0]), wrenches(pair[1]), strict=True):
        # the vendor's type 2 export rounds its sensitivities: 8 N and 4.5 N·m of up to 470 N and 127 N·m
        assert a.force == pytest.approx(b.force, abs=8.0)
        assert a.moment == pytest.approx(b.moment, abs=4.5)


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("sample_01", ["Eb015pi", "Eb015pr", "Eb015si", "Eb015sr", "Eb015vi", "Eb015vr"]),
        ("sample_02", ["pc_int", "pc_real", "dec_int", "dec_real", "sgi_int", "sgi_real"]),
    ],
)
def test_every_encoding_of_one_recording_reads_the_same(realdata: Path, folder: str, names: list[str]) -> None:
    recordings = [read_c3d(realdata / "c3d_samples" / folder / f"{name}.c3d") for name in names]
    first = recordings[0]
    step = abs(read_raw(realdata / "c3d_samples" / folder / f"{names[0]}.c3d").numbers("POINT", "SCALE").item()) * 1e-3
    assert len({recording.storage for recording in recordings}) == 6
    for other in recordings[1:]:
        assert other.markers.channel.values.tolist() == first.markers.channel.values.tolist()
        # integer files store positions in whole steps of POINT:SCALE
        np.testing.assert_allclose(other.markers, first.markers, rtol=1e-6, atol=1.001 * step)
        np.testing.assert_allclose(other.analogs, first.analogs, atol=1e-2)
        assert other.events.iloc[:2].equals(first.events.iloc[:2])
        for a, b in zip(wrenches(other), wrenches(first), strict=True):
            np.testing.assert_allclose(a.force, b.force, atol=1e-2)
            np.testing.assert_allclose(a.moment, b.moment, atol=1e-2)


REFUSED = {
    "bad_parameter_section.c3d": "unreadable",
    "kyowadengyo.c3d": "points_disagree",  # POINT:USED says 12 points, header and labels 11; ezc3d reads nonsense
    "phasespace_sample.c3d": "bad_unit",
    "dynamic.C3D": "bad_unit",
    "standing.C3D": "bad_unit",
}


def test_every_sample_is_read_or_refused_with_a_reason(realdata: Path) -> None:
    files = sorted(path for path in (realdata / "c3d_samples").rglob("*") if path.suffix.lower() == ".c3d")
    assert len(files) > 30
    refused = {}
    for path in files:
        try:
            recording = read_c3d(path)
        except TrialError as error:
            assert path.name in str(error) and error.action
            refused[path.name] = error.code
        else:
            names = recording.markers.channel.values.tolist()
            assert names and len(set(names)) == len(names)
            for wrench in wrenches(recording):
                assert wrench.force.shape == wrench.moment.shape == (recording.analogs.sizes["time"], 3)
    assert refused == REFUSED


def test_zeros_of_the_treadmill_run_are_missing(realdata: Path) -> None:
    recording = read_c3d(realdata / "running_visual3d/RBDS001runT35.c3d", Y_UP)
    assert ("zeros_missing", "L.ASIS") in [note[1:3] for note in recording.notes]
    assert np.isnan(recording.markers.sel(channel="L.ASIS", axis="x")).any()
    assert not (recording.markers.sel(axis="x") == 0).any()


def test_names_of_people_do_not_travel(realdata: Path) -> None:
    recording = read_c3d(realdata / "walking_opensim/trial1/c3dfile.c3d")
    assert "Diebold" not in repr((recording.parameters, recording.events.to_csv(), recording.notes))
    assert "SUBJECTS" not in recording.parameters.get("ANALYSIS", {})
