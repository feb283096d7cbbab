//! `IdentityStore`.

use diesel::prelude::*;
use kernel::{SessionId, StoreError, Timestamp, UserId};
use users::{
    IdentityStore,
    external::{Attempt, AuthorizationCode, FrontEnd, Identity, ProviderName, Purpose, Subject},
    values::Digest,
};

use crate::{
    columns::RowRef,
    constraint::{Attempt as _, FOREIGN_KEY},
    db::{AnyConnection, locking, on},
    schema::{identities as table, oauth_attempts as attempts, oauth_grants as grants},
    statement::Statement,
    uow::DieselTx,
};

/// Rows of this table have no number of their own.
fn row_ref(table: &'static str, user: i64) -> RowRef {
    RowRef::new(table, user)
}

/// These tables point to accounts only, so a broken foreign key has one meaning.
fn missing(what: &'static str) -> impl Fn(StoreError) -> StoreError {
    move |error| match error {
        StoreError::Missing(FOREIGN_KEY) => StoreError::Missing(what),
        other => other,
    }
}

#[derive(Queryable)]
struct IdentityRow {
    provider: String,
    subject: String,
    user_id: i64,
    linked_at: i64,
}

impl TryFrom<IdentityRow> for Identity {
    type Error = StoreError;

    fn try_from(row: IdentityRow) -> Result<Self, StoreError> {
        let row_ref = row_ref("identities", row.user_id);
        Ok(Self {
            provider: row_ref.read("provider", ProviderName::parse(&row.provider))?,
            subject: row_ref.read("subject", Subject::parse(&row.subject))?,
            user: row_ref.user("user_id", row.user_id)?,
            linked_at: row_ref.moment("linked_at", row.linked_at)?,
        })
    }
}

#[derive(Queryable)]
struct AttemptRow {
    state: Vec<u8>,
    browser: Vec<u8>,
    provider: String,
    verifier: String,
    nonce: String,
    user_id: Option<i64>,
    session_id: Option<i64>,
    redirect_uri: Option<String>,
    client_state: Option<String>,
    client_id: Option<String>,
    challenge: Option<Vec<u8>>,
    expires_at: i64,
}

impl TryFrom<AttemptRow> for Attempt {
    type Error = StoreError;

    fn try_from(row: AttemptRow) -> Result<Self, StoreError> {
        let row_ref = row_ref("oauth_attempts", row.user_id.unwrap_or_default());
        let purpose = match (row.user_id, row.session_id) {
            (None, None) => Purpose::SignIn,
            (Some(user), Some(session)) => Purpose::Link(
                row_ref.user("user_id", user)?,
                row_ref.session("session_id", session)?,
            ),
            _ => return Err(row_ref.corrupt("session_id")),
        };
        let challenge =
            row.challenge.map(|bytes| row_ref.bytes32("challenge", bytes)).transpose()?;
        Ok(Self {
            state: row_ref.bytes32("state", row.state)?,
            browser: row_ref.bytes32("browser", row.browser)?,
            provider: row_ref.read("provider", ProviderName::parse(&row.provider))?,
            verifier: row.verifier,
            nonce: row.nonce,
            purpose,
            front: row.redirect_uri.map(|redirect_uri| FrontEnd {
                redirect_uri,
                state: row.client_state,
                client_id: row.client_id,
                challenge,
            }),
            expires_at: row_ref.moment("expires_at", row.expires_at)?,
        })
    }
}

#[derive(Queryable)]
struct AuthorizationCodeRow {
    code: Vec<u8>,
    user_id: i64,
    provider: String,
    subject: String,
    challenge: Vec<u8>,
    redirect_uri: String,
    client_id: Option<String>,
    expires_at: i64,
    spent_at: Option<i64>,
    session_id: Option<i64>,
}

impl TryFrom<AuthorizationCodeRow> for AuthorizationCode {
    type Error = StoreError;

