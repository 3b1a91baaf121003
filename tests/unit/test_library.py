"""The library: what it returns is what the pipeline computes, and the examples of its documentation run."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import biomech
from biomech.config import Config, parse_config
from biomech.errors import BiomechError, StudyError, TrialError
from biomech.io.sheets import Session, Trial
from biomech.subject import Subject
from tests.pipeline import Results, run_session

matplotlib.use("Agg")
FILES = biomech.example_files()
TASKS = {"walk1": "walking", "walk2": "walking", "jump1": "drop_vertical_jump", "squat-left": "single_leg_squat"}
EMG = {"muscles": {"channels": {"left": {"gluteus_medius": "LGMED"}, "right": {"gluteus_medius": "RGMED"}}}}
PERSON = {"mass_kg": 65.5, "height_m": 1.7, "sex": "female"}
EXACT = {"rtol": 0, "atol": 1e-12}


@pytest.fixture(scope="module")
def config() -> Config:
    return parse_config({"signals": {"cutoff_hz": {"walking": 12}}, **EMG})


@pytest.fixture(scope="module")
def subject(config: Config) -> Subject:
    return biomech.calibrate(FILES["static"], markerset="cast_lower_limb", config=config, participant="P01", **PERSON)


@pytest.fixture(scope="module")
def trials(subject: Subject) -> dict[str, xr.Dataset]:
    side = {"squat-left": "left"}
    return {
        name: subject.process(FILES[name], task=task, side=side.get(name, "both"))  # type: ignore[arg-type]
        for name, task in TASKS.items()
    }


@pytest.fixture(scope="module")
def pipeline(config: Config) -> Results:
    """The same session by the stage functions, as the workflow chains them."""
    rows = [Trial(trial="static", file="static.c3d", role="static", task="static")]
    for name, task in TASKS.items():
        side = "left" if name.endswith("left") else "both"
        rows.append(Trial(trial=name, file=f"{name}.c3d", role="dynamic", task=task, side=side))  # type: ignore[arg-type]
    session = Session(participant="P01", session="1", trials=tuple(rows), **PERSON)  # type: ignore[arg-type]
    return run_session(session, config, FILES["static"].parent)


@pytest.mark.parametrize("name", TASKS)
def test_a_trial_is_the_one_of_the_pipeline(name: str, trials: dict[str, xr.Dataset], pipeline: Results) -> None:
    kinematics, kinetics = pipeline.kinematics[name], pipeline.kinetics[name]
    compared = 0
    for stage in (kinematics, kinetics):
        for variable, expected in stage.data_vars.items():
            found = trials[name][variable]
            assert found.attrs == expected.attrs, variable
            if "quantity" in expected.dims:
                found = found.sel(quantity=expected["quantity"].to_numpy())
            if expected.dtype.kind == "f":
                np.testing.assert_allclose(found.transpose(*expected.dims), expected, **EXACT, err_msg=str(variable))
                compared += int(np.isfinite(expected).any())
            else:
                assert found.to_numpy().tolist() == expected.to_numpy().tolist(), variable
    assert compared > 15
    assert trials[name].angle.sel(quantity="knee_flexion").max() > 50


def test_quantities_that_a_variable_lacks_are_missing_in_it(trials: dict[str, xr.Dataset]) -> None:
    walk = trials["walk1"]
    assert np.isnan(walk["angle"].sel(quantity="knee_total")).all()
    assert np.isfinite(walk["power"].sel(quantity="knee_total")).any()


def test_cycles_and_metrics_are_those_of_the_pipeline(
    subject: Subject, trials: dict[str, xr.Dataset], pipeline: Results
) -> None:
    found = biomech.cycles(subject, *trials.values())
    assert found["cycle"].to_numpy().tolist() == pipeline.cycles["cycle"].to_numpy().tolist()
    for name in ("angle", "moment", "power", "ground_reaction", "distance", "emg"):
        np.testing.assert_allclose(found[name], pipeline.cycles[name], **EXACT, err_msg=name)
        assert np.isfinite(found[name]).any()
    table = biomech.metrics(subject, found, *trials.values()).set_index(["cycle", "metric"])["value"]
    values = pipeline.metrics["value"].to_series()
    assert values.notna().sum() > 1000
    pd.testing.assert_series_equal(
        table.dropna().sort_index(), values.dropna().sort_index(), check_names=False, check_index_type=False, **EXACT
    )


def test_events_of_a_trial_are_the_ends_of_its_cycles(subject: Subject, trials: dict[str, xr.Dataset]) -> None:
    walk = trials["walk1"]
    events = walk.biomech.events
    strikes = events.loc[events["name"] == "foot_strike", "time"].to_numpy()
    for start in biomech.cycles(subject, walk)["start"].to_numpy():
        assert np.abs(strikes - start).min() < 1e-9
    assert set(events["source"]) <= {"force", "kinematic", "c3d"}


def test_a_trial_survives_a_file_with_its_tables(trials: dict[str, xr.Dataset], tmp_path: Path) -> None:
    walk = trials["walk1"]
    assert str(FILES["walk1"].parent) not in walk.attrs["trial"]
    walk.to_netcdf(tmp_path / "walk.nc")
    with xr.open_dataset(tmp_path / "walk.nc") as again:
        pd.testing.assert_frame_equal(again.biomech.quality, walk.biomech.quality)
        np.testing.assert_array_equal(again["angle"], walk["angle"])


def test_functional_trials_move_the_hip_centre() -> None:
    folder = FILES["static"].parent
    config = {"subject": {"hip_functional": "sphere"}}
    files = [folder / "hip-left.c3d", (folder / "hip-right.c3d", "hip", "right")]
    fitted = biomech.calibrate(FILES["static"], functional=files, config=config, **PERSON)  # type: ignore[arg-type]
    source = fitted.parameters.set_index(["side", "name"])["source"]
    assert all(source[side, "hip_x"] == "sphere" for side in ("left", "right"))
    with pytest.raises(BiomechError, match="expected joint and side of a functional trial"):
        biomech.calibrate(FILES["static"], functional=[FILES["walk1"]], **PERSON)


def test_markers_and_analogs_serve_the_filters_of_pyomeca() -> None:
    recording = biomech.read_c3d(FILES["walk1"])
    markers, analogs = recording.markers, recording.analogs
    assert markers.dims == ("axis", "channel", "time") and markers.attrs["units"] == "m"
    np.testing.assert_array_equal(
        markers.sel(axis=["x", "y", "z"]).transpose("time", "channel", "axis"), recording.dataset["marker_position"]
    )
    whole = markers.interpolate_na("time", fill_value="extrapolate")
    smooth = whole.meca.low_pass(order=2, cutoff=6, freq=markers.rate)
    assert 0 < float(np.abs(smooth - whole).max()) < 0.02
    envelope = analogs.meca.abs().meca.low_pass(order=4, cutoff=5, freq=analogs.rate)
    assert envelope.shape == analogs.shape and str(analogs.sel(channel="Fz1")["unit"].item()) == "N"
    assert recording.force_plates["plate_force"].sel(axis="y").max() > 500
    assert list(recording.events.columns) == ["time", "name", "side"]


def test_a_config_is_a_mapping_or_a_file(tmp_path: Path) -> None:
    turned = biomech.read_c3d(FILES["static"], {"lab": {"up": "+z", "forward": "+y"}})
    path = tmp_path / "config.yaml"
    path.write_text("lab: {up: +z, forward: +y}\n")
    xr.testing.assert_identical(turned.dataset, biomech.read_c3d(FILES["static"], path).dataset)
    assert not turned.dataset.equals(biomech.read_c3d(FILES["static"]).dataset)
    with pytest.raises(StudyError, match="did you mean"):
        biomech.read_c3d(FILES["static"], {"lb": {}})


def test_faults_say_what_to_do(subject: Subject, trials: dict[str, xr.Dataset], tmp_path: Path) -> None:
    with pytest.raises(BiomechError, match="did you mean 'walking'"):
        subject.process(FILES["walk1"], task="waking")
    with pytest.raises(BiomechError, match="is that of a trial of the model"):
        subject.process(FILES["static"], task="walking")
    with pytest.raises(TrialError):
        subject.process(tmp_path / "absent.c3d", task="walking")
    with pytest.raises(BiomechError, match="different names"):
        biomech.cycles(subject, trials["walk1"], trials["walk1"])
    with pytest.raises(BiomechError, match="trials of Subject"):
        biomech.cycles(subject, xr.Dataset())


def test_a_plot_shows_the_cycles_of_each_side(subject: Subject, trials: dict[str, xr.Dataset]) -> None:
    strides = biomech.cycles(subject, trials["walk1"], trials["walk2"])
    axes = biomech.plot(strides, "knee_flexion")
    assert [text.get_text() for text in axes.get_legend().get_texts()][:2] == ["Left: mean ± SD", "Right: mean ± SD"]
    assert len(axes.collections) >= 2  # a band for each side
    highest = max(np.nanmax(line.get_ydata()) for line in axes.lines)
    assert highest == pytest.approx(strides["angle"].sel(quantity="knee_flexion").max().item())
    again = biomech.plot(strides, "moment.knee_flexion", by="trial", ax=axes)
    assert again is axes
    with pytest.raises(BiomechError, match="did you mean 'side'"):
        biomech.plot(strides, "knee_flexion", by="sides")
    with pytest.raises(BiomechError, match="did you mean"):
        biomech.plot(strides, "knee_flexon")


def test_importing_is_quick_and_names_are_listed() -> None:
    """Nothing heavy is imported before it is used: one import of pandas takes a second."""
    code = "import sys, biomech; print(sorted({'numpy', 'pandas', 'xarray', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert {"read_c3d", "calibrate", "cycles", "metrics", "open_study", "plot", "example_files"} <= set(dir(biomech))
    assert (Path(biomech.__file__).parent / "py.typed").is_file()


@pytest.mark.parametrize("module", ["recording", "subject", "results", "plots", "example"])
def test_the_examples_of_the_docstrings_run(module: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(f"biomech.{module}"))
    assert failed == 0 and tried > 0


def test_the_page_of_the_library_runs_from_top_to_bottom() -> None:
    page = (Path(__file__).parents[2] / "docs" / "library.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "docs/library.md", "exec"), names)
    assert len(blocks) >= 5 and {"walk", "smooth", "peaks"} <= set(names)
