"""Quality of every trial as a traffic light: the causes first, what follows from them folded away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from biomech.schema import STAGES

LEVELS = ("error", "warning", "info")
LIGHTS = {"error": "red", "warning": "yellow", "info": "green"}
WORDS = {"red": "cannot be used in part or whole", "yellow": "doubtful", "green": "no doubt"}
_ORDER = {stage: place for place, stage in enumerate([*STAGES, "findings"])}
WHOLE = "whole session"


def trial_lights(quality: pd.DataFrame, trials: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return one entry for the session and for every trial, with its light, its causes and what followed.

    Parameters
    ----------
    quality : pd.DataFrame
        Rows of one session (columns of `biomech.quality.COLUMNS`), of all stages.
    trials : sequence of (str, str)
        Name and task of every trial, in the order of the sheets.

    Returns
    -------
    list of dict
        The worst first, otherwise in the order of the sheets. Of a trial's errors and warnings those of the first stage that
        has any are its causes; those of later stages, which read the results of that one, are what followed; notes are folded.
    """
    tasks = dict(trials)
    named = [name for name in dict.fromkeys(quality["trial"].astype(str)) if name and name not in tasks]
    out = []
    for name in ["", *tasks, *named]:
        rows = quality[quality["trial"].astype(str) == name]
        if not name and rows.empty:
            continue
        out.append({"trial": name or WHOLE, "task": tasks.get(name, ""), **_judged(rows)})
    rank = {light: place for place, light in enumerate(LIGHTS.values())}
    return sorted(out, key=lambda one: rank[one["light"]])


def doubts(quality: pd.DataFrame, trials: Sequence[str]) -> list[dict[str, Any]]:
    """Return the errors and warnings that touch some trials, or the whole session: each kind once.

    Parameters
    ----------
    quality : pd.DataFrame
        Rows of one session.
    trials : sequence of str
        Names of trials.
    """
    touched = quality["trial"].astype(str).isin(["", *trials]) & quality["level"].isin(LEVELS[:2])
    return kinds(quality[touched])


def _judged(rows: pd.DataFrame) -> dict[str, Any]:
    bad = rows[rows["level"].isin(LEVELS[:2])]
    stages = [_ORDER.get(str(stage), -1) for stage in bad["stage"]]
    first = min(stages, default=0)
    is_cause = pd.Series([stage == first for stage in stages], index=bad.index, dtype=bool)
    worst = next((level for level in LEVELS if (rows["level"] == level).any()), "info")
    return {
        "light": LIGHTS[worst],
        "causes": kinds(bad[is_cause]),
        "followed": kinds(bad[~is_cause]),
        "notes": kinds(rows[rows["level"] == "info"]),
    }


def kinds(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return each level and code of quality rows once: the first message, the number of rows, the trials; errors first."""
    out = []
    for (level, code), some in rows.groupby(["level", "code"], sort=False):
        names = [name for name in dict.fromkeys(some["trial"].astype(str)) if name]
        out.append(
            {
                "level": str(level),
                "code": str(code).replace("_", " "),
                "message": str(some["message"].iloc[0]),
                "action": str(some["action"].iloc[0]),
                "rows": len(some),
                "trials": names,
                "more": [str(text) for text in some["message"].iloc[1:]],
            }
        )
    return sorted(out, key=lambda one: LEVELS.index(one["level"]))
