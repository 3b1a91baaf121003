"""The table of outcomes: means of the statistics, names that statistics programs take, nothing pooled or empty."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from biomech.columns import CYCLE_COLUMNS
from biomech.io.csv_parquet import write_csv, write_parquet
from biomech.io.workbook import write_workbook
from biomech.outcomes import METRICS
from biomech.outcomes.selection import short_name
from biomech.statistics.outcome_files import write_outcomes
from biomech.statistics.outcomes import KEYS, outcome_dictionary, outcome_table, without_empty
from biomech.statistics.participant_means import participant_means, with_levels

HIP, KNEE = "hip_adduction__peak__stance", "external_knee_adduction_moment__first_peak__stance"
SQUAT = "hip_adduction__peak__cycle"


def cycles(seed: int = 0) -> pd.DataFrame:
    """Three people, two visits, walking with and without insole, unequal trials, some cycles without moment; squats."""
    random = np.random.default_rng(seed)
    rows = []
    for person in ("01", "P2", "P3"):
        for session in ("pre", "post"):
            for trial, task, condition in (
                ("w1", "walking", ""),
                ("w2", "walking", ""),
                ("w3", "walking", "insole"),
                ("s1", "single_leg_squat", ""),
            ):
                for side in ("left", "right"):
                    for rep in range(1, 2 + random.integers(1, 5)):
                        walks = task == "walking"
                        rows.append(
                            {
                                **{"participant": person, "session": session, "label": session, "group": "control"},
                                **{"trial": trial, "task": task, "condition": condition, "footwear": "shod"},
                                **{"side": side, "rep": rep, "cycle": f"{person}{session}{trial}{side}{rep}"},
                                **{"start": 1.0, "end": 2.0, "foot_off_percent": 60.0, "sex": "female"},
                                **{"mass_kg": 60.0 + len(session), "dominant_side": "right", "cutoff_hz": 6.0},
                                short_name(HIP): random.normal(8, 2) + (trial == "w2") if walks else np.nan,
                                short_name(KNEE): random.normal(0.4, 0.1) if walks and rep != 2 else np.nan,
                                short_name(SQUAT): np.nan if walks else random.normal(12, 3),
                            }
                        )
    return pd.DataFrame(rows)


def dictionary() -> pd.DataFrame:
    rows = [
        {
            **{"name": name, "short_name": short_name(name), "kind": "metric", "unit": METRICS[name].unit},
            **{"label": METRICS[name].title, "meaning": METRICS[name].definition, "levels": ""},
            **{"positive": METRICS[name].positive, "source": METRICS[name].source},
        }
        for name in (HIP, KNEE, SQUAT)
    ]
    return pd.DataFrame([*rows, {"name": "sex", "kind": "column", "levels": "female; male"}]).fillna("")


def written(folder: Path, wide: pd.DataFrame) -> dict[str, Path]:
    write_parquet(wide, folder / "wide.parquet")
    write_csv(dictionary(), folder / "dictionary.csv")
    outputs = {name: folder / f"outcomes{end}" for name, end in (("csv", ".csv"), ("xlsx", ".xlsx"), ("by_task", ""))}
    outputs["dictionary"] = folder / "outcomes_dictionary.csv"
    write_outcomes(folder / "wide.parquet", folder / "dictionary.csv", outputs)
    return outputs


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, keep_default_na=False, na_values=[""], dtype={"participant": "str"})


@pytest.mark.parametrize("metric", [HIP, KNEE, SQUAT])
def test_means_are_those_of_the_statistics(metric: str) -> None:
    wide = cycles()
    table, names = outcome_table(wide, [HIP, KNEE, SQUAT])
    about = with_levels(wide[[name for name in wide.columns if name in CYCLE_COLUMNS]])
    expected = participant_means(about, wide[short_name(metric)].to_numpy(), KEYS[1:])
    stem = next(name for name, own in names.items() if own == metric).rsplit("_", 1)[0]
    mean = table.set_index(list(KEYS))[f"{stem}_mean"].dropna()
    keys = pd.MultiIndex.from_frame(expected.keys[list(KEYS)])
    assert len(mean) == len(keys) > 10
    np.testing.assert_allclose(mean.loc[keys], expected.values[:, 0], rtol=1e-12)
    n = table.set_index(list(KEYS))[f"{stem}_n"]
    assert n.loc[keys].tolist() == expected.n_cycles.tolist() and n.sum() == wide[short_name(metric)].notna().sum()


def test_a_trial_counts_once_and_the_sd_is_of_the_cycles() -> None:
    wide = cycles()
    wide = wide[(wide["participant"] == "01") & (wide["session"] == "pre") & (wide["side"] == "left")]
    wide = wide[wide["trial"].isin(["w1", "w2"])].groupby("trial").head(2).iloc[:3].reset_index(drop=True)
    wide[short_name(HIP)], wide[short_name(KNEE)] = [1.0, 3.0, 8.0], [np.nan, 0.5, np.nan]
    ((_, row),) = outcome_table(wide, [HIP, KNEE])[0].iterrows()
    assert (row["n_trials"], row["n_cycles"]) == (2, 3)
    assert row["hip_adduction__peak__stance_mean"] == 5.0, "of 2 and 8, not of 1, 3 and 8"
    assert row["hip_adduction__peak__stance_sd"] == pytest.approx(np.std([1, 3, 8], ddof=1))
    stem = short_name(KNEE, 27)
    assert row[f"{stem}_mean"] == 0.5 and row[f"{stem}_n"] == 1 and np.isnan(row[f"{stem}_sd"])


def test_every_metric_has_a_name_that_statistics_programs_take() -> None:
    stems = [short_name(name, 27) for name in METRICS]
    assert len({stem.lower() for stem in stems}) == len(METRICS)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,26}", stem) for stem in stems)


def test_columns_of_the_sheets_get_such_names_too() -> None:
    odd = {
        "größe": 1.0,
        "Größe": 2.0,
        "2nd test": 3.0,
        "by": 4.0,
        "n_trials": 5.0,
        "a" * 40: 6.0,
        "A" * 40: 7.0,
        "年": 8.0,
    }
    odd["hip_adduction__peak__stance_SD"] = 9.0
    wide = cycles().assign(**odd)
    table, names = outcome_table(wide, [HIP, KNEE])
    assert len({name.lower() for name in table.columns}) == len(table.columns)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,31}", name) for name in table.columns)
    assert not {"by", "BY"} & set(table.columns)
    for column, value in odd.items():
        (own,) = [name for name, made_from in names.items() if made_from == column]
        assert (table[own] == value).all(), "each column keeps its own values"


def test_the_files_hold_the_same_and_no_column_is_empty(tmp_path: Path) -> None:
    outputs = written(tmp_path, cycles())
    table, about = read(outputs["csv"]), read(outputs["dictionary"])
    assert not table.duplicated(list(KEYS)).any() and table["participant"].unique().tolist() == ["01", "P2", "P3"]
    assert not outputs["csv"].read_bytes().startswith(b"\xef\xbb\xbf")
    assert about["name"].tolist() == table.columns.tolist()
    assert about[["label", "unit", "definition"]].notna().all(axis=None)
    for name, sheet in (("outcomes", table), ("dictionary", about)):
        excel = pd.read_excel(
            outputs["xlsx"], sheet_name=name, keep_default_na=False, na_values=[""], dtype={"participant": "str"}
        )
        pd.testing.assert_frame_equal(excel, sheet, check_dtype=False, rtol=1e-15)
    knee = about[about["metric"] == KNEE].set_index("name")
    assert knee.loc[f"{short_name(KNEE, 27)}_mean", ["unit", "positive", "tasks"]].tolist() == [
        METRICS[KNEE].unit,
        METRICS[KNEE].positive,
        "walking",
    ]
    assert knee.loc[f"{short_name(KNEE, 27)}_n", "unit"] == "1"
    tasks = {path.name: read(path) for path in sorted(outputs["by_task"].iterdir())}
    assert list(tasks) == ["outcomes_single_leg_squat.csv", "outcomes_walking.csv"]
    for part in (table, *tasks.values()):
        assert part.notna().any().all(), part.columns[~part.notna().any()]
    assert sum(map(len, tasks.values())) == len(table)
    squats = tasks["outcomes_single_leg_squat.csv"]
    assert "hip_adduction__peak__cycle_mean" in squats and "hip_adduction__peak__stance_n" not in squats


def test_the_second_run_gives_the_same_bytes_and_leaves_no_old_task(tmp_path: Path) -> None:
    outputs = written(tmp_path, cycles())
    first = {path: path.read_bytes() for path in tmp_path.rglob("outcomes*") if path.is_file()}
    (outputs["by_task"] / "outcomes_running.csv").write_text("old")
    time.sleep(2.1)  # a zip archive counts in steps of two seconds
    written(tmp_path, cycles())
    assert {path: path.read_bytes() for path in tmp_path.rglob("outcomes*") if path.is_file()} == first


def test_what_the_key_does_not_name_is_not_pooled() -> None:
    """Loads of 0 and 10 within one visit and condition: two rows, not their mean; a note of one person makes no row."""
    wide = cycles()
    wide["load"] = np.where(wide["trial"] == "w2", "heavy", "light")
    wide["remark"] = np.where((wide["trial"] == "w2") & (wide["participant"] == "P2"), "coughed", "")
    wide["pain_score"] = np.where(wide["trial"] == "w2", 4.0, 1.0)
    table, _ = outcome_table(wide, [HIP])
    walking = table[(table["task"] == "walking") & (table["condition"] == "(blank)")]
    assert sorted(walking["load"].unique()) == ["heavy", "light"] and not walking.duplicated([*KEYS, "load"]).any()
    plain, _ = outcome_table(wide.drop(columns="load"), [HIP])
    plain = plain[(plain["task"] == "walking") & (plain["condition"] == "(blank)")]
    assert len(plain) * 2 == len(walking) and not plain.duplicated(list(KEYS)).any()
    assert set(plain["pain_score"]) == {2.5}, "a number: the mean of the two trials, whatever their cycles"
    assert set(plain["remark"]) <= {""}


def test_blank_conditions_are_the_level_of_the_statistics_or_no_column() -> None:
    table, _ = outcome_table(cycles(), [HIP])
    assert set(table["condition"]) == {"(blank)", "insole"}, (
        "an empty cell would be a missing value, and the row be dropped"
    )
    normal = cycles().assign(condition="")
    assert "condition" not in without_empty(outcome_table(normal, [HIP])[0])
    assert set(table["dominance"]) == {"dominant", "non_dominant"}


def test_a_study_without_cycles_has_a_header(tmp_path: Path) -> None:
    outputs = written(tmp_path, cycles().head(0))
    table = read(outputs["csv"])
    assert len(table) == 0 and set(KEYS) <= set(table.columns) and not list(outputs["by_task"].iterdir())
    assert openpyxl.load_workbook(outputs["xlsx"]).sheetnames == ["outcomes", "dictionary"]
    made, names = outcome_table(cycles().drop(columns=[short_name(name) for name in (HIP, KNEE, SQUAT)]), [])
    assert "n_cycles" in made and set(outcome_dictionary(made, names, dictionary())["metric"]) == {""}


def test_a_workbook_runs_no_formula_and_keeps_every_text(tmp_path: Path) -> None:
    texts = ["=1+1", "-x", "+49", "@home", "01", "a\x07b", "", "ä\n<&>", "x" * 40_000]
    path = write_workbook(
        {"s": pd.DataFrame({"text": texts, "number": [1.5, np.nan, 3, 4, 5, 6, 7, 8, 0.1 + 0.2]})}, tmp_path / "a.xlsx"
    )
    cells = list(openpyxl.load_workbook(path)["s"].iter_rows(min_row=2))
    assert [cell[0].value for cell in cells] == [*texts[:5], "ab", None, texts[7], "x" * 32_767]
    assert {cell[0].data_type for cell in cells if cell[0].value} == {"s"}
    assert [cell[1].value for cell in cells][:2] == [1.5, None] and cells[-1][1].value == pytest.approx(0.3, rel=1e-15)
