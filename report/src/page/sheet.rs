//! The style sheet and the script of a page.

use crate::style::{Ink, Theme};

/// Sorts tables by the column whose heading is pressed. Without it they stay in their order.
pub(super) const SCRIPT: &str = include_str!("sort.js");

/// The SHA-256 of the script in base 64: the only script that a browser may run on the page.
pub(super) const SCRIPT_HASH: &str = "sha256-8NtRua/DWym1cVdKYcYh6ZXe0pbLwD2QeUVra8v79Es=";

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
    use sha2::{Digest, Sha256};

    use super::*;

    fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let digits = |group: &[u8]| {
            let bits = (0..3).fold(0_u32, |bits, i| bits << 8 | u32::from(*group.get(i).unwrap_or(&0)));
            let digit =
                |i: usize| if i > group.len() { '=' } else { DIGITS[(bits >> (18 - 6 * i) & 63) as usize] as char };
            (0..4).map(digit).collect::<String>()
        };
        bytes.chunks(3).map(digits).collect()
    }

    #[test]
    fn the_script_is_the_one_that_may_run() {
        assert_eq!(SCRIPT_HASH, format!("sha256-{}", base64(&Sha256::digest(SCRIPT))));
    }

    #[test]
    fn nothing_in_it_breaks_markup_or_needs_the_network() {
        for text in [SCRIPT, &style()] {
            for forbidden in ["<", "&", "]]>", "http", "url(", "@import", "fetch", "XMLHttp"] {
                assert!(!text.contains(forbidden), "{forbidden}");
            }
        }
    }
}
