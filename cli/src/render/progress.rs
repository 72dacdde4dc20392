//! The progress bar, on a terminal's standard error.

use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use polya::Settings;
use polya::engine::{Phase, Progress};

/// One bar over all chains.
pub struct Bar {
    bar: ProgressBar,
    warmup: usize,
    /// Of each chain, its last news.
    chains: Mutex<Vec<Option<Progress>>>,
}

impl Bar {
    /// A bar, hidden unless it is to be seen.
    pub fn new(seen: bool, settings: &Settings) -> Self {
        let total = settings.chains.saturating_mul(settings.warmup.saturating_add(settings.draws));
        let target = if seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3}%  {msg}  {elapsed} (about {eta} left)") {
            bar.set_style(style);
        }
        Self { bar, warmup: settings.warmup, chains: Mutex::new(vec![None; settings.chains]) }
    }

    /// Takes the news of a chain.
    pub fn update(&self, news: Progress) {
        let Ok(mut chains) = self.chains.lock() else { return };
        if let Some(chain) = chains.get_mut(news.chain) {
            *chain = Some(news);
        }
        let sampling = || chains.iter().flatten().filter(|chain| chain.phase == Phase::Sampling);
        let done: usize = chains
            .iter()
            .flatten()
            .map(|chain| chain.iteration + if chain.phase == Phase::Sampling { self.warmup } else { 0 })
            .sum();
        let warming = chains.len() - sampling().count();
        let divergences: u64 = sampling().map(|chain| chain.divergences).sum();
        let phase = if warming > 0 { "warmup" } else { "sampling" };
        let divergences = if divergences > 0 { format!(", {divergences} divergences") } else { String::new() };
        // A run that goes on until a target may outgrow its first estimate.
        if self.bar.length().is_some_and(|length| length < done as u64) {
            self.bar.set_length(done as u64);
        }
        self.bar.set_position(done as u64);
        self.bar.set_message(format!("{phase}{divergences}"));
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
