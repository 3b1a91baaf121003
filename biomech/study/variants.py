"""All variants of a study in one dataset: the same cycles side by side, variant by variant.

A cycle of two variants is the same if it is the same interval of the same trial and side: their times overlap by more
than half of what both cover. The number of a repetition does not decide, because a variant that finds one stride more
at the beginning of a trial counts all others one higher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from biomech.columns import CYCLE_COLUMNS
from biomech.io.csv_parquet import cell_text, parquet_appender, parquet_blocks, parquet_columns
from biomech.io.cycles_file import ROWS_A_CHUNK, CyclesFile, VariantsWriter
from biomech.io.packed_cycles import CurveVariable
from biomech.study.cf import about, cf_attributes
from biomech.study.stack import ID_COLUMNS, natural

MIN_OVERLAP = 0.5  # of the union of both times; more than half can hold for one pair only
_GROUP = ("participant", "session", "trial", "side")
# what the processing finds about a cycle: every variant has its own
FOUND = tuple(
    name for name, own in CYCLE_COLUMNS.items() if not own.from_sheet and name not in {*ID_COLUMNS, "cycle", "percent"}
)

_ABOUT = about("time-normalised cycles of a study, under every variant of its config")


@dataclass(frozen=True)
class Joined:
    """Cycles of all variants as one list.

    Parameters
    ----------
    names : list of str
        Names of the cycles, in the order of the study.
    rows : dict
        For every variant, the place in `names` of each of its cycles.
    own : dict
        For every variant, what it calls its cycles itself.
    """

    names: list[str]
    rows: dict[str, NDArray[np.intp]]
    own: dict[str, list[str]]

    def names_of(self, variant: str) -> dict[str, str]:
        """Return the joined name of every cycle of a variant."""
        return {own: self.names[row] for own, row in zip(self.own[variant], self.rows[variant], strict=True)}


def join_cycles(cycles: Mapping[str, pd.DataFrame]) -> Joined:
    """Find which cycles of several variants are the same.

    Parameters
    ----------
    cycles : mapping
        For every variant, the first of which gives the names, one row per cycle with columns ``cycle``,
        ``participant``, ``session``, ``trial``, ``side``, ``start`` and ``end`` (s).

    Returns
    -------
    Joined
        A cycle that only a later variant has is one of its own, named ``NAME@VARIANT`` where another has its name.
        Sessions in the order in which they first appear; within them trial, start, side.
    """
    known: list[dict[str, Any]] = []  # one per joined cycle: its group, times, name
    groups: dict[tuple[str, ...], list[int]] = {}
    taken: set[str] = set()
    rows: dict[str, list[int]] = {}
    sessions: dict[tuple[str, str], int] = {}
    for variant, table in cycles.items():
        used: set[int] = set()
        places = rows[variant] = []
        for row in table[[*_GROUP, "cycle", "start", "end"]].itertuples(index=False):
            group = (str(row.participant), str(row.session), str(row.trial), str(row.side))
            sessions.setdefault(group[:2], len(sessions))
            found = _same(row, [i for i in groups.get(group, []) if i not in used], known) if rows else None
            if found is None:
                name = str(row.cycle)
                name = name if name not in taken else f"{name}@{variant}"
                taken.add(name)
                found = len(known)
                known.append({"name": name, "start": row.start, "end": row.end, "group": group})
                groups.setdefault(group, []).append(found)
            used.add(found)
            places.append(found)

    def key(i: int) -> tuple:
        group, start = known[i]["group"], known[i]["start"]
        return sessions[group[:2]], natural(group[2]), np.inf if np.isnan(start) else start, group[3], i

    order = sorted(range(len(known)), key=key)
    place = np.empty(len(known), dtype=np.intp)
    place[order] = np.arange(len(known))
    return Joined(
        [known[i]["name"] for i in order],
        {variant: place[np.array(own, dtype=np.intp)] for variant, own in rows.items()},
        {variant: table["cycle"].astype(str).tolist() for variant, table in cycles.items()},
    )


def _same(row: Any, candidates: Sequence[int], known: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the candidate that is the cycle of a row; by name where times are missing."""
    best, found = MIN_OVERLAP, None
    for i in candidates:
        start, end = known[i]["start"], known[i]["end"]
        if np.isnan([start, end, row.start, row.end]).any():
            if known[i]["name"] == row.cycle:
                return i
            continue
        union = max(end, row.end) - min(start, row.start)
        overlap = (min(end, row.end) - max(start, row.start)) / union if union > 0 else 1.0
        if overlap > best:
            best, found = overlap, i
    return found


def write_variants(files: Mapping[str, Path | str], path: Path | str, attrs: Mapping[str, Any]) -> Joined:
    """Write the datasets of all variants as one with a dimension ``variant``, some cycles in memory at a time.

    Parameters
    ----------
    files : mapping
        ``study.nc`` of every variant, the base first.
    path : Path
        The file to write: ``angle(variant, cycle, percent, quantity)`` and so on; what the sheets say about a cycle
        on ``cycle``, what the processing finds (start, foot off, source of events ...) on ``(variant, cycle)``;
        ``present(variant, cycle)`` is 1 where the variant has the cycle. What a variant lacks is NaN or empty.
    attrs : mapping
        Further attributes (provenance).
    """
    with ExitStack() as stack:
        sources = {variant: stack.enter_context(CyclesFile(file)) for variant, file in files.items()}
        curves: dict[str, CurveVariable] = {}
        for source in sources.values():
            curves = source.curves() | curves
        heads = {variant: source.head(list(source.curves())) for variant, source in sources.items()}
        joined = join_cycles({variant: _table(head) for variant, head in heads.items()})
        small = _small(heads, joined).assign_attrs({**_ABOUT, **attrs})
        with VariantsWriter(path, curves, small, "variant") as file:
            for place, (variant, source) in enumerate(sources.items()):
                _write_curves(file, place, source, joined.rows[variant], small)
    return joined


