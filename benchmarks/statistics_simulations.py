"""Power, false positives and coverage of the analyses, on synthetic studies of 24 participants at the level of metrics.

Every study has two groups of 12, two sessions, two legs and three repetitions, with random participants, legs within
participants, sessions within participants and repetitions of known variances. The statistics are those of the package; the
expected power comes from the noncentral t distribution of the same design. Other kinds of analyses are in
`statistics_kinds.py`, designs with gaps and unequal spread in `statistics_designs.py`.

    python benchmarks/statistics_simulations.py [number of studies] [section ...]

replaces the rows of the sections (all, if none is named) in `docs/statistics_simulations.csv`; `python docs/statistics_table.py` then
writes them into `docs/statistics.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.statistics_rows import noise, row  # noqa: E402
from biomech.statistics.comparison import groups, paired  # noqa: E402
from biomech.statistics.mixed import fit  # noqa: E402
from biomech.statistics.participant_means import participant_means  # noqa: E402

PARTICIPANTS, REPETITIONS = 24, 3
SD = {"participant": 3.0, "side": 1.5, "session": 1.0, "cell": 0.6, "repetition": 1.2}
CHANGE, GROUP = 0.95, 3.9  # planted, in degrees: power of about 0.8 and 0.8
CONFIDENCE = 0.95
TABLE = ROOT / "docs" / "statistics_simulations.csv"


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
            for found in model.rows:
                if found.get("contrast"):
                    covered = found["low"] <= planted[found["term"]] <= found["high"]
                    rows.append((f"{found['term']}, {degrees}", found["p"], covered, np.nan))
    return pd.DataFrame(rows, columns=["analysis", "p", "covered", "effect_covered"])


def simulate_curves(
    studies: int,
    sizes: tuple[int, int],
    spreads: tuple[float, float],
    seed: int,
    *,
    permutations: int = 0,
    points: int = 101,
    fwhm: float = 0.25,
    difference: float = 0.0,
) -> float:
    """Return the share of studies of two groups of curves in which Welch's t found a difference at 5 %.

    The planted difference of the first group is a bump of a tenth of the cycle (SD) in the middle.
    """
    from biomech.statistics.spm import curve_test

    random, found = np.random.default_rng(seed), 0
    bump = difference * np.exp(-0.5 * ((np.arange(points) / points - 0.5) / 0.1) ** 2)
    for i in range(studies):
        a, b = (x * noise(random, n, points, fwhm) for n, x in zip(sizes, spreads, strict=True))
        found += bool(curve_test("group", [a + bump, b], alpha=0.05, permutations=permutations, seed=seed + i).clusters)
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


def _rows(section: str, design: str, found: pd.DataFrame, nominal: Mapping[str, float]) -> list[dict[str, object]]:
    """Return rows of a summary; `nominal` is the share of rejections that each analysis has by theory, if it has one."""
    out = []
    for one in summary(found).to_dict("records"):
        name, studies = str(one["analysis"]), int(one["studies"])
        if name in nominal:
            expected = nominal[name]
            measure = "false positives" if expected == 0.05 else "power"
            out.append(row(section, design, name, measure, expected, studies, one["rejected"]))
        out.append(row(section, design, name, "interval of the difference", CONFIDENCE, studies, one["covered"]))
        if np.isfinite(one["effect_covered"]):
            out.append(row(section, design, name, "interval of Hedges g", CONFIDENCE, studies, one["effect_covered"]))
    return out


def balanced(studies: int) -> list[dict[str, object]]:
    """Comparisons and mixed models, without an effect and with planted ones."""
    out = []
    scenes = {"no effect": (0.0, 0.0), "change of 0.95": (CHANGE, 0.0), "groups 3.9 apart": (0.0, GROUP)}
    for seed, (title, (change, group)) in enumerate(scenes.items()):
        power = expected_power(change, group)
        nominal = {f"{name}{how}": p for name, p in power.items() for how in ("", " by permutation")}
        nominal |= {"mixed model, session": power["paired"], "mixed model, group": power["group"]}
        nominal |= {"mixed model, group:session": 0.05}
        nominal = {name: 0.05 if abs(p - 0.05) < 1e-6 else p for name, p in nominal.items()}
        out += _rows("balanced", title, simulate(studies, change, group, seed), nominal)
    return out


def unbalanced(studies: int) -> list[dict[str, object]]:
    """Mixed models of studies with missing sessions and legs."""
    terms = [f"{term}, {df}" for term in ("session", "group", "group:session") for df in DEGREES]
    null = simulate_unbalanced(studies, 0.0, 0.0, seed=3)
    out = _rows("unbalanced", "no effect", null, dict.fromkeys(terms, 0.05))
    planted = simulate_unbalanced(studies, CHANGE, GROUP, seed=4)
    return out + _rows("unbalanced", "change of 0.95, groups 3.9 apart", planted, {})


def curves_of_groups(studies: int) -> list[dict[str, object]]:
    """Two groups of curves of other size, spread and smoothness, by signs (twice as many null studies) and by random fields."""
    out = []
    designs = [((6, 18), (1, 1)), ((6, 18), (2, 1)), ((6, 18), (1, 2)), ((18, 6), (2, 1)), ((18, 6), (1, 2))]
    designs += [((12, 12), (1, 1)), ((12, 12), (2, 1)), ((8, 24), (2, 1)), ((5, 15), (2, 1))]
    for k, (sizes, spreads) in enumerate(designs):
        for fwhm in (0.05, 0.2):
            title = f"{sizes[0]} and {sizes[1]}, SD {spreads[0]} : {spreads[1]}, FWHM {100 * fwhm:.0f} %"
            share = simulate_curves(2 * studies, sizes, spreads, 7000 + k, permutations=400, fwhm=fwhm)
            out.append(row(CURVES, title, "groups, signs", "false positives", 0.05, 2 * studies, share))
            print(out[-1], flush=True)
        share = simulate_curves(studies, sizes, spreads, 7000 + k, fwhm=fwhm)
        out.append(row(CURVES, title, "groups, random fields", "false positives", 0.05, studies, share))
    for n, name in ((0, "groups, random fields"), (400, "groups, signs")):
        share = simulate_curves(studies, (6, 18), (1, 1), 7100, permutations=n, fwhm=0.2, difference=1.8)
        title = "6 and 18, bump of 1.8 SD, FWHM 20 %"
        out.append(row(CURVES, title, name, "power", np.nan, studies, share))
    return out


CURVES = "curves of two groups"
DEGREES = ("satterthwaite", "containment")
SECTIONS: dict[str, Callable[[int], list[dict[str, object]]]] = {
    "balanced": balanced,
    "unbalanced": unbalanced,
    CURVES: curves_of_groups,
}


def write(studies: int, sections: list[str]) -> None:
    """Simulate sections and replace their rows in the table."""
    from benchmarks.statistics_designs import DESIGNS
    from benchmarks.statistics_kinds import KINDS

    every = SECTIONS | KINDS | DESIGNS
    for name in sections or list(every):
        rows = pd.DataFrame(every[name](studies))
        old = pd.read_csv(TABLE) if TABLE.is_file() else rows.iloc[:0]
        joined = pd.concat([old[old["section"] != name], rows])
        place = joined["section"].map(list(every).index)
        joined.iloc[np.argsort(place, kind="stable")].round(4).to_csv(TABLE, index=False)
        print(rows.round(3).to_string(index=False), flush=True)


if __name__ == "__main__":
    write(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, sys.argv[2:])
