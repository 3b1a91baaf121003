"""`biomech diff`: what changed between two runs, on tables with known differences."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from biomech.cli import main
from biomech.errors import BiomechError
from biomech.io.csv_parquet import write_parquet
from biomech.outcomes_diff import BEFORE, compare_runs, describe_difference, keep_before

CONFIG = {"signals": {"cutoff_hz": {"walking": 12.0}}, "kinematics": {"gap_max_s": 0.1}}


def table(shift: float = 0.0, lost: bool = False) -> pd.DataFrame:
    """Two people with two legs, three cycles each, of two metrics; the shift moves the peaks of knee flexion only."""
    rows = []
    for person in ("P1", "P2"):
        for side in ("left", "right"):
            for cycle in range(3):
                for metric, unit, size, moved in (
                    ("knee_flexion__peak__swing", "degree", 60.0, shift),
                    ("speed__mean__cycle", "m s-1", 1.2, 0.0),
                ):
                    value = (
                        size + cycle * 0.1 + (1.0 if person == "P2" else 0.0) + moved * (2.0 if side == "left" else 1.0)
                    )
                    if lost and metric.startswith("knee") and (person, side) == ("P1", "left"):
                        value = np.nan
                    rows.append((person, "pre", f"w{cycle}", "walking", "", "barefoot", side, metric, value, unit))
    names = ("participant", "session", "trial", "task", "condition", "footwear", "side", "metric", "value", "unit")
    return pd.DataFrame(rows, columns=names)


def write_run(folder: Path, cells: pd.DataFrame, config=CONFIG, **about) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_parquet(cells, folder / "metrics.parquet")
    digest = hashlib.sha256((folder / "metrics.parquet").read_bytes()).hexdigest()
    given = {
        "config": config,
        "biomech_version": "1",
        "file_sha256": {"metrics.parquet": digest},
        "recording_sha256": {"P1/pre/w0": "a"},
    }
    (folder / "provenance.json").write_text(json.dumps(given | about))
    return folder


def test_a_change_is_given_with_its_option_its_size_and_its_place(tmp_path: Path) -> None:
    other = {"signals": {"cutoff_hz": {"walking": 6.0}}, "kinematics": {"gap_max_s": 0.1}}
    found = compare_runs(write_run(tmp_path / "a", table()), write_run(tmp_path / "b", table(-0.5), other))
    assert found.options == [("signals.cutoff_hz.walking", 12.0, 6.0)] and found.recordings == []
    assert (
        len(found.values) == 8
        and len(found.changed) == 4
        and set(found.changed["metric"]) == {"knee_flexion__peak__swing"}
    )
    by_side = found.changed.groupby("side")["difference"].unique()
    assert by_side["left"] == pytest.approx([-1.0]) and by_side["right"] == pytest.approx([-0.5])
    text = describe_difference(found)
    assert "option signals.cutoff_hz.walking: 12.0 -> 6.0" in text
    assert "4 of 8 means changed, of 1 of 2 outcomes" in text
    (line,) = [line for line in text.splitlines() if "knee_flexion__peak__swing" in line]
    assert line.split() == [
        "walking",
        "knee_flexion__peak__swing",
        "degree",
        "60.6",
        "59.85",
        "-0.75",
        "-1",
        "P1",
        "pre",
        "left",
        "0",
        "0",
    ]


def test_equal_runs_say_so_and_a_lost_value_is_a_change(tmp_path: Path) -> None:
    run = write_run(tmp_path / "a", table())
    assert describe_difference(compare_runs(run, run)).splitlines() == [
        "no option changed",
        "No outcome changed: 8 means of 2 outcomes are equal.",
    ]
    found = compare_runs(
        run, write_run(tmp_path / "b", table(lost=True), recording_sha256={"P1/pre/w0": "b"}, biomech_version="2")
    )
    (row,) = found.changed.to_dict("records")
    assert row["n_before"] == 3 and row["n_after"] == 0 and np.isnan(row["after"])
    text = describe_difference(found)
    assert "recordings that changed, are new or are gone (1): P1/pre/w0" in text and "biomech 1 -> 2" in text
    assert [line.split()[-2:] for line in text.splitlines() if "knee_flexion" in line] == [["1", "0"]]


def test_only_a_finished_run_is_kept(tmp_path: Path) -> None:
    results = tmp_path / "results"
    assert not keep_before(results), "nothing is there"
    write_run(results, table())
    assert keep_before(results) and compare_runs(results / BEFORE, results).changed.empty
    write_parquet(table(1.0), results / "metrics.parquet")  # a run that was stopped after its metrics
    assert not keep_before(results)
    assert compare_runs(results / BEFORE, results).changed["difference"].abs().max() == pytest.approx(2.0)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(tmp_path)]) == 1
    assert "the next `biomech run` keeps those of the last one there" in capsys.readouterr().err
    write_run(tmp_path / "s" / "results", table(1.0))
    write_run(tmp_path / "o" / "results", table())
    assert main(["diff", str(tmp_path / "s"), str(tmp_path / "o"), "--csv", str(tmp_path / "d.csv")]) == 0
    assert "knee_flexion__peak__swing" in capsys.readouterr().out
    written = pd.read_csv(tmp_path / "d.csv")
    assert written["difference"].max() == pytest.approx(2.0) and set(written["unit"]) == {"degree", "m s-1"}
    with pytest.raises(BiomechError, match="run the study first"):
        compare_runs(tmp_path, tmp_path)
