"""What must not matter: where the lab's origin lies, which leg is called left, the marker rate, units and label styles.

The same movement is stored in different ways and processed by every stage up to kinetics. Tolerances are those of C3D's
float32 (1e-3 degree, 1e-6 m; moments 1e-4 N m/kg), which is what two equal recordings may differ by. Mirror and motion of
the lab are also tried past C3D, on float64 arrays (1e-9 degree, 1e-12 m, 1e-9 N m/kg).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from biomech.c3d.writer import write_c3d
from biomech.config import Config, parse_config
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, Trial
from biomech.kinematics.session import kinematics_session
from biomech.kinetics.session import kinetics_session
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from biomech_simulation.motion import Motion
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static, walk
from tests.pipeline import session_of

ANGLE_DEG, PLACE_M, MOMENT = 1e-3, 1e-6, 1e-4
EXACT_DEG, EXACT_M, EXACT_MOMENT = 1e-9, 1e-12, 1e-9
CONFIG = parse_config({})
UNFILTERED = parse_config({"signals": {"cutoff_hz": {"walking": None, "static": None}}})
Stored = tuple[xr.Dataset, xr.Dataset]  # kinematics and kinetics of the walk
Change = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def recordings() -> dict[str, Motion]:
    """Standing and walking of a person with a valgus pattern on one side, at 400 Hz."""
    person = example_participant(1)
    return {
        "static": static(person, rate_hz=400.0),
        "walk": walk(person, strides=3, rate_hz=400.0, analog_rate_hz=2000.0, plates=3, plate_type=4),
    }


def thinned(motion: Motion, keep: int) -> Motion:
    """Every `keep`-th frame of the markers."""
    samples = motion.analog_rate_hz / motion.rate_hz
    markers = motion.markers[: len(motion.markers) - (len(motion.markers) - 1) % keep : keep]
    last = round(len(markers) * keep * samples)
    force, moment = motion.plate_force, motion.plate_moment
    if motion.plates and len(force) < last:  # a frame holds its samples: those after the last frame are zero
        force, moment = (np.concatenate([x, np.zeros((last - len(x), *x.shape[1:]))]) for x in (force, moment))
    rate = motion.rate_hz / keep
    analog_rate = motion.analog_rate_hz if motion.plates else rate
    return replace(
        motion,
        markers=markers,
        rate_hz=rate,
        analog_rate_hz=analog_rate,
        plate_force=force[:last],
        plate_moment=moment[:last],
    )


def process(
    folder: Path, recordings: dict[str, Motion], change: Change | None = None, config: Config = CONFIG
) -> Stored:
    """Store both recordings, changed, and run the stages up to kinetics on them."""
    raw, session = ingested(folder, recordings, change, config)
    return computed(raw, session, config)


def ingested(
    folder: Path, recordings: dict[str, Motion], change: Change | None = None, config: Config = CONFIG
) -> tuple[dict[str, xr.Dataset], Session]:
    for name, motion in recordings.items():
        contents = motion.contents()
        write_c3d(folder / f"{name}.c3d", **(change(contents) if change else contents))
    person = recordings["walk"].participant
    session = session_of(
        person,
        Trial(trial="walk", file="walk.c3d", role="dynamic", task="walking"),
    )
    quality = Quality(person.name, "1", "properties")
    return ingest_session(session, folder, config, quality, on_error="stop"), session


def computed(raw: dict[str, xr.Dataset], session: Session, config: Config = CONFIG) -> Stored:
    """Run the stages from the model to kinetics."""
    quality = Quality(session.participant, "1", "properties")
    markerset = load_markerset(config.markerset)
    model = model_session(raw, session, markerset, config, quality, on_error="stop")
    kinematics = kinematics_session(raw, model, session, markerset, config, quality, on_error="stop")
    kinetics = kinetics_session(raw, model, kinematics, session, config, quality, on_error="stop")
    return kinematics["walk"], kinetics["walk"]


@pytest.fixture(scope="module")
def plain(recordings: dict[str, Motion], tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """The recording at 100 Hz, as it is."""
    return process(tmp_path_factory.mktemp("plain"), at_100_hz(recordings))


def at_100_hz(recordings: dict[str, Motion]) -> dict[str, Motion]:
    return {name: thinned(motion, 4) for name, motion in recordings.items()}


def same(ours: xr.DataArray, theirs: xr.DataArray, tolerance: float, share: float = 0.3) -> None:
    """Equal within `tolerance`, missing where the other is missing, and there at all."""
    assert ours.shape == theirs.shape
    a, b = ours.values, theirs.values
    assert (np.isnan(a) == np.isnan(b)).all(), f"{ours.name}: missing elsewhere"
    assert np.isfinite(a).mean() > share, f"{ours.name}: hardly any value"
    worst = np.nanmax(np.abs(a - b))
    assert worst < tolerance, f"{ours.name}: differs by {worst:.2e}"


def equal_results(ours: Stored, theirs: Stored, places: bool = True) -> None:
    same(ours[0]["angle"], theirs[0]["angle"], ANGLE_DEG)
    for name in ("moment", "power"):
        same(ours[1][name], theirs[1][name], MOMENT if name == "moment" else 10 * MOMENT, share=0.1)
    assert (ours[1]["contact"].values == theirs[1]["contact"].values).all()
    if places:
        same(ours[0]["joint_centre"], theirs[0]["joint_centre"], PLACE_M)


@pytest.mark.parametrize("heading_deg", [37.0, -122.0])
def test_moving_the_lab_changes_nothing(
    recordings: dict[str, Motion], plain: Stored, tmp_path: Path, heading_deg: float
) -> None:
    """Turned about the vertical and shifted along the floor, plates and all; the signals of the plates stay."""
    c, s = np.cos(np.radians(heading_deg)), np.sin(np.radians(heading_deg))
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    shift = np.array([730.0, -1410.0, 0.0])

    def moved(contents: dict[str, Any]) -> dict[str, Any]:
        plates = [replace(p, corners=p.corners @ turn.T + shift) for p in contents["plates"]]
        return contents | {"points_mm": contents["points_mm"] @ turn.T + shift, "plates": plates}

    equal_results(process(tmp_path, at_100_hz(recordings), moved), plain, places=False)


def mirrored(motion: Motion) -> Motion:
    """The same movement seen in a mirror next to the walkway: what was left is right."""
    flip = np.array([1.0, 1.0, -1.0])
    other = {"L": "R", "R": "L"}
    labels = tuple(
        other[name[0]] + name[1:] if other.get(name[0], "") + name[1:] in motion.labels else name
        for name in motion.labels
    )
    return replace(
        motion,
        labels=labels,
        markers=motion.markers * flip,
        plates=tuple(replace(p, centre=(p.centre[0], -p.centre[1])) for p in motion.plates),
        plate_force=motion.plate_force * flip,
        plate_moment=motion.plate_moment * -flip,
    )


def test_a_mirror_swaps_the_sides_and_nothing_else(
    recordings: dict[str, Motion], plain: Stored, tmp_path: Path
) -> None:
    stored = process(tmp_path, {name: mirrored(m) for name, m in at_100_hz(recordings).items()})
    there = plain[0]["angle"].sel(side=["right", "left"])
    assert float(np.abs(there.values - plain[0]["angle"].values).max()) > 5.0, "the two legs do not move alike"
    same(stored[0]["angle"], there, ANGLE_DEG)
    for name, tolerance in (("moment", MOMENT), ("power", 10 * MOMENT)):
        same(stored[1][name], plain[1][name].sel(side=["right", "left"]), tolerance, share=0.1)


def other_leg(label: str, labels: set[str]) -> str:
    """The label of the same marker on the other leg; its own where there is none."""
    swapped = {"L": "R", "R": "L"}.get(label[:1], "") + label[1:]
    return swapped if swapped in labels else label


def arrays_mirrored(trial: xr.Dataset) -> xr.Dataset:
    """What ingest gives, seen in a mirror: lab axes X forward, Y up, Z right, so Z turns its sign."""
    polar = np.array([1.0, 1.0, -1.0])
    labels = trial["marker"].values.tolist()
    out = trial.assign_coords(marker=[other_leg(label, set(labels)) for label in labels])
    for name, sign in (("marker_position", polar), ("plate_force", polar), ("plate_moment", -polar)):
        out[name] = trial[name].copy(data=trial[name].values * sign).assign_coords(out[name].coords)
    corners = trial["plate_corner"].transpose("plate", "corner", "axis")
    out["plate_corner"] = corners.copy(data=(corners.values * polar)[:, ::-1])  # still in the order of C3D
    return out


def test_a_mirror_on_arrays_swaps_the_sides_to_the_last_digits(recordings: dict[str, Motion], tmp_path: Path) -> None:
    raw, session = ingested(tmp_path, at_100_hz(recordings))
    plain = computed(raw, session)
    mirror = {name: arrays_mirrored(trial) for name, trial in raw.items()}
    there = computed(mirror, session)
    back = {"side": ["right", "left"]}
    assert float(np.abs(plain[0]["angle"].sel(back).values - plain[0]["angle"].values).max()) > 5.0
    same(there[0]["angle"], plain[0]["angle"].sel(back), EXACT_DEG)
    centre = plain[0]["joint_centre"].sel(back)
    same(there[0]["joint_centre"], centre.copy(data=centre.values * [1.0, 1.0, -1.0]), EXACT_M)
    for name in ("moment", "power"):
        same(there[1][name], plain[1][name].sel(back), EXACT_MOMENT, share=0.1)
    assert (there[1]["contact"].values == plain[1]["contact"].sel(back).values).all()


def test_moving_the_lab_on_arrays_changes_nothing_to_the_last_digits(
    recordings: dict[str, Motion], tmp_path: Path
) -> None:
    """Turned about the vertical by 37 degrees and shifted along the floor; moments about the lab's origin move along."""
    raw, session = ingested(tmp_path, at_100_hz(recordings))
    c, s = np.cos(np.radians(37.0)), np.sin(np.radians(37.0))
    turn, shift = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]]), np.array([0.73, 0.0, -1.41])

    def moved(trial: xr.Dataset) -> xr.Dataset:
        out = trial.copy()
        for name in ("marker_position", "plate_corner"):
            out[name] = trial[name].copy(data=trial[name].values @ turn.T + shift)
        force = trial["plate_force"].values @ turn.T
        out["plate_force"] = trial["plate_force"].copy(data=force)
        about = trial["plate_moment"].values @ turn.T + np.cross(shift, force)
        out["plate_moment"] = trial["plate_moment"].copy(data=about)
        return out

    plain = computed(raw, session)
    there = computed({name: moved(trial) for name, trial in raw.items()}, session)
    same(there[0]["angle"], plain[0]["angle"], EXACT_DEG)
    for name in ("moment", "power"):
        same(there[1][name], plain[1][name], EXACT_MOMENT, share=0.1)


