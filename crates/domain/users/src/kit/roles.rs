//! Roles that somebody made.

use kernel::{BoxFuture, Permission, Permissions, SessionId, StoreError, Timestamp, UserId};

use super::{Fixture, HOUR, ODD_TEXTS, long, moment, nobody, together};
use crate::{
    role::{CustomRole, NewRole},
    session::Session,
    values::{RoleDescription, RoleName},
};

fn name(text: &str) -> RoleName {
    RoleName::parse(text).unwrap()
}

fn set(permissions: &[Permission]) -> Permissions {
    permissions.iter().copied().collect()
}

impl Fixture {
    /// A role that allows this.
    pub(super) async fn role(&self, text: &str, permissions: &[Permission]) -> CustomRole {
        let new = NewRole {
            name: name(text),
            description: RoleDescription::parse("").unwrap(),
            permissions: set(permissions),
            created_at: moment(0),
        };
        self.write(move |tx| tx.roles().insert(&new)).await
    }

    /// Gives an account exactly these roles.
    pub(super) async fn give(&self, user: UserId, names: &[&str]) {
        let names: Vec<RoleName> = names.iter().map(|text| name(text)).collect();
        self.write(move |tx| tx.roles().assign(user, &names)).await;
    }

    async fn held(&self, user: UserId) -> Vec<String> {
        let roles = self.read(move |tx| tx.roles().of_user(user)).await;
        roles.into_iter().map(|role| role.name.as_str().to_owned()).collect()
    }

    async fn allowed(&self, user: UserId) -> Permissions {
        self.read(move |tx| tx.roles().permissions_of(user)).await
    }
}

async fn get(fixture: &Fixture, text: &str) -> Option<CustomRole> {
    let name = name(text);
    fixture.read(move |tx| tx.roles().get(&name)).await
}

async fn save(fixture: &Fixture, role: &CustomRole) -> CustomRole {
    let role = role.clone();
    fixture
        .write(move |tx| {
            let mut role = role.clone();
            tx.roles().save(&mut role)?;
            Ok(role)
        })
        .await
}

pub(super) async fn k1_a_role_comes_back_as_it_went_in(fixture: Fixture) {
    let texts = ODD_TEXTS.into_iter().map(str::to_owned).chain([long(500)]);
    for (number, text) in texts.enumerate() {
        let new = NewRole {
            name: name(&format!("role-{number}")),
            description: RoleDescription::parse(&text).unwrap(),
            permissions: [Permissions::NONE, set(&Permission::BUILT_IN)][number % 2],
            created_at: [Timestamp::MIN, moment(3), Timestamp::MAX][number % 3],
        };
        let given = new.clone();
        let role = fixture.write(move |tx| tx.roles().insert(&given)).await;
        let expected = CustomRole {
            name: new.name.clone(),
            description: new.description,
            permissions: new.permissions,
            created_at: new.created_at,
            updated_at: new.created_at,
            version: 1,
        };
        assert_eq!(role, expected);
        assert_eq!(get(&fixture, new.name.as_str()).await.as_ref(), Some(&expected));
        let changed = CustomRole {
            description: RoleDescription::parse("other").unwrap(),
            permissions: set(&[Permission::TagsManage]),
            updated_at: moment(9),
            ..expected
        };
        let saved = save(&fixture, &changed).await;
        assert_eq!(saved, CustomRole { version: 2, ..changed });
        let locked = fixture.write(move |tx| tx.roles().lock(&new.name)).await;
        assert_eq!(locked, Some(saved));
    }
    assert_eq!(get(&fixture, "nobodys").await, None);
}

pub(super) async fn k2_names_are_unique(fixture: Fixture) {
    fixture.role("helpers", &[]).await;
    let fixture = &fixture;
    let racers = (0..8).map(|number| -> BoxFuture<'_, Result<CustomRole, StoreError>> {
        let new = NewRole {
            name: name(if number == 0 { "helpers" } else { "wanted" }),
            description: RoleDescription::parse(&number.to_string()).unwrap(),
            permissions: Permissions::NONE,
            created_at: moment(0),
        };
        Box::pin(fixture.work.write(move |tx| tx.roles().insert(&new)))
    });
    let results = together(racers.collect()).await;
    assert!(results[0].is_err());
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for error in results.into_iter().filter_map(Result::err) {
        assert!(matches!(error, StoreError::Duplicate("roles.name")), "{error}");
    }
}

pub(super) async fn k3_a_stale_save_changes_nothing(fixture: Fixture) {
    let first = fixture.role("helpers", &[]).await;
    let second = save(&fixture, &CustomRole { updated_at: moment(1), ..first.clone() }).await;
    assert_eq!(second.version, 2);
    let gone = CustomRole { name: name("gone"), ..first.clone() };
    for stale in [first, CustomRole { version: 3, ..second.clone() }, gone] {
        let error = fixture
            .refused(move |tx| {
                let mut stale = stale.clone();
                let version = stale.version;
                let result = tx.roles().save(&mut stale);
                assert_eq!(stale.version, version);
                result
            })
            .await;
        assert!(matches!(error, StoreError::Stale), "{error}");
    }
    assert_eq!(get(&fixture, "helpers").await, Some(second));
}

pub(super) async fn k4_roles_are_listed_by_name(fixture: Fixture) {
    assert_eq!(fixture.read(|tx| tx.roles().list()).await, []);
    for text in ["b-2", "zz", "aa", "b_1", "b10", "b1"] {
        fixture.role(text, &[Permission::TagsManage]).await;
    }
    let listed = fixture.read(|tx| tx.roles().list()).await;
    let names: Vec<&str> = listed.iter().map(|role| role.name.as_str()).collect();
    assert_eq!(names, ["aa", "b-2", "b1", "b10", "b_1", "zz"]);
    assert_eq!(listed.first(), get(&fixture, "aa").await.as_ref());
}

