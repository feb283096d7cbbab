//! Coming in and going out.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use kernel::{
    Actor, BoxFuture, DomainError, ErrorKind, Idempotent, Outcome, idempotency::IdempotencyKey,
};
use pollster::block_on;
use users::{
    User, UserError,
    audit::AuditOutcome,
    commands::Register,
    values::{EmailAddress, Password, Username},
};

use crate::fixture::{
    ACCESS, Fixture, PASSWORD, by_email, by_name, origin, password, register, start, together,
};

#[test]
fn registering_makes_an_account_an_event_and_an_entry() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("Ada").await;
        assert_eq!(ada.created_at, start());
        assert_eq!((ada.role, ada.email_verified), (kernel::Role::User, false));
        let entry = fixture.last_entry().await;
        assert_eq!((entry.action.as_str(), entry.target), ("auth.register", Some(ada.id)));
        assert_eq!((entry.actor, entry.ip.as_deref()), (None, Some("192.0.2.1")));
        assert_eq!(entry.request_id.as_deref(), Some("r-1"));
        let events = fixture.events().await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].name, users::events::CREATED);
        assert_eq!(events[0].subject, ada.id.get());
    });
}

#[test]
fn a_taken_name_is_named_and_the_username_first() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let other = register("grace");
        let error = |register: Register| {
            let users = &fixture.users;
            async move { users.register(None, register).await.unwrap_err().code() }
        };
        let name = Username::parse("ADA").unwrap();
        let email = EmailAddress::parse("ADA@example.com").unwrap();
        let same_name = Register { username: name, ..other.clone() };
        let same_email = Register { email: email.clone(), ..other };
        let both = Register { email, ..same_name.clone() };
        assert_eq!(error(same_name).await, "users.username_taken");
        assert_eq!(error(same_email).await, "users.email_taken");
        assert_eq!(error(both).await, "users.username_taken");
        assert_eq!(fixture.events().await.len(), 1);
    });
}

#[test]
fn of_many_who_want_one_name_one_gets_it() {
    block_on(async {
        let fixture = Fixture::new();
        let racers = (0..20).map(|number| -> BoxFuture<'_, bool> {
            let email = EmailAddress::parse(&format!("racer{number}@example.com")).unwrap();
            let command = Register { email, ..register("wanted") };
            Box::pin(async { fixture.users.register(None, command).await.is_ok() })
        });
        let won = together(racers.collect()).await;
        assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    });
}

#[test]
fn a_bad_password_is_refused_before_it_is_hashed() {
    block_on(async {
        let fixture = Fixture::new();
        for (bad, code) in [
            ("password", "users.password_common"),
            ("Summer2026", "users.password_common"),
            ("ada.lovelace", "users.password_same_as_name"),
            ("ADA.lovelace@example.com", "users.password_same_as_name"),
        ] {
            let password = Password::parse(bad).unwrap();
            let command = Register { password, ..register("Ada.Lovelace") };
            let error = fixture.users.register(None, command).await.unwrap_err();
            assert_eq!(error.fields()[0].field, "/password");
            assert_eq!(error.fields()[0].code, code, "{bad}");
        }
        assert!(fixture.events().await.is_empty());
    });
}

#[test]
fn registering_twice_with_one_key_makes_one_account() {
    block_on(async {
        let fixture = Fixture::new();
        let idempotent = |fingerprint| Idempotent::<User> {
            key: IdempotencyKey {
                scope: "register".to_owned(),
                key: "k".to_owned(),
                fingerprint: [fingerprint; 32],
            },
            encode: Arc::new(|user| user.id.to_string().into_bytes()),
        };
        let command = register("ada");
        let first = fixture.users.register(Some(idempotent(1)), command.clone()).await.unwrap();
        let Outcome::Executed(ada) = first else { panic!("it is the first") };
        let second = fixture.users.register(Some(idempotent(1)), command.clone()).await.unwrap();
        assert_eq!(second, Outcome::Replayed(ada.id.to_string().into_bytes()));
        let third = fixture.users.register(Some(idempotent(2)), command).await;
        assert!(matches!(third, Err(UserError::KeyReused)), "{third:?}");
        assert_eq!(fixture.events().await.len(), 1);
        assert_eq!(fixture.users.purge(Duration::ZERO).await.unwrap(), 0);
        fixture.clock.advance(Duration::from_secs(25 * 60 * 60));
        let gone = fixture.users.purge(Duration::ZERO).await.unwrap();
        assert_eq!(gone, 3, "receipt, link and count of emails expired");
    });
}

