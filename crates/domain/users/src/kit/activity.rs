//! `ActivityStore`.

use kernel::{BoxFuture, Role, Timestamp, UserId};

use super::{Fixture, MICROSECOND, moment, newcomer, nobody, together};
use crate::{
    inactivity::{Place, Stage, Standing},
    user::{NewUser, User},
    values::{Provider, Status},
};

/// How many meet.
const MANY: usize = 12;

impl Fixture {
    /// An account at a proven address, last used when it was made.
    async fn proven(&self, name: &str, created_at: Timestamp) -> User {
        self.insert(NewUser { email_verified: true, created_at, ..newcomer(name) }).await
    }

    async fn note(&self, id: UserId, at: i64, since: i64) -> bool {
        self.write(move |tx| tx.activity().note(id, moment(at), moment(since))).await
    }

    async fn announce(&self, id: UserId, at: i64) {
        self.write(move |tx| tx.activity().announce(id, moment(at))).await;
    }

    async fn standing(&self, id: UserId) -> Option<Standing> {
        self.read(move |tx| tx.activity().standing(id)).await
    }

    async fn unused(
        &self,
        stage: Stage,
        until: i64,
        after: Option<Place>,
        limit: u32,
    ) -> Vec<Place> {
        let until = moment(until);
        self.read(move |tx| tx.activity().unused(stage, until, after, limit)).await
    }
}

const fn standing(active_at: Timestamp, closing_at: Option<Timestamp>) -> Option<Standing> {
    Some(Standing { active_at, closing_at, has_roles: false })
}

pub(super) async fn y1_a_use_is_noted_once_in_a_while(fixture: Fixture) {
    let ada = fixture.account("ada").await;
    let id = ada.id;
    assert_eq!(fixture.standing(id).await, standing(ada.created_at, None));
    assert!(!fixture.note(id, 9, 0).await, "it was made at 0");
    assert!(fixture.note(id, 9, 1).await);
    assert_eq!(fixture.standing(id).await, standing(moment(9), None));
    assert!(!fixture.note(id, 12, 9).await);
    assert_eq!(fixture.get(id).await, Some(ada), "it grows no version");
    assert!(!fixture.note(nobody(), 9, 1).await);
}

pub(super) async fn y1_a_use_takes_an_announced_closing_back(fixture: Fixture) {
    let id = fixture.account("ada").await.id;
    fixture.announce(id, 50).await;
    assert_eq!(fixture.standing(id).await, standing(moment(0), Some(moment(50))));
    assert!(fixture.note(id, 9, 0).await, "whatever was noted before");
    assert_eq!(fixture.standing(id).await, standing(moment(9), None));
}

pub(super) async fn y2_a_standing_tells_of_more_roles(fixture: Fixture) {
    let (ada, bob) = (fixture.account("ada").await.id, fixture.account("bob").await.id);
    fixture.role("auditors", &[]).await;
    fixture.give(ada, &["auditors"]).await;
    assert_eq!(fixture.standing(ada).await.map(|found| found.has_roles), Some(true));
    assert_eq!(fixture.standing(bob).await.map(|found| found.has_roles), Some(false));
    assert_eq!(fixture.standing(nobody()).await, None);
    fixture.write(move |tx| tx.users().remove(bob, moment(1)).map(|_| ())).await;
    assert_eq!(fixture.standing(bob).await, None);
}

pub(super) async fn y3_who_comes_back_simultaneously_keeps_the_account(fixture: Fixture) {
    for round in 0..8 {
        let id = fixture.account(&format!("user{round}")).await.id;
        fixture.announce(id, 5).await;
        let fixture = &fixture;
        let racers = (0..MANY).map(|number| -> BoxFuture<'_, bool> {
            Box::pin(fixture.write(move |tx| {
                let mut user = tx.users().lock(id)?.unwrap();
                let is_open = user.purge_at.is_none();
                if number % 2 == 0 {
                    // One comes back, unless the account is closed.
                    if is_open {
                        tx.activity().note(id, moment(9), moment(9))?;
                    }
                    return Ok(is_open);
                }
                let standing = tx.activity().standing(id)?.unwrap();
                if is_open && standing.closing_at.is_some() {
                    user.purge_at = Some(moment(99));
                    tx.users().save(&mut user)?;
                }
                Ok(false)
            }))
        });
        let came_back = together(racers.collect()).await.contains(&true);
        let closed = fixture.get(id).await.unwrap().purge_at.is_some();
        assert_ne!(came_back, closed, "either, and never both");
    }
}

