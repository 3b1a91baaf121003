"""Power, false positives and coverage of the analyses, on synthetic studies of 24 participants at the level of metrics.

Every study has two groups of 12, two sessions, two legs and three repetitions, with random participants, legs within
participants, sessions within participants and repetitions of known variances. The statistics are those of the package; the
expected power comes from the noncentral t distribution of the same design.

    python benchmarks/statistics_simulations.py [number of studies]
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from biomech.statistics.comparison import groups, paired
from biomech.statistics.mixed import fit
from biomech.statistics.values import participant_means

PARTICIPANTS, REPETITIONS = 24, 3
SD = {"participant": 3.0, "side": 1.5, "session": 1.0, "cell": 0.6, "repetition": 1.2}
CHANGE, GROUP = 0.95, 3.9  # planted, in degrees: power of about 0.8 and 0.8
CONFIDENCE = 0.95


def study(random: np.random.Generator, change: float, group: float) -> pd.DataFrame:
    """Return one row per cycle: participant, group, session, side, value."""
    n, s, k, r = PARTICIPANTS, 2, 2, REPETITIONS
    value = np.zeros((n, s, k, r))
    value += random.normal(0, SD["participant"], (n, 1, 1, 1)) + random.normal(0, SD["side"], (n, 1, k, 1))
    value += random.normal(0, SD["session"], (n, s, 1, 1)) + random.normal(0, SD["cell"], (n, s, k, 1))
    value += random.normal(0, SD["repetition"], value.shape)
    value[:, 1] += change
    value[n // 2 :] += group
    person, session, side, _ = (axis.ravel() for axis in np.indices(value.shape))
    return pd.DataFrame(
        {
            "participant": np.char.add("P", np.char.zfill(person.astype(str), 2)),
            "group": np.where(person < n // 2, "control", "case"),
            "session": np.where(session == 0, "pre", "post"),
            "side": np.where(side == 0, "left", "right"),
            "value": value.ravel(),
        }
    )


def true_effects(change: float, group: float) -> dict[str, float]:
    """Return the standardised effects that Hedges g estimates, of one value per participant and session."""
    cell = SD["cell"] ** 2 / 2 + SD["repetition"] ** 2 / (2 * REPETITIONS)
    person = SD["participant"] ** 2 + SD["side"] ** 2 / 2
    return {
        "paired": change / np.sqrt(person + SD["session"] ** 2 + cell),
        "group": group / np.sqrt(person + (SD["session"] ** 2 + cell) / 2),
    }


def expected_power(change: float, group: float) -> dict[str, float]:
    """Return the power of t tests of this design, from the noncentral t distribution."""
    cell = SD["cell"] ** 2 / 2 + SD["repetition"] ** 2 / (2 * REPETITIONS)
    visit = SD["session"] ** 2 + cell
    person = SD["participant"] ** 2 + SD["side"] ** 2 / 2 + visit / 2
    n = PARTICIPANTS

    def power(nc: float, df: float) -> float:
        limit = stats.t.ppf(0.975, df)
        return float(stats.nct.sf(limit, df, nc) + stats.nct.cdf(-limit, df, nc))

    return {
        "paired": power(change / np.sqrt(2 * visit / n), n - 1),
        "group": power(group / np.sqrt(person * 4 / n), n - 2),
    }


def simulate(
    studies: int, change: float, group: float, seed: int, models: bool = True, permutations: tuple[int, ...] = (0, 999)
) -> pd.DataFrame:
    """Return one row per study and analysis: p, and whether its intervals hold the planted effects."""
    random = np.random.default_rng(seed)
    effects = true_effects(change, group)
    rows = []
    for i in range(studies):
        table = study(random, change, group)
        by_session = _wide(table, "session")
        means = participant_means(table, table["value"].to_numpy(), ["group"])
        case = (means.keys["group"] == "case").to_numpy()
        for number in permutations:
            found = {
                "paired": paired(by_session["post"], by_session["pre"], CONFIDENCE, number, seed=i),
                "group": groups(means.values[case, 0], means.values[~case, 0], CONFIDENCE, number, seed=i),
            }
            for name, planted in (("paired", change), ("group", group)):
                one = found[name]
                covered = one.low <= planted <= one.high
                covered_g = one.effect_low <= effects[name] <= one.effect_high
                rows.append((f"{name}{' by permutation' * bool(number)}", one.p, covered, covered_g))
        if models:
            cells = table.groupby(["participant", "group", "session", "side"], sort=False)["value"].mean().reset_index()
            model = fit(cells, {"group": ["control", "case"], "session": ["pre", "post"]}, confidence=CONFIDENCE)
            planted_terms = {"session": change, "group": group, "group:session": 0.0}
            for row in model.rows:
                if row.get("contrast"):
                    covered = row["low"] <= planted_terms[row["term"]] <= row["high"]
                    rows.append((f"mixed model, {row['term']}", row["p"], covered, np.nan))
            if model.problem:
                rows.append(("mixed model, failed", np.nan, np.nan, np.nan))
    return pd.DataFrame(rows, columns=["analysis", "p", "covered", "effect_covered"])


def simulate_unbalanced(studies: int, change: float, group: float, seed: int) -> pd.DataFrame:
    """Return one row per study, contrast and method for degrees of freedom, of studies that came out as they do.

    A third of the people are cases, a quarter of them come only once, and a fifth of the legs of a visit are missing.
    """
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(studies):
        table = study(random, change, 0.0)
        table = table.groupby(["participant", "group", "session", "side"], sort=False)["value"].mean().reset_index()
        person = table["participant"].str[1:].astype(int).to_numpy()
        case = person >= 2 * PARTICIPANTS // 3
        table = table.assign(group=np.where(case, "case", "control"), value=table["value"] + group * case)
        once = random.permutation(PARTICIPANTS) < PARTICIPANTS // 4
        visit = random.integers(0, 2, PARTICIPANTS)
        kept = ~once[person] | (visit[person] == (table["session"] == "post"))
        first = ~table.duplicated(["participant", "session"]).to_numpy()  # every visit keeps a leg
        kept &= first | (random.random(len(table)) > 0.4)
        cells = table[kept].reset_index(drop=True)
        for degrees in ("satterthwaite", "containment"):
            factors = {"group": ["control", "case"], "session": ["pre", "post"]}
            model = fit(cells, factors, confidence=CONFIDENCE, degrees=degrees)
            planted = {"session": change, "group": group, "group:session": 0.0}
            for row in model.rows:
                if row.get("contrast"):
                    covered = row["low"] <= planted[row["term"]] <= row["high"]
                    rows.append((f"{row['term']}, {degrees}", row["p"], covered, np.nan))
    return pd.DataFrame(rows, columns=["analysis", "p", "covered", "effect_covered"])


def simulate_curves(
    studies: int,
    sizes: tuple[int, int],
    spreads: tuple[float, float],
    seed: int,
    *,
    permutations: int = 0,
    points: int = 101,
) -> float:
    """Return the share of studies of two groups of curves without a difference in which Welch's t found one at 5 %.

    Curves are smooth noise with a full width at half maximum of a quarter of the cycle.
    """
    from scipy.ndimage import gaussian_filter1d

    from biomech.statistics.curves import curve_test

    random, found = np.random.default_rng(seed), 0
    width = points / 4 / np.sqrt(8 * np.log(2))
    for i in range(studies):
        samples = [
            spread * gaussian_filter1d(random.normal(size=(n, 3 * points)), width, axis=1)[:, points : 2 * points]
            for n, spread in zip(sizes, spreads, strict=True)
        ]
        found += bool(curve_test("group", samples, alpha=0.05, permutations=permutations, seed=seed + i).clusters)
    return found / studies


def _wide(table: pd.DataFrame, factor: str) -> Mapping[str, np.ndarray]:
    means = participant_means(table, table["value"].to_numpy(), [factor])
    wide = means.keys.assign(value=means.values[:, 0]).pivot_table(index="participant", columns=factor, values="value")
    return {str(level): wide[level].to_numpy() for level in wide.columns}


def summary(rows: pd.DataFrame, alpha: float = 0.05) -> pd.DataFrame:
    """Return rejections and coverage of each analysis."""
    grouped = rows.assign(rejected=rows["p"] < alpha).groupby("analysis", sort=False)
    out = grouped[["rejected", "covered", "effect_covered"]].mean()
    return out.assign(studies=grouped.size()).reset_index()


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    scenes = {"no effect": (0.0, 0.0), "planted change": (CHANGE, 0.0), "planted difference of groups": (0.0, GROUP)}
    for seed, (title, (change, group)) in enumerate(scenes.items()):
        print(title, {name: round(value, 3) for name, value in expected_power(change, group).items()})
        print(summary(simulate(number, change, group, seed=seed)).round(3).to_string(index=False), flush=True)
    print("unbalanced, no effect")
    print(summary(simulate_unbalanced(number, 0.0, 0.0, seed=3)).round(3).to_string(index=False), flush=True)
    print("unbalanced, planted effects")
    print(summary(simulate_unbalanced(number, CHANGE, GROUP, seed=4)).round(3).to_string(index=False), flush=True)
    print("curves of two groups without a difference, Welch's t: random fields, 500 permutations")
    for sizes, spreads in (
        ((12, 12), (1, 1)),
        ((8, 16), (2, 1)),
        ((10, 30), (2, 1)),
        ((10, 30), (1, 2)),
        ((6, 18), (2, 1)),
    ):
        shares = [simulate_curves(number, sizes, spreads, seed=105, permutations=n) for n in (0, 500)]
        print(sizes, spreads, *(f"{100 * share:.1f} %" for share in shares), flush=True)
