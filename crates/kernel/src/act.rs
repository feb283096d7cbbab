//! Acts: what people with a permission to manage do to what is not their own. Each is in the audit trail,
//! by the unit that did it.

use crate::{Actor, CommonTx, NewEvent, StoreError, Timestamp, UserId};

/// What was acted on: by its number, or by its name where things have names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActTarget {
    /// `task`, `file`, `queue` …
    pub kind: &'static str,
    /// Its number.
    pub id: Option<i64>,
    /// Its name.
    pub name: Option<String>,
}

impl ActTarget {
    /// A thing with a number.
    pub const fn numbered(kind: &'static str, id: i64) -> Self {
        Self { kind, id: Some(id), name: None }
    }

    /// A thing with a name.
    pub fn named(kind: &'static str, name: impl Into<String>) -> Self {
        Self { kind, id: None, name: Some(name.into()) }
    }

    /// All things of a kind.
    pub const fn all(kind: &'static str) -> Self {
        Self { kind, id: None, name: None }
    }
}

/// An act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: UserId,
    /// What: `task.updated`, `jobs.cancelled` …
    pub action: &'static str,
    /// On what.
    pub target: ActTarget,
    /// Where from.
    pub ip: Option<String>,
    /// Correlates it with the log.
    pub request_id: Option<String>,
    /// A few more words; never a secret, never an address.
    pub detail: Option<String>,
}

impl Act {
    /// What a caller does.
    pub fn by(actor: &Actor, at: Timestamp, action: &'static str, target: ActTarget) -> Self {
        Self {
            at,
            actor: actor.user,
            action,
            target,
            ip: actor.ip.as_deref().map(str::to_owned),
            request_id: actor.request_id.as_deref().map(str::to_owned),
            detail: None,
        }
    }

    /// What an event says that a caller did: `task.updated` on task 5 for `task.updated.v1` of it.
    pub fn of_event(actor: &Actor, event: &NewEvent) -> Self {
        let (action, _version) = event.name.rsplit_once('.').unwrap_or((event.name, ""));
        let kind = event.name.split('.').next().unwrap_or_default();
        Self::by(actor, event.at, action, ActTarget::numbered(kind, event.subject))
    }

    /// The same, with a few more words.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// Writes acts into the audit trail: one is there exactly when its unit committed, every field as given.
pub trait Acts {
    /// Writes one down, as successful.
    fn record_act(&mut self, act: &Act) -> Result<(), StoreError>;
}

/// Appends what a caller did. It is in the audit trail, too, unless it was done to `own` things of theirs.
pub fn publish<T: CommonTx + ?Sized>(
    tx: &mut T,
    actor: &Actor,
    own: Own,
    event: &NewEvent,
) -> Result<(), StoreError> {
    tx.outbox().append(event)?;
    match own {
        Own::Yes => Ok(()),
        Own::No => tx.acts().record_act(&Act::of_event(actor, event)),
    }
}

/// Whether a thing is the caller's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// They act as everyone may.
    Yes,
    /// They act by a permission to manage.
    No,
}

impl Own {
    /// Things of these people are theirs.
    pub fn of(actor: &Actor, people: impl IntoIterator<Item = UserId>) -> Self {
        if people.into_iter().any(|person| person == actor.user) { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn an_act_is_named_by_its_event() {
        let admin = Actor::new(UserId::parse(1).unwrap(), Role::Admin);
        let at = Timestamp::parse("2026-11-23T10:00:00Z").unwrap();
        let event = NewEvent::by(&admin, at, "task.assigned.v2", 5, serde_json::json!({}));
        let act = Act::of_event(&admin, &event);
        assert_eq!((act.action, act.target), ("task.assigned", ActTarget::numbered("task", 5)));
    }
}
