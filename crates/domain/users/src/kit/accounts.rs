//! Accounts, one at a time.

use kernel::{Locale, Permission, Permissions, Role, StoreError, Timestamp};

use super::{
    Fixture, MICROSECOND, ODD_TEXTS, email, hash, long, moment, name, newcomer, nobody, username,
};
use crate::{
    personal_access_token::NewToken,
    query::{DEFAULT_ORDER, UserFilter},
    session::{RefreshState, RefreshToken},
    user::{NewUser, User},
    values::{Bio, Provider, Status, TokenName},
};

pub(super) async fn a1_an_account_comes_back_as_it_went_in(fixture: Fixture) {
    let mut made = Vec::new();
    for (number, text) in ODD_TEXTS.into_iter().enumerate() {
        let new = NewUser {
            role: Role::ALL[number % 4],
            first_name: name(text),
            last_name: name(&long(100)),
            locale: Locale::ALL[number % 3],
            provider: Provider::ALL[number % 4],
            email_verified: number % 2 == 0,
            created_at: [Timestamp::MIN, moment(3), Timestamp::MAX][number % 3],
            ..newcomer(&format!("odd-{number}_X.y"))
        };
        let user = fixture.insert(new.clone()).await;
        let expected = User {
            id: user.id,
            username: new.username,
            email: new.email,
            role: new.role,
            status: Status::Active,
            first_name: new.first_name,
            last_name: new.last_name,
            bio: Bio::parse("").unwrap(),
            avatar: None,
            locale: new.locale,
            provider: new.provider,
            email_verified: new.email_verified,
            phone: None,
            two_factor_enabled: false,
            created_at: new.created_at,
            updated_at: new.created_at,
            last_login_at: None,
            purge_at: None,
            version: 1,
        };
        assert_eq!(user, expected);
        made.push(user);
    }
    let longest = NewUser {
        username: username(&"W".repeat(50)),
        email: email(&format!(
            "{}@{}.{}.{}.example",
            "l".repeat(64),
            "h".repeat(63),
            "o".repeat(63),
            "s".repeat(53)
        )),
        ..newcomer("unused")
    };
    made.push(fixture.insert(longest).await);
    for user in made {
        assert_eq!(fixture.get(user.id).await, Some(user.clone()));
        let id = user.id;
        assert_eq!(fixture.write(move |tx| tx.users().lock(id)).await, Some(user));
    }
    assert_eq!(fixture.get(nobody()).await, None);
    assert_eq!(fixture.write(|tx| tx.users().lock(nobody())).await, None);
}

pub(super) async fn a1_a_save_writes_every_field(fixture: Fixture) {
    let before = fixture.account("ada").await;
    for text in ODD_TEXTS {
        let before = fixture.get(before.id).await.unwrap();
        let after = fixture
            .save(&User {
                username: username("Grace.Hopper"),
                email: email("GRACE+%_@Example.COM"),
                role: Role::SuperAdmin,
                status: Status::Suspended,
                first_name: name(text),
                last_name: name(&long(100)),
                bio: Bio::parse(if text.is_empty() { "" } else { text }).unwrap(),
                avatar: Some(format!("/avatars/{text}")),
                locale: Locale::ZhHans,
                provider: Provider::GitHub,
                email_verified: true,
                two_factor_enabled: true,
                purge_at: Some(Timestamp::MAX),
                updated_at: Timestamp::MAX,
                ..before
            })
            .await;
        assert_eq!(fixture.get(after.id).await, Some(after));
    }
    let mut plain = fixture.get(before.id).await.unwrap();
    plain.avatar = None;
    plain.bio = Bio::parse(&long(1000)).unwrap();
    plain.updated_at = Timestamp::MIN;
    plain.two_factor_enabled = false;
    plain.purge_at = None;
    let plain = fixture.save(&plain).await;
    assert_eq!(fixture.get(plain.id).await, Some(plain));
}

/// Why an account with this name and address is not taken in.
async fn refused(fixture: &Fixture, name: &str, address: &str) -> StoreError {
    let new = NewUser { username: username(name), email: email(address), ..newcomer("unused") };
    fixture.refused(move |tx| tx.users().insert(&new, Some(&hash("none")))).await
}

fn is_taken(error: &StoreError, what: &str) -> bool {
    matches!(error, StoreError::Duplicate(name) if *name == what)
}

