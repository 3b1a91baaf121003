# One page of findings per participant and session.


rule findings:
    input:
        cycles=needed("cycles"),
        metrics=needed("metrics"),
        model=needed("model"),
        kinematics=needed("kinematics"),
        muscles=needed("muscles"),
        visits=metrics_of_visits,
    output:
        json=FINDINGS_JSON,
        page=f"{SESSION_FOLDER}/findings/{{key}}.md",
        quality=FINDINGS_QUALITY,
    log:
        log_of("findings"),
    benchmark:
        benchmark_of("findings")
    conda:
        "../envs/biomech.yaml"
    params:
        config=param("findings", "config"),
        session=param("findings", "session"),
        source=param("findings", "source"),
        visits=visits_of,
    message:
        "{wildcards.participant}, session {wildcards.session}: findings"
    script:
        "../scripts/findings.py"
