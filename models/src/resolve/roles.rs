//! Which random variables are parameters and which predictions, and what may not stand in a density.

use super::{Definition, Item, Model, Role, Variable};
use crate::distributions::Domain;
use crate::error::{Error, ErrorKind};
use crate::functions::{self, Aggregate, Elementwise, Function};
use crate::program::ops::{Reduction, Unary};
use crate::resolve::match_arguments;
use crate::syntax::{BinaryOp, Expr, ExprKind, Name, UnaryOp};

pub(super) fn assign(model: &mut Model) -> Result<(), Error> {
    mark_density(model);
    for i in 0..model.variables.len() {
        let variable = &model.variables[i];
        let random = matches!(variable.definition, Definition::Random { .. });
        if random && variable.in_density && variable.role == Role::Predicted {
            model.variables[i].role = Role::Parameter;
        }
    }
    let parametric = parametric(model);
    for variable in &model.variables {
        check_tag(model, variable, &parametric)?;
        if !variable.in_density {
            continue;
        }
        check_density(model, variable, &parametric)?;
    }
    Ok(())
}

/// Everything that an observed variable depends on, up to the roots.
fn mark_density(model: &mut Model) {
    for i in (0..model.variables.len()).rev() {
        if !model.variables[i].in_density {
            continue;
        }
        for name in model.variables[i].uses.clone() {
            if let Some(Item::Variable(j)) = model.names.get(&name) {
                model.variables[*j].in_density = true;
            }
        }
    }
}

/// For each variable, a parameter its value depends on, if any (itself, if it is one).
fn parametric(model: &Model) -> Vec<Option<String>> {
    let mut out: Vec<Option<String>> = Vec::with_capacity(model.variables.len());
    for variable in &model.variables {
        let own = match variable.role {
            Role::Parameter | Role::IntegratedOut => Some(variable.name.text.clone()),
            Role::Computed | Role::Hidden => variable.uses.iter().find_map(|n| match model.names.get(n) {
                Some(Item::Variable(j)) => out.get(*j).cloned().flatten(),
                _ => None,
            }),
            Role::Observed | Role::Predicted => None,
        };
        out.push(own);
    }
    out
}

/// Only a prior at the top of a hierarchy, whose arguments are known, can be tagged.
fn check_tag(model: &Model, variable: &Variable, parametric: &[Option<String>]) -> Result<(), Error> {
    let Definition::Random { modifiers, .. } = &variable.definition else { return Ok(()) };
    let Some(tag) = &modifiers.tag else { return Ok(()) };
    let check = DensityCheck { model, parametric, variable: &variable.name };
    let why = match variable.role {
        Role::Observed => "it is observed, and its distribution is a likelihood".to_owned(),
        Role::Predicted => "nothing observed depends on it, so it is a prediction".to_owned(),
        _ => match variable.expressions().into_iter().find_map(|e| check.parameter_in(e)) {
            Some(parameter) => {
                format!("its distribution depends on `{parameter}`, so it belongs to the model of the data")
            }
            None => return Ok(()),
        },
    };
    Err(Error::new(ErrorKind::NoPriorToTag { name: variable.name.text.clone(), why }, tag.span))
}

fn check_density(model: &Model, variable: &Variable, parametric: &[Option<String>]) -> Result<(), Error> {
    let check = DensityCheck { model, parametric, variable: &variable.name };
    if let Definition::Random { distribution, .. } = &variable.definition {
        let matched = match_arguments(distribution, variable.role == Role::Observed)?;
        if variable.role == Role::Parameter && matched.distribution.is_discrete() {
            let kind = ErrorKind::DiscreteParameter {
                name: variable.name.text.clone(),
                distribution: matched.distribution.name().into(),
            };
            return Err(Error::new(kind, variable.name.span.to(distribution.span)));
        }
        for (argument, domain, expr) in matched.each() {
            let Some(expr) = expr else { continue };
            if domain == Domain::Count
                && matched.distribution.is_discrete()
                && let Some(parameter) = check.parameter_in(expr)
            {
                let kind = ErrorKind::ArgumentNotData {
                    name: matched.distribution.name().into(),
                    argument: argument.into(),
                    expression: expr.span.of(model.text()).into(),
                    parameter,
                };
                return Err(Error::new(kind, expr.span));
            }
        }
    }
    variable.expressions().into_iter().try_for_each(|e| check.expr(e))
}

struct DensityCheck<'a> {
    model: &'a Model,
    parametric: &'a [Option<String>],
    variable: &'a Name,
}

impl DensityCheck<'_> {
    /// A parameter the expression depends on, if any.
    fn parameter_in(&self, expr: &Expr) -> Option<String> {
        let mut found = None;
        expr.walk(&mut |e| {
            if let ExprKind::Name(name) = &e.kind
                && let Some(Item::Variable(i)) = self.model.names.get(name)
                && found.is_none()
            {
                found = self.parametric.get(*i).cloned().flatten();
            }
        });
        found
    }

    fn expr(&self, expr: &Expr) -> Result<(), Error> {
        let mut fault = None;
        expr.walk(&mut |e| {
            if fault.is_none() {
                fault = self.fault(e);
            }
        });
        fault.map_or(Ok(()), Err)
    }

    fn fault(&self, e: &Expr) -> Option<Error> {
        let steps = |what: &str, parts: &[&Expr]| {
            let parameter = parts.iter().find_map(|p| self.parameter_in(p))?;
            Some(Error::new(ErrorKind::NotDifferentiable { what: what.into(), parameter }, e.span))
        };
        match &e.kind {
            ExprKind::Binary(op, a, b) if op.is_comparison() => steps("a comparison", &[a, b]),
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), a, b) => {
                steps(&format!("`{}`", op.symbol()), &[a, b])
            }
            ExprKind::Unary(UnaryOp::Not, a) => steps("`not`", &[a]),
            ExprKind::If(c, ..) => steps("the condition of `if`", &[c]),
            ExprKind::Comprehension { function, body, condition, .. } => {
                if let Some(c) = condition
                    && let Some(fault) = steps("the condition of a comprehension", &[c])
                {
                    return Some(fault);
                }
                matches!(function.text.as_str(), "any" | "all").then(|| steps(&function.text, &[body])).flatten()
            }
            ExprKind::Call { function, arguments } => match functions::find(&function.text)? {
                Function::New => Some(Error::new(ErrorKind::NewInDensity { name: self.variable.text.clone() }, e.span)),
                Function::Elementwise(Elementwise::Plain(Unary::Abs | Unary::Floor))
                | Function::Aggregate(Aggregate::Reduce(Reduction::Any | Reduction::All)) => {
                    let parts: Vec<&Expr> = arguments.iter().map(|a| &a.value).collect();
                    steps(&format!("`{}`", function.text), &parts)
                }
                _ => None,
            },
            _ => None,
        }
    }
}
