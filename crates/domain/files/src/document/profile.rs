//! A person or a company on a page or two.

use kernel::FieldError;

use super::{FieldErrors, Line, Prose};

/// The greatest number of ways to reach somebody.
pub const MAX_CONTACTS: usize = 20;
/// The greatest number of sections.
pub const MAX_SECTIONS: usize = 100;
/// The greatest number of paragraphs, and of items, of a section.
pub const MAX_PARTS: usize = 500;

/// A way to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Which: Mail, Telephone.
    pub label: Line,
    /// The address or the number.
    pub value: Line,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileSection {
    /// What it is about.
    pub heading: Line,
    /// In prose.
    pub paragraphs: Vec<Prose>,
    /// Point by point, after the prose.
    pub items: Vec<Prose>,
}

/// What a profile is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileDraft {
    /// Whose it is.
    pub name: Line,
    /// What they are.
    pub title: Option<Line>,
    /// How to reach them.
    pub contact: Vec<Contact>,
    /// The rest.
    pub sections: Vec<ProfileSection>,
}

/// A profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile(ProfileDraft);

impl Profile {
    /// At most [`MAX_CONTACTS`], [`MAX_SECTIONS`] and [`MAX_PARTS`] of each.
    pub fn parse(draft: ProfileDraft) -> Result<Self, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        faults.count("/data/contact", draft.contact.len(), 0, MAX_CONTACTS);
        faults.count("/data/sections", draft.sections.len(), 0, MAX_SECTIONS);
        for (at, section) in draft.sections.iter().enumerate() {
            let base = format!("/data/sections/{at}");
            faults.count(&format!("{base}/paragraphs"), section.paragraphs.len(), 0, MAX_PARTS);
            faults.count(&format!("{base}/items"), section.items.len(), 0, MAX_PARTS);
        }
        let parts = draft.sections.iter().flat_map(|one| one.paragraphs.iter().chain(&one.items));
        faults.characters(parts.map(Prose::as_str));
        faults.finish(Self(draft))
    }

    /// What it is made of.
    pub const fn content(&self) -> &ProfileDraft {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_enough_and_what_is_too_much_is_reported_with_its_place() {
        let name = Line::parse("Ada Lovelace").unwrap();
        let mut draft =
            ProfileDraft { name, title: None, contact: Vec::new(), sections: Vec::new() };
        assert!(Profile::parse(draft.clone()).is_ok());
        let heading = Line::parse("Work").unwrap();
        let items = vec![Prose::parse("x").unwrap(); MAX_PARTS + 1];
        draft.sections.push(ProfileSection { heading, paragraphs: Vec::new(), items });
        let faults = Profile::parse(draft).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].field, "/data/sections/0/items");
    }
}
