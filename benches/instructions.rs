//! Instructions that one gradient takes, counted by callgrind, beside those of the same arithmetic written by hand: numbers
//! that two commits can be compared by on a noisy machine, where times cannot.
//!
//! `cargo bench --bench instructions` prints a line for each workload. It needs `valgrind` and says so where there is none.
//! The program runs itself under callgrind with few and with many gradients; the difference is theirs alone. Valgrind
//! knows no AVX-512, so what is counted is the AVX2 form.
#![allow(missing_docs)]

mod hand;
mod workloads;

use polya::engine::LogDensity;
use std::hint::black_box;
use std::process::Command;

/// What the program does under callgrind: so many gradients of a workload, `polya`'s or those by `hand`.
fn run(name: &str, whose: &str, gradients: usize) {
    let posterior = workloads::named(name);
    let (d, mut scratch) = (posterior.dimension(), posterior.scratch());
    let (position, mut gradient) = (workloads::position(d, 0), vec![0.0; d]);
    let hand = hand::density(name, scratch.weights()).filter(|_| whose == "hand");
    for _ in 0..gradients {
        let value = match &hand {
            Some(hand) => Ok(hand.gradient(black_box(&position), &mut gradient)),
            None => posterior.log_density(black_box(&position), &mut gradient, &mut scratch),
        };
        black_box(value.is_ok());
    }
}

/// Instructions of a run of this program, as callgrind reports them at its end.
fn count(name: &str, whose: &str, gradients: usize) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().ok()?)
        .args(["run", name, whose, &gradients.to_string()])
        .output()
        .ok()?;
    let report = String::from_utf8_lossy(&output.stderr);
    report.lines().find_map(|line| line.split("Collected :").nth(1)?.trim().parse().ok())
}

/// Instructions of one gradient.
fn count_of_one(name: &str, whose: &str) -> Option<u64> {
    let many = if name == "glmm" { 5 } else { 100 };
    Some((count(name, whose, 1 + many)? - count(name, whose, 1)?) / many as u64)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, run_word, name, whose, gradients] = arguments.as_slice()
        && run_word == "run"
    {
        return run(name, whose, gradients.parse().unwrap_or(0));
    }
    println!("{:<14} {:>12} {:>12} {:>6}", "instructions", "polya", "by hand", "ratio");
    for name in workloads::WORKLOADS {
        let Some(own) = count_of_one(name, "polya") else {
            println!("valgrind is not here, or did not count");
            return;
        };
        let written = name != "rats-joint";
        match count_of_one(name, "hand").filter(|_| written) {
            Some(hand) => println!("{name:<14} {own:>12} {hand:>12} {:>6.2}", own as f64 / hand as f64),
            None => println!("{name:<14} {own:>12}"),
        }
    }
}
