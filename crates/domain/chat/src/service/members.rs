//! Who is in a room.

use kernel::{
    Actor, Idempotent, Outcome, Page, PageRequest, Permission, Timestamp, UserId,
    idempotency::run_once,
};

use super::{About, Chat, RoomView, Seen, advance, append, lock, locked, publish, seen};
use crate::{
    commands::UpdateMember,
    error::ChatError,
    events::{self, Cause},
    log::Change,
    member::Member,
    policy::{self, Standing},
    ports::ChatTx,
    query::MemberFilter,
    room::{MEMBERS_MAX, ROOMS_MAX, Room, Step},
    values::{MemberRole, MemberState, RoomId, RoomKind, RoomRef},
};

/// A member with their name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// The member.
    pub member: Member,
    /// What they are called; `None` once the account is gone.
    pub username: Option<String>,
}

impl Chat {
    /// Comes into a public room, or into a private one with an invitation. A member stays as they are.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `Forbidden`, `Direct`, `RoomFull`, `TooManyRooms`, `Store`.
    pub async fn join(&self, actor: &Actor, room: RoomRef) -> Result<RoomView, ChatError> {
        actor.require(Permission::ChatWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let view: RoomView = self
            .work
            .write(move |tx| {
                let room = lock(tx, &room)?;
                let member = tx.members().get(room.id, actor.user)?;
                if let Some(member) = member.as_ref().filter(|one| one.is_joined()) {
                    let member = Some(member.clone());
                    return Ok(RoomView { room, member });
                }
                if member.as_ref().is_some_and(|one| one.state == MemberState::Banned) {
                    return Err(ChatError::Banned);
                }
                if room.kind != RoomKind::Public
                    && tx.invitations().invitation_of(room.id, actor.user)?.is_none()
                {
                    policy::sight(&actor, &room, member.as_ref())?;
                    return Err(ChatError::Forbidden("You need an invitation to this room."));
                }
                let (room, member) = come_in(tx, &actor, &room, actor.user, now)?;
                Ok(RoomView { room, member: Some(member) })
            })
            .await?;
        self.announce(view.room.id, view.room.last_seq);
        Ok(view)
    }

    /// Leaves a room. What was written stays.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `NotMember`, `LastOwner`, `Direct`, `Store`.
    pub async fn leave(&self, actor: &Actor, room: RoomRef) -> Result<(), ChatError> {
        actor.require(Permission::ChatWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let room: Room = self
            .work
            .write(move |tx| {
                let Seen { room, member, .. } = locked(tx, &actor, &room)?;
                let member = policy::joined(&actor, &room, member.as_ref())?.clone();
                if room.is_direct() {
                    return Err(ChatError::Direct);
                }
                let standing = Standing::Role(member.role);
                go(tx, &actor, standing, &room, member, MemberState::Left, now)
            })
            .await?;
        self.announce(room.id, room.last_seq);
        Ok(())
    }

    /// A page of those who are in a room, by account; those who are banned are shown to moderators.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `Forbidden`, `Store`.
    pub async fn members(
        &self,
        actor: &Actor,
        room: RoomRef,
        state: MemberState,
        page: PageRequest,
    ) -> Result<Page<MemberView>, ChatError> {
        actor.require(Permission::ChatRead)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                let Seen { room, member, .. } = seen(tx, &actor, &room)?;
                if state != MemberState::Joined {
                    policy::may_moderate(&actor, &room, member.as_ref())?;
                }
                let page = tx.members().list(MemberFilter { room: room.id, state }, &page)?;
                let users: Vec<UserId> = page.items.iter().map(|member| member.user).collect();
                let mut names = tx.people().names(&users)?;
                Ok(page.map(|member| {
                    let username = names.remove(&member.user);
                    MemberView { member, username }
                }))
            })
            .await
    }

