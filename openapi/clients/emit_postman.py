"""Writes openapi/postman.json: a Postman collection (v2.1) with a request for each operation."""

from __future__ import annotations

import json
from typing import Any

from document import Document, Operation, Parameter, Schema, is_binary, names_in, one_line

FORMATS = {"date-time": "2026-12-01T09:00:00Z", "date": "2026-12-01", "email": "ada@example.com"}
# A sign-in and a refresh fill the variables that the other requests use.
KEEP_TOKENS = """const answer = pm.response.json().data ?? {};
for (const name of ["access_token", "refresh_token"]) if (answer[name]) pm.collectionVariables.set(name, answer[name]);"""
SUCCEEDED = 'pm.test("The request succeeded", () => pm.expect(pm.response.code).to.be.below(400));'


def emit(document: Document, operations: list[Operation]) -> dict[str, str]:
    info = document.json["info"]
    folders: dict[str, list[Any]] = {tag["name"]: [] for tag in document.json["tags"]}
    for operation in operations:
        folders[operation.tag].append(Maker(document).item(operation))
    about = {tag["name"]: tag.get("description", "") for tag in document.json["tags"]}
    collection = {
        "info": {
            "name": info["title"],
            "description": info["description"],
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{access_token}}", "type": "string"}]},
        "event": [script(SUCCEEDED)],
        "variable": [
            {"key": "base_url", "value": "http://localhost:8080", "type": "string"},
            {"key": "access_token", "value": "", "type": "string"},
            {"key": "refresh_token", "value": "", "type": "string"},
        ],
        "item": [{"name": tag, "description": about[tag], "item": items} for tag, items in folders.items()],
    }
    return {"../postman.json": json.dumps(collection, indent=1, ensure_ascii=False) + "\n"}


def script(text: str) -> Any:
    return {"listen": "test", "script": {"type": "text/javascript", "exec": text.split("\n")}}


class Maker:
    def __init__(self, document: Document) -> None:
        self.document = document

    def item(self, operation: Operation) -> Any:
        request: dict[str, Any] = {
            "method": operation.method,
            "description": operation.description,
            "header": self.headers(operation),
            "url": self.url(operation),
        }
        if operation.public:
            request["auth"] = {"type": "noauth"}
        if operation.body:
            request["body"] = self.body(operation)
        item = {"id": operation.id, "name": operation.summary, "request": request, "response": self.responses(operation)}
        if {"Tokens", "LoginAnswer"} & set(names_in(operation.returns)):
            item["event"] = [script(KEEP_TOKENS)]
        return item

    def headers(self, operation: Operation) -> list[Any]:
        found = [{"key": one.name, "value": one.constant} for one in operation.constants()]
        for one in operation.where("header"):
            keyed = one.name == "Idempotency-Key"
            value = "{{$guid}}" if keyed else str(self.example(one.schema))
            found.append(self.entry(one, value, enabled=one.required or keyed))
        if operation.body and operation.body.kind != "form":
            found.append({"key": "Content-Type", "value": operation.body.media_type})
        return found

    def entry(self, one: Parameter, value: str, enabled: bool) -> dict[str, Any]:
        # Optional entries are listed, and sent once they are ticked.
        return {"key": one.name, "value": value, "description": one.description} | ({} if enabled else {"disabled": True})

    def url(self, operation: Operation) -> Any:
        path = operation.path
        for one in operation.where("path"):
            path = path.replace("{%s}" % one.name, f":{one.name}")
        url: dict[str, Any] = {"raw": "{{base_url}}" + path, "host": ["{{base_url}}"], "path": path.strip("/").split("/")}
        query = [self.entry(one, text(self.example(one.schema)), one.required) for one in operation.where("query")]
        if query:
            url["query"] = query
            url["raw"] += "".join(
                f"{'&' if at else '?'}{one['key']}={one['value']}"
                for at, one in enumerate(each for each in query if "disabled" not in each)
            )
        variables = operation.where("path")
        if variables:
            url["variable"] = [self.entry(one, text(self.example(one.schema)), True) for one in variables]
        return url

    def body(self, operation: Operation) -> Any:
        body = operation.body
        assert body
        if body.kind == "json":
            value = self.example(body.schema)
            if "refresh_token" in value:
                value = value | {"refresh_token": "{{refresh_token}}"}
            raw = json.dumps(value, indent=2, ensure_ascii=False)
            return {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}
        if body.kind == "content":
            return {"mode": "file", "file": {}}
        schema = self.document.resolve(body.schema)
        fields = []
        for name, value in schema["properties"].items():
            field: dict[str, Any] = {"key": name, "description": one_line(value.get("description", ""))}
            if is_binary(self.document.resolve(value)):
                fields.append(field | {"type": "file", "src": []})
            else:
                fields.append(field | {"type": "text", "value": text(self.example(value)), "disabled": True})
        return {"mode": "formdata", "formdata": fields}

    def responses(self, operation: Operation) -> list[Any]:
        """The answer of a success, where it is JSON."""
        raw = self.document.json["paths"][operation.path][operation.method.lower()]["responses"]
        status = min(raw)
        response = self.document.resolve(raw[status])
        value = response.get("content", {}).get("application/json")
        if value is None or status >= "300":
            return []
        body = value.get("example", self.example(value["schema"]))
        return [
            {
                "name": response["description"],
                "originalRequest": {"method": operation.method, "header": [], "url": self.url(operation)},
                "code": int(status),
                "header": [{"key": "Content-Type", "value": "application/json"}],
                "body": json.dumps(body, indent=2, ensure_ascii=False),
            }
        ]

    def example(self, schema: Schema) -> Any:
        """A value that fits: the document's own example, else one made of the schema."""
        schema = self.document.resolve(schema)
        if "example" in schema:
            return schema["example"]
        for union in ("oneOf", "anyOf"):
            if union in schema:
                return self.example(schema[union][0])
        if "allOf" in schema:
            merged: dict[str, Any] = {}
            for one in schema["allOf"]:
                merged |= self.example(one)
            return merged
        if "const" in schema or "enum" in schema:
            return schema["const"] if "const" in schema else schema["enum"][0]
        kind = schema.get("type", "object")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            return {name: self.example(value) for name, value in schema.get("properties", {}).items()}
        if kind == "array":
            return [self.example(schema["items"])]
        if kind == "string":
            return schema.get("default", FORMATS.get(schema.get("format", ""), "text"))
        if kind == "boolean":
            return True
        return schema.get("default", schema.get("minimum", 0))


def text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (bool, int, float, dict, list)) else str(value)
