//! Everything an end-to-end test needs: a real server on a real database, and a client that keeps
//! refusals as well as successes.
//!
//! | module | holds |
//! |---|---|
//! | [`backend`] | which databases there are, and an empty one for each server |
//! | [`server`] | the `alveole` binary as a process that can be stopped, killed and started again |
//! | [`client`] | requests and answers, with the checks that every answer must pass |
//! | [`person`] | somebody who is signed in |
//! | [`device`] | the device with somebody's second factor |
//! | [`sse`] | a reader of event streams |
//! | [`chat_socket`] | a client of the chat's socket |
//! | [`idp`] | an identity provider that can be told to misbehave |
//! | [`fake_twilio`] | a server that takes text messages as Twilio does, and can be told to fail |
//! | [`providers`] | the services of weather, prices and translations, which can be told to fail |
//! | [`tls`] | an authority of our own, and TLS in front of servers without it |
//! | [`ports`] | ports that nobody uses |
//! | [`cluster`] | replicas behind nginx, on a PostgreSQL and a Redis that can be made to fail |
//! | [`container`] | a control group with little memory |
//! | [`authz`] | the authorization table: operation × role → status |
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test harness says what is wrong by panicking"
)]

pub mod authz;
pub mod backend;
pub mod chat_socket;
pub mod client;
pub mod cluster;
pub mod container;
pub mod device;
pub mod fake;
pub mod fake_twilio;
pub mod idp;
pub mod person;
pub mod ports;
pub mod providers;
pub mod receiver;
pub mod server;
pub mod sse;
pub mod tls;

pub use backend::Backend;
pub use chat_socket::ChatSocket;
pub use client::{Answer, Client};
pub use cluster::Cluster;
pub use container::Container;
pub use device::Device;
pub use fake_twilio::FakeTwilio;
pub use idp::Idp;
pub use person::Person;
pub use providers::Providers;
pub use receiver::Receiver;
pub use server::Server;

/// Runs `action` in `count` threads that start together, and gives what each of them got.
pub fn simultaneously<T: Send>(count: usize, action: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = std::sync::Barrier::new(count);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|number| {
                let (barrier, action) = (&barrier, &action);
                scope.spawn(move || {
                    barrier.wait();
                    action(number)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
    })
}

/// Asks again and again until `condition` holds; false when it does not within `patience`.
pub fn eventually(patience: std::time::Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = std::time::Instant::now() + patience;
    loop {
        if condition() {
            return true;
        }
        if std::time::Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
