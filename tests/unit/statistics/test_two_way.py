"""Two factors along curves: spm1d where groups are of one size, closed forms where they are not, and planted effects."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from biomech.config import parse_config
from biomech.errors import StudyError
from biomech.statistics.engine import Results, run_analyses
from biomech.statistics.result_rows import table_of
from biomech.statistics.spm import field_of_f
from biomech.statistics.two_way import mixed_effects, repeated_effects
from biomech.study.statistics_columns import CLUSTER_COLUMNS

spm1d = pytest.importorskip("spm1d")
PERCENT = np.linspace(0, 100, 51)


def smooth(random: np.random.Generator, *shape: int) -> np.ndarray:
    basis = np.stack([np.cos(k * np.pi * PERCENT / 100) for k in range(5)])
    return random.normal(size=(*shape, 5)) @ basis


def quiet(test, *given):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one curve per cell: spm1d's residuals are approximate
        return test(*given)


@pytest.mark.parametrize("conditions", [2, 3])
def test_group_and_condition_are_those_of_spm1d(conditions: int) -> None:
    random = np.random.default_rng(conditions)
    curves = smooth(random, 12, conditions) + 3 * smooth(random, 12, 1)
    groups = np.repeat([0, 1], 6)
    n, k, points = curves.shape
    a, b, subject = np.repeat(groups, k), np.tile(np.arange(k), n), np.repeat(np.arange(n), k)
    theirs = quiet(spm1d.stats.anova2onerm, curves.reshape(n * k, points), a, b, subject)
    for mine, other in zip(mixed_effects(curves, groups), theirs, strict=True):
        np.testing.assert_allclose(mine.statistic, other.z, rtol=1e-6)
        assert mine.df == pytest.approx(other.df)


def test_two_conditions_are_those_of_spm1d() -> None:
    random = np.random.default_rng(8)
    curves = smooth(random, 9, 2, 3) + 3 * smooth(random, 9, 1, 1)
    a, b = (np.tile(place.ravel(), 9) for place in np.indices((2, 3)))
    theirs = quiet(spm1d.stats.anova2rm, curves.reshape(54, -1), a, b, np.repeat(np.arange(9), 6))
    for mine, other in zip(repeated_effects(curves), theirs, strict=True):
        np.testing.assert_allclose(mine.statistic, other.z, rtol=1e-6)
        assert mine.df == pytest.approx(other.df)


def test_random_fields_are_those_of_spm1d() -> None:
    """The same smoothness gives the same threshold and clusters: an F of groups of whole curves, whose residuals are alike."""
    random = np.random.default_rng(3)
    curves = smooth(random, 14)
    curves[7:] += 8 * np.exp(-(((PERCENT - 50) / 15) ** 2))
    groups = np.repeat([0, 1], 7)
    theirs = quiet(lambda *given: spm1d.stats.anova1(*given, equal_var=True), curves, groups).inference(0.05)
    mine = mixed_effects(np.stack([curves, curves], axis=1), groups)[0]
    found = field_of_f(mine.statistic, mine.df, mine.residuals, 0.05)
    assert found.threshold == pytest.approx(theirs.zstar, rel=1e-6) and found.df == "1, 12"
    assert len(found.clusters) == len(theirs.clusters) == 1
    mine_ends, their_ends = (found.clusters[0]["start"], found.clusters[0]["end"]), theirs.clusters[0].endpoints
    assert mine_ends == pytest.approx(their_ends) and found.clusters[0]["p"] == pytest.approx(theirs.clusters[0].P)


def test_groups_of_other_size_weigh_the_same() -> None:
    """Closed forms: F of the interaction is t² of differences, F of the condition t² of the mean of the groups' differences."""
    random = np.random.default_rng(4)
    curves = smooth(random, 16, 2) + smooth(random, 16, 1)
    groups = np.repeat([0, 1], [5, 11])
    group, condition, both = mixed_effects(curves, groups)
    mean, change = curves.mean(axis=1), curves[:, 1] - curves[:, 0]
    for own, values in ((group, mean), (both, change)):
        np.testing.assert_allclose(own.statistic, stats.ttest_ind(values[:5], values[5:]).statistic ** 2)
        assert own.df == (1, 14)
    pooled = (4 * change[:5].var(axis=0, ddof=1) + 10 * change[5:].var(axis=0, ddof=1)) / 14
    middle = (change[:5].mean(axis=0) + change[5:].mean(axis=0)) / 2
    np.testing.assert_allclose(condition.statistic, middle**2 / (pooled / 4 * (1 / 5 + 1 / 11)))


