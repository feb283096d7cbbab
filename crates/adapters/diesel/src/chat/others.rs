//! `InvitationStore`, `BlockStore`, `People` and `OwnedFiles`.

use std::collections::{BTreeMap, BTreeSet};

use chat::{
    BlockStore, Invitation, InvitationId, InvitationStore, OwnedFiles, People, RoomId,
    invitation::{Block, NewInvitation},
    query::{MEMBERS, NEWEST},
    values::FileId,
};
use diesel::{prelude::*, sql_types::BigInt};
use kernel::{Page, PageRequest, StoreError, Timestamp, UserId};
use users::values::Status;

use super::{
    missing, numbers,
    rows::{InvitationRow, room_invitations as table, user_blocks as blocks},
};
use crate::{
    columns::{RowRef, count, rank, unwritable},
    constraint::Attempt as _,
    db::{AnyConnection, on},
    domains::users::rows::users as accounts,
    list::{self, Keys},
    row::{Row as _, all, one},
    statement::Statement,
    uow::DieselTx,
};

/// Whose invitations a list shows.
#[derive(Clone, Copy)]
enum Of {
    Room(RoomId),
    User(UserId),
}

/// ` FROM … WHERE …`: the rows of a list.
fn invitations<ST>(statement: &mut Statement<'_, ST>, of: Of) {
    statement.sql(" FROM room_invitations WHERE ");
    match of {
        Of::Room(room) => statement.sql("room_id = ").number(room.get()),
        Of::User(user) => statement.sql("user_id = ").number(user.get()),
    };
}

fn page_of(
    conn: &mut AnyConnection,
    of: Of,
    page: &PageRequest,
) -> Result<Page<Invitation>, StoreError> {
    let keys = Keys::fixed(NEWEST, &[]);
    let mut statement: Statement<'_, table::SqlType> = Statement::new();
    statement.sql("SELECT ").sql(InvitationRow::COLUMNS);
    invitations(&mut statement, of);
    keys.finish(&mut statement, page, conn.dialect())?;
    let rows: Vec<InvitationRow> =
        on!(&mut *conn, |c| statement.load(c)).doing("chat.list_invitations")?;
    let at = |one: &Invitation| (Vec::new(), one.id.get());
    list::page(&keys, all(rows)?, page, at, || {
        let mut total = Statement::new();
        list::count_rows(&mut total, |rows| invitations(rows, of));
        let total = on!(conn, |c| total.get_result::<i64>(c));
        total.doing("chat.list_invitations: total").map(count)
    })
}

/// ` FROM … WHERE …`: whom a person has blocked, each under their id.
fn blocked_by<ST>(statement: &mut Statement<'_, ST>, user: UserId) {
    statement
        .sql(" FROM (SELECT user_id, blocked_id AS id, created_at FROM user_blocks) AS listed");
    statement.sql(" WHERE user_id = ").number(user.get());
}

