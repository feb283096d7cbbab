//! What this room needs of a store and of the world. Adapters implement these traits and prove
//! the store ports with the `kit`.
#![deny(missing_docs)]

use std::time::Duration;

use async_trait::async_trait;
use kernel::{
    CommonTx, Page, PageRequest, Permissions, Role, SessionId, SortKey, StoreError, Timestamp,
    TokenId, UserId,
};

use crate::{
    audit::{Audit, AuditFilter, NewAudit},
    chain::{ChainEntry, Ends},
    external::{self, Attempt, ExternalIdentity, Identity, ProviderName, Subject},
    factor::{Challenge, Factor, Sealed},
    inactivity::{ActivityCounts, Place, Stage, Standing},
    login_throttle::LoginThrottle,
    one_time_token::{EmailChange, Meeting, OneTimeToken, OneTimeTokenKind},
    personal_access_token::{LiveToken, NewToken, PersonalAccessToken},
    phone::PhoneChange,
    query::{UserFilter, UserSort},
    role::{CustomRole, NewRole},
    session::{Live, NewSession, RefreshToken, Session},
    user::{NewUser, User},
    values::{AuditId, Digest, Password, PasswordHash, RoleName, Username},
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
///   attempts and codes of front-ends, links, a change of address, devices, grants, what roles it
///   had, the second factor, recovery codes and challenges, and leaves its id valid for what points
///   to it;
/// * A9 of two transactions that `lock_role` one role, the second waits for the first;
/// * A10 `note_login` sets `last_login_at` and grows no version;
/// * A11 `due` gives the accounts whose `purge_at` is not after the moment, those that waited
///   longest first, at most `limit`.
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
    /// Closed accounts whose time is over.
    fn due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError>;
    /// Removes the person from the account; false when it was not there.
    fn remove(&mut self, id: UserId, now: Timestamp) -> Result<bool, StoreError>;
}

