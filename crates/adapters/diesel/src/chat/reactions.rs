//! `ReactionStore`.

use chat::{
    MessageId, ReactionStore,
    message::{Reactions, ReactionsOf},
    values::Emoji,
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use kernel::{StoreError, Timestamp, UserId};

use super::{numbers, rows::message_reactions as table};
use crate::{
    columns::{RowRef, count},
    constraint::Attempt as _,
    db::on,
    statement::Statement,
    uow::DieselTx,
};

impl ReactionStore for DieselTx {
    fn react(
        &mut self,
        message: MessageId,
        user: UserId,
        emoji: &Emoji,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let mut insert: Statement = Statement::new();
            insert.sql(
                "INSERT INTO message_reactions (message_id, emoji, user_id, created_at) VALUES (",
            );
            insert.number(message.get()).sql(", ").text(emoji.as_str()).sql(", ");
            insert.number(user.get()).sql(", ").number(now.micros());
            insert.sql(") ON CONFLICT DO NOTHING");
            let added = on!(&mut tx.conn, |c| insert.execute(c)).doing("chat.react")?;
            Ok(added > 0)
        })
    }

    fn unreact(
        &mut self,
        message: MessageId,
        user: UserId,
        emoji: &Emoji,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = table::table.find((message.get(), emoji.as_str(), user.get()));
            let gone = on!(&mut tx.conn, |c| diesel::delete(row).execute(c));
            Ok(gone.doing("chat.unreact")? > 0)
        })
    }

    fn reactions(
        &mut self,
        messages: &[MessageId],
        viewer: UserId,
    ) -> Result<ReactionsOf, StoreError> {
        if messages.is_empty() {
            return Ok(ReactionsOf::new());
        }
        self.reading(|conn| {
            let mut ask: Statement<'_, (BigInt, Text, BigInt, BigInt)> = Statement::new();
            ask.sql("SELECT message_id, emoji, count(*), sum(CASE WHEN user_id = ");
            ask.number(viewer.get());
            ask.sql(" THEN 1 ELSE 0 END) FROM message_reactions WHERE message_id IN");
            numbers(&mut ask, messages.iter().map(|id| id.get()));
            ask.sql(" GROUP BY message_id, emoji ORDER BY message_id, emoji");
            let rows: Vec<(i64, String, i64, i64)> =
                on!(conn, |c| ask.load(c)).doing("chat.reactions")?;
            let mut found = ReactionsOf::new();
            for (id, emoji, people, own) in rows {
                let at = RowRef::new("message_reactions", id);
                let message = at.read("message_id", MessageId::parse(id))?;
                let emoji = at.read("emoji", Emoji::parse(&emoji))?;
                let reactions = Reactions { emoji, count: count(people), mine: own > 0 };
                found.entry(message).or_default().push(reactions);
            }
            Ok(found)
        })
    }

    fn forget_reactions(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let theirs = table::table.filter(table::user_id.eq(user.get()));
            let gone = on!(&mut tx.conn, |c| diesel::delete(theirs).execute(c));
            Ok(gone.doing("chat.forget_reactions")? as u64)
        })
    }
}
