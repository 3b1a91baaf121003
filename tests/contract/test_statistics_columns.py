"""Every column of the statistics of the example's config has a row of its own in the data dictionary."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.config import parse_config, read_config
from biomech.io.csv_parquet import read_parquet, write_parquet
from biomech.io.store import read_dataset, write_dataset
from biomech.report.statistics_report import write_statistics as write_report
from biomech.statistics.result_rows import EFFECTS
from biomech.statistics.write_statistics import write_statistics
from biomech.study.dictionary import data_dictionary
from biomech.study.statistics_columns import EFFECT_NAMES, STATISTICS_TABLES
from tests.unit.statistics.test_engine import cycles, study_of

CONFIG = Path(__file__).parents[2] / "config" / "config.yaml"
FILES = {
    "results_csv": "results.csv",
    "results": "results.parquet",
    "values": "values.csv",
    "clusters": "clusters.csv",
    "scores": "profile_scores.csv",
    "points": "curve_reliability.csv",
    "curves": "curves.nc",
}


def squats_and_walks() -> tuple[pd.DataFrame, xr.Dataset]:
    """Return metrics and curves that every analysis of the example can be made of."""
    base = cycles(10).assign(trial="t", condition="(blank)")
    base["group"] = base["group"].replace("valgus", "training")
    metrics = [
        base.assign(metric=name, task=task)
        for task, names in (
            ("single_leg_squat", ("fppa", "knee_abduction", "hip_adduction")),
            ("walking", ("knee_flexion",)),
        )
        for name in (f"{quantity}__peak__{'swing' if task == 'walking' else 'cycle'}" for quantity in names)
    ]
    walks = study_of(base.assign(task="walking"))["angle"]
    quantities = ("hip_flexion", "hip_adduction", "knee_flexion", "ankle_dorsiflexion", "contralateral_pelvic_drop")
    angle = xr.concat([walks.assign_coords(quantity=[name]) for name in quantities], "quantity", join="override")
    return pd.concat(metrics, ignore_index=True), xr.Dataset({"angle": angle.transpose(*walks.dims)})


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    metrics, study = squats_and_walks()
    write_parquet(metrics, folder / "metrics.parquet")
    write_dataset(study, folder / "study.nc")
    outputs = {name: folder / "statistics" / file for name, file in FILES.items()}
    (folder / "statistics").mkdir()
    given = parse_config(read_config(CONFIG)).statistics
    write_statistics(
        folder / "metrics.parquet", folder / "study.nc", outputs, given, {}, lambda *_: (np.zeros(101), "a")
    )
    tables = [outputs[name] for name in ("results", "values", "clusters", "curves")]
    write_report(*tables, folder / "statistics_report", ["svg"], points=outputs["points"])
    return folder


def test_every_column_that_is_written_has_one_row(results: Path) -> None:
    study = read_dataset(results / "study.nc")
    dictionary = data_dictionary(study, pd.DataFrame({"metric": [], "unit": []}))
    files = sorted(results.glob("statistics*/**/*.*"))
    tables = [path for path in files if path.suffix in (".csv", ".tsv", ".parquet")]
    held = {path.relative_to(results).as_posix(): columns_of(path) for path in tables}
    held["statistics/curves.nc"] = [str(name) for name in read_dataset(results / "statistics" / "curves.nc").variables]
    assert {pattern for pattern in STATISTICS_TABLES if not any(fnmatch(file, pattern) for file in held)} == set()
    assert len(held) >= 7 + len(parse_config(read_config(CONFIG)).statistics)
    for file, names in held.items():
        for name in names:
            rows = dictionary[dictionary["name"] == name]
            own = rows[[any(fnmatch(file, pattern) for pattern in cell.split(", ")) for cell in rows["file"]]]
            assert len(own) == 1 and own["meaning"].item() and own["unit"].item(), f"{name} of {file}"


def test_a_quantity_has_one_text_in_all_tables() -> None:
    """Next to each other in the tables of results; the tables for manuscripts have titles as names."""
    results = [columns for file, columns in STATISTICS_TABLES.items() if file.startswith("statistics/")]
    for name in {name for columns in results for name in columns}:
        assert len({columns[name] for columns in results if name in columns}) == 1, name


def test_the_names_of_effect_sizes_are_those_that_occur() -> None:
    assert tuple(EFFECTS) == EFFECT_NAMES


def columns_of(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return list(map(str, read_parquet(path).columns))
    return list(pd.read_csv(path, sep="\t" if path.suffix == ".tsv" else ",", dtype=str, nrows=1).columns)
