"""Every option of an analysis is in the sentences of the methods section that are about it."""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from biomech.config import parse_config
from biomech.config.statistics import AnyAnalysis
from biomech.report.methods_statistics import statistics_text
from tests.analysis_kinds import BESIDE, COMMON, KINDS
from tests.contract.test_methods_section import _base, _text


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
        assert _analysis_text(base) == _analysis_text(base | {option: COMMON[option][0]}), "it has no effect"
        return
    value, words = (COMMON | own)[option]
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
