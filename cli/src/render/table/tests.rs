use polya::summary::{Compiled, DataInfo, Kind, ModelInfo, SCHEMA, Sampler, Timing, Verdict};

use super::*;

fn parameter(name: &str, variable: &str) -> Parameter {
    Parameter {
        name: name.to_owned(),
        variable: variable.to_owned(),
        levels: Vec::new(),
        kind: Kind::Sampled,
        mean: 0.062345,
        sd: 0.04123,
        q5: 0.0101,
        median: 0.0599,
        q95: 0.1312,
        mcse_mean: Some(0.00062),
        mcse_sd: Some(0.0005),
        mcse_q5: Some(0.0004),
        mcse_median: Some(0.0007),
        mcse_q95: Some(0.001),
        ess_bulk: Some(4000.4),
        ess_tail: Some(3900.0),
        rhat: Some(1.0002),
        rhat_nested: None,
    }
}

fn example() -> Summary {
    Summary {
        schema: SCHEMA.to_owned(),
        model: ModelInfo {
            path: "rats.polya".to_owned(),
            sha256: String::new(),
            inputs: [("slo".to_owned(), Input::Number(0.999))].into(),
        },
        data: Some(DataInfo {
            path: "rats.csv".to_owned(),
            sha256: String::new(),
            rows: 71,
            rows_left_out: [("tumours".to_owned(), 1)].into(),
            cells: 58,
        }),
        compiled: Compiled {
            sampled: vec!["mu".to_owned(), "kappa".to_owned()],
            integrated_out: vec!["theta".to_owned()],
            dimension: 2,
            centring: Default::default(),
            ..Compiled::default()
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
            step_size: vec![0.9; 4],
            ebfmi: vec![Some(1.1); 4],
            log_evidence: None,
        },
        verdict: Verdict { ok: true, warnings: Vec::new() },
        timing_s: Timing { total: 0.81234, ..Timing::default() },
        parameters: vec![parameter("mu", "mu")],
    }
}

#[test]
fn the_table_reads_from_the_request_to_the_verdict() {
    let want = "\
model           rats.polya
inputs          slo = 0.999
data            rats.csv: 71 rows in 58 cells; 1 row left out of tumours
sampled         mu, kappa (2 dimensions)
integrated out  theta
sampler         NUTS, 4 chains × 1000 draws after 1000 of warmup, seed 7, 21844 leapfrogs, 0 divergences, 0.8123 s

      mean      sd      5%  median    95%     mcse  ess_bulk  ess_tail   rhat
─────────────────────────────────────────────────────────────────────────────
mu  0.0623  0.0412  0.0101  0.0599  0.131  0.00062      4000      3900  1.000

The fit stands: the chains agree, and nothing in them speaks against it.
";
    assert_eq!(summary(&example(), None), want);
}

#[test]
fn long_variables_are_cut_and_warnings_advise() {
    let mut example = example();
    example.parameters = (0..71).map(|i| parameter(&format!("theta[{i}]"), "theta")).collect();
    example.parameters[0] =
        Parameter { mean: f64::INFINITY, sd: f64::NAN, rhat: None, ess_bulk: None, ..parameter("theta[0]", "theta") };
    let finding = Finding {
        code: "rhat".to_owned(),
        severity: Severity::Warning,
        message: "R-hat is 1.2".to_owned(),
        advice: "Run longer.".to_owned(),
        scalars: vec!["mu".to_owned()],
    };
    example.verdict = Verdict { ok: false, warnings: vec![finding] };
    let text = summary(&example, Some(Path::new("kept")));
    assert!(text.starts_with("fit             kept\n"));
    assert!(text.contains("\n… 51 more of theta (--format json lists all)\n"));
    assert!(text.contains("theta[19]") && !text.contains("theta[20]"));
    assert!(text.ends_with("Do not trust this fit as it is:\n  warning: R-hat is 1.2 (mu)\n    Run longer.\n"));
}
