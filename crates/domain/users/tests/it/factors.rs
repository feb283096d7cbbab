//! Second factors: set up, asked for, answered, lost.

use std::time::Duration;

use kernel::{Actor, BoxFuture, Clock, DomainError, Permission, Role, SessionId, StoreError};
use pollster::block_on;
use users::{
    UserError, Users,
    audit::AuditOutcome,
    factor::{CHALLENGE_TTL, FactorCode, PENDING},
    signin::SignedIn,
    user::User,
};

use crate::fixture::{
    Fixture, MINUTE, PASSWORD, PERIOD, by_name, code_at, origin, password, together, wrong_code,
};

async fn verify(users: &Users, token: &str, code: FactorCode) -> Result<SignedIn, UserError> {
    users.verify_factor(token, code, origin()).await
}

fn recovery(codes: &[String], place: usize) -> FactorCode {
    FactorCode::parse(codes.get(place).unwrap()).unwrap()
}

#[test]
fn a_second_factor_is_asked_for_once_it_is_on() {
    block_on(async {
        let fixture = Fixture::new();
        let before = fixture.person("ada").await;
        let (here, there) = (fixture.actor("ada").await, fixture.sign_in("ada").await);
        let right = || Some(password(PASSWORD));
        let setup = fixture.users.set_up_factor(&here, right(), origin()).await.unwrap();
        assert!(setup.url.contains("ada") && setup.url.ends_with(&setup.secret));
        assert!(setup.picture.starts_with("data:"));
        assert!(!format!("{setup:?}").contains("secret"));
        // nobody is asked for what no device has yet
        fixture.sign_in("ada").await;
        let again = fixture.users.set_up_factor(&here, right(), origin()).await.unwrap();
        assert_ne!(again.secret, setup.secret, "a repetition replaces it");

        let now = fixture.clock.now();
        let wrong = fixture.users.enable_factor(&here, wrong_code(now), origin()).await;
        assert!(matches!(wrong, Err(UserError::WrongCode)), "{wrong:?}");
        let codes = fixture.users.enable_factor(&here, code_at(now, 0), origin()).await.unwrap();
        assert_eq!(codes.len(), 10);
        let me = fixture.users.me(&here).await.unwrap();
        assert!(me.two_factor_enabled && me.version == before.version + 1);
        assert_eq!(fixture.events().await.last().unwrap().name, users::events::UPDATED);
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.actor), ("auth.two_factor_enabled", Some(me.id)));
        // this session goes on, the others do not
        assert_eq!(fixture.users.sessions(&here).await.unwrap().len(), 1);
        assert!(!fixture.lives(&there.access_token).await);

        let token = fixture.asked("ada").await;
        let entry = fixture.last_entry().await;
        assert_eq!(entry.action, "auth.two_factor_asked");
        assert_eq!(entry.detail.as_deref(), Some("after password"));
        assert!(!fixture.lives(&token).await, "the token of a challenge lets nobody in");
        assert!(fixture.users.refresh(&token, origin()).await.is_err());
        assert_eq!(fixture.users.sessions(&here).await.unwrap().len(), 1, "no session begins");
        let pair = verify(&fixture.users, &token, code_at(now, 1)).await.unwrap();
        assert!(fixture.lives(&pair.access_token).await);
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.outcome), ("auth.login", AuditOutcome::Success));
        assert_eq!(entry.detail.as_deref(), Some("password, device"));
        let next = fixture.users.refresh(&pair.refresh_token, origin()).await.unwrap();
        assert!(fixture.lives(&next.access_token).await, "it is not asked for again");
        for on in [
            fixture.users.set_up_factor(&here, right(), origin()).await.unwrap_err(),
            fixture.users.enable_factor(&here, code_at(now, 1), origin()).await.unwrap_err(),
        ] {
            assert!(matches!(on, UserError::FactorOn), "{on:?}");
        }
    });
}

#[test]
fn a_code_is_taken_once_and_never_one_before_it() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.with_factor("ada").await;
        let now = fixture.clock.now();
        let answer = async |steps: i64| {
            let token = fixture.asked("ada").await;
            verify(&fixture.users, &token, code_at(now, steps)).await
        };
        assert!(matches!(answer(0).await, Err(UserError::BadCode)), "it turned the factor on");
        answer(1).await.unwrap();
        for used in [1, 0, -1] {
            assert!(matches!(answer(used).await, Err(UserError::BadCode)), "{used}");
        }
        fixture.clock.advance(PERIOD);
        assert!(answer(1).await.is_err());
        answer(2).await.unwrap();
    });
}

