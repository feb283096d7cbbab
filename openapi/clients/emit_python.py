"""Writes the Python sources: models.py and operations.py."""

from __future__ import annotations

import json
import keyword
import textwrap
from typing import Iterator

from document import Document, Operation, Parameter, Schema, is_binary, one_line, reachable

HEAD = '"""{what} Generated from openapi/openapi.json by `make clients`; do not edit."""\n\n'
SIMPLE = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def emit(document: Document, operations: list[Operation]) -> dict[str, str]:
    return {
        "python/src/alveole_client/models.py": models(document, operations),
        "python/src/alveole_client/operations.py": methods(document, operations),
    }


class Types:
    def __init__(self, document: Document, prefix: str, binary: str) -> None:
        self.document, self.prefix, self.binary = document, prefix, binary

    def of(self, schema: Schema) -> str:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return self.binary if is_binary(self.document.schemas[name]) else self.prefix + name
        for union in ("oneOf", "anyOf"):
            if union in schema:
                return " | ".join(dict.fromkeys(self.of(one) for one in schema[union]))
        if "const" in schema or "enum" in schema:
            values = [schema["const"]] if "const" in schema else schema["enum"]
            return "Literal[" + ", ".join(literal(value) for value in values) + "]"
        if "allOf" in schema:
            [only] = schema["allOf"]
            return self.of(only)
        kinds = schema.get("type", "object")
        if isinstance(kinds, list):
            return " | ".join(self.of({**schema, "type": kind}) for kind in kinds)
        if is_binary(schema):
            return self.binary
        if kinds == "array":
            return f"list[{self.of(schema['items'])}]"
        if kinds == "object":
            if "properties" in schema:
                raise SystemExit(f"an object inside of another schema needs a name: {schema}")
            more = schema.get("additionalProperties")
            return f"dict[str, {self.of(more)}]" if isinstance(more, dict) else self.prefix + "JsonObject"
        return SIMPLE[kinds]


