import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from biomech.io.csv_parquet import read_tsv, write_parquet
from biomech.io.store import write_dataset
from biomech.report import figures
from biomech.report.curve_plots import Look, Series, draw_panel, panel_values, short
from biomech.report.figures import INDEX_COLUMNS, curve_figures
from biomech.report.norms import norm_curve
from biomech.report.overview import overview_figures
from biomech.report.panels import PANELS
from biomech.report.scales import Scale
from biomech.report.style import FileNames, style
from biomech.report.write_figures import write_overview, write_participant_figures
from biomech.study.dataset import collect_study, metrics_long
from tests.made_up_study import session_cycles, session_metrics


def _svg_text(path):
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    return [("".join(node.itertext())).strip() for node in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.fixture(scope="module")
def two_sessions():
    child = {"age_years": 9.0}
    sessions = [
        session_cycles("P01", name, seed=seed, n_cycles=3, covariates=child)
        for seed, name in enumerate(("pre", "post"))
    ]
    return collect_study(sessions), metrics_long([session_metrics(s) for s in sessions])


@pytest.fixture(scope="module")
def written(two_sessions, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    study, metrics = two_sessions
    curves = curve_figures([study], folder / "participants" / "P01", ["svg"])
    write_parquet(metrics, folder.parent / "metrics.parquet")
    report = {"formats": ["svg"]}
    overview = write_overview(
        folder.parent / "metrics.parquet",
        [folder / "participants" / "P01"],
        folder / "overview",
        folder / "index.tsv",
        report,
    )
    return folder, [*curves, *overview]


def test_every_figure_is_listed_in_the_index(written):
    folder, paths = written
    index = read_tsv(folder / "index.tsv", text=["session"])
    assert tuple(index.columns) == INDEX_COLUMNS
    assert index["kind"].tolist() == [*["kinematics", "kinetics"] * 2, "sessions", "overview"]
    figures_alone = [path for path in paths if path.name != "index.tsv"]
    assert [folder / name for name in index["file"]] == figures_alone
    assert paths[-1] == folder / "index.tsv"
    assert index["session"].tolist() == ["pre", "pre", "post", "post", "pre, post", "pre, post"]
    assert index["reference"].str.contains("typically developing children").tolist() == [*[True] * 5, False]
    assert {path for path in folder.rglob("*") if path.is_file()} == set(paths)


def test_visits_in_files_of_their_own_give_the_figures_of_the_study(two_sessions, written, tmp_path):
    study, _ = two_sessions
    visits = [study.isel(cycle=study["session"].to_numpy() == name) for name in ("pre", "post")]
    visits[1] = visits[1].isel(quantity=slice(None, None, -1))  # each file has an order of its own
    for name, visit in zip(("pre", "post"), visits, strict=True):
        write_dataset(visit, tmp_path / f"{name}.nc", compress=True)
    report = {"formats": ["svg"], "norms": True}
    paths = write_participant_figures([tmp_path / "pre.nc", tmp_path / "post.nc"], tmp_path / "P01", report)
    folder, _ = written
    for path in paths[:-1]:
        there = folder / "participants" / "P01" / path.name
        assert _svg_text(path) == _svg_text(there) and abs(path.stat().st_size - there.stat().st_size) < 3000


def test_a_visit_without_a_quantity_leaves_its_place_empty(two_sessions, tmp_path):
    study, _ = two_sessions
    visits = [study.isel(cycle=study["session"].to_numpy() == name) for name in ("pre", "post")]
    visits[1] = visits[1].sel(quantity=visits[1]["quantity"] != "knee_flexion")
    paths = curve_figures(visits, tmp_path, ["svg"])
    shown = {path.stem.split("_")[1]: "\n".join(_svg_text(path)) for path in paths if path.stem.endswith("kinematics")}
    assert shown["pre"].count("n: L 3  R 3") > 1 and "Knee flexion" not in shown["post"]
    assert "Knee rotation" in shown["post"]


def test_titles_axes_and_legend_say_what_is_shown(written):
    folder, _ = written
    parts = {
        "kinematics": (
            "Participant P01  ·  session pre",
            "Walking  ·  joint angles  ·  condition: preferred  ·  footwear: barefoot  ·  6 cycles",
            "Left: mean ± SD",
            "foot off (and line)",
            "opposite foot strike",
            "82 typically developing children, 4-17 years, free walking speed",
            "flexion",
            "extension",
            "degrees",
            "Gait cycle (%)",
            "n: L 3  R 3",
            "Foot progression and frontal projection angle: stance only",
            "Trunk flexion (forward/backward)",
        ),
        "kinetics": (
            "Walking  ·  forces, moments, powers  ·  condition: preferred  ·  footwear: barefoot  ·  6 cycles",
            "adduction",
            "plantarflexor",
            "N·m/kg",
            "n: L 2  R 2",
            "Hip power (generated/absorbed)",
        ),
    }
    for kind, expected in parts.items():
        path = folder / "participants" / "P01" / f"P01_pre_walking_preferred_barefoot_{kind}.svg"
        joined = " ".join(_svg_text(path))
        for part in expected:
            assert part in joined, (kind, part)


def test_files_carry_no_dates_and_are_the_same_bytes_twice(two_sessions, tmp_path):
    study, _ = two_sessions
    one = study.isel(cycle=study["session"].to_numpy() == "pre")
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        curve_figures([one], folder, ["svg", "png", "pdf"])
    names = sorted(p.name for p in folders[0].iterdir())
    assert len(names) == 2 * 3 + 1
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name
        assert not re.search(rb"20\d\d-\d\d-\d\dT|CreationDate", (folders[0] / name).read_bytes()), name


def test_no_text_overlaps_another_or_leaves_the_page(two_sessions, monkeypatch):
    study, metrics = two_sessions
    made = []
    monkeypatch.setattr(figures, "save", lambda figure, *_: made.append(figure) or [])
    monkeypatch.setattr(figures, "write_tsv", lambda *_: None)
    curve_figures([study], "unused", ["png"])
    with style():
        made += [figure for figure, *_ in overview_figures(metrics)]
    assert len(made) == 6
    for figure in made:
        with style():
            FigureCanvasAgg(figure).draw()
            page = figure.bbox
            hidden = _ticks_out_of_view(figure)
            texts = [t for t in figure.findobj(match=_is_written) if t.get_visible() and t not in hidden]
            boxes = [(t.get_text(), t.get_window_extent()) for t in texts]
        for i, (text, box) in enumerate(boxes):
            assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, text
            for other, other_box in boxes[i + 1 :]:
                apart = (
                    box.x1 <= other_box.x0 + 1
                    or other_box.x1 <= box.x0 + 1
                    or box.y1 <= other_box.y0 + 1
                    or other_box.y1 <= box.y0 + 1
                )
                assert apart, (text, other)


def _ticks_out_of_view(figure):
    """Labels of ticks beyond the axis limits exist but are not drawn."""
    out = set()
    for axes in figure.axes:
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            drawn = axis.get_major_ticks()
            for tick in axis.majorTicks:  # the axis keeps ticks that it no longer needs
                if tick not in drawn or not low <= tick.get_loc() <= high:
                    out |= {tick.label1, tick.label2}
    return out


def _is_written(artist):
    return getattr(artist, "get_text", None) is not None and hasattr(artist, "get_fontsize") and bool(artist.get_text())


def test_empty_studies_write_an_empty_index(tmp_path):
    paths = curve_figures([], tmp_path / "a")
    assert [p.name for p in paths] == ["index.tsv"]
    assert read_tsv(paths[0]).columns.tolist() == list(INDEX_COLUMNS)
    paths = curve_figures([collect_study([session_cycles(n_cycles=0)])], tmp_path / "b")
    assert [p.name for p in paths] == ["index.tsv"]


def test_a_session_of_missing_values_has_no_figure(tmp_path):
    blank = session_cycles(n_cycles=2)
    blank["angle"][:] = np.nan
    blank["moment"][:] = np.nan
    assert [p.name for p in curve_figures([collect_study([blank])], tmp_path)] == ["index.tsv"]


def test_other_tasks_one_side_no_plates_and_odd_labels(tmp_path):
    squat = session_cycles("P 01", task="single_leg_squat", kinetics=False, footwear="$shoe$ =1/2_x^2")
    squat = squat.isel(cycle=squat["side"].to_numpy() == "left")
    squat["foot_off_percent"][:] = np.nan
    path = curve_figures([collect_study([squat])], tmp_path, ["svg"])[0]
    assert path.name == "P-01_pre_single_leg_squat_preferred_shoe-1-2-x-2_kinematics.svg".replace(
        "single_leg_squat", "single-leg-squat"
    )
    text = "\n".join(_svg_text(path))
    assert "Repetition (%)" in text and "footwear: $shoe$ =1/2_x^2" in text
    assert "Reference" not in text and "foot off" not in text and "Right" not in text and "joint coordinate" not in text


def _drawn(curves, foot_off, **options):
    figure = Figure()
    axes = figure.add_subplot()
    series = Series(Look("Left", "k", "-"), curves, {"foot_off": np.asarray(foot_off)}, **options)
    draw_panel(axes, PANELS[0], np.arange(101.0), [series], None, Scale(0, 10))
    return axes


def test_mean_and_band_are_those_of_the_filled_cycles():
    halved = np.r_[np.full(50, np.nan), np.full(51, 9.0)]
    curves = np.vstack([np.full(101, 1.0), np.full(101, 3.0), np.full(101, 2.0), halved])
    curves[1, 99:] = np.nan
    axes = _drawn(curves, [60.0, 64.0, np.nan, np.nan])
    thick = [line for line in axes.lines if line.get_linewidth() == 1.5]
    assert len(thick) == 1 and (thick[0].get_ydata()[:99] == 2.0).all()
    assert np.isnan(thick[0].get_ydata()[99:]).all()  # no jump to the first cycle alone
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    np.testing.assert_allclose([band.min(), band.max()], [1, 3], atol=1e-12)  # of 1, 2 and 3
    assert _lines(axes) == [62.0]
    single = next(line for line in axes.lines if line.get_linewidth() == 0.35).get_ydata()
    np.testing.assert_array_equal(single.reshape(4, 102)[:, :101], curves)
    assert "n: L 3" in [text.get_text() for text in axes.texts]


def _lines(axes):
    """Places of the events' lines."""
    found = next(one for one in axes.collections if isinstance(one, LineCollection))
    return [segment[0, 0] for segment in found.get_segments()]


def test_moments_are_judged_by_stance():
    curves = np.vstack([np.full(101, 1.0), np.r_[np.full(70, 3.0), np.full(31, np.nan)]])
    for by_stance, n in ((True, 2), (False, 1)):
        axes = _drawn(curves, [60.0, 60.0], by_stance=by_stance)
        assert f"n: L {n}" in [text.get_text() for text in axes.texts]


def test_projections_are_not_shown_in_swing():
    study = collect_study([session_cycles(n_cycles=2)])
    panel = next(p for p in PANELS if p.quantity == "foot_progression_in")
    values = panel_values(study, panel)
    swing = np.arange(101) > study["foot_off_percent"].to_numpy()[:, None]
    np.testing.assert_array_equal(np.isnan(values), swing)
    knee = panel_values(study, next(p for p in PANELS if p.quantity == "knee_flexion"))
    assert np.isfinite(knee).all()


# Schwartz, Rozumalski & Trost 2008, J Biomech 41:1639: peaks at free speed, in the sign of the figures
@pytest.mark.parametrize(
    ("quantity", "variable", "percent", "peak"),
    [
        ("knee_flexion", "angle", 72, 59.1),
        ("hip_adduction", "angle", 18, 5.2),
        ("contralateral_pelvic_drop", "angle", 16, 4.1),
        ("ankle_dorsiflexion", "angle", 64, -19.8),
        ("knee_abduction", "moment", 16, 0.28),  # external knee adduction moment
        ("hip_adduction", "moment", 18, 0.49),  # internal hip abductor moment
        ("ankle_dorsiflexion", "moment", 48, 1.23),  # internal plantarflexor moment
    ],
)
def test_reference_curves_pass_through_the_published_peaks(quantity, variable, percent, peak):
    norm = norm_curve("walking", variable, quantity, np.arange(101.0))
    panel = next(p for p in PANELS if (p.variable, p.quantity) == (variable, quantity))
    assert round(panel.factor * norm.mean[percent], 1 if variable == "angle" else 2) == peak  # the printed digits
    extreme = np.argmax(np.abs(norm.mean)) if variable == "angle" and peak < 0 else np.argmax(panel.factor * norm.mean)
    assert abs(extreme - percent) <= 2
    assert norm.population and norm.source and (norm.sd > 0).all()


def test_tasks_without_published_curves_have_no_reference():
    assert norm_curve("running", "angle", "knee_flexion", np.arange(101.0)) is None
    assert norm_curve("walking", "angle", "fppa", np.arange(101.0)) is None


def test_file_names_are_safe_and_unique():
    names = FileNames()
    assert names.name("P01", "../x y", "", "É") == "P01_x-y"
    assert names.name("p01", "x-y") == "p01_x-y_2"
    assert names.name("", "") == "figure"
    assert len(names.name("a" * 300)) <= 120


def test_citations_are_shortened():
    assert short("Schwartz, Rozumalski & Trost 2008, J Biomech 41:1639-1650") == "Schwartz et al. 2008"
    assert short("Wu & Cavanagh 1995, J Biomech") == "Wu & Cavanagh 1995"
    assert short("own data") == "own data"


def test_input_is_left_alone(two_sessions, tmp_path):
    study, _ = two_sessions
    before = study.copy(deep=True)
    curve_figures([study], tmp_path, ["svg"])
    xr.testing.assert_identical(study, before)
