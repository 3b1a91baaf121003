"""Tables and pictures on disk: written whole or not at all, the same bytes for the same content."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from biomech.io.whole_files import whole_file

_LINE_END = "\r\n\0"
_ROWS_A_GROUP = 32_768  # of a Parquet file that is appended to

Append = Callable[[pd.DataFrame], None]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_bytes(content: bytes, path: Path) -> Path:
    """Write `content` to `path` through a temporary file next to it, so that a reader never sees half a file."""
    with whole_file(path) as temporary:
        temporary.write_bytes(content)
    return Path(path)


def tidy(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with one plain type per column: numbers (missing NaN), booleans, or text (missing empty).

    A column that mixes numbers and text becomes text, whole numbers among them without a decimal point.
    """
    out = table.copy(deep=False)
    for place, dtype in enumerate(table.dtypes):
        if not (pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype)):
            out.isetitem(place, _plain(table.iloc[:, place]).array)
    return out


def guard_formulas(cells: Sequence[str]) -> list[str]:
    """Return cells with an apostrophe before every text that a spreadsheet would run as a formula.

    Concerned is text that begins with ``= + - @``, tab or carriage return and is not a number.
    """
    risky = [cell for cell in cells if cell.startswith(FORMULA_STARTS)]
    numbers = pd.to_numeric(pd.Series(risky, dtype="str"), errors="coerce")
    formulas = {cell for cell, number in zip(risky, numbers, strict=True) if np.isnan(number)}
    return [f"'{cell}" if cell in formulas else cell for cell in cells]


def write_csv(table: pd.DataFrame, path: Path, *, separator: str = ",") -> Path:
    """Write a table as UTF-8 text: one header line, empty cells for missing values, formulas made harmless."""
    return write_bytes(_csv(table, separator).encode("utf-8"), path)


def write_tsv(table: pd.DataFrame, path: Path) -> Path:
    """Write a tab-separated table, see `write_csv`."""
    return write_csv(table, path, separator="\t")


def write_parquet(table: pd.DataFrame, path: Path, metadata: Mapping[str, str] | None = None) -> Path:
    """Write a table as Parquet; `metadata` (provenance) becomes the schema's metadata. Text stays as it is."""
    sink = pa.BufferOutputStream()
    pq.write_table(_arrow(table, metadata), sink, compression="zstd")
    return write_bytes(sink.getvalue().to_pybytes(), path)


@contextmanager
def csv_appender(path: Path, *, separator: str = ",") -> Iterator[Append]:
    """Give a function that appends tables of the same columns to a file, as `write_csv` would write them together."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:

        def append(table: pd.DataFrame) -> None:
            file.write(_csv(table, separator, header=file.tell() == 0))

        yield append


@contextmanager
def parquet_appender(path: Path, metadata: Mapping[str, str] | None = None) -> Iterator[Append]:
    """Give a function that appends tables of the same columns and types to a Parquet file; see `write_parquet`."""
    waiting: list[pa.Table] = []
    writers: list[pq.ParquetWriter] = []
    with whole_file(path) as temporary:

        def write() -> None:
            whole = pa.concat_tables(waiting)
            waiting.clear()
            if not writers:
                writers.append(pq.ParquetWriter(temporary, whole.schema, compression="zstd"))
            if len(whole):
                writers[0].write_table(whole, row_group_size=_ROWS_A_GROUP)

        def append(table: pd.DataFrame) -> None:
            waiting.append(_arrow(table, metadata))
            if sum(map(len, waiting)) >= _ROWS_A_GROUP:
                write()

        try:
            yield append
            if waiting:
                write()
        finally:
            for writer in writers:
                writer.close()


def _arrow(table: pd.DataFrame, metadata: Mapping[str, str] | None) -> pa.Table:
    arrow = pa.Table.from_pandas(tidy(table), preserve_index=False)
    # all text has one type, whatever pandas' own is, and a column without any value is text
    arrow = arrow.cast(pa.schema([field.with_type(_text_or(field.type)) for field in arrow.schema]))
    # pandas' own metadata would tie the bytes to its version
    return arrow.replace_schema_metadata({str(k): str(v) for k, v in sorted((metadata or {}).items())})


def _text_or(kind: pa.DataType) -> pa.DataType:
    return pa.large_string() if pa.types.is_null(kind) or pa.types.is_string(kind) else kind


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a Parquet table, or some of its columns."""
    return pq.read_table(path, columns=None if columns is None else list(columns)).to_pandas()


