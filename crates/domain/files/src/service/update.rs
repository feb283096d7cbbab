//! Changing what is said of a file; its content never changes.

use kernel::{Actor, Permission, act::publish};

use super::Files;
use crate::{
    error::FileError,
    events::Cause,
    file::{File, UpdateFile},
    policy,
    values::FileId,
};

impl Files {
    /// Changes name, type or visibility of a file, only at version `expected` when that is said. A
    /// no-op update writes nothing and publishes no event.
    ///
    /// Errors: `NotFound`, `Forbidden`, `Stale`, `Invalid` for what the content does not allow.
    pub async fn update(
        &self,
        actor: &Actor,
        id: FileId,
        expected: Option<i64>,
        update: UpdateFile,
    ) -> Result<File, FileError> {
        actor.require(Permission::FilesWrite)?;
        let (actor, now, settings) = (actor.clone(), self.clock.now(), self.settings.clone());
        self.work
            .write(move |tx| {
                let mut file = tx.files().lock(id)?.ok_or(FileError::NotFound(id))?;
                policy::must_keep(tx, &actor, &file, "Changing a file")?;
                if expected.is_some_and(|version| version != file.version) {
                    return Err(FileError::Stale(Box::new(file)));
                }
                let limit = |kind| settings.limit_of(kind);
                if file.update(update.clone(), limit, now).map_err(FileError::Invalid)? {
                    tx.files().save(&mut file)?;
                    let own = policy::own(&actor, &file);
                    publish(tx, &actor, own, &Cause::by(&actor, now).updated(&file))?;
                }
                Ok(file)
            })
            .await
    }
}
