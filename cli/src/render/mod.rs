//! Text for people.

pub mod error;
pub mod explain;
pub mod grid;
pub mod numbers;
pub mod progress;
pub mod table;

/// A text without the control characters that a terminal would obey.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The names that a message does not have as words.
pub fn unnamed<'a>(message: &str, names: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let named = |name: &str| {
        message.match_indices(name).any(|(start, _)| {
            let (before, after) = (&message[..start], &message[start + name.len()..]);
            !before.ends_with(in_word) && !after.starts_with(|c| in_word(c) || c == '[')
        })
    };
    names.into_iter().filter(|name| !named(name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_whole_words() {
        let names = ["s", "mu", "theta", "theta[a]", "tau"].map(str::to_owned);
        let message = "R-hat of theta[a] is 1.2: the chains have not mixed. The same holds for mu, tau_2.";
        assert_eq!(unnamed(message, &names), ["s", "theta", "tau"]);
    }
}
