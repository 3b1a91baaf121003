"""Log capture and end-of-run messages."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from biomech.errors import BiomechError
from biomech.io.sheets import Study
from biomech.pipeline.leftovers import leftover_folders

_NAMED = 10  # rows or folders that a message names
_LITTLE_BYTES = 2**20

RESULTS = {
    "report.html": "the study as one page to open and to share; sessions/*/*/report.html: each visit",
    "report.md": "the page that leads through everything",
    "study.nc": "every cycle as time-normalised curves, with all covariates",
    "metrics.csv": "one row per cycle and metric (metrics.parquet: the same)",
    "metrics_wide.csv": "one row per cycle, one column per metric (metrics_wide.parquet: the same)",
    "outcomes.csv": "mean, SD and n of the selected metrics, for SPSS, JASP, jamovi, R (outcomes.xlsx: with dictionary; outcomes/: by task)",
    "symmetry.csv": "left against right leg of every outcome, per session (symmetry.parquet: the same)",
    "profile_scores.csv": "Gait Profile Score, its nine curves and Gait Deviation Index per session and leg (profile_scores.parquet: the same)",
    "profile_figures": "movement analysis profiles of every participant; index.tsv lists them",
    "contrasts.csv": "legs, conditions, footwear and visits against each other, with MDC95 (contrasts.parquet: the same)",
    "metrics": "the rows of metrics.parquet, one file per participant",
    "quality.tsv": "everything dropped, filled, repaired or doubtful",
    "data_dictionary.csv": "what every variable, metric and column means",
    "datapackage.json": "tables and columns for programs (Frictionless Data Package)",
    "provenance.json": "version, commit, libraries and config; hashes of recordings, sheets and tables",
    "statistics": "results of the analyses that the config names",
    "figures": "curves per participant and condition, headline outcomes; index.tsv lists them",
    "study.zarr": "study.nc as a Zarr store",
    "methods.md": "the methods section, with methods.bib (methods.tex: the same for LaTeX; methods_supplement.md: all settings)",
    "variants.nc": "study.nc with a dimension `variant`",
    "variants/comparison.md": "what the variants change, in metrics, participants and conclusions",
    "bids": "the recordings as a BIDS dataset, with joint angles as a derivative",
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
        except KeyboardInterrupt:
            print("stopped by Ctrl-C: run the same command again, it goes on where it was")
        except OSError as error:
            traceback.print_exc()
            print(of_the_system(error))
        except Exception as error:
            traceback.print_exc()
            if _disk_is_full(error):
                print(of_the_system(OSError(errno.ENOSPC, "", "a file of results")))
    if failed:
        sys.exit(1)


def of_the_system(error: OSError) -> str:
    """Return what an error of the operating system means for a run, and what to do about it."""
    place = str(error.filename2 or error.filename or "a file")
    again = "then run the same command again; what is finished is kept"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{place} could not be written: the disk is full; free some space, {again}"
    if isinstance(error, PermissionError) or error.errno in (errno.EBUSY, errno.ETXTBSY):
        return (
            f"{place} could not be written or read: it is open in another program (a spreadsheet, a viewer) or its folder is "
            f"protected; close it or allow access, {again}"
        )
    return f"{place}: {error.strerror or error}; remove the cause, {again}"


def _disk_is_full(error: BaseException | None) -> bool:
    """Whether a library failed to write for want of space; HDF5 says so in words only, netCDF4 not at all."""
    words = f"errno = {errno.ENOSPC},", os.strerror(errno.ENOSPC)
    while error is not None:
        if any(word in str(error) for word in words):
            return True
        if "HDF error" in str(error) and Path("results").exists() and shutil.disk_usage("results").free < _LITTLE_BYTES:
            return True
        error = error.__cause__ or error.__context__
    return False


def ending(folder: Path, study: Study | None = None) -> str:
    """Return the message after a run: where the results are and how much of them is doubtful.

    Parameters
    ----------
    folder : Path
        The study folder.
    study : Study, optional
        Its sheets say which file a row is about, and which folders of results they no longer name.
    """
    results = folder / "results"
    lines = ["", f"Done. The results are in {results.resolve()}:"]
    for name, meaning in RESULTS.items():
        if (results / name).exists():
            lines.append(f"  {name:<24}{meaning}")
    counts = _quality_counts(results / "quality.tsv")
    if counts:
        lines += ["", f"Quality: {counts}."]
    if study is not None:
        lines += _worst_rows(results / "quality.tsv", study)
        for failed in sorted((results / "figures" / "participants").glob("*/failed.txt")):
            lines.append(f"No figures of {failed.parent.name}: see logs/{failed.parent.name}/figures.log.")
        unprinted = [
            page for page in results.glob("sessions/*/*/report.html") if not page.with_suffix(".pdf").is_file()
        ]
        if study.config.report.pdf and unprinted:
            lines.append(
                f"No report.pdf for {len(unprinted)} of the session reports: it needs Chromium, Chrome or Edge; see logs/*/*/session_report.log."
            )
        if leftover := leftover_folders(study):
            named = ", ".join(map(str, leftover[:_NAMED])) + (" …" if len(leftover) > _NAMED else "")
            lines += ["", f"Not in the sheets any more: {named} (`biomech clean` removes them)."]
    return "\n".join(lines)


def failure(folder: Path) -> str:
    """Return the message after a failed run."""
    return "\n".join(
        [
            "",
            f"The run did not end. It was stopped (Ctrl-C), or a job failed: its message is above and in {(folder / 'logs').resolve()}.",
            "Results of the other jobs are kept: fix the cause and run the same command again.",
        ]
    )


def fails(folder: Path, fail_on: Literal["never", "error", "warning"]) -> bool:
    """Whether the quality table holds a row for which the config wants the run to fail (`data.fail_on`)."""
    from biomech.io.store import read_quality

    path = folder / "results" / "quality.tsv"
    if fail_on == "never" or not path.is_file():
        return False
    bad = {"error", "warning"} if fail_on == "warning" else {"error"}
    return bool(read_quality(path)["level"].isin(bad).any())


def _worst_rows(path: Path, study: Study) -> list[str]:
    """Return the first error rows, each with the file that the sheets give to its trial."""
    from biomech.io.store import read_quality

    if not path.is_file():
        return []
    files = {(s.participant, s.session, t.trial): t.file for s in study.sessions for t in s.trials}
    table = read_quality(path)
    rows = table[table["level"] == "error"]
    lines = []
    for row in rows.head(_NAMED).astype(str).to_dict("records"):
        who, session, trial = row["participant"], row["session"], row["trial"]
        named = f"{trial} ({files.get((who, session, trial), 'not in the sheets')})" if trial else ""
        lines.append(f"  {', '.join(filter(None, (who, session, named)))}: {row['message']}")
    if len(rows) > len(lines):
        lines.append(f"  and {len(rows) - len(lines)} more in results/quality.tsv")
    return lines


def _quality_counts(path: Path) -> str:
    from biomech.io.store import read_quality

    if not path.is_file():
        return ""
    levels = read_quality(path)["level"].value_counts()
    names = {"error": "error", "warning": "warning", "info": "note"}
    counts = {name: int(levels.get(level, 0)) for level, name in names.items()}
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())
