"""What a person is told: the log of a job, the end of a run."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from biomech.errors import BiomechError

RESULTS = {
    "report.md": "the page that leads through everything",
    "study.nc": "every cycle as time-normalised curves, with all covariates",
    "metrics.csv": "one row per cycle and metric (metrics.parquet: the same)",
    "metrics_wide.csv": "one row per cycle, one column per metric (metrics_wide.parquet: the same)",
    "contrasts.csv": "legs, conditions, footwear and visits against each other, with MDC95 (contrasts.parquet: the same)",
    "metrics": "the rows of metrics.parquet, one file per participant",
    "quality.tsv": "everything dropped, filled, repaired or doubtful",
    "data_dictionary.csv": "what every variable, metric and column means",
    "provenance.json": "version, config and hashes behind the tables",
    "statistics": "results of the analyses that the config names",
    "figures": "curves per participant and condition, headline outcomes; index.tsv lists them",
    "study.zarr": "study.nc as a Zarr store",
    "methods.md": "the methods section, with methods.bib (methods.tex: the same for LaTeX)",
    "variants.nc": "study.nc with a dimension `variant`",
    "variants/comparison.md": "what the variants change, in metrics, participants and conclusions",
    "bids": "participants and sessions in the manner of BIDS",
    "sessions": "what each stage computed, per session",
}


@contextlib.contextmanager
def logged(path: str | Path) -> Iterator[None]:
    """Send everything that is printed to a log; an error of the study ends the process with its message alone."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    failed = True
    with (
        open(path, "w", encoding="utf-8", buffering=1) as log,
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(log),
    ):
        try:
            yield
            failed = False
        except BiomechError as error:
            action = getattr(error, "action", "")
            print(f"{error}{f' ({action})' if action else ''}")
        except Exception:
            traceback.print_exc()
    if failed:
        sys.exit(1)


def ending(folder: Path) -> str:
    """Return what a person is told after a run: where the results are and how much of them is doubtful."""
    results = folder / "results"
    lines = ["", f"Done. The results are in {results.resolve()}:"]
    for name, meaning in RESULTS.items():
        if (results / name).exists():
            lines.append(f"  {name:<24}{meaning}")
    counts = _quality_counts(results / "quality.tsv")
    if counts:
        lines += ["", f"Quality: {counts}."]
    return "\n".join(lines)


def failure(folder: Path) -> str:
    """Return what a person is told after a failed run."""
    return "\n".join(
        [
            "",
            f"A job failed; its message stands above and in {(folder / 'logs').resolve()}.",
            "Results of the other jobs are kept: mend the cause and run the same command again.",
        ]
    )


def _quality_counts(path: Path) -> str:
    from biomech.io.store import read_quality

    if not path.is_file():
        return ""
    levels = read_quality(path)["level"].value_counts()
    names = {"error": "error", "warning": "warning", "info": "note"}
    counts = {name: int(levels.get(level, 0)) for level, name in names.items()}
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())