@pytest.mark.parametrize("keep", [1, 2])
def test_the_marker_rate_changes_nothing(recordings: dict[str, Motion], tmp_path: Path, keep: int) -> None:
    """400 and 200 Hz against 100 Hz, without filters: angles and places; moments up to what differences of 0.01 s miss."""
    slow = process(tmp_path / "slow", at_100_hz(recordings), config=UNFILTERED)
    fast = process(tmp_path / "fast", {name: thinned(m, keep) for name, m in recordings.items()}, config=UNFILTERED)
    common = slice(None, None, 4 // keep)
    n = slow[0].sizes["time"]
    assert np.allclose(fast[0]["time"].values[common][:n], slow[0]["time"].values, atol=1e-12)
    same(fast[0]["angle"][common][:n], slow[0]["angle"], ANGLE_DEG)
    same(fast[0]["joint_centre"][common][:n], slow[0]["joint_centre"], PLACE_M)
    difference = fast[1]["moment"].values[common][:n] - slow[1]["moment"].values
    assert np.sqrt(np.nanmean(difference**2)) < 0.02


def in_metres(contents: dict[str, Any]) -> dict[str, Any]:
    """Points, corners and origins in metres; a calibration matrix gives moments in newtons times the file's length."""
    per_moment = np.array([1.0, 1.0, 1.0, 1e-3, 1e-3, 1e-3])[:, None]
    plates = [
        replace(p, corners=p.corners / 1000, origin=np.array(p.origin) / 1000, cal_matrix=p.cal_matrix * per_moment)
        for p in contents["plates"]
    ]
    return contents | {"points_mm": contents["points_mm"] / 1000, "plates": plates, "point_units": "m"}


def renamed(rule: Callable[[str], str]) -> Change:
    return lambda contents: contents | {"labels": [rule(label) for label in contents["labels"]]}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(in_metres, id="metres"),
        pytest.param(renamed(lambda label: f"Anna:{label}"), id="prefix"),
        pytest.param(renamed(lambda label: f"{label}   "), id="blanks"),
        pytest.param(renamed(lambda label: {"IJ": "CLAV", "PX": "STRN"}.get(label, label)), id="alias"),
    ],
)
def test_units_and_labels_change_nothing(
    recordings: dict[str, Motion], plain: Stored, tmp_path: Path, change: Change
) -> None:
    equal_results(process(tmp_path, at_100_hz(recordings), change), plain)
