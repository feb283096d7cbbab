//! Personal access tokens and the accounts of machines.

use kernel::{
    Actor, BoxFuture, Outcome, PageRequest, Permission, Permissions, Role, SessionId, UserId,
};
use pollster::block_on;
use users::{
    User, UserError,
    audit::AuditOutcome,
    commands::{Administer, CreateServiceAccount, MakeToken, UpdateProfile},
    personal_access_token::{MAX_PER_ACCOUNT, MadeToken},
    query::DEFAULT_ORDER,
    signin::Caller,
    values::{Password, Provider, Status, TokenName, Username},
};

use crate::fixture::{
    Fixture, MINUTE, PASSWORD, SESSION, by_email, by_name, origin, password, start, together,
};

pub(crate) fn set(permissions: &[Permission]) -> Permissions {
    permissions.iter().copied().collect()
}

fn make(scopes: &[Permission]) -> MakeToken {
    MakeToken {
        name: TokenName::parse("ci").unwrap(),
        scopes: set(scopes),
        expires_at: None,
        origin: origin(),
    }
}

pub(crate) async fn token(fixture: &Fixture, actor: &Actor, scopes: &[Permission]) -> MadeToken {
    fixture.users.make_token(actor, make(scopes)).await.unwrap()
}

async fn enters(fixture: &Fixture, made: &MadeToken) -> Caller {
    fixture.users.authenticate(&made.secret, None).await.unwrap()
}

async fn refused(fixture: &Fixture, made: &MadeToken) -> &'static str {
    match fixture.users.authenticate(&made.secret, None).await {
        Err(UserError::BadToken(why)) => why,
        Err(UserError::TokenExpired) => "The access token has expired.",
        other => panic!("{other:?}"),
    }
}

async fn administer(
    fixture: &Fixture,
    actor: &Actor,
    id: UserId,
    role: Option<Role>,
    status: Status,
) {
    let administer = Administer { role, status: Some(status) };
    fixture.users.administer(actor, id, None, administer, origin()).await.unwrap();
}

async fn service_account(fixture: &Fixture, actor: &Actor, name: &str, role: Role) -> User {
    let make =
        CreateServiceAccount { username: Username::parse(name).unwrap(), role, origin: origin() };
    match fixture.users.create_service_account(actor, None, make).await.unwrap() {
        Outcome::Executed(user) => user,
        Outcome::Replayed(_) => panic!("nobody made {name} before"),
    }
}

use Permission::{AuditRead, TagsManage, TasksRead, TasksWrite, UsersManage, UsersRead};

#[test]
fn a_token_allows_what_it_names_and_no_more() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let actor = fixture.actor("ada").await;
        let made = token(&fixture, &actor, &[TasksRead]).await;
        assert!(made.secret.starts_with("alv_") && made.secret.len() > 10);
        assert!(!format!("{made:?}").contains(&made.secret), "a secret is not shown");
        assert_eq!(made.token.expires_at, Some(start().plus(SESSION)), "as late as can be");
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.target), ("auth.token_created", Some(ada.id)));
        assert_eq!(entry.detail.unwrap(), format!("token {}: tasks:read", made.token.id));

        let caller = enters(&fixture, &made).await;
        assert_eq!((caller.actor.user, caller.actor.role), (ada.id, Role::User));
        assert_eq!((caller.actor.session, caller.actor.token), (None, Some(made.token.id)));
        assert_eq!(caller.actor.permissions, set(&[TasksRead]));
        assert_eq!((caller.expires_at, caller.user().id), (made.token.expires_at, ada.id));
        assert!(caller.session().is_none());
        let list = fixture.users.list(
            &caller.actor,
            users::query::UserFilter::default(),
            DEFAULT_ORDER.to_vec(),
            PageRequest::default(),
        );
        assert!(matches!(list.await, Err(UserError::MissingPermission("users:read"))));
    });
}

