//! `reports.daily`: at the hour of their clocks, those who operate the program get a report on it, and those who
//! ask for it one on their tasks. Each domain counts; here the figures are put together.

use std::{sync::Arc, time::Duration};

use jobs::{JobAdmin, JobsError};
use kernel::{BoxFuture, Chore, Runs, Timestamp, UserId};
use notifications::{Kind, Notifications, report::ReportDay, values::Params};
use users::{UserError, Users};

use crate::FlowError;

/// Looked at each full hour: no one waits longer for a zone that is off by half an hour.
const EVERY: Runs = Runs::at("0 * * * *");
/// What a report looks back on.
const DAY: Duration = Duration::from_hours(24);
/// Reports that are looked at together.
const BATCH: u32 = 100;
/// The highest number in a report: counting ends there.
const MOST: u32 = 10_000;

/// Counts what is stored, in bytes.
pub type Stored = Arc<dyn Fn() -> BoxFuture<'static, Result<u64, FlowError>> + Send + Sync>;

/// What someone has to do on a day, and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agenda {
    /// Due later on the day.
    pub due: u64,
    /// Due before.
    pub overdue: u64,
    /// Done lately.
    pub done: u64,
}

/// Counts what a person has to do until a moment, and did since another one.
pub type AgendaOf = Arc<
    dyn Fn(UserId, Timestamp, Timestamp) -> BoxFuture<'static, Result<Agenda, FlowError>>
        + Send
        + Sync,
>;

/// Where the figures come from.
pub struct Sources {
    /// Accounts.
    pub users: Arc<Users>,
    /// Background work.
    pub jobs: Arc<JobAdmin>,
    /// Files, where there are any.
    pub stored: Option<Stored>,
    /// Tasks, where there are any.
    pub agenda: Option<AgendaOf>,
}

/// The chore.
pub fn chore(sources: Sources, notifications: Arc<Notifications>) -> Chore {
    let sources = Arc::new(sources);
    Chore::new("reports.daily", EVERY, move || {
        let (sources, notifications) = (Arc::clone(&sources), Arc::clone(&notifications));
        async move { run(&sources, &notifications).await }
    })
}

/// Sends the reports that are due; returns how many.
async fn run(sources: &Sources, notifications: &Notifications) -> Result<u64, FlowError> {
    notifications.plan_operations().await?;
    let mut sent = 0;
    for kind in [Kind::ReportOperations, Kind::ReportDaily] {
        // The figures on the program are the same for all who get them now.
        let (mut operations, mut after) = (None, None);
        loop {
            let (due, last) = notifications.due_reports(kind, after, BATCH).await?;
            for report in &due {
                let params = if kind == Kind::ReportDaily {
                    daily(sources, report.planned.owner, report.day).await?
                } else {
                    if operations.is_none() {
                        operations = Some(on_operations(sources, report.now).await?);
                    }
                    operations.clone().flatten()
                };
                sent += u64::from(notifications.report(report, params).await?);
            }
            if last.is_none() {
                break;
            }
            after = last;
        }
    }
    Ok(sent)
}

/// The figures on the program; none when nothing happened.
async fn on_operations(sources: &Sources, now: Timestamp) -> Result<Option<Params>, FlowError> {
    let since = now.minus(DAY);
    let people = sources.users.activity_counts(since, MOST).await?;
    let health = sources.jobs.health(since, MOST).await?;
    let counts = [
        ("new_users", people.made),
        ("active_users", people.active),
        ("failed_jobs", health.failed_jobs),
        ("dead_letters", health.dead_letters),
    ];
    if counts.iter().all(|(_, count)| *count == 0) {
        return Ok(None);
    }
    let backed_up = health.backed_up_at.map(|at| at.to_string()).unwrap_or_default();
    let mut params = with_counts(Params::default(), &counts).with("backed_up", &backed_up);
    if let Some(stored) = &sources.stored {
        params = params.with("stored", &stored().await?.to_string());
    }
    Ok(Some(params))
}

/// The figures on one person's tasks; none when there is nothing to do and nothing was done.
async fn daily(
    sources: &Sources,
    owner: UserId,
    day: ReportDay,
) -> Result<Option<Params>, FlowError> {
    let Some(agenda) = &sources.agenda else { return Ok(None) };
    let Agenda { due, overdue, done } = agenda(owner, day.end, day.begin.minus(DAY)).await?;
    let counts = [("due", due), ("overdue", overdue), ("done", done)];
    let is_empty = counts.iter().all(|(_, count)| *count == 0);
    Ok((!is_empty).then(|| with_counts(Params::default(), &counts)))
}

fn with_counts(params: Params, counts: &[(&str, u64)]) -> Params {
    let said = |count: u64| {
        let is_more = count >= u64::from(MOST);
        if is_more { format!("{MOST}+") } else { count.to_string() }
    };
    counts.iter().fold(params, |params, (name, count)| params.with(name, &said(*count)))
}

impl From<UserError> for FlowError {
    fn from(error: UserError) -> Self {
        Self::Failed { domain: "users", why: error.to_string(), permanent: false }
    }
}

impl From<JobsError> for FlowError {
    fn from(error: JobsError) -> Self {
        Self::Failed { domain: "jobs", why: error.to_string(), permanent: false }
    }
}
