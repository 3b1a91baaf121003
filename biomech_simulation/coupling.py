"""Two movements of one person, one behind the other: angle curves as a recording with default noise would give them."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter1d

from biomech_simulation.balance import bell, ease

POINTS = 101
_STEP_S = 0.01
# what cameras and plates (`Errors.instruments`) leave of these angles in single-leg squats after the 6 Hz filter: the
# pipeline's angles less the truth, standard deviation, the larger of four legs
NOISE_DEG = {"hip_adduction_by_shank": 0.08, "rearfoot_eversion_floor": 0.14}
_CORRELATED_S = 0.03  # standard deviation of a Gaussian that passes what a 6 Hz low-pass does (half power at 4.4 Hz)


def coupled_squats(
    lead_s: float,
    seed: int,
    repetitions: int = 10,
    noise: float = 1.0,
    jitter_s: float = 0.005,
    skin_deg: float = 0.0,
    wobble_deg: float = 0.0,
) -> xr.Dataset:
    """Cycles of a squatting leg whose hip adduction and rearfoot eversion begin one after the other.

    Parameters
    ----------
    lead_s : float
        How long before the foot the hip begins; negative where the foot leads.
    seed : int
    repetitions : int
    noise : float
        Times `NOISE_DEG`.
    jitter_s : float
        Standard deviation of the lead between repetitions.
    skin_deg, wobble_deg : float
        Standard deviations of what skin and misplaced markers add to hip adduction: a share of knee flexion that is the same in
        all repetitions, at its height; and of what wobbling markers add to eversion, on top of the noise.

    Returns
    -------
    xr.Dataset
        ``angle(cycle, percent, quantity)`` in degrees, with the coordinates that measures of sequence use.
    """
    random = np.random.default_rng([seed, 7])
    size = random.uniform(5.0, 12.0, 2)
    duration = random.uniform(1.6, 2.6) * (1 + 0.04 * random.standard_normal(repetitions))
    leads = lead_s + jitter_s * random.standard_normal(repetitions)
    curves = np.zeros((repetitions, POINTS, 2))
    skin = skin_deg * float(np.random.default_rng([seed, 8]).standard_normal())
    for k in range(repetitions):
        whole = duration[k] + 0.4
        grid = np.linspace(0.0, whole, POINTS)
        fine = np.arange(-0.5, whole + 0.5, _STEP_S)
        for place, (own, late) in enumerate(zip(NOISE_DEG.values(), (0.0, leads[k]), strict=True)):
            white = gaussian_filter1d(random.standard_normal(len(fine)), _CORRELATED_S / _STEP_S)
            size_deg = np.hypot(noise * own, wobble_deg * place)
            error = size_deg * white / gaussian_scale(_CORRELATED_S / _STEP_S)
            height = size[place] * (1 + 0.08 * random.standard_normal())
            curves[k, :, place] = height * bell((grid - 0.2 - late) / duration[k]) + np.interp(grid, fine, error)
        bent = (grid - 0.2) / duration[k]
        curves[k, :, 0] += skin * ease(bent / 0.46) * ease((1.0 - bent) / 0.46)
    text = {"task": "single_leg_squat", "condition": "", "footwear": "", "side": "right"}
    return xr.Dataset(
        {"angle": (("cycle", "percent", "quantity"), curves)},
        coords={
            "cycle": [f"c{k}" for k in range(repetitions)],
            "quantity": list(NOISE_DEG),
            "start": ("cycle", np.zeros(repetitions)),
            "end": ("cycle", duration + 0.4),
            "foot_off_percent": ("cycle", np.full(repetitions, np.nan)),
            "bottom_percent": ("cycle", np.full(repetitions, 50.0)),
            **{name: ("cycle", [word] * repetitions) for name, word in text.items()},
        },
    )


def gaussian_scale(sigma: float) -> float:
    """Standard deviation of white noise of 1 after a Gaussian filter of `sigma` samples."""
    weights = np.exp(-0.5 * (np.arange(-50, 51) / sigma) ** 2)
    return float(np.sqrt((weights**2).sum()) / weights.sum())
