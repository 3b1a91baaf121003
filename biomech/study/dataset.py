"""One tidy dataset of all cycles of a study, session by session.

Two passes: the first reads what sessions say about their cycles and decides what the whole looks like (`study_layout`),
the second takes curves a block of cycles at a time (`curve_blocks`), so that memory does not grow with the number of
sessions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from biomech.columns import describe_column
from biomech.io.cycles_file import ROWS_A_CHUNK, CyclesFile, CyclesInMemory, CyclesWriter
from biomech.io.packed_cycles import CurveVariable, SparseCurves, pack, unpack
from biomech.outcomes.registry import NOT_DEFINED
from biomech.outcomes.selection import selected, short_name
from biomech.schema import VARIABLES
from biomech.study.cf import about, cf_attributes, cf_values
from biomech.study.stack import ID_COLUMNS, TIMING_COLUMNS, people_together, stack_cycles

METRIC_COLUMNS = (*ID_COLUMNS, "cycle", "metric", "value", "unit", "reason", *TIMING_COLUMNS)
WIDE_COLUMNS = (*ID_COLUMNS, "cycle", *TIMING_COLUMNS)

Source = Path | str | xr.Dataset

_ABOUT = about("time-normalised cycles of a study")


@dataclass(frozen=True)
class Layout:
    """What sessions look like together.

    Parameters
    ----------
    sources : tuple of Path or xr.Dataset
        The sessions with cycles, in the order of the study.
    rows : tuple of (cycles,) array
        Rows of each source in the order of the study.
    frame : xr.Dataset
        Coordinates, and the variables that the first pass has read.
    curves : dict
        Variables of the second pass.
    attrs : tuple of dict
        Attributes of all sources given, those without cycles too.
    """

    sources: tuple[Source, ...]
    rows: tuple[NDArray[np.intp], ...]
    frame: xr.Dataset
    curves: dict[str, CurveVariable]
    attrs: tuple[dict[str, Any], ...]


def study_layout(sessions: Iterable[Source], later: Sequence[str] = ()) -> Layout:
    """Read what sessions say about their cycles, without their curves, and lay out the whole.

    Parameters
    ----------
    sessions : iterable of Path or xr.Dataset
        One flat dataset each, with dimension ``cycle``; sessions without cycles are allowed.
    later : sequence of str
        Names of further variables to be left for the second pass (numbers over more than one dimension are).

    Raises
    ------
    ValueError
        If one variable has different dimensions in two sessions.
    """
    sources, heads, attrs = [], [], []
    curves: dict[str, CurveVariable] = {}
    for session in sessions:
        with opened(session) as file:
            attrs.append(file.attrs)
            own = file.curves()
            head = file.head([*own, *later])
        if "cycle" not in head.dims:
            continue
        sources.append(session)
        heads.append(head)
        for name, curve in own.items():
            if curves.setdefault(name, curve).dims != curve.dims:
                raise ValueError(f"{name}: dims {curves[name].dims} in one session and {curve.dims} in another")
    for head in heads:
        for name in head.variables.keys() & curves.keys():
            raise ValueError(f"{name}: dims {head[name].dims} in one session and {curves[str(name)].dims} in another")
    order = people_together(heads)
    frame, rows = stack_cycles([heads[place] for place in order])
    return Layout(tuple(sources[place] for place in order), tuple(rows), frame, curves, tuple(attrs))


def opened(source: Source) -> Any:
    """Return a context with the readable form of a session: a file, or a dataset in memory."""
    return nullcontext(CyclesInMemory(source)) if isinstance(source, xr.Dataset) else CyclesFile(source)


def curve_blocks(layout: Layout) -> Iterator[dict[str, SparseCurves]]:
    """Yield the curves of some cycles at a time, in the order of the study, with the labels of the whole."""
    for source, rows in zip(layout.sources, layout.rows, strict=True):
        with opened(source) as file:
            known = file.curves()
            for start in range(0, len(rows), ROWS_A_CHUNK):
                some = rows[start : start + ROWS_A_CHUNK]
                yield {
                    name: _placed(file, name, curve, layout.frame, some)
                    if name in known
                    else _nothing(curve, layout, some)
                    for name, curve in layout.curves.items()
                }


def collect_study(cycles: Iterable[Source]) -> xr.Dataset:
    """Put the cycles of all sessions into one dataset in memory; `write_study_dataset` needs none.

    Parameters
    ----------
    cycles : iterable of Path or xr.Dataset
        One flat dataset per session, with dimension ``cycle``; sessions without cycles are allowed.

    Returns
    -------
    xr.Dataset
        Flat on ``cycle``: participants and sessions in the order given (that of the sheets, so that pre comes before
        post), within a session in the natural order of trial, start and side. Variables, quantities and covariates are
        the union over sessions; what a session lacks is NaN, or empty text. ``cycle`` is a text that names the cycle:
        ``participant_session_trial_side_rep``.
    """
    layout = described(study_layout(cycles))
    blocks = list(curve_blocks(layout))
    out = layout.frame.assign_attrs(_ABOUT)
    for name, curve in layout.curves.items():
        values = unpack([block[name] for block in blocks], [out.sizes[dim] for dim in curve.dims])
        out[name] = xr.DataArray(values, dims=curve.dims, attrs=dict(curve.attrs))
    return out


def write_study_dataset(layout: Layout, path: Path | str, attrs: Mapping[str, Any]) -> None:
    """Write the dataset of `collect_study`, with some cycles of one session in memory at a time.

    Parameters
    ----------
    layout : Layout
        Of all sessions' cycles.
    path : Path
        The file to write.
    attrs : mapping
        Further attributes of the dataset (provenance).
    """
    layout = described(layout)
    sizes = {str(dim): size for dim, size in layout.frame.sizes.items() if dim != "cycle"}
    with CyclesWriter(path, layout.curves, sizes) as file:
        for block in curve_blocks(layout):
            file.append(block)
        file.finish(layout.frame.assign_attrs({**_ABOUT, **attrs}))


def metrics_long(metrics: Iterable[Source]) -> pd.DataFrame:
    """Return the long table of metrics: one row per cycle and metric, every covariate as a column.

    Parameters
    ----------
    metrics : iterable of Path or xr.Dataset
        One dataset per session with ``value(cycle, metric)``, ``reason(cycle, metric)`` and ``unit(metric)``.

    Returns
    -------
    pd.DataFrame
        Columns `METRIC_COLUMNS`, then the covariates and free columns by name. A missing value has its `reason`;
        metrics that a cycle's task does not have make no row.
    """
    return pd.concat([long for long, _ in metric_blocks(metrics_layout(metrics))], ignore_index=True)


def metrics_layout(metrics: Iterable[Source]) -> Layout:
    """Read what sessions say about the cycles of their metrics; see `study_layout`."""
    return study_layout(metrics, later=("value", "reason"))


def metric_blocks(layout: Layout, select: str | Sequence[str] = "all") -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield the long and the wide table of some cycles of one session at a time; the wide one has the selected metrics.

    All blocks have the same columns and types; the first one has no rows, so that a study without cycles has columns.
    """
    frame = layout.frame
    # an empty array of text comes back from a file as one of numbers
    names = frame["metric"].to_numpy().astype(str) if "metric" in frame.coords else np.array([], dtype="U1")
    units = frame["unit"].to_numpy().astype(str) if "unit" in frame else np.full(len(names), "")
    nothing = np.zeros((0, len(names)))
    tasks = np.unique(frame["task"].to_numpy().astype(str)).tolist() if "task" in frame.coords else []
    wanted = _places(selected(names.tolist(), tasks, select), names)
    wide = np.array([short_name(name) for name in names[wanted].tolist()], dtype=object)
    yield (
        _long(frame.isel(cycle=slice(0)), names, units, nothing, nothing.astype("U1")),
        _wide(frame.isel(cycle=slice(0)), wide, nothing[:, wanted]),
    )
    first = 0
    for source, rows in zip(layout.sources, layout.rows, strict=True):
        with opened(source) as file:
            if "value" not in file:
                first += len(rows)
                continue
            place = _places(file.labels("metric"), names)
            order = np.argsort(place)
            place = place[order]
            for start in range(0, len(rows), ROWS_A_CHUNK):
                some = rows[start : start + ROWS_A_CHUNK]
                cycles = frame.isel(cycle=slice(first, first + len(some)))
                first += len(some)
                value = file.rows("value", some).astype(float)[:, order]
                reason = file.rows("reason", some)[:, order] if "reason" in file else np.full(value.shape, "")
                everything = np.full((len(some), len(names)), np.nan)
                everything[:, place] = value
                yield (
                    _long(cycles, names[place], units[place], value, reason),
                    _wide(cycles, wide, everything[:, wanted]),
                )


