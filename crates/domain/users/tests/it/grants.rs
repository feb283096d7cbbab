//! Personal access tokens and the accounts of machines.

use kernel::{
    Actor, BoxFuture, PageRequest, Permission, Permissions, Role, SessionId, Settled, UserId,
};
use pollster::block_on;
use users::{
    User, UserError,
    audit::Outcome,
    commands::{Govern, MakeGrant, MakeMachine, UpdateProfile},
    grant::{MAX_PER_ACCOUNT, MadeGrant},
    query::DEFAULT_ORDER,
    signin::Caller,
    values::{GrantName, Password, Provider, Status, Username},
};

use crate::world::{
    MINUTE, PASSWORD, SESSION, World, by_email, by_name, origin, password, start, together,
};

pub(crate) fn set(permissions: &[Permission]) -> Permissions {
    permissions.iter().copied().collect()
}

fn make(scopes: &[Permission]) -> MakeGrant {
    MakeGrant {
        name: GrantName::parse("ci").unwrap(),
        scopes: set(scopes),
        expires_at: None,
        origin: origin(),
    }
}

pub(crate) async fn token(world: &World, actor: &Actor, scopes: &[Permission]) -> MadeGrant {
    world.users.make_token(actor, make(scopes)).await.unwrap()
}

async fn enters(world: &World, made: &MadeGrant) -> Caller {
    world.users.authenticate(&made.secret, None).await.unwrap()
}

async fn refused(world: &World, made: &MadeGrant) -> &'static str {
    match world.users.authenticate(&made.secret, None).await {
        Err(UserError::BadToken(why)) => why,
        Err(UserError::TokenExpired) => "The access token has expired.",
        other => panic!("{other:?}"),
    }
}

async fn govern(world: &World, actor: &Actor, id: UserId, role: Option<Role>, status: Status) {
    let govern = Govern { role, status: Some(status) };
    world.users.govern(actor, id, None, govern, origin()).await.unwrap();
}

async fn machine(world: &World, actor: &Actor, name: &str, role: Role) -> User {
    let make = MakeMachine { username: Username::parse(name).unwrap(), role, origin: origin() };
    match world.users.make_machine(actor, None, make).await.unwrap() {
        Settled::Fresh(user) => user,
        Settled::Replay(_) => panic!("nobody made {name} before"),
    }
}

use Permission::{AuditRead, TagsManage, TasksRead, TasksWrite, UsersManage, UsersRead};

#[test]
fn a_token_allows_what_it_names_and_no_more() {
    block_on(async {
        let world = World::new();
        let ada = world.person("ada").await;
        let actor = world.actor("ada").await;
        let made = token(&world, &actor, &[TasksRead]).await;
        assert!(made.secret.starts_with("alv_") && made.secret.len() > 10);
        assert!(!format!("{made:?}").contains(&made.secret), "a secret is not shown");
        assert_eq!(made.grant.expires_at, Some(start().plus(SESSION)), "as late as can be");
        let entry = world.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.target), ("auth.token_created", Some(ada.id)));
        assert_eq!(entry.detail.unwrap(), format!("token {}: tasks:read", made.grant.id));

        let caller = enters(&world, &made).await;
        assert_eq!((caller.actor.user, caller.actor.role), (ada.id, Role::User));
        assert_eq!((caller.actor.session, caller.actor.grant), (None, Some(made.grant.id)));
        assert_eq!(caller.actor.permissions, set(&[TasksRead]));
        assert_eq!((caller.expires_at, caller.user().id), (made.grant.expires_at, ada.id));
        assert!(caller.session().is_none());
        let list = world.users.list(
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
        let world = World::new();
        world.person("ada").await;
        let actor = world.actor("ada").await;
        let more = world.users.make_token(&actor, make(&[TasksRead, UsersManage])).await;
        assert!(matches!(more, Err(UserError::MissingPermission("users:manage"))), "{more:?}");
        let entry = world.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.outcome), ("auth.token_created", Outcome::Denied));
        assert_eq!(entry.detail.as_deref(), Some("-> tasks:read users:manage"));
        // the role that came in may be seconds old
        let admin = world.with_role("admin", Role::Admin).await;
        let root = world.with_role("root", Role::SuperAdmin).await;
        govern(&world, &root, admin.user, Some(Role::User), Status::Active).await;
        let late = world.users.make_token(&admin, make(&[UsersManage])).await;
        assert!(matches!(late, Err(UserError::MissingPermission("users:manage"))), "{late:?}");
        assert!(world.users.tokens(&admin).await.unwrap().is_empty());
    });
}

