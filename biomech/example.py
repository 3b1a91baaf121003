"""The recordings of the example that come with the package, and a small study made of them."""

from __future__ import annotations

import shutil
from pathlib import Path

from biomech.errors import BiomechError
from biomech.shipped import home

#: Trials of the small study: participant and session to names of trials.
SMALL = {
    ("P01", "pre"): ("static", "walk1", "walk2", "squat-left", "jump1"),
    ("P01", "post"): ("static", "walk1", "squat-left"),
}


def example_files() -> dict[str, Path]:
    """Return the C3D files of one synthetic participant: a woman of 65.5 kg and 1.70 m, marker set ``cast_lower_limb``.

    Returns
    -------
    dict of str to Path
        Name of the trial to its file: ``static``, ``walk1``, ``walk2``, ``squat-left`` and ``jump1``.

    Examples
    --------
    >>> import biomech
    >>> biomech.example_files()["static"].name
    'static.c3d'
    """
    (visit, names), *_ = SMALL.items()
    return {name: _file(*visit, name) for name in names}


def write_example(folder: Path) -> list[Path]:
    """Write a small study: config, sheets and copies of the example's C3D files.

    Parameters
    ----------
    folder : Path
        Is made if it does not exist.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    BiomechError
        If the folder holds a study already; nothing is overwritten.
    """
    config, data = folder / "config", folder / "data"
    if config.exists() or data.exists():
        raise BiomechError(f"{folder} holds a study already; choose another folder, nothing was written")
    config.mkdir(parents=True)
    texts = {name: (home() / "config" / name).read_text(encoding="utf-8") for name in _SHEETS}
    written = [config / name for name in (*texts, "config.yaml", "schema.json")]
    for name, text in texts.items():
        (config / name).write_text(_rows_of(text), encoding="utf-8", newline="\n")
    settings, _, _ = (
        (home() / "config" / "config.yaml").read_text(encoding="utf-8").partition("\n# Analyses of the study")
    )
    settings = settings.replace("folder: data_example      #", "folder: data              #")
    written[-2].write_text(settings, encoding="utf-8", newline="\n")
    shutil.copyfile(home() / "config" / "schema.json", written[-1])
    for (participant, session), names in SMALL.items():
        for name in names:
            target = data / participant / session / f"{name}.c3d"
            target.parent.mkdir(parents=True, exist_ok=True)
            written.append(Path(shutil.copyfile(_file(participant, session, name), target)))
    return written


_SHEETS = ("participants.tsv", "sessions.tsv", "trials.tsv")


def _file(participant: str, session: str, trial: str) -> Path:
    return home() / "data_example" / participant / session / f"{trial}.c3d"


def _rows_of(sheet: str) -> str:
    """Return the lines of a sheet that are about the small study."""
    header, *lines = sheet.splitlines()
    columns = header.split("\t")
    chosen = [line for line in lines if _belongs(dict(zip(columns, line.split("\t"), strict=False)))]
    return "\n".join([header, *chosen]) + "\n"


def _belongs(row: dict[str, str]) -> bool:
    visits = [visit for visit in SMALL if visit[0] == row["participant"]]
    if "session" in row:
        visits = [visit for visit in visits if visit[1] == row["session"]]
    return bool(visits) and ("trial" not in row or row["trial"] in SMALL[visits[0]])