#[test]
fn a_token_names_no_more_than_its_maker_holds() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let actor = fixture.actor("ada").await;
        let more = fixture.users.make_token(&actor, make(&[TasksRead, UsersManage])).await;
        assert!(matches!(more, Err(UserError::MissingPermission("users:manage"))), "{more:?}");
        let entry = fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome),
            ("auth.token_created", AuditOutcome::Denied)
        );
        assert_eq!(entry.detail.as_deref(), Some("-> tasks:read users:manage"));
        // the role that came in may be seconds old
        let admin = fixture.with_role("admin", Role::Admin).await;
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        administer(&fixture, &root, admin.user, Some(Role::User), Status::Active).await;
        let late = fixture.users.make_token(&admin, make(&[UsersManage])).await;
        assert!(matches!(late, Err(UserError::MissingPermission("users:manage"))), "{late:?}");
        assert!(fixture.users.tokens(&admin).await.unwrap().is_empty());
    });
}

#[test]
fn a_token_shrinks_and_grows_back_with_the_role_of_its_owner() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let admin = fixture.with_role("admin", Role::Admin).await;
        let made = token(&fixture, &admin, &[TasksRead, AuditRead]).await;
        let replica = fixture.replica();
        let first = replica.authenticate(&made.secret, None).await.unwrap().actor;
        assert!(first.may(AuditRead) && replica.still_valid(&first).await);
        administer(&fixture, &root, admin.user, Some(Role::User), Status::Active).await;
        let lowered = replica.authenticate(&made.secret, None).await.unwrap().actor;
        assert_eq!(lowered.permissions, set(&[TasksRead]), "at once, on every replica");
        assert!(!replica.still_valid(&first).await && replica.still_valid(&lowered).await);
        administer(&fixture, &root, admin.user, Some(Role::Admin), Status::Active).await;
        let back = replica.authenticate(&made.secret, None).await.unwrap().actor;
        assert_eq!(back.permissions, set(&[TasksRead, AuditRead]));
    });
}

#[test]
fn a_token_ends_in_its_time_by_deletion_and_with_its_owner() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let ada = fixture.person("ada").await;
        let actor = fixture.actor("ada").await;
        let replica = fixture.replica();
        let end = start().plus(MINUTE);
        let short = MakeToken { expires_at: Some(end), ..make(&[TasksRead]) };
        let short = fixture.users.make_token(&actor, short).await.unwrap();
        let long = token(&fixture, &actor, &[TasksRead]).await;
        let stream = enters(&fixture, &short).await.actor;
        fixture.clock.advance(MINUTE);
        assert!(refused(&fixture, &short).await.contains("expired"));
        assert!(!fixture.users.still_valid(&stream).await);
        assert_eq!(fixture.users.tokens(&actor).await.unwrap().len(), 2, "expired ones are shown");

        administer(&fixture, &root, ada.id, None, Status::Suspended).await;
        assert!(refused(&fixture, &long).await.contains("suspended"));
        assert!(replica.authenticate(&long.secret, None).await.is_err(), "at once, everywhere");
        administer(&fixture, &root, ada.id, None, Status::Active).await;
        let stream = enters(&fixture, &long).await.actor;
        assert!(fixture.users.still_valid(&stream).await, "a suspension removes no token");

        // a new password and the end of all sessions are about sessions
        let actor = fixture.actor("ada").await;
        let new = Password::parse("another long walk").unwrap();
        fixture.users.change_password(&actor, password(PASSWORD), new, origin()).await.unwrap();
        fixture.users.sign_out_everywhere(&actor, origin()).await.unwrap();
        enters(&fixture, &long).await;

        let pair = fixture.users.sign_in(by_name("ada", "another long walk")).await.unwrap();
        let pair = pair.open().unwrap();
        let actor = fixture.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        fixture.users.delete_token(&actor, long.token.id, origin()).await.unwrap();
        assert_eq!(fixture.last_entry().await.action, "auth.token_deleted");
        assert!(refused(&fixture, &long).await.contains("not valid"));
        assert!(replica.authenticate(&long.secret, None).await.is_err());
        assert!(!replica.still_valid(&stream).await);
        let again = fixture.users.delete_token(&actor, long.token.id, origin()).await;
        assert!(matches!(again, Err(UserError::TokenNotFound)), "{again:?}");

        let last = token(&fixture, &actor, &[TasksRead]).await;
        fixture.users.remove(&root, ada.id, None, origin()).await.unwrap();
        assert!(refused(&fixture, &last).await.contains("not valid"));
    });
}

