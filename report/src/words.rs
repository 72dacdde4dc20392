//! Words in pictures: how wide they are, and how long ones are broken or shortened.

/// About how wide a text is in pixels. The reader's font is not known; this is on the wide side.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.31,
        ' ' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' => 0.38,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '…' | '<' | '>' | '=' | '+' | '~' | '−' | '×' | '±' => 0.98,
        'A'..='Z' => 0.74,
        '0'..='9' => 0.64,
        _ if c >= '\u{1100}' => 1.0,
        _ => 0.62,
    }
}

/// The text, cut with an ellipsis if it is wider than there is room.
pub(crate) fn shortened(text: &str, size: f64, room: f64) -> String {
    // Longer ones are never shown whole, and need not be measured.
    const LONGEST: usize = 400;
    let one_line: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if width(&one_line, size) <= room && text.chars().nth(LONGEST).is_none() {
        return one_line;
    }
    let mut kept = String::new();
    let mut used = width("…", size);
    for c in one_line.chars() {
        used += advance(c) * size;
        if used > room {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end())
}

/// A name, cut in its middle if it is wider than there is room: names of one kind differ at the end as often as not.
pub(crate) fn elided(name: &str, size: f64, room: f64) -> String {
    let whole = shortened(name, size, room);
    if !whole.ends_with('…') || name.ends_with('…') {
        return whole;
    }
    let half = (room - width("…", size)).max(0.0) / 2.0;
    let fitting = |chars: &mut dyn Iterator<Item = char>| {
        let mut used = 0.0;
        let fits = chars.take_while(|c| {
            used += advance(*c) * size;
            used <= half
        });
        fits.map(|c| if c.is_control() { ' ' } else { c }).collect::<String>()
    };
    let start = fitting(&mut name.chars());
    let end: String = fitting(&mut name.chars().rev()).chars().rev().collect();
    format!("{}…{}", start.trim_end(), end.trim_start())
}

/// The text in lines of the given width, at most so many of them; the last may be shortened.
pub(crate) fn wrapped(text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if lines_full(line, word, size, room) => lines.push(word.to_owned()),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).join(" ");
        lines.push(rest);
    }
    lines.iter().map(|line| shortened(line, size, room)).collect()
}

fn lines_full(line: &str, word: &str, size: f64, room: f64) -> bool {
    width(line, size) + width(" ", size) + width(word, size) > room
}

/// "1 draw", "2 draws".
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// "1 more row is not shown.", "2 more rows are not shown."
pub(crate) fn hidden(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 more {one} is not shown.") } else { format!("{number} more {many} are not shown.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shortened() {
        assert_eq!(shortened("theta[1]", 10.0, 100.0), "theta[1]");
        let short = shortened(&"theta".repeat(1000), 10.0, 100.0);
        assert!(short.ends_with('…') && width(&short, 10.0) <= 100.0, "{short}");
        assert_eq!(shortened("a\nb", 10.0, 100.0), "a b");
        assert_eq!(shortened("abc", 10.0, 0.0), "…");
    }

    #[test]
    fn names_keep_their_ends() {
        assert_eq!(elided("theta[1]", 10.0, 100.0), "theta[1]");
        let [one, two] = [1, 2].map(|i| elided(&format!("theta[a group with a long name, number {i}]"), 10.0, 100.0));
        assert!(one.starts_with("theta") && one.contains('…') && one.ends_with("1]") && one != two, "{one} {two}");
        assert!(width(&one, 10.0) <= 100.0);
        assert_eq!(elided("abc", 10.0, 0.0), "…");
    }

    #[test]
    fn lines_are_broken_between_words() {
        let lines = wrapped("one two three four five six seven eight", 10.0, 80.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'));
        assert!(lines.iter().all(|line| width(line, 10.0) <= 80.0), "{lines:?}");
        assert!(wrapped("  ", 10.0, 80.0, 2).is_empty());
    }
}