def write_variant_metrics(
    files: Mapping[str, Path | str], path: Path | str, joined: Joined, attrs: Mapping[str, str]
) -> None:
    """Write the long tables of metrics of all variants under each other, with a first column ``variant``.

    Parameters
    ----------
    files : mapping
        ``metrics.parquet`` of every variant.
    path : Path
        The Parquet file to write; ``cycle`` carries the joined names.
    joined : Joined
        Of `write_variants`; a cycle that has metrics and no curves keeps its name.
    attrs : mapping
        Provenance.
    """
    columns: dict[str, bool] = {}  # name -> whether it is text in any of the variants
    for file in files.values():
        for name, is_text in parquet_columns(Path(file)).items():
            columns[name] = columns.get(name, False) or is_text
    with parquet_appender(Path(path), attrs) as append:
        for variant, file in files.items():
            names = joined.names_of(variant)
            for block in parquet_blocks(Path(file)):
                block["cycle"] = [names.get(name, name) for name in block["cycle"]]
                whole: dict[str, Any] = {"variant": np.full(len(block), variant)}
                for name, is_text in columns.items():
                    cells = block[name] if name in block else pd.Series(np.nan, index=block.index)
                    whole[name] = _texts(cells) if is_text else cells
                append(pd.DataFrame(whole))


def _texts(cells: pd.Series) -> pd.Series:
    """Return cells as text; what is text already only loses its missing values."""
    if isinstance(cells.dtype, pd.StringDtype):
        return cells.fillna("")
    return cells.map(cell_text).astype("str")


def _table(head: xr.Dataset) -> pd.DataFrame:
    return pd.DataFrame({name: head[name].to_numpy() for name in ("cycle", *_GROUP, "start", "end")})


def _small(heads: Mapping[str, xr.Dataset], joined: Joined) -> xr.Dataset:
    """Return the coordinates of the whole, and which variant has which cycle."""
    n, variants = len(joined.names), list(heads)
    out = xr.Dataset(coords={"variant": np.array(variants, dtype=str), "cycle": np.array(joined.names, dtype=str)})
    out["variant"].attrs = {"long_name": "variant of the config; base is the config itself"}
    for variant, head in heads.items():
        for dim in head.dims:
            if dim != "cycle":
                labels = head[dim].to_numpy().tolist()
                if dim in out.coords:
                    labels = list(dict.fromkeys([*out[dim].to_numpy().tolist(), *labels]))
                    out = out.drop_vars(str(dim))
                out = out.assign_coords({str(dim): (str(dim), np.array(labels), head[dim].attrs)})
        for name, variable in head.variables.items():
            if name in head.dims or variable.dims != ("cycle",):
                continue
            by_variant = name in FOUND
            dims = ("variant", "cycle") if by_variant else ("cycle",)
            if name not in out.variables:
                number = variable.dtype.kind in "fiub"
                empty = np.full([out.sizes[dim] for dim in dims], np.nan if number else "", float if number else object)
                attrs = cf_attributes(str(name), variable.attrs, empty.dtype)
                out = out.assign_coords({str(name): (dims, empty, attrs)})
            values = out[name].to_numpy()
            if values.dtype == object or variable.dtype.kind in "fiub":
                (values[variants.index(variant)] if by_variant else values)[joined.rows[variant]] = variable.to_numpy()
    present = np.zeros((len(variants), n), dtype=np.int8)
    for i, variant in enumerate(variants):
        present[i, joined.rows[variant]] = 1
    meaning = {"long_name": "1 where the variant has the cycle, else 0", "units": "1"}
    return out.assign(present=(("variant", "cycle"), present, meaning))


def _write_curves(
    file: VariantsWriter, place: int, source: CyclesFile, rows: NDArray[np.intp], small: xr.Dataset
) -> None:
    order = np.argsort(rows, kind="stable")
    for name, curve in source.curves().items():
        where = {dim: _places(source.labels(dim), small[dim].to_numpy()) for dim in curve.dims[1:]}
        for start in range(0, len(order), ROWS_A_CHUNK):
            some = order[start : start + ROWS_A_CHUNK]
            values = source.rows(name, some)
            points, *rest = (where[dim] for dim in curve.dims[1:])
            # the labels of the third dimension stay the file's own: what they lack is not written
            own = [np.arange(len(places)) for places in rest[:1]]
            whole = np.full(
                (len(some), small.sizes[curve.dims[1]], *map(len, own), *(small.sizes[dim] for dim in curve.dims[3:])),
                np.nan,
            )
            whole[np.ix_(np.arange(len(some)), points, *own, *rest[1:])] = values
            file.write(place, name, rows[some], rest[0] if rest else None, whole)


def _places(labels: Sequence[Any], whole: NDArray) -> NDArray[np.intp]:
    position = {label: i for i, label in enumerate(whole.tolist())}
    return np.array([position[label] for label in labels], dtype=np.intp)