    fn try_from(row: AuthorizationCodeRow) -> Result<Self, StoreError> {
        let row_ref = row_ref("oauth_grants", row.user_id);
        let session = row.session_id.map(|id| row_ref.session("session_id", id)).transpose()?;
        Ok(Self {
            code: row_ref.bytes32("code", row.code)?,
            user: row_ref.user("user_id", row.user_id)?,
            provider: row_ref.read("provider", ProviderName::parse(&row.provider))?,
            subject: row_ref.read("subject", Subject::parse(&row.subject))?,
            challenge: row_ref.bytes32("challenge", row.challenge)?,
            redirect_uri: row.redirect_uri,
            client_id: row.client_id,
            expires_at: row_ref.moment("expires_at", row.expires_at)?,
            spent_at: row_ref.maybe_moment("spent_at", row.spent_at)?,
            session,
        })
    }
}

/// E2: the subject first. PostgreSQL looks at the rules in the order they were made; SQLite is
/// asked again.
fn subject_first(conn: &mut AnyConnection, error: StoreError, identity: &Identity) -> StoreError {
    let (AnyConnection::Sqlite(c), StoreError::Duplicate("identities.provider")) = (conn, &error)
    else {
        return error;
    };
    let taken = table::table
        .find((identity.provider.as_str(), identity.subject.as_str()))
        .count()
        .get_result::<i64>(c);
    match taken {
        Ok(1..) => StoreError::Duplicate("identities.subject"),
        _ => error,
    }
}

impl DieselTx {
    /// Removes what there is of an account.
    pub(crate) fn drop_identities(&mut self, user: i64) -> Result<(), StoreError> {
        on!(&mut self.conn, |c| {
            diesel::delete(table::table.filter(table::user_id.eq(user))).execute(c)
        })
        .doing("users.remove: identities")?;
        on!(&mut self.conn, |c| {
            diesel::delete(attempts::table.filter(attempts::user_id.eq(user))).execute(c)
        })
        .doing("users.remove: attempts")?;
        on!(&mut self.conn, |c| {
            diesel::delete(grants::table.filter(grants::user_id.eq(user))).execute(c)
        })
        .doing("users.remove: tokens")?;
        Ok(())
    }

    fn prune_table(
        &mut self,
        table: &'static str,
        key: &'static str,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let mut delete: Statement = Statement::new();
        delete.sql("DELETE FROM ").sql(table).sql(" WHERE ").sql(key).sql(" IN (SELECT ").sql(key);
        delete.sql(" FROM ").sql(table).sql(" WHERE expires_at < ").number(before.micros());
        delete.sql(" ORDER BY expires_at LIMIT ").number(limit.into()).sql(")");
        let gone = on!(&mut self.conn, |c| delete.execute(c)).doing("identities.prune")?;
        Ok(gone as u64)
    }
}

