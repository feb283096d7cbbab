//! The conformance kit of this domain's ports. An adapter runs each case of [`CASES`] on a fresh
//! [`Fixture`]. Failures are panics.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a kit is made of tests: its failures are panics"
)]

mod deliveries;
mod endpoints;
mod memberships;
mod queue;

use std::sync::Arc;

use kernel::{
    BoxFuture, EventId, Page, PageRequest, Paging, Position, StoreError, Timestamp, UnitOfWork,
    UserId,
    claim::Claim,
    kit::{moment, together},
};

use crate::{
    delivery::{Cause, DeliveryState, NewDelivery, Shown, Tries},
    endpoint::{Endpoint, NewEndpoint},
    message::NewMessage,
    ports::WebhooksTx,
    secrets::SealedSecret,
    values::{Description, EndpointId, EndpointUrl, MessageId, Patterns},
};

/// A fresh, empty store with some people in it.
pub struct Fixture {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn WebhooksTx>>,
    /// Active accounts: two with the role `user`, then one with the role `admin`.
    pub people: Vec<UserId>,
    /// An account that is suspended.
    pub suspended: UserId,
    /// Makes rooms.
    pub room: OpenRoom,
}

pub use memberships::{InRoom, OpenRoom};

/// A transaction, as closures get it.
type Tx = dyn WebhooksTx;

kernel::cases! { Fixture;
    queue:
        q1_of_many_claims_each_endpoint_is_in_one_answer,
        q2_the_longest_due_are_claimed_first,
        q3_a_held_endpoint_is_not_claimed_before_its_lease_ends,
        q4_a_stale_claim_changes_nothing,
        q5_endpoints_without_work_are_not_claimed,
        q6_the_next_due_time_is_read,
        e5_whoever_holds_second_sees_what_the_first_wrote,
        e7_waking_leaves_a_held_endpoint_alone,
        e7_a_release_sees_what_was_inserted_under_the_lock;
    endpoints:
        e1_an_endpoint_comes_back_as_it_went_in,
        e1_progress_writes_what_it_names,
        e2_a_stale_save_changes_nothing,
        e2_of_many_that_save_one_version_one_succeeds,
        e3_an_endpoint_has_an_owner,
        e4_lists_are_of_one_person_or_of_everyone,
        e5_whoever_counts_second_sees_what_the_first_inserted,
        e6_followers_are_enabled_and_keep_up,
        e8_an_endpoint_falls_behind,
        e9_deliveries_go_with_their_endpoint,
        e10_endpoints_that_are_further_are_put_back,
        p1_actors_are_active_people_with_their_permissions;
    memberships:
        p2_people_belong_where_they_are_members_now;
    deliveries:
        d1_an_event_has_one_message,
        d1_of_many_that_bring_an_event_one_stores_it,
        d2_an_endpoint_has_one_delivery_for_an_event,
        d2_of_many_that_deliver_one_does,
        d3_what_is_due_is_sent_in_order,
        d4_open_deliveries_are_counted,
        d5_results_are_written_once,
        d6_deliveries_are_listed,
        d7_what_failed_is_revived_once,
        d8_what_is_over_is_forgotten,
        d9_what_waits_is_counted;
}

kernel::fixture!(Fixture: Tx);

fn place(number: i64) -> EventId {
    EventId::parse(number).unwrap()
}

fn behind(number: i64) -> Position {
    Position::after(EventId::parse(number).ok())
}

/// The message of an event.
fn message(event: i64) -> NewMessage {
    NewMessage {
        wire_id: format!("evt_0_{event}"),
        event: Some(place(event)),
        name: "task.created.v1".to_owned(),
        at: moment(event),
        subject: event,
        audience: vec![kernel::Audience::EVERYONE],
        // With a space, which no one puts in who writes it anew.
        body: format!("{{\"id\": {event},\"odd\":\"é \\u0000 'x\"}}"),
    }
}