    /// A member of a room that the caller sees; one who is banned is shown to moderators.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `MemberNotFound`, `Store`.
    pub async fn member(
        &self,
        actor: &Actor,
        room: RoomRef,
        user: UserId,
    ) -> Result<MemberView, ChatError> {
        actor.require(Permission::ChatRead)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                let Seen { room, member, .. } = seen(tx, &actor, &room)?;
                let found = tx.members().get(room.id, user)?;
                let found = found.filter(|one| one.state != MemberState::Left);
                let found = found.ok_or(ChatError::MemberNotFound)?;
                if !found.is_joined()
                    && policy::may_moderate(&actor, &room, member.as_ref()).is_err()
                {
                    return Err(ChatError::MemberNotFound);
                }
                named(tx, found)
            })
            .await
    }

    /// Takes a person into a room, without an invitation.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `Forbidden`, `Direct`, `UserNotFound`, `Blocked`, `AlreadyMember`,
    /// `RoomFull`, `TooManyRooms`, `KeyReused`, `Store`.
    pub async fn add_member(
        &self,
        actor: &Actor,
        room: RoomRef,
        idempotent: Option<Idempotent<MemberView>>,
        user: UserId,
    ) -> Result<Outcome<MemberView>, ChatError> {
        actor.require(Permission::ChatWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let (outcome, entry): (Outcome<MemberView>, Option<(RoomId, i64)>) = self
            .work
            .write(move |tx| {
                let mut entry = None;
                let outcome = run_once(tx, idempotent.as_ref(), now, |tx| {
                    let Seen { room, member, .. } = locked(tx, &actor, &room)?;
                    let standing = policy::may_moderate(&actor, &room, member.as_ref())?;
                    may_come(tx, &actor, &room, user)?;
                    let (room, member) = come_in(tx, &actor, &room, user, now)?;
                    if standing == Standing::Permission {
                        let event = Cause::by(&actor, now).member(events::JOINED, &room, &member);
                        tx.acts().record_act(&kernel::Act::of_event(&actor, &event))?;
                    }
                    entry = Some((room.id, room.last_seq));
                    named(tx, member)
                })?;
                Ok::<_, ChatError>((outcome, entry))
            })
            .await?;
        if let Some((room, seq)) = entry {
            self.announce(room, seq);
        }
        Ok(outcome)
    }

    /// Removes a person from a room; they may come back.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `Forbidden`, `Direct`, `MemberNotFound`, `LastOwner`,
    /// `StaleMember`, `Store`.
    pub async fn remove_member(
        &self,
        actor: &Actor,
        room: RoomRef,
        user: UserId,
        expected: Option<i64>,
    ) -> Result<(), ChatError> {
        actor.require(Permission::ChatWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let room: Room = self
            .work
            .write(move |tx| {
                let Seen { room, member, .. } = locked(tx, &actor, &room)?;
                let (standing, target) = if user == actor.user {
                    let own = policy::joined(&actor, &room, member.as_ref())?.clone();
                    if room.is_direct() {
                        return Err(ChatError::Direct);
                    }
                    (Standing::Role(own.role), own)
                } else {
                    let standing = policy::may_moderate(&actor, &room, member.as_ref())?;
                    let target = tx.members().get(room.id, user)?;
                    let target =
                        target.filter(Member::is_joined).ok_or(ChatError::MemberNotFound)?;
                    policy::may_act_on(standing, &target)?;
                    (standing, target)
                };
                at_version(&target, expected)?;
                go(tx, &actor, standing, &room, target, MemberState::Left, now)
            })
            .await?;
        self.announce(room.id, room.last_seq);
        Ok(())
    }

    /// Changes a member: the role, a mute, a ban, or what the caller themselves is notified of. A no-op publishes no event.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `Forbidden`, `Direct`, `MemberNotFound`, `UserNotFound`,
    /// `LastOwner`, `Oneself`, `StaleMember`, `Store`.
    pub async fn update_member(
        &self,
        actor: &Actor,
        room: RoomRef,
        user: UserId,
        expected: Option<i64>,
        update: UpdateMember,
    ) -> Result<MemberView, ChatError> {
        actor.require(Permission::ChatWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let (view, seq): (MemberView, i64) = self
            .work
            .write(move |tx| {
                let Seen { room, member, .. } = locked(tx, &actor, &room)?;
                let change = ChangeOf { actor: &actor, own: member.as_ref(), now };
                let (room, member) = change.apply(tx, room, user, expected, update)?;
                Ok::<_, ChatError>((named(tx, member)?, room.last_seq))
            })
            .await?;
        self.announce(view.member.room, seq);
        Ok(view)
    }
}

/// A change of a member, by whom.
struct ChangeOf<'a> {
    actor: &'a Actor,
    own: Option<&'a Member>,
    now: Timestamp,
}

impl ChangeOf<'_> {
    fn apply(
        &self,
        tx: &mut dyn ChatTx,
        room: Room,
        user: UserId,
        expected: Option<i64>,
        update: UpdateMember,
    ) -> Result<(Room, Member), ChatError> {
        let UpdateMember { role, muted_until, banned, notify } = update;
        let target = if user == self.actor.user {
            self.own.cloned()
        } else {
            tx.members().get(room.id, user)?
        };
        if let Some(target) = &target {
            at_version(target, expected)?;
        }
        let is_moderation = role.is_some() || !muted_until.is_keep() || banned.is_some();
        if !is_moderation {
            return self.notify(tx, room, target, user, notify);
        }
        if notify.is_some() && user != self.actor.user {
            return Err(ChatError::Forbidden("Only they choose what they are notified of."));
        }
        if user == self.actor.user && (banned.is_some() || !muted_until.is_keep()) {
            return Err(ChatError::Oneself);
        }
        let standing = policy::may_moderate(self.actor, &room, self.own)?;
        if let Some(target) = &target
            && user != self.actor.user
        {
            policy::may_act_on(standing, target)?;
        }
        match banned {
            Some(true) => return self.ban(tx, standing, room, target, user),
            Some(false) => return self.lift_ban(tx, standing, room, target),
            None => {}
        }
        let mut target = target.filter(Member::is_joined).ok_or(ChatError::MemberNotFound)?;
        let before = target.clone();
        if let Some(role) = role {
            policy::may_manage(self.actor, &room, self.own)?;
            let steps_down = target.role == MemberRole::Owner && role != MemberRole::Owner;
            if steps_down && tx.members().owners(room.id)? <= 1 {
                return Err(ChatError::LastOwner);
            }
            target.role = role;
        }
        muted_until.apply(&mut target.muted_until);
        if let Some(notify) = notify {
            target.notify = notify;
        }
        if target == before {
            return Ok((room, target));
        }
        target.touch(self.now);
        self.save(tx, standing, room, target)
    }

    /// Writes a change that other members see.
    fn save(
        &self,
        tx: &mut dyn ChatTx,
        standing: Standing,
        room: Room,
        target: Member,
    ) -> Result<(Room, Member), ChatError> {
        tx.members().put(&target)?;
        let room = advance(tx, room.id, Step::Change)?;
        let detail = Some(target.role.as_str().to_owned());
        let about = About { user: Some(target.user), detail, ..About::default() };
        append(tx, &room, Change::MemberChanged, (Some(self.actor.user), self.now), about)?;
        let event = Cause::by(self.actor, self.now).member(events::MEMBER_UPDATED, &room, &target);
        publish(tx, self.actor, standing, &event)?;
        Ok((room, target))
    }

    /// What only the member themselves sees is in no log.
    fn notify(
        &self,
        tx: &mut dyn ChatTx,
        room: Room,
        target: Option<Member>,
        user: UserId,
        notify: Option<crate::values::Notify>,
    ) -> Result<(Room, Member), ChatError> {
        let target = target.filter(Member::is_joined);
        if user != self.actor.user {
            if notify.is_some() {
                return Err(ChatError::Forbidden("Only they choose what they are notified of."));
            }
            return Ok((room, target.ok_or(ChatError::MemberNotFound)?));
        }
        let mut own = target.ok_or(ChatError::NotMember)?;
        if let Some(notify) = notify.filter(|notify| *notify != own.notify) {
            own.notify = notify;
            own.touch(self.now);
            tx.members().put(&own)?;
        }
        Ok((room, own))
    }

    fn ban(
        &self,
        tx: &mut dyn ChatTx,
        standing: Standing,
        room: Room,
        target: Option<Member>,
        user: UserId,
    ) -> Result<(Room, Member), ChatError> {
        if let Some(open) = tx.invitations().invitation_of(room.id, user)? {
            tx.invitations().take(open.id)?;
        }
        match target {
            Some(member) if member.state == MemberState::Banned => Ok((room, member)),
            Some(member) if member.is_joined() => {
                let mut banned = member.clone();
                let state = MemberState::Banned;
                let room = go(tx, self.actor, standing, &room, member, state, self.now)?;
                banned.leave(state, self.now);
                Ok((room, banned))
            }
            other => {
                let member = match other {
                    Some(mut member) => {
                        member.leave(MemberState::Banned, self.now);
                        member
                    }
                    None => Member::banned(&room, user, self.now),
                };
                self.save(tx, standing, room, member)
            }
        }
    }

    fn lift_ban(
        &self,
        tx: &mut dyn ChatTx,
        standing: Standing,
        room: Room,
        target: Option<Member>,
    ) -> Result<(Room, Member), ChatError> {
        let mut member = target.ok_or(ChatError::MemberNotFound)?;
        if member.state != MemberState::Banned {
            return Ok((room, member));
        }
        member.leave(MemberState::Left, self.now);
        self.save(tx, standing, room, member)
    }
}

