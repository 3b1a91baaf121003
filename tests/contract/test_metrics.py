"""Every metric is described, named by the contract, computable, and on the page made from the registry."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import Config
from biomech.kinematics.joints import QUANTITIES as ANGLES
from biomech.kinematics.measures import MEASURES
from biomech.metrics import METRICS, Metric
from biomech.metrics.document import metrics_markdown
from biomech.metrics.registry import NAME, evaluate
from biomech.metrics.selection import _OF_KIND, default_of, selected, short_name, unknown
from biomech.metrics.windows import tasks_of
from biomech.schema import CYCLE_VALUES, MOMENT_FRAMES
from biomech.tasks import TASKS

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
MOMENTS = tuple(
    f"{name}"
    for name in ANGLES
    if name.split("_")[0] in ("hip", "knee", "ankle") and not name.endswith(("__static", "_distal", "_proximal"))
)


@pytest.mark.parametrize("item", METRICS.values(), ids=list(METRICS))
def test_a_metric_says_what_it_is(item: Metric) -> None:
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


def test_the_page_is_that_of_the_registry() -> None:
    found = PAGE.read_text(encoding="utf-8")
    assert found == metrics_markdown(), (
        "docs/metrics.md has drifted: write metrics_markdown() of biomech.metrics.document to it"
    )


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
            value, reason = evaluate(item, data, 100.0, data if item.both_sides else None)
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
