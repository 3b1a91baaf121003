"""The report of a study: who took part, outcomes by group and visit, statistics with their figures, and the way to every session."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from biomech.columns import AGE_COLUMNS
from biomech.html_report.page import render
from biomech.html_report.quality import LEVELS, LIGHTS, WORDS, kinds
from biomech.io.csv_parquet import read_tsv
from biomech.report.formatting import finer, number, unit_text
from biomech.report.overview import Yardsticks, headline_metric
from biomech.report.panels import headlines, task_title
from biomech.report.statistics_tables import SKIPPED, analysis_table, analysis_title, skipped_table

_MOST_CODES = 12
_NO_GROUP = "all"
#: Numbers of a person in table 1: columns of which the first with values is taken, title, unit.
_NUMBERS = ((AGE_COLUMNS, "age", "years"), (("mass_kg",), "body mass", "kg"), (("height_m",), "height", "m"))
_PICTURES = {".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(frozen=True)
class StudyMaterial:
    """What the report of a study is made from.

    Attributes
    ----------
    about : pd.DataFrame
        One row per cycle of the study: the columns of the sheets.
    metrics : pd.DataFrame
        Headline outcomes (`biomech.report.overview.read_headlines`).
    held : Yardsticks
        Minimal detectable changes.
    quality : pd.DataFrame
        Rows of the whole study.
    sessions : sequence of (str, str, str)
        Participant, session and label of the sheets, in their order, those without results included.
    results : pd.DataFrame, optional
        Of the statistics; None where the config names no analysis.
    statistics : Path, optional
        Folder of tables and figures of the statistics.
    figures : Path, optional
        List of the study's figures (``index.tsv``).
    links : mapping
        Title to address, relative to the page.
    provenance : mapping
        As `biomech.io.store.provenance` gives it.
    """

    about: pd.DataFrame
    metrics: pd.DataFrame
    held: Yardsticks
    quality: pd.DataFrame
    sessions: Sequence[tuple[str, str, str]]
    results: pd.DataFrame | None = None
    statistics: Path | None = None
    figures: Path | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)


def study_page(material: StudyMaterial) -> str:
    """Return the HTML of a study's report."""
    about = material.about
    bad = material.quality[material.quality["level"].isin(LEVELS[:2])]
    counts = material.quality["level"].value_counts()
    groups, rows = table_one(about)
    columns, outcomes = outcome_table(material.metrics, about, material.held)
    return render(
        "study.html.j2",
        ("app.js", "tables.js"),
        None,
        title="Results of the study",
        processed=processed(about),
        groups=groups,
        people=rows,
        columns=columns,
        outcomes=outcomes,
        analyses=analyses(material.results, material.statistics),
        skipped=[] if material.results is None else skipped_table(material.results).to_dict("records"),
        has_statistics=material.results is not None,
        overview=_pictures(material.figures, "kind", "overview"),
        sessions=session_rows(material.sessions, about, material.quality),
        light_words=WORDS,
        counts=[(level, int(counts.get(level, 0))) for level in LEVELS],
        kinds=kinds(bad)[:_MOST_CODES],
        more_kinds=max(0, bad.groupby(["level", "code"]).ngroups - _MOST_CODES),
        links=list(material.links.items()),
        version=material.provenance.get("biomech_version", ""),
    )


def processed(about: pd.DataFrame) -> list[dict[str, Any]]:
    """Return how many people, sessions, trials and cycles there are of every task, condition and footwear."""
    if about.empty:
        return []
    out = []
    for key, part in about.groupby(["task", "condition", "footwear"], sort=False):
        task, condition, footwear = map(str, key)
        out.append(
            {
                "where": ", ".join(filter(None, (task_title(task), condition, footwear))),
                "participants": part["participant"].nunique(),
                "sessions": len(part[["participant", "session"]].drop_duplicates()),
                "trials": len(part[["participant", "session", "trial"]].drop_duplicates()),
                "cycles": len(part),
                "moments": int((part["moment_valid"].astype(float) == 1).sum()) if "moment_valid" in part else None,
            }
        )
    return out


