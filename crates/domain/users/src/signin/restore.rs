//! Having a closed account back.

use super::{Users, attempt::Judged};
use crate::{
    audit::AuditOutcome,
    commands::SignIn,
    error::UserError,
    ports::{Match, UsersTx},
    service::AuditedAction,
    user::User,
    values::{PasswordHash, Status},
};
use kernel::{StoreError, UserId};

/// How the transaction ended; all of these are kept.
enum Back {
    Yes,
    Suspended,
    Gone,
}

impl Users {
    /// Opens an account again that its owner closed, by its password. It lets nobody in. An account
    /// that is open stays as it is; who does not know the password is told no more than at a
    /// sign-in.
    pub async fn restore_account(&self, sign_in: SignIn) -> Result<(), UserError> {
        let SignIn { login, password, origin } = sign_in;
        // Passwords are counted here as at the other door: this one is no way around it.
        let Judged { user, stored, matched, admitted } =
            self.judge_login(&login, &password, &origin).await?;
        let now = self.clock.now();
        let (Some(id), Some(stored), Match::Yes | Match::YesButOutdated) = (user, stored, matched)
        else {
            let audited = AuditedAction::anonymous(&origin, now);
            self.failed(admitted, audited, "users.restored", user).await?;
            return Err(UserError::BadCredentials);
        };
        let audited = AuditedAction::of(id, &origin, now);
        let result = self.work.write(move |tx| reopen(tx, id, &stored, &audited)).await;
        self.forget(id, &[]).await;
        match result? {
            Back::Yes => {
                let _: Result<(), UserError> = self.succeeded(admitted, now).await;
                Ok(())
            }
            Back::Suspended => Err(UserError::Suspended),
            Back::Gone => Err(UserError::BadCredentials),
        }
    }
}

fn reopen(
    tx: &mut dyn UsersTx,
    id: UserId,
    stored: &PasswordHash,
    audited: &AuditedAction,
) -> Result<Back, UserError> {
    let Some(user) = tx.users().lock(id)? else { return Ok(Back::Gone) };
    if tx.users().password(id)?.as_ref() != Some(stored) {
        // Somebody else replaced it meanwhile: whoever asks again is judged by the new one.
        return Err(StoreError::Contention.into());
    }
    if user.status != Status::Active {
        audited.record(tx, "users.restored", Some(id), AuditOutcome::Denied, None)?;
        return Ok(Back::Suspended);
    }
    match user.purge_at {
        None => Ok(Back::Yes),
        Some(until) if until <= audited.at => Ok(Back::Gone),
        Some(_) => {
            let mut user = User { purge_at: None, updated_at: audited.at, ..user };
            tx.users().save(&mut user)?;
            tx.activity().note(id, audited.at, audited.at)?;
            audited.record(tx, "users.restored", Some(id), AuditOutcome::Success, None)?;
            Ok(Back::Yes)
        }
    }
}
