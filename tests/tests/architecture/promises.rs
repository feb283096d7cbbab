//! Numbered promises in documentation, and the cases that bear their numbers.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// `* T7 …` in documentation, as `t7`.
pub(crate) fn promises(path: &Path) -> BTreeSet<String> {
    fs::read_to_string(path)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| {
            let rest = line.trim_start().strip_prefix("/// * ")?;
            let number = rest.split_whitespace().next()?;
            is_promise(number).then(|| number.to_ascii_lowercase())
        })
        .collect()
}

/// `T7`: one letter, then digits.
fn is_promise(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && word.len() > 1
        && chars.all(|c| c.is_ascii_digit())
}

/// The promise numbers of every function `t7_…` in these folders' `kit` files and of the cases
/// named in them.
pub(crate) fn cases(paths: &[PathBuf]) -> BTreeSet<String> {
    paths
        .iter()
        .flat_map(|path| {
            let source = fs::read_to_string(path).unwrap();
            source
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .filter_map(|word| {
                    let number = word.split('_').next().unwrap_or_default();
                    let lower = number.chars().next().is_some_and(|c| c.is_ascii_lowercase());
                    (lower && word.len() > number.len() + 1 && is_promise(number))
                        .then(|| number.to_owned())
                })
                .collect::<Vec<_>>()
        })
        .collect()
}