#[test]
fn people_sign_in_by_name_or_address_in_any_case() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("Ada").await;
        for sign_in in [
            by_name("ada", PASSWORD),
            by_name(" ADA ", PASSWORD),
            by_email("ada@EXAMPLE.com", PASSWORD),
        ] {
            let pair = fixture.users.sign_in(sign_in).await.unwrap().open().unwrap();
            assert_eq!(pair.user.id, ada.id);
            assert_eq!(pair.user.last_login_at, Some(start()));
            assert_eq!(pair.expires_in, ACCESS);
            let caller = fixture.users.authenticate(&pair.access_token, Some("r-9".into())).await;
            let caller = caller.unwrap();
            assert_eq!(caller.actor.user, ada.id);
            assert_eq!(caller.actor.request_id.as_deref(), Some("r-9"));
            assert_eq!(caller.expires_at, Some(start().plus(ACCESS)));
            assert_eq!(caller.session().unwrap().device.as_deref(), Some("test/1"));
            let me = fixture.users.me(&caller.actor).await.unwrap();
            assert_eq!(me.last_login_at, Some(start()), "the cache forgot who had not signed in");
            let entry = fixture.last_entry().await;
            assert_eq!(
                (entry.action.as_str(), entry.outcome),
                ("auth.login", AuditOutcome::Success)
            );
            assert_eq!(entry.actor, Some(ada.id));
            let shown = format!("{pair:?}");
            assert!(!shown.contains(&pair.refresh_token) && !shown.contains("secret"), "{shown}");
        }
    });
}

#[test]
fn unknown_accounts_and_wrong_passwords_look_alike_and_are_on_record() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let long = "x".repeat(300);
        for (sign_in, target) in [
            (by_name("ada", "wrong"), Some(ada.id)),
            (by_email("ada@example.com", ""), Some(ada.id)),
            (by_name("ada@example.com", PASSWORD), None),
            (by_email("ada", PASSWORD), None),
            (by_name("nobody", PASSWORD), None),
            (by_name("", PASSWORD), None),
            (by_name("a\0da", PASSWORD), None),
            (by_email(&long, PASSWORD), None),
            (by_name("%", PASSWORD), None),
        ] {
            let before = fixture.passwords.verified.load(Ordering::SeqCst);
            let error = fixture.users.sign_in(sign_in).await.unwrap_err();
            assert!(matches!(error, UserError::BadCredentials), "{error:?}");
            assert_eq!(fixture.passwords.verified.load(Ordering::SeqCst), before + 1);
            let entry = fixture.last_entry().await;
            assert_eq!(
                (entry.action.as_str(), entry.outcome),
                ("auth.login", AuditOutcome::Failure)
            );
            assert_eq!((entry.actor, entry.target, entry.detail), (None, target, None));
        }
    });
}

#[test]
fn an_outdated_hash_is_renewed_at_sign_in() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        fixture.set_hash(ada.id, "old$correct horse battery staple").await;
        fixture.sign_in("ada").await;
        assert!(fixture.stored_hash(ada.id).await.unwrap().expose().starts_with("new$"));
        fixture.sign_in("ada").await;
    });
}