def parquet_columns(path: Path) -> dict[str, bool]:
    """Return the columns of a Parquet table, and whether each is text."""
    schema = pq.read_schema(path)
    return {field.name: pa.types.is_string(field.type) or pa.types.is_large_string(field.type) for field in schema}


def parquet_blocks(
    path: Path, rows: int = _ROWS_A_GROUP, columns: Sequence[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Read a Parquet table, or some of its columns, some rows at a time; one empty block if it has none."""
    wanted = None if columns is None else list(columns)
    with pq.ParquetFile(path) as file:
        if not file.metadata.num_rows:
            yield file.read(columns=wanted).to_pandas()
        for batch in file.iter_batches(batch_size=rows, columns=wanted):
            yield batch.to_pandas()


def read_parquet_where(path: Path, column: str, values: Collection[str]) -> pd.DataFrame:
    """Read the rows of a Parquet table that have one of some values in a column; memory holds a block and those rows."""
    blocks = [block[block[column].isin(list(values)).to_numpy()] for block in parquet_blocks(path)]
    return pd.concat(blocks, ignore_index=True)


def read_tsv(path: Path, columns: Sequence[str] | None = None, text: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a tab-separated table; an empty file is an empty table with `columns`.

    Parameters
    ----------
    path : Path
        The file.
    columns : sequence of str, optional
        Columns that the result has, in this order; absent ones are empty.
    text : sequence of str, optional
        Columns that are text even where they look like numbers.
    """
    path = Path(path)
    if path.stat().st_size == 0:
        return pd.DataFrame(columns=list(columns or []))
    kinds = dict.fromkeys(text or [], "str")
    table = pd.read_csv(path, sep="\t", keep_default_na=False, na_values={}, dtype="str")
    for name in table.columns.difference(list(kinds)):
        table[name] = _numbers(table[name])
    return table.reindex(columns=list(columns)) if columns else table


def _numbers(column: pd.Series) -> pd.Series:
    """Turn a column of text into numbers if every cell that is not empty is one."""
    filled = column != ""
    numbers = pd.to_numeric(column.where(filled), errors="coerce")
    return column if (numbers.isna() & filled).any() else numbers


def _csv(table: pd.DataFrame, separator: str, header: bool = True) -> str:
    shown = tidy(table)
    for place, dtype in enumerate(shown.dtypes):
        if not (pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype)):
            # cells repeat a lot, and every different one is looked at once
            codes, different = pd.factorize(shown.iloc[:, place])
            guarded = pd.Series(guard_formulas([str(cell) for cell in different]), dtype="str")
            shown.isetitem(place, guarded.take(codes).array)
    # cells with a character of the line's end are quoted, and a carriage return alone has to be
    return shown.to_csv(sep=separator, index=False, header=header, lineterminator=_LINE_END).replace(_LINE_END, "\n")


def _plain(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.StringDtype):
        return column.fillna("").astype("str")
    values = column.to_list()
    missing = [_is_missing(value) for value in values]
    kinds = {type(value) for value, gone in zip(values, missing, strict=True) if not gone}
    if kinds and all(issubclass(kind, (bool, np.bool_)) for kind in kinds) and not any(missing):
        return column.astype(bool)
    if kinds and all(issubclass(kind, (int, float, np.number)) and kind is not bool for kind in kinds):
        numbers = [np.nan if gone else float(value) for value, gone in zip(values, missing, strict=True)]
        return pd.Series(numbers, index=column.index, dtype=float)
    text = ["" if gone else cell_text(value) for value, gone in zip(values, missing, strict=True)]
    return pd.Series(text, index=column.index, dtype="str")


def cell_text(value: object) -> str:
    """Return a cell as text: ``4`` for 4.0, empty for a missing value."""
    if _is_missing(value):
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, (float, np.floating)) and bool(np.isnan(value)))
