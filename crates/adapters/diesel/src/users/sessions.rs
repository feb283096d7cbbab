//! `SessionStore`.

use diesel::prelude::*;
use kernel::{Permissions, SessionId, StoreError, Timestamp, UserId};
use users::{
    SessionStore, User,
    session::{Live, NewSession, RefreshState, RefreshToken, Session},
    values::Digest,
};

use super::{
    roles::{permissions_of, permissions_of_all},
    rows::UserRow,
};
use crate::{
    columns::{RowRef, count, unwritable},
    constraint::{Attempt, FOREIGN_KEY},
    db::{locking, on},
    row::Row as _,
    schema::{refresh_tokens as refresh, sessions as table, tickets, users as accounts},
    statement::Statement,
    uow::DieselTx,
};

#[derive(Queryable)]
struct SessionRow {
    id: i64,
    user_id: i64,
    device: Option<String>,
    ip: Option<String>,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    generation: i64,
    parent: i64,
    seen: i64,
    last_generation: i64,
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("sessions", row.id);
        Ok(Self {
            id: row_ref.session("id", row.id)?,
            user: row_ref.user("user_id", row.user_id)?,
            device: row.device,
            ip: row.ip,
            created_at: row_ref.moment("created_at", row.created_at)?,
            last_used_at: row_ref.moment("last_used_at", row.last_used_at)?,
            expires_at: row_ref.moment("expires_at", row.expires_at)?,
            revoked_at: row_ref.maybe_moment("revoked_at", row.revoked_at)?,
            generation: row.generation,
            parent: row.parent,
            seen: row.seen,
            last_generation: row.last_generation,
        })
    }
}

fn one(row: Option<SessionRow>) -> Result<Option<Session>, StoreError> {
    row.map(Session::try_from).transpose()
}

/// These tables point to one thing only, so a broken foreign key has one meaning.
fn missing(what: &'static str) -> impl Fn(StoreError) -> StoreError {
    move |error| match error {
        StoreError::Missing(FOREIGN_KEY) => StoreError::Missing(what),
        other => other,
    }
}

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::micros)
}

impl DieselTx {
    fn insert_session(&mut self, new: &NewSession) -> Result<Session, StoreError> {
        let at = new.created_at.micros();
        let id = on!(&mut self.conn, |c| {
            diesel::insert_into(table::table)
                .values((
                    table::user_id.eq(new.user.get()),
                    table::device.eq(new.device.as_deref()),
                    table::ip.eq(new.ip.as_deref()),
                    table::created_at.eq(at),
                    table::last_used_at.eq(at),
                    table::expires_at.eq(new.expires_at.micros()),
                    table::generation.eq(1),
                    table::parent.eq(0),
                    table::seen.eq(0),
                    table::last_generation.eq(1),
                ))
                .returning(table::id)
                .get_result::<i64>(c)
        })
        .doing("sessions.insert")
        .map_err(missing("sessions.user"))?;
        Ok(Session {
            id: SessionId::parse(id).map_err(unwritable)?,
            user: new.user,
            device: new.device.clone(),
            ip: new.ip.clone(),
            created_at: new.created_at,
            last_used_at: new.created_at,
            expires_at: new.expires_at,
            revoked_at: None,
            generation: 1,
            parent: 0,
            seen: 0,
            last_generation: 1,
        })
    }

    fn save_session(&mut self, session: &Session) -> Result<(), StoreError> {
        let saved = on!(&mut self.conn, |c| {
            diesel::update(table::table.find(session.id.get()))
                .set((
                    table::user_id.eq(session.user.get()),
                    table::device.eq(session.device.as_deref()),
                    table::ip.eq(session.ip.as_deref()),
                    table::created_at.eq(session.created_at.micros()),
                    table::last_used_at.eq(session.last_used_at.micros()),
                    table::expires_at.eq(session.expires_at.micros()),
                    table::revoked_at.eq(micros(session.revoked_at)),
                    table::generation.eq(session.generation),
                    table::parent.eq(session.parent),
                    table::seen.eq(session.seen),
                    table::last_generation.eq(session.last_generation),
                ))
                .execute(c)
        })
        .doing("sessions.save")
        .map_err(missing("sessions.user"))?;
        if saved == 0 { Err(StoreError::Missing("sessions.id")) } else { Ok(()) }
    }
}

