"""What the kinds of analyses share: means that pool nothing unnamed, counts of what they are of, and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from biomech.config.statistics import Analysis
from biomech.statistics.pooling import free_columns, pooled, sessions_differ
from biomech.statistics.values import Means, participant_means

Rows = list[dict[str, Any]]


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


def said(*parts: str) -> str:
    """Join what there is to say."""
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
