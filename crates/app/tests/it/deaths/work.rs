//! Events, a consumer, a schedule and jobs. See the module above.

use kernel::{
    ConsumerError, Recurrence,
    consumer::StartAt,
    job::{JobContext, JobDone, JobError},
};

use super::*;

const DONE: &str = "death.done.v1";
/// What the caller tells: an event for each; every odd one enqueues a job, too.
const INTENTS: i64 = 3;
/// The subject of what is done for the job that the caller enqueued, and for the tick.
const DIRECT: i64 = 100;
const TICK: i64 = 1000;

fn kind(work: &Arc<dyn UnitOfWork<dyn CommonTx>>, scenario: Scenario, at: Timestamp) -> JobKind {
    let effect = Arc::clone(work);
    let run = move |context: JobContext| {
        let work = Arc::clone(&effect);
        async move {
            let subject = context.job.args["subject"].as_i64().unwrap_or(TICK);
            if scenario == Scenario::CarelessWork {
                let done = work.write(move |tx| tx.outbox().append(&event(DONE, subject, at)));
                let done: Result<(), StoreError> = done.await;
                return done
                    .map(|()| JobDone::Done)
                    .map_err(|error| JobError::Failed(error.to_string()));
            }
            let done = work.write(move |tx| {
                tx.outbox().append(&event(DONE, subject, at))?;
                context.finish(tx, at)
            });
            done.await.map_err(|error: StoreError| JobError::Failed(error.to_string()))
        }
    };
    let schedule = Some(Recurrence::utc("* * * * *"));
    JobKind { schedule, ..JobKind::new("death.effect", run) }
}

fn consumer(work: &Arc<dyn UnitOfWork<dyn CommonTx>>, kind: &JobKind, at: Timestamp) -> Consumer {
    let (work, kind) = (Arc::clone(work), kind.clone());
    let consumer = Consumer::exactly_once("death.consumer", &[INTENDED], move |delivery| {
        let (work, kind) = (Arc::clone(&work), kind.clone());
        async move {
            let done = work.write(move |tx| {
                delivery.complete(tx)?;
                let job = kind.job(json!({"subject": delivery.event.subject}));
                tx.jobs().enqueue(&job, at)
            });
            let done = done.await.map(drop);
            done.map_err(|error: StoreError| ConsumerError::Retry(error.to_string()))
        }
    });
    consumer.starting(StartAt::Beginning)
}

fn process(
    db: Arc<Db>,
    scenario: Scenario,
    death: Option<Death>,
    at: Timestamp,
) -> (Process, JobKind) {
    let mortal = Mortal::new(db, death);
    let work: Arc<dyn UnitOfWork<dyn CommonTx>> = Arc::<Mortal>::clone(&mortal);
    let kind = kind(&work, scenario, at);
    let consumer = consumer(&work, &kind, at);
    let clock = Arc::new(FixedClock::at(at));
    (Process::new(mortal, clock, consumer, vec![kind.clone()]), kind)
}

/// A process registers its schedule, is called, and works.
pub(super) async fn live(db: Arc<Db>, scenario: Scenario, death: Death) {
    let (first, _) = process(Arc::clone(&db), scenario, None, start());
    first.jobs.register().await.unwrap();
    // By then it has ticked once.
    let at = start().plus(MINUTE);
    let (process, kind) = process(db, scenario, Some(death), at);
    for subject in 0..INTENTS {
        let direct = (subject % 2 == 1).then(|| kind.job(json!({"subject": DIRECT + subject})));
        let also = move |tx: &mut dyn CommonTx| match &direct {
            Some(job) => tx.jobs().enqueue(job, at).map(drop),
            None => Ok(()),
        };
        process.tell(subject, also).await;
    }
    process.run_what_is_due().await;
}

/// Another process goes on after the leases have ended and before the next tick.
pub(super) async fn go_on(db: Arc<Db>, scenario: Scenario, answered: &[i64]) -> Result<(), String> {
    let later = start().plus(MINUTE + LEASE + Duration::from_secs(5));
    let (process, _) = process(db, scenario, None, later);
    process.run_what_is_due().await;
    let intended = process.intended(answered).await?;
    let direct =
        intended.iter().filter(|subject| *subject % 2 == 1).map(|subject| DIRECT + subject);
    let must: Vec<i64> = intended.iter().copied().chain(direct).chain([TICK]).collect();
    let is = process.ledger(DONE).await;
    if is == must { Ok(()) } else { Err(format!("done is {is:?}, must be {must:?}")) }
}
