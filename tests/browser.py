"""A headless Chromium for tests of pages; without one they skip and say so."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from biomech.html_report.pdf import browser

OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
#: Of a page that waits: the machine of the tests may be slow.
LONGEST_MS = 120_000


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """A browser; skips the test where Playwright or Chromium is missing."""
    program = browser()
    if program is None:
        pytest.skip("no Chromium, Chrome or Edge is installed: pages are not opened")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pages are not opened")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=list(OPTIONS))
        yield started
        started.close()


class Opened:
    """A page that was opened, with what it said on the console and what it asked for."""

    def __init__(self, driver: Any, file: Path, **options: Any) -> None:
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.page = driver.new_page(**options)
        self.page.set_default_timeout(LONGEST_MS)
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda asked: self.requests.append(asked.url))
        self.page.goto(file.resolve().as_uri())

    @property
    def fetched(self) -> list[str]:
        """What was asked for from anywhere but the page itself."""
        own = ("data:", "blob:")
        return [url for url in self.requests[1:] if not url.startswith(own)]
