"""How often `biomech check` names a fault that was planted in a simulated session, and how often it finds one where none is.

    python -m validation.planted_faults OUT.tsv [SESSIONS]

Every session is another person with the default errors of a careful lab (skin, landmarks, cameras, plates, mass in the sheet), who stands
and walks over two plates, through C3D files. Of each fault as many sessions are made, and as many without one. The seed belongs to this
script; no limit of a check was chosen with these people in view.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from biomech.config import Config
from biomech.io.sheets import Session, Study, Trial
from biomech.model.markersets import load_markerset
from biomech.schema import SIDES
from biomech.study_check.recordings import check_session
from biomech_simulation import errors as lab_errors
from biomech_simulation import plate_errors, soft_tissue
from biomech_simulation.errors import Errors
from biomech_simulation.motion import Motion
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static, usual_gait, walk

SEED = 170_001
Random = np.random.Generator


@dataclass(frozen=True)
class Made:
    """A session's recordings and the mass of its sheet, with a fault in them.

    Parameters
    ----------
    stand, walk : Motion
    mass_kg : float
    what : str
        The fault in words: which marker, plate or size.
    """

    stand: Motion
    walk: Motion
    mass_kg: float
    what: str = ""


def exchanged_labels(made: Made, random: Random) -> Made:
    """Exchange the labels of two markers in one of the recordings: neighbours on one segment, or left and right."""
    name = str(random.choice(["stand", "walk"]))
    motion: Motion = getattr(made, name)
    groups = [[x for x in body.labels if x in motion.labels] for body in soft_tissue.bodies(motion.participant)]
    pairs = [(x, "R" + x[1:]) for x in motion.labels if x[0] == "L" and "R" + x[1:] in motion.labels]
    if random.random() < 0.5:
        group = [group for group in groups if len(group) > 1][int(random.integers(sum(len(g) > 1 for g in groups)))]
        one, other = map(str, random.choice(group, 2, replace=False))
    else:
        one, other = pairs[int(random.integers(len(pairs)))]
    new = {one: other, other: one}
    labels = tuple(new.get(label, label) for label in motion.labels)
    return replace(made, **{name: replace(motion, labels=labels)}, what=f"{one} and {other} in {name}")


def drifting_marker(made: Made, random: Random) -> Made:
    """Let one of the markers that movements rest on slide by 30 mm/s, from the middle of the walk on."""
    motion, markers = made.walk, made.walk.markers.copy()
    label = str(random.choice(_of_movements(motion)))
    way = random.standard_normal(3)
    since = np.maximum(np.arange(len(markers)) - len(markers) // 2, 0) / motion.rate_hz
    markers[:, motion.labels.index(label)] += 0.03 * since[:, None] * way / np.linalg.norm(way)
    return replace(made, walk=replace(motion, markers=markers), what=label)


def _of_movements(motion: Motion) -> list[str]:
    """Return the labels that the marker set requires in a movement."""
    markerset = load_markerset(Config().markerset)
    return [label for side in SIDES for label in markerset.missing([], "dynamic", side) if label in motion.labels]


def saturated_plate(made: Made, random: Random) -> Made:
    """Let the plates' amplifiers end at 70 to 95 % of the largest vertical force."""
    share = float(random.uniform(0.7, 0.95))
    limit = share * float(np.abs(made.walk.plate_force[..., 1]).max())
    return replace(made, walk=plate_errors.saturated(made.walk, limit), what=f"at {share:.2f} of the peak")


def wrong_mass(made: Made, random: Random) -> Made:
    """Write a mass that is 15 to 30 % too large or too small."""
    factor = float(1 + random.choice([-1, 1]) * random.uniform(0.15, 0.3))
    return replace(made, mass_kg=round(made.mass_kg * factor, 1), what=f"x {factor:.2f}")


def shifted_plate(made: Made, random: Random) -> Made:
    """Store all plates 0.1 to 0.3 m from where they are, in one horizontal direction."""
    size, way = float(random.uniform(0.1, 0.3)), float(random.uniform(0, 2 * np.pi))
    x, z = size * np.cos(way), size * np.sin(way)
    plates = tuple(replace(plate, centre=(plate.centre[0] + x, plate.centre[1] + z)) for plate in made.walk.plates)
    moment = made.walk.plate_moment + np.cross(
        [x, 0.0, z], made.walk.plate_force
    )  # the signals stay, the load moves with the plate
    return replace(
        made, walk=replace(made.walk, plates=plates, plate_moment=moment), what=f"{1000 * x:.0f}, {1000 * z:.0f} mm"
    )


def missing_marker(made: Made, random: Random) -> Made:
    """Leave one of the markers that the set requires in a movement out of the walk."""
    lost = made.walk.labels.index(str(random.choice(_of_movements(made.walk))))
    kept = [k for k in range(len(made.walk.labels)) if k != lost]
    labels = tuple(made.walk.labels[k] for k in kept)
    return replace(
        made, walk=replace(made.walk, labels=labels, markers=made.walk.markers[:, kept]), what=made.walk.labels[lost]
    )


