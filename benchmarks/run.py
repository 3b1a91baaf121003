"""All benchmarks, one line each: `python -m benchmarks.run`."""

from __future__ import annotations

from benchmarks import ingest, kinetics, multibody, workflow

if __name__ == "__main__":
    for trials in (15, 30, 60):  # first: a process begins with the memory of the one that started it
        workflow.measure(trials)
    ingest.measure()
    kinetics.measure()
    multibody.main()
