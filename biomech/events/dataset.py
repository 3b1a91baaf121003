"""One flat dataset from the cycles of a session's trials."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.columns import CYCLE_COLUMNS, NUMBER_CELLS, TEXT_CELLS
from biomech.events.cycle_curves import CURVES, Labels, labels_of
from biomech.events.normalise import N_POINTS, percent_grid
from biomech.events.repetitions import Repetition
from biomech.io.cycles_file import CyclesWriter
from biomech.io.packed_cycles import CurveVariable, SparseCurves, pack, unpack
from biomech.io.sheets import Cell, Session, Trial
from biomech.schema import CYCLE_NUMBERS, CYCLE_VALUES, VARIABLES, with_contract_attrs

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TrialCycles:
    """The cycles of one trial, their curves and validity, cycle first.

    Parameters
    ----------
    curves : dict
        Of `packed`; empty once they are written.
    values : dict
        Of `biomech.events.cycle_scalars.cycle_values`: every name of `CYCLE_VALUES` to one number a cycle.
    """

    trial: Trial
    cycles: Sequence[Repetition]
    curves: dict[str, SparseCurves]
    values: dict[str, Array]
    validity: dict[str, list[Any]]
    cutoff_hz: float


@dataclass(frozen=True)
class SessionCycles:
    """The cycles of a session, made trial by trial when they are asked for.

    Parameters
    ----------
    labels : mapping
        Labels of every dimension of the curves.
    trials : iterator of TrialCycles
        Of every trial with kinematics; it may have no cycles.
    """

    labels: Labels = field(default_factory=lambda: labels_of(()))
    trials: Iterator[TrialCycles] = field(default_factory=lambda: iter(()))


def packed(curves: Mapping[str, Array]) -> dict[str, SparseCurves]:
    """Leave out of `biomech.events.cycle_curves.cut` what is missing in all cycles: the shared ``quantity`` makes most NaN."""
    return {name: pack(curves[name]) for name in CURVES}


def assemble(session: Session, parts: Sequence[TrialCycles], labels: Labels) -> xr.Dataset:
    """Put the cycles of a session's trials into one flat dataset; see `biomech.events.session.cycles_session`."""
    out = _without_curves(session, parts, labels)
    for name, curve in _curves().items():
        shape = [out.sizes[dim] for dim in curve.dims]
        values = unpack([part.curves[name] for part in parts], shape)
        out[name] = xr.DataArray(values, dims=curve.dims, attrs=dict(curve.attrs))
    return out


def write_cycles(
    session: Session,
    parts: Iterable[TrialCycles],
    labels: Labels,
    path: Path | str,
    attrs: Callable[[], Mapping[str, Any]],
) -> None:
    """Write the dataset of `assemble`, one trial of `parts` in memory at a time.

    Parameters
    ----------
    session : Session
    parts : iterable of TrialCycles
        One a trial, made when they are asked for.
    labels : mapping
        Labels of the curves' dimensions.
    path : Path
        The file to write.
    attrs : callable
        Returns the attributes of the dataset (provenance); called last.
    """
    written: list[TrialCycles] = []
    sizes = {"percent": N_POINTS, **{dim: len(names) for dim, names in labels.items()}}
    with CyclesWriter(path, _curves(), sizes) as file:
        for part in parts:
            file.append(part.curves)
            written.append(replace(part, curves={}))
        file.finish(_without_curves(session, written, labels).assign_attrs(attrs()))


def _curves() -> dict[str, CurveVariable]:
    empty = {name: np.zeros((0,) * (2 + len(dims))) for name, dims in CURVES.items()}
    out = {}
    for name, dims in CURVES.items():
        data = with_contract_attrs(xr.DataArray(empty[name], dims=("cycle", "percent", *dims)), name)
        if name == "ground_reaction":
            data.attrs = {
                "units": "N kg-1",
                "long_name": VARIABLES[name].long_name + ", per body mass",
                "frame": "progression: x forward, y up, z lateral",
            }
        out[name] = CurveVariable(tuple(map(str, data.dims)), data.attrs)
    return out


def _without_curves(session: Session, parts: Sequence[TrialCycles], labels: Labels) -> xr.Dataset:
    rows = [(part, cycle) for part in parts for cycle in part.cycles]
    coords = _coordinates(session, rows)
    for name in ("moment_valid", "moment_reason", "emg_unit"):
        values = [v for part in parts for v in part.validity[name]]
        coords[name] = np.array(values, dtype=int) if name == "moment_valid" else _text(values)
    for name in CYCLE_VALUES:
        coords[name] = np.concatenate([part.values[name] for part in parts] or [np.zeros(0)])
    out = xr.Dataset(
        coords={
            "cycle": _text([_cycle_name(session, part.trial, cycle) for part, cycle in rows]),
            "percent": (
                "percent",
                percent_grid(),
                {"units": CYCLE_COLUMNS["percent"].unit, "long_name": CYCLE_COLUMNS["percent"].meaning},
            ),
            **{dim: _text(names) for dim, names in labels.items()},
            **{name: ("cycle", values) for name, values in coords.items()},
        },
    )
    for name, (units, long_name) in CYCLE_NUMBERS.items():
        out[name].attrs = {"units": units, "long_name": long_name}
    return out


def _coordinates(session: Session, rows: Sequence[tuple[TrialCycles, Repetition]]) -> dict[str, NDArray]:
    out: dict[str, NDArray] = {}
    for name in TEXT_CELLS:
        out[name] = _text([getattr(session if hasattr(session, name) else part.trial, name) for part, _ in rows])
    for name in NUMBER_CELLS:
        value = getattr(session, name)
        out[name] = np.full(len(rows), np.nan if value is None else float(value))
    out["side"] = _text([cycle.side for _, cycle in rows])
    out["rep"] = np.array([cycle.rep for _, cycle in rows], dtype=int)
    for name in ("start", "end"):
        out[name] = np.array([getattr(cycle, name) for _, cycle in rows], dtype=float)
    for name in ("foot_off", "bottom"):
        time = np.array([getattr(cycle, name) for _, cycle in rows], dtype=float)
        out[f"{name}_percent"] = 100.0 * (time - out["start"]) / (out["end"] - out["start"])
    out["event_source"] = _text([cycle.source for _, cycle in rows])
    out["cutoff_hz"] = np.array([part.cutoff_hz for part, _ in rows], dtype=float)
    free = dict.fromkeys([*session.covariates, *(name for trial in session.trials for name in trial.free)])
    for name in free:
        out[name] = _column([{**session.covariates, **part.trial.free}.get(name) for part, _ in rows])
    return out


def _column(cells: list[Cell]) -> NDArray:
    """Numbers with NaN for empty cells if every filled cell is a number, else text with empty cells empty."""
    if all(cell is None or isinstance(cell, (int, float)) for cell in cells):
        return np.array([np.nan if cell is None else float(cell) for cell in cells], dtype=float)
    return _text(["" if cell is None else str(cell) for cell in cells])


def _text(values: Sequence[Any]) -> NDArray:
    return np.array([str(v) for v in values], dtype=str) if len(values) else np.array([], dtype="U1")


def _cycle_name(session: Session, trial: Trial, cycle: Repetition) -> str:
    return f"{session.participant}_{session.session}_{trial.trial}_{cycle.side}_{cycle.rep}"
