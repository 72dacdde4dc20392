//! Every plot, and the page that holds them, from numbers that are made up.
//!
//! ```sh
//! cargo run --release -p polya-report --example gallery -- gallery.html
//! ```

use polya_report::page::{
    Compiled, CompiledVariable, Finding, Outcome, Page, Parameter, Parameters, Question, Section, Verdict,
};
use polya_report::plot::ForestOrder;
use polya_report::{Plot, Style};

#[path = "gallery/plots.rs"]
mod plots;

use plots::*;

const MODEL: &str = r#"data group: factor, tumours: count, rats: count

mu    ~ Beta(1, 1)                                    # the mean rate over groups
kappa ~ LogNormal(3, 1)                               # how alike the groups are
theta[group] ~ Beta(mean = mu, concentration = kappa) # the rate of each group
tumours ~ Binomial(rats, theta[group])                # what was counted
"#;

fn main() -> std::io::Result<()> {
    let mut random = Random(7);
    let page = page(&mut random);
    let html = page.to_html();
    match std::env::args().nth(1) {
        Some(path) => {
            std::fs::write(&path, &html)?;
            let alone = page.forests.plots[0].to_svg(&Style::default());
            std::fs::write(format!("{path}.svg"), &alone)?;
            #[cfg(feature = "png")]
            std::fs::write(format!("{path}.png"), polya_report::to_png(&alone, 2.0).map_err(std::io::Error::other)?)?;
        }
        None => println!("{} bytes; name a file to keep the page", html.len()),
    }
    Ok(())
}

fn page(random: &mut Random) -> Page {
    Page {
        title: "Rats: how do the rates of tumours vary between groups?".to_owned(),
        subtitle: "rats.csv: 71 rows in 39 cells".to_owned(),
        question: Some(Question {
            paragraphs: vec!["Seventy-one groups of laboratory rats, some with tumours. How do the rates of the groups vary, and what is the rate of a group not seen yet?".to_owned()],
            model: MODEL.to_owned(),
        }),
        compiled: Some(compiled()),
        verdict: Some(verdict()),
        parameters: Some(parameters(random)),
        forests: vec![forest(random, 71, ForestOrder::ByPoint), forest(random, 8, ForestOrder::AsGiven)].into(),
        densities: densities(random).into(),
        ranks: Section { plots: vec![ranks(random)], notes: vec!["Of 73 scalars, the one with the highest R-hat is shown.".to_owned()] },
        rank_differences: vec![rank_differences(random)].into(),
        traces: vec![trace(random)].into(),
        energy: Some(energy(random)),
        pairs: vec![pairs(random, 2), pairs(random, 5)].into(),
        checks: checks(random),
        loo: Some(loo(random)),
        sensitivity: vec![sensitivity(random)].into(),
        comparison: Some(comparison()),
        calibration: vec![calibration(random)].into(),
        provenance: [("polya", "0.1.0"), ("seed", "7"), ("chains", "4 × 1000 draws after 1000 of warmup"), ("model sha256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"), ("time", "0.3023 s")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .to_vec(),
        notes: vec!["Made-up numbers, to show what a page looks like.".to_owned()],
    }
}

fn compiled() -> Compiled {
    let variable = |name: &str, role: &str, size, distribution: &str, reason: &str| CompiledVariable {
        name: name.to_owned(),
        role: role.to_owned(),
        size: Some(size),
        distribution: distribution.to_owned(),
        reason: reason.to_owned(),
    };
    Compiled {
        derivation: vec![
            "theta[group] is integrated out: Beta is conjugate to the Binomial of tumours.".to_owned(),
            "71 rows became 39 cells: equal rows are counted together.".to_owned(),
            "2 dimensions are sampled.".to_owned(),
        ],
        variables: vec![
            variable("mu", "sampled", 1, "Beta", "tumours depends on it"),
            variable("kappa", "sampled", 1, "LogNormal", "tumours depends on it"),
            variable("theta[group]", "integrated out", 71, "Beta", "conjugate to tumours"),
            variable("tumours", "observed", 71, "Binomial", "a column of the table"),
        ],
        notes: vec![],
    }
}

fn verdict() -> Verdict {
    Verdict {
        outcome: Outcome::Fail,
        summary: "Two findings speak against it.".to_owned(),
        findings: vec![
            Finding {
                outcome: Outcome::Fail,
                message: "R-hat of kappa is 1.034 (limit 1.01): the chains have not mixed.".to_owned(),
                advice: "Run longer (--warmup 2000 --draws 2000).".to_owned(),
                scalars: vec!["kappa".to_owned(), "theta[<script>alert(1)</script>]".to_owned()],
            },
            Finding {
                outcome: Outcome::Warn,
                message: "3 of 4000 draws diverged.".to_owned(),
                advice: "Take smaller steps (--target-accept 0.95).".to_owned(),
                scalars: vec![],
            },
            Finding { message: "theta_new has 2 infinite draws.".to_owned(), ..Finding::default() },
        ],
    }
}

fn parameters(random: &mut Random) -> Parameters {
    let rows = (0..73).map(|i| {
        let (name, kind) = match i {
            0 => ("mu".to_owned(), "sampled"),
            1 => ("kappa".to_owned(), "sampled"),
            2 => ("theta[<script>alert(1)</script>]".to_owned(), "integrated out"),
            _ => (format!("theta[{i}]"), "integrated out"),
        };
        let mean = 0.05 + 0.2 * random.uniform();
        let sd = mean * 0.4;
        Parameter {
            name,
            kind: kind.to_owned(),
            mean,
            sd,
            q5: mean - 1.6 * sd,
            median: mean * 0.98,
            q95: mean + 1.7 * sd,
            mcse_mean: Some(sd / 60.0),
            ess_bulk: Some(3000.0 + 1500.0 * random.uniform()),
            ess_tail: Some(2800.0 + 1000.0 * random.uniform()),
            rhat: (i != 5).then_some(if i == 1 { 1.034 } else { 1.0 + 0.006 * random.uniform() }),
            flagged: i == 1,
        }
    });
    Parameters { rows: rows.collect(), notes: vec![] }
}
