// Tokens of an account: one's own, or a program's.
import { useSignal } from "@preact/signals";
import { api, ok, type Schemas } from "../../api/client";
import { data } from "../../api/http";
import { useQuery } from "../../api/query";
import { Badge } from "../../ui/Badge";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Secret } from "../../ui/Copy";
import { sure } from "../../ui/Dialog";
import { ChecksField, TextField } from "../../ui/Field";
import { Form } from "../../ui/Form";
import { Pending } from "../../ui/Pending";
import { When } from "../../ui/When";
import { utcTime } from "../../ui/times";
import { ui } from "../../ui/words";
import { words } from "../../words";
import { terms } from "../../words/terms";

const t = { ...terms, ...words({
  expires: ["Expires", "Expire", "过期"],
  lastUsed: ["Used", "Utilisé", "使用于"],
  newToken: ["New token", "Nouveau jeton", "新建令牌"],
  none: ["No tokens yet. Programs use them instead of a password.", "Aucun jeton. Les programmes s’en servent à la place d’un mot de passe.", "还没有令牌。程序使用令牌代替密码。"],
  revokeOne: ["Revoke “{name}”?", "Révoquer « {name} » ?", "撤销“{name}”？"],
  revokeText: ["Programs that use it stop working.", "Les programmes qui l’utilisent cesseront de fonctionner.", "使用它的程序将停止工作。"],
  scopes: ["May do", "Autorisations", "权限"],
  tokens: ["Access tokens", "Jetons d’accès", "访问令牌"],
}) };

/** What the caller may do, to choose from. */
export function usePermissions() {
  const all = useQuery("permissions", (signal) => ok(api.GET("/api/v1/authz/explain", { signal })).then((answer) => answer.data.permissions.filter((one) => one.granted)));
  return (all.data.value ?? []).map((one) => ({ value: one.permission, label: `${one.permission}: ${one.allows}` }));
}

export function Tokens({ address }: { address: string }) {
  const list = useQuery(address, (signal) => data<Schemas["PersonalAccessToken"][]>("GET", address, undefined, { signal }));
  const choices = usePermissions();
  const made = useSignal("");
  const round = useSignal(0);
  return (
    <div class="grid2">
      <section class="card">
        <h2>{t.tokens()}</h2>
        <Pending of={list} />
        {list.data.value?.length === 0 && <p class="muted">{t.none()}</p>}
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
                await data("DELETE", `${address}/${token.id}`);
                await list.reload();
              }}>{t.revoke()}</Button>
            </li>
          ))}
        </ul>
      </section>
      <section class="card">
        <h2>{t.newToken()}</h2>
        {made.value && <div class="stack"><Banner look="ok">{ui.once()}</Banner><Secret label={t.newToken()} value={made.value} /></div>}
        <Form key={round.value} initial={{ name: "", scopes: "", expires_at: "" }} submit={t.newToken()} onSubmit={async ({ name, scopes = "", expires_at }) => {
          made.value = (await data<{ token: string }>("POST", address, { name, scopes: scopes.split("\n").filter(Boolean), expires_at: utcTime(expires_at) })).token;
          round.value += 1;
          await list.reload();
        }}>
          <div class="pair"><TextField name="name" label={t.name()} required /><TextField name="expires_at" type="datetime-local" label={t.expires()} /></div>
          <ChecksField name="scopes" label={t.scopes()} choices={choices} />
        </Form>
      </section>
    </div>
  );
}
