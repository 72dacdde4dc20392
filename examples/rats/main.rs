//! Rats: a table from a file, a fit, a probability, a decision.
//!
//! `cargo run --release --example rats`

use std::error::Error;
use std::path::Path;

use polya::{Control, Fit, Model, Settings, read};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/rats");
    let model = Model::parse(&std::fs::read_to_string(folder.join("model.polya"))?)?;
    let loaded = read::file(&folder.join("rats.csv"), None, &model.columns())?;
    let posterior = model.bind(Some(&loaded.table), &Default::default())?.compile()?;

    let settings = Settings { seed: 7, ..Settings::default() };
    let fit = Fit::sample(&posterior, &settings, &Control::default())?;

    // First the verdict: a number from a fit that does not stand is no number.
    for finding in &fit.verdict().warnings {
        eprintln!("{}\n  {}", finding.message, finding.advice);
    }
    if !fit.verdict().ok {
        return Err("the fit is not to be trusted".into());
    }

    let mu = fit.summary_of("mu").ok_or("no mu")?;
    println!("mean rate over groups: {:.3}, 90% interval {:.3} to {:.3}", mu.mean, mu.q5, mu.q95);

    // Draws answer any question. The share of draws in which something holds is its probability.
    let probability = |name: &str, holds: &dyn Fn(f64) -> bool| -> Result<f64, Box<dyn Error>> {
        let draws = fit.draws().get(name).ok_or_else(|| format!("no scalar `{name}`"))?;
        Ok(draws.iter().filter(|x| holds(**x)).count() as f64 / draws.len() as f64)
    };
    let rare = probability("theta_new", &|theta| theta < 0.05)?;
    println!("a new group has a rate below 5% with probability {rare:.2}");
    let many = probability("next_trial", &|tumours| tumours >= 8.0)?;
    println!("8 or more of the next 20 rats of group 71 have a tumour with probability {many:.2}");

    // A group is looked into where its rate is above a quarter more likely than not.
    println!("groups to look into:");
    for (scalar, draws) in fit.draws().iter().filter(|(scalar, _)| scalar.variable == "risky") {
        let p = draws.iter().sum::<f64>() / draws.len() as f64;
        if p > 0.5 {
            println!("  {}: above 25% with probability {p:.2}", scalar.levels[0]);
        }
    }
    Ok(())
}
