"""Write the table of docs/markers.md: which faults of a marker are found, by kind, size and length.

    python docs/marker_faults.py

Faults are made in a walk and a drop jump of the example, at random markers and moments, one at a time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from biomech.c3d.recording_file import read_c3d
from biomech.config import Kinematics
from biomech.model.markersets import load_markerset
from biomech.model.outliers import body_numbers
from biomech.signals.outliers import find_outliers

PAGE = Path(__file__).with_name("markers.md")
EXAMPLE = Path(__file__).resolve().parents[1] / "data_example" / "P01" / "pre"
BEGIN, END = "<!-- fault table -->", "<!-- end of the fault table -->"
TRIALS, FRAMES, TRIES = ("walk1", "jump1"), (1, 3, 8, 25), 24
LEFT_M = 0.01  # a fault counts as found if no sample further off than this is left
DISPLACED_MM = (15, 20, 25, 30, 60, 500)
KINDS = [*(f"displaced by {mm} mm" for mm in DISPLACED_MM), "wanders 20 mm about a place 60 mm off"]
KINDS += ["repeated value", "ghost that stands in the room", "labels of two markers of a body exchanged"]

Array = NDArray[np.float64]


def made(kind: str, x: Array, k: int, other: int, start: int, frames: int, random: np.random.Generator) -> Array:
    """Return the positions with one fault."""
    y, here = x.copy(), slice(start, start + frames)
    way = random.standard_normal(3)
    way /= np.linalg.norm(way)
    if kind.startswith("displaced"):
        y[here, k] += 1e-3 * float(kind.split()[2]) * way
    elif kind.startswith("wanders"):
        y[here, k] += 0.06 * way + random.normal(0, 0.02, (frames, 3))
    elif kind.startswith("repeated"):
        y[here, k] = x[start - 1, k]
    elif kind.startswith("ghost"):
        y[here, k] = x[start, k] + 0.1 * way
    else:
        y[here, [k, other]] = y[here, [other, k]]
    return y


def table(tries: int = TRIES, seed: int = 1) -> str:
    """Make the faults and count: found of made, per kind and length, and recorded samples lost next to them."""
    config, markerset = Kinematics(), load_markerset("cast_lower_limb")
    found = np.zeros((len(KINDS), len(FRAMES)), int)
    lost = np.zeros(len(KINDS), int)
    for trial in TRIALS:
        recording = read_c3d(EXAMPLE / f"{trial}.c3d")
        keys = {label: key for key, label in markerset.resolve(recording.marker_names).items()}
        x = recording.position[:, [recording.marker_names.index(label) for label in keys]]
        bodies, seen = body_numbers(markerset, keys.values()), ~np.isnan(x[..., 0])
        for i, kind in enumerate(KINDS):
            for j, frames in enumerate(FRAMES):
                random = np.random.default_rng([seed, i, frames])
                for _ in range(tries // len(TRIALS)):
                    while True:
                        k, start = int(random.integers(x.shape[1])), int(random.integers(6, len(x) - frames - 6))
                        other = int(
                            random.choice(np.flatnonzero((bodies == bodies[k]) & (np.arange(len(bodies)) != k)))
                        )
                        if seen[start - 6 : start + frames + 6, [k, other]].all():
                            break
                    y = made(kind, x, k, other, start, frames, random)
                    out = find_outliers(
                        y, recording.rate_hz, bodies, config.outlier_step_m or 0, config.outlier_longest_s
                    )
                    left = np.linalg.norm(out.position - x, axis=-1)
                    found[i, j] += not (left > LEFT_M).any()
                    lost[i] += int((out.removed & (np.linalg.norm(y - x, axis=-1) < 1e-6)).sum())
    lines = [
        "| fault | " + " | ".join(f"{n} frame{'s' * (n > 1)}" for n in FRAMES) + " | right samples lost per fault |"
    ]
    lines.append("|---|" + "---|" * (len(FRAMES) + 1))
    for kind, row, count in zip(KINDS, found, lost, strict=True):
        cells = " | ".join(f"{100 * n / tries:.0f} %" for n in row)
        lines.append(f"| {kind} | {cells} | {count / tries / len(FRAMES):.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Put the table between its marks."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    PAGE.write_text(before + BEGIN + "\n" + table() + "\n" + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
