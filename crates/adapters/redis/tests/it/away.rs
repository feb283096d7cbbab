//! Redis goes away, and comes back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use adapter_redis::{InvalidationBus, RedisCache, RedisConnection, RedisLimiter};
use kernel::{BoxFuture, Cache, Limiter, Quota, UserId};
use libtest_mimic::Trial;
use memory::{MemoryCache, MemoryLimiter};

use crate::{connections, on_a_runtime, server::Server, until};

const LONG: Duration = Duration::from_secs(600);

pub(crate) fn trials() -> Vec<Trial> {
    let case = |name: &'static str, run: fn(Server) -> BoxFuture<'static, ()>| {
        Trial::test(format!("away::{name}"), move || {
            let server = Server::start();
            on_a_runtime(run(server));
            Ok(())
        })
    };
    vec![
        case("a_link_can_be_opened_before_redis_is_there", |s| Box::pin(begins_away(s))),
        case("values_come_from_the_loader_meanwhile", |s| Box::pin(loads_meanwhile(s))),
        case("an_eviction_made_meanwhile_is_made_up_for", |s| Box::pin(evicts_meanwhile(s))),
        case("too_many_evictions_drop_everything", |s| Box::pin(drops_everything(s))),
        case("limits_are_counted_in_process_meanwhile", |s| Box::pin(limits_meanwhile(s))),
        case("live_state_is_not_kept_while_nothing_is_heard", |s| Box::pin(not_kept(s))),
        case("a_value_that_cannot_be_read_is_a_miss", |s| Box::pin(unreadable(s))),
    ]
}

fn key(number: i64) -> UserId {
    UserId::parse(number).unwrap()
}

fn found(value: &str) -> BoxFuture<'static, Option<String>> {
    let value = value.to_owned();
    Box::pin(async move { Some(value) })
}

fn text(value: &str) -> Option<Arc<String>> {
    Some(Arc::new(value.to_owned()))
}

fn cache(connection: &Arc<RedisConnection>) -> RedisCache<UserId, String> {
    RedisCache::new(Arc::clone(connection), LONG)
}

/// Waits until this link knows that Redis is away.
async fn noticed(connection: &Arc<RedisConnection>) {
    let cache = cache(connection);
    until("it is noticed that Redis is away", || async {
        cache.get(&key(1)).await;
        !connection.is_up()
    })
    .await;
}

async fn back(connection: &Arc<RedisConnection>) {
    until("Redis is used again", || async { connection.is_up() }).await;
}

async fn begins_away(mut server: Server) {
    server.stop();
    let connection = RedisConnection::open(&adapter_redis::RedisConfig::new(server.url())).unwrap();
    tokio::spawn(Arc::clone(&connection).keep());
    assert_eq!(cache(&connection).load(key(1), found("a")).await, text("a"));
    assert!(!connection.is_up());
    server.launch();
    back(&connection).await;
    assert_eq!(cache(&connection).load(key(1), found("b")).await, text("b"));
    assert_eq!(cache(&connection).get(&key(1)).await, text("b"));
}

async fn loads_meanwhile(mut server: Server) {
    let [connection, _] = connections(&server.url()).await;
    let cache = cache(&connection);
    cache.load(key(1), found("old")).await;
    server.stop();
    noticed(&connection).await;
    let started = Instant::now();
    for round in 0..1000 {
        let value = round.to_string();
        assert_eq!(cache.get(&key(1)).await, None);
        assert_eq!(cache.load(key(1), found(&value)).await, text(&value));
        cache.put(key(2), Arc::new(value)).await;
    }
    // Nobody waits for a server that is known to be away.
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    server.launch();
    back(&connection).await;
    assert_eq!(cache.load(key(1), found("new")).await, text("new"));
    assert_eq!(cache.load(key(1), found("newer")).await, text("new"));
}

