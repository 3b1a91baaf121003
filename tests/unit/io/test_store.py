"""What is written is what is read back, with the same bytes every time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.io.store import (
    provenance,
    read_dataset,
    read_quality,
    write_dataset,
    write_quality,
)
from biomech.quality import Quality


def dataset(n: int = 4) -> xr.Dataset:
    return xr.Dataset(
        {
            "angle": (("time", "side"), np.arange(2.0 * n).reshape(n, 2), {"units": "degree"}),
            "reason": ("side", np.array(["too short", None], dtype=object)),
            "event_time": ("event", np.zeros(0)),
            "event_name": ("event", np.array([], dtype=object)),
            "valid": ("side", [True, False]),
        },
        coords={"time": np.arange(n) / 3.0, "side": pd.Index(["left", "right"], dtype="string")},
        attrs={"rate_hz": 3.0, "static": None, "bilateral": True, "config": {"b": 1, "a": 2}},
    )


def test_same_input_same_bytes_and_nothing_left_behind(tmp_path: Path) -> None:
    for name in ("a.nc", "b.nc"):
        write_dataset(dataset(), tmp_path / name)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.nc", "b.nc"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    write_dataset(dataset(), tmp_path / "a.nc")
    before = (tmp_path / "a.nc").read_bytes()
    bad = dataset().assign_attrs(broken=object())
    with pytest.raises(Exception):  # noqa: B017 - whatever the NetCDF library raises
        write_dataset(bad, tmp_path / "a.nc")
    assert (tmp_path / "a.nc").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.nc"]


def test_dataset_may_be_written_over_while_a_copy_of_it_is_in_memory(tmp_path: Path) -> None:
    write_dataset(dataset(), tmp_path / "a.nc")
    held = read_dataset(tmp_path / "a.nc")
    write_dataset(dataset(9), tmp_path / "a.nc")
    assert held.sizes["time"] == 4
    assert read_dataset(tmp_path / "a.nc").sizes["time"] == 9


def test_quality_round_trip(tmp_path: Path) -> None:
    quality = Quality("P01", "pre", "ingest")
    quality.add("warning", "code", 'a "quoted"\tmessage\nin two lines', trial="t1", item="LASI", value=1.25, unit="m")
    quality.add("info", "other", "plain")
    write_quality(quality.table(), tmp_path / "q.tsv")
    back = read_quality(tmp_path / "q.tsv")
    assert back.loc[0, "message"] == 'a "quoted" message in two lines'
    assert back.loc[0, "value"] == 1.25
    assert back.loc[1, "trial"] == "" and np.isnan(back.loc[1, "value"])
    write_quality(Quality("P01", "pre", "ingest").table(), tmp_path / "empty.tsv")
    assert len(read_quality(tmp_path / "empty.tsv")) == 0


def test_provenance_names_inputs_by_hash_and_place_in_the_study(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "walk.c3d").write_bytes(b"abc")
    attrs = provenance(
        "ingest", {"lab": {"up": "+z"}}, [tmp_path / "data" / "walk.c3d", tmp_path / "no"], root=tmp_path
    )
    # SHA-256 of "abc": FIPS 180-4, appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert json.loads(attrs["input_sha256"]) == {"data/walk.c3d": expected, "no": "absent"}
    assert json.loads(attrs["config"]) == {"lab": {"up": "+z"}}
    assert attrs["stage"] == "ingest"
