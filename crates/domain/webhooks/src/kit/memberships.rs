//! What is asked about chat rooms.

use kernel::Audience;

use super::*;

/// How a person stands in a chat room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InRoom {
    /// The person.
    pub user: UserId,
    /// In the words of the chat: `joined`, `left` or `banned`.
    pub state: &'static str,
    /// Whether those who join see nothing of what was before.
    pub is_private: bool,
    /// Whether they came behind the messages.
    pub is_late: bool,
}

/// Makes a room of the first person with two messages of theirs, and with this other person in it. Returns the token
/// of its events.
pub type OpenRoom = Arc<dyn Fn(UserId, InRoom) -> BoxFuture<'static, Audience> + Send + Sync>;

pub(super) async fn p2_people_belong_where_they_are_members_now(fixture: Fixture) {
    let [owner, user] = [fixture.people[0], fixture.people[1]];
    let joined = InRoom { user, state: "joined", is_private: false, is_late: true };
    let private = InRoom { is_private: true, ..joined };
    let mut rooms = Vec::new();
    for stands in [
        joined,
        private,
        InRoom { is_late: false, ..private },
        InRoom { state: "left", ..joined },
        InRoom { state: "banned", ..private },
    ] {
        rooms.push((fixture.room)(owner, stands).await);
    }
    let asked = [user, fixture.suspended, kernel::kit::nobody()];
    let mut found = fixture.read(move |tx| tx.memberships().belongings(&asked)).await;
    let belongs = found.remove(&user).unwrap();
    assert!(found.values().all(Vec::is_empty), "{found:?}");
    let after = |room: &Audience| {
        let mut of_room = belongs.iter().filter(|one| one.token == *room);
        let one = of_room.next().map(|one| one.after);
        assert!(of_room.next().is_none(), "{belongs:?}");
        one
    };
    assert_eq!((after(&rooms[0]), after(&rooms[3]), after(&rooms[4])), (Some(None), None, None));
    let [late, early] = [1, 2].map(|index| after(&rooms[index]).flatten().unwrap());
    assert_eq!(late - early, 2, "two messages lie between");
    assert!(fixture.read(|tx| tx.memberships().belongings(&[])).await.is_empty());
    let persons = fixture.read(move |tx| tx.persons(&[user, owner])).await;
    assert_eq!((persons[&user].belongs.len(), persons[&user].actor.user), (3, user));
}
