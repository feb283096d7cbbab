// Before somebody is signed in: sign-in with its second step, a forgotten password, the first administrator.
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, ok } from "../api/client";
import { useQuery } from "../api/query";
import { comeBack, ended, leaveFor, setUp, setupNeeded, signIn, verify } from "../api/session";
import { Banner, Failure } from "../ui/Banner";
import { Button } from "../ui/Button";
import { Skeleton } from "../ui/Empty";
import { TextField } from "../ui/Field";
import { Form } from "../ui/Form";
import { Mark } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { LANGUAGES, language, words, wordFor } from "../words";
import { languageActions, themeActions } from "./Shell";
import { go, href, path, query } from "./router";
import { shell } from "./words";
import { terms } from "../words/terms";

const t = { ...terms, ...words({
  again: ["Back to sign-in", "Retour à la connexion", "返回登录"],
  codeHint: ["From your authenticator app, or one of your recovery codes.", "De votre application d’authentification, ou un code de récupération.", "来自验证器应用，或您的恢复代码之一。"],
  create: ["Create the administrator", "Créer l’administrateur", "创建管理员"],
  email: ["Email", "Adresse e-mail", "电子邮箱"],
  ended: ["Your session has ended. Sign in again.", "Votre session a pris fin. Reconnectez-vous.", "会话已结束，请重新登录。"],
  forgot: ["Forgot your password?", "Mot de passe oublié ?", "忘记密码？"],
  name: ["Email or username", "E-mail ou nom d’utilisateur", "邮箱或用户名"],
  passwordHint: ["At least 8 characters.", "Au moins 8 caractères.", "至少 8 个字符。"],
  resetDone: ["Your password was changed. Sign in with the new one.", "Votre mot de passe a été modifié. Connectez-vous avec le nouveau.", "密码已更改，请使用新密码登录。"],
  resetSent: ["If this address has an account, a link is on its way.", "Si un compte existe pour cette adresse, un lien vient d’être envoyé.", "如果该地址有账户，重置链接已发送。"],
  resetTitle: ["Choose a new password", "Choisissez un nouveau mot de passe", "设置新密码"],
  second: ["Second step", "Deuxième étape", "第二步验证"],
  sendLink: ["Send a link", "Envoyer un lien", "发送链接"],
  setPassword: ["Set the password", "Définir le mot de passe", "设置密码"],
  setup: ["First administrator", "Premier administrateur", "首位管理员"],
  setupDone: ["This server already has an administrator.", "Ce serveur a déjà un administrateur.", "此服务器已有管理员。"],
  setupText: ["This server has no administrator yet. The token is in the address that the server printed when it started.", "Ce serveur n’a pas encore d’administrateur. Le jeton figure dans l’adresse affichée au démarrage du serveur.", "此服务器还没有管理员。令牌位于服务器启动时打印的地址中。"],
  signIn: ["Sign in", "Se connecter", "登录"],
  token: ["Setup token", "Jeton d’installation", "安装令牌"],
  verify: ["Continue", "Continuer", "继续"],
  with: ["Continue with {provider}", "Continuer avec {provider}", "使用 {provider} 继续"],
}) };

const PROVIDERS: Record<string, () => string> = { google: () => "Google", github: () => "GitHub" };

const second = signal<string | null>(null);

/** Where a provider sends the browser back to. */
function Return() {
  const error = useSignal<unknown>(null);
  useEffect(() => {
    const asked = query.peek();
    const refused = asked.get("error_description") ?? asked.get("error");
    const back = refused ? Promise.reject(new Error(refused)) : comeBack(asked.get("code") ?? "");
    back.then((token) => {
      second.value = token;
      go(href(""), "replace");
    }).catch((fault: unknown) => (error.value = fault));
  }, []);
  return <><h1>{t.signIn()}</h1>{error.value ? <><Failure error={error.value} /><a href={href("")}>{t.again()}</a></> : <Skeleton />}</>;
}