/// Redis stays alive but cannot be reached by one of two replicas: it answers nothing for a while.
async fn evicts_meanwhile(server: Server) {
    let [here, there] = connections(&server.url()).await;
    let (near, far) = (cache(&here), cache(&there));
    near.load(key(1), found("old")).await;
    server.hang();
    near.evict(&key(1)).await;
    assert!(!here.is_up());
    server.go_on();
    back(&here).await;
    assert_eq!(near.get(&key(1)).await, None);
    until("the other is back", || async { far.get(&key(1)).await.is_none() && there.is_up() })
        .await;
    assert_eq!(far.load(key(1), found("new")).await, text("new"));
}

async fn drops_everything(server: Server) {
    let [here, _] = connections(&server.url()).await;
    let near = cache(&here);
    for number in [1, 2, 3] {
        near.load(key(number), found("old")).await;
    }
    server.hang();
    // The first one waits for its time-out; from then on the link is known to be away.
    for number in 10..12_000 {
        near.evict(&key(number)).await;
    }
    near.evict(&key(1)).await;
    server.go_on();
    back(&here).await;
    for number in [1, 2, 3] {
        assert_eq!(near.get(&key(number)).await, None, "{number}");
    }
}

async fn limits_meanwhile(mut server: Server) {
    let connections = connections(&server.url()).await;
    let quota = Quota { calls: 10, per: Duration::from_secs(3600) };
    let limiters = connections.clone().map(|connection| {
        let in_process: Arc<dyn Limiter> = Arc::new(MemoryLimiter::new([("p", quota)]));
        RedisLimiter::new(connection, [("p", quota)], in_process)
    });
    let allowed = async |key: &str| {
        let mut allowed = [0, 0];
        for _ in 0..20 {
            for (limiter, count) in limiters.iter().zip(&mut allowed) {
                *count += u32::from(limiter.check("p", key).await.allowed);
            }
        }
        allowed
    };
    assert_eq!(allowed("before").await.iter().sum::<u32>(), 10);
    server.stop();
    for connection in &connections {
        noticed(connection).await;
    }
    assert_eq!(allowed("meanwhile").await, [10, 10]);
    server.launch();
    for connection in &connections {
        back(connection).await;
    }
    assert_eq!(allowed("after").await.iter().sum::<u32>(), 10);
}

async fn not_kept(mut server: Server) {
    let [connection, _] = connections(&server.url()).await;
    let inner = Arc::new(MemoryCache::<(u64, UserId), String>::new(100, LONG));
    let live = InvalidationBus::new(Arc::clone(&connection), "text", inner);
    tokio::spawn(Arc::clone(&live).listen());
    until("evictions are heard", || async { live.is_tuned() }).await;
    live.load(key(1), found("old")).await;
    assert_eq!(live.get(&key(1)).await, text("old"));
    server.stop();
    until("the silence is noticed", || async { !live.is_tuned() }).await;
    assert_eq!(live.get(&key(1)).await, None);
    assert_eq!(live.load(key(1), found("meanwhile")).await, text("meanwhile"));
    server.launch();
    until("evictions are heard again", || async { live.is_tuned() }).await;
    // What was kept before the silence may be outdated, and is not believed.
    assert_eq!(live.get(&key(1)).await, None);
    assert_eq!(live.load(key(1), found("new")).await, text("new"));
    assert_eq!(live.get(&key(1)).await, text("new"));
}

/// As after a roll-back to a release that wrote another form under the same name.
async fn unreadable(server: Server) {
    let [connection, _] = connections(&server.url()).await;
    let tasks: RedisCache<tasks::TaskId, tasks::Task> =
        RedisCache::new(Arc::clone(&connection), LONG);
    let id = tasks::TaskId::parse(7).unwrap();
    let task = crate::cached::task();
    tasks.put(id, Arc::new(task.clone())).await;
    server.overwrite_all(&format!("tasks.v{}:7", tasks::record::VERSION), "{\"id\":7}");
    assert_eq!(tasks.get(&id).await, None);
    let fresh = task.clone();
    let loaded = tasks.load(id, Box::pin(async move { Some(fresh) })).await;
    assert_eq!(loaded.as_deref(), Some(&task));
    assert_eq!(tasks.get(&id).await.as_deref(), Some(&task));
}
