"""What is appended row by row is the dataset that would have been written whole, with the same bytes every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.io.cycles_file import ROWS_A_CHUNK, CyclesWriter
from biomech.io.packed_cycles import CurveVariable, pack, unpack
from biomech.io.store import open_dataset, read_dataset, write_dataset


def flat(n: int, seed: int = 0) -> xr.Dataset:
    """Curves of which some quantities are missing throughout, and others in some rows."""
    rng = np.random.default_rng(seed)
    angle, moment = rng.normal(size=(n, 5, 4)), rng.normal(size=(n, 5, 4, 2))
    angle[:, :, 1] = moment[:, :, [0, 3]] = np.nan
    angle[n // 3 : n // 2, :, 2] = np.nan
    return xr.Dataset(
        {
            "angle": (("cycle", "percent", "quantity"), angle, {"units": "degree", "none": None}),
            "moment": (("cycle", "percent", "quantity", "frame"), moment),
            "lever_arm": (("cycle", "percent"), np.full((n, 5), np.nan)),
            "distance": (("cycle", "percent", "measure"), np.zeros((n, 5, 0))),
        },
        coords={
            "cycle": np.array([f"c{i}" for i in range(n)], dtype="U9"),
            "percent": ("percent", np.linspace(0, 100, 5), {"units": "%"}),
            "quantity": list("abcd"),
            "frame": ["jcs", "lab"],
            "measure": np.array([], dtype="U1"),
            "rep": ("cycle", np.arange(n)),
            "note": ("cycle", np.array(["", 'a "quoted" line\n'] * n, dtype=object)[:n]),
            "mass_kg": ("cycle", np.full(n, np.nan)),
        },
        attrs={"stage": "test", "config": {"b": 1}},
    )


def append(data: xr.Dataset, path: Path, steps: list[int]) -> None:
    curves = {str(name): CurveVariable(tuple(map(str, v.dims)), v.attrs) for name, v in data.data_vars.items()}
    sizes = {str(dim): size for dim, size in data.sizes.items() if dim != "cycle"}
    with CyclesWriter(path, curves, sizes) as file:
        start = 0
        for step in steps:
            file.append({n: pack(data[n].to_numpy()[start : start + step]) for n in curves})
            start += step
        file.finish(data.drop_vars(list(curves)))


@pytest.mark.parametrize(
    ("n", "steps"), [(0, [0]), (7, [3, 0, 4]), (ROWS_A_CHUNK, [ROWS_A_CHUNK]), (200, [1, 150, 49]), (130, [10] * 13)]
)
def test_appended_is_whole(tmp_path: Path, n: int, steps: list[int]) -> None:
    append(flat(n), tmp_path / "steps.nc", steps)
    write_dataset(flat(n), tmp_path / "whole.nc")
    xr.testing.assert_identical(read_dataset(tmp_path / "steps.nc"), read_dataset(tmp_path / "whole.nc"))
    append(flat(n), tmp_path / "again.nc", steps)
    append(flat(n), tmp_path / "other.nc", [n])
    assert (tmp_path / "steps.nc").read_bytes() == (tmp_path / "again.nc").read_bytes()
    assert (tmp_path / "steps.nc").read_bytes() == (tmp_path / "other.nc").read_bytes()


def test_what_is_missing_takes_no_space_and_one_curve_is_read_alone(tmp_path: Path) -> None:
    n = 2000
    full, some = np.random.default_rng(1).normal(size=(2, n, 101, 8))
    some[:, :, 1:] = np.nan
    for name, values in (("full", full), ("some", some)):
        data = xr.Dataset({"angle": (("cycle", "percent", "quantity"), values)}, coords={"cycle": np.arange(n)})
        append(data, tmp_path / f"{name}.nc", [n])
    assert (tmp_path / "some.nc").stat().st_size < (tmp_path / "full.nc").stat().st_size / 6
    with open_dataset(tmp_path / "full.nc") as opened:
        np.testing.assert_array_equal(opened["angle"][:, :, 3], full[:, :, 3])


def test_a_failure_leaves_the_old_file_and_rows_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    append(flat(3), path, [3])
    before = path.read_bytes()
    with pytest.raises(ValueError, match="expected 5 rows of cycle, found 9"):
        append(flat(9), path, [5])
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["a.nc"]


def test_packing_is_undone() -> None:
    values = flat(9)["moment"].to_numpy()
    parts = [pack(values[:4]), pack(values[4:])]
    assert parts[0].values.shape == (4, 5, 4)
    np.testing.assert_array_equal(unpack(parts, values.shape), values)
