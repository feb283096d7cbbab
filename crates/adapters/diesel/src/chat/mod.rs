//! `RoomStore`.

pub(crate) mod constraints;
mod log;
mod members;
pub(crate) mod messages;
mod notifier;
mod online;
mod others;
mod reactions;
mod rows;

use chat::{
    Room, RoomId, RoomStore,
    query::{ROOMS, RoomFilter, Scope},
    record::RoomRecord,
    room::{NewRoom, Step},
    values::{Pair, RoomName},
};
use diesel::{prelude::*, sql_types::BigInt};
use kernel::{Page, PageRequest, StoreError, page::SortValue};

use self::rows::{RoomRow, rooms as table};
use crate::{
    columns::{count, unwritable},
    common::{claim::one as fenced, search_index::Index},
    constraint::{Attempt, FOREIGN_KEY},
    db::{AnyConnection, locking, on},
    list::{self, Column, Holds, Keys},
    row::{Row as _, all, one},
    statement::Statement,
    uow::DieselTx,
};

/// The form of a name that is unique.
const NAME: [Column; 1] = [Column { name: "name_key", holds: Holds::Text }];

/// Names the only person that a row of the table points to, which SQLite does not.
fn missing(what: &'static str) -> impl Fn(StoreError) -> StoreError {
    move |error| match error {
        StoreError::Missing(FOREIGN_KEY) => StoreError::Missing(what),
        other => other,
    }
}

/// ` (1, 2, 3)`: bound numbers. There is at least one.
fn numbers<ST>(statement: &mut Statement<'_, ST>, numbers: impl IntoIterator<Item = i64>) {
    statement.not_kept();
    for (index, number) in numbers.into_iter().enumerate() {
        statement.sql(if index == 0 { " (" } else { ", " }).number(number);
    }
    statement.sql(")");
}

/// A room by a condition.
fn room(
    conn: &mut AnyConnection,
    what: &'static str,
    condition: impl FnOnce(&mut Statement<'_, table::SqlType>),
) -> Result<Option<Room>, StoreError> {
    let mut ask: Statement<'_, table::SqlType> = Statement::new();
    ask.sql("SELECT ").sql(RoomRow::COLUMNS).sql(" FROM rooms WHERE ");
    condition(&mut ask);
    one(on!(conn, |c| ask.get_result::<RoomRow>(c).optional()).doing(what)?)
}

/// Adds a room, unless its pair has one.
fn insert(
    conn: &mut AnyConnection,
    new: &NewRoom,
    what: &'static str,
) -> Result<Option<Room>, StoreError> {
    let first = RoomId::parse(1).map_err(unwritable)?;
    // Every column but the id is that of the room that it becomes.
    let r = RoomRecord::from(&new.stored(first));
    let key = new.name.as_ref().map(RoomName::key);
    let id = on!(conn, |c| {
        diesel::insert_into(table::table)
            .values((
                table::kind.eq(r.kind),
                table::name.eq(&r.name),
                table::name_key.eq(&key),
                table::pair_key.eq(&r.pair_key),
                table::description.eq(&r.description),
                table::created_by.eq(r.created_by),
                table::last_seq.eq(r.last_seq),
                table::messages.eq(r.messages),
                table::members.eq(r.members),
                table::all_number.eq(r.all_number),
                table::slow_mode_seconds.eq(r.slow_mode_seconds),
                table::retention_days.eq(r.retention_days),
                table::created_at.eq(r.created_at),
                table::updated_at.eq(r.updated_at),
                table::version.eq(r.version),
            ))
            .on_conflict(table::pair_key)
            .do_nothing()
            .returning(table::id)
            .get_result::<i64>(c)
            .optional()
    });
    let id = id.doing(what).map_err(missing("rooms.creator"))?;
    id.map(|id| Ok(new.stored(RoomId::parse(id).map_err(unwritable)?))).transpose()
}

/// ` FROM … WHERE …`: the rows of a list.
fn conditions<'a, ST>(statement: &mut Statement<'a, ST>, filter: &'a RoomFilter) {
    const THEIRS: &str = "id IN (SELECT room_id FROM room_members WHERE state = 0 AND user_id = ";
    // Direct rooms have no name.
    statement.sql(" FROM rooms WHERE kind < 2");
    match filter.scope {
        Scope::All => &mut *statement,
        Scope::Of(user) => statement.sql(" AND ").sql(THEIRS).number(user.get()).sql(")"),
        Scope::VisibleTo(user) => {
            statement.sql(" AND (kind = 0 OR ").sql(THEIRS).number(user.get()).sql("))")
        }
    };
    if let Some(kind) = filter.kind {
        statement.sql(" AND kind = ").number(kind.rank().into());
    }
    if let Some(begins) = &filter.name_begins {
        // A range of bytes: nothing in it is a pattern.
        statement.sql(" AND name_key >= ").text(begins.as_str());
        statement.sql(" AND name_key < ").text(format!("{begins}\u{10ffff}"));
    }
}

impl RoomStore for DieselTx {
    fn insert(&mut self, new: &NewRoom) -> Result<Room, StoreError> {
        self.writing(|tx| {
            let inserted = insert(&mut tx.conn, new, "chat.insert_room")?;
            inserted.ok_or(StoreError::Duplicate("rooms.pair"))
        })
    }

    fn open_direct(&mut self, new: &NewRoom, pair: Pair) -> Result<(Room, bool), StoreError> {
        self.writing(|tx| {
            if let Some(room) = insert(&mut tx.conn, new, "chat.open_direct")? {
                return Ok((room, true));
            }
            // A statement of its own, which sees what another transaction has committed meanwhile.
            let found = room(&mut tx.conn, "chat.open_direct: known", |ask| {
                ask.sql("pair_key = ").text(pair.key());
            })?;
            found.map(|room| (room, false)).ok_or(StoreError::Contention)
        })
    }