#[test]
fn a_token_shrinks_and_grows_back_with_the_role_of_its_owner() {
    block_on(async {
        let world = World::new();
        let root = world.with_role("root", Role::SuperAdmin).await;
        let admin = world.with_role("admin", Role::Admin).await;
        let made = token(&world, &admin, &[TasksRead, AuditRead]).await;
        let replica = world.replica();
        let first = replica.authenticate(&made.secret, None).await.unwrap().actor;
        assert!(first.may(AuditRead) && replica.still_welcome(&first).await);
        govern(&world, &root, admin.user, Some(Role::User), Status::Active).await;
        let lowered = replica.authenticate(&made.secret, None).await.unwrap().actor;
        assert_eq!(lowered.permissions, set(&[TasksRead]), "at once, on every replica");
        assert!(!replica.still_welcome(&first).await && replica.still_welcome(&lowered).await);
        govern(&world, &root, admin.user, Some(Role::Admin), Status::Active).await;
        let back = replica.authenticate(&made.secret, None).await.unwrap().actor;
        assert_eq!(back.permissions, set(&[TasksRead, AuditRead]));
    });
}

#[test]
fn a_token_ends_in_its_time_by_deletion_and_with_its_owner() {
    block_on(async {
        let world = World::new();
        let root = world.with_role("root", Role::SuperAdmin).await;
        let ada = world.person("ada").await;
        let actor = world.actor("ada").await;
        let replica = world.replica();
        let end = start().plus(MINUTE);
        let short = MakeGrant { expires_at: Some(end), ..make(&[TasksRead]) };
        let short = world.users.make_token(&actor, short).await.unwrap();
        let long = token(&world, &actor, &[TasksRead]).await;
        let stream = enters(&world, &short).await.actor;
        world.clock.advance(MINUTE);
        assert!(refused(&world, &short).await.contains("expired"));
        assert!(!world.users.still_welcome(&stream).await);
        assert_eq!(world.users.tokens(&actor).await.unwrap().len(), 2, "expired ones are shown");

        govern(&world, &root, ada.id, None, Status::Suspended).await;
        assert!(refused(&world, &long).await.contains("suspended"));
        assert!(replica.authenticate(&long.secret, None).await.is_err(), "at once, everywhere");
        govern(&world, &root, ada.id, None, Status::Active).await;
        let stream = enters(&world, &long).await.actor;
        assert!(world.users.still_welcome(&stream).await, "a suspension removes no token");

        // a new password and the end of all sessions are about sessions
        let actor = world.actor("ada").await;
        let new = Password::parse("another long walk").unwrap();
        world.users.change_password(&actor, password(PASSWORD), new, origin()).await.unwrap();
        world.users.sign_out_everywhere(&actor, origin()).await.unwrap();
        enters(&world, &long).await;

        let pair = world.users.sign_in(by_name("ada", "another long walk")).await.unwrap();
        let pair = pair.open().unwrap();
        let actor = world.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        world.users.delete_token(&actor, long.grant.id, origin()).await.unwrap();
        assert_eq!(world.last_entry().await.action, "auth.token_deleted");
        assert!(refused(&world, &long).await.contains("not valid"));
        assert!(replica.authenticate(&long.secret, None).await.is_err());
        assert!(!replica.still_welcome(&stream).await);
        let again = world.users.delete_token(&actor, long.grant.id, origin()).await;
        assert!(matches!(again, Err(UserError::GrantNotFound)), "{again:?}");

        let last = token(&world, &actor, &[TasksRead]).await;
        world.users.remove(&root, ada.id, None, origin()).await.unwrap();
        assert!(refused(&world, &last).await.contains("not valid"));
    });
}

