//! What this domain needs of a store. Adapters implement it and prove it with the `kit`.
#![deny(missing_docs)]

use std::collections::BTreeMap;

use kernel::{
    Actor, Audience, CommonTx, EventId, Page, PageRequest, Position, StoreError, Timestamp, UserId,
    claim::{Claim, ClaimQueue},
};

use crate::{
    delivery::{
        Attempt, Delivery, DeliveryState, Filter, NewDelivery, Result as Sent, Shown, Tries,
        Waiting,
    },
    endpoint::{Endpoint, NewEndpoint, State},
    message::NewMessage,
    values::{DeliveryId, EndpointId, MessageId, Patterns},
};

/// What the dispatcher has to know of an endpoint that keeps up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follower {
    /// Which.
    pub id: EndpointId,
    /// Whose.
    pub owner: UserId,
    /// What it hears.
    pub patterns: Patterns,
    /// Whether it has a window of one.
    pub ordered: bool,
}

/// Stores endpoints. Those with something to do are claimed as every [`ClaimQueue`]'s rows are: the holder of
/// an endpoint is the only one that sends to it.
///
/// * Q1 of many claims at the same moment each endpoint is in one answer, and no answer has more than
///   `limit`;
/// * Q2 the endpoints that have been due longest are claimed first;
/// * Q3 no claim returns an endpoint again before its lease ends, whatever woke it; the first claim after
///   that does, with the next `run`;
/// * Q4 `hold`, `progress`, `release` and `postpone` with a stale claim change nothing and report `Stale`;
/// * Q5 endpoints that have nothing to do, or later, are not in the answer of a claim;
/// * Q6 `next_due` is a read;
/// * E1 `get` after `insert`, `save` or `progress` returns an equal endpoint (times to the microsecond, any
///   text); the second and the third write what their documentation names and nothing else;
/// * E2 `save` and `remove` of an outdated version change nothing and report `Stale`; a successful `save`
///   raises the version by one, in the store and in the argument; of N that save one version one succeeds;
/// * E3 `insert` for a person who does not exist reports `Missing("webhook_endpoints.owner")`;
/// * E4 `list` returns the newest first, one person's or everyone's, without gaps or repeats between pages;
/// * E5 of two transactions that `lock` or `hold` one endpoint, the second waits and sees what the first wrote;
/// * E6 `followers` returns the enabled endpoints that keep up and no others; `lock_followers` returns which of
///   these are followers still, with their open deliveries, and no other transaction changes them before this
///   one ends;
/// * E7 `wake` makes endpoints due that no one holds and that are due later or not at all; a held one stays as
///   it is; what is inserted under the lock of an endpoint is seen by the `release` that waits for it;
/// * E8 `fall_behind` notes for each of these endpoints how far it has come;
/// * E10 `rewind` puts the enabled endpoints back to a place that are further and were enabled at or before a
///   moment, makes those due that no one holds, and returns how many it put back;
/// * E9 `remove` and `remove_all` take deliveries and attempts along; `remove_all` removes one person's
///   endpoints and no others, and returns how many.
pub trait EndpointStore: ClaimQueue<Endpoint> {
    /// Adds an endpoint, which is due immediately. Errors: Missing (E3).
    fn insert(&mut self, new: &NewEndpoint) -> Result<Endpoint, StoreError>;
    /// An endpoint.
    fn get(&mut self, id: EndpointId) -> Result<Option<Endpoint>, StoreError>;
    /// The same; no other transaction changes it before this one ends (E5).
    fn lock(&mut self, id: EndpointId) -> Result<Option<Endpoint>, StoreError>;
    /// Writes every field but owner, run, time of creation and `missed`. Errors: Stale (E2).
    fn save(&mut self, endpoint: &mut Endpoint) -> Result<(), StoreError>;
    /// Removes this version. Errors: Stale (E2).
    fn remove(&mut self, endpoint: &Endpoint) -> Result<(), StoreError>;
    /// A page of one person's endpoints, or of everyone's (E4).
    fn list(
        &mut self,
        owner: Option<UserId>,
        page: &PageRequest,
    ) -> Result<Page<Endpoint>, StoreError>;
    /// How many one person has. Of two transactions that count those of one person, the second waits.
    fn count(&mut self, owner: UserId) -> Result<u64, StoreError>;
    /// Removes everything of one owner (E9).
    fn remove_all(&mut self, owner: UserId) -> Result<u64, StoreError>;
    /// Who follows the dispatcher (E6).
    fn followers(&mut self) -> Result<Vec<Follower>, StoreError>;
    /// Who of these still does, by id (E6).
    fn lock_followers(&mut self, ids: &[EndpointId]) -> Result<Vec<(EndpointId, u32)>, StoreError>;
    /// Notes that these endpoints read the feed from a position of their own (E8).
    fn fall_behind(&mut self, places: &[(EndpointId, Position)]) -> Result<(), StoreError>;
    /// Puts endpoints back (E10).
    fn rewind(
        &mut self,
        to: Position,
        enabled_before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
    /// Makes endpoints due now (E7).
    fn wake(&mut self, ids: &[EndpointId], now: Timestamp) -> Result<(), StoreError>;
    /// The endpoint of a claim that still holds, locked (E5). Errors: Stale (Q4).
    fn hold(&mut self, claim: Claim<EndpointId>) -> Result<Endpoint, StoreError>;
    /// Writes state, reason, health, `behind`, `missed`, the time of change and the version, and prolongs the
    /// lease. Errors: Stale (Q4).
    fn progress(&mut self, endpoint: &Endpoint, until: Timestamp) -> Result<(), StoreError>;
    /// Ends the lease; the endpoint is due then, or not at all. Errors: Stale (Q4).
    fn release(
        &mut self,
        claim: Claim<EndpointId>,
        due: Option<Timestamp>,
    ) -> Result<(), StoreError>;
    /// How many there are in each state.
    fn states(&mut self) -> Result<BTreeMap<State, u64>, StoreError>;
}

/// Stores messages, deliveries and attempts.
///
/// * D1 `messages` stores one message for each event, however many transactions bring it, and returns the ids
///   in the order of its argument; a message and its body come back byte for byte;
/// * D2 `deliver` adds one delivery of cause `event` for each endpoint and message, however many transactions
///   add it; others as often as they are added; it returns how many were added;
/// * D3 `due` returns pending deliveries of one endpoint whose time has come, those never tried or the others
///   as asked, the one due longest first, at most `limit`; `next_due` is when the first one is due;
/// * D4 `open` counts the pending deliveries of cause `event` of one endpoint;
/// * D5 `record` writes the state and the attempt of deliveries that are pending, and leaves others alone;
/// * D6 `list` returns one endpoint's deliveries, the newest first; `get` and `attempts` return what was stored;
/// * D7 `revive` makes a delivery that failed or was cancelled due now, with all its attempts, once;
///   `revive_failed` does so for those of an endpoint whose events are in a stretch of the feed, at most so many;
/// * D8 `prune` removes what ended before a moment, with its attempts, at most `limit` deliveries, and messages of
///   before that moment that no delivery needs;
/// * D9 `waiting` counts the pending deliveries of enabled endpoints, those never tried or the others as asked, and
///   says when the oldest of them was made.
pub trait DeliveryStore {
    /// Stores messages (D1).
    fn messages(&mut self, new: &[NewMessage]) -> Result<Vec<MessageId>, StoreError>;
    /// Adds deliveries (D2).
    fn deliver(&mut self, new: &[NewDelivery]) -> Result<u64, StoreError>;
    /// Adds the delivery of a test, which no claim finds.
    fn insert_test(&mut self, new: &NewDelivery) -> Result<Delivery, StoreError>;
    /// Notes how the delivery of a test ended.
    fn record_test(
        &mut self,
        id: DeliveryId,
        state: DeliveryState,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// What is due (D3).
    fn due(
        &mut self,
        endpoint: EndpointId,
        tries: Tries,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Shown>, StoreError>;
    /// When the first pending delivery is due (D3).
    fn next_due(&mut self, endpoint: EndpointId) -> Result<Option<Timestamp>, StoreError>;
    /// How many count towards the window (D4).
    fn open(&mut self, endpoint: EndpointId) -> Result<u32, StoreError>;
    /// How many wait, whoever they are for (D9).
    fn waiting(&mut self, tries: Tries) -> Result<Waiting, StoreError>;
    /// Writes what became of deliveries (D5). Under the lock of their endpoint.
    fn record(&mut self, sent: &[Sent]) -> Result<(), StoreError>;
    /// A delivery with its message.
    fn get(&mut self, id: DeliveryId) -> Result<Option<Shown>, StoreError>;
    /// A page of one endpoint's deliveries (D6).
    fn list(
        &mut self,
        endpoint: EndpointId,
        filter: Filter,
        page: &PageRequest,
    ) -> Result<Page<Shown>, StoreError>;
    /// The attempts of a delivery, the first one first.
    fn attempts(&mut self, id: DeliveryId) -> Result<Vec<Attempt>, StoreError>;
    /// Makes one due again; false when it did not fail (D7).
    fn revive(&mut self, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError>;
    /// Makes many due again (D7).
    fn revive_failed(
        &mut self,
        endpoint: EndpointId,
        stretch: (Option<EventId>, Option<EventId>),
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError>;
    /// Forgets what is over (D8); returns how many deliveries.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// What this domain asks about people.
///
/// * P1 `actors` returns the active accounts of these with what all of their roles allow at that moment; a
///   suspended, closed, deleted or unknown one is left out.
pub trait People {
    /// Who they are now (P1).
    fn actors(&mut self, users: &[UserId]) -> Result<BTreeMap<UserId, Actor>, StoreError>;
}

/// Where somebody belongs, such as a room of the chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belonging {
    /// The token that its events carry.
    pub token: Audience,
    /// Where the past is hidden from those who come later: the last `seq` of before, as payloads of its events count.
    pub after: Option<i64>,
}

/// What this domain asks about what people belong to.
///
/// * P2 `belongings` returns for each of these people where they belong at that moment; a place that hides its past
///   says after which `seq` of its events they came.
pub trait Memberships {
    /// Where they belong now (P2).
    fn belongings(
        &mut self,
        users: &[UserId],
    ) -> Result<BTreeMap<UserId, Vec<Belonging>>, StoreError>;
}

/// Whoever hears events by a webhook.
#[derive(Debug, Clone)]
pub struct Person {
    /// What they may do.
    pub actor: Actor,
    /// Where they belong.
    pub belongs: Vec<Belonging>,
}

/// This domain's face of a transaction.
pub trait WebhooksTx: CommonTx {
    /// Endpoints.
    fn endpoints(&mut self) -> &mut dyn EndpointStore;
    /// Deliveries.
    fn deliveries(&mut self) -> &mut dyn DeliveryStore;
    /// People.
    fn people(&mut self) -> &mut dyn People;
    /// What people belong to.
    fn memberships(&mut self) -> &mut dyn Memberships;
}

impl dyn WebhooksTx + '_ {
    /// The active accounts of these, and where they belong.
    ///
    /// # Errors
    /// Of the store.
    pub fn persons(&mut self, users: &[UserId]) -> Result<BTreeMap<UserId, Person>, StoreError> {
        let actors = self.people().actors(users)?;
        let mut belongings = self.memberships().belongings(users)?;
        let person = |(user, actor)| {
            (user, Person { actor, belongs: belongings.remove(&user).unwrap_or_default() })
        };
        Ok(actors.into_iter().map(person).collect())
    }
}
