//! `FactorStore`. Who changes what an account has here has locked the account, so nothing is locked
//! once more.

use diesel::prelude::*;
use kernel::{StoreError, Timestamp, UserId};
use users::{
    FactorStore,
    factor::{Challenge, Factor, FirstKind, Sealed},
    values::Digest,
};

use crate::{
    columns::{RowRef, at_rank, count, rank},
    constraint::{Attempt, FOREIGN_KEY},
    db::on,
    schema::{challenges, factors as table, key_marks, recovery_codes as codes},
    statement::Statement,
    uow::DieselTx,
};

#[derive(Queryable)]
struct FactorRow {
    user_id: i64,
    secret: Vec<u8>,
    created_at: i64,
    confirmed_at: Option<i64>,
    last_step: i64,
    failed: i64,
    blocked_until: Option<i64>,
}

impl TryFrom<FactorRow> for Factor {
    type Error = StoreError;

    fn try_from(row: FactorRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("factors", row.user_id);
        Ok(Self {
            user: row_ref.user("user_id", row.user_id)?,
            secret: Sealed::new(row.secret),
            created_at: row_ref.moment("created_at", row.created_at)?,
            confirmed_at: row_ref.maybe_moment("confirmed_at", row.confirmed_at)?,
            last_step: row.last_step,
            failed: row_ref.read("failed", u32::try_from(row.failed))?,
            blocked_until: row_ref.maybe_moment("blocked_until", row.blocked_until)?,
        })
    }
}

#[derive(Queryable)]
struct ChallengeRow {
    digest: Vec<u8>,
    user_id: i64,
    first_proof: i16,
    mark: Vec<u8>,
    failed: i64,
    expires_at: i64,
}

impl TryFrom<ChallengeRow> for Challenge {
    type Error = StoreError;

    fn try_from(row: ChallengeRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("challenges", row.user_id);
        Ok(Self {
            digest: row_ref.bytes32("digest", row.digest)?,
            user: row_ref.user("user_id", row.user_id)?,
            first: row_ref.known("first_proof", at_rank(&FirstKind::ALL, row.first_proof))?,
            mark: row_ref.bytes32("mark", row.mark)?,
            failed: row_ref.read("failed", u32::try_from(row.failed))?,
            expires_at: row_ref.moment("expires_at", row.expires_at)?,
        })
    }
}

/// These tables point to accounts only, so a broken foreign key has one meaning.
fn missing(what: &'static str) -> impl Fn(StoreError) -> StoreError {
    move |error| match error {
        StoreError::Missing(FOREIGN_KEY) => StoreError::Missing(what),
        other => other,
    }
}

impl DieselTx {
    /// Removes a factor with all that belongs to it.
    pub(crate) fn drop_factor(&mut self, user: i64) -> Result<bool, StoreError> {
        on!(&mut self.conn, |c| {
            diesel::delete(codes::table.filter(codes::user_id.eq(user))).execute(c)
        })
        .doing("factors.remove: codes")?;
        on!(&mut self.conn, |c| {
            diesel::delete(challenges::table.filter(challenges::user_id.eq(user))).execute(c)
        })
        .doing("factors.remove: challenges")?;
        let gone = on!(&mut self.conn, |c| diesel::delete(table::table.find(user)).execute(c))
            .doing("factors.remove")?;
        Ok(gone > 0)
    }

    fn put_factor(&mut self, factor: &Factor) -> Result<(), StoreError> {
        let values = (
            table::secret.eq(factor.secret.expose()),
            table::created_at.eq(factor.created_at.micros()),
            table::confirmed_at.eq(factor.confirmed_at.map(Timestamp::micros)),
            table::last_step.eq(factor.last_step),
            table::failed.eq(i64::from(factor.failed)),
            table::blocked_until.eq(factor.blocked_until.map(Timestamp::micros)),
        );
        on!(&mut self.conn, |c| {
            diesel::insert_into(table::table)
                .values((table::user_id.eq(factor.user.get()), values))
                .on_conflict(table::user_id)
                .do_update()
                .set(values)
                .execute(c)
        })
        .doing("factors.put")
        .map_err(missing("factors.user"))?;
        Ok(())
    }
}

impl FactorStore for DieselTx {
    fn get(&mut self, user: UserId) -> Result<Option<Factor>, StoreError> {
        self.reading(|conn| {
            let row: Option<FactorRow> =
                on!(conn, |c| table::table.find(user.get()).get_result(c).optional())
                    .doing("factors.get")?;
            row.map(Factor::try_from).transpose()
        })
    }

    fn put(&mut self, factor: &Factor) -> Result<(), StoreError> {
        self.writing(|tx| tx.put_factor(factor))
    }

    fn remove(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.writing(|tx| tx.drop_factor(user.get()))
    }

