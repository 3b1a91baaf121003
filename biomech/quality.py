"""The quality table: one row for everything that was dropped, filled, repaired or doubtful."""

from __future__ import annotations

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
