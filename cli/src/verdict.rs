//! `polya verdict`: everything that is known of a kept fit, judged together.

use polya::checks::assessment::{Assessment, Finding, Subject, assess};
use polya::summary::Severity;

use crate::args::{Format, KeptOptions};
use crate::failure::Failure;
use crate::kept::Kept;
use crate::output::Output;
use crate::render::printable;
use crate::{STANDS, UNRELIABLE};

/// The judgement in one sentence: what was looked at, and what was found of it.
pub fn headline(kept: &Kept, assessment: &Assessment) -> &'static str {
    let noted = |code: &str| assessment.findings.iter().any(|finding| finding.code == code);
    if !assessment.ok {
        "Do not trust this fit as it is; below is what to do."
    } else if !kept.observes() {
        "The fit stands: the chains agree. The model observes no data, so that neither it nor its priors were held against any."
    } else if noted("data_unchecked") {
        "The fit stands: the chains agree. Whether the data look like those of the model was not checked."
    } else if noted("prior_data_conflict") {
        "The fit stands: the chains agree, and the data look like those of the model; they are not where its priors expect them."
    } else {
        "The fit stands: the chains agree, the data look like those of the model, and nothing speaks against its priors."
    }
}

/// Runs the command; its exit code is the verdict.
pub fn run(options: &KeptOptions, output: &Output) -> Result<u8, Failure> {
    let kept = Kept::open(&options.folder)?;
    let assessment = assess(&kept.replay(), &kept.opened.draws, &kept.opened.summary.verdict);
    match options.format {
        Format::Json => {
            let json = serde_json::to_string(&assessment).map_err(|error| Failure::machine(error.to_string()))?;
            output.result(&(json + "\n"))?;
        }
        Format::Table => output.result(&text(headline(&kept, &assessment), &assessment))?,
    }
    Ok(if assessment.ok { STANDS } else { UNRELIABLE })
}

/// What a finding is about, in words.
pub fn subject(finding: &Finding) -> &'static str {
    match finding.about {
        Subject::Sampling => "sampling",
        Subject::Likelihood => "likelihood",
        Subject::Prior => "prior",
        Subject::Prediction => "prediction",
    }
}

fn text(headline: &str, assessment: &Assessment) -> String {
    let mut text = format!("{headline}\n");
    for finding in &assessment.findings {
        let severity = match finding.severity {
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let (about, code) = (subject(finding), &finding.code);
        text += &format!("\n  {severity} ({about}, {code}): {}\n", printable(&finding.message));
        if !finding.advice.is_empty() {
            text += &format!("    {}\n", printable(&finding.advice));
        }
    }
    text
}
