//! Plots of numbers that are made up.

use std::f64::consts::TAU;

use polya_report::Support;
use polya_report::page::{CheckRow, CoverageRow, LooSection, PredictiveChecks};
use polya_report::plot::{
    Calibration, CalibrationRow, ComparedModel, Comparison, Density, EcdfDifference, EcdfSeries, Energy, EnergyChain,
    Forest, ForestIntervals, ForestOrder, ForestRow, IntervalRow, Intervals, LeftOut, Loo, LooRow, PairVariable, Pairs,
    PitHistogram, Prior, RankHistograms, Reference, Rootogram, RootogramBar, RootogramKind, Sensitivity,
    SensitivityRow, Trace,
};

/// A small generator: the numbers only have to look right.
pub struct Random(pub u64);

impl Random {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }

    fn normals(&mut self, n: usize, mean: f64, sd: f64) -> Vec<f64> {
        (0..n).map(|_| mean + sd * self.normal()).collect()
    }

    fn count(&mut self, mean: f64) -> f64 {
        (mean + mean.sqrt() * self.normal()).round().max(0.0)
    }
}

pub fn forest(random: &mut Random, levels: usize, order: ForestOrder) -> Forest {
    let rows = (0..levels).map(|i| {
        let point = 0.15 + 0.06 * random.normal();
        let sd = 0.03 + 0.03 * random.uniform();
        let label = match i {
            3 => "<script>alert(1)</script>".to_owned(),
            5 => "a level whose name is longer than anyone would wish it to be".to_owned(),
            _ => format!("group {}", i + 1),
        };
        ForestRow {
            label,
            point,
            intervals: Some(ForestIntervals {
                inner: (point - 0.67 * sd, point + 0.67 * sd),
                outer: (point - 1.64 * sd, point + 1.64 * sd),
            }),
        }
    });
    Forest {
        title: "theta by group".to_owned(),
        axis: "rate of tumours".to_owned(),
        point: "median".to_owned(),
        rows: rows.collect(),
        reference: Some(Reference { value: 0.144, label: "mean rate mu".to_owned() }),
        order,
    }
}

pub fn densities(random: &mut Random) -> Vec<Density> {
    let rate: Vec<f64> = random.normals(4000, -1.8, 0.1).iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect();
    let small: Vec<f64> = (0..4000).map(|_| -random.uniform().ln() * 0.3).collect();
    let counts: Vec<f64> = (0..4000).map(|_| random.count(4.2)).collect();
    let many: Vec<f64> = (0..4000).map(|_| random.count(9_000.0)).collect();
    let heavy: Vec<f64> = (0..4000).map(|_| (TAU / 2.0 * (random.uniform() - 0.5)).tan()).collect();
    let unit = Support { low: Some(0.0), high: Some(1.0) };
    let positive = Support { low: Some(0.0), high: None };
    let flat = Prior::Curve((0..=100).map(|i| (f64::from(i) / 100.0, 1.0)).collect());
    let exponential = Prior::Draws((0..4000).map(|_| -random.uniform().ln()).collect());
    let poisson = |mean: f64| {
        let mut p = (-mean).exp();
        let step = |k: u32| {
            let now = p;
            p *= mean / f64::from(k + 1);
            (f64::from(k), now)
        };
        Prior::Curve((0..40).map(step).collect())
    };
    let named =
        |title: &str, draws| Density { title: title.to_owned(), axis: title.to_owned(), draws, ..Density::default() };
    vec![
        Density { prior: Some(flat), support: unit, ..named("mu", rate) },
        Density {
            prior: Some(exponential),
            support: positive,
            reference: Some(Reference { value: 0.5, label: "target".to_owned() }),
            ..named("tau", small)
        },
        Density { prior: Some(poisson(6.0)), counts: true, ..named("next_trial", counts) },
        Density { counts: true, ..named("yearly_total", many) },
        named("ratio, with heavy tails", heavy),
        named("a constant", vec![3.0; 100]),
    ]
}

pub fn ranks(random: &mut Random) -> RankHistograms {
    let chains = (0..4).map(|chain| {
        (0..20).map(|bin| random.count(50.0 + if chain == 3 { 1.5 * f64::from(bin) } else { 0.0 }) as u64).collect()
    });
    RankHistograms { title: "Ranks of kappa".to_owned(), chains: chains.collect(), band: Some((33.0, 68.0)) }
}

