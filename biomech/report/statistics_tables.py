"""Tables of statistical results for a paper: every number with unit, interval, n and adjusted p; no stars."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from biomech.io.csv_parquet import write_bytes, write_csv
from biomech.outcomes.selection import title_of
from biomech.report.formatting import finer, interval, latex, markdown, number, p_value, unit_text
from biomech.report.methods_statistics import random_name
from biomech.report.panels import task_title
from biomech.report.phrases import listed
from biomech.report.style import FileNames
from biomech.statistics.names_of_tests import symbol
from biomech.statistics.participant_means import RULE
from biomech.statistics.result_rows import EFFECTS

SKIPPED = "skipped"
_TERMS = {
    "sd": "SD",
    "icc_2_1": "ICC(2,1)",
    "icc_2_k": "ICC(2,k)",
    "icc_3_1": "ICC(3,1)",
    "icc_3_k": "ICC(3,k)",
    "sem": "standard error of measurement",
    "mdc95": "minimal detectable change (95 %)",
    "sem_agreement": "standard error of measurement (agreement)",
    "limit_of_agreement_low": "lower limit of agreement",
    "limit_of_agreement_high": "upper limit of agreement",
    "proportional_bias": "slope of difference on mean",
    "sd_between_of_differences": "SD of differences between participants",
    "sd_within_of_differences": "SD of differences within participants",
    "pearson_r": "Pearson's r",
    "spearman_rho": "Spearman's ρ",
    "bias": "mean difference",
    "equivalence": "equivalence",
    "symmetry_index": "limb symmetry index",
    "sample_size": "participants of a next study",
    "shapiro_wilk": "normality",
    "brown_forsythe": "equal variances",
    "icc_participant": "share of variance between participants",
    "curve": "largest statistic along the curve",
    "cmc": "coefficient of multiple correlation",
    "curve_icc_2_1_mean": "ICC(2,1), mean of the cycle",
    "curve_icc_2_1_lowest": "ICC(2,1), lowest of the cycle",
    "curve_sem": "standard error of measurement, root mean square of the cycle",
    "curve_mdc95": "minimal detectable change (95 %), of a point",
    "profile_score": "profile score",
    "variable_score": "variable score",
}
# the beginnings of terms that name what they are of
_BEGINNINGS = {
    "sd_": "SD of the random effect",
    "marginal_mean_": "estimated marginal mean",
    "simple_effect_": "simple effect of",
    "trend_": "linear trend over",
    "slope_": "slope on",
    "count_": "participants with",
    "correlation_level_slope_": "correlation of level and slope on",
}
_SIDES = {"average": "mean of both legs", "each": "each leg"}
_KINDS = {
    "descriptives": "descriptive statistics",
    "reliability": "reliability",
    "comparison": "comparison",
    "association": "association",
    "mixed_model": "linear mixed model",
    "spm": "statistical parametric mapping",
    "profile_score": "profile scores",
}
_CURVES = {"ground_reaction": "ground reaction force", "emg": "EMG"}
_METHODS = {"holm": "Holm", "fdr": "false discovery rate", "bonferroni": "Bonferroni", "none": "none"}
_NAMED = 3  # outcomes that a title names


def analysis_table(results: pd.DataFrame) -> pd.DataFrame:
    """Return the estimates of one analysis as printed cells; columns that are empty in all rows are left out.

    Parameters
    ----------
    results : pd.DataFrame
        Rows of one analysis of the table of results; skipped ones are left out.
    """
    done = [row for row in results.to_dict("records") if row["status"] != SKIPPED]
    table = pd.DataFrame([_cells(row) for row in done]).fillna("")
    keep = [name for name in table.columns if name in ("Outcome", "Estimate") or (table[name] != "").any()]
    levels = {float(row["confidence"]) for row in done if row["confidence"] == row["confidence"]}
    band = f"{100 * levels.pop():g} % CI" if len(levels) == 1 else "Interval"
    return table[keep].rename(columns={"Interval": band}) if len(table) else table


def skipped_table(results: pd.DataFrame) -> pd.DataFrame:
    """Return what was asked and could not be answered, with the reason."""
    rows = results[results["status"] == SKIPPED]
    return pd.DataFrame(
        {
            "Analysis": rows["analysis"],
            "Outcome": [outcome_title(name) for name in rows["outcome"]],
            "Side": [side_title(side) for side in rows["side"]],
            "Task": [task_title(name) if name else "" for name in rows["task"]],
            "Reason": rows["reason"],
        }
    ).reset_index(drop=True)


def write_tables(results: pd.DataFrame, folder: Path) -> dict[str, str]:
    """Write every analysis as CSV, Markdown and LaTeX into a folder; return the Markdown of each by its name.

    A last table, ``skipped``, holds what could not be answered.
    """
    tables = {str(name): analysis_table(rows) for name, rows in results.groupby("analysis", sort=False)}
    captions = {name: _caption(results[results["analysis"] == name]) for name in tables}
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
    shown = _term(str(row.get("term") or ""))
    contrast = str(row.get("contrast") or "").replace(" - ", " − ")
    level = str(row.get("level_a") or "")
    if contrast.startswith("with "):
        return f"{shown} with {outcome_title(contrast.removeprefix('with '))}"
    if contrast:
        return contrast if row.get("term") in ("difference", "contrast", "") else f"{shown}: {contrast}"
    return f"{shown}: {level}" if level else shown


def _term(term: str) -> str:
    if term in _TERMS:
        return _TERMS[term]
    for start, words in sorted(_BEGINNINGS.items(), key=lambda item: -len(item[0])):
        if term.startswith(start):
            rest = term.removeprefix(start)
            effect = rest.removesuffix("_of_differences")
            of = "residual" if rest == "residual" else random_name(effect) if start == "sd_" else rest.replace("_", " ")
            return f"SD, {of}" if rest == "residual" else f"{words} {of}"
    return term.replace("_", " ")


def side_title(side: object) -> str:
    """Return which leg values are of, in words."""
    return _SIDES.get(str(side or ""), str(side or ""))


def outcome_title(name: str) -> str:
    """Return a metric or curve in words: ``knee abduction, peak (stance)``, ``hip adduction angle``."""
    text = str(name)
    if "+" in text:
        return " and ".join(map(outcome_title, text.split("+")))
    variable, point, quantity = text.partition(".")
    if point:
        return f"{quantity.replace('_', ' ')} {_CURVES.get(variable, variable.replace('_', ' '))}"
    return title_of(text)


def analysis_title(rows: pd.DataFrame) -> str:
    """Return what an analysis is of: its outcomes and kind, and its name in the config."""
    outcomes = [outcome_title(name) for name in dict.fromkeys(rows["outcome"]) if name]
    more = f" and {len(outcomes) - _NAMED} more" if len(outcomes) > _NAMED else ""
    what = _KINDS.get(str(rows["kind"].iloc[0]), str(rows["kind"].iloc[0]).replace("_", " "))
    subject = f"{'; '.join(outcomes[:_NAMED])}{more}: {what}" if outcomes else what
    return f"{subject[:1].upper()}{subject[1:]} ({rows['analysis'].iloc[0]})"


def estimate_text(row: Mapping[Any, Any]) -> str:
    """Return the estimate with its unit."""
    value = number(row["estimate"], str(row["unit"]), _places(row))
    unit = unit_text(str(row["unit"]))
    return value + ("" if not unit or not value else unit if unit == "°" else f" {unit}")


def interval_text(row: Mapping[Any, Any]) -> str:
    """Return the interval of the estimate, with as many places; empty if there is none."""
    return interval(row["low"], row["high"], str(row["unit"]), _places(row))


def _places(row: Mapping[Any, Any]) -> int | None:
    small = str(row.get("term") or "").startswith(("sem", "mdc95", "sd", "curve_sem", "curve_mdc95"))
    return finer(str(row["unit"])) if small and row["unit"] != "1" else None


def _cells(row: Mapping[Any, Any]) -> dict[str, str]:
    effect = number(row.get("effect"))
    name = str(row.get("effect_name") or "")
    band = interval(row.get("effect_low"), row.get("effect_high"))
    return {
        "Outcome": outcome_title(row["outcome"]),
        "Side": side_title(row["side"]),
        "Task": task_title(row["task"]) if row["task"] else "",
        "Estimate of": term_title(row),
        "Estimate": estimate_text(row),
        "Interval": interval_text(row),
        "Test": str(row.get("test") or ""),
        "Statistic": _statistic(row),
        "df": _df(row.get("df")),
        "p": p_value(row.get("p")),
        "Adjusted p": p_value(row.get("p_adjusted")),
        "Effect size": effect and f"{_effect_title(name)} {effect}" + (f" ({band})" if band else ""),
        "Participants": _count(row.get("n_participants")),
        "Sessions": _count(row.get("n_sessions")),
        "Cycles": _count(row.get("n_cycles")),
        "Note": _note(row),
    }


def _statistic(row: Mapping[Any, Any]) -> str:
    value = number(row.get("statistic"))
    return f"{symbol(str(row.get('test') or ''))} = {value}" if value else ""


def _note(row: Mapping[Any, Any]) -> str:
    """Return why an estimate is doubtful; of curves, the threshold and the clusters."""
    reason = str(row.get("reason") or "")
    if row["status"] == "warned":
        return "; ".join(part for part in _before(reason.split("; "), "REML") if not part.startswith("F test"))
    return reason.removesuffix(f"; {RULE}") if row.get("kind") == "spm" else ""


def _before(parts: list[str], word: str) -> list[str]:
    """Return the parts of a reason that precede how the model was made, which is the same for all rows."""
    return parts[: parts.index(word)] if word in parts else parts


def _effect_title(name: str) -> str:
    return EFFECTS[name].title if name in EFFECTS else name.replace("_", " ")


def _caption(rows: pd.DataFrame) -> str:
    parts = [analysis_title(rows)]
    levels = sorted({float(level) for level in rows["confidence"].dropna()})
    if levels:
        parts.append(
            f"estimates with {' and '.join(f'{100 * level:g} %' for level in levels)} confidence intervals (CI)"
        )
    ways = [way for way in dict.fromkeys(rows["adjustment"].fillna("")) if way and way != "none"]
    if ways:
        named = [f"{_METHODS.get(way.split(',')[0], '')}{way.removeprefix(way.split(',')[0])}" for way in ways]
        parts.append(f"p values adjusted within families ({'; '.join(named)})")
    if len(kept := list(dict.fromkeys(rows.loc[rows["term"].str.startswith("sd_"), "term"]))) > 1:
        effects = [random_name(term.removeprefix("sd_")) for term in kept if term != "sd_residual"]
        if str(rows["kind"].iloc[0]) == "mixed_model":
            parts.append(f"random effects: {listed(effects)}")
    left = int((rows["status"] == SKIPPED).sum())
    if left:
        parts.append(f"{left} estimate{'s' if left > 1 else ''} skipped, see the table of skipped analyses")
    return "; ".join(parts) + "."


def _df(value: object) -> str:
    parts = [part.strip() for part in str(value or "").split(",")]
    return ", ".join(f"{float(part):.4g}" if part.replace(".", "", 1).isdigit() else part for part in parts)


def _count(value: object) -> str:
    return "" if value is None or value != value or not int(float(str(value))) else str(int(float(str(value))))
