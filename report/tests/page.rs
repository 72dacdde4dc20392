//! The page is well-formed, whole in itself, and readable to all.

use polya_report::page::{
    CheckRow, Compiled, CompiledVariable, CoverageRow, Finding, LooSection, Outcome, Page, Parameter, Parameters,
    PredictiveChecks, Question, Section, Verdict,
};
use polya_report::plot::{
    Comparison, Density, Energy, EnergyChain, Forest, ForestRow, Loo, LooRow, PairVariable, Pairs, RankHistograms,
    Trace,
};
use roxmltree::{Document, Node, ParsingOptions};

const HOSTILE: &str = "<script>alert('1')</script>\"&]]>\u{0}</title></style><!--";

fn page(text: &str, number: f64, rows: usize) -> Page {
    let words = || text.to_owned();
    let parameter = Parameter {
        name: words(),
        kind: words(),
        mean: number,
        sd: number,
        q5: number,
        median: number,
        q95: number,
        mcse_mean: Some(number),
        ess_bulk: Some(number),
        ess_tail: None,
        rhat: Some(number),
        flagged: true,
    };
    let finding = |outcome| Finding { outcome, message: words(), advice: words(), scalars: vec![words()] };
    let variable =
        CompiledVariable { name: words(), role: words(), size: Some(1), distribution: words(), reason: words() };
    let check = CheckRow {
        statistic: words(),
        observed: number,
        low: number,
        median: number,
        high: number,
        p: number,
        flagged: true,
    };
    let coverage = CoverageRow { nominal: 0.5, observed: number, expected: number };
    let forest = Forest {
        rows: vec![ForestRow { label: words(), point: number, ..ForestRow::default() }; rows],
        ..Forest::default()
    };
    let pair = PairVariable { name: words(), draws: vec![number; rows] };
    let pairs = |n| Pairs { title: words(), variables: vec![pair.clone(); n], divergent: vec![] };
    Page {
        title: words(),
        subtitle: words(),
        question: Some(Question { paragraphs: vec![words()], model: words() }),
        compiled: Some(Compiled { derivation: vec![words()], variables: vec![variable; rows], notes: vec![words()] }),
        verdict: Some(Verdict {
            outcome: Outcome::Fail,
            summary: words(),
            findings: [Outcome::Ok, Outcome::Warn, Outcome::Fail].map(finding).to_vec(),
        }),
        parameters: Some(Parameters { rows: vec![parameter; rows], notes: vec![words()] }),
        forests: vec![forest].into(),
        densities: Section {
            plots: vec![Density { title: words(), draws: vec![number; 3], ..Density::default() }; rows],
            notes: vec![words()],
        },
        energy: Some(Energy {
            title: words(),
            chains: vec![EnergyChain { energies: vec![number], ebfmi: Some(number) }],
            limit: 0.3,
        }),
        pairs: vec![pairs(2), pairs(4)].into(),
        checks: PredictiveChecks { statistics: vec![check], coverage: vec![coverage], ..PredictiveChecks::default() },
        loo: Some(LooSection {
            elpd: (number, number),
            p_loo: (number, number),
            plot: Loo { title: words(), rows: vec![LooRow { label: words(), k: Some(number) }], ..Loo::default() },
            notes: vec![words()],
        }),
        comparison: Some(Comparison { title: words(), models: vec![] }),
        provenance: vec![(words(), words())],
        notes: vec![words()],
        ..Page::default()
    }
}

fn with_document(html: &str, check: impl FnOnce(&Document<'_>)) {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(html, options).unwrap_or_else(|error| panic!("{error}"));
    check(&document);
}

fn named<'a>(document: &'a Document<'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(move |node| node.tag_name().name() == name)
}

#[test]
fn any_page_is_well_formed() {
    for text in ["", "x", HOSTILE] {
        for number in [1.0, 0.0, f64::NAN, f64::INFINITY, -1e300] {
            with_document(&page(text, number, 2).to_html(), |_| {});
        }
    }
    with_document(&Page::default().to_html(), |document| assert_eq!(named(document, "section").count(), 0));
}

#[test]
fn words_are_shown_and_never_obeyed() {
    with_document(&page(HOSTILE, 1.0, 2).to_html(), |document| {
        assert_eq!(named(document, "script").count(), 1, "only the one that sorts");
        assert_eq!(named(document, "style").count(), 1);
        let shown: String = document.descendants().filter_map(|node| node.text()).collect();
        assert!(shown.contains("<script>alert('1')</script>"));
    });
}

