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
import { Pending } from "../ui/Pending";
import { sure } from "../ui/Dialog";
import { SelectField, TextArea, TextField } from "../ui/Field";
import { Form, only, type Values } from "../ui/Form";
import { Tabs } from "../ui/Tabs";
import { toast } from "../ui/Toast";
import { When } from "../ui/When";
import { ui } from "../ui/words";
import { LANGUAGES } from "../words";
import { Factor } from "./account/Factor";
import { Tokens } from "./account/Tokens";
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
        ...(can("session") ? [{ name: "tokens", label: t.tokens(), content: () => <Tokens address="/api/v1/auth/tokens" /> }] : []),
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
