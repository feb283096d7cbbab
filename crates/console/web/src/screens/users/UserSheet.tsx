// One account: profile, role, sessions, and what the audit log says about it.
import { useSignal } from "@preact/signals";
import { api, ok, tagged, type Schemas } from "../../api/client";
import { data } from "../../api/http";
import { useQuery } from "../../api/query";
import { can, me } from "../../api/session";
import { Badge } from "../../ui/Badge";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Pending } from "../../ui/Pending";
import { Dialog, sure } from "../../ui/Dialog";
import { ChecksField, SelectField, TextArea, TextField } from "../../ui/Field";
import { Form, only, type Values } from "../../ui/Form";
import { Menu } from "../../ui/Menu";
import { Person } from "../../ui/People";
import { Tabs } from "../../ui/Tabs";
import { toast } from "../../ui/Toast";
import { When } from "../../ui/When";
import { ui } from "../../ui/words";
import { ROLES, t, wordOf } from "./words";

type User = Schemas["User"];

const FIELDS = ["username", "email", "first_name", "last_name", "bio"] as const;

function valuesOf(user: Partial<User>): Values {
  return Object.fromEntries(FIELDS.map((name) => [name, user[name] ?? ""]));
}

export function UserSheet({ id, onClose, changed }: { id: number; onClose: () => void; changed: () => Promise<void> }) {
  const tab = useSignal("profile");
  const one = useQuery(`user ${id}`, (signal) => tagged(api.GET("/api/v1/users/{id}", { params: { path: { id } }, signal })));
  const user = one.data.value?.body.data;
  const etag = one.data.value?.etag ?? "";
  const refresh = () => Promise.all([one.reload(), changed()]);
  const self = id === me.value?.id;

  const setStatus = async (status: "active" | "suspended") => {
    if (!user) return;
    if (status === "suspended" && !(await sure(t.suspendOne({ name: user.username }), t.suspendText(), t.suspend()))) return;
    await ok(api.PATCH("/api/v1/admin/users/{id}", { params: { path: { id }, header: { "If-Match": etag } }, body: { status } }));
    toast(ui.saved());
    await refresh();
  };
  const resetFactor = async () => {
    if (!user || !(await sure(t.factorSure({ name: user.username }), t.factorText(), t.factorReset()))) return;
    await ok(api.DELETE("/api/v1/users/{id}/2fa", { params: { path: { id } } }));
    toast(ui.saved());
    await refresh();
  };
  const remove = async () => {
    if (!user || !(await sure(t.deleteOne({ name: user.username }), t.deleteText(), ui.delete()))) return;
    await ok(api.DELETE("/api/v1/users/{id}", { params: { path: { id } } }));
    toast(t.deleted());
    onClose();
    await changed();
  };

  const profile = () => user && (
    <>
      {user.status === "suspended" && <Banner look="warn">{t.suspended()}</Banner>}
      <Form key={etag} initial={valuesOf(user)} submit={ui.save()} valuesOf={(current) => valuesOf(current as Partial<User>)}
        labels={{ username: t.username(), email: t.email(), first_name: t.firstName(), last_name: t.lastName(), bio: t.bio() }}
        onSubmit={async (values, change) => {
          await ok(api.PATCH("/api/v1/users/{id}", { params: { path: { id }, header: { "If-Match": change.etag ?? etag } }, body: only(values, change) as Schemas["UpdateUser"] }));
          toast(ui.saved());
          await refresh();
        }}>
        <div class="pair"><TextField name="username" label={t.username()} required /><TextField name="email" type="email" label={t.email()} required /></div>
        <div class="pair"><TextField name="first_name" label={t.firstName()} /><TextField name="last_name" label={t.lastName()} /></div>
        <TextArea name="bio" label={t.bio()} />
      </Form>
      <dl class="facts small">
        <dt>{t.email()}</dt><dd>{user.email_verified ? t.verified() : t.notVerified()}</dd>
        <dt>{t.factor()}</dt><dd>{user.two_factor_enabled ? t.on() : t.off()}</dd>
        <dt>{t.provider()}</dt><dd>{user.provider}</dd>
        <dt>{t.lastLogin()}</dt><dd>{user.last_login_at ? <When at={user.last_login_at} /> : t.never()}</dd>
        <dt>{t.created()}</dt><dd><When at={user.created_at} /></dd>
      </dl>
    </>
  );
  return (
    <Dialog title={user?.username ?? "…"} look="sheet" onClose={onClose} actions={user && !self && (
      <Menu actions={[
        user.status === "suspended" ? { label: t.unsuspend(), icon: "play", does: () => setStatus("active") } : { label: t.suspend(), icon: "pause", danger: true, does: () => setStatus("suspended") },
        Boolean(user.two_factor_enabled) && { label: t.factorReset(), icon: "key", does: resetFactor },
        null,
        { label: ui.delete(), icon: "trash", danger: true, does: remove },
      ]} />
    )}>
      <Pending of={one} lines={5} />
      {user && (
        <Tabs label={user.username} current={tab.value} onChange={(name) => (tab.value = name)} tabs={[
          { name: "profile", label: t.profile(), content: profile },
          { name: "roles", label: t.roles(), content: () => <Roles user={user} etag={etag} self={self} changed={refresh} /> },
          ...(self ? [] : [{ name: "sessions", label: t.sessions(), content: () => <Sessions id={id} /> }]),
          ...(can("audit:read") ? [{ name: "audit", label: t.audit(), content: () => <Audit id={id} /> }] : []),
        ]} />
      )}
    </Dialog>
  );
}

