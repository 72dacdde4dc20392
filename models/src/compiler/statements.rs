//! Walks the statements of a bound model and builds the graph.

use super::arguments::Arguments;
use super::compiled::{Compiled, Output, Passes, SampledBlock, StatementDensity, Stored};
use super::conjugate::{self, Plan};
use super::context::Context;
use super::density::Density;
use super::graph::{Graph, NodeId};
use super::range::Ranges;
use super::shape::{Group, SCALAR_LIMIT, Shape};
use super::transform::is_location_scale;
use super::value::{Numbers, Width};
use super::{collapse, normal};
use crate::bind::{Bound, Column, IndexId};
use crate::error::{Error, ErrorKind};
use crate::prior::Prior;
use crate::resolve::{Definition, Item, Matched, Role, Variable, match_arguments};
use crate::syntax::{Call, Centring, Expr, Indices, Modifiers, Name, Span};
use std::collections::HashMap;
use std::sync::Arc;

/// Builds the graph of a bound model.
pub struct Compiler<'a> {
    pub(super) bound: &'a Bound,
    pub(super) graph: Graph,
    pub(super) values: HashMap<String, Stored>,
    pub(super) positions: Positions,
    pub(super) ranges: Ranges,
    pub(super) plan: Plan,
    /// Whether everything is drawn forward, as if nothing were observed.
    pub(super) forward: bool,
    pub(super) out: Compiled,
}

/// Positions already computed for index arguments, with the codes they came from.
pub(super) type Positions = HashMap<Vec<(usize, usize)>, (Vec<Arc<[u32]>>, Arc<[u32]>)>;

impl std::fmt::Debug for Compiler<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler").field("values", &self.values.len()).finish_non_exhaustive()
    }
}

/// Compiles a bound model to its graph.
///
/// # Errors
/// Shapes that do not fit, levels that do not exist, arguments outside their domain, data outside their support.
pub fn compile(bound: &Bound, passes: Passes) -> Result<Compiled, Error> {
    let mut compiled = build(bound, Plan::default(), false)?;
    if passes.integrate {
        // What is conjugate shows in the graph of the model as written; a second walk then builds it without them.
        let plan = conjugate::plan(&compiled);
        if !plan.is_empty() {
            drop(compiled);
            compiled = build(bound, plan, false)?;
        }
        compiled = normal::integrate(compiled, passes.collapse);
    }
    Ok(if passes.collapse { collapse::collapse(compiled) } else { compiled })
}

/// Compiles a bound model as if nothing were observed: every variable is drawn forward from its prior, and the observed
/// columns are replicated.
pub fn compile_prior(bound: &Bound) -> Result<Compiled, Error> {
    build(bound, Plan::default(), true)
}

fn build(bound: &Bound, plan: Plan, forward: bool) -> Result<Compiled, Error> {
    let out = Compiled {
        graph: Graph::default(),
        densities: vec![],
        guards: vec![],
        sampled: vec![],
        outputs: vec![],
        conditionals: vec![],
        left_out: vec![],
        replicated: vec![],
        priors: vec![],
    };
    let mut compiler = Compiler {
        bound,
        graph: Graph::default(),
        values: HashMap::new(),
        positions: HashMap::new(),
        ranges: Ranges::default(),
        plan,
        forward,
        out,
    };
    for variable in &bound.model.variables {
        compiler.statement(variable)?;
    }
    compiler.out.graph = compiler.graph;
    Ok(compiler.out)
}

