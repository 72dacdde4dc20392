//! Which argument list of a distribution a call uses, and which expression each argument has.

use crate::distributions::{Distribution, Domain, find};
use crate::error::{Error, ErrorKind, nearest};
use crate::functions::{self, SECOND_WAVE};
use crate::syntax::{Call, Expr};

/// A call matched to one argument list of its distribution.
#[derive(Clone, Copy, Debug)]
pub struct Matched<'a> {
    /// The distribution.
    pub distribution: &'static dyn Distribution,
    /// Which of its argument lists.
    pub list: usize,
    /// The expression of each argument of that list; none where `n` is left out.
    pub arguments: [Option<&'a Expr>; 4],
}

impl<'a> Matched<'a> {
    /// Names, domains and expressions of the arguments.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, Domain, Option<&'a Expr>)> + use<'a> {
        let list = &self.distribution.argument_lists()[self.list];
        list.names.iter().zip(list.domains).zip(self.arguments).map(|((n, d), e)| (*n, *d, e))
    }
}

/// The argument lists of a distribution as a person would write them.
fn lists_of(distribution: &dyn Distribution) -> String {
    let lists: Vec<_> = distribution.argument_lists().iter().map(|l| format!("({})", l.names.join(", "))).collect();
    lists.join(" or ")
}

/// Finds the distribution a call names.
pub fn distribution_of(call: &Call) -> Result<&'static dyn Distribution, Error> {
    let name = &call.name.text;
    if let Some(found) = find(name) {
        return Ok(found);
    }
    let kind = if SECOND_WAVE.contains(&name.as_str()) {
        ErrorKind::SecondWave { name: name.clone() }
    } else if functions::find(name).is_some() {
        ErrorKind::FunctionNotDistribution { name: name.clone() }
    } else {
        let known = crate::distributions::ALL.iter().map(|d| d.name()).chain(SECOND_WAVE.iter().copied());
        ErrorKind::UnknownDistribution { name: name.clone(), nearest: nearest(name, known) }
    };
    Err(Error::new(kind, call.name.span))
}

/// Matches the arguments of a call to one of the lists of its distribution. `observed` lets `n` be left out where the
/// counts on the left tell it.
///
/// # Errors
/// An unknown or repeated argument, both forms mixed, a wrong number, or names that make no list.
pub fn match_arguments<'a>(call: &'a Call, observed: bool) -> Result<Matched<'a>, Error> {
    let distribution = distribution_of(call)?;
    let name = distribution.name();
    let lists = distribution.argument_lists();
    let optional =
        |argument: &str| argument == "n" && observed && matches!(name, "Multinomial" | "DirichletMultinomial");
    let mut arguments = [None; 4];
    let named = call.arguments.iter().filter(|a| a.name.is_some()).count();
    if named == 0 {
        let names = lists[0].names;
        let skipped = usize::from(call.arguments.len() + 1 == names.len() && optional(names[0]));
        if call.arguments.len() + skipped != names.len() {
            let expected = format!("{} ({})", plural(names.len(), "argument", "arguments"), names.join(", "));
            let found = call.arguments.len().to_string();
            return Err(Error::new(ErrorKind::Arity { name: name.into(), expected, found }, call.span));
        }
        for (slot, argument) in arguments[skipped..].iter_mut().zip(&call.arguments) {
            *slot = Some(&argument.value);
        }
        return Ok(Matched { distribution, list: 0, arguments });
    }
    if named < call.arguments.len() {
        let kind = ErrorKind::MixedArguments { name: name.into(), lists: lists_of(distribution) };
        return Err(Error::new(kind, call.span));
    }
    let given: Vec<_> = call.arguments.iter().filter_map(|a| a.name.as_ref().map(|n| (n, &a.value))).collect();
    for (i, (argument, _)) in given.iter().enumerate() {
        let text = argument.text.clone();
        if !lists.iter().any(|l| l.names.contains(&text.as_str())) {
            let known = lists.iter().flat_map(|l| l.names.iter().copied());
            let near = nearest(&text, known);
            let kind = ErrorKind::UnknownArgument {
                name: name.into(),
                argument: text,
                nearest: near,
                lists: lists_of(distribution),
            };
            return Err(Error::new(kind, argument.span));
        }
        if given[..i].iter().any(|(n, _)| n.text == text) {
            return Err(Error::new(ErrorKind::ArgumentTwice { name: name.into(), argument: text }, argument.span));
        }
    }
    let fits = |names: &[&str]| {
        given.iter().all(|(n, _)| names.contains(&n.text.as_str()))
            && names.iter().all(|n| optional(n) || given.iter().any(|(g, _)| g.text == *n))
    };
    let Some(list) = lists.iter().position(|l| fits(l.names)) else {
        let arguments = given.iter().map(|(n, _)| format!("`{}`", n.text)).collect();
        let kind = ErrorKind::NoSuchList { name: name.into(), arguments, lists: lists_of(distribution) };
        return Err(Error::new(kind, call.span));
    };
    for (slot, name) in arguments.iter_mut().zip(lists[list].names) {
        *slot = given.iter().find(|(n, _)| n.text == *name).map(|(_, e)| *e);
    }
    Ok(Matched { distribution, list, arguments })
}

/// So many of something: `1 index`, `2 indices`.
pub fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
