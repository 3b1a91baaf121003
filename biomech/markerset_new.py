"""A study's own marker set: written from a recording, or copied from one that ships."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from biomech.config import Lab, did_you_mean, parse_config, read_config
from biomech.errors import BiomechError
from biomech.io.recordings import read_recording
from biomech.model.landmark_names import table
from biomech.model.markerset_draft import Ask, draft
from biomech.model.markersets import parse_markerset, shipped
from biomech.model.proposals import propose


def lab_of(study_folder: Path | None) -> Lab:
    """Return the lab of a study, the default where there is no config."""
    config = study_folder / "config" / "config.yaml" if study_folder is not None else None
    return parse_config(read_config(config)).lab if config is not None and config.is_file() else Lab()


def stored_axes(study_folder: Path | None) -> Lab:
    """Return the lab of a study with its units and event labels, but with the axes left as the files store them."""
    return lab_of(study_folder).model_copy(update={"axes": "config", "up": "+y", "forward": "+x"})


def new_markerset(
    name: str,
    static: Path,
    movements: Sequence[Path] = (),
    study_folder: Path = Path(),
    interactive: bool = False,
    ask: Ask | None = None,
) -> Path:
    """Write a marker set for the markers of a recording into a study's ``config/markersets/``.

    Parameters
    ----------
    name : str
        Of the set and of its file.
    static : Path
        A trial of a person who stands still with all markers on.
    movements : sequence of Path
        Movement trials of the same person: they show clusters and which markers stay on.
    study_folder : Path
    interactive : bool
        Ask in the terminal for landmarks that no label names for sure; otherwise they become comments.
    ask : callable, optional
        Asks instead of the terminal.

    Raises
    ------
    BiomechError
        The file is there already, the name does not fit, or the recording lacks what a set needs.
    """
    path = _target(name, study_folder)
    lab = stored_axes(study_folder)
    still = read_recording(static, lab)
    moving = [read_recording(one, lab) for one in movements]
    proposals = propose(still.marker_names, still.position, [(one.marker_names, one.position) for one in moving])
    if interactive and ask is None:
        ask = ask_in_terminal
    text = draft(name, proposals, static.name, ask)
    parse_markerset(text, name)
    return _write(path, text)


def copy_markerset(name: str, source: str, study_folder: Path = Path()) -> Path:
    """Copy a marker set that ships into a study's ``config/markersets/``, to be changed by hand.

    Raises
    ------
    BiomechError
        The file is there already, or no set of that name ships.
    """
    path = _target(name, study_folder)
    if source not in shipped():
        raise BiomechError(
            f"marker set {source!r} does not ship{did_you_mean(source, shipped())}; those that do: {', '.join(shipped())}"
        )
    text = (resources.files("biomech.model") / "markersets" / f"{source}.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^name:.*\n", "", text, flags=re.MULTILINE)
    return _write(path, f"# Copied from the shipped set {source}.\n{text}")


def _target(name: str, study_folder: Path) -> Path:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise BiomechError(
            f"marker set {name!r}: expected a name of letters, digits and underscores that begins with a letter, as my_lab"
        )
    if not study_folder.is_dir():
        raise BiomechError(
            f"{study_folder}: expected a study folder, found no such folder; `biomech new {study_folder}` makes one"
        )
    path = study_folder / "config" / "markersets" / f"{name}.yaml"
    if path.exists():
        raise BiomechError(
            f"{path} is there already, and nothing is overwritten; choose another name or move the file away"
        )
    return path


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    return path


def ask_in_terminal(landmark: str, side: str, labels: list[str]) -> str:
    """Ask which label of the file is a landmark; an empty answer leaves it out.

    Raises
    ------
    BiomechError
        There is no terminal to ask in.
    """
    from rich.markup import escape
    from rich.prompt import Prompt

    title = table()["landmarks"][landmark]["title"]
    shown = escape(", ".join(labels))
    try:
        while True:
            answer = Prompt.ask(
                f"Which marker is the {side} {title}? Not yet known: {shown} \\[Enter: none of them]",
                default="",
                show_default=False,
            )
            if answer in ("", *labels):
                return answer
            Prompt().console.print(f"{escape(answer)}: not one of these labels", markup=False)
    except EOFError:
        raise BiomechError(
            f"the {side} {title} is not known and there is no terminal to ask in; --yes writes what is unsure as comments"
        ) from None
