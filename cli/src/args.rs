//! The arguments, with their domains and help.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use polya::Until;
use polya::models::Passes;

use crate::failure::Failure;
use crate::output;
use crate::values::{self, Setting};

/// Bayesian inference for count data: a model of a few lines becomes a posterior with its verdict.
#[derive(Debug, Parser)]
#[command(
    name = "polya",
    bin_name = "polya",
    version,
    arg_required_else_help = true,
    after_help = "Example:\n  polya fit rats.polya --data rats.csv --seed 7"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Print nothing but results and errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Threads to use [default: all cores].
    #[arg(long, global = true, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=4096))]
    pub threads: Option<usize>,
}

/// The commands there are.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bind a model to data, sample, and print the summary.
    Fit(Box<FitOptions>),
    /// Check a model, with data bind it too, and explain what the compiler made of it. Samples nothing.
    Check(CheckOptions),
    /// Print the summary of a kept fit.
    Summary(SummaryOptions),
    /// Draw data from the priors alone, and say what they imply for each observed column.
    Prior(PriorOptions),
    /// Check a kept fit against its data: does data that the model makes look like them?
    Ppc(PpcOptions),
    /// Leave out each row of a kept fit in turn (PSIS-LOO), and say how sensitive it is to its priors.
    Loo(KeptOptions),
    /// Judge a kept fit by all that is known of it: its sampling, its data, its priors.
    Verdict(KeptOptions),
    /// Rank the models of kept fits by how well they predict rows they have not seen.
    Compare(CompareOptions),
    /// How probable the data of kept fits were under their models: marginal likelihoods, and Bayes factors.
    Evidence(EvidenceOptions),
    /// Check that the inference finds what data were made from, on the rows of a table.
    Sbc(SbcOptions),
    /// Write one page about a kept fit.
    Report(ReportOptions),
    /// Write one plot of a kept fit, as SVG or PNG.
    Plot(PlotOptions),
}

/// Where the data come from.
#[derive(Debug, Args)]
pub struct DataOptions {
    /// The data: CSV, TSV, JSON lines, Parquet or Arrow IPC; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// The format of the data [default: by the file's ending].
    #[arg(long, value_name = "FORMAT", requires = "data")]
    pub data_format: Option<DataFormat>,
}

/// Which passes of the compiler run.
#[derive(Debug, Args)]
pub struct PassOptions {
    /// Integrate nothing out: sample every parameter as written, for comparison.
    #[arg(long)]
    pub no_integrate: bool,
    /// Keep every row: collapse none to cells, for comparison.
    #[arg(long)]
    pub no_collapse: bool,
}

impl PassOptions {
    /// The passes.
    pub fn passes(&self) -> Passes {
        Passes { integrate: !self.no_integrate, collapse: !self.no_collapse }
    }
}

/// Options of `polya fit`.
#[derive(Debug, Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Example:\n  polya fit rats.polya --data rats.csv --seed 7 --out rats-fit\n\nExit codes: 0 the fit stands, 1 it is not to be trusted, 2 the request is wrong, 3 the machine failed."
)]
pub struct FitOptions {
    /// The file of the model.
    pub model: PathBuf,
    #[command(flatten)]
    pub data: DataOptions,
    /// Independent chains.
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    pub chains: usize,
    /// Groups of chains, each of which starts from one point: nested R-hat then judges many short chains.
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(2..=10_000))]
    pub superchains: Option<usize>,
    /// Warmup transitions of each chain.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(0..=1_000_000_000))]
    pub warmup: usize,
    /// Draws of each chain.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000_000))]
    pub draws: usize,
    /// The seed: the same one gives the same bits [default: picked and printed].
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The acceptance probability that the step size aims at, between 0 and 1.
    #[arg(long, default_value_t = 0.8, value_name = "P", value_parser = values::probability)]
    pub target_accept: f64,
    /// The greatest depth of a trajectory's tree.
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20))]
    pub max_depth: u32,
    /// Make every draw by a trajectory, without independence steps.
    #[arg(long)]
    pub no_independence: bool,
    /// Set an input: `--set slo=0.999`, `--set prior=[2,1,1]`. May stand more than once.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = values::setting)]
    pub settings: Vec<Setting>,
    /// What is printed.
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: Format,
    /// Go on until this is reached: `ess=400,rhat=1.01`.
    #[arg(long, value_name = "TARGET", value_parser = values::target)]
    pub until: Option<Until>,
    /// At most so many draws of each chain [default: 10 times --draws].
    #[arg(long, value_name = "N", requires = "until", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000_000))]
    pub max_draws: Option<usize>,
    /// Stop after this time with what there is, and exit with 1: `500ms`, `30s`, `10m`, `2h`.
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub time_limit: Option<Duration>,
    /// The variables whose draws --out keeps [default: all].
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', requires = "out")]
    pub keep: Option<Vec<String>>,
    /// The variables that are listed [default: all].
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub show: Option<Vec<String>>,
    #[command(flatten)]
    pub passes: PassOptions,
    /// Keep the fit in this folder, which is new, empty or a kept fit.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What --out writes the draws as, for other programs.
    #[arg(long, default_value = "parquet", value_name = "FORMAT", requires = "out")]
    pub draws_format: DrawsFormat,
}