#[test]
fn nothing_is_loaded() {
    let html = page("x", 1.0, 2).to_html();
    with_document(&html, |document| {
        for node in document.descendants() {
            for attribute in node.attributes().filter(|a| ["src", "href", "srcset", "data"].contains(&a.name())) {
                let own = attribute.value().starts_with('#') || attribute.value().starts_with("data:");
                assert!(own, "{attribute:?}");
            }
            assert!(node.attributes().all(|a| !a.name().starts_with("on")));
        }
    });
    let addresses = html.matches("http").count() - html.matches("http-equiv").count();
    assert_eq!(addresses, html.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
}

#[test]
fn it_can_be_read_without_seeing_it() {
    with_document(&page("x", 1.0, 2).to_html(), |document| {
        assert_eq!(document.root_element().attribute("lang"), Some("en"));
        assert_eq!(named(document, "h1").count(), 1);
        let headings =
            document.descendants().filter_map(|node| node.tag_name().name().strip_prefix('h')?.parse::<u8>().ok());
        let levels: Vec<u8> = headings.collect();
        assert!(levels[0] == 1 && levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
        for head in named(document, "th") {
            assert!(head.attribute("scope").is_some());
        }
        for table in named(document, "table") {
            assert!(table.children().any(|node| node.tag_name().name() == "caption"));
        }
        for figure in named(document, "figure") {
            let plot = figure.children().find(|node| node.is_element()).unwrap();
            assert_eq!(plot.attribute("role"), Some("img"));
            assert!(plot.children().any(|node| node.tag_name().name() == "title"));
        }
        let mut ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "ids are unique");
        for link in named(document, "a").filter_map(|node| node.attribute("href")) {
            assert!(ids.contains(&link.trim_start_matches('#')), "{link}");
        }
    });
}

#[test]
fn large_fits_make_pages_that_open() {
    let html = page("theta[a level]", 0.5, 20_000).to_html();
    assert!(html.len() < 3_000_000, "{} bytes", html.len());
    for said in
        ["19500 more rows are not shown", "19800 more variables are not shown", "19976 more plots are not shown"]
    {
        assert!(html.contains(said), "{said}");
    }
    assert_eq!(html, page("theta[a level]", 0.5, 20_000).to_html());
}

#[test]
fn plots_follow_the_colours_of_the_reader() {
    let html = page("x", 1.0, 2).to_html();
    for part in ["prefers-color-scheme:dark", ".f-accent{fill:var(--accent)}", "class=\"f-text\"", "@media print"] {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn a_verdict_says_each_thing_once() {
    let finding = Finding {
        outcome: Outcome::Warn,
        message: "R-hat of mu is 1.2.".to_owned(),
        advice: "See `polya summary`; run longer (--draws 2000).".to_owned(),
        scalars: vec!["tau".to_owned()],
    };
    let summary = "Do not trust this fit as it is; below is what to do.".to_owned();
    let verdict = Verdict { outcome: Outcome::Fail, summary: summary.clone(), findings: vec![finding] };
    let html = Page { verdict: Some(verdict), ..Page::default() }.to_html();
    with_document(&html, |document| {
        let within = document.descendants().find(|node| node.attribute("id") == Some("verdict")).unwrap();
        let words: String = within.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
        assert_eq!(words.matches("Do not trust").count(), 1, "{words}");
        assert!(words.contains("Concerns tau."), "{words}");
        let code: Vec<_> = named(document, "code").filter_map(|node| node.text()).collect();
        assert_eq!(code, ["polya summary", "--draws"]);
    });
}

#[test]
fn what_is_to_be_said_of_two_sections_is_said_once() {
    let plot = |title: &str| RankHistograms { title: title.to_owned(), chains: vec![vec![1; 20]; 4], band: None };
    let trace = Trace { title: "mu".to_owned(), chains: vec![vec![1.0, 2.0]], ..Trace::default() };
    let notes = || vec!["12 of 500 are shown.".to_owned()];
    let page = Page {
        ranks: Section { plots: vec![plot("mu")], notes: notes() },
        traces: Section { plots: vec![trace], notes: notes() },
        ..Page::default()
    };
    assert_eq!(page.to_html().matches("12 of 500 are shown.").count(), 1);
}
