//! Who may do what, and who sees which events. Pure.

use kernel::{Actor, Audience, Permission, act::Own};

use crate::{endpoint::Endpoint, error::WebhookError};

/// Callers with `webhooks:write` have endpoints; callers with `webhooks:manage` see everyone's.
pub fn may_use(actor: &Actor) -> Result<(), WebhookError> {
    Ok(actor.require(Permission::WebhooksWrite)?)
}

/// Whether the endpoint is the caller's own; others are found by those who manage endpoints.
pub fn may_touch(actor: &Actor, endpoint: &Endpoint) -> Result<Own, WebhookError> {
    if endpoint.owner == actor.user {
        return Ok(Own::Yes);
    }
    if actor.may(Permission::WebhooksManage) {
        Ok(Own::No)
    } else {
        Err(WebhookError::NotFound(endpoint.id))
    }
}

/// Who sees events of one kind, as the event feed shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindRule {
    /// The first part of the names: `task` for `task.created.v1`.
    pub kind: &'static str,
    /// What is needed to see events of the kind.
    pub read: Permission,
    /// With it, those of everyone are seen.
    pub manage: Option<Permission>,
}

/// What one person sees at this moment.
#[derive(Debug, Clone)]
pub struct Sight {
    kinds: Vec<&'static str>,
    tokens: Vec<Audience>,
}

impl Sight {
    /// Of this person, by these rules.
    pub fn of(actor: &Actor, rules: &[KindRule]) -> Self {
        let readable = || rules.iter().filter(|rule| actor.may(rule.read));
        Self {
            kinds: readable().map(|rule| rule.kind).collect(),
            tokens: Audience::held_by(actor, readable().filter_map(|rule| rule.manage)),
        }
    }

    /// The tokens that this person holds.
    pub fn tokens(&self) -> &[Audience] {
        &self.tokens
    }

    /// Whether an event of this name and audience is seen (W12).
    pub fn shows(&self, name: &str, audience: &[Audience]) -> bool {
        let kind = name.split('.').next();
        self.kinds.iter().any(|one| Some(*one) == kind)
            && audience.iter().any(|token| self.tokens.contains(token))
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Role, UserId};

    use super::*;

    #[test]
    fn w12_a_person_sees_what_the_feed_shows_them() {
        let rules = [KindRule {
            kind: "task",
            read: Permission::TasksRead,
            manage: Some(Permission::TasksManage),
        }];
        let user = |id| UserId::parse(id).unwrap();
        let of = |role| Sight::of(&Actor::new(user(1), role), &rules);
        let own = [Audience::person(user(1))];
        let theirs = [Audience::person(user(2)), Audience::holders(Permission::TasksManage)];
        assert!(of(Role::User).shows("task.created.v1", &own));
        assert!(!of(Role::User).shows("task.created.v1", &theirs));
        assert!(of(Role::Admin).shows("task.created.v1", &theirs));
        assert!(!of(Role::Admin).shows("file.created.v1", &own), "no rule shows files");
        let less =
            Actor { permissions: kernel::Permissions::NONE, ..Actor::new(user(1), Role::User) };
        assert!(!Sight::of(&less, &rules).shows("task.created.v1", &own));
    }
}
