//! CmdStan's CSV: one file for each chain, read by cmdstanpy, cmdstanr, posterior and ArviZ.
//!
//! CmdStan's names have positions instead of labels: `theta.1` is the first level of `theta`. Comments at the end of the
//! file say which is which.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::error::KeepError;
use super::{KeptFit, SamplerRow};
use crate::draws::Scalar;

const SAMPLER: &str = "lp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__";

/// Writes `draws-1.csv` and so on.
pub(super) fn write(folder: &Path, fit: &KeptFit<'_>, kept: &[usize]) -> Result<(), KeepError> {
    let scalars: Vec<&Scalar> = kept.iter().filter_map(|&i| fit.draws.scalars().get(i)).collect();
    let names = positional(&scalars);
    for chain in 0..fit.draws.chains() {
        let path = folder.join(format!("draws-{}.csv", chain + 1));
        let file = File::create(&path).map_err(KeepError::io(&path))?;
        let mut out = BufWriter::new(file);
        write_chain(&mut out, fit, kept, &scalars, &names, chain).map_err(KeepError::io(&path))?;
        let file = out.into_inner().map_err(|error| KeepError::io(&path)(error.into_error()))?;
        file.sync_all().map_err(KeepError::io(&path))?;
    }
    Ok(())
}

fn write_chain(
    out: &mut impl Write,
    fit: &KeptFit<'_>,
    kept: &[usize],
    scalars: &[&Scalar],
    names: &[String],
    chain: usize,
) -> io::Result<()> {
    let exact = fit.sampler.is_empty();
    write_head(out, fit, chain, exact)?;
    writeln!(out, "{SAMPLER}{}{}", if names.is_empty() { "" } else { "," }, names.join(","))?;
    if !exact {
        writeln!(out, "# Adaptation terminated")?;
        writeln!(out, "# Step size = {}", fit.summary.sampler.step_size.get(chain).copied().unwrap_or(f64::NAN))?;
    }
    for draw in 0..fit.draws.draws() {
        let row = fit
            .sampler
            .get(chain)
            .and_then(|rows| rows.get(draw))
            .copied()
            .unwrap_or(SamplerRow { acceptance: 1.0, ..SamplerRow::default() });
        let SamplerRow { energy, depth, step_size, divergent, acceptance, log_density, leapfrogs } = row;
        write!(out, "{log_density},{acceptance},{step_size},{depth},{leapfrogs},{},{energy}", u8::from(divergent))?;
        for &i in kept {
            write!(out, ",{}", number(fit.draws.chain(i, chain).get(draw).copied().unwrap_or(f64::NAN)))?;
        }
        writeln!(out)?;
    }
    let timing = fit.summary.timing_s;
    writeln!(out, "#")?;
    writeln!(out, "#  Elapsed Time: {} seconds (Warm-up)", timing.warmup)?;
    writeln!(out, "#                {} seconds (Sampling)", timing.sample)?;
    writeln!(out, "#                {} seconds (Total)", timing.warmup + timing.sample)?;
    writeln!(out, "#")?;
    // Last, where no reader takes a label for a setting.
    for (scalar, name) in scalars.iter().zip(names).filter(|(scalar, name)| scalar.name != **name) {
        writeln!(out, "# column {name} = {}", one_line(&scalar.name))?;
    }
    Ok(())
}

/// The settings, in CmdStan's words. Its readers want a metric: a kept fit has none, which is how `unit_e` is written.
fn write_head(out: &mut impl Write, fit: &KeptFit<'_>, chain: usize, exact: bool) -> io::Result<()> {
    let sampler = &fit.summary.sampler;
    let max_depth = fit.settings.get("max_depth").and_then(serde_json::Value::as_u64).unwrap_or(10);
    // The version whose format this is.
    for (part, number) in [("major", 2), ("minor", 36), ("patch", 0)] {
        writeln!(out, "# stan_version_{part} = {number}")?;
    }
    writeln!(out, "# model = {}", one_line(&fit.summary.model.path))?;
    writeln!(out, "# method = sample (Default)")?;
    writeln!(out, "#   sample")?;
    writeln!(out, "#     num_samples = {}", sampler.draws)?;
    // cmdstanpy refuses a run without warmup; none of it is in the file either way.
    writeln!(out, "#     num_warmup = {}", sampler.warmup.max(1))?;
    writeln!(out, "#     save_warmup = 0")?;
    writeln!(out, "#     thin = 1")?;
    if exact {
        writeln!(out, "#     algorithm = fixed_param")?;
    } else {
        writeln!(out, "#     algorithm = hmc")?;
        writeln!(out, "#       hmc")?;
        writeln!(out, "#         engine = nuts")?;
        writeln!(out, "#           nuts")?;
        writeln!(out, "#             max_depth = {max_depth}")?;
        writeln!(out, "#         metric = unit_e")?;
    }
    writeln!(out, "# id = {}", chain + 1)?;
    writeln!(out, "# random")?;
    writeln!(out, "#   seed = {}", sampler.seed)
}

/// Names with the position of each level among those of its index, in the order of the scalars.
fn positional(scalars: &[&Scalar]) -> Vec<String> {
    let mut positions: HashMap<(&str, usize, &str), usize> = HashMap::new();
    let mut sizes: HashMap<(&str, usize), usize> = HashMap::new();
    scalars
        .iter()
        .map(|scalar| {
            let mut name = scalar.variable.clone();
            for (index, level) in scalar.levels.iter().enumerate() {
                let position = *positions.entry((&scalar.variable, index, level)).or_insert_with(|| {
                    let size = sizes.entry((&scalar.variable, index)).or_default();
                    *size += 1;
                    *size
                });
                name.push_str(&format!(".{position}"));
            }
            name
        })
        .collect()
}

fn number(value: f64) -> String {
    if value.is_finite() {
        value.to_string()
    } else if value.is_nan() {
        "nan".to_owned()
    } else {
        format!("{}inf", if value < 0.0 { "-" } else { "" })
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