#[test]
fn of_many_replicas_that_get_one_code_simultaneously_one_lets_in() {
    block_on(async {
        let fixture = Fixture::new();
        let (ada, codes) = fixture.with_factor("ada").await;
        let replicas: Vec<Users> = (0..8).map(|_| fixture.replica()).collect();
        let sessions = async || fixture.users.sessions(&ada).await.unwrap().len();
        for (round, same_challenge) in [(1, true), (2, false), (3, false)] {
            fixture.clock.advance(PERIOD);
            let mut tokens = Vec::new();
            for _ in &replicas {
                let known = tokens.first().filter(|_| same_challenge).cloned();
                tokens.push(match known {
                    Some(token) => token,
                    None => fixture.asked("ada").await,
                });
            }
            let code =
                if round == 3 { recovery(&codes, 0) } else { code_at(fixture.clock.now(), 0) };
            let before = sessions().await;
            let racers = replicas.iter().zip(&tokens).map(|(users, token)| {
                let code = code.clone();
                let racer: BoxFuture<'_, _> = Box::pin(verify(users, token, code));
                racer
            });
            let answers = together(racers.collect()).await;
            assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{round}");
            assert_eq!(sessions().await, before + 1);
            fixture.clock.advance(Duration::from_secs(900));
        }
    });
}

#[test]
fn a_recovery_code_works_once_and_new_ones_replace_the_old() {
    block_on(async {
        let fixture = Fixture::new();
        let (ada, codes) = fixture.with_factor("ada").await;
        let answer = async |code: FactorCode| {
            let token = fixture.asked("ada").await;
            verify(&fixture.users, &token, code).await
        };
        answer(recovery(&codes, 3)).await.unwrap();
        let entry = fixture.last_entry().await;
        assert_eq!(entry.detail.as_deref(), Some("password, recovery code, 9 left"));
        assert!(matches!(answer(recovery(&codes, 3)).await, Err(UserError::BadCode)));
        let right = Some(password(PASSWORD));
        let renewed =
            fixture.users.renew_recovery_codes(&ada, right, recovery(&codes, 4), origin()).await;
        let renewed = renewed.unwrap();
        assert_eq!(
            (renewed.len(), fixture.last_entry().await.outcome),
            (10, AuditOutcome::Success)
        );
        assert!(answer(recovery(&codes, 5)).await.is_err(), "the old ones are gone");
        answer(recovery(&renewed, 0)).await.unwrap();
    });
}

#[test]
fn wrong_codes_end_the_challenge_and_make_the_account_wait() {
    block_on(async {
        let fixture = Fixture::new();
        let (_, codes) = fixture.with_factor("ada").await;
        let token = fixture.asked("ada").await;
        let now = || fixture.clock.now();
        for _ in 0..5 {
            let wrong = verify(&fixture.users, &token, wrong_code(now())).await;
            assert!(matches!(wrong, Err(UserError::BadCode)), "{wrong:?}");
            let entry = fixture.last_entry().await;
            assert_eq!((&*entry.action, entry.outcome), ("auth.two_factor", AuditOutcome::Failure));
        }
        let over = verify(&fixture.users, &token, code_at(now(), 1)).await;
        assert!(matches!(over, Err(UserError::BadChallenge)), "{over:?}");
        // Neither another challenge nor another server nor a right code helps before the time is over.
        let another = fixture.replica();
        for code in [code_at(now(), 1), recovery(&codes, 0)] {
            let token = fixture.asked("ada").await;
            let held = verify(&another, &token, code).await;
            let Err(UserError::SlowDown(wait)) = held else { panic!("{held:?}") };
            assert_eq!(wait, Duration::from_secs(30));
            assert_eq!(fixture.last_entry().await.outcome, AuditOutcome::Denied);
        }
        fixture.clock.advance(Duration::from_secs(30));
        // the next wrong one costs twice as long
        let token = fixture.asked("ada").await;
        assert!(verify(&fixture.users, &token, wrong_code(now())).await.is_err());
        let held = verify(&fixture.users, &token, code_at(now(), 0)).await;
        assert!(matches!(held, Err(UserError::SlowDown(wait)) if wait.as_secs() == 60), "{held:?}");
        fixture.clock.advance(MINUTE);
        verify(&fixture.users, &token, code_at(now(), 0)).await.unwrap();
        // and a right one clears all
        let token = fixture.asked("ada").await;
        for _ in 0..4 {
            assert!(verify(&fixture.users, &token, wrong_code(now())).await.is_err());
        }
        verify(&fixture.users, &token, code_at(now(), 1)).await.unwrap();
    });
}