/// Keeps sessions, their refresh tokens and tickets.
///
/// * S1 `get` after `insert` or `save` gives an equal session; a new one has generation 1, parent
///   0, seen 0, last generation 1;
/// * S2 of two transactions that `lock` one session, the second waits and sees what the first wrote;
/// * S3 `live` gives the session with its account and what that may do besides, or nothing when
///   either is not there; `lives` gives the same of many, in any order;
/// * S4 `of_user` gives the open sessions of one account, newest first;
/// * S5 `revoke_all` ends every open session of the account but `except`, and names those it ended;
/// * S6 a refresh token is found by its digest only, and `set_refresh` changes only its state;
/// * S7 `take_ticket` gives a ticket's session once, and never after it expired;
/// * S8 `prune` removes sessions that ended or expired before the moment, with their tokens, and
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
    /// Several with their accounts.
    fn lives(&mut self, ids: &[SessionId]) -> Result<Vec<Live>, StoreError>;
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
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Keeps one-time links, each found by its digest only, and the change of address that each account
/// may wait for.
///
/// * L1 `find` gives an equal link after `insert`, of its own kind only and never from `expires_at`
///   on, and leaves it where it is;
/// * L2 `take` gives what `find` would give, and removes it;
/// * L3 of any number of transactions that `take` one link at once, one gets it;
/// * L4 `revoke` removes the account's links of one kind, or of every kind, and nobody else's;
/// * L5 `newest` gives when the newest link of this kind was made for the account that was neither
///   taken nor removed;
/// * L6 `change` gives an equal change after `propose`, which takes the place of the one before, and
///   nothing after `withdraw`;
/// * L7 `prune` removes links and changes that expired before the moment, at most `limit` of each,
///   and nothing else.
pub trait OneTimeTokenStore {
    /// Adds a link.
    fn insert(&mut self, link: &OneTimeToken) -> Result<(), StoreError>;
    /// A link of this kind, if it is there and has not expired.
    fn find(
        &mut self,
        digest: &Digest,
        kind: OneTimeTokenKind,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError>;
    /// Takes a link of this kind, if it is there and has not expired.
    fn take(
        &mut self,
        digest: &Digest,
        kind: OneTimeTokenKind,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError>;
    /// Removes links of an account: those of one kind, or all.
    fn revoke(&mut self, user: UserId, kind: Option<OneTimeTokenKind>) -> Result<(), StoreError>;
    /// When the newest link of this kind was made.
    fn newest(
        &mut self,
        user: UserId,
        kind: OneTimeTokenKind,
    ) -> Result<Option<Timestamp>, StoreError>;
    /// Writes the account's change of address.
    fn propose(&mut self, change: &EmailChange) -> Result<(), StoreError>;
    /// The account's change of address, expired or not.
    fn change(&mut self, user: UserId) -> Result<Option<EmailChange>, StoreError>;
    /// Removes the account's change of address.
    fn withdraw(&mut self, user: UserId) -> Result<(), StoreError>;
    /// Removes what expired before `before`; gives how many links.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Knows the devices and networks that accounts were used from, by digest only.
///
/// * N1 `meet` says whether this account met this device before, and whether it met any, and knows
///   it from then on;
/// * N2 `prune` forgets devices that were last met before the moment, at most `limit`, and nothing
///   else;
/// * N3 `last_met` returns when `meet` last met this device of this account, and changes nothing.
pub trait DeviceStore {
    /// Meets a device. The account must be locked.
    fn meet(
        &mut self,
        user: UserId,
        device: &Digest,
        now: Timestamp,
    ) -> Result<Meeting, StoreError>;
    /// When the account was last used from the device; `None` if never, or not since it was swept.
    fn last_met(&mut self, user: UserId, device: &Digest) -> Result<Option<Timestamp>, StoreError>;
    /// Forgets devices; gives how many.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Keeps personal access tokens, by the digests of their secrets.
///
/// * G1 `of_user` gives the grants of one account as they went in, newest first, expired ones too; a
///   new one was never used;
/// * G2 `live` finds a grant by its digest only, `live_of` by its id; both give it with its account
///   and what that may do besides as of now, or nothing when either is not there;
/// * G3 digests are unique: `insert` reports `Duplicate("personal_access_tokens.digest")`;
/// * G4 `note_use` writes when and where from, unless that was done at or after `since`, and says
///   whether it wrote; nothing else changes;
/// * G5 `remove` removes a grant and gives it; one that is not the account's own is not there;
/// * G6 `prune` removes what expired before the moment, at most `limit`, and nothing else.
pub trait TokenStore {
    /// Adds a grant.
    fn insert(&mut self, token: &NewToken) -> Result<PersonalAccessToken, StoreError>;
    /// The grants of an account.
    fn of_user(&mut self, user: UserId) -> Result<Vec<PersonalAccessToken>, StoreError>;
    /// The grant with this digest, and its account.
    fn live(&mut self, digest: &Digest) -> Result<Option<LiveToken>, StoreError>;
    /// The grant with this id, and its account.
    fn live_of(&mut self, id: TokenId) -> Result<Option<LiveToken>, StoreError>;
    /// Notes that a grant was used.
    fn note_use(
        &mut self,
        id: TokenId,
        at: Timestamp,
        ip: Option<&str>,
        since: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Removes a grant of an account.
    fn remove(
        &mut self,
        user: UserId,
        id: TokenId,
    ) -> Result<Option<PersonalAccessToken>, StoreError>;
    /// Removes what expired before `before`, at most `limit`; gives how many.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Keeps the roles that somebody made, and who has them.
///
/// * K1 `get` and `lock` after `insert` or `save` give an equal role; a new one has version 1;
/// * K2 names are unique: `insert` reports `Duplicate("roles.name")`;
/// * K3 `save` of an outdated version changes nothing and reports `Stale`; on success the version
///   has grown by one, in the store and in the argument;
/// * K4 `list` gives every role, by name;
/// * K5 `of_user` gives, by name, exactly the roles that `assign` last gave the account; `assign`
///   of a role that is not there reports `Missing("roles.name")`;
/// * K6 `permissions_of` gives what the roles of an account allow together, as they are now;
/// * K7 `remove` takes a role away from everybody; false when it was not there;
/// * K8 `sessions_of_holders` names the open sessions of those who have the role, at most `limit`;
/// * K9 of two transactions that `lock` one role, the second waits and sees what the first wrote.
pub trait RoleStore {
    /// Adds a role.
    fn insert(&mut self, role: &NewRole) -> Result<CustomRole, StoreError>;
    /// A role.
    fn get(&mut self, name: &RoleName) -> Result<Option<CustomRole>, StoreError>;
    /// A role that nobody else changes before this transaction ends.
    fn lock(&mut self, name: &RoleName) -> Result<Option<CustomRole>, StoreError>;
    /// Every role.
    fn list(&mut self) -> Result<Vec<CustomRole>, StoreError>;
    /// Writes description, permissions and times if the version is still the one it was read at.
    fn save(&mut self, role: &mut CustomRole) -> Result<(), StoreError>;
    /// Removes a role.
    fn remove(&mut self, name: &RoleName) -> Result<bool, StoreError>;
    /// The roles of an account.
    fn of_user(&mut self, user: UserId) -> Result<Vec<CustomRole>, StoreError>;
    /// Gives an account exactly these roles.
    fn assign(&mut self, user: UserId, names: &[RoleName]) -> Result<(), StoreError>;
    /// What the roles of an account allow together.
    fn permissions_of(&mut self, user: UserId) -> Result<Permissions, StoreError>;
    /// The open sessions of those who have a role.
    fn sessions_of_holders(
        &mut self,
        name: &RoleName,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<SessionId>, StoreError>;
}

/// A piece that was removed from the old end of the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The last entry of it.
    pub through: ChainEntry,
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

/// Keeps second factors, recovery codes and challenges. Whoever changes those of an account has
/// locked the account.
///
/// * F1 `get` after `put` gives an equal factor, whatever was there before, and of other accounts
///   theirs;
/// * F2 `remove` takes the factor of one account, its recovery codes and its challenges, and nothing
///   else;
/// * F3 `take_code` takes a code of the account's once and says how many are left; `set_codes`
///   replaces all of them. Of many who take one code at once, one gets it;
/// * F4 a challenge is found by its digest only, as it was added or last saved, until it is dropped;
/// * F5 `prune` removes challenges that expired before the moment and factors that were never on and
///   began before it, at most `limit` of each, and nothing else;
/// * F6 `get_or_set_key_mark` keeps the given mark when there is none and returns the one that is kept; of
///   simultaneous callers all get the same. `key_mark` returns it, and `None` before.
pub trait FactorStore {
    /// The factor of an account, on or pending.
    fn get(&mut self, user: UserId) -> Result<Option<Factor>, StoreError>;
    /// Writes the one factor of its account.
    fn put(&mut self, factor: &Factor) -> Result<(), StoreError>;
    /// Removes it with all that belongs to it; false when it was not there.
    fn remove(&mut self, user: UserId) -> Result<bool, StoreError>;
    /// Replaces the recovery codes of an account.
    fn set_codes(&mut self, user: UserId, digests: &[Digest]) -> Result<(), StoreError>;
    /// Takes a recovery code, if it is there; gives how many are left.
    fn take_code(&mut self, user: UserId, digest: &Digest) -> Result<Option<u64>, StoreError>;
    /// Adds a challenge.
    fn add_challenge(&mut self, challenge: &Challenge) -> Result<(), StoreError>;
    /// Finds a challenge, expired or not.
    fn challenge(&mut self, digest: &Digest) -> Result<Option<Challenge>, StoreError>;
    /// Writes the wrong codes of a challenge.
    fn save_challenge(&mut self, challenge: &Challenge) -> Result<(), StoreError>;
    /// Removes a challenge; false when it was not there.
    fn drop_challenge(&mut self, digest: &Digest) -> Result<bool, StoreError>;
    /// Removes what was waited for in vain; gives how many rows.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
    /// The mark of the key that secrets in this store are sealed with.
    fn key_mark(&mut self) -> Result<Option<Digest>, StoreError>;
    /// Keeps the mark of a key unless there is one; returns the one that is kept.
    fn get_or_set_key_mark(&mut self, mark: &Digest) -> Result<Digest, StoreError>;
}

/// Counts emails and texts by where they go and of what class they are; the keys are digests.
///
/// * M1 `count` adds one under the key and returns how many it are in a window that began with the
///   first after `since`; a window that began at or before `since` is over, and the next begins at
///   `now`. Keys are counted apart;
/// * M2 of many that count under one key simultaneously none is lost;
/// * M3 `prune` forgets windows that began at or before the moment, at most `limit`, and nothing else;
/// * M4 `began_at` returns when the window of a key began that was counted last.
pub trait EmailCountStore {
    /// Counts one more; returns how many it are with it.
    fn count(&mut self, key: &Digest, now: Timestamp, since: Timestamp) -> Result<u64, StoreError>;
    /// When the window began (M4).
    fn began_at(&mut self, key: &Digest) -> Result<Option<Timestamp>, StoreError>;
    /// Forgets windows that are over; gives how many.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Keeps phone numbers that wait for their code.
///
/// * P1 `get` and `lock` return a change as it was put; an account has one, which `put` replaces. For an account
///   that is not there it reports `Missing("phone_changes.user")`;
/// * P2 of two transactions that `lock` the change of an account, the second waits and sees what the first wrote;
/// * P3 `remove` removes the change of one account and no other; true when there was one;
/// * P4 `prune` removes those that expired before the moment, at most `limit`, and nothing else;
/// * A8 the change goes with its account.
pub trait PhoneChangeStore {
    /// What waits.
    fn get(&mut self, user: UserId) -> Result<Option<PhoneChange>, StoreError>;
    /// What waits; no other transaction changes it before this one ends (P2).
    fn lock(&mut self, user: UserId) -> Result<Option<PhoneChange>, StoreError>;
    /// Keeps it instead of what waited before.
    fn put(&mut self, change: &PhoneChange) -> Result<(), StoreError>;
    /// Removes it (P3).
    fn remove(&mut self, user: UserId) -> Result<bool, StoreError>;
    /// Removes what expired; returns how many (P4).
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Notes when accounts are used, and for when a closing for want of use was announced.
///
/// * Y1 a new account was last active when it was made. `note` moves that to `at` and takes an announced
///   closing back, unless a moment at or after `since` is noted and no closing is announced; it says
///   whether it wrote, and grows no version;
/// * Y2 `standing` returns what was noted last, and whether the account has more roles than its own;
///   nothing for one that is not there;
/// * Y3 of two transactions, one that locks an account and asks for its standing, and one that locks it
///   and notes, the second sees what the first wrote;
/// * Y4 `unused` returns the accounts of a stage whose moment is not after `until`, by moment, ties by
///   id, those behind `after`, at most `limit`. They are open, active accounts of people with the role
///   `user` and no other, at a proven address;
/// * Y5 `counts` returns how many accounts were made and how many were last used at or after a moment, of
///   each at most `most`.
pub trait ActivityStore {
    /// Notes that an account was used.
    fn note(&mut self, id: UserId, at: Timestamp, since: Timestamp) -> Result<bool, StoreError>;
    /// Notes for when the closing of an account was announced.
    fn announce(&mut self, id: UserId, closing_at: Timestamp) -> Result<(), StoreError>;
    /// What is known of the use of an account.
    fn standing(&mut self, id: UserId) -> Result<Option<Standing>, StoreError>;
    /// Accounts that were not used for long.
    fn unused(
        &mut self,
        stage: Stage,
        until: Timestamp,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<Place>, StoreError>;
    /// How many people came lately.
    fn counts(&mut self, since: Timestamp, most: u32) -> Result<ActivityCounts, StoreError>;
}

/// Counts wrong passwords by who tries and at whom; the keys are digests.
///
/// * W1 `get` after `put` gives equal tries, and nothing after `clear`;
/// * W2 of two transactions that `lock` one key, the second waits and sees what the first wrote, also
///   when nothing was there;
/// * W3 `prune` removes tries of which the last was before the moment, at most `limit`, and nothing
///   else.
pub trait LoginThrottleStore {
    /// What was counted.
    fn get(&mut self, key: &Digest) -> Result<Option<LoginThrottle>, StoreError>;
    /// What was counted, or nothing yet; nobody else counts before this transaction ends.
    fn lock(&mut self, key: &Digest, now: Timestamp) -> Result<LoginThrottle, StoreError>;
    /// Writes it.
    fn put(&mut self, key: &Digest, login_throttle: &LoginThrottle) -> Result<(), StoreError>;
    /// Forgets it.
    fn clear(&mut self, key: &Digest) -> Result<(), StoreError>;
    /// Forgets what is older than the moment; gives how many.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
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
/// * E6 `lock_code` gives a grant as it went in, also a spent one; of two transactions that lock
///   one, the second waits and sees what the first wrote;
/// * E7 `spend_code` sets when and for which session, once: a spent grant stays as it is;
/// * E8 `prune` removes attempts and grants that expired before the moment, and nothing else.
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
    fn insert_code(&mut self, token: &external::AuthorizationCode) -> Result<(), StoreError>;
    /// A grant by the digest of its code, that nobody else changes before this transaction ends.
    fn lock_code(
        &mut self,
        code: &Digest,
    ) -> Result<Option<external::AuthorizationCode>, StoreError>;
    /// Notes that a code was presented, and the session that was made of it.
    fn spend_code(
        &mut self,
        code: &Digest,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Removes what expired before `before`, at most `limit` of each kind; gives how many.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// This room's face of a transaction.
pub trait UsersTx: CommonTx {
    /// Accounts.
    fn users(&mut self) -> &mut dyn UserStore;
    /// Sessions.
    fn sessions(&mut self) -> &mut dyn SessionStore;
    /// The audit trail.
    fn audit(&mut self) -> &mut dyn AuditStore;
    /// One-time links.
    fn one_time_tokens(&mut self) -> &mut dyn OneTimeTokenStore;
    /// Known devices.
    fn devices(&mut self) -> &mut dyn DeviceStore;
    /// Personal access tokens.
    fn personal_access_tokens(&mut self) -> &mut dyn TokenStore;
    /// Roles that somebody made.
    fn roles(&mut self) -> &mut dyn RoleStore;
    /// Second factors.
    fn factors(&mut self) -> &mut dyn FactorStore;
    /// Wrong passwords.
    fn login_throttle(&mut self) -> &mut dyn LoginThrottleStore;
    /// Identities at other providers.
    fn identities(&mut self) -> &mut dyn IdentityStore;
    /// When accounts were used.
    fn activity(&mut self) -> &mut dyn ActivityStore;
    /// Emails that went to one address.
    fn email_counts(&mut self) -> &mut dyn EmailCountStore;
    /// Phone numbers that wait for their code.
    fn phone_changes(&mut self) -> &mut dyn PhoneChangeStore;
}

/// Why a password could not be hashed or compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The caller would wait too long; it may be served when it comes again after this time.
    #[error("too many sign-ins at the same time")]
    Overloaded(Duration),
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

/// Hashes passwords, off the request threads, a bounded number simultaneously.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// Waits for a free thread, in the order of arrival. What must happen only when a password is
    /// going to be judged happens between this and [`HashTurn::verify`]. Dropping the future gives
    /// the place in the queue up.
    ///
    /// Errors: `Overloaded` immediately when the wait would take more than a few seconds.
    async fn turn(&self) -> Result<Box<dyn HashTurn>, HashError>;

    /// Waits for a turn, then [`HashTurn::hash`].
    async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        self.turn().await?.hash(password).await
    }

    /// Waits for a turn, then [`HashTurn::verify`].
    async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Match, HashError> {
        self.turn().await?.verify(password, stored).await
    }
}

/// A hashing thread that waits for this caller; dropping it frees the thread. Nothing of this runs
/// on the caller's thread.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait HashTurn: Send + Sync {
    /// Hashes with the scheme and cost of today.
    async fn hash(&self, password: Password) -> Result<PasswordHash, HashError>;
    /// Whether the password, in any case, is one of at least the 3 000 commonest, or can be guessed
    /// as easily as a variant of one.
    async fn is_common(&self, password: Password) -> Result<bool, HashError>;
    /// Compares. `No` takes the same work for every account, whatever its stored hash cost, and for
    /// no account.
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

/// A new secret for a device.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSecret {
    /// As somebody types it into a device.
    pub text: String,
    /// As stores keep it.
    pub sealed: Sealed,
}

/// Never shows the secret.
impl std::fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewSecret(…)")
    }
}

/// Makes and reads what second factors are made of. Nothing here waits.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait Factors: Send + Sync {
    /// A new secret of at least 160 bits, sealed for this account.
    fn secret(&self, user: UserId) -> Result<NewSecret, HashError>;
    /// The step that a code of six digits is of: the newest one at most one step away from `now` and
    /// later than `after`; none when the code is wrong, or of a step that is over.
    fn step(
        &self,
        user: UserId,
        secret: &Sealed,
        code: &str,
        after: i64,
        now: Timestamp,
    ) -> Result<Option<i64>, HashError>;
    /// The `otpauth://` URL of a secret.
    fn url(&self, account: &Username, secret: &str) -> String;
    /// A URL as a picture: a QR code, as a `data:` URL of a PNG.
    fn picture(&self, url: &str) -> Result<String, HashError>;
    /// A new recovery code, without the dash.
    fn recovery_code(&self) -> String;
    /// What a store keeps of an account's recovery code.
    fn recovery_digest(&self, user: UserId, code: &str) -> Digest;
    /// The same for all who have the same key, another for every other key; it does not show the key.
    fn key_mark(&self) -> Digest;
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
