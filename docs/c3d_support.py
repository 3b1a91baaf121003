"""Writes the table of docs/c3d_support.md: the outcome for every file of a folder of C3D samples.

    python docs/c3d_support.py FOLDER            writes the table into the page
    python docs/c3d_support.py FOLDER --print    prints it

Every file is read in a process of its own with a time limit, so that a crash or a hang would be a row of the table.
"""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from biomech.c3d.recording_file import Recording, read_c3d
from biomech.config import Lab
from biomech.errors import TrialError

PAGE = Path(__file__).with_name("c3d_support.md")
BEGIN, END = "<!-- table: python docs/c3d_support.py FOLDER -->", "<!-- end of table -->"
LIMIT_S = 60.0
COLUMNS = ("file", "outcome", "stored as", "reader", "points", "analog", "plates", "noted")
_UNITS = ("mm", "m")


def table(folder: Path) -> str:
    """Return the table of all C3D files below a folder, as Markdown."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".c3d")
    lines = [COLUMNS, ("---",) * len(COLUMNS)]
    pool = _pool()
    for path in files:
        try:
            cells = pool.submit(cells_of, path).result(LIMIT_S)
        except (BrokenProcessPool, NotInTime) as error:
            what = "hangs" if isinstance(error, NotInTime) else "crashes"
            for process in list((pool._processes or {}).values()):
                process.kill()
            pool, cells = _pool(), (what, *[""] * (len(COLUMNS) - 2))
        lines.append((f"`{path.relative_to(folder).as_posix()}`", *cells))
    pool.shutdown()
    plain = str.maketrans({"|": "\\|", "*": "\\*", "<": "&lt;"})
    rows = [lines[0], lines[1], *(tuple(cell.translate(plain) for cell in line) for line in lines[2:])]
    return "\n".join("| " + " | ".join(line) + " |" for line in rows) + "\n"


def cells_of(path: Path) -> tuple[str, ...]:
    """Return the cells of one file, its name left out."""
    try:
        return _read_cells("read", read_c3d(path, Lab()))
    except TrialError as error:
        reason = str(error).removeprefix(f"{path.name}: ")
        if error.code == "bad_unit":
            for unit in _UNITS:
                try:
                    recording = read_c3d(path, Lab(point_unit=unit))  # type: ignore[arg-type]
                except TrialError:
                    continue
                return _read_cells(f"refused: {reason}; read with `lab.point_unit: {unit}`", recording)
        return (f"refused: {reason}", *[""] * (len(COLUMNS) - 2))


def with_table(page: str, table: str) -> str:
    """Return the page with its table replaced."""
    head, rest = page.split(BEGIN)
    return f"{head}{BEGIN}\n\n{table}\n{END}{rest.split(END)[1]}"


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def _read_cells(outcome: str, recording: Recording) -> tuple[str, ...]:
    n_markers, n_frames = recording.markers.sizes["channel"], recording.markers.sizes["time"]
    n_outputs = len(recording.outputs.names)
    points = f"{n_markers} markers" + (f", {n_outputs} model outputs" if n_outputs else "")
    n_channels = recording.analogs.sizes["channel"]
    plates = Counter(plate.type for plate in recording.plates)
    noted = [f"{item}: {message}" if item else message for _, _, item, message in recording.notes]
    return (
        outcome,
        recording.storage,
        recording.reader.split(":")[0],
        f"{points}, {n_frames} frames at {recording.rate_hz:g} Hz",
        f"{n_channels} channels at {recording.analog_rate_hz:g} Hz" if n_channels else "none",
        ", ".join(f"{count} × type {kind}" for kind, count in sorted(plates.items())) or "none",
        "; ".join(noted),
    )


if __name__ == "__main__":
    made = table(Path(sys.argv[1]))
    if "--print" in sys.argv:
        print(made)
    else:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), made), encoding="utf-8", newline="\n")