#[test]
fn wrong_codes_simultaneously_are_all_counted() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.with_factor("ada").await;
        let token = fixture.asked("ada").await;
        let replicas: Vec<Users> = (0..8).map(|_| fixture.replica()).collect();
        let code = wrong_code(fixture.clock.now());
        let racers = replicas.iter().map(|users| {
            let racer: BoxFuture<'_, _> = Box::pin(verify(users, &token, code.clone()));
            racer
        });
        let answers = together(racers.collect()).await;
        let judged =
            answers.iter().filter(|answer| matches!(answer, Err(UserError::BadCode))).count();
        assert_eq!(judged, 5);
    });
}

#[test]
fn a_challenge_is_void_when_what_it_stands_on_changed() {
    block_on(async {
        let fixture = Fixture::new();
        let (ada, codes) = fixture.with_factor("ada").await;
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let now = fixture.clock.now();
        let late = fixture.asked("ada").await;
        fixture.clock.advance(CHALLENGE_TTL);
        let changed = fixture.asked("ada").await;
        let new = "a second long walk";
        let change =
            fixture.users.change_password(&ada, password(PASSWORD), password(new), origin());
        change.await.unwrap();
        for void in [late.as_str(), &changed, "", "nonsense"] {
            let answer = verify(&fixture.users, void, recovery(&codes, 0)).await;
            assert!(matches!(answer, Err(UserError::BadChallenge)), "{answer:?}");
        }
        let entry = fixture.users.sign_in(by_name("ada", new)).await.unwrap();
        let users::signin::Entry::Factor(off) = entry else { panic!("{entry:?}") };
        fixture.users.reset_factor(&root, ada.user, origin()).await.unwrap();
        let answer = verify(&fixture.users, &off.token, code_at(now, 12)).await;
        assert!(matches!(answer, Err(UserError::BadChallenge)), "{answer:?}");
    });
}

/// Making a hash as strong as today's is no change of the password.
#[test]
fn a_hash_that_is_renewed_at_sign_in_leaves_the_challenge_good() {
    block_on(async {
        let fixture = Fixture::new();
        let (ada, _) = fixture.with_factor("ada").await;
        fixture.set_hash(ada.user, "old$correct horse battery staple").await;
        let token = fixture.asked("ada").await;
        let hash = fixture.stored_hash(ada.user).await.unwrap();
        assert!(hash.expose().starts_with("new$"));
        verify(&fixture.users, &token, code_at(fixture.clock.now(), 1)).await.unwrap();
    });
}

#[test]
fn who_is_suspended_between_the_two_is_not_let_in() {
    block_on(async {
        let fixture = Fixture::new();
        let (ada, codes) = fixture.with_factor("ada").await;
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let token = fixture.asked("ada").await;
        let suspend = users::commands::Administer {
            status: Some(users::values::Status::Suspended),
            ..Default::default()
        };
        fixture.users.administer(&root, ada.user, None, suspend, origin()).await.unwrap();
        let answer = verify(&fixture.users, &token, recovery(&codes, 0)).await;
        assert!(matches!(answer, Err(UserError::Suspended)), "{answer:?}");
        // and is not asked for a code any more
        let answer = fixture.users.sign_in(by_name("ada", PASSWORD)).await;
        assert!(matches!(answer, Err(UserError::Suspended)), "{answer:?}");
    });
}

#[test]
fn a_secret_waits_ten_minutes_for_its_first_code() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        let enable =
            || fixture.users.enable_factor(&ada, code_at(fixture.clock.now(), 0), origin());
        assert!(matches!(enable().await, Err(UserError::FactorNotSetUp)));
        fixture.users.set_up_factor(&ada, Some(password(PASSWORD)), origin()).await.unwrap();
        fixture.clock.advance(PENDING);
        assert!(matches!(enable().await, Err(UserError::FactorNotSetUp)));
        fixture.clock.advance(Duration::from_secs(1));
        assert_eq!(fixture.users.purge(MINUTE).await.unwrap(), 1);
    });
}

