//! The ways to sign in. Every server takes bearer tokens; which providers it offers is known when it
//! starts, so they are added to the document then.

use serde_json::{Value, json};

use super::order;

/// The requirement of a bearer token.
pub(super) fn bearer() -> Value {
    json!({"bearer": []})
}

/// The text of a document with more ways to sign in: wherever a bearer token will do, they do, too.
///
/// # Errors
/// When the text is not JSON.
pub fn with_sign_in(text: &str, ways: &[(String, Value)]) -> serde_json::Result<String> {
    let mut document = order::read_written(text)?;
    add(&mut document["security"], ways);
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths.into_iter().flat_map(|paths| paths.values_mut());
    for operation in items.filter_map(Value::as_object_mut).flat_map(|item| item.values_mut()) {
        if let Some(security) = operation.get_mut("security") {
            add(security, ways);
        }
    }
    for (name, scheme) in ways {
        document["components"]["securitySchemes"][name] = scheme.clone();
    }
    order::write(&document)
}

/// Adds the ways to alternatives of which one is a bearer token.
fn add(security: &mut Value, ways: &[(String, Value)]) {
    if let Some(alternatives) = security.as_array_mut()
        && alternatives.iter().any(|way| way.get("bearer").is_some())
    {
        alternatives.extend(ways.iter().map(|(name, _)| json!({name: []})));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_offered_wherever_a_bearer_token_is() {
        let text = r#"{"openapi": "3.1.0", "security": [{"bearer": []}], "paths": {
            "/b": {"post": {"security": []}, "get": {}},
            "/a": {"get": {"security": [{}, {"bearer": []}]}}},
            "components": {"securitySchemes": {"bearer": {"type": "http"}}}}"#;
        let ways = [("acme".to_owned(), json!({"type": "oauth2"}))];
        let text = with_sign_in(text, &ways).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let both = json!([{"bearer": []}, {"acme": []}]);
        assert_eq!(document["security"], both);
        assert_eq!(document["paths"]["/b"]["post"]["security"], json!([]));
        assert_eq!(document["paths"]["/b"]["get"], json!({}));
        let optional = json!([{}, {"bearer": []}, {"acme": []}]);
        assert_eq!(document["paths"]["/a"]["get"]["security"], optional);
        assert_eq!(document["components"]["securitySchemes"]["acme"], json!({"type": "oauth2"}));
        assert!(text.find("/b").unwrap() < text.find("/a").unwrap(), "{text}");
    }
}
