"""A page of findings: summary, answers, evidence."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from biomech.findings.answers import answers
from biomech.findings.bootstrap import bootstrap
from biomech.findings.evidence import notes, side_by_side
from biomech.findings.finding import Finding, number
from biomech.findings.measures import metrics_of
from biomech.findings.page import FOOT, json_text, markdown
from biomech.findings.summary import table


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
        "source": "Nakagawa et al. 2012, J Orthop Sports Phys Ther 42:491",
        "title": "Hip adduction, peak",
        "evidence": {"metric": "hip_adduction__peak__cycle", "lead_ms": -2.34, "pairs": ["a", "b"]},
    }
    return Finding(**{**fields, **changes})  # type: ignore[arg-type]


def sized(metric: str, value: float, side: str = "left", half: float = 1.0, **evidence: object) -> Finding:
    task = str(evidence.pop("task", "single_leg_squat"))
    about = {"value": value, "low": value - half, "high": value + half, "side": side, "task": task}
    return finding(**about, evidence={"metric": metric, **evidence})


def judged(verdict: str, side: str = "right", **evidence: object) -> Finding:
    whole = {
        "verdict": verdict,
        "collapse": [],
        "no_collapse": [],
        "for_structural": [],
        "for_functional": [],
        "not_measured": [],
        "growth_weighed_deg": {},
        "large_from_deg": {"knee_abduction": 6.0},
        "measures": {},
    }
    return finding(topic="cause", side=side, evidence=whole | evidence)


def contrast(
    kind: str, value: float, mdc: float, side: str = "right", metric: str = "fppa", **changes: object
) -> Finding:
    against = {"legs": ("left", "right"), "visits": ("post", "pre"), "condition": ("cue", "")}[kind]
    evidence = {
        "metric": f"{metric}__peak__cycle",
        "contrast": kind,
        "of": against[0],
        "against": against[1],
        "first": 10.0,
        "second": 10.0 + value,
        "mdc95": mdc,
        "beyond_mdc95": abs(value) > mdc if math.isfinite(mdc) else None,
    }
    about = {"value": value, "low": value - 1, "high": value + 1, "side": side, "title": f"{metric}, peak"}
    return finding(topic="conditions", size=abs(value) / mdc, evidence=evidence, **(about | changes))


def answer(question: str, findings: list[Finding]) -> str:
    (line,) = (text for text in answers(findings, shod=False) if text.startswith(f"- **{question}**"))
    return line


def test_a_cell_gives_value_interval_norm_and_last_visit_and_the_other_leg_is_next_to_it() -> None:
    held = {"norm": {"mean": 5.8, "sd": 3.4}}
    lines = table(
        [
            sized("knee_abduction__peak__cycle", 15.04, "right", 0.5, relation="larger", **held),
            sized(
                "knee_abduction__peak__cycle",
                -2.0,
                "left",
                math.nan,
                last_visit={"session": "pre", "value": 3.0},
                **held,
            ),
            sized("knee_medial_to_hip_ankle_line__peak__cycle", 0.0574, "right", 0.003),
        ],
        shod=False,
    )
    assert lines[0] == "| task | leg | knee abduction, ° | medial knee displacement, mm |"
    assert lines[2:5] == [
        "| single-leg squat | left | −2.0 [3.0] | – |",
        "|  | right | 15.0±0.5▲ | 57±3 |",
        "|  | norm | 5.8 (SD 3.4) | – |",
    ]


@pytest.mark.parametrize(
    ("adduction", "abduction", "shown"),
    [(0.31, -0.1, "0.31"), (-0.05, 0.4, "−0.40"), (0.2, 0.6, "−0.60")],
)
def test_a_knee_moment_is_the_larger_one_with_its_sign(adduction: float, abduction: float, shown: str) -> None:
    """A load that only adducts has no abduction peak, and the other way round."""
    moments = {"external_knee_adduction_moment": adduction, "external_knee_abduction_moment": abduction}
    lines = table([sized(f"{name}__peak__cycle", value, half=0.0) for name, value in moments.items()], shod=False)
    assert f"| left | {shown}±0.00 |" in lines[2]
    walking = table(
        [
            sized("external_knee_adduction_moment__first_peak__stance", 0.42, task="walking"),
            sized("external_knee_abduction_moment__peak__stance", 0.9, task="walking"),
        ],
        shod=False,
    )
    assert "0.42" in walking[2] and "0.90" not in walking[2]


def test_the_summary_has_twelve_lines_at_most_and_names_what_it_leaves_out() -> None:
    tasks = ("walking", "running", "single_leg_squat", "double_leg_squat", "step_down", "side_cut")
    lines = table(
        [
            sized("fppa__peak__cycle", 5.0, side, task=task, norm={"mean": 1.0, "sd": 1.0})
            for task in tasks
            for side in ("left", "right")
        ],
        shod=False,
    )
    assert sum(line.startswith("| ") for line in lines) - 2 == 12
    assert "Also measured, in the JSON file: step-down, side cut." in lines


@pytest.mark.parametrize(
    ("findings", "start", "reported"),
    [
        (
            [judged("functional", collapse=["FPPA is larger", "abduction is larger"])],
            "(high)",
            "right leg, single-leg squat: FPPA is larger",
        ),
        ([judged("functional", collapse=["FPPA is larger"])], "(moderate)", "the knee collapses inward"),
        ([judged("no_collapse", no_collapse=["FPPA"])], "(moderate)", "no knee points inward, or not beyond"),
        (
            [judged("no_collapse", no_collapse=["a", "b"]), judged("not_judged", "left")],
            "(high)",
            "not judged: single-leg squat (left)",
        ),
        ([judged("not_judged")], "(open)", "no norm fits"),
        ([], "(open)", "no frontal plane measure"),
    ],
)
def test_size_says_a_collapse_only_where_one_was_found(findings: list[Finding], start: str, reported: str) -> None:
    text = answer("Size", findings)
    assert f"**Size** {start}: " in text and reported in text


def test_the_leg_that_is_larger_is_named_with_its_minimal_detectable_change() -> None:
    text = answer("Leg", [contrast("legs", -11.2, 8.4)])
    assert (
        text
        == "- **Leg** (moderate): fppa is larger on the right by 11.2 degree (10.2 to 12.2), MDC95 8.4 in single-leg squat."
    )
    both = [contrast("legs", -11.2, 8.4), contrast("legs", 9.0, 8.0, metric="knee_abduction")]
    assert answer("Leg", both).startswith("- **Leg** (low)")
    assert "the only comparison is not beyond MDC95: fppa, 4.0" in answer("Leg", [contrast("legs", 4.0, 8.4)])
    unknown = answer("Leg", [contrast("legs", 4.0, math.nan)])
    assert "(open)" in unknown and "not judged" in unknown
    assert "(open)" in answer("Leg", [])


def test_change_names_visits_and_conditions_and_never_the_legs() -> None:
    found = [contrast("legs", 20.0, 8.0), contrast("visits", -10.0, 8.4), contrast("condition", 3.0, 8.0)]
    text = answer("Change", found)
    assert (
        "since pre, fppa is smaller by 10.0" in text and "(right leg, single-leg squat)" in text and "20.0" not in text
    )
    assert "cue against no condition: the only comparison is not" in answer("Change", [contrast("condition", 3.0, 8.0)])
    assert "(open)" in answer("Change", [contrast("legs", 20.0, 8.0)])


def test_timing_is_told_with_its_interval_or_why_there_is_none() -> None:
    named = finding(
        topic="sequence",
        side="right",
        sentence="Hip adduction begins 60 ms before rearfoot eversion (timing, not cause). Lead",
        value=60.0,
        low=40.0,
        high=80.0,
        evidence={"verdict": "top_down", "reason": ""},
    )
    other = dataclasses.replace(named, evidence={"verdict": "bottom_up", "reason": ""}, task="double_leg_squat")
    few = dataclasses.replace(named, evidence={"verdict": "indeterminate", "reason": "fewer than 4 repetitions"})
    gait = dataclasses.replace(few, task="walking", evidence={"verdict": "indeterminate", "reason": "in gait"})
    text = answer("Timing", [named, few])
    assert (
        "(moderate)" in text
        and "hip adduction begins 60 ms before rearfoot eversion" in text
        and "(40.0 to 80.0 ms)" in text
    )
    assert answer("Timing", [named, other]).startswith("- **Timing** (low)")
    assert "fewer than 4 repetitions (1 of 1)" in answer("Timing", [few, gait])
    assert "in gait (1 of 1)" in answer("Timing", [gait])


def test_structure_is_only_spoken_of_where_a_knee_collapses() -> None:
    assert "not weighed" in answer("Structure", [judged("no_collapse"), judged("not_judged", "left")])
    one = judged(
        "functional", for_functional=["knee abduction grows by 8 degree"], not_measured=["femoral anteversion"]
    )
    text = answer("Structure", [one])
    assert "(moderate)" in text and "consistent with function: knee abduction grows" in text
    assert "not measured: femoral anteversion" in text
    assert "(low)" in answer("Structure", [judged("mixed", for_structural=["a"], for_functional=["b"])])
    assert "(open)" in answer("Structure", [judged("undetermined")])
    both = [one, dataclasses.replace(one, task="walking", evidence=one.evidence | {"verdict": "structural"})]
    assert "(low)" in answer("Structure", both)


def test_evidence_has_left_and_right_of_one_measure_next_to_each_other() -> None:
    torsion = {"tibial_torsion_deg": {"value": 40.0, "low": 6.0, "high": 37.0, "source": "x"}}
    usual = {"fppa_standing_deg": {"value": 1.0, "low": -8.0, "high": 8.0, "source": "x"}}
    given = [
        judged("structural", "left", measures=torsion | usual, growth_weighed_deg={"knee_abduction": 7.0}),
        judged("no_collapse", "right", measures=torsion, growth_weighed_deg={"knee_abduction": 1.0}),
    ]
    drop = {"navicular_drop_m": {"value": 0.013, "low": 0.0, "high": 0.01, "source": "x"}}
    given.append(judged("no_collapse", "right", measures=drop))
    lines = side_by_side(given, shod=False)
    assert "| navicular drop | – | 13.0 mm | 0 to 10 mm |" in lines
    assert "| tibial torsion | 40.0° | 40.0° | 6 to 37° |" in lines
    assert "| knee abduction beyond standing, single-leg squat | 7.0° | – | large from 6.0° |" in lines
    assert not any("fppa standing" in line for line in lines)  # it does not vote and is usual


def test_norms_that_do_not_fit_and_a_doubtful_knee_axis_are_named_once() -> None:
    reason = "children: it is of people of 4 to 17 years, not 22"
    given = [
        sized("fppa__peak__cycle", 1.0, norm_not_used=reason),
        sized("hip_adduction__peak__cycle", 1.0, "right", norm_not_used=reason),
        judged("undetermined", knee_axis_note="as with an axis turned by 18 degree"),
    ]
    assert notes(given) == [
        f"- Norm not used (fppa, hip adduction): {reason}.",
        "- Knee axis, right: as with an axis turned by 18 degree.",
    ]


def test_a_full_page_has_600_words_at_most() -> None:
    """Four tasks of both legs, all measures, two visits, three conditions, orders, classes, trends and muscles."""
    given: list[Finding] = []
    tasks = ("walking", "single_leg_squat", "double_leg_squat", "drop_vertical_jump", "step_down", "side_cut")
    reason = "children of 4 to 17 years, free speed: it is of people of 4 to 17 years, not 22"
    texts = ["frontal plane projection angle is 11.2 degree larger than on the left leg (beyond MDC95 8.4 degree)"] * 3
    for task in tasks:
        for side in ("left", "right"):
            for name in metrics_of(("cycle",)):
                old = {"last_visit": {"session": "pre", "value": 3.0}, "norm": {"mean": 1.0, "sd": 0.5}}
                given.append(sized(name, 5.0, side, task=task, norm_not_used=reason, relation="larger", **old))
            measures = {f"{m}_deg": {"value": 50.0, "low": 0.0, "high": 5.0, "source": "x"} for m in "abcdefgh"}
            given.append(
                dataclasses.replace(
                    judged(
                        "mixed", side, collapse=texts, for_structural=texts, measures=measures, knee_axis_note=texts[0]
                    ),
                    task=task,
                )
            )
            verdict = {"verdict": "top_down", "reason": ""}
            sentence = "Hip adduction begins 60 ms before rearfoot eversion on the way into the collapse (timing, not cause). Lead"
            given.append(finding(topic="sequence", task=task, side=side, sentence=sentence, evidence=verdict))
            given.append(finding(topic="gluteal", task=task, side=side, evidence={"class": "mixed"}))
            given += [contrast(kind, 20.0, 8.0, side, task=task) for kind in ("legs", "visits", "condition")]
    page = markdown(given, "P01", "post", details="base.json")
    words = [word for word in page.replace("|", " ").split() if any(map(str.isalpha, word))]  # numbers are not words
    assert 300 < len(words) <= 600


@pytest.mark.parametrize(("value", "shown"), [(0.0, "0.00"), (-0.001, "0.00"), (-1.25, "−1.2"), (0.456, "0.46")])
def test_numbers_as_people_read_them(value: float, shown: str) -> None:
    assert number(value) == shown


def test_the_page_answers_before_it_gives_evidence_and_ends_with_its_limits() -> None:
    page = markdown([sized("fppa__peak__cycle", 5.0), judged("not_judged")], "P01", "1", "pre", "base.json")
    assert page.index("| task | leg |") < page.index("## Answers") < page.index("`base.json`")
    assert "# Findings: P01, session 1 (pre)" in page and "All barefoot." in page
    assert page.rstrip().endswith(FOOT)
    assert "No finding could be made" in markdown([], "P01", "1")


@pytest.mark.parametrize("left_out", ["size", "cause", "sequence", "conditions"])
def test_a_page_of_which_a_topic_is_missing_is_short_and_right(left_out: str) -> None:
    whole = [
        sized("fppa__peak__cycle", 5.0, "right"),
        judged("no_collapse", no_collapse=["a"]),
        finding(topic="sequence", evidence={"verdict": "indeterminate", "reason": "few"}, value=math.nan),
        contrast("visits", 1.0, 8.0),
    ]
    page = markdown([one for one in whole if one.topic != left_out], "P01", "1")
    assert "nan" not in page and page.count("- **") == 5


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
