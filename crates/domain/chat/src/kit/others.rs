//! Invitations, blocks, people and files.

use std::collections::BTreeMap;

use kernel::Page;

use super::*;
use crate::{
    invitation::{Block, Invitation, NewInvitation},
    values::InvitationId,
};

impl Fixture {
    fn new_invitation(&self, room: RoomId, user: usize, by: usize) -> NewInvitation {
        let (user, invited_by) = (self.people[user], self.people[by]);
        NewInvitation { room, user, invited_by, created_at: moment(1) }
    }

    async fn invite(&self, room: RoomId, user: usize, by: usize) -> Invitation {
        let new = self.new_invitation(room, user, by);
        self.write(move |tx| tx.invitations().invite(&new)).await.0
    }

    async fn invitation(&self, id: InvitationId) -> Option<Invitation> {
        self.read(move |tx| tx.invitations().invitation(id)).await
    }

    async fn block(&self, user: usize, other: usize, at: i64) -> bool {
        let (user, other) = (self.people[user], self.people[other]);
        self.write(move |tx| tx.blocks().block(user, other, moment(at))).await
    }

    async fn blocks(&self, one: usize, other: usize) -> bool {
        let (one, other) = (self.people[one], self.people[other]);
        self.read(move |tx| tx.blocks().blocks(one, other)).await
    }
}

pub(super) async fn v1_a_person_is_invited_once(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let invite = |number: usize| -> BoxFuture<'_, Result<(Invitation, bool), StoreError>> {
        let new = fixture.new_invitation(room, 1, if number.is_multiple_of(2) { 0 } else { 2 });
        Box::pin(fixture.work.write(move |tx: &mut Tx| tx.invitations().invite(&new)))
    };
    let all: Vec<(Invitation, bool)> =
        fixture.race(6, invite).await.into_iter().map(Result::unwrap).collect();
    assert!(all.iter().all(|(invitation, _)| *invitation == all[0].0), "{all:?}");
    assert_eq!(all.iter().filter(|(_, is_new)| *is_new).count(), 1);
    let new = NewInvitation { user: nobody(), ..fixture.new_invitation(room, 0, 0) };
    let error = fixture.refused(move |tx| tx.invitations().invite(&new)).await;
    assert!(matches!(error, StoreError::Missing("room_invitations.user")), "{error}");
}

pub(super) async fn v2_an_invitation_is_taken_once(fixture: Fixture) {
    let (room, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    let one = fixture.invite(room, 1, 0).await;
    let kept = fixture.invite(other, 1, 0).await;
    assert_eq!(one, fixture.new_invitation(room, 1, 0).stored(one.id));
    assert_eq!(fixture.invitation(one.id).await.as_ref(), Some(&one));
    let user = one.user;
    let of = async |room| fixture.read(move |tx| tx.invitations().invitation_of(room, user)).await;
    assert_eq!(of(room).await.as_ref(), Some(&one));
    let take = |_| -> BoxFuture<'_, Result<bool, StoreError>> {
        let id = one.id;
        Box::pin(fixture.work.write(move |tx: &mut Tx| tx.invitations().take(id)))
    };
    let taken = fixture.race(4, take).await;
    assert_eq!(taken.into_iter().filter(|one| one.as_ref().is_ok_and(|one| *one)).count(), 1);
    assert_eq!((fixture.invitation(one.id).await, of(room).await), (None, None));
    assert_eq!(of(other).await, Some(kept));
    // The same person may be invited again.
    assert_ne!(fixture.invite(room, 1, 0).await.id, one.id);
}

fn ids(page: &Page<Invitation>) -> Vec<InvitationId> {
    page.items.iter().map(|one| one.id).collect()
}

