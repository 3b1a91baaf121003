"""Write the table of docs/joint_models.md that says which segment should carry the joint centres of moments.

    python docs/joint_centre_table.py [--participants 4]

Walking, squats and drop landings are simulated, disturbed by the default errors of a lab (soft tissue that moves with the
joint angles among them), stored as C3D and processed with the default config, once with each carrier. Seeds are this script's own:
no other published number uses them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from functools import partial
from pathlib import Path

import numpy as np
from error_table import filled

from biomech.config import parse_config
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, Trial
from biomech.kinematics.session import kinematics_session
from biomech.kinetics.session import kinetics_session
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from biomech_simulation.errors import Errors, apply, sheet_mass
from biomech_simulation.study import RECORDERS, Options, Recorded, example_participant
from biomech_simulation.walking import static

PAGE = Path(__file__).with_name("joint_models.md")
NAME = "carriers of joint centres"
SEEDS = 1418  # first part of every seed here
FIRST = 21  # first participant
SAGITTAL = {"hip": "hip_flexion", "knee": "knee_flexion", "ankle": "ankle_dorsiflexion"}
FRONTAL = {"hip": "hip_adduction", "knee": "knee_abduction", "ankle": "ankle_inversion"}
CARRIERS = {"hip": ("pelvis", "thigh", "both"), "knee": ("thigh", "shank", "both"), "ankle": ("shank", "foot", "both")}
NOTES = """\
RMS of the moment's error in stance on a plate, N·m/kg, sagittal / frontal, over both legs and {n} simulated participants
(numbers {first} to {last}, seeds from {seed}); in brackets the mean error of the largest internal extension (hip, knee) or plantarflexion
moment, % of the true one. All default errors of [simulation.md](simulation.md): misplaced landmarks, soft tissue of thigh and shank
in step with the joint angles, noise, plates.
"""


def main() -> None:
    """Simulate, process with both carriers, compare, and write the table into the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--participants", type=int, default=4)
    text = table(parser.parse_args().participants)
    print(text)
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), NAME, text), encoding="utf-8", newline="\n")


def table(participants: int) -> str:
    """Return the table as Markdown."""
    errors: dict[tuple[str, str, str], list[tuple[float, float, float]]] = defaultdict(list)
    last = FIRST + participants - 1
    for number in range(FIRST, last + 1):
        person = example_participant(number)
        recordings = [Recorded("static", "static", "both", static(person, rate_hz=100.0))]
        for task, record in RECORDERS.items():
            if task != "functional":
                recordings += record(person, Options(2, 3, 100.0, 1000.0), partial(_seed, number))
        with tempfile.TemporaryDirectory() as folder:
            for key, value in compared(recordings, number, Path(folder)):
                errors[key].append(value)
    tasks = list(dict.fromkeys(task for task, _, _ in errors))
    lines = [NOTES.format(n=participants, first=FIRST, last=last, seed=SEEDS)]
    lines += ["| joint | carried by | " + " | ".join(tasks) + " |", "|---" * (len(tasks) + 2) + "|"]
    for joint, carriers in CARRIERS.items():
        for carrier in carriers:
            cells = []
            for task in tasks:
                squares = np.array(errors[task, joint, carrier])
                sagittal, frontal = np.sqrt(squares[:, :2].mean(axis=0))
                cells.append(f"{sagittal:.3f} / {frontal:.3f} ({squares[:, 2].mean():+.0f} %)")
            lines.append(f"| {joint} | {carrier} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def compared(recordings: list[Recorded], number: int, folder: Path):  # type: ignore[no-untyped-def]
    """Yield (task, joint, carrier) with mean squared errors and the error of the peak, of every trial and side."""
    person, errors = recordings[0].motion.participant, Errors()
    for order, recorded in enumerate(recordings):
        apply(recorded.motion, errors, _seed(number, 99), _seed(number, 100 + order)).write(
            folder / f"{recorded.trial}.c3d"
        )
    trials = tuple(
        Trial(
            trial=r.trial,
            file=f"{r.trial}.c3d",
            role="static" if r.task == "static" else "dynamic",
            task=r.task,
            side=r.side,
        )
        for r in recordings
    )
    session = Session(
        participant=person.name,
        session="1",
        sex=person.sex,
        mass_kg=sheet_mass(person.mass_kg, errors, _seed(number, 99)),
        height_m=person.height_m,
        trials=trials,
    )
    config, quality = parse_config({}), Quality(person.name, "1", "joint_centre_table")
    markerset = load_markerset(config.markerset)
    raw = ingest_session(session, folder, config, quality, on_error="stop")
    model = model_session(raw, session, markerset, config, quality, on_error="stop")
    kinematics = kinematics_session(raw, model, session, markerset, config, quality, on_error="stop")
    for k in range(3):
        chosen = parse_config({"kinetics": {f"{joint}_centre": names[k] for joint, names in CARRIERS.items()}})
        kinetics = kinetics_session(raw, model, kinematics, session, chosen, quality, on_error="stop")
        for recorded in recordings:
            truth = recorded.motion.truth
            if recorded.task == "static" or "moment" not in truth or recorded.trial not in kinetics:
                continue
            found = kinetics[recorded.trial]
            for side in ("left", "right") if recorded.side == "both" else (recorded.side,):
                on = (found["contact"].sel(side=side) == 1).values & (truth["contact"].sel(side=side) == 1).values
                for joint, carriers in CARRIERS.items():
                    ours, true = (
                        np.stack(
                            [
                                data["moment"].sel(side=side, quantity=names[joint], frame="jcs").values[on]
                                for names in (SAGITTAL, FRONTAL)
                            ]
                        )
                        for data in (found, truth)
                    )
                    known = np.isfinite(ours).all(axis=0)
                    if known.sum() < 10:
                        continue
                    mean = ((ours - true)[:, known] ** 2).mean(axis=1)
                    # extension and plantarflexion are the negative direction of these quantities
                    peaks = [one[0, known].min() for one in (ours, true)]
                    yield (
                        (recorded.task, joint, carriers[k]),
                        (float(mean[0]), float(mean[1]), 100 * (peaks[0] / peaks[1] - 1)),
                    )


def _seed(*parts: int) -> int:
    return int(np.random.SeedSequence([SEEDS, *parts]).generate_state(1)[0])


if __name__ == "__main__":
    main()
