//! Densities with known answers, and effective sample sizes.

#![allow(dead_code)]

use polya_engine::{LogDensity, Samples, from_fn};
use rand::RngExt;

pub trait Density: LogDensity<Scratch = ()> {}
impl<D: LogDensity<Scratch = ()>> Density for D {}

/// Independent normals with mean 0.
pub fn normals(deviations: Vec<f64>) -> impl Density {
    from_fn(deviations.len(), move |x, gradient| {
        let mut value = 0.0;
        for ((x, g), s) in x.iter().zip(gradient).zip(&deviations) {
            let z = x / s;
            *g = -z / s;
            value -= 0.5 * z * z;
        }
        value
    })
}

/// Standard normals, each pair of correlation `r`.
pub fn equicorrelated(dimension: usize, r: f64) -> impl Density {
    // Σ⁻¹ = (I - r/(1 + (d - 1) r) 1 1ᵀ)/(1 - r).
    let pull = r / (1.0 + (dimension as f64 - 1.0) * r);
    from_fn(dimension, move |x, gradient| {
        let sum: f64 = x.iter().sum();
        let mut value = 0.0;
        for (x, g) in x.iter().zip(gradient) {
            *g = -(x - pull * sum) / (1.0 - r);
            value += 0.5 * x * *g;
        }
        value
    })
}

/// Non-centred normal hierarchy of eight groups (Rubin, 1981): μ, log τ, and eight z.
pub fn eight_schools() -> impl Density {
    const Y: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
    const SIGMA: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];
    from_fn(10, |q, g| {
        let (mu, tau) = (q[0], q[1].exp());
        // μ ~ Normal(0, 5), τ ~ half-Cauchy(5).
        let ratio = (tau / 5.0).powi(2);
        let mut value = -0.5 * (mu / 5.0).powi(2) - (1.0 + ratio).ln() + q[1];
        g[0] = -mu / 25.0;
        g[1] = 1.0 - 2.0 * ratio / (1.0 + ratio);
        for j in 0..8 {
            let z = q[2 + j];
            let residual = (Y[j] - mu - tau * z) / SIGMA[j];
            let pull = residual / SIGMA[j];
            value -= 0.5 * (z * z + residual * residual);
            g[0] += pull;
            g[1] += pull * tau * z;
            g[2 + j] = -z + pull * tau;
        }
        value
    })
}

/// Non-centred binomial-logit hierarchy: μ ~ Normal(0, 1.5), τ ~ half-normal(1), ηⱼ = μ + τ zⱼ,
/// kⱼ of nⱼ. Position: μ, log τ, z.
pub fn binomial_groups(counts: Vec<(f64, f64)>) -> impl Density {
    from_fn(2 + counts.len(), move |q, g| {
        let (mu, tau) = (q[0], q[1].exp());
        let mut value = -0.5 * (mu / 1.5).powi(2) - 0.5 * tau * tau + q[1];
        let (mut g_mu, mut g_tau) = (-mu / 2.25, 1.0 - tau * tau);
        let groups = q[2..].iter().zip(&mut g[2..]);
        for ((z, g), (k, n)) in groups.zip(&counts) {
            let eta = mu + tau * z;
            let softplus = eta.max(0.0) + (-eta.abs()).exp().ln_1p();
            value += k * eta - n * softplus - 0.5 * z * z;
            let pull = k - n / (1.0 + (-eta).exp());
            g_mu += pull;
            g_tau += pull * tau * z;
            *g = pull * tau - z;
        }
        (g[0], g[1]) = (g_mu, g_tau);
        value
    })
}

/// Simulated counts of groups with logits Normal(-1, 0.5).
pub fn simulated_counts(sizes: impl Iterator<Item = u32>, seed: u64) -> Vec<(f64, f64)> {
    let mut stream = polya_engine::Stream::new(seed, 0, 0, polya_engine::Purpose::Simulate, 0);
    let group = |n: u32| {
        // A sum of uniforms is normal enough.
        let z = (0..12).map(|_| stream.random::<f64>()).sum::<f64>() - 6.0;
        let p = 1.0 / (1.0 + (1.0 - 0.5 * z).exp());
        let k = (0..n).filter(|_| stream.random::<f64>() < p).count();
        (k as f64, f64::from(n))
    };
    sizes.map(group).collect()
}