pub(super) async fn v3_invitations_are_listed(fixture: Fixture) {
    let mut theirs = Vec::new();
    let mut rooms = Vec::new();
    for number in 0..4 {
        let room = fixture.room(&format!("room {number}")).await.id;
        theirs.push(fixture.invite(room, 1, 0).await.id);
        rooms.push(room);
    }
    let other = fixture.invite(rooms[0], 2, 0).await.id;
    theirs.reverse();
    let (room, user) = (rooms[0], fixture.people[1]);
    let list = async |paging| {
        let request = page(paging);
        fixture.read(move |tx| tx.invitations().invitations_for(user, &request)).await
    };
    let first = list(Paging::Number(1)).await;
    assert_eq!((ids(&first), first.total), (theirs[..3].to_vec(), Some(4)));
    let first = list(Paging::Cursor(None)).await;
    let second = list(Paging::Cursor(first.next.clone())).await;
    assert_eq!((ids(&second), second.next), (theirs[3..].to_vec(), None));
    let request = page(Paging::Number(1));
    let into = fixture.read(move |tx| tx.invitations().invitations_into(room, &request)).await;
    assert_eq!((ids(&into), into.total), (vec![other, theirs[3]], Some(2)));
    assert_eq!(fixture.read(move |tx| tx.invitations().count(room)).await, 2);
}

pub(super) async fn v4_invitations_of_a_person_are_forgotten(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let other = fixture.room("other").await.id;
    let gone = [fixture.invite(room, 0, 1).await, fixture.invite(room, 1, 0).await];
    let kept = fixture.invite(other, 1, 2).await;
    let user = fixture.people[0];
    assert_eq!(fixture.write(move |tx| tx.invitations().forget_invitations(user)).await, 2);
    for one in gone {
        assert_eq!(fixture.invitation(one.id).await, None);
    }
    assert_eq!(fixture.invitation(kept.id).await, Some(kept));
}

pub(super) async fn k1_a_person_is_blocked_once(fixture: Fixture) {
    let (user, other) = (fixture.people[0], fixture.people[1]);
    let block = |_| -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(fixture.work.write(move |tx: &mut Tx| tx.blocks().block(user, other, moment(1))))
    };
    let blocked = fixture.race(4, block).await;
    assert_eq!(blocked.into_iter().filter(|one| one.as_ref().is_ok_and(|one| *one)).count(), 1);
    let unblock =
        async |user, other| fixture.write(move |tx| tx.blocks().unblock(user, other)).await;
    assert!(!unblock(other, user).await, "only who blocked takes it back");
    assert!(unblock(user, other).await);
    assert!(!unblock(user, other).await);
}

pub(super) async fn k2_a_block_holds_both_ways(fixture: Fixture) {
    assert!(!fixture.blocks(0, 1).await);
    fixture.block(0, 1, 1).await;
    assert!(fixture.blocks(0, 1).await && fixture.blocks(1, 0).await);
    assert!(!fixture.blocks(0, 2).await && !fixture.blocks(2, 1).await);
}

pub(super) async fn k3_blocks_are_listed(fixture: Fixture) {
    fixture.block(0, 2, 7).await;
    fixture.block(0, 1, 8).await;
    fixture.block(1, 0, 9).await;
    let user = fixture.people[0];
    let suspended = fixture.suspended;
    fixture.write(move |tx| tx.blocks().block(user, suspended, moment(9))).await;
    let mut all = [
        Block { user: fixture.people[1], at: moment(8) },
        Block { user: fixture.people[2], at: moment(7) },
        Block { user: suspended, at: moment(9) },
    ];
    all.sort_by_key(|block| block.user);
    let list = async |paging| {
        let request = PageRequest { paging, limit: 2 };
        fixture.read(move |tx| tx.blocks().blocked(user, &request)).await
    };
    let first = list(Paging::Number(1)).await;
    assert_eq!((first.items, first.total), (all[..2].to_vec(), Some(3)));
    let first = list(Paging::Cursor(None)).await;
    let second = list(Paging::Cursor(first.next)).await;
    assert_eq!((second.items, second.next), (all[2..].to_vec(), None));
    assert_eq!(fixture.write(move |tx| tx.blocks().count(user)).await, 3);
}

