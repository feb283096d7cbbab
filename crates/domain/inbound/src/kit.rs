//! The conformance kit of this domain's ports: what each port promises, and what the use cases promise on a store
//! ([`effects`]). An adapter runs each case of [`CASES`] on a fresh [`Fixture`]. Failures are panics.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a kit is made of tests: its failures are panics"
)]

pub mod effects;
pub mod payments;
pub mod received;
pub mod sources;

use std::sync::Arc;

use bytes::Bytes;
use kernel::{
    Actor, Role, SealError, SecretSeal, StoreError, UnitOfWork, UserId,
    kit::{ODD_TEXTS, long, moment},
};

use crate::{
    inbox::{Content, Headers, InboundEvent, NewInboundEvent},
    ports::InboundTx,
    source::{SealedSecrets, Source},
    values::{
        EventType, ExternalId, HeaderName, InboundEventId, MaxBytes, ObjectKey, Scheme, SourceName,
        State,
    },
};

/// A fresh, empty store.
pub struct Fixture {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn InboundTx>>,
}

kernel::cases! { Fixture;
    sources:
        s1_a_source_comes_back_as_it_went_in,
        s1_a_save_writes_every_field,
        s2_a_stale_save_changes_nothing,
        s2_a_stale_remove_changes_nothing,
        s3_of_many_who_add_one_name_one_succeeds,
        s4_who_locks_second_sees_what_the_first_wrote,
        s5_all_sources_come_by_name;
    received:
        v2_an_event_and_its_job_commit_together,
        v3_of_many_who_insert_one_external_id_one_succeeds,
        v3_sources_are_apart,
        v4_who_locks_second_sees_what_the_first_saved,
        v5_a_mark_is_locked_even_where_there_was_none,
        v5_the_marks_of_objects_and_sources_are_apart,
        v6_an_event_comes_back_as_it_went_in,
        v6_a_list_shows_what_its_filter_names,
        v6_pages_by_number_and_by_cursor_show_the_newest_first,
        v8_content_comes_back_byte_for_byte,
        b1_the_backlog_counts_what_waits_and_what_failed,
        b2_pruning_keeps_to_its_moments_and_limit;
    payments:
        p1_a_payment_comes_back_as_it_went_in,
        p2_a_stale_save_changes_nothing,
        p3_of_many_who_insert_one_payment_one_succeeds,
        p4_a_list_shows_what_its_filter_names,
        p4_pages_by_number_and_by_cursor_show_the_newest_first,
        p5_forgetting_one_person_touches_no_others;
    effects:
        v2_what_is_answered_has_a_job,
        v3_a_delivery_that_comes_many_times_has_one_effect,
        v3_a_worker_that_was_overtaken_has_no_effect,
        v4_a_redelivery_revives_what_failed,
        v4_of_many_redeliveries_one_revives,
        v5_what_is_older_than_what_was_applied_is_superseded,
        v5_of_one_second_the_final_state_wins,
        v5_events_of_one_object_run_one_at_a_time,
        v6_unknown_types_are_stored_and_ignored,
        v8_the_event_shows_what_came;
}

/// A transaction, as closures get it.
type Tx = dyn InboundTx;

kernel::fixture!(Fixture: Tx);

/// Keeps secrets as they are: for tests only.
pub struct PlainSeal;

impl SecretSeal for PlainSeal {
    fn seal(&self, purpose: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok([purpose.as_bytes(), b"\0", secret].concat())
    }

    fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let prefix = [purpose.as_bytes(), b"\0"].concat();
        let opened = sealed.strip_prefix(&prefix[..]).map(<[u8]>::to_vec);
        opened.ok_or_else(|| SealError("it was sealed for another purpose".to_owned()))
    }
}

/// An administrator; no account is needed for it.
pub fn admin() -> Actor {
    Actor::new(UserId::parse(1).unwrap(), Role::Admin)
}

fn name(raw: &str) -> SourceName {
    SourceName::parse(raw).unwrap()
}