#[test]
fn the_end_is_in_the_future_and_within_the_bound() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let actor = fixture.actor("ada").await;
        let latest = start().plus(SESSION);
        for (end, fine) in [
            (start(), false),
            (start().plus(MINUTE), true),
            (latest, true),
            (latest.plus(MINUTE), false),
        ] {
            let make = MakeToken { expires_at: Some(end), ..make(&[TasksRead]) };
            match fixture.users.make_token(&actor, make).await {
                Ok(made) => assert!(fine && made.token.expires_at == Some(end), "{end}"),
                Err(UserError::Invalid(faults)) => {
                    assert!(!fine && faults[0].field == "/expires_at", "{faults:?}");
                }
                Err(error) => panic!("{error:?}"),
            }
        }
    });
}

/// What takes an account over needs a sign-in, whatever the scopes.
#[test]
fn a_token_does_not_open_further_doors() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let pair = fixture.sign_in("root").await;
        let session = fixture.users.authenticate(&pair.access_token, None).await.unwrap();
        let session: SessionId = session.actor.session.unwrap();
        let made = token(&fixture, &root, &Permission::BUILT_IN).await;
        let actor = enters(&fixture, &made).await.actor;
        assert_eq!(actor.permissions, root.permissions);
        let before = fixture.audit_log().await.len();
        let new = || Password::parse("another long walk").unwrap();
        let rename = UpdateProfile {
            username: Some(Username::parse("mallory").unwrap()),
            ..UpdateProfile::default()
        };
        let users = &fixture.users;
        let bot = service_account(&fixture, &root, "bot", Role::User).await;
        let login_throttle = [
            users.make_token(&actor, make(&[TasksRead])).await.map(|_| ()),
            users
                .create_service_account_token(&actor, bot.id, make(&[TasksRead]))
                .await
                .map(|_| ()),
            users.delete_token(&actor, made.token.id, origin()).await,
            users.ticket(&actor, &origin()).await.map(|_| ()),
            users.change_password(&actor, password(PASSWORD), new(), origin()).await,
            users.remove_me(&actor, password(PASSWORD), origin()).await.map(|_| ()),
            users.update_me(&actor, None, rename.clone()).await.map(|_| ()),
            users.update(&actor, ada.id, None, rename, origin()).await.map(|_| ()),
            users.sign_out(&actor, origin()).await,
            users.sign_out_everywhere(&actor, origin()).await,
            users.end_session(&actor, session, origin()).await,
        ];
        for (number, answer) in login_throttle.iter().enumerate() {
            assert!(matches!(answer, Err(UserError::SessionNeeded)), "{number}: {answer:?}");
        }
        for listed in
            [users.tokens(&actor).await.map(|_| ()), users.sessions(&actor).await.map(|_| ())]
        {
            assert!(matches!(listed, Err(UserError::SessionNeeded)), "{listed:?}");
        }
        let denied = fixture.audit_log().await;
        let denied =
            denied.iter().skip(before).filter(|entry| entry.outcome == AuditOutcome::Denied);
        assert_eq!(denied.count(), login_throttle.len(), "each of them is on record");
        assert!(fixture.lives(&pair.access_token).await);
        assert_eq!(users.get(&root, ada.id).await.unwrap().username.as_str(), "ada");
    });
}

