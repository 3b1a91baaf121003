"""Facts of a run, read from its results: tasks, segments, plates, muscles, missing data with reasons, analyses, versions."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from biomech.io.csv_parquet import read_parquet, write_bytes
from biomech.io.software import software
from biomech.io.store import open_dataset, read_quality
from biomech.report.citations import methods_bibtex, methods_latex, methods_markdown, supplement_markdown
from biomech.report.facts import Facts, TaskFacts
from biomech.report.methods import methods_paragraphs
from biomech.report.methods_supplement import supplement_parts
from biomech.study.statistics_columns import RESULT_COLUMNS
from biomech.tasks import TASKS

_ALWAYS = ("numpy", "scipy", "xarray", "ezc3d")
_BLOCK = 64  # cycles read at a time in search of a value


def write_methods(
    dataset: Path | str,
    quality: Path | str,
    config: Mapping[str, Any],
    markerset: Mapping[str, Any],
    outputs: Mapping[str, Path | str],
    results: Path | str | None = None,
) -> None:
    """Write the methods section of a study.

    Parameters
    ----------
    dataset, quality : Path
        ``study.nc`` and ``quality.tsv``.
    config : mapping
        The whole config, JSON-ready.
    markerset : mapping
        See `biomech.report.facts.Facts`.
    outputs : mapping
        ``markdown``, ``latex``, ``bibtex`` and ``supplement`` (Markdown).
    results : Path, optional
        Table of statistical results (Parquet).
    """
    facts = run_facts(dataset, quality, markerset, results, config)
    paragraphs, parts = methods_paragraphs(config, facts), supplement_parts(config, facts)
    write_bytes(methods_markdown(paragraphs).encode(), Path(outputs["markdown"]))
    write_bytes(methods_latex(paragraphs).encode(), Path(outputs["latex"]))
    write_bytes(supplement_markdown(parts).encode(), Path(outputs["supplement"]))
    write_bytes(methods_bibtex([*paragraphs, *parts]).encode(), Path(outputs["bibtex"]))


def run_facts(
    dataset: Path | str,
    quality: Path | str,
    markerset: Mapping[str, Any],
    results: Path | str | None = None,
    config: Mapping[str, Any] | None = None,
) -> Facts:
    """Read what a run used from its study file, quality table and statistical results; parameters as of `write_methods`."""
    table = read_quality(quality)
    rows = read_parquet(Path(results)) if results else pd.DataFrame(columns=list(RESULT_COLUMNS))
    analyses = (config or {}).get("statistics") or []
    codes = table["code"].value_counts()

    def count(*names: str) -> int:
        return int(sum(codes.get(name, 0) for name in names))

    with open_dataset(dataset) as study:
        tasks = _tasks(study)
        valid, without = _moments(study)
        muscles = _with_values(study, "emg", "muscle")
        units = study["emg_unit"].to_numpy().astype(str) if "emg_unit" in study.coords else np.array([], dtype=str)
        return Facts(
            tasks=tasks,
            hips=(count("functional_hip"), count("functional_hip_fallback")),
            knees=(count("knee_axis_turned"), count("knee_axis_fallback")),
            versions=_versions(bool(muscles), rows, analyses),
            analyses=_analyses(rows),
            markerset=markerset,
            angles=_with_values(study, "angle", "quantity"),
            plates=valid > 0 or any("force" in task.sources for task in tasks),
            with_moments=valid,
            without_moments=without,
            muscles=muscles,
            emg_units=sorted({unit for unit in units if unit}) if muscles else (),
            lost_trials=_lost_trials(table, study),
            lost_cycles=_lost_cycles(table),
            aligned=count("kinematic_events_aligned") > 0,
            not_done=_not_done(rows),
        )


def _with_values(study: xr.Dataset, variable: str, dim: str) -> tuple[str, ...]:
    """Return which of a variable's quantities have a value in any cycle; reads no more than it needs."""
    if variable not in study or not study.sizes.get("cycle"):
        return ()
    found = []
    for i, name in enumerate(study[dim].to_numpy().astype(str).tolist()):
        one = study[variable].isel({dim: i})
        blocks = range(0, study.sizes["cycle"], _BLOCK)
        if any(np.isfinite(one.isel(cycle=slice(k, k + _BLOCK)).to_numpy()).any() for k in blocks):
            found.append(name)
    return tuple(found)


def _moments(study: xr.Dataset) -> tuple[int, dict[str, int]]:
    """Return the number of cycles with valid moments, and the reasons of the others."""
    if "moment_valid" not in study.coords or not study.sizes.get("cycle"):
        return 0, {}
    valid = study["moment_valid"].to_numpy().astype(float) == 1
    reasons = pd.Series(study["moment_reason"].to_numpy().astype(str)[~valid])
    return int(valid.sum()), _counts(reasons.replace("", "no plate"))


_TRIAL = ["participant", "session", "trial"]


def _counts(names: pd.Series) -> dict[str, int]:
    return {str(name): int(n) for name, n in names.value_counts().items()}