/// Whether someone may be taken or invited into a room.
pub(super) fn may_come(
    tx: &mut dyn ChatTx,
    actor: &Actor,
    room: &Room,
    user: UserId,
) -> Result<(), ChatError> {
    if user == actor.user {
        return Err(ChatError::Oneself);
    }
    if !tx.people().is_active(user)? {
        return Err(ChatError::UserNotFound);
    }
    match tx.members().get(room.id, user)?.map(|member| member.state) {
        Some(MemberState::Joined) => return Err(ChatError::AlreadyMember),
        Some(MemberState::Banned) => {
            return Err(ChatError::Forbidden("This person is banned from the room."));
        }
        Some(MemberState::Left) | None => {}
    }
    if tx.blocks().blocks(actor.user, user)? {
        return Err(ChatError::Blocked);
    }
    Ok(())
}

/// Someone comes into a room, which is locked.
pub(super) fn come_in(
    tx: &mut dyn ChatTx,
    actor: &Actor,
    room: &Room,
    user: UserId,
    now: Timestamp,
) -> Result<(Room, Member), ChatError> {
    if room.members >= MEMBERS_MAX {
        return Err(ChatError::RoomFull);
    }
    if tx.members().count(user)? >= ROOMS_MAX {
        return Err(ChatError::TooManyRooms);
    }
    let known = tx.members().get(room.id, user)?;
    let room = advance(tx, room.id, Step::Join)?;
    let member = match known {
        Some(mut member) => {
            member.rejoin(&room, now);
            member
        }
        None => Member::joining(&room, user, MemberRole::Member, now),
    };
    tx.members().put(&member)?;
    if let Some(open) = tx.invitations().invitation_of(room.id, user)? {
        tx.invitations().take(open.id)?;
    }
    let about = About { user: Some(user), ..About::default() };
    append(tx, &room, Change::Joined, (Some(actor.user), now), about)?;
    let event = Cause::by(actor, now).member(events::JOINED, &room, &member);
    tx.outbox().append(&event)?;
    Ok((room, member))
}

