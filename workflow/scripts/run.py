"""Any job of the workflow, found by the name of its rule: everything that happens lies in `biomech.pipeline`."""

from pathlib import Path

from biomech.pipeline.run import run_job

run_job(
    snakemake.rule,
    dict(snakemake.input.items()),
    dict(snakemake.output.items()),
    dict(snakemake.params.items()),
    log=snakemake.log[0],
    folder=Path(),
)
