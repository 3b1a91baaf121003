"""Reliability against published tables; intervals against repeated sampling."""

import numpy as np
import pytest

from biomech.statistics.reliability import bland_altman, icc, mdc95, sem, two_way

# Shrout & Fleiss 1979, table 2: six targets, four judges
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
# Bland & Altman 1986, Lancet i:307, table 1: peak flow, first reading of each of two meters, L/min
WRIGHT = np.array([494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427], dtype=float)
MINI = np.array([512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451], dtype=float)


def test_mean_squares_of_shrout_and_fleiss():
    ms = two_way(SHROUT_FLEISS)  # their table 3
    assert (ms.rows, ms.columns, ms.error) == pytest.approx((11.24, 32.49, 1.02), abs=0.005)


# values: Shrout & Fleiss 1979, table 4; limits: R package psych, function ICC, on the same data (two decimals)
@pytest.mark.parametrize(
    ("form", "value", "low", "high"),
    [("2,1", 0.29, 0.02, 0.76), ("3,1", 0.71, 0.34, 0.95), ("2,k", 0.62, 0.07, 0.93)],
)
def test_icc_of_shrout_and_fleiss(form, value, low, high):
    found = icc(SHROUT_FLEISS, form)
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), abs=0.0051)


def test_icc_equals_pingouin():
    pd = pytest.importorskip("pandas")
    pingouin = pytest.importorskip("pingouin")
    table = np.random.default_rng(1).normal(size=(12, 3)) + np.arange(12)[:, None] * 0.4
    long = pd.DataFrame({"who": np.repeat(np.arange(12), 3), "when": np.tile(np.arange(3), 12), "value": table.ravel()})
    theirs = pingouin.intraclass_corr(long, targets="who", raters="when", ratings="value").set_index("Type")
    interval = next(name for name in theirs if name.startswith("CI95"))
    for form, name in (("2,1", "ICC(A,1)"), ("2,k", "ICC(A,k)"), ("3,1", "ICC(C,1)")):
        row, ours = theirs.loc[name], icc(table, form)
        assert ours.value == pytest.approx(row["ICC"], abs=1e-6)
        assert (ours.low, ours.high) == pytest.approx(tuple(row[interval]), abs=0.0051)  # rounded to two decimals there


def test_missing_and_degenerate_tables_have_reasons():
    holes = SHROUT_FLEISS.copy()
    holes[0, 0] = np.nan
    assert icc(holes).value == pytest.approx(icc(SHROUT_FLEISS[1:]).value)
    assert "at least 3" in icc(SHROUT_FLEISS[:2]).reason
    assert "zero variance" in icc(np.ones((5, 2))).reason
    perfect = np.arange(5.0)[:, None] + np.array([0.0, 1.0])
    assert icc(perfect, "3,1").value == 1.0 and np.isnan(icc(perfect, "3,1").low)
    # absolute agreement counts the shift: variance 2.5 between people, 0.5 between columns
    assert icc(perfect, "2,1").value == pytest.approx(2.5 / 3.0)


def test_sem_and_smallest_change():
    found = sem(SHROUT_FLEISS)
    assert found.value == pytest.approx(np.sqrt(1.0194), abs=1e-4)
    assert mdc95(found.value) == pytest.approx(1.96 * np.sqrt(2) * found.value, rel=1e-4)
    # two sessions: SEM is the SD of differences / sqrt(2), so MDC95 is half the width of the limits of agreement
    pair = SHROUT_FLEISS[:, :2]
    agreement = bland_altman(pair[:, 0], pair[:, 1])
    assert mdc95(sem(pair).value) == pytest.approx((agreement.upper.value - agreement.lower.value) / 2)


def test_bland_altman_of_peak_flow():
    found = bland_altman(MINI, WRIGHT)
    # the paper takes 2 SD: -2.1, 38.8; limits -79.7 and 75.5; bias -22.0 to 17.8
    assert found.bias.value == pytest.approx(-2.1, abs=0.05)
    assert found.sd == pytest.approx(38.8, abs=0.05)
    assert (found.bias.low, found.bias.high) == pytest.approx((-22.0, 17.8), abs=0.1)
    assert found.bias.value - 2 * found.sd == pytest.approx(-79.7, abs=0.1)


def test_intervals_cover():
    """4,000 draws: coverage of 95 % intervals within four binomial standard errors."""
    draws, n = 4000, 12
    rng = np.random.default_rng(20)
    counts = dict.fromkeys(["icc_3_1", "sem", "upper"], 0)
    for _ in range(draws):
        table = rng.normal(0, 2, (n, 1)) + rng.normal(0, 1, (n, 2))
        found = icc(table, "3,1"), sem(table), bland_altman(*table.T).upper
        truth = 0.8, 1.0, 1.959964 * np.sqrt(2)
        for name, estimate, true in zip(counts, found, truth, strict=True):
            counts[name] += estimate.low <= true <= estimate.high
    margin = 4 * np.sqrt(0.95 * 0.05 / draws)
    assert {name: count / draws for name, count in counts.items()} == pytest.approx(
        dict.fromkeys(counts, 0.95), abs=margin
    )
