"""Every metric is described, named by the contract, computable, and on the page made from the registry."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import Config, metrics_asked_for, parse_config
from biomech.config.outcomes import Metrics
from biomech.findings.cause import SHARED
from biomech.findings.collapse import MEASURES as COLLAPSE
from biomech.findings.gluteal import _METRICS as GLUTEAL
from biomech.findings.measures import SUMMARY
from biomech.findings.muscles import _ENDINGS
from biomech.outcomes import METRICS
from biomech.outcomes.document import metrics_table
from biomech.outcomes.hip_foot_timing import PAIRS
from biomech.outcomes.registry import NAME, evaluate_all
from biomech.outcomes.selection import _OF_KIND, computed, default_of, selected, short_name, unknown
from biomech.outcomes.windows import WINDOWS
from biomech.quantities import MEASURES
from biomech.quantities import QUANTITIES as ANGLES
from biomech.report.panels import HEADLINES
from biomech.schema import CYCLE_VALUES, MOMENT_FRAMES
from biomech.task_groups import tasks_of
from biomech.tasks import TASKS
from tests.reference.test_metric_definitions import cycle_of
from tests.stage_results import evaluate

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
MOMENTS = tuple(
    f"{name}"
    for name in ANGLES
    if name.split("_")[0] in ("hip", "knee", "ankle") and not name.endswith(("__static", "_distal", "_proximal"))
)


def test_every_metric_says_what_it_is(subtests: pytest.Subtests) -> None:
    for item in METRICS.values():
        with subtests.test(item.name):
            for name in ("unit", "title", "definition", "positive", "frame", "source"):
                assert getattr(item, name).strip(), name
            assert NAME.match(item.name) and item.name == f"{item.quantity}__{item.statistic}__{item.window}"
            assert item.tasks and set(item.tasks) <= set(TASKS)
            assert set(item.tasks) <= set(tasks_of(item.window))
            assert item.needs != "moment" or "segment" in item.frame or "joint coordinate system" in item.frame
            times = (
                "time_to_peak",
                "share_positive",
                "at_peak",
                "onset_lead",
                "proximal_share",
                "distal_share",
                "in_phase_share",
            )
            assert item.needs in ("events", "emg") or item.unit not in ("s", "%") or item.statistic.startswith(times)
            known = {"angle": ANGLES, "moment": MOMENTS, "distance": MEASURES}.get(item.needs)
            assert known is None or item.curve in known


def test_units_are_in_the_names() -> None:
    for item in METRICS.values():
        if item.needs == "moment":
            expected = {"bwh": "%BW·height", "nm": "N m"}.get(item.quantity.rsplit("_", 1)[-1], "N m kg-1")
            seconds = expected.replace("N m", "N m s") if item.statistic == "impulse" else expected
            assert item.unit == seconds, item.name
    assert len({(item.title, item.window) for item in METRICS.values()}) == len(METRICS)


def _rows(section: str) -> list[list[str]]:
    """Return the cells of the tables of a section of the page."""
    text = PAGE.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines() if line[:3] == "| `"]
    assert rows, section
    return rows


def _named(text: str) -> list[str]:
    return re.findall(r"`(\w+)`", text)


def test_the_page_names_every_metric_by_its_parts() -> None:
    """`peak`, `range` (stance, cycle) next to a quantity are four metrics; one muscle is listed for all."""
    page: set[str] = set()
    for name, _, _, statistics, _ in _rows("Quantities"):
        quantity, *muscles = _named(name)
        for names, windows in re.findall(r"((?:`\w+`, )*`\w+`) \(([\w, ]+)\)", statistics):
            for statistic, window in product(_named(names), windows.split(", ")):
                for one in (quantity, *(f"{muscle}_emg" for muscle in muscles)):
                    page.add(f"{one}__{statistic}__{window}")
    assert page == set(METRICS)


def test_the_page_says_unit_sign_and_source_of_every_quantity() -> None:
    cells = {_named(row[0])[0]: row for row in _rows("Quantities")}
    for quantity, row in cells.items():
        for item in (m for m in METRICS.values() if m.quantity == quantity):
            assert item.unit in row[1] and item.positive in row[2] and item.source in row[4], item.name


def test_the_page_lists_what_a_task_has_by_default() -> None:
    page = {_named(name)[0]: tasks.split(", ") for name, tasks in _rows("Selected by default")}
    for task in TASKS:
        assert {name for name, tasks in page.items() if task in tasks} == set(default_of(task)), task
    assert all(" " not in name for name in page) and [_named(row[0])[0] for row in _rows("Windows")] == list(WINDOWS)


def test_the_table_of_all_metrics_has_every_text() -> None:
    table = metrics_table()
    assert list(table["metric"]) == list(METRICS)
    for row, item in zip(table.to_dict("records"), METRICS.values(), strict=True):
        said = item.explained(Metrics())
        assert (row["definition"], row["unit"], row["frame"]) == (said.definition, item.unit, item.frame)
        assert row["tasks"].split(", ") == list(item.tasks) and row["read with care"] == said.validity


def test_plausible_ranges_name_metrics_and_tasks_that_exist() -> None:
    ranges = Config().metrics.plausible
    assert set(ranges) == {name for name, task in TASKS.items() if task.phases}, "every task that has cycles"
    for task, table in ranges.items():
        for name, limits in table.items():
            assert name in METRICS and task in METRICS[name].tasks, (task, name)
            assert limits is not None and limits.source.startswith(("set around", "chosen: ", "wide: "))


@pytest.mark.parametrize("cycles", [0, 2])
def test_every_metric_gives_one_value_or_reason_per_cycle_on_empty_curves(cycles: int) -> None:
    quantities = list(dict.fromkeys([*ANGLES, *MOMENTS]))
    for task in {spec.cycle: name for name, spec in TASKS.items() if spec.phases}.values():  # one of every kind
        missing = lambda *shape: np.full((cycles, 101, *shape), np.nan)  # noqa: E731
        numbers = ("foot_off_percent", "bottom_percent", "mass_kg", "height_m", "start", "end", *CYCLE_VALUES)
        data = xr.Dataset(
            {
                "angle": (("cycle", "percent", "quantity"), missing(len(quantities))),
                "moment": (("cycle", "percent", "quantity", "frame"), missing(len(quantities), 4)),
                "ground_reaction": (("cycle", "percent", "axis"), missing(3)),
                "distance": (("cycle", "percent", "measure"), missing(len(MEASURES))),
                "lever_arm": (("cycle", "percent"), missing()),
            },
            coords={
                "quantity": quantities,
                "measure": list(MEASURES),
                "frame": list(MOMENT_FRAMES),
                "axis": list("xyz"),
                "task": ("cycle", np.array([task] * cycles, dtype="U30")),
                "moment_valid": ("cycle", np.zeros(cycles)),
                "moment_reason": ("cycle", np.array([""] * cycles, dtype="U1")),
                **{name: ("cycle", np.full(cycles, np.nan)) for name in numbers},
            },
        )
        own = [item for item in METRICS.values() if task in item.tasks]
        others = [item for item in METRICS.values() if task not in item.tasks][::20]
        for item in own + others:
            value, reason = evaluate(item, data, Metrics(), data if item.both_sides else None)
            assert value.shape == reason.shape == (cycles,)
            assert np.isnan(value).all() and (reason != "").all(), item.name


@pytest.mark.parametrize("task", [name for name, task in TASKS.items() if task.phases])
def test_every_task_has_a_short_list_of_metrics(task: str) -> None:
    names = default_of(task)
    assert 25 <= len(names) <= 40, f"{task}: {len(names)}"
    assert all(task in METRICS[name].tasks for name in names)
    own = {name for kind in _OF_KIND.values() for name in kind}
    assert own <= set(METRICS), sorted(own - set(METRICS))


def test_short_names_fit_and_are_those_of_one_metric() -> None:
    short = {name: short_name(name) for name in METRICS}
    assert max(map(len, short.values())) <= 32 and len(set(short.values())) == len(METRICS)
    assert all(value == name for name, value in short.items() if len(name) <= 32)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", value) for value in short.values())


def test_a_selection_keeps_names_in_their_order() -> None:
    names = list(METRICS)
    assert selected(names, ["walking"], "all") == names
    assert selected(names, ["walking"], "default") == [name for name in names if name in set(default_of("walking"))]
    own = "external_knee_adduction_moment__peak__first_100_ms"
    more = selected(names, ["walking"], ["default", own])
    assert own in more and len(more) == len(default_of("walking")) + 1
    assert selected([own.replace("100", "80")], ["walking"], [own]) == [own.replace("100", "80")]
    assert unknown(["default", own, "hip_aduction__peak__stance"]) == ["hip_aduction__peak__stance"]


def test_a_name_without_its_window_stands_for_all_windows() -> None:
    chosen = selected(METRICS, ["walking"], ["hip_adduction__peak"])
    assert chosen == [f"hip_adduction__peak__{window}" for window in ("stance", "contact", "cycle")]
    assert not unknown(["hip_adduction__peak"]) and unknown(["hip_adduction__peek"]) == ["hip_adduction__peek"]


def _computed(config: Config, *tasks: str) -> set[str]:
    return {item.name for item in computed(METRICS.values(), tasks, config.metrics)}


def test_what_findings_overview_and_checks_read_is_computed_whatever_is_selected() -> None:
    few = _computed(parse_config({"metrics": {"select": ["cadence__value__cycle"]}}), *TASKS)
    stems = {stem for measure in SUMMARY for choice in measure.choices for stem in choice} | set(GLUTEAL.values())
    stems |= {f"{name}__peak" for name in (*COLLAPSE, *SHARED, "hip_adduction", "rearfoot_eversion")}
    stems |= {start.removesuffix("__") for headline in HEADLINES for start in headline.metrics}
    stems |= {f"{proximal}_to_{distal}__course_lag" for proximal, distal in PAIRS}
    read = {name for name in METRICS if name.rsplit("__", 1)[0] in stems or name.endswith(_ENDINGS)}
    read |= {name for table in Config().metrics.plausible.values() for name in table}
    assert len(read) > 100 and not read - few
    assert "external_knee_adduction_moment_bwh__peak__stance" not in few and "cadence__value__cycle" in few


def test_everything_is_computed_on_request_and_a_short_list_by_default() -> None:
    assert _computed(parse_config({"metrics": {"select": "all"}}), "walking") == set(METRICS)
    assert _computed(parse_config({"metrics": {"also": ["all"]}}), "walking") == set(METRICS)
    usual = {name for name in _computed(Config(), "walking") if METRICS[name].needs != "emg"}
    usual = {name for name in usual if "walking" in METRICS[name].tasks}
    assert set(default_of("walking")) <= usual and len(usual) < 100


def test_metrics_of_analyses_and_watched_ones_are_asked_for() -> None:
    outcome, other = "external_knee_adduction_moment_bwh__peak__stance", "rearfoot_eversion__peak_velocity__stance"
    about = {"task": "walking", "by": "session"}
    config = parse_config(
        {
            "statistics": [
                {"name": "a", "kind": "descriptives", "outcomes": [outcome], **about},
                {"name": "b", "kind": "association", "task": "walking", "outcomes": [outcome], "against": [other, "age_years"]},
            ],
            "findings": {"watched": ["fppa__excursion"]},
        }
    )  # fmt: skip
    asked = metrics_asked_for(config)
    assert set(asked) == {outcome, other, "fppa__excursion"} and not unknown(asked)
    every = _computed(
        config.model_copy(update={"metrics": config.metrics.model_copy(update={"also": asked})}), "walking"
    )
    assert {outcome, other, "fppa__excursion__stance"} <= every


@pytest.mark.parametrize("task", ["walking", "drop_vertical_jump", "double_leg_squat", "single_leg_stance"])
def test_all_statistics_of_a_curve_at_once_are_those_one_by_one(task: str) -> None:
    left, right = (xr.concat([cycle_of(task, seed + 10 * i) for i in range(3)], "cycle") for seed in (3, 4))
    left["angle"][1, 40:60] = np.nan
    own = [item for item in METRICS.values() if task in item.tasks and item.needs != "emg"]
    for both_sides in (False, True):
        items = [item for item in own if item.both_sides == both_sides]
        value, reason = evaluate_all(items, left, Metrics(), right if both_sides else None)
        for k, item in enumerate(items):
            alone = np.asarray(item.function(left, *([right] if both_sides else []), Metrics()), dtype=float)
            np.testing.assert_allclose(value[:, k], alone, rtol=1e-12, atol=1e-12, err_msg=item.name)
            assert ((reason[:, k] == "") == np.isfinite(alone)).all(), item.name
