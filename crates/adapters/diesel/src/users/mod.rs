//! `UserStore`. The other stores of the domain are in files of their own.

mod activity;
pub(crate) mod audit;
pub(crate) mod constraints;
mod email_counts;
mod factors;
mod identities;
mod login_throttle;
mod one_time_tokens;
mod personal_access_tokens;
mod phone_changes;
pub(crate) mod roles;
pub(crate) mod rows;
mod sessions;

use diesel::{prelude::*, sql_types::BigInt};
use kernel::{
    Page, PageRequest, PhoneNumber, Role, SortKey, StoreError, Timestamp, UserId, page::order_text,
    search::SearchDocument,
};
use users::{
    User, UserStore,
    query::{SearchIn, UserFilter, UserSort},
    user::NewUser,
    values::{Bio, EmailAddress, PasswordHash, PersonName, Provider, Status, Username},
};

use self::rows::UserRow;
use crate::{
    columns::{RowRef, count, rank, role_rank, unwritable},
    common::{
        search_index::{Index, Reach::Beginnings, fts, joined, tsquery},
        search_words::{Searched, behind},
    },
    constraint::Attempt,
    db::{AnyConnection, Dialect, by_engine, locking, on},
    list::{self, Column, Holds, Keys},
    row::{Row as _, all, one},
    schema::{grants, sessions as session_rows, user_roles, users as table},
    statement::Statement,
    uow::DieselTx,
};

/// Of the advisory locks that make those who look at one role take turns (A9).
const ROLE_LOCK: i64 = 0x616c_7665_0100;

pub(crate) const SEARCHED: Searched = Searched { table: UserRow::TABLE, renew };

/// Cuts the words of the next accounts again.
fn renew(tx: &mut DieselTx, after: i64) -> Result<Option<i64>, StoreError> {
    let rows = behind!(tx, UserRow, table::SqlType, UserRow::COLUMNS, UserRow::TABLE, after)?;
    let users: Vec<User> = all(rows)?;
    for user in &users {
        let words = search_text(&user.username, &user.first_name, &user.last_name, &user.email);
        tx.index_user(user.id.get(), words, true)?;
    }
    Ok(users.last().map(|user| user.id.get()))
}

/// The words of the names, and those of the address.
fn search_text(
    username: &Username,
    first: &PersonName,
    last: &PersonName,
    email: &EmailAddress,
) -> (String, String) {
    let names = format!("{} {} {}", username.as_str(), first.as_str(), last.as_str());
    let found = |text: &str| joined(&SearchDocument::default().text(text));
    (found(&names), found(email.as_str()))
}

/// A2: the username first. PostgreSQL looks at the indexes in the order they were made; SQLite is
/// asked again.
fn username_first(
    conn: &mut AnyConnection,
    error: StoreError,
    username_key: &str,
    except: Option<UserId>,
) -> StoreError {
    let (AnyConnection::Sqlite(c), StoreError::Duplicate("users.email")) = (conn, &error) else {
        return error;
    };
    let taken = table::table
        .filter(table::username_key.eq(username_key))
        .filter(table::deleted_at.is_null())
        .filter(table::id.ne(except.map_or(0, UserId::get)))
        .count()
        .get_result::<i64>(c);
    match taken {
        Ok(1..) => StoreError::Duplicate("users.username"),
        _ => error,
    }
}

const fn column(field: UserSort) -> Column {
    let (name, holds) = match field {
        UserSort::CreatedAt => ("created_at", Holds::Number),
        UserSort::Username => ("username_key", Holds::Text),
        UserSort::Id => ("id", Holds::Number),
    };
    Column { name, holds }
}

