"""Scene, card, quality and tables of a report, from made-up data."""

import numpy as np
import pandas as pd
import pytest

from biomech.findings.finding import Finding
from biomech.html_report.card import cards
from biomech.html_report.packed import unpacked
from biomech.html_report.quality import trial_lights
from biomech.html_report.scene import frames_of, trial_scene
from biomech.html_report.tables import outcome_rows
from biomech.quality import COLUMNS
from tests.made_up_report import force_of, found, moving_trial
from tests.made_up_study import session_cycles, session_metrics


@pytest.mark.parametrize(
    ("rate", "kept"), [(100.0, 50), (200.0, 50), (1000.0, 50), (50.0, 50), (30.0, 30), (120.0, 50)]
)
def test_a_scene_holds_fifty_frames_a_second_at_most(rate, kept):
    frames = frames_of(np.arange(round(rate)) / rate)
    assert len(frames) == kept
    assert frames[0] == 0 and (np.diff(frames) > 0).all()


def test_places_of_a_scene_are_those_of_the_trial():
    trial = moving_trial()
    scene = trial_scene("a", trial)
    time = unpacked(scene["time"])
    at = scene["points"].index({"side": "right", "name": "knee"})
    expected = trial["joint_centre"].sel(side="right", joint="knee").interp(time=time.astype(float)).to_numpy()
    np.testing.assert_allclose(unpacked(scene["place"])[:, at], expected, atol=0.0003)
    assert scene["sticks"][0] == {"side": "left", "points": [0, 1, 2]}


def test_the_projection_angle_is_shown_while_the_foot_stands():
    trial = moving_trial()
    force = force_of(trial)
    scene = trial_scene("a", trial, force)
    left, right = (unpacked(scene["live"]["sides"][side])[:, 0] for side in ("left", "right"))
    half = len(left) // 2
    assert np.isfinite(left[: half - 1]).all() and np.isnan(left[half + 1 :]).all()
    assert np.isnan(right).all()
    for unknown in (None, force.assign(contact=force["contact"] * 0)):  # nobody knows which foot stands
        shown = trial_scene("a", trial, unknown)
        assert np.isfinite(unpacked(shown["live"]["sides"]["right"])).all()


def test_arrows_are_a_metre_for_a_thousand_newtons_and_of_the_foot_that_has_a_force():
    trial = moving_trial()
    (arrow,) = trial_scene("a", trial, force_of(trial))["forces"]
    line = unpacked(arrow["line"])
    assert arrow["side"] == "left"
    np.testing.assert_allclose(line[0, 3:] - line[0, :3], [0.0, 0.7, 0.0], atol=0.001)
    assert np.isnan(line[-1]).all()


def test_a_trial_without_frames_has_no_scene():
    assert trial_scene("a", moving_trial().isel(time=slice(0))) is None


def _contrast(kind, side, mdc):
    evidence = {
        "metric": "fppa__peak__stance",
        "contrast": kind,
        "mdc95": mdc,
        "of": "a",
        "against": "b",
        "beyond_mdc95": False,
    }
    place = {"task": "walking", "condition": "preferred", "footwear": "barefoot", "side": side}
    return Finding(
        "conditions",
        **place,
        sentence="",
        value=1.0,
        low=0.0,
        high=2.0,
        unit="degree",
        n=4,
        norm="",
        source="",
        evidence=evidence,
    )


def test_a_card_names_interval_last_visit_and_detectable_changes():
    findings = [
        found(),
        _contrast("legs", "both", 8.25),
        _contrast("visits", "left", 7.5),
        _contrast("condition", "left", 1.0),
    ]
    (card,) = cards(findings)
    (row,) = card["rows"]
    cell = row["cells"]["left"]
    assert (cell["text"], cell["interval"], cell["last_text"], cell["last_session"]) == (
        "6.0",
        "5.0 to 7.0",
        "9.0",
        "pre",
    )
    assert (row["mdc_legs"], row["mdc_visits"]) == ("8.2", "7.5")
    assert cell["at"]["low"] < cell["at"]["value"] < cell["at"]["high"] < cell["at"]["last"]
    assert row["norm"] is None and "right" not in row["cells"]


def test_a_norm_stands_on_the_axis_and_marks_what_is_beyond_it():
    (card,) = cards([found(norm={"mean": 2.0, "sd": 1.0}, relation="larger")])
    (row,) = card["rows"]
    assert row["cells"]["left"]["relation"] == 1
    at = row["norm"]["at"]
    assert at["low2"] < at["low"] < at["mean"] < at["high"] < at["high2"] < row["cells"]["left"]["at"]["value"]


def _quality(*rows):
    cells = [
        dict(zip(("trial", "stage", "level", "code"), row, strict=True)) | {"message": row[3], "action": ""}
        for row in rows
    ]
    return pd.DataFrame(cells).reindex(columns=list(COLUMNS))


def test_the_cause_stands_first_and_what_followed_is_apart():
    table = _quality(
        ("walk1", "metrics", "error", "no_metric"),
        ("walk1", "ingest", "warning", "gap"),
        ("walk1", "kinetics", "warning", "plate"),
        ("walk2", "cycles", "info", "note"),
    )
    first, second, third = trial_lights(table, [("walk2", "walking"), ("walk1", "walking"), ("walk3", "walking")])
    assert (first["trial"], first["light"]) == ("walk1", "red")
    assert [one["code"] for one in first["causes"]] == ["gap"]
    assert [one["code"] for one in first["followed"]] == ["no metric", "plate"]
    assert (second["trial"], second["light"], third["light"]) == ("walk2", "green", "green")


def test_outcomes_are_mean_and_sd_of_what_is_known():
    metrics = session_metrics(session_cycles(n_cycles=4))
    rows = outcome_rows(metrics)
    name = "hip_adduction__peak__stance"
    row = next(row for row in rows if row["metric"] == name and row["side"] == "left")
    values = metrics["value"].sel(metric=name).to_numpy()[metrics["side"].to_numpy() == "left"]
    assert row["value"] == pytest.approx(values.mean()) and row["n"] == 4
    assert row["sd"] == f"{values.std(ddof=1):.1f}" and row["unit"] == "°"
