//! The commands that ask more of a kept fit: prior, ppc, loo, verdict, compare, sbc, report and plot.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const HIERARCHICAL: &str = "data g: factor, y: count, n: count\nmu ~ Beta(1, 1)\nkappa ~ LogNormal(3, 1)\n\
    theta[g] ~ Beta(mean = mu, concentration = kappa)\ny ~ Binomial(n, theta[g])\n";
const POOLED: &str = "data g: factor, y: count, n: count\np ~ Beta(1, 1)\nrate[g] = p\ny ~ Binomial(n, rate[g])\n";

fn polya(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polya"));
    command.current_dir(folder).args(arguments).output().expect("the command runs")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })
}

/// A folder with data of rates that differ, two models, and their kept fits.
fn fits() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rows = String::from("g,y,n,side\n");
    for (i, y) in [2, 14, 5, 18, 1, 11, 8, 24, 3, 9, 16, 6].iter().enumerate() {
        let name = if i == 3 { "<script>alert(1)</script>".to_owned() } else { format!("g{i}") };
        rows += &format!("{name},{y},30,{}\n", i % 2);
    }
    std::fs::write(folder.path().join("d.csv"), rows).expect("data");
    for (name, text) in [("own", HIERARCHICAL), ("pooled", POOLED)] {
        std::fs::write(folder.path().join(format!("{name}.polya")), text).expect("a model");
        let model = format!("{name}.polya");
        let arguments = ["fit", &model, "--data", "d.csv", "--seed", "5", "--out", name, "-q"];
        assert_eq!(polya(folder.path(), &arguments).status.code(), Some(0));
    }
    folder
}

