# One job per session and stage.


rule ingest:
    input:
        c3d=recordings,
    output:
        data=data_of("ingest"),
        quality=quality_of("ingest"),
    log:
        log_of("ingest"),
    benchmark:
        benchmark_of("ingest")
    conda:
        "../envs/biomech.yaml"
    params:
        config=param("ingest", "config"),
        data=param("ingest", "data"),
        session=param("ingest", "session"),
        source=param("ingest", "source"),
    message:
        message("ingest")
    script:
        "../scripts/stage.py"


rule model:
    input:
        ingest=needed("ingest"),
    output:
        data=data_of("model"),
        quality=quality_of("model"),
    log:
        log_of("model"),
    benchmark:
        benchmark_of("model")
    conda:
        "../envs/biomech.yaml"
    params:
        config=param("model", "config"),
        markerset=param("model", "markerset"),
        session=param("model", "session"),
        source=param("model", "source"),
    message:
        message("model")
    script:
        "../scripts/stage.py"


rule kinematics:
    input:
        ingest=needed("ingest"),
        model=needed("model"),
    output:
        data=data_of("kinematics"),
        quality=quality_of("kinematics"),
    log:
        log_of("kinematics"),
    benchmark:
        benchmark_of("kinematics")
    conda:
        "../envs/biomech.yaml"
    params:
        config=param("kinematics", "config"),
        markerset=param("kinematics", "markerset"),
        session=param("kinematics", "session"),
        source=param("kinematics", "source"),
    message:
        message("kinematics")
    script:
        "../scripts/stage.py"


rule kinetics:
    input:
        ingest=needed("ingest"),
        model=needed("model"),
        kinematics=needed("kinematics"),
    output:
        data=data_of("kinetics"),
        quality=quality_of("kinetics"),
    log:
        log_of("kinetics"),
    benchmark:
        benchmark_of("kinetics")
    conda:
        "../envs/biomech.yaml"
    params:
        config=param("kinetics", "config"),
        session=param("kinetics", "session"),
        source=param("kinetics", "source"),
    message:
        message("kinetics")
    script:
        "../scripts/stage.py"


rule muscles:
    input:
        ingest=needed("ingest"),
    output:
        data=data_of("muscles"),
        quality=quality_of("muscles"),
    log:
        log_of("muscles"),
    benchmark:
        benchmark_of("muscles")
    conda:
        "../envs/biomech.yaml"
    params:
        config=param("muscles", "config"),
        session=param("muscles", "session"),
        source=param("muscles", "source"),
    message:
        message("muscles")
    script:
        "../scripts/stage.py"


rule cycles:
    input:
        ingest=needed("ingest"),
        kinematics=needed("kinematics"),
        kinetics=needed("kinetics"),
        muscles=needed("muscles"),
    output:
        data=data_of("cycles"),
        quality=quality_of("cycles"),
    log:
        log_of("cycles"),
    benchmark:
        benchmark_of("cycles")
    conda:
        "../envs/biomech.yaml"
    params:
        config=param("cycles", "config"),
        session=param("cycles", "session"),
        source=param("cycles", "source"),
    message:
        message("cycles")
    script:
        "../scripts/stage.py"


rule metrics:
    input:
        cycles=needed("cycles"),
        model=needed("model"),
        kinematics=needed("kinematics"),
        muscles=needed("muscles"),
    output:
        data=data_of("metrics"),
        quality=quality_of("metrics"),
    log:
        log_of("metrics"),
    benchmark:
        benchmark_of("metrics")
    conda:
        "../envs/biomech.yaml"
    params:
        config=param("metrics", "config"),
        session=param("metrics", "session"),
        source=param("metrics", "source"),
    message:
        message("metrics")
    script:
        "../scripts/stage.py"
