"""Errors of EMG onsets against planted ones, by noise and rise: the table of `docs/muscles.md`.

``python benchmarks/emg_onset.py [simulations]``
"""

from __future__ import annotations

import sys

import numpy as np

from biomech.signals import emg
from biomech.simulate.emg import Burst, _coloured, _frequencies, envelope, muscle_noise

RATE_HZ, N, ONSET_S = 1000.0, 3000, 1.0
METHODS = ("hodges_bui", "teager_kaiser_bursts")


def planted(seed: int, snr_db: float, rise_s: float) -> np.ndarray:
    """A burst from 1 to 2 s over a baseline."""
    random, frequency = np.random.default_rng(seed), _frequencies(N, RATE_HZ)
    active = envelope(np.arange(N) / RATE_HZ, [Burst(ONSET_S, 2.0, rise_s=rise_s)]) * muscle_noise(N, RATE_HZ, random)
    return active + 10 ** (-snr_db / 20) * _coloured(N, np.ones_like(frequency), frequency, random)


def errors_ms(method: str, snr_db: float, rise_s: float, n: int) -> np.ndarray:
    """Error of the longest burst's onset in `n` simulations."""
    out = []
    for seed in range(n):
        found = getattr(emg, method)(emg.band_passed(planted(seed, snr_db, rise_s), RATE_HZ, (20.0, 450.0)), RATE_HZ)
        longest = found[np.nanargmax(found[:, 1] - found[:, 0]), 0] if len(found) else np.nan
        out.append(1000 * (longest - ONSET_S))
    return np.array(out)


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    for snr in (10.0, 20.0):
        for rise in (0.005, 0.02, 0.04):
            cells = []
            for name in METHODS:
                e = errors_ms(name, snr, rise, number)
                cells.append(f"{np.median(e):+.0f}, {e.std():.0f}, {100 * np.mean(np.abs(e) <= 15):.0f} %")
            print(f"| {snr:g} dB | {1000 * rise:g} ms | {cells[0]} | {cells[1]} |", flush=True)
