"""Made-up sessions in the form that the stages write, with curves that look like walking."""

from __future__ import annotations

import numpy as np
import xarray as xr

PERCENT = np.arange(101.0)

# harmonic coefficients drawn by eye through textbook walking curves: mean, (cos, sin) of 1st, 2nd ... harmonic
WALKING_ANGLES = {
    "contralateral_pelvic_drop": (0.0, (1.0, 3.2), (-0.6, 1.2)),
    "pelvis_anterior_tilt": (12.0, (0.2, 0.1), (0.6, -0.5)),
    "hip_flexion": (17.0, (20.0, -3.0), (-2.0, -1.5)),
    "hip_adduction": (-0.5, (0.0, 5.0), (-1.2, 1.0)),
    "hip_internal_rotation": (2.0, (-3.0, 2.0), (1.0, 1.0)),
    "knee_flexion": (24.0, (-4.0, -18.0), (-15.0, 4.0), (0.0, 4.0)),
    "knee_abduction": (-1.0, (0.5, 1.5), (0.5, -0.5)),
    "knee_internal_rotation": (-4.0, (2.0, 3.0), (1.0, -2.0)),
    "ankle_dorsiflexion": (0.0, (-3.0, 8.0), (3.0, -7.0), (-2.0, 2.0)),
    "rearfoot_eversion": (0.0, (2.0, 4.0), (-2.0, 0.0)),
    "foot_progression_in": (-7.0, (-1.0, 1.0), (1.0, 0.5)),
    "foot_progression_in_cardan": (-7.0, (-1.0, 1.0), (1.0, 0.5)),
    "fppa": (2.0, (0.5, 3.0), (0.5, -0.5)),
    "trunk_ipsilateral_lean": (0.0, (0.3, 2.0), (0.1, 0.2)),
}
STANCE_MOMENTS = {
    "hip_flexion": (-0.7, 0.7),
    "hip_adduction": (-0.85, -0.8),
    "knee_flexion": (-0.5, 0.15),
    "knee_abduction": (0.45, 0.38),
    "ankle_dorsiflexion": (0.0, -1.5),
}
METRICS = {
    "hip_adduction__peak__stance": ("hip_adduction", "degree"),
    "knee_abduction__peak__stance": ("knee_abduction", "degree"),
    "external_knee_adduction_moment__first_peak__stance": ("knee_abduction", "N m kg-1"),
    "contralateral_pelvic_drop__peak__stance": ("contralateral_pelvic_drop", "degree"),
    "rearfoot_eversion__peak__stance": ("rearfoot_eversion", "degree"),
}


def session_cycles(
    participant: str = "P01",
    session: str = "pre",
    *,
    n_cycles: int = 5,
    task: str = "walking",
    seed: int = 0,
    covariates: dict | None = None,
    kinetics: bool = True,
    footwear: str = "barefoot",
) -> xr.Dataset:
    """One session: `n_cycles` cycles a side; the second cycle of each side has no plate in stance."""
    rng = np.random.default_rng(seed)
    sides = np.repeat(["left", "right"], n_cycles)
    n = len(sides)
    quantities = sorted(set(WALKING_ANGLES) | set(STANCE_MOMENTS))
    person = {name: rng.normal(0, 1.5) for name in WALKING_ANGLES}
    angle = np.full((n, 101, len(quantities)), np.nan)
    moment = np.full((n, 101, len(quantities), 4), np.nan)
    foot_off = 61 + rng.normal(0, 1, n)
    for i, side in enumerate(sides):
        for name, harmonics in WALKING_ANGLES.items():
            shift = person[name] * (1 if side == "left" else -0.7)
            angle[i, :, quantities.index(name)] = _harmonic(PERCENT, harmonics, rng) + shift + rng.normal(0, 0.8)
        for name, (first, second) in STANCE_MOMENTS.items():
            curve = _two_peaks(PERCENT, first * rng.normal(1, 0.08), second * rng.normal(1, 0.08), foot_off[i])
            if i % n_cycles == 1:
                curve = np.where(foot_off[i] > PERCENT, np.nan, curve)
            moment[i, :, quantities.index(name), :] = curve[:, None]
    rep = np.tile(np.arange(1, n_cycles + 1), 2)
    start = rep * 1.1 + np.where(sides == "left", 0.0, 0.55)
    on_cycle = {
        "participant": np.repeat(participant, n),
        "session": np.repeat(session, n),
        "label": np.repeat(session, n),
        "group": np.repeat("control", n),
        "trial": np.repeat(f"{task.replace('_', '-')}1", n),
        "task": np.repeat(task, n),
        "condition": np.repeat("preferred", n),
        "footwear": np.repeat(footwear, n),
        "side": sides,
        "rep": rep,
        "start": start,
        "end": start + 1.1,
        "foot_off_percent": foot_off,
    }
    for name, value in (covariates or {}).items():
        on_cycle[name] = np.repeat(value, n)
    data = {"angle": (("cycle", "percent", "quantity"), angle)}
    if kinetics:
        data["moment"] = (("cycle", "percent", "quantity", "frame"), moment)
    return xr.Dataset(
        data,
        coords={
            "percent": PERCENT,
            "quantity": quantities,
            "frame": ["jcs", "proximal", "distal", "lab"],
            **{name: ("cycle", values) for name, values in on_cycle.items()},
        },
    )


def session_metrics(cycles: xr.Dataset) -> xr.Dataset:
    """Metrics of `session_cycles`: plain peaks of the first 60 %, with a reason where the moment is missing."""
    names = list(METRICS)
    value = np.full((cycles.sizes["cycle"], len(names)), np.nan)
    for j, (quantity, unit) in enumerate(METRICS.values()):
        if unit == "degree":
            curve = cycles["angle"].sel(quantity=quantity).to_numpy()
        elif "moment" in cycles:
            curve = cycles["moment"].sel(quantity=quantity, frame="jcs").to_numpy()
        else:
            continue
        if cycles.sizes["cycle"]:
            value[:, j] = curve[:, :60].max(axis=1)
    return xr.Dataset(
        {
            "value": (("cycle", "metric"), value),
            "reason": (("cycle", "metric"), np.where(np.isnan(value), "no valid plate in stance", "")),
            "unit": ("metric", [unit for _, unit in METRICS.values()]),
        },
        coords={"metric": names, **{n: c.variable for n, c in cycles.coords.items() if c.dims == ("cycle",)}},
    )


def _harmonic(percent: np.ndarray, terms: tuple, rng: np.random.Generator) -> np.ndarray:
    phase = 2 * np.pi * (percent + rng.normal(0, 0.7)) / 100
    out = np.full(len(percent), float(terms[0]))
    for k, (cosine, sine) in enumerate(terms[1:], 1):
        out += cosine * np.cos(k * phase) + sine * np.sin(k * phase)
    return out


def _two_peaks(percent: np.ndarray, first: float, second: float, foot_off: float) -> np.ndarray:
    bump = lambda centre, width: np.exp(-(((percent - centre) / width) ** 2))  # noqa: E731
    curve = first * bump(15, 9) + second * bump(48, 8) + 0.45 * (first + second) / 2 * bump(32, 10)
    return curve * (1 / (1 + np.exp(percent - foot_off + 3)))
