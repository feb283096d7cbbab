// The second factor: set up with an app, confirmed by a code, with recovery codes shown once.
import { useSignal } from "@preact/signals";
import { api, ok, type Schemas } from "../../api/client";
import { me, reload } from "../../api/session";
import { Badge } from "../../ui/Badge";
import { Banner } from "../../ui/Banner";
import { CopyButton, Secret } from "../../ui/Copy";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { Form } from "../../ui/Form";
import { toast } from "../../ui/Toast";
import { ui } from "../../ui/words";
import { Button } from "../../ui/Button";
import { t } from "./words";

function Codes({ codes }: { codes: readonly string[] }) {
  return (
    <div class="stack">
      <Banner look="ok">{t.codesText()}</Banner>
      <ul class="codes">{codes.map((code) => <li key={code}>{code}</li>)}</ul>
      <div><CopyButton text={codes.join("\n")} /></div>
    </div>
  );
}

export function Factor() {
  const on = me.value?.two_factor_enabled ?? false;
  const setup = useSignal<Schemas["SecondFactorSetup"] | null>(null);
  const codes = useSignal<readonly string[]>([]);
  const asking = useSignal<"off" | "codes" | "">("");
  const confirm = async ({ current_password = "", code = "" }: Record<string, string>) => {
    const body = { code: code.trim(), ...(current_password && { current_password }) };
    if (asking.peek() === "codes") {
      codes.value = (await ok(api.POST("/api/v1/auth/2fa/recovery-codes", { body }))).data.recovery_codes;
    } else {
      await ok(api.POST("/api/v1/auth/2fa/disable", { body }));
      codes.value = [];
      toast(ui.saved());
    }
    asking.value = "";
    await reload();
  };
  return (
    <section class="card stack">
      <div class="row apart"><h2>{t.factor()}</h2><Badge tone={on ? "ok" : "warn"}>{on ? ui.yes() : ui.no()}</Badge></div>
      <p class="muted">{on ? t.factorOn() : t.factorOff()}</p>
      {codes.value.length > 0 && <Codes codes={codes.value} />}
      {on && <div class="row"><Button onClick={() => (asking.value = "codes")}>{t.newCodes()}</Button><Button look="danger" onClick={() => (asking.value = "off")}>{t.turnOff()}</Button></div>}
      {!on && !setup.value && (
        <Form key="ask" initial={{ current_password: "" }} submit={t.setUp()} onSubmit={async ({ current_password = "" }) => {
          setup.value = (await ok(api.POST("/api/v1/auth/2fa/setup", { body: { current_password } }))).data;
        }}>
          <TextField name="current_password" type="password" label={t.currentPassword()} autocomplete="current-password" required />
        </Form>
      )}
      {!on && setup.value && (
        <>
          <p>{t.scan()}</p>
          <img class="qr" src={setup.value.qr_png} alt={t.qr()} />
          <Secret label={t.secret()} value={setup.value.secret} />
          <Form key="enable" initial={{ code: "" }} submit={t.enable()} onCancel={() => (setup.value = null)} onSubmit={async ({ code = "" }) => {
            codes.value = (await ok(api.POST("/api/v1/auth/2fa/enable", { body: { code: code.trim() } }))).data.recovery_codes;
            setup.value = null;
            await reload();
          }}>
            <TextField name="code" label={t.code()} hint={t.codeHint()} autocomplete="one-time-code" mono required />
          </Form>
        </>
      )}
      {asking.value && (
        <Dialog title={asking.value === "codes" ? t.newCodes() : t.turnOff()} onClose={() => (asking.value = "")}>
          <Form initial={{ current_password: "", code: "" }} submit={ui.confirm()} look={asking.value === "off" ? "danger" : "primary"} onSubmit={confirm} onCancel={() => (asking.value = "")}>
            <TextField name="current_password" type="password" label={t.currentPassword()} autocomplete="current-password" autofocus />
            <TextField name="code" label={t.code()} hint={t.codeHint()} autocomplete="one-time-code" mono required />
          </Form>
        </Dialog>
      )}
    </section>
  );
}
