# Once per study, from the files of all sessions.


rule study:
    input:
        cycles=every_session(data_of("cycles")),
        metrics=every_session(data_of("metrics")),
        quality=[
            table
            for stage in stages.STAGES
            for table in every_session(quality_of(stage))
        ],
    output:
        dataset="results/study.nc",
        metrics_parquet="results/metrics.parquet",
        metrics_csv="results/metrics.csv",
        quality="results/quality.tsv",
        dictionary="results/data_dictionary.csv",
        provenance="results/provenance.json",
    log:
        "logs/study.log",
    benchmark:
        "logs/study.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        source=SOURCE["study"],
    message:
        f"one dataset and one table of all {len(SESSIONS)} sessions"
    script:
        "../scripts/study.py"


rule figures:
    input:
        dataset="results/study.nc",
        metrics="results/metrics.parquet",
    output:
        folder=directory("results/figures"),
    log:
        "logs/figures.log",
    benchmark:
        "logs/figures.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        config=REPORT,
        source=SOURCE["report"],
    message:
        "figures"
    script:
        "../scripts/figures.py"
