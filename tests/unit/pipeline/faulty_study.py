"""A study in which everything is wrong that a lab can get wrong, each fault in a trial or session of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import yaml

from biomech.c3d.writer import write_c3d
from biomech_simulation.motion import Motion
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static, usual_gait, walk

RATE_HZ = 100.0
_COLUMNS = ("participant", "session", "trial", "file", "role", "task", "condition", "relabel", "mood")
# text that a spreadsheet, a browser, a shell or a file system would take for something else
HOSTILE = (
    "=1+1",
    "../../outside",
    '<b onclick="x">\'&amp;</b>',
    "@SUM(A1) {participant} %s $HOME \u202e \N{PILE OF POO}",
    "very long " * 500,
)
ODD_FILE = "p2/-odd 'walk' &%s;#[x]*? é.c3d"


@dataclass(frozen=True)
class Recordings:
    """One person standing and walking, a few strides, without noise."""

    static: Motion
    walk: Motion

    def write(self, folder: Path) -> None:
        """Write `static.c3d` and `walk.c3d`."""
        self.static.write(folder / "static.c3d")
        self.walk.write(folder / "walk.c3d")


def record() -> Recordings:
    person = example_participant(1)
    strides = walk(person, strides=2, rate_hz=RATE_HZ, analog_rate_hz=5 * RATE_HZ, gait=usual_gait(person))
    return Recordings(static(person, duration_s=0.5, rate_hz=RATE_HZ), strides)


def relabelled(motion: Motion, **new: str) -> Motion:
    return replace(motion, labels=tuple(new.get(label, label) for label in motion.labels))


def without(motion: Motion, *labels: str) -> Motion:
    kept = [label not in labels for label in motion.labels]
    return replace(
        motion, labels=tuple(np.array(motion.labels)[kept].tolist()), markers=motion.markers[:, np.flatnonzero(kept)]
    )


def with_hostile_labels(motion: Motion) -> Motion:
    """Two further markers for each hostile label, so that quality speaks of them, and one with a line break and a tab."""
    labels = [text.strip()[:120] for text in HOSTILE for _ in range(2)] + ["line\nbreak\tand tab"] * 2
    extra = motion.markers[:, : len(labels)] + 0.01
    return replace(motion, labels=(*motion.labels, *labels), markers=np.concatenate([motion.markers, extra], axis=1))


def bare(motion: Motion) -> Motion:
    """The markers alone: no plate, no analog channel."""
    return replace(motion, plates=(), plate_force=motion.plate_force[:, :0], plate_moment=motion.plate_moment[:, :0])


def half_rate(motion: Motion) -> Motion:
    """Every second frame; the plates keep their rate."""
    n = len(motion.markers) // 2
    samples = 2 * n * round(motion.analog_rate_hz / motion.rate_hz)
    return replace(
        motion,
        markers=motion.markers[: 2 * n : 2],
        rate_hz=motion.rate_hz / 2,
        plate_force=motion.plate_force[:samples],
        plate_moment=motion.plate_moment[:samples],
    )


def write_sheets(study: Path, people: list[str], rows: list[tuple[str, ...]], **config: object) -> None:
    """Write config and sheets; `rows` hold the cells of participant, session, trial, file, role, task, …"""
    (study / "config").mkdir(parents=True, exist_ok=True)
    (study / "config" / "config.yaml").write_text(yaml.safe_dump({"data": {"folder": "data"}, **config}))
    (study / "config" / "participants.tsv").write_text(
        "\n".join(["participant\tsex\tmass_kg\theight_m\tgroup", *people]) + "\n"
    )
    lines = ["\t".join(_cell(cell) for cell in [*row, *[""] * (len(_COLUMNS) - len(row))]) for row in rows]
    (study / "config" / "trials.tsv").write_text("\n".join(["\t".join(_COLUMNS), *lines]) + "\n", encoding="utf-8")


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if '"' in text else text


def write_faulty_study(study: Path, recordings: Recordings) -> None:
    """Write the study; its sessions are named after their fault, `whole` holds a good walk and one bad trial of each kind."""
    data = study / "data"
    recordings.write(data)
    standing, walking = recordings.static, recordings.walk
    content = (data / "walk.c3d").read_bytes()

    (data / "empty.c3d").write_bytes(b"")
    (data / "truncated.c3d").write_bytes(content[: len(content) // 2])
    (data / "no-c3d.c3d").write_text("time\tLASI\n0.00\t12.3\n" * 100)
    with_lower_rate = bytearray(content)
    at = content.index(b"RATE", content.index(b"ANALOG")) + len("RATE") + 2 + 2  # after step, type and number of dims
    with_lower_rate[at : at + 4] = np.float32(4.5 * RATE_HZ).tobytes()
    (data / "mixed-rates.c3d").write_bytes(with_lower_rate)
    replace(walking, markers=walking.markers / 1000).write(data / "wrong-unit.c3d")
    write_c3d(
        data / "odd-unit.c3d", labels=["LASI", "RASI"], points_mm=np.ones((9, 2, 3)), rate_hz=RATE_HZ, point_units="in"
    )
    bare(walking).write(data / "no-plates.c3d")
    relabelled(walking, LASI="LASIS").write(data / "lost-marker.c3d")
    half_rate(walking).write(data / "slower.c3d")

    relabelled(standing, LMM="LMMAL").write(data / "static-misspelt.c3d")
    relabelled(standing, RLFE="RMFE", RMFE="RLFE", LLM="LSK1", LSK1="LLM").write(data / "static-swapped.c3d")

    bad = [
        "empty",
        "truncated",
        "no-c3d",
        "mixed-rates",
        "wrong-unit",
        "odd-unit",
        "no-plates",
        "lost-marker",
        "slower",
    ]
    rows = [
        ("P1", "whole", "stand", "static.c3d", "static", ""),
        ("P1", "whole", "walk", "walk.c3d", "dynamic", "walking"),
        ("P1", "whole", "absent", "gone/absent.c3d", "dynamic", "walking"),
        *[("P1", "whole", name, f"{name}.c3d", "dynamic", "walking") for name in bad],
        ("P1", "no-static", "walk", "walk.c3d", "dynamic", "walking"),
        ("P1", "swapped", "stand", "static-swapped.c3d", "static", ""),
        ("P1", "swapped", "walk", "walk.c3d", "dynamic", "walking"),
        ("P1", "swapped", "walk-again", "slower.c3d", "dynamic", "walking"),
        ("P1", "repaired", "stand", "static-swapped.c3d", "static", "", "", "RLFE=RMFE; RMFE=RLFE;LLM=LSK1; LSK1=LLM"),
        ("P1", "repaired", "walk", "walk.c3d", "dynamic", "walking"),
        # the one fault takes the left side, the other every moment
        ("P2", "1", "stand", "static-misspelt.c3d", "static", ""),
        *[("P2", "1", f"walk{i}", ODD_FILE, "dynamic", "walking", text, "", text) for i, text in enumerate(HOSTILE)],
    ]
    with_hostile_labels(walking).write(data / ODD_FILE)
    mass, height = walking.participant.mass_kg, walking.participant.height_m
    people = [f"P1\tfemale\t{mass}\t{height}\tplain", f"P2\tfemale\t\t{height}\t{HOSTILE[1]}"]
    write_sheets(study, people, rows, report={"figures": False})
