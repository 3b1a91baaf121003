"""Bad input, end to end: one clear message at the stage concerned, and nothing else is lost."""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.cli import main
from biomech.io.csv_parquet import read_parquet
from biomech.io.store import read_quality
from biomech.report.curve_groups import Options
from biomech.report.figures import curve_figures
from tests.unit.pipeline.faulty_study import HOSTILE, ODD_FILE, Recordings, write_faulty_study, write_sheets
from tests.unit.pipeline.small_study import Workflow


@pytest.fixture(scope="session")
def results(workflow: Workflow, recordings: Recordings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the study in which everything is wrong."""
    study = tmp_path_factory.mktemp("faulty")
    write_faulty_study(study, recordings)
    done = workflow.run(study=study)
    assert done.returncode == 0, done.stdout
    return study / "results"


@pytest.fixture(scope="session")
def quality(results: Path) -> pd.DataFrame:
    return read_quality(results / "quality.tsv")


@pytest.fixture(scope="session")
def cycles(results: Path) -> xr.Dataset:
    with xr.open_dataset(results / "study.nc") as study:
        return study.load()


def only(quality: pd.DataFrame, **cells: str) -> pd.Series:
    """The one row of these cells."""
    for name, cell in cells.items():
        quality = quality[quality[name] == cell]
    assert len(quality) == 1, quality.to_string()
    return quality.iloc[0]


def of(cycles: xr.Dataset, session: str, *trials: str) -> xr.Dataset:
    """The cycles of some trials, in that order."""
    mine = cycles.isel(cycle=(cycles["session"] == session).values)
    return mine.isel(cycle=np.concatenate([np.flatnonzero(mine["trial"] == trial) for trial in trials]))


def test_no_fault_is_an_internal_error(quality: pd.DataFrame) -> None:
    assert "internal_error" not in set(quality["code"]), quality[quality["code"] == "internal_error"].to_string()


@pytest.mark.parametrize(
    ("trial", "code", "informative"),
    [
        ("absent", "file_missing", ["absent.c3d", "does not exist", "`file` column of trials.tsv"]),
        ("empty", "file_empty", ["empty.c3d", "found 0 bytes", "copy the file again"]),
        ("truncated", "truncated", ["truncated.c3d", "cut off", r"expected at least \d+ bytes, found \d+", "copy"]),
        ("no-c3d", "not_c3d", ["no-c3d.c3d", "expected a C3D file", "give the path of a C3D file"]),
        (
            "mixed-rates",
            "mixed_rates",
            ["analog rate of 500 Hz \\(5 samples a frame", "ANALOG:RATE 450 Hz", "whole multiple"],
        ),
        (
            "wrong-unit",
            "bad_unit",
            ["0.1 to 2.2 m", "found 0.0003", "it is likely m", "unit of the file is wrong", "lab.point_unit"],
        ),
        ("odd-unit", "bad_unit", ["POINT:UNITS mm, cm or m, found 'in'", "lab.point_unit"]),
    ],
)
def test_a_bad_file_is_named_and_the_session_goes_on(
    quality: pd.DataFrame, cycles: xr.Dataset, trial: str, code: str, informative: list[str]
) -> None:
    row = only(quality, participant="P1", session="whole", trial=trial, level="error")
    assert (row["stage"], row["code"]) == ("ingest", code)
    assert row["item"].endswith(f"{trial}.c3d")
    for pattern in informative:
        assert re.search(pattern, f"{row['message']} ({row['action']})"), pattern
    assert trial not in cycles["trial"]


def test_the_good_trials_among_bad_ones_lose_nothing(cycles: xr.Dataset) -> None:
    walk = of(cycles, "whole", "walk")
    assert set(walk["side"].values) == {"left", "right"}
    for quantity in ("hip_flexion", "knee_abduction", "ankle_dorsiflexion", "rearfoot_eversion"):
        assert np.isfinite(walk["angle"].sel(quantity=quantity)).all(), quantity
    assert np.isfinite(walk["moment"].sel(quantity="knee_abduction", frame="jcs")).any("percent").any()


def test_no_plates(quality: pd.DataFrame, cycles: xr.Dataset) -> None:
    row = only(quality, session="whole", trial="no-plates", stage="ingest")
    assert row["code"] == "no_plates" and "angles are computed, moments in stance are not" in row["message"]
    with_plates, without = of(cycles, "whole", "walk"), of(cycles, "whole", "no-plates")
    assert without.sizes["cycle"] > 0
    knee = without["moment"].sel(quantity="knee_flexion", frame="jcs")
    assert np.isnan(knee.sel(percent=20)).all() and np.isfinite(knee.sel(percent=85)).all()
    # the same recording: angles differ by nothing but where the events fall
    for side in ("left", "right"):
        one, other = (d.isel(cycle=(d["side"] == side).values)["angle"] for d in (with_plates, without))
        ranges = [
            x.sel(quantity="knee_flexion").max("percent") - x.sel(quantity="knee_flexion").min("percent")
            for x in (one, other)
        ]
        assert ranges[0].mean().item() == pytest.approx(ranges[1].mean().item(), abs=1.0)


def test_mixed_rates_of_a_session(quality: pd.DataFrame, cycles: xr.Dataset) -> None:
    row = only(quality, session="whole", trial="", code="mixed_rates")
    assert "each is computed at its own" in row["message"] and "50 Hz: slower" in row["message"]
    assert of(cycles, "whole", "slower").sizes["cycle"] > 0


def test_missing_static(quality: pd.DataFrame, cycles: xr.Dataset) -> None:
    row = only(quality, session="no-static", code="missing_static")
    assert row["stage"] == "model" and "expected a static trial, found none" in row["message"]
    assert "role static" in row["action"]
    assert "no-static" not in cycles["session"]


def test_missing_marker_of_the_static_costs_its_side_only(quality: pd.DataFrame, cycles: xr.Dataset) -> None:
    row = only(quality, participant="P2", stage="model", level="error")
    assert (row["code"], row["item"], row["trial"]) == ("missing_marker", "LMM", "stand")
    for text in (
        "static-misspelt.c3d",
        "left side",
        "cast_lower_limb",
        "LMM (nearest labels there: LMMAL",
        "found none",
    ):
        assert text in row["message"], text
    assert "theirs=LMM" in row["action"] and "trials.tsv" in row["action"]
    mine = cycles.isel(cycle=(cycles["participant"] == "P2").values)
    assert np.isfinite(
        mine["angle"].sel(quantity="ankle_dorsiflexion").isel(cycle=(mine["side"] == "right").values)
    ).all()


def test_missing_marker_of_a_movement_trial(quality: pd.DataFrame, cycles: xr.Dataset) -> None:
    row = only(quality, session="whole", trial="lost-marker", code="missing_marker")
    for text in ("lost-marker.c3d", "expected marker 'LASI'", "found no such label", "LASIS"):
        assert text in row["message"], text
    # three markers are enough for the pelvis
    both = [of(cycles, "whole", trial)["angle"].sel(quantity="hip_flexion") for trial in ("walk", "lost-marker")]
    np.testing.assert_allclose(both[0], both[1], atol=0.01)


def test_missing_mass(quality: pd.DataFrame, cycles: xr.Dataset) -> None:
    row = only(quality, participant="P2", code="missing_mass")
    assert row["stage"] == "model" and "expected mass_kg in participants.tsv, found none" in row["message"]
    assert row["action"] == "fill in mass_kg for participant P2"
    mine = cycles.isel(cycle=(cycles["participant"] == "P2").values)
    assert np.isnan(mine["moment"]).all() and np.isfinite(mine["angle"].sel(quantity="pelvis_anterior_tilt")).any()


def test_swapped_labels_are_found_and_only_relabel_repairs_them(quality: pd.DataFrame, cycles: xr.Dataset) -> None:
    rows = quality[(quality["session"] == "swapped") & (quality["code"] == "swapped_labels")]
    assert set(rows["level"]) == {"error"} and set(rows["trial"]) == {"stand"} and len(rows) == 2
    for first, second in (("LSK1", "LLM"), ("RLFE", "RMFE")):
        row = only(rows, item=f"{first}, {second}")
        assert re.search(
            rf"{first} and {second} are swapped in trial stand: .*\d+ mm in the static against \d+ mm", row["message"]
        )
        assert (
            f"`{first}={second}; {second}={first}`" in row["action"] and "relabel cell of trial stand" in row["action"]
        )
    assert not set(quality[quality["session"] == "repaired"]["code"]) & {"swapped_labels", "marker_moved"}
    whole, swapped, repaired = (
        of(cycles, name, "walk")["angle"].sel(quantity="knee_flexion") for name in ("whole", "swapped", "repaired")
    )
    # the same angles; the events of the plain walk are settled with those of the other trials of its session
    np.testing.assert_allclose(whole, repaired, atol=1e-3)
    right = (whole["side"] == "right").values  # the left shank could not be built from the swapped static
    assert np.nanmax(np.abs(swapped.isel(cycle=-1) - whole.isel(cycle=right).isel(cycle=0))) > 10


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(results: Path, cycles: xr.Dataset, text: str) -> None:
    wanted = " ".join(text.split())
    mine = cycles.isel(cycle=(cycles["trial"] == f"walk{HOSTILE.index(text)}").values)
    assert mine.sizes["cycle"] > 0
    assert set(mine["condition"].values) == set(mine["mood"].values) == {wanted} and set(mine["group"].values) == {
        HOSTILE[1]
    }
    table = read_parquet(results / "metrics.parquet")
    assert set(table[table["trial"] == f"walk{HOSTILE.index(text)}"]["mood"]) == {wanted}


def test_tables_have_one_line_a_row_and_no_formula(results: Path, quality: pd.DataFrame) -> None:
    metrics = read_parquet(results / "metrics.parquet")
    for name, separator, n_rows in (("quality.tsv", "\t", len(quality)), ("metrics.csv", ",", len(metrics))):
        text = (results / name).read_text(encoding="utf-8")
        lines = text.split("\n")
        assert lines[-1] == "" and len(lines) == n_rows + 2 and "\r" not in text
        rows = list(csv.reader(lines[:-1], delimiter=separator))
        assert {len(row) for row in rows} == {len(rows[0])}
        numbers = re.compile(r"-?\d+(\.\d+)?(e[+-]\d+)?")
        risky = [
            cell
            for row in rows
            for cell in row
            if cell.startswith(("=", "+", "-", "@")) and not numbers.fullmatch(cell)
        ]
        assert risky == [], risky[:3]


def test_hostile_labels_and_file_names_are_told_as_they_are(quality: pd.DataFrame) -> None:
    rows = quality[(quality["participant"] == "P2") & (quality["code"] == "duplicate_label")]
    assert set(rows["trial"]) == {f"walk{i}" for i in range(len(HOSTILE))}
    assert all(HOSTILE[2] in item and "line break and tab" in item for item in rows["item"])
    assert ODD_FILE.rsplit("/", 1)[-1]  # its trials are there at all: the tests above


def test_nothing_is_written_outside_the_study_or_under_an_odd_name(results: Path) -> None:
    study = results.parent
    known = {"config", "data", "results", "logs", ".snakemake"}
    assert {path.name for path in study.iterdir()} == known
    assert not (study.parent / "outside").exists() and not (study.parent.parent / "outside").exists()
    names = {path.name for path in results.rglob("*")}
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in names), names


@pytest.mark.filterwarnings("ignore:Glyph")  # no font has every sign
def test_figures_show_hostile_text_and_run_none_of_it(cycles: xr.Dataset, tmp_path: Path) -> None:
    mine = cycles.isel(cycle=(cycles["participant"] == "P2").values)
    paths = curve_figures([mine], tmp_path / "figures", ("svg",), Options(norms=False))
    assert len(paths) > len(HOSTILE)
    assert all(
        path.parent == tmp_path / "figures" and re.fullmatch(r"[A-Za-z0-9._-]{1,150}", path.name) for path in paths
    )
    assert len({path.name.lower() for path in paths}) == len(paths)
    shown = ""
    for path in paths[:-1]:
        root = ElementTree.parse(path).getroot()
        assert not [tag for tag in root.iter() if tag.tag.rsplit("}", 1)[-1] in ("b", "script", "foreignObject")]
        shown += "".join(root.itertext())
    assert HOSTILE[0] in shown or "=1+1" in shown


@pytest.mark.parametrize(
    ("file", "old", "new", "informative"),
    [
        ("config.yaml", "data:", "signals: {cutof_hz: {walking: 6}}\ndata:", ["`signals.cutof_hz`", "did you mean 'cutoff_hz'"]),
        ("config.yaml", "data:", "signals: {gap_max_s: -1}\ndata:", ["`signals.gap_max_s`", "greater than or equal to 0", "-1"]),
        ("config.yaml", "data:", "data: [", ["config.yaml", "not valid YAML"]),
        ("trials.tsv", "\twalk\t", "\tstand\t", ["trials.tsv", "trial 'stand' of participant 'P1', session 's', appears twice"]),
        ("trials.tsv", "walk.c3d", "../walk.c3d", ["line 3", "must stay inside the data folder", "'../walk.c3d'"]),
        ("trials.tsv", "walk.c3d", "{x}<b>.c3d", ["line 3, column file", "cannot hold { } < or >", "rename '{x}<b>.c3d'"]),
        ("config.yaml", "folder: data", "folder: da{ta}", ["`data.folder`", "da{ta}, does not exist"]),
        ("trials.tsv", "\twalk\t", "\t../walk\t", ["line 3", "letters, digits, hyphens and underscores", "'../walk'", "for example 'walk'"]),
        ("trials.tsv", "P1\ts\twalk", "P11\ts\twalk", ["participant 'P11' is not in participants.tsv", "did you mean 'P1'"]),
        ("trials.tsv", "\twalking", "\twalkin", ["unknown 'walkin'", "did you mean 'walking'"]),
        ("participants.tsv", "61.5", "61500", ["expected 2 to 300 kg, found 61500", "looks like grams: write 61.5"]),
        ("participants.tsv", "1.68", "168", ["expected 0.3 to 2.6 m, found 168", "centimetres: write 1.68"]),
        ("participants.tsv", "61.5", "61,5,0", ["expected a number in kg, found '61,5,0'"]),
    ],
)  # fmt: skip
def test_faults_of_config_and_sheets_are_told_before_any_job(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, informative: list[str]
) -> None:
    (tmp_path / "data").mkdir()
    rows = [("P1", "s", "stand", "stand.c3d", "static", ""), ("P1", "s", "walk", "walk.c3d", "dynamic", "walking")]
    write_sheets(tmp_path, ["P1\tfemale\t61.5\t1.68\t"], rows)
    assert main(["check", str(tmp_path)]) == 0, capsys.readouterr().err
    path = tmp_path / "config" / file
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new))
    assert main(["check", str(tmp_path)]) == 1
    reported = capsys.readouterr().err
    assert "1 fault in the study's config or sheets" in reported and "Traceback" not in reported
    for text in informative:
        assert text in reported, reported
