"""The table of outcomes: one row per participant, session, task, condition, footwear and side, for statistics programs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biomech.columns import CYCLE_COLUMNS, describe_column, unit_of_name
from biomech.outcomes.selection import LONGEST, short_name
from biomech.statistics.participant_means import BLANK, DOMINANCE, INJURY, as_text, with_levels
from biomech.statistics.pooling import factor_columns

Array = NDArray[np.float64]

KEYS = ("participant", "session", "task", "condition", "footwear", "side")
_OF_PERSON = ("label", "group", "sex", "mass_kg", "height_m", "dominant_side")
STATISTICS = {"mean": "mean", "sd": "standard deviation", "n": "number of cycles"}  # suffix and what it is
_AT_ONCE = 64  # metrics in memory next to the table
_STEM = LONGEST - len("_mean")
COUNTS = {"n_trials": "trials of the row", "n_cycles": "cycles of the row, with and without values"}
# what SPSS and R do not take as the name of a variable
_SPSS_WORDS = ("all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with")
_R_WORDS = ("break", "else", "false", "for", "function", "if", "in", "inf", "na", "nan", "next", "null")
_RESERVED = frozenset([*_SPSS_WORDS, *_R_WORDS, "repeat", "true", "while"])
DICTIONARY_COLUMNS = (
    "name",
    "label",
    "unit",
    "positive",
    "definition",
    "source",
    "tasks",
    "metric",
    "levels",
)
_DEFINITIONS = {
    "mean": "mean over cycles within each trial, then over trials, each trial equally. ",
    "sd": "standard deviation of the row's cycles about their mean (n - 1), of all trials together; empty for fewer than two. ",
    "n": "cycles that have a value. ",
}


def outcome_table(wide: pd.DataFrame, metrics: Sequence[str]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return mean, SD and number of cycles of every outcome.

    Parameters
    ----------
    wide : DataFrame
        One row per cycle: `biomech.study.dataset.metrics_wide`.
    metrics : sequence of str
        Names of the metrics whose columns (under their short names) `wide` has.

    Returns
    -------
    table : DataFrame
        One row for every combination of `KEYS` that occurs, in the order of the study. A column of the sheets whose text
        differs between trials of one session and that several participants share the levels of splits rows too: what differs
        is not pooled. Of a number that differs between trials stands the mean, each trial equally; of other text nothing.
        Blank conditions are the level that the statistics name, ``(blank)``, where others are named. Then three columns per
        metric: the mean is that of `biomech.statistics.participant_means.participant_means` over cycles, then trials; the SD is that of all cycles.
    names : dict
        Column of the table to the column of `wide`, or the metric, that it is made from.
    """
    columns = {name: short_name(name) for name in metrics}
    free = [name for name in wide.columns if name not in CYCLE_COLUMNS and name not in columns.values()]
    about_columns = [*KEYS, "trial", *(name for name in _OF_PERSON if name in wide), *free]
    about = with_levels(wide[about_columns].reset_index(drop=True))
    keys = [*KEYS, *factor_columns(about[[*KEYS, "trial", *free]])]
    frame = pd.DataFrame({name: as_text(about[name]) for name in keys})
    row, first = _places(frame)
    trial, first_of_trial = _places(frame.assign(**{"": as_text(about["trial"])}))
    row_of_trial = row[first_of_trial]
    out: dict[str, NDArray] = {name: frame[name].to_numpy()[first] for name in keys}
    for name in about.columns:
        if name not in out and name != "trial":
            numbers = wide[name] if name in wide and pd.api.types.is_numeric_dtype(wide[name]) else None
            if numbers is None:
                out[name] = _one_text(about[name], row, first)
            else:
                of_trial = _means(numbers.to_numpy(dtype=float)[first_of_trial, None], row_of_trial, len(first))
                out[name] = of_trial[:, 0]
    order = ["participant", "session", "label", "group", *KEYS[2:], *keys[len(KEYS) :]]
    order = [name for name in order if name in out]
    stems = {name: short_name(name, _STEM) for name in metrics}
    taken = [*COUNTS, *(f"{stem}_{suffix}" for stem in stems.values() for suffix in STATISTICS)]
    ascii_names = _ascii_names([*order, *(name for name in out if name not in order)], taken)
    made: dict[str, NDArray] = {ascii_names[name]: out[name] for name in ascii_names}
    names = {ascii_names[name]: name for name in ascii_names}
    made["n_trials"] = np.bincount(row_of_trial, minlength=len(first))
    made["n_cycles"] = np.bincount(row, minlength=len(first))
    for start in range(0, len(metrics), _AT_ONCE):
        some = metrics[start : start + _AT_ONCE]
        values = wide[[columns[name] for name in some]].to_numpy(dtype=float)
        found = _statistics(values, row, trial, row_of_trial, len(first))
        for place, name in enumerate(some):
            for suffix, column in zip(STATISTICS, found, strict=True):
                own = f"{stems[name]}_{suffix}"
                made[own], names[own] = column[:, place], name
    return pd.DataFrame(made), names


