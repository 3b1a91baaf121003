"""Write a whole synthetic study: C3D files, truth next to them, and the sheets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from biomech.errors import BiomechError
from biomech.io.csv_parquet import write_tsv
from biomech.schema import SIDES
from biomech_simulation.emg import gluteus_medius
from biomech_simulation.errors import Errors, apply, sheet_mass
from biomech_simulation.functional import knee_bends, star_arc
from biomech_simulation.jump import drop_jump
from biomech_simulation.motion import Motion
from biomech_simulation.participant import Participant, Pattern, Posture
from biomech_simulation.shorter import landings_only, on_one_plate
from biomech_simulation.squat import squat
from biomech_simulation.walking import static, usual_gait, walk

# size of the valgus pattern that training takes away, by session label; other labels keep all of it
_REMAINING = {"post": 0.45}
_JUMP_DRAWS = 3


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


def with_less(participant: Participant, part: float) -> Participant:
    """Return the participant with a part of the pattern of hip, knee and trunk; the foot's eversion stays."""
    kept = ("hip_adduction_deg", "hip_internal_rotation_deg", "knee_abduction_deg", "trunk_lean_deg")
    patterns = {
        side: replace(pattern, **{name: part * getattr(pattern, name) for name in kept})
        for side, pattern in participant.patterns.items()
    }
    return replace(participant, patterns=patterns)


def _bent(participant: Participant, share: float) -> Participant:
    """Return the participant as in squats and jumps, with a share of the pattern: a bent knee shows more of the same."""
    patterns = {}
    for side, pattern in participant.patterns.items():
        sizes = {f.name: getattr(pattern, f.name) for f in fields(pattern) if f.name.endswith("_deg")}
        less = {name: share * size for name, size in sizes.items() if size is not None}
        patterns[side] = replace(pattern, **less)
    return replace(participant, patterns=patterns)


@dataclass(frozen=True)
class Options:
    """What recorders need to know.

    Parameters
    ----------
    trials, strides : int
        Walking trials, and drop jumps where `jumps` says nothing; length of a walk.
    rate_hz, analog_rate_hz : float
    repetitions : int
        Of each squatting trial.
    repetition_s, rest_s : float
        How long one takes, and the rest before the next.
    bent_share : float
        Part of the pattern that is put into squats and jumps, where a bent knee shows more of it.
    jumps : int, optional
    later_trials : int, optional
        Walking trials of all sessions but the first, where they are fewer.
    short_jumps : bool
        Store what lies around the landings only.
    """

    trials: int
    strides: int
    rate_hz: float
    analog_rate_hz: float
    repetitions: int = 5
    repetition_s: float = 2.3
    rest_s: float = 0.8
    bent_share: float = 0.65
    jumps: int | None = None
    later_trials: int | None = None
    short_jumps: bool = False


@dataclass(frozen=True)
class Recorded:
    """One trial of a session; `side` is the leg of a single-leg task, else ``both``."""

    trial: str
    task: str
    side: str
    motion: Motion
    condition: str = ""


@dataclass(frozen=True)
class Enrolled:
    """Somebody who takes part in a study.

    Parameters
    ----------
    participant : Participant
        As at the first visit.
    group : str
    age_years : int
    remaining : mapping
        Session -> part of the pattern that is left in it (`with_less`); 1 where it is not named.
    cue : float, optional
        Part of the pattern that is left under a cue; the right leg then squats once more with it in the first session.
    sheet : mapping
        Further columns of participants.tsv.
    only : mapping
        Task -> the sessions that have it; tasks that are not named are in all.
    """

    participant: Participant
    group: str
    age_years: int
    remaining: Mapping[str, float]
    cue: float | None = None
    sheet: Mapping[str, float | str] = field(default_factory=dict)
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)


Seeds = Callable[[int], int]  # from a number of one's choice to a seed of this session


