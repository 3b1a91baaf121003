"""The statistics paragraph of the methods section: tests, effect sizes, variances and families of all analyses together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from biomech.report.facts import Facts
from biomech.report.methods_statistics import comparison_test, curve_test_text, random_name
from biomech.report.phrases import listed
from biomech.statistics.result_rows import EFFECTS

_Row = Mapping[str, Any]
_Pair = tuple[_Row, _Row]
_MOST = 3  # analyses named next to a sentence; more are counted


def summary_text(analyses: Sequence[_Row], facts: Facts) -> str:
    """Return the statistics of a study in a paragraph; each analysis with its options is in the supplement.

    Parameters
    ----------
    analyses : sequence of mapping
        The config's ``statistics``, JSON-ready and with all defaults.
    facts : Facts
    """
    found = {str(row["analysis"]): row for row in facts.analyses}
    done = [(analysis, found[analysis["name"]]) for analysis in analyses if analysis["name"] in found]
    parts = [
        "Cycles were averaged within trials, then trials, sessions and legs with equal weight; they were never treated as independent."
    ]
    for kind, sentence in _KINDS.items():
        pairs = [pair for pair in done if pair[0]["kind"] == kind]
        parts += [sentence(pairs)] if pairs else []
    if done:
        parts += [_effects(done), _inference(done)]
        if any(row.get("left_out") for _, row in done):
            parts.append("Participants, legs or cycles lacking required values were left out (supplement).")
    if lacking := [name for name in facts.not_done if name not in found]:
        parts.append(f"{listed([f'`{name}`' for name in lacking])} could not be done (reasons in the supplement).")
    return " ".join(part for part in parts if part)


def _named(pairs: Sequence[_Pair]) -> str:
    names = list(dict.fromkeys(f"`{analysis['name']}`" for analysis, _ in pairs))
    return f" ({listed(names)})" if len(names) <= _MOST else f" ({len(names)} analyses)"


def _by_text(pairs: Sequence[_Pair], text: Callable[[_Row, _Row], str]) -> str:
    """Return the different texts of some analyses; where they are several, each with the analyses that it is of."""
    groups: dict[str, list[_Pair]] = {}
    for analysis, row in pairs:
        groups.setdefault(text(analysis, row), []).append((analysis, row))
    return listed([f"{words}{_named(own) if len(groups) > 1 else ''}" for words, own in groups.items()])


def _descriptives(pairs: Sequence[_Pair]) -> str:
    return "Outcomes were described by mean, SD, median and range over participants."


def _comparison(pairs: Sequence[_Pair]) -> str:
    text = f"Levels were compared by {_by_text(pairs, lambda analysis, _: comparison_test(analysis))}"
    if any(a["checks"] for a, _ in pairs):
        text += "; assumptions were described by Shapiro-Wilk and Brown-Forsythe tests"
    if any(a["equivalence_margin"] for a, _ in pairs):
        text += "; equivalence was tested by two one-sided t tests {@schuirmann1987}"
    return f"{text}."


def _association(pairs: Sequence[_Pair]) -> str:
    ways = {
        "pearson": "Pearson correlation",
        "spearman": "Spearman rank correlation {@bonett2000}",
        "regression": "linear regression",
    }
    return f"Associations were estimated by {_by_text(pairs, lambda analysis, _: ways[analysis['method']])}."


def _mixed_model(pairs: Sequence[_Pair]) -> str:
    degrees = {
        "satterthwaite": "Satterthwaite's degrees of freedom {@giesbrecht1985}",
        "containment": "containment degrees of freedom",
    }

    def kept(_: _Row, row: _Row) -> str:
        sets = [listed([random_name(one) for one in effects]) or "none" for effects in row["random"]]
        return " or ".join(dict.fromkeys(sets)) or "none"

    ways = listed(list(dict.fromkeys(degrees[analysis["degrees_of_freedom"]] for analysis, _ in pairs)))
    return (
        "Linear mixed models {@laird1982} (restricted maximum likelihood, equal residual variances) had the largest set of random "
        f"effects that the data supported {{@barr2013}}: {_by_text(pairs, kept)}. Fixed effects were tested with {ways}."
    )


def _reliability(pairs: Sequence[_Pair]) -> str:
    curves = [pair for pair in pairs if all("." in name for name in pair[0]["outcomes"])]
    values = [pair for pair in pairs if pair not in curves]
    text = ""
    if values:
        repeated = [pair for pair in values if pair[0]["repeated_pairs"]]
        limits = ["mean difference ± 1.96 SD {@bland1986}"] if len(repeated) < len(values) else []
        limits += [f"of repeated pairs {{@zou2013}}{_named(repeated) if limits else ''}"] if repeated else []
        text = (
            "Reliability was expressed by intraclass correlation coefficients (ICC) {@shrout1979,mcgraw1996}, the standard error of "
            "measurement (SEM = √MSE of participants × measurements), the minimal detectable change (MDC95 = 1.96 √2 SEM) {@weir2005} and "
            f"limits of agreement ({listed(limits)})."
        )
    if curves:
        text += (
            " Reliability of curves was expressed by the coefficient of multiple correlation {@kadaba1989} and, point by point, ICC(2,1) "
            "{@shrout1979}, SEM (√MSE) and MDC95 (1.96 √2 SEM)."
        )
    return text.strip()


def _spm(pairs: Sequence[_Pair]) -> str:
    permuted = [pair for pair in pairs if pair[0]["nonparametric"]]
    fields = [pair for pair in pairs if not pair[0]["nonparametric"]]
    ways = [f"random field theory{_named(fields) if permuted else ''}"] if fields else []
    ways += [f"permutations {{@nichols2002}}{_named(permuted) if fields else ''}"] if permuted else []
    return (
        "Participants' mean curves were compared by statistical parametric mapping {@pataky2010} ("
        f"{_by_text(pairs, lambda analysis, _: curve_test_text(analysis['test']))}), with thresholds from {listed(ways)}."
    )


def _profile_score(pairs: Sequence[_Pair]) -> str:
    own = {"norms": "published or given reference curves", "controls": "the study's controls"}
    return (
        "Profile scores were root mean square distances of each leg's curves from the mean of "
        f"{_by_text(pairs, lambda analysis, _: own[analysis['reference']])} {{@baker2009}}."
    )


def _effects(done: Sequence[_Pair]) -> str:
    """Define the effect sizes that the results hold."""
    names = {name for _, row in done for name in row.get("effects", ())}
    known = [effect for name, effect in EFFECTS.items() if name in names and effect.formula]
    groups = [[one for one in known if one.corrected], [one for one in known if not one.corrected]]
    texts = [listed([f"{one.title} ({one.formula}) {{@{one.source}}}" for one in group]) for group in groups]
    if texts[0]:
        each = ", each" if len(groups[0]) > 1 else ","
        texts[0] += f"{each} times the exact small-sample factor"
    return f"Effect sizes were {'; '.join(filter(None, texts))}." if known else ""


def _inference(done: Sequence[_Pair]) -> str:
    levels = sorted({f"{100 * (1 - analysis['alpha']):g} %" for analysis, _ in done})
    text = f"Tests were two-sided, with {listed(levels)} confidence intervals"
    ways = {"holm": "Holm's procedure {@holm1979}", "fdr": "the false discovery rate {@benjamini1995}"}
    tested = [(a, row) for a, row in done if row.get("families") and a["kind"] != "spm"]
    adjusted = [pair for pair in tested if pair[0]["adjustment"] != "none"]
    if adjusted:
        by = _by_text(adjusted, lambda a, _: ways[a["adjustment"]])
        text += f"; p values were adjusted by {by} within each analysis (one family)"
    if plain := [pair for pair in tested if pair[0]["adjustment"] == "none"]:
        text += f"; p values{_named(plain) if adjusted else ''} were not adjusted"
    if any(a["kind"] == "spm" and a["adjustment"] != "none" for a, _ in done):
        text += "; curves of an analysis shared alpha by Bonferroni"
    return f"{text}."


_KINDS: dict[str, Callable[[Sequence[_Pair]], str]] = {
    "descriptives": _descriptives,
    "comparison": _comparison,
    "association": _association,
    "mixed_model": _mixed_model,
    "spm": _spm,
    "reliability": _reliability,
    "profile_score": _profile_score,
}
