//! Every kind of plot, filled with the same numbers.

use polya_report::plot::{
    Calibration, CalibrationRow, ComparedModel, Comparison, Density, EcdfDifference, EcdfSeries, Energy, EnergyChain,
    Forest, ForestIntervals, ForestOrder, ForestRow, IntervalRow, Intervals, LeftOut, Loo, LooRow, PairVariable, Pairs,
    PitHistogram, Prior, RankHistograms, Reference, Rootogram, RootogramBar, RootogramKind, Sensitivity,
    SensitivityRow, Trace,
};
use polya_report::{Plot, Support};

/// Every kind of plot of the numbers, with a text wherever there is one.
pub fn plots(numbers: &[f64], text: &str) -> Vec<(&'static str, Box<dyn Plot>)> {
    let mut plots: Vec<(&'static str, Box<dyn Plot>)> = vec![
        ("density", Box::new(density(numbers, text, false, Some(Prior::Draws(numbers.to_vec()))))),
        ("counts", Box::new(density(numbers, text, true, Some(Prior::Draws(numbers.to_vec()))))),
        ("density with curve", Box::new(density(numbers, text, false, Some(curve(numbers))))),
        ("counts with curve", Box::new(density(numbers, text, true, Some(curve(numbers))))),
        ("trace", Box::new(trace(numbers, text))),
        ("energy", Box::new(energy(numbers, text))),
        ("intervals", Box::new(intervals(numbers, text))),
        ("loo", Box::new(loo(numbers, text))),
        ("ranks", Box::new(ranks(numbers, text))),
        ("pit", Box::new(PitHistogram { title: text.to_owned(), heights: numbers.to_vec(), band: ends(numbers) })),
        ("ecdf", Box::new(ecdf(numbers, text, 1))),
        ("ecdf of many", Box::new(ecdf(numbers, text, 100))),
        ("calibration", Box::new(calibration(numbers, text))),
        ("sensitivity", Box::new(sensitivity(numbers, text))),
        ("comparison", Box::new(comparison(numbers, text))),
    ];
    for order in [ForestOrder::AsGiven, ForestOrder::ByPoint] {
        plots.push(("forest", Box::new(forest(numbers, text, order))));
    }
    for kind in [RootogramKind::Hanging, RootogramKind::Suspended] {
        plots.push(("rootogram", Box::new(rootogram(numbers, text, kind))));
    }
    for variables in [0, 1, 2, 3, 8] {
        plots.push(("pairs", Box::new(pairs(numbers, text, variables))));
    }
    plots
}

fn ends(numbers: &[f64]) -> Option<(f64, f64)> {
    Some((*numbers.first()?, *numbers.last()?))
}

fn curve(numbers: &[f64]) -> Prior {
    Prior::Curve(numbers.iter().map(|&x| (x, x.abs())).collect())
}

fn reference(numbers: &[f64], text: &str) -> Option<Reference> {
    Some(Reference { value: *numbers.first()?, label: text.to_owned() })
}

fn density(numbers: &[f64], text: &str, counts: bool, prior: Option<Prior>) -> Density {
    let support = Support { low: numbers.first().copied(), high: numbers.last().copied() };
    let reference = reference(numbers, text);
    Density {
        title: text.to_owned(),
        axis: text.to_owned(),
        draws: numbers.to_vec(),
        prior,
        support,
        counts,
        reference,
    }
}

fn trace(numbers: &[f64], text: &str) -> Trace {
    let chains = vec![numbers.to_vec(), vec![], numbers.to_vec()];
    let divergent = vec![(0..numbers.len() + 3).collect(), vec![7]];
    Trace { title: text.to_owned(), axis: text.to_owned(), chains, divergent }
}

fn energy(numbers: &[f64], text: &str) -> Energy {
    let chain = |ebfmi| EnergyChain { energies: numbers.to_vec(), ebfmi };
    let chains = (0..11).map(|i| chain(numbers.get(i).copied())).collect();
    Energy { title: text.to_owned(), chains, limit: 0.3 }
}