def _walks(participant: Participant, options: Options, seeds: Seeds) -> list[Recorded]:
    gait = usual_gait(participant)
    return [
        Recorded(
            f"walk{trial + 1}",
            "walking",
            "both",
            walk(
                participant,
                strides=options.strides,
                rate_hz=options.rate_hz,
                analog_rate_hz=options.analog_rate_hz,
                heading_deg=180.0 * (trial % 2),
                gait=gait,
                seed=seeds(trial),
            ),
        )
        for trial in range(options.trials)
    ]


def _functional(participant: Participant, options: Options, seeds: Seeds) -> list[Recorded]:
    return [
        Recorded(f"{name}-{side}", "functional", side, make(participant, side, rate_hz=options.rate_hz))
        for name, make in (("hip", star_arc), ("knee", knee_bends))
        for side in SIDES
    ]


def _squats(
    task: Literal["single_leg_squat", "double_leg_squat"], participant: Participant, options: Options, seeds: Seeds
) -> list[Recorded]:
    """One trial of several repetitions, for each leg if it is a single-leg task (with EMG)."""
    out = []
    single = task == "single_leg_squat"
    legs: tuple[Literal["left", "right"], ...] = ("left", "right") if single else ("right",)
    for number, side in enumerate(legs):
        seed = seeds(40 + 2 * number + 10 * single)
        motion = squat(
            _bent(participant, options.bent_share),
            task,
            side,
            repetitions=options.repetitions,
            repetition_s=options.repetition_s,
            rest_s=options.rest_s,
            rate_hz=options.rate_hz,
            analog_rate_hz=options.analog_rate_hz,
            seed=seed,
        )
        if single:
            motion = gluteus_medius(on_one_plate(motion), seed)
        out.append(Recorded(f"squat-{side}" if single else "squat-both", task, side if single else "both", motion))
    return out


def _drop_jumps(participant: Participant, options: Options, seeds: Seeds) -> list[Recorded]:
    out = []
    for trial in range(options.trials if options.jumps is None else options.jumps):
        for attempt in range(_JUMP_DRAWS):
            seed = seeds(60 + trial + 100 * attempt)
            try:
                motion = drop_jump(
                    _bent(participant, options.bent_share),
                    rate_hz=options.rate_hz,
                    analog_rate_hz=options.analog_rate_hz,
                    seed=seed,
                )
                break
            except BiomechError:  # this variation of the jump cannot be balanced: draw another
                if attempt == _JUMP_DRAWS - 1:
                    raise
        motion = landings_only(motion) if options.short_jumps else motion
        out.append(Recorded(f"jump{trial + 1}", "drop_vertical_jump", "both", gluteus_medius(motion, seed)))
    return out


RECORDERS: dict[str, Callable[[Participant, Options, Seeds], list[Recorded]]] = {
    "functional": _functional,
    "walking": _walks,
    "single_leg_squat": partial(_squats, "single_leg_squat"),
    "double_leg_squat": partial(_squats, "double_leg_squat"),
    "drop_vertical_jump": _drop_jumps,
}


