"""Every name that occurs in an output has a row in the data dictionary, with a unit."""

from __future__ import annotations

from fnmatch import fnmatch

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.columns import CYCLE_COLUMNS, METRIC_VALUES
from biomech.events.cycle_curves import labels_of
from biomech.events.dataset import assemble
from biomech.io.csv_parquet import read_tsv
from biomech.io.sheets import Session
from biomech.io.store import read_dataset, write_dataset, write_quality
from biomech.outcomes import METRICS
from biomech.quality import COLUMNS, Quality
from biomech.quantities import MOMENT_QUANTITIES, POWER_QUANTITIES, QUANTITIES
from biomech.report.figures import INDEX_COLUMNS
from biomech.schema import MOMENT_FRAMES, SIDES, VARIABLES
from biomech.study.codes import CODES
from biomech.study.contrasts import contrast_table
from biomech.study.dictionary import DICTIONARY_COLUMNS, KINDS, data_dictionary, stage_file
from biomech.study.symmetry import symmetry_table
from biomech.study.write_study import write_study
from tests.made_up_study import session_cycles, session_metrics


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A study of two sessions with different free columns and one without cycles, written."""
    folder = tmp_path_factory.mktemp("study")
    sessions = [
        session_cycles("P01", "pre", covariates={"age_years": 31.0, "sport": "=football"}),
        session_cycles("P02", "pre", seed=1, covariates={"pain_score": 2.0}),
        session_cycles("P03", "pre", n_cycles=0),
    ]
    inputs: dict[str, list] = {"cycles": [], "metrics": [], "quality": []}
    for i, session in enumerate(sessions):
        attrs = {"config": '{"cycles": {"n_points": 101}}'}
        write_dataset(session.assign_attrs(attrs), folder / f"cycles{i}.nc")
        write_dataset(session_metrics(session), folder / f"metrics{i}.nc")
        quality = Quality(f"P0{i + 1}", "pre", "cycles")
        quality.add("info" if i < 2 else "error", "note", "a value\twith a tab", value=1.5, unit="m")
        write_quality(quality.table() if i else quality.table().head(0), folder / f"q{i}.tsv")
        for kind in inputs:
            name = {"cycles": f"cycles{i}.nc", "metrics": f"metrics{i}.nc", "quality": f"q{i}.tsv"}[kind]
            inputs[kind].append(folder / name)
    outputs = {
        "dataset": folder / "results/study.nc",
        "metrics_parquet": folder / "results/metrics.parquet",
        "metrics_csv": folder / "results/metrics.csv",
        "quality": folder / "results/quality.tsv",
        "dictionary": folder / "results/data_dictionary.csv",
    }
    write_study(inputs, outputs, folder)
    return folder, inputs, outputs


@pytest.fixture(scope="module")
def dictionary(results):
    table = pd.read_csv(results[2]["dictionary"], keep_default_na=False)
    assert tuple(table.columns) == DICTIONARY_COLUMNS
    return table


def _rows(dictionary, name, file, kinds=KINDS):
    rows = dictionary[(dictionary["name"] == name) & dictionary["kind"].isin(kinds)]
    return rows[[any(fnmatch(file, pattern) for pattern in cell.split(", ")) for cell in rows["file"]]]


def test_rows_are_complete_and_unique(dictionary):
    assert set(dictionary["kind"]) == set(KINDS)
    for column in ("name", "kind", "meaning", "unit", "file"):
        assert (dictionary[column].str.strip() != "").all(), column
    key = dictionary["name"] + dictionary["kind"] + dictionary["unit"] + dictionary["meaning"] + dictionary["file"]
    assert not key.duplicated().any()


def test_a_column_of_cycles_means_the_same_in_every_file(dictionary):
    """Each is described once in the code: coordinate of the curves, column of the tables."""
    own = dictionary["file"].str.contains("study.nc|metrics.csv") & dictionary["kind"].isin(["coordinate", "column"])
    for name in (*CYCLE_COLUMNS, *METRIC_VALUES):
        rows = dictionary[own & (dictionary["name"] == name)]
        texts = set(zip(rows["meaning"], rows["unit"], strict=True))
        assert len(texts) <= 1, f"{name}: {texts}"


def test_everything_in_the_study_files_has_a_row(results, dictionary):
    _, _, outputs = results
    study = read_dataset(outputs["dataset"])
    for name, variable in study.variables.items():
        rows = _rows(dictionary, name, "study.nc", ("variable", "coordinate"))
        assert len(rows) == 1, name
        text = variable.dtype.kind in "UOT"
        assert rows["unit"].item() == ("text" if text else variable.attrs["units"]), name
    for quantity in study["quantity"].to_numpy():
        assert len(_rows(dictionary, quantity, "study.nc", ("quantity",))) >= 1, quantity
    metrics = pd.read_csv(outputs["metrics_csv"])
    for name in metrics.columns:
        assert len(_rows(dictionary, name, "metrics.csv", ("column",))) == 1, name
    for name in metrics["metric"].unique():
        assert len(_rows(dictionary, name, "metrics.csv", ("metric",))) == 1, name
    for name in read_tsv(outputs["quality"]).columns:
        assert len(_rows(dictionary, name, "quality.tsv", ("column",))) == 1, name
    for name in contrast_table([]).columns:
        assert len(_rows(dictionary, name, "contrasts.csv", ("column",))) == 1, name
    for name in symmetry_table([]).columns:
        assert len(_rows(dictionary, name, "symmetry.csv", ("column",))) == 1, name
    for name in INDEX_COLUMNS:
        assert len(_rows(dictionary, name, "figures/index.tsv", ("column",))) == 1, name
    for name in DICTIONARY_COLUMNS:
        assert len(_rows(dictionary, name, "data_dictionary.csv", ("column",))) == 1, name


def test_codes_and_levels_of_factors_stand_in_the_dictionary(results, dictionary):
    study = read_dataset(results[2]["dataset"])

    def of(name, file="metrics.csv"):
        return _rows(dictionary, name, file, ("column", "coordinate", "variable"))["levels"].item()

    assert of("group") == "control" and of("footwear") == "barefoot" and of("task") == "walking = walking"
    assert of("side").split("; ")[:2] == ["left", "right"] and of("level", "quality.tsv").startswith("info = ")
    assert of("frame", "study.nc").split("; ")[0] == "jcs = joint coordinate system"
    assert of("cycle") == of("age_years") == of("value") == "" and of("sport") == "'=football"
    for name, codes in CODES.items():
        if name in study.variables:
            occurring = {f"{value:g}" if isinstance(value, float) else str(value) for value in study[name].values.flat}
            assert occurring <= {*codes, "", "nan"}, name
    assert set(CODES["frame"]) == set(MOMENT_FRAMES) and {*SIDES, "both"} == set(CODES["side"])


def test_everything_of_the_contract_has_a_row(dictionary):
    for name, variable in VARIABLES.items():
        file = stage_file(variable.stage).replace("*", "x")
        assert len(_rows(dictionary, name, file, ("variable",))) == 1, name
        for dim in variable.dims:
            assert len(_rows(dictionary, dim, file, ("coordinate",))) == 1, dim
    for names, unit in ((QUANTITIES, "degree"), (MOMENT_QUANTITIES, "N m kg-1"), (POWER_QUANTITIES, "W kg-1")):
        for name in names:
            rows = dictionary[(dictionary["name"] == name) & (dictionary["kind"] == "quantity")]
            rows = rows[rows["unit"] == unit]
            assert len(rows) == 1 and rows["positive"].item(), name
    for name, item in METRICS.items():
        if item.needs == "emg":
            continue  # only those of recorded muscles
        rows = _rows(dictionary, name, "metrics.csv", ("metric",))
        assert len(rows) == 1 and rows["unit"].item() == item.unit and rows["positive"].item(), name


def test_what_the_cycles_stage_writes_has_a_row_and_a_meaning_of_its_own():
    made = assemble(Session(participant="P01", session="1", covariates={"age_years": 3.0}), [], labels_of([]))
    table = data_dictionary(made, pd.DataFrame({"metric": [], "unit": []}))
    for name in made.variables:
        rows = _rows(table, name, "sessions/P01/1/cycles/base.nc", ("variable", "coordinate"))
        rows = rows[rows["file"].str.contains("study.nc")]
        assert len(rows) == 1, name
        assert not rows["meaning"].item().startswith("column `") or name == "age_years", name


def test_tables_hold_the_same_and_text_stays_text(results):
    _, _, outputs = results
    parquet = pd.read_parquet(outputs["metrics_parquet"])
    csv = pd.read_csv(outputs["metrics_csv"], keep_default_na=False, na_values={"value": [""]})
    assert parquet.columns.tolist() == csv.columns.tolist() and len(parquet) == len(csv)
    np.testing.assert_allclose(parquet["value"], csv["value"], rtol=0, atol=0)
    assert set(parquet["sport"]) == {"=football", ""} and set(csv["sport"]) == {"'=football", ""}


def test_provenance_stands_in_dataset_and_parquet(results):
    folder, inputs, outputs = results
    import json

    import pyarrow.parquet as pq

    attrs = read_dataset(outputs["dataset"]).attrs
    assert attrs["stage"] == "study" and attrs["biomech_version"]
    assert json.loads(attrs["config"]) == {"cycles": {"n_points": 101}}
    hashes = json.loads(attrs["input_sha256"])
    assert set(hashes) == {str(p.relative_to(folder)) for p in (*inputs["cycles"], *inputs["metrics"])}
    metadata = pq.read_schema(outputs["metrics_parquet"]).metadata
    assert metadata[b"input_sha256"].decode() == attrs["input_sha256"]


def test_quality_tables_are_joined_worst_first(results):
    table = read_tsv(results[2]["quality"], text=["participant"])
    assert tuple(table.columns) == COLUMNS
    assert table["participant"].tolist() == ["P03", "P02"] and table["level"].tolist() == ["error", "info"]
    assert table["value"].tolist() == [1.5, 1.5]


def test_the_same_study_gives_the_same_bytes(results, tmp_path):
    folder, inputs, outputs = results
    again = {kind: tmp_path / path.name for kind, path in outputs.items()}
    write_study(inputs, again, folder)
    for kind, path in outputs.items():
        assert path.read_bytes() == again[kind].read_bytes(), kind


def test_a_study_without_anything_is_written(tmp_path):
    write_dataset(xr.Dataset(), tmp_path / "none.nc")
    outputs = {kind: tmp_path / kind for kind in ("dataset", "metrics_parquet", "metrics_csv", "quality", "dictionary")}
    for files in ([], [tmp_path / "none.nc"]):
        write_study({"cycles": files, "metrics": files, "quality": []}, outputs)
        assert read_dataset(outputs["dataset"]).sizes["cycle"] == 0
        assert len(pd.read_parquet(outputs["metrics_parquet"])) == 0
        assert read_tsv(outputs["quality"]).columns.tolist() == list(COLUMNS)
        assert len(pd.read_csv(outputs["dictionary"])) > 100
