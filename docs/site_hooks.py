"""Hooks of the site: the page of all metrics, made from the registry when the site is built."""

from __future__ import annotations

import html
import re
from typing import Any

NAME = "all_metrics.md"
_HEAD = """---
search:
  exclude: true
hide: [toc]
---

# All metrics

One row per metric; what the words mean: [Metrics](metrics.md). A star marks the tasks whose wide table has it by default. The box keeps the rows that hold every word of it, for example
`knee walking peak`, or a whole name such as `hip_adduction__peak__stance`.

<div class="all-metrics">
<div class="filter-all-tables"></div>
"""


def on_files(files: Any, config: Any) -> Any:
    """Add the page of all metrics to the files of the site."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, NAME, content=all_metrics_page()))
    return files


def all_metrics_page() -> str:
    """Return the page: its text and a table in HTML, a row per metric of the registry."""
    from biomech.outcomes.document import metrics_table

    heads = ("metric", "unit", "definition", "positive; frame", "source; read with care", "tasks")
    lines = ["<table>", f"<thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead>", "<tbody>"]
    for row in metrics_table().to_dict("records"):
        name = html.escape(row["metric"]).replace("__", "<wbr>__")
        chosen = row["in the wide table of"].split(", ")
        cells = (
            row["unit"],
            row["definition"],
            f"{row['positive']}; {row['frame']}",
            "; ".join(filter(None, (row["source"], row["read with care"]))),
            ", ".join(f"{task}*" if task in chosen else task for task in row["tasks"].split(", ")),
        )
        lines.append(f"<tr><td><code>{name}</code></td>{''.join(f'<td>{_words(cell)}</td>' for cell in cells)}</tr>")
    return _HEAD + "\n".join([*lines, "</tbody>", "</table>", "</div>"]) + "\n"


def _words(text: str) -> str:
    """Return text as HTML, with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(str(text), quote=False))
