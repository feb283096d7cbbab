//! What this room needs of a store and of the world. Adapters implement these traits and prove
//! the store ports with the `kit`.
#![deny(missing_docs)]

use async_trait::async_trait;
use kernel::{
    CommonTx, Page, PageRequest, Role, SessionId, SortKey, StoreError, Timestamp, UserId,
};

use crate::{
    audit::{Audit, AuditFilter, NewAudit},
    chain::{Ends, Link},
    external::{Attempt, ExternalIdentity, Grant, Identity, ProviderName, Subject},
    query::{UserFilter, UserSort},
    session::{Live, NewSession, RefreshToken, Session},
    user::{NewUser, User},
    values::{AuditId, Digest, Password, PasswordHash},
};

/// Keeps accounts.
///
/// * A1 `get` after `insert` or `save` gives an equal account (any text, extremes of every field);
/// * A2 usernames and addresses are unique without regard to case: `insert` and `save` report
///   `Duplicate("users.username")` or `Duplicate("users.email")`, the username first;
/// * A3 `save` of an outdated version changes nothing and reports `Stale`; on success the version
///   has grown by one, in the store and in the argument;
/// * A4 of N transactions that read one version and `save`, exactly one succeeds;
/// * A5 `find_by_username` and `find_by_email` do not regard case and take any text literally;
/// * A6 the password hash, or that there is none, is what `insert` or `set_password` last gave, and
///   grows no version;
/// * A7 `list` gives exactly the accounts that match, in the asked order, ties by id in the
///   direction of the last key, without gaps or repeats, whether by number or by cursor;
/// * A8 `remove` hides the account from every read, frees its username and address at once,
///   removes names, bio, avatar, address, password, sessions, refresh tokens, tickets, identities,
///   and attempts and grants of the account, and leaves its id valid for what points to it;
/// * A9 of two transactions that `lock_role` one role, the second waits for the first;
/// * A10 `note_login` sets `last_login_at` and grows no version.
pub trait UserStore {
    /// Adds an account; its version is 1, it is active, with no bio and no second factor.
    fn insert(
        &mut self,
        user: &NewUser,
        password: Option<&PasswordHash>,
    ) -> Result<User, StoreError>;
    /// An account.
    fn get(&mut self, id: UserId) -> Result<Option<User>, StoreError>;
    /// An account that nobody else changes before this transaction ends.
    fn lock(&mut self, id: UserId) -> Result<Option<User>, StoreError>;
    /// By username, whatever its case.
    fn find_by_username(&mut self, username: &str) -> Result<Option<User>, StoreError>;
    /// By mail address, whatever its case.
    fn find_by_email(&mut self, email: &str) -> Result<Option<User>, StoreError>;
    /// Writes every field (but `last_login_at`) if the version is still the one it was read at.
    fn save(&mut self, user: &mut User) -> Result<(), StoreError>;
    /// A page of accounts.
    fn list(
        &mut self,
        filter: &UserFilter,
        order: &[SortKey<UserSort>],
        page: &PageRequest,
    ) -> Result<Page<User>, StoreError>;
    /// Everybody who holds `role`, locked until this transaction ends, so that the last one stays.
    fn lock_role(&mut self, role: Role) -> Result<Vec<UserId>, StoreError>;
    /// The stored password; `None` also for an account that has none.
    fn password(&mut self, id: UserId) -> Result<Option<PasswordHash>, StoreError>;
    /// Replaces the stored password; without one, nobody comes in by password.
    fn set_password(&mut self, id: UserId, hash: Option<&PasswordHash>) -> Result<(), StoreError>;
    /// Notes a sign-in.
    fn note_login(&mut self, id: UserId, at: Timestamp) -> Result<(), StoreError>;
    /// Removes the person from the account; false when it was not there.
    fn remove(&mut self, id: UserId, now: Timestamp) -> Result<bool, StoreError>;
}

