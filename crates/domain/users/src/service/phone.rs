//! The phone number of one's account, which texts go to.
//!
//! A number takes effect only with the code that was sent to it. The request does not draw the code: whoever
//! administers jobs reads their arguments, so a job is given the account and the time of the request, and draws
//! the code itself. A retry draws another one, and the last counts.
//!
//! One number may be that of several accounts: a number that is refused because another account has it would
//! show that it does.

use std::{sync::Arc, time::Duration};

use kernel::{
    Actor, FieldError, JobKind, KeyedDigest, PhoneNumber, StoreError, TextOutcome, TextSender,
    Timestamp, UserId,
    actor::Origin,
    job::{DEFAULT_QUEUE, JobContext, JobDone, JobError, NewJob, Priority},
};
use serde_json::{Value, json};

use super::{AuditedAction, Users, emails::DAY, notify_owner, open_sessions, profile::confirmed};
use crate::{
    audit::AuditOutcome,
    email_templates,
    error::UserError,
    phone::{PhoneChange, PhoneCode, Tried},
    policy,
    ports::UsersTx,
    text_templates,
    user::User,
    values::{Digest, Password},
};

/// The kind of jobs that send codes.
pub const PHONE_CODE: &str = "users.phone_code";
/// Attempts at one text: a request waits an hour at most.
const ATTEMPTS: u32 = 5;

const ASKED: &str = "auth.phone_asked";
const CHANGED: &str = "auth.phone_changed";
const REMOVED: &str = "auth.phone_removed";

/// How texts are sent.
#[derive(Clone)]
pub struct TextSettings {
    /// The provider.
    pub sender: Arc<dyn TextSender>,
    /// The most codes to one number within 24 hours, whichever accounts ask; at zero there is no bound.
    pub per_number: u32,
    /// The most codes for one account within 24 hours; at zero there is no bound.
    pub per_account: u32,
}

/// A bound, and under which key is counted.
type Bound = (Digest, u32);

impl TextSettings {
    /// The keys show neither the number nor the account.
    fn bounds(&self, digests: &dyn KeyedDigest, user: UserId, phone: &PhoneNumber) -> [Bound; 2] {
        let number = digests.digest("texts to a number", &[phone.as_str().as_bytes()]);
        let account = digests.digest("texts of an account", &[&user.get().to_be_bytes()]);
        [(number, self.per_number), (account, self.per_account)]
    }
}

/// Counts one more text. A refusal rolls the count back with its unit, so it prolongs nothing.
fn count((key, most): Bound, tx: &mut dyn UsersTx, at: Timestamp) -> Result<(), UserError> {
    if most == 0 || tx.email_counts().count(&key, at, at.minus(DAY))? <= u64::from(most) {
        return Ok(());
    }
    let began = tx.email_counts().began_at(&key)?.unwrap_or(at);
    // The first of those who ask simultaneously may have been asked a moment after this one.
    Err(UserError::TooManyTexts(began.plus(DAY).since(at).min(DAY)))
}

/// Neither the number nor the code is in its arguments: administrators read them.
fn code_job(user: UserId, asked_at: Timestamp) -> NewJob {
    NewJob {
        kind: PHONE_CODE.to_owned(),
        queue: DEFAULT_QUEUE.to_owned(),
        priority: Priority::High,
        max_attempts: ATTEMPTS,
        args: json!({ "user_id": user.get(), "asked_at": asked_at.micros() }),
        run_at: None,
        lane: None,
        unique: None,
        schedule: None,
        tick_at: None,
    }
}

fn read_args(args: &Value) -> Option<(UserId, Timestamp)> {
    let user = UserId::parse(args.get("user_id")?.as_i64()?).ok()?;
    Some((user, Timestamp::from_micros(args.get("asked_at")?.as_i64()?).ok()?))
}

impl Users {
    /// Sends texts by these settings. Without them no number can be set.
    #[must_use]
    pub fn with_texts(self, texts: TextSettings) -> Self {
        Self { texts: Some(texts), ..self }
    }

    /// The kinds of jobs of this domain.
    pub fn jobs(self: &Arc<Self>) -> Vec<JobKind> {
        let users = Arc::clone(self);
        vec![JobKind {
            priority: Priority::High,
            max_attempts: Some(ATTEMPTS),
            timeout: Duration::from_secs(60),
            pauses: (Duration::from_secs(5), Duration::from_secs(300)),
            ..JobKind::new(PHONE_CODE, move |context| {
                let users = Arc::clone(&users);
                async move { users.send_code(context).await }
            })
        }]
    }

