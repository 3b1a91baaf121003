"""What a run really used, read from its results: tasks, cutoffs, sources of events, functional joints, versions."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from biomech import __version__
from biomech.io.store import open_dataset, read_quality
from biomech.io.table_files import read_parquet, write_bytes
from biomech.report.citations import methods_bibtex, methods_latex, methods_markdown
from biomech.report.methods import Facts, TaskFacts, methods_paragraphs

PACKAGES = ("numpy", "scipy", "xarray", "ezc3d", "snakemake")
STATISTICS_PACKAGES = ("statsmodels", "pingouin", "spm1d")


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
        See `biomech.report.methods.Facts`.
    outputs : mapping
        ``markdown``, ``latex`` and ``bibtex``.
    results : Path, optional
        Table of statistical results (Parquet).
    """
    facts = run_facts(dataset, quality, markerset, results)
    paragraphs = methods_paragraphs(config, facts)
    write_bytes(methods_markdown(paragraphs).encode(), Path(outputs["markdown"]))
    write_bytes(methods_latex(paragraphs).encode(), Path(outputs["latex"]))
    write_bytes(methods_bibtex(paragraphs).encode(), Path(outputs["bibtex"]))


def run_facts(
    dataset: Path | str, quality: Path | str, markerset: Mapping[str, Any], results: Path | str | None = None
) -> Facts:
    """Read what a run used from its study file, quality table and statistical results."""
    with open_dataset(dataset) as study:
        tasks = _tasks(study)
    codes = read_quality(quality)["code"].value_counts()

    def count(*names: str) -> int:
        return int(sum(codes.get(name, 0) for name in names))

    packages = (*PACKAGES, *(STATISTICS_PACKAGES if results else ()))
    versions = {name: number for name in packages if (number := _version(name))}
    return Facts(
        tasks,
        (count("functional_hip"), count("functional_hip_fallback")),
        (count("knee_axis_turned"), count("knee_axis_fallback")),
        {"biomech": __version__, **versions},
        markerset,
        _analyses(read_parquet(Path(results))) if results else (),
    )


def _analyses(results: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the analyses that gave an estimate, in the order of the table."""
    done = results[results["status"] != "skipped"]
    return [
        {
            "analysis": name,
            "kind": rows["kind"].iloc[0],
            "outcomes": list(dict.fromkeys(rows["outcome"])),
            "contrasts": [name for name in dict.fromkeys(rows["contrast"]) if name],
            "n_participants": int(rows["n_participants"].max()),
        }
        for name, rows in done.groupby("analysis", sort=False)
    ]


def _tasks(study: xr.Dataset) -> list[TaskFacts]:
    if not study.sizes.get("cycle"):
        return []
    columns = {name: study[name].to_numpy().astype(str) for name in ("task", "participant", "session")}
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
            )
        )
    return out


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