fn conditions<ST>(statement: &mut Statement<'_, ST>, filter: &UserFilter, dialect: Dialect) {
    statement.sql(" FROM users WHERE deleted_at IS NULL");
    match (&filter.search, dialect) {
        (None, _) => {}
        (Some((query, place)), Dialect::Sqlite) => {
            let words = match place {
                SearchIn::Names => format!("{{names}} : ({})", fts(query, Beginnings)),
                SearchIn::NamesAndEmail => fts(query, Beginnings),
            };
            statement.sql(" AND id IN (SELECT rowid FROM users_words WHERE users_words MATCH ");
            statement.text(words).sql(")");
        }
        (Some((query, place)), Dialect::Postgres) => {
            statement.sql(match place {
                SearchIn::Names => " AND names_words @@ CAST(",
                SearchIn::NamesAndEmail => " AND all_words @@ CAST(",
            });
            statement.text(tsquery(query, Beginnings)).sql(" AS tsquery)");
        }
    }
    if let Some(role) = filter.role {
        statement.sql(" AND role = ").number(role_rank(role).into());
    }
    if let Some(status) = filter.status {
        statement.sql(" AND status = ").number(rank(&Status::ALL, &status).into());
    }
    if filter.open_only {
        statement.sql(" AND purge_at IS NULL");
    }
    if let Some(provider) = filter.provider {
        // Not bound, so that the index of one provider's accounts is used.
        statement.sql(format!(" AND provider = {}", rank(&Provider::ALL, &provider)));
    }
    if let Some(user) = filter.except {
        statement.sql(" AND id <> ").number(user.get());
    }
}

fn page_of(
    conn: &mut AnyConnection,
    filter: &UserFilter,
    order: &[SortKey<UserSort>],
    page: &PageRequest,
) -> Result<Page<User>, StoreError> {
    let dialect = conn.dialect();
    let keys = Keys::new(order, order_text(order, &UserSort::ALL), column);
    let mut statement: Statement<'_, table::SqlType> = Statement::new();
    if keys.len() > 1 {
        statement.not_kept();
    }
    statement.sql("SELECT ").sql(UserRow::COLUMNS);
    conditions(&mut statement, filter, dialect);
    keys.finish(&mut statement, page, dialect)?;
    let rows: Vec<UserRow> = on!(conn, |c| statement.load(c)).doing("users.list")?;
    let at = |user: &User| {
        (order.iter().map(|key| key.field.sort_value(user)).collect::<Vec<_>>(), user.id.get())
    };
    list::page(&keys, all(rows)?, page, at, || {
        let mut total: Statement<'_, BigInt> = Statement::new();
        list::count_rows(&mut total, |total| conditions(total, filter, dialect));
        on!(conn, |c| total.get_result::<i64>(c)).doing("users.list: total").map(count)
    })
}

impl DieselTx {
    /// Tells the index of words what an account is called now.
    fn index_user(
        &mut self,
        id: i64,
        words: (String, String),
        known: bool,
    ) -> Result<(), StoreError> {
        by_engine!(
            &mut self.conn,
            |_| if known {
                self.terms.replace(Index::Users, id, words);
            } else {
                self.terms.add(Index::Users, id, words);
            },
            |c| {
                let all = format!("{} {}", words.0, words.1);
                let mut update: Statement = Statement::new();
                update.sql("UPDATE users SET names_words = array_to_tsvector(string_to_array(");
                update.text(words.0.as_str());
                update.sql(", ' ')), all_words = array_to_tsvector(array_remove(string_to_array(");
                update.text(all).sql(", ' '), '')) WHERE id = ").number(id);
                update.execute(&mut **c).doing("users.words")?;
            }
        );
        Ok(())
    }

