//! A kept fit with its posterior, for the commands that ask more of it.

use std::path::Path;

use polya::checks::loo::LeaveOutError;
use polya::keep::{self, Opened};
use polya::models::Passes;
use polya::{Model, Posterior, Replay};

use crate::failure::{Failure, InTable};

/// A kept fit and the posterior that its draws are of.
#[derive(Debug)]
pub struct Kept {
    /// What the folder holds.
    pub opened: Opened,
    /// The posterior, compiled once more.
    pub posterior: Posterior,
    positions: Vec<Vec<f64>>,
    /// Where its model is, to be shown.
    model_path: String,
}

impl Kept {
    /// Opens a folder with draws in it.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let opened = keep::open_without_rows(folder)?;
        if opened.draws.draws() == 0 {
            let failure =
                Failure::request(format!("{} has no draws: its run ended before the first", folder.display()));
            return Err(failure.help("fit again, to the end or with a longer --time-limit"));
        }
        let shown = folder.join("model.polya").display().to_string();
        let passes = passes(&opened);
        let posterior = Model::parse(&opened.model)
            .and_then(|model| model.bind(opened.table.as_ref(), &opened.inputs())?.compile_with(passes));
        let table = InTable(opened.table.as_ref());
        let posterior = posterior.map_err(|error| Failure::of_model(error, &shown, &opened.model, table))?;
        let positions = opened.positions.clone().unwrap_or_else(|| vec![Vec::new(); opened.draws.chains()]);
        let dimension = opened.summary.compiled.dimension;
        if polya::engine::LogDensity::dimension(&posterior) != dimension {
            return Err(Failure::request(format!(
                "{}: the model compiles to another number of dimensions than the fit had: was it made by another version?",
                folder.display()
            ))
            .help("fit it again"));
        }
        Ok(Self { opened, posterior, positions, model_path: shown })
    }

    /// Whether it has observed data.
    pub fn observes(&self) -> bool {
        self.posterior.observed_count() > 0
    }

    /// Fails where nothing is observed, so that there is nothing to be done with it.
    pub fn must_observe(&self, what: &str) -> Result<(), Failure> {
        if self.observes() {
            return Ok(());
        }
        Err(Failure::request(format!("the model observes no data: there is nothing to {what}"))
            .in_file(self.model_path.clone()))
    }

    /// What is wrong with its model, or with what is asked of it.
    pub fn fault(&self, error: polya::Error) -> Failure {
        Failure::of_model(error, &self.model_path, &self.opened.model, InTable(self.opened.table.as_ref()))
    }

    /// Why rows cannot be left out.
    pub fn cannot_leave_out(&self, error: LeaveOutError) -> Failure {
        match error {
            LeaveOutError::Weights(error) => self.fault(error),
            LeaveOutError::Loo(error) => Failure::request(error.to_string()).in_file(self.model_path.clone()),
        }
    }

    /// The draws, to be run through the posterior.
    pub fn replay(&self) -> Replay<'_> {
        let positions = self.positions.iter().map(Vec::as_slice).collect();
        Replay::new(&self.posterior, positions, self.opened.draws.draws(), self.opened.summary.sampler.seed, 0)
    }
}

/// The passes that the fit was made with.
fn passes(opened: &Opened) -> Passes {
    let on = |name: &str| opened.record.settings.get(name).and_then(serde_json::Value::as_bool).unwrap_or(true);
    Passes { integrate: on("integrate"), collapse: on("collapse") }
}
