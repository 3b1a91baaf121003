"""Overview page of a study's results: recordings processed, quality, headlines, statistics, links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from biomech.io.csv_parquet import read_parquet, read_tsv, write_bytes
from biomech.io.store import open_dataset, read_quality
from biomech.report.formatting import interval, markdown, number, unit_text
from biomech.report.overview import headline_metric, read_headlines
from biomech.report.panels import headlines, task_title
from biomech.report.statistics_tables import analysis_table, analysis_title, skipped_table

MAX_CODES = 12  # kinds of quality rows listed; the table holds all
LEVELS = ("error", "warning", "info")


def write_report(inputs: Mapping[str, Any], page: Path) -> None:
    """Write ``report.md``.

    Parameters
    ----------
    inputs : mapping
        ``dataset``, ``metrics`` (Parquet) and ``quality``; where they are: ``figures`` (list of them), ``findings`` (pages),
        ``methods`` (Markdown), ``results`` (statistics, Parquet), ``statistics`` (folder of tables and figures),
        ``profiles`` (profile scores, Parquet), ``profile_figures`` (folder of figures) and ``comparison`` (page of the variants).
    page : Path
        Links are relative to its folder.
    """
    page = Path(page)
    metrics, quality = read_headlines(inputs["metrics"]), read_quality(inputs["quality"])
    with open_dataset(inputs["dataset"]) as study:
        about = pd.DataFrame({str(n): c.to_numpy() for n, c in study.coords.items() if c.dims == ("cycle",)})
    parts = [
        "# Results",
        "Names say the positive direction of every number; signs, frames and files are explained in the "
        "documentation's pages conventions and outputs.",
    ]
    parts += ["## What was processed", *processed(about)]
    parts += ["## Quality", *quality_text(quality)]
    parts += ["## Headline outcomes", *headline_text(metrics), *_pictures(inputs.get("figures"), page, ("overview",))]
    parts += ["## Statistics", *_statistics(inputs, page)]
    parts += _profiles(inputs, page)
    parts += _findings(inputs.get("findings") or [], page)
    if inputs.get("comparison"):
        parts += [
            "## Variants",
            f"The same study under other choices of method: [comparison]({_link(inputs['comparison'], page)}).",
        ]
    if inputs.get("figures"):
        parts += ["## Curves", *_listed_figures(inputs["figures"], page)]
    if inputs.get("methods"):
        parts += [
            "## Methods",
            f"Every choice, ready to paste, with references: [methods]({_link(inputs['methods'], page)}).",
        ]
    write_bytes(("\n\n".join(parts) + "\n").encode(), page)


def processed(about: pd.DataFrame) -> list[str]:
    """Return the number of participants, sessions, trials and cycles of every task, condition and footwear."""
    if about.empty:
        return ["No cycle was found in any recording: see the quality table below for the reasons."]
    rows = []
    for (task, condition, footwear), part in about.groupby(["task", "condition", "footwear"], sort=False):
        row = {"task": task_title(str(task)), "condition": str(condition), "footwear": str(footwear)}
        row["participants"] = str(part["participant"].nunique())
        row["sessions"] = str(len(part[["participant", "session"]].drop_duplicates()))
        row["trials"] = str(len(part[["participant", "session", "trial"]].drop_duplicates()))
        row["cycles"] = str(len(part))
        for side in ("left", "right"):
            row[f"{side} cycles"] = str(int((part["side"] == side).sum()))
        if "moment_valid" in part:
            row["with valid moments"] = str(int((part["moment_valid"].astype(float) == 1).sum()))
        rows.append(row)
    return [_without_empty(pd.DataFrame(rows))]


def quality_text(quality: pd.DataFrame) -> list[str]:
    """Return how much was dropped or is doubtful, and the most frequent reasons."""
    if quality.empty:
        return ["Nothing was dropped, and nothing is doubtful."]
    counts = quality["level"].value_counts()
    names = {"error": "error", "warning": "warning", "info": "note"}
    levels = [
        f"{counts[level]} {names[level]}{'s' if counts[level] > 1 else ''}" for level in LEVELS if level in counts
    ]
    kinds = quality[quality["level"] != "info"].groupby(["level", "code"], sort=False)
    rows = [
        {
            "level": level,
            "what": str(code).replace("_", " "),
            "rows": str(len(some)),
            "sessions": str(len(some[["participant", "session"]].drop_duplicates())),
            "for example": str(some["message"].iloc[0]),
            "what to do": str(some["action"].iloc[0]),
        }
        for (level, code), some in sorted(kinds, key=lambda item: (LEVELS.index(item[0][0]), -len(item[1])))
    ]
    parts = [f"{', '.join(levels)}: everything is in `quality.tsv`."]
    if rows:
        parts.append(_without_empty(pd.DataFrame(rows[:MAX_CODES])))
    if len(rows) > MAX_CODES:
        parts.append(f"{len(rows) - MAX_CODES} more kinds of warnings are in the table.")
    return parts


def headline_text(metrics: pd.DataFrame) -> list[str]:
    """Return the headline outcomes, a row per task, outcome and side: means over participants with the sessions next to each other."""
    filled = metrics[metrics["value"].notna()]
    sessions = list(dict.fromkeys(filled["session"].astype(str)))
    rows = []
    for (task, condition, footwear), table in filled.groupby(["task", "condition", "footwear"], sort=False):
        for headline in headlines(str(task)):
            name = headline_metric(table, headline)
            part = table[table["metric"] == name]
            # whichever leg was recorded first, left comes before right
            for side, some in part.groupby("side", sort=True):
                unit = str(some["unit"].iloc[0])
                rows.append(
                    {
                        "task": ", ".join(filter(None, (task_title(str(task)), str(condition), str(footwear)))),
                        "outcome": f"{headline.title} ({headline.positive})",
                        "side": str(side),
                        "unit": unit_text(unit),
                        **{one: _mean_and_range(some[some["session"].astype(str) == one], unit) for one in sessions},
                    }
                )
    if not rows:
        return ["No headline outcome has a value."]
    note = (
        "A column a session: mean over participants of each one's mean over cycles; in brackets the range of participants' means (not "
        "an interval) and the number of participants, cycles."
    )
    return [note, _without_empty(pd.DataFrame(rows))]


def _mean_and_range(some: pd.DataFrame, unit: str) -> str:
    """Return ``5.0 (2.0 to 8.0; 2, 3)``; empty without cycles."""
    if some.empty:
        return ""
    people = some.groupby("participant", sort=False)["value"].mean()
    spread = interval(people.min(), people.max(), unit)
    return f"{number(people.mean(), unit)} ({spread}; {len(people)}, {len(some)})"


def _statistics(inputs: Mapping[str, Any], page: Path) -> list[str]:
    if not inputs.get("results"):
        return ["The config names no analyses (`statistics:`)."]
    results, folder = read_parquet(Path(inputs["results"])), Path(inputs["statistics"])
    parts = []
    for name, rows in results.groupby("analysis", sort=False):
        table = analysis_table(rows)
        parts.append(f"### {analysis_title(rows)}")
        parts.append(markdown(table) if len(table) else "Nothing could be estimated: see the skipped analyses.")
        parts += _pictures(folder / "figures" / "index.tsv", page, (), "analysis", str(name))
    skipped = skipped_table(results)
    parts.append("### Skipped")
    if len(skipped):
        parts += ["What the data cannot support is not printed as a number:", markdown(skipped)]
    else:
        parts.append("Nothing was skipped.")
    return parts


def _pictures(
    index: Path | str | None, page: Path, kinds: Sequence[str], column: str = "kind", value: str = ""
) -> list[str]:
    """Return the pictures of an index whose kind, or other column, is as asked for."""
    if index is None or not Path(index).is_file():
        return []
    listed = read_tsv(Path(index))
    chosen = listed[listed[column].astype(str).isin(kinds or (value,))] if len(listed) else listed
    return [f"![{Path(name).stem}]({_link(Path(index).parent / name, page)})" for name in chosen["file"]]


def _listed_figures(index: Path | str, page: Path) -> list[str]:
    """Return a line for every participant, task, condition and footwear, with the pages of each session."""
    path, same = Path(index), ["participant", "task", "condition", "footwear"]
    listed = read_tsv(path, text=["session", *same]) if path.is_file() else pd.DataFrame()
    if listed.empty or (listed["kind"] == "overview").all():
        return ["No curves to draw."]
    lines = []
    texts = listed[listed["kind"] != "overview"][["kind", "file", "session", *same]].astype(object).fillna("")
    for key, rows in texts.groupby(same, sort=False):
        participant, task, *rest = map(str, key)
        links = []
        for session, pages in rows.groupby("session", sort=False):
            named = [
                f"[{kind}]({_link(path.parent / file, page)})"
                for kind, file in zip(pages["kind"], pages["file"], strict=True)
            ]
            links.append(" ".join(named if set(pages["kind"]) == {"sessions"} else [f"{session}:", *named]))
        about = ", ".join(filter(None, [participant, task_title(task), *rest]))
        lines.append(f"- {about}: {'; '.join(links)}")
    return ["\n".join(lines)]


def _profiles(inputs: Mapping[str, Any], page: Path) -> list[str]:
    """Return the scores of whole gait patterns, each session's, and their figures."""
    if not inputs.get("profiles"):
        return []
    path = Path(inputs["profiles"])
    scores = read_parquet(path)
    same = ["participant", "session", "condition", "footwear"]
    paired = (scores["side"] == "both").groupby([scores[name] for name in same]).transform("any")
    rows = scores[(scores["side"] == "both") | ~paired]
    names = {"gps": "GPS (degrees)", "usual_gps": "GPS of the reference", "gdi": "GDI", "reason": "remark"}
    table = rows[[*same, "side", *names]].astype(object)
    for name in ("gps", "usual_gps", "gdi"):
        table[name] = [number(value, places=1) for value in table[name]]
    text = (
        "Gait Profile Score (root mean square distance from the reference, smaller is nearer) and Gait Deviation Index of walking; each "
        f"curve, leg and session: [profile_scores.csv]({_link(path.with_suffix('.csv'), page)})."
    )
    figures = inputs.get("profile_figures")
    pictures = _pictures(Path(figures) / "index.tsv", page, ("profile",)) if figures else []
    shown = _without_empty(table.rename(columns=names)) if len(table) else "No leg walked."
    return ["## Gait profile", text, shown, *pictures]


def _findings(pages: Sequence[Path | str], page: Path) -> list[str]:
    if not pages:
        return []
    lines = [f"- [{Path(one).parts[-4]}, session {Path(one).parts[-3]}]({_link(one, page)})" for one in pages]
    table = (
        "Differences of legs, conditions, footwear and visits with their minimal detectable change: `contrasts.csv`."
    )
    return ["## Findings of each participant", "\n".join(lines), table]


def _link(target: Path | str, page: Path) -> str:
    import os

    return Path(os.path.relpath(target, page.parent)).as_posix()


def _without_empty(table: pd.DataFrame) -> str:
    return markdown(table[[name for name in table.columns if (table[name] != "").any()]])
