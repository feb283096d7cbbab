import type { ComponentChildren } from "preact";
import { ApiError } from "../api/problem";
import { Button } from "./Button";
import { Icon } from "./Icon";
import { reason } from "./Toast";
import { ui } from "./words";

export function Banner({ look = "info", children, focusable }: {
  look?: "info" | "ok" | "warn" | "danger"; children: ComponentChildren; focusable?: boolean;
}) {
  return (
    <div class={`banner ${look}`} role={look === "danger" ? "alert" : undefined} tabIndex={focusable ? -1 : undefined}>
      <Icon name={look === "ok" ? "check" : look === "info" ? "info" : "alert"} />
      <div>{children}</div>
    </div>
  );
}

/** A failure as the API described it, with a way to try again. */
export function Failure({ error, retry }: { error: unknown; retry?: () => unknown }) {
  const problem = error instanceof ApiError ? error.problem : null;
  return (
    <Banner look="danger">
      <strong>{problem?.title ?? ui.error()}</strong>
      <span>{reason(error)}</span>
      {problem && (
        <span class="small">
          {problem.type ? <a href={problem.type} target="_blank" rel="noopener noreferrer">{problem.code}</a> : problem.code}
          {problem.request_id && <> · {ui.request({ id: problem.request_id })}</>}
        </span>
      )}
      {retry && <span><Button compact onClick={retry}>{ui.retry()}</Button></span>}
    </Banner>
  );
}
