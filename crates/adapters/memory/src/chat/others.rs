//! `InvitationStore`, `BlockStore`, `People` and `OwnedFiles`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chat::{
    BlockStore, Invitation, InvitationId, InvitationStore, OwnedFiles, People, RoomId,
    invitation::{Block, NewInvitation},
    query::{MEMBERS, NEWEST},
    values::FileId,
};
use kernel::{Page, PageRequest, StoreError, Timestamp, UserId};

use super::ChatTables;
use crate::{
    page::{Order, cut},
    state::{count, next, not_an_id, prune},
    tx::MemoryTx,
};

impl ChatTables {
    fn invitation_of(&self, room: RoomId, user: UserId) -> Option<&Invitation> {
        self.invitations.values().find(|one| (one.room, one.user) == (room, user))
    }

    fn invitations(
        &self,
        page: &PageRequest,
        is_shown: impl Fn(&Invitation) -> bool,
    ) -> Result<Page<Invitation>, StoreError> {
        let shown = self.invitations.values().filter(|one| is_shown(one));
        let rows: Vec<Arc<Invitation>> = shown.cloned().map(Arc::new).collect();
        cut(rows.iter(), &Order::fixed(NEWEST), |one| (Vec::new(), one.id.get()), page)
    }
}

impl InvitationStore for MemoryTx {
    fn invite(&mut self, new: &NewInvitation) -> Result<(Invitation, bool), StoreError> {
        self.writing(|tx| {
            if !tx.state.has_account(new.user) {
                return Err(StoreError::Missing("room_invitations.user"));
            }
            let tables = &mut tx.state.domains.chat;
            if let Some(known) = tables.invitation_of(new.room, new.user) {
                return Ok((known.clone(), false));
            }
            let id = InvitationId::parse(next(&mut tables.last_invitation)).map_err(not_an_id)?;
            let invitation = new.stored(id);
            Arc::make_mut(&mut tables.invitations).insert(id, invitation.clone());
            Ok((invitation, true))
        })
    }

    fn invitation(&mut self, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        self.reading(|state| Ok(state.domains.chat.invitations.get(&id).cloned()))
    }

    fn invitation_of(
        &mut self,
        room: RoomId,
        user: UserId,
    ) -> Result<Option<Invitation>, StoreError> {
        self.reading(|state| Ok(state.domains.chat.invitation_of(room, user).cloned()))
    }

    fn take(&mut self, id: InvitationId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let invitations = Arc::make_mut(&mut tx.state.domains.chat.invitations);
            Ok(invitations.remove(&id).is_some())
        })
    }

    fn invitations_into(
        &mut self,
        room: RoomId,
        page: &PageRequest,
    ) -> Result<Page<Invitation>, StoreError> {
        self.reading(|state| state.domains.chat.invitations(page, |one| one.room == room))
    }

    fn invitations_for(
        &mut self,
        user: UserId,
        page: &PageRequest,
    ) -> Result<Page<Invitation>, StoreError> {
        self.reading(|state| state.domains.chat.invitations(page, |one| one.user == user))
    }

    fn count(&mut self, room: RoomId) -> Result<u64, StoreError> {
        self.reading(|state| {
            let all = state.domains.chat.invitations.values();
            Ok(all.filter(|one| one.room == room).count() as u64)
        })
    }

    fn forget_invitations(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let invitations = &mut tx.state.domains.chat.invitations;
            let is_theirs =
                |_: &InvitationId, one: &Invitation| one.user == user || one.invited_by == user;
            Ok(count(&prune(invitations, u32::MAX, is_theirs)))
        })
    }
}

impl BlockStore for MemoryTx {
    fn block(&mut self, user: UserId, other: UserId, now: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let blocks = &mut tx.state.domains.chat.blocks;
            if blocks.contains_key(&(user, other)) {
                return Ok(false);
            }
            Arc::make_mut(blocks).insert((user, other), now);
            Ok(true)
        })
    }

    fn unblock(&mut self, user: UserId, other: UserId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let blocks = Arc::make_mut(&mut tx.state.domains.chat.blocks);
            Ok(blocks.remove(&(user, other)).is_some())
        })
    }

    fn blocks(&mut self, one: UserId, other: UserId) -> Result<bool, StoreError> {
        self.reading(|state| {
            let blocks = &state.domains.chat.blocks;
            Ok(blocks.contains_key(&(one, other)) || blocks.contains_key(&(other, one)))
        })
    }

    fn blocked(&mut self, user: UserId, page: &PageRequest) -> Result<Page<Block>, StoreError> {
        self.reading(|state| {
            let own = state.domains.chat.blocks.iter().filter(|((by, _), _)| *by == user);
            let block = |((_, user), at): (&(UserId, UserId), &Timestamp)| {
                Arc::new(Block { user: *user, at: *at })
            };
            let rows: Vec<Arc<Block>> = own.map(block).collect();
            cut(rows.iter(), &Order::fixed(MEMBERS), |one| (Vec::new(), one.user.get()), page)
        })
    }

    fn count(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.reading(|state| {
            Ok(state.domains.chat.blocks.keys().filter(|(by, _)| *by == user).count() as u64)
        })
    }

    fn forget_blocks(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let blocks = &mut tx.state.domains.chat.blocks;
            Ok(count(&prune(blocks, u32::MAX, |(by, of), _| *by == user || *of == user)))
        })
    }
}

impl People for MemoryTx {
    fn names(&mut self, users: &[UserId]) -> Result<BTreeMap<UserId, String>, StoreError> {
        self.reading(|state| {
            let accounts = &state.domains.users.accounts;
            let found = users.iter().filter_map(|id| accounts.get(id));
            Ok(found.map(|one| (one.user.id, one.user.username.as_str().to_owned())).collect())
        })
    }

    fn find(&mut self, names: &[String]) -> Result<BTreeSet<UserId>, StoreError> {
        self.reading(|state| {
            let accounts = state.domains.users.accounts.values().map(|account| &account.user);
            let is_named =
                |username: &str| names.iter().any(|name| name.eq_ignore_ascii_case(username));
            let found = accounts
                .filter(|user| is_named(user.username.as_str()) && state.is_active(user.id));
            Ok(found.map(|user| user.id).collect())
        })
    }

    fn is_active(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.reading(|state| Ok(state.is_active(user)))
    }
}

impl OwnedFiles for MemoryTx {
    fn owns(&mut self, user: UserId, files: &[FileId]) -> Result<bool, StoreError> {
        self.reading(|state| Ok(files.iter().all(|file| state.owns_file(user, *file))))
    }
}
