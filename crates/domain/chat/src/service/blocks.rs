//! People whom others have blocked: no new messages between the two, and no invitations. What was said stays.

use kernel::{Actor, Page, PageRequest, Permission, UserId};

use super::Chat;
use crate::{
    error::ChatError,
    invitation::{BLOCKS_MAX, Block},
};

/// Someone whom the caller has blocked, with their name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockView {
    /// Whom, and when.
    pub block: Block,
    /// What they are called; `None` once the account is gone.
    pub username: Option<String>,
}

impl Chat {
    /// Blocks a person. They do not hear of it. Doing it twice changes nothing.
    ///
    /// Errors: `MissingPermission`, `Oneself`, `UserNotFound`, `TooManyBlocks`, `Store`.
    pub async fn block(&self, actor: &Actor, other: UserId) -> Result<(), ChatError> {
        actor.require(Permission::ChatWrite)?;
        if other == actor.user {
            return Err(ChatError::Oneself);
        }
        let (user, now) = (actor.user, self.clock.now());
        self.work
            .write(move |tx| {
                if tx.people().names(&[other])?.is_empty() {
                    return Err(ChatError::UserNotFound);
                }
                if tx.blocks().count(user)? >= BLOCKS_MAX {
                    return Err(ChatError::TooManyBlocks);
                }
                tx.blocks().block(user, other, now)?;
                Ok(())
            })
            .await
    }

    /// Takes a block back. Doing it twice changes nothing.
    ///
    /// Errors: `MissingPermission`, `UserNotFound`, `Store`.
    pub async fn unblock(&self, actor: &Actor, other: UserId) -> Result<(), ChatError> {
        actor.require(Permission::ChatWrite)?;
        let user = actor.user;
        self.work
            .write(move |tx| {
                if !tx.blocks().unblock(user, other)? && tx.people().names(&[other])?.is_empty() {
                    return Err(ChatError::UserNotFound);
                }
                Ok(())
            })
            .await
    }

    /// A page of those whom the caller has blocked, by account.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn blocked(
        &self,
        actor: &Actor,
        page: PageRequest,
    ) -> Result<Page<BlockView>, ChatError> {
        actor.require(Permission::ChatRead)?;
        let user = actor.user;
        self.work
            .read(move |tx| {
                let page = tx.blocks().blocked(user, &page)?;
                let users: Vec<UserId> = page.items.iter().map(|block| block.user).collect();
                let mut names = tx.people().names(&users)?;
                Ok(page.map(|block| BlockView { block, username: names.remove(&block.user) }))
            })
            .await
    }
}
