//! Who may do what, and who sees which events. Pure.

use kernel::{Actor, Audience, Event, Permission, act::Own};
use serde_json::Value;

use crate::{endpoint::Endpoint, error::WebhookError, message::NewMessage, ports::Person};

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
    /// Of tokens of a place that hides its past: the last `seq` that is hidden.
    hidden: Vec<(Audience, i64)>,
}

impl Sight {
    /// Of this person, by these rules.
    pub fn of(person: &Person, rules: &[KindRule]) -> Self {
        let Person { actor, belongs } = person;
        let readable = || rules.iter().filter(|rule| actor.may(rule.read));
        let mut tokens = Audience::held_by(actor, readable().filter_map(|rule| rule.manage));
        tokens.extend(belongs.iter().map(|one| one.token.clone()));
        let hidden = belongs.iter().filter_map(|one| Some((one.token.clone(), one.after?)));
        Self { kinds: readable().map(|rule| rule.kind).collect(), tokens, hidden: hidden.collect() }
    }

    /// The tokens that this person holds.
    pub fn tokens(&self) -> &[Audience] {
        &self.tokens
    }

    /// Whether this event is seen (W12).
    pub fn shows(&self, event: &Event) -> bool {
        self.sees(&event.name, &event.audience, || event.payload.get("seq")?.as_i64())
    }

    /// Whether the event of this message is seen (W12).
    pub fn shows_message(&self, message: &NewMessage) -> bool {
        let seq =
            || serde_json::from_str::<Value>(&message.body).ok()?.pointer("/data/seq")?.as_i64();
        self.sees(&message.name, &message.audience, seq)
    }

    fn sees(&self, name: &str, audience: &[Audience], seq: impl Fn() -> Option<i64>) -> bool {
        let kind = name.split('.').next();
        let is_past = |token| {
            let hidden = self.hidden.iter().find(|(of, _)| of == token);
            hidden.is_some_and(|(_, last)| seq().is_some_and(|seq| seq <= *last))
        };
        self.kinds.iter().any(|one| Some(*one) == kind)
            && audience.iter().any(|token| self.tokens.contains(token) && !is_past(token))
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Epoch, EventId, Role, UserId, kit::moment};

    use super::*;
    use crate::ports::Belonging;

    fn person(actor: Actor) -> Person {
        Person { actor, belongs: Vec::new() }
    }

    fn event(name: &str, audience: &[Audience], payload: Value) -> Event {
        Event {
            id: EventId::parse(1).unwrap(),
            name: name.to_owned(),
            at: moment(1),
            actor: None,
            subject: 1,
            audience: audience.to_vec(),
            payload,
            request_id: None,
            traceparent: None,
        }
    }

    #[test]
    fn w12_a_person_sees_what_the_feed_shows_them() {
        let rules = [KindRule {
            kind: "task",
            read: Permission::TasksRead,
            manage: Some(Permission::TasksManage),
        }];
        let user = |id| UserId::parse(id).unwrap();
        let of = |role| Sight::of(&person(Actor::new(user(1), role)), &rules);
        let event = |name, audience: &[Audience]| event(name, audience, Value::Null);
        let own = [Audience::person(user(1))];
        let theirs = [Audience::person(user(2)), Audience::holders(Permission::TasksManage)];
        assert!(of(Role::User).shows(&event("task.created.v1", &own)));
        assert!(!of(Role::User).shows(&event("task.created.v1", &theirs)));
        assert!(of(Role::Admin).shows(&event("task.created.v1", &theirs)));
        assert!(!of(Role::Admin).shows(&event("file.created.v1", &own)), "no rule shows files");
        let less =
            Actor { permissions: kernel::Permissions::NONE, ..Actor::new(user(1), Role::User) };
        assert!(!Sight::of(&person(less), &rules).shows(&event("task.created.v1", &own)));
    }

    #[test]
    fn w12_who_belongs_somewhere_sees_what_happens_there_from_then_on() {
        let rules = [KindRule { kind: "message", read: Permission::ChatRead, manage: None }];
        let user = Actor::new(UserId::parse(1).unwrap(), Role::User);
        let (open, hidden) = (Audience::of("room", 1), Audience::of("room", 2));
        let belongs = vec![
            Belonging { token: open.clone(), after: None },
            Belonging { token: hidden.clone(), after: Some(5) },
        ];
        let sight = Sight::of(&Person { actor: user, belongs }, &rules);
        let shows = |token: &Audience, seq: i64| {
            let payload = serde_json::json!({"seq": seq});
            let sent = event("message.sent.v1", std::slice::from_ref(token), payload);
            let is_shown = sight.shows(&sent);
            assert_eq!(
                sight.shows_message(&NewMessage::of(&sent, Epoch::from_number(1))),
                is_shown
            );
            is_shown
        };
        assert!(shows(&open, 1) && shows(&hidden, 6));
        assert!(!shows(&hidden, 5) && !shows(&Audience::of("room", 3), 6));
    }
}
