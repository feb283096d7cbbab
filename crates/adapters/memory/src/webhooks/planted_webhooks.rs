//! Stores of webhooks with one planted bug each: the case that promises otherwise must fail, or it proves
//! nothing.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use chat::kit::scene::{Other, Scene};
use kernel::{
    Access, BoxFuture, EventId, Page, PageRequest, Position, Role, StoreError, Timestamp,
    UnitOfWork, UserId, Work,
    claim::{Claim, ClaimQueue},
};
use pollster::block_on;
use webhooks::{
    Belonging, Delivery, DeliveryId, DeliveryStore, Endpoint, EndpointId, EndpointStore,
    Memberships, MessageId, People, WebhooksTx,
    delivery::{
        Attempt, Cause, DeliveryState, Filter, NewDelivery, Result as Sent, Shown, Tries, Waiting,
    },
    endpoint::{NewEndpoint, State as Service},
    kit::{CASES, Fixture, InRoom, OpenRoom},
    message::NewMessage,
    ports::Follower,
};

use crate::{MemoryDb, common::planted::common_of_inner, state::State, tx::MemoryTx};

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// Results of a holder that lost its claim are written (Q4).
    WritesWithoutFence,
    /// A held endpoint is claimed when it is woken (E7).
    WakesWhatIsHeld,
    /// The window is not honoured: open deliveries are not counted (E6, D4).
    ForgetsTheWindow,
    /// A body is written anew from its JSON, after which its signature would not fit (D1).
    WritesBodiesAnew,
    /// A retry takes the slot of a first try (D3).
    MixesRetries,
    /// An event that is dispatched twice is sent twice (D2).
    DeliversTwice,
    /// A late result changes what is over (D5).
    RecordsLate,
    /// Endpoints that fell behind are followers still (E8).
    NeverFallsBehind,
    /// Who joins a private room hears what was there before (P2).
    ShowsThePast,
}

struct PlantedDb {
    inner: Arc<MemoryDb>,
    bug: Bug,
}

struct PlantedTx {
    tx: MemoryTx,
    bug: Bug,
}

impl UnitOfWork<dyn WebhooksTx> for PlantedDb {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn WebhooksTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let bug = self.bug;
        Box::pin(async move {
            self.inner.execute_now(access, &mut |tx| {
                let inside = std::mem::replace(tx, MemoryTx::new(State::default(), access));
                let mut planted = PlantedTx { tx: inside, bug };
                let verdict = work(&mut planted);
                *tx = planted.tx;
                verdict
            })
        })
    }
}

common_of_inner!(PlantedTx);

impl WebhooksTx for PlantedTx {
    fn endpoints(&mut self) -> &mut dyn EndpointStore {
        self
    }
    fn deliveries(&mut self) -> &mut dyn DeliveryStore {
        self
    }
    fn people(&mut self) -> &mut dyn People {
        WebhooksTx::people(&mut self.tx)
    }
    fn memberships(&mut self) -> &mut dyn Memberships {
        self
    }
}

impl PlantedTx {
    fn endpoints(&mut self) -> &mut dyn EndpointStore {
        WebhooksTx::endpoints(&mut self.tx)
    }

    fn deliveries(&mut self) -> &mut dyn DeliveryStore {
        WebhooksTx::deliveries(&mut self.tx)
    }

    /// The claim that holds, whichever is named.
    fn current(&self, claim: Claim<EndpointId>) -> Claim<EndpointId> {
        if self.bug != Bug::WritesWithoutFence {
            return claim;
        }
        let row = self.tx.state.domains.webhooks.row(claim.id);
        Claim { run: row.map_or(claim.run, |row| row.endpoint.run), ..claim }
    }

    fn anew(&self, mut shown: Shown) -> Shown {
        let body = &mut shown.message.content.body;
        if self.bug == Bug::WritesBodiesAnew
            && let Ok(json) = serde_json::from_str::<serde_json::Value>(body)
        {
            *body = json.to_string();
        }
        shown
    }
}

impl ClaimQueue<Endpoint> for PlantedTx {
    fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Endpoint>, StoreError> {
        self.endpoints().claim(now, until, limit)
    }
    fn postpone(&mut self, claim: Claim<EndpointId>, due: Timestamp) -> Result<(), StoreError> {
        let claim = self.current(claim);
        self.endpoints().postpone(claim, due)
    }
    fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.endpoints().next_due()
    }
}