#[test]
fn the_end_is_in_the_future_and_within_the_bound() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let actor = world.actor("ada").await;
        let latest = start().plus(SESSION);
        for (end, fine) in [
            (start(), false),
            (start().plus(MINUTE), true),
            (latest, true),
            (latest.plus(MINUTE), false),
        ] {
            let make = MakeGrant { expires_at: Some(end), ..make(&[TasksRead]) };
            match world.users.make_token(&actor, make).await {
                Ok(made) => assert!(fine && made.grant.expires_at == Some(end), "{end}"),
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
        let world = World::new();
        let ada = world.person("ada").await;
        let root = world.with_role("root", Role::SuperAdmin).await;
        let pair = world.sign_in("root").await;
        let session = world.users.authenticate(&pair.access_token, None).await.unwrap();
        let session: SessionId = session.actor.session.unwrap();
        let made = token(&world, &root, &Permission::ALL).await;
        let actor = enters(&world, &made).await.actor;
        assert_eq!(actor.permissions, root.permissions);
        let before = world.trail().await.len();
        let new = || Password::parse("another long walk").unwrap();
        let rename = UpdateProfile {
            username: Some(Username::parse("mallory").unwrap()),
            ..UpdateProfile::default()
        };
        let users = &world.users;
        let bot = machine(&world, &root, "bot", Role::User).await;
        let tries = [
            users.make_token(&actor, make(&[TasksRead])).await.map(|_| ()),
            users.make_machine_token(&actor, bot.id, make(&[TasksRead])).await.map(|_| ()),
            users.delete_token(&actor, made.grant.id, origin()).await,
            users.ticket(&actor, &origin()).await.map(|_| ()),
            users.change_password(&actor, password(PASSWORD), new(), origin()).await,
            users.remove_me(&actor, password(PASSWORD), origin()).await.map(|_| ()),
            users.update_me(&actor, None, rename.clone()).await.map(|_| ()),
            users.update(&actor, ada.id, None, rename, origin()).await.map(|_| ()),
            users.sign_out(&actor, origin()).await,
            users.sign_out_everywhere(&actor, origin()).await,
            users.end_session(&actor, session, origin()).await,
        ];
        for (number, answer) in tries.iter().enumerate() {
            assert!(matches!(answer, Err(UserError::SessionNeeded)), "{number}: {answer:?}");
        }
        for listed in
            [users.tokens(&actor).await.map(|_| ()), users.sessions(&actor).await.map(|_| ())]
        {
            assert!(matches!(listed, Err(UserError::SessionNeeded)), "{listed:?}");
        }
        let denied = world.trail().await;
        let denied = denied.iter().skip(before).filter(|entry| entry.outcome == Outcome::Denied);
        assert_eq!(denied.count(), tries.len(), "each of them is on record");
        assert!(world.lives(&pair.access_token).await);
        assert_eq!(users.get(&root, ada.id).await.unwrap().username.as_str(), "ada");
    });
}

#[test]
fn one_kind_of_token_is_not_taken_for_another() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let pair = world.sign_in("ada").await;
        let actor = world.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        let made = token(&world, &actor, &[TasksRead]).await;
        let refresh = world.users.refresh(&made.secret, origin()).await;
        assert!(matches!(refresh, Err(UserError::BadRefreshToken)), "{refresh:?}");
        let ticket = world.users.redeem_ticket(&made.secret, None).await;
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
            let answer = world.users.authenticate(&wrong, None).await;
            assert!(matches!(answer, Err(UserError::BadToken(_))), "{wrong}: {answer:?}");
        }
    });
}

#[test]
fn a_use_is_noted_once_a_minute() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let actor = world.actor("ada").await;
        let made = token(&world, &actor, &[TasksRead]).await;
        let due = async || world.users.unnoted(&enters(&world, &made).await);
        let id = due().await.unwrap();
        assert!(world.users.note_token_use(id, Some("192.0.2.9".to_owned())).await.unwrap());
        assert_eq!(due().await, None);
        let shown = &world.users.tokens(&actor).await.unwrap()[0];
        assert_eq!(shown.last_used_at, Some(start()));
        assert_eq!(shown.last_used_ip.as_deref(), Some("192.0.2.9"));
        world.clock.advance(MINUTE);
        assert_eq!(due().await, None);
        world.clock.advance(MINUTE);
        let racers = (0..6).map(|_| -> BoxFuture<'_, bool> {
            Box::pin(async { world.users.note_token_use(id, None).await.unwrap() })
        });
        let noted = together(racers.collect()).await;
        assert_eq!(noted.into_iter().filter(|noted| *noted).count(), 1);
        let pair = world.sign_in("ada").await;
        let signed_in = world.users.authenticate(&pair.access_token, None).await.unwrap();
        assert_eq!(world.users.unnoted(&signed_in), None, "a session is no token");
    });
}

