//! C4: who comes back gets exactly what they missed, or hears that this cannot be proven.

use std::time::Duration;

use chat::{
    RoomId,
    log::{Change, Missed, Place},
    values::Emoji,
};
use kernel::{Actor, Epoch, StoreError};
use pollster::block_on;

use crate::fixture::{Fixture, content};

fn head(fixture: &Fixture, actor: &Actor, room: RoomId) -> Place {
    fixture.missed(actor, room, None).unwrap().head
}

fn changes(missed: &Missed) -> Vec<(i64, Change)> {
    missed.entries.iter().map(|told| (told.entry.seq, told.entry.change)).collect()
}

#[test]
fn c4_everything_that_happened_is_told_in_order() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let (ada, bob) = (&fixture.ada, &fixture.bob);
    let seen = head(&fixture, bob, room);
    assert_eq!(seen.seq, 2);
    let first = fixture.send(ada, room, "one");
    let second = fixture.send(ada, room, "two");
    block_on(fixture.chat.edit(ada, first.id, None, content("1"))).unwrap();
    let thumb = Emoji::parse("👍").unwrap();
    block_on(fixture.chat.react(bob, first.id, thumb.clone(), true)).unwrap();
    block_on(fixture.chat.react(bob, first.id, thumb, false)).unwrap();
    block_on(fixture.chat.delete(ada, second.id, None)).unwrap();
    fixture.join(&fixture.eve, room).unwrap();
    fixture.set_role(ada, room, fixture.eve.user, chat::values::MemberRole::Moderator);
    block_on(fixture.chat.leave(&fixture.eve, room.into())).unwrap();
    fixture.set_retention(room, 7);
    let missed = fixture.missed(bob, room, Some(seen)).unwrap();
    assert!(missed.recovered && !missed.more);
    let expected = [
        (3, Change::Message),
        (4, Change::Message),
        (5, Change::Edited),
        (6, Change::ReactionAdded),
        (7, Change::ReactionRemoved),
        (8, Change::Deleted),
        (9, Change::Joined),
        (10, Change::MemberChanged),
        (11, Change::Left),
        (12, Change::RoomChanged),
    ];
    assert_eq!(changes(&missed), expected);
    assert_eq!((missed.head.seq, missed.number), (12, 2));
    // A message is told as it is now.
    let told = missed.entries[0].message.as_ref().unwrap();
    assert_eq!(told.content, Some(content("1")));
    assert_eq!(missed.entries[1].entry.message, Some((second.id, 2)));
    assert!(missed.entries[1].message.as_ref().unwrap().is_deleted());
    let reaction = &missed.entries[3].entry;
    assert_eq!((reaction.actor, reaction.detail.as_deref()), (Some(bob.user), Some("👍")));
    assert_eq!(missed.entries[6].entry.user, Some(fixture.eve.user));
}

#[test]
fn c4_a_long_log_is_read_in_parts() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let mut place = head(&fixture, &fixture.bob, room);
    for number in 0..25 {
        fixture.send(&fixture.ada, room, &number.to_string());
    }
    let (mut seqs, mut parts) = (Vec::new(), 0);
    loop {
        let missed = fixture.chat.missed(&fixture.bob, room.into(), Some(place), 10);
        let missed = block_on(missed).unwrap();
        assert!(missed.recovered);
        seqs.extend(changes(&missed).into_iter().map(|(seq, _)| seq));
        parts += 1;
        place.seq = *seqs.last().unwrap();
        if !missed.more {
            break;
        }
    }
    assert_eq!((seqs, parts), ((3..=27).collect::<Vec<i64>>(), 3));
    let missed = fixture.missed(&fixture.bob, room, Some(place)).unwrap();
    assert!(missed.recovered && missed.entries.is_empty() && !missed.more, "nothing was missed");
}

#[test]
fn c4_what_cannot_be_proven_is_not_recovered() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let bob = &fixture.bob;
    for text in ["one", "two", "three"] {
        fixture.send(&fixture.ada, room, text);
    }
    let head = head(&fixture, bob, room);
    let is_lost = |place| {
        let missed = fixture.missed(bob, room, place).unwrap();
        assert!(missed.recovered || missed.entries.is_empty() && !missed.more);
        assert_eq!((missed.head, missed.number), (head, 3));
        !missed.recovered
    };
    assert!(is_lost(None));
    assert!(!is_lost(Some(Place { seq: 3, ..head })));
    assert!(is_lost(Some(Place { seq: 6, ..head })), "from the future");
    assert!(is_lost(Some(Place { seq: -1, ..head })));
    let other = Epoch::from_number(head.epoch.number() + 1);
    assert!(is_lost(Some(Place { epoch: other, seq: 3 })), "of another life of the database");
    // The log was pruned behind the place.
    fixture.tick(40 * 86_400);
    let pruned = block_on(fixture.chat.prune()).unwrap();
    assert_eq!(pruned, 5);
    assert!(is_lost(Some(Place { seq: 3, ..head })));
    assert!(!is_lost(Some(head)), "nothing is missing behind the last one");
    fixture.send(&fixture.ada, room, "four");
    let missed = fixture.missed(bob, room, Some(head)).unwrap();
    assert_eq!((missed.recovered, changes(&missed)), (true, vec![(6, Change::Message)]));
    let missed = fixture.missed(bob, room, Some(Place { seq: 4, ..head })).unwrap();
    assert_eq!((missed.recovered, changes(&missed)), (false, vec![]));
}

#[test]
fn c4_after_a_restore_old_places_are_not_trusted() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let before = head(&fixture, &fixture.bob, room);
    let now = fixture.now().plus(Duration::from_secs(1));
    let renewed: Result<Epoch, StoreError> = block_on(fixture.work.write(move |tx| {
        let epoch = tx.outbox().feed()?.epoch;
        tx.outbox().renew_epoch(epoch, now)
    }));
    let missed = fixture.missed(&fixture.bob, room, Some(before)).unwrap();
    assert!(!missed.recovered);
    assert_eq!(missed.head, Place { epoch: renewed.unwrap(), ..before });
}

#[test]
fn c4_who_came_back_into_a_private_room_does_not_hear_what_was_said_meanwhile() {
    let fixture = Fixture::new();
    let room = fixture.private();
    let seen = head(&fixture, &fixture.bob, room);
    block_on(fixture.chat.leave(&fixture.bob, room.into())).unwrap();
    fixture.send(&fixture.ada, room, "meanwhile");
    block_on(fixture.chat.add_member(&fixture.ada, room.into(), None, fixture.bob.user)).unwrap();
    let missed = fixture.missed(&fixture.bob, room, Some(seen)).unwrap();
    assert!(!missed.recovered && missed.entries.is_empty());
    let joined = Place { seq: missed.head.seq - 1, ..seen };
    let missed = fixture.missed(&fixture.bob, room, Some(joined)).unwrap();
    assert_eq!((missed.recovered, changes(&missed)), (true, vec![(5, Change::Joined)]));
}
