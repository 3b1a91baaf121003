"""Write a whole synthetic study: C3D files, truth beside them, and the sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from biomech.errors import BiomechError
from biomech.io.table_files import write_tsv
from biomech.simulate.participant import Participant, Pattern, Posture
from biomech.simulate.walking import static, usual_gait, walk

# size of the valgus pattern that training takes away, by session label; other labels keep all of it
_REMAINING = {"post": 0.45}


def example_participant(number: int, seed: int = 0) -> Participant:
    """Return one of an endless row of participants: women and men in turn, the odd ones with a valgus pattern.

    Parameters
    ----------
    number : int
        From 1.
    """
    random = np.random.default_rng([seed, number])
    sex: Literal["female", "male"] = "female" if number % 2 else "male"
    height = round(float((1.67 if sex == "female" else 1.79) + 0.035 * random.uniform(-1, 1)), 2)
    mass = round(float(22.5 * height**2 * (1 + 0.06 * random.uniform(-1, 1))), 1)
    torsion = round(16.0 + 4.0 * random.uniform(-1, 1), 1)
    if number % 2:
        size = 1 + 0.15 * random.uniform(-1, 1)
        right = Pattern(5.0 * size, 6.0 * size, 6.0 * size, 4.0 * size, 2.0 * size)
        left = Pattern(2.0 * size, 2.0 * size, 2.5 * size, 2.5 * size, 0.0)
    else:
        right, left = Pattern(0.5, 0.5, 0.5, 2.0, 0.0), Pattern(0.0, 0.0, 0.5, 2.0, 0.0)
    posture = Posture(pelvis_anterior_tilt=11.0 + 1.5 * random.uniform(-1, 1), rearfoot_eversion=2.0)
    return Participant(
        f"P{number:02d}",
        sex,
        height,
        mass,
        tibial_torsion_deg=torsion,
        patterns={"right": right, "left": left},
        posture=posture,
    )


def in_session(participant: Participant, session: str) -> Participant:
    """Return the participant as of a session: after training (``post``) less than half of the pattern is left."""
    part = _REMAINING.get(session, 1.0)
    kept = ("hip_adduction_deg", "hip_internal_rotation_deg", "knee_abduction_deg", "trunk_lean_deg")
    patterns = {
        side: replace(pattern, **{name: part * getattr(pattern, name) for name in kept})
        for side, pattern in participant.patterns.items()
    }
    return replace(participant, patterns=patterns)


def write_study(
    folder: Path | str,
    participants: int = 2,
    sessions: Sequence[str] = ("pre", "post"),
    *,
    trials: int = 3,
    strides: int = 3,
    rate_hz: float = 100.0,
    analog_rate_hz: float = 1000.0,
    noise_m: float = 0.0003,
    gaps: int = 4,
    force_noise_n: float = 0.3,
    seed: int = 0,
    data: str = "data",
    config: str = "config",
) -> list[Path]:
    """Write a study folder that the pipeline can run on: one standing and some walking trials per session.

    Every second walking trial goes back along the walkway. Truth lies beside each C3D file as ``.truth.nc``.

    Parameters
    ----------
    folder : Path
        Study folder.
    participants : int
        How many; see `example_participant`.
    sessions : sequence of str
        Labels; ``post`` shows the effect of training.
    trials, strides : int
        Walking trials per session, and their length.
    noise_m, gaps, force_noise_n
        Errors of measurement, see `Motion.disturbed`; 0 switches them off.
    seed : int
        Same seed, same bytes.
    data, config : str
        Folders of the recordings and of the sheets within `folder`.

    Returns
    -------
    list of Path
        The C3D files.
    """
    if participants < 1 or not sessions:
        raise BiomechError(
            f"simulate: expected at least one participant and session, found {participants} and {sessions}"
        )
    root = Path(folder)
    written: list[Path] = []
    rows: dict[str, list[dict[str, Any]]] = {"participants": [], "sessions": [], "trials": []}
    for number in range(1, participants + 1):
        person = example_participant(number, seed)
        rows["participants"].append(
            {
                "participant": person.name,
                "sex": person.sex,
                "mass_kg": person.mass_kg,
                "height_m": person.height_m,
                "group": "valgus" if number % 2 else "control",
                "dominant_side": "right",
            }
        )
        for place, session in enumerate(sessions):
            rows["sessions"].append({"participant": person.name, "session": session, "label": session})
            own = in_session(person, session)
            motions = {"static": static(own, rate_hz=rate_hz)}
            gait = usual_gait(own)
            for trial in range(trials):
                motions[f"walk{trial + 1}"] = walk(
                    own,
                    strides=strides,
                    rate_hz=rate_hz,
                    analog_rate_hz=analog_rate_hz,
                    heading_deg=180.0 * (trial % 2),
                    gait=gait,
                    seed=_seed(seed, number, place, trial),
                )
            for order, (trial_name, motion) in enumerate(motions.items()):
                path = Path(person.name) / session / f"{trial_name}.c3d"
                moving = trial_name != "static"
                recorded = motion.disturbed(
                    _seed(seed, number, place, 100 + order), noise_m, gaps if moving else 0, force_noise_n
                )
                target = root / data / path
                recorded.write(target, target.with_suffix(".truth.nc"), compact=True)
                written.append(target)
                rows["trials"].append(
                    {
                        "participant": person.name,
                        "session": session,
                        "trial": trial_name,
                        "file": path.as_posix(),
                        "role": "dynamic" if moving else "static",
                        "task": "walking" if moving else "static",
                        "footwear": "barefoot",
                    }
                )
    for name, lines in rows.items():
        write_tsv(pd.DataFrame(lines), root / config / f"{name}.tsv")
    return written


def _seed(*parts: int) -> int:
    return int(np.random.SeedSequence(list(parts)).generate_state(1)[0])
