//! `EndpointStore` and `People`.

pub(crate) mod constraints;
mod deliveries;
mod followers;
mod rows;

use std::collections::BTreeMap;

use diesel::prelude::*;
use kernel::{
    Actor, Page, PageRequest, Permissions, StoreError, Timestamp, UserId,
    claim::{Claim, ClaimQueue, Claimed as _},
};
use users::{User, policy::acting, values::Status};
use webhooks::{
    Endpoint, EndpointId, EndpointStore, People,
    endpoint::{NewEndpoint, State},
    ports::Follower,
    query::ORDER,
    record::{EndpointRecord, place},
};

use self::rows::{EndpointRow, webhook_endpoints as table};
use crate::{
    columns::{RowRef, count, rank, unwritable},
    common::claim::{ClaimTable, one as fenced},
    constraint::{Attempt, FOREIGN_KEY},
    db::{locking, on},
    domains::users::{
        roles::permissions_of_all,
        rows::{UserRow, users as accounts},
    },
    list::{self, Keys},
    row::{Row as _, all, one},
    statement::Statement,
    uow::DieselTx,
};

const QUEUE: ClaimTable = ClaimTable {
    name: "webhook_endpoints",
    open: "due_at IS NOT NULL",
    set: ", held = 1",
    columns: EndpointRow::COLUMNS,
};

/// The table has one foreign key, so a broken one names the owner (E3).
fn missing_owner(error: StoreError) -> StoreError {
    match error {
        StoreError::Missing(FOREIGN_KEY) => StoreError::Missing("webhook_endpoints.owner"),
        other => other,
    }
}

/// The row of a claim, if the claim still holds.
macro_rules! held {
    ($claim:expr) => {
        table::table
            .find($claim.id.get())
            .filter(table::run.eq($claim.run))
            .filter(table::held.eq(1_i16))
    };
}

/// ` FROM … WHERE …`: the rows of a list.
fn of_owner<ST>(statement: &mut Statement<'_, ST>, owner: Option<UserId>) {
    statement.sql(" FROM webhook_endpoints WHERE ");
    match owner {
        Some(owner) => statement.sql("user_id = ").number(owner.get()),
        None => statement.sql("id > 0"),
    };
}

impl ClaimQueue<Endpoint> for DieselTx {
    fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Endpoint>, StoreError> {
        self.writing(|tx| {
            let claim: Statement<'_, table::SqlType> =
                QUEUE.claim(tx.conn.dialect(), now, until, limit);
            let rows: Vec<EndpointRow> =
                on!(&mut tx.conn, |c| claim.get_results(c)).doing("webhooks.claim")?;
            // One that cannot be read must not keep the others waiting.
            let readable = |row: EndpointRow| match row.entity() {
                Ok(endpoint) => Some(endpoint),
                Err(error) => {
                    tracing::error!(%error, "an endpoint cannot be read");
                    None
                }
            };
            Ok(rows.into_iter().filter_map(readable).collect())
        })
    }

    fn postpone(&mut self, claim: Claim<EndpointId>, due: Timestamp) -> Result<(), StoreError> {
        EndpointStore::release(self, claim, Some(due))
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|conn| {
            let next = QUEUE.next_due();
            let due: Option<i64> =
                on!(conn, |c| next.get_result(c).optional()).doing("webhooks.next_due")?;
            RowRef::new("webhook_endpoints", 0).maybe_moment("due_at", due)
        })
    }
}

