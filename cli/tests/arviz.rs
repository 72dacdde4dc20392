//! Real ArviZ opens a kept fit and finds our numbers; without Python and ArviZ this says so and passes.
//!
//! `POLYA_PYTHON` names the Python to use.

mod common;

use common::Folder;
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
        let answer = folder.fit(&["--out", out, "--draws-format", format]);
        assert_eq!(answer.code, Some(0), "{}", answer.err);
    }
    let opened = polya::keep::open(&folder.path("store")).expect("a kept fit");
    assert_eq!(opened.record.indices["eta"], ["rows"]);
    let python = std::env::var("POLYA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(&python);
    command.arg(folder.path("read_store.py")).arg(folder.path("store")).arg(folder.path("csv"));
    match command.output() {
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
