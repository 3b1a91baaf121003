"""Profile scores per session against what was planted in curves, and the Gait Deviation Index against its definition."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.columns import PROFILE_COLUMNS
from biomech.config import parse_config
from biomech.errors import StudyError
from biomech.io.store import open_dataset, write_dataset
from biomech.pipeline.study_jobs import run_profile_scores
from biomech.statistics.deviation_index import deviation_index
from biomech.statistics.session_profiles import QUANTITIES, session_profiles
from tests.made_up_study import PERCENT, WALKING_ANGLES

CONTROLS = {"reference": "controls", "controls": {"group": "control"}}


def base(name: str) -> np.ndarray:
    """A usual curve of each of the nine angles."""
    mean, *terms = WALKING_ANGLES.get(name, (-5.0, (1.0, 2.0)))
    phase = 2 * np.pi * PERCENT / 100
    return mean + sum(a * np.cos(k * phase) + b * np.sin(k * phase) for k, (a, b) in enumerate(terms, 1))


def leg(person: str, side: str, group: str, *, strides: int = 3, seed: int | None = None, **planted) -> list[dict]:
    """Strides of a leg: usual curves, an offset and a wave of its own (from `seed`), and what is planted."""
    random = np.random.default_rng(seed)
    usual = np.stack([base(name) for name in QUANTITIES])
    if seed is not None:
        offset, wave = random.normal(0, 2, (2, len(QUANTITIES), 1))
        usual = usual + offset + wave * np.sin(2 * np.pi * PERCENT / 100 + random.uniform(0, 6))
    added = np.stack([np.broadcast_to(planted.get(name, 0.0), 101) for name in QUANTITIES])
    about = {"participant": person, "session": "1", "label": "", "group": group, "task": "walking", "side": side}
    about |= {"condition": "", "footwear": "", "trial": "w", "age_years": 10.0}
    # strides that cancel in the mean
    ripple = np.linspace(-1.0, 1.0, strides) if strides > 1 else np.zeros(1)
    return [about | {"rep": i + 1, "angle": usual + added + r} for i, r in enumerate(ripple)]


def study(*legs: list[dict]) -> xr.Dataset:
    rows = [row for one in legs for row in one]
    names = [name for name in rows[0] if name != "angle"]
    return xr.Dataset(
        {"angle": (("cycle", "percent", "quantity"), np.stack([row["angle"].T for row in rows]))},
        coords={
            "percent": PERCENT,
            "quantity": list(QUANTITIES),
            "cycle": [f"c{i}" for i in range(len(rows))],
            **{name: ("cycle", np.array([row[name] for row in rows])) for name in names},
        },
    )


def people(n: int) -> list[list[dict]]:
    return [leg(f"C{i}", side, "control", seed=2 * i + j) for i in range(n) for j, side in enumerate(("left", "right"))]


def scores(data: xr.Dataset, **settings) -> pd.DataFrame:
    chosen = parse_config({"profile_scores": CONTROLS | settings}).profile_scores
    return session_profiles(data, chosen).set_index(["participant", "side"])


def alike(n: int = 5) -> list[list[dict]]:
    return [leg(f"C{i}", side, "control") for i in range(n) for side in ("left", "right")]


def test_a_constant_offset_of_one_curve_is_its_score_and_a_third_of_it_the_gps():
    table = scores(study(*alike(), leg("P", "left", "patient", hip_flexion=6.0), leg("P", "right", "patient")))
    left, right, both = (table.loc[("P", side)] for side in ("left", "right", "both"))
    others = [name for name in QUANTITIES if name != "hip_flexion"]
    assert left["hip_flexion"] == pytest.approx(6.0) and left[others].abs().max() < 1e-9
    assert left["gps"] == pytest.approx(6.0 / 3) and right["gps"] == pytest.approx(0.0, abs=1e-9)
    assert both["gps"] == pytest.approx(6.0 / np.sqrt(15)), "nine curves of the left and six of the right leg"
    assert (left["n_cycles"], both["n_cycles"], left["n_controls"]) == (3, 6, 5)
    assert (
        left["reference"] == "mean of 5 controls"
        and table.loc[("C0", "left"), "reference"] == "mean of 4 other controls"
    )
    assert left["control"] == "no" and table.loc[("C0", "left"), "control"] == "yes"


def test_the_pelvis_counts_once_in_the_score_of_both_legs():
    planted = {"pelvis_anterior_tilt": 5.0}
    table = scores(study(*alike(), leg("P", "left", "patient", **planted), leg("P", "right", "patient", **planted)))
    assert table.loc[("P", "both"), "gps"] == pytest.approx(5.0 / np.sqrt(15))


def test_a_sine_has_its_root_mean_square():
    wave = 8.0 * np.sin(2 * np.pi * (np.arange(101) + 0.5) / 101)  # whole period of 101 points
    table = scores(study(*alike(), leg("P", "left", "patient", knee_flexion=wave)))
    assert table.loc[("P", "left"), "knee_flexion"] == pytest.approx(8.0 / np.sqrt(2))
    assert ("P", "both") not in table.index, "one leg makes no pair"


def test_a_control_is_held_against_the_others():
    apart = [leg("C5", side, "control", hip_adduction=6.0) for side in ("left", "right")]
    table = scores(study(*alike(), *apart))
    assert table.loc[("C5", "left"), "hip_adduction"] == pytest.approx(6.0)
    assert table.loc[("C0", "left"), "hip_adduction"] == pytest.approx(6.0 / 5), "one of the five others is off"


def test_controls_have_the_mean_100_and_the_sd_10():
    table = scores(study(*people(12), leg("P", "left", "patient", seed=99, knee_flexion=15.0)))
    legs = table[(table["control"] == "yes") & (table.index.get_level_values("side") != "both")]
    assert len(legs) == 24 and legs["gdi"].mean() == pytest.approx(100.0) and legs["gdi"].std() == pytest.approx(10.0)
    assert legs["gdi_features_percent"].iloc[0] > 98
    pair = table.loc[[("C3", "left"), ("C3", "right")], "gdi"]
    assert table.loc[("C3", "both"), "gdi"] == pytest.approx(pair.mean())


def test_the_index_falls_with_the_planted_deviation_by_its_formula():
    def index(size):
        return scores(study(*people(12), leg("P", "left", "patient", hip_internal_rotation=size))).loc[
            ("P", "left"), "gdi"
        ]

    found = [index(size) for size in (5.0, 10.0, 20.0, 40.0, 80.0)]
    assert (np.diff(found) < 0).all() and found[-1] < 80
    # far away the distance doubles with the deviation: every doubling takes 10 ln 2 / SD(ln distance of the controls)
    strides = np.stack([np.mean([row["angle"] for row in one], axis=0) for one in people(12)])[:, :, ::2].reshape(
        24, -1
    )
    spread = np.log(np.linalg.norm(strides - strides.mean(axis=0), axis=1)).std(ddof=1)
    assert found[-2] - found[-1] == pytest.approx(10 * np.log(2) / spread, rel=0.1)


def test_what_no_control_does_is_seen():
    """A ripple at right angles to all that controls do: features of controls alone would give it the mean's distance."""
    ripple = 12.0 * np.cos(2 * np.pi * 5 * PERCENT / 100)
    table = scores(study(*people(12), leg("P", "left", "patient", ankle_dorsiflexion=ripple)))
    still = scores(study(*people(12), leg("P", "left", "patient"))).loc[("P", "left"), "gdi"]
    assert table.loc[("P", "left"), "gdi"] < still - 20


