//! Pictures of the draws: forests, densities, ranks, traces, energy and pairs.

use std::collections::HashMap;

use polya::Replay;
use polya::draws::{Draws, Scalar};
use polya::summary::Kind;
use polya_report::Support;
use polya_report::page::Section;
use polya_report::plot::{
    Density, Energy, EnergyChain, Forest, ForestIntervals, ForestOrder, ForestRow, PairVariable, Pairs, Prior,
    RankHistograms, Trace,
};

use crate::kept::Kept;

/// Quantities that have pictures of their own.
const MOST_SCALARS: usize = 12;
/// Of these, those that mix worst, whatever they are.
const WORST_SCALARS: usize = 6;
/// Quantities of a matrix of pairs.
const MOST_PAIRS: usize = 4;
/// Bars of a rank histogram.
const RANK_BARS: usize = 20;
/// Draws from the prior behind a density.
const PRIOR_DRAWS: usize = 4000;

/// A kept fit, and which of its scalars are shown.
pub struct Figures<'a> {
    kept: &'a Kept,
    /// Scalars with pictures of their own.
    chosen: Vec<usize>,
    /// How many are left out.
    left_out: usize,
}

impl<'a> Figures<'a> {
    /// Chooses the scalars: of the sampled ones those with the least bulk ESS, then those without an index; where nothing
    /// is sampled, of those integrated out.
    pub fn of(kept: &'a Kept) -> Self {
        let draws = &kept.opened.draws;
        let parameters = kept.opened.summary.parameters.iter();
        let known: HashMap<&str, f64> = parameters.filter_map(|p| Some((p.name.as_str(), p.ess_bulk?))).collect();
        let ess = |i: &usize| known.get(draws.scalars()[*i].name.as_str()).copied().unwrap_or(f64::INFINITY);
        let of_kind = |kind: Kind| (0..draws.scalars().len()).filter(move |i| draws.scalars()[*i].kind == kind);
        let mut sampled: Vec<usize> = of_kind(Kind::Sampled).collect();
        sampled.sort_by(|a, b| ess(a).total_cmp(&ess(b)));
        let total = sampled.len();
        let others = sampled.split_off(total.min(WORST_SCALARS));
        let (alone, levels): (Vec<usize>, Vec<usize>) =
            others.into_iter().partition(|i| draws.scalars()[*i].levels.is_empty());
        let mut chosen: Vec<usize> = sampled.into_iter().chain(alone).chain(levels).take(MOST_SCALARS).collect();
        if chosen.is_empty() {
            chosen = of_kind(Kind::IntegratedOut).take(MOST_SCALARS).collect();
        }
        chosen.sort_unstable();
        Self { kept, left_out: total.saturating_sub(chosen.len()), chosen }
    }

