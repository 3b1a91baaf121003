"""No sample of a real recording that is fine is taken out: walking, running, landing, cutting, of children and adults."""

from __future__ import annotations

from pathlib import Path

import pytest

from biomech.io.ingest import ingest_session
from biomech.io.sheets import Study, read_study
from biomech.model.markersets import load_markerset
from biomech.model.outliers import outliers_of, still_static
from biomech.quality import Quality

pytestmark = pytest.mark.realdata
ROOT = Path(__file__).parents[2]
STUDIES = [ROOT / "tests" / "studies" / name for name in ("children", "landing", "running")]
STUDIES += [ROOT / "validation" / "studies" / name for name in ("clinical_labs", "nexus", "opensim_walk")]


@pytest.mark.parametrize("folder", STUDIES, ids=lambda path: path.name)
def test_nothing_is_found(realdata: Path, folder: Path) -> None:
    study: Study = read_study(folder, environ={"BIOMECH_DATA": str(realdata)})
    markerset, config = load_markerset(study.config.markerset, folder), study.config.kinematics
    assert config.outlier_step_m is not None
    count = 0
    for session in study.sessions:
        raw = ingest_session(session, realdata, study.config, Quality("", "", "ingest"))
        rows = Quality("", "", "model")
        for name, trial in raw.items():
            labels = [str(label) for label in trial["marker"].values]
            rate_hz = float(trial.attrs["rate_hz"])
            # as recorded, and at half its rate; one child's toe marker jitters between two gaps, too fast for 50 Hz
            for every in (1,) if folder.name == "children" else (1, 2):
                position = trial["marker_position"].values[::every]
                _, _, found = outliers_of(markerset, labels, position, rate_hz / every, config)
                assert not found.removed.any(), (name, every)
                assert not found.exchanged, (name, every)
                assert not found.steps, (name, every)
            if trial.attrs["role"] == "static":
                still_static(markerset, name, dict(raw), [n for n in raw if n != name], config, rows)
            count += 1
        assert rows.table().empty, session.participant
    assert count >= 2
