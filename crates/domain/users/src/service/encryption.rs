//! One encryption key for one database. A server with another key could read no second factor and would
//! seal new ones that the others cannot read, so it must not start.

use kernel::UnitOfWork;

use super::Users;
use crate::{
    error::UserError,
    ports::{Factors, UsersTx},
};

/// How this server's encryption key compares with the one that the database was used with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyCheck {
    /// It is the same, or the database was never used with one.
    Same,
    /// It is another one.
    Different,
    /// This server has none.
    Absent,
}

impl Users {
    /// Compares this server's encryption key with the one that the database was used with. The first
    /// server that asks settles which one that is; of several that start simultaneously one does.
    pub async fn check_encryption_key(&self) -> Result<KeyCheck, UserError> {
        let Some(factors) = &self.factors else {
            return check_key(&*self.work, None).await;
        };
        let mark = factors.key_mark();
        let known = self
            .work
            .write(move |tx| Ok::<_, UserError>(tx.factors().get_or_set_key_mark(&mark)?))
            .await?;
        Ok(if known == mark { KeyCheck::Same } else { KeyCheck::Different })
    }
}

/// Compares an encryption key with the one that a database was used with, and changes nothing.
pub async fn check_key(
    work: &(dyn UnitOfWork<dyn UsersTx> + 'static),
    factors: Option<&dyn Factors>,
) -> Result<KeyCheck, UserError> {
    let known = work.read(move |tx| Ok::<_, UserError>(tx.factors().key_mark()?)).await?;
    Ok(match (known, factors.map(Factors::key_mark)) {
        (None, _) => KeyCheck::Same,
        (Some(_), None) => KeyCheck::Absent,
        (Some(known), Some(ours)) if known == ours => KeyCheck::Same,
        (Some(_), Some(_)) => KeyCheck::Different,
    })
}