def write_study(
    folder: Path | str,
    participants: int = 2,
    sessions: Sequence[str] = ("pre", "post"),
    *,
    trials: int = 3,
    strides: int = 3,
    repetitions: int = 5,
    rate_hz: float = 100.0,
    analog_rate_hz: float = 1000.0,
    tasks: Sequence[str] = ("walking",),
    only: Mapping[str, Sequence[str]] | None = None,
    errors: Errors | None = None,
    seed: int = 0,
    data: str = "data",
    config: str = "config",
) -> list[Path]:
    """Write a study folder that the pipeline can run on: one standing trial and some of each task per session.

    Every second walking trial goes back along the walkway. Truth lies next to each C3D file as ``.truth.nc``.

    Parameters
    ----------
    folder : Path
        Study folder.
    participants : int
        How many; see `example_participant`.
    sessions : sequence of str
        Labels; ``post`` shows the effect of training.
    trials, strides : int
        Walking trials and drop jumps per session; length of a walk.
    repetitions : int
        Of each squatting trial.
    tasks : sequence of str
        Among `RECORDERS`.
    only : mapping, optional
        Task -> the sessions that have it; tasks that are not named are in all.
    errors : Errors, optional
        Errors of measurement; left out: those of cameras and plates (`Errors.instruments`).
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
    unknown = [task for task in (*tasks, *(only or {})) if task not in RECORDERS]
    if unknown:
        raise BiomechError(f"simulate: expected tasks among {', '.join(RECORDERS)}, found {', '.join(unknown)}")
    options = Options(trials, strides, rate_hz, analog_rate_hz, repetitions)
    people = []
    for number in range(1, participants + 1):
        group = "valgus" if number % 2 else "control"
        people.append(Enrolled(example_participant(number, seed), group, 21 + number, _REMAINING, only=only or {}))
    return write_people(folder, people, sessions, tasks, options, errors=errors, seed=seed, data=data, config=config)


def write_people(
    folder: Path | str,
    people: Sequence[Enrolled],
    sessions: Sequence[str],
    tasks: Sequence[str],
    options: Options,
    *,
    errors: Errors | None = None,
    seed: int = 0,
    data: str = "data",
    config: str = "config",
) -> list[Path]:
    """Write the recordings and sheets of chosen people; see `write_study`."""
    errors = Errors.instruments() if errors is None else errors
    root = Path(folder)
    written: list[Path] = []
    rows: dict[str, list[dict[str, Any]]] = {"participants": [], "sessions": [], "trials": []}
    for number, enrolled in enumerate(people, start=1):
        person = enrolled.participant
        rows["participants"].append(
            {
                "participant": person.name,
                "sex": person.sex,
                "mass_kg": person.mass_kg,
                "height_m": person.height_m,
                "group": enrolled.group,
                "dominant_side": "right",
                "age_years": enrolled.age_years,
                **enrolled.sheet,
            }
        )
        for place, session in enumerate(sessions):
            drawn = _seed(seed, number, place, 99)
            row: dict[str, Any] = {"participant": person.name, "session": session, "label": session}
            if errors.mass_kg:
                row["mass_kg"] = sheet_mass(person.mass_kg, errors, drawn)
            rows["sessions"].append(row)
            recordings = _recordings(enrolled, session, place == 0, tasks, options, partial(_seed, seed, number, place))
            for order, recorded in enumerate(recordings):
                path = Path(person.name) / session / f"{recorded.trial}.c3d"
                motion = apply(recorded.motion, errors, drawn, _seed(seed, number, place, 100 + order))
                target = root / data / path
                motion.write(target, target.with_suffix(".truth.nc"), compact=True)
                written.append(target)
                role = recorded.task if recorded.task in ("static", "functional") else "dynamic"
                trial = {
                    "participant": person.name,
                    "session": session,
                    "trial": recorded.trial,
                    "file": path.as_posix(),
                    "role": role,
                    "task": recorded.task,
                    "side": "" if recorded.side == "both" else recorded.side,
                    "footwear": "barefoot",
                }
                if any(one.cue is not None for one in people):
                    trial["condition"] = recorded.condition
                rows["trials"].append(trial)
    for name, lines in rows.items():
        write_tsv(pd.DataFrame(lines), root / config / f"{name}.tsv")
    return written


def _recordings(
    enrolled: Enrolled, session: str, first: bool, tasks: Sequence[str], options: Options, seeds: Seeds
) -> list[Recorded]:
    """Standing trial and every task of a session."""
    own = with_less(enrolled.participant, enrolled.remaining.get(session, 1.0))
    if not first and options.later_trials is not None:
        options = replace(options, trials=options.later_trials)
    out = [Recorded("static", "static", "both", static(own, rate_hz=options.rate_hz))]
    for task in tasks:
        if session in enrolled.only.get(task, (session,)):
            out += RECORDERS[task](own, options, seeds)
    if enrolled.cue is not None and first:
        cued = with_less(own, enrolled.cue)
        again = RECORDERS["single_leg_squat"](cued, options, lambda number: seeds(number + 500))
        out += [
            replace(one, trial=f"{one.trial}-cue", condition="knee-out-cue") for one in again if one.side == "right"
        ]
    return out


def _seed(*parts: int) -> int:
    return int(np.random.SeedSequence(list(parts)).generate_state(1)[0])