fn external(raw: &str) -> ExternalId {
    ExternalId::parse(raw).unwrap()
}

fn object(raw: &str) -> ObjectKey {
    ObjectKey::parse(raw).unwrap()
}

fn source(raw: &str) -> Source {
    Source {
        name: name(raw),
        scheme: Scheme::Hmac,
        header: None,
        id_header: None,
        max_bytes: MaxBytes::of(Scheme::Hmac),
        secrets: SealedSecrets(vec![0, 255, 1]),
        hints: vec!["abcd".to_owned()],
        created_at: moment(1),
        updated_at: moment(2),
        version: 1,
    }
}

/// Every field of a source at its extremes.
fn sources_at_extremes() -> Vec<Source> {
    let mut all: Vec<Source> = Scheme::ALL
        .iter()
        .map(|scheme| Source { scheme: *scheme, ..source(scheme.as_str()) })
        .collect();
    all.push(Source {
        header: Some(HeaderName::parse("x-shop-signature").unwrap()),
        id_header: Some(HeaderName::parse("x-shop-id").unwrap()),
        max_bytes: MaxBytes::parse(MaxBytes::MAX).unwrap(),
        secrets: SealedSecrets((0..=255).collect()),
        hints: ODD_TEXTS.map(str::to_owned).to_vec(),
        ..source("shop")
    });
    all
}

fn new_event(source: &str, id: &str) -> NewInboundEvent {
    NewInboundEvent {
        source: name(source),
        scheme: Scheme::Stripe,
        external_id: external(id),
        kind: EventType::parse("payment_intent.succeeded").unwrap(),
        object: Some(object("payment:pi_1")),
        occurred_at: Some(moment(-5)),
        received_at: moment(3),
        state: State::Received,
        content: Content {
            headers: Headers::new([("user-agent".to_owned(), "kit".to_owned())]),
            body: Bytes::from_static(b"{}"),
        },
    }
}

/// Events whose texts and bytes stores have stumbled over.
fn events_at_extremes() -> Vec<NewInboundEvent> {
    let mut all: Vec<NewInboundEvent> = ODD_TEXTS
        .iter()
        .map(|text| NewInboundEvent {
            kind: EventType::parse(text).unwrap(),
            object: Some(object(text)),
            content: Content {
                headers: Headers::new([("x-odd".to_owned(), (*text).to_owned())]),
                body: Bytes::from(text.as_bytes()),
            },
            ..new_event("odd", text)
        })
        .collect();
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    all.push(NewInboundEvent {
        scheme: Scheme::Github,
        kind: EventType::parse(&long(EventType::MAX)).unwrap(),
        object: None,
        occurred_at: None,
        state: State::Ignored,
        content: Content { headers: Headers::default(), body: bytes.into() },
        ..new_event("bytes", &long(ExternalId::MAX))
    });
    all.push(NewInboundEvent {
        content: Content { headers: Headers::default(), body: Bytes::new() },
        ..new_event("empty", "1")
    });
    all
}

impl Fixture {
    async fn insert(&self, new: NewInboundEvent) -> InboundEvent {
        self.write(move |tx| tx.received().insert(&new)).await.unwrap()
    }

    async fn event(&self, id: InboundEventId) -> Option<InboundEvent> {
        self.read(move |tx| tx.received().get(id)).await
    }

    async fn saved(&self, event: &InboundEvent, state: State, at: i64) -> InboundEvent {
        let mut event = event.clone();
        event.come_to(state, moment(at));
        let saved = event.clone();
        self.write(move |tx| {
            tx.received().lock(saved.id)?;
            tx.received().save(&saved)
        })
        .await;
        event
    }

    async fn save_source(&self, source: &Source) -> Result<Source, StoreError> {
        let source = source.clone();
        self.work
            .write(move |tx| {
                let mut source = source.clone();
                tx.sources().save(&mut source)?;
                Ok(source)
            })
            .await
    }
}
