"""Everything that is written once per study."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pandas as pd

from biomech.io.store import open_dataset, provenance, read_dataset, read_quality, sha256, shared_config, write_dataset
from biomech.io.table_files import write_bytes, write_csv, write_parquet, write_tsv
from biomech.quality import COLUMNS
from biomech.study.dataset import collect_study, metrics_long
from biomech.study.dictionary import data_dictionary

_WORST_FIRST = ("error", "warning", "info")


def write_study(
    inputs: Mapping[str, Sequence[Path | str]], outputs: Mapping[str, Path | str], root: Path | str | None = None
) -> None:
    """Join the sessions of a study and write its dataset, tables and dictionary.

    Parameters
    ----------
    inputs : mapping
        Lists of files, sessions in the order of the sheets: ``cycles`` and ``metrics`` (NetCDF), ``quality`` (tables
        of all stages).
    outputs : mapping
        Files to write: ``dataset``, ``metrics_parquet``, ``metrics_csv``, ``quality``, ``dictionary``, and
        ``provenance``, which speaks for the text tables that cannot carry their own.
    root : Path, optional
        The study folder; input files are named relative to it in the provenance.
    """
    with ExitStack() as files:
        _write_study(inputs, outputs, root, files)


def _write_study(
    inputs: Mapping[str, Sequence[Path | str]],
    outputs: Mapping[str, Path | str],
    root: Path | str | None,
    files: ExitStack,
) -> None:
    # variable by variable: the curves of all sessions are in memory once, not twice
    cycles = [files.enter_context(open_dataset(path)) for path in inputs["cycles"]]
    metrics = [read_dataset(path) for path in inputs["metrics"]]
    made_from = provenance(
        "study",
        shared_config(data.attrs for data in [*cycles, *metrics]),
        map(Path, [*inputs["cycles"], *inputs["metrics"]]),
        root,
    )
    study = collect_study(cycles).assign_attrs(made_from)
    table = metrics_long(metrics)
    write_dataset(study, outputs["dataset"], compress=True)
    write_parquet(table, Path(outputs["metrics_parquet"]), made_from)
    write_csv(table, Path(outputs["metrics_csv"]))
    write_tsv(join_quality(inputs["quality"]), Path(outputs["quality"]))
    write_csv(data_dictionary(study, table), Path(outputs["dictionary"]))
    written = {Path(path).name: sha256(Path(path)) for name, path in outputs.items() if name != "provenance"}
    about = {"biomech_version": made_from["biomech_version"], "file_sha256": written}
    about |= {name: json.loads(made_from[name]) for name in ("config", "input_sha256")}
    write_bytes((json.dumps(about, indent=2, sort_keys=True) + "\n").encode(), Path(outputs["provenance"]))


def join_quality(tables: Iterable[Path | str]) -> pd.DataFrame:
    """Return the quality tables of all stages and sessions as one: errors, then warnings, then notes.

    Rows of one level keep the order given; columns are those of `biomech.quality.COLUMNS`.
    """
    parts = [part for part in (read_quality(path) for path in tables) if len(part)]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    joined = pd.concat(parts, ignore_index=True)[list(COLUMNS)]
    rank = joined["level"].map({level: i for i, level in enumerate(_WORST_FIRST)}).fillna(len(_WORST_FIRST))
    return joined.iloc[rank.argsort(kind="stable")].reset_index(drop=True)
