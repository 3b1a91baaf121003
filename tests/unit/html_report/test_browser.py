"""The report of a session in a real browser: scene and curves move together, labels stay text, nothing is fetched, two pages on paper."""

import re

import pytest

from biomech.html_report.pdf import print_pdf
from biomech.html_report.session import session_page
from tests.browser import Opened, chromium
from tests.made_up_report import material

HIP = "[data-panel='angle.hip_flexion']"


@pytest.fixture(scope="module")
def browser():
    with chromium() as driver:
        yield driver


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(session_page(material(hostile=True)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def opened(browser, file):
    made = Opened(browser, file, viewport={"width": 1400, "height": 900})
    made.page.locator("#curves").scroll_into_view_if_needed()
    made.page.wait_for_function(
        "Player.ready() && document.querySelector('#scene-a').classList.contains('js-plotly-plot')"
    )
    made.page.wait_for_selector(".panel .js-plotly-plot .scatterlayer .trace")
    yield made
    assert made.faults == [] and made.fetched == []
    assert made.page.evaluate("window.hostile") is None


def _frame(page):
    """Height and place of the first marker as the scene draws it, and the cursor of the left leg."""
    page.wait_for_function("!Player.main.busy && Player.main.wanted === null")
    return page.evaluate(
        "[Player.main.frame, getComputedStyle(document.getElementById('panels')).getPropertyValue('--at-left')]"
    )


def test_the_scrubber_moves_scene_and_cursor(opened):
    page, places = opened.page, []
    for frame in (60, 90):  # 1.2 s and 1.8 s: in the first stride of the left leg, from 1.1 to 2.2 s
        page.evaluate(f"$('scrub').value = {frame}; $('scrub').dispatchEvent(new Event('input'))")
        places.append(_frame(page))
    assert [place[0] for place in places] == [60, 90]
    assert [float(place[1]) for place in places] == pytest.approx([100 * 0.1 / 1.1, 100 * 0.7 / 1.1], abs=0.01)
    drawn = page.evaluate("document.getElementById('scene-a').data[1].x.slice(0, 2)")
    page.evaluate("$('follow').click()")
    page.wait_for_function(f"document.getElementById('scene-a').data[1].x[0] !== {drawn[0]}")
    assert page.evaluate("document.getElementById('scene-a').data[1].x[0]") == pytest.approx(1.8, abs=0.001)
    page.evaluate("$('follow').click()")


def test_the_keyboard_moves_the_scrubber_and_the_panels(opened):
    page = opened.page
    page.focus("#scrub")
    before = _frame(page)[0]
    page.keyboard.press("ArrowRight")
    assert _frame(page)[0] == before + 1
    at = float(_frame(page)[1])
    page.locator(".panel").first.focus()
    page.keyboard.press("ArrowRight")
    assert float(_frame(page)[1]) == pytest.approx(at + 1, abs=0.01)


def test_play_moves_the_scene_and_stops(opened):
    page = opened.page
    page.evaluate("Cursor.move(Data.trials[0].name, 0, 'test')")
    page.click("#play")
    page.wait_for_function("Player.main.frame > 2")
    page.click("#play")
    stopped = _frame(page)[0]
    assert stopped > 2 and page.get_attribute("#play", "aria-pressed") == "false"


def test_a_click_on_a_curve_moves_the_scene(opened):
    page = opened.page
    page.evaluate("Cursor.move(Data.trials[0].name, 0, 'test')")
    page.uncheck("[data-show=right]")
    plot = page.locator("[data-panel='angle.hip_flexion'] .plot")
    plot.scroll_into_view_if_needed()
    page.wait_for_selector("[data-panel='angle.hip_flexion'] .scatterlayer .trace")
    spot = page.evaluate(
        """() => { const plot = document.querySelector("[data-panel='angle.hip_flexion'] .plot"), box = plot.getBoundingClientRect();
        const one = plot.data.find((trace) => trace.name === 'single'), k = 40, layout = plot._fullLayout;
        return [box.x + layout.xaxis._offset + layout.xaxis.d2p(one.x[k]), box.y + layout.yaxis._offset + layout.yaxis.d2p(one.y[k])]; }"""
    )
    page.mouse.move(*spot)
    page.mouse.move(spot[0] + 0.5, spot[1])
    page.wait_for_selector("[data-panel='angle.hip_flexion'] .hoverlayer .hovertext")
    page.mouse.click(*spot)
    page.wait_for_function("Cursor.time > 0")
    frame, at = _frame(page)
    assert float(at) == pytest.approx(40, abs=1.01)
    assert frame > 0
    page.check("[data-show=right]")


def _panel(page):
    """Bring the panel of hip flexion into sight, drawn as the switches now say."""
    page.locator(f"{HIP} .plot").scroll_into_view_if_needed()
    page.wait_for_function(
        "Curves.panels().some((one) => one.panel.name === 'angle.hip_flexion' && one.seen && !one.dirty)"
    )
    return page.locator(HIP)


def test_a_trial_that_is_hidden_leaves_the_mean(opened):
    page = opened.page
    assert re.search(r"L 3 +R 3", _panel(page).locator(".n").inner_text())
    page.locator("#chips input").first.uncheck()
    assert re.search(r"L 0 +R 0", _panel(page).locator(".n").inner_text())
    page.locator("#chips input").first.check()


def test_limits_switch_between_fixed_and_own(opened):
    page, read = opened.page, "document.querySelector(\"[data-panel='angle.hip_flexion'] .plot\").layout.yaxis.range"
    ends = []
    for switch in (True, False, True):
        page.locator("#fixed").set_checked(switch)
        _panel(page)
        ends.append(page.evaluate(read))
    assert ends[0] == ends[2] == [-20, 70] and ends[1] != ends[0]


def test_a_panel_is_saved_as_a_table(opened):
    page = opened.page
    page.locator("[data-panel='angle.hip_flexion']").focus()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Hip flexion as CSV").click()
    lines = waiting.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == 102 and "(degrees)" in lines[0] and lines[1].startswith("0,")


def test_a_second_trial_stands_at_equal_knee_flexion(opened):
    page = opened.page
    page.evaluate("Cursor.move(Data.trials[0].name, 1.4, 'test')")
    page.select_option("#other", "1")
    page.select_option("#sync", "flexion")
    page.wait_for_function("!Player.second.busy && Player.second.wanted === null && Player.second.frame > 0")
    _frame(page)
    read = "[Player.main, Player.second].map((one) => one.value('left', 'knee_flexion', one.frame))"
    first, second = page.evaluate(read)
    assert second == pytest.approx(first, abs=2.5)  # a frame of the slower trial
    page.select_option("#other", "")


def test_search_leaves_the_rows_that_hold_every_word(opened):
    page = opened.page
    page.fill("#search", "hip adduction left")
    shown = page.locator("#outcomes tbody tr:not([hidden])")
    texts = [text.lower() for text in shown.all_inner_texts()]
    assert texts and all("hip adduction" in text and "left" in text for text in texts)
    page.fill("#search", "")


@pytest.mark.parametrize("width", [390, 1400])
def test_no_page_is_wider_than_the_screen(browser, file, width):
    made = Opened(browser, file, viewport={"width": width, "height": 800}, color_scheme="dark")
    made.page.wait_for_selector("#outcomes")
    assert made.page.evaluate("document.documentElement.scrollWidth") <= width
    assert made.faults == []
    made.page.close()


def test_on_paper_a_session_has_two_pages(browser, file, tmp_path):
    pdf = print_pdf(file, tmp_path / "report.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 2
