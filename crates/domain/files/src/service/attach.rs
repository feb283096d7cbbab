//! Files of a task, and of something that is owned.

use kernel::{Actor, OwnedId, Page, PageRequest, Permission, SortKey, page::Direction};

use super::{Files, take_out_by};
use crate::{
    error::FileError,
    file::{Attached, File},
    policy,
    query::{FileFilter, FileSort, VisibleTo},
    values::FileId,
};

/// Attachments come in the order they were made.
const ATTACHMENTS_ORDER: [SortKey<FileSort>; 1] =
    [SortKey { field: FileSort::UploadedAt, direction: Direction::Ascending }];

impl Files {
    /// A page of what is attached to a task, oldest first.
    pub async fn attachments(
        &self,
        actor: &Actor,
        task: i64,
        page: PageRequest,
    ) -> Result<Page<File>, FileError> {
        actor.require(Permission::FilesRead)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                if !policy::may_see_task(tx, &actor, task)? {
                    return Err(FileError::TaskNotFound(task));
                }
                let filter = FileFilter::all(VisibleTo::On(Attached::Task(task)));
                Ok(tx.files().list(&filter, &ATTACHMENTS_ORDER, &page)?)
            })
            .await
    }

    /// A page of what is attached to something the caller owns, oldest first.
    pub async fn of_owned(
        &self,
        actor: &Actor,
        owned: OwnedId,
        page: PageRequest,
    ) -> Result<Page<File>, FileError> {
        actor.require(Permission::FilesRead)?;
        let owner = actor.user;
        self.work
            .read(move |tx| {
                if !tx.product_owners().owns(owner, owned)? {
                    return Err(FileError::OwnedNotFound(owned));
                }
                let filter = FileFilter::all(VisibleTo::On(Attached::Owned(owned)));
                Ok(tx.files().list(&filter, &ATTACHMENTS_ORDER, &page)?)
            })
            .await
    }

    /// Deletes what is attached to a task: who attached it, and the task's owner.
    pub async fn detach(&self, actor: &Actor, task: i64, id: FileId) -> Result<(), FileError> {
        actor.require(Permission::FilesWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let gone = self
            .work
            .write(move |tx| {
                if !policy::may_see_task(tx, &actor, task)? {
                    return Err(FileError::TaskNotFound(task));
                }
                let file = tx.files().get(id)?;
                let file = file.filter(|file| file.attached == Some(Attached::Task(task)));
                let file = file.ok_or(FileError::NotFound(id))?;
                let may = policy::keeps(&actor, &file)
                    || actor.may(Permission::TasksManage)
                    || tx.product_owners().owns_task(actor.user, task)?;
                if !may {
                    return Err(FileError::Forbidden { what: "Deleting somebody else's file" });
                }
                take_out_by(tx, &actor, &file, None, now)
            })
            .await?;
        self.discard(gone).await;
        Ok(())
    }
}
