//! People who are named in a text by `@username`.

/// The names after each `@`, each once, the first `most` of them. A full stop or a hyphen at the end may belong
/// to the sentence, so the name without it counts, too.
pub fn names(text: &str, most: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        // An address such as `ada@example.com` mentions no one.
        if c == '@' && !before.is_alphanumeric() {
            let rest = text.get(at + 1..).unwrap_or_default();
            let end = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
            let name = rest.get(..end).unwrap_or_default();
            for name in [name, name.trim_end_matches(['.', '-'])] {
                if !name.is_empty() && !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        before = c;
    }
    names.truncate(most);
    names
}

const fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_an_at_sign() {
        assert_eq!(names("@ada, (@bob) and @ada again", 20), ["ada", "bob"]);
        assert_eq!(names("ask @grace.h. Or @x_y-z!", 20), ["grace.h.", "grace.h", "x_y-z"]);
        assert_eq!(names("mail ada@example.com, @ or @é or nothing", 20), Vec::<String>::new());
        let many: Vec<String> = (0..50).map(|number| format!("@user{number}")).collect();
        assert_eq!(names(&many.join(" "), 20).len(), 20);
    }
}