def _long(cycles: xr.Dataset, names: NDArray, units: NDArray, value: NDArray, reason: NDArray) -> pd.DataFrame:
    codes, texts = pd.factorize(reason.ravel())  # a few texts, in many cells
    reasons = pd.Series(texts, dtype="str")
    not_here = reasons.str.startswith(NOT_DEFINED).to_numpy(dtype=bool)[codes].reshape(value.shape)
    nothing = np.isnan(value) & (reasons == "").to_numpy(dtype=bool)[codes].reshape(value.shape)
    cycle, metric = np.nonzero(~(not_here | nothing))
    table = pd.concat(
        [
            pd.DataFrame(_on_cycle(cycles)).take(cycle).reset_index(drop=True),
            pd.DataFrame({"metric": names, "unit": units}).take(metric).reset_index(drop=True),
        ],
        axis=1,
    )
    table["value"] = value[cycle, metric]
    table["reason"] = reasons.take(codes.reshape(value.shape)[cycle, metric]).array
    return table[[*METRIC_COLUMNS, *sorted(set(table.columns) - set(METRIC_COLUMNS))]]


def _wide(cycles: xr.Dataset, names: NDArray, value: NDArray) -> pd.DataFrame:
    columns = _on_cycle(cycles)
    chosen = [*WIDE_COLUMNS, *sorted(set(columns) - set(WIDE_COLUMNS))]
    metrics = pd.DataFrame(value, columns=pd.Index(names.tolist(), dtype=object))
    return pd.concat([pd.DataFrame({name: columns[name] for name in chosen}), metrics], axis=1)


