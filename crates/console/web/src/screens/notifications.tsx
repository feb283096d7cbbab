// The inbox, what is sent out of it, and when it is quiet.
import { api, ok, tagged, type Schemas } from "../api/client";
import { useQuery } from "../api/query";
import { can } from "../api/session";
import { href, query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Pending } from "../ui/Pending";
import { ChecksField, TextField } from "../ui/Field";
import { Form } from "../ui/Form";
import { List } from "../ui/List";
import type { Column } from "../ui/Table";
import { Tabs } from "../ui/Tabs";
import { fail, toast } from "../ui/Toast";
import { When } from "../ui/When";
import { ui } from "../ui/words";
import { locale, wordFor, words } from "../words";
import { terms } from "../words/terms";

const t = { ...terms, ...words({
  all: ["Mark all as read", "Tout marquer comme lu", "全部标为已读"],
  channel: ["Channel", "Canal", "渠道"],
  chat: ["Chat", "Discussion", "聊天"],
  days: ["Days", "Jours", "日期"],
  digest: ["digest", "résumé", "摘要"],
  email: ["Email", "E-mail", "邮件"],
  from: ["From", "De", "从"],
  inbox: ["Inbox", "Boîte de réception", "收件箱"],
  kind: ["What happened", "Événement", "事件"],
  none: ["No notifications", "Aucune notification", "没有通知"],
  onlyUnread: ["Unread only", "Non lues seulement", "仅未读"],
  operations: ["Operations", "Exploitation", "运维"],
  preferences: ["Preferences", "Préférences", "偏好设置"],
  quiet: ["Quiet hours", "Heures calmes", "免打扰时段"],
  quietText: ["In these hours nothing leaves the inbox; it is sent afterwards.", "Pendant ces heures rien ne quitte la boîte ; l’envoi a lieu ensuite.", "在此时段内不会向外发送通知，之后再发送。"],
  read: ["Mark as read", "Marquer comme lue", "标为已读"],
  reports: ["Reports", "Rapports", "报告"],
  required: ["always", "toujours", "始终"],
  sms: ["SMS", "SMS", "短信"],
  tasks: ["Tasks", "Tâches", "任务"],
  text: ["Notification", "Notification", "通知"],
  to: ["To", "À", "至"],
  webhook: ["Webhook", "Webhook", "Webhook"],
  webhooks: ["Webhooks", "Webhooks", "Webhooks"],
}) };

type Notification = Schemas["Notification"];

export default function Notifications() {
  const tab = query.value.get("tab") ?? "inbox";
  return (
    <>
      <header><h1>{shell.notifications()}</h1></header>
      <Tabs label={shell.notifications()} current={tab} onChange={(name) => setQuery({ tab: name === "inbox" ? "" : name, page: "", unread: "" })} tabs={[
        { name: "inbox", label: t.inbox(), content: () => <Inbox /> },
        { name: "preferences", label: t.preferences(), content: () => <Preferences /> },
        { name: "quiet", label: t.quiet(), content: () => <Quiet /> },
      ]} />
    </>
  );
}

function target(note: Notification): string | null {
  const { kind, id } = note.subject ?? {};
  if (kind === "task") return href("tasks", { open: id });
  if (kind === "job" && can("jobs:manage")) return href("jobs", { open: id });
  return kind === "room" && can("chat:read") ? href(`chat/${id}`) : null;
}