#[test]
fn tokens_are_ones_own_and_not_without_number() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        world.person("eve").await;
        let (ada, eve) = (world.actor("ada").await, world.actor("eve").await);
        let made = token(&world, &ada, &[TasksRead]).await;
        let foreign = world.users.delete_token(&eve, made.grant.id, origin()).await;
        assert!(matches!(foreign, Err(UserError::GrantNotFound)), "{foreign:?}");
        enters(&world, &made).await;
        for _ in 2..MAX_PER_ACCOUNT {
            token(&world, &ada, &[]).await;
        }
        // of many who want the last place one gets it
        let racers = (0..5).map(|_| -> BoxFuture<'_, bool> {
            Box::pin(async { world.users.make_token(&ada, make(&[])).await.is_ok() })
        });
        let got = together(racers.collect()).await;
        assert_eq!(got.into_iter().filter(|got| *got).count(), 1);
        let full = world.users.make_token(&ada, make(&[])).await;
        assert!(matches!(full, Err(UserError::TooManyGrants)), "{full:?}");
        token(&world, &eve, &[]).await;
        assert_eq!(world.users.tokens(&ada).await.unwrap().len(), MAX_PER_ACCOUNT);
    });
}

/// What came in may be seconds old, and a token outlives its session.
#[test]
fn a_session_that_is_over_makes_no_token() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let stolen = world.actor("ada").await;
        let other = world.actor("ada").await;
        world.users.sign_out_everywhere(&other, origin()).await.unwrap();
        let late = world.users.make_token(&stolen, make(&[TasksRead])).await;
        assert!(matches!(late, Err(UserError::BadToken(_))), "{late:?}");
        let root = world.with_role("root", Role::SuperAdmin).await;
        let bot = machine(&world, &root, "bot", Role::User).await;
        world.users.sign_out_everywhere(&root, origin()).await.unwrap();
        let late = world.users.make_machine_token(&root, bot.id, make(&[TasksRead])).await;
        assert!(matches!(late, Err(UserError::BadToken(_))), "{late:?}");
    });
}

#[test]
fn expired_tokens_are_swept_later() {
    block_on(async {
        let world = World::new();
        world.person("ada").await;
        let actor = world.actor("ada").await;
        let end = start().plus(MINUTE);
        let short = MakeGrant { expires_at: Some(end), ..make(&[]) };
        world.users.make_token(&actor, short).await.unwrap();
        token(&world, &actor, &[]).await;
        world.clock.advance(MINUTE + MINUTE);
        assert_eq!(world.users.purge(MINUTE).await.unwrap(), 0);
        world.clock.advance(MINUTE);
        assert_eq!(world.users.purge(MINUTE).await.unwrap(), 1);
        assert_eq!(world.users.tokens(&actor).await.unwrap().len(), 1);
    });
}

#[test]
fn a_machine_comes_in_by_token_only() {
    block_on(async {
        let world = World::new();
        let admin = world.with_role("admin", Role::Admin).await;
        let bot = machine(&world, &admin, "deploy-bot", Role::Moderator).await;
        assert_eq!((bot.provider, bot.role), (Provider::Service, Role::Moderator));
        assert_eq!(bot.email.as_str(), "deploy-bot@service.invalid");
        assert_eq!(world.last_entry().await.action, "users.service_account_created");
        for sign_in in [
            by_name("deploy-bot", ""),
            by_name("deploy-bot", PASSWORD),
            by_email("deploy-bot@service.invalid", PASSWORD),
        ] {
            let answer = world.users.sign_in(sign_in).await;
            assert!(matches!(answer, Err(UserError::BadCredentials)), "{answer:?}");
        }
        // not even when somebody gives it a password behind our back
        world.set_hash(bot.id, "new$correct horse battery staple").await;
        let answer = world.users.sign_in(by_name("deploy-bot", PASSWORD)).await;
        assert!(matches!(answer, Err(UserError::BadCredentials)), "{answer:?}");

        let scopes = [TasksWrite, TagsManage];
        let made = world.users.make_machine_token(&admin, bot.id, make(&scopes)).await.unwrap();
        let actor = enters(&world, &made).await.actor;
        assert_eq!((actor.user, actor.permissions), (bot.id, set(&scopes)));
        assert_eq!(world.users.machine_tokens(&admin, bot.id).await.unwrap().len(), 1);
        let order = DEFAULT_ORDER.to_vec();
        let listed = world.users.machines(&admin, order, PageRequest::default()).await.unwrap();
        assert_eq!(listed.items, std::slice::from_ref(&bot), "people are not among them");
        let users = &world.users;
        users.delete_machine_token(&admin, bot.id, made.grant.id, origin()).await.unwrap();
        assert!(refused(&world, &made).await.contains("not valid"));
        let made = users.make_machine_token(&admin, bot.id, make(&scopes)).await.unwrap();
        govern(&world, &admin, bot.id, None, Status::Suspended).await;
        assert!(refused(&world, &made).await.contains("suspended"));
        users.remove_machine(&admin, bot.id, None, origin()).await.unwrap();
        assert!(refused(&world, &made).await.contains("not valid"));
        machine(&world, &admin, "deploy-bot", Role::User).await;
    });
}

