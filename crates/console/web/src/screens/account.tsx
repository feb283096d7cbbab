// One's own account: profile, password, second factor, sessions, personal access tokens.
import { useSignal } from "@preact/signals";
import { api, ok, tagged, type Schemas } from "../api/client";
import { useQuery } from "../api/query";
import { can, me, reload, signOut } from "../api/session";
import { query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Badge } from "../ui/Badge";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { Secret } from "../ui/Copy";
import { Pending } from "../ui/Pending";
import { sure } from "../ui/Dialog";
import { ChecksField, SelectField, TextArea, TextField } from "../ui/Field";
import { Form, only, type Values } from "../ui/Form";
import { Tabs } from "../ui/Tabs";
import { toast } from "../ui/Toast";
import { When } from "../ui/When";
import { utcTime } from "../ui/times";
import { ui } from "../ui/words";
import { LANGUAGES } from "../words";
import { Factor } from "./account/Factor";
import { t } from "./account/words";

type User = Schemas["User"];

export default function Account() {
  const tab = query.value.get("tab") ?? "profile";
  return (
    <>
      <header><h1>{shell.account()}</h1></header>
      <Tabs label={shell.account()} current={tab} onChange={(name) => setQuery({ tab: name === "profile" ? "" : name })} tabs={[
        { name: "profile", label: t.profile(), content: () => <Profile /> },
        { name: "security", label: t.security(), content: () => <div class="grid2"><Password /><Factor /></div> },
        { name: "sessions", label: t.sessions(), content: () => <Sessions /> },
        { name: "tokens", label: t.tokens(), content: () => <Tokens /> },
      ]} />
    </>
  );
}

const FIELDS = ["username", "first_name", "last_name", "bio", "locale"] as const;

function valuesOf(user: Partial<User>): Values {
  return Object.fromEntries(FIELDS.map((name) => [name, user[name] ?? ""]));
}

function Profile() {
  const one = useQuery("me", (signal) => tagged(api.GET("/api/v1/users/me", { signal })));
  const user = one.data.value?.body.data;
  const etag = one.data.value?.etag ?? "";
  return (
    <>
      <Pending of={one} lines={5} />
      {user && (
        <div class="card">
          <Form key={etag} initial={valuesOf(user)} submit={ui.save()} valuesOf={(current) => valuesOf(current as Partial<User>)}
            labels={{ username: t.username(), first_name: t.firstName(), last_name: t.lastName(), bio: t.bio(), locale: t.locale() }}
            onSubmit={async (values, change) => {
              await ok(api.PATCH("/api/v1/users/me", { params: { header: { "If-Match": change.etag ?? etag } }, body: only(values, change) as Schemas["UpdateProfile"] }));
              toast(ui.saved());
              await Promise.all([one.reload(), reload()]);
            }}>
            <div class="pair"><TextField name="username" label={t.username()} autocomplete="username" required />
              <SelectField name="locale" label={t.locale()} hint={t.localeHint()} choices={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))} /></div>
            <div class="pair"><TextField name="first_name" label={t.firstName()} autocomplete="given-name" /><TextField name="last_name" label={t.lastName()} autocomplete="family-name" /></div>
            <TextArea name="bio" label={t.bio()} />
          </Form>
        </div>
      )}
      {user && (
        <section class="card">
          <h2>{t.email()}</h2>
          <p>{user.email} <Badge tone={user.email_verified ? "ok" : "warn"}>{user.email_verified ? t.verified() : t.notVerified()}</Badge></p>
          <Email />
        </section>
      )}
    </>
  );
}

function Email() {
  const round = useSignal(0);
  const sent = useSignal(false);
  return (
    <>
      {sent.value && <Banner look="ok">{t.emailSent()}</Banner>}
      <Form key={round.value} initial={{ new_email: "", current_password: "" }} submit={t.changeEmail()} onSubmit={async ({ new_email = "", current_password = "" }) => {
        await ok(api.POST("/api/v1/users/me/email", { body: { new_email: new_email.trim(), current_password } }));
        sent.value = true;
        round.value += 1;
      }}>
        <div class="pair"><TextField name="new_email" type="email" label={t.newEmail()} autocomplete="email" required />
          <TextField name="current_password" type="password" label={t.currentPassword()} autocomplete="current-password" required /></div>
      </Form>
    </>
  );
}

