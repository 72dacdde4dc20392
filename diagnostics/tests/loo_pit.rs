//! The transform of rows that are left out, against ArviZ and SciPy.

mod support;

use polya_diagnostics::{ByRow, Efficiency, PitInterval, loo, loo_pit, psis};
use serde_json::Value;
use support::json;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().filter_map(Value::as_f64).collect()
}

/// The probabilities of 0, 1, …, `highest` under a Poisson distribution.
fn poisson(highest: f64, rate: f64) -> impl Iterator<Item = f64> {
    let mut mass = (-rate).exp();
    (0..=highest as u32).map(move |count| {
        mass *= if count > 0 { rate / f64::from(count) } else { 1.0 };
        mass
    })
}

#[test]
fn places_of_rows_left_out_agree_with_arviz() {
    let reference = json("loo_pit.json");
    let (y, rates) = (numbers(&reference["y"]), numbers(&reference["rates"]));
    let draws = rates.len();
    let of = |f: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
        y.iter().flat_map(|y| rates.iter().map(move |rate| f(*y, *rate))).collect()
    };
    let log_lik = of(&|y, rate| poisson(y, rate).last().unwrap().ln());
    let below = of(&|y, rate| poisson(y, rate).take(y as usize).sum());
    let upto = of(&|y, rate| poisson(y, rate).sum());
    let [columns, below, upto] = [&log_lik, &below, &upto].map(|values| ByRow::new(values, draws).unwrap());
    let places = loo_pit(&columns, &below, &upto, Efficiency::Independent).unwrap();
    let k = loo(&columns, Efficiency::Independent).unwrap().rows;
    for (row, wanted_k) in numbers(&reference["k"]).iter().enumerate() {
        assert!((k[row].k.unwrap() - wanted_k).abs() < 1e-8);
        let ratios: Vec<f64> = log_lik[row * draws..(row + 1) * draws].iter().map(|x| -x).collect();
        let weights = psis(&ratios, 1.0).unwrap().weights();
        let predicted = numbers(&reference["predicted"][row]);
        let from_draws = PitInterval::from_draws(y[row], &predicted, Some(&weights)).unwrap();
        for (found, wanted) in [(places[row], "from_cdfs"), (from_draws, "from_draws")] {
            let wanted = &reference[wanted];
            let near = |found: f64, side: &str| (found - wanted[side][row].as_f64().unwrap()).abs() < 1e-9;
            assert!(near(found.below(), "below") && near(found.upto(), "upto"), "row {row}: {found:?}, {wanted}");
        }
    }
}
