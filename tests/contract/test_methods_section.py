"""The methods section states every choice: no option that changes results can change without it; every citation exists."""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from biomech.config import Config, parse_config
from biomech.config.statistics import AnyAnalysis
from biomech.report import methods, methods_statistics
from biomech.report.citations import methods_bibtex, methods_latex, methods_markdown
from biomech.report.methods import Facts, TaskFacts, methods_paragraphs
from biomech.report.methods_options import ONLY_IF, OTHER_SECTIONS, REPORTED_ONLY
from biomech.report.methods_statistics import statistics_text
from biomech.report.references import bibliography, long_citation, short_citation
from biomech.tasks import TASKS

ROOT = Path(__file__).parents[2]
CONVENTIONAL = {"title": "x", "calibration": "conventional", "hip_centre": "davis", "hip_offset": "marker"}
FACTS = Facts(
    tasks=[TaskFacts("walking", 4, 8, 60, (12.0,), {"force": 60}), TaskFacts("drop_vertical_jump", 4, 8, 16)],
    versions={"biomech": "0", "numpy": "1"},
    markerset=CONVENTIONAL,
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


def _text(config: dict[str, Any]) -> str:
    return methods_markdown(methods_paragraphs(config, FACTS))


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


@pytest.mark.parametrize(("path", "field"), _options(), ids=[path for path, _ in _options()])
def test_no_option_changes_without_the_methods_section(path: str, field: Any) -> None:
    if path == "statistics":
        pytest.skip("analyses have a test of their own")
    if get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1:
        pytest.skip("has one value only")
    base = _base()
    now: Any = base
    for part in path.split("."):
        now = now[part]
    candidates = [
        config for value in _others(field.annotation, now) if (config := _with(path, value)) not in (None, base)
    ]
    assert candidates, f"{path}: the test found no other value"
    assert any(_text(config) != _text(base) for config in candidates if config), (
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
    assert "`huber_m` 0.015 m" in text and "`functional_residual_m` 0.015 m" in text


def test_every_choice_that_a_reader_expects_is_in_words() -> None:
    text = _text(parse_config({"subject": {"hip_centre": "hara"}}).model_dump(mode="json"))
    for words in (
        "marker set was `cast_lower_limb`",
        "regression of Hara et al. on leg length (Hara et al. 2016)",
        "zero-lag Butterworth low-pass filter of order 4",
        "12 Hz for walking",
        "sequence flexion, adduction, rotation (ZXY)",
        "internal, per body mass",
        "joint coordinate system",
        "those of Dumas and Wojtusch",
        "normalised to 101 points",
        "unfiltered vertical force",
        "biomech 0 with numpy 1",
    ):
        assert words in text, words


@pytest.mark.parametrize("used", [(7, 1), (0, 2)])
def test_what_the_run_used_prevails_over_what_was_asked(used: tuple[int, int]) -> None:
    facts = Facts(hips=used, knees=used, markerset=CONVENTIONAL)
    text = methods_markdown(methods_paragraphs(_base(), facts))
    assert f"({used[0]} of {sum(used)} hips)" in text and f"({used[0]} of {sum(used)} knees)" in text


def test_analyses_are_named_with_their_methods_and_sources() -> None:
    training = {"name": "training", "kind": "mixed_model", "outcomes": ["m"], "factors": ["group", "session"]}
    other = {"name": "other", "kind": "descriptives", "outcomes": ["m"]}
    given = {"statistics": [training, other], "variants": {"slow": {"signals": {"gap_max_s": 0.2}}}}
    config = parse_config(given).model_dump(mode="json")
    run = {"analysis": "training", "outcomes": ["m"], "contrasts": ["post - pre"], "n_participants": 4}
    paragraphs = methods_paragraphs(config, Facts(analyses=[run]))
    text = methods_markdown(paragraphs)
    assert "`training` (`m`, 4 participants): linear mixed models (Laird & Ware 1982) of `group` (reference:" in text
    assert "contrasts: post - pre" in text and "No result was given by `other`" in text
    assert "after Holm (Holm 1979)" in text and "Benjamini" not in text
    assert "repeated under 1 variant of the methods (`slow`)" in text and "Simonsohn" in text
    statistics = dict(paragraphs)["Statistics"]
    assert "Further settings" not in statistics and "min_participants" not in statistics, "raw options"
    assert "never treated as independent" not in methods_markdown(methods_paragraphs(Config().model_dump(), Facts()))


_COMMON = {
    "name": ("second", "`second`"),
    "outcomes": (["knee"], "`knee`"),
    "task": ("walking", "in walking"),
    "sides": ("dominant", "the dominant leg stands"),
    "where": ({"footwear": ["shod", "barefoot"]}, "footwear shod or barefoot"),
    "alpha": (0.1, "90 % confidence intervals"),
    "min_participants": (7, "at least 7 "),
    "adjustment": ("fdr", "Benjamini and Hochberg"),
    "by": ("group", "for each level of `group`"),
    "factor": ("footwear", "levels of `footwear`"),
    "reference": ("post", "post as reference"),
    "levels": (["pre", "post"], "pre and post"),
    "matched_by": ("twin", "pairs of participants matched by `twin`"),
    "iterations": (3000, "up to 3000 permutations"),
    "seed": (8, "seed 8"),
}
# kind: what an analysis has, its options (another value, and the words that then stand in the text), those without effect
KINDS: dict[str, tuple[dict[str, Any], dict[str, tuple[Any, str]], set[str]]] = {
    "descriptives": (
        {},
        {"characteristics": (["age"], "participants are described by `age`")},
        {"adjustment", "min_participants", "seed"},
    ),
    "reliability": (
        {},
        {
            "between": ("repetition", "first 3 repetitions"),
            "repetitions": (5, "first 5 repetitions"),
            "repeated_pairs": (True, "repeated pairs of cycles"),
            "incomplete": ("keep", "with participants who lack a measurement"),
        },
        {"adjustment", "seed"},
    ),
    "comparison": (
        {"design": "paired", "factor": "session", "method": "permutation"},
        {
            "design": ("group", "independent groups"),
            "method": ("t", "Student's t test"),
            "pairs": ("all", "all pairs"),
            "checks": (True, "Shapiro-Wilk"),
            "equivalence_margin": (2.0, "equivalence within ±2"),
            "symmetry_index": (True, "limb symmetry indices"),
            "smallest_effect": (3.0, "sample size is for a difference of 3"),
            "power": (0.9, "with power 0.9"),
        },
        set(),
    ),
    "association": (
        {"against": ["age"]},
        {
            "against": (["height"], "with `height`"),
            "method": ("regression", "linear regressions on"),
            "against_where": ({"session": "pre"}, "(of session pre)"),
            "change": (["pre", "post"], "the change from pre to post"),
        },
        {"seed"},
    ),
    "mixed_model": (
        {"factors": ["session", "sex"], "covariates": ["age"]},
        {
            "factors": (["footwear", "sex"], "`footwear` (reference: the first level"),
            "covariates": (["height"], "centred covariate `height`"),
            "interactions": (False, "without interactions"),
            "references": ({"session": "pre"}, "`session` (reference: pre)"),
            "random_slopes": (["age"], "a slope of each participant's own on `age`"),
            "marginal_means": (True, "estimated marginal means"),
            "simple_effects": (True, "simple effects of each factor"),
            "pairs": ("all", "all pairs of levels"),
            "trend": ({"session": ["a", "b", "c"]}, "linear trend over the levels of `session` (a, b, c)"),
            "baseline": ("pre", "the outcome's own value in session pre"),
            "covariate_by": ({"age": "sex"}, "a slope of `age` of each level of `sex`"),
            "degrees_of_freedom": ("containment", "degrees of freedom of the stratum"),
        },
        {"seed"},
    ),
    "spm": (
        {"test": "paired", "factor": "session", "nonparametric": True},
        {
            "test": ("anova", "analysis of variance between groups"),
            "covariate": ("age", "on `age`"),
            "second_factor": ("condition", "and of the levels of `condition`"),
            "nonparametric": (False, "random field theory"),
            "alpha": (0.1, "alpha 0.1"),
            "adjustment": ("none", "alpha was not shared"),
        },
        set(),
    ),
    "profile_score": (
        {"controls": {"group": "control"}, "reference": "controls"},
        {
            "title": ("valgus", "`valgus`"),
            "reference": ("norms", "reference curves"),
            "controls": ({"sex": "female"}, "sex female"),
            "min_participants": (7, "at least 7 controls"),
        },
        {"adjustment", "seed"},
    ),
}
# options that have an effect only beside others
BESIDE = {
    ("reliability", "repetitions"): {"between": "repetition"},
    ("comparison", "symmetry_index"): {"factor": "injury"},
    ("comparison", "power"): {"smallest_effect": 1.0},
    ("spm", "second_factor"): {"test": "anova_mixed", "second_factor": "footwear", "nonparametric": False},
    ("spm", "covariate"): {"test": "regression", "covariate": "mass"},
}


def _models() -> dict[str, type[BaseModel]]:
    union = get_args(get_args(AnyAnalysis)[0]) if get_origin(AnyAnalysis) is Annotated else get_args(AnyAnalysis)
    return {get_args(model.model_fields["kind"].annotation)[0]: model for model in union}


def _analysis_text(analysis: dict[str, Any]) -> str:
    (full,) = parse_config({"statistics": [analysis]}).model_dump(mode="json")["statistics"]
    return statistics_text(
        [full], [{"analysis": full["name"], "outcomes": full["outcomes"], "contrasts": [], "n_participants": 9}]
    )


@pytest.mark.parametrize(("kind", "option"), [(kind, name) for kind, m in _models().items() for name in m.model_fields])
def test_every_option_of_an_analysis_stands_in_its_sentences(kind: str, option: str) -> None:
    if option == "kind":
        pytest.skip("the sentences are those of the kind")
    given, own, without_effect = KINDS[kind]
    base = {"name": "first", "kind": kind, "outcomes": ["hip"]} | given | BESIDE.get((kind, option), {})
    if option in without_effect:
        assert _analysis_text(base) == _analysis_text(base | {option: _COMMON[option][0]}), "it has no effect"
        return
    value, words = (_COMMON | own)[option]
    before, after = _analysis_text(base), _analysis_text(base | {option: value})
    assert words in after and words not in before, f"{option} of {kind}: {after}"


def test_a_profile_score_has_the_name_that_the_run_gave_it() -> None:
    analysis = {"name": "p", "kind": "profile_score", "outcomes": ["angle.hip_adduction"]}
    (full,) = parse_config({"statistics": [analysis]}).model_dump(mode="json")["statistics"]
    for name in ("gps", "profile_score"):
        run = {"analysis": "p", "outcomes": ["angle.hip_adduction", name], "n_participants": 0}
        text = statistics_text([full], [run])
        assert "`p` (`angle.hip_adduction`): profile scores" in text and f"together is called `{name}`" in text


def test_profile_scores_per_session_are_stated_where_there_are_any() -> None:
    assert "Gait Profile" not in _text(_base())
    norms = _text(parse_config({"profile_scores": {"reference": "norms"}}).model_dump(mode="json"))
    assert "against reference curves that fit the age" in norms and "Deviation" not in norms
    own = {"reference": "controls", "controls": {"group": "control"}, "min_controls": 7, "gdi_min_legs": 31}
    text = _text(parse_config({"profile_scores": own}).model_dump(mode="json"))
    assert "controls of the study (group control; at least 7" in text and "at least 31 control legs" in text
    assert "Schwartz & Rozumalski 2008" in text and "Baker et al. 2009" in text


def test_reliability_of_curves_names_what_ran() -> None:
    base = {"name": "retest", "kind": "reliability", "levels": ["pre", "post"]}
    curves = _analysis_text(base | {"outcomes": ["angle.knee_flexion"]})
    assert "coefficients of multiple correlation" in curves and "kadaba1989" in curves and "`session`" in curves
    assert "mean curves of pre and post" in curves and "limits of agreement" not in curves
    values = _analysis_text(base | {"outcomes": ["knee_flexion__peak__swing"]})
    assert "limits of agreement" in values and "multiple correlation" not in values


def test_every_key_of_the_code_is_in_the_bibliography_and_the_other_way_round() -> None:
    source = "".join(Path(module.__file__).read_text() for module in (methods, methods_statistics))
    cited = {key for group in re.findall(r"\{@([\w,]+)\}", source) for key in group.split(",")}
    cited |= set(re.findall(r"[\"',]([a-z]+(?:19|20)\d\d)(?=[\"',])", source))
    assert cited <= set(bibliography()), cited - set(bibliography())
    assert set(bibliography()) <= cited, "entries that nothing cites"


def test_every_entry_is_whole() -> None:
    text = (ROOT / "biomech" / "report" / "references.bib").read_text(encoding="utf-8")
    assert len(bibliography()) == text.count("\n@") > 40, "an entry that cannot be read"
    for key, entry in bibliography().items():
        assert re.fullmatch(r"[a-z]+(19|20)\d\d", key) and key.endswith(entry["year"])
        needed = {"article": ("journal", "volume", "pages"), "book": ("publisher",)}.get(
            entry["kind"], ("booktitle", "pages")
        )
        assert all(entry.get(name) for name in ("author", "title", "year", *needed)), key
        assert entry["source"].count("{") == entry["source"].count("}"), key
        assert not set("{}\\") & set(long_citation(key) + short_citation(key)), key
        first = short_citation(key).split()[0].lower()
        assert key.startswith(re.sub("[^a-z]", "", first.translate(str.maketrans("öüéè", "ouee")))[:4]), key


def test_entries_from_memory_are_told() -> None:
    """Each entry was either found in a second source, or stands on the page as one that was not."""
    text = (ROOT / "biomech" / "report" / "references.bib").read_text(encoding="utf-8")
    found, memory = (
        [key for line in re.findall(rf"^% {kind}: (.*)$", text, re.MULTILINE) for key in line.split()]
        for kind in ("found", "from memory")
    )
    assert sorted(found + memory) == sorted(bibliography()), "each in one of both lists, and once"
    page = " ".join((ROOT / "docs" / "statistics.md").read_text(encoding="utf-8").split())
    (told,) = re.findall(r"taken from memory in part or whole: (.*?)\.", page)
    assert set(re.findall(r"`(\w+)`", told)) == set(memory)


@pytest.mark.parametrize("name", ["cast_lower_limb", "plug_in_gait"])
def test_the_bibtex_holds_what_the_text_cites_and_no_more(name: str) -> None:
    paragraphs = methods_paragraphs(parse_config({"markerset": name}).model_dump(mode="json"), FACTS)
    bib, tex, page = methods_bibtex(paragraphs), methods_latex(paragraphs), methods_markdown(paragraphs)
    keys = set(re.findall(r"@\w+\{(\w+),", bib))
    assert keys == {key for group in re.findall(r"\\cite\{([\w,]+)\}", tex) for key in group.split(",")}
    assert "{@" not in page and page.count("\n- ") == len(keys)
    assert not re.search(r"(?<!\\)[&%_#](?![^{]*\})", re.sub(r"\\cite\{[^}]*\}", "", tex)), "unescaped"


def test_the_example_and_every_task_have_a_section() -> None:
    config = parse_config(yaml.safe_load((ROOT / "config" / "config.yaml").read_text())).model_dump(mode="json")
    facts = Facts(tasks=[TaskFacts(name, 1, 1, 1) for name in TASKS])
    assert "unfiltered" not in methods_markdown(methods_paragraphs(config, facts)).split("low-pass")[1].split("\n")[0]