def without_empty(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table without columns that are empty in all rows; a number of cycles that is always 0 counts as empty."""
    if table.empty:
        return table
    kept = []
    for name in table.columns:
        column = table[name]
        if name.endswith("_n") and f"{name[:-2]}_mean" in table:
            empty = not table[f"{name[:-2]}_mean"].notna().any()
        else:
            empty = bool((column.isna() | (column.astype(object) == "")).all())
        if not empty:
            kept.append(name)
    return table[kept]


def outcome_dictionary(table: pd.DataFrame, names: Mapping[str, str], study: pd.DataFrame) -> pd.DataFrame:
    """Return one row per column of the table of outcomes.

    Parameters
    ----------
    table, names
        Of `outcome_table`.
    study : DataFrame
        The study's data dictionary (`biomech.study.dictionary.data_dictionary`), the texts of which these are.

    Returns
    -------
    DataFrame
        Columns `DICTIONARY_COLUMNS`; ``tasks``: those in which the outcome has a value.
    """
    of_metric = {str(row["name"]): row for row in study[study["kind"] == "metric"].to_dict("records")}
    levels = (
        study[(study["kind"] == "column") & (study["levels"] != "")].drop_duplicates("name").set_index("name")["levels"]
    )
    rows = []
    for name in table.columns:
        made_from, suffix = names.get(name, name), name.rsplit("_", 1)[-1]
        row = dict.fromkeys(DICTIONARY_COLUMNS, "") | {"name": name}
        if made_from in of_metric and name not in COUNTS:
            known = of_metric[made_from]
            there = table.loc[table[f"{name.rsplit('_', 1)[0]}_n"] > 0, "task"]
            row["label"] = f"{known['label']}: {STATISTICS[suffix]}"
            row["unit"] = "1" if suffix == "n" else str(known["unit"])
            row["positive"] = "" if suffix == "n" else "always positive" if suffix == "sd" else str(known["positive"])
            row["definition"] = _DEFINITIONS[suffix] + str(known["meaning"])
            row["source"], row["metric"] = str(known["source"]), made_from
            row["tasks"] = "; ".join(dict.fromkeys(there))
        elif name in COUNTS:
            row |= {"label": COUNTS[name], "unit": "1", "definition": COUNTS[name]}
        else:
            row |= _of_column(made_from, table[name], str(levels.get(made_from, "")))
        rows.append(row)
    return pd.DataFrame(rows, columns=list(DICTIONARY_COLUMNS))


def _of_column(name: str, column: pd.Series, levels: str) -> dict[str, str]:
    numeric = pd.api.types.is_numeric_dtype(column)
    described = describe_column(name, numeric=numeric)
    meaning = described.meaning
    if name in (DOMINANCE, INJURY):
        which = "dominant_side" if name == DOMINANCE else "injured_side"
        meaning = f"whether `side` is the `{which}` of the participant; empty where that is not known"
    elif numeric and name not in CYCLE_COLUMNS:
        meaning += "; mean over the row's trials, each equally, where they differ"
    found = [level for level in dict.fromkeys(column.astype(str)) if level] if not numeric else []
    if BLANK in found:
        meaning += f"; {BLANK}: trials with an empty cell"
    if name in (DOMINANCE, INJURY):
        levels = "; ".join(found)
    unit = unit_of_name(name) if numeric and described.unit == "text" else described.unit
    return {"label": name.replace("_", " "), "unit": unit, "definition": meaning, "levels": levels}


def _places(frame: pd.DataFrame) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which distinct row every row is, in order of appearance, and where each of these first occurs."""
    place = frame.groupby(list(frame.columns), sort=False).ngroup().to_numpy().astype(np.intp)
    return place, np.unique(place, return_index=True)[1]


def _means(values: Array, place: NDArray[np.intp], n: int) -> Array:
    """Return means of the values that are there, (n, columns); missing where there is none."""
    there = np.isfinite(values)
    return _divided(_sums(np.where(there, values, 0.0), place, n), _sums(there, place, n))


def _statistics(
    values: Array, row: NDArray[np.intp], trial: NDArray[np.intp], row_of_trial: NDArray[np.intp], n_rows: int
) -> tuple[Array, Array, NDArray[np.int64]]:
    there = np.isfinite(values)
    n = _sums(there, row, n_rows)
    mean = _means(_means(values, trial, len(row_of_trial)), row_of_trial, n_rows)
    away = np.where(there, values - _means(values, row, n_rows)[row], 0.0)
    sd = np.sqrt(_divided(_sums(away**2, row, n_rows), n - 1))
    return mean, sd, n.astype(np.int64)


def _sums(values: NDArray, place: NDArray[np.intp], n: int) -> Array:
    total = np.zeros((n, values.shape[1]))
    np.add.at(total, place, values)
    return total


def _divided(total: Array, n: Array) -> Array:
    return np.where(n > 0, total / np.where(n > 0, n, 1.0), np.nan)


def _one_text(column: pd.Series, row: NDArray[np.intp], first: NDArray[np.intp]) -> NDArray:
    """Return the text that all cycles of a row have, else nothing."""
    alike = column.groupby(row).nunique().to_numpy() == 1
    return np.where(alike, column.to_numpy()[first], "").astype(object)


def _ascii_names(names: Iterable[str], others: Iterable[str]) -> dict[str, str]:
    """Return a name that statistics programs take for every column: ASCII, a letter first, unique without case."""
    out: dict[str, str] = {}
    taken = {name.lower() for name in others}
    for name in names:
        plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", plain).strip("_") or "column"
        if not plain[0].isalpha() or plain.lower() in _RESERVED:
            plain = f"v_{plain}"
        plain, count = plain[:LONGEST].rstrip("_"), 1
        own = plain
        while own.lower() in taken:
            count += 1
            own = f"{plain[: LONGEST - 1 - len(str(count))]}_{count}"
        taken.add(own.lower())
        out[name] = own
    return out