/// Neal's funnel, non-centred up to `share`: v ~ Normal(0, scale), xᵢ = e^{share·v/2} tᵢ in the
/// model's terms, so that t | v is Normal(0, e^{(1 - share) v/2}). Position: v, t.
pub fn funnel(dimension: usize, scale: f64, share: f64) -> impl Density {
    from_fn(dimension, move |q, g| {
        let v = q[0];
        let rate = 1.0 - share;
        let precision = (-rate * v).exp();
        let squares: f64 = q[1..].iter().map(|t| t * t).sum();
        let count = (dimension - 1) as f64;
        g[0] = -v / (scale * scale) - 0.5 * rate * count + 0.5 * rate * precision * squares;
        for (g, t) in g[1..].iter_mut().zip(&q[1..]) {
            *g = -precision * t;
        }
        -0.5 * (v / scale).powi(2) - 0.5 * rate * count * v - 0.5 * precision * squares
    })
}

/// A banana: x ~ Normal(0, 1), y | x ~ Normal(x², 1/2).
pub fn banana() -> impl Density {
    from_fn(2, |q, g| {
        let (x, residual) = (q[0], q[1] - q[0] * q[0]);
        g[0] = -x + 8.0 * x * residual;
        g[1] = -4.0 * residual;
        -0.5 * x * x - 2.0 * residual * residual
    })
}

/// Mean of f over all draws, and its standard error from the effective sample size.
pub fn mean_and_error(samples: &Samples, f: impl Fn(&[f64]) -> f64) -> (f64, f64) {
    let values = values(samples, f);
    let count = (values.len() * values[0].len()) as f64;
    let mean = values.iter().flatten().sum::<f64>() / count;
    let variance = values.iter().flatten().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    (mean, (variance / ess(&values)).sqrt())
}

/// Effective sample size of f over all draws.
pub fn ess_of(samples: &Samples, f: impl Fn(&[f64]) -> f64) -> f64 {
    ess(&values(samples, f))
}

fn values(samples: &Samples, f: impl Fn(&[f64]) -> f64) -> Vec<Vec<f64>> {
    let rows = |chain: &polya_engine::ChainSamples| chain.positions.chunks_exact(samples.dimension).map(&f).collect();
    samples.chains.iter().map(rows).collect()
}

/// Effective sample size by Geyer's initial monotone sequence, over several chains (Stan reference
/// manual, "Effective sample size").
pub fn ess(chains: &[Vec<f64>]) -> f64 {
    let (m, n) = (chains.len() as f64, chains[0].len());
    let means: Vec<f64> = chains.iter().map(|c| c.iter().sum::<f64>() / n as f64).collect();
    let grand = means.iter().sum::<f64>() / m;
    let autocovariance = |lag: usize| {
        let of = |(c, mean): (&Vec<f64>, &f64)| {
            let pairs = c[lag..].iter().zip(c);
            pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / n as f64
        };
        chains.iter().zip(&means).map(of).sum::<f64>() / m
    };
    let within = autocovariance(0) * n as f64 / (n - 1) as f64;
    let between = means.iter().map(|mean| (mean - grand).powi(2)).sum::<f64>() / (m - 1.0).max(1.0);
    let total = within * (n - 1) as f64 / n as f64 + between;
    let rho = |lag| 1.0 - (within - autocovariance(lag)) / total;
    let (mut time, mut smallest, mut lag) = (-1.0, f64::INFINITY, 0);
    while lag + 1 < n {
        let pair = rho(lag) + rho(lag + 1);
        if pair < 0.0 {
            break;
        }
        smallest = pair.min(smallest);
        time += 2.0 * smallest;
        lag += 2;
    }
    let count = m * n as f64;
    count / time.max(1.0 / count.log10())
}