impl SessionStore for DieselTx {
    fn insert(&mut self, session: &NewSession) -> Result<Session, StoreError> {
        self.writing(|tx| tx.insert_session(session))
    }

    fn get(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.reading(|conn| {
            one(on!(conn, |c| table::table.find(id.get()).get_result(c).optional())
                .doing("sessions.get")?)
        })
    }

    fn lock(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.reading(|conn| {
            let query = table::table.find(id.get());
            one(locking!(conn, query, |c| query.get_result(c).optional()).doing("sessions.lock")?)
        })
    }

    fn live(&mut self, id: SessionId) -> Result<Option<Live>, StoreError> {
        self.reading(|conn| {
            let row: Option<(SessionRow, UserRow)> = on!(conn, |c| {
                table::table
                    .inner_join(accounts::table.on(accounts::id.eq(table::user_id)))
                    .filter(table::id.eq(id.get()))
                    .filter(accounts::deleted_at.is_null())
                    .select((table::all_columns, accounts::all_columns))
                    .get_result(c)
                    .optional()
            })
            .doing("sessions.live")?;
            let Some((session, user)) = row else { return Ok(None) };
            let (session, user) = (Session::try_from(session)?, user.entity::<User>()?);
            let extra = permissions_of(conn, user.id)?;
            Ok(Some(Live { session, user, extra }))
        })
    }

    fn lives(&mut self, ids: &[SessionId]) -> Result<Vec<Live>, StoreError> {
        self.reading(|conn| {
            let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
            let rows: Vec<(SessionRow, UserRow)> = on!(&mut *conn, |c| {
                table::table
                    .inner_join(accounts::table.on(accounts::id.eq(table::user_id)))
                    .filter(table::id.eq_any(&ids))
                    .filter(accounts::deleted_at.is_null())
                    .select((table::all_columns, accounts::all_columns))
                    .load(c)
            })
            .doing("sessions.lives")?;
            let users: Vec<i64> = rows.iter().map(|(session, _)| session.user_id).collect();
            let more = permissions_of_all(conn, &users)?;
            let live = |(session, user): (SessionRow, UserRow)| {
                let (session, user) = (Session::try_from(session)?, user.entity::<User>()?);
                let extra = more.get(&user.id.get()).copied().unwrap_or(Permissions::NONE);
                Ok(Live { session, user, extra })
            };
            rows.into_iter().map(live).collect()
        })
    }

