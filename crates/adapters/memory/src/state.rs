//! The tables. Each is shared until somebody writes to it, so that a snapshot costs a handful of
//! reference counts and a unit of work copies only the tables it changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use files::{
    File, FileId, ShareId, UploadId,
    file::{Blob, Share, Variant},
    session::{Part, UploadSession},
    values::{BlobId, Hash, VariantName},
};
use kernel::{
    Date, Event, EventId, OwnedId, Position, SessionId, StoreError, Timestamp, TokenId, UserId,
    chore::ChoreStatus,
    consumer::{DeadLetter, EventRetry},
    email::EmailId,
    idempotency::IdempotencyRecord,
};
use products::{Category, CategoryId, MovementId, OwnedProduct, Product, ProductId, StockMovement};
use users::{
    User,
    audit::Audit,
    chain::ChainEntry,
    external::{self, Attempt, Identity, ProviderName, Subject},
    factor::{Challenge, Factor},
    login_throttle::LoginThrottle,
    one_time_token::{EmailChange, OneTimeToken},
    personal_access_token::PersonalAccessToken,
    role::CustomRole,
    session::{RefreshToken, Session},
    values::{AuditId, Digest, PasswordHash, RoleName},
};

use crate::{domains::DomainTables, emails::StoredEmail};

/// Rows by key; shared, and copied when first written.
pub(crate) type Table<K, V> = Arc<BTreeMap<K, V>>;

/// An account and what is kept beside it.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) user: User,
    pub(crate) password: Option<PasswordHash>,
}

/// A kept answer and when it expires.
pub(crate) struct Kept {
    pub(crate) record: IdempotencyRecord,
    pub(crate) expires_at: Timestamp,
}

/// Numbers given so far. They are part of the state: what is rolled back is given again, what was
/// committed never.
#[derive(Clone, Default)]
pub(crate) struct Counters {
    pub(crate) users: i64,
    pub(crate) sessions: i64,
    pub(crate) events: i64,
    pub(crate) emails: i64,
    pub(crate) personal_access_tokens: i64,
    pub(crate) categories: i64,
    pub(crate) products: i64,
    pub(crate) movements: i64,
    pub(crate) owned: i64,
    pub(crate) files: i64,
    pub(crate) blobs: i64,
    pub(crate) shares: i64,
    pub(crate) uploads: i64,
}

/// Adds one and gives it.
pub(crate) fn next(counter: &mut i64) -> i64 {
    *counter = counter.saturating_add(1);
    *counter
}

/// A number that is no id cannot come from a counter; should it, it is our fault and said so.
pub(crate) fn not_an_id(error: kernel::IdError) -> StoreError {
    StoreError::Internal(error.to_string())
}

