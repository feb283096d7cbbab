// Accounts: who there is, what each may do, and where each is signed in.
import { api, ok, type Schemas } from "../api/client";
import { useQuery } from "../api/query";
import { query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Avatar, Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Pending } from "../ui/Pending";
import { Filter, SearchBox } from "../ui/Field";
import { Pager, type PageInfo } from "../ui/Pager";
import { learn } from "../ui/People";
import { Table, type Column } from "../ui/Table";
import { When } from "../ui/When";
import { ui } from "../ui/words";
import { UserSheet } from "./users/UserSheet";
import { ROLES, roleTone, t, wordOf } from "./users/words";

type User = Schemas["User"];

export default function Users() {
  const text = (name: string) => query.value.get(name) ?? "";
  const open = text("open");
  const asked = {
    ...(text("role") && { role: text("role") as NonNullable<User["role"]> }),
    ...(text("status") && { status: text("status") as NonNullable<User["status"]> }),
    ...(text("search") && { search: text("search") }),
    sort: text("sort") || "-created_at",
    page: Number(text("page")) || 1,
    limit: Number(text("limit")) || 20,
  };
  const list = useQuery(`users ${JSON.stringify(asked)}`, async (signal) => {
    const answer = await ok(api.GET("/api/v1/admin/users", { params: { query: asked }, signal }));
    learn(answer.data);
    return answer;
  });
  const columns: Column<User>[] = [
    { name: "username", label: t.username(), main: true, sorts: true, cell: (user) => <span class="row nowrap"><Avatar name={user.username} />{user.username}</span> },
    { name: "email", label: t.email(), cell: (user) => <span class="nowrap">{user.email}</span> },
    { name: "role", label: t.role(), cell: (user) => <Badge tone={roleTone(user.role)}>{wordOf(user.role ?? "user")}</Badge> },
    { name: "status", label: t.status(), cell: (user) => <Badge tone={user.status === "suspended" ? "danger" : "ok"}>{wordOf(user.status ?? "active")}</Badge> },
    { name: "factor", label: t.factor(), cell: (user) => (user.two_factor_enabled ? <Badge tone="ok">{t.on()}</Badge> : <span class="muted">{t.off()}</span>) },
    { name: "last_login_at", label: t.lastLogin(), cell: (user) => <When at={user.last_login_at} /> },
    { name: "created_at", label: t.created(), sorts: true, cell: (user) => <When at={user.created_at} /> },
  ];
  const change = (name: string) => (value: string) => setQuery({ [name]: value, page: "" }, name === "search" ? "replace" : "push");
  return (
    <>
      <header><h1>{shell.users()}</h1></header>
      <div class="filters">
        <SearchBox label={t.search()} value={text("search")} onChange={change("search")} />
        <Filter label={t.role()} value={text("role")} choices={ROLES.map((value) => ({ value, label: wordOf(value) }))} onChange={change("role")} />
        <Filter label={t.status()} value={text("status")} choices={["active", "suspended"].map((value) => ({ value, label: wordOf(value) }))} onChange={change("status")} />
      </div>
      <Pending of={list} bare />
      <Table caption={shell.users()} columns={columns} rows={list.data.value?.data} id={(user) => user.id} nameOf={(user) => user.username}
        sort={asked.sort} onSort={(sort) => setQuery({ sort, page: "" })} onOpen={(user) => setQuery({ open: user.id })}
        empty={<Empty title={t.none()}><Button onClick={() => setQuery({ role: "", status: "", search: "", page: "" })}>{ui.clear()}</Button></Empty>} />
      <Pager info={list.data.value?.pagination as PageInfo | undefined} />
      {open && <UserSheet key={open} id={Number(open)} onClose={() => setQuery({ open: "" })} changed={list.reload} />}
    </>
  );
}
