"""All benchmarks, one line each: `python -m benchmarks.run`."""

from __future__ import annotations

from benchmarks import collect, ingest, kinetics, memory, multibody, variants, workflow

if __name__ == "__main__":
    workflow.measure(60)  # first: a process begins with the memory of the one that started it
    memory.measure()
    collect.measure()
    variants.measure()
    ingest.measure()
    kinetics.measure()
    multibody.main()
