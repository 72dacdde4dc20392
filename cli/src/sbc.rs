//! `polya sbc`: simulation-based calibration of a model on its design.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Mutex;

use polya::checks::calibration::{Calibration, CalibrationError, CalibrationSettings, QuantityRanks, Simulation};
use serde_json::{Value, json};

use crate::args::{Format, SbcOptions};
use crate::failure::Failure;
use crate::fit::picked_seed;
use crate::input::{self, Data, ModelText};
use crate::output::Output;
use crate::render::grid::{Grid, Side};
use crate::{STANDS, UNRELIABLE};

/// Quantities that are listed, those that are not calibrated first.
const MOST_SHOWN: usize = 12;
/// The probability that all quantities pass where all is right.
const WANTED: f64 = 0.99;

/// Runs the command; it exits with 1 where a quantity is not calibrated.
pub fn run(options: &SbcOptions, output: &Output) -> Result<u8, Failure> {
    let text = ModelText::read(&options.model)?;
    let model = text.parse()?;
    let columns = model.columns();
    input::needs_data(&columns, &options.data)?;
    let data = Data::read(&options.data, &columns)?;
    let of_model = |error| Failure::of_model(error, &text.path, &text.text, data.table());
    let bound = model.bind(data.table().0, &input::inputs(&options.settings)).map_err(of_model)?;
    let seed = options.seed.unwrap_or_else(|| {
        let seed = picked_seed();
        output.note(&format!("seed {seed} (picked; --seed {seed} repeats this)"));
        seed
    });
    let settings = CalibrationSettings {
        simulations: options.sims,
        warmup: options.warmup,
        ranks: options.ranks,
        thin: options.thin,
        seed,
    };
    let calibration = Calibration::new(bound, settings.clone()).map_err(|error| match error {
        CalibrationError::Model(error) => of_model(error),
        other => Failure::request(other.to_string()),
    })?;
    let header = json!({ "schema": "polya.sbc-journal/1", "model": text.sha256, "seed": seed, "ranks": settings.ranks,
        "thin": settings.thin, "warmup": settings.warmup, "names": calibration.names(),
        "data": data.loaded.as_ref().map(|l| l.sha256.clone()) });
    let (done, journal) = match &options.journal {
        Some(path) => Journal::open(path, &header).map(|(done, journal)| (done, Some(journal)))?,
        None => (Vec::new(), None),
    };
    if !done.is_empty() {
        let there = done.iter().filter(|simulation| simulation.simulation < options.sims).count();
        output.note(&format!("{there} of {} simulations were there already", options.sims));
    }
    let simulations = calibration.run(&done, &|simulation| {
        if let Some(journal) = &journal {
            journal.add(simulation);
        }
    });
    if let Some(journal) = journal {
        journal.finish()?;
    }
    let failed: Vec<&Simulation> = simulations.iter().filter(|s| s.failure.is_some()).collect();
    // All quantities together are to pass with the wanted probability.
    let each = 1.0 - (1.0 - WANTED) / calibration.names().len() as f64;
    let checks = calibration.check(&simulations, each);
    let calibrated = checks.iter().all(|c| c.check.outside.is_empty()) && failed.is_empty();
    match options.format {
        Format::Json => output.result(&(as_json(&checks, &failed, options.sims, seed).to_string() + "\n"))?,
        Format::Table => output.result(&table(&checks, &failed, options))?,
    }
    Ok(if calibrated { STANDS } else { UNRELIABLE })
}

fn as_json(checks: &[QuantityRanks], failed: &[&Simulation], sims: usize, seed: u64) -> Value {
    let quantities: Vec<Value> = checks
        .iter()
        .map(|c| {
            json!({ "name": c.name, "calibrated": c.check.outside.is_empty(), "ranks": c.ranks,
                    "p_value": c.uniformity.as_ref().map(|u| u.p_value) })
        })
        .collect();
    json!({ "schema": "polya.sbc/1", "simulations": sims, "seed": seed, "failed": failed, "quantities": quantities })
}

fn table(checks: &[QuantityRanks], failed: &[&Simulation], options: &SbcOptions) -> String {
    let mut grid = Grid::new(&[("quantity", Side::Left), ("p of uniform ranks", Side::Right), ("ECDF", Side::Left)]);
    let outside = checks.iter().filter(|c| !c.check.outside.is_empty()).count();
    for check in checks
        .iter()
        .filter(|c| !c.check.outside.is_empty())
        .chain(checks.iter().filter(|c| c.check.outside.is_empty()))
        .take(MOST_SHOWN)
    {
        grid.row(vec![
            check.name.clone(),
            check.uniformity.as_ref().map_or_else(String::new, |u| format!("{:.3}", u.p_value)),
            if check.check.outside.is_empty() { "within its bands" } else { "leaves its bands" }.to_owned(),
        ]);
    }
    if checks.len() > MOST_SHOWN {
        grid.row(vec![format!("… and {} more", checks.len() - MOST_SHOWN)]);
    }
    let mut text = format!("{} simulations, ranks among {} draws\n\n{}", options.sims, options.ranks, grid.text());
    if outside > 0 {
        text += &format!("! {outside} of {} quantities are not calibrated\n", checks.len());
    }
    if let Some(first) = failed.first() {
        let why = first.failure.as_deref().unwrap_or_default();
        text += &format!("! {} simulations could not be fitted; number {}: {why}\n", failed.len(), first.simulation);
    }
    if outside == 0 && failed.is_empty() {
        text += "the inference finds what the data were made from\n";
    }
    text
}

/// Finished simulations, a line each under a header that says of what.
struct Journal {
    file: Mutex<(std::fs::File, Option<std::io::Error>)>,
}

impl Journal {
    fn open(path: &Path, header: &Value) -> Result<(Vec<Simulation>, Self), Failure> {
        let machine = |error: std::io::Error| Failure::machine(format!("{}: {error}", path.display()));
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(machine)?;
        let lines: Vec<String> = BufReader::new(&file).lines().collect::<Result<_, _>>().map_err(machine)?;
        let mut done = Vec::new();
        match lines.first() {
            None => writeln!(file, "{header}").map_err(machine)?,
            Some(first) if serde_json::from_str::<Value>(first).ok().as_ref() == Some(header) => {
                // A line cut off by a kill is no simulation.
                done = lines[1..].iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
                if lines.last().is_none_or(|last| serde_json::from_str::<Value>(last).is_err()) {
                    writeln!(file).map_err(machine)?;
                }
            }
            Some(_) => {
                let failure = Failure::request(format!("{} is the journal of another calibration", path.display()));
                return Err(
                    failure.help("name another file, or give the model, data and settings that it was begun with")
                );
            }
        }
        Ok((done, Self { file: Mutex::new((file, None)) }))
    }

    fn add(&self, simulation: &Simulation) {
        if let Ok(mut guard) = self.file.lock() {
            let (file, fault) = &mut *guard;
            let line = serde_json::to_string(simulation).unwrap_or_default();
            if let Err(error) = writeln!(file, "{line}") {
                *fault = Some(error);
            }
        }
    }

    fn finish(self) -> Result<(), Failure> {
        let fault = self.file.into_inner().ok().and_then(|(_, fault)| fault);
        fault.map_or(Ok(()), |error| Err(Failure::machine(format!("the journal cannot be written: {error}"))))
    }
}
