"""The methods section states every choice: no option that changes results can change without it; every citation exists."""

from __future__ import annotations

import re
import types
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from biomech.config import Config, parse_config
from biomech.joints import JOINTS
from biomech.model.markersets import load_markerset
from biomech.report.citations import methods_bibtex, methods_latex, methods_markdown, supplement_markdown
from biomech.report.methods import Facts, TaskFacts, methods_paragraphs
from biomech.report.methods_options import ONLY_IF, OTHER_SECTIONS, REPORTED_ONLY
from biomech.report.methods_supplement import supplement_parts
from biomech.tasks import TASKS
from tests.analysis_kinds import KINDS

ROOT = Path(__file__).parents[2]


def _about(name: str) -> dict[str, Any]:
    about = load_markerset(name)
    facts = {key: getattr(about, key) for key in ("title", "sources", "hip_centre", "hip_offset", "calibration")}
    return facts | {"tracking": about.tracking_of_segments()}


CONVENTIONAL, CAST = _about("plug_in_gait"), _about("cast_lower_limb")
FACTS = Facts(
    tasks=[
        TaskFacts("walking", 4, 8, 60, (12.0,), {"force": 57, "c3d": 1, "force+kinematic": 2}, 16, (4.0, 2, 5)),
        TaskFacts("drop_vertical_jump", 4, 8, 16),
    ],
    versions={"biomech": "0", "numpy": "1"},
    markerset=CAST,
    plates=True,
    aligned=True,
    with_moments=76,
    muscles=["gluteus_medius"],
    emg_units=["%MVC"],
    hips=(2, 0),
    knees=(2, 0),
)
# under these, every option has an effect
ACTIVE: dict[str, Any] = {
    "subject": {"hip_functional": "ball", "knee_axis": "sara"},
    "kinematics": {"method": "multibody"},
    "muscles": {"channels": {"left": {"gluteus_medius": "A1"}}},
}


def _options(model: type[BaseModel] = Config, path: str = "") -> list[tuple[str, Any]]:
    out: list[tuple[str, Any]] = []
    for name, field in model.model_fields.items():
        where = f"{path}.{name}".lstrip(".")
        if where.split(".")[0] in OTHER_SECTIONS or where in REPORTED_ONLY:
            continue
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            out += _options(field.annotation, where)
        else:
            out.append((where, field))
    return out