impl EndpointStore for PlantedTx {
    fn insert(&mut self, new: &NewEndpoint) -> Result<Endpoint, StoreError> {
        self.endpoints().insert(new)
    }
    fn get(&mut self, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        self.endpoints().get(id)
    }
    fn lock(&mut self, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        self.endpoints().lock(id)
    }
    fn save(&mut self, endpoint: &mut Endpoint) -> Result<(), StoreError> {
        self.endpoints().save(endpoint)
    }
    fn remove(&mut self, endpoint: &Endpoint) -> Result<(), StoreError> {
        self.endpoints().remove(endpoint)
    }
    fn list(
        &mut self,
        owner: Option<UserId>,
        page: &PageRequest,
    ) -> Result<Page<Endpoint>, StoreError> {
        self.endpoints().list(owner, page)
    }
    fn count(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.endpoints().count(owner)
    }
    fn remove_all(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.endpoints().remove_all(owner)
    }
    fn followers(&mut self) -> Result<Vec<Follower>, StoreError> {
        self.endpoints().followers()
    }
    fn lock_followers(&mut self, ids: &[EndpointId]) -> Result<Vec<(EndpointId, u32)>, StoreError> {
        let mut all = self.endpoints().lock_followers(ids)?;
        if self.bug == Bug::ForgetsTheWindow {
            for (_, open) in &mut all {
                *open = 0;
            }
        }
        Ok(all)
    }
    fn fall_behind(&mut self, places: &[(EndpointId, Position)]) -> Result<(), StoreError> {
        if self.bug == Bug::NeverFallsBehind {
            return Ok(());
        }
        self.endpoints().fall_behind(places)
    }
    fn rewind(
        &mut self,
        to: Position,
        enabled_before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.endpoints().rewind(to, enabled_before, now)
    }
    fn wake(&mut self, ids: &[EndpointId], now: Timestamp) -> Result<(), StoreError> {
        if self.bug == Bug::WakesWhatIsHeld {
            for id in ids {
                let row = self.tx.state.domains.webhooks.row(*id).cloned();
                if let Some(mut row) = row {
                    row.turn.due = Some(now);
                    self.tx.state.domains.webhooks.keep(row);
                }
            }
        }
        self.endpoints().wake(ids, now)
    }
    fn hold(&mut self, claim: Claim<EndpointId>) -> Result<Endpoint, StoreError> {
        let claim = self.current(claim);
        self.endpoints().hold(claim)
    }
    fn progress(&mut self, endpoint: &Endpoint, until: Timestamp) -> Result<(), StoreError> {
        let run = self.current(Claim { id: endpoint.id, run: endpoint.run }).run;
        self.endpoints().progress(&Endpoint { run, ..endpoint.clone() }, until)
    }
    fn release(
        &mut self,
        claim: Claim<EndpointId>,
        due: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let claim = self.current(claim);
        self.endpoints().release(claim, due)
    }
    fn states(&mut self) -> Result<BTreeMap<Service, u64>, StoreError> {
        self.endpoints().states()
    }
}