pub(super) async fn k4_blocks_of_a_person_are_forgotten(fixture: Fixture) {
    for (user, other) in [(0, 1), (2, 0), (1, 2)] {
        fixture.block(user, other, 1).await;
    }
    let user = fixture.people[0];
    assert_eq!(fixture.write(move |tx| tx.blocks().forget_blocks(user)).await, 2);
    assert!(!fixture.blocks(0, 1).await && !fixture.blocks(2, 0).await);
    assert!(fixture.blocks(1, 2).await);
}

pub(super) async fn p1_names_are_those_of_accounts_that_are_there(fixture: Fixture) {
    let (ada, suspended) = (fixture.people[0], fixture.suspended);
    let asked = [ada, suspended, nobody()];
    let names = fixture.read(move |tx| tx.people().names(&asked)).await;
    let expected = BTreeMap::from([(ada, "ada".to_owned()), (suspended, "mallory".to_owned())]);
    assert_eq!(names, expected);
    assert!(fixture.read(|tx| tx.people().names(&[])).await.is_empty());
}

pub(super) async fn p2_active_people_are_found_by_name(fixture: Fixture) {
    let find = async |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        fixture.read(move |tx| tx.people().find(&names)).await
    };
    let found = find(&["ADA", "Grace", "grace", "mallory", "nobody", "a", "%"]).await;
    assert_eq!(found.into_iter().collect::<Vec<_>>(), fixture.people[..2]);
    assert!(find(&[]).await.is_empty());
}

pub(super) async fn p3_only_active_people_are_active(fixture: Fixture) {
    for (user, active) in [(fixture.people[0], true), (fixture.suspended, false), (nobody(), false)]
    {
        assert_eq!(fixture.read(move |tx| tx.people().is_active(user)).await, active);
    }
}

pub(super) async fn a1_files_are_those_of_their_owner(fixture: Fixture) {
    let (ada, grace) = (fixture.people[0], fixture.people[1]);
    let upload = &fixture.upload;
    let (one, two, theirs) = (upload(ada).await, upload(ada).await, upload(grace).await);
    let none = FileId::parse(i64::MAX).unwrap();
    for (files, owns) in [
        (vec![one], true),
        (vec![two, one], true),
        (vec![one, theirs], false),
        (vec![none], false),
        (vec![], true),
    ] {
        let asked = files.clone();
        let found = fixture.read(move |tx| tx.owned_files().owns(ada, &asked)).await;
        assert_eq!(found, owns, "{files:?}");
    }
}

pub(super) async fn o1_a_person_is_online_until_a_time(fixture: Fixture) {
    let (ada, grace, edith) = (fixture.people[0], fixture.people[1], fixture.people[2]);
    fixture.write(move |tx| tx.online().see(&[grace, ada, ada], moment(10))).await;
    fixture.write(move |tx| tx.online().see(&[], moment(99))).await;
    let online = |at: i64| {
        fixture.read(move |tx| {
            let mut users = tx.online().online(&[edith, grace, ada], moment(at))?;
            users.sort_unstable();
            Ok((users, tx.online().online_count(moment(at))?))
        })
    };
    assert_eq!(online(9).await, (vec![ada, grace], 2));
    assert_eq!(online(10).await, (vec![], 0));
    fixture.write(move |tx| tx.online().see(&[ada], moment(20))).await;
    fixture.write(move |tx| tx.online().see(&[grace], moment(5))).await;
    assert_eq!(online(9).await, (vec![ada], 1), "later or earlier than before");
    assert!(fixture.read(|tx| tx.online().online(&[], moment(1))).await.is_empty());
}

pub(super) async fn o2_those_who_are_gone_are_forgotten(fixture: Fixture) {
    let (ada, grace) = (fixture.people[0], fixture.people[1]);
    fixture.write(move |tx| tx.online().see(&[ada], moment(10))).await;
    fixture.write(move |tx| tx.online().see(&[grace], moment(11))).await;
    assert_eq!(fixture.write(|tx| tx.online().forget_online(moment(10))).await, 1);
    assert_eq!(fixture.read(|tx| tx.online().online_count(moment(0))).await, 1);
}
