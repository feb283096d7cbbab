//! `MemberStore`.

use chat::{
    Member, MemberStore, RoomId,
    member::Unread,
    query::{MEMBERS, MemberFilter},
    record::MemberRecord,
    values::{MemberRole, MemberState, Pair, RoomKind, RoomName},
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, SmallInt, Text},
};
use kernel::{Page, PageRequest, StoreError, Timestamp, UserId};

use super::{
    missing,
    rows::{MemberRow, room_members as table},
};
use crate::{
    columns::{RowRef, count},
    constraint::Attempt as _,
    db::{locking, on},
    domains::users::rows::users as accounts,
    list::{self, Keys},
    row::{Row as _, all, one},
    statement::Statement,
    uow::DieselTx,
};

/// ` FROM … WHERE …`: the rows of a list, whose id is that of the person.
fn conditions<ST>(statement: &mut Statement<'_, ST>, filter: MemberFilter) {
    let MemberFilter { room, state } = filter;
    statement.sql(" FROM (SELECT room_members.*, user_id AS id FROM room_members) AS listed");
    statement.sql(" WHERE room_id = ").number(room.get());
    statement.sql(" AND state = ").number(state.rank().into());
}

/// The rooms that a person is in, direct ones left out.
fn rooms_of<ST>(statement: &mut Statement<'_, ST>, user: UserId) {
    statement.sql(" FROM room_members AS m JOIN rooms AS r ON r.id = m.room_id");
    statement.sql(" WHERE m.state = 0 AND r.kind < 2 AND m.user_id = ").number(user.get());
}

type UnreadColumns = (i64, i16, Option<String>, Option<String>, i64, i64, i64);
type UnreadTypes = (BigInt, SmallInt, Nullable<Text>, Nullable<Text>, BigInt, BigInt, BigInt);

fn unread(
    (id, kind, name, pair, number, read_number, mentions): UnreadColumns,
) -> Result<Unread, StoreError> {
    let at = RowRef::new("rooms", id);
    Ok(Unread {
        room: at.read("id", RoomId::parse(id))?,
        kind: at.known("kind", RoomKind::from_rank(kind))?,
        name: name.map(|name| at.read("name", RoomName::parse(&name))).transpose()?,
        pair: pair.map(|key| at.known("pair_key", Pair::parse(&key))).transpose()?,
        number,
        read_number,
        mentions: count(mentions),
    })
}