#[test]
fn a_kept_fit_is_checked_compared_and_reported() {
    let folder = fits();
    let run = |arguments: &[&str]| polya(folder.path(), arguments);

    let pooled = run(&["ppc", "pooled", "--format", "json"]);
    let column = &json(&pooled)["columns"][0];
    assert_eq!((pooled.status.code(), column["column"].as_str()), (Some(0), Some("y")));
    let findings = column["findings"].as_array().expect("findings");
    assert!(findings.iter().any(|f| f.as_str().is_some_and(|f| f.contains("overdispersion"))), "{findings:?}");
    let own = json(&run(&["ppc", "own", "--format", "json"]));
    assert_eq!(own["columns"][0]["findings"].as_array().map(Vec::len), Some(0));

    // The exit code is 0 whatever is found.
    let by = run(&["ppc", "pooled", "--by", "g", "--format", "json"]);
    let groups = &json(&by)["by_groups"][0];
    assert_eq!((by.status.code(), groups["groups"].as_array().map(Vec::len)), (Some(0), Some(12)));
    let findings = groups["findings"].as_array().expect("findings");
    assert!(findings.iter().any(|f| f.as_str().is_some_and(|f| f.starts_with("share of y at g=g7"))), "{findings:?}");
    let table = run(&["ppc", "own", "--by", "side", "--data", "d.csv"]);
    let text = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(text.contains("y by side: 2 groups") && text.contains("nothing surprising in any group"), "{text}");
    for (column, words) in [("side", "--data FILE"), ("gg", "did you mean `g`?")] {
        let unknown = run(&["ppc", "own", "--by", column]);
        assert_eq!(unknown.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&unknown.stderr).contains(words), "{unknown:?}");
    }

    let loo = run(&["loo", "pooled", "--format", "json"]);
    let loo = json(&loo);
    assert_eq!(loo["rows"].as_array().map(Vec::len), Some(12));
    assert!(loo["pit"][0]["p_value"].as_f64().is_some_and(|p| p < 0.01), "{}", loo["pit"]);
    let own_loo = json(&run(&["loo", "own", "--format", "json"]));
    let (tested, place) = (&own_loo["groups"]["pit"][0], &own_loo["rows"][1]["pit_without_group"]);
    assert!(tested["reliable"] == true && tested["p_value"].as_f64().is_some_and(|p| p > 0.01), "{tested}");
    let ends = ["below", "upto"].map(|end| place[end].as_f64().unwrap_or(f64::NAN));
    assert!(0.5 < ends[0] && ends[0] < ends[1] && ends[1] < 1.0, "{place}");
    let comparison = json(&run(&["compare", "own", "pooled", "--format", "json"]));
    assert_eq!(comparison["models"][0]["model"], "own");
    assert!(comparison["models"][1]["elpd_diff"].as_f64().is_some_and(|d| d < -5.0));

    let groups = json(&run(&["compare", "own", "pooled", "--groups", "--format", "json"]));
    assert_eq!((&groups["groups"]["variable"], &groups["models"][0]["model"]), (&"theta".into(), &"own".into()));
    assert_eq!(groups["models"][0]["high_k"], 0);
    assert_eq!(groups["models"][0]["elpd_loo"], own_loo["groups"]["elpd_loo"]);

    let evidence = run(&["evidence", "own", "pooled", "--format", "json"]);
    let models = &json(&evidence)["models"];
    assert_eq!(
        (evidence.status.code(), &models[0]["exact"], &models[1]["exact"]),
        (Some(0), &false.into(), &true.into())
    );
    assert!(models[1]["log_bayes_factor"].as_f64().is_some_and(|factor| factor < -5.0), "{models}");
    let words = run(&["evidence", "pooled", "own"]);
    assert!(
        String::from_utf8_lossy(&words.stdout).contains("times as probable under own as under pooled"),
        "{words:?}"
    );

    assert_eq!(run(&["report", "own", "--html", "own.html"]).status.code(), Some(0));
    let page = std::fs::read_to_string(folder.path().join("own.html")).expect("the page");
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert(1)"));
    for (kind, file) in [("forest", "f.svg"), ("rootogram", "r.svg"), ("density", "d.png"), ("loo", "l.svg")] {
        let plotted = run(&["plot", "own", kind, "--out", file]);
        assert_eq!(plotted.status.code(), Some(0), "{}", String::from_utf8_lossy(&plotted.stderr));
        let bytes = std::fs::read(folder.path().join(file)).expect("a plot");
        assert!(bytes.starts_with(if file.ends_with("png") { b"\x89PNG" } else { b"<svg" }), "{file}");
    }
    assert!(page.contains("The fit stands: the chains agree, the data look like those of the model"));
    let narrow = run(&["plot", "own", "forest", "--width", "100", "--out", "x.svg"]);
    assert_eq!(narrow.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&narrow.stderr).contains("240 to 4000"), "{narrow:?}");
    let unknown = run(&["plot", "own", "density", "--name", "nu", "--out", "x.svg"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(!folder.path().join("x.svg").exists());
}

/// One verdict over sampling, data and priors, whose exit code is its own; the report says the same.
#[test]
fn a_kept_fit_is_judged_by_all_that_is_known_of_it() {
    let folder = fits();
    let run = |arguments: &[&str]| polya(folder.path(), arguments);

    let own = run(&["verdict", "own"]);
    assert_eq!(own.status.code(), Some(0), "{}", String::from_utf8_lossy(&own.stdout));
    assert!(String::from_utf8_lossy(&own.stdout).starts_with("The fit stands"));

    let pooled = run(&["verdict", "pooled", "--format", "json"]);
    let verdict = json(&pooled);
    assert_eq!(pooled.status.code(), Some(1));
    assert_eq!((verdict["schema"].as_str(), verdict["ok"].as_bool()), (Some("polya.verdict/1"), Some(false)));
    let finding = &verdict["findings"][0];
    assert_eq!((finding["code"].as_str(), finding["columns"][0].as_str()), (Some("overdispersion"), Some("y")));
    let text = run(&["verdict", "pooled"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("warning (likelihood, overdispersion): `y` varies more"), "{text}");
    assert!(text.contains("BetaBinomial"), "{text}");

    assert_eq!(run(&["report", "pooled", "--html", "pooled.html"]).status.code(), Some(0));
    let page = std::fs::read_to_string(folder.path().join("pooled.html")).expect("the page");
    assert!(page.contains("Do not trust this fit as it is") && page.contains("varies more than the model lets it"));
    assert_eq!(run(&["verdict", "nowhere"]).status.code(), Some(2));
}

#[test]
fn foreign_and_damaged_folders_are_refused() {
    let folder = fits();
    let file = folder.path().join("own/positions.parquet");
    let mut bytes = std::fs::read(&file).expect("positions");
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&file, bytes).expect("damage");
    for command in ["ppc", "loo", "verdict"] {
        let output = polya(folder.path(), &[command, "own"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("positions.parquet"));
        assert_eq!(polya(folder.path(), &[command, "nowhere"]).status.code(), Some(2));
    }
}

#[test]
fn priors_and_calibration_need_no_fit() {
    let folder = fits();
    let run = |arguments: &[&str]| polya(folder.path(), arguments);
    let prior = run(&["prior", "own.polya", "--data", "d.csv", "--seed", "1", "--format", "json"]);
    assert_eq!(prior.status.code(), Some(0));
    assert_eq!(json(&prior)["columns"][0]["shares"], true);

    let arguments = [
        "sbc",
        "own.polya",
        "--data",
        "d.csv",
        "--sims",
        "40",
        "--seed",
        "2",
        "--warmup",
        "200",
        "--ranks",
        "19",
        "--thin",
        "4",
        "--journal",
        "j.jsonl",
        "--format",
        "json",
        "-q",
    ];
    let (first, second) = (run(&arguments), run(&arguments));
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
    // All of it was in the journal the second time.
    assert_eq!(first.stdout, second.stdout);
    let journal = std::fs::read_to_string(folder.path().join("j.jsonl")).expect("a journal");
    assert_eq!(journal.lines().count(), 41);
    // Cut off in the middle of a line, as by a kill, it goes on, to the same end.
    std::fs::write(folder.path().join("j.jsonl"), &journal[..journal.len() * 2 / 3]).expect("a shorter journal");
    assert_eq!(run(&arguments).stdout, first.stdout);
    let other: Vec<&str> = arguments.iter().map(|a| if *a == "2" { "3" } else { a }).collect();
    assert_eq!(run(&other).status.code(), Some(2));
    // More simulations go on from those that are there, and fewer are the first of them.
    let with = |sims: &str, journal: &str| -> Value {
        let given = |a: &&str| a.replace("40", sims).replace("j.jsonl", journal);
        let arguments: Vec<String> = arguments.iter().map(given).collect();
        json(&run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    let fresh = with("50", "fresh.jsonl");
    assert_eq!(with("50", "j.jsonl"), fresh);
    assert_eq!(fresh["quantities"][0]["ranks"].as_array().map(Vec::len), Some(50));
    let journal = std::fs::read_to_string(folder.path().join("j.jsonl")).expect("a journal");
    let whole = journal.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    assert_eq!(whole.filter(|line| line.get("simulation").is_some()).count(), 50);
    assert_eq!(with("40", "j.jsonl"), json(&first));
}
