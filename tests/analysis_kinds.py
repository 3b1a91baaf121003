"""Kinds of analysis with another value of every option, and the words that then are in the methods section."""

from __future__ import annotations

from typing import Any

COMMON = {
    "name": ("second", "`second`"),
    "outcomes": (["knee"], "`knee`"),
    "task": ("walking", "in walking"),
    "sides": ("dominant", "the dominant leg was used"),
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
# kind: what an analysis has, its options (another value, and the words that then are in the text), those without effect
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
            "incomplete": ("keep", "variance components of participants"),
        },
        {"adjustment", "seed"},
    ),
    "comparison": (
        {"design": "paired", "factor": "session", "method": "permutation"},
        {
            "design": ("group", "independent groups"),
            "method": ("t", "paired-samples t tests"),
            "pairs": ("all", "all pairs"),
            "matched_by": ("pair", "matched by `pair`"),
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
            "unequal_spread": ("sex", "each level of `sex` had variances of its own"),
            "degrees_of_freedom": ("containment", "degrees of freedom of the stratum"),
        },
        {"seed"},
    ),
    "spm": (
        {"test": "paired", "factor": "session", "nonparametric": True},
        {
            "test": ("anova", "analysis of variance between groups"),
            "covariate": ("age", "on `age`"),
            "matched_by": ("pair", "matched by `pair`"),
            "second_factor": ("condition", "of the levels of `condition`"),
            "nonparametric": (False, "random field theory"),
            "alpha": (0.1, "alpha 0.1"),
            "adjustment": ("none", "alpha was not divided"),
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
# options that have an effect only next to others
BESIDE = {
    ("reliability", "repetitions"): {"between": "repetition"},
    ("comparison", "symmetry_index"): {"factor": "injury"},
    ("comparison", "power"): {"smallest_effect": 1.0},
    ("spm", "covariate"): {"test": "regression", "covariate": "mass"},
    ("spm", "second_factor"): {
        "test": "anova_mixed",
        "factor": "group",
        "second_factor": "session",
        "nonparametric": False,
    },
}
