"""The comparison of variants: tables, specification curves, and a page that leads through them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from biomech.config.variants import BASE
from biomech.io.csv_parquet import parquet_blocks, read_parquet, write_bytes, write_csv
from biomech.io.store import open_dataset, provenance
from biomech.report.formatting import interval, markdown, number, unit_text
from biomech.report.overview import headline_metric
from biomech.report.panels import headlines, task_title
from biomech.report.specification import shift_figure, specification_curve
from biomech.report.style import FileNames, save, style
from biomech.study.variant_comparison import (
    ANALYSIS,
    MEANS_OF,
    conclusions,
    metric_shifts,
    option_values,
    participant_changes,
    session_means,
)

MAX_CURVES = 60  # specification curves of statistical estimates; the tables hold all


@dataclass(frozen=True)
class Comparison:
    """Everything that the page shows.

    Parameters
    ----------
    options : pd.DataFrame
        Options that differ, by variant.
    present : pd.DataFrame
        Per variant the number of cycles, of those that the base has not, and of the base's that it has not.
    shifts, changes, conclusions : pd.DataFrame
        Of `biomech.study.variant_comparison`.
    means : pd.DataFrame
        Means of each participant and session.
    headline : pd.DataFrame
        Scenes (task, condition, footwear) with their headline metrics and titles.
    """

    options: pd.DataFrame
    present: pd.DataFrame
    shifts: pd.DataFrame
    changes: pd.DataFrame
    conclusions: pd.DataFrame
    means: pd.DataFrame
    headline: pd.DataFrame


def write_comparison(
    dataset: Path,
    metrics: Path,
    studies: Mapping[str, Path],
    results: Mapping[str, Path],
    outputs: Mapping[str, Path],
    formats: Sequence[str] = ("svg", "png"),
    root: Path | str | None = None,
) -> None:
    """Compare the variants of a study.

    Parameters
    ----------
    dataset, metrics : Path
        ``variants.nc`` and the metrics of all variants (Parquet).
    studies : mapping
        ``study.nc`` of every variant, for its config.
    results : mapping
        Table of statistical results of every variant; may be empty.
    outputs : mapping
        ``page``, ``shifts``, ``changes``, ``conclusions`` (files) and ``figures`` (folder).
    formats : sequence of {"svg", "png", "pdf"}
        File formats of figures.
    root : Path, optional
        The study folder; inputs are named relative to it in the figures' provenance.
    """
    compared = _compare(dataset, metrics, studies, results)
    write_csv(compared.shifts, outputs["shifts"])
    write_csv(compared.changes, outputs["changes"])
    write_csv(compared.conclusions, outputs["conclusions"])
    made_from = provenance("comparison", {}, [dataset, metrics, *results.values()], root)
    folder, names = Path(outputs["figures"]), FileNames()
    folder.mkdir(parents=True, exist_ok=True)
    pictures: dict[str, list[tuple[str, str]]] = {}
    with style():
        for chapter, title, figure in _figures(compared):
            name = names.name(chapter, title)
            save(figure, folder, name, formats, made_from)
            pictures.setdefault(chapter, []).append((title, f"{folder.name}/{name}.{_shown(formats)}"))
    write_bytes(_page(compared, pictures).encode(), outputs["page"])


def _shown(formats: Sequence[str]) -> str:
    """Return the format that pages show; a page cannot show a PDF next to others."""
    return next((kind for kind in ("svg", "png") if kind in formats), formats[0])


def _compare(dataset: Path, metrics: Path, studies: Mapping[str, Path], results: Mapping[str, Path]) -> Comparison:
    configs = {}
    for variant, path in studies.items():
        with open_dataset(path) as study:
            configs[variant] = json.loads(study.attrs.get("config") or "{}")
    with open_dataset(dataset) as whole:
        variants = whole["variant"].to_numpy().astype(str).tolist()
        present = whole["present"].transpose("variant", "cycle").to_numpy() == 1
        sessions = list(dict.fromkeys(whole["session"].to_numpy().astype(str).tolist()))
    base = present[variants.index(BASE)]
    counts = pd.DataFrame(
        {
            "variant": variants,
            "cycles": present.sum(axis=1),
            "not in base": (present & ~base).sum(axis=1),
            "only in base": (base & ~present).sum(axis=1),
        }
    )
    means = session_means(parquet_blocks(metrics, columns=MEANS_OF))
    sessions += [s for s in dict.fromkeys(means["session"]) if s not in sessions]
    return Comparison(
        option_values(configs),
        counts,
        metric_shifts(means),
        participant_changes(means, sessions),
        conclusions({variant: read_parquet(path) for variant, path in results.items()}),
        means,
        _headlines(means),
    )


def _headlines(means: pd.DataFrame) -> pd.DataFrame:
    base = means[means["variant"] == BASE]
    rows = [
        {"task": task, "condition": condition, "footwear": footwear, "metric": name, "title": headline.title}
        for (task, condition, footwear), part in base.groupby(["task", "condition", "footwear"], sort=False)
        for headline in headlines(str(task))
        if (name := headline_metric(part, headline))
    ]
    return pd.DataFrame(rows, columns=["task", "condition", "footwear", "metric", "title"])


def _of_headlines(table: pd.DataFrame, compared: Comparison) -> pd.DataFrame:
    """Return the rows about headline metrics, with their titles, in the order of the headlines."""
    keys = ["task", "condition", "footwear", "metric"]
    mine = table[table["metric"].isin(compared.headline["metric"])]
    texts = [name for name in mine if isinstance(mine[name].dtype, pd.CategoricalDtype)]
    return compared.headline.merge(mine.astype(dict.fromkeys(texts, "str")), on=keys, how="inner")


def _scene(row: Mapping[Any, Any]) -> str:
    parts = [task_title(str(row["task"])), str(row["condition"]), str(row["footwear"])]
    return ", ".join(part for part in parts if part)


def _figures(compared: Comparison) -> Iterator[tuple[str, str, Figure]]:
    """Yield chapter, title and figure."""
    mine = _of_headlines(compared.shifts, compared)
    mine = mine[mine["standardised_difference"].notna()]
    for scene, rows in mine.groupby(["task", "condition", "footwear"], sort=False):
        names = rows["title"] + ", " + rows["side"]
        title = _scene(dict(zip(("task", "condition", "footwear"), scene, strict=True)))
        yield "metrics", title, shift_figure(rows, names, f"Headline metrics: {title}")
    yield from _change_curves(compared)
    yield from _estimate_curves(compared)


def _change_curves(compared: Comparison) -> Iterator[tuple[str, str, Figure]]:
    changes = _of_headlines(compared.changes, compared)
    keys = ["task", "condition", "footwear", "metric", "title", "unit", "side", "from_session", "to_session"]
    for key, rows in changes.groupby(keys, sort=False):
        cells = dict(zip(keys, map(str, key), strict=True))
        people = rows.pivot_table(index="participant", columns="variant", values="change", sort=False)
        people.insert(0, BASE, rows.drop_duplicates("participant").set_index("participant")["change_base"])
        people = people.dropna(axis=1, how="all").dropna()
        if people.empty or people.shape[1] < 2:
            continue
        mean = people.mean()
        points = pd.DataFrame({"variant": mean.index, "estimate": mean.to_numpy(), "low": np.nan, "high": np.nan})
        unit = unit_text(cells["unit"])
        title = f"{cells['title']}, {cells['side']}: {cells['to_session']} − {cells['from_session']}"
        n = f"{len(people)} participant{'s' if len(people) > 1 else ''}, mean and each"
        label = f"change ({unit})" if unit else "change"
        figure = specification_curve(points, compared.options, title, f"{_scene(cells)}  ·  {n}", label, people)
        yield "changes", f"{_scene(cells)}: {title}", figure


def _estimate_curves(compared: Comparison) -> Iterator[tuple[str, str, Figure]]:
    conclusions = compared.conclusions[compared.conclusions["estimate"].notna()]
    made = 0
    for key, rows in conclusions.groupby(list(ANALYSIS), sort=False, dropna=False):
        if len(rows) < 2 or rows["variant"].duplicated().any() or not rows["low"].notna().any() or made >= MAX_CURVES:
            continue
        made += 1
        cells = {name: _text(value) for name, value in zip(ANALYSIS, key, strict=True)}
        unit = unit_text(cells["unit"])
        level = rows["confidence"].iloc[0]
        band = f"{number(100 * level, places=0)} % interval" if pd.notna(level) else "interval"
        title = f"{cells['analysis']}: {_named(cells)}"
        label = f"estimate ({unit})" if unit else "estimate"
        subtitle = ", ".join(part for part in (cells["outcome"], cells["side"], _task(cells["task"]), band) if part)
        yield "conclusions", title, specification_curve(rows, compared.options, title, subtitle, label)


def _task(name: str) -> str:
    return task_title(name) if name else ""


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)


def _named(cells: Mapping[Any, Any]) -> str:
    """Return what is estimated, in words: term, contrast and its levels."""
    text = {
        name: "" if pd.isna(cells[name]) else str(cells[name]) for name in ("term", "contrast", "level_a", "level_b")
    }
    levels = " − ".join(part for part in (text["level_a"], text["level_b"]) if part)
    parts = [text["term"], text["contrast"] if text["contrast"] != text["term"] else ""]
    if not all(text[level] in text["contrast"] for level in ("level_a", "level_b")):
        parts.append(levels)
    return ", ".join(part for part in parts if part) or "estimate"


def _page(compared: Comparison, pictures: Mapping[str, list[tuple[str, str]]]) -> str:
    parts = ["# The same study under other choices of method", _INTRODUCTION, "## What the variants change"]
    options = compared.options
    if options.empty:
        parts.append("No option differs between the variants.")
    else:
        parts.append(markdown(options.map(_short).reset_index(names="option")))
    parts += ["## Cycles", _CYCLES, markdown(compared.present.astype(str))]
    parts += ["## Metrics", _METRICS, *_shift_tables(compared), *_images(pictures.get("metrics", []))]
    parts += ["## Changes of participants", _CHANGES, *_change_tables(compared), *_images(pictures.get("changes", []))]
    parts += ["## Statistical conclusions", *_conclusion_tables(compared)]
    parts += _images(pictures.get("conclusions", []))
    return "\n\n".join(parts) + "\n"


def _images(pictures: Sequence[tuple[str, str]]) -> list[str]:
    return [f"![{title}]({path})" for title, path in pictures]


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


def _shift_tables(compared: Comparison) -> list[str]:
    parts = []
    mine = _of_headlines(compared.shifts, compared)
    for scene, rows in mine.groupby(["task", "condition", "footwear"], sort=False):
        parts.append(f"### {_scene(dict(zip(('task', 'condition', 'footwear'), scene, strict=True)))}".strip())
        lines = []
        for (title, side, unit), some in rows.groupby(["title", "side", "unit"], sort=False):
            line = {"metric": title, "side": side, "unit": unit_text(str(unit))}
            line["participants"] = str(some["n_participants"].max())
            line["base"] = number(some["mean_base"].iloc[0], str(unit))
            line |= {str(r["variant"]): _signed(r["difference"], str(unit)) for r in some.to_dict("records")}
            lines.append(line)
        parts.append(markdown(pd.DataFrame(lines).fillna("")))
    return parts or ["No metric has a value under the base and a variant."]


def _signed(value: Any, unit: str) -> str:
    text = number(value, unit)
    return f"+{text}" if text and text[0] != "−" and value > 0 else text


def _change_tables(compared: Comparison) -> list[str]:
    changes = _of_headlines(compared.changes, compared)
    if changes.empty:
        return ["No participant has two sessions under the base and a variant."]
    lines = []
    keys = ["task", "condition", "footwear", "title", "side", "unit", "variant"]
    for key, rows in changes.groupby(keys, sort=False):
        cells = dict(zip(keys, map(str, key), strict=True))
        turned = rows.loc[rows["sign_changes"] == 1, "participant"]
        lines.append(
            {
                "task": _scene(cells),
                "metric": cells["title"],
                "side": cells["side"],
                "unit": unit_text(cells["unit"]),
                "variant": cells["variant"],
                "participants": str(rows["participant"].nunique()),
                "mean change, base": _signed(rows["change_base"].mean(), cells["unit"]),
                "mean change": _signed(rows["change"].mean(), cells["unit"]),
                "largest difference": number(rows["difference"].abs().max(), cells["unit"]),
                "change turns its sign in": ", ".join(dict.fromkeys(turned)) or "nobody",
            }
        )
    return [markdown(pd.DataFrame(lines))]


def _conclusion_tables(compared: Comparison) -> list[str]:
    conclusions = compared.conclusions
    if conclusions.empty:
        return ["The config names no analyses (`statistics:`), so there are no conclusions to compare."]
    parts = [_CONCLUSIONS]
    others = conclusions[conclusions["variant"] != BASE]
    counts = [
        {
            "variant": variant,
            "estimates": str(len(rows)),
            "same as base": str(int((rows["as_in_base"] == 1).sum())),
            "other than base": str(int((rows["as_in_base"] == 0).sum())),
            "not in base": str(int(rows["as_in_base"].isna().sum())),
            "skipped": str(int((rows["status"] == "skipped").sum())),
        }
        for variant, rows in others.groupby("variant", sort=False)
    ]
    parts.append(markdown(pd.DataFrame(counts)))
    differing = others[others["as_in_base"] == 0]
    if differing.empty:
        return [*parts, "Every conclusion is the same under all variants."]
    keys = list(ANALYSIS)
    base = conclusions.loc[conclusions["variant"] == BASE, [*keys, "estimate", "low", "high", "conclusion"]]
    both = differing.merge(base, on=keys, suffixes=("", "_base"))
    lines = [
        {
            "analysis": row["analysis"],
            "estimate of": _named(row),
            "outcome": row["outcome"],
            "side": row["side"],
            "task": _task(str(row["task"])),
            "variant": row["variant"],
            "base": _estimate(row, "_base"),
            "under the variant": _estimate(row, ""),
        }
        for row in both.to_dict("records")
    ]
    return [*parts, "These change:", markdown(pd.DataFrame(lines).fillna(""))]


def _estimate(row: Mapping[Any, Any], suffix: str) -> str:
    unit = str(row["unit"])
    text = number(row[f"estimate{suffix}"], unit)
    band = interval(row[f"low{suffix}"], row[f"high{suffix}"], unit)
    inner = f"{text} {unit_text(unit)} ({band})" if band else text
    return f"{inner}: {row[f'conclusion{suffix}']}" if inner else str(row[f"conclusion{suffix}"])


_INTRODUCTION = (
    "Each variant is the whole study with some options changed; everything else, the recordings included, is the same. "
    "What moves here is due to the choice of method alone. A result that holds under all defensible choices is robust; one "
    "that hangs on a single choice should be reported together with that choice. Nothing here says which variant is right."
)
_CYCLES = (
    "A cycle of two variants is the same if it is the same interval of the same trial and side (overlap of more than half). "
    "In `variants.nc` a cycle that a variant lacks is missing there (`present` is 0), not left out."
)
_METRICS = (
    "Mean under the base, and mean difference of each variant from it, over participants (of each the mean over the "
    "sessions that both have). All metrics: `comparison_metrics.csv`."
)
_CHANGES = (
    "From the first session to each later one; `largest difference` is between a participant's change under the variant "
    "and under the base. All metrics and participants: `comparison_changes.csv`."
)
_CONCLUSIONS = (
    "An estimate whose interval lies above 0, below 0 or includes it says three different things; here they are compared "
    "with the base's. Moving across that line is not the only way to differ: look at the estimates. All of them: "
    "`comparison_conclusions.csv`."
)
