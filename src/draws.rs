//! Draws of named scalars, and how scalars are named.

use serde::{Deserialize, Serialize};

use crate::summary::Kind;

/// One scalar of a fit: a variable at one combination of levels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scalar {
    /// The name with its levels, as [`scalar_name`] writes it.
    pub name: String,
    /// The variable.
    pub variable: String,
    /// The levels, one for each index.
    pub levels: Vec<String>,
    /// What became of the variable.
    pub kind: Kind,
}

impl Scalar {
    /// The scalar of a variable at these levels.
    pub fn new(variable: impl Into<String>, levels: Vec<String>, kind: Kind) -> Self {
        let variable = variable.into();
        Self { name: scalar_name(&variable, &levels), variable, levels, kind }
    }
}

/// The name of a scalar: `mu`, `theta[north]`, `theta[north,"a, b"]`.
///
/// A label stands as it is, unless it is empty, starts or ends with a space, or holds a comma, a bracket, a quote or a line
/// break: then it is written as a JSON string.
///
/// ```
/// use polya::draws::scalar_name;
/// assert_eq!(scalar_name("theta", &["north", "a, b"]), r#"theta[north,"a, b"]"#);
/// assert_eq!(scalar_name("mu", &[] as &[&str]), "mu");
/// ```
pub fn scalar_name(variable: &str, levels: &[impl AsRef<str>]) -> String {
    if levels.is_empty() {
        return variable.to_owned();
    }
    let labels: Vec<String> = levels.iter().map(|level| label(level.as_ref())).collect();
    format!("{variable}[{}]", labels.join(","))
}

