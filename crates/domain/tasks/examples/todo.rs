//! The tasks room in a program of its own: no web server, no database. Swap `MemoryDb` for another
//! store that passes the kit and nothing else changes.
//!
//! `cargo run -p alveole-tasks --example todo`
#![expect(clippy::disallowed_macros, reason = "a program may print, a domain may not")]

use std::{error::Error, sync::Arc, time::Duration};

use kernel::{Actor, Audience, FeedCursor, PageRequest, Role, SystemClock, Timestamp};
use memory::{MemoryCache, MemoryDb};
use tasks::{
    Tasks,
    commands::{CreateTask, UpdateTask},
    query::{DEFAULT_ORDER, TaskFilter, Visibility},
    values::{Status, Title},
};

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let db = MemoryDb::new();
    let person = |user| Actor::new(user, Role::User);
    let ada = person(db.add_person("ada")?);
    let bob = person(db.add_person("bob")?);
    let cache = Arc::new(MemoryCache::new(1000, Duration::from_secs(5)));
    let tasks = Tasks::new(db, Arc::new(SystemClock), cache);

    // Ada has things to do, and gives one of them to Bob.
    for (text, assignee) in [("Buy milk", None), ("Mend the roof", Some(bob.user))] {
        let command = CreateTask { assignee, ..CreateTask::titled(Title::parse(text)?) };
        tasks.create(&ada, None, command).await?;
    }

    // Bob sees his, and says that it is done.
    let filter = TaskFilter::all(Visibility::Of(bob.user), Timestamp::MIN);
    let page = tasks.list(&bob, filter, DEFAULT_ORDER.to_vec(), PageRequest::default()).await?;
    for task in &page.items {
        let update = UpdateTask { status: Some(Status::Completed), ..UpdateTask::default() };
        tasks.update(&bob, task.id, Some(task.version), update).await?;
    }

    // Anything more is not his to change, and the refusal says why.
    let first = page.items.first().ok_or("Bob has a task")?;
    let rename = UpdateTask { title: Some(Title::parse("Sleep")?), ..UpdateTask::default() };
    let refused = tasks.update(&bob, first.id, None, rename).await;
    let refusal = refused.err().ok_or("only the owner renames")?.to_string();

    // Ada looks at the whole.
    let mut lines = Vec::new();
    let filter = TaskFilter::all(Visibility::Of(ada.user), Timestamp::MIN);
    let page = tasks.list(&ada, filter, DEFAULT_ORDER.to_vec(), PageRequest::default()).await?;
    for task in page.items {
        lines.push(format!("{}: {}", task.title.as_str(), task.status.as_str()));
    }
    lines.push(refusal);
    let hers = Audience::held_by(&ada, []).into();
    for event in tasks.event_feed().read(hers, FeedCursor::START, 100).await?.events {
        lines.push(event.name);
    }
    for line in &lines {
        println!("{line}");
    }
    assert_eq!(
        lines,
        [
            "Mend the roof: completed",
            "Buy milk: pending",
            "Changing more than the status needs to be the task's owner or the permission \
             `tasks:manage`.",
            "task.created.v1",
            "task.created.v1",
            "task.completed.v1",
        ]
    );
    Ok(())
}