impl Compiler<'_> {
    fn statement(&mut self, variable: &Variable) -> Result<(), Error> {
        match &variable.definition {
            Definition::Quantity(value) => self.quantity(variable, value),
            Definition::Random { distribution, modifiers } => {
                let observed = variable.role == Role::Observed;
                let matched = match_arguments(distribution, observed)?;
                if let Some((centring, span)) = &modifiers.centring
                    && !is_location_scale(matched.distribution.name())
                    && *centring != Centring::Auto
                {
                    let modifier = if *centring == Centring::Centred { "centred" } else { "noncentred" };
                    let kind = ErrorKind::NoCentring {
                        modifier: modifier.into(),
                        name: variable.name.text.clone(),
                        distribution: matched.distribution.name().into(),
                    };
                    return Err(Error::new(kind, *span));
                }
                if observed {
                    self.observed(variable, &matched, distribution, modifiers.weight.as_ref())
                } else {
                    self.unobserved(variable, &matched, distribution, modifiers)
                }
            }
        }
    }

    // ---- shapes ----

    /// The shape that the indices on the left span.
    fn shape(&self, name: &Name, indices: &Indices) -> Result<Shape, Error> {
        let mut groups = Vec::new();
        for group in &indices.groups {
            let ids = group.iter().map(|n| self.index_id(n)).collect::<Result<Vec<_>, _>>()?;
            groups.push(match ids.as_slice() {
                [id] => Group::Index(*id, self.bound.levels(*id).len()),
                _ => self.combinations(group, ids)?,
            });
        }
        let shape = Shape { groups };
        self.check_size(name, &shape)?;
        Ok(shape)
    }

    fn check_size(&self, name: &Name, shape: &Shape) -> Result<(), Error> {
        let size = shape.size();
        if size > SCALAR_LIMIT {
            let size = if size == usize::MAX { "too many".into() } else { size.to_string() };
            let kind = ErrorKind::TooLarge { name: name.text.clone(), size, unit: "scalars", limit: SCALAR_LIMIT };
            return Err(Error::new(kind, name.span));
        }
        Ok(())
    }

    fn index_id(&self, name: &Name) -> Result<IndexId, Error> {
        if name.text == "rows" && self.bound.table_rows.is_none() {
            let why = "there is no table, so there are no rows".to_owned();
            return Err(Error::new(ErrorKind::NotDetermined { name: "rows".into(), why }, name.span));
        }
        match self.bound.columns.get(&name.text) {
            Some(Column::Factor { index, .. }) => Ok(*index),
            _ => self.bound.index_names.get(&name.text).copied().ok_or_else(|| {
                Error::new(ErrorKind::UnknownIndex { name: name.text.clone(), nearest: None }, name.span)
            }),
        }
    }

    /// The combinations of several factors that occur in the table, in the order of their levels.
    fn combinations(&self, names: &[Name], indices: Vec<IndexId>) -> Result<Group, Error> {
        let mut columns = Vec::new();
        for name in names {
            match self.bound.columns.get(&name.text) {
                Some(Column::Factor { codes, .. }) => columns.push(codes.clone()),
                _ if name.text == "rows" => columns.push((0..self.bound.rows as u32).collect()),
                _ => {
                    let (what, expected) = ("no column".to_owned(), "a factor of the table, as `:` needs".to_owned());
                    return Err(Error::new(
                        ErrorKind::WrongKind { name: name.text.clone(), what, expected },
                        name.span,
                    ));
                }
            }
        }
        let mut list: Vec<Vec<u32>> = (0..self.bound.rows).map(|r| columns.iter().map(|c| c[r]).collect()).collect();
        list.sort_unstable();
        list.dedup();
        let positions = list.iter().enumerate().map(|(i, c)| (c.clone(), i as u32)).collect();
        Ok(Group::Combinations { indices, list: list.into(), positions: Arc::new(positions) })
    }

    fn names_of(indices: &Indices) -> Vec<String> {
        indices.names().map(|n| n.text.clone()).collect()
    }

    /// The shape without its last index, if that is an index of its own.
    fn without_last(shape: &Shape) -> Option<(Shape, IndexId, usize)> {
        match shape.groups.split_last() {
            Some((Group::Index(id, n), rest)) => Some((Shape { groups: rest.to_vec() }, *id, *n)),
            _ => None,
        }
    }

    /// One number for each scalar of a shape, from a node that holds one for all.
    fn fill(&mut self, node: NodeId, elements: usize, cells: usize) -> NodeId {
        let size = self.graph.size(node);
        if size == elements * cells {
            return node;
        }
        if elements > 1 && size == elements {
            return self.graph.tile(node, cells);
        }
        let index: Arc<[u32]> = vec![0; elements * cells].into();
        self.graph.gather(node, &index)
    }

    fn keep(&mut self, variable: &Variable, role: Role, node: NodeId, shape: Shape) {
        let name = variable.name.text.clone();
        if role != Role::Hidden {
            self.out.outputs.push(Output { name: name.clone(), role, node, shape: shape.clone() });
        }
        self.values.insert(name, Stored { node, shape });
    }

    // ---- quantities ----

    fn quantity(&mut self, variable: &Variable, value: &Expr) -> Result<(), Error> {
        let shape = self.shape(&variable.name, &variable.indices)?;
        let names = Self::names_of(&variable.indices);
        let context = Context::of_shape(&shape, &names, variable.in_density);
        let numbers = self.numbers(value, &context)?;
        let (numbers, shape, cells) = match numbers.width {
            None => (numbers, shape, context.size),
            Some(width) => self.vector_quantity(variable, value, shape, names, context, numbers, width)?,
        };
        let elements = numbers.width.map_or(1, |w| w.length);
        let node = self.fill(numbers.node, elements, cells);
        let is_new = matches!(&value.kind, crate::syntax::ExprKind::Call { function, .. } if function.text == "new")
            || matches!(&value.kind, crate::syntax::ExprKind::Index { base, .. }
                if matches!(&base.kind, crate::syntax::ExprKind::Call { function, .. } if function.text == "new"));
        let role = if is_new && variable.role == Role::Computed { Role::Predicted } else { variable.role };
        self.keep(variable, role, node, shape);
        Ok(())
    }

    /// A quantity whose right side is a vector: its index is the last one written, or one more.
    #[allow(clippy::too_many_arguments)]
    fn vector_quantity(
        &mut self,
        variable: &Variable,
        value: &Expr,
        shape: Shape,
        names: Vec<String>,
        context: Context,
        numbers: Numbers,
        width: Width,
    ) -> Result<(Numbers, Shape, usize), Error> {
        if let Some((plate, last, n)) = Self::without_last(&shape)
            && n == width.length
            && width.index.is_none_or(|i| i == last)
        {
            let short = Context::of_shape(&plate, &names[..names.len() - 1], variable.in_density);
            let numbers = self.numbers(value, &short)?;
            return Ok((numbers, shape, short.size));
        }
        let Some(index) = width.index else { return Err(self.vector_found(value, width)) };
        if shape.indices().contains(&index) {
            return Err(self.vector_found(value, width));
        }
        let mut shape = shape;
        shape.groups.push(Group::Index(index, width.length));
        self.check_size(&variable.name, &shape)?;
        Ok((numbers, shape, context.size))
    }

    // ---- random variables ----

    fn unobserved(
        &mut self,
        variable: &Variable,
        matched: &Matched<'_>,
        call: &Call,
        modifiers: &Modifiers,
    ) -> Result<(), Error> {
        let shape = self.shape(&variable.name, &variable.indices)?;
        let names = Self::names_of(&variable.indices);
        let (arguments, cells, shape) = if matched.distribution.vector().is_some() {
            self.vector_arguments(variable, matched, call, shape, &names)?
        } else {
            let context = Context::of_shape(&shape, &names, variable.in_density);
            (self.arguments(matched, call.span, &context)?, context.size, shape)
        };
        if variable.role != Role::Predicted && self.forward {
            self.guard(&variable.name.text, variable.span, matched, &arguments);
        }
        if variable.role == Role::Predicted || self.forward {
            let node = self.draw(&arguments, cells);
            self.keep(variable, Role::Predicted, node, shape);
            return Ok(());
        }
        let name = variable.name.text.clone();
        self.guard(&name, variable.span, matched, &arguments);
        self.keep_prior(&name, modifiers, &arguments);
        if let Some(statistics) = self.plan.statistics(&name) {
            let merged = self.merged_levels(&arguments, &statistics, cells);
            let (conditional, parts) = self.conditional(&arguments, &statistics, cells);
            let density = StatementDensity::as_written(name, variable.span, Density { parts, cells });
            self.out.densities.push(StatementDensity { cells: Some(merged), ..density });
            let node = conditional.node;
            self.out.conditionals.push(conditional);
            self.keep(variable, Role::IntegratedOut, node, shape);
            return Ok(());
        }
        let offset = self.graph.dimension();
        let simplex = matched.distribution.vector().is_some();
        let parameter = if simplex {
            self.simplex_parameter(&arguments, cells)
        } else {
            self.scalar_parameter(&arguments, cells, modifiers.centring.map(|(centring, _)| centring))
        };
        self.out.sampled.push(SampledBlock {
            name: name.clone(),
            span: variable.span,
            offset,
            size: self.graph.dimension() - offset,
            parameterisation: parameter.parameterisation,
            partial: parameter.partial,
            shape: shape.clone(),
            node: parameter.node,
            arguments,
        });
        let density = Density { parts: parameter.parts, cells };
        self.out.densities.push(StatementDensity::as_written(name, variable.span, density));
        self.keep(variable, Role::Parameter, parameter.node, shape);
        Ok(())
    }

    /// Keeps the prior of a variable, if all of its arguments are known.
    fn keep_prior(&mut self, name: &str, modifiers: &Modifiers, arguments: &Arguments) {
        let canonical = self.canonical(arguments);
        let known: Option<Vec<Arc<[f64]>>> = canonical.iter().map(|c| self.graph.constant_of(*c).cloned()).collect();
        if let Some(known) = known {
            let width = arguments.width.map(|w| w.length);
            self.out.priors.push(Prior {
                name: name.to_owned(),
                tag: modifiers.tag.as_ref().map(|tag| tag.text.clone()),
                distribution: arguments.distribution,
                arguments: known,
                width,
            });
        }
    }

    /// The arguments of a distribution with a vector: its index is the last on the left, or told by an argument.
    fn vector_arguments(
        &mut self,
        variable: &Variable,
        matched: &Matched<'_>,
        call: &Call,
        shape: Shape,
        names: &[String],
    ) -> Result<(Arguments, usize, Shape), Error> {
        let is_category = matched.distribution.support() == crate::distributions::Support::Category;
        let full = Context::of_shape(&shape, names, variable.in_density);
        let whole = self.arguments(matched, call.span, &full);
        let short = Self::without_last(&shape);
        if let Some((plate, last, n)) = short {
            let fits = match &whole {
                Ok(a) => a.width.is_some_and(|w| w.length == n && w.index.is_none_or(|i| i == last)),
                Err(_) => true,
            };
            if fits {
                let context = Context::of_shape(&plate, &names[..names.len() - 1], variable.in_density);
                match self.arguments(matched, call.span, &context) {
                    Ok(mut arguments) => {
                        let width = arguments.width.unwrap_or(Width { length: n, index: Some(last) });
                        if width.length != n || width.index.is_some_and(|i| i != last) {
                            return Err(self.vector_found(&argument_expr(matched, call), width));
                        }
                        arguments.width = Some(Width { length: n, index: Some(last) });
                        return Ok((arguments, context.size, if is_category { plate } else { shape }));
                    }
                    Err(short_error) => return Err(whole.err().unwrap_or(short_error)),
                }
            }
        }
        let arguments = whole?;
        let Some(Width { length, index: Some(index) }) = arguments.width else {
            let message = format!("nothing tells the index of the vector `{}`", variable.name.text);
            let help = Some(format!("write it on the left: `{}[…]`", variable.name.text));
            return Err(Error::new(ErrorKind::BadLeft { message, help }, variable.name.span));
        };
        if is_category {
            let message = format!(
                "a Categorical prediction says its index: `{}[…, {}]`",
                variable.name.text,
                self.bound.levels(index).name
            );
            return Err(Error::new(ErrorKind::BadLeft { message, help: None }, variable.name.span));
        }
        if shape.indices().contains(&index) {
            return Err(self.vector_found(&argument_expr(matched, call), Width { length, index: Some(index) }));
        }
        let mut shape = shape;
        shape.groups.push(Group::Index(index, length));
        self.check_size(&variable.name, &shape)?;
        Ok((arguments, full.size, shape))
    }

    /// `new(theta)`: one more level of a variable of one index, drawn from its prior given the rest.
    pub(super) fn draw_new_level(&mut self, name: &str, span: Span) -> Result<Stored, Error> {
        let bound = self.bound;
        let refuse = |message: String| Error::new(ErrorKind::Shape { message, help: None }, span);
        let variable = match bound.model.names.get(name) {
            Some(Item::Variable(i)) => &bound.model.variables[*i],
            _ => return Err(refuse(format!("new takes a random variable, and `{name}` is none"))),
        };
        let Definition::Random { distribution, .. } = &variable.definition else {
            return Err(refuse(format!("new takes a random variable, and `{name}` is computed from others")));
        };
        let stored = self.stored(name, span)?;
        let matched = match_arguments(distribution, false)?;
        let has_vector = matched.distribution.vector().is_some()
            && matched.distribution.support() != crate::distributions::Support::Category;
        let vector = if has_vector { stored.shape.groups.last().cloned() } else { None };
        let plates = stored.shape.indices().len() - usize::from(vector.is_some());
        if plates != 1 {
            return Err(refuse(format!("new takes a variable of one index, and `{name}` has {plates}")));
        }
        let context = Context::scalar(false);
        let mut arguments =
            self.arguments(&matched, distribution.span, &context).map_err(|error| match *error.kind {
                ErrorKind::NotDetermined { name: inner, .. } => {
                    refuse(format!("new({name}) has no level of `{inner}`: its distribution differs between levels"))
                }
                _ => error,
            })?;
        if let Some(Group::Index(index, n)) = &vector {
            arguments.width = Some(Width { length: *n, index: Some(*index) });
        }
        let node = self.draw(&arguments, 1);
        Ok(Stored { node, shape: Shape { groups: vector.into_iter().collect() } })
    }
}

/// The vector argument of a call, for an error to point at.
fn argument_expr(matched: &Matched<'_>, call: &Call) -> Expr {
    let vector = matched.each().find(|(_, domain, _)| domain.is_vector()).and_then(|(_, _, e)| e.cloned());
    vector.unwrap_or(Expr { kind: crate::syntax::ExprKind::Vector(Vec::new()), span: call.span })
}