def _on_cycle(cycles: xr.Dataset) -> dict[str, NDArray]:
    return {str(name): coord.to_numpy() for name, coord in cycles.coords.items() if coord.dims == ("cycle",)}


def described(layout: Layout) -> Layout:
    """Return the layout with long name and unit on everything, by the CF conventions."""
    frame = layout.frame.copy()
    for name in frame.variables:
        whole = frame[name].variable
        if whole.dtype.kind in "iu" and name not in frame.dims:
            frame[name] = (whole.dims, cf_values(whole.values), whole.attrs)
    for name, variable in frame.variables.items():
        attrs = _with_meaning(str(name), variable.attrs, variable.dtype.kind in "fiub")
        variable.attrs = cf_attributes(str(name), attrs, variable.dtype)
    curves = {
        name: CurveVariable(curve.dims, cf_attributes(name, _with_meaning(name, curve.attrs, True), np.dtype(float)))
        for name, curve in layout.curves.items()
    }
    return Layout(layout.sources, layout.rows, frame, curves, layout.attrs)


def _with_meaning(name: str, attrs: Mapping[Any, Any], numeric: bool) -> dict[Any, Any]:
    known, column = VARIABLES.get(name), describe_column(name, numeric=numeric)
    units, long_name = (known.units, known.long_name) if known else (column.unit, column.meaning)
    return {"units": units, "long_name": long_name, **attrs}


def _placed(
    file: CyclesFile | CyclesInMemory, name: str, curve: CurveVariable, frame: xr.Dataset, rows: NDArray[np.intp]
) -> SparseCurves:
    """Read rows of a curve and say where their labels are in the whole."""
    values = file.rows(name, rows)
    place = {dim: _places(file.labels(dim), frame[dim].to_numpy()) for dim in curve.dims[1:]}
    points = curve.dims[1]
    if not np.array_equal(place[points], np.arange(frame.sizes[points])):
        wider = np.full((len(rows), frame.sizes[points], *values.shape[2:]), np.nan)
        wider[:, place[points]] = values
        values = wider
    packed = pack(values)
    rest = curve.dims[2:]
    if not rest:
        return packed
    own = np.unravel_index(packed.present, values.shape[2:])
    there = [place[dim][index] for dim, index in zip(rest, own, strict=True)]
    return SparseCurves(packed.values, np.ravel_multi_index(there, [frame.sizes[dim] for dim in rest]))


def _nothing(curve: CurveVariable, layout: Layout, rows: NDArray[np.intp]) -> SparseCurves:
    return SparseCurves(np.empty((len(rows), layout.frame.sizes[curve.dims[1]], 0)), np.empty(0, dtype=np.intp))


def _places(labels: Sequence[Any], whole: NDArray) -> NDArray[np.intp]:
    position = {label: i for i, label in enumerate(whole.tolist())}
    return np.array([position[label] for label in labels], dtype=np.intp)
