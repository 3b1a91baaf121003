"""All benchmarks, one line each: `python -m benchmarks.run`."""

from __future__ import annotations

from benchmarks import collect, ingest, kinetics, memory, multibody, workflow

if __name__ == "__main__":
    workflow.measure(60)  # first: a process begins with the memory of the one that started it
    memory.measure()
    collect.measure()
    ingest.measure()
    kinetics.measure()
    multibody.main()
