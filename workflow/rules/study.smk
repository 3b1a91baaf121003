# Once per study, from the files of all sessions; where `home` stands, of the base and of every variant.


rule study:
    input:
        unpack(of_home(targets.study_inputs)),
    output:
        **files(targets.study_outputs("{home}")),
    log:
        "logs{home}/study.log",
    benchmark:
        "logs{home}/study.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("study", STUDY),
    params:
        **study_params("study"),
    message:
        f"one dataset and one table of all {len(STUDY.sessions)} sessions (results{{wildcards.home}})"
    script:
        "../scripts/run.py"


rule outcomes:
    input:
        wide="results{home}/metrics_wide.parquet",
        dictionary="results{home}/data_dictionary.csv",
    output:
        **files(targets.outcome_outputs("{home}")),
    log:
        "logs{home}/outcomes.log",
    benchmark:
        "logs{home}/outcomes.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("outcomes", STUDY),
    params:
        **study_params("outcomes"),
    message:
        "mean, SD and n of the selected outcomes, for statistics programs (results{wildcards.home})"
    script:
        "../scripts/run.py"


rule statistics:
    input:
        **targets.statistics_inputs("{home}", STUDY),
    output:
        **targets.statistics_outputs("{home}"),
    log:
        "logs{home}/statistics.log",
    benchmark:
        "logs{home}/statistics.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("statistics", STUDY),
    params:
        **study_params("statistics"),
    message:
        "statistics (results{wildcards.home})"
    script:
        "../scripts/run.py"


rule profile_scores:
    input:
        dataset="results{home}/study.nc",
        reference=targets.reference_curves(STUDY),
    output:
        **targets.profile_outputs("{home}"),
    log:
        "logs{home}/profile_scores.log",
    benchmark:
        "logs{home}/profile_scores.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("profile_scores", STUDY),
    params:
        **study_params("profile_scores"),
    message:
        "Gait Profile Score and Gait Deviation Index per session (results{wildcards.home})"
    script:
        "../scripts/run.py"


rule provenance:
    input:
        unpack(of_home(targets.provenance_inputs)),
    output:
        provenance="results{home}/provenance.json",
    log:
        "logs{home}/provenance.log",
    benchmark:
        "logs{home}/provenance.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("provenance", STUDY),
    params:
        **study_params("provenance"),
    message:
        "what the results were made from (results{wildcards.home})"
    script:
        "../scripts/run.py"


rule variants:
    input:
        studies=[f"results{home}/study.nc" for home in targets.homes(STUDY)],
        metrics=[f"results{home}/metrics.parquet" for home in targets.homes(STUDY)],
    output:
        dataset="results/variants.nc",
        metrics="results/variants/metrics.parquet",
    log:
        "logs/variants.log",
    benchmark:
        "logs/variants.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("variants", STUDY),
    params:
        **study_params("variants"),
    message:
        "one dataset of all variants"
    script:
        "../scripts/run.py"
