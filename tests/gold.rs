//! Fits agree with posteriors that were computed otherwise: see `gold/README.md`.
//!
//! Tolerances, for one scalar with gold values m, s, q and the fit's own effective sample size:
//! the mean within 5 standard errors, its own and the gold's; the sd within 5 standard errors and 2%, by the kurtosis of
//! the gold's shape; a quantile within 6 standard errors, by the gold's density there. The shape is the shifted
//! log-normal through the gold's three quantiles, which is the Gaussian where they are symmetric. Where a tail is too
//! heavy for ten thousand draws to tell the sd, the sd is not compared.

mod common;

use polya::Settings;
use polya::diagnostics::ScalarSummary;
use serde_json::Value;

const Z95: f64 = 1.6448536269514722;

/// What a scalar should be.
struct Gold {
    mean: Option<f64>,
    sd: Option<f64>,
    /// 5%, median, 95%.
    quantiles: [Option<f64>; 3],
    mcse: f64,
    ess: f64,
    kind: String,
}

/// The shifted log-normal through three quantiles.
struct Shape {
    /// Its skewness parameter; none where the quantiles do not ascend.
    skew: Option<f64>,
    /// How the sd compares with what the quantiles tell.
    heavy: f64,
}

impl Gold {
    fn read(value: &Value) -> Self {
        let number = |key: &str| value.get(key).and_then(Value::as_f64);
        Self {
            mean: number("mean"),
            sd: number("sd"),
            quantiles: ["q5", "median", "q95"].map(number),
            mcse: number("mcse").unwrap_or(0.0),
            ess: number("ess").unwrap_or(f64::INFINITY),
            kind: value.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned(),
        }
    }

    /// The distances of the median from both quantiles.
    fn reach(&self) -> Option<(f64, f64)> {
        let [Some(low), Some(median), Some(high)] = self.quantiles else { return None };
        Some((median - low, high - median))
    }

    fn spread(&self) -> f64 {
        self.sd.filter(|sd| *sd > 0.0).or(self.reach().map(|(down, up)| (down + up) / (2.0 * Z95))).unwrap_or(0.0)
    }

    fn shape(&self) -> Shape {
        match self.reach() {
            None => Shape { skew: Some(0.0), heavy: 1.0 },
            Some((down, up)) if down > 0.0 && up > 0.0 => {
                let heavy = self.sd.map_or(1.0, |sd| 2.0 * Z95 * sd / (down + up));
                Shape { skew: Some((up / down).ln() / Z95), heavy }
            }
            Some(_) => Shape { skew: None, heavy: 1.0 },
        }
    }

    /// The standard error of a quantile from so many draws.
    fn quantile_error(&self, p: f64, score: f64, ess: f64) -> f64 {
        let density = (-score * score / 2.0).exp() / std::f64::consts::TAU.sqrt();
        let slope = match (self.shape().skew, self.reach()) {
            (None, _) => return 4.0 * self.spread() / ess.sqrt(),
            (Some(_), None) => self.spread(),
            (Some(g), Some((down, up))) if g.abs() < 1e-6 => (up + down) / (2.0 * Z95),
            (Some(g), Some((_, up))) => up * g / (g * Z95).exp_m1() * (g * score).exp(),
        };
        (p * (1.0 - p) / ess).sqrt() / density * slope
    }

