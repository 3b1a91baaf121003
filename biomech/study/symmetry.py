"""The table of symmetry: left against right leg of every outcome, per session, task, condition and footwear."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import numpy as np
import pandas as pd

from biomech.columns import SYMMETRY_COLUMNS
from biomech.schema import SIDES

KEYS = ("participant", "session", "label", "task", "condition", "footwear", "metric", "unit")


def side_sums(long: pd.DataFrame) -> pd.DataFrame:
    """Return sum and number of the values of each leg in a piece of the long table, by `KEYS` and ``side``."""
    rows = long.loc[long["side"].isin(SIDES) & long["value"].notna(), [*KEYS, "side", "value"]]
    return rows.groupby([*KEYS, "side"], sort=False, observed=True)["value"].agg(["sum", "count"])


def symmetry_table(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return one row for every outcome that both legs have.

    Parameters
    ----------
    parts : iterable of DataFrame
        Of `side_sums`, in the order of the study, those of one participant together: one participant is in memory at a time.

    Returns
    -------
    pd.DataFrame
        Columns `SYMMETRY_COLUMNS`. The limb symmetry index is ``100 left / right``,
        the symmetry index ``100 (left - right) / ((left + right) / 2)`` (Herzog 1989, Med Sci Sports Exerc 21:110); both are
        missing where the means have different signs or one is zero.
    """
    of_participants = groupby((part for part in parts if len(part)), lambda part: part.index[0][0])
    tables = [_of_participant(list(pieces)) for _, pieces in of_participants]
    return pd.concat(tables, ignore_index=True) if tables else _typed(pd.DataFrame(columns=list(SYMMETRY_COLUMNS)))


def _of_participant(pieces: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the table of one participant, whose pieces follow one another."""
    total = pd.concat(pieces).groupby(level=[*KEYS, "side"], sort=False, observed=True).sum()
    legs = [
        total.xs(side, level="side")
        if side in total.index.get_level_values("side")
        else total.iloc[:0].droplevel("side")
        for side in SIDES
    ]
    paired = legs[0].add_suffix("_left").join(legs[1].add_suffix("_right"), how="inner")
    table = paired.index.to_frame(index=False)
    a, b = (paired[f"sum_{side}"].to_numpy() / paired[f"count_{side}"].to_numpy() for side in SIDES)
    ratio = a * b > 0
    table["mean_left"], table["mean_right"], table["difference"] = a, b, a - b
    table["limb_symmetry_percent"] = np.where(ratio, 100.0 * a / np.where(ratio, b, 1.0), np.nan)
    table["symmetry_index_percent"] = np.where(ratio, 200.0 * (a - b) / np.where(ratio, a + b, 1.0), np.nan)
    for side in SIDES:
        table[f"n_{side}"] = paired[f"count_{side}"].to_numpy()
    return _typed(table)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    text = [name for name, column in SYMMETRY_COLUMNS.items() if column.unit == "text"]
    return table[list(SYMMETRY_COLUMNS)].astype(
        {name: "str" if name in text else "float64" for name in SYMMETRY_COLUMNS}
    )
