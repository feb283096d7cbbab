//! Files for other programs.

use alveole_tests::{Backend, Server};
use serde_json::{Value, json};

pub(crate) fn csv_json_and_ics_carry_every_row(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    server.person("bob").task("not Ada's");
    let tricky = "=SUM(1,2), \"quoted\", é;";
    ada.new_task(&json!({
        "title": tricky, "description": "two\nlines", "due_date": "2030-01-02T03:04:05Z",
        "tags": ["a", "b"],
    }));
    let operations: Vec<Value> =
        (0..450).map(|n| json!({"op": "create", "data": {"title": format!("row {n}")}})).collect();
    // more rows than one page of the export
    for _ in 0..2 {
        ada.client.post("/api/v1/tasks/bulk", &json!({"operations": operations})).expect(200);
    }
    let export = |query: &str| ada.client.get(&format!("/api/v1/tasks/export?{query}")).expect(200);

    let csv = export("format=csv");
    assert!(csv.must_have("content-type").starts_with("text/csv"));
    assert!(csv.must_have("content-disposition").starts_with("attachment"));
    let header = csv.text.lines().next().unwrap();
    for column in ["id", "title", "status", "due_date", "tags"] {
        assert!(header.split(',').any(|name| name == column), "{header}");
    }
    // 902 records, one of them with a line break in a field
    assert_eq!(csv.text.lines().count(), 903, "{header}");
    assert!(csv.text.contains("\"\"quoted\"\""), "RFC 4180 quoting");
    assert!(!csv.text.contains("not Ada's"));

    let json = export("format=json");
    assert!(json.must_have("content-type").starts_with("application/json"));
    let rows = json
        .json
        .as_array()
        .or_else(|| json.data().as_array())
        .unwrap_or_else(|| panic!("no list: {}", &json.text[..200]));
    assert_eq!(rows.len(), 901);
    assert!(rows.iter().any(|row| row["title"] == tricky));

    let ics = export("format=ics");
    assert!(ics.must_have("content-type").starts_with("text/calendar"));
    assert!(ics.text.starts_with("BEGIN:VCALENDAR\r\n"));
    assert!(ics.text.trim_end().ends_with("END:VCALENDAR"));
    assert!(ics.text.contains("DUE:20300102T030405Z"), "{}", &ics.text[..600]);
    assert!(ics.text.contains("é\\;"), "RFC 5545 escapes");
    for line in ics.text.split("\r\n") {
        assert!(line.len() <= 75, "not folded: {line}");
        assert!(!line.contains('\n'), "a bare line feed: {line}");
    }

    let filtered = export("format=csv&q=row&status=pending&sort=title");
    assert_eq!(filtered.text.lines().count(), 901);
    for query in ["format=xls", "format=csv&colour=red", "format=csv&status=done"] {
        ada.client.get(&format!("/api/v1/tasks/export?{query}")).expect(400);
    }
}