impl InvitationStore for DieselTx {
    fn invite(&mut self, new: &NewInvitation) -> Result<(Invitation, bool), StoreError> {
        let inserted = self.writing(|tx| {
            let NewInvitation { room, user, invited_by, created_at } = new;
            let id = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::room_id.eq(room.get()),
                        table::user_id.eq(user.get()),
                        table::invited_by.eq(invited_by.get()),
                        table::created_at.eq(created_at.micros()),
                    ))
                    .on_conflict((table::room_id, table::user_id))
                    .do_nothing()
                    .returning(table::id)
                    .get_result::<i64>(c)
                    .optional()
            });
            let id = id.doing("chat.invite").map_err(missing("room_invitations.user"))?;
            id.map(|id| InvitationId::parse(id).map_err(unwritable)).transpose()
        })?;
        if let Some(id) = inserted {
            return Ok((new.stored(id), true));
        }
        // A statement of its own, which sees what another transaction has committed meanwhile.
        let known = self.invitation_of(new.room, new.user)?;
        known.map(|known| (known, false)).ok_or(StoreError::Contention)
    }

    fn invitation(&mut self, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get());
            let row = on!(conn, |c| row.get_result::<InvitationRow>(c).optional());
            one(row.doing("chat.invitation")?)
        })
    }

    fn invitation_of(
        &mut self,
        room: RoomId,
        user: UserId,
    ) -> Result<Option<Invitation>, StoreError> {
        self.reading(|conn| {
            let row = table::table
                .filter(table::room_id.eq(room.get()))
                .filter(table::user_id.eq(user.get()));
            let row = on!(conn, |c| row.get_result::<InvitationRow>(c).optional());
            one(row.doing("chat.invitation_of")?)
        })
    }

    fn take(&mut self, id: InvitationId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get());
            let gone = on!(&mut tx.conn, |c| diesel::delete(row).execute(c));
            Ok(gone.doing("chat.take_invitation")? > 0)
        })
    }

    fn invitations_into(
        &mut self,
        room: RoomId,
        page: &PageRequest,
    ) -> Result<Page<Invitation>, StoreError> {
        self.reading(|conn| page_of(conn, Of::Room(room), page))
    }

    fn invitations_for(
        &mut self,
        user: UserId,
        page: &PageRequest,
    ) -> Result<Page<Invitation>, StoreError> {
        self.reading(|conn| page_of(conn, Of::User(user), page))
    }

    fn count(&mut self, room: RoomId) -> Result<u64, StoreError> {
        self.reading(|conn| {
            let of = table::table.filter(table::room_id.eq(room.get())).count();
            on!(conn, |c| of.get_result::<i64>(c)).doing("chat.count_invitations").map(count)
        })
    }

    fn forget_invitations(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let id = user.get();
            let theirs = table::table.filter(table::user_id.eq(id).or(table::invited_by.eq(id)));
            let gone = on!(&mut tx.conn, |c| diesel::delete(theirs).execute(c));
            Ok(gone.doing("chat.forget_invitations")? as u64)
        })
    }
}

impl BlockStore for DieselTx {
    fn block(&mut self, user: UserId, other: UserId, now: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let mut insert: Statement = Statement::new();
            insert.sql("INSERT INTO user_blocks (user_id, blocked_id, created_at) VALUES (");
            insert.number(user.get()).sql(", ").number(other.get()).sql(", ");
            insert.number(now.micros()).sql(") ON CONFLICT DO NOTHING");
            Ok(on!(&mut tx.conn, |c| insert.execute(c)).doing("chat.block")? > 0)
        })
    }

    fn unblock(&mut self, user: UserId, other: UserId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = blocks::table.find((user.get(), other.get()));
            Ok(on!(&mut tx.conn, |c| diesel::delete(row).execute(c)).doing("chat.unblock")? > 0)
        })
    }

    fn blocks(&mut self, one: UserId, other: UserId) -> Result<bool, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, BigInt> = Statement::new();
            ask.sql("SELECT count(*) FROM user_blocks WHERE (user_id = ").number(one.get());
            ask.sql(" AND blocked_id = ").number(other.get());
            ask.sql(") OR (user_id = ").number(other.get());
            ask.sql(" AND blocked_id = ").number(one.get()).sql(")");
            Ok(on!(conn, |c| ask.get_result::<i64>(c)).doing("chat.blocks")? > 0)
        })
    }

    fn blocked(&mut self, user: UserId, page: &PageRequest) -> Result<Page<Block>, StoreError> {
        self.reading(|conn| {
            let keys = Keys::fixed(MEMBERS, &[]);
            let mut statement: Statement<'_, (BigInt, BigInt)> = Statement::new();
            statement.sql("SELECT id, created_at");
            blocked_by(&mut statement, user);
            keys.finish(&mut statement, page, conn.dialect())?;
            let rows: Vec<(i64, i64)> =
                on!(&mut *conn, |c| statement.load(c)).doing("chat.blocked")?;
            let row_ref = RowRef::new("user_blocks", user.get());
            let block = |(id, at)| {
                let user = row_ref.user("blocked_id", id)?;
                Ok(Block { user, at: row_ref.moment("created_at", at)? })
            };
            let items = rows.into_iter().map(block).collect::<Result<Vec<_>, StoreError>>()?;
            let at = |block: &Block| (Vec::new(), block.user.get());
            list::page(&keys, items, page, at, || {
                let mut total = Statement::new();
                list::count_rows(&mut total, |rows| blocked_by(rows, user));
                let total = on!(conn, |c| total.get_result::<i64>(c));
                total.doing("chat.blocked: total").map(count)
            })
        })
    }

    fn count(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.reading(|conn| {
            let of = blocks::table.filter(blocks::user_id.eq(user.get())).count();
            on!(conn, |c| of.get_result::<i64>(c)).doing("chat.count_blocks").map(count)
        })
    }

    fn forget_blocks(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let id = user.get();
            let theirs = blocks::table.filter(blocks::user_id.eq(id).or(blocks::blocked_id.eq(id)));
            let gone = on!(&mut tx.conn, |c| diesel::delete(theirs).execute(c));
            Ok(gone.doing("chat.forget_blocks")? as u64)
        })
    }
}

