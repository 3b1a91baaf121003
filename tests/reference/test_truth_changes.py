"""A collapse that a cue takes away, and one that grows over the repetitions, from C3D files to the findings' JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biomech.config import Config
from biomech.findings.inputs import FindingInputs
from biomech.findings.page import json_text
from biomech.findings.session import findings_session
from biomech.io.sheets import Session, Trial
from biomech.quality import Quality
from biomech_simulation.motion import Motion
from biomech_simulation.participant import Participant, Pattern
from biomech_simulation.squat import squat
from biomech_simulation.walking import static
from tests.pipeline import run_session

QUANTITY = "knee_abduction"
PEAK = f"{QUANTITY}__peak__cycle"
# of the mean over the repetitions, degree: markers without error, so what is left is the filter's share
WITHIN_DEG = 0.3


def squats(abduction_deg: float, seed: int, repetitions: int, fatigue: float = 0.0) -> Motion:
    pattern = Pattern(hip_internal_rotation_deg=3.0, knee_abduction_deg=abduction_deg, fatigue=fatigue)
    person = replace(Participant(), patterns={"right": pattern})
    return squat(person, repetitions=repetitions, seed=seed, rate_hz=100.0, analog_rate_hz=500.0)


def true_peaks(motion: Motion) -> np.ndarray:
    """Largest knee abduction of every repetition by the simulator's own curves, degree."""
    truth = motion.truth
    name, time = truth["event_name"].values, truth["event_time"].values
    angle = truth["angle"].sel(side="right", quantity=QUANTITY)
    bounds = zip(time[name == "squat_start"], time[name == "squat_end"], strict=True)
    return np.array([float(angle.sel(time=slice(start, end)).max()) for start, end in bounds])


def findings(folder: Path, motions: dict[str, tuple[str, Motion]]) -> list[dict[str, Any]]:
    """Return the findings' JSON of a session of squats, name to condition and recording."""
    person = next(motion.participant for _, motion in motions.values())
    static(person).write(folder / "static.c3d")
    trials = [Trial(trial="static", file="static.c3d", role="static", task="static")]
    for name, (condition, motion) in motions.items():
        motion.write(folder / f"{name}.c3d")
        more = {"task": "single_leg_squat", "side": "right", "condition": condition}
        trials.append(Trial(trial=name, file=f"{name}.c3d", role="dynamic", **more))
    session = Session(
        participant=person.name,
        session="1",
        mass_kg=person.mass_kg,
        height_m=person.height_m,
        trials=tuple(trials),
        covariates={"age_years": 25},
    )
    config = Config()
    run = run_session(session, config, folder)
    given = FindingInputs(
        session,
        config,
        Quality(session.participant, "1", "findings"),
        run.cycles,
        run.metrics,
        run.model,
        run.kinematics,
        run.muscles,
        {"1": run.metrics},
    )
    written = json_text(findings_session(given), {})
    assert not given.quality.rows or "internal_error" not in {row["code"] for row in given.quality.rows}
    return json.loads(written)["findings"]


def cause_of(found: list[dict[str, Any]], condition: str) -> dict[str, Any]:
    (row,) = [f for f in found if f["topic"] == "cause" and f["condition"] == condition]
    return row["evidence"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: tmp_path_factory.mktemp("changes")


def test_what_a_cue_takes_away_is_evidence_of_function(folder: Callable[[], Path]) -> None:
    """Knee abduction of 16, beyond the norm, and, cued, of 2 degrees in three repetitions of two trials each."""
    natural = [squats(16.0, seed, 3) for seed in (1, 2)]
    cued = [squats(2.0, seed, 3) for seed in (3, 4)]
    recorded = {f"natural{k}": ("natural", m) for k, m in enumerate(natural)}
    recorded |= {f"cued{k}": ("cued", m) for k, m in enumerate(cued)}
    found = findings(folder(), recorded)
    true = np.mean([true_peaks(m) for m in cued]) - np.mean([true_peaks(m) for m in natural])
    assert true < -5, "the cue is planted"

    (row,) = [f for f in found if f["topic"] == "conditions" and f["evidence"]["metric"] == PEAK]
    assert (row["evidence"]["contrast"], row["evidence"]["of"], row["evidence"]["against"]) == (
        "condition", "cued", "natural",
    )  # fmt: skip
    assert row["value"] == pytest.approx(true, abs=WITHIN_DEG) and row["evidence"]["beyond_mdc95"] is True
    assert row["evidence"]["mdc95"] < abs(row["value"])
    evidence = cause_of(found, "natural")
    (change,) = [c for c in evidence["changes"] if c["quantity"] == QUANTITY and c["kind"] == "condition"]
    assert change["value"] == row["value"] and change["mdc"] == row["evidence"]["mdc95"]
    reported = f"knee abduction changes by {row['value']:.1f} degree, cued against natural"
    assert [text for text in evidence["for_functional"] if text.startswith(reported)], evidence
    assert evidence["verdict"] in ("functional", "mixed")


@pytest.mark.parametrize("growth", [0.0, 0.06])
def test_a_collapse_that_grows_over_the_repetitions_is_evidence_of_function(
    folder: Callable[[], Path], growth: float
) -> None:
    """Eight squats whose pattern of 16 degrees grows by 6 % from one to the next, and eight whose pattern does not."""
    motion = squats(16.0, 5, 8, fatigue=growth)
    found = findings(folder(), {"tired": ("", motion)})
    slope = float(np.polyfit(np.arange(8), true_peaks(motion), 1)[0])
    (trend,) = [f for f in found if f["topic"] == "fatigue" and f["evidence"]["metric"] == PEAK]
    assert trend["unit"] == "degree per repetition" and trend["value"] == pytest.approx(slope, abs=0.05)
    evidence = cause_of(found, "")
    (change,) = [c for c in evidence["changes"] if c["quantity"] == QUANTITY and c["kind"] == "fatigue"]
    rises = [text for text in evidence["for_functional"] if text.startswith("knee abduction rises by")]
    if growth:
        assert slope > 0.4 and trend["low"] > 0 and change["value"] == pytest.approx(7 * slope, abs=0.4)
        assert rises and f"rises by {change['value']:.1f} degree over 8 repetitions" in rises[0]
    else:
        assert not rises and trend["low"] <= 0.15
        assert abs(change["value"]) < 2
