//! `SettingsStore` and `SendingStore`.

use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Bool},
};
use kernel::{StoreError, Timestamp, UserId};
use notifications::{
    NotificationId, SendingStore, SettingsStore,
    preferences::Channel,
    sending::{Reason, Sending, State},
    settings::Settings,
};

use super::rows::{notification_sends as sends, notification_settings as chosen};
use crate::{
    columns::RowRef,
    constraint::Attempt,
    db::{locking, on},
    uow::DieselTx,
};

/// The columns of a sending.
type Columns = (i64, i16, i64, i16, Option<i16>, i64);

/// What is held, with the number in it: a bound value would hide the index from SQLite.
const HELD: &str = "state = 0";
/// What waits for a digest.
const BATCHED: &str = "state = 3";

fn settings(owner: UserId, found: Option<String>) -> Result<Settings, StoreError> {
    let Some(json) = found else { return Ok(Settings::of(owner)) };
    let at = RowRef::new("notification_settings", owner.get());
    at.known("chosen", Settings::from_json(owner, &json))
}

fn sending(row: Columns) -> Result<Sending, StoreError> {
    let (id, channel, owner, state, reason, due_at) = row;
    let at = RowRef::new("notification_sends", id);
    let reason = reason.map(|reason| at.known("reason", Reason::from_rank(reason))).transpose()?;
    Ok(Sending {
        notification: at.read("notification_id", NotificationId::parse(id))?,
        owner: at.user("user_id", owner)?,
        channel: at.known("channel", Channel::from_rank(channel))?,
        state: at.known("state", State::from_rank(state))?,
        reason,
        due_at: at.moment("due_at", due_at)?,
    })
}

impl SettingsStore for DieselTx {
    fn of(&mut self, owner: UserId) -> Result<Settings, StoreError> {
        self.reading(|conn| {
            let row = chosen::table.find(owner.get()).select(chosen::chosen);
            let found = on!(conn, |c| row.get_result::<String>(c).optional());
            settings(owner, found.doing("notifications.settings")?)
        })
    }

    /// Makes the row, so that there is one to lock.
    fn lock_settings(&mut self, owner: UserId) -> Result<Settings, StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(chosen::table)
                    .values((
                        chosen::user_id.eq(owner.get()),
                        chosen::chosen.eq(Settings::of(owner).to_json()),
                    ))
                    .on_conflict_do_nothing()
                    .execute(c)
            })
            .doing("notifications.lock_settings: insert")?;
            let row = chosen::table.find(owner.get()).select(chosen::chosen);
            let conn = &mut tx.conn;
            let found = locking!(conn, row, |c| row.get_result::<String>(c).optional());
            settings(owner, found.doing("notifications.lock_settings")?)
        })
    }

    fn save_settings(&mut self, settings: &Settings) -> Result<(), StoreError> {
        self.writing(|tx| {
            let json = settings.to_json();
            on!(&mut tx.conn, |c| {
                diesel::insert_into(chosen::table)
                    .values((
                        chosen::user_id.eq(settings.owner.get()),
                        chosen::chosen.eq(json.as_str()),
                    ))
                    .on_conflict(chosen::user_id)
                    .do_update()
                    .set(chosen::chosen.eq(json.as_str()))
                    .execute(c)
            })
            .doing("notifications.save_settings")?;
            Ok(())
        })
    }

    fn forget_settings(&mut self, owner: UserId) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = chosen::table.find(owner.get());
            on!(&mut tx.conn, |c| diesel::delete(row).execute(c))
                .doing("notifications.forget_settings")?;
            Ok(())
        })
    }
}

impl SendingStore for DieselTx {
    fn put(&mut self, sending: &Sending) -> Result<(), StoreError> {
        self.writing(|tx| {
            let Sending { notification, owner, channel, state, reason, due_at } = sending;
            let changed = (
                sends::user_id.eq(owner.get()),
                sends::state.eq(state.rank()),
                sends::reason.eq(reason.map(Reason::rank)),
                sends::due_at.eq(due_at.micros()),
            );
            on!(&mut tx.conn, |c| {
                diesel::insert_into(sends::table)
                    .values((
                        sends::notification_id.eq(notification.get()),
                        sends::channel.eq(channel.rank()),
                        changed,
                    ))
                    .on_conflict((sends::notification_id, sends::channel))
                    .do_update()
                    .set(changed)
                    .execute(c)
            })
            .doing("notifications.put")?;
            Ok(())
        })
    }