def _others(annotation: Any, now: Any) -> list[Any]:
    """Return values of a type that are not the present one."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return [value for value in args if value != now]
    if origin is Annotated:
        return _others(args[0], now)
    if origin in (Union, types.UnionType):
        return [other for arg in args for other in _others(arg, now)] + ([None] if type(None) in args else [])
    if isinstance(now, bool):
        return [not now]
    if isinstance(now, (int, float)) or annotation in (int, float):
        base = float(now or 1)
        return [base * factor for factor in (1.01, 0.99, 1.5, 0.5, 0.1, 10)] + [0.01, base + 0.01, base + 1, base - 1]
    if isinstance(now, (list, tuple)) and len(now) > 1:
        by_size = [[now[0] * 0.9, now[1]]] if isinstance(now[0], float) else []
        return [*by_size, list(now)[:-1], list(now)[::-1]]
    if isinstance(now, dict):
        number = {"walking": 7.5}
        return [
            number,
            {"walking": None},
            {"left": {"vastus_medialis": "A9"}},
            {**now, **number},
            {"Contact": "foot_strike"},
        ]
    if isinstance(now, str):
        return ["plug_in_gait", "other"]
    return []


def _text(config: dict[str, Any], facts: Facts = FACTS) -> str:
    """Return the main text and the supplement."""
    return methods_markdown(methods_paragraphs(config, facts)) + supplement_markdown(supplement_parts(config, facts))


def _base() -> dict[str, Any]:
    return parse_config(ACTIVE).model_dump(mode="json")


def _with(path: str, value: Any) -> dict[str, Any] | None:
    """Return the config with another value, or None where it cannot have it."""
    *sections, name = path.split(".")
    config = _base()
    inner = config
    for section in sections:
        inner = inner[section]
    inner[name] = value
    try:
        return parse_config(config).model_dump(mode="json")
    except Exception:
        return None


def test_no_option_changes_without_the_methods_section(subtests: pytest.Subtests) -> None:
    base = _base()
    stated = _text(base)
    for path, field in _options():
        if path == "statistics":
            continue  # analyses have a test of their own
        if get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1:
            continue  # has one value only
        with subtests.test(path):
            now: Any = base
            for part in path.split("."):
                now = now[part]
            candidates = [
                config for value in _others(field.annotation, now) if (config := _with(path, value)) not in (None, base)
            ]
            assert candidates, f"{path}: the test found no other value"
            assert any(_text(config) != stated for config in candidates if config), (
                f"{path} changes results and is not in the methods section: state it in biomech/report/methods.py, or name it in "
                "REPORTED_ONLY if it only decides what is reported"
            )


def test_the_exceptions_exist_and_only_decide_what_is_reported() -> None:
    for path in REPORTED_ONLY:
        section, name = path.split(".")
        description = type(getattr(Config(), section)).model_fields[name].description or ""
        assert "report" in description, path
    for start in ONLY_IF:
        assert any(path.startswith(start) for path, _ in _options()), start


def test_an_option_without_effect_is_not_stated() -> None:
    text = _text(parse_config({}).model_dump(mode="json"))
    assert "huber" not in text and "functional_residual" not in text and "knee_axis_quality" not in text
    text = _text(_base())
    assert "| multibody.huber_m | 0.015 m |" in text and "| subject.functional_residual_m | 0.015 m |" in text
    assert "Distance beyond which a marker's weight falls" in text, "the meaning is the schema's"
    assert "| cycles.detection.swing_min_m | 0.1 m |" in text


def test_every_choice_that_a_reader_expects_is_in_words() -> None:
    text = _text(parse_config({"subject": {"hip_centre": "hara"}}).model_dump(mode="json"))
    for words in (
        "marker set was `cast_lower_limb`",
        "regression of Hara et al. on leg length (Hara et al. 2016)",
        "zero-lag Butterworth low-pass filter of order 4",
        "12 Hz for walking",
        "sequence flexion, adduction, rotation (ZXY, joint coordinate system)",
        "internal, per body mass",
        "joint coordinate system",
        "those of Dumas and Wojtusch",
        "normalised to 101 points",
        "unfiltered vertical force",
        "biomech 0 and numpy 1",
    ):
        assert words in text, words


@pytest.mark.parametrize("used", [(7, 1), (0, 2)])
def test_what_the_run_used_prevails_over_what_was_asked(used: tuple[int, int]) -> None:
    facts = Facts(hips=used, knees=used, markerset=CAST)
    text = methods_markdown(methods_paragraphs(_base(), facts))
    hips = f"in {used[0]} of {sum(used)} hips" if used[0] else f"in none of {sum(used)} hips"
    assert hips in text and f"in {used[0]} of {sum(used)} knees" in text


def test_analyses_are_named_with_their_methods_and_sources() -> None:
    training = {"name": "training", "kind": "mixed_model", "outcomes": ["m"], "factors": ["group", "session"]}
    other = {"name": "other", "kind": "descriptives", "outcomes": ["m"]}
    given = {"statistics": [training, other], "variants": {"slow": {"signals": {"gap_max_s": 0.2}}}}
    config = parse_config(given).model_dump(mode="json")
    run = {"analysis": "training", "outcomes": ["m"], "contrasts": ["post - pre"], "n_participants": 4}
    run |= {
        "random": [("participant", "session_within_participant")],
        "effects": ["d_total_sd"],
        "families": ["holm, 3"],
    }
    facts = Facts(analyses=[run], not_done={"other": "no values of m"})
    paragraphs = methods_paragraphs(config, facts)
    text, more = methods_markdown(paragraphs), supplement_markdown(supplement_parts(config, facts))
    assert "`training` (`m`, 4 participants): linear mixed models (Laird & Ware 1982) of `group` (reference:" in more
    assert "contrasts: post - pre" in more and "- `other`: no values of m" in more
    assert "`other` could not be done" in text
    assert "Holm's procedure (Holm 1979)" in text and "Benjamini" not in text
    assert "supported (Barr et al. 2013): participant and session within participant" in text
    assert "root of the summed variance components" in text and "Hedges" not in text
    assert "repeated under 1 variant of the methods (`slow`)" in text and "Simonsohn" in text
    statistics = dict(paragraphs)["Statistics"]
    assert "min_participants" not in statistics, "raw options"
    assert "never treated as independent" not in methods_markdown(methods_paragraphs(Config().model_dump(), Facts()))


@pytest.mark.parametrize("name", ["cast_lower_limb", "plug_in_gait"])
def test_the_bibtex_holds_what_the_text_cites_and_no_more(name: str) -> None:
    paragraphs = methods_paragraphs(parse_config({"markerset": name}).model_dump(mode="json"), FACTS)
    bib, tex, page = methods_bibtex(paragraphs), methods_latex(paragraphs), methods_markdown(paragraphs)
    keys = set(re.findall(r"@\w+\{(\w+),", bib))
    assert keys == {key for group in re.findall(r"\\cite\{([\w,]+)\}", tex) for key in group.split(",")}
    assert "{@" not in page and page.count("\n- ") == len(keys)
    assert not re.search(r"(?<!\\)[&%_#](?![^{]*\})", re.sub(r"\\cite\{[^}]*\}", "", tex)), "unescaped"


_EXAMPLE = parse_config(yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))).model_dump(
    mode="json"
)
_EFFECTS = {"comparison": ["hedges_g", "hedges_g_av"], "mixed_model": ["partial_r2", "d_total_sd"]}


_TESTS = ("comparison", "association", "mixed_model", "spm")


def _done(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all analyses of a config as if they had given results."""
    return [
        {"analysis": a["name"], "kind": a["kind"], "outcomes": a["outcomes"], "contrasts": ["post - pre"]}
        | {
            "n_participants": 24,
            "effects": _EFFECTS.get(a["kind"], []),
            "families": [f"holm, 3 hypotheses of {a['name']}"] if a["kind"] in _TESTS else [],
        }
        | {"random": [("participant", "side_within_participant")] if a["kind"] == "mixed_model" else []}
        | {"left_out": ["2 participants without both conditions left out"]}
        for a in config["statistics"]
    ]