fn label(level: &str) -> String {
    let special = |c: char| {
        matches!(c, ',' | '[' | ']' | '"' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    if level.is_empty() || level.trim() != level || level.contains(special) {
        serde_json::Value::from(level).to_string()
    } else {
        level.to_owned()
    }
}

/// Draws of many scalars: for each scalar its chains, one after the other, each with all its draws.
#[derive(Debug, Clone, PartialEq)]
pub struct Draws {
    scalars: Vec<Scalar>,
    chains: usize,
    draws: usize,
    values: Vec<f64>,
}

/// The numbers do not fill scalars × chains × draws.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found} values for {scalars} scalars, {chains} chains and {draws} draws")]
pub struct ShapeError {
    /// The number of scalars.
    pub scalars: usize,
    /// The number of chains.
    pub chains: usize,
    /// The number of draws of each chain.
    pub draws: usize,
    /// The number of values.
    pub found: usize,
}

impl Draws {
    /// Draws from values in the order scalar, chain, draw.
    pub fn new(scalars: Vec<Scalar>, chains: usize, draws: usize, values: Vec<f64>) -> Result<Self, ShapeError> {
        if Some(values.len()) != scalars.len().checked_mul(chains).and_then(|n| n.checked_mul(draws)) {
            return Err(ShapeError { scalars: scalars.len(), chains, draws, found: values.len() });
        }
        Ok(Self { scalars, chains, draws, values })
    }

    /// Draws from one buffer for each chain, in the order draw, scalar, as a sampler writes them.
    pub fn from_chains(scalars: Vec<Scalar>, draws: usize, chains: &[Vec<f64>]) -> Result<Self, ShapeError> {
        let width = scalars.len();
        for chain in chains {
            if Some(chain.len()) != width.checked_mul(draws) {
                return Err(ShapeError { scalars: width, chains: 1, draws, found: chain.len() });
            }
        }
        let mut values = Vec::with_capacity(width * draws * chains.len());
        for scalar in 0..width {
            for chain in chains {
                values.extend(chain.iter().skip(scalar).step_by(width));
            }
        }
        Ok(Self { scalars, chains: chains.len(), draws, values })
    }

    /// The scalars, in declaration order.
    pub fn scalars(&self) -> &[Scalar] {
        &self.scalars
    }

    /// The number of chains.
    pub fn chains(&self) -> usize {
        self.chains
    }

    /// The number of draws of each chain.
    pub fn draws(&self) -> usize {
        self.draws
    }

    /// All draws of the `i`-th scalar, chain after chain; empty if there is none.
    pub fn scalar(&self, i: usize) -> &[f64] {
        let size = self.chains * self.draws;
        i.checked_mul(size).and_then(|start| self.values.get(start..start + size)).unwrap_or_default()
    }

    /// The draws of the `i`-th scalar in one chain; empty if there is none.
    pub fn chain(&self, i: usize, chain: usize) -> &[f64] {
        let start = chain * self.draws;
        self.scalar(i).get(start..start + self.draws).unwrap_or_default()
    }

    /// The position of the scalar of this name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.scalars.iter().position(|scalar| scalar.name == name)
    }

    /// All draws of the scalar of this name, chain after chain.
    pub fn get(&self, name: &str) -> Option<&[f64]> {
        self.find(name).map(|i| self.scalar(i))
    }

    /// Each scalar with its draws, chain after chain.
    pub fn iter(&self) -> impl Iterator<Item = (&Scalar, &[f64])> {
        self.scalars.iter().enumerate().map(|(i, scalar)| (scalar, self.scalar(i)))
    }

    /// The draws of these variables only, in declaration order.
    pub fn select(&self, variables: &[impl AsRef<str>]) -> Self {
        let wanted = |scalar: &Scalar| variables.iter().any(|name| name.as_ref() == scalar.variable);
        let mut selected = Self { scalars: Vec::new(), chains: self.chains, draws: self.draws, values: Vec::new() };
        for (scalar, values) in self.iter().filter(|(scalar, _)| wanted(scalar)) {
            selected.scalars.push(scalar.clone());
            selected.values.extend_from_slice(values);
        }
        selected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalars(names: &[&str]) -> Vec<Scalar> {
        names.iter().map(|&name| Scalar::new(name, Vec::new(), Kind::Sampled)).collect()
    }

    #[test]
    fn labels_are_quoted_where_they_must_be() {
        let cases = [
            ("two words", "two words"),
            ("a, b", "\"a, b\""),
            ("[x]", "\"[x]\""),
            ("5\" pipe", "\"5\\\" pipe\""),
            ("two\nlines", "\"two\\nlines\""),
            (" outer", "\" outer\""),
            ("", "\"\""),
            ("back\\slash", "back\\slash"),
            ("é/ü", "é/ü"),
            ("a\u{2028}b", "\"a\u{2028}b\""),
        ];
        for (label, printed) in cases {
            assert_eq!(scalar_name("v", &[label]), format!("v[{printed}]"));
        }
        assert_eq!(scalar_name("v", &["a", "b"]), "v[a,b]");
    }

    #[test]
    fn chains_of_rows_become_scalars() -> Result<(), ShapeError> {
        let draws =
            Draws::from_chains(scalars(&["a", "b"]), 2, &[vec![1.0, 10.0, 2.0, 20.0], vec![3.0, 30.0, 4.0, 40.0]])?;
        assert_eq!(draws.scalar(0), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(draws.chain(1, 1), [30.0, 40.0]);
        assert_eq!(draws.get("b"), Some(&[10.0, 20.0, 30.0, 40.0][..]));
        assert_eq!(draws.get("c"), None);
        assert!(draws.scalar(2).is_empty() && draws.chain(0, 2).is_empty());
        let only = draws.select(&["b"]);
        assert_eq!((only.scalars().len(), only.scalar(0)), (1, draws.scalar(1)));
        let same = Draws::new(scalars(&["a", "b"]), 2, 2, vec![1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0])?;
        assert_eq!(same, draws);
        Ok(())
    }

    #[test]
    fn shapes_must_fit() {
        assert!(Draws::new(scalars(&["a"]), 2, 2, vec![0.0; 3]).is_err());
        assert!(Draws::from_chains(scalars(&["a"]), 2, &[vec![0.0; 2], vec![0.0; 3]]).is_err());
        assert!(Draws::from_chains(Vec::new(), 5, &[Vec::new(), Vec::new()]).is_ok());
    }
}
