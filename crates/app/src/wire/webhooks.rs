//! Webhooks to others (feature `webhooks`): the service, and what serves endpoints.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use adapter_diesel::Db;
use adapter_webhooks::HttpSender;
use anyhow::Context as _;
use async_trait::async_trait;
use crypto::EndpointVault;
use kernel::{Clock, StoreError, UnitOfWork};
use rest::quiet::STORE;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use webhooks::{
    Endpoint, WebhookError, Webhooks, WebhooksTx,
    address::UrlRules,
    delivery::DeliveryState,
    outbound::{Outcome, Request, Sender},
    retry::Schedule,
    secrets::SecretVault,
    service::Dependencies,
    settings::{Pace, Settings},
};

use crate::{
    config::{Config, Mode},
    drivers::{Leased, chance},
    secrets,
};

/// How often a process looks for endpoints that another one made due: one short read.
const LOOK: Duration = Duration::from_millis(250);
/// The pause while the database does not answer.
const PAUSE: Duration = Duration::from_secs(2);
/// Endpoints that one process serves simultaneously.
const HOLDERS: usize = 64;

/// The service, and what serves endpoints until it is stopped.
pub(super) fn wire(
    config: &Config,
    db: &Arc<Db>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<(Arc<Webhooks>, Leased)> {
    let own = &config.webhooks;
    let urls = UrlRules {
        addresses: kernel::cidr::AddressRules { allow: own.allow_networks.clone() },
        https_only: config.server.mode == Mode::Production,
    };
    let sender = HttpSender::new(urls.clone()).context("the sender of webhooks")?;
    let vault: Option<Arc<dyn SecretVault>> =
        match secrets::encryption_key(config).context("the encryption key")? {
            Some(key) => Some(Arc::new(EndpointVault::new(key.as_bytes())?)),
            None => None,
        };
    let work: Arc<dyn UnitOfWork<dyn WebhooksTx>> = Arc::<Db>::clone(db);
    let schedule = if own.retry_schedule.is_empty() {
        Schedule::default()
    } else {
        Schedule::new(own.retry_schedule.clone())
    };
    let webhooks = Arc::new(Webhooks::new(Dependencies {
        work,
        clock: Arc::clone(clock),
        sender: Arc::new(Measured(sender)),
        vault,
        pace: Arc::new(TokioPace),
        settings: Settings {
            urls,
            schedule,
            timeout: Duration::from_secs(own.timeout_seconds),
            disable_after: Duration::from_secs(own.disable_after_seconds),
            keep: Duration::from_secs(config.events_retention_seconds),
        },
    }));
    let woken = Arc::new(Notify::new());
    let notified = Arc::clone(&woken);
    webhooks.wake_by(move || notified.notify_one());
    webhooks.count_by(|state| ended(state).increment(1));
    let served = Arc::clone(&webhooks);
    let run: Leased = Box::new(move |stop, drain| Box::pin(serve(served, woken, stop, drain)));
    Ok((webhooks, run))
}

/// Time and chance of this process.
struct TokioPace;

#[async_trait]
impl Pace for TokioPace {
    async fn pause(&self, time: Duration) {
        sleep(time).await;
    }

    fn chance(&self) -> f64 {
        chance()
    }
}

/// Counts and times requests.
struct Measured(HttpSender);

#[async_trait]
impl Sender for Measured {
    async fn send(&self, request: Request) -> Outcome {
        let outcome = self.0.send(request).await;
        let name = match (outcome.status, outcome.fault) {
            (_, Some(fault)) => fault.as_str(),
            (Some(200..=299), None) => "success",
            (Some(_) | None, None) => "refused",
        };
        metrics::counter!("alveole_webhook_attempts_total", "outcome" => name).increment(1);
        let duration = metrics::histogram!("alveole_webhook_attempt_duration_seconds");
        duration.record(outcome.duration.as_secs_f64());
        outcome
    }
}

/// Counts deliveries that ended in this state.
fn ended(state: DeliveryState) -> metrics::Counter {
    metrics::counter!("alveole_webhook_deliveries_total", "outcome" => state.as_str())
}

/// Claims endpoints that have something to do and serves each until it has not. When it is stopped, requests
/// that run have `drain` to end; what is not written then is sent again after the lease, under the same id.
async fn serve(
    webhooks: Arc<Webhooks>,
    woken: Arc<Notify>,
    mut stop: watch::Receiver<bool>,
    drain: Duration,
) {
    // Counters that appear with their first event hide it from `increase()`.
    for outcome in ["success", "refused", "timeout"] {
        metrics::counter!("alveole_webhook_attempts_total", "outcome" => outcome).increment(0);
    }
    for state in DeliveryState::ALL.iter().filter(|state| **state != DeliveryState::Pending) {
        ended(*state).increment(0);
    }
    let stopping = Arc::new(AtomicBool::new(false));
    let mut holders = JoinSet::new();
    while !*stop.borrow() {
        let free = u32::try_from(HOLDERS.saturating_sub(holders.len())).unwrap_or(0);
        let pause = match webhooks.claim(free).await {
            Ok(claimed) => {
                for endpoint in claimed {
                    let (webhooks, stopping) = (Arc::clone(&webhooks), Arc::clone(&stopping));
                    holders.spawn(hold(webhooks, endpoint, stopping));
                }
                LOOK
            }
            Err(error) => {
                rest::warn_once_a_minute!(STORE; %error, "webhooks have to wait");
                PAUSE
            }
        };
        tokio::select! {
            Some(_) = holders.join_next(), if !holders.is_empty() => {}
            () = woken.notified() => {}
            () = sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
    stopping.store(true, Ordering::Relaxed);
    let ended = timeout(drain, async { while holders.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        holders.shutdown().await;
    }
}

/// Serves one endpoint.
async fn hold(webhooks: Arc<Webhooks>, endpoint: Endpoint, stopping: Arc<AtomicBool>) {
    let id = endpoint.id.get();
    let served = webhooks.serve(endpoint, &move || stopping.load(Ordering::Relaxed)).await;
    match served {
        Ok(()) => {}
        // It was deleted, or its lease ended.
        Err(WebhookError::Store(StoreError::Stale)) => {
            tracing::debug!(endpoint = id, "the claim of an endpoint is over");
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            rest::warn_once_a_minute!(STORE; endpoint = id, %error, ?cause, "an endpoint has to wait");
        }
    }
}
