"""Files that are written once per study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pandas as pd

from biomech.config import Metrics
from biomech.io.csv_parquet import (
    Append,
    csv_appender,
    parquet_appender,
    write_csv,
    write_parquet,
    write_tsv,
)
from biomech.io.store import open_dataset, provenance, read_quality, shared_config
from biomech.quality import COLUMNS, Quality
from biomech.study.contrasts import contrast_table
from biomech.study.dataset import Layout, metric_blocks, metrics_layout, study_layout, write_study_dataset
from biomech.study.dictionary import data_dictionary
from biomech.study.symmetry import side_sums, symmetry_table

_WORST_FIRST = ("error", "warning", "info")


def write_study(
    inputs: Mapping[str, Sequence[Path | str]],
    outputs: Mapping[str, Path | str],
    root: Path | str | None = None,
    sheet_notes: Sequence[str] = (),
) -> None:
    """Join the sessions of a study and write its dataset, tables and dictionary, some cycles in memory at a time.

    Parameters
    ----------
    inputs : mapping
        Lists of files, sessions in the order of the sheets: ``cycles`` and ``metrics`` (NetCDF), ``quality`` (tables
        of all stages); and ``findings`` (JSON), which the table of contrasts is made from.
    outputs : mapping
        Files to write: ``dataset``, ``metrics_parquet``, ``metrics_csv``, ``quality``, ``dictionary``. Where they are named:
        ``metrics_wide_parquet``, ``metrics_wide_csv``, ``contrasts_parquet``, ``contrasts_csv``, ``symmetry_parquet``, ``symmetry_csv``, and the folder ``metrics_by_participant``.
    root : Path, optional
        The study folder; input files are named relative to it in the provenance.
    sheet_notes : sequence of str, optional
        What was understood of the sheets although it is written in other words; each a row of the quality table.
    """
    paths = {name: Path(path) for name, path in outputs.items()}
    cycles, metrics = study_layout(inputs["cycles"]), metrics_layout(inputs["metrics"])
    config = shared_config([*cycles.attrs, *metrics.attrs])
    select = config.get("metrics", {}).get("select", "all")
    made_from = provenance(
        "study",
        config,
        map(Path, [*inputs["cycles"], *inputs["metrics"], *inputs.get("findings", [])]),
        root,
    )
    write_study_dataset(cycles, paths["dataset"], made_from)
    del cycles  # estimated 60 MB for 1,000 sessions of 54 cycles: 1.07 kB a cycle
    examples, symmetry = _write_metrics(metrics, paths, made_from, select)
    if "symmetry_parquet" in paths:
        write_parquet(symmetry, paths["symmetry_parquet"], made_from)
    if "symmetry_csv" in paths:
        write_csv(symmetry, paths["symmetry_csv"])
    contrasts = contrast_table(inputs.get("findings", []))
    if "contrasts_parquet" in paths:
        write_parquet(contrasts, paths["contrasts_parquet"], made_from)
    if "contrasts_csv" in paths:
        write_csv(contrasts, paths["contrasts_csv"])
    write_tsv(join_quality(inputs["quality"], sheet_notes), paths["quality"])
    with open_dataset(paths["dataset"]) as study:
        write_csv(data_dictionary(study, examples, Metrics(**config.get("metrics", {}))), paths["dictionary"])


def _write_metrics(
    metrics: Layout, paths: Mapping[str, Path], made_from: Mapping[str, str], select: str | Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write the tables of metrics; return one row of every metric, and the table of symmetry."""
    examples: list[pd.DataFrame] = []
    seen: set[str] = set()
    with ExitStack() as files:
        long_files = [files.enter_context(parquet_appender(paths["metrics_parquet"], made_from))]
        long_files.append(files.enter_context(csv_appender(paths["metrics_csv"])))
        wide_files: list[Append] = []
        if "metrics_wide_parquet" in paths:
            wide_files.append(files.enter_context(parquet_appender(paths["metrics_wide_parquet"], made_from)))
        if "metrics_wide_csv" in paths:
            wide_files.append(files.enter_context(csv_appender(paths["metrics_wide_csv"])))
        if "metrics_by_participant" in paths:
            long_files.append(files.enter_context(_by_participant(paths["metrics_by_participant"], made_from)))

        def written() -> Iterator[pd.DataFrame]:
            """Write block by block; what symmetry needs of a block is kept until its participant is complete."""
            for long, wide in metric_blocks(metrics, select):
                for append in long_files:
                    append(long)
                for append in wide_files:
                    append(wide)
                new = long[~long["metric"].isin(seen)].drop_duplicates("metric")
                if len(new) or not examples:
                    examples.append(new)
                    seen.update(new["metric"])
                yield side_sums(long)

        symmetry = symmetry_table(written())
    return pd.concat(examples, ignore_index=True), symmetry


@contextmanager
def _by_participant(folder: Path, made_from: Mapping[str, str]) -> Iterator[Append]:
    """Give a function that appends to one Parquet file a participant, all of one after the other.

    The files have plain names: of a folder ``participant=01`` readers make the number 1.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as file:
        current: list[tuple[str, Append]] = []
        names: set[str] = set()

        def append(table: pd.DataFrame) -> None:
            for participant, rows in table.groupby("participant", sort=False):
                if not current or current[0][0] != participant:
                    file.close()
                    path = folder / f"{participant}.parquet"
                    names.add(path.name)
                    current[:] = [(str(participant), file.enter_context(parquet_appender(path, made_from)))]
                current[0][1](rows)

        yield append
    for left in folder.glob("*.parquet"):
        if left.name not in names:
            left.unlink()


def join_quality(tables: Iterable[Path | str], sheet_notes: Sequence[str] = ()) -> pd.DataFrame:
    """Return the quality tables of all stages and sessions, and notes on the sheets, as one: errors, warnings, notes.

    Rows of one level keep the order given; columns are those of `biomech.quality.COLUMNS`.
    """
    of_sheets = Quality("", "", "study")
    for note in sheet_notes:
        of_sheets.add("info", "sheet_words", note, action="correct the sheet if something else was meant")
    parts = [part for part in [pd.DataFrame(of_sheets.rows), *map(read_quality, tables)] if len(part)]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    joined = pd.concat(parts, ignore_index=True)[list(COLUMNS)]
    rank = joined["level"].map({level: i for i, level in enumerate(_WORST_FIRST)}).fillna(len(_WORST_FIRST))
    return joined.iloc[rank.argsort(kind="stable")].reset_index(drop=True)
