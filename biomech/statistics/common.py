"""Functions shared by the kinds of analyses: means without hidden pooling, sample sizes, and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from biomech.config.statistics import Analysis
from biomech.statistics.participant_means import INJURY, Means, chosen_cycles, participant_means
from biomech.statistics.pooling import free_columns, pooled, sessions_differ

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Held:
    """What an estimate is of: one row per participant, one column per level (missing where there is none).

    Attributes
    ----------
    factor : str
        The column that the levels are of.
    design : str
        ``within``: levels of the same participants; ``between``: of different ones; empty: neither.
    table : DataFrame
    unit : str
        Of the values, where it is not that of the estimate.
    """

    factor: str
    design: str
    table: pd.DataFrame
    unit: str = ""


def values_of(row: Mapping[str, Any], held: Held | None) -> Rows:
    """Return the rows of `values.csv` behind a row of the table of results."""
    if held is None:
        return []
    labels = {name: row.get(name, "") for name in ("analysis", "kind", "outcome", "unit", "side", "task", "contrast")}
    labels |= {"factor": held.factor, "design": held.design, "unit": held.unit or labels["unit"]}
    return [
        labels | {"level": str(level), "participant": str(person), "value": float(value)}
        for level, column in held.table.items()
        for person, value in column.items()
        if np.isfinite(value)
    ]


def skipped(reason: str, **cells: Any) -> dict[str, Any]:
    """Return a row without result, and why."""
    return {"status": "skipped", "reason": reason, **cells}


def sizes_of(means: Means) -> dict[str, int]:
    """Return the numbers of participants, sessions and cycles."""
    return {
        "n_participants": int(means.keys["participant"].nunique()),
        "n_sessions": int(means.n_sessions.sum()),
        "n_cycles": int(means.n_cycles.sum()),
    }


def joined_notes(*parts: str) -> str:
    """Join notes to the text of one reason; empty ones are left out."""
    return "; ".join(part for part in parts if part)


def pooling_problem(analysis: Analysis, table: pd.DataFrame, by: Sequence[str], within: bool = False) -> str:
    """Return what an analysis of these cycles would pool without naming it; empty if nothing."""
    known = table[np.isfinite(table["value"].to_numpy(float))]
    for name in by:  # without a level it is not in the analysis
        known = known[known[name] != ""]
    return pooled(known, by, analysis.where, within=within, free=free_columns(known))


def means_of(
    analysis: Analysis, table: pd.DataFrame, by: Sequence[str], within: bool = False, each_leg: bool = False
) -> Means | str:
    """Return the means that an analysis is of, or why it would pool what it does not name."""
    if problem := pooling_problem(analysis, table, by, within):
        return problem
    over = [name for name, wanted in analysis.where.items() if not isinstance(wanted, str) and len(wanted) > 1]
    means = participant_means(table, table["value"].to_numpy(float), by, each_leg=each_leg, over=over)
    note = sessions_differ(table, by)
    return replace(means, notes=(*means.notes, note)) if note else means


def outcome_table(
    analysis: Analysis, outcome: str, metrics: pd.DataFrame, where: Mapping[str, str | list[str]]
) -> tuple[pd.DataFrame, str] | str:
    """Return the cycles of an outcome that an analysis uses and their task, or why there are none.

    Parameters
    ----------
    analysis : Analysis
    outcome : str
        A metric.
    metrics : DataFrame
        The long table, of `with_levels`.
    where : mapping
        Column to the levels that are kept.
    """
    table = metrics[(metrics["metric"] == outcome).to_numpy()] if len(metrics) else metrics
    injury = [INJURY] if analysis.sides in ("injured", "uninjured") else []
    missing = sorted({*analysis.factors_used, *where, *injury} - set(table.columns))
    tasks = list(dict.fromkeys(table["task"].astype(str)))
    if missing or not len(table):
        return f"no values of {outcome}" if not missing else f"no column {', '.join(missing)} in the study"
    if not analysis.task and len(tasks) > 1:
        return f"several tasks have {outcome} ({', '.join(tasks)}): name one in `task`"
    table = table[chosen_cycles(table, analysis.task, analysis.sides, where)].reset_index(drop=True)
    if not np.isfinite(table["value"].to_numpy(float)).any():
        return f"no values of {outcome} are left by `task`, `sides` and `where`"
    return table, analysis.task or tasks[0]
