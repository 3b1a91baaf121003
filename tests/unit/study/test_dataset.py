import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.io.store import read_dataset, write_dataset
from biomech.study.dataset import METRIC_COLUMNS, collect_study, metrics_long
from biomech.study.stack import natural
from tests.made_up_study import METRICS, session_cycles, session_metrics


def test_free_columns_are_united_with_missing_values():
    first = session_cycles("P01", "pre", covariates={"age_years": 31.0, "sport": "football", "score": 4.0})
    second = session_cycles("P02", "pre", covariates={"age_years": 25.0, "pain": 2, "score": "late", "sport": ""})
    study = collect_study([first, second])
    p1, p2 = (study.isel(cycle=study["participant"].to_numpy() == p) for p in ("P01", "P02"))
    assert set(p1["sport"].to_numpy()) == {"football"} and set(p2["sport"].to_numpy()) == {""}
    assert np.isnan(p1["pain"].to_numpy()).all() and set(p2["pain"].to_numpy()) == {2.0}
    assert set(study["age_years"].to_numpy()) == {31.0, 25.0}
    assert set(p1["score"].to_numpy()) == {"4"} and set(p2["score"].to_numpy()) == {"late"}
    assert all(study[name].dims == ("cycle",) for name in ("sport", "pain", "age_years", "score"))


def test_empty_text_in_one_session_does_not_turn_numbers_into_text():
    study = collect_study(
        [session_cycles("P01", covariates={"age": ""}), session_cycles("P02", covariates={"age": 30.0})]
    )
    assert study["age"].dtype == float
    assert np.isnan(study["age"].to_numpy()[:10]).all() and (study["age"].to_numpy()[10:] == 30).all()


def test_curves_keep_their_values_where_quantities_differ():
    first = session_cycles("P01", seed=1)
    second = session_cycles("P02", seed=2, kinetics=False).isel(quantity=[3, 0])
    study = collect_study([first, second])
    assert study.sizes["quantity"] == first.sizes["quantity"]
    ids = study["cycle"].to_numpy()
    for source in (first, second):
        mine = study.isel(cycle=study["participant"].to_numpy() == source["participant"].to_numpy()[0])
        for i in range(source.sizes["cycle"]):
            side, rep = source["side"].to_numpy()[i], source["rep"].to_numpy()[i]
            row = (mine["side"].to_numpy() == side) & (mine["rep"].to_numpy() == rep)
            for name in source["quantity"].to_numpy():
                np.testing.assert_array_equal(
                    mine["angle"].to_numpy()[row][0][:, list(study["quantity"].to_numpy()).index(name)],
                    source["angle"].sel(quantity=name).to_numpy()[i],
                )
    assert np.isnan(study["moment"].to_numpy()[study["participant"].to_numpy() == "P02"]).all()
    assert len(set(ids)) == len(ids) and ids[0] == "P01_pre_walking1_left_1"


def test_sessions_keep_the_order_of_the_sheets_and_trials_their_natural_order():
    names = [("P10", "pre"), ("P2", "pre"), ("P10", "post"), ("P2", "post")]
    sessions = [session_cycles(p, s, seed=i) for i, (p, s) in enumerate(names)]
    n = sessions[0].sizes["cycle"]
    sessions[0] = sessions[0].assign_coords(trial=("cycle", ["w10", "w9"] * (n // 2)))
    study = collect_study(sessions)
    seen = list(dict.fromkeys(zip(study["participant"].to_numpy(), study["session"].to_numpy(), strict=True)))
    assert seen == [("P10", "pre"), ("P10", "post"), ("P2", "pre"), ("P2", "post")]
    assert list(dict.fromkeys(study["trial"].to_numpy()[:n])) == ["w9", "w10"]
    assert (np.diff(study["start"].to_numpy()[: n // 2]) >= 0).all()
    shuffled = sessions[1].isel(cycle=np.random.default_rng(0).permutation(n))
    xr.testing.assert_identical(collect_study([shuffled]), collect_study([sessions[1]]))
    assert natural("P2") < natural("P10") < natural("Q1")


def test_sessions_without_cycles_and_empty_studies():
    full, none = session_cycles("P01"), session_cycles("P02", n_cycles=0)
    assert collect_study([full, none, xr.Dataset()]).sizes["cycle"] == 10
    for sessions in ([], [xr.Dataset()], [none]):
        study = collect_study(sessions)
        assert study.sizes["cycle"] == 0
        assert {"participant", "task", "foot_off_percent"} <= set(study.coords)
        table = metrics_long([session_metrics(s) for s in sessions if "cycle" in s.dims])
        assert table.empty and tuple(table.columns[: len(METRIC_COLUMNS)]) == METRIC_COLUMNS


def test_round_trip_gives_the_same_dataset_and_bytes(tmp_path):
    sessions = [session_cycles("P01", covariates={"sport": "rugby"}), session_cycles("P02", "post", seed=1)]
    for i, session in enumerate(sessions):
        write_dataset(session, tmp_path / f"{i}.nc")
    study = collect_study([tmp_path / "0.nc", tmp_path / "1.nc"])
    xr.testing.assert_allclose(study, collect_study(sessions), rtol=0, atol=0)
    write_dataset(study, tmp_path / "study.nc")
    write_dataset(collect_study(sessions), tmp_path / "again.nc")
    assert (tmp_path / "study.nc").read_bytes() == (tmp_path / "again.nc").read_bytes()
    back = read_dataset(tmp_path / "study.nc")
    assert back["sport"].to_numpy().tolist() == study["sport"].to_numpy().tolist()
    np.testing.assert_array_equal(back["angle"], study["angle"])


def test_every_variable_of_the_study_has_units_and_a_long_name():
    study = collect_study([session_cycles(covariates={"age_years": 3.0, "sport": "x"})])
    for name, variable in study.variables.items():
        assert variable.attrs.get("long_name"), name
        assert bool(variable.attrs.get("units")) == (variable.dtype.kind in "fiu"), "numbers have a unit, text none"
    assert study["age_years"].attrs["units"] == "year" and study["angle"].attrs["units"] == "degree"


def test_metrics_are_one_row_per_cycle_and_metric():
    first = session_metrics(session_cycles("P01", covariates={"sport": "rugby"}))
    second = session_metrics(session_cycles("P02", seed=3)).isel(metric=[0, 1])
    table = metrics_long([first, second])
    # the second session has two metrics; what its task does not have makes no row
    assert len(table) == 10 * len(METRICS) + 10 * 2 and not table.duplicated(["cycle", "metric"]).any()
    assert tuple(table.columns) == (*METRIC_COLUMNS, "sport")
    one = table[(table["cycle"] == "P01_pre_walking1_right_3") & (table["metric"] == "rearfoot_eversion__peak__stance")]
    expected = first["value"].sel(metric="rearfoot_eversion__peak__stance").to_numpy()[5 + 2]
    assert one["value"].item() == expected and one["unit"].item() == "degree" and one["sport"].item() == "rugby"
    missing = table[table["value"].isna()]
    assert (missing["reason"] != "").all() and not missing["reason"].str.startswith("not defined for").any()
    assert isinstance(table, pd.DataFrame) and table["unit"].ne("").all()


def test_a_variable_with_other_dims_is_refused():
    odd = session_cycles("P02").assign(angle=("cycle", np.zeros(10)))
    with pytest.raises(ValueError, match="angle"):
        collect_study([session_cycles("P01"), odd])
