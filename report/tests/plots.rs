//! No numbers and no words break a plot.

mod support;

use polya_report::{Style, Theme};
use proptest::prelude::*;
use roxmltree::Document;
use support::plots;

const NAN: f64 = f64::NAN;
const INFINITE: f64 = f64::INFINITY;

/// Checks that a text is an SVG document whose coordinates are numbers near the picture; returns the
/// number of its elements.
fn check(name: &str, svg: &str) -> usize {
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{name}: {error}\n{svg}"));
    let root = document.root_element();
    let children: Vec<&str> = root.children().map(|node| node.tag_name().name()).take(2).collect();
    assert_eq!((root.tag_name().name(), children), ("svg", vec!["title", "desc"]), "{name}");
    for node in root.descendants() {
        for attribute in node.attributes() {
            match attribute.name() {
                "x" | "y" | "x1" | "x2" | "y1" | "y2" | "cx" | "cy" | "r" | "width" | "height" => {
                    let number: f64 = attribute.value().parse().unwrap_or(NAN);
                    assert!(number.abs() <= 1e5, "{name}: {attribute:?}");
                }
                "d" => {
                    let plain = |c: char| c.is_ascii_digit() || "MLHVhZ .-".contains(c);
                    assert!(attribute.value().chars().all(plain), "{name}: {attribute:?}");
                }
                _ => {}
            }
        }
    }
    root.descendants().filter(roxmltree::Node::is_element).count()
}

fn check_all(numbers: &[f64], text: &str) {
    for (name, plot) in plots(numbers, text) {
        let elements = check(name, &plot.to_svg(&Style::default()));
        assert!(elements < 1500, "{name} has {elements} elements");
    }
}

#[test]
fn no_numbers_break_a_plot() {
    let cases: [&[f64]; 14] = [
        &[],
        &[1.0],
        &[0.0],
        &[NAN],
        &[INFINITE],
        &[-INFINITE, INFINITE],
        &[NAN, 1.0, INFINITE, 2.0],
        &[3.0; 20],
        &[f64::MAX, f64::MIN],
        &[f64::MAX, f64::MAX, 1.0],
        &[5e-324, 0.0, -0.0],
        &[1e17, 1e17 + 16.0, 1e17 - 16.0],
        &[1e-300, 2e-300, 1e300],
        &[0.0, 1.0, 0.5, 0.25, 1.0, 0.0],
    ];
    for numbers in cases {
        check_all(numbers, "x");
    }
}

#[test]
fn words_are_shown_and_never_obeyed() {
    let hostile = "<script>alert('1')</script>\"&]]>\u{0}\u{1b}[31m\u{202e}\n<!--";
    for (name, plot) in plots(&[1.0, 2.0, 4.0], hostile) {
        let svg = plot.to_svg(&Style::default());
        check(name, &svg);
        assert!(!svg.contains("<script") && svg.contains("&lt;script"), "{name}");
    }
    check_all(&[1.0, 2.0, 4.0], "");
    check_all(&[1.0, 2.0, 4.0], &"a very long label ".repeat(500));
}

#[test]
fn large_data_make_small_pictures() {
    let numbers: Vec<f64> = (0..100_000).map(|i| f64::from(i).sin() * 3.0 + 0.1).collect();
    for (name, plot) in plots(&numbers, "x") {
        let svg = plot.to_svg(&Style::default());
        assert!(check(name, &svg) < 1500, "{name}");
        assert!(svg.len() < 300_000, "{name}: {} bytes", svg.len());
        let cut = ["shown", "stands for", "joined", "Drawn at"].iter().any(|word| svg.contains(word));
        let whole = ["density", "counts", "density with curve", "counts with curve", "energy"].contains(&name);
        assert!(cut || whole || svg.contains("There are no"), "{name} does not say what it leaves out");
    }
}

#[test]
fn the_same_data_give_the_same_picture() {
    let numbers: Vec<f64> = (0..1000).map(|i| f64::from(i).cos()).collect();
    for ((name, a), (_, b)) in plots(&numbers, "θ[日本]").into_iter().zip(plots(&numbers, "θ[日本]")) {
        assert_eq!(a.to_svg(&Style::default()), b.to_svg(&Style::default()), "{name}");
    }
}

#[test]
fn styles_differ_in_colours_only() {
    let light = Style::default();
    let dark = Style { theme: Theme::Dark, ..light.clone() };
    for (name, plot) in plots(&[1.0, 2.0, 4.0, 8.0], "x") {
        let (light, dark) = (plot.to_svg(&light), plot.to_svg(&dark));
        assert_ne!(light, dark, "{name}");
        let shape = |svg: &str| svg.split('#').map(|part| part.get(6..).unwrap_or("").to_owned()).collect::<Vec<_>>();
        assert_eq!(shape(&light)[1..], shape(&dark)[1..], "{name}");
    }
    for width in [NAN, 0.0, 100.0, 2000.0, INFINITE] {
        for (name, plot) in plots(&[1.0, 2.0, 4.0, 8.0], "a label") {
            check(name, &plot.to_svg(&Style { width, background: false, ..Style::default() }));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_data_make_a_picture(numbers in prop::collection::vec(any::<f64>(), 0..40), text in "\\PC{0,40}") {
        check_all(&numbers, &text);
    }

    #[test]
    fn any_ordinary_data_make_a_picture(numbers in prop::collection::vec(-1e3..1e3_f64, 0..300), text in ".{0,20}") {
        check_all(&numbers, &text);
    }
}
