//! Who may do what. Pure: rooms, members and the time are arguments.

use std::time::Duration;

use kernel::{Actor, Own, Permission, Timestamp, act};

use crate::{
    error::ChatError,
    member::Member,
    room::Room,
    values::{MemberRole, MemberState, RoomKind},
};

/// What a caller sees of a room: entries and messages behind these places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// Messages with a greater number.
    pub above_number: i64,
    /// Entries with a greater place.
    pub above_seq: i64,
}

/// By which right a caller acts on a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// By their role in it.
    Role(MemberRole),
    /// By the permission to moderate, which the audit trail notes.
    Permission,
}

impl Standing {
    /// How the audit trail sees it.
    pub const fn own(self) -> act::Own {
        match self {
            Self::Role(_) => Own::Yes,
            Self::Permission => Own::No,
        }
    }
}

/// The permission to moderate reaches every room but those of two people.
fn moderates(actor: &Actor, room: &Room) -> bool {
    !room.is_direct() && actor.may(Permission::ChatModerate)
}

/// Who sees a room: its members; everyone, if it is public; those who moderate, unless it is a direct one. Who is banned
/// may know that it exists and no more. A private room shows what was said since one joined.
pub fn sight(actor: &Actor, room: &Room, member: Option<&Member>) -> Result<Sight, ChatError> {
    let everything = Sight { above_number: 0, above_seq: 0 };
    match member {
        Some(member) if member.is_joined() && room.hides_the_past() => {
            Ok(Sight { above_number: member.joined_number, above_seq: member.joined_seq })
        }
        Some(member) if member.is_joined() => Ok(everything),
        _ if moderates(actor, room) => Ok(everything),
        Some(member) if member.state == MemberState::Banned => Err(ChatError::Banned),
        _ if room.kind == RoomKind::Public => Ok(everything),
        _ => Err(ChatError::RoomNotFound),
    }
}

/// A member who is in the room now.
pub fn joined<'a>(
    actor: &Actor,
    room: &Room,
    member: Option<&'a Member>,
) -> Result<&'a Member, ChatError> {
    sight(actor, room, member)?;
    member.filter(|member| member.is_joined()).ok_or(ChatError::NotMember)
}

/// Members write, unless they are muted. Those without a role wait as long as the room's slow mode says.
pub fn may_send(
    actor: &Actor,
    room: &Room,
    member: Option<&Member>,
    now: Timestamp,
) -> Result<(), ChatError> {
    let member = joined(actor, room, member)?;
    if let Some(until) = member.mute(now) {
        return Err(ChatError::Muted(until));
    }
    let pause = Duration::from_secs(u64::try_from(room.slow_mode.get()).unwrap_or(0));
    if member.role == MemberRole::Member
        && !pause.is_zero()
        && let Some(last) = member.last_sent_at
    {
        let next = last.plus(pause);
        if next > now {
            return Err(ChatError::TooFast(next.since(now)));
        }
    }
    Ok(())
}

/// Whether `@all` of this member names everyone: in rooms it takes a role, or few members.
pub fn names_all(room: &Room, member: &Member) -> bool {
    const FEW: i64 = 50;
    member.role > MemberRole::Member || room.members <= FEW
}

/// By which right a caller with at least this role, or with the permission to moderate, acts.
fn standing(
    actor: &Actor,
    room: &Room,
    member: Option<&Member>,
    least: MemberRole,
    refusal: &'static str,
) -> Result<Standing, ChatError> {
    sight(actor, room, member)?;
    let role = member.filter(|member| member.is_joined()).map(|member| member.role);
    match role {
        Some(role) if role >= least => Ok(Standing::Role(role)),
        _ if moderates(actor, room) => Ok(Standing::Permission),
        _ => Err(ChatError::Forbidden(refusal)),
    }
}

/// Owners change and delete a room.
pub fn may_manage(
    actor: &Actor,
    room: &Room,
    member: Option<&Member>,
) -> Result<Standing, ChatError> {
    if room.is_direct() {
        sight(actor, room, member)?;
        return Err(ChatError::Direct);
    }
    standing(actor, room, member, MemberRole::Owner, "Only owners of the room may do that.")
}

/// Moderators of a room and its owners delete messages, mute, ban and invite.
pub fn may_moderate(
    actor: &Actor,
    room: &Room,
    member: Option<&Member>,
) -> Result<Standing, ChatError> {
    if room.is_direct() {
        sight(actor, room, member)?;
        return Err(ChatError::Direct);
    }
    let refusal = "Only moderators and owners of the room may do that.";
    standing(actor, room, member, MemberRole::Moderator, refusal)
}