    fn of_user(&mut self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<SessionRow> = on!(conn, |c| {
                table::table
                    .filter(table::user_id.eq(user.get()))
                    .filter(table::revoked_at.is_null())
                    .filter(table::expires_at.gt(now.micros()))
                    .order((table::created_at.desc(), table::id.desc()))
                    .load(c)
            })
            .doing("sessions.of_user")?;
            rows.into_iter().map(Session::try_from).collect()
        })
    }

    fn save(&mut self, session: &Session) -> Result<(), StoreError> {
        self.writing(|tx| tx.save_session(session))
    }

    fn revoke_all(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, StoreError> {
        self.writing(|tx| {
            let open = table::table
                .filter(table::user_id.eq(user.get()))
                .filter(table::revoked_at.is_null())
                .filter(table::expires_at.gt(now.micros()))
                .filter(table::id.ne(except.map_or(0, SessionId::get)));
            let ids: Vec<i64> = on!(&mut tx.conn, |c| {
                diesel::update(open)
                    .set(table::revoked_at.eq(now.micros()))
                    .returning(table::id)
                    .get_results(c)
            })
            .doing("sessions.revoke_all")?;
            ids.into_iter().map(|id| RowRef::new("sessions", id).session("id", id)).collect()
        })
    }

    fn insert_refresh(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(refresh::table)
                    .values((
                        refresh::session_id.eq(token.session.get()),
                        refresh::generation.eq(token.generation),
                        refresh::digest.eq(token.digest.as_slice()),
                        refresh::state.eq(token.state.rank()),
                        refresh::expires_at.eq(token.expires_at.micros()),
                    ))
                    .execute(c)
            })
            .doing("sessions.insert_refresh")
            .map_err(missing("refresh_tokens.session"))?;
            Ok(())
        })
    }

    fn find_refresh(&mut self, digest: &Digest) -> Result<Option<RefreshToken>, StoreError> {
        self.reading(|conn| {
            let row: Option<(i64, i64, i16, i64)> = on!(conn, |c| {
                refresh::table
                    .filter(refresh::digest.eq(digest.as_slice()))
                    .select((
                        refresh::session_id,
                        refresh::generation,
                        refresh::state,
                        refresh::expires_at,
                    ))
                    .get_result(c)
                    .optional()
            })
            .doing("sessions.find_refresh")?;
            let Some((session, generation, state, expires_at)) = row else { return Ok(None) };
            let row_ref = RowRef::new("refresh_tokens", session);
            Ok(Some(RefreshToken {
                session: row_ref.session("session_id", session)?,
                generation,
                digest: *digest,
                state: row_ref.known("state", RefreshState::from_rank(state))?,
                expires_at: row_ref.moment("expires_at", expires_at)?,
            }))
        })
    }

    fn set_refresh(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = refresh::table.find((token.session.get(), token.generation));
            let changed = on!(&mut tx.conn, |c| {
                diesel::update(row).set(refresh::state.eq(token.state.rank())).execute(c)
            })
            .doing("sessions.set_refresh")?;
            if changed == 0 {
                return Err(StoreError::Missing("refresh_tokens.id"));
            }
            Ok(())
        })
    }

    fn insert_ticket(
        &mut self,
        digest: &Digest,
        session: SessionId,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(tickets::table)
                    .values((
                        tickets::digest.eq(digest.as_slice()),
                        tickets::session_id.eq(session.get()),
                        tickets::expires_at.eq(expires_at.micros()),
                    ))
                    .execute(c)
            })
            .doing("sessions.insert_ticket")
            .map_err(missing("tickets.session"))?;
            Ok(())
        })
    }

    fn take_ticket(
        &mut self,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<SessionId>, StoreError> {
        self.writing(|tx| {
            let taken: Option<(i64, i64)> = on!(&mut tx.conn, |c| {
                diesel::delete(tickets::table.find(digest.as_slice()))
                    .returning((tickets::session_id, tickets::expires_at))
                    .get_result(c)
                    .optional()
            })
            .doing("sessions.take_ticket")?;
            let Some((session, expires_at)) = taken else { return Ok(None) };
            if now.micros() >= expires_at {
                return Ok(None);
            }
            RowRef::new("tickets", session).session("session_id", session).map(Some)
        })
    }

    fn count_open(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        self.reading(|conn| {
            let open = table::table
                .filter(table::revoked_at.is_null().and(table::expires_at.gt(now.micros())))
                .count();
            let open: i64 = on!(conn, |c| open.get_result(c)).doing("sessions.count_open")?;
            Ok(count(open))
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let before = before.micros();
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ");
            delete.sql("expires_at < ").number(before);
            delete.sql(" OR revoked_at < ").number(before);
            delete.sql(" ORDER BY id LIMIT ").number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("sessions.prune")?;
            on!(&mut tx.conn, |c| {
                diesel::delete(tickets::table.filter(tickets::expires_at.lt(before))).execute(c)
            })
            .doing("sessions.prune: tickets")?;
            Ok(gone as u64)
        })
    }
}
