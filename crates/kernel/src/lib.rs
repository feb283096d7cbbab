//! What every Alveole domain speaks. No I/O lives here.
//!
//! | module | holds |
//! |---|---|
//! | [`id`] | positive 64-bit ids, the [`id!`] macro, [`UserId`], [`SessionId`], [`GrantId`], [`OwnedId`] |
//! | [`time`] | [`Timestamp`] (microseconds), [`Date`], the [`Clock`] port |
//! | [`text`] | bounded text: trimming, length in characters, NUL refused |
//! | [`value`] | bounded numbers, closed lists of words: [`number!`], [`words!`] |
//! | [`actor`] | who is asking and what they may do |
//! | [`patch`] | tri-state fields of a merge patch |
//! | [`page`] | pages, cursors, sort orders |
//! | [`record`] | plain stored forms of aggregates, and what reads them back |
//! | [`fault`] | kinds of failure, field faults, [`StoreError`] |
//! | [`search`] | how texts are cut into searchable words, the same on every store |
//! | [`uow`] | the unit of work: synchronous stores inside one transaction; [`faces!`] |
//! | [`once`] | idempotency records, settled in the transaction of their effect |
//! | [`event`] | the event envelope, the outbox and the inbox |
//! | [`consumer`] | reactions to events: [`Consumer`], positions, retries, dead letters |
//! | [`chore`] | recurring maintenance: [`Chore`], its schedule and status |
//! | [`claim`] | rows that are due at a time and claimed under a lease |
//! | [`lease`] | work that one process at a time does |
//! | [`cache`] | the cache port |
//! | [`limit`] | the rate limiter port |
//! | [`digest`] | keyed digests of what could be guessed |
//! | [`net`] | client addresses as limits count them |
//! | [`bench`] | what a conformance kit is made of: [`cases!`], [`fixture!`] |
//! | `kit` | (feature) the conformance kits of cache and limiter |

pub mod actor;
pub mod bench;
pub mod cache;
pub mod chore;
pub mod claim;
pub mod consumer;
pub mod digest;
pub mod event;
pub mod fault;
pub mod id;
#[cfg(feature = "kit")]
pub mod kit;
pub mod lease;
pub mod limit;
pub mod mail;
pub mod net;
pub mod once;
pub mod page;
pub mod patch;
pub mod record;
pub mod search;
pub mod text;
pub mod time;
pub mod uow;
pub mod value;

pub use actor::{Actor, MissingPermission, Permission, Permissions, Role};
pub use cache::Cache;
pub use chore::{Chore, Chores, Runs};
pub use consumer::{Consumer, ConsumerError, Delivery, EventRetries, Position};
pub use digest::KeyedDigest;
pub use event::{Event, EventId, Inbox, NewEvent, Outbox};
pub use fault::{Fault, FieldFault, Kind, StoreError};
pub use id::{GrantId, IdError, OwnedId, SessionId, UserId};
pub use lease::Leases;
pub use limit::{Limiter, Quota, Ruling};
pub use mail::{Mail, MailQueue, Mailer};
pub use once::{Once, Receipts, Settled};
pub use page::{Cursor, Page, PageRequest, Paging, SortKey};
pub use patch::Patch;
pub use search::SearchQuery;
pub use time::{Clock, Date, SystemClock, Timestamp};
pub use uow::{Access, BoxFuture, CommonTx, UnitOfWork, Verdict, Work};
pub use value::RangeError;

/// The README's example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
