//! What the program needs to know of monitoring.

use std::sync::Arc;

use kernel::{FeedReader, Permission};
use monitoring::Monitoring;
use rest::{Module, live::LiveRule};

use crate::{
    codes,
    live::{CHANNEL, Live},
    routes,
};

/// The module as the document describes it, without its service.
pub fn description() -> Module {
    Module {
        tags: &[("monitoring", "How the machine and the program do: charts, rules and alerts")],
        codes: &[codes::CODES],
        event_types: monitoring::events::TYPES,
        routes,
        channels: &[CHANNEL],
        ..Module::new("monitoring")
    }
}

/// The module. Its socket follows alerts in the feed of events.
pub fn module(monitoring: Arc<Monitoring>, feed: Arc<dyn FeedReader>) -> Module {
    let live = Live::new(Arc::clone(&monitoring), feed);
    let rules = ["alert", "monitoring_rule"]
        .map(|kind| LiveRule::new(kind, Permission::MonitoringRead))
        .map(|rule| rule.managed_by(Permission::MonitoringRead));
    Module { chores: monitoring.chores(), live: rules.to_vec(), ..description() }
        .service(monitoring)
        .service(live)
}