impl MemberStore for DieselTx {
    fn get(&mut self, room: RoomId, user: UserId) -> Result<Option<Member>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find((room.get(), user.get()));
            let row = on!(conn, |c| row.get_result::<MemberRow>(c).optional());
            one(row.doing("chat.get_member")?)
        })
    }

    fn put(&mut self, member: &Member) -> Result<(), StoreError> {
        self.writing(|tx| {
            let MemberRecord {
                room_id,
                user_id,
                state,
                role,
                notify,
                read_number,
                joined_number,
                joined_seq,
                muted_until,
                last_sent_at,
                joined_at,
                updated_at,
                version,
            } = MemberRecord::from(member);
            let mut put: Statement = Statement::new();
            put.sql(
                "INSERT INTO room_members (room_id, user_id, state, role, notify, read_number, joined_number, \
                 joined_seq, muted_until, last_sent_at, joined_at, updated_at, version) VALUES (",
            );
            put.number(room_id).sql(", ").number(user_id);
            for number in [state, role, notify] {
                put.sql(", ").number(number.into());
            }
            for number in [read_number, joined_number, joined_seq] {
                put.sql(", ").number(number);
            }
            put.sql(", ").maybe(muted_until).sql(", ").maybe(last_sent_at);
            for number in [joined_at, updated_at, version] {
                put.sql(", ").number(number);
            }
            put.sql(
                ") ON CONFLICT (room_id, user_id) DO UPDATE SET state = excluded.state, \
                 role = excluded.role, notify = excluded.notify, read_number = excluded.read_number, \
                 joined_number = excluded.joined_number, joined_seq = excluded.joined_seq, \
                 muted_until = excluded.muted_until, last_sent_at = excluded.last_sent_at, \
                 joined_at = excluded.joined_at, updated_at = excluded.updated_at, \
                 version = excluded.version",
            );
            on!(&mut tx.conn, |c| put.execute(c))
                .doing("chat.put_member")
                .map(drop)
                .map_err(missing("room_members.user"))
        })
    }

    fn read(&mut self, room: RoomId, user: UserId, number: i64) -> Result<Option<i64>, StoreError> {
        self.writing(|tx| {
            let mut update: Statement<'_, BigInt> = Statement::new();
            update.sql("UPDATE room_members SET read_number = CASE WHEN r.messages < ");
            update.number(number).sql(" THEN r.messages ELSE ").number(number);
            update.sql(" END FROM rooms AS r WHERE r.id = room_members.room_id AND state = 0");
            update.sql(" AND read_number < r.messages AND read_number < ").number(number);
            update.sql(" AND room_id = ").number(room.get());
            update.sql(" AND user_id = ").number(user.get()).sql(" RETURNING read_number");
            on!(&mut tx.conn, |c| update.get_result::<i64>(c).optional()).doing("chat.read")
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
            let row = table::table.find((room.get(), user.get()));
            on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((table::read_number.eq(number), table::last_sent_at.eq(Some(at.micros()))))
                    .execute(c)
            })
            .doing("chat.sent")
            .map(drop)
        })
    }

    fn list(
        &mut self,
        filter: MemberFilter,
        page: &PageRequest,
    ) -> Result<Page<Member>, StoreError> {
        self.reading(|conn| {
            let keys = Keys::fixed(MEMBERS, &[]);
            let mut statement: Statement<'_, table::SqlType> = Statement::new();
            statement.sql("SELECT ").sql(MemberRow::COLUMNS);
            conditions(&mut statement, filter);
            keys.finish(&mut statement, page, conn.dialect())?;
            let rows: Vec<MemberRow> =
                on!(&mut *conn, |c| statement.load(c)).doing("chat.list_members")?;
            let at = |member: &Member| (Vec::new(), member.user.get());
            list::page(&keys, all(rows)?, page, at, || {
                let mut total = Statement::new();
                list::count_rows(&mut total, |rows| conditions(rows, filter));
                let total = on!(conn, |c| total.get_result::<i64>(c));
                total.doing("chat.list_members: total").map(count)
            })
        })
    }

    fn joined(&mut self, room: RoomId, users: &[UserId]) -> Result<Vec<Member>, StoreError> {
        self.reading(|conn| {
            let ids: Vec<i64> = users.iter().map(|user| user.get()).collect();
            let of = table::table
                .filter(table::room_id.eq(room.get()))
                .filter(table::user_id.eq_any(&ids))
                .filter(table::state.eq(MemberState::Joined.rank()));
            all(on!(conn, |c| of.load::<MemberRow>(c)).doing("chat.joined")?)
        })
    }

    fn owners(&mut self, room: RoomId) -> Result<u64, StoreError> {
        self.reading(|conn| {
            let of = table::table
                .filter(table::room_id.eq(room.get()))
                .filter(table::state.eq(MemberState::Joined.rank()))
                .filter(table::role.eq(MemberRole::Owner.rank()))
                .count();
            on!(conn, |c| of.get_result::<i64>(c)).doing("chat.owners").map(count)
        })
    }

    fn heir(&mut self, room: RoomId, gone: UserId) -> Result<Option<Member>, StoreError> {
        self.reading(|conn| {
            let others = table::table
                .filter(table::room_id.eq(room.get()))
                .filter(table::state.eq(MemberState::Joined.rank()))
                .filter(table::user_id.ne(gone.get()))
                .order((table::role.desc(), table::joined_at.asc(), table::user_id.asc()))
                .limit(1);
            one(on!(conn, |c| others.get_result::<MemberRow>(c).optional()).doing("chat.heir")?)
        })
    }

    fn rooms_of(&mut self, user: UserId) -> Result<Vec<RoomId>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, BigInt> = Statement::new();
            ask.sql("SELECT m.room_id");
            rooms_of(&mut ask, user);
            ask.sql(" ORDER BY m.room_id");
            let ids = on!(conn, |c| ask.load::<i64>(c)).doing("chat.rooms_of")?;
            let read = |id| RowRef::new("room_members", id).read("room_id", RoomId::parse(id));
            ids.into_iter().map(read).collect()
        })
    }

    /// The lock of the account makes those who count take turns.
    fn count(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.reading(|conn| {
            let account = accounts::table.find(user.get()).select(accounts::id);
            locking!(&mut *conn, account, |c| account.get_result::<i64>(c).optional())
                .doing("chat.count_rooms: lock")?;
            let mut ask: Statement<'_, BigInt> = Statement::new();
            ask.sql("SELECT count(*)");
            rooms_of(&mut ask, user);
            on!(conn, |c| ask.get_result::<i64>(c)).doing("chat.count_rooms").map(count)
        })
    }

    fn unread(&mut self, user: UserId) -> Result<Vec<Unread>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, UnreadTypes> = Statement::new();
            ask.sql(
                "SELECT r.id, r.kind, r.name, r.pair_key, r.messages, m.read_number, \
                 (SELECT count(*) FROM message_mentions AS x WHERE x.user_id = m.user_id \
                 AND x.room_id = m.room_id AND x.number > m.read_number) \
                 + CASE WHEN r.all_number > m.read_number THEN 1 ELSE 0 END \
                 FROM room_members AS m JOIN rooms AS r ON r.id = m.room_id \
                 WHERE m.state = 0 AND r.messages > m.read_number AND m.user_id = ",
            );
            ask.number(user.get()).sql(" ORDER BY r.id");
            let rows = on!(conn, |c| ask.load::<UnreadColumns>(c)).doing("chat.unread")?;
            rows.into_iter().map(unread).collect()
        })
    }

    fn forget(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let theirs = table::table.filter(table::user_id.eq(user.get()));
            let gone = on!(&mut tx.conn, |c| diesel::delete(theirs).execute(c));
            Ok(gone.doing("chat.forget_member")? as u64)
        })
    }
}
