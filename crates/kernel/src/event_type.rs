//! Types of events as receivers read about them: when they happen, the schema of their data, an example.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

/// A type of event: what a domain publishes under one name.
#[derive(Debug, Clone, Copy)]
pub struct EventType {
    /// `task.created.v1`. Additions to the data keep the name; a removal or another meaning takes a new version.
    pub name: &'static str,
    /// When it happens: a sentence.
    pub about: &'static str,
    /// The JSON Schema (draft 2020-12) of the payload, with the schemas that it refers to in `$defs`.
    pub schema: fn() -> Value,
    /// An event of this type: the text of its golden file, an [`Envelope`](crate::event::Envelope).
    pub example: &'static str,
}

impl EventType {
    /// A type whose payload is what serde makes of a `T`.
    pub const fn of<T: JsonSchema>(
        name: &'static str,
        about: &'static str,
        example: &'static str,
    ) -> Self {
        Self { name, about, schema: schema_of::<T>, example }
    }

    /// What the event is about, the first part of its name: `task`.
    pub fn kind(&self) -> &'static str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// The payload of the example; null when the example is no event.
    pub fn data(&self) -> Value {
        let event: Value = serde_json::from_str(self.example).unwrap_or_default();
        event.get("data").cloned().unwrap_or_default()
    }
}

/// The JSON Schema (draft 2020-12) of what serde makes of a `T`. Documentation comments are its descriptions. It allows
/// further members, because an addition keeps the version of an event.
pub fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// The same without references, to stand inside of other schemas.
pub fn inline_schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// Declares the events of a domain: a constant for each name, `ALL` of them, and their `TYPES`. The documentation
/// comment says when the event happens, and receivers read it; the type behind the name is that of the payload; the
/// example is the golden file `tests/events/<name>.json` of the crate.
///
/// ```ignore
/// kernel::event_types! {
///     /// A recipe was created.
///     CREATED = "recipe.created.v1": RecipeSnapshot,
///     /// A recipe was deleted.
///     DELETED = "recipe.deleted.v1": RecipeSnapshot,
/// }
/// ```
#[macro_export]
macro_rules! event_types {
    ($($(#[doc = $about:literal])+ $constant:ident = $name:literal: $payload:ty),+ $(,)?) => {
        $(
            $(#[doc = $about])+
            pub const $constant: &str = $name;
        )+

        /// The names of all events of this domain.
        pub const ALL: [&str; [$($name),+].len()] = [$($constant),+];

        /// All types of events of this domain.
        pub const TYPES: &[$crate::EventType] = &[$(
            $crate::EventType::of::<$payload>(
                $constant,
                concat!($($about),+).trim_ascii(),
                include_str!(concat!("../tests/events/", $name, ".json")),
            )
        ),+];
    };
}

/// Declares the schema of a value as it is written in payloads, where they refer to it by
/// `#[schemars(with = "…")]`.
#[macro_export]
macro_rules! value_schema {
    ($name:ident, $schema:tt) => {
        impl $crate::schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut $crate::schemars::SchemaGenerator) -> $crate::schemars::Schema {
                $crate::schemars::json_schema!($schema)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::json;

    use super::*;
    use crate::{Date, MissedTicks, Timestamp, UserId};

    #[derive(Serialize, JsonSchema)]
    struct Part {
        size: i64,
    }

    #[derive(Serialize, JsonSchema)]
    struct Base {
        /// Its number.
        #[schemars(with = "UserId")]
        id: i64,
    }

    #[derive(Serialize, JsonSchema)]
    struct Whole {
        #[serde(flatten)]
        base: Base,
        #[schemars(with = "MissedTicks")]
        ticks: String,
        #[schemars(with = "Option<MissedTicks>")]
        former: Option<String>,
        #[schemars(with = "Timestamp")]
        at: String,
        #[schemars(with = "Option<Date>")]
        day: Option<String>,
        parts: Vec<Part>,
    }

    #[test]
    fn a_schema_says_what_is_written() {
        let schema = schema_of::<Whole>();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let fields = &schema["properties"];
        let id = json!({
            "type": "integer", "format": "int64", "minimum": 1, "description": "Its number."
        });
        assert_eq!(fields["id"], id);
        assert_eq!(fields["ticks"], json!({"type": "string", "enum": ["skip", "last", "all"]}));
        let former = json!({"type": ["string", "null"], "enum": ["skip", "last", "all", null]});
        assert_eq!(fields["former"], former);
        assert_eq!(fields["at"], json!({"type": "string", "format": "date-time"}));
        assert_eq!(fields["day"], json!({"type": ["string", "null"], "format": "date"}));
        assert_eq!(fields["parts"]["items"], json!({"$ref": "#/$defs/Part"}));
        assert_eq!(schema["$defs"]["Part"]["properties"]["size"]["type"], "integer");
        let whole = Whole {
            base: Base { id: 7 },
            ticks: "all".to_owned(),
            former: None,
            at: "2026-11-23T12:00:00Z".to_owned(),
            day: None,
            parts: vec![Part { size: 1 }],
        };
        let written: Vec<String> = json!(whole).as_object().unwrap().keys().cloned().collect();
        let required = schema["required"].as_array().unwrap().iter();
        let mut required: Vec<&str> = required.filter_map(Value::as_str).collect();
        required.sort_unstable();
        assert_eq!(required, written, "null is written, too");
        assert_eq!(schema.get("additionalProperties"), None, "additions keep the version");
    }

    #[test]
    fn the_data_of_an_example_is_its_payload() {
        let example = r#"{"id": 1, "type": "lamp.lit.v1", "data": {"id": 7}}"#;
        let lit = EventType::of::<Base>("lamp.lit.v1", "A lamp was lit.", example);
        assert_eq!((lit.kind(), lit.data()), ("lamp", json!({"id": 7})));
        assert_eq!(EventType { example: "", ..lit }.data(), Value::Null);
    }
}
