//! `polya evidence`: how probable the data of kept fits were under their models.

use polya::checks::evidence::{Evidence, LARGEST_ERROR, evidence, same_data};
use serde_json::{Value, json};

use crate::args::{EvidenceOptions, Format};
use crate::failure::Failure;
use crate::kept::Kept;
use crate::output::Output;
use crate::render::grid::{Grid, Side};
use crate::{STANDS, UNRELIABLE};

/// What a marginal likelihood depends on.
const NOTE: &str = "a marginal likelihood is an average over the prior: a prior ten times as wide divides it by about ten for \
                    each parameter, where the posterior hardly changes; rely on it only where the priors mean what they say";

/// A kept fit with its marginal likelihood.
struct Candidate {
    name: String,
    evidence: Evidence,
    /// Whether the diagnostics of the fit find nothing against it.
    trusted: bool,
}

/// Runs the command.
pub fn run(options: &EvidenceOptions, output: &Output) -> Result<u8, Failure> {
    let fits = options.folders.iter().map(|folder| Kept::open(folder)).collect::<Result<Vec<_>, Failure>>()?;
    let names: Vec<String> = options.folders.iter().map(|folder| folder.display().to_string()).collect();
    if let Some((_, other)) = fits.iter().zip(&names).find(|(kept, _)| !same_data(&fits[0].posterior, &kept.posterior))
    {
        return Err(Failure::request(format!("{other} was fitted to other data than {}", names[0]))
            .help("a Bayes factor is between models of the same observed rows and columns"));
    }
    let candidate = |(kept, name): (&Kept, &String)| {
        let help = "more draws (--draws), or a model with fewer sampled parameters";
        let evidence = evidence(&kept.replay())
            .map_err(|error| Failure::request(format!("{name} has no marginal likelihood: {error}")).help(help))?;
        Ok(Candidate { name: name.clone(), evidence, trusted: kept.opened.summary.verdict.ok })
    };
    let candidates = fits.iter().zip(&names).map(candidate).collect::<Result<Vec<_>, Failure>>()?;
    let warnings = warnings(&candidates);
    match options.format {
        Format::Json => output.result(&(as_json(&candidates, &warnings).to_string() + "\n"))?,
        Format::Table => output.result(&table(&candidates, &warnings))?,
    }
    Ok(if warnings.is_empty() { STANDS } else { UNRELIABLE })
}

fn warnings(candidates: &[Candidate]) -> Vec<String> {
    let mut warnings = Vec::new();
    for Candidate { name, evidence, trusted } in candidates {
        if !evidence.reliable() {
            let error = evidence.error;
            warnings
                .push(format!("the standard error of {name} is {error:.2}, above {LARGEST_ERROR}: sample more draws"));
        }
        if !trusted {
            warnings.push(format!("the diagnostics of {name} say not to trust its draws, and so not this"));
        }
    }
    warnings
}

fn as_json(candidates: &[Candidate], warnings: &[String]) -> Value {
    let model = |candidate: &Candidate| {
        let (factor, error) = candidate.evidence.log_bayes_factor(&candidates[0].evidence);
        let mut value = json!({ "model": candidate.name, "log_marginal_likelihood": candidate.evidence.log_marginal,
            "se": candidate.evidence.error, "exact": candidate.evidence.exact });
        if candidate.name != candidates[0].name {
            value["log_bayes_factor"] = json!(factor);
            value["se_log_bayes_factor"] = json!(error);
        }
        value
    };
    json!({ "schema": "polya.evidence/1", "models": candidates.iter().map(model).collect::<Vec<_>>(),
            "warnings": warnings, "note": NOTE })
}

fn table(candidates: &[Candidate], warnings: &[String]) -> String {
    let mut grid = Grid::new(&[
        ("model", Side::Left),
        ("log marginal likelihood", Side::Right),
        ("se", Side::Right),
        ("log Bayes factor", Side::Right),
        ("se", Side::Right),
    ]);
    let shown =
        |evidence: &Evidence| if evidence.exact { "exact".to_owned() } else { format!("{:.3}", evidence.error) };
    for (i, Candidate { name, evidence, .. }) in candidates.iter().enumerate() {
        let (factor, error) = evidence.log_bayes_factor(&candidates[0].evidence);
        let against =
            if i == 0 { [String::new(), String::new()] } else { [format!("{factor:.3}"), format!("{error:.3}")] };
        let own = [name.clone(), format!("{:.3}", evidence.log_marginal), shown(evidence)];
        grid.row(own.into_iter().chain(against).collect());
    }
    let mut text = grid.text();
    for candidate in candidates.iter().skip(1) {
        let (factor, error) = candidate.evidence.log_bayes_factor(&candidates[0].evidence);
        text += &format!("{}\n", in_words(&candidate.name, &candidates[0].name, factor, error));
    }
    warnings.iter().for_each(|warning| text += &format!("! {warning}\n"));
    text + &format!("note: {NOTE}\n")
}

/// Which model made the data more probable, and how many times.
fn in_words(model: &str, first: &str, factor: f64, error: f64) -> String {
    if factor.abs() <= 2.0 * error {
        return format!("{model} and {first}: the factor is within two standard errors of 1");
    }
    let (better, worse) = if factor > 0.0 { (model, first) } else { (first, model) };
    format!("the data were {} times as probable under {better} as under {worse}", exponential(factor.abs()))
}

/// The exponential of a number that is not negative, which may be beyond all doubles.
fn exponential(log: f64) -> String {
    if log < 1e4_f64.ln() {
        return format!("{:.2}", log.exp());
    }
    let decimal = log / std::f64::consts::LN_10;
    let (mut exponent, mut digits) = (decimal.floor(), (10.0 * 10f64.powf(decimal.fract())).round());
    if digits == 100.0 {
        (exponent, digits) = (exponent + 1.0, 10.0);
    }
    format!("{:.1}e{exponent}", digits / 10.0)
}

#[cfg(test)]
mod tests {
    use super::exponential;

    #[test]
    fn factors_beyond_doubles_are_numbers() {
        for (log, wanted) in
            [(0.5, "1.65"), (9.0, "8103.08"), (12.0, "1.6e5"), (858.694, "8.4e372"), (1e6, "3.0e434294")]
        {
            assert_eq!(exponential(log), wanted, "{log}");
        }
        // 9.96e5 and 9.94e5.
        assert_eq!((exponential(13.811_502).as_str(), exponential(13.809_5).as_str()), ("1.0e6", "9.9e5"));
    }
}
