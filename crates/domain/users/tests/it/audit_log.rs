//! What comes onto the audit trail, and how long it stays.

use std::time::Duration;

use kernel::{Permission, Role};
use pollster::block_on;
use users::{
    AuditLog, UserError,
    audit::{AuditFilter, AuditOutcome},
    audit_log::PAGE,
    chain::{ChainEntry, Flaw, PRUNED},
    commands::{Administer, UpdateProfile},
    values::{EmailAddress, Status, Username},
};

use crate::fixture::{Fixture, origin};

const DAY: Duration = Duration::from_hours(24);
const MONTH: Duration = Duration::from_hours(30 * 24);

fn audit_log(fixture: &Fixture) -> AuditLog {
    AuditLog::new(fixture.work.clone())
}

#[test]
fn old_entries_go_once_a_day_and_that_is_on_record() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        fixture.clock.advance(DAY * 20);
        fixture.person("bob").await;
        let entries = fixture.audit_log().await;
        let noted = ChainEntry::of(&entries[1]);

        // 30 days and a few hours after the first: not yet
        fixture.clock.advance(DAY * 10 + Duration::from_hours(5));
        assert_eq!(fixture.users.prune_audit(MONTH).await.unwrap(), 0);
        fixture.clock.advance(DAY);
        assert_eq!(fixture.users.prune_audit(MONTH).await.unwrap(), 1);
        assert_eq!(fixture.users.prune_audit(MONTH).await.unwrap(), 0);
        let left = fixture.audit_log().await;
        assert_eq!(left.len(), 2);
        assert_eq!(left[0], entries[1]);
        assert_eq!((left[1].action.as_str(), left[1].outcome), (PRUNED, AuditOutcome::Success));
        let whole = audit_log(&fixture).verify(Some(noted)).await.unwrap().unwrap();
        assert_eq!((whole.entries, whole.before), (2, ChainEntry::of(&entries[0])));

        // the tale of the first cut goes with a later one, whose own tale stays
        fixture.clock.advance(DAY * 40);
        assert_eq!(fixture.users.prune_audit(MONTH).await.unwrap(), 2);
        let whole = audit_log(&fixture).verify(None).await.unwrap().unwrap();
        assert_eq!((whole.entries, whole.before.id), (1, 3));
        fixture.person("eve").await;
        assert_eq!(audit_log(&fixture).verify(None).await.unwrap().unwrap().entries, 2);
    });
}

#[test]
fn an_unrecorded_cut_is_found() {
    block_on(async {
        let fixture = Fixture::new();
        for name in ["ada", "bob", "eve"] {
            fixture.person(name).await;
        }
        let newest = ChainEntry::of(&fixture.last_entry().await);
        let before = fixture.audit_log().await[2].at.plus(Duration::from_secs(1));
        let cut: Result<_, kernel::StoreError> =
            fixture.work.write(move |tx| tx.audit().prune(before, 2)).await;
        assert_eq!(cut.unwrap().map(|cut| cut.count), Some(2));
        assert_eq!(audit_log(&fixture).verify(None).await.unwrap(), Err(Flaw::CutUntold(2)));
        let other = ChainEntry { hash: [7; 32], ..newest };
        let found = audit_log(&fixture).verify(Some(other)).await.unwrap();
        assert_eq!(found, Err(Flaw::NotAsNoted(3)));
    });
}

#[test]
fn an_export_by_time_is_one_piece_of_the_chain() {
    block_on(async {
        let fixture = Fixture::new();
        let begin = fixture.person("ada").await.created_at;
        for name in ["bob", "eve", "joe"] {
            fixture.clock.advance(DAY);
            fixture.person(name).await;
        }
        let day = |days: u32| Some(begin.plus(DAY * days));
        let span = async |from, until| {
            let found = audit_log(&fixture).span(from, until).await.unwrap();
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
fn an_export_needs_the_permission_to_read_the_audit_log_and_is_recorded() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        let admin = fixture.with_role("admin", Role::Admin).await;
        for (actor, outcome) in [(&ada, AuditOutcome::Denied), (&admin, AuditOutcome::Success)] {
            let begun = fixture.users.begin_audit_export(actor, origin()).await;
            assert_eq!(begun.is_ok(), outcome == AuditOutcome::Success);
            let entry = fixture.last_entry().await;
            assert_eq!((entry.action.as_str(), entry.outcome), ("audit.exported", outcome));
            assert_eq!(entry.actor, Some(actor.user));
        }
        let page = |actor| fixture.users.audit_export(actor, AuditFilter::default(), None);
        assert!(page(&ada).await.is_err());
        let exported = page(&admin).await.unwrap();
        assert!(exported.len() < PAGE as usize);
        assert_eq!(exported, fixture.audit_log().await);
    });
}

#[test]
fn what_a_missing_permission_refuses_is_on_record() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        let manage = Permission::UsersManage;
        let refused = fixture.users.permit(&ada, manage, "users.listed", &origin()).await;
        assert!(matches!(refused, Err(UserError::MissingPermission("users:manage"))));
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.outcome), ("users.listed", AuditOutcome::Denied));
        assert_eq!((entry.actor, entry.ip), (Some(ada.user), origin().ip));

        let email = Some(EmailAddress::parse("other@example.com").unwrap());
        let update = UpdateProfile { email, ..UpdateProfile::default() };
        fixture.users.update_me(&ada, None, update).await.unwrap_err();
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.outcome), ("users.updated", AuditOutcome::Denied));
    });
}

#[test]
fn a_new_username_and_a_refresh_of_who_is_suspended_are_on_record() {
    block_on(async {
        let fixture = Fixture::new();
        let id = fixture.person("ada").await.id;
        let pair = fixture.sign_in("ada").await;
        let ada = fixture.actor("ada").await;
        let username = Some(Username::parse("countess").unwrap());
        let update = UpdateProfile { username, ..UpdateProfile::default() };
        fixture.users.update_me(&ada, None, update).await.unwrap();
        let entry = fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome),
            ("users.updated", AuditOutcome::Success)
        );
        assert_eq!(entry.detail.as_deref(), Some("username"));

        let admin = fixture.with_role("admin", Role::Admin).await;
        let suspend = Administer { role: None, status: Some(Status::Suspended) };
        fixture.users.administer(&admin, id, None, suspend, origin()).await.unwrap();
        let refresh = fixture.users.refresh(&pair.refresh_token, origin()).await;
        assert!(matches!(refresh, Err(UserError::Suspended)), "{refresh:?}");
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.outcome), ("auth.refresh", AuditOutcome::Denied));
        assert_eq!(entry.target, Some(id));
    });
}