    /// Asks for a number: a code goes to it. A request that waits already is replaced, and its code is void.
    /// Refusals for too many texts are on record.
    pub async fn ask_phone(
        &self,
        actor: &Actor,
        new: PhoneNumber,
        current: Option<Password>,
        origin: Origin,
    ) -> Result<(), UserError> {
        self.by_session(actor, ASKED, &origin).await?;
        let texts = self.texts.clone().ok_or(UserError::TextsUnavailable)?;
        let id = actor.user;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (_, stored) = self.own_password(actor).await?;
        self.confirm(actor, &audited, ASKED, current, stored.clone()).await?;
        let bounds = texts.bounds(&*self.digests, id, &new);
        let (pause, inside) = (self.links.pause, audited.clone());
        let asked = self
            .work
            .write(move |tx| {
                let at = inside.at;
                let user = confirmed(tx, id, stored.as_ref(), at)?;
                if user.phone.as_ref() == Some(&new) {
                    let fault =
                        FieldError::new("/phone", "users.phone_same", "is your number already");
                    return Err(UserError::Invalid(vec![fault]));
                }
                if let Some(before) = tx.phone_changes().lock(id)? {
                    let again = before.asked_at.plus(pause);
                    if at < again {
                        return Err(UserError::TooSoon(again.since(at)));
                    }
                }
                for bound in bounds {
                    count(bound, tx, at)?;
                }
                tx.phone_changes().put(&PhoneChange::asked(id, new.clone(), at))?;
                tx.jobs().enqueue(&code_job(id, at), at)?;
                Ok(inside.record(tx, ASKED, Some(id), AuditOutcome::Success, None)?)
            })
            .await;
        if matches!(asked, Err(UserError::TooManyTexts(_))) {
            let detail = Some("too many today".to_owned());
            self.record_alone(audited, ASKED, Some(id), AuditOutcome::Denied, detail).await?;
        }
        asked
    }

    /// Gives the caller's account the number that waits, by the code that went to it. Tries are counted under the
    /// lock of the request, so that simultaneous ones are not counted as one.
    pub async fn confirm_phone(
        &self,
        actor: &Actor,
        code: PhoneCode,
        origin: Origin,
    ) -> Result<User, UserError> {
        self.by_session(actor, CHANGED, &origin).await?;
        let (id, digests) = (actor.user, Arc::clone(&self.digests));
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let result = self
            .work
            .write(move |tx| {
                let user = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                policy::may_be_used(&user).map_err(|_| UserError::PhoneCodeVoid)?;
                let Some(mut change) = tx.phone_changes().lock(id)? else {
                    return Err(UserError::PhoneCodeVoid);
                };
                let digest = code.digest(&*digests, id, &change.phone);
                match change.judge(&digest, audited.at) {
                    Tried::Void => Err(UserError::PhoneCodeVoid),
                    Tried::Wrong => {
                        tx.phone_changes().put(&change)?;
                        audited.record(tx, CHANGED, Some(id), AuditOutcome::Failure, None)?;
                        // The count must be there, so this unit commits.
                        Ok(Err(UserError::WrongCode))
                    }
                    Tried::Right => {
                        move_in(tx, user, Some(change.phone), CHANGED, &audited).map(Ok)
                    }
                }
            })
            .await;
        self.changed(id, result).await
    }

    /// Takes the number from the caller's account, and what waits with it. Without either it changes nothing.
    pub async fn remove_phone(
        &self,
        actor: &Actor,
        current: Option<Password>,
        origin: Origin,
    ) -> Result<User, UserError> {
        self.by_session(actor, REMOVED, &origin).await?;
        let id = actor.user;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (_, stored) = self.own_password(actor).await?;
        self.confirm(actor, &audited, REMOVED, current, stored.clone()).await?;
        let result = self
            .work
            .write(move |tx| {
                let user = confirmed(tx, id, stored.as_ref(), audited.at)?;
                if user.phone.is_some() {
                    return move_in(tx, user, None, REMOVED, &audited).map(Ok);
                }
                tx.phone_changes().remove(id)?;
                Ok(Ok((user, Vec::new())))
            })
            .await;
        self.changed(id, result).await
    }

    async fn changed(
        &self,
        id: UserId,
        result: Result<Moved, UserError>,
    ) -> Result<User, UserError> {
        let sessions = match &result {
            Ok(Ok((_, sessions))) => sessions.as_slice(),
            _ => &[],
        };
        // Also after a failure: a failed commit may have happened.
        self.forget(id, sessions).await;
        result?.map(|(user, _)| user)
    }

