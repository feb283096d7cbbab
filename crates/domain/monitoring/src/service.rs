//! The use cases. Each is an asynchronous shell around synchronous transactions.

mod charts;
mod evaluation;
mod live;
mod sampling;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use kernel::{
    Actor, Chore, Clock, FieldError, Idempotent, NewEvent, Outcome, Own, Page, PageRequest, Runs,
    StoreError, Timestamp, UnitOfWork, act, idempotency,
};

use self::live::State;
pub use self::{
    charts::{Chart, Point, SeriesChart, UsualBand},
    live::{Listener, Live, ReplicaSample, Tick},
};
use crate::{
    alert::Alert,
    commands::{CreateRule, UpdateRule},
    error::{MOST_RULES, MonitoringError},
    events,
    policy::{may_manage, may_read},
    ports::{Meters, MonitoringTx, Probe},
    query::{AlertFilter, Retention},
    rule::{NewRule, Rule},
    series::Series,
    values::{AlertId, AlertState, Replica, RuleId, Step},
};

/// How long alerts are kept after they were resolved.
const ALERTS_KEPT: Duration = Duration::from_hours(90 * 24);
/// How long a replica that is gone is remembered.
const REPORTS_KEPT: Duration = Duration::from_hours(24);
/// How long the hours are kept that say what is usual: four weeks, and one hour.
const HOURS_KEPT: Duration = Duration::from_hours(28 * 24 + 2);
/// When old rows are removed.
const PRUNE: Runs = Runs::at("9-59/10 * * * *");
/// Rows that one transaction removes.
const BATCH: u32 = 500;
/// The longest that an alert may be silenced for.
const LONGEST_SILENCE: Duration = Duration::from_hours(366 * 24);

/// Whether other processes use the same database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replicas {
    /// This process is the only one.
    One,
    /// There may be others: each reports what it measures, and one at a time evaluates the rules.
    Several,
}

/// What the program sets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// From one sample to the next.
    pub interval: Duration,
    /// How long rows are kept.
    pub retention: Retention,
    /// What this process is called.
    pub replica: Replica,
    /// Whether there are others.
    pub replicas: Replicas,
    /// This process in leases.
    pub holder: Arc<str>,
}

/// What the use cases need.
pub struct Dependencies {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn MonitoringTx>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The machine.
    pub probe: Arc<dyn Probe>,
    /// What the program counts.
    pub meters: Arc<dyn Meters>,
    /// What the program sets.
    pub settings: Settings,
}

/// The use cases of this domain.
pub struct Monitoring {
    work: Arc<dyn UnitOfWork<dyn MonitoringTx>>,
    clock: Arc<dyn Clock>,
    probe: Arc<dyn Probe>,
    meters: Arc<dyn Meters>,
    settings: Settings,
    state: Mutex<State>,
    listeners: RwLock<Vec<Arc<dyn Listener>>>,
}

