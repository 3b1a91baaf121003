"""Write the tables of docs/simulation.md: default errors, and how far the pipeline is from the truth with them.

    python docs/error_table.py [--participants 4]

Every task that `biomech simulate` knows is simulated, disturbed, stored as C3D and processed with the default config.
Each participant is one session with landmarks, skin and plates of its own.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from dataclasses import fields
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr

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

PAGE = Path(__file__).with_name("simulation.md")
DEFAULTS, RESULTS = "default errors", "errors of results"
LEVELS = {"cameras and plates": Errors.instruments(), "all": Errors()}
# what is published of errors of the same kind; None where we know of no number
ANGLES = {
    "pelvis_anterior_tilt": None,
    "contralateral_pelvic_drop": "lowest of all between sessions [1]",
    "pelvis_internal_rotation": "lowest of all between sessions [1]",
    "trunk_flexion": None,
    "trunk_ipsilateral_lean": None,
    "hip_flexion": "2–5 between sessions [1]",
    "hip_adduction": "2–5 between sessions, low among them [1]",
    "hip_internal_rotation": "above 5 between sessions, worst of all [1]",
    "knee_flexion": "2–5 between sessions [1]; skin up to 4.4 in walking, 13.1 in cutting [2]",
    "knee_abduction": "skin up to 4.4 in walking, 13.1 in cutting [2]",
    "knee_internal_rotation": "above 5 between sessions, worst of all [1]; skin up to 4.4 and 13.1 [2]",
    "ankle_dorsiflexion": "2–5 between sessions [1]",
    "ankle_inversion": "2–5 between sessions [1]",
    "ankle_internal_rotation": "2–5 between sessions [1]",
    "rearfoot_eversion": None,
    "forefoot_supination": None,
    "foot_progression_in": "2–5 between sessions [1]",
    "fppa": "2.7–3.0 standard error between days [3]",
}
MOMENTS = (
    "hip_flexion", "hip_adduction", "hip_internal_rotation", "knee_flexion", "knee_abduction", "knee_internal_rotation",
    "ankle_dorsiflexion", "ankle_inversion", "ankle_internal_rotation",
)  # fmt: skip
NOTES = """\
RMS over all frames, sides, trials and {n} participants (one session each); in brackets what remains when the mean difference of
each trial and side is taken away. Moments in stance on a plate, about the axes of the joint coordinate system. Shown are the
errors of cameras and plates alone, and all default errors.

[1] McGinley et al. 2009, Gait Posture 29:360: most errors between sessions are below 5° but for hip and knee rotation; up to 2°
acceptable, 2–5° reasonable. [2] Benoit et al. 2006, Gait Posture 24:152: mean rotation error of skin markers against bone
pins, any axis. [3] Munro et al. 2012, J Sport Rehabil 21:7, drop jumps and single-leg squats
on video; smallest detectable difference 7.5–8.9°. Hip centres include misplaced landmarks, not the error of the regression:
the synthetic hips obey it. In single-leg tasks only the working leg counts.
"""


def main() -> None:
    """Simulate, process, compare, and write the table into the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--participants", type=int, default=4)
    options = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    for name, text in ((DEFAULTS, defaults()), (RESULTS, table(options.participants))):
        page = filled(page, name, text)
        print(text)
    PAGE.write_text(page, encoding="utf-8", newline="\n")


