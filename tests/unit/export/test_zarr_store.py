"""The Zarr store holds what the study's file holds."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from biomech.errors import StudyError
from biomech.export import zarr_store
from biomech.export.zarr_store import CYCLES_A_CHUNK, write_zarr
from biomech.io.store import read_dataset
from biomech.pipeline.preflight import load_study
from biomech.pipeline.targets import export_targets
from biomech.study.dataset import study_layout, write_study_dataset
from tests.made_up_study import session_cycles

STUDY = Path(__file__).parents[3]  # the example: its recordings come with the project

pytest.importorskip("zarr", reason="the extra zarr is not installed: the store was not tried")


def written(folder: Path, sessions: list[xr.Dataset]) -> Path:
    write_study_dataset(study_layout(sessions), folder / "study.nc", {"config": "{}"})
    write_zarr(folder / "study.nc", folder / "study.zarr")
    return folder / "study.zarr"


def files(store: Path) -> dict[str, bytes]:
    return {str(p.relative_to(store)): p.read_bytes() for p in sorted(store.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("n_cycles", [CYCLES_A_CHUNK - 10, 3, 0])
def test_the_store_is_the_study(tmp_path: Path, n_cycles: int) -> None:
    more: dict[str, Any] = {"sport": "short", "age_years": 30.0}
    sessions = [session_cycles("P01", n_cycles=n_cycles, covariates=more)]
    if n_cycles:  # longer text in a later block must not be cut
        sessions.append(session_cycles("P02-with-a-long-label", seed=1, covariates={"sport": "a longer text, ä"}))
    store = written(tmp_path, sessions)
    expected = read_dataset(tmp_path / "study.nc")
    with xr.open_zarr(store, chunks=None) as found:
        found = found.load()
    assert set(found.variables) == set(expected.variables) and set(found.coords) == set(expected.coords)
    for name, variable in expected.variables.items():
        assert found[name].dims == variable.dims and found[name].attrs == variable.attrs, name
        if variable.dtype.kind in "fiu":
            np.testing.assert_array_equal(found[name], variable, err_msg=str(name))
        else:
            assert found[name].to_numpy().tolist() == variable.to_numpy().tolist(), name
    assert found.attrs == expected.attrs
    before = files(store)
    write_zarr(tmp_path / "study.nc", store)
    assert files(store) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["study.nc", "study.zarr"]


def test_without_the_package_the_study_says_so_before_any_job(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(zarr_store.importlib.util, "find_spec", lambda name: None if name == "zarr" else real(name))
    with pytest.raises(StudyError, match=r"pip install \"biomech\[zarr\]\""):
        load_study(STUDY, {}, overrides={"export": {"formats": ["zarr"]}})


def test_the_config_asks_for_it() -> None:
    study = load_study(STUDY, {}, overrides={"export": {"formats": ["zarr"]}})
    assert export_targets(study) == ["results/study.zarr"]
