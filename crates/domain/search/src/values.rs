//! Kinds of documents, and who may see one.

use std::{fmt, str::FromStr};

/// What a document is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A person.
    Users,
    /// A product of the shop.
    Products,
    /// A file.
    Files,
    /// A task.
    Tasks,
    /// A room of the chat.
    Rooms,
    /// A message of the chat.
    Messages,
    /// A category of products.
    Categories,
}

impl Kind {
    /// Every kind, in the order of the answer.
    pub const ALL: [Self; 7] = [
        Self::Users,
        Self::Products,
        Self::Files,
        Self::Tasks,
        Self::Rooms,
        Self::Messages,
        Self::Categories,
    ];

    /// Its name in requests and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Products => "products",
            Self::Files => "files",
            Self::Tasks => "tasks",
            Self::Rooms => "rooms",
            Self::Messages => "messages",
            Self::Categories => "categories",
        }
    }

    /// Its number in a store. Never changed, never given to another.
    pub const fn rank(self) -> i16 {
        match self {
            Self::Users => 1,
            Self::Products => 2,
            Self::Files => 3,
            Self::Tasks => 4,
            Self::Rooms => 5,
            Self::Messages => 6,
            Self::Categories => 7,
        }
    }

    /// The kind of this number.
    pub fn from_rank(rank: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.rank() == rank)
    }
}

/// There is no kind of this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be users, products, files, tasks, rooms, messages or categories")]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(UnknownKind)
    }
}

/// Which document: what it is of, and the number that it has there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocKey {
    /// What it is of.
    pub kind: Kind,
    /// Its number among those of its kind.
    pub id: i64,
}

/// Somebody who may see a document. Whoever has one of a document's labels may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// Everybody, signed in or not.
    Public,
    /// Everybody who is signed in.
    SignedIn,
    /// Whoever has the permission to manage documents of a kind.
    Managers(Kind),
    /// One person.
    User(i64),
    /// The members of a room.
    Room(i64),
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("pub"),
            Self::SignedIn => f.write_str("in"),
            Self::Managers(kind) => write!(f, "m{}", kind.rank()),
            Self::User(id) => write!(f, "u{id}"),
            Self::Room(id) => write!(f, "r{id}"),
        }
    }
}

/// This is no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not pub, in, or one of u, r and m with a number")]
pub struct NotALabel;

impl FromStr for Label {
    type Err = NotALabel;

    fn from_str(text: &str) -> Result<Self, NotALabel> {
        let number = |digits: &str| digits.parse().map_err(|_| NotALabel);
        match text {
            "pub" => Ok(Self::Public),
            "in" => Ok(Self::SignedIn),
            _ => match text.split_at_checked(1) {
                Some(("u", digits)) => Ok(Self::User(number(digits)?)),
                Some(("r", digits)) => Ok(Self::Room(number(digits)?)),
                Some(("m", digits)) => {
                    let rank = i16::try_from(number(digits)?).map_err(|_| NotALabel)?;
                    Ok(Self::Managers(Kind::from_rank(rank).ok_or(NotALabel)?))
                }
                _ => Err(NotALabel),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_labels_come_back() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(Kind::from_rank(kind.rank()), Some(kind));
        }
        assert_eq!("planets".parse::<Kind>(), Err(UnknownKind));
        assert_eq!(Kind::from_rank(0), None);
        let managers = Kind::ALL.map(Label::Managers);
        let labels = [Label::Public, Label::SignedIn, Label::User(17), Label::Room(42)];
        for label in labels.into_iter().chain(managers) {
            assert_eq!(label.to_string().parse(), Ok(label));
        }
        for odd in ["", "u", "ux", "r-", "public", "x1", "m0", "m", "m65537", "é1"] {
            assert_eq!(odd.parse::<Label>(), Err(NotALabel), "{odd}");
        }
    }
}