fn points(n: usize) -> Vec<f64> {
    (1..=n).map(|i| i as f64 / n as f64).collect()
}

fn band(points: &[f64], size: f64) -> Vec<f64> {
    points.iter().map(|p| 2.9 * (p * (1.0 - p) / size).sqrt()).collect()
}

fn differences(random: &mut Random, points: &[f64], size: usize, slope: f64) -> Vec<f64> {
    let mut values: Vec<f64> = (0..size).map(|_| random.uniform().powf(1.0 + slope)).collect();
    values.sort_by(f64::total_cmp);
    points.iter().map(|p| values.partition_point(|x| x <= p) as f64 / size as f64 - p).collect()
}

pub fn rank_differences(random: &mut Random) -> EcdfDifference {
    let points = points(100);
    let upper = band(&points, 1000.0);
    let series = (0..4).map(|chain| EcdfSeries {
        name: format!("chain {}", chain + 1),
        differences: differences(random, &points, 1000, if chain == 3 { 0.2 } else { 0.0 }),
    });
    EcdfDifference {
        title: "Ranks of kappa".to_owned(),
        axis: "rank, as a share".to_owned(),
        lower: upper.iter().map(|x| -x).collect(),
        upper,
        band: "95% simultaneous band".to_owned(),
        series: series.collect(),
        points,
    }
}

pub fn trace(random: &mut Random) -> Trace {
    let chains = (0..4).map(|chain| {
        let mut x = 3.0;
        let walk = |_| {
            x += 0.3 * (2.9 - x) + 0.15 * random.normal() + if chain == 3 { 0.02 } else { 0.0 };
            x
        };
        (0..1000).map(walk).collect()
    });
    let chains = chains.collect();
    Trace {
        title: "kappa over draws".to_owned(),
        axis: "log kappa".to_owned(),
        chains,
        divergent: vec![vec![100, 510], vec![], vec![900], vec![]],
    }
}

pub fn energy(random: &mut Random) -> Energy {
    let chains = [0.0, 0.3, 0.6, 0.97].map(|memory: f64| {
        let mut x = 0.0;
        let walk = |_| {
            x = memory * x + (1.0 - memory * memory).sqrt() * random.normal();
            230.0 + 1.4 * x
        };
        EnergyChain { energies: (0..1000).map(walk).collect(), ebfmi: Some(2.0 * (1.0 - memory)) }
    });
    Energy { title: "Energy of the chains".to_owned(), chains: chains.into(), limit: 0.3 }
}

pub fn pairs(random: &mut Random, variables: usize) -> Pairs {
    let scale = random.normals(4000, 0.0, 1.0);
    let names = ["log tau", "theta[1]", "theta[2]", "mu", "log kappa"];
    let variables = names.iter().take(variables).enumerate().map(|(i, name)| {
        let draws = scale.iter().map(|s| if i == 0 { *s } else { (0.7 * s).exp() * random.normal() });
        PairVariable { name: (*name).to_owned(), draws: draws.collect() }
    });
    let variables = variables.collect();
    let divergent = scale.iter().map(|s| *s < -2.0).collect();
    Pairs { title: "Where the divergences are".to_owned(), variables, divergent }
}