pub(super) async fn k5_an_account_has_what_was_last_assigned(fixture: Fixture) {
    let ada = fixture.account("ada").await.id;
    let grace = fixture.account("grace").await.id;
    for text in ["aa", "bb", "cc"] {
        fixture.role(text, &[]).await;
    }
    assert!(fixture.held(ada).await.is_empty());
    fixture.give(ada, &["cc", "aa"]).await;
    fixture.give(grace, &["bb"]).await;
    assert_eq!(fixture.held(ada).await, ["aa", "cc"]);
    fixture.give(ada, &["bb", "cc"]).await;
    assert_eq!(fixture.held(ada).await, ["bb", "cc"]);
    assert_eq!(fixture.held(grace).await, ["bb"]);
    let names = [name("aa"), name("gone")];
    let error = fixture.refused(move |tx| tx.roles().assign(ada, &names)).await;
    assert!(matches!(error, StoreError::Missing("roles.name")), "{error}");
    assert_eq!(fixture.held(ada).await, ["bb", "cc"], "nothing was changed");
    fixture.give(ada, &[]).await;
    assert!(fixture.held(ada).await.is_empty());
    assert!(fixture.held(nobody()).await.is_empty());
}

pub(super) async fn k6_roles_allow_together_what_each_does_now(fixture: Fixture) {
    use Permission::{AuditRead, TagsManage, TasksManage};
    let ada = fixture.account("ada").await.id;
    let session = fixture.session(ada, 0).await.id;
    let live = || fixture.read(move |tx| tx.sessions().live(session));
    assert_eq!(fixture.allowed(ada).await, Permissions::NONE);
    fixture.role("tags", &[TagsManage]).await;
    let both = fixture.role("both", &[TagsManage, AuditRead]).await;
    fixture.give(ada, &["tags", "both"]).await;
    assert_eq!(fixture.allowed(ada).await, set(&[TagsManage, AuditRead]));
    assert_eq!(live().await.unwrap().extra, set(&[TagsManage, AuditRead]));
    save(&fixture, &CustomRole { permissions: set(&[TasksManage]), ..both }).await;
    assert_eq!(fixture.allowed(ada).await, set(&[TagsManage, TasksManage]));
    assert_eq!(live().await.unwrap().extra, set(&[TagsManage, TasksManage]));
    let lives = fixture.read(move |tx| tx.sessions().lives(&[session])).await;
    assert_eq!(lives.first().map(|live| live.extra), Some(set(&[TagsManage, TasksManage])));
    assert_eq!(fixture.allowed(nobody()).await, Permissions::NONE);
}

pub(super) async fn k7_a_removed_role_is_taken_from_everybody(fixture: Fixture) {
    let ada = fixture.account("ada").await.id;
    fixture.role("aa", &[Permission::AuditRead]).await;
    fixture.role("bb", &[]).await;
    fixture.give(ada, &["aa", "bb"]).await;
    let remove = || fixture.write(|tx| tx.roles().remove(&name("aa")));
    assert!(remove().await);
    assert!(!remove().await);
    assert_eq!(get(&fixture, "aa").await, None);
    assert_eq!(fixture.held(ada).await, ["bb"]);
    assert_eq!(fixture.allowed(ada).await, Permissions::NONE);
    // the name is free, and who had the old one does not have the new one
    fixture.role("aa", &[Permission::AuditRead]).await;
    assert_eq!(fixture.held(ada).await, ["bb"]);
}

pub(super) async fn k8_the_open_sessions_of_holders_are_named(fixture: Fixture) {
    let mut expected: Vec<SessionId> = Vec::new();
    fixture.role("aa", &[]).await;
    fixture.role("bb", &[]).await;
    for (text, roles) in [("ada", &["aa"][..]), ("grace", &["aa", "bb"]), ("eve", &["bb"])] {
        let user = fixture.account(text).await.id;
        fixture.give(user, roles).await;
        let open = fixture.session(user, 5).await.id;
        let ended = fixture.session(user, 6).await;
        let ended = Session { revoked_at: Some(moment(7)), ..ended };
        fixture.write(move |tx| tx.sessions().save(&ended)).await;
        if roles.contains(&"aa") {
            expected.push(open);
        }
    }
    let named = |limit: u32, at: Timestamp| {
        fixture.read(move |tx| tx.roles().sessions_of_holders(&name("aa"), at, limit))
    };
    let mut found = named(10, moment(8)).await;
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(named(1, moment(8)).await.len(), 1);
    assert_eq!(named(10, moment(5).plus(HOUR)).await, [], "they expired");
}

pub(super) async fn k9_who_locks_a_role_second_sees_what_the_first_wrote(fixture: Fixture) {
    fixture.role("counted", &[]).await;
    let fixture = &fixture;
    let racers = (0..12).map(|_| -> BoxFuture<'_, ()> {
        Box::pin(fixture.write(|tx| {
            let mut role = tx.roles().lock(&name("counted"))?.unwrap();
            let count: u32 = role.description.as_str().parse().unwrap_or(0);
            role.description = RoleDescription::parse(&(count + 1).to_string()).unwrap();
            tx.roles().save(&mut role)
        }))
    });
    together(racers.collect()).await;
    let role = get(fixture, "counted").await.unwrap();
    assert_eq!((role.description.as_str(), role.version), ("12", 13));
}