/// Keeps sessions, their refresh tokens and tickets.
///
/// * S1 `get` after `insert` or `save` gives an equal session; a new one has generation 1, parent
///   0, seen 0, last generation 1;
/// * S2 of two transactions that `lock` one session, the second waits and sees what the first wrote;
/// * S3 `live` gives the session with its account, or nothing when either is not there;
/// * S4 `of_user` gives the open sessions of one account, newest first;
/// * S5 `revoke_all` ends every open session of the account but `except`, and names those it ended;
/// * S6 a refresh token is found by its digest only, and `set_refresh` changes only its state;
/// * S7 `take_ticket` gives a ticket's session once, and never after it expired;
/// * S8 `sweep` removes sessions that ended or expired before the moment, with their tokens, and
///   expired tickets, and nothing else;
/// * S9 `count_open` counts the sessions that are neither ended nor expired.
pub trait SessionStore {
    /// Adds a session.
    fn insert(&mut self, session: &NewSession) -> Result<Session, StoreError>;
    /// A session, open or not.
    fn get(&mut self, id: SessionId) -> Result<Option<Session>, StoreError>;
    /// A session that nobody else changes before this transaction ends.
    fn lock(&mut self, id: SessionId) -> Result<Option<Session>, StoreError>;
    /// A session together with its account.
    fn live(&mut self, id: SessionId) -> Result<Option<Live>, StoreError>;
    /// The open sessions of an account.
    fn of_user(&mut self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;
    /// Writes every field.
    fn save(&mut self, session: &Session) -> Result<(), StoreError>;
    /// Ends every open session of an account but `except`; gives those it ended.
    fn revoke_all(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, StoreError>;
    /// Adds a refresh token.
    fn insert_refresh(&mut self, token: &RefreshToken) -> Result<(), StoreError>;
    /// Finds a refresh token.
    fn find_refresh(&mut self, digest: &Digest) -> Result<Option<RefreshToken>, StoreError>;
    /// Writes the state of the token with this session and generation.
    fn set_refresh(&mut self, token: &RefreshToken) -> Result<(), StoreError>;
    /// Adds a ticket for a session.
    fn insert_ticket(
        &mut self,
        digest: &Digest,
        session: SessionId,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Takes a ticket, if it is there and has not expired.
    fn take_ticket(
        &mut self,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<SessionId>, StoreError>;
    /// How many sessions are open, of all accounts.
    fn count_open(&mut self, now: Timestamp) -> Result<u64, StoreError>;
    /// Removes what ended before `before`, at most `limit` sessions; gives how many.
    fn sweep(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// A piece that was removed from the old end of the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The last entry of it.
    pub through: Link,
    /// How many entries.
    pub count: u64,
}

/// Keeps the audit trail. There is no way to change an entry, and none to remove one but from the
/// old end.
///
/// * D1 an appended entry is in the trail exactly when its transaction committed, every field as
///   given;
/// * D2 `list` gives exactly the entries that match every field of the filter, newest first (by
///   id), pages without gaps or repeats. Cursors carry no places, only the id; order `-id`. `walk`
///   gives the same entries oldest first, behind an id;
/// * D3 the trail is a chain (`crate::chain`): each entry has the hash of the one before it and its
///   own, ids grow by one, the first follows on `ends().pruned`, the newest is `ends().head`;
/// * D4 of any number of units that append at once the entries are still one chain, and a unit that
///   does not commit leaves no gap in it;
/// * D5 `prune` removes all before the first entry that is not older than the moment, at most
///   `limit` of them, and moves `ends().pruned` to the last of them: what is left is a chain.
pub trait AuditStore {
    /// Writes an act down. Stores may wait with it until the unit is about to commit, so that
    /// others who write things down wait for each other as briefly as can be.
    fn append(&mut self, entry: &NewAudit) -> Result<(), StoreError>;
    /// A page of the trail.
    fn list(&mut self, filter: &AuditFilter, page: &PageRequest)
    -> Result<Page<Audit>, StoreError>;
    /// The next entries behind an id that match, oldest first.
    fn walk(
        &mut self,
        filter: &AuditFilter,
        after: Option<AuditId>,
        limit: u32,
    ) -> Result<Vec<Audit>, StoreError>;
    /// Both ends as of one moment; `None` when the store has lost its note of them.
    fn ends(&mut self) -> Result<Option<Ends>, StoreError>;
    /// Removes entries from the old end; gives what it removed, if it did.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<Option<Cut>, StoreError>;
}

/// Keeps identities at other providers, and who is on the way to one or back.
///
/// * E1 `find` and `of_user` (oldest first) give identities as `insert` got them; subjects are
///   compared letter by letter;
/// * E2 an identity belongs to one account, and an account has one identity of a provider: `insert`
///   reports `Duplicate("identities.subject")` or `Duplicate("identities.provider")`, the subject
///   first;
/// * E3 of many that insert one identity at once, exactly one succeeds;
/// * E4 `remove` takes the account's identity of that provider and nothing else; false when there
///   was none;
/// * E5 `take_attempt` gives an attempt as it went in, once, and never after it expired;
/// * E6 `lock_grant` gives a grant as it went in, also a spent one; of two transactions that lock
///   one, the second waits and sees what the first wrote;
/// * E7 `spend_grant` sets when and for which session, once: a spent grant stays as it is;
/// * E8 `sweep` removes attempts and grants that expired before the moment, and nothing else.
pub trait IdentityStore {
    /// Gives an identity to an account.
    fn insert(&mut self, identity: &Identity) -> Result<(), StoreError>;
    /// Whose this identity is.
    fn find(
        &mut self,
        provider: &ProviderName,
        subject: &Subject,
    ) -> Result<Option<Identity>, StoreError>;
    /// The identities of an account.
    fn of_user(&mut self, user: UserId) -> Result<Vec<Identity>, StoreError>;
    /// Takes an identity from an account.
    fn remove(&mut self, user: UserId, provider: &ProviderName) -> Result<bool, StoreError>;
    /// Notes that somebody is on the way.
    fn insert_attempt(&mut self, attempt: &Attempt) -> Result<(), StoreError>;
    /// Takes an attempt by the digest of its state, if it is there and has not expired.
    fn take_attempt(
        &mut self,
        state: &Digest,
        now: Timestamp,
    ) -> Result<Option<Attempt>, StoreError>;
    /// Adds a code to be redeemed.
    fn insert_grant(&mut self, grant: &Grant) -> Result<(), StoreError>;
    /// A grant by the digest of its code, that nobody else changes before this transaction ends.
    fn lock_grant(&mut self, code: &Digest) -> Result<Option<Grant>, StoreError>;
    /// Notes that a code was presented, and the session that was made of it.
    fn spend_grant(
        &mut self,
        code: &Digest,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Removes what expired before `before`, at most `limit` of each kind; gives how many.
    fn sweep(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// This room's face of a transaction.
pub trait UsersTx: CommonTx {
    /// Accounts.
    fn users(&mut self) -> &mut dyn UserStore;
    /// Sessions.
    fn sessions(&mut self) -> &mut dyn SessionStore;
    /// The audit trail.
    fn audit(&mut self) -> &mut dyn AuditStore;
    /// Identities at other providers.
    fn identities(&mut self) -> &mut dyn IdentityStore;
}

/// Why a password could not be hashed or compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The queue is full; try again shortly.
    #[error("too many sign-ins at once")]
    Overloaded,
    /// The stored hash cannot be read, or the hasher failed.
    #[error("the password could not be processed: {0}")]
    Failed(String),
}

/// What a comparison gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// It is the password.
    Yes,
    /// It is, but the stored hash is weaker than what is made today.
    YesButOutdated,
    /// It is not.
    No,
}

/// Hashes passwords, off the request threads, a bounded number at once.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Passwords: Send + Sync {
    /// Hashes with the scheme and cost of today.
    async fn hash(&self, password: Password) -> Result<PasswordHash, HashError>;
    /// Compares. With no stored hash it takes as long and answers `No`.
    async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Match, HashError>;
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// The account.
    pub user: UserId,
    /// Its name, for the client's eyes.
    pub username: String,
    /// Its role, for the client's eyes: never trusted.
    pub role: Role,
    /// The session.
    pub session: SessionId,
    /// Which pair of the session it belongs to.
    pub generation: i64,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Why an access token is not taken. Deliberately without detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its time is over.
    #[error("the access token has expired")]
    Expired,
    /// Anything else.
    #[error("the access token is not valid")]
    Invalid,
}

/// Makes and reads access tokens, and makes opaque secrets.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait Tokens: Send + Sync {
    /// Signs an access token.
    fn sign(&self, claims: &AccessClaims) -> Result<String, HashError>;
    /// Reads an access token: algorithm, issuer, audience, kind and times are all checked.
    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError>;
    /// A new secret of at least 256 bits, as text that fits in a URL.
    fn secret(&self) -> String;
    /// The digest a store keeps of a secret.
    fn digest(&self, secret: &str) -> Digest;
}

/// What goes along to a provider. The texts are secrets until they come back.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// Comes back with the answer.
    pub state: &'a str,
    /// Stands in the ID token.
    pub nonce: &'a str,
    /// Its SHA-256 goes along now, it does itself when the code is redeemed.
    pub verifier: &'a str,
}

/// What came back from a provider, with what must fit it.
#[derive(Clone)]
pub struct Answer {
    /// The provider's code.
    pub code: String,
    /// `iss` of the answer, when the provider says it (RFC 9207).
    pub issuer: Option<String>,
    /// As it was asked for.
    pub verifier: String,
    /// As it was asked for.
    pub nonce: String,
}

/// Why a provider's word is not taken. The texts are for the log, and name no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It does not answer, not in time, or not in a way that can be understood; or it does not
    /// know us. The same may work later.
    #[error("the provider cannot be used: {0}")]
    Unavailable(String),
    /// It answered, and the answer does not hold.
    #[error("the provider's answer does not hold: {0}")]
    Refused(String),
}

/// The providers that somebody can sign in with.
#[async_trait]
pub trait IdentityProviders: Send + Sync {
    /// Their names, in the order they are shown in.
    fn names(&self) -> Vec<ProviderName>;
    /// Where the browser goes to be asked; `None` when there is no such provider.
    fn begin(&self, provider: &ProviderName, ask: Ask<'_>) -> Option<String>;
    /// Redeems a code and checks everything that comes back for it: issuer, audience, signature,
    /// times, nonce.
    async fn finish(
        &self,
        provider: &ProviderName,
        answer: Answer,
    ) -> Result<ExternalIdentity, ProviderError>;
}
