//! What every Alveole domain speaks. No I/O lives here.
//!
//! | module | holds |
//! |---|---|
//! | [`id`] | positive 64-bit ids, the [`id!`] macro, [`UserId`], [`SessionId`], [`TokenId`], [`OwnedId`] |
//! | [`time`] | [`Timestamp`] (microseconds), [`Date`], the [`Clock`] port |
//! | [`text`] | bounded text: trimming, length in characters, NUL refused |
//! | [`value`] | bounded numbers, closed lists of words: [`number!`], [`words!`] |
//! | [`actor`] | who is asking |
//! | [`permission`] | what can be allowed, and the roles that allow it |
//! | [`authenticator`] | the port that says who is calling: [`Authenticator`] |
//! | [`patch`] | tri-state fields of a merge patch |
//! | [`page`] | pages, cursors, sort orders |
//! | [`record`] | plain stored forms of aggregates, and what reads them back |
//! | [`error`] | kinds of failure, field faults, [`StoreError`] |
//! | [`resource`] | the errors of a simple resource: [`ResourceError`] |
//! | [`search`] | how texts are cut into searchable words, the same on every store |
//! | [`uow`] | the unit of work: synchronous stores inside one transaction; [`faces!`] |
//! | [`idempotency`] | idempotency records, settled in the transaction of their effect |
//! | [`event`] | the event envelope, the outbox and the inbox |
//! | [`event_type`] | types of events: [`EventType`], [`event_types!`] |
//! | [`audience`] | who may see an event |
//! | [`feed`] | cursors of the event feed, its epoch and its floor |
//! | [`follow`] | reading the feed for listeners: [`EventFeed`] |
//! | [`consumer`] | reactions to events: [`Consumer`], positions, retries, dead letters |
//! | [`chore`] | recurring maintenance: [`Chore`] |
//! | [`claim`] | rows that are due at a time and claimed under a lease |
//! | [`job`] | work for later: [`NewJob`], [`JobKind`], the port [`Jobs`] |
//! | [`email`], [`email_draft`] | emails, their queue, and what they are made of: [`EmailDraft`] |
//! | [`seal`] | secrets that are stored and read again: [`SecretSeal`] |
//! | [`sms`] | phone numbers, and the port that sends text messages: [`TextSender`] |
//! | [`locale`] | the languages of emails and notifications |
//! | [`mention`] | people who are named in a text |
//! | [`lease`] | work that one process at a time does |
//! | [`cache`] | the cache port |
//! | [`limit`] | the rate limiter port |
//! | [`digest`] | keyed digests of what could be guessed |
//! | [`net`] | client addresses as limits count them |
//! | [`cidr`] | ranges of addresses, and which are public |
//! | [`kit`] | what a conformance kit is made of: [`cases!`], [`fixture!`]; with feature `kit` the cases of the kernel's own ports |

pub mod act;
pub mod actor;
pub mod audience;
pub mod authenticator;
pub mod cache;
pub mod chore;
pub mod cidr;
pub mod claim;
pub mod consumer;
pub mod digest;
pub mod email;
pub mod email_draft;
pub mod error;
pub mod event;
pub mod event_type;
pub mod feed;
pub mod follow;
pub mod id;
pub mod idempotency;
pub mod job;
pub mod kit;
pub mod lease;
pub mod limit;
pub mod locale;
pub mod mention;
pub mod net;
pub mod page;
pub mod patch;
pub mod permission;
pub mod record;
pub mod resource;
pub mod schedule;
pub mod seal;
pub mod search;
pub mod sms;
pub mod text;
pub mod time;
pub mod uow;
pub mod value;

pub use act::{Act, ActTarget, Acts, Own};
pub use actor::Actor;
pub use audience::Audience;
pub use authenticator::{Attempt, AuthError, Authenticator, Caller, Entitlement, Standing};
pub use cache::Cache;
pub use chore::{Chore, Runs};
pub use consumer::{Batch, Consumer, ConsumerError, Delivery, EventRetries, Position};
pub use digest::KeyedDigest;
pub use email::{Email, EmailQueue, Mailer};
pub use email_draft::EmailDraft;
pub use error::{DomainError, ErrorKind, FieldError, StoreError};
pub use event::{Event, EventId, Inbox, NewEvent, Outbox};
pub use event_type::EventType;
pub use feed::{Epoch, FeedCursor, FeedGap, FeedState};
pub use follow::{EventFeed, FeedError, FeedReader, Stretch};
pub use id::{FileId, IdError, OwnedId, RoomId, SessionId, TaskId, TokenId, UserId};
pub use idempotency::{IdempotencyStore, Idempotent, Outcome};
pub use job::{Job, JobId, JobKind, Jobs, NewJob};
pub use lease::Leases;
pub use limit::{LimitDecision, Limiter, Quota};
pub use locale::Locale;
pub use page::{Cursor, Page, PageRequest, Paging, SortKey};
pub use patch::Patch;
pub use permission::{MissingPermission, NewPermission, Permission, Permissions, Role};
pub use resource::{Resource, ResourceError};
pub use schedule::{MissedTicks, Overlap, Recurrence, Scheduler};
/// Derives the schemas of payloads; [`value_schema!`] names it in other crates.
#[doc(hidden)]
pub use schemars;
pub use seal::{SealError, SecretSeal};
pub use search::SearchQuery;
pub use sms::{PhoneNumber, TextOutcome, TextSender};
pub use time::{Clock, Date, SystemClock, Timestamp};
pub use uow::{Access, BoxFuture, CommonTx, UnitOfWork, Verdict, Work};
pub use value::RangeError;

/// The README's example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