#[test]
fn turning_it_off_takes_the_password_and_a_code() {
    block_on(async {
        let fixture = Fixture::new();
        let (ada, codes) = fixture.with_factor("ada").await;
        let token = fixture.asked("ada").await;
        let other = verify(&fixture.users, &token, recovery(&codes, 9)).await.unwrap();
        let now = || fixture.clock.now();
        let off = async |given: Option<&str>, code: FactorCode| {
            fixture.users.disable_factor(&ada, given.map(password), code, origin()).await
        };
        let missing = off(None, code_at(now(), 1)).await.unwrap_err();
        assert_eq!(missing.fields()[0].field, "/current_password");
        let wrong = off(Some("wrong"), code_at(now(), 1)).await;
        assert!(matches!(wrong, Err(UserError::WrongPassword)), "{wrong:?}");
        let wrong = off(Some(PASSWORD), wrong_code(now())).await;
        assert!(matches!(wrong, Err(UserError::WrongCode)), "{wrong:?}");
        let entry = fixture.last_entry().await;
        assert_eq!(
            (&*entry.action, entry.outcome),
            ("auth.two_factor_disabled", AuditOutcome::Failure)
        );
        let replayed = off(Some(PASSWORD), recovery(&codes, 9)).await;
        assert!(matches!(replayed, Err(UserError::WrongCode)), "{replayed:?}");
        off(Some(PASSWORD), code_at(now(), 1)).await.unwrap();
        assert!(!fixture.users.me(&ada).await.unwrap().two_factor_enabled);
        assert!(!fixture.lives(&other.access_token).await, "other sessions end");
        fixture.sign_in("ada").await;
        assert!(matches!(off(Some(PASSWORD), code_at(now(), 1)).await, Err(UserError::FactorOff)));
        let right = Some(password(PASSWORD));
        let none =
            fixture.users.renew_recovery_codes(&ada, right, code_at(now(), 1), origin()).await;
        assert!(matches!(none, Err(UserError::FactorOff)), "{none:?}");
    });
}

#[test]
fn wrong_codes_inside_a_session_count_as_those_at_the_door_do() {
    block_on(async {
        let fixture = Fixture::new();
        let (ada, _) = fixture.with_factor("ada").await;
        let off = async |code: FactorCode| {
            fixture.users.disable_factor(&ada, Some(password(PASSWORD)), code, origin()).await
        };
        for _ in 0..5 {
            assert!(matches!(
                off(wrong_code(fixture.clock.now())).await,
                Err(UserError::WrongCode)
            ));
        }
        let held = off(code_at(fixture.clock.now(), 1)).await;
        assert!(matches!(held, Err(UserError::SlowDown(_))), "{held:?}");
        let token = fixture.asked("ada").await;
        let held = verify(&fixture.users, &token, code_at(fixture.clock.now(), 1)).await;
        assert!(matches!(held, Err(UserError::SlowDown(_))), "{held:?}");
    });
}

/// Those that came through a provider have none.
#[test]
fn an_account_without_a_password_shows_that_it_signed_in_just_now() {
    block_on(async {
        let fixture = Fixture::new();
        let id = fixture.person("ada").await.id;
        let actor = fixture.actor("ada").await;
        let done: Result<(), StoreError> =
            fixture.work.write(move |tx| tx.users().set_password(id, None)).await;
        done.unwrap();
        fixture.clock.advance(Duration::from_secs(10 * 60 - 1));
        fixture.users.set_up_factor(&actor, None, origin()).await.unwrap();
        // a password that is not there cannot be right, and is not asked for
        fixture.users.set_up_factor(&actor, Some(password("x")), origin()).await.unwrap();
        fixture.clock.advance(Duration::from_secs(1));
        let old = fixture.users.set_up_factor(&actor, None, origin()).await;
        assert!(matches!(old, Err(UserError::SessionTooOld)), "{old:?}");
        let server = Actor { session: None, ..actor };
        assert!(fixture.users.set_up_factor(&server, None, origin()).await.is_err());
    });
}

