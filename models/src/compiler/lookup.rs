//! Names and indices on the right: which node, column or level they mean in a context.

use super::compiled::Stored;
use super::context::Context;
use super::shape::Shape;
use super::statements::Compiler;
use super::value::{Numbers, Value};
use crate::bind::{Column, IndexId};
use crate::error::{Error, ErrorKind, nearest};
use crate::resolve::{Item, plural};
use crate::syntax::{IndexArgument, Name, Span};
use std::sync::Arc;

/// The levels an index argument means at the cells of a context.
#[derive(Clone, Debug)]
pub(super) enum Levels {
    /// The same level at all cells.
    One(u32),
    /// A level for each cell.
    Each(Arc<[u32]>),
}

impl Levels {
    pub(super) fn at(&self, cell: usize) -> u32 {
        match self {
            Levels::One(code) => *code,
            Levels::Each(codes) => codes[cell],
        }
    }
}

impl Compiler<'_> {
    fn shape_error(message: String, help: Option<String>, span: Span) -> Error {
        Error::new(ErrorKind::Shape { message, help }, span)
    }

    /// A name that stands alone.
    pub(super) fn bare_name(&mut self, name: &str, span: Span, context: &Context) -> Result<Value, Error> {
        if let Some(variable) = context.variable(name) {
            return Ok(Value::Labels(variable.index, variable.codes.clone()));
        }
        match self.bound.model.names.get(name).copied() {
            Some(Item::Input(_)) => {
                let values = self.bound.inputs.get(name).cloned().unwrap_or_default();
                let index = self.input_index(name);
                let length = values.len();
                let node = self.graph.constant(values);
                Ok(Value::Numbers(
                    match index {
                        Some(index) => Numbers::vector(node, length, Some(index)),
                        None => Numbers::scalar(node),
                    },
                    None,
                ))
            }
            Some(Item::Field(_)) => self.column_here(name, span, context),
            Some(Item::Variable(_)) => {
                let stored = self.stored(name, span)?;
                let ids = stored.shape.indices();
                match ids.as_slice() {
                    [] => Ok(Value::Numbers(Numbers::scalar(stored.node), None)),
                    [index] => {
                        Ok(Value::Numbers(Numbers::vector(stored.node, stored.shape.size(), Some(*index)), None))
                    }
                    _ => {
                        let message = format!("`{name}` has {} indices and stands here without", ids.len());
                        Err(Self::shape_error(message, Some(self.index_hint(name, &stored.shape)), span))
                    }
                }
            }
            Some(Item::Index(_) | Item::SharedIndex) | None => {
                let why = format!("`{name}` is an index, and no value");
                Err(Error::new(ErrorKind::NotDetermined { name: name.into(), why }, span))
            }
        }
    }

    fn input_index(&self, name: &str) -> Option<IndexId> {
        let input = self.bound.model.inputs.iter().find(|i| i.name.text == name)?;
        self.bound.index_names.get(&input.index.as_ref()?.text).copied()
    }

    pub(super) fn index_hint(&self, name: &str, shape: &Shape) -> String {
        let group = |g: &super::shape::Group| {
            g.indices().iter().map(|i| self.bound.levels(*i).name.clone()).collect::<Vec<_>>().join(" : ")
        };
        let names: Vec<_> = shape.groups.iter().map(group).collect();
        format!("write `{name}[{}]`", names.join(", "))
    }

    pub(super) fn stored(&self, name: &str, span: Span) -> Result<Stored, Error> {
        self.values
            .get(name)
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::UnknownName { name: name.into(), nearest: None, later: false }, span))
    }

    /// The levels an argument means, for an index that is known.
    pub(super) fn levels(
        &mut self,
        argument: &IndexArgument,
        index: IndexId,
        context: &Context,
    ) -> Result<Levels, Error> {
        match argument {
            IndexArgument::Label(label) => self.level(label, index).map(Levels::One),
            IndexArgument::Name(name) => {
                let (found, codes) = self.name_levels(name, context)?;
                if found != index {
                    let (want, have) = (self.bound.levels(index).name.clone(), self.bound.levels(found).name.clone());
                    let message = format!("the index here is `{want}`, and `{}` runs over `{have}`", name.text);
                    return Err(Self::shape_error(message, Some(format!("write an index over `{want}`")), name.span));
                }
                Ok(Levels::Each(codes))
            }
        }
    }

    pub(super) fn level(&self, label: &Name, index: IndexId) -> Result<u32, Error> {
        let index = self.bound.levels(index);
        index.position(&label.text).ok_or_else(|| {
            let candidates = index.candidates();
            let kind = ErrorKind::UnknownLevel {
                label: label.text.clone(),
                index: index.name.clone(),
                nearest: nearest(&label.text, candidates.iter().map(String::as_str)),
            };
            Error::new(kind, label.span)
        })
    }

    /// The index a name runs over in a context, and its level at each cell.
    pub(super) fn name_levels(&mut self, name: &Name, context: &Context) -> Result<(IndexId, Arc<[u32]>), Error> {
        if let Some(variable) = context.variable(&name.text) {
            return Ok((variable.index, variable.codes.clone()));
        }
        if name.text == "rows" {
            return match &context.rows {
                Some(rows) => Ok((IndexId::ROWS, rows.clone())),
                None => {
                    let why = "the context is not the rows of the table".to_owned();
                    Err(Error::new(ErrorKind::NotDetermined { name: "rows".into(), why }, name.span))
                }
            };
        }
        match self.bound.columns.get(&name.text) {
            Some(Column::Factor { .. }) => match self.column_here(&name.text, name.span, context)? {
                Value::Labels(index, codes) => Ok((index, codes)),
                _ => Err(Error::new(ErrorKind::UnknownIndex { name: name.text.clone(), nearest: None }, name.span)),
            },
            _ => {
                let why = "it is no index of this statement".to_owned();
                Err(Error::new(ErrorKind::NotDetermined { name: name.text.clone(), why }, name.span))
            }
        }
    }

    /// `t[a : b]` is written on the right as it was defined: a colon within the combinations that occur, a comma
    /// between crossed indices and between labels.
    pub(super) fn check_colons(
        &self,
        name: &str,
        arguments: &[IndexArgument],
        colons: &[bool],
        span: Span,
    ) -> Result<(), Error> {
        let sizes: Vec<usize> = match self.values.get(name) {
            Some(stored) => stored.shape.groups.iter().map(|g| g.indices().len()).collect(),
            None => vec![1; arguments.len()],
        };
        let within: Vec<bool> = sizes.iter().flat_map(|n| (0..*n).map(|part| part > 0)).collect();
        for (i, colon) in colons.iter().enumerate().skip(1) {
            let both_names = arguments[i - 1..=i].iter().all(|a| matches!(a, IndexArgument::Name(_)));
            let wanted = both_names && within.get(i).copied().unwrap_or(false);
            if *colon != wanted {
                let (is, should) = if wanted { (",", ":") } else { (":", ",") };
                let message = format!("`{should}` stands between these indices of `{name}`, not `{is}`");
                let help = self.values.get(name).map(|stored| self.index_hint(name, &stored.shape));
                return Err(Self::shape_error(message, help, span));
            }
        }
        Ok(())
    }

    /// `base[arguments]` where the base is a name.
    pub(super) fn indexed_name(
        &mut self,
        name: &str,
        arguments: &[IndexArgument],
        span: Span,
        context: &Context,
    ) -> Result<Value, Error> {
        if name == "ones" {
            return self.ones(arguments, span);
        }
        match self.bound.model.names.get(name).copied() {
            Some(Item::Variable(_)) => {
                let stored = self.stored(name, span)?;
                self.element(name, &stored, arguments, span, context).map(|n| Value::Numbers(n, None))
            }
            Some(Item::Input(_)) => {
                let values = self.bound.inputs.get(name).cloned().unwrap_or_default();
                let Some(index) = self.input_index(name) else {
                    let message = format!("the input `{name}` has no index");
                    return Err(Self::shape_error(message, None, span));
                };
                let group = super::shape::Group::Index(index, values.len());
                let node = self.graph.constant(values);
                let stored = Stored { node, shape: Shape { groups: vec![group] } };
                self.element(name, &stored, arguments, span, context).map(|n| Value::Numbers(n, None))
            }
            Some(Item::Field(_)) => self.indexed_column(name, arguments, span, context),
            _ => {
                let message = format!("`{name}` cannot be indexed");
                Err(Self::shape_error(message, None, span))
            }
        }
    }

    /// `ones[index]`
    fn ones(&mut self, arguments: &[IndexArgument], span: Span) -> Result<Value, Error> {
        let [IndexArgument::Name(name)] = arguments else {
            return Err(Self::shape_error("`ones` takes one index by its name".into(), None, span));
        };
        let index = match self.bound.columns.get(&name.text) {
            Some(Column::Factor { index, .. }) => *index,
            _ => match self.bound.index_names.get(&name.text) {
                Some(index) => *index,
                None => {
                    return Err(Error::new(
                        ErrorKind::UnknownIndex { name: name.text.clone(), nearest: None },
                        name.span,
                    ));
                }
            },
        };
        let n = self.bound.levels(index).len();
        let node = self.graph.constant(vec![1.0; n]);
        Ok(Value::Numbers(Numbers::vector(node, n, Some(index)), None))
    }

    /// Whether an argument names the index of a vector that the context does not hold: then the whole vector is meant.
    pub(super) fn means_all(&self, argument: &IndexArgument, index: IndexId, context: &Context) -> bool {
        match argument {
            IndexArgument::Name(name) => {
                context.variable(&name.text).is_none()
                    && self.bound.index_names.get(&name.text) == Some(&index)
                    && !matches!(self.bound.columns.get(&name.text), Some(Column::Factor { .. }))
                    && index != IndexId::ROWS
            }
            IndexArgument::Label(_) => false,
        }
    }

    /// An element of a variable, or its vector over the last index where that is left out.
    pub(super) fn element(
        &mut self,
        name: &str,
        stored: &Stored,
        arguments: &[IndexArgument],
        span: Span,
        context: &Context,
    ) -> Result<Numbers, Error> {
        let ids = stored.shape.indices();
        let mut given = arguments;
        if given.len() == ids.len()
            && let (Some(last), Some(index)) = (given.last(), ids.last())
            && self.means_all(last, *index, context)
        {
            given = &given[..given.len() - 1];
        }
        if given.len() > ids.len() || given.len() + 1 < ids.len() {
            let message = match ids.len() {
                0 => format!("`{name}` has no index"),
                n => format!("`{name}` has {}, not {}", plural(n, "index", "indices"), arguments.len()),
            };
            return Err(Self::shape_error(message, Some(self.index_hint(name, &stored.shape)), span));
        }
        let levels = given
            .iter()
            .zip(&ids)
            .map(|(argument, index)| self.levels(argument, *index, context))
            .collect::<Result<Vec<_>, _>>()?;
        let vector = (given.len() < ids.len()).then(|| ids[ids.len() - 1]);
        self.gather_element(name, stored, &levels, vector, span, context)
    }

    fn gather_element(
        &mut self,
        name: &str,
        stored: &Stored,
        levels: &[Levels],
        vector: Option<IndexId>,
        span: Span,
        context: &Context,
    ) -> Result<Numbers, Error> {
        let k = vector.map(|index| self.bound.levels(index).len());
        let fixed = levels.iter().all(|l| matches!(l, Levels::One(_)));
        let cells = if fixed { 1 } else { context.size };
        // One index over all its levels: the codes themselves are the positions.
        if let ([Levels::Each(codes)], [super::shape::Group::Index(..)], None) =
            (levels, stored.shape.groups.as_slice(), k)
        {
            return Ok(Numbers::scalar(self.graph.gather(stored.node, codes)));
        }
        let key: Vec<(usize, usize)> = levels
            .iter()
            .map(|l| match l {
                Levels::One(code) => (usize::MAX, *code as usize),
                Levels::Each(codes) => (codes.as_ptr() as usize, codes.len()),
            })
            .chain([(k.unwrap_or(0), stored.node.index())])
            .collect();
        let index = match self.positions.get(&key) {
            Some((_, index)) => index.clone(),
            None => {
                let mut positions: Vec<u32> = Vec::with_capacity(cells * k.unwrap_or(1));
                let mut codes: Vec<u32> = vec![0; levels.len()];
                for cell in 0..cells {
                    codes.iter_mut().zip(levels).for_each(|(c, l)| *c = l.at(cell));
                    for element in 0..k.unwrap_or(1) {
                        if k.is_some() {
                            codes.push(element as u32);
                        }
                        let Some(position) = stored.shape.position(&codes) else {
                            return Err(self.unobserved_combination(name, &stored.shape, &codes, span));
                        };
                        positions.push(position as u32);
                        codes.truncate(levels.len());
                    }
                }
                let index: Arc<[u32]> = positions.into();
                // The codes are kept beside the positions, so that no other array takes their address.
                let held = levels
                    .iter()
                    .filter_map(|l| if let Levels::Each(c) = l { Some(c.clone()) } else { None })
                    .collect();
                self.positions.insert(key, (held, index.clone()));
                index
            }
        };
        let node = self.graph.gather(stored.node, &index);
        Ok(match (vector, k) {
            (Some(index), Some(k)) => Numbers::vector(node, k, Some(index)),
            _ => Numbers::scalar(node),
        })
    }

    fn unobserved_combination(&self, name: &str, shape: &Shape, codes: &[u32], span: Span) -> Error {
        let labels: Vec<_> = codes
            .iter()
            .zip(shape.indices())
            .map(|(c, id)| self.bound.levels(id).label(*c as usize).into_owned())
            .collect();
        Error::new(ErrorKind::UnobservedCombination { name: name.into(), combination: labels.join(", ") }, span)
    }
}