impl DeliveryStore for PlantedTx {
    fn messages(&mut self, new: &[NewMessage]) -> Result<Vec<MessageId>, StoreError> {
        self.deliveries().messages(new)
    }
    fn deliver(&mut self, new: &[NewDelivery]) -> Result<u64, StoreError> {
        let mut new = new.to_vec();
        if self.bug == Bug::DeliversTwice {
            for one in &mut new {
                one.cause = Cause::Replay;
            }
        }
        self.deliveries().deliver(&new)
    }
    fn insert_test(&mut self, new: &NewDelivery) -> Result<Delivery, StoreError> {
        self.deliveries().insert_test(new)
    }
    fn record_test(
        &mut self,
        id: DeliveryId,
        state: DeliveryState,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.deliveries().record_test(id, state, attempt, now)
    }
    fn due(
        &mut self,
        endpoint: EndpointId,
        tries: Tries,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Shown>, StoreError> {
        let mut due = self.deliveries().due(endpoint, tries, now, limit)?;
        if self.bug == Bug::MixesRetries && tries == Tries::First {
            due.extend(self.deliveries().due(endpoint, Tries::Again, now, limit)?);
        }
        Ok(due)
    }
    fn next_due(&mut self, endpoint: EndpointId) -> Result<Option<Timestamp>, StoreError> {
        self.deliveries().next_due(endpoint)
    }
    fn open(&mut self, endpoint: EndpointId) -> Result<u32, StoreError> {
        let open = self.deliveries().open(endpoint)?;
        Ok(if self.bug == Bug::ForgetsTheWindow { 0 } else { open })
    }
    fn waiting(&mut self, tries: Tries) -> Result<Waiting, StoreError> {
        match self.bug {
            Bug::MixesRetries => self.deliveries().waiting(Tries::First),
            _ => self.deliveries().waiting(tries),
        }
    }
    fn record(&mut self, sent: &[Sent]) -> Result<(), StoreError> {
        if self.bug == Bug::RecordsLate {
            for one in sent {
                self.tx.state.domains.webhooks.change(one.delivery, |delivery| {
                    delivery.state = DeliveryState::Pending;
                });
            }
        }
        self.deliveries().record(sent)
    }
    fn get(&mut self, id: DeliveryId) -> Result<Option<Shown>, StoreError> {
        let found = self.deliveries().get(id)?;
        Ok(found.map(|shown| self.anew(shown)))
    }
    fn list(
        &mut self,
        endpoint: EndpointId,
        filter: Filter,
        page: &PageRequest,
    ) -> Result<Page<Shown>, StoreError> {
        self.deliveries().list(endpoint, filter, page)
    }
    fn attempts(&mut self, id: DeliveryId) -> Result<Vec<Attempt>, StoreError> {
        self.deliveries().attempts(id)
    }
    fn revive(&mut self, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
        self.deliveries().revive(id, now)
    }
    fn revive_failed(
        &mut self,
        endpoint: EndpointId,
        stretch: (Option<EventId>, Option<EventId>),
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        self.deliveries().revive_failed(endpoint, stretch, now, limit)
    }
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.deliveries().prune(before, limit)
    }
}

impl Memberships for PlantedTx {
    fn belongings(
        &mut self,
        users: &[UserId],
    ) -> Result<BTreeMap<UserId, Vec<Belonging>>, StoreError> {
        let mut found = self.tx.belongings(users)?;
        if self.bug == Bug::ShowsThePast {
            found.values_mut().flatten().for_each(|one| one.after = None);
        }
        Ok(found)
    }
}

/// Makes rooms as the chat does.
fn room(work: Arc<dyn UnitOfWork<dyn chat::ChatTx>>) -> OpenRoom {
    Arc::new(move |owner, InRoom { user, state, is_private, is_late }| {
        let other = Some(Other { is_late, ..Other::of(user, state, "mentions", 0) });
        let scene = Scene { other, is_private, ..Scene::of(owner, 2) };
        let room = scene.play(Arc::clone(&work));
        Box::pin(async move { chat::events::token(room.await) })
    })
}

/// The cases that fail on a store with this bug.
fn red(bug: Bug) -> Vec<&'static str> {
    let fixture = || {
        let inner = MemoryDb::new();
        let people = ["ada", "grace", "edith"].map(|name| inner.add_person(name).unwrap());
        inner.set_role(people[2], Role::Admin).unwrap();
        let suspended = inner.add_person("mallory").unwrap();
        inner.suspend(suspended).unwrap();
        let room = room(Arc::clone(&inner) as _);
        Fixture {
            work: Arc::new(PlantedDb { inner, bug }),
            people: people.to_vec(),
            suspended,
            room,
        }
    };
    let passes = |run: &dyn Fn()| catch_unwind(AssertUnwindSafe(run)).is_ok();
    let cases = CASES.iter().filter(|case| !passes(&|| block_on((case.run)(fixture()))));
    cases.map(|case| case.name).collect()
}

#[test]
fn each_bug_turns_its_case_red() {
    for (bug, case) in [
        (Bug::WritesWithoutFence, "q4_a_stale_claim_changes_nothing"),
        (Bug::WakesWhatIsHeld, "e7_waking_leaves_a_held_endpoint_alone"),
        (Bug::ForgetsTheWindow, "d4_open_deliveries_are_counted"),
        (Bug::ForgetsTheWindow, "e6_followers_are_enabled_and_keep_up"),
        (Bug::WritesBodiesAnew, "d1_an_event_has_one_message"),
        (Bug::MixesRetries, "d3_what_is_due_is_sent_in_order"),
        (Bug::DeliversTwice, "d2_an_endpoint_has_one_delivery_for_an_event"),
        (Bug::RecordsLate, "d5_results_are_written_once"),
        (Bug::NeverFallsBehind, "e8_an_endpoint_falls_behind"),
        (Bug::ShowsThePast, "p2_people_belong_where_they_are_members_now"),
    ] {
        let red = red(bug);
        assert!(red.contains(&case), "{bug:?}: {red:?}");
    }
}
