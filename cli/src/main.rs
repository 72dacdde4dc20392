//! The command `polya`: arguments in, tables and files out.

// Tests may panic; what input can reach must not.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

mod args;
mod check;
mod compare;
mod evidence;
mod failure;
mod file;
mod fit;
mod input;
mod kept;
mod left_out;
mod loo;
mod output;
mod ppc;
mod prior;
mod render;
mod report;
mod sbc;
mod summary;
mod values;
mod verdict;

use std::process::ExitCode;

use args::{Cli, Command};
use failure::Failure;
use output::Output;

/// The fit stands.
const STANDS: u8 = 0;
/// The fit was made, and is not to be trusted.
const UNRELIABLE: u8 = 1;
/// The request is wrong.
const WRONG: u8 = 2;
/// The machine failed.
const BROKEN: u8 = 3;

fn main() -> ExitCode {
    quiet_decoders();
    let arguments: Vec<_> = std::env::args_os().collect();
    let outcome = match args::parse(&arguments) {
        Ok(cli) => {
            let output = Output::new(&cli);
            run(&cli, &output).map_err(|failure| (failure, output))
        }
        Err(error) => return args::report(&error, &arguments),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err((failure, output)) => output.failure(&failure),
    }
}

/// A damaged Parquet or Arrow file can make its decoder panic. The reader answers with an error, so nothing else is printed.
fn quiet_decoders() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let of_decoder = |part: &str| ["arrow-", "parquet-", "flatbuffers-"].iter().any(|name| part.starts_with(name));
        if !panic.location().is_some_and(|place| place.file().split(['/', '\\']).any(of_decoder)) {
            default(panic);
        }
    }));
}

fn run(cli: &Cli, output: &Output) -> Result<u8, Failure> {
    if let Some(threads) = cli.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build_global()
            .map_err(|error| Failure::machine(format!("{threads} threads cannot be started: {error}")))?;
    }
    match &cli.command {
        Command::Fit(options) => fit::run(options, output),
        Command::Check(options) => check::run(options, output),
        Command::Summary(options) => summary::run(options, output),
        Command::Prior(options) => prior::run(options, output),
        Command::Ppc(options) => ppc::run(options, output),
        Command::Loo(options) => loo::run(options, output),
        Command::Verdict(options) => verdict::run(options, output),
        Command::Compare(options) => compare::run(options, output),
        Command::Evidence(options) => evidence::run(options, output),
        Command::Sbc(options) => sbc::run(options, output),
        Command::Report(options) => report::run(options, output),
        Command::Plot(options) => report::plot(options, output),
    }
}
