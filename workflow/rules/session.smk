# One job per session and stage, one page of findings per session, and a session's files for other programs.

for stage in SPECS.values():

    rule:
        name:
            stage.name
        input:
            unpack(stage_inputs(stage.name)),
        output:
            **files(targets.stage_outputs(stage.name)),
        log:
            f"logs/{{participant}}/{{session}}/{stage.name}.{{key}}.log",
        benchmark:
            f"logs/{{participant}}/{{session}}/{stage.name}.{{key}}.benchmark.tsv"
        conda:
            "../envs/biomech.yaml"
        resources:
            **resources.of_rule(stage.name, STUDY),
        params:
            **stage_params(stage.name),
        message:
            f"{{wildcards.participant}}, session {{wildcards.session}}: {stage.title}{VARIANT}"
        script:
            "../scripts/run.py"


rule export:
    input:
        **targets.export_inputs(EXPORT_READS),
    output:
        folder=directory(f"{targets.SESSION}/export"),
    log:
        "logs/{participant}/{session}/export.log",
    benchmark:
        "logs/{participant}/{session}/export.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("export", STUDY),
    params:
        **of_session(narrowing.export_params, ("config", "session", "source")),
    message:
        "{wildcards.participant}, session {wildcards.session}: files for other programs"
    script:
        "../scripts/run.py"


rule figures:
    input:
        visits=lambda wildcards: targets.of_sessions(
            targets.data_of("cycles"),
            "cycles",
            STUDY,
            participant=wildcards.participant,
        ),
        reference=targets.reference_curves(STUDY),
    output:
        folder=directory("results/figures/participants/{participant}"),
    log:
        "logs/{participant}/figures.log",
    benchmark:
        "logs/{participant}/figures.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("figures", STUDY),
    params:
        **study_params("figures"),
    message:
        "{wildcards.participant}: figures of the curves"
    script:
        "../scripts/run.py"


rule session_report:
    input:
        unpack(lambda wildcards: targets.session_report_inputs(STUDY, *wildcards)),
    output:
        page=targets.SESSION_REPORT,
    log:
        "logs/{participant}/{session}/session_report.log",
    benchmark:
        "logs/{participant}/{session}/session_report.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("session_report", STUDY),
    params:
        **of_session(narrowing.report_params, ("config", "session", "source")),
    message:
        "{wildcards.participant}, session {wildcards.session}: report"
    script:
        "../scripts/run.py"
