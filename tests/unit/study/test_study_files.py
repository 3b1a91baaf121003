"""A study written some cycles at a time holds what its sessions hold, whatever their number, order and labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from benchmarks.memory import study_outputs
from biomech.io.cycles_file import ROWS_A_CHUNK
from biomech.io.file_hash import sha256
from biomech.io.store import read_dataset, write_dataset, write_quality
from biomech.outcomes.selection import short_name
from biomech.quality import Quality
from biomech.study.dataset import WIDE_COLUMNS, collect_study, metric_blocks, metrics_layout, metrics_long
from biomech.study.provenance import write_provenance
from biomech.study.write_study import write_study
from tests.made_up_study import METRICS, session_cycles, session_metrics

# labels that look like numbers stay text, and sessions of one participant stand together
Written = tuple[list[xr.Dataset], list[xr.Dataset], dict[str, Path]]
SESSIONS = [("01", "pre", 40), ("P2", "pre", 3), ("01", "post", 1), ("P3", "pre", 0), ("10", "1", 50)]


def sessions() -> tuple[list[xr.Dataset], list[xr.Dataset]]:
    """Cycles and metrics of every session."""
    made = []
    for seed, (participant, session, n) in enumerate(SESSIONS):
        more = {"age_years": 30.0 + seed} if seed % 2 else {"sport": "rugby"}
        made.append(session_cycles(participant, session, n_cycles=n, seed=seed, covariates=more))
    metrics = [session_metrics(session) for session in made]
    metrics[1] = metrics[1].isel(metric=[4, 1])
    made[1] = made[1].isel(quantity=[5, 2, 0, 9])  # fewer quantities, in another order
    made[2] = made[2].drop_vars("moment")
    shuffled = np.random.default_rng(0).permutation(made[4].sizes["cycle"])
    return [*made[:4], made[4].isel(cycle=shuffled)], metrics


def write(folder: Path, made: list[xr.Dataset], metrics: list[xr.Dataset]) -> dict[str, Path]:
    inputs: dict[str, list[Path]] = {"cycles": [], "metrics": [], "quality": []}
    for i, session in enumerate(made):
        write_dataset(session, folder / f"c{i}.nc", compress=True)
        write_dataset(metrics[i], folder / f"m{i}.nc", compress=True)
        write_quality(Quality("P", "1", "cycles").table(), folder / f"q{i}.tsv")
        for kind, name in (("cycles", f"c{i}.nc"), ("metrics", f"m{i}.nc"), ("quality", f"q{i}.tsv")):
            inputs[kind].append(folder / name)
    outputs = study_outputs(folder / "results")
    write_study(inputs, outputs, folder)
    return outputs


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    made, metrics = sessions()
    return made, metrics, write(tmp_path_factory.mktemp("study"), made, metrics)


def test_every_curve_of_every_session_is_in_the_study(written: Written) -> None:
    made, _, outputs = written
    study = read_dataset(outputs["dataset"])
    assert study.sizes["cycle"] == sum(session.sizes["cycle"] for session in made) > 2 * ROWS_A_CHUNK
    order = list(dict.fromkeys(zip(study["participant"].values, study["session"].values, strict=True)))
    assert order == [("01", "pre"), ("01", "post"), ("P2", "pre"), ("10", "1")]
    for session in made:
        for i in range(session.sizes["cycle"]):
            one = session.isel(cycle=i)
            name = "_".join(str(one[c].item()) for c in ("participant", "session", "trial", "side", "rep"))
            (row,) = np.flatnonzero(study["cycle"].to_numpy() == name)
            for variable in ("angle", "moment"):
                found = study[variable].isel(cycle=row)
                if variable in session:
                    own = found.sel(quantity=one["quantity"].to_numpy())
                    np.testing.assert_array_equal(own.to_numpy(), one[variable].to_numpy())
                    others = found.drop_sel(quantity=one["quantity"].to_numpy())
                    assert np.isnan(others.to_numpy()).all()
                else:
                    assert np.isnan(found.to_numpy()).all()


def test_written_is_what_is_collected_in_memory(written: Written) -> None:
    made, _, outputs = written
    back = read_dataset(outputs["dataset"])
    attrs = {"title", "Conventions", "history", "source"}
    back.attrs = {name: value for name, value in back.attrs.items() if name in attrs}
    xr.testing.assert_identical(back, collect_study(made))


def test_tables_are_those_made_in_memory(written: Written) -> None:
    _, metrics, outputs = written
    long, wide = (
        metrics_long(metrics),
        pd.concat([wide for _, wide in metric_blocks(metrics_layout(metrics), "all")], ignore_index=True),
    )
    pd.testing.assert_frame_equal(pd.read_parquet(outputs["metrics_parquet"]), long)
    pd.testing.assert_frame_equal(pd.read_parquet(outputs["metrics_wide_parquet"]), wide)
    text = {"participant": "str", "session": "str", "sport": "str"}
    for name, table in (("metrics_csv", long), ("metrics_wide_csv", wide)):
        back = pd.read_csv(outputs[name], dtype=text, keep_default_na=False, na_values={"value": [""]})
        assert back.columns.tolist() == table.columns.tolist() and len(back) == len(table)
        assert set(back["participant"]) == {"01", "P2", "10"}
    # both forms hold the same numbers
    own_name = {short_name(name): name for name in METRICS}
    melted = wide.rename(columns=own_name).melt(["cycle"], list(METRICS), "metric").dropna()
    melted = melted.set_index(["cycle", "metric"])["value"]
    same = long.dropna(subset="value").set_index(["cycle", "metric"])["value"]
    pd.testing.assert_series_equal(melted.sort_index(), same.sort_index(), check_index_type=False)
    assert tuple(wide.columns[: len(WIDE_COLUMNS)]) == WIDE_COLUMNS and not wide["cycle"].duplicated().any()
    assert wide.columns.tolist()[-len(METRICS) :] == list(own_name)
    assert set(long["sport"]) == {"rugby", ""}


def test_symmetry_is_that_of_the_long_table(written: Written) -> None:
    _, _, outputs = written
    long, table = pd.read_parquet(outputs["metrics_parquet"]), pd.read_parquet(outputs["symmetry_parquet"])
    assert len(table) and len(pd.read_csv(outputs["symmetry_csv"])) == len(table)
    row = table.iloc[-1]
    keys = ["participant", "session", "task", "condition", "footwear", "metric"]
    own = long[(long[keys] == row[keys]).all(axis=1)].groupby("side")["value"].mean()
    assert row["difference"] == pytest.approx(own["left"] - own["right"])


def test_one_parquet_file_a_participant_opens_as_one_table(
    written: Written,
) -> None:
    _, _, outputs = written
    folder = outputs["metrics_by_participant"]
    assert sorted(path.name for path in folder.iterdir()) == ["01.parquet", "10.parquet", "P2.parquet"]
    whole = pd.read_parquet(outputs["metrics_parquet"])
    together = pd.read_parquet(folder).set_index(["cycle", "metric"]).sort_index()
    pd.testing.assert_frame_equal(together, whole.set_index(["cycle", "metric"]).sort_index())
    assert set(pd.read_parquet(folder / "01.parquet")["session"]) == {"pre", "post"}


def test_every_file_is_in_the_provenance_and_has_the_same_bytes_again(written: Written, tmp_path: Path) -> None:
    made, metrics, outputs = written
    again = write(tmp_path, made, metrics)
    pages = []
    for one in (outputs, again):
        page = one["dataset"].parent / "provenance.json"
        write_provenance([*one.values()], [], {"lab": {"up": "+z"}}, page, page.parent)
        pages.append(page.read_bytes())
    about = json.loads(pages[0])
    assert {"study.nc", "metrics/01.parquet", "metrics_wide.csv"} <= set(about["file_sha256"])
    assert about["file_sha256"]["study.nc"] == sha256(outputs["dataset"])
    assert about["config"] == {"lab": {"up": "+z"}}
    assert pages[0] == pages[1]


def test_a_participant_who_is_gone_leaves_no_file(tmp_path: Path) -> None:
    made = [session_cycles("P01"), session_cycles("P02")]
    metrics = [session_metrics(session) for session in made]
    write(tmp_path, made, metrics)
    outputs = write(tmp_path, made[:1], metrics[:1])
    assert [path.name for path in outputs["metrics_by_participant"].iterdir()] == ["P01.parquet"]


def test_the_wide_table_has_the_selected_metrics_under_short_names(tmp_path: Path) -> None:
    made = [session_cycles("P01")]
    long_name, other = "external_knee_adduction_moment__first_peak__stance", "hip_adduction__peak__stance"
    metrics = session_metrics(made[0]).assign_attrs(config=json.dumps({"metrics": {"select": [long_name, other]}}))
    outputs = write(tmp_path, made, [metrics])
    wide = pd.read_parquet(outputs["metrics_wide_parquet"])
    assert wide.columns.tolist()[-2:] == [other, short_name(long_name)]
    values = pd.Series(metrics["value"].sel(metric=long_name).to_numpy())
    np.testing.assert_array_equal(np.sort(wide[short_name(long_name)]), np.sort(values))
    # the long table keeps all of them, under their own names
    assert long_name in set(pd.read_parquet(outputs["metrics_parquet"])["metric"])
    dictionary = pd.read_csv(outputs["dictionary"], keep_default_na=False).set_index("name")
    row = dictionary[dictionary["kind"] == "metric"].loc[long_name]
    assert row["short_name"] == short_name(long_name) and len(row["short_name"]) <= 32
    assert row["label"] == "external knee adduction moment, first peak (stance, N m kg-1)"
