//! Who may do what. Whoever may not know that a file exists is told that it does not.

use kernel::{Actor, Own, Permission};

use crate::{
    error::FileError,
    file::{Attached, File},
    ports::FilesTx,
    query::VisibleTo,
    values::Visibility,
};

/// Whose files a caller lists.
pub fn visible_to(actor: &Actor) -> VisibleTo {
    if actor.may(Permission::FilesManage) { VisibleTo::All } else { VisibleTo::Of(actor.user) }
}

/// A file belongs to its owner. Others need `files:manage` to change it, or the task that it is
/// attached to.
pub fn own(actor: &Actor, file: &File) -> Own {
    Own::of(actor, [file.owner])
}

/// True when a file is the caller's to do with as they like.
pub fn keeps(actor: &Actor, file: &File) -> bool {
    file.owner == actor.user || actor.may(Permission::FilesManage)
}

/// Owner and `files:manage` see a file, everybody a public one whose owner's account is open, those who
/// see a task what is attached to it, and members of a chat room what its messages show them, as long as they
/// are members. A caller who is not signed in sees only what is public.
pub fn may_see(tx: &mut dyn FilesTx, actor: Option<&Actor>, file: &File) -> Result<(), FileError> {
    if file.visibility == Visibility::Public && tx.product_owners().is_open(file.owner)? {
        return Ok(());
    }
    let unseen = FileError::NotFound(file.id);
    let Some(actor) = actor else { return Err(FileError::NotSignedIn) };
    actor.require(Permission::FilesRead)?;
    if keeps(actor, file) {
        return Ok(());
    }
    let is_seen = match file.attached {
        Some(Attached::Task(task)) if may_see_task(tx, actor, task)? => true,
        _ => actor.may(Permission::ChatRead) && tx.chat_files().shows(actor.user, file.id)?,
    };
    if is_seen { Ok(()) } else { Err(unseen) }
}

/// Owner and `files:manage` delete and share; whoever merely sees a file is told so.
pub fn must_keep(
    tx: &mut dyn FilesTx,
    actor: &Actor,
    file: &File,
    what: &'static str,
) -> Result<(), FileError> {
    if keeps(actor, file) {
        return Ok(());
    }
    may_see(tx, Some(actor), file)?;
    // That a stranger can fetch a public file does not make its number theirs to ask about.
    if file.attached.is_none() {
        return Err(FileError::NotFound(file.id));
    }
    Err(FileError::Forbidden { what })
}

/// Those who see a task see what is attached to it.
pub fn may_see_task(tx: &mut dyn FilesTx, actor: &Actor, task: i64) -> Result<bool, FileError> {
    let who = (!actor.may(Permission::TasksManage)).then_some(actor.user);
    Ok(actor.may(Permission::TasksRead) && tx.product_owners().sees_task(who, task)?)
}