/// Everything that is stored.
#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) counters: Counters,
    pub(crate) domains: DomainTables,
    pub(crate) accounts: Table<UserId, Arc<Account>>,
    pub(crate) files: Table<FileId, Arc<File>>,
    pub(crate) blobs: Table<BlobId, Arc<Blob>>,
    pub(crate) blob_hashes: Table<Hash, BlobId>,
    pub(crate) variants: Table<(BlobId, VariantName), Arc<Variant>>,
    pub(crate) shares: Table<ShareId, Arc<Share>>,
    pub(crate) uploads: Table<UploadId, Arc<UploadSession>>,
    /// By upload and beginning.
    pub(crate) upload_parts: Table<(UploadId, u64), Arc<Part>>,
    /// Bytes of all files of a person.
    pub(crate) usage: Table<UserId, u64>,
    /// Accounts without a person: nothing but the id is left, for what points to it.
    pub(crate) removed: Arc<BTreeSet<UserId>>,
    pub(crate) categories: Table<CategoryId, Arc<Category>>,
    pub(crate) products: Table<ProductId, Arc<Product>>,
    pub(crate) movements: Table<MovementId, Arc<StockMovement>>,
    pub(crate) owned: Table<OwnedId, Arc<OwnedProduct>>,
    /// The end of a warranty that its owner was told of.
    pub(crate) warned: Table<OwnedId, Date>,
    pub(crate) leases: Table<&'static str, (String, Timestamp)>,
    pub(crate) emails: Table<EmailId, Arc<StoredEmail>>,
    pub(crate) sessions: Table<SessionId, Arc<Session>>,
    pub(crate) refresh: Table<(SessionId, i64), Arc<RefreshToken>>,
    pub(crate) refresh_digests: Table<Digest, (SessionId, i64)>,
    pub(crate) tickets: Table<Digest, (SessionId, Timestamp)>,
    pub(crate) one_time_tokens: Table<Digest, Arc<OneTimeToken>>,
    pub(crate) email_changes: Table<UserId, Arc<EmailChange>>,
    /// When each was last met.
    pub(crate) devices: Table<(UserId, Digest), Timestamp>,
    pub(crate) personal_access_tokens: Table<TokenId, Arc<PersonalAccessToken>>,
    pub(crate) token_digests: Table<Digest, TokenId>,
    pub(crate) roles: Table<RoleName, Arc<CustomRole>>,
    pub(crate) roles_held: Arc<BTreeSet<(UserId, RoleName)>>,
    pub(crate) factors: Table<UserId, Arc<Factor>>,
    pub(crate) recovery_codes: Table<(UserId, Digest), ()>,
    pub(crate) challenges: Table<Digest, Arc<Challenge>>,
    pub(crate) login_throttle: Table<Digest, LoginThrottle>,
    /// When a window began, and how many emails it has.
    pub(crate) email_counts: Table<Digest, (Timestamp, u64)>,
    pub(crate) key_mark: Option<Digest>,
    pub(crate) identities: Table<(ProviderName, Subject), Arc<Identity>>,
    pub(crate) attempts: Table<Digest, Arc<Attempt>>,
    /// One-time codes of front-ends.
    pub(crate) codes: Table<Digest, Arc<external::AuthorizationCode>>,
    pub(crate) audit: Table<AuditId, Arc<Audit>>,
    /// The newest entry of the audit trail; nothing before the first.
    pub(crate) audit_head: Option<ChainEntry>,
    /// The last entry that was removed from it.
    pub(crate) audit_pruned: Option<ChainEntry>,
    pub(crate) events: Table<EventId, Arc<Event>>,
    pub(crate) processed: Table<(&'static str, EventId), Timestamp>,
    pub(crate) positions: Table<&'static str, Position>,
    /// Events that wait for a retry, by consumer.
    pub(crate) retries: Table<(String, EventId), Arc<EventRetry>>,
    pub(crate) dead_letters: Table<(String, EventId), Arc<DeadLetter>>,
    pub(crate) chores: Table<String, Arc<ChoreStatus>>,
    pub(crate) idempotency_records: Table<(String, String), Arc<Kept>>,
}

impl State {
    /// True when something may point to this account, person or not.
    pub(crate) fn has_account(&self, id: UserId) -> bool {
        self.accounts.contains_key(&id) || self.removed.contains(&id)
    }
}

/// Removes the first `limit` rows that `is_over`, in key order; gives how many.
pub(crate) fn prune<K: Ord + Clone, V: Clone>(
    table: &mut Table<K, V>,
    limit: u32,
    is_over: impl Fn(&K, &V) -> bool,
) -> Vec<K> {
    let keys: Vec<K> = table
        .iter()
        .filter(|(key, row)| is_over(key, row))
        .take(limit as usize)
        .map(|(key, _)| key.clone())
        .collect();
    if !keys.is_empty() {
        let rows = Arc::make_mut(table);
        for key in &keys {
            rows.remove(key);
        }
    }
    keys
}

/// How many, as the ports count.
pub(crate) fn count<T>(rows: &[T]) -> u64 {
    rows.len() as u64
}
