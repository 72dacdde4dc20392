//! `polya prior`: what the priors imply before any data are seen.

use polya::Replay;
use polya::checks::prior::{PriorColumn, PriorConcentration, describe_columns, describe_concentrations};
use serde_json::json;

use crate::args::{Format, PriorOptions};
use crate::failure::Failure;
use crate::fit::picked_seed;
use crate::input::{self, Data, ModelText};
use crate::output::Output;
use crate::render::grid::{Grid, Side};
use crate::render::numbers::plain;
use crate::{STANDS, UNRELIABLE};

/// Runs the command; it exits with 1 where a warning stands.
pub fn run(options: &PriorOptions, output: &Output) -> Result<u8, Failure> {
    let text = ModelText::read(&options.model)?;
    let model = text.parse()?;
    let columns = model.columns();
    input::needs_data(&columns, &options.data)?;
    let data = Data::read(&options.data, &columns)?;
    let bound = model.bind(data.table().0, &input::inputs(&options.settings));
    let prior = bound.and_then(|bound| bound.compile_prior());
    let of_model = |error| Failure::of_model(error, &text.path, &text.text, data.table());
    let prior = prior.map_err(of_model)?;
    let seed = options.seed.unwrap_or_else(|| {
        let seed = picked_seed();
        output.note(&format!("seed {seed} (picked; --seed {seed} repeats this)"));
        seed
    });
    let replay = Replay::of_prior(&prior, options.draws, seed);
    let described = describe_columns(&replay).map_err(of_model)?;
    let concentrations = describe_concentrations(&replay);
    match options.format {
        Format::Json => output.result(
            &(json!({ "schema": "polya.prior/1", "draws": options.draws, "seed": seed, "columns": described,
                "concentrations": concentrations })
            .to_string()
                + "\n"),
        )?,
        Format::Table => output.result(&table(&described, &concentrations, options.draws))?,
    }
    Ok(if warnings(&described, &concentrations).next().is_none() { STANDS } else { UNRELIABLE })
}

/// What is worth a thought.
fn warnings<'a>(
    columns: &'a [PriorColumn],
    concentrations: &'a [PriorConcentration],
) -> impl Iterator<Item = &'a String> {
    let of_columns = columns.iter().flat_map(|column| &column.warnings);
    of_columns.chain(concentrations.iter().filter_map(|concentration| concentration.warning.as_ref()))
}

fn table(columns: &[PriorColumn], concentrations: &[PriorConcentration], draws: usize) -> String {
    let mut grid = Grid::new(&[
        ("column", Side::Left),
        ("", Side::Left),
        ("5%", Side::Right),
        ("25%", Side::Right),
        ("median", Side::Right),
        ("75%", Side::Right),
        ("95%", Side::Right),
    ]);
    for column in columns {
        let name = if column.shares { format!("{} (share of trials)", column.column) } else { column.column.clone() };
        for (label, quantiles) in [("prior", &column.quantiles), ("data", &column.observed)] {
            let mut cells = vec![name.clone(), label.to_owned()];
            cells.extend(quantiles.iter().map(|q| plain(*q)));
            grid.row(cells);
        }
    }
    let mut text = format!("{draws} draws from the prior\n\n{}", grid.text());
    for warning in warnings(columns, concentrations) {
        text += &format!("! {warning}\n");
    }
    text
}
