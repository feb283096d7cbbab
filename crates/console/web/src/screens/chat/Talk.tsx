// What is said in one room, or with one person.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api, key, ok, type Schemas } from "../../api/client";
import { useQuery } from "../../api/query";
import { can, me } from "../../api/session";
import { Badge } from "../../ui/Badge";
import { Failure } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Pending } from "../../ui/Pending";
import { Dialog, sure } from "../../ui/Dialog";
import { Skeleton } from "../../ui/Empty";
import { Form } from "../../ui/Form";
import { Menu } from "../../ui/Menu";
import { Person, PersonField, nameOf } from "../../ui/People";
import { fail, toast } from "../../ui/Toast";
import { When } from "../../ui/When";
import { ui } from "../../ui/words";
import { wordFor } from "../../words";
import { t } from "./words";

type Message = Schemas["Message"];

const PAGE = 50;
const EMOJI = ["👍", "❤️", "🎉", "😄", "👀"];

export function Talk({ room, person, seen, left }: { room: number | null; person: number | null; seen: () => Promise<void>; left: () => Promise<void> }) {
  const limit = useSignal(PAGE);
  const text = useSignal("");
  const editing = useSignal<Message | null>(null);
  const showing = useSignal(false);
  const sending = useSignal("");
  const end = useRef<HTMLOListElement>(null);
  const about = useQuery(`room ${room}`, (signal) => (room ? ok(api.GET("/api/v1/chat/rooms/{id}", { params: { path: { id: room } }, signal })).then((answer) => answer.data) : Promise.resolve(null)), ["room"]);
  const list = useQuery(`messages ${room} ${person} ${limit.value}`, async (signal) => {
    const query = { limit: limit.value };
    const answer = room
      ? await ok(api.GET("/api/v1/chat/rooms/{room}/messages", { params: { path: { room: String(room) }, query }, signal }))
      : await ok(api.GET("/api/v1/chat/dm/{user_id}", { params: { path: { user_id: person ?? 0 }, query }, signal }));
    return { more: answer.pagination.next_before !== null, messages: [...answer.data].sort((a, b) => a.number - b.number) };
  }, ["message"]);
  const messages = list.data.value?.messages;
  const last = messages?.at(-1);

  useEffect(() => {
    const box = end.current;
    if (box) box.scrollTop = box.scrollHeight;
    if (!last || document.hidden) return;
    ok(api.PUT("/api/v1/chat/rooms/{id}/read", { params: { path: { id: last.room_id } }, body: { number: last.number } })).then(seen).catch(() => undefined);
  }, [last?.id]);

  const send = async () => {
    const content = text.peek().trim();
    if (!content) return;
    // The key stays until the server has answered, so that a second try says it once.
    sending.value ||= key();
    try {
      const edited = editing.peek();
      const header = { "Idempotency-Key": sending.peek() };
      if (edited) await ok(api.PATCH("/api/v1/chat/messages/{id}", { params: { path: { id: edited.id } }, body: { content } }));
      else if (room) await ok(api.POST("/api/v1/chat/rooms/{room}/messages", { params: { path: { room: String(room) }, header }, body: { content } }));
      else await ok(api.POST("/api/v1/chat/dm/{user_id}", { params: { path: { user_id: person ?? 0 }, header }, body: { content } }));
      text.value = "";
      sending.value = "";
      editing.value = null;
      await list.reload();
    } catch (error) {
      fail(error);
    }
  };
  const react = async (message: Message, emoji: string, mine: boolean) => {
    const path = { params: { path: { id: message.id, emoji } } };
    await (mine ? ok(api.DELETE("/api/v1/chat/messages/{id}/reactions/{emoji}", path)) : ok(api.PUT("/api/v1/chat/messages/{id}/reactions/{emoji}", path)));
    await list.reload();
  };
  const remove = async (message: Message) => {
    if (!(await sure(t.deleteOne(), t.deleteText(), ui.delete()))) return;
    await ok(api.DELETE("/api/v1/chat/messages/{id}", { params: { path: { id: message.id } } }));
    await list.reload();
  };
  const membership = about.data.value?.membership;
  const moderates = can("chat:moderate") || membership?.role === "owner" || membership?.role === "moderator";
  const title = room ? about.data.value?.name ?? "…" : nameOf(person ?? 0);
  return (
    <section class="talk" aria-label={title}>
      <header>
        <h2 class="grow clip">{room ? `# ${title}` : <Person id={person} />}</h2>
        {about.data.value && <Button compact look="quiet" icon="users" onClick={() => (showing.value = true)}>{t.members({ n: about.data.value.member_count })}</Button>}
        {room && membership && <Menu actions={[{ label: t.leave(), icon: "out", does: async () => {
          if (!(await sure(t.leaveOne({ name: title }), t.leaveText(), t.leave()))) return;
          await ok(api.POST("/api/v1/chat/rooms/{id}/leave", { params: { path: { id: room } } }));
          await left();
        } }]} />}
      </header>
      <ol class="said" ref={end} tabIndex={0} aria-label={t.messages()} aria-live="polite">
        {Boolean(list.error.value) && <li><Failure error={list.error.value} retry={list.reload} /></li>}
        {list.waiting.value && <li><Skeleton /></li>}
        {messages?.length === 0 && <li class="muted">{t.noneSaid()}</li>}
        {list.data.value?.more && limit.value < 100 && <li><Button compact onClick={() => (limit.value = 100)}>{t.earlier()}</Button></li>}
        {messages?.map((message) => {
          const own = message.from_user === me.value?.id;
          return (
            <li key={message.id} class="row apart">
              <span class="grow stack tight">
                <span class="row small"><b>{message.username ?? <Person id={message.from_user} plain />}</b><span class="muted"><When at={message.timestamp} />{message.edited_at && ` · ${t.edited()}`}</span></span>
                {message.deleted ? <span class="muted">{t.deleted()}</span> : <span>{message.content}</span>}
                {Boolean(message.reactions?.length) && (
                  <span class="row">{message.reactions?.map((one) => <Button key={one.emoji} compact pressed={one.mine} onClick={() => react(message, one.emoji, one.mine)}>{one.emoji} {one.count}</Button>)}</span>
                )}
              </span>
              {!message.deleted && can("chat:write") && (
                <Menu actions={[
                  t.react(), ...EMOJI.map((emoji) => ({ label: emoji, does: () => react(message, emoji, false) })),
                  own && { label: ui.edit(), does: () => {
                    editing.value = message;
                    text.value = message.content ?? "";
                  } },
                  (own || moderates) && { label: ui.delete(), icon: "trash", danger: true, does: () => remove(message) },
                ]} />
              )}
            </li>
          );
        })}
      </ol>
      {can("chat:write") && (
        <form onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}>
          <textarea class="area grow" rows={1} aria-label={t.say()} placeholder={t.say()} maxLength={4000} value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
              event.preventDefault();
              void send();
            }
          }} />
          {editing.value && <Button onClick={() => {
            editing.value = null;
            text.value = "";
          }}>{ui.cancel()}</Button>}
          <Button type="submit" look="primary">{editing.value ? ui.save() : t.send()}</Button>
        </form>
      )}
      {showing.value && room && <Members room={room} moderates={moderates} isPrivate={about.data.value?.is_private ?? false} onClose={() => (showing.value = false)} />}
    </section>
  );
}

