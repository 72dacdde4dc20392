//! Failures for people: the message, the excerpt it points at, the help.

use ariadne::{Color, Config, IndexType, Label, Report, ReportKind, Source};

use super::printable;
use crate::failure::{Excerpt, Failure};

/// The longest line that an excerpt shows.
const LONGEST_LINE: usize = 2000;

/// The whole text, each line ended.
pub fn human(failure: &Failure, colours: bool) -> String {
    match (&failure.excerpt, &failure.place.file) {
        // A line too long to read is no help.
        (Some(excerpt), _) if excerpt.text.lines().any(|line| line.len() > LONGEST_LINE) => plain(failure),
        (Some(excerpt), Some(file)) => with_excerpt(failure, excerpt, file, colours).unwrap_or_else(|| plain(failure)),
        _ => plain(failure),
    }
}

fn plain(failure: &Failure) -> String {
    let place = &failure.place;
    let file = place.file.as_ref().map_or_else(String::new, |file| {
        format!("{}: ", file.clone() + &place.line.map_or_else(String::new, |line| format!(":{line}")))
    });
    // Some messages name their file themselves.
    let file = if place.file.as_ref().is_some_and(|file| failure.message.contains(file.as_str())) {
        String::new()
    } else {
        file
    };
    let row = match place.row {
        Some(row) if !failure.message.contains(&format!("row {row}")) => format!(" (row {row})"),
        _ => String::new(),
    };
    let help = failure.help.as_ref().map_or_else(String::new, |help| format!("  help: {}\n", printable(help)));
    format!("error: {}\n{help}", printable(&format!("{file}{}{row}", failure.message)))
}

fn with_excerpt(failure: &Failure, excerpt: &Excerpt, file: &str, colours: bool) -> Option<String> {
    let start = characters(&excerpt.text, excerpt.span.start);
    let span = start..characters(&excerpt.text, excerpt.span.end).max(start);
    let label = excerpt.note.as_deref().unwrap_or("here");
    let mut report = Report::build(ReportKind::Error, (file, span.clone()))
        .with_config(Config::default().with_color(colours).with_index_type(IndexType::Char))
        .with_message(printable(&failure.message))
        .with_label(Label::new((file, span)).with_message(printable(label)).with_color(Color::Red));
    if let Some(help) = &failure.help {
        report = report.with_help(printable(help));
    }
    let mut bytes = Vec::new();
    report.finish().write((file, Source::from(excerpt.text.as_str())), &mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}

/// The number of characters that start before a byte.
fn characters(text: &str, byte: usize) -> usize {
    text.char_indices().take_while(|&(at, _)| at < byte).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Place;

    fn failure(text: &str, span: std::ops::Range<usize>) -> Failure {
        let place = Place { file: Some("m.polya".to_owned()), line: Some(2), column: Some(5), row: None };
        let excerpt = Some(Box::new(Excerpt { text: text.to_owned(), span, note: None }));
        Failure {
            place: place.into(),
            excerpt,
            ..Failure::request("there is no distribution `Binomail`").help("did you mean `Binomial`?")
        }
    }

    #[test]
    fn excerpts_show_the_line_and_no_escapes_off_a_terminal() {
        let text = human(&failure("é ~ Beta(1, 1)\r\nk ~ Binomail(n, é)\r\n", 21..29), false);
        for part in
            ["there is no distribution `Binomail`", "m.polya:2:5", "k ~ Binomail(n, é)", "did you mean `Binomial`?"]
        {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains('\u{1b}'));
        assert!(human(&failure("k ~ Binomail(n, p)", 4..12), true).contains('\u{1b}'));
    }

    #[test]
    fn spans_outside_the_text_are_harmless() {
        for (text, start, end) in [("", 0, 0), ("", 5, 9), ("a\n", 2, 2), ("é", 1, 1), ("ab", 7, 3), ("a\n\n", 3, 3)] {
            assert!(human(&failure(text, start..end), false).contains("Binomail"));
        }
    }

    #[test]
    fn faults_of_files_are_one_line_and_help() {
        let place = Place { file: Some("data.csv".to_owned()), line: Some(3), column: None, row: Some(2) };
        let failure = Failure { place: place.into(), ..Failure::request("row 2 has 1 cells").help("add one") };
        assert_eq!(human(&failure, false), "error: data.csv:3: row 2 has 1 cells\n  help: add one\n");
    }
}
