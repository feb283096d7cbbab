// Who is signed in. The access token lives in memory only, the refresh token in a cookie that scripts cannot read. Tabs
// share one refresh by a lock, and spread tokens and sign-out by a channel.
import { computed, signal } from "@preact/signals";
import { data, onExpired, raw, setToken } from "./http";
import { ApiError } from "./problem";
import type { Schemas } from "./client";

export interface Tokens {
  access_token: string;
  expires_in: number;
}

interface FactorNeeded {
  mfa_required: true;
  mfa_token: string;
}

export type Identity = Schemas["SignedInUser"];

export const me = signal<Schemas["User"] | null>(null);
const identity = signal<Identity | null>(null);
/** Why the session ended, to be said at the next sign-in. */
export const ended = signal(false);
export const state = signal<"starting" | "out" | "in">("starting");

const permissions = computed(() => new Set(identity.value?.permissions ?? []));

/** What the account and its session may do: what is forbidden is not shown. */
export function can(permission: string): boolean {
  if (permission === "signed-in" || permission === "public") return true;
  if (permission === "session") return identity.value?.session_id !== null;
  return permissions.value.has(permission);
}

const AUTH = "/api/v1/auth";
const MARK = "alveole.signed-in";
type News = { kind: "token"; token: string } | { kind: "ask" } | { kind: "out" };
const channel = new BroadcastChannel("alveole.session");
let current = "";

function keep(token: string, spread: boolean): void {
  current = token;
  setToken(token);
  if (spread) channel.postMessage({ kind: "token", token } satisfies News);
}

async function load(): Promise<void> {
  const [who, user] = await Promise.all([
    data<Identity>("GET", `${AUTH}/check`),
    data<Schemas["User"]>("GET", "/api/v1/users/me"),
  ]);
  identity.value = who;
  me.value = user;
  ended.value = false;
  state.value = "in";
  localStorage.setItem(MARK, "1");
}

function forget(why: "expired" | "asked"): void {
  keep("", false);
  identity.value = null;
  me.value = null;
  ended.value = why === "expired" && state.peek() === "in";
  state.value = "out";
  localStorage.removeItem(MARK);
}

/** A new access token by the cookie. One tab asks; the others, which waited for the lock, take its answer. */
async function refresh(): Promise<boolean> {
  const before = current;
  return navigator.locks.request("alveole.refresh", async () => {
    if (current !== before && current) return true;
    try {
      const response = await fetch(`${AUTH}/refresh`, {
        method: "POST", credentials: "same-origin", headers: { "content-type": "application/json" }, body: JSON.stringify({ session: "cookie" }),
      });
      if (response.ok) {
        const answer = (await response.json()) as { data: Tokens };
        keep(answer.data.access_token, true);
        return true;
      }
      if (response.status === 429 || response.status >= 500) return false;
    } catch {
      return false;
    }
    forget("expired");
    return false;
  });
}

onExpired(refresh);

channel.onmessage = ({ data: news }: MessageEvent<News>) => {
  if (news.kind === "ask" && current) channel.postMessage({ kind: "token", token: current } satisfies News);
  if (news.kind === "out" && state.peek() === "in") forget("asked");
  if (news.kind === "token" && news.token !== current) {
    keep(news.token, false);
    if (state.peek() === "out") void load().catch(() => forget("expired"));
  }
};

/** Takes up the session that another tab or the cookie holds. */
export async function start(): Promise<void> {
  if (!localStorage.getItem(MARK)) {
    state.value = "out";
    return;
  }
  channel.postMessage({ kind: "ask" } satisfies News);
  await new Promise((resolve) => setTimeout(resolve, 40));
  try {
    if (current || (await refresh())) return await load();
  } catch (fault) {
    if (!(fault instanceof ApiError)) throw fault;
  }
  forget("expired");
}

async function enter(tokens: Tokens): Promise<void> {
  keep(tokens.access_token, true);
  await load();
}

/** The token for the second step when the account has a second factor, and else nothing. */
export async function signIn(name: string, password: string): Promise<string | null> {
  const who = name.includes("@") ? { email: name } : { username: name };
  const answer = await data<Tokens | FactorNeeded>("POST", `${AUTH}/login`, { ...who, password, session: "cookie" });
  if ("mfa_required" in answer) return answer.mfa_token;
  await enter(answer);
  return null;
}

export async function verify(mfaToken: string, code: string): Promise<void> {
  await enter(await data<Tokens>("POST", `${AUTH}/2fa/verify`, { mfa_token: mfaToken, code, session: "cookie" }));
}

const BACK = `${location.origin}/console/signed-in`;
const PROOF = "alveole.provider";

function base64url(bytes: ArrayBuffer | Uint8Array): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes as ArrayBuffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Leaves for a provider; who comes back has a code that only this tab can redeem (PKCE). */
export async function leaveFor(authorizeUrl: string): Promise<void> {
  const proof = base64url(crypto.getRandomValues(new Uint8Array(32)));
  sessionStorage.setItem(PROOF, proof);
  const challenge = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(proof)));
  const asked = { redirect_uri: BACK, response_type: "code", client_id: "console", state: challenge.slice(0, 16), code_challenge: challenge, code_challenge_method: "S256" };
  location.assign(`${authorizeUrl}?${new URLSearchParams(asked)}`);
}

/** Redeems the code; the token for the second step when the account has a second factor. */
export async function comeBack(code: string): Promise<string | null> {
  const proof = sessionStorage.getItem(PROOF) ?? "";
  sessionStorage.removeItem(PROOF);
  try {
    const response = await raw("POST", `${AUTH}/token`, { grant_type: "authorization_code", code, redirect_uri: BACK, client_id: "console", code_verifier: proof, session: "cookie" });
    await enter((await response.json()) as Tokens);
    return null;
  } catch (error) {
    const token = error instanceof ApiError && error.problem["mfa_token"];
    if (!token) throw error;
    return token;
  }
}

/** Whether the server waits for its first administrator. */
export async function setupNeeded(): Promise<boolean> {
  return (await data<{ needed: boolean }>("GET", `${AUTH}/setup`)).needed;
}

export async function setUp(token: string, email: string, username: string, password: string): Promise<void> {
  await enter(await data<Tokens>("POST", `${AUTH}/setup`, { token, email, username, password, session: "cookie" }));
}

export async function signOut(): Promise<void> {
  try {
    await raw("POST", `${AUTH}/logout`);
  } catch { /* the session may have ended already */ }
  channel.postMessage({ kind: "out" } satisfies News);
  forget("asked");
}

/** Reads permissions and profile anew, after something changed them. */
export async function reload(): Promise<void> {
  await load();
}
