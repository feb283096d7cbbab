"""Writes the TypeScript sources: models.ts and operations.ts."""

from __future__ import annotations

import json
import re
from typing import Iterator

from document import Document, Operation, Parameter, Schema, is_binary, one_line, reachable

HEAD = "// {what} Generated from openapi/openapi.json by `make clients`; do not edit.\n\n"
SIMPLE = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def emit(document: Document, operations: list[Operation]) -> dict[str, str]:
    return {
        "typescript/src/models.ts": models(document, operations),
        "typescript/src/operations.ts": methods(document, operations),
    }


class Types:
    def __init__(self, document: Document, prefix: str) -> None:
        self.document, self.prefix = document, prefix

    def of(self, schema: Schema) -> str:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return "Blob" if is_binary(self.document.schemas[name]) else self.prefix + name
        for union in ("oneOf", "anyOf"):
            if union in schema:
                return " | ".join(dict.fromkeys(self.of(one) for one in schema[union]))
        if "const" in schema or "enum" in schema:
            values = [schema["const"]] if "const" in schema else schema["enum"]
            return " | ".join(json.dumps(value) for value in values)
        if "allOf" in schema:
            return " & ".join(self.of(one) for one in schema["allOf"])
        kinds = schema.get("type", "object")
        if isinstance(kinds, list):
            return " | ".join(self.of({**schema, "type": kind}) for kind in kinds)
        if is_binary(schema):
            return "Blob"
        if kinds == "array":
            item = self.of(schema["items"])
            return f"({item})[]" if " " in item else f"{item}[]"
        if kinds == "object":
            if "properties" in schema:
                return "{\n" + "".join(fields(self, schema)) + "}"
            more = schema.get("additionalProperties")
            return f"Record<string, {self.of(more)}>" if isinstance(more, dict) else self.prefix + "JsonObject"
        return SIMPLE[kinds]


def comment(text: str, indent: str = "") -> str:
    return f"{indent}/** {one_line(text).replace('*/', '* /')} */\n" if text else ""


def fields(types: Types, schema: Schema) -> Iterator[str]:
    for name, value in schema["properties"].items():
        yield comment(value.get("description", ""), "  ")
        optional = "" if name in schema.get("required", []) else "?"
        yield f"  {name}{optional}: {types.of(value)};\n"


def models(document: Document, operations: list[Operation]) -> str:
    types = Types(document, "")
    out = [HEAD.format(what="The shapes of the API."), "export type JsonObject = Record<string, unknown>;\n"]
    for name in reachable(document, operations):
        schema = document.schemas[name]
        out.append("\n" + comment(schema.get("description", "")))
        if "properties" in schema:
            out.append(f"export interface {name} {types.of(schema)}\n")
        else:
            out.append(f"export type {name} = {types.of(schema)};\n")
    return "".join(out)


def methods(document: Document, operations: list[Operation]) -> str:
    types = Types(document, "models.")
    out = [
        HEAD.format(what="One method for each operation of the API, under its `operationId` in camel case."),
        'import type { EventStream } from "./events.js";\n',
        'import type * as models from "./models.js";\n',
        'import { type CallOptions, type Page, type Reply, segment, Transport } from "./transport.js";\n\n',
        "/** The operations; `Client` completes them. */\n",
        "export abstract class Operations extends Transport {\n",
    ]
    for operation in operations:
        out.append("".join(method(types, operation)))
        if operation.paged:
            out.append("".join(iterator(types, operation)))
    return "".join(out).rstrip("\n") + "\n}\n"


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def named(operation: Operation, without: tuple[str, ...] = ()) -> list[Parameter]:
    return [one for one in operation.where("query") + operation.where("header") if one.name not in without]


def signature(types: Types, operation: Operation, without: tuple[str, ...] = ()) -> str:
    parts = [f"{camel(one.argument)}: {types.of(one.schema)}" for one in operation.where("path")]
    if operation.body:
        kind = "Blob | string" if operation.body.kind == "content" else types.of(operation.body.schema)
        parts.append(f"body: {kind}" if operation.body.required else f"body?: {kind}")
    parameters = named(operation, without)
    if parameters:
        each = "; ".join(
            f"{one.argument}: {types.of(one.schema)}"
            if one.required
            else f"{one.argument}?: {types.of(one.schema)} | undefined"
            for one in parameters
        )
        end = "" if any(one.required for one in parameters) else " = {}"
        parts.append(f"params: {{ {each} }}{end}")
    return ", ".join([*parts, "options: CallOptions = {}"])


def explain(operation: Operation, more: str = "") -> str:
    needs = f" Permission: `{operation.permission}`." if operation.permission else ""
    return comment(f"{operation.summary}.{needs}{more}", "  ")


def call(operation: Operation) -> str:
    path = operation.path
    for one in operation.where("path"):
        path = path.replace("{%s}" % one.name, "${segment(%s)}" % camel(one.argument))
    parts = [f'method: "{operation.method}"', f"path: `{path}`" if "{" in path else f'path: "{path}"']
    query = operation.where("query")
    if query:
        # "from" may be a property, though not a variable
        parts.append("query: { " + ", ".join(f"{one.name}: params.{one.argument}" for one in query) + " }")
    headers = [f'"{one.name}": "{one.constant}"' for one in operation.constants()]
    headers += [f'"{one.name}": params.{one.argument}' for one in operation.where("header")]
    if headers:
        parts.append("headers: { " + ", ".join(headers) + " }")
    if operation.body:
        parts.append(f"{operation.body.kind}: body")
        if operation.body.kind == "content":
            parts.append(f'mediaType: "{operation.body.media_type}"')
    if operation.keyed:
        parts.append("keyed: true")
    return "{ " + ", ".join([*parts, "options"]) + " }"


def method(types: Types, operation: Operation) -> Iterator[str]:
    if operation.result == "events":
        returns, generic = "EventStream", ""
    elif operation.result == "page":
        generic = types.of(operation.returns["items"])
        returns = f"Promise<Page<{generic}>>"
    elif operation.result == "bytes":
        returns, generic = "Promise<Reply<Blob>>", ""
    else:
        generic = types.of(operation.returns) if operation.returns else "void"
        returns = f"Promise<Reply<{generic}>>"
    typed = f"<{generic}>" if operation.result in ("data", "page", "json") else ""
    yield explain(operation)
    yield f"  {camel(operation.id)}({signature(types, operation)}): {returns} {{\n"
    yield f"    return this.{operation.result}{typed}({call(operation)});\n  }}\n\n"


def iterator(types: Types, operation: Operation) -> Iterator[str]:
    item = types.of(operation.returns["items"])
    without = ("page", "cursor")
    yield explain(operation, " Reads page after page.")
    yield f"  {camel(operation.id)}All({signature(types, operation, without)}): AsyncGenerator<{item}, void, undefined> {{\n"
    rest = "{ ...params, cursor }" if named(operation, without) else "{ cursor }"
    given = [camel(one.argument) for one in operation.where("path")] + [rest, "options"]
    yield f"    return this.all((cursor) => this.{camel(operation.id)}({', '.join(given)}));\n  }}\n\n"