/// Options of `polya check`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  polya check rats.polya --data rats.csv")]
pub struct CheckOptions {
    /// The file of the model.
    pub model: PathBuf,
    #[command(flatten)]
    pub data: DataOptions,
    /// Set an input: `--set slo=0.999`, `--set prior=[2,1,1]`. May stand more than once.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = values::setting)]
    pub settings: Vec<Setting>,
    #[command(flatten)]
    pub passes: PassOptions,
}

/// Options of `polya summary`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  polya summary rats-fit --show mu,kappa")]
pub struct SummaryOptions {
    /// The folder of a kept fit.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// What is printed.
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: Format,
    /// The variables that are listed [default: all].
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub show: Option<Vec<String>>,
}

/// Options of commands that read one kept fit.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  polya loo rats-fit --format json\n  polya verdict rats-fit")]
pub struct KeptOptions {
    /// The folder of a kept fit.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// What is printed.
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: Format,
}

/// Options of `polya ppc`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  polya ppc rats-fit\n  polya ppc sales-fit --by region,month\n  polya ppc sales-fit --by weekday --data sales.csv\n\nThe exit code is 0, surprising statistics or not: they are for people to judge; programs read `findings`."
)]
pub struct PpcOptions {
    /// The folder of a kept fit.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Check each group of rows with the same labels in these columns.
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    pub by: Vec<String>,
    /// The data of the fit, for columns that its model does not declare.
    #[command(flatten)]
    pub data: DataOptions,
    /// What is printed.
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: Format,
}

/// Options of `polya compare`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  polya compare pooled-fit hierarchical-fit\n  polya compare pooled-fit hierarchical-fit --groups"
)]
pub struct CompareOptions {
    /// The folders of kept fits of the same rows.
    #[arg(value_name = "DIR", num_args = 2.., required = true)]
    pub folders: Vec<PathBuf>,
    /// Leave out whole groups, those whose own parameter the first fit that has such groups integrated out.
    #[arg(long)]
    pub groups: bool,
    /// What is printed.
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: Format,
}

/// Options of `polya evidence`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  polya evidence free-fit\n  polya evidence free-fit fair-fit --format json\n\nExit codes: 0, or 1 where a standard error is above 0.2 or a fit is not to be trusted."
)]
pub struct EvidenceOptions {
    /// The folders of kept fits; of several, Bayes factors are against the first.
    #[arg(value_name = "DIR", num_args = 1.., required = true)]
    pub folders: Vec<PathBuf>,
    /// What is printed.
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: Format,
}

/// Options of `polya prior`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  polya prior rats.polya --data rats.csv --seed 7")]
pub struct PriorOptions {
    /// The file of the model.
    pub model: PathBuf,
    #[command(flatten)]
    pub data: DataOptions,
    /// Draws from the prior.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    pub draws: usize,
    /// The seed: the same one gives the same bits [default: picked and printed].
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Set an input: `--set slo=0.999`, `--set prior=[2,1,1]`. May stand more than once.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = values::setting)]
    pub settings: Vec<Setting>,
    /// What is printed.
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: Format,
}