    fn insert_user(
        &mut self,
        new: &NewUser,
        password: Option<&PasswordHash>,
    ) -> Result<User, StoreError> {
        let conn = &mut self.conn;
        let NewUser {
            username,
            email,
            role,
            first_name,
            last_name,
            locale,
            provider,
            email_verified,
            created_at,
        } = new;
        let username_key = username.key();
        let at = created_at.micros();
        let id = on!(conn, |c| {
            diesel::insert_into(table::table)
                .values((
                    table::username.eq(username.as_str()),
                    table::username_key.eq(&username_key),
                    table::email.eq(email.as_str()),
                    table::email_key.eq(email.key()),
                    table::role.eq(role_rank(*role)),
                    table::status.eq(rank(&Status::ALL, &Status::Active)),
                    table::first_name.eq(first_name.as_str()),
                    table::last_name.eq(last_name.as_str()),
                    table::bio.eq(""),
                    table::locale.eq(locale.rank()),
                    table::provider.eq(rank(&Provider::ALL, provider)),
                    table::email_verified.eq(*email_verified),
                    table::two_factor_enabled.eq(false),
                    table::password_hash.eq(password.map_or("", PasswordHash::expose)),
                    table::created_at.eq(at),
                    table::updated_at.eq(at),
                    table::active_at.eq(at),
                    table::version.eq(1),
                ))
                .returning(table::id)
                .get_result::<i64>(c)
        })
        .doing("users.insert")
        .map_err(|error| username_first(conn, error, &username_key, None))?;
        let words = search_text(username, first_name, last_name, email);
        self.index_user(id, words, false)?;
        Ok(User {
            id: UserId::parse(id).map_err(unwritable)?,
            username: new.username.clone(),
            email: new.email.clone(),
            role: new.role,
            status: Status::Active,
            first_name: new.first_name.clone(),
            last_name: new.last_name.clone(),
            bio: Bio::parse("").map_err(unwritable)?,
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
        })
    }

    fn save_user(&mut self, user: &mut User) -> Result<(), StoreError> {
        let conn = &mut self.conn;
        let User {
            id,
            username,
            email,
            role,
            status,
            first_name,
            last_name,
            bio,
            avatar,
            locale,
            provider,
            email_verified,
            phone,
            two_factor_enabled,
            created_at,
            updated_at,
            // Only `note_login` sets it.
            last_login_at: _,
            purge_at,
            version,
        } = &*user;
        let username_key = username.key();
        let row = table::table
            .find(id.get())
            .filter(table::version.eq(*version))
            .filter(table::deleted_at.is_null());
        let changed = on!(conn, |c| {
            diesel::update(row)
                .set((
                    table::username.eq(username.as_str()),
                    table::username_key.eq(&username_key),
                    table::email.eq(email.as_str()),
                    table::email_key.eq(email.key()),
                    table::role.eq(role_rank(*role)),
                    table::status.eq(rank(&Status::ALL, status)),
                    table::first_name.eq(first_name.as_str()),
                    table::last_name.eq(last_name.as_str()),
                    table::bio.eq(bio.as_str()),
                    table::avatar.eq(avatar.as_deref()),
                    table::locale.eq(locale.rank()),
                    table::provider.eq(rank(&Provider::ALL, provider)),
                    table::email_verified.eq(*email_verified),
                    table::phone.eq(phone.as_ref().map(PhoneNumber::as_str)),
                    table::two_factor_enabled.eq(*two_factor_enabled),
                    table::created_at.eq(created_at.micros()),
                    table::updated_at.eq(updated_at.micros()),
                    table::purge_at.eq(purge_at.map(Timestamp::micros)),
                    table::version.eq(table::version + 1),
                ))
                .execute(c)
        })
        .doing("users.save")
        .map_err(|error| username_first(conn, error, &username_key, Some(*id)))?;
        if changed == 0 {
            return Err(StoreError::Stale);
        }
        let (id, words) = (id.get(), search_text(username, first_name, last_name, email));
        self.index_user(id, words, true)?;
        user.version += 1;
        Ok(())
    }

