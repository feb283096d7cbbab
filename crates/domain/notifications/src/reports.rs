//! The use cases of reports: who gets the next one when, and that no one gets one twice.
//!
//! The content of a report comes from other domains. The flow that composes reports calls
//! [`Notifications::due_reports`], then [`Notifications::report`] for each.

use kernel::{Permission, StoreError, Timestamp};

use crate::{
    error::NotificationError,
    events,
    kind::Kind,
    notification::NewNotification,
    ports::NotificationsTx,
    quiet::Zone,
    report::{PlannedReport, ReportDay, next_report},
    service::Notifications,
    settings::Settings,
    values::{Dedupe, Params},
};

/// What one needs to hear how the program does.
const OPERATES: Permission = Permission::JobsManage;

/// A report that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueReport {
    /// To whom, of what, and when.
    pub planned: PlannedReport,
    /// The day that it is of, by the clocks of its reader.
    pub day: ReportDay,
    /// When it was found to be due.
    pub now: Timestamp,
    zone: Zone,
}

impl Notifications {
    /// Plans the first report of those who operate the program and have none planned; returns how many.
    ///
    /// Errors: `Store`.
    pub async fn plan_operations(&self) -> Result<u64, NotificationError> {
        let (now, hour) = (self.clock.now(), self.report_hour);
        self.work
            .write(move |tx| {
                let mut planned = 0;
                for owner in tx.people().holders(OPERATES)? {
                    let zone = tx.settings().of(owner)?.quiet.zone;
                    let kind = Kind::ReportOperations;
                    if let Some(due_at) = next_report(zone, hour, now) {
                        let report = PlannedReport { owner, kind, due_at };
                        planned += u64::from(tx.reports().plan(&report)?);
                    }
                }
                Ok(planned)
            })
            .await
    }

    /// Reports of a kind that are due, behind `after`, at most `limit`. Those that were missed on an earlier
    /// date, those that their readers no longer want and those of readers who may not have them any more
    /// are moved on, and not returned; the second part is the last one looked at, and `None` after all.
    ///
    /// Errors: `Store`.
    pub async fn due_reports(
        &self,
        kind: Kind,
        after: Option<PlannedReport>,
        limit: u32,
    ) -> Result<(Vec<DueReport>, Option<PlannedReport>), NotificationError> {
        let (now, hour) = (self.clock.now(), self.report_hour);
        let planned: Result<Vec<PlannedReport>, StoreError> =
            self.work.read(move |tx| tx.reports().planned(kind, now, after.as_ref(), limit)).await;
        let planned = planned?;
        let last = planned.last().copied().filter(|_| planned.len() >= limit as usize);
        if planned.is_empty() {
            return Ok((Vec::new(), None));
        }
        let due: Result<Vec<DueReport>, StoreError> = self
            .work
            .write(move |tx| {
                let holders = match kind {
                    Kind::ReportOperations => Some(tx.people().holders(OPERATES)?),
                    _ => None,
                };
                let mut due = Vec::new();
                for report in &planned {
                    let settings = tx.settings().of(report.owner)?;
                    let zone = settings.quiet.zone;
                    let may = holders.as_ref().is_none_or(|all| all.contains(&report.owner));
                    if !may || !settings.preferences.wants(kind) {
                        // Who wants or may have them again is planned again.
                        tx.reports().advance(report, None)?;
                        continue;
                    }
                    match (ReportDay::at(zone, report.due_at), ReportDay::at(zone, now)) {
                        (Some(day), Some(today)) if day == today => {
                            due.push(DueReport { planned: *report, day, now, zone });
                        }
                        _ => {
                            tx.reports().advance(report, next_report(zone, hour, now))?;
                        }
                    }
                }
                Ok(due)
            })
            .await;
        Ok((due?, last))
    }

    /// Writes a report, or nothing when there is nothing to say, and plans the next one; returns whether it
    /// was written. Of many that do so simultaneously one succeeds; one person gets one of a kind and date.
    ///
    /// Errors: `Store`.
    pub async fn report(
        &self,
        due: &DueReport,
        params: Option<Params>,
    ) -> Result<bool, NotificationError> {
        let (now, hour, outlets) = (self.clock.now(), self.report_hour, self.outlets());
        let DueReport { planned, day, zone, .. } = due.clone();
        let dedupe = Dedupe::parse(&format!("date:{day}"));
        let dedupe = dedupe.map_err(|error| StoreError::Internal(error.to_string()))?;
        self.work
            .write(move |tx| {
                if !tx.reports().advance(&planned, next_report(zone, hour, now))? {
                    return Ok(false);
                }
                let Some(params) = params.clone() else { return Ok(false) };
                let new = NewNotification {
                    owner: planned.owner,
                    kind: planned.kind,
                    dedupe: dedupe.clone(),
                    subject: None,
                    actor: None,
                    params: params.with("date", &day.to_string()),
                    created_at: now,
                };
                let Some(notification) = tx.notifications().insert(&new)? else {
                    return Ok(false);
                };
                tx.outbox().append(&events::created(&notification, None))?;
                outlets.send_out(tx, &notification, now)?;
                Ok(true)
            })
            .await
    }
}

/// Plans the daily report of someone who has just chosen anew. Those that are planned come by
/// the clocks of the zone that was chosen last.
pub(crate) fn plan_reports(
    tx: &mut dyn NotificationsTx,
    settings: &Settings,
    former: Zone,
    hour: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (owner, zone) = (settings.owner, settings.quiet.zone);
    let Some(due_at) = next_report(zone, hour, now) else { return Ok(()) };
    if zone != former {
        tx.reports().reschedule(owner, due_at)?;
    }
    if settings.preferences.wants(Kind::ReportDaily) {
        tx.reports().plan(&PlannedReport { owner, kind: Kind::ReportDaily, due_at })?;
    }
    Ok(())
}
