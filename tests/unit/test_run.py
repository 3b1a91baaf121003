"""The commands that process a study and write an example, the progress of a run, and files next to the package."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import biomech
from biomech.cli import main
from biomech.errors import BiomechError
from biomech.example import SMALL
from biomech.run import command, progress
from biomech.shipped import home

LINES = """\
Building DAG of jobs...
Job stats:
job           count
----------  -------
ingest            2
total             3

Select jobs to execute...
[Tue Dec  1 00:36:26 2026]
Job 9: P01, session post: reading C3D files
[Tue Dec  1 00:36:27 2026]
Finished jobid: 9 (Rule: ingest)
1 of 3 steps (33%) done
Waiting for more resources.
Job 3: P01, session pre: reading C3D files
Error in rule ingest:
    message: the disk is full
2 of 3 steps (67%) done
Done. The results are in results:

Quality: 1 error.
Complete log(s): x.log
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "S"
    assert main(["example", str(folder)]) == 0
    return folder


def test_progress_has_a_line_for_each_job_and_hides_no_error() -> None:
    clock = itertools.count(step=10).__next__
    assert list(progress(LINES.splitlines(), clock)) == [
        "[1/3] P01, session post: reading C3D files",
        "[2/3] P01, session pre: reading C3D files   (20 s left)",
        "Error in rule ingest:",
        "    message: the disk is full",
        "Done. The results are in results:",
        "",
        "Quality: 1 error.",
    ]


def test_the_example_is_a_study_without_doubts(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--strict", str(study)]) == 0
    assert f"trials: {sum(map(len, SMALL.values()))}" in capsys.readouterr().out
    for (participant, session), names in SMALL.items():
        for name in names:
            part = Path(participant, session, f"{name}.c3d")
            assert (study / "data" / part).read_bytes() == (home() / "data_example" / part).read_bytes()
    assert main(["example", str(study)]) == 1
    assert "nothing was written" in capsys.readouterr().err


def test_what_follows_two_dashes_goes_to_snakemake(study: Path) -> None:
    call = "import sys; from biomech.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", call, "run", str(study), "--cores", "1", "--", "--dry-run", "--config", "on_error=stop"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(biomech.__file__).parents[1])},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "reading C3D files" in done.stdout + done.stderr
    assert command(study, 3, ["--dry-run"])[-3:] == ["--cores", "3", "--dry-run"]


def test_a_fault_of_the_study_is_shown_and_is_the_exit_code(
    study: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(tmp_path)]) == 1
    assert "expected a study folder" in capfd.readouterr().err
    with pytest.raises(BiomechError):
        command(tmp_path)
    assert main(["new", str(tmp_path / "new")]) == 0
    capfd.readouterr()
    assert main(["run", str(tmp_path / "new"), "--cores", "1"]) == 1
    assert "no trial to process" in capfd.readouterr().out


@pytest.mark.parametrize(
    "name",
    [
        "run",
        "example",
        "completion",
        "check",
        "new",
        "labels",
        "clean",
        "schema",
        "simulate",
        "animate",
        "by-knee-flexion",
    ],
)
def test_every_command_shows_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    assert f"examples:\n  biomech {name}" in capsys.readouterr().out


def test_completion_knows_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("shtab")
    assert main(["completion", "bash"]) == 0
    printed = capsys.readouterr().out
    assert "by-knee-flexion" in printed and "--cores" in printed


def test_results_are_read_by_name(tmp_path: Path) -> None:
    """On results as a run writes them: curves, outcomes and quality."""
    with pytest.raises(BiomechError, match="biomech run"):
        biomech.open_study(tmp_path)
    results = tmp_path / "results"
    results.mkdir()
    files = biomech.example_files()
    subject = biomech.calibrate(files["static"], mass_kg=65.5, height_m=1.7, participant="P01")
    walk = subject.process(files["walk1"], task="walking")
    strides = biomech.cycles(subject, walk)
    strides.to_netcdf(results / "study.nc")
    biomech.metrics(subject, strides, walk).to_parquet(results / "metrics.parquet")
    outcomes = {"participant": ["P01", "P01"], "side": ["left", "right"], "kf_mean": [60.0, 61.0], "kf_n": [2, 3]}
    pd.DataFrame(outcomes).to_csv(results / "outcomes.csv", index=False)
    names = {"name": ["participant", "side", "kf_mean", "kf_n"], "metric": ["", "", "k__peak__swing", "k__peak__swing"]}
    pd.DataFrame(names).to_csv(results / "outcomes_dictionary.csv", index=False)
    study = biomech.open_study(tmp_path)
    found = study.curve("knee_flexion", task="walking", side="left")
    assert found.dims == ("cycle", "percent") and set(found["side"].to_numpy()) == {"left"}
    chosen = strides.isel(cycle=(strides["side"] == "left").to_numpy())
    np.testing.assert_array_equal(found, chosen["angle"].sel(quantity="knee_flexion"))
    assert study.curve("moment.knee_flexion")["frame"].item() == "jcs"
    table = study.outcomes("k__peak__swing", side="right")
    assert table.to_dict("records") == [{"participant": "P01", "side": "right", "mean": 61.0, "n": 3}]
    peaks = study.metrics("knee_flexion__peak__swing", side=["left", "right"])
    assert len(peaks) == strides.sizes["cycle"]
    for call in (lambda: study.curve("knee_flexon"), lambda: study.outcomes(sid="left"), lambda: study.metrics("x")):
        with pytest.raises(BiomechError):
            call()
    with pytest.raises(BiomechError, match="variants"):
        biomech.open_study(tmp_path, variant="cutoff-6")


def test_a_wheel_holds_what_the_commands_need() -> None:
    root = Path(biomech.__file__).parents[1]
    build = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    held = build["targets"]["wheel"]["force-include"]
    recordings = {f"data_example/{p}/{s}/{name}.c3d" for (p, s), names in SMALL.items() for name in names}
    assert set(held) == {"Snakefile", "workflow", "profiles", "config"} | recordings
    assert all((root / name).exists() and target == f"biomech/shipped/{name}" for name, target in held.items())
    # a source distribution, from which a wheel can be built, holds the same recordings and no others
    rules = build["targets"]["sdist"]["exclude"]
    assert {rule.removeprefix("!/") for rule in rules if rule.startswith("!")} == recordings
    assert "/data_example/**/*.c3d" in rules