def table_one(about: pd.DataFrame) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the names of the groups, and a row of text for each characteristic: of people with a cycle, at their first session."""
    if about.empty:
        return [], []
    first = about.drop_duplicates("participant")
    group = _groups(first)
    names = list(dict.fromkeys(group))
    parts = {name: first[(group == name).to_numpy()] for name in names}
    rows = [{"title": "participants", "cells": [str(len(parts[name])) for name in names]}]
    if "sex" in first:
        for sex in ("female", "male", "unknown"):
            counts = [int((parts[name]["sex"].astype(str) == sex).sum()) for name in names]
            if any(counts):
                rows.append({"title": sex if sex != "unknown" else "sex not given", "cells": [str(n) for n in counts]})
    for columns, title, unit in _NUMBERS:
        cells = [_mean_sd(parts[name], columns) for name in names]
        if any(cells):
            rows.append({"title": f"{title}, {unit}", "cells": cells})
    sessions = [
        str(len(about[about["participant"].isin(parts[n]["participant"])].drop_duplicates(["participant", "session"])))
        for n in names
    ]
    return names, [*rows, {"title": "sessions", "cells": sessions}]


def outcome_table(
    metrics: pd.DataFrame, about: pd.DataFrame, held: Yardsticks
) -> tuple[list[str], list[dict[str, Any]]]:
    """Return headline outcomes by group and visit: mean and SD over participants of each one's mean, with MDC95 between visits.

    Returns
    -------
    columns : list of str
        Group and session of every column.
    rows : list of dict
        ``where``, ``title``, ``side``, ``unit``, ``positive``, ``cells`` (one for each column), ``mdc95``.
    """
    filled = metrics[metrics["value"].notna()]
    if filled.empty:
        return [], []
    of_person = dict(zip(about["participant"].astype(str), _groups(about), strict=True)) if len(about) else {}
    group = filled["participant"].astype(str).map(of_person).fillna(_NO_GROUP)
    filled = filled.assign(column=[_column(g, str(s)) for g, s in zip(group, filled["session"], strict=True)])
    sessions, names = list(dict.fromkeys(filled["session"].astype(str))), list(dict.fromkeys(group))
    columns = [c for g in names for s in sessions if (c := _column(g, s)) in set(filled["column"])]
    rows = []
    for key, table in filled.groupby(["task", "condition", "footwear"], sort=False):
        task, condition, footwear = map(str, key)
        for headline in headlines(task):
            name = headline_metric(table, headline)
            for side, some in table[table["metric"] == name].groupby("side", sort=True):
                unit = str(some["unit"].iloc[0])
                rows.append(
                    {
                        "where": ", ".join(filter(None, (task_title(task), condition, footwear))),
                        "title": headline.title,
                        "positive": headline.positive,
                        "metric": name,
                        "side": str(side),
                        "unit": unit_text(unit),
                        "cells": [_cell(some[some["column"] == column], unit) for column in columns],
                        "mdc95": number(held.mdc(task, str(name)), unit),
                    }
                )
    return columns, rows


def analyses(results: pd.DataFrame | None, folder: Path | None) -> list[dict[str, Any]]:
    """Return every analysis with its table of text and its figures; one in which all was skipped has no table."""
    if results is None:
        return []
    out = []
    for name, rows in results.groupby("analysis", sort=False):
        table = analysis_table(rows)
        index = folder / "figures" / "index.tsv" if folder else None
        out.append(
            {
                "title": analysis_title(rows),
                "head": [str(column) for column in table.columns],
                "rows": table.astype(str).to_numpy().tolist() if len(table) else [],
                "skipped": int((rows["status"] == SKIPPED).sum()),
                "pictures": _pictures(index, "analysis", str(name)),
            }
        )
    return out


def session_rows(
    sessions: Sequence[tuple[str, str, str]], about: pd.DataFrame, quality: pd.DataFrame
) -> list[dict[str, Any]]:
    """Return a row for every session of the sheets: its light, errors, warnings, cycles, and where its report is."""
    out = []
    for participant, session, label in sessions:
        rows = quality[
            (quality["participant"].astype(str) == participant) & (quality["session"].astype(str) == session)
        ]
        worst = next((level for level in LEVELS if (rows["level"] == level).any()), "info")
        mine: Any = (
            (about["participant"].astype(str) == participant) & (about["session"].astype(str) == session)
            if len(about)
            else []
        )
        out.append(
            {
                "participant": participant,
                "session": session,
                "label": label if label != session else "",
                "light": LIGHTS[worst],
                "errors": int((rows["level"] == "error").sum()),
                "warnings": int((rows["level"] == "warning").sum()),
                "cycles": int(np.sum(mine)),
                "report": f"sessions/{participant}/{session}/report.html",
            }
        )
    return out


def _groups(about: pd.DataFrame) -> pd.Series:
    """Return the group of every row; people without one are `_NO_GROUP`."""
    if "group" not in about:
        return pd.Series(_NO_GROUP, index=about.index)
    return about["group"].astype(str).where(about["group"].astype(str).str.len() > 0, _NO_GROUP)


def _column(group: str, session: str) -> str:
    return session if group == _NO_GROUP else f"{group}, {session}"


def _mean_sd(people: pd.DataFrame, columns: Sequence[str]) -> str:
    for column in columns:
        values = pd.to_numeric(people[column], errors="coerce").dropna() if column in people else pd.Series(dtype=float)
        if len(values):
            places = 2 if column == "height_m" else 1
            spread = f" (SD {number(values.std(ddof=1), places=places)})" if len(values) > 1 else ""
            known = f"; {len(values)} of {len(people)}" if len(values) < len(people) else ""
            return f"{number(values.mean(), places=places)}{spread}{known}"
    return ""


def _cell(some: pd.DataFrame, unit: str) -> str:
    """Return mean and SD over participants of each one's mean, and their number; empty without values."""
    people = some.groupby("participant", sort=False)["value"].mean()
    if people.empty:
        return ""
    spread = f"SD {number(people.std(ddof=1), unit, finer(unit))}; " if len(people) > 1 else ""
    return f"{number(people.mean(), unit)} ({spread}{len(people)})"


def _pictures(index: Path | None, column: str, value: str) -> list[dict[str, str]]:
    """Return figures of a list as data addresses, those whose format a page can show."""
    if index is None or not index.is_file():
        return []
    listed = read_tsv(index)
    chosen = listed[listed[column].astype(str) == value] if len(listed) else listed
    out = []
    for name in chosen["file"].astype(str):
        path = index.parent / name
        if path.suffix in _PICTURES and path.is_file():
            data = base64.b64encode(path.read_bytes()).decode("ascii")
            out.append({"name": path.stem.replace("_", " "), "source": f"data:{_PICTURES[path.suffix]};base64,{data}"})
    return out