/// A crossed-effects regression with normal errors: an intercept of prior Normal(0, 2), effects of
/// prior Normal(0, 0.5) in blocks of the given sizes, and `count` observations of precision 0.5,
/// each with one effect of each block, for which larger indices are less likely. Position:
/// intercept, effects. The intercept is confounded with the mean of each block.
pub fn crossed_effects(sizes: &[usize], count: usize, seed: u64) -> impl Density + use<> {
    let mut stream = polya_engine::Stream::new(seed, 0, 0, polya_engine::Purpose::Simulate, 0);
    let dimension = 1 + sizes.iter().sum::<usize>();
    let mut precision = vec![0.0; dimension * dimension];
    precision[0] = 0.25;
    (1..dimension).for_each(|i| precision[i * dimension + i] = 4.0);
    for _ in 0..count {
        let (mut used, mut start) = (vec![0], 1);
        for size in sizes {
            used.push(start + (stream.random::<f64>().powf(1.5) * *size as f64) as usize);
            start += size;
        }
        for i in &used {
            used.iter().for_each(|j| precision[i * dimension + j] += 0.5);
        }
    }
    from_fn(dimension, move |x, gradient| {
        let mut value = 0.0;
        for ((row, g), xi) in precision.chunks_exact(dimension).zip(gradient).zip(x) {
            let mut lanes = [0.0; 8];
            let (a, b) = (row.as_chunks::<8>(), x.as_chunks::<8>());
            for (a, b) in a.0.iter().zip(b.0) {
                (0..8).for_each(|lane| lanes[lane] += a[lane] * b[lane]);
            }
            let rest: f64 = a.1.iter().zip(b.1).map(|(a, b)| a * b).sum();
            *g = -(lanes.iter().sum::<f64>() + rest);
            value += 0.5 * xi * *g;
        }
        value
    })
}

/// Standard normals of which the first two have correlation `r`.
pub fn correlated_pair(dimension: usize, r: f64) -> impl Density {
    from_fn(dimension, move |x, gradient| {
        let scale = 1.0 / (1.0 - r * r);
        for (x, g) in x.iter().zip(&mut *gradient) {
            *g = -x;
        }
        gradient[0] = -scale * (x[0] - r * x[1]);
        gradient[1] = -scale * (x[1] - r * x[0]);
        0.5 * x.iter().zip(gradient).map(|(x, g)| x * *g).sum::<f64>()
    })
}

/// A crossed-effects logistic regression: intercept of prior Normal(0, 2), a log scale of prior
/// Normal(-0.5, 0.5) for each block, effects of prior Normal(0, scale), and `count` cells of 20
/// trials. Position: intercept, log scales, effects.
pub fn crossed_binomials(sizes: &[usize], count: usize, seed: u64) -> impl Density + use<> {
    let mut stream = polya_engine::Stream::new(seed, 0, 0, polya_engine::Purpose::Simulate, 0);
    let (blocks, effects) = (sizes.len(), sizes.iter().sum::<usize>());
    let truth: Vec<f64> = (0..effects).map(|_| 2.0 * stream.random::<f64>() - 1.0).collect();
    let mut cells = Vec::new();
    for _ in 0..count {
        let (mut used, mut start, mut eta) = (Vec::new(), 0, -1.0);
        for size in sizes {
            let i = start + (stream.random::<f64>().powf(1.5) * *size as f64) as usize;
            eta += truth[i];
            used.push(1 + blocks + i);
            start += size;
        }
        let p = 1.0 / (1.0 + f64::exp(-eta));
        let k = (0..20).filter(|_| stream.random::<f64>() < p).count();
        cells.push((used, k as f64));
    }
    let sizes = sizes.to_vec();
    from_fn(1 + blocks + effects, move |q, g| {
        let mut value = -0.125 * q[0] * q[0];
        g[0] = -0.25 * q[0];
        let mut start = 1 + blocks;
        for (block, size) in sizes.iter().enumerate() {
            let (log_scale, precision) = (q[1 + block], (-2.0 * q[1 + block]).exp());
            let squares: f64 = q[start..start + size].iter().map(|b| b * b).sum();
            value -= 2.0 * (log_scale + 0.5).powi(2) + 0.5 * precision * squares + *size as f64 * log_scale;
            g[1 + block] = -4.0 * (log_scale + 0.5) + precision * squares - *size as f64;
            (start..start + size).for_each(|i| g[i] = -precision * q[i]);
            start += size;
        }
        for (used, k) in &cells {
            let eta = q[0] + used.iter().map(|i| q[*i]).sum::<f64>();
            value += k * eta - 20.0 * (eta.max(0.0) + (-eta.abs()).exp().ln_1p());
            let pull = k - 20.0 / (1.0 + (-eta).exp());
            g[0] += pull;
            used.iter().for_each(|i| g[*i] += pull);
        }
        value
    })
}
