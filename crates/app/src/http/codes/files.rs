//! The codes of files.

use super::{Code, code};

/// In alphabetical order.
pub(super) const CODES: &[Code] = &[
    code(
        "files.bad_link",
        403,
        "Link not valid",
        "The link was not made here, is over, or was taken back; or something in it was changed. Ask whoever gave it for a new one.",
    ),
    code(
        "files.bad_picture",
        422,
        "Picture not taken",
        "The picture is broken or cut short, has too many pixels, or is not of the format it begins like. Save it again with another program, or make it smaller.",
    ),
    code(
        "files.busy",
        503,
        "Too many pictures",
        "Too many pictures are being drawn at the moment; try again shortly.",
    ),
    code(
        "files.cut_short",
        400,
        "File cut short",
        "The form ended before the file did. Nothing was kept; send it again.",
    ),
    code(
        "files.edge_invalid",
        400,
        "Edge not valid",
        "An edge of a picture that is drawn on demand has 1 to 2048 pixels.",
    ),
    code("files.empty", 400, "File empty", "The file has no content, so there is nothing to keep."),
    code(
        "files.expires_in_invalid",
        400,
        "Duration not valid",
        "A link holds from 1 second to 30 days.",
    ),
    code(
        "files.field_order",
        400,
        "Field too late",
        "`type` and `visibility` say how the file is taken, so they must come before `file` in the form, or stand in the query.",
    ),
    code(
        "files.fit_unknown",
        400,
        "Fit unknown",
        "A picture is fitted `inside` the box, nothing cut off, or to `cover` it.",
    ),
    code(
        "files.forbidden",
        403,
        "Not yours to change",
        "You see this file because of what it is attached to; only its owner and `files:manage` may do this.",
    ),
    code(
        "files.form_malformed",
        400,
        "Form malformed",
        "The form is no `multipart/form-data` as RFC 7578 has it, or has too many fields.",
    ),
    code(
        "files.format_unknown",
        400,
        "Format unknown",
        "Pictures are written as jpeg, png or webp.",
    ),
    code(
        "files.mime_unknown",
        400,
        "Media type unknown",
        "No file here has this media type. GET /api/v1/files shows `mime_type` of those that are there.",
    ),
    code("files.no_variant", 404, "No such variant", "Only pictures have smaller editions."),
    code(
        "files.not_found",
        404,
        "File not found",
        "There is no such file, or it is not yours to see.",
    ),
    code(
        "files.over_quota",
        422,
        "No room left",
        "Your files together may have so many bytes, and with this one they would have more. Delete some, or ask the operator for more (`files.quota_bytes`).",
    ),
    code(
        "files.picture_too_large",
        413,
        "Picture too large",
        "A picture has more bytes than are drawn (`files.max_file_bytes`). Make it smaller.",
    ),
    code(
        "files.range_not_satisfiable",
        416,
        "Range not satisfiable",
        "No part asked for is within the content; `Content-Range` says how many bytes there are.",
    ),
    code(
        "files.search_invalid",
        400,
        "Search not valid",
        "A search has 1 to 10 words and at most 200 characters.",
    ),
    code(
        "files.share_not_found",
        404,
        "Link not found",
        "There is no such link of this file, or it was taken back before.",
    ),
    code(
        "files.stale",
        412,
        "File changed",
        "`If-Match` names another version or another content.",
    ),
    code(
        "files.storage_unavailable",
        503,
        "Storage unavailable",
        "The storage of files cannot answer, or has no room left; try again shortly.",
    ),
    code(
        "files.too_large",
        413,
        "File too large",
        "A file of this type may have fewer bytes (`files.max_file_bytes`, `files.max_document_bytes`, `files.max_audio_bytes`).",
    ),
    code(
        "files.type_mismatch",
        415,
        "Content is something else",
        "The content is of another format than its name or its declared media type says. Name it for what it is, or declare `application/octet-stream`.",
    ),
    code(
        "files.type_not_allowed",
        415,
        "Format not taken",
        "The content is of a format that is not kept, or that this `type` does not take. Markup and programs are never kept.",
    ),
    code(
        "files.type_unknown",
        400,
        "Type unknown",
        "The type must be manual, warranty, invoice, image, document, audio, avatar, attachment or export.",
    ),
    code(
        "files.typesetter_busy",
        503,
        "Too many documents",
        "Too many documents are being typeset at the moment; try again shortly.",
    ),
    code(
        "files.variant_unknown",
        400,
        "Variant unknown",
        "The variant must be thumb, small or original.",
    ),
    code(
        "files.visibility_unknown",
        400,
        "Visibility unknown",
        "The visibility must be private or public.",
    ),
];