impl EndpointStore for DieselTx {
    fn insert(&mut self, new: &NewEndpoint) -> Result<Endpoint, StoreError> {
        self.writing(|tx| {
            let first = EndpointId::parse(1).map_err(unwritable)?;
            // Every column but the id is that of the endpoint that it becomes.
            let r = EndpointRecord::from(&new.stored(first));
            let id = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        (
                            table::user_id.eq(r.user_id),
                            table::url.eq(&r.url),
                            table::patterns.eq(&r.patterns),
                            table::description.eq(&r.description),
                            table::ordered.eq(r.ordered),
                            table::rate.eq(r.rate),
                            table::state.eq(r.state),
                            table::secret.eq(&r.secret),
                            table::streak.eq(r.streak),
                            table::warned.eq(r.warned),
                        ),
                        (
                            table::behind_at.eq(r.behind_at),
                            table::missed.eq(&r.missed),
                            table::run.eq(r.run),
                            table::held.eq(0_i16),
                            table::due_at.eq(Some(r.created_at)),
                            table::enabled_at.eq(r.enabled_at),
                            table::created_at.eq(r.created_at),
                            table::updated_at.eq(r.updated_at),
                            table::version.eq(r.version),
                        ),
                    ))
                    .returning(table::id)
                    .get_result::<i64>(c)
            })
            .doing("webhooks.insert")
            .map_err(missing_owner)?;
            Ok(new.stored(EndpointId::parse(id).map_err(unwritable)?))
        })
    }

    fn get(&mut self, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get());
            one(on!(conn, |c| row.get_result::<EndpointRow>(c).optional()).doing("webhooks.get")?)
        })
    }

    fn lock(&mut self, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get());
            one(locking!(conn, row, |c| row.get_result::<EndpointRow>(c).optional())
                .doing("webhooks.lock")?)
        })
    }

    fn save(&mut self, endpoint: &mut Endpoint) -> Result<(), StoreError> {
        self.writing(|tx| {
            let r = EndpointRecord::from(&*endpoint);
            let row = table::table.find(r.id).filter(table::version.eq(r.version));
            let changed = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((
                        (
                            table::url.eq(&r.url),
                            table::patterns.eq(&r.patterns),
                            table::description.eq(&r.description),
                            table::ordered.eq(r.ordered),
                            table::rate.eq(r.rate),
                            table::state.eq(r.state),
                            table::reason.eq(r.reason),
                            table::secret.eq(&r.secret),
                            table::old_secret.eq(&r.old_secret),
                            table::old_until.eq(r.old_until),
                        ),
                        (
                            table::streak.eq(r.streak),
                            table::failing_since.eq(r.failing_since),
                            table::warned.eq(r.warned),
                            table::wait_until.eq(r.wait_until),
                            table::last_success_at.eq(r.last_success_at),
                            table::last_failure_at.eq(r.last_failure_at),
                            table::behind_at.eq(r.behind_at),
                            table::enabled_at.eq(r.enabled_at),
                            table::updated_at.eq(r.updated_at),
                            table::version.eq(table::version + 1),
                        ),
                    ))
                    .execute(c)
            })
            .doing("webhooks.save")?;
            fenced(changed)?;
            endpoint.version += 1;
            Ok(())
        })
    }

    fn remove(&mut self, endpoint: &Endpoint) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(endpoint.id.get());
            let row = row.filter(table::version.eq(endpoint.version));
            fenced(on!(&mut tx.conn, |c| diesel::delete(row).execute(c)).doing("webhooks.remove")?)
        })
    }

    fn list(
        &mut self,
        owner: Option<UserId>,
        page: &PageRequest,
    ) -> Result<Page<Endpoint>, StoreError> {
        self.reading(|conn| {
            let keys = Keys::fixed(ORDER, &[]);
            let mut statement: Statement<'_, table::SqlType> = Statement::new();
            statement.sql("SELECT ").sql(EndpointRow::COLUMNS);
            of_owner(&mut statement, owner);
            keys.finish(&mut statement, page, conn.dialect())?;
            let rows: Vec<EndpointRow> = on!(conn, |c| statement.load(c)).doing("webhooks.list")?;
            let at = |endpoint: &Endpoint| (Vec::new(), endpoint.id.get());
            list::page(&keys, all(rows)?, page, at, || {
                let mut total = Statement::new();
                list::count_rows(&mut total, |rows| of_owner(rows, owner));
                let total = on!(conn, |c| total.get_result::<i64>(c));
                total.doing("webhooks.list: total").map(count)
            })
        })
    }

    /// The lock of the account makes those who count take turns.
    fn count(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.reading(|conn| {
            let account = accounts::table.find(owner.get()).select(accounts::id);
            locking!(&mut *conn, account, |c| account.get_result::<i64>(c).optional())
                .doing("webhooks.count: lock")?;
            let theirs = table::table.filter(table::user_id.eq(owner.get())).count();
            let found: i64 = on!(conn, |c| theirs.get_result(c)).doing("webhooks.count")?;
            Ok(count(found))
        })
    }

    fn remove_all(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let theirs = table::table.filter(table::user_id.eq(owner.get()));
            let removed = on!(&mut tx.conn, |c| diesel::delete(theirs).execute(c))
                .doing("webhooks.remove_all")?;
            Ok(removed as u64)
        })
    }

    fn followers(&mut self) -> Result<Vec<Follower>, StoreError> {
        self.reading(followers::all)
    }

    fn lock_followers(&mut self, ids: &[EndpointId]) -> Result<Vec<(EndpointId, u32)>, StoreError> {
        self.writing(|tx| followers::lock(&mut tx.conn, ids))
    }

    fn fall_behind(&mut self, places: &[(EndpointId, kernel::Position)]) -> Result<(), StoreError> {
        self.writing(|tx| {
            for (id, at) in places {
                let row = table::table.find(id.get());
                on!(&mut tx.conn, |c| {
                    diesel::update(row).set(table::behind_at.eq(Some(place(*at)))).execute(c)
                })
                .doing("webhooks.fall_behind")?;
            }
            Ok(())
        })
    }

    fn rewind(
        &mut self,
        to: kernel::Position,
        enabled_before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.writing(|tx| followers::rewind(&mut tx.conn, to, enabled_before, now))
    }

    fn wake(&mut self, ids: &[EndpointId], now: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| followers::wake(&mut tx.conn, ids, now))
    }

    fn hold(&mut self, claim: Claim<EndpointId>) -> Result<Endpoint, StoreError> {
        self.writing(|tx| {
            let row = held!(claim);
            let found =
                locking!(&mut tx.conn, row, |c| row.get_result::<EndpointRow>(c).optional());
            one(found.doing("webhooks.hold")?)?.ok_or(StoreError::Stale)
        })
    }

    fn progress(&mut self, endpoint: &Endpoint, until: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let r = EndpointRecord::from(endpoint);
            let row = held!(endpoint.claim());
            fenced(
                on!(&mut tx.conn, |c| {
                    diesel::update(row)
                        .set((
                            table::state.eq(r.state),
                            table::reason.eq(r.reason),
                            table::streak.eq(r.streak),
                            table::failing_since.eq(r.failing_since),
                            table::warned.eq(r.warned),
                            table::wait_until.eq(r.wait_until),
                            table::last_success_at.eq(r.last_success_at),
                            table::last_failure_at.eq(r.last_failure_at),
                            table::behind_at.eq(r.behind_at),
                            table::missed.eq(&r.missed),
                            table::updated_at.eq(r.updated_at),
                            table::version.eq(r.version),
                            table::due_at.eq(Some(until.micros())),
                        ))
                        .execute(c)
                })
                .doing("webhooks.progress")?,
            )
        })
    }

    fn release(
        &mut self,
        claim: Claim<EndpointId>,
        due: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = held!(claim);
            let due = due.map(Timestamp::micros);
            fenced(
                on!(&mut tx.conn, |c| {
                    diesel::update(row)
                        .set((table::held.eq(0_i16), table::due_at.eq(due)))
                        .execute(c)
                })
                .doing("webhooks.release")?,
            )
        })
    }

    fn states(&mut self) -> Result<BTreeMap<State, u64>, StoreError> {
        self.reading(|conn| {
            let by_state = table::table
                .group_by(table::state)
                .select((table::state, diesel::dsl::count_star()));
            let rows = on!(conn, |c| by_state.load::<(i16, i64)>(c)).doing("webhooks.states")?;
            let at = RowRef::new("webhook_endpoints", 0);
            let read =
                |(state, number)| Ok((at.known("state", State::from_rank(state))?, count(number)));
            rows.into_iter().map(read).collect()
        })
    }
}

impl People for DieselTx {
    fn actors(&mut self, users: &[UserId]) -> Result<BTreeMap<UserId, Actor>, StoreError> {
        self.reading(|conn| {
            let ids: Vec<i64> = users.iter().map(|id| id.get()).collect();
            let of = accounts::table
                .filter(accounts::id.eq_any(&ids))
                .filter(accounts::status.eq(rank(&Status::ALL, &Status::Active)))
                .filter(accounts::deleted_at.is_null())
                .filter(accounts::purge_at.is_null());
            let rows: Vec<UserRow> =
                on!(&mut *conn, |c| of.load(c)).doing("webhooks.actors: accounts")?;
            let found: Vec<User> = all(rows)?;
            let more = permissions_of_all(conn, &ids)?;
            let actor = |user: User| {
                let extra = more.get(&user.id.get()).copied().unwrap_or(Permissions::NONE);
                (user.id, acting(&user, extra))
            };
            Ok(found.into_iter().map(actor).collect())
        })
    }
}
