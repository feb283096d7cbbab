//! What comes onto the audit trail, and how long it stays.

use std::time::Duration;

use kernel::{Permission, Role};
use pollster::block_on;
use users::{
    Trail, UserError,
    audit::{AuditFilter, Outcome},
    chain::{Flaw, Link, PRUNED},
    commands::{Govern, UpdateProfile},
    trail::PAGE,
    values::{Email, Status, Username},
};

use crate::world::{World, origin};

const DAY: Duration = Duration::from_hours(24);
const MONTH: Duration = Duration::from_hours(30 * 24);

fn trail(world: &World) -> Trail {
    Trail::new(world.work.clone())
}

#[test]
fn old_entries_go_once_a_day_and_that_is_on_record() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        world.clock.advance(DAY * 20);
        world.person("bob").await;
        let entries = world.trail().await;
        let noted = Link::of(&entries[1]);

        // 30 days and a few hours after the first: not yet
        world.clock.advance(DAY * 10 + Duration::from_hours(5));
        assert_eq!(world.users.prune_audit(MONTH).await.unwrap(), 0);
        world.clock.advance(DAY);
        assert_eq!(world.users.prune_audit(MONTH).await.unwrap(), 1);
        assert_eq!(world.users.prune_audit(MONTH).await.unwrap(), 0);
        let left = world.trail().await;
        assert_eq!(left.len(), 2);
        assert_eq!(left[0], entries[1]);
        assert_eq!((left[1].action.as_str(), left[1].outcome), (PRUNED, Outcome::Success));
        let whole = trail(&world).verify(Some(noted)).await.unwrap().unwrap();
        assert_eq!((whole.entries, whole.before), (2, Link::of(&entries[0])));

        // the tale of the first cut goes with a later one, whose own tale stays
        world.clock.advance(DAY * 40);
        assert_eq!(world.users.prune_audit(MONTH).await.unwrap(), 2);
        let whole = trail(&world).verify(None).await.unwrap().unwrap();
        assert_eq!((whole.entries, whole.before.id), (1, 3));
        world.person("eve").await;
        assert_eq!(trail(&world).verify(None).await.unwrap().unwrap().entries, 2);
    });
}

#[test]
fn a_cut_that_nobody_tells_of_is_found() {
    block_on(async {
        let world = World::new();
        for name in ["ada", "bob", "eve"] {
            world.person(name).await;
        }
        let newest = Link::of(&world.last_entry().await);
        let before = world.trail().await[2].at.plus(Duration::from_secs(1));
        let cut: Result<_, kernel::StoreError> =
            world.work.write(move |tx| tx.audit().prune(before, 2)).await;
        assert_eq!(cut.unwrap().map(|cut| cut.count), Some(2));
        assert_eq!(trail(&world).verify(None).await.unwrap(), Err(Flaw::CutUntold(2)));
        let other = Link { hash: [7; 32], ..newest };
        let found = trail(&world).verify(Some(other)).await.unwrap();
        assert_eq!(found, Err(Flaw::NotAsNoted(3)));
    });
}

#[test]
fn a_span_is_one_piece_of_the_chain() {
    block_on(async {
        let world = World::new();
        let begin = world.person("ada").await.created_at;
        for name in ["bob", "eve", "joe"] {
            world.clock.advance(DAY);
            world.person(name).await;
        }
        let day = |days: u32| Some(begin.plus(DAY * days));
        let span = async |from, until| {
            let found = trail(&world).span(from, until).await.unwrap();
            found.map(|(first, last)| (first.get(), last.get()))
        };
        assert_eq!(span(None, None).await, Some((1, 4)));
        assert_eq!(span(day(1), day(3)).await, Some((2, 3)));
        assert_eq!(span(day(4), None).await, None);
        assert_eq!(span(None, day(0)).await, None);
        assert_eq!(span(day(2), day(1)).await, None);
    });
}

#[test]
fn an_export_is_for_who_may_read_the_trail_and_is_on_record() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let ada = world.actor("ada").await;
        let admin = world.with_role("admin", Role::Admin).await;
        for (actor, outcome) in [(&ada, Outcome::Denied), (&admin, Outcome::Success)] {
            let begun = world.users.begin_audit_export(actor, origin()).await;
            assert_eq!(begun.is_ok(), outcome == Outcome::Success);
            let entry = world.last_entry().await;
            assert_eq!((entry.action.as_str(), entry.outcome), ("audit.exported", outcome));
            assert_eq!(entry.actor, Some(actor.user));
        }
        let page = |actor| world.users.audit_export(actor, AuditFilter::default(), None);
        assert!(page(&ada).await.is_err());
        let exported = page(&admin).await.unwrap();
        assert!(exported.len() < PAGE as usize);
        assert_eq!(exported, world.trail().await);
    });
}

#[test]
fn what_a_missing_permission_refuses_is_on_record() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let ada = world.actor("ada").await;
        let manage = Permission::UsersManage;
        let refused = world.users.permit(&ada, manage, "users.listed", &origin()).await;
        assert!(matches!(refused, Err(UserError::MissingPermission("users:manage"))));
        let entry = world.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.outcome), ("users.listed", Outcome::Denied));
        assert_eq!((entry.actor, entry.ip), (Some(ada.user), origin().ip));

        let email = Some(Email::parse("other@example.com").unwrap());
        let update = UpdateProfile { email, ..UpdateProfile::default() };
        world.users.update_me(&ada, None, update).await.unwrap_err();
        let entry = world.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.outcome), ("users.updated", Outcome::Denied));
    });
}

#[test]
fn a_new_username_and_a_refresh_of_who_is_suspended_are_on_record() {
    block_on(async {
        let world = World::new();
        let id = world.person("ada").await.id;
        let pair = world.sign_in("ada").await;
        let ada = world.actor("ada").await;
        let username = Some(Username::parse("countess").unwrap());
        let update = UpdateProfile { username, ..UpdateProfile::default() };
        world.users.update_me(&ada, None, update).await.unwrap();
        let entry = world.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.outcome), ("users.updated", Outcome::Success));
        assert_eq!(entry.detail.as_deref(), Some("username"));

        let admin = world.with_role("admin", Role::Admin).await;
        let suspend = Govern { role: None, status: Some(Status::Suspended) };
        world.users.govern(&admin, id, None, suspend, origin()).await.unwrap();
        let refresh = world.users.refresh(&pair.refresh_token, origin()).await;
        assert!(matches!(refresh, Err(UserError::Suspended)), "{refresh:?}");
        let entry = world.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.outcome), ("auth.refresh", Outcome::Denied));
        assert_eq!(entry.target, Some(id));
    });
}
