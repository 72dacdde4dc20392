//! Admissions: several fits in one program, with streams of their own, one deadline and one switch to stop them all.
//!
//! `cargo run --release --example ucb_admissions`

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use polya::{CancellationToken, Control, Fit, Model, Settings, Table, read};

/// All departments as one.
const POOLED: &str = "
    data gender: factor, admit: count, applications: count
    p[gender] ~ Beta(1, 1)
    admit ~ Binomial(applications, p[gender])
    favoured = p[\"Female\"] > p[\"Male\"]
";

/// Each department for itself.
const APART: &str = "
    data dept: factor, gender: factor, admit: count, applications: count
    p[dept, gender] ~ Beta(1, 1)
    admit ~ Binomial(applications, p[dept, gender])
    favoured[dept] = p[dept, \"Female\"] > p[dept, \"Male\"]
";

struct Fits {
    seed: u64,
    jobs: u64,
    token: CancellationToken,
    deadline: Instant,
}

impl Fits {
    /// One more fit. The number of the job gives it streams of its own, so that it is the same whatever else is fitted.
    fn fit(&mut self, text: &str, path: &Path) -> Result<Fit, Box<dyn Error>> {
        let model = Model::parse(text)?;
        let table: Table = read::file(path, None, &model.columns())?.table;
        let posterior = model.bind(Some(&table), &Default::default())?.compile()?;
        let settings = Settings { seed: self.seed, job: self.jobs, ..Settings::default() };
        self.jobs += 1;
        let control = Control::new().cancelled_by(self.token.clone()).deadline(self.deadline);
        let fit = Fit::sample(&posterior, &settings, &control)?;
        if !fit.verdict().ok {
            // Any fit that fails stops those that run beside it or come after.
            self.token.cancel();
            let why: Vec<&str> = fit.verdict().warnings.iter().map(|finding| finding.message.as_str()).collect();
            return Err(format!("job {} is not to be trusted: {}", settings.job, why.join(" ")).into());
        }
        Ok(fit)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ucb_admissions");
    let data = folder.join("admissions.csv");
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut fits = Fits { seed: 1973, jobs: 0, token: CancellationToken::new(), deadline };

    let mean = |fit: &Fit, name: &str| fit.summary_of(name).map(|s| s.mean).ok_or(format!("no scalar `{name}`"));
    let pooled = fits.fit(POOLED, &data)?;
    println!("all departments as one: women favoured with probability {:.3}", mean(&pooled, "favoured")?);

    let apart = fits.fit(APART, &data)?;
    for dept in ["A", "B", "C", "D", "E", "F"] {
        let probability = mean(&apart, &format!("favoured[{dept}]"))?;
        println!("department {dept}: women favoured with probability {probability:.3}");
    }

    let shared = fits.fit(&std::fs::read_to_string(folder.join("model.polya"))?, &data)?;
    let ratio = shared.summary_of("odds_ratio").ok_or("no odds_ratio")?;
    println!(
        "one effect in all departments: odds ratio {:.2}, 90% interval {:.2} to {:.2}",
        ratio.mean, ratio.q5, ratio.q95
    );
    println!("women favoured with probability {:.3}", mean(&shared, "favoured")?);

    // What cancellation does: the fit comes back with the draws it has, and its verdict says so.
    fits.token.cancel();
    match fits.fit(&std::fs::read_to_string(folder.join("model.polya"))?, &data) {
        Ok(_) => println!("a fit made after the switch was thrown"),
        Err(error) => println!("after the switch: {error}"),
    }
    Ok(())
}