/// Options of `polya sbc`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  polya sbc rats.polya --data rats.csv --sims 200 --seed 7 --journal rats-sbc.jsonl")]
pub struct SbcOptions {
    /// The file of the model.
    pub model: PathBuf,
    #[command(flatten)]
    pub data: DataOptions,
    /// Data sets that are simulated.
    #[arg(long, default_value_t = 200, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(10..=1_000_000))]
    pub sims: usize,
    /// Warmup transitions of each fit.
    #[arg(long, default_value_t = 500, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(0..=1_000_000))]
    pub warmup: usize,
    /// Draws that a true value is ranked among.
    #[arg(long, default_value_t = 99, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(3..=100_000))]
    pub ranks: usize,
    /// Draws made for each that is kept, so that these are nearly independent.
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    pub thin: usize,
    /// The seed: the same one gives the same bits [default: picked and printed].
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Set an input: `--set slo=0.999`, `--set prior=[2,1,1]`. May stand more than once.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = values::setting)]
    pub settings: Vec<Setting>,
    /// Keep finished simulations in this file, and go on with those that are in it, also to more of them; needs --seed.
    #[arg(long, value_name = "FILE", requires = "seed")]
    pub journal: Option<PathBuf>,
    /// What is printed.
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: Format,
}

/// Options of `polya report`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  polya report rats-fit --html rats.html")]
pub struct ReportOptions {
    /// The folder of a kept fit.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The page to write.
    #[arg(long, value_name = "FILE")]
    pub html: PathBuf,
}

/// Options of `polya plot`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  polya plot rats-fit forest --out theta.svg\n  polya plot rats-fit density --name kappa --out kappa.png"
)]
pub struct PlotOptions {
    /// The folder of a kept fit.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// What is drawn.
    #[arg(value_name = "KIND")]
    pub kind: PlotKind,
    /// The file to write; its ending, svg or png, says how.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The plot whose title holds this [default: the first].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The width in pixels, from 240 to 4000.
    #[arg(long, default_value_t = 480.0, value_name = "PIXELS", value_parser = values::width)]
    pub width: f64,
}

/// The kinds of plots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlotKind {
    /// The levels of a variable with their intervals.
    Forest,
    /// A posterior over its prior.
    Density,
    /// Ranks of each chain's draws among those of all.
    Ranks,
    /// Draws in the order they were made.
    Trace,
    /// Energies of the sampler.
    Energy,
    /// Sampled quantities against each other.
    Pairs,
    /// Counts of the data against those expected.
    Rootogram,
    /// Places of the rows in their predictive distributions, against the uniform.
    Pit,
    /// Predictive intervals against the data.
    Intervals,
    /// Pareto k of each row.
    Loo,
    /// Sensitivity to priors and likelihood.
    Sensitivity,
}

/// What is printed on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people.
    Table,
    /// One object for programs.
    Json,
}

/// The formats of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DataFormat {
    Csv,
    Tsv,
    #[value(alias = "json", alias = "ndjson")]
    Jsonl,
    Parquet,
    #[value(alias = "ipc", alias = "feather")]
    Arrow,
}

/// The formats of kept draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DrawsFormat {
    /// One Parquet file.
    Parquet,
    /// One CSV for each chain besides, as CmdStan writes them.
    Cmdstan,
    /// An Arrow IPC file besides, `draws.arrow`.
    Arrow,
    /// An InferenceData store besides, which `arviz.from_zarr` opens.
    Arviz,
}

impl Cli {
    /// What the command prints on standard output.
    pub fn format(&self) -> Format {
        match &self.command {
            Command::Fit(options) => options.format,
            Command::Summary(options) => options.format,
            Command::Prior(options) => options.format,
            Command::Ppc(options) => options.format,
            Command::Loo(options) | Command::Verdict(options) => options.format,
            Command::Compare(options) => options.format,
            Command::Evidence(options) => options.format,
            Command::Sbc(options) => options.format,
            Command::Check(_) | Command::Report(_) | Command::Plot(_) => Format::Table,
        }
    }
}

/// Reads the arguments, and checks what no single one can tell.
pub fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let cli = Cli::try_parse_from(arguments)?;
    let usage = |message: String| Cli::command().error(ErrorKind::ValueValidation, message);
    let settings = match &cli.command {
        Command::Fit(options) => {
            if let Some(max) = options.max_draws.filter(|&max| max < options.draws) {
                return Err(usage(format!("--max-draws {max} is below --draws {}", options.draws)));
            }
            &options.settings
        }
        Command::Check(options) => &options.settings,
        Command::Prior(options) => &options.settings,
        Command::Sbc(options) => &options.settings,
        _ => return Ok(cli),
    };
    for (i, setting) in settings.iter().enumerate() {
        if settings.iter().take(i).any(|other| other.name == setting.name) {
            return Err(usage(format!("--set {} stands twice", setting.name)));
        }
    }
    Ok(cli)
}