#[test]
fn signing_out_ends_this_session_only() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let (phone, laptop) = (fixture.sign_in("ada").await, fixture.sign_in("ada").await);
        let actor = fixture.users.authenticate(&phone.access_token, None).await.unwrap().actor;
        assert!(fixture.users.still_valid(&actor).await);
        fixture.users.sign_out(&actor, origin()).await.unwrap();
        assert_eq!(fixture.last_entry().await.action, "auth.logout");
        assert!(!fixture.lives(&phone.access_token).await);
        assert!(!fixture.users.still_valid(&actor).await);
        assert!(fixture.users.refresh(&phone.refresh_token, origin()).await.is_err());
        assert!(fixture.lives(&laptop.access_token).await);
        // again is no fault, and no news
        let before = fixture.audit_log().await.len();
        fixture.users.sign_out(&actor, origin()).await.unwrap();
        let server = Actor { session: None, ..actor };
        fixture.users.sign_out(&server, origin()).await.unwrap();
        assert_eq!(fixture.audit_log().await.len(), before);
    });
}

#[test]
fn signing_out_everywhere_ends_every_session() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        fixture.person("grace").await;
        let pairs = [
            fixture.sign_in("ada").await,
            fixture.sign_in("ada").await,
            fixture.sign_in("ada").await,
        ];
        let grace = fixture.sign_in("grace").await;
        let mut actor = None;
        for pair in &pairs {
            actor = Some(fixture.users.authenticate(&pair.access_token, None).await.unwrap().actor);
        }
        fixture.users.sign_out_everywhere(&actor.unwrap(), origin()).await.unwrap();
        assert_eq!(fixture.last_entry().await.action, "auth.logout_all");
        for pair in &pairs {
            assert!(!fixture.lives(&pair.access_token).await);
        }
        assert!(fixture.lives(&grace.access_token).await);
    });
}

#[test]
fn people_end_their_own_sessions_and_nobody_elses() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        fixture.person("grace").await;
        let here = fixture.actor("ada").await;
        fixture.clock.advance(Duration::from_secs(1));
        let there = fixture.sign_in("ada").await;
        let grace = fixture.actor("grace").await;
        let sessions = fixture.users.sessions(&here).await.unwrap();
        assert_eq!(sessions.len(), 2);
        assert_eq!(Some(sessions[1].id), here.session, "newest first");
        let stranger = fixture.users.end_session(&grace, sessions[0].id, origin()).await;
        assert!(matches!(stranger, Err(UserError::SessionNotFound)), "{stranger:?}");
        assert!(fixture.lives(&there.access_token).await);
        fixture.users.end_session(&here, sessions[0].id, origin()).await.unwrap();
        assert_eq!(fixture.last_entry().await.action, "auth.session_ended");
        assert!(!fixture.lives(&there.access_token).await);
        let again = fixture.users.end_session(&here, sessions[0].id, origin()).await;
        assert!(matches!(again, Err(UserError::SessionNotFound)), "{again:?}");
        assert_eq!(fixture.users.sessions(&here).await.unwrap().len(), 1);
    });
}

#[test]
fn a_token_that_does_not_hold_says_so() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let grace = fixture.person("grace").await;
        let pair = fixture.sign_in("ada").await;
        let foreign = pair.access_token.replacen(&ada.id.to_string(), &grace.id.to_string(), 1);
        let unborn = pair.access_token.replacen(" 1 1 ", " 1 7 ", 1);
        let nowhere = pair.access_token.replacen(" 1 1 ", " 99 1 ", 1);
        assert!(unborn != pair.access_token && nowhere != pair.access_token);
        for bad in ["", "nonsense", &pair.refresh_token, &foreign, &unborn, &nowhere] {
            assert!(!fixture.lives(bad).await, "{bad}");
        }
        assert!(fixture.lives(&pair.access_token).await);
        fixture.clock.advance(ACCESS);
        let expired = fixture.users.authenticate(&pair.access_token, None).await.unwrap_err();
        assert_eq!(expired.to_string(), "The access token has expired.");
    });
}

