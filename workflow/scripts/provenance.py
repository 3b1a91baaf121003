"""What results were made from: everything that happens lies in `biomech.jobs`."""

from pathlib import Path

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_provenance(
        dict(snakemake.input.items()), dict(snakemake.output.items()), snakemake.params["config"], folder=Path()
    )