function SignIn() {
  const providers = useQuery("providers", () => ok(api.GET("/api/v1/auth/providers")).then(({ data }) => data));
  const reset = query.value.get("reset") === "done";
  if (second.value) {
    return (
      <>
        <h1>{t.second()}</h1>
        <Form key="second" initial={{ code: "" }} submit={t.verify()} wide onSubmit={({ code = "" }) => verify(second.peek() ?? "", code.trim())}>
          <TextField name="code" label={t.code()} hint={t.codeHint()} autocomplete="one-time-code" required autofocus mono />
        </Form>
        <Button look="quiet" onClick={() => (second.value = null)}>{t.again()}</Button>
      </>
    );
  }
  return (
    <>
      <h1>{t.signIn()}</h1>
      {ended.value && <Banner>{t.ended()}</Banner>}
      {reset && <Banner look="ok">{t.resetDone()}</Banner>}
      <Form key="first" initial={{ email: "", password: "" }} submit={t.signIn()} wide onSubmit={async ({ email = "", password = "" }) => {
        second.value = await signIn(email.trim(), password);
      }}>
        <TextField name="email" label={t.name()} autocomplete="username" required autofocus />
        <TextField name="password" type="password" label={t.password()} autocomplete="current-password" required />
      </Form>
      {providers.data.value?.map((provider) => (
        <Button key={provider.name} onClick={() => leaveFor(provider.authorize_url)}>{t.with({ provider: wordFor(PROVIDERS, provider.name) })}</Button>
      ))}
      <a href={href("forgot")}>{t.forgot()}</a>
    </>
  );
}

function Forgot() {
  const sent = useSignal(false);
  return (
    <>
      <h1>{t.forgot()}</h1>
      {sent.value ? <Banner look="ok">{t.resetSent()}</Banner> : (
        <Form initial={{ email: "" }} submit={t.sendLink()} wide onSubmit={async ({ email = "" }) => {
          await ok(api.POST("/api/v1/auth/password/forgot", { body: { email: email.trim() } }));
          sent.value = true;
        }}>
          <TextField name="email" type="email" label={t.email()} autocomplete="email" required autofocus />
        </Form>
      )}
      <a href={href("")}>{t.again()}</a>
    </>
  );
}

function Reset() {
  const token = query.value.get("token") ?? "";
  return (
    <>
      <h1>{t.resetTitle()}</h1>
      <Form initial={{ new_password: "" }} submit={t.setPassword()} wide onSubmit={async ({ new_password = "" }) => {
        await ok(api.POST("/api/v1/auth/password/reset", { body: { token, new_password } }));
        go(href("", { reset: "done" }), "replace");
      }}>
        <TextField name="new_password" type="password" label={t.newPassword()} hint={t.passwordHint()} autocomplete="new-password" required autofocus />
      </Form>
      <a href={href("")}>{t.again()}</a>
    </>
  );
}

function Setup() {
  const token = query.value.get("token") ?? "";
  const needed = useQuery("setup", setupNeeded);
  if (needed.data.value === false) {
    return <><h1>{t.setup()}</h1><Banner>{t.setupDone()}</Banner><a href={href("")}>{t.again()}</a></>;
  }
  return (
    <>
      <h1>{t.setup()}</h1>
      <p class="muted">{t.setupText()}</p>
      <Form initial={{ token, email: "", username: "", password: "" }} submit={t.create()} wide onSubmit={async ({ token: given = "", email = "", username = "", password = "" }) => {
        await setUp(given.trim(), email.trim(), username.trim(), password);
        go(href(""), "replace");
      }}>
        {!token && <TextField name="token" label={t.token()} required mono />}
        <TextField name="email" type="email" label={t.email()} autocomplete="email" required autofocus />
        <TextField name="username" label={t.username()} autocomplete="username" required />
        <TextField name="password" type="password" label={t.password()} hint={t.passwordHint()} autocomplete="new-password" required />
      </Form>
    </>
  );
}

const PAGES: Record<string, () => preact.JSX.Element> = { forgot: Forgot, reset: Reset, setup: Setup, "signed-in": Return };

export function Door() {
  const Page = PAGES[path.value] ?? SignIn;
  useEffect(() => {
    document.title = `${t.signIn()} · Alveole`;
    // A server without an administrator leads its first visitor to the setup; older servers do not know the question.
    if (!PAGES[path.peek()]) void setupNeeded().then((needed) => needed && go(href("setup"), "replace")).catch(() => undefined);
  }, [language.value]);
  return (
    <div class="door">
      <main>
        <div class="brand"><Mark />Alveole</div>
        <div class="card"><Page key={path.value} /></div>
        <footer>
          <Menu label={shell.theme()} button={{ icon: "sun" }} actions={themeActions()} />
          <Menu label={shell.language()} button={{ icon: "globe", children: LANGUAGES[language.value as keyof typeof LANGUAGES] ?? language.value, compact: true }} actions={languageActions()} />
        </footer>
      </main>
    </div>
  );
}
