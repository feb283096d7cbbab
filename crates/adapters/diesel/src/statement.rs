//! SQL of our own making with bound values: for the queries whose text depends on what is asked.
//!
//! Diesel's boxed queries would do for most of them, but not for a union in an order, and
//! `sql_query` is never kept prepared. A [`Statement`] is kept by its text, like a boxed query.
//! Nothing that came from outside is ever part of the text: it is bound.

use std::{borrow::Cow, marker::PhantomData};

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{BigInt, Nullable, Text},
};

/// A part of a statement.
enum Piece<'a> {
    Sql(Cow<'static, str>),
    Number(i64),
    Maybe(Option<i64>),
    Text(Cow<'a, str>),
}

/// A statement whose rows have the SQL types `ST`.
pub struct Statement<'a, ST = ()> {
    pieces: Vec<Piece<'a>>,
    kept: bool,
    types: PhantomData<ST>,
}

impl<ST> Default for Statement<'_, ST> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a, ST> Statement<'a, ST> {
    /// An empty one.
    pub fn new() -> Self {
        Self { pieces: Vec::with_capacity(16), kept: true, types: PhantomData }
    }

    /// Says that this text is one of many, so that it is not worth being kept prepared: what a
    /// connection keeps must not grow with what clients think of.
    pub fn not_kept(&mut self) -> &mut Self {
        self.kept = false;
        self
    }

    /// Adds text.
    pub fn sql(&mut self, sql: impl Into<Cow<'static, str>>) -> &mut Self {
        self.pieces.push(Piece::Sql(sql.into()));
        self
    }

    /// Adds a bound number.
    pub fn number(&mut self, number: i64) -> &mut Self {
        self.pieces.push(Piece::Number(number));
        self
    }

    /// Adds a bound number that may be absent.
    pub fn maybe(&mut self, number: Option<i64>) -> &mut Self {
        self.pieces.push(Piece::Maybe(number));
        self
    }

    /// Adds a bound text.
    pub fn text(&mut self, text: impl Into<Cow<'a, str>>) -> &mut Self {
        self.pieces.push(Piece::Text(text.into()));
        self
    }
}

impl<DB, ST> QueryFragment<DB> for Statement<'_, ST>
where
    DB: Backend,
    i64: ToSql<BigInt, DB>,
    Option<i64>: ToSql<Nullable<BigInt>, DB>,
    str: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if !self.kept {
            out.unsafe_to_cache_prepared();
        }
        for piece in &self.pieces {
            match piece {
                Piece::Sql(sql) => out.push_sql(sql),
                Piece::Number(number) => out.push_bind_param::<BigInt, i64>(number)?,
                Piece::Maybe(number) => {
                    out.push_bind_param::<Nullable<BigInt>, Option<i64>>(number)?;
                }
                Piece::Text(text) => out.push_bind_param::<Text, str>(text)?,
            }
        }
        Ok(())
    }
}

impl<ST> QueryId for Statement<'_, ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> Query for Statement<'_, ST> {
    type SqlType = ST;
}

impl<Conn, ST> RunQueryDsl<Conn> for Statement<'_, ST> {}

/// A statement that is always the same and binds nothing: kept prepared by its type, so that the
/// ends of a unit of work cost no parsing.
macro_rules! fixed {
    ($name:ident, $sql:literal) => {
        pub(crate) struct $name;

        impl<DB: Backend> QueryFragment<DB> for $name {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
                out.push_sql($sql);
                Ok(())
            }
        }

        impl QueryId for $name {
            type QueryId = Self;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl<Conn> RunQueryDsl<Conn> for $name {}
    };
}

fixed!(Begin, "BEGIN");
fixed!(BeginImmediate, "BEGIN IMMEDIATE");
fixed!(Commit, "COMMIT");
fixed!(RollBack, "ROLLBACK");
fixed!(Savepoint, "SAVEPOINT unit");
fixed!(Release, "RELEASE unit");
fixed!(RollBackTo, "ROLLBACK TO unit");
