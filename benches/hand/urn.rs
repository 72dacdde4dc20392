//! The Dirichlet-multinomial as a sum of terms, one for each count of a category, equal terms merged: term (y, n, m, κ)
//! with weight 1 for a count y of a category with share m, and with weight −1 for a total y with share 1, both at a
//! reference total n that levels of similar size share.

use super::{accumulate, packed, padded, total};
use polya::models::special::vector::{LANES, Lanes, each};
use polya::models::special::{MeanRatioTerm, ratio_end_by_mean, ratio_start_by_mean};
use std::collections::HashMap;

/// Terms in groups of eight, and what those that share a share and a reference total owe to these alone.
pub struct Urn {
    ends: Terms,
    starts: Terms,
}

/// Terms in groups of eight.
struct Terms {
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

/// Count, reference total and weight of each term, equal ones merged, and its share and urn.
#[derive(Default)]
struct Merged {
    numbers: HashMap<(u32, u64, u64), usize>,
    terms: Vec<([f64; 3], (u32, u32))>,
}

impl Merged {
    fn add(&mut self, count: f64, reference: f64, weight: f64, place: (u32, u32)) {
        let number = *self.numbers.entry((place.0, count.to_bits(), reference.to_bits())).or_insert_with(|| {
            self.terms.push(([count, reference, 0.0], place));
            self.terms.len() - 1
        });
        self.terms[number].0[2] += weight;
    }

    fn packed(mut self) -> Terms {
        self.terms.sort_by_key(|(_, place)| *place);
        let column = |j: usize| self.terms.iter().map(|t| t.0[j]).collect::<Vec<f64>>();
        let places: Vec<(u32, u32)> = self.terms.iter().map(|t| t.1).collect();
        let group = |part: &[(u32, u32)]| std::array::from_fn(|i| part[i.min(part.len() - 1)]);
        Terms {
            counts: packed(&column(0)),
            references: packed(&column(1)),
            weights: padded(&column(2)),
            places: places.chunks(LANES).map(group).collect(),
        }
    }
}

impl Urn {
    /// Of levels, each the counts of its categories and which urn it draws from. Urn `u` of `k` categories has the
    /// shares `u (k + 1) ..`, the last of which is that of its total, 1.
    pub fn new<'a>(levels: impl Iterator<Item = (u32, &'a [f64])>) -> Self {
        let (mut ends, mut starts) = (Merged::default(), Merged::default());
        for (urn, y) in levels {
            let n: f64 = y.iter().sum();
            let reference = 4.0_f64.powi((n.log2() / 2.0).round() as i32);
            let first = urn * (y.len() as u32 + 1);
            let counted = y.iter().map(|y| (*y, 1.0)).chain([(n, -1.0)]);
            for (category, (count, weight)) in counted.enumerate() {
                let place = (first + category as u32, urn);
                ends.add(count, reference, weight, place);
                if count > 0.0 {
                    starts.add(0.0, reference, weight, place);
                }
            }
        }
        Self { ends: ends.packed(), starts: starts.packed() }
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
        self.ends.add::<End, S, C>(shares, concentrations, &mut value, &mut slopes);
        self.starts.add::<Start, S, C>(shares, concentrations, &mut value, &mut slopes);
        (total(&value), slopes)
    }
}

/// A function of (count, reference, share, concentration), with its derivatives by the last two.
trait Term {
    fn at(y: f64, n: f64, mean: f64, phi: f64) -> MeanRatioTerm;
}

struct End;

impl Term for End {
    #[inline(always)]
    fn at(y: f64, n: f64, mean: f64, phi: f64) -> MeanRatioTerm {
        ratio_end_by_mean(y, n, mean, phi)
    }
}

struct Start;

impl Term for Start {
    #[inline(always)]
    fn at(_: f64, n: f64, mean: f64, phi: f64) -> MeanRatioTerm {
        ratio_start_by_mean(n, mean, phi)
    }
}

impl Terms {
    /// Adds a function of the terms.
    #[inline(always)]
    fn add<F: Term, const S: usize, const C: usize>(
        &self,
        shares: &[f64; S],
        concentrations: &[f64; C],
        value: &mut Lanes,
        slopes: &mut Slopes<S, C>,
    ) {
        let groups = self.counts.iter().zip(&self.references).zip(&self.weights).zip(&self.places);
        for (((y, n), weight), places) in groups {
            let mean = each(|i| shares[places[i].0 as usize]);
            let phi = each(|i| concentrations[places[i].1 as usize]);
            let (mut values, mut by_share, mut by_concentration) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
            for i in 0..LANES {
                let term = F::at(y[i], n[i], mean[i], phi[i]);
                values[i] = term.value;
                by_share[i] = weight[i] * term.d_mean;
                by_concentration[i] = weight[i] * term.d_concentration;
            }
            accumulate(value, weight, &values);
            let (share, urn) = places[0];
            if places[LANES - 1] == (share, urn) {
                slopes.by_share[share as usize] += total(&by_share);
                slopes.by_concentration[urn as usize] += total(&by_concentration);
                continue;
            }
            for (i, (share, urn)) in places.iter().enumerate() {
                slopes.by_share[*share as usize] += by_share[i];
                slopes.by_concentration[*urn as usize] += by_concentration[i];
            }
        }
    }
}
