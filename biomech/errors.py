"""Errors that a user can meet; each states the place, the expected and the found value, and the remedy."""

from __future__ import annotations


class BiomechError(Exception):
    """Base class of errors that the user can fix."""


class StudyError(BiomechError):
    """A fault of the config or of the sheets; found before any job runs.

    Parameters
    ----------
    faults : list of str
        One line a fault, however long and broken what it quotes; all of them are shown together.
    """

    def __init__(self, faults: list[str]) -> None:
        self.faults = [_one_line(fault) for fault in faults]
        lines = "\n".join(f"  {i}. {fault}" for i, fault in enumerate(self.faults, 1))
        noun = "fault" if len(self.faults) == 1 else "faults"
        super().__init__(f"{len(self.faults)} {noun} in the study's config or sheets:\n{lines}")


def _one_line(text: str, most: int = 1000) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]} …"


class TrialError(BiomechError):
    """A trial or session from which something cannot be computed; becomes a row of the quality table.

    Parameters
    ----------
    message : str
        What was expected and what was found.
    code : str
        Short machine-readable name of the fault, for example ``missing_marker``.
    action : str
        What the user can do about it.
    """

    def __init__(self, message: str, *, code: str, action: str = "") -> None:
        self.code = code
        self.action = action
        super().__init__(message)
