//! The types of events that endpoints can hear, with the examples that the tests of their domains prove.

use serde_json::Value;
use webhooks::service::EventType;

/// The name of a type, when it happens, and an event of it.
type Row = (&'static str, &'static str, &'static str);

macro_rules! event {
    ($domain:literal, $name:literal, $about:literal) => {
        (
            $name,
            $about,
            include_str!(concat!("../../../domain/", $domain, "/tests/events/", $name, ".json")),
        )
    };
}

/// By name.
const ROWS: &[Row] = &[
    event!("files", "file.deleted.v1", "A file was deleted."),
    event!("files", "file.shared.v1", "A link to a file was made."),
    event!("files", "file.updated.v1", "A file was renamed, or became private or public."),
    event!("files", "file.uploaded.v1", "A file was uploaded."),
    event!("jobs", "job.dead.v1", "A job was given up; administrators hear of it."),
    event!(
        "notifications",
        "notification.all_read.v1",
        "Every notification up to a moment was read."
    ),
    event!("notifications", "notification.created.v1", "A notification came into the inbox."),
    event!("notifications", "notification.deleted.v1", "A notification was deleted."),
    event!(
        "notifications",
        "notification.sent.v1",
        "A notification goes out by the channel of webhooks."
    ),
    event!(
        "notifications",
        "notification.updated.v1",
        "A notification was read, or is unread again."
    ),
    event!(
        "inbound",
        "payment.failed.v1",
        "The money of a payment could not be collected; administrators hear of it."
    ),
    event!(
        "inbound",
        "payment.refunded.v1",
        "A payment was paid back, in part or as a whole; administrators hear of it."
    ),
    event!(
        "inbound",
        "payment.succeeded.v1",
        "The money of a payment was collected; administrators hear of it."
    ),
    event!(
        "products",
        "product.warranty_expiring.v1",
        "The warranty of something that the person owns ends soon."
    ),
    event!(
        "inbound",
        "repository.pull_request.v1",
        "A pull request changed; administrators hear of it."
    ),
    event!(
        "inbound",
        "repository.pushed.v1",
        "Commits were pushed to a repository; administrators hear of it."
    ),
    event!(
        "jobs",
        "schedule.ticks_missed.v1",
        "A schedule missed ticks; administrators hear of it."
    ),
    event!("tasks", "task.assigned.v1", "A task has another assignee."),
    event!("tasks", "task.commented.v1", "Someone commented on a task."),
    event!("tasks", "task.completed.v1", "A task was completed."),
    event!("tasks", "task.created.v1", "A task was created."),
    event!("tasks", "task.deleted.v1", "A task was deleted."),
    event!("tasks", "task.due_soon.v1", "A task is due soon."),
    event!("tasks", "task.overdue.v1", "A task is overdue."),
    event!("tasks", "task.restored.v1", "A deleted task is back."),
    event!("tasks", "task.updated.v1", "A task changed."),
    event!("users", "user.created.v1", "An account was created."),
    event!("users", "user.deleted.v1", "An account was deleted."),
    event!("users", "user.security.v1", "Something happened to the security of an account."),
    event!("users", "user.updated.v1", "An account changed."),
    event!("webhooks", "webhook.endpoint_created.v1", "An endpoint was created."),
    event!("webhooks", "webhook.endpoint_deleted.v1", "An endpoint was deleted."),
    event!("webhooks", "webhook.endpoint_disabled.v1", "An endpoint was disabled."),
    event!(
        "webhooks",
        "webhook.endpoint_failing.v1",
        "Every request to an endpoint has failed for half of the time after which it is disabled."
    ),
    event!(
        "webhooks",
        "webhook.endpoint_updated.v1",
        "An endpoint changed, was enabled, or got another secret."
    ),
];

/// Those of these kinds, which are the first parts of their names.
pub(crate) fn of_kinds(kinds: &[&str]) -> Vec<EventType> {
    let is_of = |name: &str| name.split('.').next().is_some_and(|kind| kinds.contains(&kind));
    let data = |event: &str| {
        let event: Value = serde_json::from_str(event).unwrap_or_default();
        event.get("data").cloned().unwrap_or_default()
    };
    ROWS.iter()
        .filter(|(name, _, _)| is_of(name))
        .map(|(name, about, event)| EventType { name, about, example: data(event) })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// A type that is not listed here could be heard and not be known.
    #[test]
    fn every_event_that_is_proven_is_listed_with_its_example() {
        let domains = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain");
        let mut proven = BTreeSet::new();
        for domain in fs::read_dir(domains).unwrap() {
            let Ok(files) = fs::read_dir(domain.unwrap().path().join("tests/events")) else {
                continue;
            };
            for file in files {
                let name = file.unwrap().file_name().into_string().unwrap();
                proven.insert(name.trim_end_matches(".json").to_owned());
            }
        }
        let listed: BTreeSet<String> = ROWS.iter().map(|(name, _, _)| (*name).to_owned()).collect();
        assert_eq!(listed, proven);
        assert!(ROWS.is_sorted_by_key(|(name, _, _)| name));
        for (name, _, event) in ROWS {
            let event: Value = serde_json::from_str(event).unwrap();
            assert_eq!(event["type"], *name);
            assert!(event["data"].is_object(), "{name}");
        }
    }
}
