//! Follows the ring of token keys: a step that `alveole keys` takes is noticed by every process that
//! runs, without a restart.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use tokio::{
    signal::unix::{SignalKind, signal},
    task::spawn_blocking,
    time::sleep,
};

/// Within this time everybody has noticed.
pub const NOTICED: Duration = Duration::from_secs(60);

/// Reads the ring again and again, and at SIGHUP at once. `read` uses what it finds and says whether
/// that is new; when it fails, what was in use stays in use.
pub async fn follow(read: impl Fn() -> anyhow::Result<bool> + Send + Sync + 'static) {
    follow_after(pause, read).await;
}

async fn follow_after(
    pause: impl Fn() -> Duration,
    read: impl Fn() -> anyhow::Result<bool> + Send + Sync + 'static,
) {
    let read = Arc::new(read);
    let mut hangup = signal(SignalKind::hangup()).ok();
    let mut told = String::new();
    loop {
        let asked = tokio::select! {
            () = sleep(pause()) => false,
            () = hung_up(&mut hangup) => true,
        };
        let reading = Arc::clone(&read);
        // A folder on a network can keep one waiting.
        let outcome = match spawn_blocking(move || reading()).await {
            Ok(outcome) => outcome,
            Err(error) => Err(error.into()),
        };
        match outcome {
            Ok(true) => tracing::info!("the ring of token keys has changed and is in use"),
            Ok(false) if asked => tracing::info!("the ring of token keys has not changed"),
            Ok(false) if !told.is_empty() => tracing::info!("the ring can be read again"),
            Ok(false) => {}
            Err(error) => {
                let why = format!("{error:#}");
                // Once for each fault, not once for each look.
                if asked || why != told {
                    tracing::error!(error = why, "the ring of token keys stays as it was");
                }
                told = why;
                continue;
            }
        }
        told.clear();
    }
}

async fn hung_up(hangup: &mut Option<tokio::signal::unix::Signal>) {
    let heard = match hangup {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending::<()>().await;
    }
}

/// From half of [`NOTICED`] to five sixths of it, so that many processes do not read in step.
fn pause() -> Duration {
    let chance = RandomState::new().build_hasher().finish() % 1000;
    NOTICED / 2 + (NOTICED / 3) * u32::try_from(chance).unwrap_or(0) / 1000
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn looks_are_spread_and_in_time() {
        let pauses: Vec<Duration> = (0..100).map(|_| pause()).collect();
        assert!(pauses.iter().all(|p| *p >= NOTICED / 2 && *p < NOTICED * 5 / 6));
        assert!(pauses.iter().any(|p| p != &pauses[0]));
    }

    #[tokio::test]
    async fn it_is_read_again_and_again_even_after_an_error() {
        let looks = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&looks);
        let following = tokio::spawn(follow_after(
            || Duration::from_millis(1),
            move || match counted.fetch_add(1, Ordering::SeqCst) {
                1 => anyhow::bail!("away"),
                number => Ok(number == 0),
            },
        ));
        while looks.load(Ordering::SeqCst) < 4 {
            sleep(Duration::from_millis(1)).await;
        }
        following.abort();
    }
}
