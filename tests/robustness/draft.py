"""A study of one session that is altered before it is written: recordings, sheets and config."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import yaml

from tests.robustness.recording import EXAMPLE, File, example

TASKS = {"walk": "walking", "squat": "single_leg_squat", "jump": "drop_vertical_jump"}


@dataclass
class Draft:
    """A study before it is written.

    Parameters
    ----------
    files : dict
        Name of a trial to its recording.
    rows : dict
        Name of a trial to its cells of trials.tsv.
    people : list of dict
        Cells of participants.tsv.
    config : dict
        As config.yaml.
    texts : dict
        Further files of the study folder, bytes.
    after : list of functions of the study folder
        Done last, for what is not a recording's content: a copied file, a deleted one.
    stages_run : bool
        False for a situation that ends with the check of the study.
    """

    files: dict[str, File]
    rows: dict[str, dict[str, str]]
    people: list[dict[str, Any]]
    config: dict[str, Any]
    texts: dict[str, bytes] = field(default_factory=dict)
    after: list[Callable[[Path], None]] = field(default_factory=list)

    @property
    def static(self) -> File:
        return self.files["static"]

    @property
    def walk(self) -> File:
        return self.files["walk1"]

    @property
    def person(self) -> dict[str, Any]:
        return self.people[0]

    def add(self, trial: str, file: File, like: str, **cells: str) -> None:
        """Add a trial with the cells of another."""
        self.files[trial] = file
        self.rows[trial] = self.rows[like] | {"trial": trial, "file": f"{trial}.c3d"} | cells

    def remove(self, trial: str) -> None:
        """Take a trial out of the sheet and the folder."""
        del self.files[trial], self.rows[trial]

    def option(self, section: str, **values: Any) -> None:
        """Set config options."""
        self.config.setdefault(section, {}).update(values)

    def write(self, study: Path) -> None:
        """Write recordings, sheets and config."""
        (study / "config").mkdir(parents=True)
        (study / "data").mkdir()
        for name, file in self.files.items():
            file.write(study / "data" / f"{name}.c3d")
        (study / "config" / "config.yaml").write_text(yaml.safe_dump({"data": {"folder": "data"}} | self.config))
        (study / "config" / "participants.tsv").write_text(_sheet(self.people))
        (study / "config" / "trials.tsv").write_text(_sheet(list(self.rows.values())))
        for name, content in self.texts.items():
            (study / name).parent.mkdir(parents=True, exist_ok=True)
            (study / name).write_bytes(content)
        for step in self.after:
            step(study)


def _sheet(rows: list[dict[str, Any]]) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [columns, *([str(row.get(column, "")) for column in columns] for row in rows)]
    return "\n".join("\t".join(line) for line in lines) + "\n"


def _draft(trials: tuple[str, ...], person: str = "P01", session: str = "pre") -> Draft:
    rows = {}
    for name in trials:
        task = TASKS.get(name.rstrip("0123456789").split("-")[0], "static")
        rows[name] = {
            "participant": person,
            "trial": name,
            "file": f"{name}.c3d",
            "role": "static" if task == "static" else "dynamic",
            "task": task,
            "side": {"squat-left": "left", "squat-right": "right"}.get(name, ""),
            "footwear": "barefoot",
        }
    return Draft(
        files={name: example(f"{person}/{session}/{name}") for name in trials},
        rows=rows,
        people=[{"participant": person, "sex": "female", "mass_kg": 65.5, "height_m": 1.70}],
        config={"markerset": "cast_lower_limb", "signals": {"cutoff_hz": {"walking": 12}}},
    )


def walk() -> Draft:
    """Static and one walk over two plates."""
    return _draft(("static", "walk1"))


def walk_with_events() -> Draft:
    """The same with the true events in the C3D file, as Vicon writes them."""
    draft = walk()
    with xr.open_dataset(EXAMPLE / "P01/pre/walk1.truth.nc") as truth:
        words = {"foot_strike": "Foot Strike", "foot_off": "Foot Off"}
        draft.walk.events = [
            (float(time), words[str(name)], str(side).title())
            for time, name, side in zip(
                truth["event_time"].values, truth["event_name"].values, truth["event_side"].values, strict=True
            )
        ]
    return draft


_CONVENTIONAL = {
    "TH2": "THI",
    "LFE": "KNE",
    "MFE": "MKN",
    "SK2": "TIB",
    "LM": "ANK",
    "MM": "MED",
    "CALD": "HEE",
    "M2": "TOE",
}


def conventional() -> Draft:
    """The same with labels and parameters of the conventional model."""
    draft = walk()
    for file in draft.files.values():
        file.labels = [
            f"{name[0]}{_CONVENTIONAL[name[1:]]}" if name[1:] in _CONVENTIONAL else name for name in file.labels
        ]
        lengths = {f"{s}{name}": [mm] for s in "LR" for name, mm in (("KneeWidth", 100.0), ("AnkleWidth", 70.0))}
        file.set("PROCESSING", MarkerDiameter=[14.0], LLegLength=[880.0], RLegLength=[880.0], **lengths)
    draft.config["markerset"] = "plug_in_gait"
    return draft


def walks() -> Draft:
    """Static and two walks, the second one back."""
    return _draft(("static", "walk1", "walk2"))


def squat() -> Draft:
    """Static and squats on the right leg, with surface EMG."""
    draft = _draft(("static", "squat-right"))
    sides = {"left": "LGMED", "right": "RGMED"}
    draft.config["muscles"] = {"channels": {side: {"gluteus_medius": name} for side, name in sides.items()}}
    return draft


def squat_with_mvc() -> Draft:
    """The same with a maximal contraction of both muscles."""
    draft = squat()
    contraction = example("P01/pre/squat-right")
    contraction.crop(0, 300)
    largest = abs(contraction.channel("RGMED")).max()
    noise = np.random.default_rng(1).normal(0, largest, len(contraction.analog))
    for name in ("LGMED", "RGMED"):
        contraction.channel(name)[:] = noise
    draft.add("maximal", contraction, "squat-right", role="functional", task="functional", condition="mvc")
    return draft


def jump() -> Draft:
    """Static and one drop jump onto two plates."""
    return _draft(("static", "jump1"))


BASES: dict[str, Callable[[], Draft]] = {
    function.__name__: function
    for function in (walk, walk_with_events, conventional, walks, squat, squat_with_mvc, jump)
}
