//! Who may see an event. An event carries tokens and a reader holds tokens; the reader sees the events
//! that carry one of theirs. So the feed finds a reader's events by index, whoever else is busy.

use std::{borrow::Cow, fmt};

use crate::{Actor, Permission, UserId};

/// One token: `u:42`, `room:7`, `perm:tasks:manage` or `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Audience(Cow<'static, str>);

impl Audience {
    /// Every caller who may read events of this kind.
    pub const EVERYONE: Self = Self(Cow::Borrowed("*"));

    /// One person.
    pub fn person(id: UserId) -> Self {
        Self(Cow::Owned(format!("u:{id}")))
    }

    /// Every caller with this permission.
    pub fn holders(permission: Permission) -> Self {
        Self(Cow::Owned(format!("perm:{}", permission.as_str())))
    }

    /// Those who belong to one thing of a kind: `room:42`. Its domain says who they are.
    pub fn of(kind: &'static str, id: i64) -> Self {
        Self(Cow::Owned(format!("{kind}:{id}")))
    }

    /// A token as a store kept it. Tokens of later versions have no reader here, which harms nothing.
    pub const fn stored(token: String) -> Self {
        Self(Cow::Owned(token))
    }

    /// The tokens of a caller: theirs, everyone's, and one for each of these permissions that the caller
    /// holds.
    pub fn held_by(actor: &Actor, permissions: impl IntoIterator<Item = Permission>) -> Vec<Self> {
        let held = permissions.into_iter().filter(|permission| actor.may(*permission));
        [Self::person(actor.user), Self::EVERYONE]
            .into_iter()
            .chain(held.map(Self::holders))
            .collect()
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<UserId> for Audience {
    fn from(id: UserId) -> Self {
        Self::person(id)
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn a_caller_holds_the_tokens_of_permissions_that_they_have() {
        let user = UserId::parse(42).unwrap();
        let both = [Permission::TasksManage, Permission::TasksRead];
        let texts = |role| {
            let held = Audience::held_by(&Actor::new(user, role), both);
            held.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(texts(Role::User), ["u:42", "*", "perm:tasks:read"]);
        assert_eq!(texts(Role::Admin), ["u:42", "*", "perm:tasks:manage", "perm:tasks:read"]);
    }
}
