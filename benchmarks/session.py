"""A synthetic session of any size to measure on: walking of 10 s, 200 Hz, two plates at 1000 Hz."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from biomech.io.csv_parquet import write_tsv
from biomech.scaffold import add_config
from biomech_simulation.errors import Errors, apply
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static, usual_gait, walk

RATE_HZ, ANALOG_RATE_HZ = 200.0, 1000.0
ERRORS = Errors.instruments()
STRIDES = 10  # of about a second
DIFFERENT = 6  # simulated walks; the others repeat their movement with noise and gaps of their own


def write_session(folder: Path, trials: int, strides: int = STRIDES) -> list[Path]:
    """Write a study folder with one session of `trials` recordings, one of them standing; return the C3D files."""
    person = example_participant(1)
    gait = usual_gait(person)
    walks = [
        walk(
            person,
            strides=strides,
            rate_hz=RATE_HZ,
            analog_rate_hz=ANALOG_RATE_HZ,
            gait=gait,
            seed=None if k == 0 else k,
        )
        for k in range(min(DIFFERENT, trials - 1))
    ]
    rows, files = [], []
    for number in range(trials):
        name = f"walk{number:02d}" if number else "static"
        motion = walks[(number - 1) % len(walks)] if number else static(person, rate_hz=RATE_HZ)
        path = folder / "data" / f"{name}.c3d"
        path.parent.mkdir(parents=True, exist_ok=True)
        apply(motion, ERRORS, 0, number).write(path)
        files.append(path)
        role, task = ("dynamic", "walking") if number else ("static", "static")
        rows.append({"participant": person.name, "trial": name, "file": path.name, "role": role, "task": task})
    participant = {
        "participant": person.name,
        "sex": person.sex,
        "mass_kg": person.mass_kg,
        "height_m": person.height_m,
    }
    write_tsv(pd.DataFrame(rows), folder / "config" / "trials.tsv")
    write_tsv(pd.DataFrame([participant]), folder / "config" / "participants.tsv")
    add_config(folder)
    return files
