//! `Memberships`, by the rooms of the chat.

use std::collections::BTreeMap;

use chat::{
    events::token,
    values::{MemberState, RoomKind},
};
use diesel::{
    RunQueryDsl as _,
    sql_types::{BigInt, Nullable},
};
use kernel::{RoomId, StoreError, UserId};
use webhooks::{Belonging, Memberships};

use crate::{
    columns::RowRef, constraint::Attempt as _, db::on, statement::Statement, uow::DieselTx,
};

impl Memberships for DieselTx {
    fn belongings(
        &mut self,
        users: &[UserId],
    ) -> Result<BTreeMap<UserId, Vec<Belonging>>, StoreError> {
        let mut found: BTreeMap<UserId, Vec<Belonging>> = BTreeMap::new();
        if users.is_empty() {
            return Ok(found);
        }
        self.reading(|conn| {
            let mut ask: Statement<'_, (BigInt, BigInt, Nullable<BigInt>)> = Statement::new();
            ask.not_kept().sql("SELECT m.user_id, m.room_id, CASE WHEN rooms.kind = ");
            ask.number(RoomKind::Private.rank().into()).sql(" THEN m.joined_seq END");
            ask.sql(" FROM room_members AS m JOIN rooms ON rooms.id = m.room_id WHERE m.state = ");
            ask.number(MemberState::Joined.rank().into()).sql(" AND m.user_id IN (");
            for (index, user) in users.iter().enumerate() {
                ask.sql(if index == 0 { "" } else { ", " }).number(user.get());
            }
            ask.sql(") ORDER BY m.user_id, m.room_id");
            let rows: Vec<(i64, i64, Option<i64>)> =
                on!(conn, |c| ask.load(c)).doing("webhooks.belongings")?;
            for (user, room, after) in rows {
                let at = RowRef::new("room_members", room);
                let user = at.read("user_id", UserId::parse(user))?;
                let token = token(at.read("room_id", RoomId::parse(room))?);
                found.entry(user).or_default().push(Belonging { token, after });
            }
            Ok(found)
        })
    }
}
