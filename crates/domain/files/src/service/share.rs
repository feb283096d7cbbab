//! Links that open a file without signing in: signed, so that nobody can make one, and kept, so
//! that they can be taken back.

use std::time::Duration;

use kernel::{
    Act, ActTarget, Actor, Idempotent, Outcome, Own, Permission, Timestamp, act::publish,
    idempotency,
};

use super::{
    Content, Edition, Files,
    download::{Found, find},
};
use crate::{
    error::FileError,
    events::Cause,
    file::{NewShare, Share},
    policy,
    values::{FileId, Hash, ShareId},
};

/// The shortest time that a link holds.
pub const SHARE_SHORTEST: Duration = Duration::from_secs(1);
/// The longest time that a link holds.
pub const SHARE_LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// What a signature covers: how and where it is used, of which link, until when.
fn message(path: &str, share: ShareId, expires: i64) -> String {
    format!("GET\n{path}\n{share}\n{expires}")
}

impl Files {
    /// Makes a link that is good for a while. [`Files::link_signature`] opens it.
    pub async fn share(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<Share>>,
        id: FileId,
        lasts: Duration,
    ) -> Result<Outcome<Share>, FileError> {
        actor.require(Permission::FilesWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| {
                    let file = tx.files().get(id)?.ok_or(FileError::NotFound(id))?;
                    policy::must_keep(tx, &actor, &file, "Sharing a file")?;
                    let new = NewShare {
                        file: id,
                        by: actor.user,
                        created_at: now,
                        expires_at: now.plus(lasts),
                    };
                    let share = tx.shares().insert(&new).map_err(|error| match error {
                        // It was deleted between the look and the write.
                        kernel::StoreError::Missing("shares.file") => FileError::NotFound(id),
                        other => other.into(),
                    })?;
                    let own = policy::own(&actor, &file);
                    publish(tx, &actor, own, &Cause::by(&actor, now).shared(&file, &share))?;
                    Ok::<_, FileError>(share)
                })
            })
            .await
    }

    /// What opens a link at `path`. It is made of the link and our key whenever it is asked for, so
    /// that it need not be kept.
    pub fn link_signature(&self, path: &str, share: ShareId, expires: Timestamp) -> String {
        let signature = self.signer.sign(&message(path, share, expires.seconds()));
        format!("{share}.{}", Hash::of(signature))
    }

    /// What is sent to a client that comes by a link: the file, or a smaller edition of a picture. The link opens nothing while the account of the
    /// file's owner is suspended or closed.
    pub async fn shared(
        &self,
        id: FileId,
        path: &str,
        expires: i64,
        signature: &str,
        edition: Edition,
    ) -> Result<Content, FileError> {
        let parts = signature
            .split_once('.')
            .and_then(|(share, mac)| Some((share.parse::<ShareId>().ok()?, Hash::parse(mac)?)));
        let (share, mac) = parts.ok_or(FileError::BadLink)?;
        let now = self.clock.now();
        let holds = self.signer.verify(&message(path, share, expires), mac.as_bytes());
        if !holds || now.seconds() >= expires {
            return Err(FileError::BadLink);
        }
        let found: Found = self
            .work
            .read(move |tx| {
                let kept = tx.shares().share(id, share)?.ok_or(FileError::BadLink)?;
                if kept.expires_at <= now {
                    return Err(FileError::BadLink);
                }
                let file = tx.files().get(id)?.ok_or(FileError::BadLink)?;
                if !tx.product_owners().is_open(file.owner)? {
                    return Err(FileError::BadLink);
                }
                find(tx, file, edition)
            })
            .await?;
        self.presented(found, edition).await
    }

    /// The links of a file that are not over.
    pub async fn shares(&self, actor: &Actor, id: FileId) -> Result<Vec<Share>, FileError> {
        actor.require(Permission::FilesRead)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .read(move |tx| {
                let file = tx.files().get(id)?.ok_or(FileError::NotFound(id))?;
                policy::must_keep(tx, &actor, &file, "Seeing the links of a file")?;
                Ok(tx.shares().list(id, now)?)
            })
            .await
    }

    /// Takes a link back.
    pub async fn unshare(
        &self,
        actor: &Actor,
        id: FileId,
        share: ShareId,
    ) -> Result<(), FileError> {
        actor.require(Permission::FilesWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let file = tx.files().get(id)?.ok_or(FileError::NotFound(id))?;
                policy::must_keep(tx, &actor, &file, "Taking back a link")?;
                if !tx.shares().revoke(id, share)? {
                    return Err(FileError::ShareNotFound(share));
                }
                if policy::own(&actor, &file) == Own::No {
                    let target = ActTarget::numbered("file", id.get());
                    let act = Act::by(&actor, now, "file.unshared", target);
                    tx.acts().record_act(&act.with_detail(format!("link {share}")))?;
                }
                Ok(())
            })
            .await
    }
}
