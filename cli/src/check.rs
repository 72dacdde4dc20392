//! `polya check`: parse, check, bind where there are data, and explain. Samples nothing.

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
        let posterior = model.bind(data.table().0, &input::inputs(&options.settings)).and_then(|bound| bound.compile());
        posterior.map_err(|error| Failure::of_model(error, &text.path, &text.text, data.table()))?.explain()
    } else {
        explain_model(&model)
    };
    output.result(&explain::text(&explanation))?;
    Ok(STANDS)
}
