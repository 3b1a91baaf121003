"""The study's tables as a Frictionless Data Package: one file that describes every table and column.

Specification: Data Package, Tabular Data Resource and Table Schema, version 1 (https://specs.frictionlessdata.io).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from biomech import __version__
from biomech.io.csv_parquet import write_bytes

NAME = "datapackage.json"
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
# what stages write for each other, pictures, and what has a description of its own
_ELSEWHERE = ("sessions", "bids", "study.zarr")
_BOOLEANS = {"True", "False"}
_DICTIONARY = "data_dictionary.csv"
# the tables of outcomes have a dictionary of their own, because their columns are shortened
_OUTCOMES, _OUTCOME_DICTIONARY = "outcomes", "outcomes_dictionary.csv"


def write_datapackage(results: Path) -> Path:
    """Describe every CSV and TSV table under a folder of results in its ``datapackage.json``.

    Paths, sizes and SHA-256 of the files, types, meanings and units of their columns. Meanings and units are those of
    ``data_dictionary.csv``; types are those of the Parquet file of the same name, or found in the table.

    Parameters
    ----------
    results : Path
        The folder ``results`` of a study.
    """
    meanings = _Meanings(results)
    found = [_resource(path, results, meanings) for path in _tables(results)]
    resources = [resource for resource in found if resource is not None]
    package = {
        "profile": "tabular-data-package",
        "name": "biomech-results",
        "title": "Results of a motion-capture study",
        "description": f"Tables written by biomech {__version__}; provenance.json holds the config and the hashes of the input.",
        "resources": resources,
    }
    return write_bytes((json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode(), results / NAME)


class _Meanings:
    """Meaning and unit of the columns of each table, from the data dictionary."""

    def __init__(self, results: Path) -> None:
        self._rows: dict[str, list[dict[str, str]]] = {}
        for row in _read_dictionary(results / _DICTIONARY):
            for name in {row["name"], row["short_name"]} - {""}:
                self._rows.setdefault(name, []).append(row)
        self._outcomes = {row["name"]: row for row in _read_dictionary(results / _OUTCOME_DICTIONARY)}

    def of(self, column: str, file: str) -> dict[str, str]:
        """Return ``description`` and ``unit`` as far as they are known: those of this file before those of any."""
        if file.startswith(_OUTCOMES) and file != _OUTCOME_DICTIONARY and column in self._outcomes:
            row = self._outcomes[column]
            return {"description": row.get("definition") or row.get("label", ""), **_unit(row.get("unit", ""))}
        rows = self._rows.get(column, [])
        here = [row for row in rows if any(fnmatch(file, own) for own in re.split(r",\s*", row["file"]))]
        # a name that other files give a different meaning says nothing about this one
        if not here and len({row["meaning"] for row in rows}) != 1:
            return {}
        row = (here or rows)[0]
        return {"description": row["meaning"], **_unit(row["unit"])}


def _unit(unit: str) -> dict[str, str]:
    return {} if unit in ("", "text") or unit.startswith("see ") else {"unit": unit}


def _read_dictionary(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    rows = pd.read_csv(path, dtype=str, keep_default_na=False).to_dict("records")
    return [{str(key): str(cell) for key, cell in row.items()} for row in rows]


def _tables(results: Path) -> Iterator[Path]:
    for path in sorted(results.rglob("*")):
        inside = path.relative_to(results).parts
        if path.suffix in _SEPARATORS and inside[0] not in _ELSEWHERE and not path.name.startswith("."):
            yield path


def _resource(path: Path, results: Path, meanings: _Meanings) -> dict[str, Any] | None:
    """Return the description of a table; None for a file that somebody else put there and that is not a table."""
    try:
        types = _types(path, _SEPARATORS[path.suffix])
    except (ValueError, pd.errors.ParserError):  # UnicodeDecodeError is a ValueError
        return None
    place = path.relative_to(results).as_posix()
    separator = _SEPARATORS[path.suffix]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    table = re.sub(r"^variants/[^/]+/", "", place)  # a variant's tables are those of the base
    fields = [{"name": name, "type": kind, **meanings.of(name, table)} for name, kind in types]
    return {
        "profile": "tabular-data-resource",
        "name": re.sub(r"[^a-z0-9._-]+", "-", place.lower()),
        "path": place,
        "format": path.suffix[1:],
        "mediatype": "text/csv" if path.suffix == ".csv" else "text/tab-separated-values",
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{digest}",
        "dialect": {"delimiter": separator, "lineTerminator": "\n", "header": True},
        "schema": {"fields": fields, "missingValues": [""]},
    }


def _types(path: Path, separator: str) -> list[tuple[str, str]]:
    """Return the columns of a table with their types in the words of Table Schema."""
    with path.open(encoding="utf-8") as file:
        empty = not file.readline().strip("\n")
    if empty:
        return []
    head = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, nrows=0).columns.tolist()
    parquet = path.with_suffix(".parquet")
    if parquet.is_file():
        schema = pq.read_schema(parquet)
        if schema.names == head:
            return [(field.name, _arrow_type(field.type)) for field in schema]
    table = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False)
    return [(name, _found_type(table[name].tolist())) for name in head]


def _arrow_type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "boolean"
    return "integer" if pa.types.is_integer(kind) else "number" if pa.types.is_floating(kind) else "string"


def _found_type(cells: Sequence[str]) -> str:
    filled = {cell for cell in cells if cell}
    if filled and filled <= _BOOLEANS:
        return "boolean"
    if filled and all(re.fullmatch(r"[+-]?\d+", cell) for cell in filled):
        # labels such as 01 are text
        return "string" if any(re.match(r"[+-]?0\d", cell) for cell in filled) else "integer"
    numbers = pd.to_numeric(pd.Series(sorted(filled), dtype="str"), errors="coerce")
    return "number" if filled and not numbers.isna().any() else "string"
