"""Sentences of the supplement about each statistical analysis of a config, with all of its options, by kind of analysis."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from biomech.report.panels import task_title
from biomech.report.phrases import listed, plural
from biomech.statistics.names_of_tests import COMPARISON_TESTS, CURVE_TESTS

_Row = Mapping[str, Any]

_SIDES = {
    "average": "the mean of both legs was used for each participant",
    "left": "the left leg was used",
    "right": "the right leg was used",
    "dominant": "the dominant leg was used",
    "non_dominant": "the non-dominant leg was used",
    "injured": "the injured leg was used",
    "uninjured": "the uninjured leg was used",
    "each": "both legs were used, as side within participant",
}
_ADJUSTED = {
    "holm": "p values of the analysis were adjusted by Holm's procedure {@holm1979}",
    "fdr": "p values of the analysis were adjusted by the procedure of Benjamini and Hochberg {@benjamini1995}",
    "none": "p values were not adjusted",
}
_BONFERRONI = {
    "holm": "the curves of the analysis share alpha by Bonferroni",
    "fdr": "the curves of the analysis share alpha by Bonferroni (`fdr` was asked for, but a curve without a cluster has no p value)",
    "none": "alpha was not divided among the curves of the analysis",
}


def statistics_text(analyses: Sequence[_Row], done: Sequence[_Row]) -> str:
    """Return what was done in every analysis, with each of its options that has an effect, a line each.

    Parameters
    ----------
    analyses : sequence of mapping
        The config's ``statistics``, JSON-ready and with all defaults.
    done : sequence of mapping
        Those that gave an estimate; see `biomech.report.facts.Facts`.
    """
    found = {str(row["analysis"]): row for row in done}
    lines = [f"- {analysis_text(one, found[one['name']])}" for one in analyses if one["name"] in found]
    return "\n".join(lines)


def analysis_text(analysis: _Row, row: _Row) -> str:
    """Return the sentences of one analysis.

    Parameters
    ----------
    analysis : mapping
        Of the config, with all defaults.
    row : mapping
        Of the run; see `biomech.report.facts.Facts`.
    """
    # a profile score is an outcome of its own next to the curves
    outcomes = [f"`{name}`" for name in row["outcomes"] if name in analysis["outcomes"] or analysis["kind"] == "spm"]
    where = f" in {task_title(analysis['task'])}" if analysis["task"] else ""
    people = f", {plural(int(row['n_participants']), 'participant')}" if row["n_participants"] else ""
    parts = [_KINDS[analysis["kind"]](analysis, row), *_sample(analysis), *_of_run(row)]
    return f"`{analysis['name']}` ({listed(outcomes)}{where}{people}): {'; '.join(part for part in parts if part)}."


def _of_run(row: _Row) -> list[str]:
    """Say what the data made of the analysis: random effects kept, families of hypotheses, what was left out."""
    parts = []
    for effects in row.get("random", ()):
        kept = listed([random_name(name) for name in effects])
        parts.append(f"random effects kept: {kept}" if kept else "no random effect: one value per participant")
    parts += [f"adjustment: {family}" for family in row.get("families", ())]
    parts += list(row.get("left_out", ()))
    return parts


def random_name(effect: str) -> str:
    """Return a random effect in words: ``session within participant`` for ``session_within_participant``."""
    if effect.startswith("slope_"):
        return f"a slope on {effect.removeprefix('slope_').replace('_', ' ')} of each participant"
    *inner, last = effect.split("_within_")
    return f"{' × '.join(inner)} within {last}" if inner else last


def _sample(a: _Row) -> list[str]:
    """Say whose values went in: legs, chosen cycles, least number of participants."""
    parts = [_SIDES[a["sides"]]]
    if a["kind"] == "profile_score" and a["sides"] == "average":
        parts = ["the mean of both legs' scores was used for each participant"]
    if a["kind"] == "reliability" and a["between"] == "repetition" and a["sides"] == "average":
        parts = ["the leg with more repetitions (the right one if equal) was used for each participant"]
    if a["where"]:
        chosen = [f"{name} {_either(levels)}" for name, levels in a["where"].items()]
        parts.append(f"only cycles with {listed(chosen)} were used")
    # descriptives have no least number; of profile scores, the controls have one
    if a["kind"] == "profile_score" and a["reference"] == "controls":
        parts.append(f"at least {a['min_participants']} controls were required")
    elif a["kind"] not in ("descriptives", "profile_score"):
        parts.append(f"at least {a['min_participants']} participants were required")
    return parts


def _either(levels: str | Sequence[str]) -> str:
    return levels if isinstance(levels, str) else " or ".join(levels)


def _intervals(a: _Row) -> str:
    return f"{100 * (1 - a['alpha']):g} % confidence intervals"


def _matched(a: _Row) -> str:
    return f"pairs of participants matched by `{a['matched_by']}`" if a.get("matched_by") else ""


def _level(a: _Row) -> str:
    return f"alpha {a['alpha']:g}"


def _permutations(a: _Row) -> str:
    return f"up to {a['iterations']} permutations (all of them where there are no more), seed {a['seed']}"


def _compared(a: _Row, row: _Row, with_reference: bool = True) -> str:
    """Say which levels of a factor were compared with which."""
    text = f"of the levels of `{a['factor']}`"
    if a["levels"]:
        text += f" {listed(a['levels'])}"
    if with_reference:
        reference = a["reference"]
        text += f" with {reference} as reference" if reference else " with the first level of the sheets as reference"
    return text + _contrasts(row)


def _contrasts(row: _Row) -> str:
    contrasts = [str(name) for name in row.get("contrasts", ())]
    return f" (contrasts: {', '.join(contrasts)})" if contrasts else ""


def _by(a: _Row) -> str:
    names = [a["by"]] if isinstance(a["by"], str) else a["by"]
    listed_names = listed([f"`{name}`" for name in names if name])
    return (
        f" for each {'level' if len(names) == 1 else 'combination of levels'} of {listed_names}" if any(names) else ""
    )


def _descriptives(a: _Row, row: _Row) -> str:
    text = (
        f"means with {_intervals(a)} (Student's t), standard deviations, medians and ranges over participants{_by(a)}"
    )
    if a["characteristics"]:
        text += f"; participants are described by {listed([f'`{name}`' for name in a['characteristics']])}"
    return text


def _reliability(a: _Row, row: _Row) -> str:
    if all("." in name for name in a["outcomes"]):
        which = listed(a["levels"]) if a["levels"] else "all levels"
        return (
            "coefficients of multiple correlation of each participant's mean curves {@kadaba1989}, intraclass correlation "
            f"coefficients (2,1) {{@shrout1979}} and standard errors of measurement at every point, with {_intervals(a)} of each point "
            "by itself, between "
            + (
                f"the first {a['repetitions']} curves of one session, of one leg of each participant"
                if a["between"] == "repetition"
                else f"the mean curves of {which} of `{a['between']}`"
            )
        )
    if a["incomplete"] == "keep":
        which = listed(a["levels"]) if a["levels"] else "all levels"
        return (
            "variance components of participants and measurements by restricted maximum likelihood, with participants "
            "who lack a measurement, and from them intraclass correlation coefficients (2,1) and (3,1), standard error of measurement and "
            f"smallest detectable change, with {_intervals(a)}, between the means of {which} of `{a['between']}`"
        )
    limits = (
        "of repeated pairs of cycles {@zou2013}" if a["repeated_pairs"] else "with the slope of differences on means"
    )
    text = (
        "intraclass correlation coefficients (2,1), (2,k), (3,1) and (3,k) {@shrout1979,mcgraw1996}, standard error of measurement (√MSE), "
        "minimal detectable change (1.96 √2 SEM) {@weir2005} and, of two measurements, 95 % limits of agreement {@bland1986,carkeet2015} "
        f"{limits}, with {_intervals(a)}, between "
    )
    if a["between"] == "session":
        return text + f"the means of {'sessions ' + listed(a['levels']) if a['levels'] else 'all sessions'}"
    if a["between"] != "repetition":
        return text + f"the means of {listed(a['levels']) if a['levels'] else 'all levels'} of `{a['between']}`"
    session = f"session {a['levels'][0]}" if a["levels"] else "the first session of the sheets"
    return text + f"the first {a['repetitions']} repetitions of {session}"


def comparison_test(a: _Row) -> str:
    """Return the test of a comparison by its usual name, in the plural."""
    design, method = str(a["design"]), str(a["method"])
    name = COMPARISON_TESTS.get((design, method), f"{method} test of the design `{design}`")
    estimates = " with Hodges-Lehmann estimates" if method == "rank" else ""
    return re.sub(r"\btest\b", "tests", name, count=1) + estimates


def curve_test_text(test: str) -> str:
    """Return a test of curves by its usual name."""
    return CURVE_TESTS.get(test, test.replace("_", " "))


def _comparison(a: _Row, row: _Row) -> str:
    kind = "paired comparisons" if a["design"] == "paired" else "comparisons of independent groups"
    effect = "rank-biserial correlations" if a["method"] == "rank" else "Hedges' g {@hedges1981}"
    test = comparison_test(a) + (f", {_permutations(a)}" if a["method"] == "permutation" else "")
    parts = [
        f"{kind} {_compared(a, row)}{', all pairs,' if a['pairs'] == 'all' else ''} by {test}",
        _matched(a),
        f"differences and {effect} have {_intervals(a)}",
        _ADJUSTED[a["adjustment"]],
        "assumptions were described by Shapiro-Wilk and Brown-Forsythe tests" if a["checks"] else "",
        f"equivalence within ±{a['equivalence_margin']:g} by two one-sided t tests {{@schuirmann1987}}"
        if a["equivalence_margin"]
        else "",
        "limb symmetry indices are 100 × level / reference, averaged over participants" if a["symmetry_index"] else "",
        f"the sample size is for a difference of {a['smallest_effect']:g} with power {a['power']:g}"
        if a["smallest_effect"]
        else "",
    ]
    return "; ".join(filter(None, parts))


def _association(a: _Row, row: _Row) -> str:
    method = {
        "pearson": "Pearson correlations, with intervals by Fisher's z,",
        "spearman": "Spearman rank correlations, with intervals of Bonett and Wright {@bonett2000},",
        "regression": "linear regressions",
    }[a["method"]]
    text = (
        f"{method} {'on' if a['method'] == 'regression' else 'with'} {listed([f'`{name}`' for name in a['against']])}"
    )
    if a["against_where"]:
        chosen = [f"{name} {_either(levels)}" for name, levels in a["against_where"].items()]
        text += f" (of {listed(chosen)})"
    if a["change"]:
        text += f"; the outcome is the change from {a['change'][0]} to {a['change'][1]}"
    return f"{text}; {_intervals(a)}; {_ADJUSTED[a['adjustment']]}"


def _mixed_model(a: _Row, row: _Row) -> str:
    factors = [
        f"`{name}` (reference: {a['references'].get(name, 'the first level of the sheets')})" for name in a["factors"]
    ]
    text = f"linear mixed models {{@laird1982}} of {listed(factors)}"
    if len(a["factors"]) > 1:
        text += " with all interactions" if a["interactions"] else " without interactions"
    if a["covariates"]:
        text += f" and the centred {'covariates' if len(a['covariates']) > 1 else 'covariate'} "
        text += listed([f"`{name}`" for name in a["covariates"]])
    if a["baseline"]:
        text += f" and the centred covariate `baseline`, the outcome's own value in session {a['baseline']}"
    for name, factor in a["covariate_by"].items():
        text += f", with a slope of `{name}` of each level of `{factor}`"
    if a["pairs"] == "all":
        text += ", all pairs of levels compared"
    text += _contrasts(row)
    text += (
        ", with random effects of participant and, within participant, of session, side and every factor that varies there, alone and "
        "combined, as far as the data supported them (restricted maximum likelihood)"
    )
    if own := [name for name in a["random_slopes"] if name in a["covariates"]]:
        text += f", and a slope of each participant's own on {listed([f'`{name}`' for name in own])}"
    if a["unequal_spread"]:
        text += f"; each level of `{a['unequal_spread']}` had variances of its own"
    degrees = {
        "satterthwaite": "Satterthwaite's degrees of freedom {@giesbrecht1985}",
        "containment": "the degrees of freedom of the stratum in which an effect varies",
    }
    if a["marginal_means"]:
        text += "; estimated marginal means over equally weighted levels"
    if a["simple_effects"]:
        text += "; simple effects of each factor within the levels of the others, as a family of their own"
    if a["trend"]:
        orders = [f"`{name}` ({', '.join(levels)})" for name, levels in a["trend"].items()]
        text += f"; linear trend over the levels of {listed(orders)}"
    text += f"; F and t tests with {degrees[a['degrees_of_freedom']]}; {_intervals(a)}"
    return f"{text}; {_ADJUSTED[a['adjustment']]}"


def _spm(a: _Row, row: _Row) -> str:
    text = (
        "statistical parametric mapping {@pataky2010} of one mean curve per participant and condition: "
        f"{curve_test_text(a['test'])}"
    )
    if a["test"] == "regression":
        text += f" on `{a['covariate']}`"
        text += f" {_compared(a, row)}" if a["factor"] else ""
    else:
        text += f" {_compared(a, row, with_reference=not a['test'].startswith('anova'))}"
        text += f" and of the levels of `{a['second_factor']}`" if a["second_factor"] else ""
        text += f", of {_matched(a)}" if a["matched_by"] else ""
    text += f", {_level(a)}, threshold from "
    signs = " of signs of deviations from the common mean" if a["test"] in ("group", "hotelling_group") else ""
    text += f"permutation{signs} {{@nichols2002}}, {_permutations(a)}" if a["nonparametric"] else "random field theory"
    return f"{text}; {_BONFERRONI[a['adjustment']]}"


def profiles_text(config: Mapping[str, Any]) -> str:
    """Return what the profile scores per session are, with a space in front; empty where there are none."""
    own = config.get("profile_scores", {"reference": "none"})
    if own["reference"] == "none":
        return ""
    if own["reference"] == "norms":
        return " Gait Profile Scores of walking {@baker2009} were taken per leg and session against reference curves that fit the age."
    levels = ", ".join(f"{name} {level}" for name, level in own["controls"].items())
    return (
        f" Gait Profile Scores of walking {{@baker2009}} were taken per leg and session against the controls of the study ({levels}; at "
        f"least {own['min_controls']}, a control against the others), Gait Deviation Indices {{@schwartz2008}} with features of all "
        f"legs of the study where at least {own['gdi_min_legs']} control legs were whole."
    )


def _profile_score(a: _Row, row: _Row) -> str:
    if a["reference"] == "controls":
        levels = [f"{name} {level}" for name, level in a["controls"].items()]
        against = f"the study's controls ({listed(levels)}; a control was scored against the others)"
    else:
        against = "the published or given reference curves"
    together = [name for name in row["outcomes"] if name not in a["outcomes"]]
    return (
        "profile scores, the root mean square distance from the mean curve of "
        f"{against} {{@baker2009}}; every leg of every session was scored, then averaged per participant; that of all curves "
        f"together is called `{(together or [a['title'] or 'profile_score'])[0]}`; means with {_intervals(a)}{_by(a)}"
    )


_KINDS: dict[str, Callable[[_Row, _Row], str]] = {
    "descriptives": _descriptives,
    "reliability": _reliability,
    "comparison": _comparison,
    "association": _association,
    "mixed_model": _mixed_model,
    "spm": _spm,
    "profile_score": _profile_score,
}
