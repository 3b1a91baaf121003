import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import FillBetweenPolyCollection, LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from biomech.io.store import write_dataset
from biomech.io.table_files import read_tsv, write_parquet
from biomech.report import figures
from biomech.report.curves import Look, Series, draw_panel, panel_values, short
from biomech.report.events import cycle_events
from biomech.report.figures import INDEX_COLUMNS, Options, curve_figures
from biomech.report.norms import norm_curve
from biomech.report.outputs import write_overview, write_participant_figures
from biomech.report.overview import overview_figures
from biomech.report.panels import PANELS, panel_faults, select
from biomech.report.scales import Scale, extent, scale_of
from biomech.report.style import NORM_FACE, SESSION_COLOUR, SIDE_COLOURS, FileNames, style
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


@pytest.mark.parametrize("n", [1, 2, 3])
def test_no_band_from_fewer_than_three_curves(n):
    axes = _drawn(np.arange(float(n))[:, None] + np.ones((n, 101)), np.full(n, 60.0))
    bands = [one for one in axes.collections if isinstance(one, FillBetweenPolyCollection)]
    assert len(bands) == (1 if n == 3 else 0)
    assert sum(line.get_linewidth() == 1.5 for line in axes.lines) == 1  # the mean is there
    assert f"n: L {n}" in [text.get_text() for text in axes.texts]


def test_the_extent_holds_curves_and_bands():
    values = np.vstack([np.zeros(101), np.full(101, 10.0), np.full(101, 20.0), np.full(101, np.nan)])
    low, high = extent(values, [np.array([True] * 4)], None)
    assert (low, high) == (0.0, 20.0)  # mean 10, SD 10
    values[1] = 20
    low, high = extent(values, [np.array([True] * 4)], None)
    assert low == 0 and high == pytest.approx(40 / 3 + np.std([0, 20, 20], ddof=1))
    few = [np.array([True, True, False, False]), np.array([False, False, True, True])]
    assert extent(values, few, None) == (0.0, 20.0)  # two curves have no band
    assert extent(values[3:], [np.array([True])], None) is None


def _panel(name):
    return select([name])[0]


@pytest.mark.parametrize(
    ("name", "task", "usual", "beyond", "wider"),
    [
        ("angle.hip_flexion", "walking", (-20, 70), 71, 80),
        ("angle.knee_flexion", "walking", (-15, 75), 77, 80),
        ("angle.hip_adduction", "walking", (-30, 30), 31, 40),
        ("angle.hip_adduction", "single_leg_squat", (-30, 30), 55, 60),
        ("angle.knee_internal_rotation", "running", (-30, 30), 31, 40),
        ("angle.knee_flexion", "single_leg_squat", (-10, 140), 142, 150),
        ("angle.knee_flexion", "drop_vertical_jump", (-10, 120), 122, 140),
        ("ground_reaction.y", "walking", (-0.1, 1.5), 1.6, 1.75),
        ("ground_reaction.y", "running", (-0.25, 3.5), 3.6, 4),
        ("moment.knee_abduction", "walking", (-1, 1), 1.1, 1.25),
    ],
)
def test_scales_are_fixed_by_quantity_and_task(name, task, usual, beyond, wider):
    panel, (low, high) = _panel(name), usual
    inside = scale_of(panel, task, (low + 0.01, high - 0.01))
    assert (inside.low, inside.high, inside.usual) == (low, high, None)
    found = scale_of(panel, task, (low, beyond))
    assert (found.low, found.high, found.usual) == (low, pytest.approx(wider), usual)
    free = scale_of(panel, task, (low, beyond), y_limits="auto")
    assert free.usual is None and free.low < low and beyond < free.high < beyond + 0.06 * (beyond - low)


def test_a_scale_is_widened_downwards_too():
    found = scale_of(_panel("angle.hip_flexion"), "walking", (-24, 30))
    assert (found.low, found.high, found.usual) == (-30, 70, (-20, 70))


