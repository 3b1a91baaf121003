"""A lab's own reference curves: the table of bands for figures and references for scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from biomech.config import did_you_mean
from biomech.errors import StudyError
from biomech.tasks import TASKS

COLUMNS = ("task", "variable", "quantity", "percent", "mean", "sd", "unit", "population", "source")
AGES = ("age_from_years", "age_to_years")  # optional: whom a curve fits; an empty cell leaves that end open
UNITS = {"angle": "degree", "moment": "N m kg-1", "power": "W kg-1"}
_NUMBERS = ("percent", "mean", "sd")


def read_reference_curves(path: Path) -> pd.DataFrame:
    """Read a table of reference curves.

    Parameters
    ----------
    path : Path
        CSV with the columns of `COLUMNS`: one row for every task, variable (``angle``, ``moment`` or ``power``; moments
        internal, in the joint coordinate system), quantity and percent of the cycle, with mean and standard deviation
        between people in the unit of `UNITS`, who was measured, and where it was published. The optional columns of
        `AGES` say for whom a curve is: one curve for children and one for adults may be in one table.

    Returns
    -------
    DataFrame
        Sorted by curve and percent, with the columns of `AGES` (0 and infinite where none is given).

    Raises
    ------
    StudyError
        With every fault at once.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", comment="#")
    except OSError as error:
        raise StudyError([f"report.reference_curves: {path} cannot be read: {error.strerror}"]) from None
    except (ValueError, UnicodeDecodeError) as error:
        raise StudyError(
            [f"report.reference_curves: {path} is not a CSV table: {' '.join(str(error).split())}"]
        ) from None
    where = f"report.reference_curves: {path.name}"
    if missing := [name for name in COLUMNS if name not in table.columns]:
        raise StudyError([f"{where}: missing columns {', '.join(missing)}; expected {', '.join(COLUMNS)}"])
    faults: list[str] = []
    numbers = {name: pd.to_numeric(table[name], errors="coerce") for name in _NUMBERS}
    for name, values in numbers.items():
        low, high = (0.0, 100.0) if name == "percent" else ((0.0, np.inf) if name == "sd" else (-np.inf, np.inf))
        wrong = values.isna() | (values < low) | (values > high) | np.isinf(values)
        faults += [_fault(where, table, i, name, f"a number{_range(low, high)}") for i in np.flatnonzero(wrong)[:3]]
    for i in np.flatnonzero(~table["task"].isin(list(TASKS)))[:3]:
        faults.append(_fault(where, table, i, "task", "a task") + did_you_mean(table["task"].iloc[i], TASKS))
    for i in np.flatnonzero(~table["variable"].isin(list(UNITS)))[:3]:
        faults.append(_fault(where, table, i, "variable", f"one of {', '.join(UNITS)}"))
    ages, wrong_ages = _ages(table)
    faults += [_fault(where, table, i, name, "an age in years, the first at most the second") for name, i in wrong_ages]
    units = table["variable"].map(UNITS)
    for i in np.flatnonzero(units.notna() & (units != table["unit"]))[:3]:
        faults.append(_fault(where, table, i, "unit", repr(units.iloc[i])))
    for name in ("quantity", "population", "source"):
        for i in np.flatnonzero(table[name].str.strip() == "")[:1]:
            faults.append(_fault(where, table, i, name, "a text"))
    if faults:
        raise StudyError(faults)
    table = table.assign(**numbers, **ages)
    curve = ["task", "variable", "quantity", *AGES]
    if (twice := table.duplicated([*curve, "percent"])).any():
        faults.append(_fault(where, table, int(np.flatnonzero(twice)[0]), "percent", "each percent of a curve once"))
    for key, rows in table.groupby(curve, sort=False):
        if len(rows) < 2 or rows["percent"].min() > 0 or rows["percent"].max() < 100:
            faults.append(f"{where}: {' '.join(map(str, key[:3]))}: expected points from 0 to 100 %")
    if faults:
        raise StudyError(faults)
    return table[[*COLUMNS, *AGES]].sort_values([*curve, "percent"], kind="stable").reset_index(drop=True)


def _ages(table: pd.DataFrame) -> tuple[dict[str, pd.Series], list[tuple[str, int]]]:
    """Return the ages that every row is for, and the places of cells that are none."""
    ages, wrong = {}, []
    for name, default in zip(AGES, (0.0, np.inf), strict=True):
        cells = table[name].str.strip() if name in table.columns else pd.Series("", index=table.index)
        ages[name] = pd.to_numeric(cells.mask(cells == "", str(default)), errors="coerce")
        wrong += [(name, int(i)) for i in np.flatnonzero(ages[name].isna())[:3]]
    turned = np.flatnonzero(ages[AGES[0]] > ages[AGES[1]])[:1]
    wrong += [(next(name for name in AGES if name in table.columns), int(i)) for i in turned]
    return ages, wrong


def _range(low: float, high: float) -> str:
    if np.isinf(low):
        return ""
    return f" from {low:g}" + ("" if np.isinf(high) else f" to {high:g}")


def _fault(where: str, table: pd.DataFrame, row: int | np.intp, column: str, expected: str) -> str:
    return f"{where}: line {int(row) + 2}: `{column}`: expected {expected}, found {table[column].iloc[int(row)]!r}"
