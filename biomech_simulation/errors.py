"""Measurement errors: pure functions from recording to recording; the truth stays.

Every source draws from a generator of its own, so switching one on or off changes no other. What belongs to a session
(where markers sit, how skin moves, where plates lie) is drawn from the session's seed and is the same in all its trials;
the rest from the trial's.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biomech_simulation import plate_errors, soft_tissue
from biomech_simulation.motion import Motion

Array = NDArray[np.float64]


def _source(default: Any, meaning: str, source: str) -> Any:
    return field(default=default, metadata={"meaning": meaning, "source": source})


@dataclass(frozen=True)
class Errors:
    """Sizes of all sources of error; the defaults are those of a careful lab, faults are off until asked for."""

    noise_m: float = _source(
        0.0003,
        "white noise of every marker coordinate, standard deviation",
        "Merriaux et al. 2017, Sensors 17:1591: 0.15 mm at rest, below 2 mm in movement",
    )
    misplacement: float = _source(
        1.0,
        "markers of landmarks next to their landmark, same in all trials of a session: times 2 mm (foot) to 5 mm "
        "(pelvis) per axis, standard deviation",
        "Della Croce et al. 1999, Med Biol Eng Comput 37:155, and 2005, Gait Posture 21:226: one examiner's landmarks "
        "scatter by 6 to 21 mm; the lower half of this range",
    )
    soft_tissue: float = _source(
        1.0,
        "skin of thigh (10 degrees, 15 mm) and shank (7 degrees, 10 mm) over the bone at full stretch, six degrees of "
        "freedom in step with the joint angles: times these",
        "fluoroscopy (PMC8631460; shank 7 degrees) and bone pins (Benoit et al. 2006, Gait Posture 24:152: 13 to 16 mm); "
        "form: Bonci et al. 2014, J Biomech 47:2354",
    )
    deformation_m: float = _source(
        0.004,
        "own movement of each thigh and shank marker at full stretch, on top of the rigid part",
        "lower end of the 4 to 16 mm seen by fluoroscopy (PMC8631460)",
    )
    wobble_m: float = _source(
        0.0005, "smooth wobble (1 to 6 Hz) of every marker in movement, standard deviation", "chosen"
    )
    gaps_per_s: float = _source(1.5, "intervals per second in which one marker is hidden", "chosen")
    gap_s: tuple[float, float] = _source((0.03, 0.08), "length of such a gap, from and to", "chosen; below gap_max_s")
    swaps: int = _source(0, "intervals in which two markers of one segment carry each other's label", "a fault")
    swap_s: float = _source(0.3, "length of such an interval", "chosen")
    drifting: int = _source(0, "markers that come loose and drift from the middle of the trial on", "a fault")
    drift_m_s: float = _source(0.02, "its speed, along a direction of the lab", "chosen")
    jumps: int = _source(
        0, "single moments from which on a marker sits elsewhere (knocked, or a ghost tracked)", "a fault"
    )
    jump_m: float = _source(0.03, "distance of such a jump", "chosen")
    force_noise_n: float = _source(
        0.3, "white noise of the plates' forces, standard deviation; moments 0.1 m times it", "chosen"
    )
    plate_offset_n: float = _source(
        1.0,
        "constant offset of each force component, standard deviation; moments 0.1 m times it",
        "chosen; what is left after a plate was zeroed before the trial",
    )
    plate_drift_n_s: float = _source(
        0.05,
        "drift of each force component, standard deviation of its slope",
        "piezoelectric plates drift by up to 0.01 N/s; strain gauges warm up",
    )
    plate_shift_m: float = _source(
        0.0025,
        "corners in the file against the true place of the plate, horizontal, standard deviation per axis; same in all "
        "trials of a session",
        "Cappello et al. 2011, Gait Posture 33:724: centre of pressure off by 2.3 to 2.6 mm on two plates, 12 to 14 mm on "
        "two others, before recalibration",
    )
    plate_range_n: float | None = _source(
        None, "vertical force at which a plate saturates (horizontal: half; moments: 0.3 m times it)", "a fault"
    )
    mass_kg: float = _source(
        0.3, "body mass in the sheet against the true one, standard deviation", "clothing and a scale's rounding"
    )

    @classmethod
    def none(cls) -> Errors:
        """Return no error at all."""
        zero: dict[str, Any] = {name: 0 for name in _SIZES}
        return cls(**zero)

    @classmethod
    def instruments(cls) -> Errors:
        """Return what cameras and plates add, with markers that sit on the bone where they should."""
        return replace(
            cls(), misplacement=0.0, soft_tissue=0.0, deformation_m=0.0, wobble_m=0.0, plate_shift_m=0.0, mass_kg=0.0
        )


_FAULTS = ("swaps", "drifting", "jumps", "plate_range_n")
_SETTINGS = ("gap_s", "swap_s", "drift_m_s", "jump_m")
_SIZES = tuple(f.name for f in fields(Errors) if f.name not in (*_FAULTS, *_SETTINGS))


def apply(motion: Motion, errors: Errors, session_seed: int, trial_seed: int) -> Motion:
    """Return the recording as a lab with these errors would store it.

    A standing trial (task ``static``) has no gaps, wobble or faults of labels.

    Parameters
    ----------
    motion : Motion
        Free of errors: the places of bones are read from its markers.
    session_seed, trial_seed : int
        Same seeds, same errors.
    """

    def session(number: int) -> np.random.Generator:
        return np.random.default_rng([session_seed, 1, number])

    def trial(number: int) -> np.random.Generator:
        return np.random.default_rng([trial_seed, 2, number])

    moving = motion.truth.attrs.get("task") != "static"
    on_skin = soft_tissue.skin_moved(motion, errors.soft_tissue, errors.deformation_m, session(0)) if moving else motion
    misplaced = soft_tissue.misplaced(motion, errors.misplacement, session(1))
    out = replace(motion, markers=on_skin.markers + misplaced.markers - motion.markers)
    if moving:
        out = soft_tissue.wobbled(out, errors.wobble_m, trial(2))
        out = drift(out, errors.drifting, errors.drift_m_s, trial(3))
        out = jump(out, errors.jumps, errors.jump_m, trial(4))
    out = noise(out, errors.noise_m, trial(5))
    if moving:
        out = swap(out, errors.swaps, errors.swap_s, trial(6))
        out = hide(out, errors.gaps_per_s, errors.gap_s, trial(7))
    if out.plates:
        out = plate_errors.shifted(out, errors.plate_shift_m, session(8))
        out = plate_errors.saturated(out, errors.plate_range_n)
        out = plate_errors.offset_and_drift(out, errors.plate_offset_n, errors.plate_drift_n_s, trial(9))
        out = plate_errors.noise(out, errors.force_noise_n, trial(10))
    return out


def sheet_mass(mass_kg: float, errors: Errors, session_seed: int) -> float:
    """Body mass as the sheet of a session has it, kg, to 0.1 kg."""
    random = np.random.default_rng([session_seed, 1, 11])
    return round(float(mass_kg + errors.mass_kg * random.standard_normal()), 1)


def noise(motion: Motion, size_m: float, random: np.random.Generator) -> Motion:
    """Add white noise to every marker coordinate."""
    return replace(motion, markers=motion.markers + size_m * random.standard_normal(motion.markers.shape))


def hide(motion: Motion, per_s: float, length_s: tuple[float, float], random: np.random.Generator) -> Motion:
    """Hide markers for short intervals, never at the very first and last frame."""
    markers = motion.markers.copy()
    n, m = markers.shape[:2]
    for _ in range(round(per_s * n / motion.rate_hz)):
        length = max(round(random.uniform(*length_s) * motion.rate_hz), 1)
        start = int(random.integers(1, max(n - length - 1, 2)))
        markers[start : min(start + length, n - 1), int(random.integers(m))] = np.nan
    return replace(motion, markers=markers)


def swap(motion: Motion, count: int, length_s: float, random: np.random.Generator) -> Motion:
    """Exchange two markers of one segment for an interval, as a tracker does that mixes up neighbours."""
    markers = motion.markers.copy()
    n = len(markers)
    groups = [
        columns
        for body in soft_tissue.bodies(motion.participant)
        if len(columns := [motion.labels.index(x) for x in body.labels if x in motion.labels]) > 1
    ]
    for _ in range(count):
        group = groups[int(random.integers(len(groups)))]
        one, other = random.choice(group, 2, replace=False)
        length = min(max(round(length_s * motion.rate_hz), 1), n)
        start = int(random.integers(0, n - length + 1))
        interval = slice(start, start + length)
        markers[interval, [one, other]] = markers[interval, [other, one]]
    return replace(motion, markers=markers)


def drift(motion: Motion, count: int, speed_m_s: float, random: np.random.Generator) -> Motion:
    """Let markers drift at a constant speed, along a direction of the lab, from the middle of the recording on."""
    markers = motion.markers.copy()
    n = len(markers)
    since = np.maximum(np.arange(n) - n // 2, 0) / motion.rate_hz
    for column, way in _chosen(motion, count, random):
        markers[:, column] += speed_m_s * since[:, None] * way
    return replace(motion, markers=markers)


def jump(motion: Motion, count: int, distance_m: float, random: np.random.Generator) -> Motion:
    """Displace markers at one moment for good."""
    markers = motion.markers.copy()
    for column, way in _chosen(motion, count, random):
        markers[int(random.integers(1, len(markers))) :, column] += distance_m * way
    return replace(motion, markers=markers)


def _chosen(motion: Motion, count: int, random: np.random.Generator) -> list[tuple[int, Array]]:
    """So many different markers, each with a random direction."""
    columns = random.permutation(len(motion.labels))[:count]
    ways = random.standard_normal((len(columns), 3))
    return list(zip(columns.tolist(), ways / np.linalg.norm(ways, axis=1, keepdims=True), strict=True))
