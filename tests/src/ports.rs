//! Ports that nobody uses.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::TcpListener,
};

/// Below the ports that the kernel gives to outgoing connections, so that none of those sits on it
/// while a program that was stopped is started again.
const STEADY: std::ops::Range<u16> = 10_000..32_000;

/// A port for one start.
pub fn free() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}

/// A port for something that is stopped and started again.
pub fn steady() -> u16 {
    let random = RandomState::new();
    (0..1000_u32)
        .map(|attempt| {
            let spread = random.hash_one(attempt) % u64::from(STEADY.end - STEADY.start);
            STEADY.start + spread as u16
        })
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}
