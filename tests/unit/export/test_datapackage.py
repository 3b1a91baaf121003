"""frictionless, the reference reader of data packages, finds every table as described."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from biomech.export.datapackage import write_datapackage
from biomech.io.store import write_dataset, write_quality
from biomech.quality import Quality
from biomech.study.write_study import write_study
from tests.made_up_study import session_cycles, session_metrics

frictionless = pytest.importorskip("frictionless", reason="frictionless is not installed (extra `exports`)")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    # labels that look like numbers, text that spreadsheets run, and a covariate that one session lacks
    one = session_cycles("01", covariates={"sport": "=1+1, =2", "age_years": 30.0})
    two = session_cycles("02", seed=1, kinetics=False)
    files: dict[str, list[Path]] = {"cycles": [], "metrics": [], "quality": []}
    for i, cycles in enumerate((one, two)):
        for name, dataset in (("cycles", cycles), ("metrics", session_metrics(cycles))):
            files[name].append(tmp_path / f"{name}{i}.nc")
            write_dataset(dataset, files[name][-1])
        quality = Quality("01", "pre", "ingest")
        quality.add("warning", "gap", 'a gap, in "quotes"', trial="walk1", value=0.5, unit="s")
        files["quality"].append(tmp_path / f"quality{i}.tsv")
        write_quality(quality.table(), files["quality"][-1])
    names = ("metrics", "metrics_wide", "contrasts", "symmetry")
    outputs = {f"{name}_{kind}": folder / f"{name}.{kind}" for name in names for kind in ("csv", "parquet")}
    outputs |= {"dataset": folder / "study.nc", "quality": folder / "quality.tsv"}
    outputs |= {"dictionary": folder / "data_dictionary.csv", "provenance": folder / "provenance.json"}
    write_study(files, outputs)
    (folder / "sessions").mkdir()
    (folder / "sessions" / "not-a-result.csv").write_text("a\n")
    return folder


def test_frictionless_validates_every_table(results: Path) -> None:
    path = write_datapackage(results)
    report = frictionless.Package(str(path)).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "type", "note"])
    tables = {"metrics.csv", "metrics_wide.csv", "contrasts.csv", "symmetry.csv", "quality.tsv", "data_dictionary.csv"}
    assert {task.place for task in report.tasks} >= tables
    assert "sessions/not-a-result.csv" not in {task.place for task in report.tasks}


def test_a_changed_table_is_found(results: Path) -> None:
    """The check can fail: a value of another type, and any change by the hash."""
    path = write_datapackage(results)
    table = results / "metrics.csv"
    head, first, *rest = table.read_text(encoding="utf-8").splitlines()
    cells = first.split(",")
    cells[head.split(",").index("rep")] = "first"
    table.write_text("\n".join([head, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    report = frictionless.Package(str(path)).validate()
    assert {kind for _, kind in report.flatten(["name", "type"])} >= {"type-error", "hash-count"}


def test_columns_have_type_meaning_and_unit(results: Path) -> None:
    package = json.loads(write_datapackage(results).read_text(encoding="utf-8"))
    fields = {r["path"]: {f["name"]: f for f in r["schema"]["fields"]} for r in package["resources"]}
    long, wide = fields["metrics.csv"], fields["metrics_wide.csv"]
    assert long["participant"]["type"] == "string", "01 is a label"
    assert long["value"]["type"] == "number" and long["foot_off_percent"]["unit"] == "%"
    assert long["age_years"]["unit"] == "year"
    assert all(field.get("description") for field in (*long.values(), *wide.values()))
    dictionary = pd.read_csv(results / "data_dictionary.csv", keep_default_na=False)
    (metric,) = dictionary[dictionary["name"] == "hip_adduction__peak__stance"].to_dict("records")
    assert wide[metric["short_name"]]["unit"] == "degree" == metric["unit"]


def test_columns_of_outcomes_are_those_of_their_own_dictionary(results: Path) -> None:
    (results / "outcomes.csv").write_text("participant,hp_add__pk_mean\n01,1.5\n", encoding="utf-8")
    (results / "outcomes_dictionary.csv").write_text(
        "name,label,unit,definition\nhp_add__pk_mean,hip adduction,degree,mean of the peaks\n", encoding="utf-8"
    )
    package = json.loads(write_datapackage(results).read_text(encoding="utf-8"))
    (table,) = [r for r in package["resources"] if r["path"] == "outcomes.csv"]
    field = {f["name"]: f for f in table["schema"]["fields"]}["hp_add__pk_mean"]
    assert field == {"name": "hp_add__pk_mean", "type": "number", "description": "mean of the peaks", "unit": "degree"}


def test_without_a_dictionary_types_are_there_all_the_same(tmp_path: Path) -> None:
    table = "id,n,x,yes,text,none\n01,1,0.5,True,a,\n02,2,,False,,\n"
    (tmp_path / "own.csv").write_text(table)
    (tmp_path / "empty.tsv").write_text("\n")
    (tmp_path / "picture.csv").write_bytes(bytes(range(128, 256)))
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n1,2,3,4\n")
    package = json.loads(write_datapackage(tmp_path).read_text())
    schemas = {r["path"]: [f["type"] for f in r["schema"]["fields"]] for r in package["resources"]}
    assert set(schemas) == {"own.csv", "empty.tsv"}, "what somebody else put there and is not a table is left out"
    assert schemas["own.csv"] == ["string", "integer", "number", "boolean", "string", "string"]
    assert frictionless.Package(str(tmp_path / "datapackage.json")).get_resource("own.csv").validate().valid
