//! Where text goes: results to standard output, everything else to standard error.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use crate::args::{Cli, Format};
use crate::failure::Failure;
use crate::{BROKEN, render};

/// How this run of the command speaks.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    format: Format,
    quiet: bool,
}

impl Output {
    /// As the arguments ask.
    pub fn new(cli: &Cli) -> Self {
        Self { format: cli.format(), quiet: cli.quiet }
    }

    /// Prints a result; a reader that has gone away is no failure.
    pub fn result(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::machine(format!("the result cannot be printed: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Tells something on the side, unless `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Whether a progress bar has a place.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Prints a failure, also as JSON where that was asked for.
    pub fn failure(&self, failure: &Failure) -> ExitCode {
        let _ = io::stderr().write_all(render::error::human(failure, colours_on_stderr()).as_bytes());
        if self.format == Format::Json {
            let _ = self.result(&(failure.to_json() + "\n"));
        }
        ExitCode::from(failure.code)
    }
}

/// Prints a text and ends with a code, or with that of a broken machine.
pub fn print(text: impl AsRef<str>, code: u8) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_ref().as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => ExitCode::from(BROKEN),
        _ => ExitCode::from(code),
    }
}

/// Whether standard output takes colours.
pub fn colours_on_stdout() -> bool {
    colours(io::stdout().is_terminal())
}

/// Whether standard error takes colours.
pub fn colours_on_stderr() -> bool {
    colours(io::stderr().is_terminal())
}

fn colours(terminal: bool) -> bool {
    terminal
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