def _every_kind() -> dict[str, Any]:
    """Return a config with an analysis of every kind and of every test of curves."""
    given = [
        {"name": f"a-{kind.replace('_', '-')}", "kind": kind, "outcomes": ["hip"]} | own
        for kind, (own, *_) in KINDS.items()
    ]
    given += [
        {
            "name": f"c{i}",
            "kind": "spm",
            "outcomes": ["angle.hip_flexion"],
            "factor": "session",
            "test": test,
            "nonparametric": i == 1,
        }
        for i, test in enumerate(("paired", "group", "anova", "anova_repeated"))
    ]
    return parse_config(ACTIVE | {"statistics": given}).model_dump(mode="json")


@pytest.mark.parametrize(
    ("config", "facts", "most"),
    [
        (_EXAMPLE, FACTS, 750),
        (_EXAMPLE, replace(FACTS, markerset=CONVENTIONAL), 750),
        (_EXAMPLE, replace(FACTS, plates=False, with_moments=0), 750),
        (_EXAMPLE, replace(FACTS, muscles=(), emg_units=()), 750),
        (_every_kind(), FACTS, 900),
    ],
    ids=["example", "conventional gait model", "no plates", "no EMG", "every kind of analysis"],
)
def test_the_main_text_is_at_most_a_page_and_a_half(config: dict[str, Any], facts: Facts, most: int) -> None:
    paragraphs = methods_paragraphs(config, replace(facts, analyses=_done(config)))
    n_words = sum(len(re.sub(r"\{@[\w,]+\}", "", f"{heading} {text}").split()) for heading, text in paragraphs)
    assert 400 < n_words <= most, n_words


def test_latex_has_a_command_for_every_sign() -> None:
    config = _every_kind()
    tex = methods_latex(methods_paragraphs(config, replace(FACTS, analyses=_done(config))))
    assert r"$\surd$MSE" in tex and r"$\pm$" in tex
    assert not {letter for letter in tex if ord(letter) > 127 and not letter.isalpha()}


def test_only_the_model_that_was_used_is_named() -> None:
    config = parse_config({"markerset": "plug_in_gait"}).model_dump(mode="json")
    own = [name for joint in JOINTS if joint.name in ("hip", "knee", "ankle") for name in joint.quantities]
    text = methods_markdown(methods_paragraphs(config, replace(FACTS, markerset=CONVENTIONAL, angles=own, muscles=())))
    assert "least-squares" not in text and "six degrees of freedom" not in text and "residual" not in text
    assert "Pelvis, thigh, shank and foot were rebuilt from their markers in every frame" in text
    assert "trunk" not in text and "rearfoot" not in text and "electromyo" not in text and "EMG" not in text
    assert "reconstructed from at least three" not in text, "no cluster to fill from"
    text = methods_markdown(methods_paragraphs(config | {"markerset": "cast_lower_limb"}, replace(FACTS, angles=own)))
    assert (
        "Pelvis, thigh, shank and foot were tracked with six degrees of freedom" in text
        and "forefoot angles" not in text
    )


