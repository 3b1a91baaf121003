# Files for other programs, where the config asks for them.


rule export:
    input:
        **export_inputs(),
    output:
        folder=directory(f"{SESSION_FOLDER}/export"),
    log:
        "logs/{participant}/{session}/export.log",
    benchmark:
        "logs/{participant}/{session}/export.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        config=export_param("config"),
        session=export_param("session"),
        source=export_param("source"),
    message:
        "{wildcards.participant}, session {wildcards.session}: files for other programs"
    script:
        "../scripts/export.py"


rule bids:
    input:
        **bids_inputs(),
    output:
        folder=directory("results/bids"),
    log:
        "logs/bids.log",
    conda:
        "../envs/biomech.yaml"
    params:
        **stages.bids_params(STUDY),
    message:
        "recordings and joint angles as BIDS datasets"
    script:
        "../scripts/bids.py"


rule zarr:
    input:
        dataset="results/study.nc",
    output:
        folder=directory("results/study.zarr"),
    log:
        "logs/zarr.log",
    conda:
        "../envs/biomech.yaml"
    params:
        source=SOURCE["export"],
    message:
        "the study's curves as a Zarr store"
    script:
        "../scripts/zarr_store.py"
