//! From the name of a scalar back to its variable and levels.

use crate::draws::{Scalar, scalar_name};
use crate::summary::Kind;

/// The scalar of a name that [`scalar_name`] wrote; `None` for any other text.
pub(super) fn parse(name: &str, kind: Kind) -> Option<Scalar> {
    let Some((variable, rest)) = name.split_once('[') else {
        return Some(Scalar::new(name, Vec::new(), kind));
    };
    let mut rest = rest.strip_suffix(']')?;
    let mut levels = Vec::new();
    loop {
        let (level, after) = label(rest)?;
        levels.push(level);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() => break,
            None => return None,
        }
    }
    (scalar_name(variable, &levels) == name).then(|| Scalar::new(variable, levels, kind))
}

/// The first label of a text, and what stands behind it.
fn label(text: &str) -> Option<(String, &str)> {
    if !text.starts_with('"') {
        let end = text.find(',').unwrap_or(text.len());
        return Some((text.get(..end)?.to_owned(), text.get(end..)?));
    }
    let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let level = strings.next()?.ok()?;
    let end = strings.byte_offset();
    Some((level, text.get(end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn other_texts_are_no_names() {
        for text in ["a[", "a[b", "a[b]c", "a[\"b]", "a[\"b\"c]", "a[b,\"c]", "a[]", "a[ b]", "a[\"b\"]", "a[b]]"] {
            assert_eq!(parse(text, Kind::Sampled), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_name_tells_its_levels(levels in prop::collection::vec(".{0,6}|[\\[\\]\",\\\\ a]{0,4}", 0..4)) {
            let scalar = Scalar::new("theta", levels, Kind::Computed);
            prop_assert_eq!(parse(&scalar.name, Kind::Computed), Some(scalar));
        }
    }
}
