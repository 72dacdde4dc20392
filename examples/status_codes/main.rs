//! Status codes: a program assembles the model and the table, and sets an input.
//!
//! `cargo run --release --example status_codes`

use std::collections::BTreeMap;
use std::error::Error;

use polya::models::syntax::builder::{call, label, name, number, over};
use polya::{Control, Fit, ModelBuilder, Settings, Table};

/// Requests of the last hour, as a service might count them in memory; the numbers are made up.
const COUNTS: [(&str, &str, f64); 17] = [
    ("ap", "2xx", 18210.0),
    ("ap", "4xx", 612.0),
    ("ap", "5xx", 178.0),
    ("eu", "2xx", 52940.0),
    ("eu", "4xx", 1480.0),
    ("eu", "5xx", 412.0),
    ("us", "2xx", 88321.0),
    ("us", "4xx", 2310.0),
    ("us", "5xx", 640.0),
    ("sa", "2xx", 2105.0),
    ("sa", "4xx", 88.0),
    ("sa", "5xx", 31.0),
    ("af", "2xx", 240.0),
    ("af", "4xx", 9.0),
    ("af", "5xx", 4.0),
    ("me", "2xx", 61.0),
    ("me", "4xx", 5.0),
];

fn main() -> Result<(), Box<dyn Error>> {
    let ones = name("ones").at(name("outcome"));
    let failing = |region| name("theta").at(name(region)).at(label("5xx"));
    let builder = ModelBuilder::new()
        .factor("region")
        .counts_by("outcome", "n", "status")
        .input("slo", 0.01)
        .random("phi", &[], call("Dirichlet").arg(ones))
        .random("kappa", &[], call("LogNormal").arg(number(4.0)).arg(number(1.0)))
        .random(
            "theta",
            &["region"],
            call("Dirichlet").named("mean", name("phi")).named("concentration", name("kappa")),
        )
        .random("outcome", &[], call("Multinomial").arg(name("theta").at(name("region"))))
        .quantity("breach", &["region"], failing("region").greater(name("slo")))
        .quantity("worst", &["region"], failing("region").equals(over("max", failing("r"), "r", "region")));
    println!("{}", builder.text());

    let table = Table::builder("last hour")
        .labels("region", COUNTS.map(|(region, _, _)| region))
        .labels("status", COUNTS.map(|(_, status, _)| status))
        .numbers("n", COUNTS.map(|(_, _, n)| n).to_vec())
        .build()?;
    let inputs = BTreeMap::from([("slo".to_owned(), vec![0.01])]);
    let posterior = builder.build()?.bind(Some(&table), &inputs)?.compile()?;
    let fit = Fit::sample(&posterior, &Settings { seed: 1, ..Settings::default() }, &Control::default())?;
    if !fit.verdict().ok {
        return Err(format!("the fit is not to be trusted: {:?}", fit.verdict().warnings).into());
    }

    // Call somebody where the objective is broken with a probability above 90%; look again where it is open.
    for region in ["af", "ap", "eu", "me", "sa", "us"] {
        let breach = fit.summary_of(&format!("breach[{region}]")).ok_or("no breach")?.mean;
        let rate = fit.summary_of(&format!("theta[{region},5xx]")).ok_or("no theta")?;
        let action = match breach {
            p if p > 0.9 => "call",
            p if p > 0.1 => "watch",
            _ => "fine",
        };
        println!(
            "{region}: 5xx {:.4} ({:.4} to {:.4}), above the objective with probability {breach:.2}: {action}",
            rate.mean, rate.q5, rate.q95
        );
    }
    Ok(())
}
