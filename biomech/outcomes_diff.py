"""What a change of a study did to its outcomes: the run before and the last one, or two studies."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from biomech.errors import BiomechError
from biomech.io.csv_parquet import read_parquet

#: Below `results/`: the metrics and the provenance of the finished run before the last one.
BEFORE = "before"
_TABLE, _ABOUT = "metrics.parquet", "provenance.json"
_PLACE = ["participant", "session", "task", "condition", "footwear", "side", "metric", "unit"]
_SAME = 1e-9  # relative: below it a value did not change


@dataclass(frozen=True)
class Difference:
    """What changed between two runs.

    Parameters
    ----------
    options : list of (str, object, object)
        Dotted name of every option that differs, with both values; None where a run does not have it.
    recordings : list of str
        Trials (``P01/pre/walk1``) whose recording is another one, new, or gone.
    version : (str, str)
        Of biomech, in both runs.
    values : pd.DataFrame
        One row for each participant, session, task, condition, footwear, side and metric: ``before`` and ``after`` (means over
        cycles, in ``unit``), ``n_before``, ``n_after``, ``difference``.
    """

    options: list[tuple[str, Any, Any]]
    recordings: list[str]
    version: tuple[str, str]
    values: pd.DataFrame

    @property
    def changed(self) -> pd.DataFrame:
        """Return the rows whose mean or number of cycles is another one."""
        values = self.values
        size = values[["before", "after"]].abs().max(axis=1).fillna(1.0)
        same = (values["difference"].abs() <= _SAME * size) | (values["before"].isna() & values["after"].isna())
        return values[~same | (values["n_before"] != values["n_after"])]


def keep_before(results: Path) -> bool:
    """Keep metrics and provenance of a finished run, before another one begins; return whether there was one to keep.

    Nothing is kept of a run that did not end: the table must be the one that its provenance names.

    Parameters
    ----------
    results : Path
        The folder ``results`` of a study.
    """
    table, about = results / _TABLE, results / _ABOUT
    if not table.is_file() or not about.is_file():
        return False
    found = json.loads(about.read_text(encoding="utf-8")).get("file_sha256", {}).get(_TABLE)
    with table.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != found:
            return False
    folder = results / BEFORE
    folder.mkdir(exist_ok=True)
    for path in (table, about):
        shutil.copyfile(path, folder / path.name)
    return True


def compare_runs(before: Path, after: Path) -> Difference:
    """Compare the results of two runs.

    Parameters
    ----------
    before, after : Path
        Folders that hold ``metrics.parquet`` and ``provenance.json``: ``results`` of a study, or its ``results/before``.

    Raises
    ------
    BiomechError
        One of the files is missing.
    """
    old, new = _about(before), _about(after)
    options = [
        (name, old_value, new_value)
        for name, old_value, new_value in _both(_flat(old.get("config", {})), _flat(new.get("config", {})))
        if old_value != new_value
    ]
    recorded = _both(old.get("recording_sha256", {}), new.get("recording_sha256", {}))
    joined = _means(before, "before").join(_means(after, "after"), how="outer").reset_index()
    for name in ("n_before", "n_after"):
        joined[name] = joined[name].fillna(0).astype(int)
    joined["difference"] = joined["after"] - joined["before"]
    return Difference(
        options,
        [name for name, first, second in recorded if first != second],
        (str(old.get("biomech_version")), str(new.get("biomech_version"))),
        joined,
    )


def describe_difference(found: Difference, most: int = 20) -> str:
    """Return the options that changed, and the outcomes that changed most, as text.

    Parameters
    ----------
    found : Difference
    most : int
        Rows of the table: one for each task and metric, those first whose mean change is largest against the spread of the values.
    """
    lines = [f"option {name}: {_text(old)} -> {_text(new)}" for name, old, new in found.options] or [
        "no option changed"
    ]
    if found.recordings:
        shown = ", ".join(found.recordings[:5]) + (" and more" if len(found.recordings) > 5 else "")
        lines.append(f"recordings that changed, are new or are gone ({len(found.recordings)}): {shown}")
    if found.version[0] != found.version[1]:
        lines.append(f"biomech {found.version[0]} -> {found.version[1]}")
    changed = found.changed
    total = found.values.groupby(["task", "metric"], observed=True).ngroups
    if changed.empty:
        return "\n".join([*lines, f"No outcome changed: {len(found.values)} means of {total} outcomes are equal."])
    table = _summary(changed, found.values)
    lines.append(
        f"{len(changed)} of {len(found.values)} means changed, of {len(table)} of {total} outcomes (a mean for each person, visit, "
        "condition and side); those that changed most against the spread between the means:"
    )
    top = table.head(most).copy()
    for name in ("task", "outcome", "unit"):  # words to the left, numbers to the right
        width = max(map(len, [name, *top[name]]))
        top[name] = [text.ljust(width) for text in top[name]]
        top = top.rename(columns={name: name.ljust(width)})
    return "\n".join([*lines, "", top.to_string(index=False)])


def _summary(changed: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    spread = values.groupby(["task", "metric"], observed=True)["before"].std()
    rows = []
    for key, own in changed.groupby(["task", "metric"], observed=True):
        difference = own["difference"].to_numpy(float)
        known = np.isfinite(difference)
        largest = own.iloc[int(np.argmax(np.where(known, np.abs(difference), -1.0)))]
        sd = float(spread.get(key, np.nan))
        mean = float(difference[known].mean()) if known.any() else np.nan
        rows.append(
            {
                "task": key[0],
                "outcome": key[1],
                "unit": largest["unit"],
                "before": own["before"].mean(),
                "after": own["after"].mean(),
                "mean change": mean,
                "largest": largest["difference"],
                "where": " ".join(
                    str(largest[name]) for name in ("participant", "session", "condition", "side") if largest[name]
                ),
                "lost": int((own["after"].isna() & own["before"].notna()).sum()),
                "gained": int((own["before"].isna() & own["after"].notna()).sum()),
                "_order": abs(mean) / sd if sd > 0 else 0.0,
            }
        )
    table = pd.DataFrame(rows).sort_values(["_order", "outcome"], ascending=[False, True]).drop(columns="_order")
    numbers = ["before", "after", "mean change", "largest"]
    table[numbers] = table[numbers].map(lambda value: "-" if np.isnan(value) else f"{value:.4g}")
    return table


def _means(folder: Path, name: str) -> pd.DataFrame:
    path = folder / _TABLE
    if not path.is_file():
        raise BiomechError(f"{path} is missing: expected the metrics of a finished run; run the study first")
    table = read_parquet(path, columns=[*_PLACE, "value"])
    table[_PLACE] = table[_PLACE].fillna("")
    groups = table.groupby(_PLACE, observed=True)["value"]
    return pd.DataFrame({name: groups.mean(), f"n_{name}": groups.count()})


def _about(folder: Path) -> dict[str, Any]:
    path = folder / _ABOUT
    if not path.is_file():
        raise BiomechError(f"{path} is missing: expected the provenance of a finished run; run the study first")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            out |= _flat(value, f"{before}{name}.")
        else:
            out[f"{before}{name}"] = value
    return out


def _both(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(name, old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new])]


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