def test_a_widened_scale_is_marked_and_the_usual_one_named():
    figure = Figure()
    axes = figure.add_subplot()
    panel = _panel("angle.hip_adduction")
    series = [Series(Look("Left", "k", "-"), np.full((3, 101), 34.0))]
    draw_panel(axes, panel, np.arange(101.0), series, None, scale_of(panel, "walking", (34, 34)))
    assert axes.get_ylim() == (-30, 40)
    assert "↕ usual −30 to 30" in [text.get_text() for text in axes.texts]
    draw_panel(other := figure.add_subplot(), panel, np.arange(101.0), series, None, Scale(-30, 40))
    assert not any("usual" in text.get_text() for text in other.texts)


def _pages(monkeypatch, studies, **options):
    made = {}
    monkeypatch.setattr(figures, "save", lambda figure, folder, name, *_: made.update({name: figure}) or [])
    monkeypatch.setattr(figures, "write_tsv", lambda *_: None)
    curve_figures(studies, "unused", ["png"], Options.of(options))
    return made


def _titled(figure):
    """Panels of a page by their title."""
    return {axes.texts[0].get_text(): axes for axes in figure.axes}


@pytest.mark.parametrize("y_limits", ["fixed", "auto"])
def test_visits_and_their_comparison_have_the_same_scales(monkeypatch, y_limits):
    pre, post = (session_cycles("P01", name, seed=seed) for seed, name in enumerate(("pre", "post")))
    post["angle"].loc[{"quantity": "hip_adduction"}] += 31.0  # beyond the usual scale at one visit alone
    made = _pages(monkeypatch, [pre, post], y_limits=y_limits)
    pages = [figure for name, figure in made.items() if name.endswith(("kinematics", "sessions"))]
    assert len(pages) == 3
    found = {}
    for page in pages:
        for axes in page.axes:
            found.setdefault(axes.texts[0].get_text(), set()).add(axes.get_ylim())
    assert len(found) > 10 and all(len(scales) == 1 for scales in found.values())
    assert found["Knee flexion"] == {(-15, 75)} or y_limits == "auto"
    low, high = found["Hip adduction"].pop()
    assert (low, high) == (-30, 40) if y_limits == "fixed" else 30 < high < 45


def test_both_ends_of_every_axis_are_named(monkeypatch):
    page = next(iter(_pages(monkeypatch, [session_cycles()]).values()))
    for title, words in {
        "Hip flexion": ("flexion", "extension"),
        "Knee abduction": ("valgus", "varus"),
        "Contralateral pelvic drop": ("drop", "hike"),
    }.items():
        axes = _titled(page)[title]
        ends = {text.get_text(): text for text in axes.texts if text.get_text() in words}
        assert ends.keys() == set(words)
        assert ends[words[0]].xy[1] == 1.0 and ends[words[1]].xy[1] == 0.0  # the first is above


def test_words_of_turned_and_external_curves_follow_what_is_drawn():
    assert _usual("moment", "hip_flexion").ends == ("extensor", "flexor")  # drawn with the opposite sign
    assert _usual("moment", "hip_adduction").ends == ("abductor", "adductor")
    # stored: internal abduction moment +, which resists a load that adducts
    assert _usual("moment", "knee_abduction").ends == ("adduction", "abduction")
    assert _usual("power", "ankle_total").ends == ("generated", "absorbed")
    assert _panel("moment.knee_abduction").ends == ("adduction", "abduction")


def _usual(variable, quantity):
    return next(p for p in PANELS if (p.variable, p.quantity) == (variable, quantity))


def _strides(times, offs):
    """Cycles of both feet from their strikes (s) and foot offs (%)."""
    rows = []
    for side, strikes in times.items():
        for start, end, off in zip(strikes, strikes[1:], offs[side], strict=False):
            rows.append({"side": side, "start": start, "end": end, "foot_off_percent": off})
    return pd.DataFrame(rows).assign(participant="P01", session="pre", trial="w1")


