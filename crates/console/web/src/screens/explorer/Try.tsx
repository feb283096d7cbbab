// The form of one operation, the call it makes as `curl`, and the answer.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { curl } from "../../api/calls";
import { send } from "../../api/http";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";
import { sure } from "../../ui/Dialog";
import { SelectField, TextArea, TextField } from "../../ui/Field";
import { Form, useFormValues, type Values } from "../../ui/Form";
import { save } from "../../ui/save";
import { ui } from "../../ui/words";
import { bytes, duration } from "../../words/format";
import { fill, resolve, type Document, type Operation, type Parameter } from "./spec";
import { t } from "./words";

interface Answer {
  status: number;
  milliseconds: number;
  headers: string;
  text: string | null;
  response: Response;
  size: number;
  type: string;
}

const SHOWN = 200_000;

function isStream(operation: Operation): boolean {
  return /\/ws$|\/tasks\/events$/.test(operation.path);
}

function initial(operation: Operation): Values {
  const values: Values = {};
  for (const parameter of operation.parameters) {
    const example = parameter.example ?? parameter.schema?.example;
    values[`${parameter.in}:${parameter.name}`] = parameter.in === "path" && example !== undefined ? String(example) : "";
  }
  const { body } = operation;
  if (body) {
    if (isForm(body.type)) for (const name of Object.keys(body.schema.properties ?? {})) values[`form:${name}`] = "";
    else values["body"] = body.type.includes("json") ? JSON.stringify(body.example ?? {}, null, 2) : typeof body.example === "string" ? body.example : "";
  }
  return values;
}

function isForm(type: string): boolean {
  return type.startsWith("multipart/");
}

function Command({ operation }: { operation: Operation }) {
  const values = useFormValues();
  const { url, headers } = fill(operation, values);
  const body = operation.body;
  const text = curl({
    method: operation.method,
    url: new URL(url, location.origin).href,
    headers: [...Object.entries(headers), ...(body && !isForm(body.type) ? [["Content-Type", body.type] as [string, string]] : [])],
    body: !body ? null : isForm(body.type) ? "form" : compact(values["body"] ?? ""),
  }, operation.permission !== "public");
  return (
    <div class="stack tight">
      <div class="row apart"><h3>curl</h3><CopyButton text={text} /></div>
      <pre tabIndex={0} aria-label="curl">{text}</pre>
    </div>
  );
}

function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

function ParameterField({ document, parameter }: { document: Document; parameter: Parameter }) {
  const schema = resolve(document, parameter.schema ?? {});
  const name = `${parameter.in}:${parameter.name}`;
  const label = `${parameter.name}${parameter.required ? ` (${t.required()})` : ""}`;
  if (schema.enum && parameter.in !== "path") {
    return <SelectField name={name} label={label} hint={parameter.description} choices={[{ value: "", label: "–" }, ...schema.enum.map((value) => ({ value: String(value), label: String(value) }))]} />;
  }
  return <TextField name={name} label={label} hint={parameter.description} mono />;
}

