//! `polya summary`: the summary of a kept fit.

use polya::keep;

use crate::args::{Format, SummaryOptions};
use crate::failure::Failure;
use crate::input;
use crate::output::Output;
use crate::render::table;
use crate::{STANDS, UNRELIABLE};

/// Runs the command; its exit code is the fit's.
pub fn run(options: &SummaryOptions, output: &Output) -> Result<u8, Failure> {
    let mut summary = keep::read_summary(&options.folder)?;
    if let Some(show) = &options.show {
        let mut variables: Vec<String> = Vec::new();
        for parameter in &summary.parameters {
            if variables.last() != Some(&parameter.variable) {
                variables.push(parameter.variable.clone());
            }
        }
        input::known_names("--show", Some(show), &variables)?;
        summary.parameters.retain(|parameter| show.contains(&parameter.variable));
    }
    match options.format {
        Format::Table => output.result(&table::summary(&summary, Some(&options.folder)))?,
        Format::Json => {
            output.result(&(summary.to_json().map_err(|error| Failure::machine(error.to_string()))? + "\n"))?
        }
    }
    Ok(if summary.verdict.ok { STANDS } else { UNRELIABLE })
}
