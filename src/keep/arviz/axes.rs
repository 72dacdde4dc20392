//! From scalars to arrays: the axes of each variable, and names for them that do not collide.

use std::collections::{HashMap, HashSet};

use crate::draws::Scalar;

/// The name of the index over the rows of the table.
pub(super) const ROWS: &str = "rows";

/// A dimension with the labels of its places.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) name: String,
    pub(super) labels: Labels,
}

/// The labels of a dimension.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Labels {
    Text(Vec<String>),
    Numbers(Vec<i64>),
}

impl Labels {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(labels) => labels.len(),
            Self::Numbers(labels) => labels.len(),
        }
    }
}

/// A variable as an array.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) axes: Vec<Axis>,
    /// The columns of its scalars, the last axis running fastest.
    pub(super) columns: Vec<usize>,
}

/// The variables of scalars, each with its column; `indices` tells the names of the indices of a variable, or of
/// the first of them.
pub(super) fn variables<'a>(
    scalars: impl IntoIterator<Item = (usize, Scalar)>,
    indices: impl Fn(&str) -> Option<&'a [String]>,
) -> Vec<Variable> {
    let mut order: Vec<(String, Vec<(usize, Scalar)>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (column, scalar) in scalars {
        let place = *places.entry(scalar.variable.clone()).or_insert_with(|| {
            order.push((scalar.variable.clone(), Vec::new()));
            order.len() - 1
        });
        if let Some((_, own)) = order.get_mut(place) {
            own.push((column, scalar));
        }
    }
    let mut variables: Vec<Variable> = order
        .into_iter()
        .map(|(name, own)| {
            let (columns, scalars): (Vec<usize>, Vec<Scalar>) = own.into_iter().unzip();
            let axes = axes(&name, &scalars, indices(&name));
            Variable { name: folder_name(name), axes, columns }
        })
        .collect();
    name_apart(&mut variables);
    variables
}

/// One axis for each index where all combinations occur in order; else a single one, for those that do.
fn axes(name: &str, scalars: &[Scalar], indices: Option<&[String]>) -> Vec<Axis> {
    let arity = scalars.first().map_or(0, |scalar| scalar.levels.len());
    let index = |i: usize| match indices.and_then(|names| names.get(i)) {
        Some(index) => index.clone(),
        None => format!("{name}_dim_{i}"),
    };
    let levels: Vec<Vec<&str>> = (0..arity)
        .map(|i| {
            let mut seen = HashSet::new();
            let all = scalars.iter().filter_map(|scalar| scalar.levels.get(i).map(String::as_str));
            all.filter(|level| seen.insert(*level)).collect()
        })
        .collect();
    if is_product(scalars, &levels) {
        return levels.iter().enumerate().map(|(i, labels)| Axis::new(index(i), labels)).collect();
    }
    let joined: Vec<String> = scalars.iter().map(|scalar| scalar.levels.join(":")).collect();
    let names: Vec<String> = match indices {
        Some(names) => names.to_vec(),
        None => vec![format!("{name}_dim_0")],
    };
    vec![Axis::new(names.join(":"), &joined.iter().map(String::as_str).collect::<Vec<_>>())]
}

/// Whether the scalars run through all combinations, the last index fastest.
fn is_product(scalars: &[Scalar], levels: &[Vec<&str>]) -> bool {
    let size = levels.iter().try_fold(1usize, |size, labels| size.checked_mul(labels.len()));
    size == Some(scalars.len())
        && scalars.iter().enumerate().all(|(i, scalar)| {
            let mut rest = i;
            scalar.levels.len() == levels.len()
                && levels.iter().zip(&scalar.levels).rev().all(|(labels, level)| {
                    let label = labels.get(rest % labels.len().max(1));
                    rest /= labels.len().max(1);
                    label == Some(&level.as_str())
                })
        })
}

impl Axis {
    fn new(name: String, labels: &[&str]) -> Self {
        let number = |label: &&str| label.parse().ok().filter(|number: &i64| number.to_string() == **label);
        let numbers: Option<Vec<i64>> = (name == ROWS).then(|| labels.iter().map(number).collect()).flatten();
        let text = || Labels::Text(labels.iter().map(|&label| label.to_owned()).collect());
        Self { name: folder_name(name), labels: numbers.map_or_else(text, Labels::Numbers) }
    }
}

/// Gives axes of one name to one set of labels only, and none the name of a variable.
fn name_apart(variables: &mut [Variable]) {
    let taken: HashSet<String> =
        variables.iter().map(|v| v.name.clone()).chain(["chain", "draw"].map(str::to_owned)).collect();
    let mut claimed: HashMap<String, Labels> = HashMap::new();
    for variable in variables {
        let mut own = HashSet::new();
        for axis in &mut variable.axes {
            let wanted = if taken.contains(&axis.name) { format!("{}_dim", axis.name) } else { axis.name.clone() };
            let of_variable = format!("{}_{wanted}", variable.name);
            let numbered = (2usize..).map(|i| format!("{of_variable}_{i}"));
            let free = |name: &String| {
                !taken.contains(name)
                    && !own.contains(name)
                    && claimed.get(name).is_none_or(|labels| *labels == axis.labels)
            };
            if let Some(name) = [wanted, of_variable.clone()].into_iter().chain(numbered).find(free) {
                claimed.entry(name.clone()).or_insert_with(|| axis.labels.clone());
                own.insert(name.clone());
                axis.name = name;
            }
        }
    }
}

/// A name that can be that of a folder.
fn folder_name(name: String) -> String {
    let name = name.replace(['/', '\\', '\0'], "_");
    if name.is_empty() || name.starts_with('.') { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::Kind;

    fn of(variable: &str, levels: &[&[&str]]) -> Vec<Scalar> {
        let scalar = |levels: &&[&str]| {
            Scalar::new(variable, levels.iter().map(|&level| level.to_owned()).collect(), Kind::Sampled)
        };
        levels.iter().map(scalar).collect()
    }

    /// Each variable with its axes and their numbers of places.
    fn named(scalars: Vec<Scalar>, indices: &[(&str, &[&str])]) -> Vec<String> {
        let indices: HashMap<String, Vec<String>> = indices
            .iter()
            .map(|(name, all)| ((*name).to_owned(), all.iter().map(|&index| index.to_owned()).collect()))
            .collect();
        let shown = |axis: &Axis| format!("{}={}", axis.name, axis.labels.len());
        variables(scalars.into_iter().enumerate(), |name| indices.get(name).map(Vec::as_slice))
            .iter()
            .map(|v| format!("{}({})", v.name, v.axes.iter().map(shown).collect::<Vec<_>>().join(", ")))
            .collect()
    }

    #[test]
    fn each_index_is_an_axis() {
        let crossed: &[&[&str]] = &[&["a", "x"], &["a", "y"], &["b", "x"], &["b", "y"], &["c", "x"], &["c", "y"]];
        let scalars = [of("mu", &[&[]]), of("p", crossed)].concat();
        assert_eq!(named(scalars.clone(), &[("p", &["group", "kind"])]), ["mu()", "p(group=3, kind=2)"]);
        assert_eq!(named(scalars, &[]), ["mu()", "p(p_dim_0=3, p_dim_1=2)"]);
    }

    #[test]
    fn an_index_without_a_name_has_a_number() {
        let vectors: &[&[&str]] = &[&["1", "ok"], &["1", "late"], &["4", "ok"], &["4", "late"]];
        assert_eq!(named(of("k", vectors), &[("k", &[ROWS])]), ["k(rows=2, k_dim_1=2)"]);
    }

    #[test]
    fn combinations_that_occur_are_one_axis() {
        let nested: &[&[&str]] = &[&["a", "x"], &["b", "y"], &["b", "x"], &["b", "z"]];
        assert_eq!(named(of("p", nested), &[("p", &["team", "host"])]), ["p(team:host=4)"]);
    }

    #[test]
    fn names_do_not_collide() {
        let both: &[&[&str]] = &[&["a", "a"], &["a", "b"], &["b", "a"], &["b", "b"]];
        let scalars = [
            of("r", both),
            of("t", &[&["a"], &["b"]]),
            of("u", &[&["a"], &["c"]]),
            of("k", &[&["1"]]),
            of("v", &[&["1"]]),
            of("w", &[&["1"]]),
        ];
        let indices: &[(&str, &[&str])] =
            &[("r", &["g", "g"]), ("t", &["g"]), ("u", &["g"]), ("k", &["rows"]), ("v", &["k"]), ("w", &["draw"])];
        assert_eq!(
            named(scalars.concat(), indices),
            ["r(g=2, r_g=2)", "t(g=2)", "u(u_g=2)", "k(rows=1)", "v(k_dim=1)", "w(draw_dim=1)"]
        );
    }

    #[test]
    fn rows_are_numbers() {
        let axis = Axis::new(ROWS.to_owned(), &["1", "3"]);
        assert_eq!(axis.labels, Labels::Numbers(vec![1, 3]));
        assert_eq!(Axis::new("year".to_owned(), &["1"]).labels, Labels::Text(vec!["1".to_owned()]));
    }
}
