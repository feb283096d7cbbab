//! What breaking the constraints of this domain means.

use crate::constraint::Constraints;

pub(crate) const CONSTRAINTS: Constraints = Constraints {
    unique: &[
        ("rooms_name", "rooms.name_key", "rooms.name"),
        ("rooms_pair", "rooms.pair_key", "rooms.pair"),
        ("messages_number", "messages.room_id, messages.number", "messages.number"),
        ("messages_client", "messages.author_id, messages.client_id", "messages.client_id"),
    ],
    missing: &[
        ("rooms_creator", "rooms.creator"),
        ("room_members_user", "room_members.user"),
        ("room_invitations_user", "room_invitations.user"),
    ],
};