impl Monitoring {
    /// On these ports.
    pub fn new(dependencies: Dependencies) -> Self {
        let Dependencies { work, clock, probe, meters, settings } = dependencies;
        let state = Mutex::new(State::new(settings.interval));
        Self { work, clock, probe, meters, settings, state, listeners: RwLock::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From one sample to the next.
    pub const fn interval(&self) -> Duration {
        self.settings.interval
    }

    /// The series that are measured, by position.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn series(&self, actor: &Actor) -> Result<Vec<Series>, MonitoringError> {
        may_read(actor)?;
        self.work.read(|tx| Ok(tx.samples().series()?)).await
    }

    /// Creates a rule.
    ///
    /// Errors: `MissingPermission`, `Invalid`, `TooManyRules`, `KeyReused`, `Store`.
    pub async fn create_rule(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<Rule>>,
        command: CreateRule,
    ) -> Result<Outcome<Rule>, MonitoringError> {
        may_manage(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let new = NewRule::of(command, now)?;
        self.work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| {
                    if tx.rules().all()?.len() >= MOST_RULES {
                        return Err(MonitoringError::TooManyRules);
                    }
                    let rule = tx.rules().insert(&new)?;
                    let event = events::of_rule(events::RULE_CREATED, &rule, &actor, now);
                    publish(tx, &actor, &event)?;
                    Ok(rule)
                })
            })
            .await
    }

    /// A rule.
    ///
    /// Errors: `MissingPermission`, `RuleNotFound`, `Store`.
    pub async fn rule(&self, actor: &Actor, id: RuleId) -> Result<Rule, MonitoringError> {
        may_read(actor)?;
        let found = self.work.read(move |tx| Ok::<_, MonitoringError>(tx.rules().get(id)?));
        found.await?.ok_or(MonitoringError::RuleNotFound(id))
    }

    /// A page of rules, the oldest first.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn rules(
        &self,
        actor: &Actor,
        page: PageRequest,
    ) -> Result<Page<Rule>, MonitoringError> {
        may_read(actor)?;
        self.work.read(move |tx| Ok(tx.rules().list(&page)?)).await
    }

    /// Changes some fields, only at version `expected` if there is one.
    ///
    /// Errors: `MissingPermission`, `RuleNotFound`, `Invalid`, `Stale`, `Store`.
    pub async fn update_rule(
        &self,
        actor: &Actor,
        id: RuleId,
        expected: Option<i64>,
        update: UpdateRule,
    ) -> Result<Rule, MonitoringError> {
        may_manage(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let mut rule = locked(tx, id, expected)?;
                if rule.update(&update, now)? {
                    tx.rules().save(&mut rule)?;
                    let event = events::of_rule(events::RULE_UPDATED, &rule, &actor, now);
                    publish(tx, &actor, &event)?;
                }
                Ok(rule)
            })
            .await
    }

    /// Deletes a rule, only at version `expected` if there is one. Its alerts are resolved by the next evaluation.
    ///
    /// Errors: `MissingPermission`, `RuleNotFound`, `Stale`, `Store`.
    pub async fn remove_rule(
        &self,
        actor: &Actor,
        id: RuleId,
        expected: Option<i64>,
    ) -> Result<(), MonitoringError> {
        may_manage(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let rule = locked(tx, id, expected)?;
                tx.rules().remove(&rule)?;
                let event = events::of_rule(events::RULE_DELETED, &rule, &actor, now);
                Ok(publish(tx, &actor, &event)?)
            })
            .await
    }

    /// A page of alerts, the newest first.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn alerts(
        &self,
        actor: &Actor,
        filter: AlertFilter,
        page: PageRequest,
    ) -> Result<Page<Alert>, MonitoringError> {
        may_read(actor)?;
        self.work.read(move |tx| Ok(tx.alerts().list(filter, &page)?)).await
    }

    /// Acknowledges an alert, which ends its reminders. A second time changes nothing.
    ///
    /// Errors: `MissingPermission`, `AlertNotFound`, `AlertResolved`, `Store`.
    pub async fn acknowledge(&self, actor: &Actor, id: AlertId) -> Result<Alert, MonitoringError> {
        let (by, now) = (actor.user, self.clock.now());
        let change = move |alert: &mut Alert| alert.acknowledge(by, now);
        self.change_alert(actor, id, events::ACKNOWLEDGED, change).await
    }

    /// Silences an alert until a moment: no notification says what becomes of it.
    ///
    /// Errors: `MissingPermission`, `Invalid`, `AlertNotFound`, `AlertResolved`, `Store`.
    pub async fn silence(
        &self,
        actor: &Actor,
        id: AlertId,
        until: Timestamp,
    ) -> Result<Alert, MonitoringError> {
        let (by, now) = (actor.user, self.clock.now());
        may_manage(actor)?;
        if until <= now || until > now.plus(LONGEST_SILENCE) {
            let why = "must be in the future, and within a year";
            let fault = FieldError::new("/until", "monitoring.until_invalid", why);
            return Err(MonitoringError::Invalid(vec![fault]));
        }
        let change = move |alert: &mut Alert| alert.silence(by, until);
        self.change_alert(actor, id, events::SILENCED, change).await
    }

    async fn change_alert(
        &self,
        actor: &Actor,
        id: AlertId,
        name: &'static str,
        change: impl Fn(&mut Alert) -> bool + Send + 'static,
    ) -> Result<Alert, MonitoringError> {
        may_manage(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let found = tx.alerts().lock(id)?;
                let mut alert = found.ok_or(MonitoringError::AlertNotFound(id))?;
                if alert.content.state == AlertState::Resolved {
                    return Err(MonitoringError::AlertResolved(id));
                }
                if change(&mut alert) {
                    tx.alerts().save(&mut alert)?;
                    publish(tx, &actor, &events::of_alert(name, &alert, &actor, now))?;
                }
                Ok(alert)
            })
            .await
    }

    /// Removes what is too old to be kept.
    ///
    /// Errors: `Store`.
    pub async fn prune(&self) -> Result<u64, MonitoringError> {
        let now = self.clock.now();
        let retention = self.settings.retention;
        let mut pruned = 0;
        loop {
            let batch = self.work.write(move |tx| {
                let mut counts = Vec::new();
                for step in Step::ALL {
                    let before = now.minus(retention.of(*step)).seconds();
                    counts.push(tx.samples().prune(*step, before, BATCH)?);
                }
                let before = now.minus(HOURS_KEPT).seconds();
                counts.push(tx.samples().prune_hours(before, BATCH)?);
                counts.push(tx.alerts().prune(now.minus(ALERTS_KEPT), BATCH)?);
                tx.samples().prune_reports(now.minus(REPORTS_KEPT))?;
                Ok::<_, StoreError>(counts)
            });
            let counts = batch.await?;
            pruned += counts.iter().sum::<u64>();
            if counts.iter().all(|count| *count < u64::from(BATCH)) {
                return Ok(pruned);
            }
        }
    }

    /// Recurring work: a sample of each process, and the removal of what is old.
    pub fn chores(self: &Arc<Self>) -> Vec<Chore> {
        let every = Runs::EachProcess(self.settings.interval);
        vec![
            Chore::of(self, "monitoring.sample", every, |monitoring| async move {
                // Nothing that is worth a line in the log every few seconds.
                monitoring.sample().await.map(|()| 0)
            }),
            Chore::of(self, "monitoring.prune", PRUNE, |monitoring| async move {
                monitoring.prune().await
            }),
        ]
    }
}

/// The rule at the version that the caller expects.
fn locked(
    tx: &mut (dyn MonitoringTx + 'static),
    id: RuleId,
    expected: Option<i64>,
) -> Result<Rule, MonitoringError> {
    let rule = tx.rules().lock(id)?.ok_or(MonitoringError::RuleNotFound(id))?;
    match expected {
        Some(version) if version != rule.version => Err(MonitoringError::Stale(Box::new(rule))),
        _ => Ok(rule),
    }
}

/// Rules and alerts have no owner, so what people do to them is in the audit log.
fn publish(
    tx: &mut (dyn MonitoringTx + 'static),
    actor: &Actor,
    event: &NewEvent,
) -> Result<(), StoreError> {
    act::publish(tx, actor, Own::No, event)
}