#[test]
fn a_session_that_expired_takes_its_tokens_along() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada").await;
        let pair = fixture.sign_in("ada").await;
        let actor = fixture.users.authenticate(&pair.access_token, None).await.unwrap().actor;
        let id = ada.id;
        let done: Result<(), kernel::StoreError> = fixture
            .work
            .write(move |tx| {
                let mut session = tx.sessions().of_user(id, start())?.remove(0);
                session.expires_at = start();
                tx.sessions().save(&session)
            })
            .await;
        done.unwrap();
        // how old a cached entry may be is the cache's to bound
        fixture.live.evict(&actor.session.unwrap()).await;
        assert!(!fixture.lives(&pair.access_token).await);
        assert!(fixture.users.ticket(&actor, &origin()).await.is_err());
        fixture.clock.advance(Duration::from_secs(10));
        assert_eq!(fixture.users.purge(Duration::from_secs(1)).await.unwrap(), 1);
    });
}

#[test]
fn a_ticket_works_once_and_for_thirty_seconds() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        let (ticket, life) = fixture.users.ticket(&ada, &origin()).await.unwrap();
        assert_eq!(life, Duration::from_secs(30));
        fixture.clock.advance(Duration::from_secs(29));
        let caller = fixture.users.redeem_ticket(&ticket, Some("r-2".into())).await.unwrap();
        assert_eq!((caller.actor.user, caller.actor.session), (ada.user, ada.session));
        assert_eq!(caller.actor.request_id.as_deref(), Some("r-2"));
        assert_eq!(caller.expires_at, None);
        let (late, _) = fixture.users.ticket(&ada, &origin()).await.unwrap();
        fixture.clock.advance(life);
        for bad in [ticket.as_str(), late.as_str(), "", "nonsense"] {
            let answer = fixture.users.redeem_ticket(bad, None).await;
            assert!(matches!(answer, Err(UserError::BadTicket)), "{bad}: {answer:?}");
        }
        let server = Actor { session: None, ..ada };
        assert!(fixture.users.ticket(&server, &origin()).await.is_err());
        assert!(fixture.users.still_valid(&server).await);
    });
}

#[test]
fn a_new_password_ends_every_other_session() {
    block_on(async {
        let fixture = Fixture::new();
        let ada = fixture.person("ada.lovelace").await;
        let here = fixture.sign_in("ada.lovelace").await;
        let there = fixture.sign_in("ada.lovelace").await;
        let actor = fixture.users.authenticate(&here.access_token, None).await.unwrap().actor;
        let change = |current: &str, new: &str| {
            fixture.users.change_password(&actor, password(current), password(new), origin())
        };
        let wrong = change("wrong", "a second long walk").await;
        assert!(matches!(wrong, Err(UserError::WrongPassword)), "{wrong:?}");
        let entry = fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome, entry.actor),
            ("auth.password_changed", AuditOutcome::Failure, Some(ada.id))
        );
        for bad in ["password123", "ada.lovelace", "ADA.LOVELACE@example.com"] {
            let error = change(PASSWORD, bad).await.unwrap_err();
            assert_eq!(error.fields()[0].field, "/new_password", "{bad}");
        }
        assert!(fixture.lives(&there.access_token).await);

        change(PASSWORD, "a second long walk").await.unwrap();
        let entry = fixture.last_entry().await;
        assert_eq!(
            (entry.action.as_str(), entry.outcome),
            ("auth.password_changed", AuditOutcome::Success)
        );
        assert!(fixture.lives(&here.access_token).await);
        assert!(!fixture.lives(&there.access_token).await);
        assert!(fixture.users.sign_in(by_name("ada.lovelace", PASSWORD)).await.is_err());
        fixture.users.sign_in(by_name("ada.lovelace", "a second long walk")).await.unwrap();
    });
}

#[test]
fn a_token_whose_time_is_over_says_so() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let pair = fixture.sign_in("ada").await;
        fixture.clock.advance(ACCESS);
        let over = fixture.users.authenticate(&pair.access_token, None).await.unwrap_err();
        assert_eq!((over.kind(), over.code()), (ErrorKind::Unauthenticated, "auth.token_expired"));
        let nonsense = fixture.users.authenticate("nonsense", None).await.unwrap_err();
        assert_eq!(
            (nonsense.kind(), nonsense.code()),
            (ErrorKind::Unauthenticated, "auth.bad_token")
        );
    });
}