def test_events_of_the_other_foot_are_those_of_its_own_strides():
    about = _strides({"left": [0.0, 1.0, 2.0], "right": [0.4, 1.5]}, {"left": [60, 62], "right": [50]})
    found = cycle_events(about)
    np.testing.assert_array_equal(found["foot_off"], [60, 62, 50])
    # left 0 to 1 s: right strikes at 0.4 and leaves at 0.95; left 1 to 2 s: right strikes at 1.5 and is not known to leave
    np.testing.assert_allclose(found["opposite_foot_strike"][:2], [40, 50])
    np.testing.assert_allclose(found["opposite_foot_off"], [95, np.nan, (0.6 - 0.4) / 1.1 * 100])
    np.testing.assert_allclose(found["opposite_foot_strike"][2], 0.6 / 1.1 * 100)


def test_another_trial_has_other_events():
    about = _strides({"left": [0.0, 1.0], "right": [0.4, 1.4]}, {"left": [60], "right": [60]})
    about["trial"] = ["w1", "w2"]
    assert cycle_events(about).keys() == {"foot_off"}


def test_the_end_of_a_landing_is_not_a_foot_off_and_its_deepest_point_is_named(monkeypatch):
    for task, name in (("drop_vertical_jump", "peak knee flexion"), ("double_leg_squat", "lowest point")):
        cycles = session_cycles(task=task)
        cycles["foot_off_percent"][:] = 100.0 if task == "drop_vertical_jump" else np.nan
        cycles = cycles.assign_coords(bottom_percent=("cycle", np.full(cycles.sizes["cycle"], 45.0)))
        page = next(iter(_pages(monkeypatch, [cycles]).values()))
        labels = [text.get_text() for text in page.legends[0].get_texts()]
        assert f"{name} (and line)" in labels and not any("foot" in label for label in labels)
        assert _lines(page.axes[0]) == [45.0, 45.0]


def test_signs_of_the_legend_are_those_of_the_panels(monkeypatch):
    page = next(iter(_pages(monkeypatch, [session_cycles()]).values()))
    signs = next(one for one in page.axes[0].collections if isinstance(one, PathCollection))
    assert len(signs.get_offsets()) == 6  # three events of two sides
    assert len({round(y, 3) for _, y in signs.get_offsets()}) == 2  # each side in a row of its own
    drawn = {tuple(colour[:3]) for colour in signs.get_edgecolors()}
    assert drawn == {to_rgb(SIDE_COLOURS["red_blue"][side]) for side in ("left", "right")}
    labels = [text.get_text() for text in page.legends[0].get_texts()]
    assert labels[-3:] == ["foot off (and line)", "opposite foot off", "opposite foot strike"]


@pytest.mark.parametrize("colours", list(SIDE_COLOURS))
def test_sides_have_the_colours_of_the_config_and_sessions_others(monkeypatch, colours):
    pre, post = (session_cycles("P01", name, seed=seed) for seed, name in enumerate(("pre", "post")))
    made = _pages(monkeypatch, [pre, post], side_colours=colours)
    means = {
        name.rsplit("_", 1)[1]: [(line.get_color(), line.get_linestyle()) for line in _means(figure.axes[0])]
        for name, figure in made.items()
    }
    sides = SIDE_COLOURS[colours]
    assert [colour for colour, _ in means["kinematics"]] == [sides["left"], sides["right"]]
    assert [line for _, line in means["kinematics"]] == ["--", "-"]
    assert [colour for colour, _ in means["sessions"]] == list(SESSION_COLOUR[:2])
    for session in SESSION_COLOUR:
        for side in ("left", "right"):
            assert np.linalg.norm(np.subtract(to_rgb(session), to_rgb(sides[side]))) > 0.3, (session, side)


