//! The text of a notification: it follows from the kind, the parameters and the name of the actor.

use crate::{kind::Kind, notification::Shown};

/// The name of someone whose account is not there.
const NO_NAME: &str = "Someone";

/// What a notification says, in one line.
pub fn render(shown: &Shown) -> String {
    let params = &shown.notification.params;
    let who = shown.actor_name.as_deref().unwrap_or(NO_NAME);
    let title = params.get("title");
    match shown.notification.kind {
        Kind::TaskAssigned => format!("{who} assigned you the task \"{title}\"."),
        Kind::TaskUnassigned => {
            format!("The task \"{title}\" is not yours any more: {who} took it.")
        }
        Kind::TaskCommented => format!("{who} commented on the task \"{title}\"."),
        Kind::TaskMentioned => format!("{who} mentioned you on the task \"{title}\"."),
        Kind::WarrantyExpiring => {
            format!("The warranty of {} ends on {}.", params.get("product"), params.get("expires"))
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Timestamp, UserId};

    use super::*;
    use crate::{
        notification::Notification,
        values::{NotificationId, Params},
    };

    #[test]
    fn every_kind_says_what_happened() {
        let params = Params::default().with("title", "Paint").with("product", "Drill");
        let shown = |kind| Shown {
            notification: Notification {
                id: NotificationId::parse(1).unwrap(),
                owner: UserId::parse(1).unwrap(),
                kind,
                subject: None,
                actor: None,
                params: params.clone().with("expires", "2026-12-31"),
                created_at: Timestamp::from_micros(0).unwrap(),
                read_at: None,
            },
            actor_name: Some("eve".to_owned()),
        };
        let texts: Vec<String> = Kind::ALL.iter().map(|kind| render(&shown(*kind))).collect();
        assert_eq!(
            texts,
            [
                "eve assigned you the task \"Paint\".",
                "The task \"Paint\" is not yours any more: eve took it.",
                "eve commented on the task \"Paint\".",
                "eve mentioned you on the task \"Paint\".",
                "The warranty of Drill ends on 2026-12-31.",
            ]
        );
        let gone = Shown { actor_name: None, ..shown(Kind::TaskCommented) };
        assert_eq!(render(&gone), "Someone commented on the task \"Paint\".");
    }
}
