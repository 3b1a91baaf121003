"""Every recording below a folder, read once: what the guesses need of it, and why a file cannot be read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from biomech.c3d.force_plates import plate_wrench
from biomech.c3d.raw import read_raw
from biomech.c3d.recording_file import Recording, ReferenceOutputs, recording_of
from biomech.config import Lab
from biomech.errors import BiomechError

_RATE_HZ = 50.0  # of what is kept: flights and strides are seen at it
_MOST_FRAMES = 1500  # 30 s: enough of a treadmill trial
_FEW = 12  # files that one process reads as fast as several


@dataclass(frozen=True)
class Look:
    """What one file shows.

    Parameters
    ----------
    file : str
        Path from the folder, with forward slashes.
    recording : Recording or None
        Markers and plates at about 50 Hz, without analog values; None where the file cannot be read.
    force : (n, plates) array
        Vertical force on the person per frame, N.
    duration_s : float
        Of the whole file.
    subject : str
        First name in SUBJECTS:NAMES, empty without one.
    fault : str
        Why the file cannot be read.
    """

    file: str
    recording: Recording | None = None
    force: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    duration_s: float = 0.0
    subject: str = ""
    fault: str = ""

    @property
    def has_markers(self) -> bool:
        """Whether the file holds a marker."""
        return self.recording is not None and bool(self.recording.marker_names)


def c3d_files(folder: Path) -> list[str]:
    """Return every C3D file below a folder, as paths from it with forward slashes, in natural order; hidden ones are left out."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        place = Path(parent).relative_to(folder)
        found += [
            (place / name).as_posix() for name in names if name.lower().endswith(".c3d") and not name.startswith(".")
        ]
    return sorted(found, key=_natural)


def survey(
    folder: Path, files: Iterable[str], lab: Lab | None = None, progress: Callable[[int], None] = lambda done: None
) -> list[Look]:
    """Read files, several at once where they are many.

    Parameters
    ----------
    folder : Path
        That the files lie below.
    files : iterable of str
        As `c3d_files` gives them.
    lab : Lab, optional
        Axes of the lab; z up and x forward without it.
    progress : callable, optional
        Receives the number of files read.
    """
    files, look = list(files), partial(look_at, folder, lab or Lab())
    workers = min(os.cpu_count() or 1, 8)
    if len(files) <= _FEW or workers == 1:
        return [_told(look(file), i, progress) for i, file in enumerate(files, 1)]
    looks: list[Look] = []
    try:
        with ProcessPoolExecutor(workers) as pool:
            for one in pool.map(look, files, chunksize=4):
                looks.append(_told(one, len(looks) + 1, progress))
    except BrokenProcessPool:  # a file took its process down: the rest one by one, each in a process of its own
        for file in files[len(looks) :]:
            looks.append(_told(_apart(look, file), len(looks) + 1, progress))
    return looks


def look_at(folder: Path, lab: Lab, file: str) -> Look:
    """Read one file; whatever is wrong with it is its `fault`."""
    path = folder / file
    try:
        raw = read_raw(path, needs_markers=False)
        subject = (raw.texts("SUBJECTS", "NAMES") or [""])[0]
        recording = recording_of(path, raw, lab)
    except BiomechError as error:
        return Look(file, fault=f"{error} ({action})" if (action := getattr(error, "action", "")) else str(error))
    except Exception as error:  # a file that breaks a reader must not end the survey of the others
        return Look(file, fault=f"cannot be read ({type(error).__name__}: {error})")
    step = max(1, round(recording.rate_hz / _RATE_HZ))
    kept = slice(0, _MOST_FRAMES * step, step)
    position = recording.position[kept]
    light = replace(
        recording,
        position=position.copy(),
        time=recording.time[kept],
        rate_hz=recording.rate_hz / step,
        analog=np.zeros((0, len(recording.analog_names)), np.float32),
        analog_time=np.zeros(0),
        outputs=ReferenceOutputs(np.zeros((0, 0, 3), np.float32), [], [], []),
        plates=[replace(plate, channels=plate.channels[:1]) for plate in recording.plates],
    )
    return Look(file, light, _forces(recording, len(position), step), len(recording.time) / recording.rate_hz, subject)


def _forces(recording: Recording, n_frames: int, step: int) -> np.ndarray:
    columns = []
    for plate in recording.plates:
        try:
            vertical = plate_wrench(plate).force[:, 1]
        except Exception:  # a plate that cannot be computed shows nothing here; the run reports it
            continue
        samples = max(1, round(plate.rate_hz / recording.rate_hz)) * step
        column = vertical[::samples][:n_frames]
        columns.append(np.pad(column, (0, n_frames - len(column)), constant_values=np.nan))
    return np.stack(columns, axis=1) if columns else np.zeros((n_frames, 0))


def _apart(look: Callable[[str], Look], file: str) -> Look:
    try:
        with ProcessPoolExecutor(1) as pool:
            return pool.submit(look, file).result()
    except BrokenProcessPool:
        return Look(file, fault="reading it ended the process: the file is damaged; export it again")


def _told(look: Look, done: int, progress: Callable[[int], None]) -> Look:
    progress(done)
    return look


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Order in which trial 10 comes after trial 9."""
    import re

    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", text.casefold())]