def filled(page: str, name: str, text: str) -> str:
    """Return the page with the text between the comments ``<!-- name: begin -->`` and ``<!-- name: end -->``."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = page.split(begin)
    return f"{before}{begin}\n\n{text.strip()}\n\n{rest[rest.index(end) :]}"


def defaults() -> str:
    """Return the table of all options of `Errors` as Markdown."""
    small = Errors.instruments()
    lines = ["| option | default | `instruments` | meaning | source |", "|---|---|---|---|---|"]
    for option in fields(Errors):
        cells = [f"`{option.name}`", *(str(getattr(errors, option.name)) for errors in (Errors(), small))]
        lines.append("| " + " | ".join([*cells, option.metadata["meaning"], option.metadata["source"]]) + " |")
    return "\n".join(lines)


def table(participants: int) -> str:
    """Return the table as Markdown."""
    squares: dict[tuple[str, str, str, str], list[tuple[float, float]]] = defaultdict(list)
    for number in range(1, participants + 1):
        person = example_participant(number)
        recordings = [Recorded("static", "static", "both", static(person, rate_hz=100.0))]
        seeds = partial(_seed, number)
        for record in (RECORDERS[task] for task in RECORDERS if task != "functional"):  # has no angles in the results
            recordings += record(person, Options(2, 3, 100.0, 1000.0), seeds)
        for level, errors in LEVELS.items():
            with tempfile.TemporaryDirectory() as folder:
                for key, value in compared(recordings, errors, number, Path(folder)):
                    squares[(*key, level)].append(value)
    tasks = list(dict.fromkeys(task for _, task, _, _ in squares))
    lines = [NOTES.format(n=participants)]
    for kind, names, unit, digits in (
        ("angle", ANGLES, "degree", 1),
        ("joint_centre", ("hip", "knee", "ankle"), "mm", 1),
        ("moment", MOMENTS, "N·m/kg", 3),
    ):
        here = [task for task in tasks if any(k[0] == kind and k[1] == task for k in squares)]
        head = [f"{kind.replace('_', ' ')}, {unit}", *(f"{task}: {level}" for task in here for level in LEVELS)]
        head += ["published"] if kind == "angle" else []
        lines += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        for name in names:
            cells = [f"`{name}`"]
            for task in here:
                for level in LEVELS:
                    both = np.array(squares.get((kind, task, name, level), [(np.nan, np.nan)]))
                    rms, shape = np.sqrt(both.mean(axis=0))
                    cells.append(f"{rms:.{digits}f} ({shape:.{digits}f})" if np.isfinite(rms) else "")
            if kind == "angle":
                cells.append(ANGLES[name] or "")
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def compared(recordings: list[Recorded], errors: Errors, number: int, folder: Path):  # type: ignore[no-untyped-def]
    """Yield (kind, task, name) and the mean squared error, whole and without the mean, of every trial and side."""
    person = recordings[0].motion.participant
    for order, recorded in enumerate(recordings):
        apply(recorded.motion, errors, _seed(number, 99), _seed(number, 100 + order)).write(
            folder / f"{recorded.trial}.c3d"
        )
    session = Session(
        participant=person.name,
        session="1",
        sex=person.sex,
        mass_kg=sheet_mass(person.mass_kg, errors, _seed(number, 99)),
        height_m=person.height_m,
        trials=tuple(
            Trial(
                trial=r.trial,
                file=f"{r.trial}.c3d",
                role=r.task if r.task in ("static", "functional") else "dynamic",
                task=r.task,
                side=r.side,
            )
            for r in recordings
        ),
    )
    config, quality = parse_config({}), Quality(person.name, "1", "error_table")
    markerset = load_markerset(config.markerset)
    raw = ingest_session(session, folder, config, quality, on_error="stop")
    model = model_session(raw, session, markerset, config, quality, on_error="stop")
    kinematics = kinematics_session(raw, model, session, markerset, config, quality, on_error="stop")
    kinetics = kinetics_session(raw, model, kinematics, session, config, quality, on_error="stop")
    for recorded in recordings:
        if recorded.task == "static":
            continue
        truth = recorded.motion.truth
        motion = kinematics[recorded.trial]
        for side in ("left", "right") if recorded.side == "both" else (recorded.side,):
            at = {"side": side}
            for name in ANGLES:
                error = _difference(
                    motion["angle"].sel(at | {"quantity": name}), truth["angle"].sel(at | {"quantity": name})
                )
                yield ("angle", recorded.task, name), _squares((error + 180.0) % 360.0 - 180.0)
            for joint in ("hip", "knee", "ankle"):
                error = _difference(
                    motion["joint_centre"].sel(at | {"joint": joint}), truth["joint_centre"].sel(at | {"joint": joint})
                )
                yield ("joint_centre", recorded.task, joint), tuple(3e6 * x for x in _squares(error))
            if "moment" not in truth or recorded.trial not in kinetics:
                continue
            forces = kinetics[recorded.trial]
            stance = (forces["contact"].sel(at) == 1).values & (truth["contact"].sel(at) == 1).values
            for name in MOMENTS:
                axis = at | {"quantity": name, "frame": "jcs"}
                error = _difference(forces["moment"].sel(axis), truth["moment"].sel(axis))[stance]
                if np.isfinite(error).any():
                    yield ("moment", recorded.task, name), _squares(error)


def _difference(ours: xr.DataArray, theirs: xr.DataArray) -> np.ndarray:
    return np.asarray(ours.values - theirs.values)


def _squares(error: np.ndarray) -> tuple[float, float]:
    return float(np.nanmean(error**2)), float(np.nanmean((error - np.nanmean(error, axis=0)) ** 2))


def _seed(*parts: int) -> int:
    return int(np.random.SeedSequence([7, *parts]).generate_state(1)[0])


if __name__ == "__main__":
    main()
