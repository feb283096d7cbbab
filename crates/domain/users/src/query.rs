//! How accounts are looked for.

use kernel::{
    Role, SearchQuery, SortKey, UserId,
    page::{Direction, SortValue},
};

use crate::{
    user::User,
    values::{Provider, Status},
};

/// What a search looks into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchIn {
    #[default]
    /// Username, first and last name.
    Names,
    /// And the mail address (administrators).
    NamesAndEmail,
}

/// Which accounts; every field that is set must match. Deleted ones never match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserFilter {
    /// Words that begin words of the searched texts.
    pub search: Option<(SearchQuery, SearchIn)>,
    /// With this role.
    pub role: Option<Role>,
    /// With this status.
    pub status: Option<Status>,
    /// Only those that their owners have not closed.
    pub open_only: bool,
    /// Coming from there.
    pub provider: Option<Provider>,
    /// Not this one.
    pub except: Option<UserId>,
}

impl UserFilter {
    /// True when `user` is one of them.
    pub fn matches(&self, user: &User) -> bool {
        self.search.as_ref().is_none_or(|(query, place)| query.matches(&search_text(user, *place)))
            && self.role.is_none_or(|role| role == user.role)
            && self.status.is_none_or(|status| status == user.status)
            && (!self.open_only || user.purge_at.is_none())
            && self.provider.is_none_or(|provider| provider == user.provider)
            && self.except.is_none_or(|id| id != user.id)
    }
}

/// The text a search looks into.
pub fn search_text(user: &User, place: SearchIn) -> String {
    let names = format!(
        "{} {} {}",
        user.username.as_str(),
        user.first_name.as_str(),
        user.last_name.as_str()
    );
    match place {
        SearchIn::Names => names,
        SearchIn::NamesAndEmail => format!("{names} {}", user.email.as_str()),
    }
}

/// What accounts can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserSort {
    /// When it was made.
    CreatedAt,
    /// Without regard to case.
    Username,
    /// By number.
    Id,
}

impl UserSort {
    /// Every field, as the contract names it.
    pub const ALL: [(&'static str, Self); 3] =
        [("created_at", Self::CreatedAt), ("username", Self::Username), ("id", Self::Id)];

    /// The value an account is sorted by.
    pub fn sort_value(self, user: &User) -> SortValue {
        match self {
            Self::CreatedAt => SortValue::Number(user.created_at.micros()),
            Self::Username => SortValue::Text(user.username.key()),
            Self::Id => SortValue::Number(user.id.get()),
        }
    }
}

/// The order when nobody says otherwise.
pub const DEFAULT_ORDER: [SortKey<UserSort>; 1] =
    [SortKey { field: UserSort::Id, direction: Direction::Ascending }];