function Inbox() {
  const mark = async (note: Notification, read: boolean) => {
    await ok(api.PATCH("/api/v1/notifications/{id}", { params: { path: { id: note.id } }, body: { read } }));
  };
  const columns: Column<Notification>[] = [
    {
      name: "text", label: t.text(), main: true, cell: (note) => {
        const to = target(note);
        return to ? <a href={to} onClick={() => void mark(note, true).catch(fail)}>{note.text}</a> : note.text;
      },
    },
    { name: "category", label: t.kind(), cell: (note) => <Badge tone={note.read ? "plain" : "info"}>{wordFor(t, note.category)}</Badge> },
    { name: "created_at", label: t.when(), cell: (note) => <When at={note.created_at} /> },
    { name: "read", label: t.read(), cell: (note) => !note.read && can("notifications:write") && <Button compact icon="check" label={t.read()} onClick={() => mark(note, true)} /> },
  ];
  return (
    <List<Notification> name="inbox" caption={t.inbox()} columns={columns} live={["notification"]} id={(note) => note.id} nameOf={(note) => note.text} empty={t.none()}
      filters={[{ name: "unread", label: t.onlyUnread(), choices: [{ value: "true", label: t.onlyUnread() }] }]}
      load={(asked, signal) => ok(api.GET("/api/v1/notifications", { params: { query: asked as object }, signal }))}
      tools={(reload, rows) => can("notifications:write") && rows?.some((note) => !note.read) && (
        <Button icon="check" onClick={async () => {
          await ok(api.POST("/api/v1/notifications/read-all", { body: {} }));
          await reload();
        }}>{t.all()}</Button>
      )} />
  );
}

const CHANNELS = ["email", "sms", "webhook"] as const;

function Preferences() {
  const one = useQuery("preferences", (signal) => tagged(api.GET("/api/v1/notifications/preferences", { signal })));
  const effective = one.data.value?.body.data.effective;
  const kinds = [...new Set(effective?.map((row) => row.kind))];
  const choose = async (kind: string, channel: string, mode: string) => {
    try {
      await ok(api.PATCH("/api/v1/notifications/preferences", { body: { preferences: [{ kind, channel, mode }] } }));
      toast(ui.saved());
    } catch (error) {
      fail(error);
    }
    await one.reload();
  };
  return (
    <>
      <Pending of={one} block />
      {effective && (
        <div class="table-box" tabIndex={0} role="region" aria-label={t.preferences()}>
          <table class="table">
            <thead><tr><th scope="col">{t.kind()}</th>{CHANNELS.map((channel) => <th key={channel} scope="col">{wordFor(t, channel)}</th>)}</tr></thead>
            <tbody>
              {kinds.map((kind) => (
                <tr key={kind}>
                  <th scope="row">{kind}</th>
                  {CHANNELS.map((channel) => {
                    const row = effective.find((each) => each.kind === kind && each.channel === channel);
                    if (!row) return <td key={channel}>–</td>;
                    if (row.why === "required") return <td key={channel} class="muted">{t.required()}</td>;
                    return (
                      <td key={channel}>
                        <select class="select" aria-label={`${kind}, ${wordFor(t, channel)}`} value={row.mode} disabled={!can("notifications:write")} onChange={(event) => void choose(kind, channel, event.currentTarget.value)}>
                          <option value="on">{t.on()}</option><option value="off">{t.off()}</option>{channel === "email" && <option value="digest">{t.digest()}</option>}
                        </select>
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

function Quiet() {
  const one = useQuery("quiet hours", (signal) => tagged(api.GET("/api/v1/notifications/quiet-hours", { signal })));
  const hours = one.data.value?.body.data;
  const etag = one.data.value?.etag ?? "";
  // The fifth of January 1970 was a Monday.
  const day = (at: number) => new Intl.DateTimeFormat(locale(), { weekday: "long", timeZone: "UTC" }).format(new Date(Date.UTC(1970, 0, 5 + at)));
  return (
    <>
      <Pending of={one} block />
      {hours && (
        <Form key={etag} initial={{ zone: hours.zone, from: hours.from, to: hours.to, days: hours.days.join("\n") }} submit={ui.save()} onSubmit={async (values) => {
          await ok(api.PUT("/api/v1/notifications/quiet-hours", {
            params: { header: { "If-Match": etag } },
            body: { zone: values["zone"] ?? "", from: values["from"] ?? "", to: values["to"] ?? "", days: (values["days"] ?? "").split("\n").filter(Boolean) },
          }));
          toast(ui.saved());
          await one.reload();
        }}>
          <p class="muted">{t.quietText()}</p>
          <div class="pair"><TextField name="from" label={t.from()} type="time" /><TextField name="to" label={t.to()} type="time" /><TextField name="zone" label={t.zone()} /></div>
          <ChecksField name="days" label={t.days()} choices={DAYS.map((value, at) => ({ value, label: day(at) }))} />
        </Form>
      )}
    </>
  );
}