impl People for DieselTx {
    fn names(&mut self, users: &[UserId]) -> Result<BTreeMap<UserId, String>, StoreError> {
        self.reading(|conn| {
            let ids: Vec<i64> = users.iter().map(|id| id.get()).collect();
            let of = accounts::table
                .filter(accounts::id.eq_any(&ids))
                .filter(accounts::deleted_at.is_null())
                .select((accounts::id, accounts::username));
            let rows = on!(conn, |c| of.load::<(i64, String)>(c)).doing("chat.names")?;
            let read = |(id, name)| Ok((RowRef::new("users", id).user("id", id)?, name));
            rows.into_iter().map(read).collect()
        })
    }

    fn find(&mut self, names: &[String]) -> Result<BTreeSet<UserId>, StoreError> {
        self.reading(|conn| {
            let keys: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
            let of = accounts::table
                .filter(accounts::username_key.eq_any(&keys))
                .filter(accounts::status.eq(rank(&Status::ALL, &Status::Active)))
                .filter(accounts::deleted_at.is_null())
                .filter(accounts::purge_at.is_null())
                .select(accounts::id);
            let ids = on!(conn, |c| of.load::<i64>(c)).doing("chat.find_people")?;
            ids.into_iter().map(|id| RowRef::new("users", id).user("id", id)).collect()
        })
    }

    fn is_active(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.reading(|conn| {
            let of = accounts::table
                .find(user.get())
                .filter(accounts::status.eq(rank(&Status::ALL, &Status::Active)))
                .filter(accounts::deleted_at.is_null())
                .filter(accounts::purge_at.is_null())
                .select(accounts::id);
            let found = on!(conn, |c| of.get_result::<i64>(c).optional());
            Ok(found.doing("chat.is_active")?.is_some())
        })
    }
}

impl OwnedFiles for DieselTx {
    fn owns(&mut self, user: UserId, files: &[FileId]) -> Result<bool, StoreError> {
        let wanted: BTreeSet<i64> = files.iter().map(|file| file.get()).collect();
        if wanted.is_empty() {
            return Ok(true);
        }
        self.reading(|conn| {
            let mut ask: Statement<'_, BigInt> = Statement::new();
            ask.sql("SELECT count(*) FROM files WHERE owner_id = ").number(user.get());
            ask.sql(" AND id IN");
            numbers(&mut ask, wanted.iter().copied());
            let found = on!(conn, |c| ask.get_result::<i64>(c)).doing("chat.owned_files")?;
            Ok(count(found) == wanted.len() as u64)
        })
    }
}
