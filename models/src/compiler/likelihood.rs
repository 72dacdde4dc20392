//! The log density of what is observed, in the form each distribution and link have, and whether data are in the support.

use super::arguments::Arguments;
use super::columns::at_rows;
use super::context::Context;
use super::density::{Density, Part, Variate};
use super::graph::NodeId;
use super::statements::Compiler;
use crate::bind::Column;
use crate::distributions::{
    self as d, Support, beta_binomial, binomial, dirichlet_multinomial, geometric, multinomial, negative_binomial,
    poisson,
};
use crate::error::{Error, ErrorKind};
use crate::program::of_cell;
use crate::program::ops::Binary;
use crate::syntax::{Name, Span};
use std::sync::Arc;

/// Observed values, cell after cell.
#[derive(Clone, Debug)]
pub enum Observations {
    /// A number for each cell.
    Numbers(Arc<[f64]>),
    /// A vector of counts of that length for each cell.
    Counts(Arc<[f64]>, usize),
    /// A category for each cell, of so many.
    Categories(Vec<u32>, usize),
}

impl Compiler<'_> {
    /// The log density of an observed column at some rows.
    pub(super) fn observed_density(
        &mut self,
        name: &Name,
        arguments: &Arguments,
        context: &Context,
    ) -> Result<(Density, Observations), Error> {
        let rows = context.rows.clone().unwrap_or_else(|| Arc::new([]));
        let Some(column) = self.bound.columns.get(&name.text).cloned() else {
            return Err(Error::new(ErrorKind::NoData, name.span));
        };
        let (parts, observed) = match &column {
            Column::Number(values) => {
                let y = at_rows(values, &rows, 1);
                (self.observed_scalar(name, arguments, y.clone(), context)?, Observations::Numbers(y))
            }
            Column::Vector { index, values } => {
                let k = self.bound.levels(*index).len();
                let y = at_rows(values, &rows, k);
                if arguments.distribution.support() == Support::Simplex {
                    let parts = self.observed_simplices(name, arguments, &y, k, *index, context)?;
                    return Ok((Density { parts, cells: rows.len() }, Observations::Counts(y, k)));
                }
                if matches!(self.bound.field_kind(&name.text), Some(crate::syntax::FieldKind::Reals(_))) {
                    return Err(self.wrong_column(name, arguments.distribution.name(), arguments.span));
                }
                (self.observed_counts(name, arguments, y.clone(), k, *index, context)?, Observations::Counts(y, k))
            }
            Column::Factor { index, codes } => {
                let y: Vec<u32> = rows.iter().map(|r| codes[*r as usize]).collect();
                let k = self.bound.levels(*index).len();
                (self.observed_category(name, arguments, &y, *index)?, Observations::Categories(y, k))
            }
        };
        self.check_possible(name, arguments, &parts, &observed, context)?;
        Ok((Density { parts, cells: rows.len() }, observed))
    }

    /// Data of probability 0 under constant arguments, such as a count above 0 under a rate of 0.
    fn check_possible(
        &self,
        name: &Name,
        arguments: &Arguments,
        parts: &[Part],
        observed: &Observations,
        context: &Context,
    ) -> Result<(), Error> {
        for part in parts {
            let Some(values) = self.graph.constant_of(part.node) else { continue };
            let Some(at) = values.iter().position(|v| !v.is_finite()) else { continue };
            let cell = at / part.elements();
            let value = match observed {
                Observations::Numbers(y) => y.get(cell).map(f64::to_string),
                Observations::Counts(y, k) => y.get(at).or(y.get(cell * k)).map(f64::to_string),
                Observations::Categories(y, _) => y.get(cell).map(|c| format!("category {}", c + 1)),
            };
            let kind = ErrorKind::OutsideSupport {
                column: name.text.clone(),
                value: value.unwrap_or_else(|| "a value".into()),
                distribution: arguments.distribution.name().into(),
                expected: "possible under these arguments: its probability is 0".into(),
            };
            return Err(self.at_cell(Error::new(kind, name.span), cell, true, context));
        }
        Ok(())
    }

    fn wrong_column(&self, name: &Name, distribution: &str, span: Span) -> Error {
        let what = self.bound.field_kind(&name.text).map_or_else(|| "unknown".to_owned(), crate::resolve::describe);
        let expected = match distribution {
            "Categorical" => "a factor, as Categorical needs".to_owned(),
            "Multinomial" | "DirichletMultinomial" => {
                format!("a vector of counts (counts(…)), as {distribution} needs")
            }
            "Dirichlet" => "a vector of real columns (reals(…)), as Dirichlet needs".to_owned(),
            _ => format!("a column of numbers, as {distribution} needs"),
        };
        Error::new(ErrorKind::WrongKind { name: name.text.clone(), what, expected }, span)
    }

    fn observed_scalar(
        &mut self,
        name: &Name,
        arguments: &Arguments,
        y: Arc<[f64]>,
        context: &Context,
    ) -> Result<Vec<Part>, Error> {
        let Some(scalar) = arguments.distribution.scalar() else {
            return Err(self.wrong_column(name, arguments.distribution.name(), arguments.span));
        };
        let canonical = self.canonical(arguments);
        self.check_support(name, arguments, &canonical, &y, context)?;
        let cells = y.len();
        let x = self.graph.constant(y.clone());
        // Arguments that are data make the density a constant, computed whole rather than from its pieces; but not those
        // whose rounded value lost a link scale.
        let linked = canonical.iter().any(|c| self.graph.natural_log(*c).is_some());
        if !linked && let Some(values) = self.constant_density(scalar, &canonical, &y) {
            return Ok(vec![Part::cells(self.graph.constant(values), 1)]);
        }
        if !arguments.distribution.is_discrete() {
            return Ok(self.continuous_density(arguments, Variate { x, log: None, log1m: None }));
        }
        let part = |node| Part::cells(node, 1);
        let g = &mut self.graph;
        let a = arguments.all();
        let base_of = |f: &dyn Fn(f64) -> f64| y.iter().map(|y| f(*y)).collect::<Vec<f64>>();
        let parts = match (arguments.distribution.name(), arguments.list, a.as_slice()) {
            ("Bernoulli", _, &[p]) => {
                let one = g.scalar(1.0);
                vec![part(self.binomial_kernel(x, one, p))]
            }
            ("Binomial", _, &[n, p]) => {
                let base = self.count_base(&y, n, binomial::base);
                vec![part(self.binomial_kernel(x, n, p)), base]
            }
            ("Geometric", _, &[p]) => {
                let kernel = if let Some(eta) = g.known_logit(p) {
                    g.fused(&geometric::LINK_KERNEL, vec![x, eta])
                } else if g.natural_log(p).is_some() {
                    let (log, log1m) = (g.log(p), g.log1m(p));
                    g.fused(&geometric::LOG_KERNEL, vec![x, log, log1m])
                } else {
                    g.fused(&geometric::PROBABILITY_KERNEL, vec![x, p])
                };
                vec![part(kernel)]
            }
            ("Poisson", _, &[rate]) => {
                let base = base_of(&poisson::base);
                let kernel = match g.known_log(rate) {
                    Some(eta) => g.fused(&poisson::LINK_KERNEL, vec![x, eta]),
                    None => g.fused(&poisson::RATE_KERNEL, vec![x, rate]),
                };
                vec![part(kernel), part(g.constant(base))]
            }
            ("NegativeBinomial", 0, &[mean, dispersion]) => {
                let base = base_of(&negative_binomial::mean_base);
                let log_mean = g.log(mean);
                let kernel = g.fused(&negative_binomial::MEAN_KERNEL, vec![x, log_mean, dispersion]);
                vec![part(kernel), part(g.constant(base))]
            }
            ("NegativeBinomial", _, &[successes, p]) => {
                let base = base_of(&negative_binomial::successes_base);
                let (log, log1m) = (g.log(p), g.log1m(p));
                let kernel = g.fused(&negative_binomial::SUCCESSES_KERNEL, vec![x, successes, log, log1m]);
                vec![part(kernel), part(g.constant(base))]
            }
            ("BetaBinomial", 1, &[n, mean, concentration]) => {
                let logit = g.logit(mean);
                let kernel = g.fused(&beta_binomial::MEAN_KERNEL, vec![x, n, logit, concentration]);
                vec![part(kernel), self.count_base(&y, n, beta_binomial::base)]
            }
            ("BetaBinomial", _, &[n, alpha, beta]) => {
                let kernel = g.fused(&beta_binomial::KERNEL, vec![x, n, alpha, beta]);
                vec![part(kernel), self.count_base(&y, n, beta_binomial::base)]
            }
            // What is left has arguments that are data: its density is a constant.
            _ => {
                let values = self.constant_density(scalar, &canonical, &y).unwrap_or_else(|| vec![f64::NAN; cells]);
                vec![part(self.graph.constant(values))]
            }
        };
        Ok(parts)
    }

    /// The log density of each cell, where all arguments are constant.
    fn constant_density(&self, scalar: &dyn d::Scalar, canonical: &[NodeId], y: &[f64]) -> Option<Vec<f64>> {
        let constants = canonical.iter().map(|c| self.graph.constant_of(*c)).collect::<Option<Vec<_>>>()?;
        let value = |(i, y): (usize, &f64)| {
            let arguments: Vec<f64> = constants.iter().map(|c| of_cell(c, i)).collect();
            scalar.log_density(*y, &arguments)
        };
        Some(y.iter().enumerate().map(value).collect())
    }

    fn count_base(&mut self, y: &[f64], n: NodeId, base: impl Fn(f64, f64) -> f64) -> Part {
        let n = self.graph.constant_of(n).cloned().unwrap_or_else(|| Arc::new([f64::NAN]));
        let at = |i: usize| of_cell(&n, i);
        let values: Vec<f64> = y.iter().enumerate().map(|(i, y)| base(*y, at(i))).collect();
        Part::cells(self.graph.constant(values), 1)
    }

    /// The binomial kernel on the scale its probability is known on.
    pub(super) fn binomial_kernel(&mut self, k: NodeId, n: NodeId, p: NodeId) -> NodeId {
        let g = &mut self.graph;
        if let Some(eta) = g.known_logit(p) {
            return g.fused(&binomial::LINK_KERNEL, vec![k, n, eta]);
        }
        if g.natural_log(p).is_some() {
            let (log, log1m) = (g.log(p), g.log1m(p));
            return g.fused(&binomial::LOG_KERNEL, vec![k, n, log, log1m]);
        }
        g.fused(&binomial::PROBABILITY_KERNEL, vec![k, n, p])
    }

    fn observed_counts(
        &mut self,
        name: &Name,
        arguments: &Arguments,
        y: Arc<[f64]>,
        k: usize,
        index: crate::bind::IndexId,
        context: &Context,
    ) -> Result<Vec<Part>, Error> {
        let distribution = arguments.distribution.name();
        if !matches!(arguments.distribution.support(), Support::CountVector { .. }) {
            return Err(self.wrong_column(name, distribution, arguments.span));
        }
        self.check_width(name, arguments, k, index)?;
        let sums: Vec<f64> = y.chunks(k.max(1)).map(|y| y.iter().sum()).collect();
        if let Some(n) = arguments.node(0).and_then(|n| self.graph.constant_of(n)).cloned() {
            let at = |i: usize| of_cell(&n, i);
            if let Some(cell) = sums.iter().enumerate().position(|(i, s)| *s != at(i)) {
                let kind = ErrorKind::OutsideSupport {
                    column: name.text.clone(),
                    value: format!("a vector that sums to {}", sums[cell]),
                    distribution: distribution.into(),
                    expected: format!("a vector of counts that sums to n = {}", at(cell)),
                };
                return Err(self.at_cell(Error::new(kind, name.span), cell, true, context));
            }
        }
        let n = self.graph.constant(sums.clone());
        let element_y = self.graph.constant(y.clone());
        let part = Part::cells;
        let cells = sums.len();
        let base = |f: fn(&[f64]) -> f64| y.chunks(k.max(1)).map(f).collect::<Vec<f64>>();
        let vectors =
            arguments.nodes.iter().flatten().filter(|v| v.width.is_some()).map(|v| v.node).collect::<Vec<_>>();
        let Some(&vector) = vectors.first() else { return Ok(Vec::new()) };
        let full = |c: &mut Self, node| if c.graph.size(node) == k { c.graph.tile(node, cells) } else { node };
        Ok(if distribution == "Multinomial" {
            let natural = self.graph.natural_log(vector);
            let log_p = natural.unwrap_or_else(|| self.graph.log(vector));
            let log_p = full(self, log_p);
            let kernel = match natural {
                Some(_) => self.graph.binary(Binary::Multiply, element_y, log_p),
                None => self.graph.fused(&multinomial::ELEMENT_KERNEL, vec![element_y, log_p]),
            };
            vec![part(kernel, k), part(self.graph.constant(base(multinomial::base)), 1)]
        } else {
            let element_n = self.graph.repeat(n, k);
            let base = part(self.graph.constant(base(dirichlet_multinomial::base)), 1);
            let vector = full(self, vector);
            if arguments.list == 1 {
                let Some(concentration) = arguments.node(2) else { return Ok(Vec::new()) };
                let spread = self.spread(concentration, k);
                let kernel = &dirichlet_multinomial::MEAN_ELEMENT_KERNEL;
                let elements = self.graph.fused(kernel, vec![element_y, element_n, vector, spread]);
                let total = self.graph.fused(&dirichlet_multinomial::TOTAL_KERNEL, vec![n, concentration]);
                vec![part(elements, k), part(total, 1), base]
            } else {
                let phi = self.vector_sum(vector, k);
                let spread = self.spread(phi, k);
                let kernel = &dirichlet_multinomial::ELEMENT_KERNEL;
                let elements = self.graph.fused(kernel, vec![element_y, element_n, vector, spread]);
                let total = self.graph.fused(&dirichlet_multinomial::TOTAL_KERNEL, vec![n, phi]);
                vec![part(elements, k), part(total, 1), base]
            }
        })
    }

    fn observed_simplices(
        &mut self,
        name: &Name,
        arguments: &Arguments,
        y: &[f64],
        k: usize,
        index: crate::bind::IndexId,
        context: &Context,
    ) -> Result<Vec<Part>, Error> {
        self.check_width(name, arguments, k, index)?;
        let support = arguments.distribution.support();
        if let Some(cell) = y.chunks(k.max(1)).position(|x| !support.contains_vector(x, None)) {
            let shown: Vec<String> = y[cell * k..(cell + 1) * k].iter().map(f64::to_string).collect();
            let kind = ErrorKind::OutsideSupport {
                column: name.text.clone(),
                value: format!("({})", shown.join(", ")),
                distribution: arguments.distribution.name().into(),
                expected: support.phrase(&[]),
            };
            return Err(self.at_cell(Error::new(kind, name.span), cell, true, context));
        }
        let log_x = self.graph.constant(y.iter().map(|x| x.ln()).collect::<Vec<_>>());
        Ok(self.dirichlet_density(arguments, log_x))
    }

    fn check_width(
        &self,
        name: &Name,
        arguments: &Arguments,
        k: usize,
        index: crate::bind::IndexId,
    ) -> Result<(), Error> {
        let Some(width) = arguments.width else { return Ok(()) };
        if width.length == k && width.index.is_none_or(|i| i == index) {
            return Ok(());
        }
        let want = &self.bound.levels(index).name;
        let have =
            width.index.map_or_else(|| "written out".to_owned(), |i| format!("over `{}`", self.bound.levels(i).name));
        let message = format!(
            "`{}` is a vector of {k} over `{want}`, and the argument of {} is a vector of {} {have}",
            name.text,
            arguments.distribution.name(),
            width.length
        );
        Err(Error::new(ErrorKind::Shape { message, help: None }, arguments.span))
    }

    fn observed_category(
        &mut self,
        name: &Name,
        arguments: &Arguments,
        y: &[u32],
        index: crate::bind::IndexId,
    ) -> Result<Vec<Part>, Error> {
        if arguments.distribution.support() != Support::Category {
            return Err(self.wrong_column(name, arguments.distribution.name(), arguments.span));
        }
        let k = self.bound.levels(index).len();
        self.check_width(name, arguments, k, index)?;
        let Some(p) = arguments.node(0) else { return Ok(Vec::new()) };
        let log_p = self.graph.log(p);
        let shared = self.graph.size(log_p) == k;
        let index: Arc<[u32]> =
            y.iter().enumerate().map(|(i, c)| if shared { *c } else { (i * k) as u32 + c }).collect();
        let node = self.graph.gather(log_p, &index);
        Ok(vec![Part::cells(node, 1)])
    }

    /// Data outside the support, as far as it is known before sampling.
    fn check_support(
        &self,
        name: &Name,
        arguments: &Arguments,
        canonical: &[NodeId],
        y: &[f64],
        context: &Context,
    ) -> Result<(), Error> {
        let support = arguments.distribution.support();
        let needed: &[usize] = match support {
            Support::Between { lower, upper } => &[lower, upper],
            Support::Above { lower } => &[lower],
            Support::CountUpTo { n } => &[n],
            Support::Overlap { population, successes, draws } => &[population, successes, draws],
            _ => &[],
        };
        let constant = |i: usize| canonical.get(i).and_then(|c| self.graph.constant_of(*c));
        if needed.iter().any(|i| constant(*i).is_none()) {
            return Ok(());
        }
        for (cell, value) in y.iter().enumerate() {
            let at = |i: usize| constant(i).map_or(f64::NAN, |c| of_cell(c, cell));
            let values: Vec<f64> = (0..canonical.len()).map(at).collect();
            if support.contains(*value, &values) {
                continue;
            }
            let names = arguments.distribution.argument_lists()[0].names;
            let mut expected = support.phrase(names);
            for i in needed {
                expected += &format!(" ({} = {})", names[*i], values[*i]);
            }
            let kind = ErrorKind::OutsideSupport {
                column: name.text.clone(),
                value: value.to_string(),
                distribution: arguments.distribution.name().into(),
                expected,
            };
            return Err(self.at_cell(Error::new(kind, name.span), cell, true, context));
        }
        Ok(())
    }
}
