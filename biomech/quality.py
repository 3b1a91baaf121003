"""The quality table: one row for everything that was dropped, filled, repaired or doubtful."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Literal

import pandas as pd

from biomech.errors import TrialError

Level = Literal["info", "warning", "error"]

COLUMNS = ("participant", "session", "trial", "stage", "level", "code", "item", "message", "action", "value", "unit")


@dataclass
class Quality:
    """Collects the quality rows of one session and stage.

    Parameters
    ----------
    participant, session : str
        Whose session this is.
    stage : str
        The stage that writes the rows, for example ``kinematics``.
    """

    participant: str
    session: str
    stage: str
    rows: list[dict] = field(default_factory=list)

    def add(
        self,
        level: Level,
        code: str,
        message: str,
        *,
        trial: str = "",
        item: str = "",
        action: str = "",
        value: float | None = None,
        unit: str = "",
    ) -> None:
        """Add one row; `item` names the marker, plate, segment or joint concerned, `value` has `unit`."""
        self.rows.append(
            asdict(
                _Row(self.participant, self.session, trial, self.stage, level, code, item, message, action, value, unit)
            )
        )

    def add_error(self, error: TrialError, *, trial: str = "", item: str = "") -> None:
        """Add the row of a trial that was given up."""
        self.add("error", error.code, str(error), trial=trial, item=item, action=error.action)

    @contextlib.contextmanager
    def guard(self, trial: str = "", *, item: str = "", on_error: str = "skip") -> Iterator[None]:
        """Make an error row of whatever keeps one trial from being computed, so that the trials after it go on.

        Parameters
        ----------
        trial : str
            The trial that the block computes; empty for work on the whole session.
        item : str
            What else the row names, for example the file.
        on_error : {"skip", "stop"}
            ``stop`` raises the error instead.

        Raises
        ------
        MemoryError, OSError, ImportError
            Always: these are the machine's or the installation's, not the data's; the job must fail and run again.
        """
        try:
            yield
        except TrialError as error:
            if on_error == "stop":
                raise
            self.add_error(error, trial=trial, item=item)
        except (MemoryError, OSError, ImportError):
            raise
        except Exception as error:
            if on_error == "stop":
                raise
            traceback.print_exc()
            where = f"trial {trial}" if trial else f"session {self.session}"
            self.add(
                "error",
                "internal_error",
                f"stage {self.stage}, {where}{f' ({item})' if item else ''}: {type(error).__name__}: {error}",
                trial=trial,
                item=item,
                action="this is a fault of the software, met on these data: please report it with the log of this job",
            )

    def table(self) -> pd.DataFrame:
        """Return the rows as a table with the columns of `COLUMNS`."""
        return pd.DataFrame(self.rows, columns=list(COLUMNS))


@dataclass
class _Row:
    participant: str
    session: str
    trial: str
    stage: str
    level: str
    code: str
    item: str
    message: str
    action: str
    value: float | None
    unit: str
