//! `polya fit` and `polya summary` keep the contract with programs and with people.

mod common;

use common::Folder;
use polya::summary::Summary;
use serde_json::Value;
use std::time::{Duration, Instant};

const MODEL: &str = "
data group: factor, tumours: count, rats: count
input prior = 1
mu ~ Beta(prior, 1)
kappa ~ LogNormal(3, 1)
theta[group] ~ Beta(mean = mu, concentration = kappa)
tumours ~ Binomial(rats, theta[group])
risky[group] = theta[group] > 0.25
let odds = mu / (1 - mu)
next[group] ~ Binomial(20, theta[group])
";
const CSV: &str = "group,tumours,rats\na,1,20\nb,4,22\nc,9,24\n\"d, e\",0,10\na,NA,9\n";

fn rats() -> Folder {
    Folder::with(MODEL, CSV)
}

/// Without what differs between runs.
fn timeless(text: &str) -> Value {
    let mut summary: Value = serde_json::from_str(text).expect("JSON");
    summary["timing_s"] = Value::Null;
    summary
}

#[test]
fn the_summary_has_the_fields_of_the_contract() {
    let answer = rats().fit(&["--format", "json", "--set", "prior=2", "--draws", "600"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    let summary = answer.json();
    let keys = |value: &Value| value.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    assert_eq!(keys(&summary), ["compiled", "data", "model", "parameters", "sampler", "schema", "timing_s", "verdict"]);
    assert_eq!(summary["schema"], "polya.summary/1");
    assert_eq!(summary["model"]["inputs"], serde_json::json!({"prior": 2.0}));
    assert_eq!((&summary["model"]["path"], &summary["data"]["path"]), (&"m.polya".into(), &"d.csv".into()));
    assert!(summary["data"]["sha256"].as_str().is_some_and(|hash| hash.len() == 64));
    assert_eq!(
        (&summary["data"]["rows"], &summary["data"]["rows_left_out"]),
        (&5.into(), &serde_json::json!({"tumours": 1}))
    );
    let compiled = serde_json::json!({"sampled": ["mu", "kappa"], "integrated_out": ["theta"], "computed": ["risky"], "predicted": ["next"], "dimension": 2});
    assert_eq!(summary["compiled"], compiled);
    let sampler = [
        "algorithm",
        "chains",
        "divergences",
        "draws",
        "ebfmi",
        "independence",
        "leapfrogs",
        "leapfrogs_warmup",
        "log_evidence",
        "max_depth_hits",
        "seed",
        "step_size",
        "warmup",
    ];
    assert_eq!(keys(&summary["sampler"]), sampler);
    assert_eq!((&summary["sampler"]["algorithm"], &summary["sampler"]["log_evidence"]), (&"nuts".into(), &Value::Null));
    assert_eq!(keys(&summary["timing_s"]), ["compile", "read", "sample", "total", "warmup"]);
    assert_eq!(summary["verdict"], serde_json::json!({"ok": true, "warnings": []}));
    let parameters = summary["parameters"].as_array().expect("a list");
    let names: Vec<&str> = parameters.iter().filter_map(|p| p["name"].as_str()).collect();
    assert_eq!(names[..6], ["mu", "kappa", "theta[a]", "theta[b]", "theta[c]", "theta[\"d, e\"]"]);
    assert_eq!(names.len(), 14);
    let last = &parameters[5];
    assert_eq!(
        (&last["variable"], &last["levels"], &last["kind"]),
        (&"theta".into(), &serde_json::json!(["d, e"]), &"integrated_out".into())
    );
    let fields = [
        "mean",
        "sd",
        "q5",
        "median",
        "q95",
        "mcse_mean",
        "mcse_sd",
        "mcse_q5",
        "mcse_median",
        "mcse_q95",
        "ess_bulk",
        "ess_tail",
        "rhat",
    ];
    assert!(fields.iter().all(|field| last[field].is_f64()), "{last}");
    assert_eq!(keys(last).len(), 4 + fields.len());
    assert!(Summary::from_json(&answer.out).is_ok());
}

#[test]
fn nothing_left_to_sample_is_exact_and_knows_its_evidence() {
    let folder = Folder::with("data k: count, n: count\np ~ Beta(1, 1)\nk ~ Binomial(n, p)\n", "k,n\n3,10\n");
    let sampler = folder.fit(&["--format", "json"]).json()["sampler"].clone();
    assert_eq!((&sampler["algorithm"], &sampler["warmup"]), (&"exact".into(), &0.into()));
    assert_eq!((&sampler["step_size"], &sampler["ebfmi"]), (&serde_json::json!([]), &serde_json::json!([])));
    // With a uniform rate every count from 0 to n is as likely.
    assert!(sampler["log_evidence"].as_f64().is_some_and(|e| (e + 11_f64.ln()).abs() < 1e-10), "{sampler}");
}

#[test]
fn a_kept_fit_is_whole_and_can_be_read_again() {
    let folder = rats();
    let answer = folder.fit(&["--format", "json", "--out", "kept"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    let files = [
        "data.parquet",
        "draws.parquet",
        "fit.json",
        "log_lik.parquet",
        "model.polya",
        "positions.parquet",
        "predictive.parquet",
        "sampler.parquet",
        "summary.json",
    ];
    assert_eq!(folder.list("kept"), files);
    assert_eq!(folder.list("."), ["d.csv", "kept", "m.polya"]);
    assert_eq!(folder.text("kept/model.polya"), MODEL);
    assert_eq!(timeless(&folder.text("kept/summary.json")), timeless(&answer.out));
    let record: Value = serde_json::from_str(&folder.text("kept/fit.json")).expect("JSON");
    assert_eq!(record["schema"], "polya.fit/1");
    let columns = |name: &str| {
        let columns = ["chain".to_owned(), "draw".to_owned()];
        let table = polya::read::file(&folder.path(name), None, &columns).expect("a table").table;
        (table.rows(), table.headers_seen().to_vec())
    };
    let (rows, headers) = columns("kept/draws.parquet");
    assert_eq!((rows, headers.len()), (1200, 16));
    assert_eq!(headers[..4], ["chain", "draw", "mu", "kappa"]);
    let (rows, headers) = columns("kept/log_lik.parquet");
    assert_eq!(
        (rows, &headers[2..]),
        (1200, &["tumours[1]", "tumours[2]", "tumours[3]", "tumours[4]"].map(String::from)[..])
    );
    assert!(columns("kept/predictive.parquet").1.contains(&"tumours[5]".to_owned()), "the row left out is predicted");
    assert_eq!(columns("kept/sampler.parquet").0, 1200);
    let again = folder.run(&["summary", "kept", "--format", "json"]);
    assert_eq!((again.code, timeless(&again.out)), (Some(0), timeless(&answer.out)));
    let table = folder.run(&["summary", "kept", "--show", "mu"]);
    let listed = |name: &str| table.out.lines().any(|line| line.starts_with(&format!("{name} ")));
    assert!(table.code == Some(0) && listed("mu") && !listed("kappa"), "{table:?}");
    assert_eq!(folder.run(&["summary", "kept", "--show", "nu"]).code, Some(2));
    assert_eq!(folder.fit(&["--out", "kept", "--keep", "mu"]).code, Some(0), "a kept fit is replaced");
}

#[test]
fn show_and_keep_choose_variables() {
    let folder = rats();
    let answer = folder.fit(&["--format", "json", "--show", "mu,risky", "--keep", "theta,mu", "--out", "kept"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    let summary = answer.json();
    let names: Vec<&str> =
        summary["parameters"].as_array().expect("a list").iter().filter_map(|p| p["name"].as_str()).collect();
    assert_eq!(names, ["mu", "risky[a]", "risky[b]", "risky[c]", "risky[\"d, e\"]"]);
    let table = polya::read::file(&folder.path("kept/draws.parquet"), None, &["mu".to_owned()]).expect("a table").table;
    assert_eq!(table.headers_seen(), ["chain", "draw", "mu", "theta[a]", "theta[b]", "theta[c]", "theta[\"d, e\"]"]);
}

#[test]
fn a_fit_that_is_not_replaced_whole_is_not_touched() {
    let folder = rats();
    assert_eq!(folder.fit(&["--out", "kept"]).code, Some(0));
    let before = folder.text("kept/summary.json");
    let folder = folder.file("d.csv", "group,tumours,rats\na,30,20\n");
    assert_eq!(folder.fit(&["--out", "kept"]).code, Some(2));
    assert_eq!(folder.text("kept/summary.json"), before);
    assert_eq!(folder.list("."), ["d.csv", "kept", "m.polya"]);
}

#[test]
fn a_time_limit_ends_with_exit_1_and_says_so() {
    let start = Instant::now();
    let answer = rats().fit(&[
        "--format",
        "json",
        "--warmup",
        "100",
        "--draws",
        "100000000",
        "--time-limit",
        "700ms",
        "--show",
        "mu",
    ]);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_eq!(answer.code, Some(1), "{}", answer.err);
    let summary = answer.json();
    assert_eq!(summary["verdict"]["ok"], false);
    assert!(summary["verdict"]["warnings"].to_string().contains("time"), "{}", summary["verdict"]);
    assert!(summary["sampler"]["draws"].as_u64().is_some_and(|draws| draws < 100_000_000));
}

#[test]
fn until_goes_on_to_its_target() {
    let answer = rats().fit(&["--format", "json", "--draws", "100", "--until", "ess=1500"]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    let summary = answer.json();
    assert!(
        summary["sampler"]["draws"].as_u64().is_some_and(|draws| draws > 300 && draws % 100 == 0),
        "{}",
        summary["sampler"]
    );
    let sampled = summary["parameters"].as_array().expect("a list").iter().filter(|p| p["kind"] == "sampled");
    assert!(
        sampled.into_iter().all(|p| p["ess_bulk"].as_f64() >= Some(1500.0) && p["ess_tail"].as_f64() >= Some(1500.0))
    );
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let folder = rats();
    let run = |threads: &str| {
        let answer = folder.fit(&["--format", "json", "--threads", threads, "--out", "kept", "-q"]);
        let draws = std::fs::read(folder.path("kept/draws.parquet")).expect("a file");
        (timeless(&answer.out), draws)
    };
    let one = run("1");
    assert!(one == run("2") && one == run("7"));
    let picked = folder.run(&["fit", "m.polya", "--data", "d.csv", "--warmup", "50", "--draws", "50"]);
    assert!(picked.err.contains("seed"), "a picked seed is told: {}", picked.err);
}

#[test]
fn a_table_for_people_has_no_escapes_off_a_terminal_and_is_quiet_when_asked() {
    let answer = rats().fit(&["-q"]);
    assert_eq!((answer.code, answer.err.as_str()), (Some(0), ""));
    assert!(!answer.out.contains('\u{1b}') && !answer.out.contains('\r'));
    assert!(["mu", "kappa", "theta", "d, e"].iter().all(|word| answer.out.contains(word)), "{}", answer.out);
    let help = rats().run(&["fit", "--help"]);
    assert!(help.code == Some(0) && help.out.contains("Example") && !help.out.contains('\u{1b}'));
}

#[test]
fn a_check_samples_nothing_and_explains() {
    let folder = rats();
    let bound = folder.run(&["check", "m.polya", "--data", "d.csv"]);
    assert_eq!(bound.code, Some(0), "{}", bound.err);
    assert!(["theta", "integrated out", "sampled"].iter().all(|word| bound.out.contains(word)), "{}", bound.out);
    assert_eq!(folder.run(&["check", "m.polya"]).code, Some(0));
    assert_eq!(folder.list("."), ["d.csv", "m.polya"]);
}

/// The reason names what is in the way, not what stands beside it.
#[test]
fn a_check_says_why_a_variable_is_sampled() {
    let reason = |model: &str, csv: &str| {
        let answer = Folder::with(model, csv).run(&["check", "m.polya", "--data", "d.csv"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        answer.out.lines().nth(2).map(str::to_owned).unwrap_or_default()
    };
    let two = "data y: real, z: count\nth ~ Normal(0, 1)\ny ~ Normal(th, 1)\nz ~ Poisson(exp(th))\n";
    assert!(reason(two, "y,z\n0.5,2\n").contains("Poisson (`z`) depends on it"));
    let exponential = "data y: real\ns ~ Exponential(1)\ny ~ Normal(0, s)\n";
    assert!(reason(exponential, "y\n0.5\n").ends_with("not integrated out; Beta, Dirichlet, Gamma and Normal are"));
    let exposed = "data k: count, x: real\nl ~ Gamma(2, 1)\nk ~ Poisson(x * l)\n";
    assert!(reason(exposed, "k,x\n2,1.5\n0,0\n").contains("integrated out"));
    assert!(reason(exposed, "k,x\n2,1.5\n1,0\n").contains("Poisson (`k`) depends on it with a factor of 0 in row 2"));
    assert!(reason(exposed, "k,x\n2,-1.5\n1,1\n").contains("with a factor of -1.5 in row 1"));
}

#[test]
fn a_row_that_no_parameter_explains_is_named_with_its_numbers() {
    let model = "data k: count, x: real\nl ~ Gamma(2, 1)\nk ~ Poisson(x * l)\n";
    let folder = Folder::with(model, "k,x\n0,1\n2,-1.5\n1,2\n");
    let answer = folder.fit(&[]);
    assert_eq!(answer.code, Some(2));
    assert!(answer.err.contains("at row 2, where `x` is -1.5,"), "{answer:?}");
}

#[test]
fn many_short_chains_are_judged_by_superchains() {
    let folder = rats();
    let short = ["--chains", "64", "--superchains", "8", "--warmup", "200", "--draws", "40"];
    let answer = folder.fit(&[&short[..], &["--format", "json", "--out", "kept"]].concat());
    assert_eq!(answer.code, Some(0), "{}{}", answer.out, answer.err);
    let summary = answer.json();
    assert_eq!(summary["sampler"]["superchains"], 8);
    let parameters = summary["parameters"].as_array().expect("a list");
    let judged = |p: &&Value| p["rhat_nested"].as_f64().is_some_and(|r| (1.0..1.05).contains(&r));
    assert_eq!(parameters.iter().filter(|p| p["kind"] == "sampled").filter(judged).count(), 2);
    let kept = folder.run(&["summary", "kept"]);
    assert!(
        kept.out.contains("64 chains in 8 superchains × 40 draws") && kept.out.contains("rhat_nested"),
        "{}",
        kept.out
    );

    let wrong = folder.fit(&["--chains", "10", "--superchains", "4"]);
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong.err.contains("superchains must be 2 or more and a divisor of the number of chains, not 4 of 10 chains")
    );
}