function Roles({ user, etag, self, changed }: { user: User; etag: string; self: boolean; changed: () => Promise<unknown> }) {
  const manages = can("roles:manage");
  const assigned = useQuery(`roles of ${user.id}`, (signal) => (manages
    ? tagged(api.GET("/api/v1/admin/users/{id}/roles", { params: { path: { id: user.id } }, signal }))
    : Promise.resolve(null)));
  const all = useQuery("roles", (signal) => (manages ? ok(api.GET("/api/v1/admin/roles", { signal })).then((answer) => answer.data) : Promise.resolve([])));
  const custom = all.data.value?.filter((role) => !role.built_in) ?? [];
  const of = assigned.data.value;
  return (
    <>
      <Form key={etag} initial={{ role: user.role ?? "user" }} submit={ui.save()} onSubmit={async ({ role }) => {
        await ok(api.PATCH("/api/v1/admin/users/{id}", { params: { path: { id: user.id }, header: { "If-Match": etag } }, body: { role: role as NonNullable<User["role"]> } }));
        toast(ui.saved());
        await Promise.all([changed(), assigned.reload()]);
      }}>
        <SelectField name="role" label={t.role()} disabled={self} choices={ROLES.map((value) => ({ value, label: wordOf(value) }))} />
      </Form>
      <Pending of={assigned} bare />
      {of && custom.length > 0 && (
        <Form key={of.etag} initial={{ roles: of.body.data.roles.filter((role) => !role.built_in).map((role) => role.name).join("\n") }} submit={ui.save()} onSubmit={async ({ roles = "" }) => {
          await ok(api.PUT("/api/v1/admin/users/{id}/roles", { params: { path: { id: user.id }, header: { "If-Match": of.etag } }, body: { roles: roles.split("\n").filter(Boolean) } }));
          toast(ui.saved());
          await assigned.reload();
        }}>
          <ChecksField name="roles" label={t.customRoles()} choices={custom.map((role) => ({ value: role.name, label: role.description ? `${role.name}: ${role.description}` : role.name }))} />
        </Form>
      )}
      {of && (
        <section class="stack tight">
          <h3>{t.permissions()}</h3>
          <div class="row">{of.body.data.permissions.map((name) => <Badge key={name} tone="plain">{name}</Badge>)}</div>
        </section>
      )}
    </>
  );
}

function Sessions({ id }: { id: number }) {
  const base = `/api/v1/admin/users/${id}/sessions`;
  const list = useQuery(`sessions of ${id}`, (signal) => data<Schemas["Session"][]>("GET", base, undefined, { signal }));
  const end = async (path: string) => {
    await data("DELETE", path);
    toast(t.ended());
    await list.reload();
  };
  return (
    <>
      <Pending of={list} />
      {list.data.value?.length === 0 && <p class="muted">{t.sessionsNone()}</p>}
      <ul class="lines">
        {list.data.value?.map((session) => (
          <li key={session.id}>
            <span class="grow stack tight">
              <span>{session.device ?? "–"} {session.current && <Badge tone="info">{t.current()}</Badge>}</span>
              <span class="muted small">{session.ip} · <When at={session.last_used_at} /></span>
            </span>
          </li>
        ))}
      </ul>
      {Boolean(list.data.value?.length) && <div><Button look="danger" onClick={() => end(base)}>{t.endAll()}</Button></div>}
    </>
  );
}

function Audit({ id }: { id: number }) {
  const list = useQuery(`audit of ${id}`, async (signal) => {
    const entries = (query: { actor_id: number } | { target_type: string; target_id: number }) => ok(api.GET("/api/v1/admin/audit", { params: { query: { ...query, limit: 50 } }, signal })).then((answer) => answer.data);
    const [did, felt] = await Promise.all([entries({ actor_id: id }), entries({ target_type: "user", target_id: id })]);
    return [...new Map([...did, ...felt].map((entry) => [entry.id, entry])).values()].sort((a, b) => b.id - a.id).slice(0, 50);
  });
  return (
    <>
      <Pending of={list} />
      {list.data.value?.length === 0 && <p class="muted">{t.auditNone()}</p>}
      <ul class="lines">
        {list.data.value?.map((entry) => (
          <li key={entry.id}>
            <span class="grow stack tight">
              <span class="row"><span class="mono">{entry.action}</span><Badge tone={entry.outcome === "success" ? "ok" : "danger"}>{entry.outcome}</Badge></span>
              <span class="muted small"><When at={entry.at} />{entry.ip && ` · ${entry.ip}`}{entry.actor_id !== id && <> · <Person id={entry.actor_id} plain /></>}{entry.detail && ` · ${entry.detail}`}</span>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