pub(super) async fn y4_unused_accounts_come_by_their_moment(fixture: Fixture) {
    let mut places = Vec::new();
    for (number, at) in [(0, 7), (1, 5), (2, 8), (3, 7)] {
        let user = fixture.proven(&format!("user{number}"), moment(at)).await;
        places.push(Place { at: moment(at), id: user.id });
    }
    let [first, second, third] = [places[1], places[0], places[3]];
    assert_eq!(fixture.unused(Stage::Idle, 4, None, 9).await, []);
    assert_eq!(fixture.unused(Stage::Idle, 7, None, 9).await, [first, second, third]);
    assert_eq!(fixture.unused(Stage::Idle, 7, None, 2).await, [first, second]);
    assert_eq!(fixture.unused(Stage::Idle, 7, Some(second), 2).await, [third]);
    assert_eq!(fixture.unused(Stage::Warned, 99, None, 9).await, []);

    // Who was warned waits in the other stage, by another moment.
    fixture.announce(second.id, 30).await;
    fixture.announce(first.id, 40).await;
    let warned = |at, place: Place| Place { at: moment(at), ..place };
    let (second, first) = (warned(30, second), warned(40, first));
    assert_eq!(fixture.unused(Stage::Warned, 40, None, 9).await, [second, first]);
    assert_eq!(fixture.unused(Stage::Warned, 40, Some(second), 9).await, [first]);
    assert_eq!(fixture.unused(Stage::Warned, 39, None, 9).await, [second]);
    assert_eq!(fixture.unused(Stage::Idle, 7, None, 9).await, [third]);
    fixture.note(second.id, 41, 41).await;
    assert_eq!(fixture.unused(Stage::Warned, 40, None, 9).await, [first]);
}

pub(super) async fn y4_only_plain_people_who_can_be_warned_are_listed(fixture: Fixture) {
    let kept = fixture.proven("kept", moment(0)).await.id;
    fixture.account("unproven").await;
    for (name, role, provider) in [
        ("moderator", Role::Moderator, Provider::Local),
        ("root", Role::SuperAdmin, Provider::Local),
        ("bot", Role::User, Provider::Service),
    ] {
        let new = NewUser { role, provider, email_verified: true, ..newcomer(name) };
        fixture.insert(new).await;
    }
    let suspended = fixture.proven("suspended", moment(0)).await;
    fixture.save(&User { status: Status::Suspended, ..suspended }).await;
    let closed = fixture.proven("closed", moment(0)).await;
    fixture.save(&User { purge_at: Some(moment(99)), ..closed }).await;
    let gone = fixture.proven("gone", moment(0)).await.id;
    fixture.write(move |tx| tx.users().remove(gone, moment(1)).map(|_| ())).await;
    let more = fixture.proven("more", moment(0)).await.id;
    fixture.role("auditors", &[]).await;
    fixture.give(more, &["auditors"]).await;

    let all = fixture.unused(Stage::Idle, 99, None, 99).await;
    assert_eq!(all, [Place { at: moment(0), id: kept }]);
    for id in [kept, more] {
        fixture.announce(id, 50).await;
    }
    let at = moment(50);
    assert_eq!(fixture.unused(Stage::Warned, 50, None, 99).await, [Place { at, id: kept }]);
    let before = Place { at: at.minus(MICROSECOND), id: kept };
    assert_eq!(fixture.unused(Stage::Warned, 50, Some(before), 99).await.len(), 1);
}

pub(super) async fn y5_who_came_lately_is_counted(fixture: Fixture) {
    for (number, made) in [(0, 3), (1, 5), (2, 7), (3, 8)] {
        fixture.proven(&format!("user{number}"), moment(made)).await;
    }
    let back = fixture.account("back").await.id;
    fixture.note(back, 9, 9).await;
    let gone = fixture.proven("gone", moment(9)).await.id;
    fixture.write(move |tx| tx.users().remove(gone, moment(9)).map(|_| ())).await;
    let counts = async |since, most| {
        let found = fixture.read(move |tx| tx.activity().counts(moment(since), most)).await;
        (found.made, found.active)
    };
    assert_eq!(counts(5, 99).await, (3, 4));
    assert_eq!(counts(9, 99).await, (0, 1));
    assert_eq!(counts(1, 3).await, (3, 3));
}
