"""Still window, mean posture, inertia and the model's labelled arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import Config
from biomech.errors import TrialError
from biomech.io.sheets import Session, Trial
from biomech.io.trial_files import TrialFolder, write_trials
from biomech.model.calibration import mean_points, still_window
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from tests.stage_results import parameters_of

RATE = 100.0
# right leg of cast_lower_limb whose lengths are round numbers; pelvis 240 mm wide, 150 mm deep
PLACES = {
    "ASI": (0.0, 1.0, 0.12), "PSI": (-0.15, 1.0, 0.05), "LFE": (-0.02, 0.5, 0.15), "MFE": (-0.02, 0.5, 0.05),
    "LM": (-0.02, 0.1, 0.14), "MM": (-0.02, 0.1, 0.06), "FH": (-0.02, 0.46, 0.15),
    "TH1": (0.04, 0.8, 0.14), "TH2": (0.04, 0.7, 0.14), "TH3": (-0.06, 0.8, 0.12), "TH4": (-0.06, 0.7, 0.12),
    "SK1": (0.03, 0.35, 0.13), "SK2": (0.03, 0.25, 0.13), "SK3": (-0.06, 0.35, 0.11), "SK4": (-0.06, 0.25, 0.11),
    "CALD": (-0.07, 0.02, 0.1), "CALP": (-0.07, 0.05, 0.1), "M1": (0.1, 0.03, 0.06), "M2": (0.12, 0.03, 0.09),
    "M5": (0.1, 0.03, 0.14),
}  # fmt: skip


def raw(n: int = 50, places: dict | None = None, shift: float = 0.0) -> xr.Dataset:
    places = places or PLACES
    labels = [f"{s}{name}" for s in "LR" for name in places]
    position = np.array([np.array(p) * [1, 1, z] for z in (-1, 1) for p in places.values()])
    position = np.repeat(position[None], n, axis=0) + shift
    return xr.Dataset(
        {"marker_position": (("time", "marker", "axis"), position)},
        coords={"marker": labels, "time": np.arange(n) / RATE},
        attrs={"rate_hz": RATE, "file": "s.c3d", "parameters": "{}"},
    )


def run(trials: dict[str, tuple[str, str]], data: dict[str, xr.Dataset], config: dict | None = None, **person):
    rows = tuple(
        Trial(trial=n, file=f"{n}.c3d", role=role, task="walking", footwear=footwear)  # type: ignore[arg-type]
        for n, (role, footwear) in trials.items()
    )
    quality = Quality("P", "1", "model")
    session = Session(participant="P", session="1", trials=rows, **person)
    models = {f"{n}": d for n, d in data.items()}
    options = Config.model_validate(config or {})
    return model_session(models, session, load_markerset("cast_lower_limb"), options, quality), quality


def test_still_window_is_the_quiet_part() -> None:
    t = np.arange(400) / RATE
    moving = np.where(t < 1.0, 0.5 * (1.0 - t), 0.0) + np.where(t > 3.0, 0.8 * (t - 3.0), 0.0)
    x = np.random.default_rng(0).normal(0, 0.0003, (400, 6, 3))
    x[..., 0] += moving[:, None]
    window, speed = still_window(x, RATE)
    assert window.start == pytest.approx(100, abs=12) and window.stop == pytest.approx(300, abs=12)
    assert speed < 0.02


def test_still_window_of_a_walker_is_the_calmest_stretch_and_says_how_fast() -> None:
    x = np.zeros((300, 4, 3))
    x[..., 0] = (np.arange(300) / RATE)[:, None] * 1.2
    window, speed = still_window(x, RATE)
    assert speed == pytest.approx(1.2, rel=1e-6) and window.stop - window.start == 25
    assert still_window(x[:2], RATE) == (slice(0, 2), 0.0)
    assert still_window(np.full((50, 3, 3), np.nan), RATE)[0] == slice(0, 50)


def test_mean_takes_the_same_frames_of_all_markers_where_it_can() -> None:
    sway = np.linspace(0, 0.1, 10)[:, None] * [1, 0, 0]
    points = {"A": sway.copy(), "B": sway + 1.0, "C": sway + 2.0}
    points["B"][5:] = np.nan  # seen in frames 0 to 4
    points["C"][1:] = np.nan  # seen once: no say
    mean = mean_points(points, slice(0, 10))
    np.testing.assert_allclose(mean["A"][0], sway[:5].mean(axis=0))
    np.testing.assert_allclose(mean["B"][0], 1.0 + sway[:5].mean(axis=0))
    np.testing.assert_allclose(mean["C"][0], [2, 2, 2])
    assert mean_points({"A": np.full((3, 3), np.nan)}, slice(0, 3)) == {}


def test_model_of_a_leg_with_round_numbers() -> None:
    models, quality = run({"s": ("static", "barefoot")}, {"s": raw()}, mass_kg=60.0, height_m=1.7, sex="male")
    data = models["s"]
    # hip by Harrington's reduced regression at width 240, depth 150 mm: (-45.9, -82.9, 86.5) mm from mid-ASIS
    hip = np.array([-0.0459, -0.0829, 0.0865])
    for side in ("left", "right"):
        local = data["landmark_local"].sel(side=side)
        np.testing.assert_allclose(local.sel(segment="pelvis", landmark="hip"), hip, atol=1e-12)
        np.testing.assert_allclose(local.sel(segment="pelvis", landmark="asis"), [0, 0, 0.12], atol=1e-12)
        thigh = np.linalg.norm(np.array([0, 1, 0]) + hip - [-0.02, 0.5, 0.1])
        np.testing.assert_allclose(local.sel(segment="thigh", landmark="knee"), [0, -thigh, 0], atol=1e-12)
        np.testing.assert_allclose(local.sel(segment="shank_proximal", landmark="ankle"), [0, -0.4, 0], atol=1e-12)
        # foot flat: level with the floor, so its local axes are the lab's; ankle at (-20, 100, 100) mm
        np.testing.assert_allclose(local.sel(segment="foot", landmark="toe"), [0.14, -0.07, -0.01], atol=1e-12)
        np.testing.assert_allclose(
            data["template"].sel(side=side, segment="foot", marker="CALD"), [-0.05, -0.08, 0], atol=1e-12
        )
        # Dumas & Wojtusch 2018, male shank: 4.8 % of mass, centre at (-4.8, -41.0, 0.7) % of 400 mm
        assert float(data["segment_mass"].sel(side=side, segment="shank_proximal")) == pytest.approx(2.88)
        com = data["segment_com"].sel(side=side, segment="shank_proximal")
        np.testing.assert_allclose(com, np.array([-4.8, -41.0, 0.7]) / 100 * 0.4, atol=1e-12)
    assert data.attrs["footwear"] == "barefoot" and data.attrs["mass_kg"] == 60.0
    assert parameters_of(data, "left")["leg_length"] == pytest.approx(np.hypot(np.hypot(0.02, 0.9), 0.06))
    assert [row for row in quality.rows if row["level"] == "error"] == []


def test_the_model_does_not_depend_on_where_the_subject_stands_or_faces() -> None:
    here, _ = run({"s": ("static", "")}, {"s": raw()}, mass_kg=60.0)
    turned = raw(shift=3.0)
    a = np.radians(130)
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    turned["marker_position"] = turned["marker_position"].copy(data=turned["marker_position"].values @ about_y.T)
    there, _ = run({"s": ("static", "")}, {"s": turned}, mass_kg=60.0)
    for name in ("template", "landmark_local", "segment_com", "segment_inertia"):
        np.testing.assert_allclose(here["s"][name], there["s"][name], atol=1e-12)


def test_the_config_chooses_hip_centre_and_inertia() -> None:
    options = {"subject": {"hip_centre": "bell", "inertia": "de_leva"}}
    models, _ = run({"s": ("static", "")}, {"s": raw()}, options, mass_kg=60.0, sex="female")
    data = models["s"]
    hip = data["landmark_local"].sel(side="left", segment="pelvis", landmark="hip")
    np.testing.assert_allclose(hip, [-0.19 * 0.24, -0.30 * 0.24, 0.36 * 0.24], atol=1e-12)
    assert data.attrs["hip_centre"] == "bell"
    # de Leva 1996, female shank
    assert float(data["segment_mass"].sel(side="left", segment="shank_proximal")) == pytest.approx(0.0481 * 60)


def test_hip_regressions_start_from_the_bone_where_the_config_says_so() -> None:
    options = {"subject": {"hip_offset": "marker", "marker_diameter_m": 0.014, "marker_base_m": 0.002}}
    plain, _ = run({"s": ("static", "")}, {"s": raw()})
    shifted, _ = run({"s": ("static", "")}, {"s": raw()}, options)
    hip = {"segment": "pelvis", "landmark": "hip"}
    shift = shifted["s"]["landmark_local"].sel(hip) - plain["s"]["landmark_local"].sel(hip)
    np.testing.assert_allclose(shift, np.tile([-0.009, 0, 0], (2, 1)), atol=1e-12)


def test_missing_mass_and_height_are_nan_and_told() -> None:
    models, quality = run({"s": ("static", "")}, {"s": raw()})
    assert (
        np.isnan(models["s"]["segment_mass"]).all()
        and np.isfinite(models["s"]["landmark_local"].sel(segment="thigh", landmark="hip")).all()
    )
    assert {row["code"] for row in quality.rows} >= {"missing_mass", "missing_height", "sex_unknown"}
    stored = raw()
    stored.attrs["parameters"] = '{"PROCESSING": {"Bodymass": [61.0], "Height": [1700.0]}}'
    models, quality = run({"s": ("static", "")}, {"s": stored})
    assert models["s"].attrs["mass_kg"] == 61.0 and models["s"].attrs["height_m"] == 1.7
    assert {row["code"] for row in quality.rows} >= {"mass_from_c3d", "height_from_c3d"}


def test_one_model_per_static_trial_and_one_bad_static_leaves_the_others() -> None:
    trials = {"bare": ("static", "barefoot"), "shod": ("static", "shod"), "empty": ("static", "")}
    nothing = raw().isel(marker=slice(0, 0))
    models, quality = run(trials, {"bare": raw(), "shod": raw(), "empty": nothing}, mass_kg=60.0)
    assert {name: group.attrs["footwear"] for name, group in models.items()} == {
        "bare": "barefoot",
        "shod": "shod",
    }
    (row,) = [row for row in quality.rows if row["level"] == "error"]
    assert row["trial"] == "empty" and row["code"] == "missing_marker"


def test_without_a_static_trial_there_is_no_model_with_a_reason(tmp_path: Path) -> None:
    models, quality = run({"w": ("dynamic", "")}, {"w": raw()})
    assert len(models) == 0 and [row["code"] for row in quality.rows] == ["missing_static"]
    session = Session(participant="P", session="1")
    with pytest.raises(TrialError, match="static trial"):
        model_session(models, session, load_markerset("cast_lower_limb"), Config(), quality, on_error="stop")
    write_trials(tmp_path / "m", models.items())
    assert len(TrialFolder(tmp_path / "m")) == 0


def test_a_swapped_pair_is_an_error_row_with_its_repair() -> None:
    swapped = raw()
    labels = [{"LCALD": "LLM", "LLM": "LCALD"}.get(m, m) for m in swapped["marker"].values]
    trials = {"s": ("static", ""), "a": ("dynamic", ""), "b": ("dynamic", "")}
    _, quality = run(trials, {"s": swapped.assign_coords(marker=labels), "a": raw(), "b": raw()}, mass_kg=60.0)
    (row,) = [row for row in quality.rows if row["code"] == "swapped_labels"]
    assert row["level"] == "error" and row["trial"] == "s"
    assert "LCALD=LLM; LLM=LCALD" in row["action"] or "LLM=LCALD; LCALD=LLM" in row["action"]
    assert "mm in the static against" in row["message"]


def test_the_model_survives_the_file(tmp_path: Path) -> None:
    models, _ = run({"s": ("static", "barefoot")}, {"s": raw()}, mass_kg=60.0)
    write_trials(tmp_path / "model", models.items())
    back = TrialFolder(tmp_path / "model")["s"]
    xr.testing.assert_allclose(back["landmark_local"], models["s"]["landmark_local"])
    assert parameters_of(back, "right") == pytest.approx(parameters_of(models["s"], "right"))
    assert all(
        back[name].attrs.get("units") for name in ("template", "landmark_local", "segment_mass", "segment_inertia")
    )
