//! What the program needs to know of integrations.

use std::{sync::Arc, time::Duration};

use integrations::{Integrations, IntegrationsError, gate::GateState};
use kernel::{Chore, Runs};
use rest::Module;

use crate::{codes, routes};

/// From one look at the providers to the next.
const LOOK: Duration = Duration::from_secs(10);

/// The module as the document describes it, without its service.
pub fn description() -> Module {
    Module {
        tags: &[("integrations", "Weather, prices and translations of other providers")],
        codes: &[codes::CODES],
        routes,
        ..Module::new("integrations")
    }
}

/// The module.
pub fn module(integrations: Arc<Integrations>) -> Module {
    let look = Chore::of(
        &integrations,
        "integrations.look",
        Runs::EachProcess(LOOK),
        |integrations| async move {
            count(&integrations);
            Ok::<_, IntegrationsError>(0)
        },
    );
    Module { chores: vec![look], ..description() }.service(integrations)
}

/// The metrics of the providers.
fn count(integrations: &Integrations) {
    for status in integrations.providers() {
        let labels = [("what", status.what), ("provider", status.provider)];
        let calls = |outcome| {
            let [what, provider] = labels;
            metrics::counter!(
                "alveole_integration_calls_total",
                &[what, provider, ("outcome", outcome)]
            )
        };
        calls("answered").absolute(status.answered);
        calls("failed").absolute(status.failed);
        for state in GateState::ALL {
            let [what, provider] = labels;
            let is = if status.state == state { 1.0 } else { 0.0 };
            let labels = [what, provider, ("state", state.as_str())];
            metrics::gauge!("alveole_integration_state", &labels).set(is);
        }
    }
}