    fn remove_user(&mut self, id: UserId, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.get();
        let row = table::table.find(id).filter(table::deleted_at.is_null());
        let gone = on!(&mut self.conn, |c| {
            diesel::update(row)
                .set((
                    (
                        table::username.eq(""),
                        table::username_key.eq(""),
                        table::email.eq(""),
                        table::email_key.eq(""),
                        table::first_name.eq(""),
                        table::last_name.eq(""),
                        table::bio.eq(""),
                        table::avatar.eq(None::<String>),
                        table::locale.eq(0),
                        table::phone.eq(None::<String>),
                        table::password_hash.eq(""),
                        table::purge_at.eq(None::<i64>),
                    ),
                    (
                        table::deleted_at.eq(now.micros()),
                        table::updated_at.eq(now.micros()),
                        table::version.eq(table::version + 1),
                    ),
                ))
                .execute(c)
        })
        .doing("users.remove")?;
        if gone == 0 {
            return Ok(false);
        }
        // Refresh tokens and tickets go with their sessions.
        on!(&mut self.conn, |c| {
            diesel::delete(session_rows::table.filter(session_rows::user_id.eq(id))).execute(c)
        })
        .doing("users.remove: sessions")?;
        self.forget_links(id)?;
        on!(&mut self.conn, |c| {
            diesel::delete(grants::table.filter(grants::user_id.eq(id))).execute(c)
        })
        .doing("users.remove: tokens")?;
        on!(&mut self.conn, |c| {
            diesel::delete(user_roles::table.filter(user_roles::user_id.eq(id))).execute(c)
        })
        .doing("users.remove: roles")?;
        self.drop_factor(id)?;
        self.drop_identities(id)?;
        match self.conn.dialect() {
            Dialect::Sqlite => self.terms.remove(Index::Users, id),
            Dialect::Postgres => self.index_user(id, (String::new(), String::new()), true)?,
        }
        Ok(true)
    }

    /// By one of the two unique texts; a NUL is in neither, and PostgreSQL would not take it.
    fn find_user(&mut self, by: Key, raw: &str) -> Result<Option<User>, StoreError> {
        if raw.contains('\0') {
            return Ok(None);
        }
        let key = raw.to_ascii_lowercase();
        let live = table::deleted_at.is_null();
        self.reading(|conn| {
            one(match by {
                Key::Username => on!(conn, |c| {
                    table::table
                        .filter(table::username_key.eq(&key))
                        .filter(live)
                        .get_result::<UserRow>(c)
                        .optional()
                }),
                Key::Email => on!(conn, |c| {
                    table::table
                        .filter(table::email_key.eq(&key))
                        .filter(live)
                        .get_result(c)
                        .optional()
                }),
            }
            .doing("users.find")?)
        })
    }
}

#[derive(Clone, Copy)]
enum Key {
    Username,
    Email,
}

/// A change of a live account that is there.
fn there(changed: usize) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::Missing("users.id")) } else { Ok(()) }
}

impl DieselTx {
    /// P1: true for the account of a person who may be given something. Domains ask it through ports of
    /// their own.
    pub(crate) fn has_active_account(&mut self, user: UserId) -> Result<bool, StoreError> {
        let active = rank(&Status::ALL, &Status::Active);
        self.reading(|conn| {
            let found = on!(conn, |c| {
                table::table
                    .find(user.get())
                    .filter(table::deleted_at.is_null())
                    .filter(table::status.eq(active))
                    .filter(table::purge_at.is_null())
                    .select(table::id)
                    .get_result::<i64>(c)
                    .optional()
            })
            .doing("people.is_active")?;
            Ok(found.is_some())
        })
    }
}

impl UserStore for DieselTx {
    fn insert(
        &mut self,
        user: &NewUser,
        password: Option<&PasswordHash>,
    ) -> Result<User, StoreError> {
        self.writing(|tx| tx.insert_user(user, password))
    }

    fn get(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        self.reading(|conn| {
            one(on!(conn, |c| {
                table::table
                    .find(id.get())
                    .filter(table::deleted_at.is_null())
                    .get_result::<UserRow>(c)
                    .optional()
            })
            .doing("users.get")?)
        })
    }