pub(super) async fn a2_usernames_are_unique_without_case(fixture: Fixture) {
    let ada = fixture.account("Ada").await;
    for taken in ["Ada", "ADA", "ada"] {
        let error = refused(&fixture, taken, "other@example.com").await;
        assert!(is_taken(&error, "users.username"), "{error}");
    }
    let mut grace = fixture.account("grace").await;
    grace.username = username("aDA");
    let error = fixture.refused(move |tx| tx.users().save(&mut grace.clone())).await;
    assert!(is_taken(&error, "users.username"), "{error}");
    // one's own name in another case is free, and so is one that only looks like it
    let respelled = fixture.save(&User { username: username("ADA"), ..ada }).await;
    assert_eq!(respelled.username.as_str(), "ADA");
    fixture.account("Ada_").await;
    fixture.account("Ada-").await;
}

pub(super) async fn a2_addresses_are_unique_without_case(fixture: Fixture) {
    let ada = fixture.account("ada").await;
    for taken in ["ada@example.com", "ADA@EXAMPLE.COM", "Ada@Example.Com"] {
        let error = refused(&fixture, "other", taken).await;
        assert!(is_taken(&error, "users.email"), "{error}");
    }
    let mut grace = fixture.account("grace").await;
    grace.email = email("Ada@example.com");
    let error = fixture.refused(move |tx| tx.users().save(&mut grace.clone())).await;
    assert!(is_taken(&error, "users.email"), "{error}");
    fixture.save(&User { email: email("ADA@example.com"), ..ada }).await;
}

pub(super) async fn a2_the_username_is_named_first(fixture: Fixture) {
    fixture.account("ada").await;
    let error = refused(&fixture, "ADA", "ADA@example.com").await;
    assert!(is_taken(&error, "users.username"), "{error}");
    fixture.account("edith").await;
    let error = refused(&fixture, "edith", "ada@example.com").await;
    assert!(is_taken(&error, "users.username"), "{error}");
    let mut grace = fixture.account("grace").await;
    grace.username = username("Ada");
    grace.email = email("Ada@example.com");
    let error = fixture.refused(move |tx| tx.users().save(&mut grace.clone())).await;
    assert!(is_taken(&error, "users.username"), "{error}");
}

pub(super) async fn a3_a_save_grows_the_version_in_store_and_argument(fixture: Fixture) {
    let mut user = fixture.account("ada").await;
    for version in 2..5 {
        user = fixture.save(&user).await;
        assert_eq!(user.version, version);
        assert_eq!(fixture.get(user.id).await, Some(user.clone()));
    }
}

pub(super) async fn a3_a_stale_save_changes_nothing(fixture: Fixture) {
    let old = fixture.account("ada").await;
    let new = fixture.save(&User { first_name: name("new"), ..old.clone() }).await;
    let missing =
        User { id: nobody(), username: username("zoe"), email: email("z@e.org"), ..old.clone() };
    let future = User { version: new.version + 1, ..new.clone() };
    for stale in [old, missing, future] {
        let error = fixture
            .refused(move |tx| {
                let mut stale = User { last_name: name("lost"), ..stale.clone() };
                let version = stale.version;
                let result = tx.users().save(&mut stale);
                assert_eq!(stale.version, version, "a refused save leaves its argument alone");
                result
            })
            .await;
        assert!(matches!(error, StoreError::Stale), "{error}");
    }
    assert_eq!(fixture.get(new.id).await, Some(new));
}

pub(super) async fn a5_names_and_addresses_are_found_in_any_case(fixture: Fixture) {
    let ada = fixture.account("Ada.Lovelace").await;
    fixture.account("grace").await;
    for text in ["Ada.Lovelace", "ada.lovelace", "ADA.LOVELACE"] {
        let found = fixture.read(move |tx| tx.users().find_by_username(text)).await;
        assert_eq!(found.as_ref(), Some(&ada), "{text}");
        let address = format!("{text}@EXAMPLE.com");
        let found = fixture.read(move |tx| tx.users().find_by_email(&address)).await;
        assert_eq!(found.as_ref(), Some(&ada), "{text}");
    }
    // neither is looked for among the other
    let found = fixture.read(|tx| tx.users().find_by_username("grace@example.com")).await;
    assert_eq!(found, None);
    assert_eq!(fixture.read(|tx| tx.users().find_by_email("grace")).await, None);
}

pub(super) async fn a5_what_is_looked_for_is_taken_literally(fixture: Fixture) {
    let literal = fixture.account("a_b").await;
    fixture.account("axb").await;
    let found = fixture.read(|tx| tx.users().find_by_username("A_B")).await;
    assert_eq!(found, Some(literal));
    let odd = ODD_TEXTS.map(str::to_owned);
    let more = ["%", "a%", "___", "a_", " a_b", "a_b ", "a*b", "İ"].map(str::to_owned);
    for text in odd.into_iter().chain(more).chain([long(254)]) {
        let (one, two) = (text.clone(), text.clone());
        assert_eq!(fixture.read(move |tx| tx.users().find_by_username(&one)).await, None, "{text}");
        assert_eq!(fixture.read(move |tx| tx.users().find_by_email(&two)).await, None, "{text}");
    }
}

