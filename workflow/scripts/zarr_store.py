"""The study's curves as a Zarr store: everything that happens lies in `biomech.jobs`."""

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_zarr(snakemake.input.dataset, snakemake.output.folder)