pub fn checks(random: &mut Random) -> PredictiveChecks {
    let row = |statistic: &str, observed, low, median, high, p, flagged| CheckRow {
        statistic: statistic.to_owned(),
        observed,
        low,
        median,
        high,
        p,
        flagged,
    };
    let bars: Vec<RootogramBar> = (0..16)
        .map(|value| {
            let k = f64::from(value);
            let expected = 60.0 * (-(k - 4.0).powi(2) / 14.0).exp();
            let wobble = if value == 0 { 30.0 } else { 0.0 };
            let spread = 1.7 * expected.sqrt();
            RootogramBar {
                value: value as u64,
                observed: random.count(expected) + wobble,
                expected,
                low: (expected - spread).max(0.0).floor(),
                high: (expected + spread).ceil(),
            }
        })
        .collect();
    let rootogram = |kind| Rootogram {
        title: "Tumours in a group".to_owned(),
        axis: "tumours".to_owned(),
        bars: bars.clone(),
        kind,
        open: true,
        level: 0.9,
    };
    let points = points(100);
    let upper = band(&points, 500.0);
    let rows = (0..71).map(|_| {
        let median = (1.0 + 8.0 * random.uniform()).round();
        let spread = median.sqrt();
        IntervalRow {
            observed: random.count(median),
            median,
            inner: (median - spread * 0.7, median + spread * 0.7),
            outer: (median - 1.6 * spread, median + 1.7 * spread),
        }
    });
    PredictiveChecks {
        statistics: vec![
            row("mean of tumours", 3.76, 3.2, 3.74, 4.4, 0.48, false),
            row("share of zeros in tumours", 0.197, 0.06, 0.11, 0.17, 0.009, true),
        ],
        coverage: vec![
            CoverageRow { nominal: 0.5, observed: 0.61, expected: 0.6 },
            CoverageRow { nominal: 0.9, observed: 0.93, expected: 0.935 },
        ],
        intervals: vec![Intervals {
            title: "Predictions and observations".to_owned(),
            axis: "tumours".to_owned(),
            counts: true,
            rows: rows.collect(),
        }],
        pit: vec![EcdfDifference {
            title: "LOO-PIT of tumours".to_owned(),
            axis: "PIT".to_owned(),
            lower: upper.iter().map(|x| -x).collect(),
            upper,
            band: "95% simultaneous band".to_owned(),
            series: vec![EcdfSeries {
                name: "tumours".to_owned(),
                differences: differences(random, &points, 500, 0.0),
            }],
            points,
        }],
        pit_histograms: vec![PitHistogram {
            title: "LOO-PIT of tumours".to_owned(),
            heights: (0..20).map(|_| 1.0 + 0.2 * random.normal()).collect(),
            band: Some((0.6, 1.45)),
        }],
        rootograms: vec![rootogram(RootogramKind::Hanging), rootogram(RootogramKind::Suspended)],
        notes: vec![],
    }
}

pub fn loo(random: &mut Random) -> LooSection {
    let rows = (0..71).map(|i| LooRow {
        label: format!("row {}", i + 1),
        k: Some(if i == 30 {
            0.83
        } else if i == 68 {
            1.04
        } else {
            0.1 + 0.12 * random.normal()
        }),
    });
    LooSection {
        elpd: (-153.72, 6.4),
        p_loo: (14.2, 1.1),
        plot: Loo {
            title: "How much the fit depends on each row".to_owned(),
            rows: rows.collect(),
            limit: 0.7,
            left_out: LeftOut::Rows,
        },
        notes: vec!["Two rows decide too much: fit again without them to know how well they are predicted.".to_owned()],
    }
}

pub fn sensitivity(random: &mut Random) -> Sensitivity {
    let rows =
        ["mu", "kappa", "theta[1]", "theta[2]", "theta_new"].iter().enumerate().map(|(i, name)| SensitivityRow {
            label: (*name).to_owned(),
            prior: if i == 1 { 0.09 } else { 0.03 * random.uniform() },
            likelihood: 0.06 + 0.1 * random.uniform(),
        });
    Sensitivity { title: "Sensitivity to prior and likelihood".to_owned(), rows: rows.collect(), limit: 0.05 }
}

pub fn comparison() -> Comparison {
    let model = |name: &str, elpd, difference, se_difference, weight| ComparedModel {
        name: name.to_owned(),
        elpd,
        se: 6.4,
        difference,
        se_difference,
        weight: Some(weight),
    };
    Comparison {
        title: "Expected predictive accuracy".to_owned(),
        models: vec![
            model("partly pooled", -153.7, 0.0, None, 0.91),
            model("no pooling", -161.3, -7.6, Some(3.1), 0.09),
            model("complete pooling", -172.9, -19.2, Some(5.4), 0.0),
        ],
    }
}

pub fn calibration(random: &mut Random) -> Calibration {
    let points = points(100);
    let size = 400;
    let spread = band(&points, size as f64);
    let limit = |sign: f64| points.iter().zip(&spread).map(|(p, s)| size as f64 * (p + sign * s)).collect();
    let rows = (0..10).map(|i| CalibrationRow {
        name: format!("theta[{}]", i + 1),
        counts: {
            let differences = differences(random, &points, size, if i == 4 { 0.25 } else { 0.0 });
            differences.iter().zip(&points).map(|(d, p)| ((d + p) * size as f64).round() as usize).collect()
        },
    });
    let rows = rows.collect();
    Calibration {
        title: "Ranks of true values".to_owned(),
        simulations: size,
        lower: limit(-1.0),
        upper: limit(1.0),
        level: 0.95,
        rows,
        points,
    }
}
