//! The judgement of a fit in words, with what to do.

use crate::page::html::Html;

/// How good something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outcome {
    /// Nothing is wrong.
    #[default]
    Ok,
    /// It is worth a look.
    Warn,
    /// It is not to be trusted.
    Fail,
}

/// The judgement of a fit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verdict {
    /// How good the fit is.
    pub outcome: Outcome,
    /// The judgement in one sentence.
    pub summary: String,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Finding {
    /// How much it matters; a finding that is ok is a note.
    pub outcome: Outcome,
    /// What is wrong, and how bad.
    pub message: String,
    /// What to try; may be empty.
    pub advice: String,
    /// The scalars concerned that the message does not name; may be empty.
    pub scalars: Vec<String>,
}

impl Outcome {
    fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    /// Words after a sign, so that nothing rests on colour.
    fn signed(self, words: &str) -> String {
        let sign = match self {
            Self::Ok => '✓',
            Self::Warn => '!',
            Self::Fail => '✕',
        };
        format!("{sign} {words}")
    }

    fn of_fit(self) -> &'static str {
        match self {
            Self::Ok => "The fit stands",
            Self::Warn => "Look closer",
            Self::Fail => "Do not trust this fit as it is",
        }
    }

    fn of_finding(self) -> String {
        match self {
            Self::Ok => "note".to_owned(),
            Self::Warn => self.signed("warning"),
            Self::Fail => self.signed("failure"),
        }
    }
}

impl Verdict {
    /// The judgement in a few words, for the head of a page.
    pub(super) fn badge(&self, html: &mut Html) {
        html.nested(&format!("p class=\"badge {}\"", self.outcome.class()), |html| {
            html.element("a href=\"#verdict\"", &self.outcome.signed(self.outcome.of_fit()));
        });
    }

    pub(super) fn write(&self, html: &mut Html) {
        let class = self.outcome.class();
        html.nested(&format!("div class=\"verdict {class}\""), |html| {
            // The sign says how good it is where the summary does not repeat the words.
            let words = if self.summary.is_empty() { self.outcome.of_fit() } else { &self.summary };
            html.prose("p class=\"outcome\"", &self.outcome.signed(words));
        });
        if !self.findings.is_empty() {
            html.nested("ul class=\"findings\"", |html| self.findings.iter().for_each(|finding| finding.write(html)));
        }
    }
}

impl Finding {
    fn write(&self, html: &mut Html) {
        html.nested(&format!("li class=\"{}\"", self.outcome.class()), |html| {
            html.nested("p", |html| {
                html.element("strong", &format!("{}:", self.outcome.of_finding()));
                html.prose("span", &self.message);
            });
            if !self.advice.is_empty() {
                html.prose("p", &format!("What to do: {}", self.advice));
            }
            if !self.scalars.is_empty() {
                html.element("p class=\"note\"", &format!("Concerns {}.", self.scalars.join(", ")));
            }
        });
    }
}