    /// Draws a code and sends it.
    async fn send_code(&self, context: JobContext) -> Result<JobDone, JobError> {
        let Some((id, asked_at)) = read_args(&context.job.args) else {
            return Err(JobError::Discard("its arguments name no account and time".to_owned()));
        };
        let Some(texts) = &self.texts else {
            return Err(JobError::Discard("`sms.provider` is `none`".to_owned()));
        };
        let now = self.clock.now();
        let code = PhoneCode::draw(&self.tokens.digest(&self.tokens.secret()));
        let (drawn, digests) = (code.clone(), Arc::clone(&self.digests));
        let to = self.work.write(move |tx| write_code(tx, (id, asked_at), &drawn, &*digests, now));
        let Some((phone, user)) = to.await.map_err(failed)? else { return Ok(JobDone::Done) };
        let text = text_templates::phone_code(user.locale, code.expose());
        match texts.sender.send(&phone, &text).await {
            TextOutcome::Sent => Ok(JobDone::Done),
            // The request ends after an hour, and with it this.
            TextOutcome::Later { after: Some(after), .. } => Ok(JobDone::RetryAt(now.plus(after))),
            TextOutcome::Later { reason, after: None } => Err(JobError::Failed(reason)),
            // A mistyped number is no failure of the program; who asked finds it in their own audit trail.
            TextOutcome::Never(reason) => {
                let audited = AuditedAction::anonymous(&Origin::default(), self.clock.now());
                let done = self.work.write(move |tx| {
                    tx.users().lock(id)?;
                    let change = tx.phone_changes().lock(id)?;
                    if change.is_some_and(|change| change.asked_at == asked_at) {
                        tx.phone_changes().remove(id)?;
                        let detail = Some(reason.clone());
                        audited.record(tx, ASKED, Some(id), AuditOutcome::Failure, detail)?;
                    }
                    Ok::<_, UserError>(context.finish(tx, audited.at)?)
                });
                done.await.map_err(failed)
            }
        }
    }
}

/// An account after its number changed, with its open sessions; or a refusal that must be on record.
type Moved = Result<(User, Vec<kernel::SessionId>), UserError>;

fn failed(error: UserError) -> JobError {
    JobError::Failed(error.to_string())
}

/// Keeps a code for the request of a job; returns where it goes. None when another request has taken its place,
/// or it is over.
fn write_code(
    tx: &mut dyn UsersTx,
    (id, asked_at): (UserId, Timestamp),
    code: &PhoneCode,
    digests: &dyn KeyedDigest,
    now: Timestamp,
) -> Result<Option<(PhoneNumber, User)>, UserError> {
    let user = tx.users().lock(id)?.filter(|user| policy::may_be_used(user).is_ok());
    let (Some(user), Some(change)) = (user, tx.phone_changes().lock(id)?) else { return Ok(None) };
    if change.asked_at != asked_at || !change.may_be_sent(now) {
        return Ok(None);
    }
    let phone = change.phone.clone();
    let digest = code.digest(digests, id, &phone);
    tx.phone_changes().put(&change.with_code(digest, now))?;
    Ok(Some((phone, user)))
}

/// Gives a locked account another number or none, and tells its owner by email.
fn move_in(
    tx: &mut dyn UsersTx,
    mut user: User,
    phone: Option<PhoneNumber>,
    action: &'static str,
    audited: &AuditedAction,
) -> Result<(User, Vec<kernel::SessionId>), UserError> {
    let (id, at) = (user.id, audited.at);
    let email = match phone {
        Some(_) => email_templates::phone_changed(user.locale, at),
        None => email_templates::phone_removed(user.locale, at),
    };
    user.phone = phone;
    user.updated_at = at;
    tx.users().save(&mut user)?;
    tx.outbox().append(&audited.cause().updated(&user))?;
    tx.phone_changes().remove(id)?;
    notify_owner(tx, &user, &email, at)?;
    audited.record(tx, action, Some(id), AuditOutcome::Success, None)?;
    let sessions = open_sessions(tx, id, at)?;
    Ok((user, sessions))
}

/// Takes from a locked account whose address nobody proved the number that a stranger may have given it. The
/// caller saves the account.
pub(super) fn disown(tx: &mut dyn UsersTx, user: &mut User) -> Result<(), StoreError> {
    user.phone = None;
    tx.phone_changes().remove(user.id).map(|_| ())
}
