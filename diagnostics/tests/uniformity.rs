//! The uniformity tests against SciPy.

mod support;

use polya_diagnostics::{UniformityTest, uniformity};
use serde_json::Value;
use support::json;

#[test]
fn p_values_agree_with_scipy() {
    let numbers = |value: &Value| -> Vec<f64> { value.as_array().unwrap().iter().filter_map(Value::as_f64).collect() };
    for (name, case) in json("uniformity.json").as_object().unwrap() {
        let values = numbers(&case["values"]);
        for test in [UniformityTest::OrderStatistics, UniformityTest::Tails, UniformityTest::Ranks] {
            let wanted = &case[format!("{test:?}")];
            let found = uniformity(&values, test).unwrap();
            for (found, wanted) in found.pointwise.iter().zip(numbers(&wanted["pointwise"])) {
                assert!((found - wanted).abs() < 1e-12, "{name} {test:?}: {found} {wanted}");
            }
            let p_value = wanted["p_value"].as_f64().unwrap();
            assert!((found.p_value / p_value - 1.0).abs() < 1e-10, "{name} {test:?}: {} {p_value}", found.p_value);
        }
    }
}
