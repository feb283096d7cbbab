// Failures as exceptions. Each class is one status; `code` says which failure it is (openapi/problems.md).

import type { FieldError, JsonObject, Problem, ProblemCode } from "./models.js";

/** Every exception of this package. */
export class AlveoleError extends Error {
  override name = this.constructor.name;
}

/** The server couldn't be reached, or the connection broke; a request that may be repeated was repeated. */
export class NetworkError extends AlveoleError {}

/** 304: what `if_none_match` names is still current. */
export class NotModified extends AlveoleError {}

/** The password was right and the account has a second factor: call `verifySecondFactor`. */
export class SecondFactorNeeded extends AlveoleError {
  constructor(readonly mfaToken: string) {
    super("the account has a second factor: call verifySecondFactor with a code");
  }
}

/** The server refused. `problem` is the problem document (RFC 9457), empty when a proxy answered. */
export class ApiError extends AlveoleError {
  /** Releases may add codes. */
  readonly code: ProblemCode | (string & {});

  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
    readonly headers: Headers,
  ) {
    super(`${status} ${problem.code ?? ""}: ${problem.detail ?? "the answer is no problem document"}`);
    this.code = problem.code ?? "";
  }

  /** The fields that are wrong, each with a JSON Pointer. */
  get errors(): FieldError[] {
    return this.problem.errors ?? [];
  }

  /** As in the server's log. */
  get requestId(): string | null {
    return this.headers.get("x-request-id");
  }

  /** Seconds to wait. */
  get retryAfter(): number | undefined {
    const value = this.headers.get("retry-after");
    return value !== null && /^\d+$/.test(value) ? Number(value) : undefined;
  }
}

/** 400: fields, parameters or headers are wrong; see `errors`. */
export class BadRequest extends ApiError {}

/** 401: the caller isn't signed in, or the session has ended. */
export class Unauthorized extends ApiError {}

/** 403; `permission` is the one that is missing, if it is one. */
export class Forbidden extends ApiError {
  get permission(): string | undefined {
    return this.problem.permission;
  }
}

/** 404: it doesn't exist, or isn't visible to the caller. */
export class NotFound extends ApiError {}

/** 409: the present state doesn't allow it. */
export class Conflict extends ApiError {}

/** 412: it was changed since it was read; `current` is the present state, to merge with and write again. */
export class PreconditionFailed extends ApiError {
  get current(): JsonObject {
    return this.problem.current ?? {};
  }
}

/** 413. */
export class PayloadTooLarge extends ApiError {}

/** 415: this format isn't kept, or the body is of another type than the operation takes. */
export class UnsupportedMediaType extends ApiError {}

/** 422: well-formed, but not possible. */
export class Unprocessable extends ApiError {}

/** 429, after all retries; see `retryAfter`. */
export class TooManyRequests extends ApiError {}

/** 5xx, after all retries. */
export class ServerError extends ApiError {}

const BY_STATUS = new Map<number, typeof ApiError>([
  [400, BadRequest],
  [401, Unauthorized],
  [403, Forbidden],
  [404, NotFound],
  [409, Conflict],
  [412, PreconditionFailed],
  [413, PayloadTooLarge],
  [415, UnsupportedMediaType],
  [422, Unprocessable],
  [429, TooManyRequests],
]);

export async function errorOf(response: Response): Promise<ApiError> {
  let problem: Partial<Problem> = {};
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null) problem = body;
  } catch {
    // not a problem document
  }
  const kind = BY_STATUS.get(response.status) ?? (response.status >= 500 ? ServerError : ApiError);
  return new kind(response.status, problem, response.headers);
}
