"""Reads openapi/openapi.json into the operations and types that the clients are made of."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Iterator

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "openapi" / "openapi.json"
METHODS = ("get", "put", "post", "patch", "delete")
BINARY = {"type": "string", "format": "binary"}
STREAM = "text/event-stream"

Schema = dict[str, Any]


@dataclass(frozen=True)
class Parameter:
    """`argument` is the name in a signature, `name` the one on the wire."""

    name: str
    argument: str
    place: str
    required: bool
    schema: Schema
    description: str
    # The only value that the document takes, such as the version of a protocol.
    constant: str | None


@dataclass(frozen=True)
class Body:
    """`kind` is json, form (multipart) or content (bytes or text)."""

    kind: str
    media_type: str
    schema: Schema
    required: bool


@dataclass(frozen=True)
class Operation:
    """`result` is data (an enveloped value), page, json, text, bytes, events or none."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    permission: str | None
    tag: str
    # Needs no sign-in.
    public: bool
    parameters: list[Parameter]
    body: Body | None
    result: str
    returns: Schema

    def where(self, place: str) -> list[Parameter]:
        return [one for one in self.parameters if one.place == place and one.constant is None]

    def constants(self) -> list[Parameter]:
        return [one for one in self.parameters if one.constant is not None]

    @property
    def keyed(self) -> bool:
        return any(one.name == "Idempotency-Key" for one in self.parameters)

    @property
    def paged(self) -> bool:
        return self.result == "page" and any(one.name == "cursor" for one in self.parameters)


class Document:
    def __init__(self, path: Path = DOCUMENT) -> None:
        self.json: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        self.schemas: dict[str, Schema] = self.json["components"]["schemas"]

    def resolve(self, value: Any) -> Any:
        """Follows `$ref`; what stands beside it wins."""
        while isinstance(value, dict) and "$ref" in value:
            target: Any = self.json
            for step in value["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            value = {**target, **{k: v for k, v in value.items() if k != "$ref"}}
        return value

    def operations(self) -> Iterator[Operation]:
        for path, item in self.json["paths"].items():
            shared = item.get("parameters", [])
            for method in METHODS:
                if method in item:
                    whole = self._operation(path, method, item[method], shared)
                    yield from self._apart(whole, item[method]["responses"])

    def _apart(self, whole: Operation, responses: dict[str, Any]) -> Iterator[Operation]:
        """An operation that streams, or with `wait` answers in JSON, is two methods."""
        content = self.resolve(responses.get("200", {})).get("content", {})
        wait = [one for one in whole.parameters if one.name == "wait"]
        if not (STREAM in content and "application/json" in content and wait):
            yield whole
            return
        rest = [one for one in whole.parameters if one.name != "wait"]
        yield replace(whole, parameters=rest, result="events", returns={})
        result, returns = self._result({"200": {"content": {"application/json": content["application/json"]}}})
        asked = [replace(wait[0], required=True), *rest]
        name = whole.id.rsplit("_", 1)[0] + "_poll"
        yield replace(whole, id=name, parameters=asked, result=result, returns=returns)

    def _operation(self, path: str, method: str, raw: Any, shared: list[Any]) -> Operation:
        parameters = [self._parameter(self.resolve(one)) for one in shared + raw.get("parameters", [])]
        body = self._body(self.resolve(raw.get("requestBody")))
        result, returns = self._result(raw["responses"])
        return Operation(
            id=raw["operationId"],
            method=method.upper(),
            path=path,
            summary=raw["summary"],
            description=raw.get("description", ""),
            permission=raw.get("x-permission"),
            tag=raw["tags"][0],
            public=raw.get("security") == [],
            # As the path names them, whatever the order of the document.
            parameters=sorted(parameters, key=lambda one: path.find("{%s}" % one.name)),
            body=body,
            result=result,
            returns=returns,
        )

    def _parameter(self, raw: Any) -> Parameter:
        schema = raw["schema"]
        literal = re.fullmatch(r"\^((?:\\\.|[\w-])+)\$", schema.get("pattern", ""))
        constant = schema.get("const") or (literal[1].replace("\\", "") if literal else None)
        return Parameter(
            name=raw["name"],
            argument=re.sub(r"\W", "_", raw["name"]).lower(),
            place=raw["in"],
            required=raw.get("required", False),
            schema=schema,
            description=one_line(raw.get("description", "")),
            constant=constant,
        )

    def _body(self, raw: Any) -> Body | None:
        if raw is None:
            return None
        content = raw["content"]
        for media_type, kind in (("application/json", "json"), ("multipart/form-data", "form")):
            if media_type in content:
                return Body(kind, media_type, content[media_type]["schema"], raw.get("required", False))
        [(media_type, value)] = content.items()
        return Body("content", media_type, value["schema"], raw.get("required", False))

    def _result(self, responses: dict[str, Any]) -> tuple[str, Schema]:
        successes = [self.resolve(value) for status, value in sorted(responses.items()) if status < "300"]
        content = successes[0].get("content", {}) if successes else {}
        if not content:
            return "none", {}
        if list(content) == [STREAM]:
            return "events", {}
        if len(content) > 1:
            return "bytes", BINARY
        [(media_type, value)] = content.items()
        if not media_type.endswith("json"):
            return ("text", {"type": "string"}) if media_type.startswith("text/") else ("bytes", BINARY)
        fields = self.resolve(value["schema"]).get("properties", {})
        if "const" not in fields.get("success", {}) or "data" not in fields:
            return "json", value["schema"]
        return ("page" if "pagination" in fields else "data"), fields["data"]


def is_binary(schema: Schema) -> bool:
    return schema.get("format") == "binary"


def one_line(text: str) -> str:
    return " ".join(text.split())


def names_in(schema: Any) -> Iterator[str]:
    """The components that a schema names."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rsplit("/", 1)[1]
        for key, value in schema.items():
            if key not in ("example", "examples", "enum"):
                yield from names_in(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from names_in(value)


def reachable(document: Document, operations: list[Operation]) -> list[str]:
    """Components that a signature or a model needs, in the order of the document. Envelopes are not among
    them: methods return what is inside."""
    waiting = ["Problem", "Pagination", "Tokens", "SecondFactorRequired"]
    for operation in operations:
        waiting += names_in(operation.returns)
        waiting += names_in([one.schema for one in operation.parameters])
        waiting += names_in(operation.body.schema if operation.body else {})
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += names_in(document.schemas[name])
    return [name for name in document.schemas if name in found and not is_binary(document.schemas[name])]
