"""Surface EMG with known onsets: coloured noise that swells and ends at given times, over a baseline.

The power spectrum is that of Shwedyk et al. 1977 (IEEE Trans Biomed Eng 24:417), the form used to test onset detection:
S(f) ~ f^2 / ((f^2 + fl^2) (f^2 + fh^2)^2), fl = 60 Hz, fh = 120 Hz. The baseline is white within the band of the amplifier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.errors import BiomechError
from biomech.schema import FOOT_STRIKE, SIDES
from biomech_simulation.curves import smoothstep
from biomech_simulation.motion import Motion

Array = NDArray[np.float64]

MUSCLE = "gluteus_medius"
LABELS = {"left": "LGMED", "right": "RGMED"}
_LOW_HZ, _HIGH_HZ = 60.0, 120.0
_BAND_HZ = (20.0, 450.0)  # SENIAM's recommendation for the amplifier, and usual sensors
MIN_RATE_HZ = 1000.0
LEAD_S = 0.10
DELAY_S_PER_DEG = 0.008


@dataclass(frozen=True)
class Burst:
    """One activation.

    Parameters
    ----------
    onset_s, offset_s : float
        When the muscle's signal leaves the baseline and is back on it, s from the first frame.
    amplitude : float
        Size at its height, relative to the channel's full amplitude.
    rise_s, fall_s : float
        From the onset to full size, and from full size to the offset.
    """

    onset_s: float
    offset_s: float
    amplitude: float = 1.0
    rise_s: float = 0.04
    fall_s: float = 0.10


def envelope(time: Array, bursts: Sequence[Burst]) -> Array:
    """Size of the signal over time: 0 outside of all bursts, bursts add up as powers do."""
    power = np.zeros_like(time)
    for burst in bursts:
        up = smoothstep((time - burst.onset_s) / burst.rise_s)
        down = smoothstep((burst.offset_s - time) / burst.fall_s)
        power += (burst.amplitude * up * down) ** 2
    return np.sqrt(power)


def muscle_noise(n: int, rate_hz: float, random: np.random.Generator) -> Array:
    """Gaussian noise of unit variance with the spectrum of surface EMG, (n,)."""
    frequency = _frequencies(n, rate_hz)
    power = frequency**2 / ((frequency**2 + _LOW_HZ**2) * (frequency**2 + _HIGH_HZ**2) ** 2)
    return _coloured(n, np.sqrt(power), frequency, random)


def with_emg(
    motion: Motion,
    onsets: Mapping[str, Sequence[Burst | tuple[float, float]]],
    seed: int,
    *,
    snr_db: float = 20.0,
    amplitude_v: float = 100e-6,
    labels: Mapping[str, str] = LABELS,
) -> Motion:
    """Add one EMG channel per side, and the true onsets and offsets to the truth.

    Parameters
    ----------
    onsets : mapping
        Side -> bursts, or pairs (onset, offset) in s from the first frame; a side that is absent gets no channel, one
        with an empty sequence a channel of nothing but baseline.
    seed : int
        Of both noises.
    snr_db : float
        Power of a burst of amplitude 1 at its height over the power of the baseline, dB (20: ten times its size).
    amplitude_v : float
        RMS of a burst of amplitude 1 at its height, V.

    Returns
    -------
    Motion
        Truth gains ``emg_onset`` and ``emg_offset`` (s), ``emg_side`` and ``emg_channel`` on the dim ``emg_burst``, in order
        of side and time.

    Raises
    ------
    BiomechError
        If the analog rate is below 1000 Hz or a burst does not fit into itself.
    """
    n = len(motion.plate_force)
    if motion.analog_rate_hz < MIN_RATE_HZ or not n:
        raise BiomechError(
            f"simulate: expected an analog rate of {MIN_RATE_HZ:g} Hz or more for EMG, found {motion.analog_rate_hz:g} Hz"
        )
    time = np.arange(n) / motion.analog_rate_hz
    columns, names, rows = [], [], []
    for side in (s for s in SIDES if s in onsets):
        bursts = sorted((b if isinstance(b, Burst) else Burst(*b) for b in onsets[side]), key=lambda b: b.onset_s)
        for burst in bursts:
            if burst.onset_s + burst.rise_s > burst.offset_s - burst.fall_s:
                raise BiomechError(
                    f"simulate: expected an EMG burst longer than its rise and fall ({burst.rise_s + burst.fall_s:g} s), "
                    f"found {burst.onset_s:g} to {burst.offset_s:g} s"
                )
        random = np.random.default_rng([seed, SIDES.index(side)])
        frequency = _frequencies(n, motion.analog_rate_hz)
        baseline = _coloured(n, np.ones_like(frequency), frequency, random)
        active = envelope(time, bursts) * muscle_noise(n, motion.analog_rate_hz, random)
        columns.append(amplitude_v * (active + 10 ** (-snr_db / 20) * baseline))
        names.append(labels[side])
        rows += [(burst.onset_s, burst.offset_s, side, labels[side]) for burst in bursts]
    onset, offset, sides, channels = (list(c) for c in zip(*rows, strict=True)) if rows else ([], [], [], [])
    seconds = {"units": "s"}
    table = {
        "emg_onset": ("emg_burst", np.array(onset, float), seconds | {"long_name": f"{MUSCLE} leaves the baseline"}),
        "emg_offset": (
            "emg_burst",
            np.array(offset, float),
            seconds | {"long_name": f"{MUSCLE} is back on the baseline"},
        ),
        "emg_side": ("emg_burst", np.array(sides, object)),
        "emg_channel": ("emg_burst", np.array(channels, object)),
    }
    truth = motion.truth.assign({name: xr.Variable(*value) for name, value in table.items()})
    truth.attrs |= {"emg_snr_db": snr_db, "emg_amplitude_v": amplitude_v}
    analog = np.stack(columns, axis=1) if columns else np.zeros((n, 0))
    if motion.analog_labels:
        analog = np.concatenate([motion.analog, analog], axis=1)
    return replace(
        motion,
        truth=truth,
        analog=analog,
        analog_labels=(*motion.analog_labels, *names),
        analog_units=(*motion.analog_units, *("V" for _ in names)),
    )


def gluteus_medius(motion: Motion, seed: int, delay_s: Mapping[str, float] | None = None) -> Motion:
    """Add EMG of gluteus medius to a squat or a landing, timed by the true events of the movement.

    A working leg's muscle comes on `LEAD_S` before the knee begins to bend or the foot touches the floor, and goes off
    at the end of the repetition or half a second after touch-down. A later onset goes with a larger pattern at the hip,
    as Willson et al. 2011 (Clin Biomech 26:735) saw in runners; the size of this delay is chosen.

    Parameters
    ----------
    delay_s : mapping, optional
        Side -> how much later than usual. Left out: `DELAY_S_PER_DEG` times the hip internal rotation of the leg's pattern.
    """
    events = motion.truth
    name, when, side_of = (events[f"event_{x}"].values for x in ("name", "time", "side"))
    bursts: dict[str, list[Burst]] = {}
    for side in SIDES:
        pattern = motion.participant.pattern(side)
        late = (delay_s or {}).get(side, DELAY_S_PER_DEG * pattern.hip_internal_rotation_deg)
        own = side_of == side
        starts, ends = when[own & (name == "squat_start")], when[own & (name == "squat_end")]
        bursts[side] = [Burst(t - LEAD_S + late, end) for t, end in zip(starts, ends, strict=True)]
        for touch in when[own & (name == FOOT_STRIKE)]:
            bursts[side].append(Burst(float(touch) - LEAD_S + late, float(touch) + 0.5))
    return with_emg(motion, bursts, seed)


def _frequencies(n: int, rate_hz: float) -> Array:
    return np.fft.rfftfreq(n, 1 / rate_hz).astype(float)


def _coloured(n: int, gain: Array, frequency: Array, random: np.random.Generator) -> Array:
    """White noise through a gain over frequency, within the amplifier's band, scaled to the variance that it has on average."""
    inside = gain * ((frequency >= _BAND_HZ[0]) & (frequency <= _BAND_HZ[1]))
    shaped = np.fft.irfft(np.fft.rfft(random.standard_normal(n)) * inside, n)
    # each bin but the first and the last of an even n represents two
    count = np.full(len(frequency), 2.0)
    count[0] = 1.0
    if n % 2 == 0:
        count[-1] = 1.0
    return np.asarray(shaped / np.sqrt((count * inside**2).sum() / n))
