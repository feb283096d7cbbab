import { describe, expect, it } from "vitest";
import "./setup";

const { curl } = await import("../src/api/calls");
const { differing } = await import("../src/ui/versions");
const { exampleOf, fill, operationsOf } = await import("../src/screens/explorer/spec");
const { setLanguage, words } = await import("../src/words");
const { bytes, money } = await import("../src/words/format");

describe("curl", () => {
  it("quotes what a shell would read", () => {
    const call = { method: "POST", url: "/api/v1/tasks", headers: [["content-type", "application/json"]] as [string, string][], body: '{"title":"it\'s"}' };
    expect(curl(call)).toBe(`curl -X POST 'http://localhost:8080/api/v1/tasks' \\\n  -H "Authorization: Bearer $TOKEN" \\\n  -H 'content-type: application/json' \\\n  -d '{"title":"it'\\''s"}'`);
  });
  it("names a file where bytes were sent", () => {
    expect(curl({ method: "PATCH", url: "/x", headers: [], body: "binary" }, false)).toBe("curl -X PATCH 'http://localhost:8080/x' \\\n  --data-binary @FILE");
  });
});

describe("versions", () => {
  it("offers the fields that differ, and mine where I changed them", () => {
    const versions = { base: { a: "1", b: "1", c: "1" }, yours: { a: "2", b: "1", c: "1" }, theirs: { a: "3", b: "3", c: "1" } };
    expect(differing(versions)).toEqual([{ field: "a", mine: true }, { field: "b", mine: false }]);
  });
});

describe("words", () => {
  const t = words({ rows: [["{n} row", "{n} rows"], ["{n} ligne", "{n} lignes"], "{n} 行"] });
  it("has the plural of each language", () => {
    setLanguage("en");
    expect([t.rows({ n: 0 }), t.rows({ n: 1 }), t.rows({ n: 1234 })]).toEqual(["0 rows", "1 row", "1,234 rows"]);
    setLanguage("fr");
    expect([t.rows({ n: 0 }), t.rows({ n: 1 }), t.rows({ n: 2 })]).toEqual(["0 ligne", "1 ligne", "2 lignes"]);
    setLanguage("zh-Hans");
    expect(t.rows({ n: 2 })).toBe("2 行");
  });
  it("is 40 % longer in the pseudo-locale, and keeps its values", () => {
    setLanguage("en-XA");
    expect(t.rows({ n: 7 })).toMatch(/^⟦7 röws~+⟧$/);
    setLanguage("en");
  });
});

describe("numbers", () => {
  it("reads minor units by their currency", () => {
    expect(money(1999, "EUR")).toBe("€19.99");
    expect(money(1999, "JPY")).toBe("¥1,999");
  });
  it("writes sizes", () => {
    expect([bytes(512), bytes(5300), bytes(734_003_200)]).toEqual(["512 bytes", "5.3 kB", "734 MB"]);
  });
});

describe("the document", () => {
  const document = {
    components: {
      parameters: { Id: { name: "id", in: "path", required: true, schema: { type: "integer" } } },
      schemas: { Task: { type: "object", required: ["title"], properties: { title: { type: "string", example: "Write" }, tags: { type: "array", items: { type: "string" } } } } },
    },
    paths: { "/tasks/{id}": { patch: {
      operationId: "patch", tags: ["tasks"], parameters: [{ $ref: "#/components/parameters/Id" }, { name: "If-Match", in: "header" }, { name: "q", in: "query" }],
      requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Task" } } } },
    } } },
  } as never;
  it("gives each operation with an example", () => {
    const [operation] = operationsOf(document);
    expect(operation?.body?.example).toEqual({ title: "Write", tags: ["text"] });
    expect(exampleOf(document, { oneOf: [{ type: "null" }, { type: "integer", minimum: 3 }] })).toBe(3);
  });
  it("leaves empty parameters out", () => {
    const [operation] = operationsOf(document);
    expect(operation && fill(operation, { "path:id": "a/b", "query:q": "", "header:If-Match": '"1"' })).toEqual({ url: "/tasks/a%2Fb", headers: { "If-Match": '"1"' } });
  });
});
