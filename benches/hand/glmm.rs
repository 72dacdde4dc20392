//! The binomial regression with three crossed effects, row by row.

use super::normal::{Levels, Scale, Sums, binomial_logit, group, write};
use super::{Density, accumulate, packed, total};
use crate::workloads;
use polya::models::special::vector::{self, Kernel, LANES, Lanes, each};

/// How many levels each effect has.
const SIZES: [usize; 3] = [20, 8, 500];
/// Where the coordinates of each effect begin.
const FIRST: [usize; 3] = [5, 25, 33];

/// The rows in groups of eight; there are none over.
pub struct Glmm {
    x: Vec<Lanes>,
    n: Vec<Lanes>,
    k: Vec<Lanes>,
    codes: Vec<[[u32; 3]; LANES]>,
    levels: [Levels; 3],
}

impl Glmm {
    /// Of the data, whose rows are a multiple of eight.
    pub fn new(data: &workloads::Glmm, weights: &[f64]) -> Self {
        let rows: Vec<[u32; 3]> = (0..data.x.len()).map(|row| [0, 1, 2].map(|i| data.codes[i][row])).collect();
        let levels = [0, 1, 2].map(|i| Levels::new(&weights[FIRST[i] - 5..FIRST[i] - 5 + SIZES[i]]));
        let codes = rows.as_chunks().0.to_vec();
        Self { x: packed(&data.x), n: packed(&data.n), k: packed(&data.k), codes, levels }
    }
}

impl Density for Glmm {
    fn gradient(&self, position: &[f64], gradient: &mut [f64]) -> f64 {
        vector::run(Gradient { data: self, position, gradient })
    }
}

struct Gradient<'a> {
    data: &'a Glmm,
    position: &'a [f64],
    gradient: &'a mut [f64],
}

impl Kernel for Gradient<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let Glmm { x, n, k, codes, levels } = self.data;
        let (a, beta) = (self.position[0], self.position[1]);
        let (mut regions, mut devices, mut services) = ([0.0; 24], [0.0; 8], [0.0; 504]);
        let scales = [0, 1, 2].map(|effect| Scale::new(self.position[2 + effect]));
        let tables: [&mut [f64]; 3] = [&mut regions, &mut devices, &mut services];
        for (effect, table) in tables.into_iter().enumerate() {
            let t = &self.position[FIRST[effect]..FIRST[effect] + SIZES[effect]];
            for g in 0..levels[effect].groups() {
                let values = levels[effect].values(g, &group(t, g), 0.0, scales[effect].log);
                write(table, g, &values.value);
            }
        }
        regions.iter_mut().for_each(|region| *region += a);
        let (mut value, mut by_a, mut by_beta) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        let (mut by_region, mut by_device, mut by_service) = ([0.0; 24], [0.0; 8], [0.0; 504]);
        for (((x, n), k), codes) in x.iter().zip(n).zip(k).zip(codes) {
            let effects = each(|i| {
                let [region, device, service] = codes[i].map(|code| code as usize);
                regions[region] + devices[device] + services[service]
            });
            let mut slopes = [0.0; LANES];
            for i in 0..LANES {
                let (own, slope) = binomial_logit(k[i], n[i], beta.mul_add(x[i], effects[i]));
                value[i] += own;
                slopes[i] = slope;
                by_a[i] += slope;
            }
            accumulate(&mut by_beta, &slopes, x);
            for (slope, codes) in slopes.iter().zip(codes) {
                let [region, device, service] = codes.map(|code| code as usize);
                by_region[region] += slope;
                by_device[device] += slope;
                by_service[service] += slope;
            }
        }
        let mut value = total(&value) - 0.125 * a * a - 0.5 * beta * beta;
        self.gradient[0] = total(&by_a) - 0.25 * a;
        self.gradient[1] = total(&by_beta) - beta;
        let slopes: [&[f64]; 3] = [&by_region, &by_device, &by_service];
        for (effect, slopes) in slopes.into_iter().enumerate() {
            let range = FIRST[effect]..FIRST[effect] + SIZES[effect];
            let (t, log_scale) = (&self.position[range.clone()], scales[effect].log);
            let mut sums = Sums::default();
            for g in 0..levels[effect].groups() {
                let t = group(t, g);
                let values = levels[effect].values(g, &t, 0.0, log_scale);
                let by_level = levels[effect].add(g, &t, (0.0, log_scale), &values, &group(slopes, g), &mut sums);
                write(&mut self.gradient[range.clone()], g, &by_level);
            }
            let [prior, _, by_log_scale] = sums.totals();
            let (scale_prior, by_scale) = scales[effect].add(by_log_scale);
            value += prior + scale_prior;
            self.gradient[2 + effect] = by_scale;
        }
        value
    }
}
