"""A stage reads only the options and cells that it is given; else a change of another one would wrongly rerun nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from biomech.io.sheets import Session, Trial
from biomech.pipeline import run
from biomech.pipeline.narrowing import GROUND_FLOOR, PACKAGES, package_of, source_hash, stage_params, stage_session
from biomech.pipeline.preflight import load_study
from biomech.pipeline.stages import STAGES
from biomech.schema import STAGES as STAGE_NAMES

ROOT = Path(__file__).parents[2]


class Recorder:
    """Stands for a config, session or trial and notes which of its fields are read."""

    def __init__(self, wrapped: Any, reads: set[str]) -> None:
        self._wrapped, self._reads = wrapped, reads

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._wrapped, name)
        if name == "trials":
            return tuple(Recorder(trial, self._reads) for trial in value)
        if name in type(self._wrapped).model_fields:
            self._reads.add(f"{type(self._wrapped).__name__}.{name}")
        elif name.startswith("model_dump"):
            raise AssertionError("dumps the whole model: name the fields that are read")
        return value


@pytest.fixture(scope="module")
def reads(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Every stage of one session of the example, with what it reads."""
    folder = tmp_path_factory.mktemp("session")
    study = load_study(ROOT, environ={})
    session = study.sessions[0]
    out: dict[str, set[str]] = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, stage in STAGES.items():
            found = out[name] = set()
            patch.setattr(run.Session, "model_validate", lambda _, s=session, f=found: Recorder(s, f))
            patch.setattr(run, "parse_config", lambda _, f=found: Recorder(study.config, f))
            run.run_stage(
                name,
                {other: folder / STAGES[other].path.format(key="base") for other in stage.reads},
                {"data": folder / stage.path.format(key="base"), "quality": folder / f"{name}.tsv"},
                stage_params(study, session, name),
                study.folder,
            )
    return out


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_reads_no_more_than_it_is_given(reads: dict[str, set[str]], stage: str) -> None:
    allowed = {f"Config.{name}" for name in (*STAGES[stage].sections, "data")}
    allowed |= {f"Session.{name}" for name in ("participant", "session", *STAGES[stage].session_cells)}
    allowed |= {f"Trial.{name}" for name in (*STAGES[stage].trial_cells, *STAGES[stage].functional_cells)}
    assert reads[stage] - allowed == set()


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_given_no_section_that_it_does_not_read(reads: dict[str, set[str]], stage: str) -> None:
    assert {name for name in STAGES[stage].sections if f"Config.{name}" not in reads[stage]} == set()


def test_the_stages_are_those_of_the_contract() -> None:
    assert tuple(STAGES) == tuple(STAGE_NAMES)


def test_the_source_of_a_stage_holds_that_of_the_stages_before_it() -> None:
    hashes = [source_hash(name) for name in ("ingest", *list(STAGE_NAMES)[1:], "study", "report")]
    assert len(set(hashes)) == len(hashes)
    assert {package_of(name) for name in STAGE_NAMES} < set(PACKAGES)


def test_every_module_that_a_package_uses_is_in_its_hash() -> None:
    """Packages hold their modules; of those next to them a job may use the ones that are named."""
    home = ROOT / "biomech"
    code = "\n".join(path.read_text(encoding="utf-8") for name in PACKAGES for path in (home / name).rglob("*.py"))
    used = set(re.findall(r"^ *(?:from|import) biomech\.(\w+)", code, re.MULTILINE))
    assert used <= {*PACKAGES, *GROUND_FLOOR, "config"}, "config travels to the jobs as params"
    assert all((home / f"{name}.py").is_file() for name in GROUND_FLOOR)


@pytest.mark.parametrize(
    ("cell", "value", "rerun"),
    [
        ("group", "control", {"cycles"}),
        ("covariates", {"age_years": 30.0}, {"cycles"}),
        ("dominant_side", "left", {"cycles"}),
        ("mass_kg", 70.0, {"model", "kinetics", "cycles"}),
        ("anthropometry", {"left_leg_length_m": 0.9}, {"model"}),
    ],
)
def test_a_cell_of_a_person_reaches_the_stages_that_use_it(cell: str, value: Any, rerun: set[str]) -> None:
    assert _differing(Session(participant="P01", session="1"), cell, value) == rerun


@pytest.mark.parametrize(
    ("cell", "value", "rerun"),
    [
        ("condition", "fast", {"cycles"}),
        ("free", {"speed": 1.0}, {"cycles"}),
        ("relabel", {"A": "B"}, {"ingest"}),
        ("contacts", "1:left", {"kinetics"}),
        ("footwear", "shod", {"model", "kinematics", "cycles"}),
        ("progression", "0-1:+x", {"kinematics"}),
    ],
)
def test_a_cell_of_a_trial_reaches_the_stages_that_use_it(cell: str, value: Any, rerun: set[str]) -> None:
    trial = Trial(trial="a", file="a.c3d", role="dynamic", task="walking")
    session = Session(participant="P01", session="1", trials=(trial,))
    assert _differing(session, "trials", (trial.model_copy(update={cell: value}),)) == rerun


@pytest.mark.parametrize(("cell", "value"), [("condition", "hip"), ("side", "left")])
def test_a_cell_of_a_functional_trial_reaches_the_model(cell: str, value: Any) -> None:
    trial = Trial(trial="a", file="a.c3d", role="functional", task="functional")
    session = Session(participant="P01", session="1", trials=(trial,))
    assert "model" in _differing(session, "trials", (trial.model_copy(update={cell: value}),))


def _differing(session: Session, cell: str, value: Any) -> set[str]:
    other = session.model_copy(update={cell: value})
    return {stage for stage in STAGES if stage_session(session, stage) != stage_session(other, stage)}