pub(super) async fn a6_the_password_is_what_was_last_set_and_grows_no_version(fixture: Fixture) {
    let new = newcomer("ada");
    let ada = fixture.write(move |tx| tx.users().insert(&new, Some(&hash("first")))).await;
    let grace = fixture.account("grace").await;
    let id = ada.id;
    assert_eq!(fixture.read(move |tx| tx.users().password(id)).await, Some(hash("first")));
    let longest = hash(&"$".repeat(251));
    let set = longest.clone();
    fixture.write(move |tx| tx.users().set_password(id, Some(&set))).await;
    assert_eq!(fixture.read(move |tx| tx.users().password(id)).await, Some(longest.clone()));
    assert_eq!(fixture.get(id).await, Some(ada.clone()));
    // a save leaves it alone, and others keep theirs
    fixture.save(&ada).await;
    assert_eq!(fixture.read(move |tx| tx.users().password(id)).await, Some(longest));
    assert_eq!(fixture.read(move |tx| tx.users().password(grace.id)).await, Some(hash("none")));
    assert_eq!(fixture.read(|tx| tx.users().password(nobody())).await, None);
    // an account may have none, from the beginning or from now on
    fixture.write(move |tx| tx.users().set_password(id, None)).await;
    assert_eq!(fixture.read(move |tx| tx.users().password(id)).await, None);
    let new = newcomer("hopper");
    let hopper = fixture.write(move |tx| tx.users().insert(&new, None)).await;
    assert_eq!(fixture.read(move |tx| tx.users().password(hopper.id)).await, None);
}

pub(super) async fn a8_a_removed_account_is_on_no_read_and_its_names_are_free(fixture: Fixture) {
    let new = NewUser { role: Role::Admin, first_name: name("Augusta"), ..newcomer("ada") };
    let ada = fixture.insert(new.clone()).await;
    let grace = fixture.account("grace").await;
    let id = ada.id;
    assert!(fixture.write(move |tx| tx.users().remove(id, moment(5))).await);
    assert_eq!(fixture.get(id).await, None);
    assert_eq!(fixture.write(move |tx| tx.users().lock(id)).await, None);
    assert_eq!(fixture.read(move |tx| tx.users().password(id)).await, None);
    assert_eq!(fixture.read(|tx| tx.users().find_by_username("ada")).await, None);
    assert_eq!(fixture.read(|tx| tx.users().find_by_email("ada@example.com")).await, None);
    assert_eq!(fixture.write(|tx| tx.users().lock_role(Role::Admin)).await, []);
    let listed = fixture
        .read(|tx| {
            let page = kernel::PageRequest::default();
            tx.users().list(&UserFilter::default(), &DEFAULT_ORDER, &page)
        })
        .await;
    assert_eq!(listed.items, [grace]);
    assert_eq!(listed.total, Some(1));
    let error = fixture.refused(move |tx| tx.users().save(&mut ada.clone())).await;
    assert!(matches!(error, StoreError::Stale), "{error}");
    let again = fixture.insert(new).await;
    assert_ne!(again.id, id);
    assert_eq!(again.version, 1);
}

pub(super) async fn a8_sessions_tokens_and_tickets_go_with_their_account(fixture: Fixture) {
    let ada = fixture.account("ada").await;
    let grace = fixture.account("grace").await;
    let mut digests = Vec::new();
    for (number, user) in [(1, &ada), (2, &grace)] {
        let session = fixture.session(user.id, 0).await;
        let token = RefreshToken {
            session: session.id,
            generation: 1,
            digest: [number; 32],
            state: RefreshState::Live,
            expires_at: session.expires_at,
        };
        let id = session.id;
        fixture
            .write(move |tx| {
                tx.sessions().insert_refresh(&token)?;
                tx.sessions().insert_ticket(&[number + 10; 32], id, moment(100))
            })
            .await;
        digests.push((number, id));
    }
    let id = ada.id;
    fixture.write(move |tx| tx.users().remove(id, moment(1)).map(|_| ())).await;
    assert_eq!(fixture.read(move |tx| tx.sessions().of_user(id, moment(0))).await, []);
    for (number, session) in digests {
        let kept = number == 2;
        let there = fixture.read(move |tx| tx.sessions().get(session)).await;
        assert_eq!(there.is_some(), kept);
        let live = fixture.read(move |tx| tx.sessions().live(session)).await;
        assert_eq!(live.is_some(), kept);
        let token = fixture.read(move |tx| tx.sessions().find_refresh(&[number; 32])).await;
        assert_eq!(token.is_some(), kept);
        let ticket =
            fixture.write(move |tx| tx.sessions().take_ticket(&[number + 10; 32], moment(1))).await;
        assert_eq!(ticket.is_some(), kept);
    }
}

