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
        Kind::AccountSecurity => security(params.get("action")).to_owned(),
    }
}

/// What happened to an account. Actions that this release does not know are said in general.
fn security(action: &str) -> &'static str {
    match action {
        "email_changed" => "The email address of your account was changed.",
        "new_device" => "Someone signed in to your account from a device that was not seen before.",
        "password_changed" => "The password of your account was changed.",
        "provider_linked" => "Your account can be signed in to with another provider.",
        "provider_unlinked" => "A provider can no longer sign in to your account.",
        "recovery_codes_renewed" => "Your account has new recovery codes.",
        "role_changed" => "Your account has another role.",
        "token_created" => "Your account has a new personal access token.",
        "two_factor_disabled" => "Your account no longer asks for a second factor.",
        "two_factor_enabled" => "Your account asks for a second factor.",
        _ => "The security of your account was changed.",
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
                "The security of your account was changed.",
            ]
        );
        let gone = Shown { actor_name: None, ..shown(Kind::TaskCommented) };
        assert_eq!(render(&gone), "Someone commented on the task \"Paint\".");
    }
}