#[test]
fn machines_are_made_and_fed_by_those_above_them() {
    block_on(async {
        let world = World::new();
        let ada = world.person("ada").await;
        let user = world.actor("ada").await;
        let admin = world.with_role("admin", Role::Admin).await;
        let root = world.with_role("root", Role::SuperAdmin).await;
        let users = &world.users;
        let wanted = |name: &str, role| MakeMachine {
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
            let answer = users.make_machine(actor, None, wanted("bot", role)).await;
            assert!(
                matches!(
                    answer,
                    Err(UserError::AboveYourRole | UserError::MissingPermission("users:manage"))
                ),
                "{answer:?}"
            );
            let entry = world.last_entry().await;
            assert_eq!(entry.action, "users.service_account_created");
            assert_eq!(entry.outcome, Outcome::Denied);
        }
        let odd = users.make_machine(&root, None, wanted("..bot", Role::User)).await;
        assert!(matches!(odd, Err(UserError::Invalid(_))), "{odd:?}");
        let taken = users.make_machine(&root, None, wanted("ADA", Role::User)).await;
        assert!(matches!(taken, Err(UserError::UsernameTaken)), "{taken:?}");

        let bot = machine(&world, &root, "robot", Role::Admin).await;
        let made = users.make_machine_token(&root, bot.id, make(&[UsersManage])).await.unwrap();
        let more = users.make_machine_token(&root, bot.id, make(&[Permission::RolesManage])).await;
        assert!(matches!(more, Err(UserError::MissingPermission("roles:manage"))), "{more:?}");
        let equal = users.make_machine_token(&admin, bot.id, make(&[UsersRead])).await;
        assert!(matches!(equal, Err(UserError::AboveYourRole)), "{equal:?}");
        let equal = users.delete_machine_token(&admin, bot.id, made.grant.id, origin()).await;
        assert!(matches!(equal, Err(UserError::AboveYourRole)), "{equal:?}");
        assert_eq!(world.last_entry().await.outcome, Outcome::Denied);
        let low = users.machine_tokens(&user, bot.id).await;
        assert!(matches!(low, Err(UserError::MissingPermission("users:manage"))), "{low:?}");
        // people are no machines
        for missing in [
            users.make_machine_token(&root, ada.id, make(&[TasksRead])).await.map(|_| ()),
            users.machine_tokens(&root, ada.id).await.map(|_| ()),
            users.remove_machine(&root, ada.id, None, origin()).await,
        ] {
            assert!(matches!(missing, Err(UserError::NotFound(_))), "{missing:?}");
        }
        // a machine gives others no more than its token names
        let actor = enters(&world, &made).await.actor;
        let raise = Govern { role: Some(Role::Moderator), status: None };
        let raised = users.govern(&actor, ada.id, None, raise, origin()).await;
        assert!(matches!(raised, Err(UserError::MissingPermission("tags:manage"))), "{raised:?}");
    });
}

/// Nobody could sign in to make another one.
#[test]
fn a_machine_does_not_keep_the_house_open() {
    block_on(async {
        let world = World::new();
        let root = world.with_role("root", Role::SuperAdmin).await;
        let bot = machine(&world, &root, "bot", Role::Admin).await;
        world.make_stored_super_admin(bot.id).await;
        let leaving = world.users.remove_me(&root, password(PASSWORD), origin()).await;
        assert!(matches!(leaving, Err(UserError::LastSuperAdmin)), "{leaving:?}");
        world.users.remove(&root, bot.id, None, origin()).await.unwrap();
    });
}