    fn lock(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        self.reading(|conn| {
            let query = table::table.find(id.get()).filter(table::deleted_at.is_null());
            one(locking!(conn, query, |c| query.get_result::<UserRow>(c).optional())
                .doing("users.lock")?)
        })
    }

    fn find_by_username(&mut self, username: &str) -> Result<Option<User>, StoreError> {
        self.find_user(Key::Username, username)
    }

    fn find_by_email(&mut self, email: &str) -> Result<Option<User>, StoreError> {
        self.find_user(Key::Email, email)
    }

    fn save(&mut self, user: &mut User) -> Result<(), StoreError> {
        self.writing(|tx| tx.save_user(user))
    }

    fn list(
        &mut self,
        filter: &UserFilter,
        order: &[SortKey<UserSort>],
        page: &PageRequest,
    ) -> Result<Page<User>, StoreError> {
        if filter.search.is_some() {
            self.flush_search_index()?;
        }
        self.reading(|conn| page_of(conn, filter, order, page))
    }

    fn lock_role(&mut self, role: Role) -> Result<Vec<UserId>, StoreError> {
        let rank = role_rank(role);
        let query = table::table
            .filter(table::role.eq(rank))
            .filter(table::deleted_at.is_null())
            .order(table::id.asc())
            .select(table::id);
        self.reading(|conn| {
            let ids: Vec<i64> =
                by_engine!(conn, |c| query.load(c).doing("users.lock_role")?, |c| {
                    // Row locks alone would not hold off who is about to receive the role.
                    let mut turn: Statement = Statement::new();
                    turn.sql("SELECT pg_advisory_xact_lock(");
                    turn.number(ROLE_LOCK + i64::from(rank)).sql(")");
                    turn.execute(&mut **c).doing("users.lock_role: turn")?;
                    query.for_update().load(&mut **c).doing("users.lock_role")?
                });
            ids.into_iter().map(|id| RowRef::new("users", id).user("id", id)).collect()
        })
    }

    fn password(&mut self, id: UserId) -> Result<Option<PasswordHash>, StoreError> {
        self.reading(|conn| {
            let hash: Option<String> = on!(conn, |c| {
                table::table
                    .find(id.get())
                    .filter(table::deleted_at.is_null())
                    .select(table::password_hash)
                    .get_result(c)
                    .optional()
            })
            .doing("users.password")?;
            let row_ref = RowRef::new("users", id.get());
            hash.filter(|hash| !hash.is_empty())
                .map(|hash| row_ref.read("password_hash", PasswordHash::parse(&hash)))
                .transpose()
        })
    }

    fn set_password(&mut self, id: UserId, hash: Option<&PasswordHash>) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get()).filter(table::deleted_at.is_null());
            there(
                on!(&mut tx.conn, |c| {
                    diesel::update(row)
                        .set(table::password_hash.eq(hash.map_or("", PasswordHash::expose)))
                        .execute(c)
                })
                .doing("users.set_password")?,
            )
        })
    }

    fn note_login(&mut self, id: UserId, at: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get()).filter(table::deleted_at.is_null());
            there(
                on!(&mut tx.conn, |c| {
                    diesel::update(row).set(table::last_login_at.eq(at.micros())).execute(c)
                })
                .doing("users.note_login")?,
            )
        })
    }

    fn due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
        self.reading(|conn| {
            let due = table::table
                .filter(table::purge_at.le(now.micros()))
                .filter(table::deleted_at.is_null())
                .order((table::purge_at.asc(), table::id.asc()))
                .limit(limit.into())
                .select(table::id);
            let ids: Vec<i64> = on!(conn, |c| due.load(c)).doing("users.due")?;
            ids.into_iter().map(|id| RowRef::new("users", id).user("id", id)).collect()
        })
    }

    fn remove(&mut self, id: UserId, now: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| tx.remove_user(id, now))
    }
}