def test_nothing_of_forces_is_said_of_a_study_without_plates() -> None:
    facts = replace(FACTS, plates=False, with_moments=0, without_moments={"no plate": 76})
    config = parse_config({}).model_dump(mode="json")
    text, more = (
        methods_markdown(methods_paragraphs(config, facts)),
        supplement_markdown(supplement_parts(config, facts)),
    )
    assert "No valid force plate contact was recorded" in text
    for words in ("inverse dynamics", "ground reaction", "inertia", "Trajectories and forces", "Newton", "gravity"):
        assert words not in text and f"| {words}" not in more, words
    assert "kinetics.gravity_m_s2" not in more and "contacts.threshold_n" not in more


def test_the_statistics_state_what_ran_and_not_what_did_not() -> None:
    config = _every_kind()
    rows = _done(config)
    text = methods_markdown(methods_paragraphs(config, replace(FACTS, analyses=rows)))
    for words in (
        "permutation tests of the signs of paired differences",
        "SEM = √MSE",
        "MDC95 = 1.96 √2 SEM",
        "root mean square of both SDs",
        "F df1 / (F df1 + df2)",
        "supported (Barr et al. 2013): participant and side within participant",
        "equal variances not assumed",
        "sphericity assumed",
        "within each analysis (one family)",
        "two-sided",
    ):
        assert words in text, words
    one = [row for row in rows if row["kind"] == "descriptives"]
    text = methods_markdown(methods_paragraphs(config, replace(FACTS, analyses=one)))
    for words in ("ICC", "mixed model", "parametric mapping", "Hedges", "Holm", "random effect", "Bonferroni"):
        assert words not in text, words


_HOME_MADE = r"\b(stands? for|anew|mend|told|beside|besides|demanded|t test of pairs|stretch(?:es)?)\b"


def test_the_main_text_has_no_home_made_words() -> None:
    for config in (_EXAMPLE, _every_kind()):
        text = methods_markdown(methods_paragraphs(config, replace(FACTS, analyses=_done(config))))
        assert not re.search(_HOME_MADE, text.split("## References")[0]), re.search(_HOME_MADE, text)


def test_what_was_not_filtered_is_not_said_to_be() -> None:
    def text(**signals: Any) -> str:
        config = parse_config({"signals": signals}).model_dump(mode="json")
        return dict(methods_paragraphs(config, FACTS))["Signals"]

    none = text(cutoff_hz={"walking": None, "drop_vertical_jump": None})
    assert "Trajectories and forces were not filtered." in none and "Butterworth" not in none
    some = text(cutoff_hz={"walking": None})
    assert "15 Hz for drop vertical jump; those of walking were not filtered." in some
    forces = text(force_cutoff_hz={"walking": 50})
    assert "Forces were filtered likewise: 50 Hz for walking." in forces and "Forces of other tasks" in forces


def test_missing_data_are_counted_with_their_reasons() -> None:
    lost = {"lost_trials": {"not_c3d": 1, "missing_marker": 2}, "lost_cycles": {"incomplete_repetition": 3}}
    facts = replace(FACTS, **lost, with_moments=70, without_moments={"cop_off_foot": 6})
    config = parse_config({}).model_dump(mode="json")
    text, more = (
        methods_markdown(methods_paragraphs(config, facts)),
        supplement_markdown(supplement_parts(config, facts)),
    )
    assert "vertical force (59 cycles), else events" in text and "2 cycles had events of several sources" in text
    assert "3 recordings gave no cycle (missing marker: 2, not c3d: 1)" in text
    assert "3 cycles were rejected (incomplete repetition: 3)" in text
    assert "valid in 70 of 76 cycles (not valid: cop off foot: 6)" in text
    assert (
        "60 cycles; median 4 (2 to 5) per leg and session" in text
        and "| cycles rejected | incomplete repetition | 3 |" in more
    )


def test_the_example_and_every_task_have_a_section() -> None:
    config = parse_config(yaml.safe_load((ROOT / "config" / "config.yaml").read_text())).model_dump(mode="json")
    facts = Facts(tasks=[TaskFacts(name, 1, 1, 1) for name in TASKS])
    assert "unfiltered" not in methods_markdown(methods_paragraphs(config, facts)).split("low-pass")[1].split("\n")[0]
