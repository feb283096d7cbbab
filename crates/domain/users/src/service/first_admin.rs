//! The first super_admin: named by the environment, or created with the token that the server logs at its start.

use std::fmt::Write as _;

use kernel::{PageRequest, Role};

use super::{
    AuditedAction, Users,
    admin::{create, operators_account},
};
use crate::{
    audit::AuditOutcome,
    commands::Register,
    error::UserError,
    query::{DEFAULT_ORDER, UserFilter},
    user::User,
};

/// Bytes of the setup token.
const TOKEN_BYTES: usize = 20;

impl Users {
    /// True while there is no `super_admin`.
    pub async fn lacks_super_admin(&self) -> Result<bool, UserError> {
        let filter = UserFilter { role: Some(Role::SuperAdmin), ..UserFilter::default() };
        let page = PageRequest { limit: 1, ..PageRequest::default() };
        self.work
            .read(move |tx| Ok(tx.users().list(&filter, &DEFAULT_ORDER, &page)?.items.is_empty()))
            .await
    }

    /// Makes the first `super_admin`, unless there is one.
    pub async fn ensure_super_admin(&self, register: Register) -> Result<Option<User>, UserError> {
        // Asked twice: here without a lock, so that a usual start hashes nothing.
        if !self.lacks_super_admin().await? {
            return Ok(None);
        }
        let hash = self.judged_and_hashed(&register).await?;
        let audited = AuditedAction::anonymous(&register.origin, self.clock.now());
        let new = operators_account(&register, Role::SuperAdmin, &audited);
        self.work
            .write(move |tx| {
                if !tx.users().lock_role(Role::SuperAdmin)?.is_empty() {
                    return Ok(None);
                }
                create(tx, &new, Some(&hash), &audited, "users.created").map(Some)
            })
            .await
    }

    /// The token that proves control of the server. [`set_up`](Self::set_up) accepts it while there is no
    /// `super_admin`. Servers with the same signing secret have the same token, so no store keeps it.
    pub fn setup_token(&self) -> String {
        let digest = self.digests.digest("setup token", &[]);
        digest.iter().take(TOKEN_BYTES).fold(String::new(), |mut text, byte| {
            let _: std::fmt::Result = write!(text, "{byte:02x}");
            text
        })
    }

    /// Makes the first `super_admin` for who has the setup token.
    ///
    /// # Errors
    ///
    /// `AlreadySetUp` once there is one; `BadSetupToken`, which is put on record.
    pub async fn set_up(&self, token: &str, register: Register) -> Result<User, UserError> {
        if !self.lacks_super_admin().await? {
            return Err(UserError::AlreadySetUp);
        }
        // Digests are compared, so that the time tells nothing of the token.
        let compared = |token: &str| self.digests.digest("compare", &[token.as_bytes()]);
        if compared(token) != compared(&self.setup_token()) {
            let audited = AuditedAction::anonymous(&register.origin, self.clock.now());
            self.record_alone(audited, "auth.setup", None, AuditOutcome::Denied, None).await?;
            return Err(UserError::BadSetupToken);
        }
        self.ensure_super_admin(register).await?.ok_or(UserError::AlreadySetUp)
    }
}
