"""The figures of a participant's curves: everything that happens lies in `biomech.jobs`."""

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_figures({"visits": list(snakemake.input.visits)}, snakemake.output.folder, snakemake.params.config)
