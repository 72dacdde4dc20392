//! `polya prior`: what the priors imply before any data are seen.

use polya::Replay;
use polya::checks::prior::{
    PriorColumn, PriorConcentration, PriorFactor, describe_columns, describe_concentrations, describe_factors,
};
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
    let described = Described {
        columns: describe_columns(&replay).map_err(of_model)?,
        factors: describe_factors(&replay).map_err(of_model)?,
        concentrations: describe_concentrations(&replay),
    };
    match options.format {
        Format::Json => output.result(
            &(json!({ "schema": "polya.prior/1", "draws": options.draws, "seed": seed, "columns": described.columns,
                "factors": described.factors, "concentrations": described.concentrations })
            .to_string()
                + "\n"),
        )?,
        Format::Table => output.result(&table(&described, options.draws))?,
    }
    Ok(if described.warnings().next().is_none() { STANDS } else { UNRELIABLE })
}

/// All that is said of the priors.
struct Described {
    columns: Vec<PriorColumn>,
    factors: Vec<PriorFactor>,
    concentrations: Vec<PriorConcentration>,
}

impl Described {
    /// What is worth a thought.
    fn warnings(&self) -> impl Iterator<Item = &String> {
        let of_columns = self.columns.iter().flat_map(|column| &column.warnings);
        let of_factors = self.factors.iter().flat_map(|factor| &factor.warnings);
        let of_concentrations = self.concentrations.iter().filter_map(|concentration| concentration.warning.as_ref());
        of_columns.chain(of_factors).chain(of_concentrations)
    }
}

fn table(described: &Described, draws: usize) -> String {
    let mut grid = Grid::new(&[
        ("column", Side::Left),
        ("", Side::Left),
        ("5%", Side::Right),
        ("25%", Side::Right),
        ("median", Side::Right),
        ("75%", Side::Right),
        ("95%", Side::Right),
    ]);
    for column in &described.columns {
        let name = if column.shares { format!("{} (share of trials)", column.column) } else { column.column.clone() };
        for (label, quantiles) in [("prior", &column.quantiles), ("data", &column.observed)] {
            let mut cells = vec![name.clone(), label.to_owned()];
            cells.extend(quantiles.iter().map(|q| plain(*q)));
            grid.row(cells);
        }
    }
    for factor in &described.factors {
        for share in &factor.levels {
            let name = format!("{} (share of {})", factor.column, share.level);
            let mut prior = vec![name.clone(), "prior".to_owned()];
            prior.extend(share.quantiles.iter().map(|q| plain(*q)));
            grid.row(prior);
            // The data have one share, and no quantiles of it.
            let [before, after] = [vec![String::new(); 2], vec![String::new(); 2]];
            grid.row([vec![name, "data".to_owned()], before, vec![plain(share.observed)], after].concat());
        }
    }
    let mut text = format!("{draws} draws from the prior\n\n{}", grid.text());
    for warning in described.warnings() {
        text += &format!("! {warning}\n");
    }
    text
}