def _means(axes):
    return [line for line in axes.lines if line.get_linewidth() == 1.5]


def test_panels_of_the_config_are_shown_in_its_order(monkeypatch):
    names = ["angle.knee_flexion", "moment.knee_internal_rotation", "angle.hip_adduction"]
    cycles = session_cycles()
    cycles["moment"].loc[{"quantity": "knee_internal_rotation"}] = 0.1
    made = _pages(monkeypatch, [cycles], panels=names)
    shown = {name.rsplit("_", 1)[1]: list(_titled(figure)) for name, figure in made.items()}
    assert shown == {
        "kinematics": ["Knee flexion", "Hip adduction"],
        "kinetics": ["Knee internal rotation moment"],
    }
    assert panel_faults(names) == []
    assert "angle.hip_adduction" in panel_faults(["angle.hip_aduction"])[0]
    assert "more than once" in panel_faults([names[0], names[0]])[0]


def test_forces_powers_and_muscles_have_their_panels(monkeypatch):
    cycles = session_cycles(covariates={"age_years": 8.0, "emg_unit": "%MVC"})
    shape = (cycles.sizes["cycle"], 101)
    cycles["ground_reaction"] = (("cycle", "percent", "axis"), np.full((*shape, 3), 9.80665))
    cycles["power"] = (("cycle", "percent", "quantity"), np.full((*shape, cycles.sizes["quantity"]), np.nan))
    cycles["emg"] = (("cycle", "percent", "muscle"), np.full((*shape, 2), 50.0))
    cycles = cycles.assign_coords(axis=["x", "y", "z"], muscle=["gluteus_medius", "tibialis_anterior"])
    panels = _titled(_pages(monkeypatch, [cycles])["P01_pre_walking_preferred_barefoot_kinetics"])
    force, muscle = panels["Ground reaction, vertical"], panels["Tibialis anterior"]
    assert _means(force)[0].get_ydata()[0] == pytest.approx(1.0)  # body weights
    assert {"up", "down", "body weight"} <= {text.get_text() for text in force.texts}
    assert muscle.get_ylim() == (0, 100) and "%MVC" in {text.get_text() for text in muscle.texts}
    # the sample of children has the tibialis anterior, and not the gluteus medius
    assert _bars(muscle) == [(0, 8), (62, 76), (94, 100)] and _bars(panels["Gluteus medius"]) == []


def _bars(axes):
    """Stretches of a muscle's usual activity."""
    at = [path.vertices[:, 0] for one in axes.collections if type(one) is PolyCollection for path in one.get_paths()]
    return [(x.min(), x.max()) for x in at]


@pytest.mark.parametrize(("age", "fits"), [(9.0, True), (17.5, True), (22.0, False), (None, False)])
def test_a_band_is_drawn_for_people_of_its_age_alone(monkeypatch, age, fits):
    covariates = {} if age is None else {"age_years": age}
    page = next(iter(_pages(monkeypatch, [session_cycles(covariates=covariates)]).values()))
    face = to_rgb(NORM_FACE)
    filled = [one for one in _titled(page)["Hip flexion"].collections if isinstance(one, FillBetweenPolyCollection)]
    bands = [one for one in filled if tuple(one.get_facecolor()[0][:3]) == face]
    assert len(bands) == int(fits)
    assert any("No reference band" in text.get_text() for text in page.texts) != fits


def test_the_sd_of_a_band_is_that_of_its_point_of_the_cycle():
    norm = norm_curve("walking", "angle", "knee_flexion", np.arange(101.0))
    # Schwartz, Rozumalski & Trost 2008, supplementary table, free speed: mean, and mean plus one SD
    assert norm.sd[0] == pytest.approx(5.5, abs=1.0) and norm.sd.max() > 1.4 * norm.sd.min()
    assert norm_curve("walking", "moment", "hip_flexion", np.arange(101.0)).mean[50] == pytest.approx(0.625, abs=1e-3)


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
