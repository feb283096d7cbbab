//! The service of webhooks as the fixture has it: it keeps secrets, and no request reaches anyone.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use kernel::{Clock, UnitOfWork};
use webhooks::{
    Webhooks, WebhooksTx,
    outbound::{Outcome, Request, SendFault, Sender},
    service::Dependencies,
    settings::{Pace, Settings},
};

struct Nowhere;

#[async_trait]
impl Sender for Nowhere {
    async fn send(&self, _: Request) -> Outcome {
        Outcome {
            duration: Duration::ZERO,
            status: None,
            retry_after: None,
            fault: Some(SendFault::Connect),
            answer: String::new(),
        }
    }
}

#[async_trait]
impl Pace for Nowhere {
    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

pub(crate) fn service(
    work: Arc<dyn UnitOfWork<dyn WebhooksTx>>,
    clock: Arc<dyn Clock>,
) -> Arc<Webhooks> {
    Arc::new(Webhooks::new(Dependencies {
        work,
        clock,
        sender: Arc::new(Nowhere),
        vault: Some(Arc::new(crypto::EndpointVault::new(&[9; 32]).unwrap())),
        pace: Arc::new(Nowhere),
        settings: Settings::default(),
    }))
}
