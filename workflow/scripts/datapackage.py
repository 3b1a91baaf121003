"""The description of all tables of the study: everything that happens lies in `biomech.jobs`."""

from pathlib import Path

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_datapackage(Path(snakemake.output.package))