impl IdentityStore for DieselTx {
    fn insert(&mut self, identity: &Identity) -> Result<(), StoreError> {
        self.writing(|tx| {
            let conn = &mut tx.conn;
            on!(conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::provider.eq(identity.provider.as_str()),
                        table::subject.eq(identity.subject.as_str()),
                        table::user_id.eq(identity.user.get()),
                        table::linked_at.eq(identity.linked_at.micros()),
                    ))
                    .execute(c)
            })
            .doing("identities.insert")
            .map_err(missing("identities.user"))
            .map_err(|error| subject_first(conn, error, identity))?;
            Ok(())
        })
    }

    fn find(
        &mut self,
        provider: &ProviderName,
        subject: &Subject,
    ) -> Result<Option<Identity>, StoreError> {
        let row = table::table.find((provider.as_str(), subject.as_str()));
        self.reading(|conn| {
            let row: Option<IdentityRow> =
                on!(conn, |c| row.get_result(c).optional()).doing("identities.find")?;
            row.map(Identity::try_from).transpose()
        })
    }

    fn of_user(&mut self, user: UserId) -> Result<Vec<Identity>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<IdentityRow> = on!(conn, |c| {
                table::table
                    .filter(table::user_id.eq(user.get()))
                    .order((table::linked_at.asc(), table::provider.asc()))
                    .load(c)
            })
            .doing("identities.of_user")?;
            rows.into_iter().map(Identity::try_from).collect()
        })
    }

    fn remove(&mut self, user: UserId, provider: &ProviderName) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = table::table
                .filter(table::user_id.eq(user.get()))
                .filter(table::provider.eq(provider.as_str()));
            let gone = on!(&mut tx.conn, |c| diesel::delete(row).execute(c));
            Ok(gone.doing("identities.remove")? > 0)
        })
    }

    fn insert_attempt(&mut self, attempt: &Attempt) -> Result<(), StoreError> {
        let (user, session) = match attempt.purpose {
            Purpose::SignIn => (None, None),
            Purpose::Link(user, session) => (Some(user.get()), Some(session.get())),
        };
        let front = attempt.front.as_ref();
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(attempts::table)
                    .values((
                        attempts::state.eq(attempt.state.as_slice()),
                        attempts::browser.eq(attempt.browser.as_slice()),
                        attempts::provider.eq(attempt.provider.as_str()),
                        attempts::verifier.eq(attempt.verifier.as_str()),
                        attempts::nonce.eq(attempt.nonce.as_str()),
                        attempts::user_id.eq(user),
                        attempts::session_id.eq(session),
                        attempts::redirect_uri.eq(front.map(|front| front.redirect_uri.as_str())),
                        attempts::client_state.eq(front.and_then(|front| front.state.as_deref())),
                        attempts::client_id.eq(front.and_then(|front| front.client_id.as_deref())),
                        attempts::challenge
                            .eq(front.and_then(|f| f.challenge.as_ref()).map(<[u8; 32]>::as_slice)),
                        attempts::expires_at.eq(attempt.expires_at.micros()),
                    ))
                    .execute(c)
            })
            .doing("identities.insert_attempt")
            .map_err(missing("oauth_attempts.user"))?;
            Ok(())
        })
    }

    fn take_attempt(
        &mut self,
        state: &Digest,
        now: Timestamp,
    ) -> Result<Option<Attempt>, StoreError> {
        self.writing(|tx| {
            let row: Option<AttemptRow> = on!(&mut tx.conn, |c| {
                diesel::delete(attempts::table.find(state.as_slice()))
                    .returning(attempts::all_columns)
                    .get_result(c)
                    .optional()
            })
            .doing("identities.take_attempt")?;
            let attempt = row.map(Attempt::try_from).transpose()?;
            Ok(attempt.filter(|attempt| now < attempt.expires_at))
        })
    }

    fn insert_code(&mut self, issued: &AuthorizationCode) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(grants::table)
                    .values((
                        grants::code.eq(issued.code.as_slice()),
                        grants::user_id.eq(issued.user.get()),
                        grants::provider.eq(issued.provider.as_str()),
                        grants::subject.eq(issued.subject.as_str()),
                        grants::challenge.eq(issued.challenge.as_slice()),
                        grants::redirect_uri.eq(issued.redirect_uri.as_str()),
                        grants::client_id.eq(issued.client_id.as_deref()),
                        grants::expires_at.eq(issued.expires_at.micros()),
                        grants::spent_at.eq(issued.spent_at.map(Timestamp::micros)),
                        grants::session_id.eq(issued.session.map(SessionId::get)),
                    ))
                    .execute(c)
            })
            .doing("identities.insert_code")
            .map_err(missing("oauth_grants.user"))?;
            Ok(())
        })
    }

    fn lock_code(&mut self, code: &Digest) -> Result<Option<AuthorizationCode>, StoreError> {
        self.reading(|conn| {
            let query = grants::table.find(code.as_slice());
            let row: Option<AuthorizationCodeRow> =
                locking!(conn, query, |c| query.get_result(c).optional())
                    .doing("identities.lock_code")?;
            row.map(AuthorizationCode::try_from).transpose()
        })
    }

    fn spend_code(
        &mut self,
        code: &Digest,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let unspent = grants::table.find(code.as_slice()).filter(grants::spent_at.is_null());
            on!(&mut tx.conn, |c| {
                diesel::update(unspent)
                    .set((
                        grants::spent_at.eq(now.micros()),
                        grants::session_id.eq(session.map(SessionId::get)),
                    ))
                    .execute(c)
            })
            .doing("identities.spend_code")?;
            Ok(())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let attempts = tx.prune_table("oauth_attempts", "state", before, limit)?;
            let grants = tx.prune_table("oauth_grants", "code", before, limit)?;
            Ok(attempts + grants)
        })
    }
}
