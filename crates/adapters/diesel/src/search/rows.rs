//! The table of this domain.

diesel::table! {
    search_docs (id) {
        id -> BigInt,
        kind -> SmallInt,
        ref_id -> BigInt,
        title -> Text,
        body -> Text,
        acl -> Text,
        at -> BigInt,
        weight -> SmallInt,
    }
}