export function Try({ document, operation }: { document: Document; operation: Operation }) {
  const answer = useSignal<Answer | null>(null);
  const files = useRef(new Map<string, File>());
  const { body } = operation;

  const run = async (values: Values) => {
    if (operation.method === "DELETE" && !(await sure(t.sure({ method: operation.method, path: fill(operation, values).url }), t.sureText(), t.send()))) return;
    const { url, headers: extra } = fill(operation, values);
    const headers = new Headers(extra);
    let content: BodyInit | undefined;
    if (body && isForm(body.type)) {
      const form = new FormData();
      for (const [name, file] of files.current) form.set(name, file);
      for (const name of Object.keys(body.schema.properties ?? {})) {
        const value = values[`form:${name}`];
        if (value && !files.current.has(name)) form.set(name, value);
      }
      content = form;
    } else if (body && (values["body"] || body.required)) {
      content = values["body"] ?? "";
      headers.set("content-type", body.type === "*/*" ? "application/json" : body.type);
      if (body.type.includes("json")) {
        try {
          JSON.parse(content);
        } catch (fault) {
          throw new Error(t.invalid({ why: (fault as Error).message }));
        }
      }
    }
    const began = performance.now();
    const response = await send(new Request(new URL(url, location.origin), { method: operation.method, headers, ...(content !== undefined && { body: content }) }), content ?? null);
    const blob = await response.clone().blob();
    const type = response.headers.get("content-type") ?? "";
    const isText = /json|text|xml|csv|calendar/.test(type) && blob.size <= SHOWN;
    const text = isText ? await blob.text() : null;
    answer.value = {
      status: response.status,
      milliseconds: performance.now() - began,
      headers: [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n"),
      text: text !== null && type.includes("json") && !type.includes("jsonl") ? pretty(text) : text,
      response,
      size: blob.size,
      type,
    };
    requestAnimationFrame(() => window.document.getElementById("answer")?.focus());
  };

  return (
    <section class="stack" aria-label={operation.summary}>
      <div class="stack tight">
        <h2>{operation.summary}</h2>
        <div class="row"><span class={`verb ${operation.method}`}>{operation.method}</span><span class="mono">{operation.path}</span><Badge tone="plain">{t.permission({ permission: operation.permission })}</Badge></div>
        {operation.description && <p class="muted">{operation.description}</p>}
      </div>
      {isStream(operation) ? (
        <><p>{t.socket()}</p><pre tabIndex={0}>{operation.path.endsWith("/ws")
          ? `wscat -c "${location.origin.replace(/^http/, "ws")}${operation.path}?token=$TOKEN"`
          : `curl -N "${location.origin}${operation.path}" -H "Authorization: Bearer $TOKEN"`}</pre></>
      ) : (
        <Form initial={initial(operation)} submit={t.send()} onSubmit={run}>
          {operation.parameters.length > 0 && (
            <fieldset>
              <legend>{t.parameters()}</legend>
              <div class="form"><div class="pair">{operation.parameters.map((parameter) => <ParameterField key={parameter.in + parameter.name} document={document} parameter={parameter} />)}</div></div>
            </fieldset>
          )}
          {body && (isForm(body.type)
            ? Object.entries(body.schema.properties ?? {}).map(([name, schema]) => {
              const known = resolve(document, schema);
              return known.format === "binary" ? (
                <div key={name} class="field">
                  <label for={`file-${name}`}>{name}</label>
                  <input id={`file-${name}`} type="file" onChange={(event) => {
                    const file = event.currentTarget.files?.[0];
                    if (file) files.current.set(name, file);
                    else files.current.delete(name);
                  }} />
                </div>
              ) : <TextField key={name} name={`form:${name}`} label={name} hint={known.description} mono />;
            })
            : <TextArea name="body" label={`${t.body()} (${body.type})`} rows={Math.min(18, 3 + JSON.stringify(body.example ?? {}, null, 2).split("\n").length)} mono />)}
          <Command operation={operation} />
        </Form>
      )}
      {answer.value && <Shown answer={answer.value} name={operation.id} />}
    </section>
  );
}

function Shown({ answer, name }: { answer: Answer; name: string }) {
  return (
    <section class="stack tight" aria-label={t.answer()}>
      <div class="row apart">
        <h3 id="answer" tabIndex={-1}>{t.answer()} <Badge tone={answer.status < 400 ? "ok" : "danger"}>{answer.status}</Badge></h3>
        <span class="row"><span class="muted small">{duration(answer.milliseconds)} · {bytes(answer.size)}</span>{answer.text && <CopyButton text={answer.text} />}</span>
      </div>
      {answer.text === null
        ? <div class="row"><span>{t.binary({ type: answer.type, size: bytes(answer.size) })}</span><Button icon="download" compact onClick={() => save(answer.response.clone(), name)}>{ui.save()}</Button></div>
        : <pre class="response" tabIndex={0}>{answer.text}</pre>}
      <details><summary>{t.headers()}</summary><pre tabIndex={0}>{answer.headers}</pre></details>
    </section>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

