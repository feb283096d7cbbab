//! What several operations say in the same words is said once, in `components`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    failures,
    names::{pascal, singular},
};

/// The member that names the module of an operation while the document is put together.
pub(super) const MODULE: &str = "x-module";

/// Moves parameters, bodies, answers and their headers that occur twice or more.
pub(super) fn share(document: &mut Value, base: &str) {
    share_headers(document);
    let mut parameters = Pool::default();
    let mut bodies = Pool::default();
    let mut answers = Pool::default();
    each_operation(document, |path, operation| {
        let module = operation.get(MODULE).and_then(Value::as_str).unwrap_or_default();
        let below = path.strip_prefix(base).unwrap_or(path).trim_start_matches('/');
        let about = singular(below.split('/').next().unwrap_or_default());
        let place = Place { module: singular(module), about };
        let (own, body, responses) = parts(operation);
        for parameter in own {
            let name = pascal(parameter["name"].as_str().unwrap_or_default());
            parameters.count(parameter.to_string(), parameter, name, &place);
        }
        if let Some(body) = body {
            bodies.count(body.to_string(), body, schema_name(body), &place);
        }
        for (status, answer) in responses {
            answers.count(nameless(answer), answer, answer_name(status, answer), &place);
        }
    });
    parameters.assign_names();
    bodies.assign_names();
    answers.assign_names();
    each_operation(document, |_, operation| {
        operation.remove(MODULE);
        let (own, body, responses) = parts(operation);
        for parameter in own {
            if let Some((name, _)) = parameters.find(&parameter.to_string()) {
                *parameter = reference("parameters", name);
            }
        }
        if let Some(body) = body
            && let Some((name, _)) = bodies.find(&body.to_string())
        {
            *body = reference("requestBodies", name);
        }
        for (_, answer) in responses {
            if let Some((name, shared)) = answers.find(&nameless(answer)) {
                let description = answer["description"].take();
                *answer = reference("responses", name);
                if description != shared["description"] {
                    answer["description"] = description;
                }
            }
        }
    });
    for (kind, pool) in
        [("parameters", parameters), ("requestBodies", bodies), ("responses", answers)]
    {
        for (name, value) in pool.components() {
            document["components"][kind][name] = value;
        }
    }
}

fn share_headers(document: &mut Value) {
    let mut headers = Pool::default();
    each_header(document, |name, header| {
        headers.count(header.to_string(), header, pascal(name), &Place::default());
    });
    headers.assign_names();
    each_header(document, |_, header| {
        if let Some((name, _)) = headers.find(&header.to_string()) {
            *header = reference("headers", name);
        }
    });
    for (name, value) in headers.components() {
        document["components"]["headers"][name] = value;
    }
}

/// Sees the headers that are no references yet.
fn each_header(document: &mut Value, mut see: impl FnMut(&str, &mut Value)) {
    each_operation(document, |_, operation| {
        for (_, answer) in parts(operation).2 {
            let headers = answer.get_mut("headers").and_then(Value::as_object_mut);
            for (name, header) in headers.into_iter().flatten() {
                if header.get("$ref").is_none() {
                    see(name, header);
                }
            }
        }
    });
}

type Parts<'a> = (Vec<&'a mut Value>, Option<&'a mut Value>, Vec<(&'a str, &'a mut Value)>);

/// The parameters, the body and the answers of an operation, as far as they are no references yet.
fn parts(operation: &mut Map<String, Value>) -> Parts<'_> {
    let mut parameters = Vec::new();
    let mut body = None;
    let mut answers = Vec::new();
    for (name, value) in operation.iter_mut() {
        match name.as_str() {
            "parameters" => parameters.extend(value.as_array_mut().into_iter().flatten()),
            "requestBody" => body = Some(value),
            "responses" => {
                let all = value.as_object_mut().into_iter().flatten();
                let own = all.filter(|(_, answer)| answer.get("$ref").is_none());
                answers.extend(own.map(|(status, answer)| (status.as_str(), answer)));
            }
            _ => {}
        }
    }
    (parameters, body, answers)
}

fn each_operation(document: &mut Value, mut see: impl FnMut(&str, &mut Map<String, Value>)) {
    let Some(paths) = document["paths"].as_object_mut() else { return };
    // In the order of the declaration: whoever comes first lends the description.
    let order: Vec<String> = paths
        .get(super::order::ORDER)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|path| path.as_str().map(str::to_owned))
        .collect();
    for path in order {
        let Some(item) = paths.get_mut(&path).and_then(Value::as_object_mut) else { continue };
        for operation in item.values_mut().filter_map(Value::as_object_mut) {
            see(&path, operation);
        }
    }
}

fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

