"""What a check found: each cause once, with the trials that it touches and what cures it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Place = tuple[str, str, str]  # participant, session, trial; without a trial the whole session

#: What comes first: a cause of an earlier kind makes those of later kinds.
_ORDER = ("files", "axes", "markerset", "ingest", "model", "kinematics", "kinetics", "cycles")
_SHOWN = 6


@dataclass(frozen=True)
class Fix:
    """A change that cures a cause for certain.

    Parameters
    ----------
    options : tuple of str
        Assignments of the config, in this order, as `biomech set` takes them.
    cell : tuple of (str, str, str, str), optional
        Sheet, column, old and new text of one cell.
    relabel : tuple of (Place, str), optional
        Trial, and the entries for its cell `relabel`.
    """

    options: tuple[str, ...] = ()
    cell: tuple[str, str, str, str] | None = None
    relabel: tuple[Place, str] | None = None

    @property
    def words(self) -> str:
        """Return what it changes."""
        if self.cell is not None:
            sheet, column, old, new = self.cell
            return f"{sheet}, column {column}: {old} becomes {new}"
        if self.relabel is not None:
            place, entries = self.relabel
            return f"trials.tsv, column relabel of {' '.join(place)}: {entries}"
        return "config.yaml: " + ", ".join(self.options)


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong or doubtful.

    Parameters
    ----------
    level : {"error", "warning"}
        With an error nothing can be computed of the trials that it touches, or all of it is wrong.
    code : str
        As in `quality.tsv` (docs/troubleshooting.md).
    kind : str
        ``files``, ``axes``, ``markerset``, or the stage of the pipeline that found it.
    message : str
        What was expected and what was found, at the first place.
    cure : str
        The cell, option or file to change.
    places : tuple of (participant, session, trial)
        All trials that it touches.
    fix : Fix, optional
        Where the cure is certain.
    """

    level: Literal["error", "warning"]
    code: str
    kind: str
    message: str
    cure: str
    places: tuple[Place, ...]
    fix: Fix | None = None


@dataclass
class Checked:
    """What the recordings of one session showed.

    Parameters
    ----------
    causes : list of Cause
        Those that no quality row names.
    rows : list of dict
        Quality rows of the stages.
    lost : set of str
        Trials of which nothing can be computed.
    standing : dict
        Static trial to side to joint angle to degrees, medians over the trial.
    """

    participant: str
    session: str
    causes: list[Cause] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    standing: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)


def causes_of(checked: Iterable[Checked]) -> list[Cause]:
    """Return every cause once, those first that make others, errors before warnings.

    Parameters
    ----------
    checked : iterable of Checked
        One a session. Quality rows with one stage and code are one cause.
    """
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    own: dict[tuple[str, str, str], list[Cause]] = {}
    for one in checked:
        for cause in one.causes:
            own.setdefault((cause.code, cause.cure, cause.level), []).append(cause)
        for row in one.rows:
            if row["level"] != "info":
                found.setdefault((row["stage"], row["code"]), []).append(row)
    causes = [_joined(same) for same in own.values()]
    for (stage, code), rows in found.items():
        worst = min(rows, key=lambda row: row["level"] != "error")
        places = tuple(dict.fromkeys((row["participant"], row["session"], row["trial"]) for row in rows))
        causes.append(Cause(worst["level"], code, stage, worst["message"], worst["action"], places))
    return sorted(causes, key=lambda cause: (cause.level != "error", _ORDER.index(cause.kind)))


def _joined(same: Sequence[Cause]) -> Cause:
    first = same[0]
    places = tuple(dict.fromkeys(place for cause in same for place in cause.places))
    return Cause(first.level, first.code, first.kind, first.message, first.cure, places, first.fix)


def touched(cause: Cause, place: Place) -> bool:
    """Return whether a cause concerns a trial: it names it, or its whole session."""
    return place in cause.places or (place[0], place[1], "") in cause.places


def listed(places: Sequence[Place]) -> str:
    """Return places in words, the first of many."""
    names = [" ".join(part for part in place if part) for place in places[:_SHOWN]]
    return ", ".join(names) + (f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else "")
