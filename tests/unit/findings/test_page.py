"""A page of findings: every sentence with number, interval, norm and source."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from biomech.findings.bootstrap import bootstrap
from biomech.findings.finding import Finding
from biomech.findings.page import FOOT, json_text, line, markdown, number


def finding(**changes: object) -> Finding:
    fields = {
        "topic": "size",
        "task": "single_leg_squat",
        "condition": "",
        "footwear": "barefoot",
        "side": "left",
        "sentence": "Hip adduction, peak, within 1 SD of the norm's mean",
        "value": 12.34,
        "low": -0.04,
        "high": 14.0,
        "unit": "degree",
        "n": 5,
        "norm": "10.8 (SD 5.6) degree, healthy adults",
        "source": "Nakagawa et al. 2012",
        "evidence": {"lead_ms": -2.34, "pairs": ["a", "b"]},
    }
    return Finding(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_line_gives_number_interval_repetitions_norm_and_source() -> None:
    assert line(finding()).splitlines() == [
        "Hip adduction, peak, within 1 SD of the norm's mean: 12.3 degree (95 % interval −0.04 to 14.0, 5 repetitions). "
        "Norm: 10.8 (SD 5.6) degree, healthy adults. Source: Nakagawa et al. 2012.",
        "  - lead ms: −2.3",
        "  - pairs: a; b",
    ]


def test_what_is_missing_is_said_and_never_printed_as_a_number() -> None:
    shown = line(finding(value=math.nan, norm="", evidence={"lag_ms": math.nan}))
    assert "nan" not in shown and "Norm: none known" in shown and "lag ms: unknown" in shown
    assert "interval" not in line(finding(low=math.nan))


@pytest.mark.parametrize(("value", "shown"), [(0.0, "0.00"), (-0.001, "0.00"), (-1.25, "−1.2"), (0.456, "0.46")])
def test_numbers_as_people_read_them(value: float, shown: str) -> None:
    assert number(value) == shown


def test_the_page_has_topics_in_order_places_and_the_foot_line() -> None:
    page = markdown([finding(topic="sequence"), finding(), finding(side="right")], "P01", "1", "pre")
    assert page.index("How large") < page.index("Led from the hip")
    assert "# Findings: P01, session 1 (pre)" in page and "**single leg squat, right leg, barefoot**" in page
    assert page.rstrip().endswith(FOOT)
    assert "Nothing could be said" in markdown([], "P01", "1")


def test_json_is_strict_and_keeps_every_field() -> None:
    content = json.loads(json_text([finding(value=np.float64("nan"), n=np.int64(5))], {"participant": "P01"}))
    (one,) = content["findings"]
    assert one["value"] is None and one["n"] == 5 and one["evidence"]["lead_ms"] == -2.34
    assert content["participant"] == "P01" and content["note"] == FOOT


def test_an_interval_covers_the_mean_of_few_repetitions_as_often_as_it_says() -> None:
    """400 people of 5 normal repetitions: 95 % of 400, and plain percentiles would reach only 83 %."""
    random = np.random.default_rng(3)
    inside = 0
    for person in range(400):
        _, low, high = bootstrap(random.standard_normal(5), 400, person, "x")
        inside += low <= 0 <= high
    assert 0.925 <= inside / 400 <= 0.975


def test_intervals_are_the_same_in_every_run_and_need_three_repetitions() -> None:
    values = np.array([1.0, 2.0, 4.0, 3.0])
    assert bootstrap(values, 300, 1, "a") == bootstrap(values, 300, 1, "a") != bootstrap(values, 300, 1, "b")
    assert bootstrap(values[:2], 300, 1, "a")[0] == 1.5 and math.isnan(bootstrap(values[:2], 300, 1, "a")[1])
    assert all(math.isnan(x) for x in bootstrap(np.zeros(0), 300, 1, "a"))
