//! What breaking the constraints of this domain's tables means.

use crate::constraint::Constraints;

pub(crate) const CONSTRAINTS: Constraints = Constraints {
    unique: &[
        ("blobs_object_key", "blobs.object_key", "blobs.key"),
        ("blob_variants_object_key", "blob_variants.object_key", "variants.key"),
        ("blob_variants_pkey", "blob_variants.blob_id, blob_variants.name", "variants.name"),
        ("upload_parts_object_key", "upload_parts.object_key", "upload_parts.key"),
    ],
    missing: &[
        ("blob_variants_blob", "variants.blob"),
        ("files_blob", "files.blob"),
        ("files_owner", "files.owner"),
        ("files_product", "files.product"),
        ("file_usage_user", "files.owner"),
        ("uploads_owner", "files.owner"),
        ("upload_parts_upload", "upload_parts.upload"),
        ("file_shares_file", "shares.file"),
        ("file_shares_user", "shares.user"),
    ],
};