#[test]
fn one_kind_of_token_is_not_taken_for_another() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let pair = fixture.sign_in("ada").await;
        let actor = fixture.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        let made = token(&fixture, &actor, &[TasksRead]).await;
        let refresh = fixture.users.refresh(&made.secret, origin()).await;
        assert!(matches!(refresh, Err(UserError::BadRefreshToken)), "{refresh:?}");
        let ticket = fixture.users.redeem_ticket(&made.secret, None).await;
        assert!(matches!(ticket, Err(UserError::BadTicket)), "{ticket:?}");
        let bare = made.secret.strip_prefix("alv_").unwrap();
        for wrong in [
            format!("alv_{}", pair.refresh_token),
            format!("alv_{}", pair.access_token),
            format!("ALV_{bare}"),
            format!("{}x", made.secret),
            bare.to_owned(),
            "alv_".to_owned(),
            pair.refresh_token.clone(),
        ] {
            let answer = fixture.users.authenticate(&wrong, None).await;
            assert!(matches!(answer, Err(UserError::BadToken(_))), "{wrong}: {answer:?}");
        }
    });
}

#[test]
fn a_use_is_noted_once_a_minute() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let actor = fixture.actor("ada").await;
        let made = token(&fixture, &actor, &[TasksRead]).await;
        let due = async || fixture.users.unnoted(&enters(&fixture, &made).await);
        let id = due().await.unwrap();
        assert!(fixture.users.note_token_use(id, Some("192.0.2.9".to_owned())).await.unwrap());
        assert_eq!(due().await, None);
        let shown = &fixture.users.tokens(&actor).await.unwrap()[0];
        assert_eq!(shown.last_used_at, Some(start()));
        assert_eq!(shown.last_used_ip.as_deref(), Some("192.0.2.9"));
        fixture.clock.advance(MINUTE);
        assert_eq!(due().await, None);
        fixture.clock.advance(MINUTE);
        let racers = (0..6).map(|_| -> BoxFuture<'_, bool> {
            Box::pin(async { fixture.users.note_token_use(id, None).await.unwrap() })
        });
        let noted = together(racers.collect()).await;
        assert_eq!(noted.into_iter().filter(|noted| *noted).count(), 1);
        let pair = fixture.sign_in("ada").await;
        let signed_in = fixture.users.authenticate(&pair.access_token, None).await.unwrap();
        assert_eq!(fixture.users.unnoted(&signed_in), None, "a session is no token");
    });
}

#[test]
fn tokens_are_ones_own_and_not_without_number() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        fixture.person("eve").await;
        let (ada, eve) = (fixture.actor("ada").await, fixture.actor("eve").await);
        let made = token(&fixture, &ada, &[TasksRead]).await;
        let foreign = fixture.users.delete_token(&eve, made.token.id, origin()).await;
        assert!(matches!(foreign, Err(UserError::TokenNotFound)), "{foreign:?}");
        enters(&fixture, &made).await;
        for _ in 2..MAX_PER_ACCOUNT {
            token(&fixture, &ada, &[]).await;
        }
        // of many who want the last place one gets it
        let racers = (0..5).map(|_| -> BoxFuture<'_, bool> {
            Box::pin(async { fixture.users.make_token(&ada, make(&[])).await.is_ok() })
        });
        let got = together(racers.collect()).await;
        assert_eq!(got.into_iter().filter(|got| *got).count(), 1);
        let full = fixture.users.make_token(&ada, make(&[])).await;
        assert!(matches!(full, Err(UserError::TooManyGrants)), "{full:?}");
        token(&fixture, &eve, &[]).await;
        assert_eq!(fixture.users.tokens(&ada).await.unwrap().len(), MAX_PER_ACCOUNT);
    });
}