/// A member goes from a room, which is locked.
fn go(
    tx: &mut dyn ChatTx,
    actor: &Actor,
    standing: Standing,
    room: &Room,
    mut member: Member,
    state: MemberState,
    now: Timestamp,
) -> Result<Room, ChatError> {
    if member.role == MemberRole::Owner && tx.members().owners(room.id)? <= 1 {
        return Err(ChatError::LastOwner);
    }
    member.leave(state, now);
    tx.members().put(&member)?;
    let room = advance(tx, room.id, Step::Leave)?;
    let about = About { user: Some(member.user), ..About::default() };
    append(tx, &room, Change::Left, (Some(actor.user), now), about)?;
    let event = Cause::by(actor, now).member(events::LEFT, &room, &member);
    publish(tx, actor, standing, &event)?;
    Ok(room)
}

fn at_version(member: &Member, expected: Option<i64>) -> Result<(), ChatError> {
    match expected {
        Some(version) if version != member.version => {
            Err(ChatError::StaleMember(Box::new(member.clone())))
        }
        _ => Ok(()),
    }
}

fn named(tx: &mut dyn ChatTx, member: Member) -> Result<MemberView, ChatError> {
    let username = tx.people().names(&[member.user])?.remove(&member.user);
    Ok(MemberView { member, username })
}
