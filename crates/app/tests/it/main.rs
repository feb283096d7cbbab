//! The HTTP layer in process, on the memory adapter.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "failing loudly is what tests are for"
)]

mod chores;
mod consumers;
mod contract;
mod deaths;
mod document;
mod document_shape;
mod edge;
mod emails;
mod event_types;
mod events;
mod every_status;
mod factors;
mod feed;
mod file_forms;
mod files;
mod fixture;
mod http_contract;
mod live;
mod monitoring;
mod mount;
mod operations;
mod pages;
mod permissions;
mod personal_access_tokens;
mod privacy;
mod series;
mod stores;
mod webhooks;
mod workers;
