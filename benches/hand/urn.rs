//! The Dirichlet-multinomial as a sum of terms, one for each count of a category, equal terms merged: term (y, n, m, κ)
//! with weight 1 for a count y of a category with share m, and with weight −1 for a total y with share 1, both at a
//! reference total n that levels of similar size share.

use super::{accumulate, packed, padded, total};
use polya::models::special::ratio_term_by_mean;
use polya::models::special::vector::{LANES, Lanes, each};
use std::collections::HashMap;

/// Terms in groups of eight.
pub struct Urn {
    counts: Vec<Lanes>,
    references: Vec<Lanes>,
    weights: Vec<Lanes>,
    /// Which share each term has, and which concentration.
    places: Vec<[(u32, u32); LANES]>,
}

/// What the terms add to the derivatives, share by share, and concentration by concentration.
pub struct Slopes<const SHARES: usize, const CONCENTRATIONS: usize> {
    pub by_share: [f64; SHARES],
    pub by_concentration: [f64; CONCENTRATIONS],
}

impl Urn {
    /// Of levels, each the counts of its categories and which urn it draws from. Urn `u` of `k` categories has the
    /// shares `u (k + 1) ..`, the last of which is that of its total, 1.
    pub fn new<'a>(levels: impl Iterator<Item = (u32, &'a [f64])>) -> Self {
        let mut numbers: HashMap<(u32, u64, u64), usize> = HashMap::new();
        let mut terms: Vec<([f64; 3], (u32, u32))> = Vec::new();
        for (urn, y) in levels {
            let n: f64 = y.iter().sum();
            let reference = 4.0_f64.powi((n.log2() / 2.0).round() as i32);
            let first = urn * (y.len() as u32 + 1);
            let counted = y.iter().map(|y| (*y, 1.0)).chain([(n, -1.0)]);
            for (category, (count, weight)) in counted.enumerate() {
                let share = first + category as u32;
                let number = *numbers.entry((share, count.to_bits(), reference.to_bits())).or_insert_with(|| {
                    terms.push(([count, reference, 0.0], (share, urn)));
                    terms.len() - 1
                });
                terms[number].0[2] += weight;
            }
        }
        let column = |j: usize| terms.iter().map(|t| t.0[j]).collect::<Vec<f64>>();
        let places: Vec<(u32, u32)> = terms.iter().map(|t| t.1).collect();
        let group = |part: &[(u32, u32)]| std::array::from_fn(|i| part[i.min(part.len() - 1)]);
        Self {
            counts: packed(&column(0)),
            references: packed(&column(1)),
            weights: padded(&column(2)),
            places: places.chunks(LANES).map(group).collect(),
        }
    }

    /// The sum of the terms and its derivatives.
    #[inline(always)]
    pub fn log_density<const S: usize, const C: usize>(
        &self,
        shares: &[f64; S],
        concentrations: &[f64; C],
    ) -> (f64, Slopes<S, C>) {
        let mut value = [0.0; LANES];
        let mut slopes = Slopes { by_share: [0.0; S], by_concentration: [0.0; C] };
        let groups = self.counts.iter().zip(&self.references).zip(&self.weights).zip(&self.places);
        for (((y, n), weight), places) in groups {
            let mean = each(|i| shares[places[i].0 as usize]);
            let phi = each(|i| concentrations[places[i].1 as usize]);
            let (mut values, mut by_alpha, mut by_log) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
            for i in 0..LANES {
                let term = ratio_term_by_mean(y[i], n[i], mean[i], phi[i]);
                values[i] = term.value;
                by_alpha[i] = weight[i] * term.d_alpha;
                by_log[i] = weight[i] * term.d_log_concentration;
            }
            accumulate(&mut value, weight, &values);
            for (i, (share, urn)) in places.iter().enumerate() {
                slopes.by_share[*share as usize] += by_alpha[i] * phi[i];
                slopes.by_concentration[*urn as usize] += by_log[i];
            }
        }
        for (slope, phi) in slopes.by_concentration.iter_mut().zip(concentrations) {
            *slope /= phi;
        }
        (total(&value), slopes)
    }
}
