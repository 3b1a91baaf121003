"""One stage of one session: everything that happens lies in `biomech.jobs`."""

from pathlib import Path

from biomech import jobs

jobs.run_stage(
    snakemake.rule,
    dict(snakemake.input.items()),
    dict(snakemake.output.items()),
    dict(snakemake.params.items()),
    folder=Path(),
    log=snakemake.log[0],
)
