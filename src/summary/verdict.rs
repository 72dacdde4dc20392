//! The verdict as the summary carries it: codes are text, so that a summary of a newer version can still be read.

use serde::{Deserialize, Serialize};

/// Whether a fit can be trusted, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether nothing speaks against trusting the fit.
    pub ok: bool,
    /// What was found, at most one entry of a kind.
    pub warnings: Vec<Finding>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its kind, for programs.
    pub code: String,
    /// Whether it speaks against the fit.
    pub severity: Severity,
    /// What is wrong, and how bad.
    pub message: String,
    /// What to try.
    pub advice: String,
    /// The scalars concerned, the worst first.
    pub scalars: Vec<String>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The fit is not to be trusted as it is.
    Warning,
    /// Worth knowing.
    Note,
}

impl From<polya_diagnostics::verdict::Verdict> for Verdict {
    fn from(verdict: polya_diagnostics::verdict::Verdict) -> Self {
        let warnings = verdict.warnings.into_iter().map(|warning| Finding {
            code: warning.code.name().to_owned(),
            severity: match warning.severity {
                polya_diagnostics::verdict::Severity::Warning => Severity::Warning,
                polya_diagnostics::verdict::Severity::Note => Severity::Note,
            },
            message: warning.message,
            advice: warning.advice,
            scalars: warning.scalars,
        });
        Self { ok: verdict.ok, warnings: warnings.collect() }
    }
}
