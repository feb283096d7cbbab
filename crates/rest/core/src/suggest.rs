//! What a client may have meant by a name that does not exist.

/// How far two names are apart, in letters added, left out, replaced or swapped; absent when that is
/// more than a slip: over a third of the letters.
pub fn distance(given: &str, known: &str) -> Option<usize> {
    let distance = strsim::osa_distance(given, known);
    let most = (known.chars().count() / 3).min(3);
    (distance <= most).then_some(distance)
}

/// The known name that is closest to a given one.
pub fn closest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // What is this long is no slip.
    if given.len() > 64 {
        return None;
    }
    let known = known.into_iter().filter_map(|known| Some((distance(given, known)?, known)));
    known.min().map(|(_, known)| known)
}

/// The end of a message about a name that does not exist: `; perhaps you mean …`, or nothing.
pub fn hint<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    closest(given, known).map_or_else(String::new, |known| format!("; perhaps you mean `{known}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_name_that_was_meant() {
        let known = ["status", "priority", "limit", "page", "q"];
        for (given, meant) in [
            ("statsu", "status"),
            ("stauts", "status"),
            ("Status", "status"),
            ("limits", "limit"),
            ("pag", "page"),
        ] {
            assert_eq!(closest(given, known), Some(meant), "{given}");
        }
        for given in ["", "colour", "x", &"status".repeat(50)] {
            assert_eq!(closest(given, known), None, "{given}");
        }
    }
}
