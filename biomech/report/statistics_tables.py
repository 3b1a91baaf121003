"""Tables of statistical results as they go into a paper: every number with unit, interval, n and adjusted p; no stars."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from biomech.io.table_files import write_bytes, write_csv
from biomech.report.panels import task_title
from biomech.report.style import FileNames
from biomech.report.text_tables import interval, latex, markdown, number, p_value, unit_text
from biomech.statistics.table import EFFECTS

SKIPPED = "skipped"
_TERMS = {
    "icc_2_1": "ICC(2,1)",
    "icc_2_k": "ICC(2,k)",
    "icc_3_1": "ICC(3,1)",
    "icc_3_k": "ICC(3,k)",
    "sem": "standard error of measurement",
    "mdc95": "minimal detectable change (95 %)",
    "sem_agreement": "standard error of measurement (agreement)",
    "limit_of_agreement_low": "lower limit of agreement",
    "limit_of_agreement_high": "upper limit of agreement",
    "pearson_r": "Pearson's r",
    "spearman_rho": "Spearman's ρ",
    "bias": "mean difference",
    "equivalence": "two one-sided tests",
    "symmetry_index": "limb symmetry index",
    "sample_size": "participants of a next study",
    "shapiro_wilk": "Shapiro-Wilk W",
    "brown_forsythe": "Brown-Forsythe F",
}


def analysis_table(results: pd.DataFrame) -> pd.DataFrame:
    """Return the estimates of one analysis as printed cells; columns that are empty in all rows are left out.

    Parameters
    ----------
    results : pd.DataFrame
        Rows of one analysis of the table of results; skipped ones are left out.
    """
    rows = [_cells(row) for row in results.to_dict("records") if row["status"] != SKIPPED]
    table = pd.DataFrame(rows).fillna("")
    keep = [name for name in table.columns if name in ("Outcome", "Estimate") or (table[name] != "").any()]
    return table[keep] if len(table) else table


def skipped_table(results: pd.DataFrame) -> pd.DataFrame:
    """Return what was asked and could not be answered, with the reason."""
    rows = results[results["status"] == SKIPPED]
    return pd.DataFrame(
        {
            "Analysis": rows["analysis"],
            "Outcome": [outcome_title(name) for name in rows["outcome"]],
            "Side": rows["side"],
            "Task": [task_title(name) if name else "" for name in rows["task"]],
            "Reason": rows["reason"],
        }
    ).reset_index(drop=True)


def write_tables(results: pd.DataFrame, folder: Path) -> dict[str, str]:
    """Write every analysis as CSV, Markdown and LaTeX into a folder; return the Markdown of each by its name.

    A last table, ``skipped``, holds what could not be answered.
    """
    tables = {str(name): analysis_table(rows) for name, rows in results.groupby("analysis", sort=False)}
    captions = {name: _caption(name, results[results["analysis"] == name]) for name in tables}
    tables = {name: table for name, table in tables.items() if len(table)}
    if len(skipped := skipped_table(results)):
        tables[SKIPPED], captions[SKIPPED] = skipped, "Analyses that the data cannot support, with the reason."
    names, texts = FileNames(), {}
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        stem = names.name(name)
        caption = captions[name]
        texts[name] = f"{caption}\n\n{markdown(table)}\n"
        write_csv(table, folder / f"{stem}.csv")
        write_bytes(texts[name].encode(), folder / f"{stem}.md")
        write_bytes(latex(table, caption, f"tab:{stem}").encode(), folder / f"{stem}.tex")
    return texts


def term_title(row: Mapping[Any, Any]) -> str:
    """Return what a row estimates, in words: the term and its contrast or level."""
    term = str(row.get("term") or "")
    shown = _TERMS.get(term, term.replace("_", " "))
    contrast = str(row.get("contrast") or "").replace(" - ", " − ")
    level = str(row.get("level_a") or "")
    if contrast:
        return contrast if term in ("difference", "contrast", "") else f"{shown}: {contrast}"
    return f"{shown}: {level}" if level else shown


def outcome_title(name: str) -> str:
    """Return a metric or curve in words: ``knee abduction, peak, stance``."""
    return ", ".join(part.replace("_", " ") for part in str(name).replace(".", "__").split("__"))


def estimate_text(row: Mapping[Any, Any]) -> str:
    """Return the estimate with its unit."""
    value = number(row["estimate"], str(row["unit"]))
    unit = unit_text(str(row["unit"]))
    return value + ("" if not unit or not value else unit if unit == "°" else f" {unit}")


def _cells(row: Mapping[Any, Any]) -> dict[str, str]:
    unit = str(row["unit"])
    effect = number(row.get("effect"))
    name = str(row.get("effect_name") or "")
    band = interval(row.get("effect_low"), row.get("effect_high"))
    return {
        "Outcome": outcome_title(row["outcome"]),
        "Side": str(row["side"] or ""),
        "Task": task_title(row["task"]) if row["task"] else "",
        "Estimate of": term_title(row),
        "Estimate": estimate_text(row),
        "Interval": interval(row["low"], row["high"], unit),
        "Statistic": number(row.get("statistic")),
        "df": _df(row.get("df")),
        "p": p_value(row.get("p")),
        "Adjusted p": p_value(row.get("p_adjusted")),
        "Effect size": effect and f"{_effect_title(name)} {effect}" + (f" ({band})" if band else ""),
        "Participants": _count(row.get("n_participants")),
        "Sessions": _count(row.get("n_sessions")),
        "Cycles": _count(row.get("n_cycles")),
        "Note": str(row.get("reason") or "") if row["status"] == "warned" else "",
    }


def _effect_title(name: str) -> str:
    return EFFECTS[name].title if name in EFFECTS else name.replace("_", " ")


def _caption(name: str, rows: pd.DataFrame) -> str:
    levels = sorted({float(level) for level in rows["confidence"].dropna()})
    parts = [
        f"Analysis {name}: estimates with {' and '.join(f'{100 * level:g} %' for level in levels)} intervals"
        if levels
        else f"Analysis {name}"
    ]
    ways = [way for way in dict.fromkeys(rows["adjustment"].fillna("")) if way and way != "none"]
    if ways:
        parts.append(f"p values adjusted within families ({', '.join(ways)})")
    left = int((rows["status"] == SKIPPED).sum())
    if left:
        parts.append(f"{left} estimate{'s' if left > 1 else ''} skipped, see the table of skipped analyses")
    return "; ".join(parts) + "."


def _df(value: object) -> str:
    parts = [part.strip() for part in str(value or "").split(",")]
    return ", ".join(f"{float(part):.4g}" if part.replace(".", "", 1).isdigit() else part for part in parts)


def _count(value: object) -> str:
    return "" if value is None or value != value or not int(float(str(value))) else str(int(float(str(value))))
