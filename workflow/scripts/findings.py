"""A session's page of findings: everything that happens lies in `biomech.jobs`."""

from pathlib import Path

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_findings(
        {**dict(snakemake.input.items()), "visits": list(snakemake.input.visits)},
        dict(snakemake.output.items()),
        dict(snakemake.params.items()),
        folder=Path(),
    )