/// What came in may be seconds old, and a token outlives its session.
#[test]
fn a_session_that_is_over_makes_no_token() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let stolen = fixture.actor("ada").await;
        let other = fixture.actor("ada").await;
        fixture.users.sign_out_everywhere(&other, origin()).await.unwrap();
        let late = fixture.users.make_token(&stolen, make(&[TasksRead])).await;
        assert!(matches!(late, Err(UserError::BadToken(_))), "{late:?}");
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let bot = service_account(&fixture, &root, "bot", Role::User).await;
        fixture.users.sign_out_everywhere(&root, origin()).await.unwrap();
        let late =
            fixture.users.create_service_account_token(&root, bot.id, make(&[TasksRead])).await;
        assert!(matches!(late, Err(UserError::BadToken(_))), "{late:?}");
    });
}

#[test]
fn expired_tokens_are_pruned_later() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let actor = fixture.actor("ada").await;
        let end = start().plus(MINUTE);
        let short = MakeToken { expires_at: Some(end), ..make(&[]) };
        fixture.users.make_token(&actor, short).await.unwrap();
        token(&fixture, &actor, &[]).await;
        fixture.clock.advance(MINUTE + MINUTE);
        assert_eq!(fixture.users.purge(MINUTE).await.unwrap(), 0);
        fixture.clock.advance(MINUTE);
        assert_eq!(fixture.users.purge(MINUTE).await.unwrap(), 1);
        assert_eq!(fixture.users.tokens(&actor).await.unwrap().len(), 1);
    });
}

#[test]
fn a_service_account_uses_tokens_only() {
    block_on(async {
        let fixture = Fixture::new();
        let admin = fixture.with_role("admin", Role::Admin).await;
        let bot = service_account(&fixture, &admin, "deploy-bot", Role::Moderator).await;
        assert_eq!((bot.provider, bot.role), (Provider::Service, Role::Moderator));
        assert_eq!(bot.email.as_str(), "deploy-bot@service.invalid");
        assert_eq!(fixture.last_entry().await.action, "users.service_account_created");
        for sign_in in [
            by_name("deploy-bot", ""),
            by_name("deploy-bot", PASSWORD),
            by_email("deploy-bot@service.invalid", PASSWORD),
        ] {
            let answer = fixture.users.sign_in(sign_in).await;
            assert!(matches!(answer, Err(UserError::BadCredentials)), "{answer:?}");
        }
        // not even with a password that was written into the database
        fixture.set_hash(bot.id, "new$correct horse battery staple").await;
        let answer = fixture.users.sign_in(by_name("deploy-bot", PASSWORD)).await;
        assert!(matches!(answer, Err(UserError::BadCredentials)), "{answer:?}");

        let scopes = [TasksWrite, TagsManage];
        let made = fixture
            .users
            .create_service_account_token(&admin, bot.id, make(&scopes))
            .await
            .unwrap();
        let actor = enters(&fixture, &made).await.actor;
        assert_eq!((actor.user, actor.permissions), (bot.id, set(&scopes)));
        assert_eq!(fixture.users.service_account_tokens(&admin, bot.id).await.unwrap().len(), 1);
        let order = DEFAULT_ORDER.to_vec();
        let listed =
            fixture.users.service_accounts(&admin, order, PageRequest::default()).await.unwrap();
        assert_eq!(listed.items, std::slice::from_ref(&bot), "people are not among them");
        let users = &fixture.users;
        users.delete_service_account_token(&admin, bot.id, made.token.id, origin()).await.unwrap();
        assert!(refused(&fixture, &made).await.contains("not valid"));
        let made = users.create_service_account_token(&admin, bot.id, make(&scopes)).await.unwrap();
        administer(&fixture, &admin, bot.id, None, Status::Suspended).await;
        assert!(refused(&fixture, &made).await.contains("suspended"));
        users.delete_service_account(&admin, bot.id, None, origin()).await.unwrap();
        assert!(refused(&fixture, &made).await.contains("not valid"));
        service_account(&fixture, &admin, "deploy-bot", Role::User).await;
    });
}

