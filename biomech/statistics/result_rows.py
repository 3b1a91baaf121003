"""The table of results: one row per estimate, the same columns for every kind of analysis.

What the columns mean is in `biomech.study.statistics_columns`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from biomech.columns import TEXT, ColumnSpec
from biomech.study.statistics_columns import RESULT_COLUMNS


@dataclass(frozen=True)
class Effect:
    """An effect size: its name in print, its formula (empty where the name says it), its interval, and where they come from.

    `corrected` ones are multiplied by Hedges' exact small-sample factor of their degrees of freedom.
    """

    title: str
    formula: str = ""
    corrected: bool = False
    source: str = ""
    interval: str = ""


EFFECTS: dict[str, Effect] = {
    "hedges_g": Effect("Hedges' g", "difference / pooled SD", True, "hedges1981", "noncentral t distribution"),
    "hedges_g_av": Effect(
        "Hedges' g_av",
        "difference / root mean square of both SDs",
        True,
        "hedges1981,algina2003",
        "noncentral t distribution",
    ),
    "d_total_sd": Effect(
        "d",
        "contrast / root of the summed variance components",
        True,
        "donner2012",
        "intervals of the contrast (t) and of the SD (chi-squared) joined",
    ),
    "partial_r2": Effect("partial R²", "F df1 / (F df1 + df2)", False, "steiger2004", "noncentral F distribution"),
    "rank_biserial": Effect(
        "rank-biserial correlation",
        "difference of favourable and unfavourable rank shares",
        False,
        "kerby2014",
        "Fisher's z, with the variance of the rank statistic under the null hypothesis",
    ),
    "pearson_r": Effect("Pearson's r", interval="Fisher's z"),
    "spearman_rho": Effect(
        "Spearman's ρ", source="bonett2000", interval="Fisher's z, with the variance of Bonett and Wright"
    ),
}

_EMPTY: dict[str, Any] = {"text": "", "number": np.nan, "count": 0}
_TYPES = {"text": "str", "number": "float64", "count": "int64"}


def table_of(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, ColumnSpec] = RESULT_COLUMNS) -> pd.DataFrame:
    """Return rows as a table with all columns, missing text empty and missing numbers NaN.

    Raises
    ------
    KeyError
        For a cell that no column holds.
    """
    listed = list(rows)
    unknown = sorted({name for row in listed for name in row} - set(columns))
    if unknown:
        raise KeyError(f"no such column of results: {', '.join(unknown)}")
    out = {}
    for name, column_spec in columns.items():
        kind = "text" if column_spec.unit == TEXT else "count" if column_spec.whole else "number"
        cells = [row.get(name, _EMPTY[kind]) for row in listed]
        out[name] = pd.Series(cells, dtype=_TYPES[kind])
    return pd.DataFrame(out)