def test_the_index_is_that_of_the_definition():
    """Written out for two features; rows of an orthogonal design, so that the singular vectors are known."""
    curves = np.zeros((6, 9, 101))
    curves[:, 0, 0] = [10, 10, 10, 10, 10, 10]
    curves[:, 1, 0] = [1, -1, 2, -2, 0.5, 4]
    controls = np.array([True, True, True, True, False, False])
    found = deviation_index(curves, controls, features=2)
    assert not isinstance(found, str)
    log = np.log([1, 1, 2, 2, 0.5, 4])
    np.testing.assert_allclose(found[0], 100 - 10 * (log - log[:4].mean()) / log[:4].std(ddof=1), rtol=1e-9)
    assert found[1] == pytest.approx(100.0)


def test_too_few_controls_say_so():
    table = scores(study(*people(6), leg("P", "left", "patient", seed=99)))
    assert table["gdi"].isna().all() and table.loc[("P", "left"), "gps"] > 0
    assert (
        "no gdi: expected at least 20 control legs" in table.loc[("P", "left"), "reason"]
        and "found 12" in table["reason"].iloc[0]
    )
    few = scores(study(*people(3), leg("P", "left", "patient", seed=99)))
    assert few[["gps", "gdi"]].isna().all(axis=None) and "expected at least 5 controls" in few["reason"].iloc[0]
    same = scores(study(*alike(12)))
    assert same["gdi"].isna().all() and "no gdi: a leg has the mean curves" in same["reason"].iloc[0]


