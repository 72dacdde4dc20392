//! Real ArviZ opens a kept fit and finds our numbers; without Python and ArviZ this says so and passes.
//!
//! `POLYA_PYTHON` names the Python to use.

mod common;

use common::Folder;
use std::path::Path;
use std::process::Command;

const MODEL: &str = "
data group: factor, tumours: count, rats: count, dose: real
mu ~ Beta(1, 1)
kappa ~ LogNormal(3, 1)
theta[group] ~ Beta(mean = mu, concentration = kappa)
tumours ~ Binomial(rats, theta[group])
b ~ Normal(0, 1)
eta[rows] = b * dose
risky[group] = theta[group] > 0.25
next[group] ~ Binomial(20, theta[group])
";
const CSV: &str = "group,tumours,rats,dose\na,1,20,0.5\nb,4,22,1\nc,9,24,2\n\"d, é\",0,10,1\na,NA,9,3\n";

#[test]
fn arviz_finds_our_numbers() {
    let folder = Folder::with(MODEL, CSV).file("read_store.py", include_str!("read_store.py"));
    for (out, format) in [("store", "arviz"), ("csv", "cmdstan")] {
        let answer = folder.fit(&["--out", out, "--draws-format", format, "--draws", "1000"]);
        assert_eq!(answer.code, Some(0), "{}", answer.err);
    }
    let opened = polya::keep::open(&folder.path("store")).expect("a kept fit");
    assert_eq!(opened.record.indices["eta"], ["rows"]);
    run(&[&folder.path("read_store.py"), &folder.path("store"), &folder.path("csv")]);
}

const VECTORS: &str = "
data region: factor, outcome: COUNTS
kappa ~ LogNormal(3, 1)
phi ~ Dirichlet(ones[outcome])
theta[region] ~ Dirichlet(mean = phi, concentration = kappa)
outcome ~ Multinomial(theta[region])
";
const WIDE: &str = "region,2xx,4xx,5xx\neu,90,7,3\nus,70,20,10\nap,30,1,9\n";

/// The same counts, one row for each status; those of one region stand apart.
const LONG: &str =
    "region,status,n\neu,2xx,90\nus,2xx,70\nus,4xx,20\nus,5xx,10\neu,4xx,7\neu,5xx,3\nap,2xx,30\nap,4xx,1\nap,5xx,9\n";

#[test]
fn arviz_finds_vectors_beside_their_predictions() {
    let forms = [("wide", "counts(\"2xx\", \"4xx\", \"5xx\")", WIDE), ("long", "counts(n by status)", LONG)];
    let folders = forms.map(|(name, counts, table)| {
        let folder = Folder::with(&VECTORS.replace("COUNTS", counts), table);
        let answer = folder.fit(&["--out", name, "--draws-format", "arviz", "--draws", "1000"]);
        assert_eq!(answer.code, Some(0), "{}", answer.err);
        folder
    });
    let [wide, long] = folders;
    let wide = wide.file("read_vectors.py", include_str!("read_vectors.py"));
    run(&[&wide.path("read_vectors.py"), &wide.path("wide"), &long.path("long")]);
}

/// Runs a script, where there is Python with ArviZ.
fn run(arguments: &[&Path]) {
    let python = std::env::var("POLYA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    match Command::new(&python).args(arguments).output() {
        Err(error) => eprintln!("skipped: {python}: {error}"),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            match output.status.code() {
                Some(77) => eprintln!("skipped: {said}"),
                code => assert_eq!(code, Some(0), "{said}"),
            }
            eprintln!("{said}");
        }
    }
}
