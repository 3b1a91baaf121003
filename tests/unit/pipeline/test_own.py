"""A lab's own metrics: the page's example gives values, faults name file and line, nothing stays registered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from biomech.config import Metrics, parse_config
from biomech.io.sheets import Session, Study
from biomech.outcomes import METRICS
from biomech.outcomes.selection import short_name
from biomech.outcomes.session import metrics_session
from biomech.pipeline import own
from biomech.pipeline.narrowing import stage_params, study_params
from biomech.pipeline.run import run_job
from biomech.quality import Quality
from biomech.schema import CYCLE_NUMBERS, CYCLE_VALUES
from biomech.study.dataset import metrics_long
from biomech.study.dictionary import _metrics
from tests.made_up_study import session_cycles
from tests.stage_results import evaluate

PAGE = Path(__file__).parents[3] / "docs" / "own_metrics.md"
EXAMPLE, *_ = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
NAME, MEAN = "knee_flexion__at_20_percent__cycle", "knee_flexion__mean__swing"
SHIPPED = set(METRICS)
SESSION = Session(participant="P01", session="pre")


def study(folder, text, name="knee.py"):
    """A study folder with one file of own metrics."""
    (folder / "config" / "metrics").mkdir(parents=True, exist_ok=True)
    (folder / "config" / "metrics" / name).write_text(text, encoding="utf-8")
    return folder


def whole_cycles():
    """Cycles with every scalar value of the contract, missing where a session has none."""
    cycles = session_cycles()
    missing = {
        name: ("cycle", np.full(cycles.sizes["cycle"], np.nan))
        for name in {*CYCLE_VALUES, *CYCLE_NUMBERS}
        if name not in cycles.coords
    }
    return cycles.assign_coords(missing | {"moment_reason": ("cycle", np.full(cycles.sizes["cycle"], ""))})


def run(folder, select="default"):
    quality = Quality("P01", "pre", "metrics")
    with own.own_rows(folder) as faults:
        assert not faults
        found = metrics_session(whole_cycles(), SESSION, parse_config({"metrics": {"select": select}}), quality)
        dictionary = {row["name"]: row for row in _metrics(metrics_long([found]), Metrics())}
    return found, quality.table(), dictionary


def test_the_example_of_the_page_is_computed_and_described(tmp_path):
    found, quality, dictionary = run(study(tmp_path, EXAMPLE))
    cycles = session_cycles()
    flexion = cycles["angle"].sel(quantity="knee_flexion")
    np.testing.assert_allclose(found["value"].sel(metric=NAME), flexion.isel(percent=20).values)
    off = cycles["foot_off_percent"].values
    inside = [flexion[k].values[int(np.ceil(off[k])) :].mean() for k in range(len(off))]
    np.testing.assert_allclose(found["value"].sel(metric=MEAN), inside, atol=1.0)  # the bound lies between two points
    row = dictionary[NAME]
    assert row["unit"] == "degree" and row["positive"] == "flexion" and row["source"] == "own definition of the lab"
    assert not len(quality)


def test_only_what_is_selected_is_computed(tmp_path):
    names = run(study(tmp_path, EXAMPLE), [MEAN])[0]["metric"].values
    assert MEAN in names and NAME not in names


def test_nothing_stays_registered(tmp_path):
    folder, long = study(tmp_path, EXAMPLE), "contralateral_pelvic_drop__minimum_between_peaks__stance"
    before = short_name(long)
    for _ in range(2):
        with own.own_rows(folder):
            assert set(METRICS) - SHIPPED == {NAME, MEAN} and short_name(long) == before
        assert set(METRICS) == SHIPPED
    with pytest.raises(ZeroDivisionError), own.own_rows(folder):
        _ = 1 / 0
    assert set(METRICS) == SHIPPED and not list(tmp_path.rglob("*.pyc"))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x = 1\nx = = 2\n", 2, "SyntaxError"),
        (EXAMPLE.replace('    unit="degree",\n', ""), 10, f"'{NAME}': missing unit"),
        (EXAMPLE.replace(NAME, "knee_flexion__peak__swing"), 10, "is registered twice"),
        (EXAMPLE.replace('needs="angle"', 'needs="angel"'), 10, "expected `needs`"),
        ("import no_such_package_of_a_lab\n", 1, "ModuleNotFoundError"),
    ],
)
def test_a_fault_names_file_and_line(tmp_path, text, line, words):
    study(tmp_path, EXAMPLE.replace("20_percent", "30_percent").replace('"mean"', '"minimum"'), "a_good_one.py")
    with own.own_rows(study(tmp_path, text)) as faults:
        pass
    (fault,) = faults
    assert fault.startswith(f"config/metrics/knee.py, line {line}: ") and words in fault
    assert set(METRICS) == SHIPPED


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return 1 / 0", "config/metrics/knee.py, line 6: ZeroDivisionError: division by zero"),
        ("return [1.0]", "config/metrics/knee.py: expected 10 values, found shape (1,)"),
    ],
)
def test_a_function_that_fails_costs_its_metric_alone(tmp_path, body, words):
    good, *_ = run(study(tmp_path / "good", EXAMPLE))
    bad, quality, _ = run(
        study(tmp_path, EXAMPLE.replace('return stored(cycles, "angle", "knee_flexion")[:, 20]', body))
    )
    assert np.isnan(bad["value"].sel(metric=NAME)).all()
    assert set(bad["reason"].sel(metric=NAME).values) == {words}
    (row,) = quality.to_dict("records")
    assert (
        row["code"] == "metric_failed" and row["level"] == "error" and row["item"] == NAME and words in row["message"]
    )
    others = [name for name in good["metric"].values if name != NAME]
    np.testing.assert_array_equal(bad["value"].sel(metric=others), good["value"].sel(metric=others))


def test_an_edit_reruns_metrics_and_what_follows(tmp_path):
    def params(folder):
        one = Study(folder, parse_config({}), (SESSION,), folder)
        jobs = {name: stage_params(one, SESSION, name) for name in ("kinetics", "cycles", "metrics", "findings")}
        return jobs | {name: study_params(one, name) for name in ("study", "outcomes", "statistics", "zarr")}

    plain, first = params(tmp_path / "plain"), params(study(tmp_path, EXAMPLE))
    second = params(study(tmp_path, EXAMPLE + "\n# edited\n"))
    for known, other in ((plain, first), (first, second)):
        changed = {name for name in known if known[name]["source"] != other[name]["source"]}
        assert changed == {"metrics", "findings", "study", "outcomes", "statistics"}


def test_a_job_registers_them_from_its_params(tmp_path, monkeypatch):
    folder, seen = study(tmp_path, EXAMPLE), []
    from biomech.pipeline import study_jobs

    monkeypatch.setitem(study_jobs.STUDY_JOBS, "outcomes", lambda *_: seen.append(set(METRICS) - SHIPPED))
    for params in ({"source": {"sha256": ""}}, {"source": {"sha256": "", "own_metrics": "x"}}):
        run_job("outcomes", {}, {}, params, tmp_path / "log.txt", folder)
    assert seen == [set(), {NAME, MEAN}]


@dataclass
class Point:
    """An entry point as `importlib.metadata` gives it."""

    name: str
    value: str
    dist: None = None

    def load(self):
        return lambda: exec(EXAMPLE, {})


@pytest.fixture
def searched_again():
    """The environment is searched once in a process: before and after what a test puts into it."""
    own._points.cache_clear()
    yield
    own._points.cache_clear()


def test_a_package_registers_by_an_entry_point(tmp_path, monkeypatch, searched_again):
    asked = []
    monkeypatch.setattr(own, "entry_points", lambda group: asked.append(group) or [Point("lab", "lab:register")])
    with own.own_rows(tmp_path) as faults:
        assert not faults and set(METRICS) - SHIPPED == {NAME, MEAN}
        value, _ = evaluate(METRICS[NAME], session_cycles(), parse_config({}).metrics)
        assert np.isfinite(value).all()
    assert set(asked) == {"biomech.metrics"} and set(METRICS) == SHIPPED
    with own.own_rows(study(tmp_path, EXAMPLE)) as faults:
        pass
    assert len(faults) == 1 and faults[0].startswith("entry point 'lab' (lab:register)") and own.own_hash(tmp_path)