    fn change(&mut self, sending: &Sending) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let Sending { notification, owner, channel, state, reason, due_at } = sending;
            let row = sends::table.find((notification.get(), channel.rank()));
            let changed = (
                sends::user_id.eq(owner.get()),
                sends::state.eq(state.rank()),
                sends::reason.eq(reason.map(Reason::rank)),
                sends::due_at.eq(due_at.micros()),
            );
            let there = on!(&mut tx.conn, |c| diesel::update(row).set(changed).execute(c))
                .doing("notifications.change")?;
            Ok(there > 0)
        })
    }

    fn sendings(&mut self, id: NotificationId) -> Result<Vec<Sending>, StoreError> {
        self.reading(|conn| {
            let of = sends::table
                .filter(sends::notification_id.eq(id.get()))
                .order(sends::channel.asc());
            let rows = on!(conn, |c| of.load::<Columns>(c)).doing("notifications.sendings")?;
            rows.into_iter().map(sending).collect()
        })
    }

    fn due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Sending>, StoreError> {
        self.reading(|conn| {
            let due = sends::table
                .filter(sql::<Bool>(HELD))
                .filter(sends::due_at.le(now.micros()))
                // The sign keeps SQLite from reading the whole table in the order of its key.
                .order((sql::<BigInt>("+notification_id"), sends::channel.asc()))
                .limit(limit.into());
            let rows =
                locking!(conn, due, |c| due.load::<Columns>(c)).doing("notifications.due")?;
            rows.into_iter().map(sending).collect()
        })
    }

    fn is_any_due(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        self.reading(|conn| {
            let due = sends::table
                .filter(sql::<Bool>(HELD))
                .filter(sends::due_at.le(now.micros()))
                .select(sends::notification_id)
                .limit(1);
            let found = on!(conn, |c| due.get_result::<i64>(c).optional());
            Ok(found.doing("notifications.is_any_due")?.is_some())
        })
    }

    fn is_holding(&mut self, owner: UserId, channel: Channel) -> Result<bool, StoreError> {
        self.reading(|conn| {
            let held = sends::table
                .filter(sends::user_id.eq(owner.get()))
                .filter(sends::channel.eq(channel.rank()))
                .filter(sql::<Bool>(HELD))
                .select(sends::notification_id)
                .limit(1);
            let found = on!(conn, |c| held.get_result::<i64>(c).optional());
            Ok(found.doing("notifications.is_holding")?.is_some())
        })
    }

    fn batched(
        &mut self,
        owner: UserId,
        channel: Channel,
        limit: u32,
    ) -> Result<Vec<Sending>, StoreError> {
        self.reading(|conn| {
            let batched = sends::table
                .filter(sends::user_id.eq(owner.get()))
                .filter(sends::channel.eq(channel.rank()))
                .filter(sql::<Bool>(BATCHED))
                .order(sends::notification_id.asc())
                .limit(limit.into());
            let rows = locking!(conn, batched, |c| batched.load::<Columns>(c));
            rows.doing("notifications.batched")?.into_iter().map(sending).collect()
        })
    }

    fn digest_at(
        &mut self,
        owner: UserId,
        channel: Channel,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|conn| {
            let first = sends::table
                .filter(sends::user_id.eq(owner.get()))
                .filter(sends::channel.eq(channel.rank()))
                .filter(sql::<Bool>(BATCHED))
                .select(diesel::dsl::min(sends::due_at));
            let at = on!(conn, |c| first.get_result::<Option<i64>>(c));
            let at = at.doing("notifications.digest_at")?;
            RowRef::new("notification_sends", owner.get()).maybe_moment("due_at", at)
        })
    }

    fn hasten(&mut self, owner: UserId, now: Timestamp) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut changed = 0;
            for waiting in [HELD, BATCHED] {
                let theirs = sends::table
                    .filter(sends::user_id.eq(owner.get()))
                    .filter(sql::<Bool>(waiting));
                let due = (sends::state.eq(State::Held.rank()), sends::due_at.eq(now.micros()));
                changed += on!(&mut tx.conn, |c| diesel::update(theirs).set(due).execute(c))
                    .doing("notifications.hasten")?;
            }
            Ok(changed as u64)
        })
    }
}
