"""All benchmarks, one line each: `python -m benchmarks.run`."""

from __future__ import annotations

from benchmarks import ingest, kinetics, workflow

if __name__ == "__main__":
    ingest.measure()
    kinetics.measure()
    for trials in (15, 30, 60):
        workflow.measure(trials)
