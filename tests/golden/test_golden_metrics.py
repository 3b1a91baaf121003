"""All metrics of one session of the example are those of the stored table: a move of code changes no number."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from biomech.config import metrics_asked_for
from biomech.io.csv_parquet import read_parquet
from biomech.io.sheets import read_study
from biomech.outcomes.session import metrics_session
from biomech.quality import Quality
from biomech.study.dataset import metrics_long
from tests.golden.write_reference import PARTICIPANT, REFERENCE, SESSION, filled
from tests.pipeline import run_session

ROOT = Path(__file__).parents[2]


def test_every_metric_of_a_session_is_that_of_the_stored_table() -> None:
    study = read_study(ROOT, environ={})
    (session,) = [one for one in study.sessions if (one.participant, one.session) == (PARTICIPANT, SESSION)]
    done = run_session(session, study.config, study.data_folder)
    asked = study.config.metrics.model_copy(update={"also": metrics_asked_for(study.config)})
    metrics = metrics_session(
        done.cycles,
        session,
        study.config.model_copy(update={"metrics": asked}),
        Quality(PARTICIPANT, SESSION, "metrics"),
        model=done.model,
        kinematics=done.kinematics,
        muscles=done.muscles,
    )
    expected = read_parquet(REFERENCE)
    assert len(expected) > 1500 and expected["metric"].nunique() > 100
    found = filled(metrics_long([metrics]))
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_categorical=False, rtol=1e-9, atol=1e-9)
