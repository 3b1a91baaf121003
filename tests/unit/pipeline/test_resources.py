"""Memory and time of a job: they grow with what a session holds, not with what does not matter to the job."""

from __future__ import annotations

from pathlib import Path

import pytest

from biomech.config import parse_config
from biomech.io.sheets import Session, Study, Trial
from biomech.pipeline.resources import LEAST_MINUTES, MEMORY_MARGIN, NEEDS, of_rule, resources, sizes


def made_up_study(folder: Path) -> Study:
    """One participant with two visits, the second with three recordings of 1 and one of 4 MB, one of them absent."""
    sessions = []
    for name, megabytes in {"pre": [1], "post": [1, 1, 4, None]}.items():
        trials = []
        for number, size in enumerate(megabytes):
            file = f"{name}{number}.c3d"
            if size:
                (folder / file).write_bytes(bytes(size * 2**20))
            trials.append(Trial(trial=f"t{number}", file=file, role="dynamic", task="walking"))
        sessions.append(Session(participant="P01", session=name, trials=tuple(trials)))
    other = Session(participant="P02", session="pre", trials=())
    return Study(folder, parse_config({}), (*sessions, other), folder)


def test_sizes_are_recordings_of_a_session_or_sessions(tmp_path):
    study = made_up_study(tmp_path)
    assert sizes("kinematics", study, "P01", "post") == [1, 1, 4]
    assert (len(sizes("figures", study, "P01")), len(sizes("study", study))) == (2, 3)


def test_a_stage_holds_its_largest_recording_and_reads_all():
    one, many = resources("cycles", [10.0]), resources("cycles", [10.0] * 60)
    assert one["mem_mb"] == many["mem_mb"] and many["runtime"] > one["runtime"] > LEAST_MINUTES
    assert resources("cycles", [40.0])["mem_mb"] > one["mem_mb"]
    assert resources("cycles", [])["mem_mb"] == pytest.approx(NEEDS["cycles"].memory_mb * MEMORY_MARGIN, abs=1)


def test_a_study_grows_with_its_sessions():
    few, many = resources("study", [1.0] * 100), resources("study", [1.0] * 1000)
    assert 2 * few["mem_mb"] < many["mem_mb"] and 5 * few["runtime"] < many["runtime"]


@pytest.mark.parametrize("job", NEEDS)
def test_the_next_attempt_gets_twice_as_much(job):
    first, second = resources(job, [3.0, 1.0]), resources(job, [3.0, 1.0], attempt=2)
    assert second == {name: 2 * value for name, value in first.items()}
    assert all(isinstance(value, int) for value in first.values())


def test_functions_of_a_rule(tmp_path):
    study = made_up_study(tmp_path)
    for job, wildcards in {"metrics": {"participant": "P01", "session": "post", "key": "base"}, "study": {}}.items():
        names = [wildcards.get(name, "") for name in ("participant", "session")]
        expected = resources(job, sizes(job, study, *names), 2)
        assert {name: value(wildcards, 2) for name, value in of_rule(job, study).items()} == expected
