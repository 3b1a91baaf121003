"""The config: its schema file is current, every option is explained, bounded and used, and its faults are found."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from biomech import scaffold
from biomech.config import Config, config_faults, json_schema, parse_config, read_config
from biomech.errors import StudyError
from biomech.pipeline.stages import STAGES
from biomech.tasks import TASKS

ROOT = Path(__file__).parents[2]


def options(model: type[BaseModel] = Config, path: str = "") -> list[tuple[str, Any]]:
    out: list[tuple[str, Any]] = []
    for name, field in model.model_fields.items():
        where = f"{path}.{name}".lstrip(".")
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            out += options(field.annotation, where)
        else:
            out.append((where, field))
    return out


def test_the_schema_file_has_every_option_as_it_is() -> None:
    assert json.loads((ROOT / "config" / "schema.json").read_text()) == json.loads(json_schema()), (
        "run `biomech schema`"
    )


def test_every_option_is_explained_and_bounded(subtests: pytest.Subtests) -> None:
    for path, field in options():
        with subtests.test(path):
            assert field.description and len(field.description) > 10
            if field.annotation in (int, float):
                bounds = str(field.metadata)
                assert re.search(r"[Gg][et]", bounds) and re.search(r"[Ll][et]", bounds), f"{path} has no range"


def test_every_option_is_read_somewhere() -> None:
    """An option that no code reads promises what nobody keeps."""
    code = [p.read_text() for p in (ROOT / "biomech").rglob("*.py") if p.parent.name != "config"]
    code += [p.read_text() for p in (ROOT / "workflow").rglob("*.smk")]
    words = {word for text in code for word in re.findall(r"\w+", text)}
    assert not [path for path, _ in options() if path.split(".")[-1] not in words]


def test_every_section_reaches_a_stage_or_the_study() -> None:
    sections = {section for stage in STAGES.values() for section in stage.sections}
    elsewhere = {
        "data",
        "markerset",
        "findings",
        "profile_scores",
        "statistics",
        "report",
        "export",
        "variants",
    }  # no stage of a session, or all of them
    assert sections | elsewhere == set(Config.model_fields)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("signal: {}", "unknown key `signal` (did you mean 'signals'?)"),
        ("signals: {gap_max: 0.1}", "unknown key `signals.gap_max` (did you mean 'gap_max_s'?)"),
        ("signals: {cutoff_hz: {walkin: 6}}", "unknown task 'walkin' (did you mean 'walking'?)"),
        ("signals: {force_cutoff_hz: {runing: 20}}", "unknown task 'runing' (did you mean 'running'?)"),
        ("signals: {cutoff_hz: {walking: 0}}", "greater than or equal to 1"),
        ("signals: {gap_max_s: .nan}", "gap_max_s"),
        ("signals: {gap_max_s: 20}", "less than or equal to 1"),
        ("signals: 6", "signals"),
        ("markerset: ../secret", "markerset"),
        ("lab: {up: +z, forward: -z}", "must be different axes"),
        ("contacts: {release_n: 60, threshold_n: 20}", "must not exceed"),
        ("- a\n- b", "expected a mapping"),
    ],
)
def test_a_fault_is_found_and_named(text: str, expected: str) -> None:
    assert expected in "\n".join(config_faults(yaml.safe_load(text)))


def test_a_key_given_twice_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("lab: {up: +z}\nsignals: {}\nlab: {up: +y}\n")
    with pytest.raises(StudyError, match="'lab' is given twice"):
        read_config(path)


def test_writing_a_default_out_changes_nothing() -> None:
    """Or it would rerun every stage."""
    plain = parse_config({}).model_dump(mode="json")
    assert (
        parse_config({"signals": {"cutoff_hz": {"walking": 12, "running": 15.0}, "gap_max_s": 0.1}}).model_dump(
            mode="json"
        )
        == plain
    )
    assert parse_config(plain).model_dump(mode="json") == plain
    assert json.loads(json.dumps(plain)) == plain
    assert list(plain["signals"]["cutoff_hz"]) == list(TASKS)


@pytest.mark.parametrize("path", ["config/config.yaml", "tests/studies/children/config/config.yaml"])
def test_the_configs_of_the_project_are_valid(path: str) -> None:
    assert config_faults(read_config(ROOT / path)) == []


def test_a_new_study_has_a_valid_config(tmp_path: Path) -> None:
    scaffold.new_study(tmp_path)
    assert config_faults(read_config(tmp_path / "config" / "config.yaml")) == []
    with pytest.raises(FileExistsError):
        scaffold.new_study(tmp_path)


def test_the_conda_environment_names_the_packages_of_the_project() -> None:
    """Both lists are written by hand; snakemake itself is not needed inside a job."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    environment = yaml.safe_load((ROOT / "workflow" / "envs" / "biomech.yaml").read_text())["dependencies"]
    (pip,) = [entry["pip"] for entry in environment if isinstance(entry, dict)]
    assert sorted(pip) == sorted(line for line in project if not line.startswith("snakemake"))