function Password() {
  const round = useSignal(0);
  return (
    <section class="card">
      <h2>{t.password()}</h2>
      <Form key={round.value} initial={{ current_password: "", new_password: "" }} submit={t.changePassword()} onSubmit={async ({ current_password = "", new_password = "" }) => {
        await ok(api.PUT("/api/v1/users/password", { body: { current_password, new_password } }));
        toast(t.passwordChanged());
        round.value += 1;
      }}>
        <input type="text" name="username" autoComplete="username" value={me.value?.username ?? ""} readOnly hidden />
        <TextField name="current_password" type="password" label={t.currentPassword()} autocomplete="current-password" required />
        <TextField name="new_password" type="password" label={t.newPassword()} hint={t.passwordHint()} autocomplete="new-password" required />
      </Form>
    </section>
  );
}

function Sessions() {
  const list = useQuery("own sessions", (signal) => ok(api.GET("/api/v1/auth/sessions", { signal })).then((answer) => answer.data));
  return (
    <section class="card">
      <Pending of={list} />
      <ul class="lines">
        {list.data.value?.map((session) => (
          <li key={session.id}>
            <span class="grow stack tight">
              <span>{session.device ?? "–"} {session.current && <Badge tone="info">{t.current()}</Badge>}</span>
              <span class="muted small">{session.ip} · <When at={session.last_used_at} /></span>
            </span>
            {!session.current && (
              <Button compact onClick={async () => {
                await ok(api.DELETE("/api/v1/auth/sessions/{id}", { params: { path: { id: session.id } } }));
                await list.reload();
              }}>{t.end()}</Button>
            )}
          </li>
        ))}
      </ul>
      {Boolean(list.data.value?.length) && (
        <Button look="danger" onClick={async () => {
          if (!(await sure(t.endAll(), t.endAllText(), t.endAll()))) return;
          await ok(api.POST("/api/v1/auth/logout-all"));
          await signOut();
        }}>{t.endAll()}</Button>
      )}
    </section>
  );
}

function Tokens() {
  const list = useQuery("own tokens", (signal) => ok(api.GET("/api/v1/auth/tokens", { signal })).then((answer) => answer.data));
  const permissions = useQuery("permissions", (signal) => ok(api.GET("/api/v1/authz/explain", { signal })).then((answer) => answer.data.permissions.filter((one) => one.granted)));
  const made = useSignal("");
  const round = useSignal(0);
  if (!can("session")) return null;
  return (
    <div class="grid2">
      <section class="card">
        <h2>{t.tokens()}</h2>
        <Pending of={list} bare />
        {list.data.value?.length === 0 && <p class="muted">{t.tokensNone()}</p>}
        <ul class="lines">
          {list.data.value?.map((token) => (
            <li key={token.id}>
              <span class="grow stack tight">
                <span>{token.name}</span>
                <span class="row">{token.scopes.map((scope) => <Badge key={scope} tone="plain">{scope}</Badge>)}</span>
                <span class="muted small">{t.lastUsed()} <When at={token.last_used_at} />{token.expires_at && <> · {t.expires()} <When at={token.expires_at} /></>}</span>
              </span>
              <Button compact look="danger" onClick={async () => {
                if (!(await sure(t.revokeOne({ name: token.name }), t.revokeText(), t.revoke()))) return;
                await ok(api.DELETE("/api/v1/auth/tokens/{id}", { params: { path: { id: token.id } } }));
                await list.reload();
              }}>{t.revoke()}</Button>
            </li>
          ))}
        </ul>
      </section>
      <section class="card">
        <h2>{t.newToken()}</h2>
        {made.value && <div class="stack"><Banner look="ok">{t.tokenOnce()}</Banner><Secret label={t.token()} value={made.value} /></div>}
        <Form key={round.value} initial={{ name: "", scopes: "", expires_at: "" }} submit={ui.create()} onSubmit={async (values) => {
          const answer = await ok(api.POST("/api/v1/auth/tokens", { body: { name: values["name"] ?? "", scopes: (values["scopes"] ?? "").split("\n").filter(Boolean), expires_at: utcTime(values["expires_at"]) } }));
          made.value = answer.data.token;
          round.value += 1;
          await list.reload();
        }}>
          <div class="pair"><TextField name="name" label={t.name()} required /><TextField name="expires_at" type="datetime-local" label={t.expires()} /></div>
          <ChecksField name="scopes" label={t.scopes()} choices={(permissions.data.value ?? []).map((one) => ({ value: one.permission, label: `${one.permission}: ${one.allows}` }))} />
        </Form>
      </section>
    </div>
  );
}
