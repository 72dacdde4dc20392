//! Instructions that one gradient takes, counted by callgrind: a number that two commits can be compared by on a noisy
//! machine, where times cannot.
//!
//! `cargo bench --bench instructions` prints a line for each workload. It needs `valgrind` and says so where there is none.
//! The program runs itself under callgrind with few and with many gradients; the difference is theirs alone. Valgrind
//! knows no AVX-512, so what is counted is the AVX2 form.
#![allow(missing_docs)]

mod workloads;

use polya::Posterior;
use polya::engine::LogDensity;
use std::hint::black_box;
use std::process::Command;

/// Names of the workloads, in the order they are printed.
const WORKLOADS: [&str; 7] = ["rats", "rats-joint", "abtest", "baseball", "eight_schools", "multinom", "glmm"];

fn posterior(name: &str) -> Posterior {
    match name {
        "rats" => workloads::posterior(workloads::RATS, &workloads::rats_table(), true),
        "rats-joint" => workloads::posterior(workloads::RATS, &workloads::rats_table(), false),
        "abtest" => workloads::posterior(workloads::ABTEST, &workloads::abtest_table(), true),
        "baseball" => workloads::posterior(workloads::BASEBALL, &workloads::baseball_table(), true),
        "eight_schools" => workloads::posterior(workloads::EIGHT_SCHOOLS, &workloads::eight_schools_table(), true),
        "multinom" => workloads::posterior(workloads::MULTINOM, &workloads::multinom_table(), true),
        _ => workloads::posterior(workloads::GLMM, &workloads::glmm_table(&workloads::glmm()), true),
    }
}

/// What the program does under callgrind.
fn run(name: &str, gradients: usize) {
    let posterior = posterior(name);
    let d = posterior.dimension();
    let position: Vec<f64> = (0..d).map(|i| 0.1 * (i as f64).sin()).collect();
    let (mut gradient, mut scratch) = (vec![0.0; d], posterior.scratch());
    for _ in 0..gradients {
        let value = posterior.log_density(black_box(&position), &mut gradient, &mut scratch);
        black_box(value.is_ok());
    }
}

/// Instructions of a run of this program, as callgrind reports them at its end.
fn count(name: &str, gradients: usize) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().ok()?)
        .args(["run", name, &gradients.to_string()])
        .output()
        .ok()?;
    let report = String::from_utf8_lossy(&output.stderr);
    report.lines().find_map(|line| line.split("Collected :").nth(1)?.trim().parse().ok())
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, run_word, name, gradients] = arguments.as_slice()
        && run_word == "run"
    {
        return run(name, gradients.parse().unwrap_or(0));
    }
    println!("{:<14} {:>14}", "workload", "instructions");
    for name in WORKLOADS {
        let many = if name == "glmm" { 5 } else { 100 };
        let (Some(few), Some(more)) = (count(name, 1), count(name, 1 + many)) else {
            println!("valgrind is not here, or did not count");
            return;
        };
        println!("{name:<14} {:>14}", (more - few) / many as u64);
    }
}