/// The text of an answer without its description, which may differ from one operation to the next.
fn nameless(answer: &Value) -> String {
    let mut answer = answer.clone();
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("description");
    }
    answer.to_string()
}

/// `TaskResponse` and `TaskPage` as their schemas; `TaskCreated` with 201.
fn answer_name(status: &str, answer: &Value) -> String {
    let schema = schema_name(answer);
    match status {
        "201" => format!("{}Created", schema.strip_suffix("Response").unwrap_or(&schema)),
        "206" => format!("{schema}Part"),
        "304" => "NotModified".to_owned(),
        _ => match failures::of_status(status) {
            Some(failure) => failure.name.to_owned(),
            None => schema,
        },
    }
}

/// The name of the schema of a body; empty when there is none, or more than one.
fn schema_name(body: &Value) -> String {
    let mut names: Vec<&str> = body["content"]
        .as_object()
        .into_iter()
        .flat_map(|content| content.values())
        .filter_map(|media| media["schema"]["$ref"].as_str()?.rsplit('/').next())
        .collect();
    names.dedup();
    match names.as_slice() {
        [only] => (*only).to_owned(),
        _ => String::new(),
    }
}

/// Values that may become components of one kind, by the text in which they are equal.
#[derive(Default)]
struct Pool(BTreeMap<String, Shared>);

struct Shared {
    /// As it was first used.
    value: Value,
    /// What it is called without a prefix; empty when it cannot be a component.
    title: String,
    /// The component's name.
    name: String,
    place: Place,
    uses: usize,
}

/// Where something is first used.
#[derive(Clone, Default)]
struct Place {
    /// The module.
    module: String,
    /// What the path begins with.
    about: String,
}

impl Pool {
    fn count(&mut self, text: String, value: &Value, title: String, place: &Place) {
        let (name, place) = (title.clone(), place.clone());
        let new = || Shared { value: value.clone(), title, name, place, uses: 0 };
        self.0.entry(text).or_insert_with(new).uses += 1;
    }

    /// Keeps what has a name and occurs more than once. Where several have one name, each gets the
    /// prefix of its domain, or else of what its path is about; those that still have one name stay
    /// where they are.
    fn assign_names(&mut self) {
        self.0.retain(|_, shared| shared.uses > 1 && !shared.title.is_empty());
        for by_module in [true, false] {
            let names = self.names();
            for shared in self.0.values_mut().filter(|shared| names.get(&shared.name) > Some(&1)) {
                let Place { module, about } = &shared.place;
                let prefix = if by_module { module } else { about };
                shared.name = format!("{prefix}{}", shared.title);
            }
        }
        let names = self.names();
        self.0.retain(|_, shared| names.get(&shared.name) == Some(&1));
    }

    fn names(&self) -> BTreeMap<String, usize> {
        let mut counted = BTreeMap::new();
        for shared in self.0.values() {
            *counted.entry(shared.name.clone()).or_insert(0) += 1;
        }
        counted
    }

    fn find(&self, text: &str) -> Option<(&str, &Value)> {
        self.0.get(text).map(|shared| (shared.name.as_str(), &shared.value))
    }

    fn components(self) -> impl Iterator<Item = (String, Value)> {
        self.0.into_values().map(|shared| (shared.name, shared.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_occurs_twice_becomes_a_component() {
        let page = json!({"name": "page", "in": "query"});
        let (sort, other) = (json!({"name": "sort", "a": 1}), json!({"name": "sort", "a": 2}));
        let answer = |description: &str| {
            json!({"200": {"description": description, "content": {"application/json":
                {"schema": {"$ref": "#/components/schemas/TaskPage"}}}}})
        };
        let operation = |module: &str, sort: &Value, description: &str| {
            json!({"get": {"x-module": module, "parameters": [page, sort],
                "responses": answer(description)}})
        };
        let mut document = json!({"components": {}, "paths": {
            "x-order": ["/a", "/b", "/c", "/d"],
            "/a": operation("tasks", &sort, "Tasks"), "/b": operation("tasks", &sort, "Others"),
            "/c": operation("users", &other, "Tasks"), "/d": operation("users", &other, "Tasks"),
        }});
        share(&mut document, "");
        let components = &document["components"];
        assert_eq!(components["parameters"]["Page"], page);
        assert_eq!(components["parameters"]["TaskSort"], sort);
        assert_eq!(components["parameters"]["UserSort"], other);
        let operation = &document["paths"]["/b"]["get"];
        assert_eq!(operation["parameters"][1]["$ref"], "#/components/parameters/TaskSort");
        assert_eq!(
            operation["responses"]["200"],
            json!({"$ref": "#/components/responses/TaskPage", "description": "Others"})
        );
        assert!(operation.get("x-module").is_none());
    }
}