def study(groups: list[str], effect: float, lost: int = 0) -> xr.Dataset:
    """Cycles before and after; the effect is a bump of cases after training; some participants come only once."""
    random = np.random.default_rng(6)
    rows, curves = [], []
    bump = effect * np.exp(-(((PERCENT - 60) / 8) ** 2))
    for i, group in enumerate(groups):
        level = 3 * random.normal()
        for session in ("pre", "post"):
            if session == "post" and i < lost:
                continue
            own = level + smooth(random) + bump * (group == "case" and session == "post")
            for rep in (1, 2):
                rows.append(
                    {"participant": f"P{i:02d}", "group": group, "session": session, "side": "left", "rep": rep}
                )
                curves.append(own + 0.1 * rep)
    about = pd.DataFrame(rows).assign(task="walking", condition="", footwear="shod", trial="t", dominant_side="left")
    angle = xr.DataArray(
        np.array(curves)[:, :, None],
        dims=("cycle", "percent", "quantity"),
        coords={"percent": PERCENT, "quantity": ["knee_flexion"]}
        | {name: ("cycle", about[name].to_numpy()) for name in about},
        attrs={"units": "degree"},
    )
    return xr.Dataset({"angle": angle})


GIVEN = {
    "name": "two",
    "kind": "spm",
    "test": "anova_mixed",
    "outcomes": ["angle.knee_flexion"],
    "factor": "group",
    "second_factor": "session",
}


def run(data: xr.Dataset, **more: object) -> Results:
    analyses = parse_config({"statistics": [GIVEN | more]}).statistics
    return run_analyses(analyses, pd.DataFrame({"metric": [], "participant": []}), data)


def test_a_change_of_one_group_is_an_interaction_where_it_is() -> None:
    found = run(study(["control"] * 9 + ["case"] * 9, effect=6.0))
    rows = {row["term"]: row for row in table_of(found.rows).to_dict("records")}
    assert set(rows) == {"group", "session", "group:session"} and {row["status"] for row in rows.values()} == {"done"}
    assert rows["group:session"]["p"] < 0.05 / 3 and rows["group:session"]["df"] == "1, 16"
    assert rows["group:session"]["p_adjusted"] == pytest.approx(3 * rows["group:session"]["p"])
    assert rows["group"]["n_participants"] == 18 and rows["group"]["n_cycles"] == 72
    clusters = table_of(found.clusters, CLUSTER_COLUMNS)
    (place,) = clusters[clusters["contrast"] == "group:session"].to_dict("records")
    assert 45 < place["start_percent"] < 60 < place["end_percent"] < 75
    assert [level.name for level in found.curves[2].levels] == [
        "control, pre",
        "control, post",
        "case, pre",
        "case, post",
    ]


def test_nothing_planted_is_not_found_and_who_lacks_a_session_is_named() -> None:
    rows = table_of(run(study(["control"] * 9 + ["case"] * 9, effect=0.0, lost=2)).rows)
    assert rows["p"].isna().all() and set(rows["n_participants"]) == {16}
    assert rows["reason"].str.contains("left out for lack of a curve under every level: P00, P01").all()


def test_every_effect_has_a_figure() -> None:
    from biomech.report.statistics_report import statistics_figures
    from biomech.statistics.write_statistics import curves_dataset

    found = run(study(["control"] * 7 + ["case"] * 7, effect=6.0))
    clusters = table_of(found.clusters, CLUSTER_COLUMNS)
    drawn = list(statistics_figures(table_of(found.rows), pd.DataFrame(), clusters, curves_dataset(found.curves)))
    assert [row["contrast"] for _, row in drawn] == ["group", "session", "group:session"]
    assert [figure.axes[-1].get_ylabel() for figure, _ in drawn] == ["F(1, 12)"] * 3


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"second_factor": ""}, "needs `factor` and another `second_factor`"),
        ({"second_factor": "group"}, "needs `factor` and another `second_factor`"),
        ({"nonparametric": True}, "random field theory only"),
        ({"test": "paired"}, "second_factor: is of the tests"),
    ],
)
def test_incomplete_designs_fail_before_any_job(more: dict, expected: str) -> None:
    with pytest.raises(StudyError, match=expected):
        parse_config({"statistics": [GIVEN | more]})


def test_designs_that_the_data_do_not_have_say_so() -> None:
    data = study(["control"] * 9 + ["case"] * 9, effect=0.0)
    (row,) = run(data, factor="session", second_factor="side").rows
    assert row["status"] == "skipped" and "side has 1 level with values (left)" in row["reason"]
    (row,) = run(data, factor="session", second_factor="rep").rows
    assert "session varies within participants" in row["reason"] and "anova_two_repeated" in row["reason"]
    (row,) = run(study(["control"] * 3 + ["case"] * 9, effect=0.0)).rows
    assert "3 participants with curves in the smallest group of group; at least 5 are needed" in row["reason"]