def _lost_trials(quality: pd.DataFrame, study: xr.Dataset) -> dict[str, int]:
    """Return how many recordings with an error gave no cycle, by the code of their first error."""
    errors = quality[(quality["level"] == "error") & (quality["trial"].fillna("") != "")]
    errors = errors.drop_duplicates(_TRIAL)
    kept = (
        set(zip(*(study[name].to_numpy().astype(str).tolist() for name in _TRIAL), strict=True))
        if study.sizes.get("cycle")
        else set()
    )
    lost = [tuple(map(str, own)) not in kept for own in errors[_TRIAL].to_numpy()]
    return _counts(errors.loc[lost, "code"])


def _lost_cycles(quality: pd.DataFrame) -> dict[str, int]:
    """Return how many cycles a rule of their task rejected, or were not tracked, by code."""
    rules = {rule.code for task in TASKS.values() for rule in task.rules if rule.rejects} | {"untracked_cycle"}
    rejected = quality[(quality["stage"] == "cycles") & quality["code"].isin(rules)]
    return _counts(rejected["code"])


def _analyses(results: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the analyses that gave an estimate, in the order of the table."""
    done = results[results["status"] != "skipped"]
    return [_analysis(str(name), rows) for name, rows in done.groupby("analysis", sort=False)]


def _analysis(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    kind = str(rows["kind"].iloc[0])
    random = [
        tuple(
            term.removeprefix("sd_")
            for term in dict.fromkeys(own["term"])
            if term.startswith("sd_") and term != "sd_residual"
        )
        for _, own in rows.groupby("outcome", sort=False)
        if kind == "mixed_model"
    ]
    notes = [
        (str(row["outcome"]), part)
        for row in rows[["outcome", "reason"]].drop_duplicates().to_dict("records")
        for part in str(row["reason"]).split("; ")
        if "left out" in part
    ]
    several = len(set(rows["outcome"])) > 1
    left_out = dict.fromkeys(f"{outcome}: {part}" if several else part for outcome, part in notes)
    return {
        "analysis": name,
        "kind": kind,
        "outcomes": list(dict.fromkeys(rows["outcome"])),
        "contrasts": [name for name in dict.fromkeys(rows["contrast"]) if name],
        "n_participants": int(rows["n_participants"].max()),
        "effects": [name for name in dict.fromkeys(rows["effect_name"]) if name],
        "random": list(dict.fromkeys(random)),
        "families": [name for name in dict.fromkeys(rows["adjustment"]) if name],
        "left_out": list(left_out),
    }


def _not_done(results: pd.DataFrame) -> dict[str, str]:
    """Return the analyses that gave no estimate at all, with the reason of the first outcome."""
    out = {}
    for name, rows in results.groupby("analysis", sort=False):
        if (rows["status"] == "skipped").all():
            out[str(name)] = str(rows["reason"].iloc[0])
    return out


def _versions(emg: bool, results: pd.DataFrame, analyses: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the version of the program and of the packages that this run called for its numbers."""
    done = results[results["status"] != "skipped"]
    permuted = {analysis["name"] for analysis in analyses if analysis.get("nonparametric")}
    used = {
        **dict.fromkeys(_ALWAYS, True),
        "pyomeca": emg,
        "statsmodels": bool(done["adjustment"].str.startswith(("holm", "fdr")).any()),
        "spm1d": bool(((done["kind"] == "spm") & ~done["analysis"].isin(permuted)).any()),
        "snakemake": "snakemake" in sys.modules,
    }
    libraries = software()["libraries"]
    versions = {name: libraries[name] for name, chosen in used.items() if chosen and name in libraries}
    return {"biomech": software()["version"], **versions}


def _tasks(study: xr.Dataset) -> list[TaskFacts]:
    if not study.sizes.get("cycle"):
        return []
    columns = {name: study[name].to_numpy().astype(str) for name in ("task", *_TRIAL, "side")}
    out = []
    for task in dict.fromkeys(columns["task"].tolist()):
        mine = columns["task"] == task
        people, visits = columns["participant"][mine], columns["session"][mine]
        cutoffs = np.unique(study["cutoff_hz"].to_numpy()[mine]) if "cutoff_hz" in study.coords else np.array([])
        sources: dict[str, int] = {}
        if "event_source" in study.coords:
            for source in study["event_source"].to_numpy().astype(str)[mine].tolist():
                if source:
                    sources[source] = sources.get(source, 0) + 1
        out.append(
            TaskFacts(
                task,
                len(set(people.tolist())),
                len(set(zip(people.tolist(), visits.tolist(), strict=True))),
                int(mine.sum()),
                cutoffs[np.isfinite(cutoffs)].tolist(),
                dict(sorted(sources.items())),
                len({*zip(people.tolist(), visits.tolist(), columns["trial"][mine].tolist(), strict=True)}),
                _per_leg(people, visits, columns["side"][mine]),
            )
        )
    return out


def _per_leg(people: np.ndarray, visits: np.ndarray, sides: np.ndarray) -> tuple[float, int, int] | None:
    """Return median, least and largest number of cycles of a leg in a session."""
    legs = pd.Series(list(zip(people, visits, sides, strict=True)))[np.isin(sides, ("left", "right"))]
    if legs.empty:
        return None
    counts = legs.value_counts()
    return float(counts.median()), int(counts.min()), int(counts.max())