def test_a_leg_without_one_curve_has_the_other_eight_and_no_gps():
    lacking = leg("P", "left", "patient", hip_flexion=6.0, foot_progression_in_cardan=np.nan)
    part = leg("Q", "left", "patient")
    part[0]["angle"][QUANTITIES.index("knee_flexion"), 40] = np.nan
    table = scores(study(*alike(), lacking, part))
    row = table.loc[("P", "left")]
    assert row["hip_flexion"] == pytest.approx(6.0) and np.isnan(row["gps"]) and row["n_cycles"] == 3
    assert "no gps: no whole curve of foot_progression_in_cardan" in row["reason"]
    assert table.loc[("Q", "left"), "n_cycles"] == 2, "a stride with a gap does not count"
    without = study(*alike(), leg("P", "left", "patient")).sel(quantity=[q for q in QUANTITIES if q != "hip_flexion"])
    assert scores(without)["gps"].isna().all()


def test_norms_are_used_where_they_fit_the_age(tmp_path):
    """The job, with the curves that ship: children of 4 to 17 years."""
    child, adult = leg("P", "left", "patient"), leg("Q", "left", "patient")
    for row in adult:
        row["age_years"] = 31.0
    write_dataset(study(child, adult), tmp_path / "study.nc")
    config = parse_config({"profile_scores": {"reference": "norms"}}).model_dump(mode="json")
    wanted = {name: config[name] for name in ("profile_scores", "report")}
    outputs = {"csv": tmp_path / "p.csv", "parquet": tmp_path / "p.parquet"}
    run_profile_scores({"dataset": [tmp_path / "study.nc"]}, outputs, {"config": wanted}, tmp_path)
    table = pd.read_parquet(outputs["parquet"]).set_index("participant")
    assert tuple(table.reset_index().columns) == tuple(PROFILE_COLUMNS)
    assert len(pd.read_csv(outputs["csv"])) == 2
    assert 0 < table.loc["P", "gps"] < 15 and "82 typically developing children" in table.loc["P", "reference"]
    assert table.loc["P", "reason"] == "no gdi: it needs controls of the study (profile_scores.controls)"
    assert np.isnan(table.loc["Q", "gps"]) and "no reference curve for an age of 31 years" in table.loc["Q", "reason"]


def test_norms_of_another_source_are_named():
    data, usual = study(leg("P", "left", "patient", knee_flexion=3.0)), {name: base(name) for name in QUANTITIES}
    chosen = parse_config({"profile_scores": {"reference": "norms"}}).profile_scores
    row = session_profiles(
        data, chosen, lambda task, name, percent, age: (usual[name], "ours", 2.0 + 0 * percent)
    ).iloc[0]
    assert row["gps"] == pytest.approx(1.0) and row["reference"] == "ours"
    assert row["usual_hip_flexion"] == pytest.approx(2.0) and row["usual_gps"] == pytest.approx(2.0), (
        "of the SD of 2 degrees"
    )
    assert row["reason"] == "no gdi: it needs controls of the study (profile_scores.controls)"


def test_a_study_without_walking_has_an_empty_table(tmp_path):
    data = study(leg("P", "left", "patient"))
    data["task"][:] = "running"
    write_dataset(data, tmp_path / "study.nc")
    with open_dataset(tmp_path / "study.nc") as stored:
        table = session_profiles(stored, parse_config({"profile_scores": CONTROLS}).profile_scores)
    assert table.empty and tuple(table.columns) == tuple(PROFILE_COLUMNS)


def test_controls_must_be_named():
    with pytest.raises(StudyError, match=r"needs `controls`"):
        parse_config({"profile_scores": {"reference": "controls"}})
