// Accounts of programs with their tokens, and the roles that permissions are bundled in.
import { api, ok, tagged, type Schemas } from "../api/client";
import { useQuery } from "../api/query";
import { can } from "../api/session";
import { query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Dialog, sure } from "../ui/Dialog";
import { Empty } from "../ui/Empty";
import { ChecksField, SelectField, TextField } from "../ui/Field";
import { Form, only } from "../ui/Form";
import { List } from "../ui/List";
import { Pending } from "../ui/Pending";
import { Table, type Column } from "../ui/Table";
import { Tabs } from "../ui/Tabs";
import { toast } from "../ui/Toast";
import { When } from "../ui/When";
import { ui } from "../ui/words";
import { words } from "../words";
import { terms } from "../words/terms";
import { Tokens, usePermissions } from "./account/Tokens";
import { ROLES, wordOf } from "./users/words";

const t = { ...terms, ...words({
  builtIn: ["built in", "intégré", "内置"],
  createAccount: ["New service account", "Nouveau compte de service", "新建服务账户"],
  createRole: ["New role", "Nouveau rôle", "新建角色"],
  deleteText: ["Programs and people that rely on it lose their access.", "Les programmes et personnes qui en dépendent perdent leur accès.", "依赖它的程序和人员将失去访问权限。"],
  none: ["No service accounts yet: programs use them instead of a person’s account", "Aucun compte de service : les programmes les utilisent à la place d’un compte personnel", "还没有服务账户：程序使用它代替个人账户"],
  permissions: ["Permissions", "Permissions", "权限"],
  role: ["Role", "Rôle", "角色"],
}) };

export default function Services() {
  const tab = query.value.get("tab") ?? (can("users:manage") ? "accounts" : "roles");
  return (
    <>
      <header>
        <h1>{shell.services()}</h1>
        <Button icon="plus" look="primary" onClick={() => setQuery({ open: "+" })}>{tab === "roles" ? t.createRole() : t.createAccount()}</Button>
      </header>
      <Tabs label={shell.services()} current={tab} onChange={(name) => setQuery({ tab: name, open: "", page: "" })} tabs={[
        ...(can("users:manage") ? [{ name: "accounts", label: shell.services(), content: () => <Accounts /> }] : []),
        ...(can("roles:manage") ? [{ name: "roles", label: shell.roles(), content: () => <Roles /> }] : []),
      ]} />
    </>
  );
}

function Accounts() {
  const open = query.value.get("open");
  const columns: Column<Schemas["User"]>[] = [
    { name: "username", label: t.name(), main: true, sorts: true, cell: (row) => row.username },
    { name: "role", label: t.role(), cell: (row) => <Badge tone="plain">{wordOf(row.role ?? "user")}</Badge> },
    { name: "created_at", label: t.created(), sorts: true, cell: (row) => <When at={row.created_at} /> },
  ];
  return (
    <List<Schemas["User"]> name="services" caption={shell.services()} columns={columns} id={(row) => row.id} nameOf={(row) => row.username} opens empty={t.none()}
      load={(asked, signal) => ok(api.GET("/api/v1/admin/service-accounts", { params: { query: asked as object }, signal }))}>
      {(reload) => open && (open === "+" ? <NewAccount onClose={() => setQuery({ open: "" })} changed={reload} /> : <Account key={open} id={Number(open)} onClose={() => setQuery({ open: "" })} changed={reload} />)}
    </List>
  );
}

interface SheetProps {
  onClose: () => void;
  changed: () => Promise<void>;
}

function NewAccount({ onClose, changed }: SheetProps) {
  return (
    <Dialog title={t.createAccount()} onClose={onClose}>
      <Form initial={{ username: "", role: "user" }} submit={ui.create()} onCancel={onClose} onSubmit={async ({ username = "", role }, change) => {
        const { data } = await ok(api.POST("/api/v1/admin/service-accounts", { params: { header: { "Idempotency-Key": change.key } }, body: { username, role: role as NonNullable<Schemas["User"]["role"]> } }));
        await changed();
        setQuery({ open: data.id });
      }}>
        <TextField name="username" label={t.name()} required autofocus />
        <SelectField name="role" label={t.role()} choices={ROLES.slice(0, 3).map((value) => ({ value, label: wordOf(value) }))} />
      </Form>
    </Dialog>
  );
}