pub(super) async fn a8_tokens_and_roles_go_with_their_account(fixture: Fixture) {
    fixture.role("helpers", &[Permission::AuditRead]).await;
    let mut people = Vec::new();
    for (number, text) in [(1, "ada"), (2, "grace")] {
        let id = fixture.account(text).await.id;
        fixture.give(id, &["helpers"]).await;
        let new = NewToken {
            user: id,
            name: TokenName::parse("ci").unwrap(),
            scopes: Permissions::NONE,
            digest: [number; 32],
            expires_at: None,
            created_at: moment(0),
        };
        let token = fixture.write(move |tx| tx.personal_access_tokens().insert(&new)).await;
        people.push((number, id, token.id));
    }
    let ada = people[0].1;
    fixture.write(move |tx| tx.users().remove(ada, moment(1)).map(|_| ())).await;
    for (number, id, token) in people {
        let kept = usize::from(number == 2);
        assert_eq!(
            fixture.read(move |tx| tx.personal_access_tokens().of_user(id)).await.len(),
            kept
        );
        assert_eq!(fixture.read(move |tx| tx.roles().of_user(id)).await.len(), kept);
        let live = fixture.read(move |tx| tx.personal_access_tokens().live(&[number; 32])).await;
        assert_eq!(usize::from(live.is_some()), kept);
        let gone = fixture.write(move |tx| tx.personal_access_tokens().remove(id, token)).await;
        assert_eq!(usize::from(gone.is_some()), kept, "what is gone is not there to be removed");
    }
}

pub(super) async fn a8_removing_what_is_not_there_gives_false(fixture: Fixture) {
    let id = fixture.account("ada").await.id;
    assert!(!fixture.write(|tx| tx.users().remove(nobody(), moment(0))).await);
    assert!(fixture.write(move |tx| tx.users().remove(id, moment(0))).await);
    assert!(!fixture.write(move |tx| tx.users().remove(id, moment(0))).await);
}

pub(super) async fn a8_the_number_of_a_removed_account_is_not_given_again(fixture: Fixture) {
    let mut given = Vec::new();
    for _ in 0..3 {
        let id = fixture.account("ada").await.id;
        assert!(!given.contains(&id), "{id} was given twice");
        given.push(id);
        fixture.write(move |tx| tx.users().remove(id, moment(0)).map(|_| ())).await;
    }
}

pub(super) async fn a10_a_sign_in_is_noted_and_grows_no_version(fixture: Fixture) {
    let before = fixture.account("ada").await;
    let id = before.id;
    let at = moment(9).plus(MICROSECOND);
    fixture.write(move |tx| tx.users().note_login(id, at)).await;
    let noted = User { last_login_at: Some(at), ..before.clone() };
    assert_eq!(fixture.get(id).await, Some(noted.clone()));
    // so a save by who read it before still succeeds, and does not undo it
    let saved = fixture.save(&User { first_name: name("Ada"), ..before }).await;
    let expected = User { first_name: name("Ada"), version: 2, ..noted };
    assert_eq!(saved.version, 2);
    assert_eq!(fixture.get(id).await, Some(expected));
}

pub(super) async fn a11_closed_accounts_are_due_when_their_time_is_over(fixture: Fixture) {
    let mut closed = Vec::new();
    for (number, at) in [(0, Some(7)), (1, Some(5)), (2, None), (3, Some(8)), (4, Some(7))] {
        let user = fixture.account(&format!("user{number}")).await;
        closed.push(fixture.save(&User { purge_at: at.map(moment), ..user }).await.id);
    }
    let due = async |at, limit| fixture.read(move |tx| tx.users().due(moment(at), limit)).await;
    assert_eq!(due(4, 9).await, []);
    assert_eq!(due(7, 9).await, [closed[1], closed[0], closed[4]]);
    assert_eq!(due(7, 2).await, [closed[1], closed[0]]);
    let gone = closed[1];
    fixture.write(move |tx| tx.users().remove(gone, moment(7)).map(|_| ())).await;
    assert_eq!(due(7, 1).await, [closed[0]]);
}
