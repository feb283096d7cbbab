//! The queue of letters.

use std::collections::BTreeSet;

use kernel::{
    BoxFuture, StoreError, Timestamp,
    mail::{Mail, MailId, Queued, Waiting},
};

use super::{Ground, moment, together};

fn letter(subject: &str) -> Mail {
    Mail::new("ada@example.com", subject, "text", "<p>html</p>").unwrap()
}

impl Ground {
    async fn enqueue(&self, mail: Mail, at: Timestamp) {
        self.write(move |tx| tx.mails().enqueue(&mail, at)).await;
    }

    async fn take_out(&self, now: Timestamp, until: Timestamp, limit: u32) -> Vec<Queued> {
        self.write(move |tx| tx.mails().claim(now, until, limit)).await
    }

    async fn mails_waiting(&self) -> Waiting {
        self.read(|tx| tx.mails().waiting()).await
    }
}

fn subjects(claimed: &[Queued]) -> Vec<&str> {
    claimed.iter().map(|queued| queued.mail.subject()).collect()
}

pub(super) async fn q1_a_letter_is_there_exactly_when_its_unit_committed(ground: Ground) {
    let undone: Result<(), StoreError> = ground
        .work
        .write(|tx| {
            tx.mails().enqueue(&letter("never"), moment(0))?;
            Err(StoreError::Contention)
        })
        .await;
    assert!(undone.is_err());
    assert_eq!(ground.mails_waiting().await, Waiting::default());
    ground.enqueue(letter("a"), moment(0)).await;
    assert_eq!(ground.mails_waiting().await, Waiting { waiting: 1, dead: 0 });
}

pub(super) async fn q1_every_field_survives(ground: Ground) {
    let odd = Mail::new(
        format!("{}@exämple.com", "a".repeat(200)),
        "'quoted' \"%_\" 你好 é",
        "line\r\n.\r\nline \u{1f41d}",
        format!("<p>{}</p>", "ä".repeat(100_000)),
    )
    .unwrap();
    let at = moment(1);
    ground.enqueue(odd.clone(), at).await;
    let claimed = ground.take_out(at, moment(2), 10).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!((&claimed[0].mail, claimed[0].at, claimed[0].attempts), (&odd, at, 1));
}

pub(super) async fn q2_a_claimed_letter_is_nobody_elses(ground: Ground) {
    for (subject, at) in [("c", 3), ("a", 1), ("b", 2), ("later", 9)] {
        ground.enqueue(letter(subject), moment(at)).await;
    }
    let first = ground.take_out(moment(5), moment(8), 2).await;
    assert_eq!(subjects(&first), ["a", "b"]);
    let second = ground.take_out(moment(5), moment(8), 10).await;
    assert_eq!(subjects(&second), ["c"]);
    assert_eq!(ground.take_out(moment(7), moment(8), 10).await, []);
}

pub(super) async fn q2_of_many_who_claim_at_once_each_gets_others(ground: Ground) {
    for number in 0..20 {
        ground.enqueue(letter(&format!("{number}")), moment(0)).await;
    }
    let claim = |_: i32| -> BoxFuture<'_, Vec<Queued>> {
        Box::pin(ground.take_out(moment(1), moment(2), 5))
    };
    let claimed = together((0..8).map(claim).collect()).await.concat();
    let ids: BTreeSet<MailId> = claimed.iter().map(|queued| queued.id).collect();
    assert_eq!(ids.len(), claimed.len(), "one was given twice");
    let rest = ground.take_out(moment(1), moment(2), 100).await;
    assert_eq!(claimed.len() + rest.len(), 20, "one was given to nobody");
}

pub(super) async fn q3_an_abandoned_letter_is_due_again(ground: Ground) {
    ground.enqueue(letter("a"), moment(0)).await;
    for attempt in 1..4_u32 {
        let now = moment(i64::from(attempt) * 10);
        let claimed = ground.take_out(now, moment(i64::from(attempt) * 10 + 10), 10).await;
        assert_eq!((claimed.len(), claimed[0].attempts), (1, attempt));
        assert_eq!(claimed[0].at, moment(0));
        assert_eq!(ground.take_out(now, moment(100), 10).await, []);
    }
}

pub(super) async fn q4_what_was_sent_is_gone_and_what_was_postponed_comes_back(ground: Ground) {
    ground.enqueue(letter("a"), moment(0)).await;
    ground.enqueue(letter("b"), moment(0)).await;
    let claimed = ground.take_out(moment(1), moment(5), 10).await;
    let (a, b) = (claimed[0].id, claimed[1].id);
    ground.write(move |tx| tx.mails().sent(a)).await;
    ground.write(move |tx| tx.mails().postpone(b, moment(50))).await;
    assert_eq!(ground.mails_waiting().await, Waiting { waiting: 1, dead: 0 });
    assert_eq!(ground.take_out(moment(49), moment(60), 10).await, []);
    let again = ground.take_out(moment(50), moment(60), 10).await;
    assert_eq!((subjects(&again), again[0].attempts), (vec!["b"], 2));
    // what is not there any more is no fault
    ground.write(move |tx| tx.mails().sent(a)).await;
    ground.write(move |tx| tx.mails().postpone(a, moment(1))).await;
    ground.write(move |tx| tx.mails().give_up(a, moment(1))).await;
    assert_eq!(ground.mails_waiting().await, Waiting { waiting: 1, dead: 0 });
}

pub(super) async fn q5_nothing_is_left_of_what_was_given_up(ground: Ground) {
    ground.enqueue(letter("a"), moment(0)).await;
    let id = ground.take_out(moment(0), moment(1), 1).await[0].id;
    ground.write(move |tx| tx.mails().give_up(id, moment(1))).await;
    assert_eq!(ground.mails_waiting().await, Waiting { waiting: 0, dead: 1 });
    ground.write(move |tx| tx.mails().postpone(id, moment(0))).await;
    assert_eq!(ground.take_out(moment(1_000), moment(2_000), 10).await, []);
}

pub(super) async fn q5_a_sweep_keeps_to_its_moment_and_limit(ground: Ground) {
    for at in 0..5 {
        ground.enqueue(letter("dead"), moment(at)).await;
    }
    ground.enqueue(letter("waits"), moment(100)).await;
    for queued in ground.take_out(moment(50), moment(60), 10).await {
        let at = queued.at;
        ground.write(move |tx| tx.mails().give_up(queued.id, at)).await;
    }
    let sweep = async |limit| ground.write(move |tx| tx.mails().sweep(moment(4), limit)).await;
    assert_eq!((sweep(3).await, sweep(3).await, sweep(3).await), (3, 1, 0));
    assert_eq!(ground.mails_waiting().await, Waiting { waiting: 1, dead: 1 });
}
