use super::*;

pub(crate) fn parameter(name: &str, kind: Kind) -> Parameter {
    Parameter {
        name: name.to_owned(),
        variable: name.split('[').next().unwrap_or_default().to_owned(),
        levels: Vec::new(),
        kind,
        mean: 0.06,
        sd: 0.04,
        q5: 0.01,
        median: 0.06,
        q95: 0.13,
        mcse_mean: Some(0.0006),
        mcse_sd: Some(0.0005),
        mcse_q5: Some(0.0004),
        mcse_median: Some(0.0007),
        mcse_q95: Some(0.001),
        ess_bulk: Some(4000.0),
        ess_tail: Some(3900.0),
        rhat: Some(1.0),
        rhat_nested: None,
    }
}

pub(crate) fn example() -> Summary {
    let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect();
    Summary {
        schema: SCHEMA.to_owned(),
        model: ModelInfo {
            path: "rats.polya".to_owned(),
            sha256: "ab".repeat(32),
            inputs: BTreeMap::from([
                ("slo".to_owned(), Input::Number(0.999)),
                ("prior".to_owned(), Input::List(vec![2.0, 1.0])),
            ]),
        },
        data: Some(DataInfo {
            path: "rats.csv".to_owned(),
            sha256: "cd".repeat(32),
            rows: 71,
            rows_left_out: BTreeMap::from([("tumours".to_owned(), 1)]),
            cells: 58,
        }),
        compiled: Compiled {
            sampled: names(&["mu", "kappa"]),
            integrated_out: names(&["theta"]),
            computed: names(&["risky"]),
            predicted: names(&["next_trial"]),
            dimension: 2,
            centring: Default::default(),
        },
        sampler: Sampler {
            algorithm: Algorithm::Nuts,
            chains: 4,
            superchains: None,
            warmup: 1000,
            draws: 1000,
            seed: 7,
            divergences: 0,
            max_depth_hits: 0,
            leapfrogs: 21844,
            leapfrogs_warmup: 26010,
            independence: None,
            step_size: vec![0.9],
            ebfmi: vec![Some(1.1), None],
            log_evidence: None,
        },
        verdict: Verdict { ok: true, warnings: Vec::new() },
        timing_s: Timing::default(),
        parameters: vec![
            parameter("mu", Kind::Sampled),
            Parameter { levels: names(&["1"]), ..parameter("theta[1]", Kind::IntegratedOut) },
        ],
    }
}

#[test]
fn the_json_is_the_contract() -> Result<(), SummaryError> {
    let mut summary = example();
    summary.parameters.truncate(1);
    let compact = serde_json::to_string(&summary)?;
    let want = concat!(
        r#"{"schema":"polya.summary/1","model":{"path":"rats.polya","sha256":"SHA1","inputs":{"prior":[2.0,1.0],"slo":0.999}},"#,
        r#""data":{"path":"rats.csv","sha256":"SHA2","rows":71,"rows_left_out":{"tumours":1},"cells":58},"#,
        r#""compiled":{"sampled":["mu","kappa"],"integrated_out":["theta"],"computed":["risky"],"predicted":["next_trial"],"dimension":2},"#,
        r#""sampler":{"algorithm":"nuts","chains":4,"warmup":1000,"draws":1000,"seed":7,"divergences":0,"max_depth_hits":0,"leapfrogs":21844,"#,
        r#""leapfrogs_warmup":26010,"step_size":[0.9],"ebfmi":[1.1,null],"log_evidence":null},"verdict":{"ok":true,"warnings":[]},"#,
        r#""timing_s":{"read":0.0,"compile":0.0,"warmup":0.0,"sample":0.0,"total":0.0},"#,
        r#""parameters":[{"name":"mu","variable":"mu","levels":[],"kind":"sampled","mean":0.06,"sd":0.04,"q5":0.01,"median":0.06,"q95":0.13,"#,
        r#""mcse_mean":0.0006,"mcse_sd":0.0005,"mcse_q5":0.0004,"mcse_median":0.0007,"mcse_q95":0.001,"ess_bulk":4000.0,"ess_tail":3900.0,"rhat":1.0}]}"#
    );
    assert_eq!(compact, want.replace("SHA1", &"ab".repeat(32)).replace("SHA2", &"cd".repeat(32)));
    summary.data = None;
    assert!(summary.to_json()?.contains("\"data\": null"));
    Ok(())
}

#[test]
fn a_summary_survives_the_way_through_json() -> Result<(), SummaryError> {
    let mut summary = example();
    summary.parameters[0].sd = 0.1 + 0.2;
    summary.parameters[0].median = f64::MIN_POSITIVE / 3.0;
    assert_eq!(Summary::from_json(&summary.to_json()?)?, summary);
    Ok(())
}

#[test]
fn numbers_that_are_not_finite_are_null() -> Result<(), SummaryError> {
    let mut summary = example();
    summary.parameters[0].mean = f64::INFINITY;
    summary.parameters[0].ess_tail = Some(f64::NAN);
    summary.parameters[0].name = "w[\"two\\nlines\"]".to_owned();
    let text = summary.to_json()?;
    assert!(text.contains("\"mean\": null") && text.contains("\"ess_tail\": null"));
    assert!(Summary::from_json(&text)?.parameters[0].mean.is_nan());
    Ok(())
}

#[test]
fn another_schema_is_refused_by_name() {
    let text = r#"{"schema": "polya.summary/9", "model": 3}"#;
    assert!(
        matches!(Summary::from_json(text), Err(SummaryError::UnknownSchema { found }) if found == "polya.summary/9")
    );
    assert!(matches!(Summary::from_json("{\"schema\": \"polya.summary/1\"}"), Err(SummaryError::Malformed(_))));
    assert!(matches!(Summary::from_json("{\"schema\": \"polya.su"), Err(SummaryError::Malformed(_))));
}
