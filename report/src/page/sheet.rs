//! The style sheet and the script of a page.

use crate::style::{Ink, Theme};

/// Sorts tables by the column whose heading is pressed. Without it they stay in their order.
pub(super) const SCRIPT: &str = include_str!("sort.js");

/// The style sheet: colours as variables, light and dark, the classes of plots, and the rest.
pub(super) fn style() -> String {
    let variables = |theme: Theme| {
        Ink::all().into_iter().map(|ink| format!("--{}:{};", ink.name(), ink.colour(theme))).collect::<String>()
    };
    let classes: String = Ink::all()
        .into_iter()
        .map(|ink| {
            let name = ink.name();
            format!(".f-{name}{{fill:var(--{name})}}.s-{name}{{stroke:var(--{name})}}\n")
        })
        .collect();
    // On paper it is always light.
    format!(
        ":root{{{}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{}}}}}\n{classes}{}",
        variables(Theme::Light),
        variables(Theme::Dark),
        include_str!("page.css")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_breaks_markup_or_needs_the_network() {
        for text in [SCRIPT, &style()] {
            for forbidden in ["<", "&", "]]>", "http", "url(", "@import", "fetch", "XMLHttp"] {
                assert!(!text.contains(forbidden), "{forbidden}");
            }
        }
    }
}
