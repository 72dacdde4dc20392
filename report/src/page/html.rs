//! A writer of HTML that is well-formed XML, too.

use std::fmt::Write;

use crate::escape::escaped;

/// HTML under construction.
#[derive(Debug, Default)]
pub(crate) struct Html {
    text: String,
}

impl Html {
    /// Adds an element with a text in it. `tag` is a name with its attributes, written by this crate.
    pub(crate) fn element(&mut self, tag: &str, text: &str) {
        let _ = writeln!(self.text, "<{tag}>{}</{}>", escaped(text), name(tag));
    }

    /// Adds an element with a sentence in it: what stands between backticks, and options of the command, are set as code.
    pub(crate) fn prose(&mut self, tag: &str, text: &str) {
        let _ = writeln!(self.text, "<{tag}>{}</{}>", typeset(text), name(tag));
    }

    /// Adds an element with others in it.
    pub(crate) fn nested(&mut self, tag: &str, inside: impl FnOnce(&mut Self)) {
        let _ = writeln!(self.text, "<{tag}>");
        inside(self);
        let _ = writeln!(self.text, "</{}>", name(tag));
    }

    /// Adds what is HTML already.
    pub(crate) fn raw(&mut self, html: &str) {
        self.text.push_str(html);
    }

    /// Adds a section with a heading that the contents of the page can point at.
    pub(crate) fn section(&mut self, id: &str, heading: &str, inside: impl FnOnce(&mut Self)) {
        self.nested(&format!("section id=\"{id}\" aria-labelledby=\"{id}-heading\""), |html| {
            html.element(&format!("h2 id=\"{id}-heading\""), heading);
            inside(html);
        });
    }

    /// Adds a paragraph for each text.
    pub(crate) fn notes(&mut self, notes: &[String]) {
        for note in notes {
            self.prose("p class=\"note\"", note);
        }
    }

    /// The text.
    pub(crate) fn finish(self) -> String {
        self.text
    }
}

fn name(tag: &str) -> &str {
    tag.split(' ').next().unwrap_or(tag)
}

/// A sentence as HTML. A backtick without a partner stays what it is.
fn typeset(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, code, after)) = quoted(rest) {
        out.push_str(&with_options(before));
        let _ = write!(out, "<code>{}</code>", escaped(code));
        rest = after;
    }
    out + &with_options(rest)
}

/// The text before the first pair of backticks, between them and after them.
fn quoted(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    (!code.is_empty()).then_some((before, code, after))
}

/// A text whose options, such as `--draws`, are not broken at their hyphens.
fn with_options(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("--") {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(from.len());
        let (option, after) = from.split_at(end);
        out.push_str(&escaped(before));
        if option.len() > 2 {
            let _ = write!(out, "<code class=\"option\">{option}</code>");
        } else {
            out.push_str(option);
        }
        rest = after;
    }
    out + &escaped(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_in_sentences_is_set_as_code() {
        assert_eq!(typeset("see `polya loo` <b>"), "see <code>polya loo</code> &lt;b&gt;");
        assert_eq!(typeset("more (--draws 530)."), "more (<code class=\"option\">--draws</code> 530).");
        assert_eq!(typeset("`a<b` and `"), "<code>a&lt;b</code> and `");
        assert_eq!(typeset("`` -- x"), "`` -- x");
    }
}
