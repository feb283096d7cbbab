//! Categories as clients see and send them.

use products::{
    Category,
    commands::{CreateCategory, UpdateCategory},
    values::{CategoryId, CategoryName, Slug},
};
use rest::{
    call::Body,
    etag,
    fields::{Reason, TextCodes, integer, string},
    problem::Problem,
    reply::Reply,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::category;

/// A category.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = products::Category)]
pub struct CategoryBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// What it is called.
    #[schema(min_length = 1, max_length = 100, example = "Audio Interfaces")]
    pub name: String,
    /// What it is called in addresses.
    #[schema(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "audio-interfaces")]
    pub slug: String,
    /// The category it is below.
    #[schema(minimum = 1)]
    pub parent_id: Option<i64>,
    /// When it was made.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub updated_at: String,
    /// Counts the changes; the `ETag` without its quotes.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

impl From<&Category> for CategoryBody {
    fn from(category: &Category) -> Self {
        Self {
            id: category.id.get(),
            name: category.name.as_str().to_owned(),
            slug: category.slug.as_str().to_owned(),
            parent_id: category.parent.map(CategoryId::get),
            created_at: category.created_at.to_string(),
            updated_at: category.updated_at.to_string(),
            version: category.version,
        }
    }
}

/// `201` for a new category.
pub fn category_created(category: &Category) -> Reply {
    Reply::created(
        CategoryBody::from(category),
        format!("/api/v1/admin/categories/{}", category.id),
        Some(etag::of(category.version, "")),
    )
}

/// A new category.
#[derive(Debug, ToSchema)]
#[schema(as = products::CreateCategory, example = json!({"name": "Audio Interfaces"}))]
pub struct CreateCategoryBody {
    /// What it is called; trimmed.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub name: String,
    /// What it is called in addresses; made from the name when not said.
    #[schema(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "audio-interfaces")]
    pub slug: Option<String>,
    /// The category it is below; at most 8 lie below one another.
    #[schema(minimum = 1)]
    pub parent_id: Option<i64>,
}

/// A change of a category, as a merge patch: what is absent stays, null clears.
#[derive(Debug, ToSchema)]
#[schema(as = products::UpdateCategory, example = json!({"name": "Interfaces"}))]
pub struct UpdateCategoryBody {
    /// A new name; the slug stays.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// A new slug.
    #[schema(
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length = 100,
        nullable = false,
        example = "interfaces"
    )]
    pub slug: Option<String>,
    /// Another place in the tree; null puts it at the top.
    #[schema(minimum = 1)]
    pub parent_id: Option<i64>,
}

const NAME: TextCodes = TextCodes {
    empty: "products.category_name_empty",
    too_long: "products.category_name_too_long",
};

fn name(raw: &str) -> Result<CategoryName, Reason> {
    CategoryName::parse(raw).map_err(|error| NAME.reason(error))
}

/// Reads the slug of a category.
pub fn slug(raw: &str) -> Result<Slug, Reason> {
    Slug::parse(raw).map_err(|error| ("products.slug_invalid", error.to_string()))
}

/// `POST /admin/categories`.
pub fn create_category(body: &Body) -> Result<CreateCategory, Problem> {
    let mut fields = body.fields()?;
    let name = fields.required("name", string(name));
    let slug = fields.optional("slug", string(slug));
    let parent = fields.optional("parent_id", integer(category));
    fields.finish(name.map(|name| CreateCategory { name, slug, parent }))
}

/// `PUT /admin/categories/{id}`.
pub fn update_category(body: &Body) -> Result<UpdateCategory, Problem> {
    let mut fields = body.fields()?;
    let update = UpdateCategory {
        name: fields.keep("name", string(name)),
        slug: fields.keep("slug", string(slug)),
        parent: fields.patch("parent_id", integer(category)),
    };
    fields.finish(Some(update))
}
