"""Errors of EMG onsets against planted ones, by noise and rise: the table of `docs/muscles.md`.

``python benchmarks/emg_onset.py [simulations]``; its seeds are not those that thresholds were chosen on (the weight of a sample was set after a look at them).
"""

from __future__ import annotations

import sys

import numpy as np

from biomech.signals import bursts
from biomech_simulation.emg import Burst, _coloured, _frequencies, envelope, muscle_noise

RATE_HZ, N, ONSET_S, OFFSET_S = 1000.0, 3000, 1.0, 2.0
METHODS = ("hodges_bui", "teager_kaiser_bursts")
FIRST_SEED = 50_000


def planted(seed: int, snr_db: float, rise_s: float, *, linear: bool = False) -> np.ndarray:
    """A burst from 1 to 2 s over a baseline; it rises smoothly, or in a straight line that the estimator does not assume."""
    random, frequency, time = np.random.default_rng(seed), _frequencies(N, RATE_HZ), np.arange(N) / RATE_HZ
    size = envelope(time, [Burst(ONSET_S, OFFSET_S, rise_s=rise_s)])
    if linear:
        size = np.clip((time - ONSET_S) / rise_s, 0, 1) * np.clip((OFFSET_S - time) / 0.1, 0, 1)
    return size * muscle_noise(N, RATE_HZ, random) + 10 ** (-snr_db / 20) * _coloured(
        N, np.ones_like(frequency), frequency, random
    )


def errors_ms(method: str, snr_db: float, rise_s: float, n: int, *, linear: bool = False) -> np.ndarray:
    """Error of the longest burst's onset and offset in `n` simulations, (n, 2); NaN where none was found."""
    out = np.full((n, 2), np.nan)
    for k in range(n):
        found = getattr(bursts, method)(planted(FIRST_SEED + k, snr_db, rise_s, linear=linear), RATE_HZ)
        if len(found) and np.isfinite(length := found[:, 1] - found[:, 0]).any():
            out[k] = 1000 * (found[np.nanargmax(length)] - (ONSET_S, OFFSET_S))
    return out


def noise_bursts(method: str, seconds: int) -> int:
    """Bursts found in this much noise, in intervals of 10 s."""
    random, frequency = np.random.default_rng(FIRST_SEED), _frequencies(10_000, RATE_HZ)
    noise = (_coloured(10_000, np.ones_like(frequency), frequency, random) for _ in range(seconds // 10))
    return sum(len(getattr(bursts, method)(x, RATE_HZ)) for x in noise)


def _cell(errors: np.ndarray) -> str:
    return f"{np.nanmedian(errors):+.0f}, {np.nanstd(errors):.0f}, {100 * np.mean(np.abs(errors) <= 15):.0f} %"


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for straight in (False, True):
        print("rising in a straight line" if straight else "rising smoothly")
        for snr in (6.0, 10.0, 20.0, 30.0, 40.0):
            for rise in (0.005, 0.02, 0.04):
                e = [errors_ms(name, snr, rise, number, linear=straight) for name in METHODS]
                cells = " | ".join(_cell(x[:, 0]) for x in e)
                print(f"| {snr:g} dB | {1000 * rise:g} ms | {cells} | {_cell(e[1][:, 1])} |", flush=True)
    for name in METHODS:
        print(f"{name}: {noise_bursts(name, 1000)} bursts in 1000 s of noise")
