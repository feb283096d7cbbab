//! `Memberships`, by the rooms of the chat.

use std::collections::BTreeMap;

use chat::events::token;
use kernel::{StoreError, UserId};
use webhooks::{Belonging, Memberships};

use crate::tx::MemoryTx;

impl Memberships for MemoryTx {
    fn belongings(
        &mut self,
        users: &[UserId],
    ) -> Result<BTreeMap<UserId, Vec<Belonging>>, StoreError> {
        self.reading(|state| {
            let tables = &state.domains.chat;
            let mut found: BTreeMap<UserId, Vec<Belonging>> = BTreeMap::new();
            for member in tables.members.values() {
                if !member.is_joined() || !users.contains(&member.user) {
                    continue;
                }
                let Some(room) = tables.rooms.get(&member.room) else { continue };
                let after = room.hides_the_past().then_some(member.joined_seq);
                found
                    .entry(member.user)
                    .or_default()
                    .push(Belonging { token: token(room.id), after });
            }
            Ok(found)
        })
    }
}
