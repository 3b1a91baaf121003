"""What is written is what is read back, with the same bytes every time."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.io.store import (
    provenance,
    read_dataset,
    read_quality,
    read_tree,
    write_dataset,
    write_quality,
    write_tree,
)
from biomech.io.tree_file import TreeFile, TreeWriter
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


def test_tree_round_trip(tmp_path: Path) -> None:
    tree = xr.DataTree.from_dict({"/one": dataset(4), "/two": dataset(7)})
    write_tree(tree, tmp_path / "deep" / "base.nc")
    back = read_tree(tmp_path / "deep" / "base.nc")
    assert list(back.children) == ["one", "two"]
    one = back["one"].to_dataset()
    np.testing.assert_array_equal(one["angle"], dataset(4)["angle"])
    np.testing.assert_array_equal(one["time"], np.arange(4) / 3.0)  # exactly, or alignment drops frames
    assert one["reason"].to_numpy().tolist() == ["too short", ""]
    assert one["event_name"].shape == (0,)
    assert one["valid"].to_numpy().tolist() == [True, False]
    assert one["angle"].attrs["units"] == "degree"
    assert one.attrs["static"] == "" and one.attrs["bilateral"] == 1
    assert json.loads(one.attrs["config"]) == {"a": 2, "b": 1}


@pytest.mark.parametrize("empty", [xr.DataTree(), xr.DataTree.from_dict({"/one": xr.Dataset()})])
def test_empty_trees_are_valid(tmp_path: Path, empty: xr.DataTree) -> None:
    write_tree(empty, tmp_path / "base.nc")
    assert list(read_tree(tmp_path / "base.nc").children) == list(empty.children)


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


def test_a_tree_read_trial_by_trial_is_the_tree_that_xarray_reads(tmp_path: Path) -> None:
    one = dataset(4).assign_coords(place=("time", np.arange(4.0), {"units": "m"}))
    with TreeWriter(tmp_path / "base.nc") as file:
        file.write("one", one)
        file.write("two", dataset(7))
        file.write("empty", xr.Dataset())
        file.set_attributes({"stage": "test", "nothing": None})
    whole = read_tree(tmp_path / "base.nc")
    with TreeFile(tmp_path / "base.nc") as tree:
        assert list(tree.children) == list(whole.children) and tree.attrs == whole.attrs
        for name, group in tree.children.items():
            expected = whole[name].to_dataset()
            xr.testing.assert_identical(group.to_dataset(), expected)
            assert group.attrs == expected.attrs and group.sizes == dict(expected.sizes)
            assert list(group.coords) == list(expected.coords)
        part = tree["one"].only(["angle", "not_there"])
        xr.testing.assert_identical(part, whole["one"].to_dataset()[["angle"]].assign_coords(whole["one"].coords))
        xr.testing.assert_identical(tree["one"]["angle"], whole["one"].to_dataset()["angle"])
        assert "one" in tree.children and "three" not in tree.children and "angle" in tree["two"]


def test_attributes_of_every_kind_come_back_alike_from_both_readers(tmp_path: Path) -> None:
    attrs = {
        "text": "plain", "empty": "", "accents": "±3° é", "long": "x" * 100_000, "one": 1, "half": 0.5,
        "numbers": [1.0, 2.0], "words": ["a", "bc"], "word": ["a"], "array": np.arange(3), "nan": np.nan,
    } | {f"more{i:02d}": f"value {i}" for i in range(40)}  # fmt: skip
    one = xr.Dataset(
        {
            "scalar": ((), 3.5, {"units": "m"}),
            "words": ("word", np.array(["é", "", "b"], dtype=object), attrs),
            "flags": ("word", np.array([True, False, True])),
            "counts": (("word", "nothing"), np.zeros((3, 0), np.int16)),
        },
        {"name": ((), "text")},
        attrs,
    )
    with TreeWriter(tmp_path / "base.nc") as file:
        file.write("one", one)
        file.set_attributes(attrs)
    whole = read_tree(tmp_path / "base.nc")
    with TreeFile(tmp_path / "base.nc") as tree:
        back = tree["one"].to_dataset()
        assert set(back.variables) == set(one.variables)
        for there, here in ((whole.attrs, tree.attrs), (whole["one"].attrs, back.attrs)):
            assert list(here) == list(attrs) and list(there) == list(attrs)
            for name, value in there.items():
                np.testing.assert_array_equal(here[name], value)
                assert type(here[name]) is type(value), name
        xr.testing.assert_equal(back, whole["one"].to_dataset())
        xr.testing.assert_equal(back, one)
        assert back["flags"].dtype == bool and back["counts"].dtype == np.int16
        assert tree["one"].sizes == {"word": 3, "nothing": 0}


def test_the_same_tree_gives_the_same_bytes_at_another_time(tmp_path: Path) -> None:
    for name in ("a.nc", "b.nc"):
        with TreeWriter(tmp_path / name) as file:
            file.write("one", dataset(4))
            file.set_attributes({"stage": "test"})
        time.sleep(1.1)  # HDF5's clock ticks in seconds
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_a_tree_that_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    write_tree(xr.DataTree.from_dict({"/one": dataset()}), tmp_path / "base.nc")
    before = (tmp_path / "base.nc").read_bytes()
    with pytest.raises(ZeroDivisionError), TreeWriter(tmp_path / "base.nc") as file:
        file.write("one", dataset(9))
        raise ZeroDivisionError
    assert (tmp_path / "base.nc").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["base.nc"]
