"""Variants next to each other: the same cycles found again, and every curve where it belongs."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.io.csv_parquet import read_parquet, write_parquet
from biomech.io.store import write_dataset
from biomech.study.dataset import collect_study, metrics_long
from biomech.study.variants import FOUND, join_cycles, write_variant_metrics, write_variants
from tests.made_up_study import session_cycles, session_metrics


def _table(*rows, trial="walk1", side="left"):
    people = {"participant": "P01", "session": "pre", "trial": trial, "side": side}
    return pd.DataFrame([{**people, "cycle": name, "start": start, "end": end} for name, start, end in rows])


def test_a_cycle_is_the_same_stretch_of_time_whatever_its_number():
    base = _table(("one", 0.5, 1.6), ("two", 1.6, 2.7))
    other = _table(("one", 0.1, 0.5), ("two", 0.52, 1.61), ("three", 1.61, 2.72))
    joined = join_cycles({"base": base, "other": other})
    assert joined.names == ["one@other", "one", "two"]
    assert joined.rows["base"].tolist() == [1, 2]
    assert joined.rows["other"].tolist() == [0, 1, 2]
    assert joined.names_of("other") == {"one": "one@other", "two": "one", "three": "two"}


@pytest.mark.parametrize(("overlap", "same"), [(0.49, False), (0.51, True)])
def test_more_than_half_of_the_common_time_makes_one_cycle(overlap, same):
    # two intervals of length 1, shifted: overlap (1 - s) of a union (1 + s)
    shift = (1 - overlap) / (1 + overlap)
    joined = join_cycles({"base": _table(("a", 0, 1)), "other": _table(("a", shift, 1 + shift))})
    assert (len(joined.names) == 1) is same


def test_other_trials_and_sides_are_never_the_same_cycle():
    parts = {"base": _table(("a", 0, 1)), "side": _table(("b", 0, 1), side="right")}
    parts["trial"] = _table(("c", 0, 1), trial="walk2")
    assert join_cycles(parts).names == ["a", "b", "c"]


def test_without_times_the_name_decides():
    nan = float("nan")
    joined = join_cycles({"base": _table(("a", nan, nan)), "other": _table(("a", nan, nan), ("b", nan, nan))})
    assert joined.names == ["a", "b"] and joined.rows["other"].tolist() == [0, 1]


@pytest.fixture
def two(tmp_path):
    """A base of two sessions, and a variant that loses a cycle, finds another and gives other curves."""
    sessions = [session_cycles("P01", "pre", seed=0, n_cycles=40), session_cycles("P02", "pre", seed=1)]
    base = collect_study(sessions)
    extra = sessions[1].isel(cycle=[0]).assign_coords(start=("cycle", [90.0]), end=("cycle", [91.0]))
    more = xr.concat([sessions[1].isel(cycle=slice(1, None)), extra], "cycle").sel(quantity=base["quantity"][::-1])
    other = collect_study([sessions[0], more])
    other["angle"] = other["angle"] + 1.0
    files = {}
    for name, data in {"base": base, "other": other}.items():
        data["lever_arm"] = data["angle"].isel(quantity=0, drop=True) * 0 + data["start"].to_numpy()[:, None]
        files[name] = tmp_path / f"{name}.nc"
        write_dataset(data, files[name], compress=True)
    return base, other, files, sessions, tmp_path


def test_every_curve_of_every_variant_is_in_its_place(two):
    base, other, files, _, folder = two
    joined = write_variants(files, folder / "variants.nc", {"note": "x"})
    with xr.open_dataset(folder / "variants.nc") as whole:
        assert whole["angle"].dims == ("variant", "cycle", "percent", "quantity")
        assert whole.sizes["variant"] == 2 and whole.sizes["cycle"] == base.sizes["cycle"] + 1
        for variant, data in {"base": base, "other": other}.items():
            mine = whole.sel(variant=variant)
            assert mine["present"].sum() == data.sizes["cycle"]
            rows = [joined.names_of(variant)[name] for name in data["cycle"].values]
            for name in data.data_vars:
                found = mine[name].sel(cycle=rows).transpose(*data[name].dims)
                if "quantity" in found.dims:
                    found = found.sel(quantity=data["quantity"])
                np.testing.assert_array_equal(found.values, data[name].values, err_msg=f"{variant} {name}")
                assert np.isnan(mine[name].isel(cycle=mine["present"].values == 0).values).all()
            for name in ("start", "participant", "trial"):
                assert (mine[name].sel(cycle=rows).values == data[name].values).all(), name
        assert whole["start"].dims == ("variant", "cycle") and whole["participant"].dims == ("cycle",)
        assert whole["angle"].attrs["units"] == "degree"
        assert whole.attrs["note"] == "x"
    again = folder / "again.nc"
    write_variants(files, again, {"note": "x"})
    assert again.read_bytes() == (folder / "variants.nc").read_bytes()


def test_metrics_of_all_variants_carry_the_joined_names(two):
    _, _, files, sessions, folder = two
    table = metrics_long([session_metrics(s) for s in sessions])
    paths = {name: folder / f"{name}.parquet" for name in files}
    write_parquet(table, paths["base"])
    write_parquet(table.assign(value=table["value"] + 1).drop(columns="group"), paths["other"])
    joined = write_variants(files, folder / "variants.nc", {})
    write_variant_metrics(paths, folder / "metrics.parquet", joined, {})
    both = read_parquet(folder / "metrics.parquet")
    assert both.columns[0] == "variant" and len(both) == 2 * len(table)
    wide = both.pivot_table(index=["cycle", "metric"], columns="variant", values="value")
    np.testing.assert_allclose((wide["other"] - wide["base"]).dropna(), 1)
    assert set(both.loc[both["variant"] == "other", "group"]) == {""}


def test_a_variant_without_cycles_is_all_missing(tmp_path):
    base = collect_study([session_cycles()])
    files = {"base": tmp_path / "a.nc", "empty": tmp_path / "b.nc"}
    write_dataset(base, files["base"], compress=True)
    write_dataset(collect_study([session_cycles(n_cycles=0)]), files["empty"], compress=True)
    write_variants(files, tmp_path / "variants.nc", {})
    with xr.open_dataset(tmp_path / "variants.nc") as whole:
        assert whole["present"].sum("cycle").values.tolist() == [base.sizes["cycle"], 0]
        assert np.isnan(whole["angle"].sel(variant="empty").values).all()


def test_only_what_the_sheets_say_is_the_same_in_all_variants():
    assert {"start", "end", "foot_off_percent", "event_source", "moment_valid", "cutoff_hz"} <= set(FOUND)
    assert not {"participant", "side", "rep", "mass_kg", "cycle", "percent"} & set(FOUND)
