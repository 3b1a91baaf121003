# Once per study, from the files of all sessions.


rule study:
    input:
        **study_inputs(),
    output:
        **study_outputs("results"),
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


use rule study as study_of_variant with:
    input:
        unpack(variant_inputs),
    output:
        **study_outputs("results/variants/{variant}"),
    log:
        "logs/variants/{variant}/study.log",
    benchmark:
        "logs/variants/{variant}/study.benchmark.tsv"
    message:
        "variant {wildcards.variant}: one dataset and one table of all sessions"


rule outcomes:
    input:
        wide="results/metrics_wide.parquet",
        dictionary="results/data_dictionary.csv",
    output:
        **outcome_outputs("results"),
    log:
        "logs/outcomes.log",
    benchmark:
        "logs/outcomes.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        source=SOURCE["statistics"],
    message:
        "mean, SD and n of the selected outcomes, for statistics programs"
    script:
        "../scripts/outcomes.py"


use rule outcomes as outcomes_of_variant with:
    input:
        wide="results/variants/{variant}/metrics_wide.parquet",
        dictionary="results/variants/{variant}/data_dictionary.csv",
    output:
        **outcome_outputs("results/variants/{variant}"),
    log:
        "logs/variants/{variant}/outcomes.log",
    benchmark:
        "logs/variants/{variant}/outcomes.benchmark.tsv"
    message:
        "variant {wildcards.variant}: mean, SD and n of the selected outcomes"


rule figures:
    input:
        visits=cycles_of_visits,
        reference=reference_curves(),
    output:
        folder=directory("results/figures/participants/{participant}"),
    log:
        "logs/{participant}/figures.log",
    benchmark:
        "logs/{participant}/figures.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        config=REPORT,
        source=SOURCE["report"],
    message:
        "{wildcards.participant}: figures of the curves"
    script:
        "../scripts/figures.py"


rule overview:
    input:
        metrics="results/metrics.parquet",
        contrasts="results/contrasts.parquet",
        figures=expand(
            "results/figures/participants/{participant}", participant=PARTICIPANTS
        ),
    output:
        folder=directory("results/figures/overview"),
        index="results/figures/index.tsv",
    log:
        "logs/overview.log",
    benchmark:
        "logs/overview.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        config=OVERVIEW,
        source=SOURCE["report"],
    message:
        "figures of the headline outcomes, and the list of all figures"
    script:
        "../scripts/overview.py"


rule methods:
    input:
        dataset="results/study.nc",
        quality="results/quality.tsv",
        results=statistics_results(),
    output:
        **METHODS_FILES,
    log:
        "logs/methods.log",
    benchmark:
        "logs/methods.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        **METHODS,
        source=SOURCE["report"],
    message:
        "methods section"
    script:
        "../scripts/methods.py"


rule provenance:
    input:
        **provenance_inputs("results"),
    output:
        provenance="results/provenance.json",
    log:
        "logs/provenance.log",
    benchmark:
        "logs/provenance.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        config=whole_config(),
        source=SOURCE["study"],
    message:
        "what the results were made from"
    script:
        "../scripts/provenance.py"


use rule provenance as provenance_of_variant with:
    input:
        unpack(
            lambda wildcards: provenance_inputs(
                f"results/variants/{wildcards.variant}", wildcards.variant
            )
        ),
    output:
        provenance="results/variants/{variant}/provenance.json",
    log:
        "logs/variants/{variant}/provenance.log",
    benchmark:
        "logs/variants/{variant}/provenance.benchmark.tsv"
    params:
        config=lambda wildcards: whole_config(wildcards.variant),
        source=SOURCE["study"],
    message:
        "variant {wildcards.variant}: what the results were made from"
