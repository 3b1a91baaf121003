"""A session's files for other programs: everything that happens lies in `biomech.jobs`."""

from pathlib import Path

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_export(dict(snakemake.input.items()), Path(snakemake.output.folder), dict(snakemake.params.items()))