const HOUR = 3_600_000;

function Members({ room, moderates, isPrivate, onClose }: { room: number; moderates: boolean; isPrivate: boolean; onClose: () => void }) {
  const list = useQuery(`members ${room}`, (signal) => ok(api.GET("/api/v1/chat/rooms/{id}/members", { params: { path: { id: room }, query: { limit: 100 } }, signal })).then((answer) => answer.data), ["room"]);
  const round = useSignal(0);
  const change = async (user: number, body: Schemas["UpdateMember"]) => {
    await ok(api.PATCH("/api/v1/chat/rooms/{id}/members/{user_id}", { params: { path: { id: room, user_id: user } }, body }));
    toast(ui.saved());
    await list.reload();
  };
  return (
    <Dialog title={t.members({ n: list.data.value?.length ?? 0 })} onClose={onClose}>
      <Pending of={list} bare />
      <ul class="lines">
        {list.data.value?.map((member) => (
          <li key={member.user_id}>
            <span class="grow"><Person id={member.user_id} /></span>
            <Badge tone={member.role === "member" ? "plain" : "info"}>{wordFor(t, member.role)}</Badge>
            {member.state === "banned" && <Badge tone="danger">{t.banned()}</Badge>}
            {moderates && member.user_id !== me.value?.id && (
              <Menu actions={[
                member.role === "member" && { label: t.moderator(), does: () => change(member.user_id, { role: "moderator" }) },
                member.role === "moderator" && { label: t.member(), does: () => change(member.user_id, { role: "member" }) },
                { label: t.mute(), does: () => change(member.user_id, { muted_until: new Date(Date.now() + HOUR).toISOString() }) },
                member.state === "banned" ? { label: t.unban(), does: () => change(member.user_id, { banned: false }) } : { label: t.ban(), danger: true, does: () => change(member.user_id, { banned: true }) },
              ]} />
            )}
          </li>
        ))}
      </ul>
      {isPrivate && (
        <Form key={round.value} initial={{ user_id: "" }} submit={t.invite()} onSubmit={async ({ user_id }, change) => {
          await ok(api.POST("/api/v1/chat/rooms/{id}/invitations", { params: { path: { id: room }, header: { "Idempotency-Key": change.key } }, body: { user_id: Number(user_id) } }));
          toast(ui.saved());
          round.value += 1;
        }}><PersonField name="user_id" label={t.person()} /></Form>
      )}
    </Dialog>
  );
}

