//! `polya check`: parse, check, bind where there are data, and explain. Samples nothing.

use std::time::{Duration, Instant};

use polya::Posterior;
use polya::engine::LogDensity;
use polya::models::compiler::explain::explain_model;

use crate::STANDS;
use crate::args::CheckOptions;
use crate::failure::Failure;
use crate::input::{self, Data, ModelText};
use crate::output::Output;
use crate::render::explain;

/// Runs the command.
pub fn run(options: &CheckOptions, output: &Output) -> Result<u8, Failure> {
    let text = ModelText::read(&options.model)?;
    let model = text.parse()?;
    let columns = model.columns();
    let explanation = if columns.is_empty() || options.data.data.is_some() {
        let data = Data::read(&options.data, &columns)?;
        let bound = model.bind(data.table().0, &input::inputs(&options.settings));
        let posterior = bound.and_then(|bound| bound.compile_with(options.passes.passes()));
        let posterior = posterior.map_err(|error| Failure::of_model(error, &text.path, &text.text, data.table()))?;
        let mut explanation = posterior.explain();
        explanation.notes.extend(gradient_cost(&posterior));
        explanation
    } else {
        explain_model(&model)
    };
    output.result(&explain::text(&explanation))?;
    Ok(STANDS)
}

/// How long one gradient takes, from as many as fit in some milliseconds.
fn gradient_cost(posterior: &Posterior) -> Option<String> {
    let dimension = posterior.dimension();
    if dimension == 0 {
        return None;
    }
    let (position, mut gradient) = (vec![0.1; dimension], vec![0.0; dimension]);
    let mut scratch = posterior.scratch();
    let start = Instant::now();
    let mut count = 0;
    while count < 2 || start.elapsed() < Duration::from_millis(10) {
        posterior.log_density(&position, &mut gradient, &mut scratch).ok()?;
        count += 1;
    }
    let seconds = start.elapsed().as_secs_f64() / f64::from(count);
    let (value, unit) = match seconds {
        s if s < 1e-3 => (s * 1e6, "microseconds"),
        s => (s * 1e3, "milliseconds"),
    };
    Some(format!("one gradient takes about {value:.1} {unit} on this machine"))
}
