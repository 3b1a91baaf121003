"""What a panel shows: scales, words, events, bands, colours and the panels that the config chooses."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import FillBetweenPolyCollection, LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from biomech.report import figures
from biomech.report.curve_groups import Options
from biomech.report.curve_plots import Look, Series, draw_panel
from biomech.report.events import cycle_events
from biomech.report.figures import curve_figures
from biomech.report.norms import norm_curve
from biomech.report.panels import PANELS, panel_faults, select
from biomech.report.scales import Scale, extent, scale_of
from biomech.report.style import NORM_FACE, SESSION_COLOUR, SIDE_COLOURS
from tests.made_up_study import session_cycles


def _drawn(curves, foot_off, **options):
    figure = Figure()
    axes = figure.add_subplot()
    series = Series(Look("Left", "k", "-"), curves, {"foot_off": np.asarray(foot_off)}, **options)
    draw_panel(axes, PANELS[0], np.arange(101.0), [series], None, Scale(0, 10))
    return axes


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
    """Intervals of a muscle's usual activity."""
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
