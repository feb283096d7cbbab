//! Tasks of the sample.

use std::{sync::Arc, time::Duration};

use adapter_diesel::Db;
use kernel::{StoreError, Timestamp, UnitOfWork, UserId};
use tasks::{
    TasksTx,
    query::Visibility,
    task::NewTask,
    values::{Description, Priority, Status, Tag, Tags, Title},
};

use crate::seed::{BATCH, Dice, Sample, THINGS};

const VERBS: [&str; 12] = [
    "Write",
    "Review",
    "Call about",
    "Prepare",
    "Order",
    "Plan",
    "Fix",
    "Publish",
    "Check",
    "Translate",
    "Update",
    "Archive",
];
const TAGS: [&str; 8] = ["work", "home", "urgent", "money", "team", "travel", "health", "later"];

/// Adds tasks, unless an earlier run did; says how many.
pub(crate) async fn add(sample: &Sample<'_>) -> anyhow::Result<Option<String>> {
    let work: Arc<dyn UnitOfWork<dyn TasksTx>> = Arc::<Db>::clone(&sample.wired.db);
    let (people, count, now) = (&sample.people, sample.amounts.tasks, sample.now);
    if have_tasks(&work, people, now).await? {
        return Ok(None);
    }
    add_tasks(&work, people, count, now).await?;
    Ok(Some(format!("{count} tasks")))
}

/// Whether an earlier run added tasks: some of the first people have one.
async fn have_tasks(
    work: &Arc<dyn UnitOfWork<dyn TasksTx>>,
    people: &[UserId],
    now: Timestamp,
) -> anyhow::Result<bool> {
    let some: Vec<UserId> = people.iter().copied().take(20).collect();
    let count = work.read::<_, StoreError, _>(move |tx| {
        let mut count = 0;
        for owner in &some {
            let found = tx.tasks().counts(Visibility::Of(*owner), now)?;
            count += found.by_status.iter().sum::<u64>();
        }
        Ok(count)
    });
    Ok(count.await? > 0)
}

async fn add_tasks(
    work: &Arc<dyn UnitOfWork<dyn TasksTx>>,
    people: &[UserId],
    count: u32,
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut dice = Dice(2);
    let mut left = count;
    while left > 0 && !people.is_empty() {
        let size = left.min(BATCH);
        left -= size;
        let mut batch = Vec::new();
        for _ in 0..size {
            batch.push(task(&mut dice, people, now)?);
        }
        work.write::<_, kernel::StoreError, _>(move |tx| {
            batch.iter().try_for_each(|task| tx.tasks().insert(task).map(drop))
        })
        .await?;
    }
    Ok(())
}

fn task(dice: &mut Dice, people: &[UserId], now: Timestamp) -> anyhow::Result<NewTask> {
    let someone = |dice: &mut Dice| {
        let at = dice.roll(people.len());
        people.get(at).copied().ok_or_else(|| anyhow::anyhow!("no people"))
    };
    let created_at = now.minus(Duration::from_secs(dice.roll(60 * 86_400) as u64));
    let status = match dice.roll(10) {
        0..=4 => Status::Pending,
        5..=6 => Status::InProgress,
        _ => Status::Completed,
    };
    let age = usize::try_from(now.since(created_at).as_secs()).unwrap_or(1);
    let completed_at = (status == Status::Completed)
        .then(|| created_at.plus(Duration::from_secs(dice.roll(age.max(1)) as u64)));
    let tags = (0..dice.roll(3)).map(|_| Tag::parse(dice.pick(&TAGS))).collect::<Result<_, _>>()?;
    Ok(NewTask {
        title: Title::parse(&format!("{} {}", dice.pick(&VERBS), dice.pick(&THINGS)))?,
        description: Description::parse(if dice.roll(3) == 0 {
            ""
        } else {
            "See the notes of the last meeting; ask if anything is unclear."
        })?,
        status,
        priority: match dice.roll(4) {
            0 => Priority::Low,
            1 => Priority::High,
            _ => Priority::Medium,
        },
        due: (dice.roll(2) == 0)
            .then(|| created_at.plus(Duration::from_secs(dice.roll(60 * 86_400) as u64))),
        owner: someone(dice)?,
        assignee: if dice.roll(5) == 0 { Some(someone(dice)?) } else { None },
        tags: Tags::parse(tags)?,
        completed_at,
        created_at,
    })
}
