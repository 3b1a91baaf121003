"""One stage of one session: everything that happens lies in `biomech.stages`."""

from pathlib import Path

from biomech import stages

with stages.logged(snakemake.log[0]):
    stages.run(
        snakemake.rule,
        dict(snakemake.input.items()),
        dict(snakemake.output.items()),
        dict(snakemake.params.items()),
        folder=Path(),
    )
