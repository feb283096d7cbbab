// A failure as the API describes it (RFC 9457).
export interface FieldError {
  field: string;
  code: string;
  message: string;
}

export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: string;
  type?: string;
  request_id?: string;
  retryable?: boolean;
  errors?: FieldError[];
  current?: Record<string, unknown>;
  permission?: string;
  /** For the second step after a sign-in with a provider. */
  mfa_token?: string;
}

export class ApiError extends Error {
  override name = "ApiError";
  constructor(readonly problem: Problem, readonly retryAfter = 0) {
    super(problem.detail || problem.title);
  }
  get status(): number {
    return this.problem.status;
  }
}

/** No answer came: the network or the server is away. */
export class OfflineError extends Error {
  override name = "OfflineError";
}

export async function problemOf(response: Response): Promise<ApiError> {
  const after = Number(response.headers.get("retry-after")) || 0;
  try {
    const body = (await response.clone().json()) as Problem;
    // RFC 6749 §5.2
    const { error, error_description } = body as { error?: string; error_description?: string };
    if (error && body.title === undefined) return new ApiError({ ...body, title: error, detail: error_description ?? error, code: error, status: response.status }, after);
    if (typeof body.title === "string") return new ApiError({ ...body, status: response.status }, after);
  } catch { /* not JSON: a proxy answered */ }
  const title = response.statusText || `HTTP ${response.status}`;
  return new ApiError({ title, status: response.status, detail: title, code: "" }, after);
}
