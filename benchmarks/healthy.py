"""False verdicts (timing of hip and foot, cause) on simulated healthy legs.

``python -m benchmarks.healthy [legs] [seed]``; `docs/findings_tables.py` puts the table into `docs/findings.md`.

Curves and metrics, not markers: 1,000 sessions through C3D files take an hour. What skin and misplaced markers do to the order is put into
the curves (`biomech_simulation.coupling`) with the size that it has through C3D files (`benchmarks/sequence.py`).
"""

from __future__ import annotations

import sys

import numpy as np
import xarray as xr

from benchmarks.sequence import judged
from biomech.config import Config
from biomech.findings.cause import cause
from biomech.findings.inputs import FindingInputs
from biomech.io.sheets import Session
from biomech.quality import Quality
from biomech.schema import SIDES
from biomech_simulation.coupling import coupled_squats

TASK = "single_leg_squat"
REPETITIONS = 5
LEAD_MS = 15.0  # healthy legs have hip and foot within this
# with these the leads of 200 sessions are off by 28 ms (standard deviation) as through C3D files
SKIN_DEG, WOBBLE_DEG = 0.8, 1.0
# mean and standard deviation over healthy adults, degrees: hip adduction and knee abduction Nakagawa et al. 2012 (J Orthop Sports
# Phys Ther 42:491); the others chosen
PEAKS = {"hip_adduction": (10.8, 5.6), "knee_abduction": (5.8, 3.4), "fppa": (6.0, 5.0), "hip_internal_rotation": (0.0, 5.0)}  # fmt: skip
STANDING = {"hip_adduction": (2.0, 2.0), "knee_abduction": (0.0, 2.5), "fppa": (0.0, 2.5), "hip_internal_rotation": (0.0, 5.0)}  # fmt: skip
LEG_SD, SESSION_SD, REPETITION_SD = (
    2.0,
    2.0,
    1.5,
)  # of one leg against the other, of a session, of a repetition; chosen, degrees
EXAMINATION = {"craig_test_deg": (11.5, 2.5, 3.0), "hip_internal_rotation_range_deg": (42.0, 7.0, 3.0), "hip_external_rotation_range_deg": (43.0, 7.0, 3.0), "thigh_foot_angle_deg": (10.0, 8.0, 3.0)}  # fmt: skip
CAUSES = ("structural", "functional", "mixed")


def healthy(seed: int) -> FindingInputs:
    """Both legs of one healthy adult, five single-leg squats each, with static trial and examination."""
    random = np.random.default_rng([seed, 31])
    names = list(PEAKS)
    person = np.array([random.normal(*PEAKS[name]) for name in names])
    still = np.array([random.normal(*STANDING[name]) for name in names])
    legs = np.stack([person + random.normal(0, np.hypot(LEG_SD, SESSION_SD), len(names)) for _ in SIDES])
    standing = np.stack([still + random.normal(0, LEG_SD, len(names)) for _ in SIDES])
    sides = np.repeat(SIDES, REPETITIONS)
    n = len(sides)
    values = np.repeat(legs, REPETITIONS, axis=0) + random.normal(0, REPETITION_SD, (n, len(names)))
    text = {"task": TASK, "condition": "", "footwear": "barefoot", "sex": "female"}
    metrics = xr.Dataset(
        {"value": (("cycle", "metric"), values)},
        coords={
            "metric": [f"{name}__peak__cycle" for name in names],
            "start": ("cycle", 3.0 * np.arange(n)),
            "side": ("cycle", sides),
            "trial": ("cycle", [f"{side}_1" for side in sides]),
            "age_years": ("cycle", np.full(n, 25.0)),
            **{name: ("cycle", [word] * n) for name, word in text.items()},
        },
    )
    static = xr.Dataset(
        {"angle": (("time", "side", "quantity"), standing[None])},
        coords={"time": [0.0], "side": list(SIDES), "quantity": names},
        attrs={"role": "static", "footwear": "barefoot"},
    )
    bones = {
        f"{side}_{name}": float(random.normal(mean, np.hypot(sd, error)))
        for name, (mean, sd, error) in EXAMINATION.items()
        for side in SIDES
    }
    session = Session(participant="P1", session="1", sex="female", trials=(), clinical=bones)
    empty, still_tree = {}, {"static": static}
    return FindingInputs(
        session, Config(), Quality("P1", "1", "findings"), metrics, metrics, empty, still_tree, empty, {"1": metrics}
    )


def false_causes(legs: int, seed: int) -> list[str]:
    """Verdicts of structure and function on healthy legs, two a person."""
    return [
        str(found.evidence["verdict"])
        for number in range(legs // 2)
        for found in cause(healthy(100_000 * seed + number))
    ]


def false_orders(legs: int, seed: int) -> list[str]:
    """Orders of hip and foot named on legs whose hip and foot go together within `LEAD_MS`."""
    out = []
    for number in range(legs):
        lead = float(np.random.default_rng([seed, number, 32]).uniform(-LEAD_MS, LEAD_MS))
        cycles = coupled_squats(
            lead / 1000, 100_000 * seed + number, REPETITIONS, skin_deg=SKIN_DEG, wobble_deg=WOBBLE_DEG
        )
        out.append(judged(cycles)[3])
    return out


def table(legs: int, seed: int) -> str:
    """Return the table in Markdown."""
    orders, causes = false_orders(legs, seed), false_causes(legs, seed)
    wrong = sum(name in ("top_down", "bottom_up") for name in orders), sum(name in CAUSES for name in causes)
    lines = ["| verdict | legs | false | share | all verdicts |", "|---|---|---|---|---|"]
    for title, names, bad in (("order", orders, wrong[0]), ("cause", causes, wrong[1])):
        counts = ", ".join(f"{name} {names.count(name)}" for name in sorted(set(names)))
        lines.append(f"| {title} | {len(names)} | {bad} | {100 * bad / len(names):.1f} % | {counts} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, int(sys.argv[2]) if len(sys.argv) > 2 else 1))
