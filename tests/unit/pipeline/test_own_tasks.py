"""A lab's own tasks: the page's example runs from the sheets to the findings, faults name file and line, nothing stays registered."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from biomech.config import Config, config_faults, parse_config
from biomech.config.section import BY_TASK
from biomech.errors import StudyError
from biomech.io.sheets import Session, Study, Trial
from biomech.io.store import open_dataset, read_quality
from biomech.outcomes import METRICS
from biomech.own_tasks import add_task, own_tasks, registered
from biomech.pipeline.narrowing import config_of, stage_params, study_params
from biomech.pipeline.own import own_rows, use_own
from biomech.pipeline.preflight import load_study
from biomech.pipeline.run import run_job
from biomech.pipeline.stages import SPECS, STAGES
from biomech.task_groups import CYCLE_TASKS, SQUATS, STRIDES
from biomech.tasks import TASKS, Phase, Rule

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "own_metrics.md"
(EXAMPLE,) = re.findall(r"```python\n((?:(?!```).)*?add_task.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
NAME, SHIPPED = "lateral_step_down", set(TASKS)
# the single-leg squat of the simulator under a name of the lab's own
SQUAT = EXAMPLE.replace(
    '"step_down"], title="lateral step-down", cutoff_hz=8.0', '"single_leg_squat"], title="lateral step-down"'
)
CONFIG = "data: {folder: data}\nsignals: {cutoff_hz: {%s: 6}}\nvariants: {smooth: {signals: {cutoff_hz: {%s: 4}}}}\n"


def study(folder: Path, text: str, task: str = NAME) -> Path:
    """A study folder of a static trial, a walk and a squat of the example, the squat under the name of a task."""
    config = folder / "config"
    (config / "metrics").mkdir(parents=True)
    if text:
        (config / "metrics" / "step_down.py").write_text(text, encoding="utf-8")
    (config / "config.yaml").write_text(CONFIG % (task, task), encoding="utf-8")
    (config / "participants.tsv").write_text(
        "participant\tsex\tmass_kg\theight_m\nP01\tfemale\t65.5\t1.7\n", encoding="utf-8"
    )
    rows = ["participant\ttrial\tfile\trole\ttask\tside", "P01\tstatic\tstatic.c3d\tstatic\tstatic\t"]
    rows.append(f"P01\tsquat\tsquat-left.c3d\tdynamic\t{task}\tleft")
    (config / "trials.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "data").symlink_to(ROOT / "data_example" / "P01" / "pre")
    return folder


def run(folder: Path) -> dict[str, Path]:
    """Run the jobs of the session as the workflow does, each with its params; return the files of the stages."""
    checked = load_study(folder, {})
    (session,) = checked.sessions
    files = {name: folder / "results" / spec.path.format(key="base") for name, spec in SPECS.items()}
    for name, path in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        inputs = {one: files[one] for one in SPECS[name].reads}
        outputs = {"data" if name in STAGES else "json": path, "quality": path.with_suffix(".tsv")}
        if name not in STAGES:
            inputs, outputs = inputs | {"visits": [files["metrics"]]}, outputs | {"page": path.with_suffix(".md")}
        run_job(name, inputs, outputs, stage_params(checked, session, name), folder / f"{name}.txt", folder)
    return files


def test_a_task_runs_from_the_sheets_to_the_findings(tmp_path: Path) -> None:
    own, plain = (
        run(study(tmp_path / name, text, task))
        for name, text, task in (("own", SQUAT, NAME), ("plain", "", "single_leg_squat"))
    )
    with open_dataset(own["metrics"]) as found, open_dataset(plain["metrics"]) as expected:
        assert set(found["task"].values) == {NAME} and found.sizes["cycle"] >= 3
        metrics = [name for name in expected["metric"].values if name in found["metric"].values]
        assert {"knee_flexion__peak__cycle", "squat_depth__value__cycle"} <= set(metrics)
        np.testing.assert_array_equal(found["value"].sel(metric=metrics), expected["value"].sel(metric=metrics))
    page = own["findings"].with_suffix(".md").read_text(encoding="utf-8")
    assert "not judged, no norm fits" in page
    assert "lateral step-down is a task of the lab's own, for which this software holds no published values" in page
    assert "task of the lab's own" not in plain["findings"].with_suffix(".md").read_text(encoding="utf-8")
    assert not {"crashed", "failed"} & set(read_quality(own["cycles"].with_suffix(".tsv"))["code"])
    assert set(TASKS) == SHIPPED


def test_groups_metrics_and_options_know_it(tmp_path: Path) -> None:
    with own_rows(study(tmp_path, EXAMPLE)) as faults:
        assert not faults and own_tasks() == {NAME: TASKS[NAME]} and TASKS[NAME].origin == "config/metrics/step_down.py"
        assert NAME in SQUATS and NAME in CYCLE_TASKS and NAME not in STRIDES
        assert (
            NAME in METRICS["knee_flexion__peak__cycle"].tasks
            and NAME not in METRICS["knee_flexion__peak__stance"].tasks
        )
        assert parse_config({}).signals.cutoff_hz[NAME] == 8.0
        assert not config_faults({"metrics": {"plausible": {NAME: {}}}})
    assert set(TASKS) == SHIPPED and NAME not in SQUATS and NAME not in METRICS["knee_flexion__peak__cycle"].tasks
    assert f"unknown task '{NAME}'" in " ".join(config_faults({"metrics": {"plausible": {NAME: {}}}}))


def test_a_variant_may_name_it(tmp_path: Path) -> None:
    checked = load_study(study(tmp_path, EXAMPLE), {})
    assert config_of(checked, "smooth").signals.cutoff_hz[NAME] == 4.0 and set(TASKS) == SHIPPED


def test_without_its_file_the_name_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="unknown 'lateral_step_down'"):
        load_study(study(tmp_path, ""), {})


ROW = TASKS["single_leg_squat"]


@pytest.mark.parametrize(
    ("name", "row", "words"),
    [
        ("Step Down", ROW, "words in lower case"),
        ("step_down", ROW, "the name is taken"),
        ("own", ROW, "the title 'single-leg squat' is that of another task"),
        ("own", replace(ROW, title=" "), "expected a title"),
        ("own", replace(ROW, title="own", cutoff_hz=0.0), "expected cutoff_hz above 0 Hz, found 0.0"),
        ("own", replace(ROW, title="own", cutoff_hz=float("nan")), "expected cutoff_hz above 0 Hz, found nan"),
        ("own", replace(ROW, title="own", cycle="hop"), "expected `cycle` as one of stride, squat"),
        ("own", replace(ROW, title="own", cycle="none"), "expected `cycle` as one of stride, squat"),
        (
            "own",
            replace(ROW, title="own", events="walking"),
            "expected `events` of cycles of kind 'squat' among '', found 'walking'",
        ),
        ("own", replace(ROW, title="own", climb=1), "expected `climb`"),
        ("own", replace(ROW, title="own", phases=()), "expected a phase 'cycle'"),
        (
            "own",
            replace(ROW, title="own", phases=(*ROW.phases, Phase("stance", "start", "foot_off"))),
            "expected `phases`",
        ),
        ("own", replace(ROW, title="own", phases=(Phase("cycle", "start", "bottom"),)), "bounds of a phase that ships"),
        ("own", replace(ROW, title="own", rules=(Rule("no_such", "x"),)), "expected `rules`"),
        (
            "own",
            replace(ROW, title="own", rules=(replace(ROW.rules[0], rejects=False),)),
            "a rule that ships cannot be changed",
        ),
        ("own", {"title": "own"}, "expected a biomech.tasks.Task, found dict"),
    ],
)
def test_a_row_that_asks_for_what_no_code_does_is_refused(name: str, row: Any, words: str) -> None:
    with registered({}), pytest.raises(ValueError, match=re.escape(words)):
        add_task(name, row)
    assert set(TASKS) == SHIPPED


@pytest.mark.parametrize("name", sorted(name for name, row in TASKS.items() if row.cycle != "none"))
def test_every_row_that_ships_can_be_taken_over(name: str) -> None:
    with registered({}):
        add_task(f"own_{name}", replace(TASKS[name], title=f"own {name}"))
        assert f"own_{name}" in TASKS


def test_a_fault_names_file_and_line(tmp_path: Path) -> None:
    with own_rows(study(tmp_path, EXAMPLE.replace("cutoff_hz=8.0", "cutoff_hz=-1"))) as faults:
        pass
    (fault,) = faults
    assert fault.startswith("config/metrics/step_down.py, line 6: ValueError: task 'lateral_step_down'")


def params(text: str, folder: Path, *tasks: str) -> dict[str, Any]:
    with own_rows(study(folder, text)) as faults:
        assert not faults
        trials = tuple(Trial(trial=task, file=f"{task}.c3d", role="dynamic", task=task) for task in tasks)
        session = Session(participant="P01", session="pre", trials=trials)
        one = Study(folder, parse_config({}), (session,), folder, own_tasks())
    return {name: stage_params(one, session, name) for name in SPECS} | {
        name: study_params(one, name) for name in ("study", "statistics", "zarr")
    }


def test_an_edit_reruns_the_sessions_that_have_the_task(tmp_path: Path) -> None:
    for used, changed in ((NAME, set(SPECS) - {"ingest"} | {"study", "statistics", "zarr"}), ("walking", None)):
        first, second = (
            params(text, tmp_path / f"{used}{k}", used)
            for k, text in enumerate((EXAMPLE, EXAMPLE.replace("8.0", "9.0")))
        )
        for one in (first, second):
            for stage in one.values():
                stage.pop("data", None)  # recordings, which are absent
        found = {name for name in first if first[name] != second[name]}
        if changed is None:
            changed = {"metrics", "findings", "study", "statistics", "zarr"}  # what may read any file of own rows
        assert found == changed, used


def test_every_option_by_task_is_narrowed() -> None:
    """`BY_TASK` names all options whose keys are tasks."""

    def by_task(section: type[BaseModel], place: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
        found = set()
        for name, field in section.model_fields.items():
            where = (*place, name)
            values: Any = {"nobody_does_this": {}}
            for key in reversed(where):
                values = {key: values}
            if "unknown task 'nobody_does_this'" in " ".join(config_faults(values)):
                found.add(where)
            elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                found |= by_task(field.annotation, where)
        return found

    assert by_task(Config) == {(section, name) for section, names in BY_TASK.items() for name in names}


def test_the_library_works_with_it(tmp_path: Path) -> None:
    import biomech

    folder = study(tmp_path, SQUAT)
    with use_own(folder):
        subject = biomech.calibrate(folder / "data" / "static.c3d", mass_kg=65.5, height_m=1.70)
        trial = subject.process(folder / "data" / "squat-left.c3d", task=NAME, side="left")
        table = biomech.metrics(subject, biomech.cycles(subject, trial), trial, select="default")
    assert "squat_depth__value__cycle" in set(table["metric"]) and set(TASKS) == SHIPPED
    with pytest.raises(StudyError), use_own(study(tmp_path / "bad", "x = = 1")):
        pass