def literal(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def docstring(text: str, indent: str) -> str:
    lines = textwrap.wrap(text.replace("\\", "\\\\"), 110 - len(indent)) or [""]
    end = '"""' if len(lines) == 1 else f'\n{indent}"""'
    return f'{indent}"""' + f"\n{indent}".join(lines) + end + "\n"


def models(document: Document, operations: list[Operation]) -> str:
    types = Types(document, "", "FilePart")
    out = [
        HEAD.format(what="The shapes of the API."),
        "from __future__ import annotations\n\n",
        "from typing import Any, Literal, NotRequired, TypeAlias, TypedDict\n\n",
        "from .parts import FilePart as FilePart\n\n",
        "JsonObject: TypeAlias = dict[str, Any]\n",
    ]
    # A class stands below those that it extends.
    for name in sorted(reachable(document, operations), key=lambda name: ancestors(document, name)):
        out.append(model(types, name, document.schemas[name]))
    return "".join(out)


def ancestors(document: Document, name: str) -> int:
    bases = [one["$ref"].rsplit("/", 1)[1] for one in document.schemas[name].get("allOf", []) if "$ref" in one]
    return max((1 + ancestors(document, base) for base in bases), default=0)


def model(types: Types, name: str, schema: Schema) -> str:
    bases = [one for one in schema.get("allOf", []) if "$ref" in one]
    own = [one for one in schema.get("allOf", [schema]) if "properties" in one]
    if not own:
        text = f'\n{name}: TypeAlias = """{types.of(schema)}"""\n'
        return text.replace('"""', "" if "enum" in schema else '"') + docstring(one_line(schema.get("description", name)), "")
    if not bases and any(keyword.iskeyword(field) for part in own for field in part["properties"]):
        return by_call(types, name, schema, own)
    out = [f"\n\nclass {name}({', '.join([types.of(one) for one in bases] or ['TypedDict'])}):\n"]
    out.append(docstring(one_line(schema.get("description", name)), "    "))
    for part in own:
        for field, value in part["properties"].items():
            if keyword.iskeyword(field):
                raise SystemExit(f"{name}.{field}: a keyword of Python cannot be a field")
            kind = types.of(value)
            kind = kind if field in part.get("required", []) else f"NotRequired[{kind}]"
            out.append(f"    {field}: {kind}\n")
            if value.get("description"):
                out.append(docstring(one_line(value["description"]), "    "))
    return "".join(out)


def by_call(types: Types, name: str, schema: Schema, own: list[Schema]) -> str:
    """A shape with a field that is a keyword of Python, which a class cannot have."""
    out = [f'\n\n{name} = TypedDict("{name}", {{\n']
    for part in own:
        for field, value in part["properties"].items():
            kind = f'"{types.of(value)}"'
            kind = kind if field in part.get("required", []) else f"NotRequired[{kind}]"
            out.append(f'    "{field}": {kind},\n')
    return "".join(out) + "})\n" + docstring(one_line(schema.get("description", name)), "")


def methods(document: Document, operations: list[Operation]) -> str:
    out = [
        HEAD.format(what="One method for each operation of the API, under its `operationId`."),
        "from __future__ import annotations\n\n",
        "from collections.abc import Iterator\nfrom typing import Literal\n\n",
        "from . import models\n",
        "from .events import EventStream\n",
        "from .parts import FilePart\n",
        "from .transport import Call, Page, Reply, Transport, segment\n",
        "\n\nclass Operations(Transport):\n",
        '    """The operations; `Client` completes them."""\n',
    ]
    types = Types(document, "models.", "FilePart")
    for operation in operations:
        out.append("".join(method(types, operation)))
        if operation.paged:
            out.append("".join(iterator(types, operation)))
    return "".join(out)


def argument(parameter: Parameter) -> str:
    name = parameter.argument
    return name + "_" if keyword.iskeyword(name) else name


def signature(types: Types, operation: Operation, without: tuple[str, ...] = ()) -> str:
    # A method that is named like a type would hide it from the signatures below it.
    parts = ["self"]
    parts += [f"{argument(one)}: {types.of(one.schema)}" for one in operation.where("path")]
    if operation.body:
        kind = "bytes | str" if operation.body.kind == "content" else types.of(operation.body.schema)
        parts.append(f"body: {kind}" if operation.body.required else f"body: {kind} | None = None")
    named = [one for one in operation.where("query") + operation.where("header") if one.name not in without]
    if named:
        parts.append("*")
    for one in sorted(named, key=lambda one: not one.required):
        kind = types.of(one.schema)
        parts.append(f"{argument(one)}: {kind}" if one.required else f"{argument(one)}: {kind} | None = None")
    return ", ".join(parts)


def explain(operation: Operation, more: str = "") -> str:
    needs = f" Permission: `{operation.permission}`." if operation.permission else ""
    return docstring(f"{operation.summary}.{needs}{more}", "        ")


def call(operation: Operation) -> str:
    path = operation.path
    for one in operation.where("path"):
        path = path.replace("{%s}" % one.name, "{segment(%s)}" % argument(one))
    parts = [f'"{operation.method}"', f'f"{path}"' if "{" in path else f'"{path}"']
    query = operation.where("query")
    if query:
        parts.append("query={" + ", ".join(f'"{one.name}": {argument(one)}' for one in query) + "}")
    fixed = [f'"{one.name}": "{one.constant}"' for one in operation.constants()]
    headers = fixed + [f'"{one.name}": {argument(one)}' for one in operation.where("header")]
    if headers:
        parts.append("headers={" + ", ".join(headers) + "}")
    if operation.body:
        parts.append(f"{operation.body.kind}=body")
        if operation.body.kind == "content":
            parts.append(f'media_type="{operation.body.media_type}"')
    if operation.keyed:
        parts.append("keyed=True")
    return f"Call({', '.join(parts)})"


def method(types: Types, operation: Operation) -> Iterator[str]:
    if operation.result == "events":
        returns = "EventStream"
    elif operation.result == "page":
        returns = f"Page[{types.of(operation.returns['items'])}]"
    elif operation.result == "bytes":
        returns = "Reply[bytes]"
    else:
        returns = f"Reply[{types.of(operation.returns) if operation.returns else 'None'}]"
    yield f"\n    def {operation.id}({signature(types, operation)}) -> {returns}:\n"
    yield explain(operation)
    yield f"        return self._{operation.result}({call(operation)})\n"


def iterator(types: Types, operation: Operation) -> Iterator[str]:
    item = types.of(operation.returns["items"])
    without = ("page", "cursor")
    yield f"\n    def {operation.id}_all({signature(types, operation, without)}) -> Iterator[{item}]:\n"
    yield explain(operation, " Reads page after page.")
    given = [argument(one) for one in operation.where("path")]
    given += [f"{argument(one)}={argument(one)}" for one in operation.where("query") if one.name not in without]
    given += [f"{argument(one)}={argument(one)}" for one in operation.where("header")]
    yield f"        return self._all(lambda cursor: self.{operation.id}({', '.join([*given, 'cursor=cursor'])}))\n"
