//! Accounts that no one uses: their owners are warned, and who does not come back is closed out.

use std::time::Duration;

use kernel::{SessionId, Timestamp, UserId, actor::Origin};

use super::{
    AuditedAction, Users,
    account_deletion::close_until,
    emails::{Class, enqueue},
};
use crate::{
    email_templates,
    error::UserError,
    inactivity::{ActivityCounts, Due, Inactivity, Place, Stage},
    ports::UsersTx,
};

/// Accounts that one transaction looks at.
const BATCH: u32 = 200;
/// How long an account that was closed for want of use can be had back at least: its owner did not ask
/// for it.
const GRACE: Duration = Duration::from_hours(30 * 24);
/// How exactly the last use of an account is known.
const NOTED_EVERY: Duration = Duration::from_hours(1);

/// Notes that an account is used.
pub(crate) fn note_activity(
    tx: &mut dyn UsersTx,
    user: UserId,
    now: Timestamp,
) -> Result<(), UserError> {
    tx.activity().note(user, now, now.minus(NOTED_EVERY))?;
    Ok(())
}

impl Users {
    /// Warns the owners of accounts that no one has used for long, and closes those whose owners were
    /// warned and did not come back; returns how many of both. Without a rule it does nothing.
    pub async fn close_inactive(&self) -> Result<u64, UserError> {
        let Some(rule) = self.settings.inactivity else { return Ok(0) };
        let now = self.clock.now();
        let mut done = 0;
        // Those first who are due: a warning of this run names a later day.
        for (stage, until) in [(Stage::Warned, now), (Stage::Idle, rule.warned_before(now))] {
            let mut after = None;
            loop {
                let page = self.unused(stage, until, after).await?;
                done += match stage {
                    Stage::Warned => self.close_some(&page, rule, now).await?,
                    Stage::Idle => self.warn_some(&page, rule, now).await?,
                };
                after = page.last().copied();
                if page.len() < BATCH as usize {
                    break;
                }
            }
        }
        Ok(done)
    }

    /// How many accounts were made and used since a moment, of each at most `most`.
    ///
    /// # Errors
    ///
    /// `Store`.
    pub async fn activity_counts(
        &self,
        since: Timestamp,
        most: u32,
    ) -> Result<ActivityCounts, UserError> {
        self.work.read_slow(move |tx| Ok(tx.activity().counts(since, most)?)).await
    }

    async fn unused(
        &self,
        stage: Stage,
        until: Timestamp,
        after: Option<Place>,
    ) -> Result<Vec<Place>, UserError> {
        self.work.read(move |tx| Ok(tx.activity().unused(stage, until, after, BATCH)?)).await
    }

    async fn warn_some(
        &self,
        page: &[Place],
        rule: Inactivity,
        now: Timestamp,
    ) -> Result<u64, UserError> {
        let mut ids: Vec<UserId> = page.iter().map(|place| place.id).collect();
        // Units that lock several accounts lock them in this order.
        ids.sort_unstable();
        let sign_in = self.links.sign_in();
        self.work
            .write(move |tx| {
                let mut warned = 0;
                for id in &ids {
                    warned += u64::from(warn(tx, *id, rule, now, &sign_in)?);
                }
                Ok(warned)
            })
            .await
    }

    async fn close_some(
        &self,
        page: &[Place],
        rule: Inactivity,
        now: Timestamp,
    ) -> Result<u64, UserError> {
        let grace = GRACE.max(self.settings.deletion_grace);
        let sign_in = self.links.sign_in();
        let (mut done, mut failed) = (0, None);
        for place in page {
            let (id, sign_in) = (place.id, sign_in.clone());
            let ended = self
                .work
                .write(move |tx| match close_one(tx, id, rule, now, now.plus(grace))? {
                    // The warning lies too far back.
                    None => Ok((u64::from(warn(tx, id, rule, now, &sign_in)?), Vec::new())),
                    Some(sessions) => Ok((1, sessions)),
                })
                .await;
            match ended {
                Ok((closed, sessions)) => {
                    done += closed;
                    self.forget(id, &sessions).await;
                }
                // One that cannot be closed does not keep the others.
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(done), Err)
    }
}

/// What an account is due for, asked under its lock: its owner may have come back a moment ago.
fn due(
    tx: &mut dyn UsersTx,
    id: UserId,
    rule: Inactivity,
    now: Timestamp,
) -> Result<Option<(crate::user::User, Timestamp, Due)>, UserError> {
    let Some(user) = tx.users().lock(id)? else { return Ok(None) };
    let Some(standing) = tx.activity().standing(id)? else { return Ok(None) };
    let due = rule.due(&user, &standing, now);
    Ok(Some((user, standing.active_at, due)))
}

/// Warns the owner of an account that is due for it. When their address has had as many emails as it gets
/// in a day, another run does it.
fn warn(
    tx: &mut dyn UsersTx,
    id: UserId,
    rule: Inactivity,
    now: Timestamp,
    sign_in: &str,
) -> Result<bool, UserError> {
    let Some((user, active_at, Due::Warning)) = due(tx, id, rule, now)? else { return Ok(false) };
    let closing_at = now.plus(rule.warning);
    let email = email_templates::inactive(user.locale, active_at, closing_at, sign_in);
    if !enqueue(tx, id, &user.email, &email, Class::Notice, now)? {
        return Ok(false);
    }
    tx.activity().announce(id, closing_at)?;
    Ok(true)
}

/// Closes an account that is due for it; returns the sessions that ended.
fn close_one(
    tx: &mut dyn UsersTx,
    id: UserId,
    rule: Inactivity,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Vec<SessionId>>, UserError> {
    let Some((user, active_at, Due::Closing)) = due(tx, id, rule, now)? else { return Ok(None) };
    let email = email_templates::closed_for_inactivity(user.locale, until);
    let audited = AuditedAction::anonymous(&Origin::default(), now);
    let detail = Some(format!("not used since {active_at}"));
    close_until(tx, user, &audited, until, &email, detail).map(Some)
}
