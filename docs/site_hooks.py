"""Hooks of the site: the page of all metrics, made from the registry when the site is built."""

from __future__ import annotations

import html
from typing import Any

NAME = "all_metrics.md"
_HEAD = """---
search:
  exclude: true
---

# All metrics

One row per metric; what the words mean: [Metrics](metrics.md). The box keeps the rows that hold every word of it, for example
`knee walking peak`, or a whole name such as `hip_adduction__peak__stance`.

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

    table = metrics_table()
    lines = [
        "<table>",
        "<thead><tr>",
        *(f"<th>{html.escape(name)}</th>" for name in table.columns),
        "</tr></thead>",
        "<tbody>",
    ]
    for row in table.itertuples(index=False):
        name, *cells = (html.escape(str(cell)) for cell in row)
        lines.append(f"<tr><td><code>{name}</code></td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    return _HEAD + "\n".join([*lines, "</tbody>", "</table>"]) + "\n"