    fn get(&mut self, id: RoomId) -> Result<Option<Room>, StoreError> {
        self.reading(|conn| {
            room(conn, "chat.get_room", |ask| {
                ask.sql("id = ").number(id.get());
            })
        })
    }

    fn find(&mut self, name: &RoomName) -> Result<Option<Room>, StoreError> {
        self.reading(|conn| {
            room(conn, "chat.find_room", |ask| {
                ask.sql("name_key = ").text(name.key());
            })
        })
    }

    fn direct(&mut self, pair: Pair) -> Result<Option<Room>, StoreError> {
        self.reading(|conn| {
            room(conn, "chat.direct", |ask| {
                ask.sql("pair_key = ").text(pair.key());
            })
        })
    }

    fn lock(&mut self, id: RoomId) -> Result<Option<Room>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get());
            one(locking!(conn, row, |c| row.get_result::<RoomRow>(c).optional())
                .doing("chat.lock_room")?)
        })
    }

    fn save(&mut self, room: &mut Room) -> Result<(), StoreError> {
        self.writing(|tx| {
            let r = RoomRecord::from(&*room);
            let key = room.name.as_ref().map(RoomName::key);
            let row = table::table.find(r.id).filter(table::version.eq(r.version));
            let changed = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((
                        table::kind.eq(r.kind),
                        table::name.eq(&r.name),
                        table::name_key.eq(&key),
                        table::description.eq(&r.description),
                        table::slow_mode_seconds.eq(r.slow_mode_seconds),
                        table::retention_days.eq(r.retention_days),
                        table::updated_at.eq(r.updated_at),
                        table::version.eq(table::version + 1),
                    ))
                    .execute(c)
            });
            fenced(changed.doing("chat.save_room")?)?;
            room.version += 1;
            Ok(())
        })
    }

    fn advance(&mut self, id: RoomId, step: Step) -> Result<Option<Room>, StoreError> {
        self.writing(|tx| {
            let (messages, members) = step.adds();
            let mut update: Statement<'_, table::SqlType> = Statement::new();
            update.sql("UPDATE rooms SET last_seq = last_seq + 1, messages = messages + ");
            update.number(messages).sql(", members = members + ").number(members);
            if let Step::Message(at) = step {
                let at = at.micros();
                update.sql(", last_message_at = CASE WHEN last_message_at > ").number(at);
                update.sql(" THEN last_message_at ELSE ").number(at).sql(" END");
            }
            update.sql(" WHERE id = ").number(id.get());
            update.sql(" RETURNING ").sql(RoomRow::COLUMNS);
            let row = on!(&mut tx.conn, |c| update.get_result::<RoomRow>(c).optional());
            one(row.doing("chat.advance")?)
        })
    }

    fn named_all(&mut self, id: RoomId, number: i64) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get()).filter(table::all_number.lt(number));
            on!(&mut tx.conn, |c| {
                diesel::update(row).set(table::all_number.eq(number)).execute(c)
            })
            .doing("chat.named_all")
            .map(drop)
        })
    }

    /// What belongs to a room goes by foreign keys. SQLite's index of words has none.
    fn remove(&mut self, room: &Room) -> Result<(), StoreError> {
        self.flush_search_index()?;
        self.writing(|tx| {
            let row = table::table.find(room.id.get()).filter(table::version.eq(room.version));
            let gone = on!(&mut tx.conn, |c| diesel::delete(row).execute(c));
            fenced(gone.doing("chat.remove_room")?)?;
            messages::forget_words(&mut tx.conn, Index::Messages, room.id)
        })
    }

    fn list(&mut self, filter: &RoomFilter, page: &PageRequest) -> Result<Page<Room>, StoreError> {
        self.reading(|conn| {
            let keys = Keys::fixed(ROOMS, &NAME);
            let mut statement: Statement<'_, table::SqlType> = Statement::new();
            statement.sql("SELECT ").sql(RoomRow::COLUMNS);
            conditions(&mut statement, filter);
            keys.finish(&mut statement, page, conn.dialect())?;
            let rows: Vec<RoomRow> =
                on!(&mut *conn, |c| statement.load(c)).doing("chat.list_rooms")?;
            let at = |room: &Room| {
                let key = room.name.as_ref().map(RoomName::key).unwrap_or_default();
                (vec![SortValue::Text(key)], room.id.get())
            };
            list::page(&keys, all(rows)?, page, at, || {
                let mut total: Statement<'_, BigInt> = Statement::new();
                list::count_rows(&mut total, |rows| conditions(rows, filter));
                let total = on!(conn, |c| total.get_result::<i64>(c));
                total.doing("chat.list_rooms: total").map(count)
            })
        })
    }

    fn keeping(&mut self, after: Option<RoomId>, limit: u32) -> Result<Vec<Room>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, table::SqlType> = Statement::new();
            ask.sql("SELECT ").sql(RoomRow::COLUMNS);
            ask.sql(" FROM rooms WHERE retention_days IS NOT NULL AND id > ");
            ask.number(after.map_or(0, RoomId::get)).sql(" ORDER BY id LIMIT ");
            ask.number(limit.into());
            all(on!(conn, |c| ask.load::<RoomRow>(c)).doing("chat.keeping")?)
        })
    }

    fn messages(&mut self) -> Result<u64, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, BigInt> = Statement::new();
            ask.sql("SELECT CAST(COALESCE(SUM(messages), 0) AS BIGINT) FROM rooms");
            on!(conn, |c| ask.get_result::<i64>(c)).doing("chat.messages").map(count)
        })
    }
}
