"""A page of findings: every sentence with number, interval, norm and source."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from biomech.findings.bootstrap import bootstrap
from biomech.findings.finding import AND_SOURCE, Finding, number
from biomech.findings.page import FOOT, counted, json_text, markdown, sentences


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


def test_a_sentence_gives_numbers_intervals_repetitions_norm_and_source() -> None:
    sources: dict[str, int] = {"first": 1}
    given = [finding(), finding(side="right", value=-3.0, low=math.nan, n=2, beside="lean 2.0 degree")]
    assert sentences(given, sources, shod=False) == [
        "Hip adduction, peak, within 1 SD of the norm's mean: single-leg squat left 12.3° (−0.04 to 14.0; n 5), "
        "right −3.0° (n 2; lean 2.0°). Norm: 10.8 (SD 5.6)°, healthy adults. [2]"
    ]
    assert sources == {"first": 1, "Nakagawa et al. 2012": 2}


def test_sentences_norms_and_sources_that_differ_are_not_run_together() -> None:
    other = finding(
        task="walking", norm="5 (SD 3) degree, children", source=f"Nakagawa et al. 2012{AND_SOURCE}Weir 2005"
    )
    apart = sentences([finding(), other, finding(sentence="Another")], {}, shod=True)
    assert len(apart) == 3 and "barefoot walking left" in apart[1] and apart[1].endswith("[1, 2]")
    (joined,) = sentences([finding(), finding(task="walking", norm="")], {}, shod=False)
    assert (
        "n 5; 10.8 (SD 5.6)°, healthy adults)" in joined and "n 5; no norm known)" in joined and "Norm:" not in joined
    )


def test_what_is_missing_is_said_and_never_printed_as_a_number() -> None:
    (shown,) = sentences([finding(value=math.nan, low=math.nan, norm="")], {})
    assert "nan" not in shown and "no number" in shown and "Norm: none known." in shown and " to " not in shown


def test_what_is_within_error_is_counted_with_the_nearest_to_be_seen() -> None:
    within = {"counted_as": "Left against right: no difference beyond MDC95", "evidence": {}}
    given = [
        finding(**within, title="Hip adduction, peak", size=0.2),
        finding(
            **within, title="Knee abduction, peak", size=0.9, value=7.5, low=7.0, high=8.0, norm="MDC95 8.3 degree"
        ),
        finding(**within, title="Hip adduction, peak", side="right"),
    ]
    assert sentences(given, {}) == []
    assert counted(given, {}, shod=False, elsewhere="the numbers are in `base.json`") == [
        "Left against right: no difference beyond MDC95; 3 comparisons, of hip adduction, knee abduction; the numbers are in "
        "`base.json`. Nearest to it comes knee abduction: single-leg squat left 7.5° (7.0 to 8.0; n 5; MDC95 8.3°). [1]"
    ]
    (unknown,) = counted([finding(**within, title="Hip adduction, peak")], {}, shod=False, elsewhere="x")
    assert "1 comparison," in unknown and "Nearest" not in unknown


def test_evidence_stands_once_with_the_legs_and_tasks_that_it_is_of() -> None:
    def reading(task: str, side: str, *texts: str) -> Finding:
        return finding(
            topic="cause", task=task, side=side, evidence={"for_structural": list(texts), "for_functional": []}
        )

    bone, moved = "tibial torsion 40.0 degree (usual 6 to 37)", "knee abduction grows by 7.0 degree"
    given = [reading("walking", "left", bone), reading("walking", "right"), reading("running", "left", bone, moved)]
    page = markdown(given, "P01", "1", details="base.json")
    assert f"| for structure | {bone} (left); {moved} (running left) |".replace(" degree", "°") in page
    assert "| for function | none |" in page and "All evidence: `base.json`." in page


@pytest.mark.parametrize(("value", "shown"), [(0.0, "0.00"), (-0.001, "0.00"), (-1.25, "−1.2"), (0.456, "0.46")])
def test_numbers_as_people_read_them(value: float, shown: str) -> None:
    assert number(value) == shown


def test_the_page_has_topics_in_order_places_and_the_foot_line() -> None:
    page = markdown([finding(topic="sequence"), finding(), finding(side="right")], "P01", "1", "pre")
    assert page.index("How large") < page.index("hip or foot first")
    assert "# Findings: P01, session 1 (pre)" in page and "All barefoot." in page
    assert page.count("Nakagawa et al. 2012") == 1 and "1. Nakagawa et al. 2012" in page
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


@pytest.mark.parametrize(("trials", "each"), [(2, 4), (3, 3), (5, 2)])
def test_an_interval_holds_the_mean_where_trials_differ(trials: int, each: int) -> None:
    """400 people whose trials differ as much as their repetitions; repetitions alone would hold the mean in 60 to 85 %."""
    random = np.random.default_rng(trials)
    names, inside, alone = np.repeat(np.arange(trials), each).astype(str), 0, 0
    for person in range(400):
        values = random.standard_normal((trials, 1)) + random.standard_normal((trials, each))
        _, low, high = bootstrap(values.ravel(), 300, person, "x", trials=names)
        inside += low <= 0 <= high
        _, low, high = bootstrap(values.ravel(), 300, person, "x")
        alone += low <= 0 <= high
    assert inside / 400 >= 0.92 and alone / 400 < 0.92


def test_trials_of_one_repetition_each_add_no_level() -> None:
    values = np.array([1.0, 2.0, 4.0, 3.0])
    plain = bootstrap(values, 300, 1, "a")
    assert (
        plain
        == bootstrap(values, 300, 1, "a", trials=["1", "2", "3", "4"])
        == bootstrap(values, 300, 1, "a", trials=["1"] * 4)
    )
