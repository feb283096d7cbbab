//! `MemberStore`.

use std::sync::Arc;

use chat::{
    Member, MemberStore, RoomId,
    member::Unread,
    query::{MEMBERS, MemberFilter},
    values::MemberRole,
};
use kernel::{Page, PageRequest, StoreError, Timestamp, UserId};

use super::ChatTables;
use crate::{
    page::{Order, cut},
    tx::MemoryTx,
};

impl ChatTables {
    fn member(&self, room: RoomId, user: UserId) -> Option<Member> {
        self.members.get(&(room, user)).map(|member| (**member).clone())
    }

    fn keep_member(&mut self, member: Member) {
        let key = (member.room, member.user);
        Arc::make_mut(&mut self.members).insert(key, Arc::new(member));
    }

    fn joined(&self, room: RoomId) -> impl Iterator<Item = &Member> {
        let all = self.members.values().map(|member| &**member);
        all.filter(move |member| member.room == room && member.is_joined())
    }

    fn rooms_of(&self, user: UserId) -> impl Iterator<Item = RoomId> {
        let all = self.members.values().filter(move |one| one.user == user && one.is_joined());
        let is_direct = |id: &RoomId| self.rooms.get(id).is_some_and(|room| room.is_direct());
        all.map(|member| member.room).filter(move |id| !is_direct(id))
    }

    fn unread(&self, member: &Member) -> Option<Unread> {
        let room = self.rooms.get(&member.room)?;
        let read_number = member.read_number;
        let is_new = |(of, number, user): &&(RoomId, i64, UserId)| {
            (*of, *user) == (room.id, member.user) && *number > read_number
        };
        let named = self.mentions.keys().filter(is_new).count() as u64;
        let unread = Unread {
            room: room.id,
            kind: room.kind,
            name: room.name.clone(),
            pair: room.pair,
            number: room.messages,
            read_number,
            mentions: named + u64::from(room.all_number > read_number),
        };
        (room.messages > read_number).then_some(unread)
    }
}

impl MemberStore for MemoryTx {
    fn get(&mut self, room: RoomId, user: UserId) -> Result<Option<Member>, StoreError> {
        self.reading(|state| Ok(state.domains.chat.member(room, user)))
    }

    fn put(&mut self, member: &Member) -> Result<(), StoreError> {
        self.writing(|tx| {
            if !tx.state.has_account(member.user) {
                return Err(StoreError::Missing("room_members.user"));
            }
            tx.state.domains.chat.keep_member(member.clone());
            Ok(())
        })
    }

    fn read(&mut self, room: RoomId, user: UserId, number: i64) -> Result<Option<i64>, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.chat;
            let last = tables.rooms.get(&room).map_or(0, |room| room.messages);
            let number = number.min(last);
            let found = tables.member(room, user).filter(Member::is_joined);
            let Some(mut member) = found.filter(|one| one.read_number < number) else {
                return Ok(None);
            };
            member.read_number = number;
            tables.keep_member(member);
            Ok(Some(number))
        })
    }

    fn sent(
        &mut self,
        room: RoomId,
        user: UserId,
        number: i64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.chat;
            if let Some(mut member) = tables.member(room, user) {
                (member.read_number, member.last_sent_at) = (number, Some(at));
                tables.keep_member(member);
            }
            Ok(())
        })
    }

    fn list(
        &mut self,
        filter: MemberFilter,
        page: &PageRequest,
    ) -> Result<Page<Member>, StoreError> {
        let MemberFilter { room, state: wanted } = filter;
        self.reading(|state| {
            let all = state.domains.chat.members.values();
            let rows = all.filter(|one| one.room == room && one.state == wanted);
            cut(rows, &Order::fixed(MEMBERS), |one| (Vec::new(), one.user.get()), page)
        })
    }

    fn joined(&mut self, room: RoomId, users: &[UserId]) -> Result<Vec<Member>, StoreError> {
        self.reading(|state| {
            let all = state.domains.chat.joined(room);
            Ok(all.filter(|member| users.contains(&member.user)).cloned().collect())
        })
    }

    fn owners(&mut self, room: RoomId) -> Result<u64, StoreError> {
        self.reading(|state| {
            let all = state.domains.chat.joined(room);
            Ok(all.filter(|member| member.role == MemberRole::Owner).count() as u64)
        })
    }

    fn heir(&mut self, room: RoomId, gone: UserId) -> Result<Option<Member>, StoreError> {
        self.reading(|state| {
            let others = state.domains.chat.joined(room).filter(|member| member.user != gone);
            let first =
                others.min_by_key(|one| (std::cmp::Reverse(one.role), one.joined_at, one.user));
            Ok(first.cloned())
        })
    }

    fn rooms_of(&mut self, user: UserId) -> Result<Vec<RoomId>, StoreError> {
        self.reading(|state| Ok(state.domains.chat.rooms_of(user).collect()))
    }

    fn count(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.reading(|state| Ok(state.domains.chat.rooms_of(user).count() as u64))
    }

    fn unread(&mut self, user: UserId) -> Result<Vec<Unread>, StoreError> {
        self.reading(|state| {
            let tables = &state.domains.chat;
            let own = tables.members.values().filter(|one| one.user == user && one.is_joined());
            Ok(own.filter_map(|member| tables.unread(member)).collect())
        })
    }

    fn forget(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let members = Arc::make_mut(&mut tx.state.domains.chat.members);
            let before = members.len();
            members.retain(|(_, of), _| *of != user);
            Ok((before - members.len()) as u64)
        })
    }
}
