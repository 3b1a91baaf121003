"""Pages as text: labels from files stay text, the same bytes again, nothing fetched, and a word where nothing worked."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from biomech.html_report.session import session_page
from biomech.html_report.study import StudyMaterial, outcome_table, study_page, table_one
from biomech.io.sheets import Trial
from biomech.quality import COLUMNS
from biomech.report.overview import Yardsticks
from tests.made_up_report import HOSTILE, material
from tests.made_up_study import session_cycles, session_metrics


class _Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def _parsed(page):
    parser = _Elements()
    parser.feed(page)
    return parser


@pytest.fixture(scope="module")
def hostile():
    return session_page(material(hostile=True))


def test_a_hostile_label_is_text_wherever_it_stands(hostile):
    parser = _parsed(hostile)
    assert not [tag for tag, attrs in parser.found if tag == "img" or "onerror" in attrs]
    assert "window.hostile = true" in "".join(parser.text)  # as words, for the reader
    assert len([tag for tag, _ in parser.found if tag == "script"]) == len(
        [tag for tag, _ in _parsed(session_page(material())).found if tag == "script"]
    )


def test_nothing_is_fetched(hostile):
    parser = _parsed(hostile)
    addresses = [
        value for _, attrs in parser.found for name, value in attrs.items() if name in ("src", "href", "action")
    ]
    assert addresses and all(value.startswith("#") for value in addresses)
    policy = next(attrs["content"] for tag, attrs in parser.found if attrs.get("http-equiv"))
    assert "default-src 'none'" in policy and "http" not in policy


def test_the_same_session_gives_the_same_bytes(hostile):
    assert session_page(material(hostile=True)) == hostile


def test_a_page_is_small_enough_to_send(hostile):
    assert len(hostile) < 6e6  # Plotly is 4.8 MB of it


def test_doubts_stand_at_the_numbers_that_they_touch():
    page = session_page(material())
    card = page[page.index('class="cards"') : page.index('class="legend"', page.index('class="cards"'))]
    assert "Doubts that touch these numbers" in card and "warning: plate" in card


def test_a_doubt_about_the_static_trial_stands_at_every_number():
    made = material()
    static = Trial(trial="stand", file="s.c3d", role="static", task="static")
    session = made.session.model_copy(update={"trials": (static, *made.session.trials)})
    row = made.quality.iloc[0].to_dict() | {"trial": "stand", "stage": "model", "code": "mass_differs"}
    page = session_page(replace(made, session=session, quality=pd.DataFrame([row])))
    card = page[page.index('class="cards"') : page.index('class="legend"', page.index('class="cards"'))]
    assert "warning: mass differs" in card


def test_a_session_in_which_nothing_worked_says_so():
    page = session_page(material(empty=True))
    assert "Nothing could be said of this session" in page
    assert "no recording could be processed" in page
    assert "not a C3D file" in page[page.index('id="quality"') :]
    assert 'id="scene-a"' not in page and 'id="panels"' not in page


def _about(*visits):
    return pd.concat(
        [pd.DataFrame({n: c.to_numpy() for n, c in v.coords.items() if c.dims == ("cycle",)}) for v in visits],
        ignore_index=True,
    )


def _study():
    visits = [
        session_cycles(p, s, n_cycles=2, seed=k, covariates={"mass_kg": 60.0 + 10 * k, "age_years": 20 + k})
        for k, p in enumerate(("P01", "P02"))
        for s in ("pre", "post")
    ]
    visits = [v.assign_coords(group=("cycle", [f"g{v.participant.to_numpy()[0]}"] * v.sizes["cycle"])) for v in visits]
    from biomech.study.dataset import metrics_long

    return _about(*visits), metrics_long([session_metrics(v) for v in visits])


def test_table_one_counts_people_and_not_cycles():
    about, _ = _study()
    about = about.assign(group="all of them")
    names, rows = table_one(about)
    table = {row["title"]: row["cells"] for row in rows}
    assert names == ["all of them"]
    assert table["participants"] == ["2"] and table["sessions"] == ["4"]
    assert table["body mass, kg"] == ["65.0 (SD 7.1)"] and table["age, years"] == ["20.5 (SD 0.7)"]


def test_outcomes_stand_by_group_and_visit_with_the_detectable_change():
    about, metrics = _study()
    name = "hip_adduction__peak__stance"
    held = Yardsticks(mdc95=pd.Series([5.5], index=pd.MultiIndex.from_tuples([("walking", name)])))
    columns, rows = outcome_table(metrics, about, held)
    assert columns == ["gP01, pre", "gP01, post", "gP02, pre", "gP02, post"]
    row = next(row for row in rows if row["metric"] == name and row["side"] == "left")
    mine = metrics[(metrics["metric"] == name) & (metrics["side"] == "left") & (metrics["participant"] == "P01")]
    first = mine[mine["session"] == "pre"]["value"].mean()
    assert row["cells"][0] == f"{first:.1f} (1)".replace("-", "−") and row["mdc95"] == "5.5"


def test_a_study_in_which_nothing_worked_says_so_and_names_its_sessions():
    quality = pd.DataFrame(columns=list(COLUMNS))
    quality.loc[0] = ["P01", "pre", "a", "ingest", "error", "unreadable", "", f"not a C3D file {HOSTILE}", "", 0.0, ""]
    nothing = pd.DataFrame(columns=["metric", "value", "participant", "session"])
    page = study_page(StudyMaterial(pd.DataFrame(), nothing, Yardsticks(), quality, [("P01", "pre", "pre")]))
    assert "No cycle was found in any recording" in page and "names no analyses" in page
    assert "not a C3D file" in page and "<img src=x" not in page
    assert re.search(r'href="sessions/P01/pre/report.html"', page)
