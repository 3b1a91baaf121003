"""Writes the tables of docs/robustness.md: the outcome for unusual recordings, sheets and marker sets.

    python -m docs.robustness                         runs everything and writes the tables into the page
    python -m docs.robustness PATTERN                 runs the situations of matching name or kind and prints them
    python -m docs.robustness --rows OLD.tsv NEW.tsv  writes the table of new quality rows of real recordings
    python -m docs.robustness --simulated ROWS.tsv    writes the table of the quality rows of simulated people

The files come from `python -m validation.quality_rows` and `python -m validation.simulated_rows`. Run from the top folder of the
repository.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from tests.robustness.catalogue import SITUATIONS
from tests.robustness.mistakes import MISTAKES
from tests.robustness.outcome import GOOD, Outcome
from tests.robustness.situation import Situation, run_all
from validation.quality_rows import new_rows

PAGE = Path(__file__).with_name("robustness.md")
HEAD = ("situation", "outcome", "rows that name it", "")
SHOWN = 6
# what was found when the rows of a code were looked at, one by one
VERDICTS = {
    "points_disagree": "true: the header counts 11 points, POINT:USED 12; this file was refused before, as `unreadable`",
    "segment_axes": "true: this marker set, made for one comparison of knee moments, lays the foot's frame upside down; its ankle "
    "angles are -190 degrees",
    "analog_layout": "true: the header's number of analog values is wrong",
    "channel_scale": "true: SCALE is 0 in the file",
    "events_not_understood": "true: labels of an application or a lab that name no foot strike or foot off",
    "foot_off_without_plate": "true: the plate under this step was not used, foot offs at 62 to 73 % of the cycle show why that matters",
    "implausible": "true: 777 and 787 body weights a second are measured by the raw plate of this landing, above what is published",
    "second_reader": "true: files from DEC and MIPS processors and one with a negative offset, which ezc3d misreads; read as before",
    "knee_centres_apart": "true: a figure; soft tissue",
    "markers_not_smoothed": "a figure of the noise of this recording",
    "plate_offset": "true: offsets beyond 10 N are named now, before they were taken off in silence",
    "plate_spike": "single samples of 50 to 101 N in a static trial; their cause was not looked for",
    "marker_diameter_unknown": "true: neither sheets nor config nor C3D have it",
    "mass_differs": "true: in both static trials the plates show 684 N, 111 N less than in the walk of the same person (99 % of "
    "mass_kg), however it is spread over both: probably set to zero under load",
    "parameter_sources_differ": "true: rotations of the C3D files against those of the markers of the static trial",
    "plate_channel_saturated": "true: the channel stays at the end of its range",
    "plate_unit_doubtful": "true: all channels of this plate of type 1 are labelled N",
    "static_not_upright": "true: a child that stands with knees bent by 43 degrees",
    "wide_markers": "true: ten markers in a space of 4.8 m",
}
_PLAIN = str.maketrans({"|": "\\|", "*": "\\*", "<": "&lt;"})
Run = tuple[Situation, Outcome]


def plain(cell: str) -> str:
    """Return the text of a cell without signs that Markdown gives a meaning."""
    return cell.translate(_PLAIN)


def markdown(rows: Iterable[tuple[str, ...]], head: tuple[str, ...]) -> str:
    """Return a table as Markdown."""
    lines = [head, ("---",) * len(head), *(tuple(map(plain, row)) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def cells(run: Run) -> tuple[str, ...]:
    """Return the cells of one situation; the last holds what went wrong, where something did."""
    situation, outcome = run
    good = outcome.kind in GOOD
    codes = ", ".join(f"`{code}`" if " " not in code else code for code in outcome.codes) if good else ""
    return (situation.title, outcome.kind if good else outcome.kind.upper(), codes, "" if good else outcome.detail)


def by_kind(runs: list[Run]) -> str:
    """Return the table of counts, kind by kind."""
    kinds = list(dict.fromkeys(situation.kind for situation, _ in runs))
    found = {kind: Counter(outcome.kind for s, outcome in runs if s.kind == kind) for kind in kinds}
    total = sum(found.values(), Counter[str]())
    rows = []
    for kind, count in [*found.items(), ("all", total)]:
        bad = sum(n for name, n in count.items() if name not in GOOD)
        rows.append((kind, str(sum(count.values())), *(str(count[name]) for name in GOOD), str(bad)))
    return markdown(rows, ("kind", "situations", *GOOD, "neither"))


def situations_text(runs: list[Run]) -> str:
    """Return all tables of the situations."""
    kinds = dict.fromkeys(situation.kind for situation, _ in runs)
    parts = [by_kind(runs)]
    for kind in kinds:
        parts.append(
            f"### {kind[0].upper()}{kind[1:]}\n\n" + markdown(map(cells, (r for r in runs if r[0].kind == kind)), HEAD)
        )
    return "\n".join(parts)


def mistakes_text(runs: list[Run]) -> str:
    """Return the table of mistakes."""
    noticed = sum(outcome.kind in GOOD for _, outcome in runs)
    return f"{noticed} of {len(runs)} are noticed by a row that names them.\n\n" + markdown(map(cells, runs), HEAD)


def rows_text(old: pd.DataFrame, new: pd.DataFrame) -> str:
    """Return what is new among the quality rows of real recordings and the example."""
    table = new_rows(new, old)
    gone = new_rows(old, new)
    text = f"{len(new)} rows, {len(old)} before; {len(table)} are new, {len(gone)} are gone.\n\n"
    rows = []
    for (level, code), group in table.groupby(["level", "code"], sort=True):
        where = [
            f"{source.rpartition('/')[2]} {trial}".strip()
            for source, trial in zip(group["source"], group["trial"], strict=True)
        ]
        shown = list(dict.fromkeys(where))
        recordings = ", ".join(shown[:SHOWN]) + (f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else "")
        rows.append((str(level), f"`{code}`", str(len(group)), recordings, VERDICTS.get(str(code), "not looked at")))
    return text + markdown(rows, ("level", "code", "rows", "recordings", "true?"))


def simulated_text(table: pd.DataFrame) -> str:
    """Return the rows about recordings without a fault: warnings and errors by code."""
    people = table.drop_duplicates("participant")
    recordings = people["trials"].astype(int).sum()
    loud = table[table["level"] != "info"]
    text = f"{len(people)} people, {recordings} recordings; {len(loud)} rows are warnings or errors, {len(table) - len(loud)} information.\n\n"
    rows = [
        (
            level,
            f"`{code}`",
            str(len(group)),
            group["item"].value_counts().index[0],
            str(group["participant"].nunique()),
        )
        for (level, code), group in loud.groupby(["level", "code"], sort=True)
    ]
    return text + markdown(rows, ("level", "code", "rows", "most often", "people"))


def with_part(page: str, name: str, text: str) -> str:
    """Return the page with one of its generated parts replaced."""
    begin, end = f"<!-- {name}: python -m docs.robustness -->", f"<!-- end of {name} -->"
    head, rest = page.split(begin)
    return f"{head}{begin}\n\n{text}\n{end}{rest.split(end)[1]}"


def _shown(situations: list[Situation]) -> list[Run]:
    runs = []
    for situation, outcome in run_all(situations):
        print(
            f"{situation.kind:18} {situation.name:36} {outcome.kind:20} {', '.join(outcome.codes)[:50]:50} {outcome.detail}"
        )
        sys.stdout.flush()
        runs.append((situation, outcome))
    return runs


def main(arguments: list[str]) -> int:
    """Run the script; see the module's text."""
    page = PAGE.read_text(encoding="utf-8")
    if arguments[:1] == ["--rows"]:
        old, new = (pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False) for path in arguments[1:3])
        page = with_part(page, "rows", rows_text(old, new))
    elif arguments[:1] == ["--simulated"]:
        rows = pd.read_csv(arguments[1], sep="\t", dtype=str, keep_default_na=False)
        page = with_part(page, "simulated rows", simulated_text(rows))
    elif arguments:
        _shown([s for s in [*SITUATIONS, *MISTAKES] if re.search(arguments[0], f"{s.kind} {s.name}")])
        return 0
    else:
        runs = _shown([*SITUATIONS, *MISTAKES])
        page = with_part(page, "situations", situations_text(runs[: len(SITUATIONS)]))
        page = with_part(page, "mistakes", mistakes_text(runs[len(SITUATIONS) :]))
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
