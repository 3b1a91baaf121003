"""One stage of one session: everything that happens lies in `biomech.jobs`."""

from pathlib import Path

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run(
        snakemake.rule,
        dict(snakemake.input.items()),
        dict(snakemake.output.items()),
        dict(snakemake.params.items()),
        folder=Path(),
    )
