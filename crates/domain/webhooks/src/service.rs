//! The use cases. Each is an asynchronous shell around synchronous transactions.

mod dispatch;
mod endpoints;
mod holder;
mod requests;
mod serve;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use kernel::{Chore, Clock, Consumer, EventType, Runs, Timestamp, UnitOfWork};

pub use self::{dispatch::DISPATCHER, endpoints::View, requests::DeliveryView};
use crate::{
    delivery::{DeliveryState, Tries, Waiting},
    endpoint::State,
    error::WebhookError,
    outbound::Sender,
    policy::KindRule,
    ports::WebhooksTx,
    secrets::{SecretVault, VaultError},
    settings::{Pace, Settings},
};

/// Deliveries that one run of the chore forgets in one transaction.
const PRUNE: u32 = 500;
/// When deliveries that are over are forgotten.
const DAILY: Runs = Runs::at("23 * * * *");

/// Wakes whatever serves endpoints in this process.
type Wake = Box<dyn Fn() + Send + Sync>;

/// Counts a delivery that ended in this state.
type Ended = Box<dyn Fn(DeliveryState) + Send + Sync>;

/// What the service needs.
pub struct Dependencies {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn WebhooksTx>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Sends requests.
    pub sender: Arc<dyn Sender>,
    /// Makes and reads secrets; without a key there is none.
    pub vault: Option<Arc<dyn SecretVault>>,
    /// Waits, and draws numbers.
    pub pace: Arc<dyn Pace>,
    /// What the operator set.
    pub settings: Settings,
}

/// The use cases of this domain.
pub struct Webhooks {
    work: Arc<dyn UnitOfWork<dyn WebhooksTx>>,
    clock: Arc<dyn Clock>,
    sender: Arc<dyn Sender>,
    vault: Option<Arc<dyn SecretVault>>,
    pace: Arc<dyn Pace>,
    settings: Settings,
    rules: OnceLock<Arc<[KindRule]>>,
    types: OnceLock<Vec<EventType>>,
    wake: OnceLock<Wake>,
    ended: OnceLock<Ended>,
}

impl Webhooks {
    /// On these ports.
    pub fn new(dependencies: Dependencies) -> Self {
        let Dependencies { work, clock, sender, vault, pace, settings } = dependencies;
        Self {
            work,
            clock,
            sender,
            vault,
            pace,
            settings,
            rules: OnceLock::new(),
            types: OnceLock::new(),
            wake: OnceLock::new(),
            ended: OnceLock::new(),
        }
    }

    /// Says who sees which events. The first call counts; before it no one sees any.
    pub fn show_by(&self, rules: Vec<KindRule>) {
        let _ = self.rules.set(rules.into());
    }

    /// Says which types of events there are. The first call counts.
    pub fn offer(&self, types: impl Iterator<Item = EventType>) {
        let mut types: Vec<EventType> = types.collect();
        types.sort_unstable_by_key(|one| one.name);
        let _ = self.types.set(types);
    }

    /// Says what is called when an endpoint has something to do. The first call counts.
    pub fn wake_by(&self, wake: impl Fn() + Send + Sync + 'static) {
        let _ = self.wake.set(Box::new(wake));
    }

    /// Says what is called for each delivery that ended in this process. The first call counts.
    pub fn count_by(&self, ended: impl Fn(DeliveryState) + Send + Sync + 'static) {
        let _ = self.ended.set(Box::new(ended));
    }

    /// The types of events that endpoints can hear, by name: those of which a rule says who sees them.
    pub fn types(&self) -> Vec<EventType> {
        let rules = self.rules();
        let is_seen = |one: &&EventType| rules.iter().any(|rule| rule.kind == one.kind());
        self.types.get().into_iter().flatten().filter(is_seen).copied().collect()
    }

    fn rules(&self) -> Arc<[KindRule]> {
        self.rules.get().cloned().unwrap_or_default()
    }

    fn wake(&self) {
        if let Some(wake) = self.wake.get() {
            wake();
        }
    }

    fn vault(&self) -> Result<&dyn SecretVault, WebhookError> {
        self.vault
            .as_deref()
            .ok_or_else(|| VaultError("auth.encryption_key is not set".to_owned()).into())
    }

    /// Reactions to events.
    pub fn consumers(self: &Arc<Self>) -> Vec<Consumer> {
        let (webhooks, forgetful) = (Arc::clone(self), Arc::clone(self));
        vec![
            Consumer::batched(DISPATCHER, &[], move |batch| {
                let webhooks = Arc::clone(&webhooks);
                async move {
                    let dispatched = webhooks.dispatch(batch).await;
                    dispatched.map_err(|error| kernel::ConsumerError::of(&error))
                }
            }),
            Consumer::forget_user("webhooks.forget_user", move |delivery, user| {
                let webhooks = Arc::clone(&forgetful);
                async move { webhooks.forget_user(delivery, user).await }
            }),
        ]
    }

    /// Recurring maintenance.
    pub fn chores(self: &Arc<Self>) -> Vec<Chore> {
        vec![Chore::of(
            self,
            "webhooks.prune",
            DAILY,
            |webhooks| async move { webhooks.prune().await },
        )]
    }

    /// How many endpoints there are in each state.
    ///
    /// Errors: `Store`.
    pub async fn states(&self) -> Result<BTreeMap<State, u64>, WebhookError> {
        self.work.read(|tx| Ok(tx.endpoints().states()?)).await
    }

    /// How many deliveries to enabled endpoints wait, and how long the oldest of them has waited.
    ///
    /// Errors: `Store`.
    pub async fn waiting(&self, tries: Tries) -> Result<(u64, Duration), WebhookError> {
        let now = self.clock.now();
        let read = self.work.read(move |tx| Ok::<_, WebhookError>(tx.deliveries().waiting(tries)?));
        let Waiting { count, oldest } = read.await?;
        Ok((count, oldest.map_or(Duration::ZERO, |at| now.since(at))))
    }

    /// Forgets deliveries that ended longer ago than they are kept.
    ///
    /// Errors: `Store`.
    pub async fn prune(&self) -> Result<u64, WebhookError> {
        let before: Timestamp = self.clock.now().minus(self.settings.keep);
        let mut all = 0;
        loop {
            let gone = self
                .work
                .write(move |tx| Ok::<_, WebhookError>(tx.deliveries().prune(before, PRUNE)?))
                .await?;
            all += gone;
            if gone < u64::from(PRUNE) {
                return Ok(all);
            }
        }
    }
}