    fn set_codes(&mut self, user: UserId, digests: &[Digest]) -> Result<(), StoreError> {
        self.writing(|tx| {
            let user = user.get();
            on!(&mut tx.conn, |c| {
                diesel::delete(codes::table.filter(codes::user_id.eq(user))).execute(c)
            })
            .doing("factors.set_codes: old")?;
            for digest in digests {
                on!(&mut tx.conn, |c| {
                    diesel::insert_into(codes::table)
                        .values((codes::user_id.eq(user), codes::digest.eq(digest.as_slice())))
                        .execute(c)
                })
                .doing("factors.set_codes")
                .map_err(missing("recovery_codes.user"))?;
            }
            Ok(())
        })
    }

    fn take_code(&mut self, user: UserId, digest: &Digest) -> Result<Option<u64>, StoreError> {
        self.writing(|tx| {
            let row = codes::table.find((user.get(), digest.as_slice()));
            let taken =
                on!(&mut tx.conn, |c| diesel::delete(row).execute(c)).doing("factors.take_code")?;
            if taken == 0 {
                return Ok(None);
            }
            let left = codes::table.filter(codes::user_id.eq(user.get())).count();
            let left: i64 =
                on!(&mut tx.conn, |c| left.get_result(c)).doing("factors.take_code: left")?;
            Ok(Some(count(left)))
        })
    }

    fn add_challenge(&mut self, challenge: &Challenge) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(challenges::table)
                    .values((
                        challenges::digest.eq(challenge.digest.as_slice()),
                        challenges::user_id.eq(challenge.user.get()),
                        challenges::first_proof.eq(rank(&FirstKind::ALL, &challenge.first)),
                        challenges::mark.eq(challenge.mark.as_slice()),
                        challenges::failed.eq(i64::from(challenge.failed)),
                        challenges::expires_at.eq(challenge.expires_at.micros()),
                    ))
                    .execute(c)
            })
            .doing("factors.add_challenge")
            .map_err(missing("challenges.user"))?;
            Ok(())
        })
    }

    fn challenge(&mut self, digest: &Digest) -> Result<Option<Challenge>, StoreError> {
        self.reading(|conn| {
            let row: Option<ChallengeRow> = on!(conn, |c| {
                challenges::table.find(digest.as_slice()).get_result(c).optional()
            })
            .doing("factors.challenge")?;
            row.map(Challenge::try_from).transpose()
        })
    }

    fn save_challenge(&mut self, challenge: &Challenge) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = challenges::table.find(challenge.digest.as_slice());
            let saved = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set(challenges::failed.eq(i64::from(challenge.failed)))
                    .execute(c)
            })
            .doing("factors.save_challenge")?;
            if saved == 0 { Err(StoreError::Missing("challenges.digest")) } else { Ok(()) }
        })
    }

    fn drop_challenge(&mut self, digest: &Digest) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = challenges::table.find(digest.as_slice());
            let gone = on!(&mut tx.conn, |c| diesel::delete(row).execute(c))
                .doing("factors.drop_challenge")?;
            Ok(gone > 0)
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let (before, limit) = (before.micros(), limit.into());
            let mut late: Statement = Statement::new();
            late.sql(
                "DELETE FROM challenges WHERE digest IN \
                 (SELECT digest FROM challenges WHERE expires_at < ",
            );
            late.number(before).sql(" ORDER BY expires_at LIMIT ").number(limit).sql(")");
            let late = on!(&mut tx.conn, |c| late.execute(c)).doing("factors.prune: challenges")?;
            let mut never: Statement = Statement::new();
            never.sql(
                "DELETE FROM factors WHERE confirmed_at IS NULL AND user_id IN \
                 (SELECT user_id FROM factors WHERE confirmed_at IS NULL AND created_at < ",
            );
            never.number(before).sql(" ORDER BY created_at LIMIT ").number(limit).sql(")");
            let never = on!(&mut tx.conn, |c| never.execute(c)).doing("factors.prune")?;
            Ok((late + never) as u64)
        })
    }

    fn key_mark(&mut self) -> Result<Option<Digest>, StoreError> {
        self.reading(|conn| {
            let mark: Option<Vec<u8>> =
                on!(conn, |c| key_marks::table.select(key_marks::mark).first(c).optional())
                    .doing("factors.key_mark")?;
            mark.map(|mark| RowRef::new("key_marks", 1).bytes32("mark", mark)).transpose()
        })
    }

    fn get_or_set_key_mark(&mut self, mark: &Digest) -> Result<Digest, StoreError> {
        self.writing(|tx| {
            // Other transactions wait here for the one that is first.
            on!(&mut tx.conn, |c| {
                diesel::insert_into(key_marks::table)
                    .values((key_marks::id.eq(1), key_marks::mark.eq(mark.as_slice())))
                    .on_conflict_do_nothing()
                    .execute(c)
            })
            .doing("factors.get_or_set_key_mark")?;
            Ok(())
        })?;
        // In a transaction that began before the first one committed it cannot be seen yet.
        self.key_mark()?.ok_or(StoreError::Contention)
    }
}