def none(made: Made, random: Random) -> Made:
    """Leave everything as it is: markers next to their bony points, plates a few millimetres off."""
    return made


def well_placed(made: Made, random: Random) -> Made:
    """Put every marker on its bony point, as no lab can: doubts about misplaced markers cannot be right here."""
    return made


#: Fault to what makes it and the codes that name it.
FAULTS: Mapping[str, tuple[Callable[[Made, Random], Made], frozenset[str]]] = {
    "exchanged labels": (exchanged_labels, frozenset({"swapped_labels", "segment_axes", "labels_contradicted"})),
    "drifting marker": (drifting_marker, frozenset({"marker_drifts", "marker_outlier", "noisy_marker_left_out"})),
    "saturated plate": (saturated_plate, frozenset({"plate_channel_saturated"})),
    "wrong mass": (wrong_mass, frozenset({"mass_differs"})),
    "shifted plate": (shifted_plate, frozenset({"plate_displaced", "contact_cop_off_foot", "contact_no_foot"})),
    "missing marker": (missing_marker, frozenset({"missing_marker"})),
    "none": (none, frozenset()),
    "none, markers on their points": (well_placed, frozenset()),
}


def sessions_of(number: int, seed: int = SEED) -> pd.DataFrame:
    """Simulate one person's session, plant every fault in it, and check it each time.

    Parameters
    ----------
    number : int
        Of the session: another person, other errors.
    seed : int

    Returns
    -------
    pd.DataFrame
        Quality rows and causes that are not of level ``info``: ``fault``, ``number``, ``what``, ``level``, ``code``, ``message``,
        ``named`` (whether a code that names the fault was found); a session without any has one row without a code.
    """
    person, own = example_participant(number, seed), number + 1000 * seed
    still = static(person, rate_hz=100.0)
    moved = walk(person, strides=3, rate_hz=100.0, analog_rate_hz=1000.0, gait=usual_gait(person), seed=own)
    parts = []
    for fault, (make, codes) in FAULTS.items():
        size = Errors(misplacement=0.0) if make is well_placed else Errors()
        stand, walked = lab_errors.apply(still, size, own, own), lab_errors.apply(moved, size, own, own + 1)
        random = np.random.default_rng([seed, number, *map(ord, fault)])
        made = make(Made(stand, walked, lab_errors.sheet_mass(person.mass_kg, size, own)), random)
        table = _checked(made)
        parts.append(table.assign(fault=fault, number=number, what=made.what, named=bool(codes & set(table["code"]))))
    return pd.concat(parts, ignore_index=True)


def _checked(made: Made) -> pd.DataFrame:
    """Write the recordings as C3D files and return what the check finds."""
    person = made.walk.participant
    with tempfile.TemporaryDirectory(prefix="biomech-") as scratch:
        folder = Path(scratch)
        made.stand.write(folder / "stand.c3d")
        made.walk.write(folder / "walk.c3d")
        session = Session(
            participant=person.name,
            session="1",
            sex=person.sex,
            mass_kg=made.mass_kg,
            height_m=person.height_m,
            trials=(
                Trial(trial="stand", file="stand.c3d", role="static", task="static"),
                Trial(trial="walk", file="walk.c3d", role="dynamic", task="walking"),
            ),
        )
        checked = check_session(Study(folder, Config(), (session,), folder), session)
    found = [(row["level"], row["code"], row["message"]) for row in checked.rows if row["level"] != "info"]
    found += [(cause.level, cause.code, cause.message) for cause in checked.causes]
    return pd.DataFrame(found or [("", "", "")], columns=["level", "code", "message"])


def planted(sessions: int = 100, processes: int = 2) -> pd.DataFrame:
    """Return the rows of `sessions_of` so many people."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return pd.concat(list(pool.map(sessions_of, range(sessions))), ignore_index=True)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Return for each fault the sessions, those in which it was named, and those with any doubt, with the most frequent codes."""
    out = []
    for fault in FAULTS:
        own = rows[rows["fault"] == fault]
        by_session = own.groupby("number")
        found = own[own["code"] != ""]
        codes = found.groupby("code")["number"].nunique().sort_values(ascending=False).head(4)
        out.append(
            {
                "fault": fault,
                "sessions": int(by_session.ngroups),
                "named": int(by_session["named"].first().sum()),
                "any doubt": int(found["number"].nunique()),
                "codes (sessions)": ", ".join(f"{code} ({count})" for code, count in codes.items()),
            }
        )
    return pd.DataFrame(out)


def main(arguments: list[str]) -> int:
    """Run the script; see the module's text."""
    if len(arguments) not in (1, 2):
        print(__doc__)
        return 2
    table = planted(*map(int, arguments[1:]))
    table.to_csv(arguments[0], sep="\t", index=False)
    print(summary(table).to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