fn intervals(numbers: &[f64], text: &str) -> Intervals {
    let row = |&x: &f64| IntervalRow { observed: x, median: -x, inner: (x, -x), outer: (2.0 * x, x - 1.0) };
    let rows = numbers.iter().map(row).collect();
    Intervals { title: text.to_owned(), axis: text.to_owned(), counts: true, rows }
}

fn loo(numbers: &[f64], text: &str) -> Loo {
    let row = |&k: &f64| LooRow { label: text.to_owned(), k: Some(k) };
    let rows = numbers.iter().map(row).chain([LooRow::default()]).collect();
    Loo { title: text.to_owned(), rows, limit: 0.7, left_out: LeftOut::Groups }
}

fn ranks(numbers: &[f64], text: &str) -> RankHistograms {
    let bars: Vec<u64> = numbers.iter().map(|x| x.abs() as u64).collect();
    RankHistograms { title: text.to_owned(), chains: vec![bars, vec![], vec![1; 3], vec![2; 201]], band: ends(numbers) }
}

fn ecdf(numbers: &[f64], text: &str, series: usize) -> EcdfDifference {
    let one = EcdfSeries { name: text.to_owned(), differences: numbers.to_vec() };
    EcdfDifference {
        title: text.to_owned(),
        axis: text.to_owned(),
        points: (1..=numbers.len()).map(|i| i as f64 / numbers.len() as f64).collect(),
        lower: numbers.iter().map(|x| x - 0.1).collect(),
        upper: numbers.iter().skip(1).map(|x| x + 0.1).collect(),
        band: text.to_owned(),
        series: vec![one; series],
    }
}

fn calibration(numbers: &[f64], text: &str) -> Calibration {
    let counts: Vec<usize> = numbers.iter().map(|x| x.abs() as usize).collect();
    Calibration {
        title: text.to_owned(),
        simulations: numbers.len(),
        points: numbers.to_vec(),
        lower: numbers.to_vec(),
        upper: vec![],
        level: 0.95,
        rows: vec![CalibrationRow { name: text.to_owned(), counts }; 20],
    }
}

fn sensitivity(numbers: &[f64], text: &str) -> Sensitivity {
    let row = |&x: &f64| SensitivityRow { label: text.to_owned(), prior: x, likelihood: -x };
    Sensitivity { title: text.to_owned(), rows: numbers.iter().map(row).collect(), limit: 0.05 }
}

fn comparison(numbers: &[f64], text: &str) -> Comparison {
    let model = |&x: &f64| ComparedModel {
        name: text.to_owned(),
        elpd: x,
        se: x.abs(),
        difference: x,
        se_difference: Some(x),
        weight: Some(x),
    };
    Comparison { title: text.to_owned(), models: numbers.iter().map(model).collect() }
}

fn forest(numbers: &[f64], text: &str, order: ForestOrder) -> Forest {
    let row = |&x: &f64| {
        let intervals = ForestIntervals { inner: (x - 1.0, x + 1.0), outer: (-x, 2.0 * x) };
        ForestRow { label: text.to_owned(), point: x, intervals: (x != 1.0).then_some(intervals) }
    };
    let rows = numbers.iter().map(row).collect();
    Forest {
        title: text.to_owned(),
        axis: text.to_owned(),
        point: text.to_owned(),
        rows,
        reference: reference(numbers, text),
        order,
    }
}

fn rootogram(numbers: &[f64], text: &str, kind: RootogramKind) -> Rootogram {
    let bar = |(i, &x): (usize, &f64)| RootogramBar {
        value: i as u64 * 3,
        observed: x,
        expected: x + 1.0,
        low: x - 1.0,
        high: x * 2.0,
    };
    let bars = numbers.iter().enumerate().map(bar).collect();
    Rootogram { title: text.to_owned(), axis: text.to_owned(), bars, kind, open: true, level: 0.9 }
}

fn pairs(numbers: &[f64], text: &str, variables: usize) -> Pairs {
    let one = PairVariable { name: text.to_owned(), draws: numbers.to_vec() };
    let divergent = (0..numbers.len() / 2).map(|i| i % 3 == 0).collect();
    Pairs { title: text.to_owned(), variables: vec![one; variables], divergent }
}