function Account({ id, onClose, changed }: SheetProps & { id: number }) {
  const path = { path: { id } };
  const one = useQuery(`service ${id}`, (signal) => ok(api.GET("/api/v1/users/{id}", { params: path, signal })).then((answer) => answer.data));
  const name = one.data.value?.username ?? "…";
  const remove = async () => {
    if (!(await sure(t.deleteOne({ name }), t.deleteText(), ui.delete()))) return;
    await ok(api.DELETE("/api/v1/admin/service-accounts/{id}", { params: path }));
    onClose();
    await changed();
  };
  return (
    <Dialog title={name} look="sheet" onClose={onClose} actions={<Button icon="trash" label={ui.delete()} look="quiet" onClick={remove} />}>
      <Pending of={one} />
      <Tokens address={`/api/v1/admin/service-accounts/${id}/tokens`} />
    </Dialog>
  );
}

function Roles() {
  const open = query.value.get("open");
  const list = useQuery("roles", (signal) => ok(api.GET("/api/v1/admin/roles", { signal })).then((answer) => answer.data));
  const columns: Column<Schemas["Role"]>[] = [
    { name: "name", label: t.name(), main: true, cell: (row) => row.name },
    { name: "description", label: t.description(), cell: (row) => row.description },
    { name: "permissions", label: t.permissions(), number: true, cell: (row) => row.permissions.length },
    { name: "built_in", label: t.kind(), cell: (row) => row.built_in && <Badge tone="plain">{t.builtIn()}</Badge> },
  ];
  return (
    <>
      <Pending of={list} bare />
      <Table caption={shell.roles()} columns={columns} rows={list.data.value} id={(row) => row.name} nameOf={(row) => row.name} onOpen={(row) => setQuery({ open: row.name })} empty={<Empty title={shell.roles()} />} />
      {open && <RoleSheet key={open} name={open === "+" ? null : open} onClose={() => setQuery({ open: "" })} changed={list.reload} />}
    </>
  );
}

function RoleSheet({ name, onClose, changed }: SheetProps & { name: string | null }) {
  const path = { path: { name: name ?? "" } };
  const one = useQuery(`role ${name}`, (signal) => (name === null ? Promise.resolve(null) : tagged(api.GET("/api/v1/admin/roles/{name}", { params: path, signal }))));
  const role = one.data.value?.body.data;
  const etag = one.data.value?.etag ?? "";
  const choices = usePermissions();
  const remove = async () => {
    if (!role || !(await sure(t.deleteOne({ name: role.name }), t.deleteText(), ui.delete()))) return;
    await ok(api.DELETE("/api/v1/admin/roles/{name}", { params: path }));
    onClose();
    await changed();
  };
  return (
    <Dialog title={name ?? t.createRole()} look="sheet" onClose={onClose} actions={role && !role.built_in && <Button icon="trash" label={ui.delete()} look="quiet" onClick={remove} />}>
      <Pending of={one} />
      {role?.built_in && <><p class="muted">{role.description}</p><div class="row">{role.permissions.map((permission) => <Badge key={permission} tone="plain">{permission}</Badge>)}</div></>}
      {(name === null || (role && !role.built_in)) && (
        <Form key={etag} initial={{ name: role?.name ?? "", description: role?.description ?? "", permissions: role?.permissions.join("\n") ?? "" }} submit={name === null ? ui.create() : ui.save()} onSubmit={async (values, change) => {
          const body = { description: values["description"] ?? "", permissions: (values["permissions"] ?? "").split("\n").filter(Boolean) };
          if (name === null) {
            await ok(api.POST("/api/v1/admin/roles", { params: { header: { "Idempotency-Key": change.key } }, body: { name: values["name"] ?? "", ...body } }));
            onClose();
          } else {
            await ok(api.PATCH("/api/v1/admin/roles/{name}", { params: { ...path, header: { "If-Match": etag } }, body: only(body, change) }));
            await one.reload();
          }
          toast(ui.saved());
          await changed();
        }}>
          {name === null && <TextField name="name" label={t.name()} required autofocus />}
          <TextField name="description" label={t.description()} />
          <ChecksField name="permissions" label={t.permissions()} choices={choices} />
        </Form>
      )}
    </Dialog>
  );
}