    fn draws(&self) -> &'a Draws {
        &self.kept.opened.draws
    }

    fn section<P>(&self, plots: Vec<P>) -> Section<P> {
        let note = (self.left_out > 0).then(|| {
            format!(
                "{} of {} sampled quantities are shown: those that mix worst, and those without an index.",
                plots.len(),
                plots.len() + self.left_out
            )
        });
        Section { plots, notes: note.into_iter().collect() }
    }

    /// One for each variable with an index.
    pub fn forests(&self) -> Section<Forest> {
        let levels: Vec<(&Scalar, &[f64])> = self.draws().iter().filter(|(s, _)| !s.levels.is_empty()).collect();
        let variables = levels.chunk_by(|a, b| a.0.variable == b.0.variable);
        Section { plots: variables.map(forest).collect(), notes: Vec::new() }
    }

    /// Posteriors over their priors.
    pub fn densities(&self) -> Section<Density> {
        let bound = self.kept.posterior.bound().clone();
        let prior = bound.compile_prior().ok();
        let names: Vec<String> =
            prior.iter().flat_map(|p| p.scalars()).map(|s| polya::draws::scalar_name(&s.variable, &s.levels)).collect();
        let seed = self.kept.opened.summary.sampler.seed;
        let values = prior.as_ref().map(|p| Replay::of_prior(p, PRIOR_DRAWS, seed).values());
        let of_prior = |scalar: &Scalar| {
            let at = names.iter().position(|name| *name == scalar.name)?;
            let draws = values.as_ref()?.column(at).to_vec();
            draws.iter().all(|x| x.is_finite()).then_some(Prior::Draws(draws))
        };
        let density = |i: &usize| {
            let (scalar, draws) = (&self.draws().scalars()[*i], self.draws().scalar(*i));
            Density {
                title: scalar.name.clone(),
                axis: scalar.name.clone(),
                draws: draws.to_vec(),
                prior: of_prior(scalar),
                support: support(draws),
                counts: false,
                reference: None,
            }
        };
        self.section(self.chosen.iter().map(density).collect())
    }

    /// How the draws of each chain rank among those of all.
    pub fn ranks(&self) -> Section<RankHistograms> {
        let draws = self.draws();
        let expected = draws.draws() as f64 / RANK_BARS as f64;
        let spread = 2.6 * (expected * (1.0 - 1.0 / RANK_BARS as f64)).sqrt();
        let plot = |i: &usize| {
            let values = draws.scalar(*i);
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
            let mut chains = vec![vec![0_u64; RANK_BARS]; draws.chains()];
            for (rank, place) in order.iter().enumerate() {
                chains[place / draws.draws().max(1)][rank * RANK_BARS / values.len().max(1)] += 1;
            }
            RankHistograms {
                title: format!("Ranks of {}", draws.scalars()[*i].name),
                chains,
                band: Some(((expected - spread).max(0.0), expected + spread)),
            }
        };
        if self.kept.opened.sampler.is_empty() {
            return Section::default();
        }
        self.section(self.chosen.iter().map(plot).collect())
    }

    /// Draws in the order they were made, divergent ones marked.
    pub fn traces(&self) -> Section<Trace> {
        let draws = self.draws();
        let divergent = |chain: usize| {
            let rows = self.kept.opened.sampler.get(chain).map_or(&[][..], Vec::as_slice);
            rows.iter().enumerate().filter(|(_, row)| row.divergent).map(|(i, _)| i).collect()
        };
        let plot = |i: &usize| Trace {
            title: draws.scalars()[*i].name.clone(),
            axis: draws.scalars()[*i].name.clone(),
            chains: (0..draws.chains()).map(|chain| draws.chain(*i, chain).to_vec()).collect(),
            divergent: (0..draws.chains()).map(divergent).collect(),
        };
        if self.kept.opened.sampler.is_empty() {
            return Section::default();
        }
        self.section(self.chosen.iter().map(plot).collect())
    }

    /// Energies of each chain.
    pub fn energy(&self) -> Option<Energy> {
        let sampler = &self.kept.opened.sampler;
        let ebfmi = &self.kept.opened.summary.sampler.ebfmi;
        let chain = |(i, rows): (usize, &Vec<polya::keep::SamplerRow>)| EnergyChain {
            energies: rows.iter().map(|row| row.energy).collect(),
            ebfmi: ebfmi.get(i).copied().flatten(),
        };
        (!sampler.is_empty()).then(|| Energy {
            title: "Energy".to_owned(),
            chains: sampler.iter().enumerate().map(chain).collect(),
            limit: 0.3,
        })
    }

    /// Sampled quantities against each other.
    pub fn pairs(&self) -> Section<Pairs> {
        let draws = self.draws();
        let chosen: Vec<usize> = self.chosen.iter().copied().take(MOST_PAIRS).collect();
        if chosen.len() < 2 || self.kept.opened.sampler.is_empty() {
            return Section::default();
        }
        let variable =
            |i: &usize| PairVariable { name: draws.scalars()[*i].name.clone(), draws: draws.scalar(*i).to_vec() };
        let pairs = Pairs {
            title: "Pairs".to_owned(),
            variables: chosen.iter().map(variable).collect(),
            divergent: self.kept.opened.sampler.iter().flatten().map(|row| row.divergent).collect(),
        };
        Section { plots: vec![pairs], notes: Vec::new() }
    }
}

/// The levels of one variable: medians and intervals, or the means of what is 0 or 1, which are probabilities.
fn forest(levels: &[(&Scalar, &[f64])]) -> Forest {
    let indicators = levels.iter().all(|(_, draws)| draws.iter().all(|x| *x == 0.0 || *x == 1.0));
    let row = |(scalar, draws): &(&Scalar, &[f64])| {
        let label = scalar.levels.join(", ");
        if indicators {
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            return ForestRow { label, point: mean, intervals: None };
        }
        let mut sorted = draws.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let q = |p: f64| polya::diagnostics::quantile(&sorted, p).unwrap_or(f64::NAN);
        let intervals = ForestIntervals { inner: (q(0.25), q(0.75)), outer: (q(0.05), q(0.95)) };
        ForestRow { label, point: q(0.5), intervals: Some(intervals) }
    };
    let variable = levels.first().map_or_else(String::new, |(scalar, _)| scalar.variable.clone());
    let (axis, point) = match indicators {
        true => (format!("probability of {variable}"), "probability"),
        false => (variable.clone(), "median"),
    };
    Forest {
        title: variable,
        axis,
        point: point.to_owned(),
        rows: levels.iter().map(row).collect(),
        reference: None,
        order: ForestOrder::AsGiven,
    }
}

/// Where a quantity can lie, as far as its draws tell.
fn support(draws: &[f64]) -> Support {
    let inside = |low: f64, high: f64| draws.iter().all(|x| (low..=high).contains(x));
    match (inside(0.0, 1.0), inside(0.0, f64::INFINITY)) {
        (true, _) => Support { low: Some(0.0), high: Some(1.0) },
        (false, true) => Support { low: Some(0.0), high: None },
        _ => Support { low: None, high: None },
    }
}
