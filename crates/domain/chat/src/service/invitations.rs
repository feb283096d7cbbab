//! Invitations into rooms.

use std::collections::BTreeSet;

use kernel::{
    Actor, Idempotent, Outcome, Page, PageRequest, Permission, UserId, idempotency::run_once,
};

use super::{Chat, RoomView, Seen, find, lock, locked, members, publish, seen};
use crate::{
    error::ChatError,
    events::Cause,
    invitation::{INVITATIONS_MAX, Invitation, NewInvitation},
    member::Member,
    policy::{self, Standing},
    ports::ChatTx,
    room::Room,
    values::{InvitationId, MemberState, RoomKind, RoomRef},
};

/// An invitation with the names of what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationView {
    /// The invitation.
    pub invitation: Invitation,
    /// What the room is called.
    pub room: String,
    /// What the invited person is called; `None` once the account is gone.
    pub username: Option<String>,
}

impl Chat {
    /// Invites a person into a room. A second invitation of the same person is the first one.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `NotMember`, `Forbidden`, `Direct`, `Oneself`, `UserNotFound`,
    /// `Blocked`, `AlreadyMember`, `TooManyInvitations`, `KeyReused`, `Store`.
    pub async fn invite(
        &self,
        actor: &Actor,
        room: RoomRef,
        idempotent: Option<Idempotent<InvitationView>>,
        user: UserId,
    ) -> Result<Outcome<InvitationView>, ChatError> {
        actor.require(Permission::ChatWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                run_once(tx, idempotent.as_ref(), now, |tx| {
                    let Seen { room, member, .. } = locked(tx, &actor, &room)?;
                    let standing = may_invite(&actor, &room, member.as_ref())?;
                    members::may_come(tx, &actor, &room, user)?;
                    if tx.invitations().count(room.id)? >= INVITATIONS_MAX {
                        return Err(ChatError::TooManyInvitations);
                    }
                    let invited_by = actor.user;
                    let new = NewInvitation { room: room.id, user, invited_by, created_at: now };
                    let (invitation, is_new) = tx.invitations().invite(&new)?;
                    if is_new {
                        let event = Cause::by(&actor, now).invited(&room, &invitation);
                        publish(tx, &actor, standing, &event)?;
                    }
                    let username = tx.people().names(&[user])?.remove(&user);
                    Ok(InvitationView { invitation, room: room.title().to_owned(), username })
                })
            })
            .await
    }

    /// A page of the open invitations into a room, the newest first, for those who may invite.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `NotMember`, `Forbidden`, `Direct`, `Store`.
    pub async fn invitations(
        &self,
        actor: &Actor,
        room: RoomRef,
        page: PageRequest,
    ) -> Result<Page<InvitationView>, ChatError> {
        actor.require(Permission::ChatRead)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                let Seen { room, member, .. } = seen(tx, &actor, &room)?;
                may_invite(&actor, &room, member.as_ref())?;
                let page = tx.invitations().invitations_into(room.id, &page)?;
                named(tx, page)
            })
            .await
    }

    /// A page of what the caller is invited into, the newest first.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn own_invitations(
        &self,
        actor: &Actor,
        page: PageRequest,
    ) -> Result<Page<InvitationView>, ChatError> {
        actor.require(Permission::ChatRead)?;
        let user = actor.user;
        self.work
            .read(move |tx| {
                let page = tx.invitations().invitations_for(user, &page)?;
                named(tx, page)
            })
            .await
    }

    /// Comes into the room of an invitation.
    ///
    /// Errors: `MissingPermission`, `InvitationNotFound`, `Banned`, `RoomFull`, `TooManyRooms`, `Store`.
    pub async fn accept(&self, actor: &Actor, id: InvitationId) -> Result<RoomView, ChatError> {
        actor.require(Permission::ChatWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let view: RoomView = self
            .work
            .write(move |tx| {
                let found = tx.invitations().invitation(id)?;
                let invitation = found.filter(|one| one.user == actor.user);
                let invitation = invitation.ok_or(ChatError::InvitationNotFound)?;
                let room = lock(tx, &RoomRef::Id(invitation.room))?;
                // Of two answers under the lock of the room, one finds the invitation.
                if !tx.invitations().take(id)? {
                    return Err(ChatError::InvitationNotFound);
                }
                let member = tx.members().get(room.id, actor.user)?;
                match member.as_ref().map(|member| member.state) {
                    Some(MemberState::Banned) => return Err(ChatError::Banned),
                    Some(MemberState::Joined) => return Ok(RoomView { room, member }),
                    Some(MemberState::Left) | None => {}
                }
                let (room, member) = members::come_in(tx, &actor, &room, actor.user, now)?;
                Ok(RoomView { room, member: Some(member) })
            })
            .await?;
        self.announce(view.room.id, view.room.last_seq);
        Ok(view)
    }

    /// Declines an invitation, or takes back one of the caller's own.
    ///
    /// Errors: `MissingPermission`, `InvitationNotFound`, `Store`.
    pub async fn decline(&self, actor: &Actor, id: InvitationId) -> Result<(), ChatError> {
        actor.require(Permission::ChatWrite)?;
        let user = actor.user;
        self.work
            .write(move |tx| {
                let found = tx.invitations().invitation(id)?;
                let is_theirs = |one: &Invitation| one.user == user || one.invited_by == user;
                if !found.is_some_and(|one| is_theirs(&one)) || !tx.invitations().take(id)? {
                    return Err(ChatError::InvitationNotFound);
                }
                Ok(())
            })
            .await
    }
}

/// Every member of a public room invites, and who moderates a private one.
fn may_invite(actor: &Actor, room: &Room, member: Option<&Member>) -> Result<Standing, ChatError> {
    match room.kind {
        RoomKind::Public => {
            policy::joined(actor, room, member).map(|member| Standing::Role(member.role))
        }
        RoomKind::Private | RoomKind::Direct => policy::may_moderate(actor, room, member),
    }
}

/// With the names of rooms and people.
fn named(tx: &mut dyn ChatTx, page: Page<Invitation>) -> Result<Page<InvitationView>, ChatError> {
    let users: BTreeSet<UserId> = page.items.iter().map(|one| one.user).collect();
    let names = tx.people().names(&users.into_iter().collect::<Vec<_>>())?;
    let mut items = Vec::with_capacity(page.items.len());
    for invitation in page.items {
        // An invitation goes with its room.
        let Ok(room) = find(tx, &RoomRef::Id(invitation.room)) else { continue };
        let username = names.get(&invitation.user).cloned();
        items.push(InvitationView { invitation, room: room.title().to_owned(), username });
    }
    Ok(Page { items, total: page.total, next: page.next })
}
