// Rooms and direct messages. The room is in the address: `chat/7`, or `chat/with-3` for a person.
import { useSignal } from "@preact/signals";
import { api, ok, type Schemas } from "../api/client";
import { useQuery } from "../api/query";
import { can } from "../api/session";
import { go, href, path } from "../app/router";
import { shell } from "../app/words";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Pending } from "../ui/Pending";
import { Dialog } from "../ui/Dialog";
import { Empty } from "../ui/Empty";
import { CheckField, TextArea, TextField } from "../ui/Field";
import { Form } from "../ui/Form";
import { Person, PersonField } from "../ui/People";
import { count } from "../words/format";
import { Talk } from "./chat/Talk";
import { t } from "./chat/words";

export default function Chat() {
  const [, place = ""] = path.value.split("/");
  const person = Number(/^with-(\d+)$/.exec(place)?.[1]) || null;
  const room = Number(place) || null;
  const dialog = useSignal<"" | "room" | "browse" | "person">("");
  const rooms = useQuery("rooms", (signal) => ok(api.GET("/api/v1/chat/rooms", { params: { query: { mine: true, limit: 100 } }, signal })).then((answer) => answer.data), ["room", "message"]);
  const unread = useQuery("chat unread", (signal) => ok(api.GET("/api/v1/chat/unread", { signal })).then((answer) => answer.data.rooms), ["room", "message"]);
  const many = (id: number) => unread.data.value?.find((one) => one.room_id === id)?.unread ?? 0;
  const direct = new Set(unread.data.value?.flatMap((one) => (one.kind === "direct" && one.with_user ? [one.with_user] : [])));
  if (person) direct.add(person);
  const refresh = () => Promise.all([rooms.reload(), unread.reload()]);
  const shut = () => (dialog.value = "");
  return (
    <>
      <header>
        <h1>{shell.chat()}</h1>
        <Button icon="search" onClick={() => (dialog.value = "browse")}>{t.browse()}</Button>
        {can("chat:write") && <Button icon="user" onClick={() => (dialog.value = "person")}>{t.message()}</Button>}
        {can("chat:write") && <Button icon="plus" look="primary" onClick={() => (dialog.value = "room")}>{t.create()}</Button>}
      </header>
      <Pending of={rooms} block />
      {rooms.data.value && (
        <div class="chat">
          <nav aria-label={t.rooms()}>
            <ul class="rooms" tabIndex={0}>
              {rooms.data.value.map((one) => (
                <li key={one.id}><a href={href(`chat/${one.id}`)} aria-current={one.id === room ? "page" : undefined}><span class="grow clip">{one.is_private ? "🔒 " : "# "}{one.name}</span>{many(one.id) > 0 && <Badge tone="info">{count(many(one.id))}</Badge>}</a></li>
              ))}
              {[...direct].map((id) => {
                const one = unread.data.value?.find((each) => each.with_user === id);
                return <li key={`with-${id}`}><a href={href(`chat/with-${id}`)} aria-current={id === person ? "page" : undefined}><span class="grow clip"><Person id={id} /></span>{one && one.unread > 0 && <Badge tone="info">{count(one.unread)}</Badge>}</a></li>;
              })}
              {rooms.data.value.length === 0 && direct.size === 0 && <li class="muted small">{t.none()}</li>}
            </ul>
          </nav>
          {room || person ? <Talk key={place} room={room} person={person} seen={unread.reload} left={async () => {
            go(href("chat"));
            await refresh();
          }} /> : <Empty title={t.choose()} />}
        </div>
      )}
      {dialog.value === "room" && <NewRoom onClose={shut} made={refresh} />}
      {dialog.value === "browse" && <Browse onClose={shut} joined={refresh} />}
      {dialog.value === "person" && (
        <Dialog title={t.message()} onClose={shut}>
          <Form initial={{ user_id: "" }} submit={t.open()} onSubmit={async ({ user_id }) => {
            if (!user_id) return;
            shut();
            go(href(`chat/with-${user_id}`));
          }}><PersonField name="user_id" label={t.person()} /></Form>
        </Dialog>
      )}
    </>
  );
}

function NewRoom({ onClose, made }: { onClose: () => void; made: () => Promise<unknown> }) {
  return (
    <Dialog title={t.create()} onClose={onClose}>
      <Form initial={{ name: "", description: "", is_private: "" }} submit={t.create()} onCancel={onClose} onSubmit={async (values, change) => {
        const { data } = await ok(api.POST("/api/v1/chat/rooms", {
          params: { header: { "Idempotency-Key": change.key } },
          body: { name: values["name"] ?? "", description: values["description"] ?? "", is_private: values["is_private"] === "true" },
        }));
        onClose();
        await made();
        go(href(`chat/${data.id}`));
      }}>
        <TextField name="name" label={t.name()} required autofocus />
        <TextArea name="description" label={t.description()} rows={2} />
        <CheckField name="is_private" label={t.private()} hint={t.privateHint()} />
      </Form>
    </Dialog>
  );
}

function Browse({ onClose, joined }: { onClose: () => void; joined: () => Promise<unknown> }) {
  const all = useQuery("all rooms", (signal) => ok(api.GET("/api/v1/chat/rooms", { params: { query: { limit: 100 } }, signal })).then((answer) => answer.data));
  const invited = useQuery("invitations", (signal) => ok(api.GET("/api/v1/chat/invitations", { signal })).then((answer) => answer.data));
  const enter = async (room: Pick<Schemas["Room"], "id">) => {
    onClose();
    await joined();
    go(href(`chat/${room.id}`));
  };
  return (
    <Dialog title={t.browse()} onClose={onClose}>
      <Pending of={all} />
      {all.data.value?.length === 0 && <p class="muted">{t.noneAny()}</p>}
      <ul class="lines">
        {invited.data.value?.map((one) => (
          <li key={`i${one.id}`}>
            <span class="grow">{t.invited({ room: one.room })}</span>
            <Button compact look="primary" onClick={async () => enter((await ok(api.POST("/api/v1/chat/invitations/{id}/accept", { params: { path: { id: one.id } } }))).data)}>{t.accept()}</Button>
            <Button compact onClick={async () => {
              await ok(api.POST("/api/v1/chat/invitations/{id}/decline", { params: { path: { id: one.id } } }));
              await invited.reload();
            }}>{t.decline()}</Button>
          </li>
        ))}
        {all.data.value?.map((one) => (
          <li key={one.id}>
            <span class="grow stack tight"><span># {one.name}</span>{one.description && <span class="muted small">{one.description}</span>}</span>
            <span class="muted small">{t.members({ n: one.member_count })}</span>
            <Button compact onClick={async () => {
              await ok(api.POST("/api/v1/chat/rooms/{id}/join", { params: { path: { id: one.id } } }));
              await enter(one);
            }}>{t.join()}</Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