    /// What is compared, with its distance in tolerances: 1 is the edge.
    fn compare(&self, got: &ScalarSummary) -> Vec<(&'static str, f64)> {
        let (spread, probability) = (self.spread(), self.kind == "probability");
        if got.ess_bulk.is_none() && spread > 0.0 && !probability {
            return vec![("ess", f64::INFINITY)];
        }
        let bulk = got.ess_bulk.map_or(10_000.0, |ess| ess.max(1.0));
        let low = bulk.min(got.ess_tail.or(got.ess_bulk).map_or(10_000.0, |ess| ess.max(1.0)));
        let ess = 1.0 / (1.0 / low + 1.0 / self.ess);
        let scale = self.mean.or(self.quantiles[1]).unwrap_or(0.0).abs().max(self.sd.unwrap_or(0.0));
        let mut distances = Vec::new();
        if let Some(mean) = self.mean {
            // An error far too small is no excuse to fail, nor one that is too large to pass.
            let (least, most) = (spread / (20.0 * low).sqrt(), 3.0 * spread / low.sqrt());
            let error = got.mcse_mean.map_or(spread / low.sqrt(), |error| error.max(least).min(most));
            distances.push(("mean", (got.mean - mean).abs() / (5.0 * error.hypot(self.mcse) + 1e-9 * scale)));
        }
        if probability {
            return distances;
        }
        let Shape { skew, heavy } = self.shape();
        if let (Some(sd), Some(g)) = (self.sd.filter(|sd| *sd > 0.0), skew.filter(|_| heavy < 1.25)) {
            let g = g.abs().min(1.5).powi(2);
            let kurtosis = (4.0 * g).exp() + 2.0 * (3.0 * g).exp() + 3.0 * (2.0 * g).exp() - 3.0;
            let error = sd * ((kurtosis * heavy.max(1.0).powi(4) - 1.0) / 4.0 / ess).sqrt();
            distances.push(("sd", (got.sd - sd).abs() / (5.0 * error + 0.02 * sd)));
        }
        let found = [("q5", 0.05, -Z95, got.q5), ("median", 0.5, 0.0, got.median), ("q95", 0.95, Z95, got.q95)];
        for ((name, p, score, found), gold) in found.into_iter().zip(self.quantiles) {
            let Some(gold) = gold else { continue };
            let step = if self.kind == "discrete" { 1.0 } else { 0.0 };
            let tolerance = 6.0 * self.quantile_error(p, score, ess) + 1e-4 * spread + 1e-9 * scale + step;
            distances.push((name, (found - gold).abs() / tolerance));
        }
        distances
    }
}

fn check(name: &str) {
    let posterior = common::compile(
        &common::text_of(&format!("gold/{name}/model.polya")),
        &common::text_of(&format!("gold/{name}/data.csv")),
    );
    let expect: Value = serde_json::from_str(&common::text_of(&format!("gold/{name}/expect.json"))).expect("JSON");
    let fit =
        common::sample(&posterior, &Settings { warmup: 1000, draws: 2500, seed: 20261120, ..Settings::default() });
    let mut faults = Vec::new();
    let golds = expect["parameters"].as_object().expect("an object");
    assert!(!golds.is_empty());
    for (scalar, gold) in golds {
        let got = fit.summary_of(scalar).unwrap_or_else(|| panic!("{name} has no scalar {scalar}"));
        let far =
            Gold::read(gold).compare(got).into_iter().filter(|(_, distance)| distance.is_nan() || *distance > 1.0);
        faults.extend(far.map(|(what, distance)| {
            format!("{scalar} {what} is {distance:.2} tolerances away: {got:?} against {gold}")
        }));
    }
    assert!(faults.is_empty(), "{name}:\n{}", faults.join("\n"));
}

macro_rules! cases {
    ($($name:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            check(stringify!($name));
        }
    )*};
}

cases! {
    ab_rare_conjugate,
    baseball_bb,
    eight_schools,
    hair_eye_dirichlet,
    horse_kicks_poisson,
    huge_kappa_bb,
    many_categories_synth100,
    pdb_eight_schools_noncentered,
    pdb_glm_binomial,
    pdb_radon_variable_intercept,
    pdb_rate_4,
    pdb_seeds_stanified,
    pollen_dm,
    rat_tumor_bb,
    reedfrogs_logitnormal,
    seeds_logistic,
    surgical_empty_groups_bb,
    titanic_logistic,
    ucb_conjugate,
    ucb_logit,
}

#[test]
fn a_shifted_mean_and_a_wide_sd_are_seen() {
    let posterior = common::compile("x ~ Normal(0, 1)\n", "");
    let fit = common::sample(&posterior, &Settings::default());
    let got = fit.summary_of("x").expect("a scalar");
    let gold = |mean: f64, sd: f64| Gold {
        mean: Some(mean),
        sd: Some(sd),
        quantiles: [Some(mean - Z95 * sd), Some(mean), Some(mean + Z95 * sd)],
        mcse: 0.0,
        ess: f64::INFINITY,
        kind: String::new(),
    };
    let worst = |gold: Gold| gold.compare(got).into_iter().map(|(_, distance)| distance).fold(0.0, f64::max);
    assert!(worst(gold(0.0, 1.0)) < 1.0);
    assert!(worst(gold(0.2, 1.0)) > 1.0);
    assert!(worst(gold(0.0, 1.3)) > 1.0);
}
