"""Errors are as large as they say, come back with their seed and leave the truth; EMG begins when the truth says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from biomech.c3d.recording_file import read_c3d
from biomech.errors import BiomechError
from biomech_simulation.emg import Burst, envelope, muscle_noise, with_emg
from biomech_simulation.errors import Errors, apply, drift, hide, jump, noise, sheet_mass, swap
from biomech_simulation.functional import knee_bends, star_arc
from biomech_simulation.motion import Motion, Plate
from biomech_simulation.plate_errors import offset_and_drift, saturated, shifted
from biomech_simulation.soft_tissue import PALPATION_MM, SKIN, bodies, misplaced, skin_moved, wobbled
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static

PERSON = example_participant(1)


@pytest.fixture(scope="module")
def moving() -> Motion:
    return star_arc(PERSON, "right")


@pytest.fixture(scope="module")
def loaded() -> Motion:
    """Standing still on two plates that bear 300 N each, off their middle, for 2 s; analog rate 1000 Hz."""
    plates = (Plate((0.0, 0.3)), Plate((0.7, 0.0), type=4, turned=True))
    motion = static(PERSON, duration_s=2.0, rate_hz=100.0, plates=plates)
    force = np.tile([10.0, 300.0, -5.0], (2000, 2, 1))
    at = np.array([[0.05, 0.0, 0.33], [0.68, 0.0, 0.1]])
    return replace(motion, analog_rate_hz=1000.0, plate_force=force, plate_moment=np.cross(at, force))


def pressure(motion: Motion) -> np.ndarray:
    """Where each plate is pressed according to its channels and the corners in the file, (plates, 2) as X, Z."""
    force, moment = motion.plate_force.mean(axis=0), motion.plate_moment.mean(axis=0)
    return np.stack([moment[:, 2], -moment[:, 0]], axis=1) / force[:, 1:2]


def generator(seed: int = 3) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_same_seeds_same_errors_and_the_truth_stays(moving: Motion) -> None:
    one, again = apply(moving, Errors(), 1, 2), apply(moving, Errors(), 1, 2)
    assert np.array_equal(one.markers, again.markers, equal_nan=True)
    assert one.truth is moving.truth
    other = apply(moving, Errors(), 1, 3)
    assert not np.array_equal(one.markers, other.markers, equal_nan=True)
    nothing = apply(moving, Errors.none(), 1, 2)
    assert np.abs(nothing.markers - moving.markers).max() < 1e-12


def test_switching_one_source_off_leaves_the_others(moving: Motion) -> None:
    """Each source has a generator of its own: the difference is exactly that source."""
    all_but = apply(moving, replace(Errors(), noise_m=0.0), 1, 2)
    difference = apply(moving, Errors(), 1, 2).markers - all_but.markers
    assert np.nanstd(difference) == pytest.approx(Errors().noise_m, rel=0.01)
    assert np.abs(np.nanmean(difference)) < 1e-5


def test_markers_sit_beside_their_landmarks_by_the_same_way_in_all_trials() -> None:
    """In the coordinates of its segment a misplaced marker is displaced alike in standing and in movement."""
    still, moves = static(PERSON, rate_hz=100.0), knee_bends(PERSON, "left")
    away = {}
    for name, motion in (("static", still), ("moving", moves)):
        shift = misplaced(motion, 1.0, generator()).markers - motion.markers
        away[name] = {label: np.linalg.norm(shift[:, i], axis=1) for i, label in enumerate(motion.labels)}
    for label, distance in away["moving"].items():
        assert np.ptp(distance) < 1e-12
        assert distance[0] == pytest.approx(away["static"][label][0], abs=1e-12), label
        assert (distance[0] == pytest.approx(0.0, abs=1e-12)) == ("TH" in label or "SK" in label), label
    # over many sessions: the standard deviation of the table
    marker = still.labels.index("LLFE")
    drawn = [
        misplaced(still, 1.0, generator(seed)).markers[0, marker] - still.markers[0, marker] for seed in range(300)
    ]
    assert np.std(drawn) == pytest.approx(0.001 * PALPATION_MM["LFE"], rel=0.1)


def test_skin_follows_the_joints_and_stays_within_its_bounds(moving: Motion) -> None:
    """Rigid part alone: at most 10 degrees and 15 mm for a thigh cluster, none in the standing posture, none at the feet."""
    displaced = skin_moved(moving, 1.0, 0.0, generator()).markers - moving.markers
    size = np.linalg.norm(displaced, axis=-1)
    reach = {}
    for body in bodies(PERSON):
        columns = [moving.labels.index(x) for x in body.labels if x in moving.labels]
        if body.segment not in SKIN:
            assert size[:, columns].max() == 0.0
            continue
        turn_deg, shift_mm = SKIN[body.segment]
        cluster = [c for c in columns if moving.labels[c][1:3] in ("TH", "SK")]
        points = body.points[[name.startswith(("TH", "SK")) for name in body.names]]
        arm = np.linalg.norm(points - points.mean(axis=0), axis=1).max()
        reach[(body.side, body.segment)] = size[:, cluster].max()
        assert reach[(body.side, body.segment)] < 0.001 * shift_mm + 2 * np.sin(np.radians(turn_deg) / 2) * arm
    assert reach[("right", "thigh")] > 0.004
    # the same angles, the same skin: the recording begins and ends in one posture
    assert np.abs(displaced[0] - displaced[-1]).max() < 1e-9
    # none in standing
    still = static(PERSON, rate_hz=100.0)
    assert np.abs(skin_moved(still, 1.0, 0.004, generator()).markers - still.markers).max() < 1e-9


def test_wobble_and_noise_have_their_size(moving: Motion) -> None:
    wobble = wobbled(moving, 0.001, generator()).markers - moving.markers
    assert np.std(wobble) == pytest.approx(0.001, rel=0.03)
    spectrum = np.abs(np.fft.rfft(wobble, axis=0)) ** 2
    frequency = np.fft.rfftfreq(len(wobble), 1 / moving.rate_hz)
    assert spectrum[frequency > 8.0].sum() < 0.03 * spectrum.sum()
    assert np.std(noise(moving, 0.0004, generator()).markers - moving.markers) == pytest.approx(0.0004, rel=0.01)


def test_gaps_swaps_jumps_and_drift(moving: Motion) -> None:
    hidden = np.isnan(hide(moving, 2.0, (0.05, 0.05), generator()).markers).all(axis=2)
    assert 5 < hidden.sum() <= 10 * 5
    assert not hidden[[0, -1]].any()

    swapped = swap(moving, 1, 0.3, generator()).markers != moving.markers
    columns = np.flatnonzero(swapped.any(axis=(0, 2)))
    assert len(columns) == 2
    assert swapped.any(axis=(1, 2)).sum() == 30
    assert any({moving.labels[c] for c in columns} <= set(body.labels) for body in bodies(PERSON))

    jumped = np.linalg.norm(jump(moving, 3, 0.03, generator()).markers - moving.markers, axis=-1)
    assert ((jumped < 1e-12) | np.isclose(jumped, 0.03)).all()
    assert (jumped[-1] > 0).sum() == 3

    drifted = np.linalg.norm(drift(moving, 2, 0.02, generator()).markers - moving.markers, axis=-1)
    assert (drifted[len(drifted) // 2] == 0).all()
    seconds = (len(drifted) - 1 - len(drifted) // 2) / moving.rate_hz
    assert np.sort(drifted[-1])[-3:] == pytest.approx([0.0, 0.02 * seconds, 0.02 * seconds])


def test_plates_lie_elsewhere_by_as_much_as_the_pressure_moves(loaded: Motion) -> None:
    moved = shifted(loaded, 0.01, generator())
    away = np.array([p.centre for p in moved.plates]) - np.array([p.centre for p in loaded.plates])
    assert np.abs(away).min() > 0
    assert pressure(moved) - pressure(loaded) == pytest.approx(away, abs=1e-12)
    signals = [
        p.channels(m.plate_force[:, i], m.plate_moment[:, i]) for m in (loaded, moved) for i, p in enumerate(m.plates)
    ]
    assert signals[2] == pytest.approx(signals[0], abs=1e-6)  # N and N·mm: the plate itself notices nothing
    assert signals[3] == pytest.approx(signals[1], abs=1e-6)


def test_offset_drift_and_saturation(loaded: Motion) -> None:
    error = offset_and_drift(loaded, 0.0, 0.5, generator()).plate_force - loaded.plate_force
    assert (error[0] == 0).all()
    assert np.diff(error, axis=0) == pytest.approx(np.tile(error[-1] / 1999, (1999, 1, 1)), abs=1e-10)
    steady = offset_and_drift(loaded, 3.0, 0.0, generator()).plate_force - loaded.plate_force
    assert np.ptp(steady, axis=0).max() < 1e-9
    assert 0.5 < np.abs(steady[0]).mean() < 6.0
    cut = saturated(loaded, 200.0)
    assert cut.plate_force[..., 1].max() == 200.0
    assert saturated(loaded, None) is loaded
    assert saturated(loaded, 5000.0).plate_moment == pytest.approx(loaded.plate_moment)


def test_the_sheet_has_another_mass_than_the_body() -> None:
    drawn = np.array([sheet_mass(70.0, Errors(), seed) for seed in range(400)])
    assert drawn.std() == pytest.approx(Errors().mass_kg, rel=0.1)
    assert sheet_mass(70.04, Errors.none(), 1) == 70.0


def test_emg_begins_and_ends_with_its_burst(loaded: Motion, tmp_path: Path) -> None:
    """100 ms before the onset: baseline at the stated ratio; at its height: the stated size; through C3D alike."""
    bursts = {"left": [Burst(0.5, 1.5)], "right": [(0.4, 0.9), Burst(1.2, 1.8, amplitude=0.5)]}
    motion = with_emg(loaded, bursts, seed=1, snr_db=20.0, amplitude_v=1e-4)
    assert motion.analog_labels == ("LGMED", "RGMED")
    assert motion.truth["emg_onset"].values == pytest.approx([0.5, 0.4, 1.2])
    assert list(motion.truth["emg_side"].values) == ["left", "right", "right"]
    path = tmp_path / "emg.c3d"
    motion.write(path, tmp_path / "emg.truth.nc", compact=True)
    recording = read_c3d(path)
    stored = recording.analogs.sel(channel="LGMED").values
    assert recording.analog_units[list(recording.analogs["channel"].values).index("LGMED")] == "V"
    time = np.arange(len(stored)) / 1000.0

    def rms(start: float, end: float) -> float:
        return float(np.sqrt(np.mean(stored[(time >= start) & (time < end)] ** 2)))

    assert rms(0.0, 0.5) == pytest.approx(1e-5, rel=0.1)
    assert rms(1.5, 2.0) == pytest.approx(1e-5, rel=0.1)
    assert rms(0.6, 1.3) == pytest.approx(1e-4, rel=0.15)


def test_emg_has_the_spectrum_of_surface_emg() -> None:
    """Median frequency of S(f) of Shwedyk et al. 1977 with 60 and 120 Hz, within the band: 91 Hz by integration."""
    signal = muscle_noise(200_000, 2000.0, generator())
    assert signal.std() == pytest.approx(1.0, rel=0.02)
    power = np.abs(np.fft.rfft(signal)) ** 2
    frequency = np.fft.rfftfreq(len(signal), 1 / 2000.0)
    share = np.cumsum(power) / power.sum()
    f = np.linspace(20.0, 450.0, 100_000)
    form = np.cumsum(f**2 / ((f**2 + 60.0**2) * (f**2 + 120.0**2) ** 2))
    expected = f[np.searchsorted(form, form[-1] / 2)]
    assert frequency[np.searchsorted(share, 0.5)] == pytest.approx(expected, abs=2.0)
    assert power[(frequency < 19) | (frequency > 451)].max() < 1e-9 * power.max()


def test_envelope_is_nothing_outside_of_its_burst() -> None:
    time = np.linspace(0, 1, 1001)
    size = envelope(time, [Burst(0.2, 0.6, amplitude=2.0, rise_s=0.05, fall_s=0.1)])
    assert (size[(time <= 0.2) | (time >= 0.6)] == 0).all()
    assert size[(time >= 0.2501) & (time <= 0.4999)] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: with_emg(static(PERSON), {"left": []}, seed=1), "1000 Hz"),
        (lambda m: with_emg(m, {"left": [(0.5, 0.55)]}, seed=1), "longer than its rise and fall"),
    ],
)
def test_impossible_emg_says_why(loaded: Motion, change: Callable[[Motion], Motion], message: str) -> None:
    with pytest.raises(BiomechError, match=message):
        change(loaded)
