"""Records of contacts between feet and force plates, and contacts declared in a sheet."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from biomech.errors import TrialError

REASONS = {
    "": "one foot, wholly on the plate or on plates next to each other",
    "manual": "declared in trials.tsv",
    "double": "both feet on one plate",
    "edge": "foot partly off the plate",
    "no_foot": "no foot near the loaded plate",
    "foot_not_tracked": "markers of the feet missing",
    "cop_off_foot": "centre of pressure away from the foot",
    "force_missing": "samples of the plate are missing",
    "part": "only a part of the force on the foot: it stands on another plate as well, which cannot be used",
}

_MANUAL = re.compile(r"^(\d+)(?:@(\d+(?:\.\d*)?|\.\d+)-(\d+(?:\.\d*)?|\.\d+))?:(left|right|none)$")


@dataclass(frozen=True)
class ManualContact:
    """A declared assignment: what stands on plate number `plate`, between `start` and `end` (s) if they are given."""

    plate: int
    foot: str
    start: float = -np.inf
    end: float = np.inf

    def __str__(self) -> str:
        """Return the entry as it is written in trials.tsv."""
        window = f"@{self.start:g}-{self.end:g}" if np.isfinite(self.end) else ""
        return f"{self.plate}{window}:{self.foot}"


@dataclass(frozen=True)
class Interval:
    """A loaded interval of a plate.

    Parameters
    ----------
    plate : int
        Index of the plate in the arrays.
    number : int
        Its number in the C3D file, 1-based.
    start, end : float
        s from the first stored frame.
    """

    plate: int
    number: int
    start: float
    end: float


@dataclass(frozen=True)
class Contact(Interval):
    """A loaded interval of a plate and the foot that loads it.

    Parameters
    ----------
    foot : str
        left, right or none.
    valid : bool
        The plate's wrench, with those of the foot's other valid contacts at the time, is the whole external wrench on
        that foot.
    reason : str
        A key of `REASONS`.
    involved : tuple of str
        Feet seen on the plate, assigned or not.
    """

    foot: str
    valid: bool
    reason: str
    involved: tuple[str, ...] = ()


def parse_contacts(text: str) -> list[ManualContact]:
    """Read the `contacts` cell of a trial.

    Parameters
    ----------
    text : str
        Entries ``plate:foot`` or ``plate@start-end:foot`` separated by blanks, for example
        ``1:right 2@0.2-0.9:left 3:none``; times in s from the first stored frame.

    Returns
    -------
    list of ManualContact

    Raises
    ------
    TrialError
        Naming every entry that cannot be read.
    """
    found, faults = [], []
    for part in text.split():
        match = _MANUAL.match(part)
        if match is None or (match[2] and float(match[2]) >= float(match[3])):
            faults.append(f"`{part}`")
        elif match[2]:
            found.append(ManualContact(int(match[1]), match[4], float(match[2]), float(match[3])))
        else:
            found.append(ManualContact(int(match[1]), match[4]))
    if faults:
        raise TrialError(
            f"contacts: expected entries such as `1:right 2@0.2-0.9:left 3:none`, found {', '.join(faults)}",
            code="bad_contacts",
            action="correct the `contacts` cell of trials.tsv (plate number, optional window in s, foot)",
        )
    return found
