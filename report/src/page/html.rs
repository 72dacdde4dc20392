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
            self.element("p class=\"note\"", note);
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