#[test]
fn administrators_take_the_factor_of_those_below_them() {
    block_on(async {
        let fixture = Fixture::new();
        let (ada, _) = fixture.with_factor("ada").await;
        let grace = {
            fixture.person("grace").await;
            fixture.actor("grace").await
        };
        let admin = fixture.with_role("boss", Role::Admin).await;
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        fixture.turn_on(&admin).await;
        let reset = async |who: &Actor, whom: &Actor| {
            fixture.users.reset_factor(who, whom.user, origin()).await
        };
        let refused = reset(&grace, &ada).await;
        assert!(matches!(refused, Err(UserError::MissingPermission("users:manage"))));
        for (who, whom) in [(&admin, &admin), (&admin, &root), (&root, &root)] {
            let refused = reset(who, whom).await;
            assert!(matches!(refused, Err(UserError::AboveYourRole)), "{refused:?}");
            let entry = fixture.last_entry().await;
            assert_eq!(
                (&*entry.action, entry.outcome),
                ("users.two_factor_reset", AuditOutcome::Denied)
            );
        }
        reset(&admin, &ada).await.unwrap();
        let entry = fixture.last_entry().await;
        assert_eq!((entry.actor, entry.target), (Some(admin.user), Some(ada.user)));
        assert!(fixture.users.sessions(&ada).await.unwrap().is_empty());
        fixture.sign_in("ada").await;
        let before = fixture.audit_log().await.len();
        reset(&admin, &ada).await.unwrap();
        assert_eq!(fixture.audit_log().await.len(), before, "there is nothing to take any more");
        reset(&root, &admin).await.unwrap();
        fixture.sign_in("boss").await;
        // whoever operates the server helps the last one
        fixture.turn_on(&root).await;
        let name = users::values::Username::parse("ROOT").unwrap();
        assert!(fixture.users.reset_factor_by_operator(&name).await.unwrap());
        fixture.sign_in("root").await;
        let nobody = users::values::Username::parse("nobody").unwrap();
        assert!(!fixture.users.reset_factor_by_operator(&nobody).await.unwrap());
    });
}

#[test]
fn a_role_that_must_have_a_factor_may_nothing_without_it() {
    block_on(async {
        let fixture = Fixture::asking(&[Role::Admin]);
        let caller = async |pair: &SignedIn| {
            fixture.users.authenticate(&pair.access_token, None).await.unwrap()
        };
        fixture.person("ada").await;
        let ada = caller(&fixture.sign_in("ada").await).await;
        assert!(!ada.lacks_factor && ada.actor.may(Permission::TasksWrite));
        fixture
            .users
            .create_by_operator(crate::fixture::register("boss"), Role::Admin)
            .await
            .unwrap();
        let pair = fixture.sign_in("boss").await;
        let boss = caller(&pair).await;
        assert!(boss.lacks_factor);
        assert_eq!(boss.actor.permissions.iter().count(), 0);
        assert!(!fixture.users.still_valid(&boss.actor).await, "no stream goes on");
        let ticket = fixture.users.ticket(&boss.actor, &origin()).await;
        assert!(matches!(ticket, Err(UserError::FactorRequired)), "{ticket:?}");
        let refused = fixture.users.get(&boss.actor, ada.actor.user).await;
        assert!(matches!(refused, Err(UserError::MissingPermission(_))));

        // The same session holds everything once the factor is on.
        fixture.turn_on(&boss.actor).await;
        let boss = caller(&pair).await;
        assert!(!boss.lacks_factor && boss.actor.may(Permission::UsersManage));
        fixture.users.get(&boss.actor, ada.actor.user).await.unwrap();

        // Who is raised while a ticket of theirs is on its way comes too late with it.
        let (ticket, _) = fixture.users.ticket(&ada.actor, &origin()).await.unwrap();
        raise(&fixture, ada.user(), ada.session().unwrap().id).await;
        let late = fixture.users.redeem_ticket(&ticket, None).await;
        assert!(matches!(late, Err(UserError::FactorRequired)), "{late:?}");
    });
}

async fn raise(fixture: &Fixture, user: &User, session: SessionId) {
    let id = user.id;
    let done: Result<(), StoreError> = fixture
        .work
        .write(move |tx| {
            let mut user = tx.users().lock(id)?.unwrap();
            user.role = Role::Admin;
            tx.users().save(&mut user)
        })
        .await;
    done.unwrap();
    fixture.live.evict(&session).await;
}

#[test]
fn of_many_who_turn_it_on_simultaneously_one_gets_the_codes() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        fixture.users.set_up_factor(&ada, Some(password(PASSWORD)), origin()).await.unwrap();
        let replicas: Vec<Users> = (0..6).map(|_| fixture.replica()).collect();
        let code = code_at(fixture.clock.now(), 0);
        let racers = replicas.iter().map(|users| {
            let racer: BoxFuture<'_, _> =
                Box::pin(users.enable_factor(&ada, code.clone(), origin()));
            racer
        });
        let answers = together(racers.collect()).await;
        let won: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
        assert_eq!(won.len(), 1);
        let token = fixture.asked("ada").await;
        verify(&fixture.users, &token, recovery(&won[0], 0)).await.unwrap();
    });
}