impl Fixture {
    fn new_endpoint(&self, person: usize, at: i64) -> NewEndpoint {
        NewEndpoint {
            owner: self.people[person],
            url: EndpointUrl::parse("https://example.com/hook?a=%20").unwrap(),
            patterns: Patterns::parse("task.* file.uploaded.v1").unwrap(),
            description: Description::parse("Its \"description\" \u{1f41d}").unwrap(),
            ordered: false,
            rate: None,
            secret: SealedSecret::new("sealed".to_owned()),
            behind: behind(0),
            created_at: moment(at),
        }
    }

    async fn endpoint(&self, person: usize, at: i64) -> Endpoint {
        let new = self.new_endpoint(person, at);
        self.write(move |tx| tx.endpoints().insert(&new)).await
    }

    /// One that keeps up.
    async fn follower(&self, person: usize, at: i64) -> Endpoint {
        let mut endpoint = self.endpoint(person, at).await;
        endpoint.behind = None;
        self.save(endpoint).await
    }

    async fn save(&self, endpoint: Endpoint) -> Endpoint {
        self.write(move |tx| {
            let mut endpoint = endpoint.clone();
            tx.endpoints().save(&mut endpoint)?;
            Ok(endpoint)
        })
        .await
    }

    async fn get(&self, id: EndpointId) -> Option<Endpoint> {
        self.read(move |tx| tx.endpoints().get(id)).await
    }

    async fn claim(&self, now: i64, until: i64, limit: u32) -> Vec<Endpoint> {
        self.write(move |tx| tx.endpoints().claim(moment(now), moment(until), limit)).await
    }

    async fn release(&self, claim: Claim<EndpointId>, due: Option<i64>) {
        let due = due.map(moment);
        self.write(move |tx| tx.endpoints().release(claim, due)).await;
    }

    async fn messages(&self, events: &[i64]) -> Vec<MessageId> {
        let new: Vec<NewMessage> = events.iter().map(|event| message(*event)).collect();
        self.write(move |tx| tx.deliveries().messages(&new)).await
    }

    async fn deliver(&self, endpoint: &Endpoint, message: MessageId, at: i64) -> u64 {
        self.deliver_as(endpoint, message, at, Cause::Event).await
    }

    async fn deliver_as(
        &self,
        endpoint: &Endpoint,
        message: MessageId,
        at: i64,
        cause: Cause,
    ) -> u64 {
        let state = DeliveryState::Pending;
        let new = NewDelivery { endpoint: endpoint.id, message, cause, state, at: moment(at) };
        self.write(move |tx| tx.deliveries().deliver(&[new])).await
    }

    async fn due(&self, endpoint: &Endpoint, tries: Tries, now: i64, limit: u32) -> Vec<Shown> {
        let id = endpoint.id;
        self.read(move |tx| tx.deliveries().due(id, tries, moment(now), limit)).await
    }

    async fn open(&self, endpoint: &Endpoint) -> u32 {
        let id = endpoint.id;
        self.read(move |tx| tx.deliveries().open(id)).await
    }

    /// Asserts that `f` reports `Stale`.
    async fn stale<T: Send + 'static>(
        &self,
        f: impl FnMut(&mut Tx) -> Result<T, StoreError> + Send + 'static,
    ) {
        assert!(matches!(self.refused(f).await, StoreError::Stale), "must be stale");
    }

    /// Runs `f` for each of these at the same time.
    async fn race<'a, T, F>(&'a self, count: usize, f: F) -> Vec<T>
    where
        F: Fn(usize) -> BoxFuture<'a, T>,
    {
        together((0..count).map(f).collect()).await
    }
}

/// A page of three.
fn page(paging: Paging) -> PageRequest {
    PageRequest { paging, limit: 3 }
}

fn ids<T>(page: &Page<T>, id: impl Fn(&T) -> i64) -> Vec<i64> {
    page.items.iter().map(id).collect()
}

/// Some moments later.
fn after(now: i64) -> Timestamp {
    moment(now)
}