/// Of two with a role, the higher one decides over the lower one. The permission to moderate reaches everyone.
pub fn may_act_on(standing: Standing, target: &Member) -> Result<(), ChatError> {
    match standing {
        Standing::Role(role) if role <= target.role && role < MemberRole::Owner => {
            Err(ChatError::Forbidden("This member has the same role as you, or a higher one."))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Role, UserId, kit::moment};

    use super::*;
    use crate::{
        room::{NewRoom, Step},
        values::{Pair, RoomId, SlowMode},
    };

    fn user(id: i64) -> UserId {
        UserId::parse(id).unwrap()
    }

    fn ada() -> Actor {
        Actor::new(user(1), Role::User)
    }

    fn moderator() -> Actor {
        Actor::new(user(9), Role::Moderator)
    }

    fn room(kind: RoomKind) -> Room {
        let pair = Pair::new(user(1), user(2)).unwrap();
        let mut room = NewRoom { kind, ..NewRoom::direct(pair, user(1), moment(0)) }
            .stored(RoomId::parse(1).unwrap());
        for _ in 0..4 {
            room.step(Step::Message(moment(0)));
        }
        room.step(Step::Join);
        room
    }

    fn member(kind: RoomKind, role: MemberRole) -> Member {
        Member::joining(&room(kind), user(1), role, moment(0))
    }

    #[test]
    fn who_sees_a_room() {
        use RoomKind::{Direct, Private, Public};
        let everything = Sight { above_number: 0, above_seq: 0 };
        let code = |error: ChatError| kernel::DomainError::code(&error);
        let sees = |actor: &Actor, kind, member: Option<&Member>| {
            sight(actor, &room(kind), member).map_err(code)
        };
        for (kind, stranger, moderating) in [
            (Public, Ok(everything), Ok(everything)),
            (Private, Err("chat.room_not_found"), Ok(everything)),
            (Direct, Err("chat.room_not_found"), Err("chat.room_not_found")),
        ] {
            assert_eq!(sees(&ada(), kind, None), stranger, "{kind:?}");
            assert_eq!(sees(&moderator(), kind, None), moderating, "{kind:?}");
            let mut left = member(kind, MemberRole::Member);
            left.leave(MemberState::Left, moment(1));
            assert_eq!(sees(&ada(), kind, Some(&left)), stranger, "{kind:?}");
            left.leave(MemberState::Banned, moment(2));
            assert_eq!(sees(&ada(), kind, Some(&left)), Err("chat.banned"), "{kind:?}");
        }
        let inside = member(Private, MemberRole::Member);
        let since = Sight { above_number: 4, above_seq: 4 };
        assert_eq!(sees(&ada(), Private, Some(&inside)), Ok(since));
        assert_eq!(sees(&ada(), Public, Some(&inside)), Ok(everything));
    }

    #[test]
    fn who_is_muted_or_too_fast_waits() {
        let mut room = room(RoomKind::Public);
        room.slow_mode = SlowMode::parse(10).unwrap();
        let mut one = member(RoomKind::Public, MemberRole::Member);
        let send = |one: &Member, at| may_send(&ada(), &room, Some(one), moment(at));
        assert!(send(&one, 0).is_ok());
        one.last_sent_at = Some(moment(0));
        let wait = |result| match result {
            Err(ChatError::TooFast(wait)) => wait,
            other => panic!("{other:?}"),
        };
        assert_eq!(wait(send(&one, 4_000_000)), Duration::from_secs(6));
        assert!(send(&one, 10_000_000).is_ok());
        let with_role = Member { role: MemberRole::Moderator, ..one.clone() };
        assert!(send(&with_role, 1).is_ok());
        one.muted_until = Some(moment(20_000_000));
        assert!(matches!(send(&one, 19_999_999), Err(ChatError::Muted(_))));
        assert!(send(&one, 20_000_000).is_ok());
        assert!(matches!(may_send(&ada(), &room, None, moment(0)), Err(ChatError::NotMember)));
    }

    #[test]
    fn roles_decide_over_lower_ones() {
        use MemberRole::{Member as Plain, Moderator, Owner};
        let may = |role, target| {
            may_act_on(Standing::Role(role), &member(RoomKind::Public, target)).is_ok()
        };
        assert!(may(Moderator, Plain) && !may(Moderator, Moderator) && !may(Moderator, Owner));
        assert!(may(Owner, Owner) && may(Owner, Plain));
        let owner = member(RoomKind::Public, Owner);
        assert!(may_act_on(Standing::Permission, &owner).is_ok());

        let room = room(RoomKind::Private);
        let of = |role| Some(member(RoomKind::Private, role));
        let manages = |one: Option<Member>| may_manage(&ada(), &room, one.as_ref());
        assert_eq!(manages(of(Owner)).unwrap().own(), Own::Yes);
        assert!(matches!(manages(of(Moderator)), Err(ChatError::Forbidden(_))));
        assert!(matches!(manages(None), Err(ChatError::RoomNotFound)));
        assert_eq!(may_moderate(&ada(), &room, of(Moderator).as_ref()).unwrap().own(), Own::Yes);
        assert_eq!(may_moderate(&moderator(), &room, None).unwrap().own(), Own::No);
        let direct = super::tests::room(RoomKind::Direct);
        let both = member(RoomKind::Direct, Plain);
        assert!(matches!(may_manage(&ada(), &direct, Some(&both)), Err(ChatError::Direct)));
        assert!(matches!(may_moderate(&moderator(), &direct, None), Err(ChatError::RoomNotFound)));
    }
}