#[test]
fn service_accounts_are_managed_by_those_above_them() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let user = fixture.actor("ada").await;
        let admin = fixture.with_role("admin", Role::Admin).await;
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let users = &fixture.users;
        let wanted = |name: &str, role| CreateServiceAccount {
            username: Username::parse(name).unwrap(),
            role,
            origin: origin(),
        };
        for (actor, role) in [
            (&user, Role::User),
            (&admin, Role::Admin),
            (&admin, Role::SuperAdmin),
            (&root, Role::SuperAdmin),
        ] {
            let answer = users.create_service_account(actor, None, wanted("bot", role)).await;
            assert!(
                matches!(
                    answer,
                    Err(UserError::AboveYourRole | UserError::MissingPermission("users:manage"))
                ),
                "{answer:?}"
            );
            let entry = fixture.last_entry().await;
            assert_eq!(entry.action, "users.service_account_created");
            assert_eq!(entry.outcome, AuditOutcome::Denied);
        }
        let odd = users.create_service_account(&root, None, wanted("..bot", Role::User)).await;
        assert!(matches!(odd, Err(UserError::Invalid(_))), "{odd:?}");
        let taken = users.create_service_account(&root, None, wanted("ADA", Role::User)).await;
        assert!(matches!(taken, Err(UserError::UsernameTaken)), "{taken:?}");

        let bot = service_account(&fixture, &root, "robot", Role::Admin).await;
        let made =
            users.create_service_account_token(&root, bot.id, make(&[UsersManage])).await.unwrap();
        let more = users
            .create_service_account_token(&root, bot.id, make(&[Permission::RolesManage]))
            .await;
        assert!(matches!(more, Err(UserError::MissingPermission("roles:manage"))), "{more:?}");
        let equal = users.create_service_account_token(&admin, bot.id, make(&[UsersRead])).await;
        assert!(matches!(equal, Err(UserError::AboveYourRole)), "{equal:?}");
        let equal =
            users.delete_service_account_token(&admin, bot.id, made.token.id, origin()).await;
        assert!(matches!(equal, Err(UserError::AboveYourRole)), "{equal:?}");
        assert_eq!(fixture.last_entry().await.outcome, AuditOutcome::Denied);
        let low = users.service_account_tokens(&user, bot.id).await;
        assert!(matches!(low, Err(UserError::MissingPermission("users:manage"))), "{low:?}");
        // people are no machines
        for missing in [
            users.create_service_account_token(&root, ada.id, make(&[TasksRead])).await.map(|_| ()),
            users.service_account_tokens(&root, ada.id).await.map(|_| ()),
            users.delete_service_account(&root, ada.id, None, origin()).await,
        ] {
            assert!(matches!(missing, Err(UserError::NotFound(_))), "{missing:?}");
        }
        // a machine gives others no more than its token names
        let actor = enters(&fixture, &made).await.actor;
        let raise = Administer { role: Some(Role::Moderator), status: None };
        let raised = users.administer(&actor, ada.id, None, raise, origin()).await;
        assert!(matches!(raised, Err(UserError::MissingPermission("tags:manage"))), "{raised:?}");
    });
}

/// No account could sign in to make another one.
#[test]
fn a_service_account_does_not_count_as_the_last_super_admin() {
    block_on(async {
        let fixture = Fixture::new();
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let bot = service_account(&fixture, &root, "bot", Role::Admin).await;
        fixture.make_stored_super_admin(bot.id).await;
        let account_deletion = fixture.users.remove_me(&root, password(PASSWORD), origin()).await;
        assert!(matches!(account_deletion, Err(UserError::LastSuperAdmin)), "{account_deletion:?}");
        fixture.users.remove(&root, bot.id, None, origin()).await.unwrap();
    });
}
