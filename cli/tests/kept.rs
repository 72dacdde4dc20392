//! Kept fits that the commands have little or nothing to say about, and what they say.

mod common;

use common::Folder;
use serde_json::Value;

const RATE: &str = "data k: count\nl ~ LogNormal(0, 1)\nk ~ Poisson(l)\n";

#[test]
fn a_fit_without_draws_is_one_error() {
    let folder = Folder::with(RATE, "k\n1\n3\n0\n");
    assert_eq!(folder.fit(&["--time-limit", "1ms", "--warmup", "1000000", "--out", "f"]).code, Some(1));
    for arguments in [
        vec!["ppc", "f"],
        vec!["loo", "f"],
        vec!["verdict", "f"],
        vec!["evidence", "f"],
        vec!["compare", "f", "f"],
        vec!["plot", "f", "density", "--out", "x.svg"],
        vec!["report", "f", "--html", "x.html"],
    ] {
        let answer = folder.run(&arguments);
        assert_eq!((answer.code, answer.out.as_str()), (Some(2), ""), "{answer:?}");
        assert!(answer.err.starts_with("error: f has no draws"), "{answer:?}");
    }
    assert_eq!(folder.run(&["summary", "f"]).code, Some(1));
}

#[test]
fn a_model_without_data_is_not_held_against_any() {
    let folder = Folder::new().file("m.polya", "a ~ Normal(0, 1)\nb = a + 1\n");
    assert_eq!(folder.run(&["fit", "m.polya", "--seed", "1", "--out", "f"]).code, Some(0));
    for command in ["ppc", "loo"] {
        let answer = folder.run(&[command, "f"]);
        assert_eq!(answer.code, Some(2));
        assert!(answer.err.contains("the model observes no data"), "{answer:?}");
    }
    let verdict = folder.run(&["verdict", "f"]);
    assert_eq!(verdict.code, Some(0));
    assert!(verdict.out.contains("observes no data") && !verdict.out.contains("look like"), "{verdict:?}");
}

/// Where all that groups share is known, nothing about a group left out is in doubt.
#[test]
fn groups_with_a_known_prior_are_left_out_exactly() {
    let model = "data g: factor, k: count, n: count\np[g] ~ Beta(2, 3)\nk ~ Binomial(n, p[g])\n";
    let folder = Folder::with(model, "g,k,n\na,3,10\na,1,5\nb,7,12\nc,0,4\nd,9,9\n");
    folder.fit(&["--out", "f"]);
    let loo = folder.run(&["loo", "f", "--format", "json"]);
    let groups = &loo.json()["groups"];
    assert_eq!((loo.code, &groups["high_k"], &groups["p_loo"]), (Some(0), &0.into(), &0.0.into()));
    let verdict = folder.run(&["verdict", "f"]);
    assert!(!verdict.out.contains("loo_unreliable"), "{verdict:?}");
}

#[test]
fn one_row_has_no_spread_and_no_row_is_named_nan() {
    let folder = Folder::with(RATE, "k\n1\n");
    folder.fit(&["--out", "f"]);
    let answer = folder.run(&["loo", "f"]);
    assert!(answer.out.starts_with("1 row left out in turn") && !answer.out.contains("NaN"), "{answer:?}");

    let model = "data y: real, s: real\nm ~ Normal(0, 1)\ny ~ Normal(m, s)\n";
    let folder = folder.file("m.polya", model).file("d.csv", "y,s\n1,1e-200\n2,1\n");
    folder.fit(&["--out", "f"]);
    let answer = folder.run(&["loo", "f"]);
    assert!(!answer.out.contains("NaN"), "{answer:?}");
}

/// `polya loo` and `polya verdict` say the same of the priors.
#[test]
fn whether_prior_and_data_disagree_is_said_once() {
    let of = |prior: &str| {
        let model =
            format!("data y: count, n: count\np ~ {prior}\nq ~ LogNormal(0, 1)\ny ~ Binomial(n, p)\nn ~ Poisson(q)\n");
        let folder = Folder::with(&model, "y,n\n10,100\n");
        folder.fit(&["--out", "f", "--no-integrate"]);
        let words = |command: &str, field: &str| -> Vec<Value> {
            let json = folder.run(&[command, "f", "--format", "json"]).json();
            json[field].as_array().cloned().unwrap_or_default()
        };
        let verdict = words("verdict", "findings");
        let of_prior: Vec<Value> = verdict.into_iter().filter(|f| f["about"] == "prior").collect();
        let messages: Vec<Value> = of_prior.iter().map(|finding| finding["message"].clone()).collect();
        assert_eq!(words("loo", "findings"), messages);
        let diagnosis = words("loo", "sensitivity")[0]["scalars"][0][1]["diagnosis"].clone();
        (
            of_prior.iter().any(|finding| finding["code"] == "prior_data_conflict" && finding["scalars"][0] == "p"),
            diagnosis,
        )
    };
    assert_eq!(of("Beta(80, 20)"), (true, "prior_data_conflict".into()));
    assert_eq!(of("Beta(1, 1)"), (false, "none".into()));
    // Prior and data are not far apart, and both say something.
    assert_eq!(of("Beta(24, 96)"), (false, "prior_data_conflict".into()));
}

#[test]
fn what_is_no_kept_fit_and_what_was_not_kept_is_told() {
    let folder = Folder::with(
        "data g: factor, k: count\nl[g] ~ Gamma(2, 1)\nm ~ Normal(0, 1)\nk ~ Poisson(l[g] * exp(m))\n",
        "g,k\na,1\nb,3\n",
    );
    folder.fit(&["--out", "f", "--keep", "m"]);
    let answer = folder.run(&["plot", "f", "forest", "--out", "x.svg"]);
    assert_eq!(answer.code, Some(2));
    assert!(answer.err.contains("`l`: --keep left it out"), "{answer:?}");
    let answer = folder.run(&["loo", "d.csv"]);
    assert!(answer.err.contains("d.csv is a file, and a kept fit is a folder"), "{answer:?}");
    assert!(!answer.err.contains("replaced"), "{answer:?}");
}

#[test]
fn rows_with_a_weight_count_as_often_in_every_command() {
    let model = "data k: count, w: count\nl ~ Gamma(2, 1)\nk ~ Poisson(l) weight w\n";
    let folder = Folder::with(model, "k,w\n0,109\n1,65\n2,22\n3,3\n4,1\n");
    folder.fit(&["--out", "f"]);
    let ppc = folder.run(&["ppc", "f", "--format", "json"]).json();
    assert_eq!(ppc["columns"][0]["rows"], 200);
    let statistics = ppc["columns"][0]["statistics"].as_array().cloned().unwrap_or_default();
    assert_eq!(statistics.iter().find(|s| s["name"] == "mean").map(|s| s["observed"].clone()), Some(0.61.into()));
    for command in [vec!["loo", "f"], vec!["compare", "f", "f"]] {
        let answer = folder.run(&command);
        assert!(answer.code == Some(0) && answer.out.contains("-207."), "{answer:?}");
    }
    let prior = folder.run(&["prior", "m.polya", "--data", "d.csv", "--seed", "1", "--format", "json"]).json();
    assert_eq!(prior["columns"][0]["rows"], 200);
    let sbc = folder.run(&["sbc", "m.polya", "--data", "d.csv", "--sims", "10"]);
    assert_eq!(sbc.code, Some(2));
    assert!(sbc.err.contains("the rows of `k` have weights"), "{sbc:?}");
}