/// Prints help, or what is wrong with the arguments; the latter also as JSON where that was asked for.
pub fn report(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let rendered = error.render();
    if !error.use_stderr() {
        return output::print(
            if output::colours_on_stdout() { rendered.ansi().to_string() } else { rendered.to_string() },
            crate::STANDS,
        );
    }
    let failure = usage_failure(error, &rendered.to_string());
    eprint!("{}", if output::colours_on_stderr() { rendered.ansi().to_string() } else { rendered.to_string() });
    if error.kind() == ErrorKind::InvalidSubcommand {
        eprintln!("\ncommands: {}", commands());
    }
    if wants_json(arguments) {
        output::print(failure.to_json() + "\n", crate::WRONG)
    } else {
        ExitCode::from(crate::WRONG)
    }
}

fn usage_failure(error: &clap::Error, rendered: &str) -> Failure {
    let text = rendered.strip_prefix("error: ").unwrap_or(rendered).trim();
    let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::request("no command is given").help(format!("commands: {}", commands()));
    }
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut help = rest.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidSubcommand) {
        help = format!("there is no command `{value}`; commands: {}", commands());
    }
    Failure::request(message).help(help)
}

fn commands() -> String {
    let command = Cli::command();
    command.get_subcommands().map(|command| command.get_name().to_owned()).collect::<Vec<_>>().join(", ")
}

/// Whether arguments that cannot be read as a whole ask for JSON.
fn wants_json(arguments: &[OsString]) -> bool {
    let pairs = arguments.iter().zip(arguments.iter().skip(1));
    arguments.iter().any(|argument| argument == "--format=json")
        || pairs.into_iter().any(|(option, value)| option == "--format" && value == "json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Cli, clap::Error> {
        parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_parser_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn defaults_are_those_of_the_contract() {
        let Ok(Cli { command: Command::Fit(options), .. }) =
            parsed("polya fit m.polya --data - --data-format csv --set a=-1.5 --set b=[1,-2] -q --threads 3")
        else {
            panic!("not parsed")
        };
        assert_eq!(
            (options.chains, options.warmup, options.draws, options.max_depth, options.target_accept),
            (4, 1000, 1000, 10, 0.8)
        );
        assert_eq!(
            options.settings.iter().map(|setting| setting.values.clone()).collect::<Vec<_>>(),
            [vec![-1.5], vec![1.0, -2.0]]
        );
        assert_eq!((options.seed, options.format), (None, Format::Table));
    }

    #[test]
    fn values_outside_their_domain_are_usage_errors() {
        let wrong = [
            "--chains 0",
            "--draws 0",
            "--draws -1",
            "--target-accept 2",
            "--target-accept 0",
            "--target-accept nan",
            "--format xml",
            "--max-depth 0",
            "--seed -1",
            "--seed 18446744073709551616",
            "--time-limit 30",
            "--time-limit -3s",
            "--until ess",
            "--until speed=3",
            "--set a",
            "--set =1",
            "--set a=b",
            "--set a=1e999",
            "--set a=1 --set a=2",
            "--threads 0",
            "--max-draws 5",
            "--until ess=4 --max-draws 5",
            "--keep mu",
            "--drawz 3",
            "--draws-format zarr",
            "--data-format csv",
            "--chains 1.5",
        ];
        for options in wrong {
            let error = parsed(&format!("polya fit m.polya {options}"));
            assert!(error.as_ref().is_err_and(|error| error.use_stderr()), "{options}");
        }
    }

    #[test]
    fn unknown_commands_list_those_there_are() {
        let Err(error) = parsed("polya batch m.polya") else { panic!("accepted") };
        let failure = usage_failure(&error, &error.render().to_string());
        assert!(failure.to_json().contains("fit, check, summary"), "{}", failure.to_json());
    }

    #[test]
    fn json_is_found_in_unreadable_arguments() {
        let line = |text: &str| text.split_whitespace().map(OsString::from).collect::<Vec<_>>();
        assert!(wants_json(&line("polya fit --drawz 3 --format json")));
        assert!(wants_json(&line("polya fit --format=json --drawz")));
        assert!(!wants_json(&line("polya fit json --format")));
    }
}
