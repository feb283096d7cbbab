// One method for each operation of the API, under its `operationId` in camel case. Generated from openapi/openapi.json by `make clients`; do not edit.

import type { EventStream } from "./events.js";
import type * as models from "./models.js";
import { type CallOptions, type Page, type Reply, segment, Transport } from "./transport.js";

/** The operations; `Client` completes them. */
export abstract class Operations extends Transport {
  /** Register an account. Permission: `public`. */
  authRegister(body: models.Register, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "POST", path: "/api/v1/auth/register", headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Ask whether the server has an administrator. Permission: `public`. */
  authSetup(options: CallOptions = {}): Promise<Reply<models.Setup>> {
    return this.data<models.Setup>({ method: "GET", path: "/api/v1/auth/setup", options });
  }

  /** Make the first administrator. Permission: `public`. */
  authSetUp(body: models.SetUp, options: CallOptions = {}): Promise<Reply<models.Tokens>> {
    return this.data<models.Tokens>({ method: "POST", path: "/api/v1/auth/setup", json: body, options });
  }

  /** Sign in. Permission: `public`. */
  authLogin(body: models.Login, options: CallOptions = {}): Promise<Reply<models.LoginAnswer>> {
    return this.data<models.LoginAnswer>({ method: "POST", path: "/api/v1/auth/login", json: body, options });
  }

  /** Read one's own account. Permission: `signed-in`. */
  authMe(params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "GET", path: "/api/v1/auth/me", headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Get a new pair of tokens. Permission: `public`. */
  authRefresh(body: models.RefreshTokens, options: CallOptions = {}): Promise<Reply<models.Tokens>> {
    return this.data<models.Tokens>({ method: "POST", path: "/api/v1/auth/refresh", json: body, options });
  }

  /** Sign out. Permission: `session`. */
  authLogout(options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "POST", path: "/api/v1/auth/logout", options });
  }

  /** Sign out everywhere. Permission: `session`. */
  authLogoutAll(options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "POST", path: "/api/v1/auth/logout-all", options });
  }

  /** Check an access token. Permission: `signed-in`. */
  authCheck(options: CallOptions = {}): Promise<Reply<models.SignedInUser>> {
    return this.data<models.SignedInUser>({ method: "GET", path: "/api/v1/auth/check", options });
  }

  /** Get a ticket for an event stream. Permission: `session`. */
  authTicket(options: CallOptions = {}): Promise<Reply<models.Ticket>> {
    return this.data<models.Ticket>({ method: "POST", path: "/api/v1/auth/ticket", options });
  }

  /** List one's own sessions. Permission: `session`. */
  authSessions(options: CallOptions = {}): Promise<Reply<models.Session[]>> {
    return this.data<models.Session[]>({ method: "GET", path: "/api/v1/auth/sessions", options });
  }

  /** End one of one's own sessions. Permission: `session`. */
  authSessionsDelete(id: number, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/auth/sessions/${segment(id)}`, options });
  }

  /** Ask for a new password. Permission: `public`. */
  authPasswordForgot(body: models.RequestEmail, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "POST", path: "/api/v1/auth/password/forgot", json: body, options });
  }

  /** Set a new password by link. Permission: `public`. */
  authPasswordReset(body: models.ResetPassword, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "POST", path: "/api/v1/auth/password/reset", json: body, options });
  }

  /** Confirm a mail address. Permission: `public`. */
  authEmailVerify(body: models.VerifyEmail, options: CallOptions = {}): Promise<Reply<models.EmailVerification>> {
    return this.data<models.EmailVerification>({ method: "POST", path: "/api/v1/auth/email/verify", json: body, options });
  }

  /** Ask for another link to confirm a mail address. Permission: `public`. */
  authEmailResend(body: models.RequestEmail, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "POST", path: "/api/v1/auth/email/resend", json: body, options });
  }

  /** Confirm a change of one's mail address. Permission: `public`. */
  authEmailConfirm(body: models.RedeemEmailLink, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "POST", path: "/api/v1/auth/email/confirm", json: body, options });
  }

  /** Have a closed account back. Permission: `public`. */
  authRestoreAccount(body: models.RestoreAccount, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "POST", path: "/api/v1/auth/restore-account", json: body, options });
  }

  /** List one's own personal access tokens. Permission: `session`. */
  authTokens(options: CallOptions = {}): Promise<Reply<models.PersonalAccessToken[]>> {
    return this.data<models.PersonalAccessToken[]>({ method: "GET", path: "/api/v1/auth/tokens", options });
  }

  /** Make a personal access token. Permission: `session`. */
  authTokensCreate(body: models.CreatePersonalAccessToken, options: CallOptions = {}): Promise<Reply<models.NewPersonalAccessToken>> {
    return this.data<models.NewPersonalAccessToken>({ method: "POST", path: "/api/v1/auth/tokens", json: body, options });
  }

  /** Delete one of one's own personal access tokens. Permission: `session`. */
  authTokensDelete(id: number, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/auth/tokens/${segment(id)}`, options });
  }

  /** Answer the question for the second factor. Permission: `public`. */
  authTwoFactorVerify(body: models.VerifySecondFactor, options: CallOptions = {}): Promise<Reply<models.Tokens>> {
    return this.data<models.Tokens>({ method: "POST", path: "/api/v1/auth/2fa/verify", json: body, options });
  }

  /** Set a second factor up. Permission: `session`. */
  authTwoFactorSetUp(body: models.SetUpSecondFactor, options: CallOptions = {}): Promise<Reply<models.SecondFactorSetup>> {
    return this.data<models.SecondFactorSetup>({ method: "POST", path: "/api/v1/auth/2fa/setup", json: body, options });
  }

  /** Turn the second factor on. Permission: `session`. */
  authTwoFactorEnable(body: models.EnableSecondFactor, options: CallOptions = {}): Promise<Reply<models.RecoveryCodes>> {
    return this.data<models.RecoveryCodes>({ method: "POST", path: "/api/v1/auth/2fa/enable", json: body, options });
  }

  /** Turn the second factor off. Permission: `session`. */
  authTwoFactorDisable(body: models.ConfirmSecondFactor, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "POST", path: "/api/v1/auth/2fa/disable", json: body, options });
  }

  /** Get new recovery codes. Permission: `session`. */
  authTwoFactorRecoveryCodes(body: models.ConfirmSecondFactor, options: CallOptions = {}): Promise<Reply<models.RecoveryCodes>> {
    return this.data<models.RecoveryCodes>({ method: "POST", path: "/api/v1/auth/2fa/recovery-codes", json: body, options });
  }

  /** Redeem a code or a refresh token. Permission: `public`. */
  authToken(body: models.OAuthTokenRequest, options: CallOptions = {}): Promise<Reply<models.OAuthTokens>> {
    return this.json<models.OAuthTokens>({ method: "POST", path: "/api/v1/auth/token", json: body, options });
  }

  /** List the providers to sign in with. Permission: `public`. */
  authProviders(options: CallOptions = {}): Promise<Reply<models.AuthProvider[]>> {
    return this.data<models.AuthProvider[]>({ method: "GET", path: "/api/v1/auth/providers", options });
  }

  /** List one's own identities. Permission: `session`. */
  authIdentities(options: CallOptions = {}): Promise<Reply<models.LinkedIdentity[]>> {
    return this.data<models.LinkedIdentity[]>({ method: "GET", path: "/api/v1/auth/identities", options });
  }

  /** Link a provider. Permission: `session`. */
  authLink(provider: string, body: models.LinkProvider, options: CallOptions = {}): Promise<Reply<models.ProviderRedirect>> {
    return this.data<models.ProviderRedirect>({ method: "POST", path: `/api/v1/auth/link/${segment(provider)}`, json: body, options });
  }

  /** Unlink a provider. Permission: `session`. */
  authUnlink(provider: string, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/auth/link/${segment(provider)}`, options });
  }

  /** Come back from a provider. Permission: `public`. */
  authCallback(provider: string, params: { code?: string | undefined; state?: string | undefined; error?: string | undefined; iss?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.CallbackAnswer>> {
    return this.json<models.CallbackAnswer>({ method: "GET", path: `/api/v1/auth/${segment(provider)}/callback`, query: { code: params.code, state: params.state, error: params.error, iss: params.iss }, options });
  }

  /** Sign in with a provider. Permission: `public`. */
  authAuthorize(provider: string, params: { redirect_uri?: string | undefined; response_type?: string | undefined; client_id?: string | undefined; state?: string | undefined; scope?: string | undefined; code_challenge?: string | undefined; code_challenge_method?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<void>> {
    return this.none({ method: "GET", path: `/api/v1/auth/${segment(provider)}`, query: { redirect_uri: params.redirect_uri, response_type: params.response_type, client_id: params.client_id, state: params.state, scope: params.scope, code_challenge: params.code_challenge, code_challenge_method: params.code_challenge_method }, options });
  }

  /** Explain permissions. Permission: `signed-in`. */
  authzExplain(params: { permission?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.PermissionReport>> {
    return this.data<models.PermissionReport>({ method: "GET", path: "/api/v1/authz/explain", query: { permission: params.permission }, options });
  }

  /** List users. Permission: `users:read`. */
  usersList(params: { search?: string | undefined; sort?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.User>> {
    return this.page<models.User>({ method: "GET", path: "/api/v1/users", query: { search: params.search, sort: params.sort, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List users. Permission: `users:read`. Reads page after page. */
  usersListAll(params: { search?: string | undefined; sort?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.User, void, undefined> {
    return this.all((cursor) => this.usersList({ ...params, cursor }, options));
  }

  /** List everybody else. Permission: `users:read`. */
  usersListOthers(params: { search?: string | undefined; sort?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.User>> {
    return this.page<models.User>({ method: "GET", path: "/api/v1/users/except-me", query: { search: params.search, sort: params.sort, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List everybody else. Permission: `users:read`. Reads page after page. */
  usersListOthersAll(params: { search?: string | undefined; sort?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.User, void, undefined> {
    return this.all((cursor) => this.usersListOthers({ ...params, cursor }, options));
  }

  /** Read one's own account. Permission: `signed-in`. */
  usersMe(params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "GET", path: "/api/v1/users/me", headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change one's own profile. Permission: `session`. */
  usersUpdateMe(body: models.UpdateProfile, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "PUT", path: "/api/v1/users/me", headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change one's own profile. Permission: `session`. */
  usersPatchMe(body: models.UpdateProfile, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "PATCH", path: "/api/v1/users/me", headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete one's own account. Permission: `session`. */
  usersDeleteMe(body: models.ConfirmPassword, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: "/api/v1/users/me", json: body, options });
  }

  /** Change one's own mail address. Permission: `session`. */
  usersChangeEmail(body: models.ChangeEmail, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "POST", path: "/api/v1/users/me/email", json: body, options });
  }

  /** Confirm your phone number. Permission: `session`. */
  usersConfirmPhone(body: models.ConfirmPhone, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "POST", path: "/api/v1/users/me/phone/confirm", json: body, options });
  }

  /** Set your phone number. Permission: `session`. */
  usersChangePhone(body: models.ChangePhone, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "POST", path: "/api/v1/users/me/phone", json: body, options });
  }

  /** Remove your phone number. Permission: `session`. */
  usersRemovePhone(body: models.RemovePhone, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "DELETE", path: "/api/v1/users/me/phone", json: body, options });
  }

  /** Export one's own data. Permission: `session`. */
  usersExportMe(options: CallOptions = {}): Promise<Reply<models.PersonalData>> {
    return this.json<models.PersonalData>({ method: "GET", path: "/api/v1/users/me/export", options });
  }

  /** Change one's own password. Permission: `session`. */
  usersChangePassword(body: models.ChangePassword, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "PUT", path: "/api/v1/users/password", json: body, options });
  }

  /** Change one's own password. Permission: `session`. */
  usersChangePasswordPatch(body: models.ChangePassword, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "PATCH", path: "/api/v1/users/password", json: body, options });
  }

  /** Read a user. Permission: `users:read`. */
  usersRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "GET", path: `/api/v1/users/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change a user's profile. Permission: `users:manage`. */
  usersUpdate(id: number, body: models.UpdateUser, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "PUT", path: `/api/v1/users/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change a user's profile. Permission: `users:manage`. */
  usersPatch(id: number, body: models.UpdateUser, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "PATCH", path: `/api/v1/users/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete a user. Permission: `users:manage`. */
  usersDelete(id: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/users/${segment(id)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** List users with their private side. Permission: `users:manage`. */
  adminUsersList(params: { role?: models.UserRole | undefined; status?: models.UserStatus | undefined; search?: string | undefined; sort?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.User>> {
    return this.page<models.User>({ method: "GET", path: "/api/v1/admin/users", query: { role: params.role, status: params.status, search: params.search, sort: params.sort, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List users with their private side. Permission: `users:manage`. Reads page after page. */
  adminUsersListAll(params: { role?: models.UserRole | undefined; status?: models.UserStatus | undefined; search?: string | undefined; sort?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.User, void, undefined> {
    return this.all((cursor) => this.adminUsersList({ ...params, cursor }, options));
  }

  /** Change a user's role or status. Permission: `users:manage`. */
  adminUsersUpdate(id: number, body: models.AdministerUser, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "PUT", path: `/api/v1/admin/users/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change a user's role or status. Permission: `users:manage`. */
  adminUsersPatch(id: number, body: models.AdministerUser, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "PATCH", path: `/api/v1/admin/users/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** List the sessions of a user. Permission: `users:manage`. */
  adminUsersSessions(id: number, options: CallOptions = {}): Promise<Reply<models.Session[]>> {
    return this.data<models.Session[]>({ method: "GET", path: `/api/v1/admin/users/${segment(id)}/sessions`, options });
  }

  /** End the sessions of a user. Permission: `users:manage`. */
  adminUsersSessionsDelete(id: number, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/admin/users/${segment(id)}/sessions`, options });
  }

  /** List service accounts. Permission: `users:manage`. */
  adminServiceAccounts(params: { sort?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.User>> {
    return this.page<models.User>({ method: "GET", path: "/api/v1/admin/service-accounts", query: { sort: params.sort, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List service accounts. Permission: `users:manage`. Reads page after page. */
  adminServiceAccountsAll(params: { sort?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.User, void, undefined> {
    return this.all((cursor) => this.adminServiceAccounts({ ...params, cursor }, options));
  }

  /** Make a service account. Permission: `users:manage`. */
  adminServiceAccountsCreate(body: models.CreateServiceAccount, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "POST", path: "/api/v1/admin/service-accounts", headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Delete a service account. Permission: `users:manage`. */
  adminServiceAccountsDelete(id: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/admin/service-accounts/${segment(id)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** List the tokens of a service account. Permission: `users:manage`. */
  adminServiceAccountsTokens(id: number, options: CallOptions = {}): Promise<Reply<models.PersonalAccessToken[]>> {
    return this.data<models.PersonalAccessToken[]>({ method: "GET", path: `/api/v1/admin/service-accounts/${segment(id)}/tokens`, options });
  }

  /** Make a token for a service account. Permission: `users:manage`. */
  adminServiceAccountsTokensCreate(id: number, body: models.CreatePersonalAccessToken, options: CallOptions = {}): Promise<Reply<models.NewPersonalAccessToken>> {
    return this.data<models.NewPersonalAccessToken>({ method: "POST", path: `/api/v1/admin/service-accounts/${segment(id)}/tokens`, json: body, options });
  }

  /** Delete a token of a service account. Permission: `users:manage`. */
  adminServiceAccountsTokensDelete(id: number, tokenId: number, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/admin/service-accounts/${segment(id)}/tokens/${segment(tokenId)}`, options });
  }

  /** List roles. Permission: `roles:manage`. */
  adminRoles(options: CallOptions = {}): Promise<Reply<models.Role[]>> {
    return this.data<models.Role[]>({ method: "GET", path: "/api/v1/admin/roles", options });
  }

  /** Make a role. Permission: `roles:manage`. */
  adminRolesCreate(body: models.CreateRole, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Role>> {
    return this.data<models.Role>({ method: "POST", path: "/api/v1/admin/roles", headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Read a role. Permission: `roles:manage`. */
  adminRolesRead(name: string, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Role>> {
    return this.data<models.Role>({ method: "GET", path: `/api/v1/admin/roles/${segment(name)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change a role. Permission: `roles:manage`. */
  adminRolesUpdate(name: string, body: models.UpdateRole, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Role>> {
    return this.data<models.Role>({ method: "PUT", path: `/api/v1/admin/roles/${segment(name)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change a role. Permission: `roles:manage`. */
  adminRolesPatch(name: string, body: models.UpdateRole, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Role>> {
    return this.data<models.Role>({ method: "PATCH", path: `/api/v1/admin/roles/${segment(name)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete a role. Permission: `roles:manage`. */
  adminRolesDelete(name: string, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/admin/roles/${segment(name)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** Read the roles of a user. Permission: `roles:manage`. */
  adminUsersRoles(id: number, options: CallOptions = {}): Promise<Reply<models.UserRoles>> {
    return this.data<models.UserRoles>({ method: "GET", path: `/api/v1/admin/users/${segment(id)}/roles`, options });
  }

  /** Say which roles a user has. Permission: `roles:manage`. */
  adminUsersRolesAssign(id: number, body: models.AssignRoles, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.UserRoles>> {
    return this.data<models.UserRoles>({ method: "PUT", path: `/api/v1/admin/users/${segment(id)}/roles`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Say which roles a user has. Permission: `roles:manage`. */
  adminUsersRolesAssignPatch(id: number, body: models.AssignRoles, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.UserRoles>> {
    return this.data<models.UserRoles>({ method: "PATCH", path: `/api/v1/admin/users/${segment(id)}/roles`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Remove a user's second factor. Permission: `users:manage`. */
  usersResetTwoFactor(id: number, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/users/${segment(id)}/2fa`, options });
  }

  /** Read the audit trail. Permission: `audit:read`. */
  adminAudit(params: { actor_id?: number | undefined; target_type?: string | undefined; target_id?: number | undefined; target_name?: string | undefined; action?: string | undefined; outcome?: models.AuditOutcome | undefined; from?: string | undefined; to?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.AuditEntry>> {
    return this.page<models.AuditEntry>({ method: "GET", path: "/api/v1/admin/audit", query: { actor_id: params.actor_id, target_type: params.target_type, target_id: params.target_id, target_name: params.target_name, action: params.action, outcome: params.outcome, from: params.from, to: params.to, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** Read the audit trail. Permission: `audit:read`. Reads page after page. */
  adminAuditAll(params: { actor_id?: number | undefined; target_type?: string | undefined; target_id?: number | undefined; target_name?: string | undefined; action?: string | undefined; outcome?: models.AuditOutcome | undefined; from?: string | undefined; to?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.AuditEntry, void, undefined> {
    return this.all((cursor) => this.adminAudit({ ...params, cursor }, options));
  }

  /** Check the audit trail. Permission: `audit:read`. */
  adminAuditVerify(params: { expect?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.AuditCheck>> {
    return this.data<models.AuditCheck>({ method: "GET", path: "/api/v1/admin/audit/verify", query: { expect: params.expect }, options });
  }

  /** Export the audit trail. Permission: `audit:read`. */
  adminAuditExport(params: { format?: "jsonl" | "csv" | undefined; actor_id?: number | undefined; target_type?: string | undefined; target_id?: number | undefined; target_name?: string | undefined; action?: string | undefined; outcome?: models.AuditOutcome | undefined; from?: string | undefined; to?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<Blob>> {
    return this.bytes({ method: "GET", path: "/api/v1/admin/audit/export", query: { format: params.format, actor_id: params.actor_id, target_type: params.target_type, target_id: params.target_id, target_name: params.target_name, action: params.action, outcome: params.outcome, from: params.from, to: params.to }, options });
  }

  /** The keys that access tokens can be checked with. Permission: `public`. */
  jwks(params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.PublicKeySet>> {
    return this.json<models.PublicKeySet>({ method: "GET", path: "/.well-known/jwks.json", headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** List products. Permission: `public`. */
  productsList(params: { category_id?: number | undefined; brand?: string | undefined; min_price?: number | undefined; max_price?: number | undefined; in_stock?: boolean | undefined; sort?: string | undefined; q?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined; if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Product>> {
    return this.page<models.Product>({ method: "GET", path: "/api/v1/products", query: { category_id: params.category_id, brand: params.brand, min_price: params.min_price, max_price: params.max_price, in_stock: params.in_stock, sort: params.sort, q: params.q, page: params.page, limit: params.limit, cursor: params.cursor }, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** List products. Permission: `public`. Reads page after page. */
  productsListAll(params: { category_id?: number | undefined; brand?: string | undefined; min_price?: number | undefined; max_price?: number | undefined; in_stock?: boolean | undefined; sort?: string | undefined; q?: string | undefined; limit?: number | undefined; if_none_match?: string | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Product, void, undefined> {
    return this.all((cursor) => this.productsList({ ...params, cursor }, options));
  }

  /** Search products. Permission: `public`. */
  productsSearch(params: { q: string; limit?: number | undefined; category_id?: number | undefined; brand?: string | undefined; min_price?: number | undefined; max_price?: number | undefined; in_stock?: boolean | undefined; sort?: string | undefined; if_none_match?: string | undefined }, options: CallOptions = {}): Promise<Reply<models.Product[]>> {
    return this.data<models.Product[]>({ method: "GET", path: "/api/v1/products/search", query: { q: params.q, limit: params.limit, category_id: params.category_id, brand: params.brand, min_price: params.min_price, max_price: params.max_price, in_stock: params.in_stock, sort: params.sort }, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Read a product. Permission: `public`. */
  productsRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Product>> {
    return this.data<models.Product>({ method: "GET", path: `/api/v1/products/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** List categories. Permission: `public`. */
  categoriesList(params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Category[]>> {
    return this.data<models.Category[]>({ method: "GET", path: "/api/v1/categories", headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Create a category. Permission: `catalog:manage`. */
  adminCategoriesCreate(body: models.CreateCategory, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Category>> {
    return this.data<models.Category>({ method: "POST", path: "/api/v1/admin/categories", headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Read a category. Permission: `catalog:manage`. */
  adminCategoriesRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Category>> {
    return this.data<models.Category>({ method: "GET", path: `/api/v1/admin/categories/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change a category. Permission: `catalog:manage`. */
  adminCategoriesUpdate(id: number, body: models.UpdateCategory, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Category>> {
    return this.data<models.Category>({ method: "PUT", path: `/api/v1/admin/categories/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change a category. Permission: `catalog:manage`. */
  adminCategoriesPatch(id: number, body: models.UpdateCategory, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Category>> {
    return this.data<models.Category>({ method: "PATCH", path: `/api/v1/admin/categories/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete a category. Permission: `catalog:manage`. */
  adminCategoriesDelete(id: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/admin/categories/${segment(id)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** Import products. Permission: `catalog:manage`. */
  adminProductsImport(body: Blob | string, params: { mode?: "all" | "valid" | undefined; idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.ImportReport>> {
    return this.data<models.ImportReport>({ method: "POST", path: "/api/v1/admin/products/import", query: { mode: params.mode }, headers: { "Idempotency-Key": params.idempotency_key }, content: body, mediaType: "text/csv", keyed: true, options });
  }

  /** List the catalogue. Permission: `catalog:manage`. */
  adminProductsList(params: { category_id?: number | undefined; brand?: string | undefined; min_price?: number | undefined; max_price?: number | undefined; in_stock?: boolean | undefined; sort?: string | undefined; q?: string | undefined; status?: models.ProductStatus | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Product>> {
    return this.page<models.Product>({ method: "GET", path: "/api/v1/admin/products", query: { category_id: params.category_id, brand: params.brand, min_price: params.min_price, max_price: params.max_price, in_stock: params.in_stock, sort: params.sort, q: params.q, status: params.status, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List the catalogue. Permission: `catalog:manage`. Reads page after page. */
  adminProductsListAll(params: { category_id?: number | undefined; brand?: string | undefined; min_price?: number | undefined; max_price?: number | undefined; in_stock?: boolean | undefined; sort?: string | undefined; q?: string | undefined; status?: models.ProductStatus | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Product, void, undefined> {
    return this.all((cursor) => this.adminProductsList({ ...params, cursor }, options));
  }

  /** Create a product. Permission: `catalog:manage`. */
  adminProductsCreate(body: models.CreateProduct, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Product>> {
    return this.data<models.Product>({ method: "POST", path: "/api/v1/admin/products", headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Read a product of the catalogue. Permission: `catalog:manage`. */
  adminProductsRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Product>> {
    return this.data<models.Product>({ method: "GET", path: `/api/v1/admin/products/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change a product. Permission: `catalog:manage`. */
  adminProductsUpdate(id: number, body: models.UpdateProduct, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Product>> {
    return this.data<models.Product>({ method: "PUT", path: `/api/v1/admin/products/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change a product. Permission: `catalog:manage`. */
  adminProductsPatch(id: number, body: models.UpdateProduct, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Product>> {
    return this.data<models.Product>({ method: "PATCH", path: `/api/v1/admin/products/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete a product. Permission: `catalog:manage`. */
  adminProductsDelete(id: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/admin/products/${segment(id)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** List the movements of a product's stock. Permission: `catalog:manage`. */
  adminProductsLedger(id: number, params: { page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.StockMovement>> {
    return this.page<models.StockMovement>({ method: "GET", path: `/api/v1/admin/products/${segment(id)}/stock`, query: { page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List the movements of a product's stock. Permission: `catalog:manage`. Reads page after page. */
  adminProductsLedgerAll(id: number, params: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.StockMovement, void, undefined> {
    return this.all((cursor) => this.adminProductsLedger(id, { ...params, cursor }, options));
  }

  /** Move a product's stock. Permission: `catalog:manage`. */
  adminProductsMoveStock(id: number, body: models.MoveStock, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.StockMovement>> {
    return this.data<models.StockMovement>({ method: "POST", path: `/api/v1/admin/products/${segment(id)}/stock`, headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** List warranties. Permission: `products:read`. */
  userProductsWarranty(params: { filter?: "expiring" | "expired" | "active" | undefined; status?: models.OwnedProductStatus | undefined; sort?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.OwnedProduct>> {
    return this.page<models.OwnedProduct>({ method: "GET", path: "/api/v1/user-products/warranty", query: { filter: params.filter, status: params.status, sort: params.sort, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List warranties. Permission: `products:read`. Reads page after page. */
  userProductsWarrantyAll(params: { filter?: "expiring" | "expired" | "active" | undefined; status?: models.OwnedProductStatus | undefined; sort?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.OwnedProduct, void, undefined> {
    return this.all((cursor) => this.userProductsWarranty({ ...params, cursor }, options));
  }

  /** List what one owns. Permission: `products:read`. */
  userProductsList(params: { status?: models.OwnedProductStatus | undefined; sort?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.OwnedProduct>> {
    return this.page<models.OwnedProduct>({ method: "GET", path: "/api/v1/user-products", query: { status: params.status, sort: params.sort, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List what one owns. Permission: `products:read`. Reads page after page. */
  userProductsListAll(params: { status?: models.OwnedProductStatus | undefined; sort?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.OwnedProduct, void, undefined> {
    return this.all((cursor) => this.userProductsList({ ...params, cursor }, options));
  }

  /** Enter something one owns. Permission: `products:write`. */
  userProductsCreate(body: models.CreateOwnedProduct, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.OwnedProduct>> {
    return this.data<models.OwnedProduct>({ method: "POST", path: "/api/v1/user-products", headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Read something one owns. Permission: `products:read`. */
  userProductsRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.OwnedProduct>> {
    return this.data<models.OwnedProduct>({ method: "GET", path: `/api/v1/user-products/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change something one owns. Permission: `products:write`. */
  userProductsUpdate(id: number, body: models.UpdateOwnedProduct, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.OwnedProduct>> {
    return this.data<models.OwnedProduct>({ method: "PUT", path: `/api/v1/user-products/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change something one owns. Permission: `products:write`. */
  userProductsPatch(id: number, body: models.UpdateOwnedProduct, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.OwnedProduct>> {
    return this.data<models.OwnedProduct>({ method: "PATCH", path: `/api/v1/user-products/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete something one owns. Permission: `products:write`. */
  userProductsDelete(id: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/user-products/${segment(id)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** Begin an upload in several requests. Permission: `files:write`. */
  filesUploadsCreate(params: { type?: models.FileType | undefined; visibility?: models.FileVisibility | undefined; task_id?: number | undefined; product_id?: number | undefined; upload_length: number; upload_metadata?: string | undefined; idempotency_key?: string | undefined }, options: CallOptions = {}): Promise<Reply<models.UploadSession>> {
    return this.data<models.UploadSession>({ method: "POST", path: "/api/v1/files/uploads", query: { type: params.type, visibility: params.visibility, task_id: params.task_id, product_id: params.product_id }, headers: { "Tus-Resumable": "1.0.0", "Upload-Length": params.upload_length, "Upload-Metadata": params.upload_metadata, "Idempotency-Key": params.idempotency_key }, keyed: true, options });
  }

  /** See how far an upload is. Permission: `files:write`. */
  filesUploadsRead(id: number, options: CallOptions = {}): Promise<Reply<models.UploadSession>> {
    return this.data<models.UploadSession>({ method: "GET", path: `/api/v1/files/uploads/${segment(id)}`, headers: { "Tus-Resumable": "1.0.0" }, options });
  }

  /** Continue an upload. Permission: `files:write`. */
  filesUploadsAppend(id: number, body: Blob | string, params: { upload_offset: number; upload_checksum?: string | undefined }, options: CallOptions = {}): Promise<Reply<void>> {
    return this.none({ method: "PATCH", path: `/api/v1/files/uploads/${segment(id)}`, headers: { "Tus-Resumable": "1.0.0", "Upload-Offset": params.upload_offset, "Upload-Checksum": params.upload_checksum }, content: body, mediaType: "application/offset+octet-stream", options });
  }

  /** Give an upload up. Permission: `files:write`. */
  filesUploadsDelete(id: number, options: CallOptions = {}): Promise<Reply<void>> {
    return this.none({ method: "DELETE", path: `/api/v1/files/uploads/${segment(id)}`, headers: { "Tus-Resumable": "1.0.0" }, options });
  }

  /** List files. Permission: `files:read`. */
  filesList(params: { type?: models.FileType | undefined; mime?: string | undefined; q?: string | undefined; sort?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.StoredFile>> {
    return this.page<models.StoredFile>({ method: "GET", path: "/api/v1/files", query: { type: params.type, mime: params.mime, q: params.q, sort: params.sort, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List files. Permission: `files:read`. Reads page after page. */
  filesListAll(params: { type?: models.FileType | undefined; mime?: string | undefined; q?: string | undefined; sort?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.StoredFile, void, undefined> {
    return this.all((cursor) => this.filesList({ ...params, cursor }, options));
  }

  /** Upload a file. Permission: `files:write`. */
  filesUpload(body: models.UploadFile, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.StoredFile>> {
    return this.data<models.StoredFile>({ method: "POST", path: "/api/v1/files", headers: { "Idempotency-Key": params.idempotency_key }, form: body, keyed: true, options });
  }

  /** Read what is known of a file. Permission: `files:read`. */
  filesRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.StoredFile>> {
    return this.data<models.StoredFile>({ method: "GET", path: `/api/v1/files/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change a file. Permission: `files:write`. */
  filesUpdate(id: number, body: models.UpdateFile, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.StoredFile>> {
    return this.data<models.StoredFile>({ method: "PUT", path: `/api/v1/files/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change a file. Permission: `files:write`. */
  filesPatch(id: number, body: models.UpdateFile, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.StoredFile>> {
    return this.data<models.StoredFile>({ method: "PATCH", path: `/api/v1/files/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete a file. Permission: `files:write`. */
  filesDelete(id: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/files/${segment(id)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** Download a file. Permission: `files:read`. */
  filesDownload(id: number, params: { variant?: "thumb" | "small" | "original" | undefined; range?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<Blob>> {
    return this.bytes({ method: "GET", path: `/api/v1/files/${segment(id)}/download`, query: { variant: params.variant }, headers: { "Range": params.range }, options });
  }

  /** Download a shared file. Permission: `public`. */
  filesShared(id: number, params: { exp: number; sig: string; variant?: "thumb" | "small" | "original" | undefined }, options: CallOptions = {}): Promise<Reply<Blob>> {
    return this.bytes({ method: "GET", path: `/api/v1/files/${segment(id)}/shared`, query: { exp: params.exp, sig: params.sig, variant: params.variant }, options });
  }

  /** Share a file. Permission: `files:write`. */
  filesShare(id: number, body: models.CreateShareLink, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.NewShareLink>> {
    return this.data<models.NewShareLink>({ method: "POST", path: `/api/v1/files/${segment(id)}/share`, headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** List the links of a file. Permission: `files:read`. */
  filesSharesList(id: number, options: CallOptions = {}): Promise<Reply<models.ShareLink[]>> {
    return this.data<models.ShareLink[]>({ method: "GET", path: `/api/v1/files/${segment(id)}/shares`, options });
  }

  /** Take a link back. Permission: `files:write`. */
  filesSharesDelete(id: number, shareId: number, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/files/${segment(id)}/shares/${segment(shareId)}`, options });
  }

  /** Ask for a picture in another size. Permission: `files:read`. */
  filesVariantsSign(id: number, body: models.CreateVariantLink, options: CallOptions = {}): Promise<Reply<models.VariantLink>> {
    return this.data<models.VariantLink>({ method: "POST", path: `/api/v1/files/${segment(id)}/variants`, json: body, options });
  }

  /** Draw a picture in another size. Permission: `files:read`. */
  filesVariant(id: number, params: { w?: number | undefined; h?: number | undefined; fit?: models.VariantFit | undefined; format?: models.VariantFormat | undefined; sig?: string | undefined; range?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<Blob>> {
    return this.bytes({ method: "GET", path: `/api/v1/files/${segment(id)}/variant`, query: { w: params.w, h: params.h, fit: params.fit, format: params.format, sig: params.sig }, headers: { "Range": params.range }, options });
  }

  /** List what is attached to a task. Permission: `files:read`. */
  tasksAttachmentsList(id: number, params: { page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.StoredFile>> {
    return this.page<models.StoredFile>({ method: "GET", path: `/api/v1/tasks/${segment(id)}/attachments`, query: { page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List what is attached to a task. Permission: `files:read`. Reads page after page. */
  tasksAttachmentsListAll(id: number, params: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.StoredFile, void, undefined> {
    return this.all((cursor) => this.tasksAttachmentsList(id, { ...params, cursor }, options));
  }

  /** Attach a file to a task. Permission: `files:write`. */
  tasksAttachmentsCreate(id: number, body: models.AttachTaskFile, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.StoredFile>> {
    return this.data<models.StoredFile>({ method: "POST", path: `/api/v1/tasks/${segment(id)}/attachments`, headers: { "Idempotency-Key": params.idempotency_key }, form: body, keyed: true, options });
  }

  /** Delete what is attached to a task. Permission: `files:write`. */
  tasksAttachmentsDelete(id: number, fileId: number, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/tasks/${segment(id)}/attachments/${segment(fileId)}`, options });
  }

  /** List the files of something one owns. Permission: `files:read`. */
  productsFilesList(id: number, params: { page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.StoredFile>> {
    return this.page<models.StoredFile>({ method: "GET", path: `/api/v1/products/${segment(id)}/files`, query: { page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List the files of something one owns. Permission: `files:read`. Reads page after page. */
  productsFilesListAll(id: number, params: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.StoredFile, void, undefined> {
    return this.all((cursor) => this.productsFilesList(id, { ...params, cursor }, options));
  }

  /** Attach a file to something one owns. Permission: `files:write`. */
  productsFilesCreate(id: number, body: models.AttachFile, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.StoredFile>> {
    return this.data<models.StoredFile>({ method: "POST", path: `/api/v1/products/${segment(id)}/files`, headers: { "Idempotency-Key": params.idempotency_key }, form: body, keyed: true, options });
  }

  /** Set one's picture. Permission: `files:write`. */
  usersAvatarReplace(body: models.UploadAvatar, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "PUT", path: "/api/v1/users/me/avatar", form: body, options });
  }

  /** Set one's picture. Permission: `files:write`. */
  usersAvatarReplacePatch(body: models.UploadAvatar, options: CallOptions = {}): Promise<Reply<models.User>> {
    return this.data<models.User>({ method: "PATCH", path: "/api/v1/users/me/avatar", form: body, options });
  }

  /** Remove one's picture. Permission: `files:write`. */
  usersAvatarDelete(options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: "/api/v1/users/me/avatar", options });
  }

  /** Typeset a document. Permission: `files:write`. */
  filesGeneratePdf(body: models.GeneratePdf, params: { accept_language?: string | undefined; idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.StoredFile>> {
    return this.data<models.StoredFile>({ method: "POST", path: "/api/v1/generate-pdf", headers: { "Accept-Language": params.accept_language, "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** List tasks. Permission: `tasks:read`. */
  tasksList(params: { status?: models.TaskStatus | undefined; priority?: models.TaskPriority | undefined; assignee_id?: number | undefined; user_id?: number | undefined; tag?: string | undefined; q?: string | undefined; due_before?: string | undefined; due_after?: string | undefined; overdue?: boolean | undefined; sort?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Task>> {
    return this.page<models.Task>({ method: "GET", path: "/api/v1/tasks", query: { status: params.status, priority: params.priority, assignee_id: params.assignee_id, user_id: params.user_id, tag: params.tag, q: params.q, due_before: params.due_before, due_after: params.due_after, overdue: params.overdue, sort: params.sort, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List tasks. Permission: `tasks:read`. Reads page after page. */
  tasksListAll(params: { status?: models.TaskStatus | undefined; priority?: models.TaskPriority | undefined; assignee_id?: number | undefined; user_id?: number | undefined; tag?: string | undefined; q?: string | undefined; due_before?: string | undefined; due_after?: string | undefined; overdue?: boolean | undefined; sort?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Task, void, undefined> {
    return this.all((cursor) => this.tasksList({ ...params, cursor }, options));
  }

  /** Create a task. Permission: `tasks:write`. */
  tasksCreate(body: models.CreateTask, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Task>> {
    return this.data<models.Task>({ method: "POST", path: "/api/v1/tasks", headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Do many things to tasks at once. Permission: `tasks:write`. */
  tasksBulk(body: models.TaskBulk, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.TaskBulkResults>> {
    return this.data<models.TaskBulkResults>({ method: "POST", path: "/api/v1/tasks/bulk", headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Count tasks. Permission: `tasks:read`. */
  tasksStats(params: { from?: string | undefined; to?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.TaskStats>> {
    return this.data<models.TaskStats>({ method: "GET", path: "/api/v1/tasks/stats", query: { from: params.from, to: params.to }, options });
  }

  /** Export tasks. Permission: `tasks:read`. */
  tasksExport(params: { format: "csv" | "json" | "ics"; status?: models.TaskStatus | undefined; priority?: models.TaskPriority | undefined; assignee_id?: number | undefined; user_id?: number | undefined; tag?: string | undefined; q?: string | undefined; due_before?: string | undefined; due_after?: string | undefined; overdue?: boolean | undefined; sort?: string | undefined }, options: CallOptions = {}): Promise<Reply<Blob>> {
    return this.bytes({ method: "GET", path: "/api/v1/tasks/export", query: { format: params.format, status: params.status, priority: params.priority, assignee_id: params.assignee_id, user_id: params.user_id, tag: params.tag, q: params.q, due_before: params.due_before, due_after: params.due_after, overdue: params.overdue, sort: params.sort }, options });
  }

  /** Follow changes of tasks. Permission: `tasks:read`. */
  tasksEvents(params: { ticket?: string | undefined; last_event_id?: string | undefined } = {}, options: CallOptions = {}): EventStream {
    return this.events({ method: "GET", path: "/api/v1/tasks/events", query: { ticket: params.ticket }, headers: { "Last-Event-ID": params.last_event_id }, options });
  }

  /** Read a task. Permission: `tasks:read`. */
  tasksRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Task>> {
    return this.data<models.Task>({ method: "GET", path: `/api/v1/tasks/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change a task. Permission: `tasks:write`. */
  tasksUpdate(id: number, body: models.UpdateTask, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Task>> {
    return this.data<models.Task>({ method: "PUT", path: `/api/v1/tasks/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change a task. Permission: `tasks:write`. */
  tasksPatch(id: number, body: models.UpdateTask, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Task>> {
    return this.data<models.Task>({ method: "PATCH", path: `/api/v1/tasks/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete a task. Permission: `tasks:write`. */
  tasksDelete(id: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/tasks/${segment(id)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** Restore a deleted task. Permission: `tasks:write`. */
  tasksRestore(id: number, options: CallOptions = {}): Promise<Reply<models.Task>> {
    return this.data<models.Task>({ method: "POST", path: `/api/v1/tasks/${segment(id)}/restore`, options });
  }

  /** Assign a task. Permission: `tasks:write`. */
  tasksAssign(id: number, body: models.AssignTask, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Task>> {
    return this.data<models.Task>({ method: "PUT", path: `/api/v1/tasks/${segment(id)}/assignee`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Assign a task. Permission: `tasks:write`. */
  tasksAssignPatch(id: number, body: models.AssignTask, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Task>> {
    return this.data<models.Task>({ method: "PATCH", path: `/api/v1/tasks/${segment(id)}/assignee`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** List the comments on a task. Permission: `tasks:read`. */
  tasksCommentsList(id: number, params: { page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Comment>> {
    return this.page<models.Comment>({ method: "GET", path: `/api/v1/tasks/${segment(id)}/comments`, query: { page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List the comments on a task. Permission: `tasks:read`. Reads page after page. */
  tasksCommentsListAll(id: number, params: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Comment, void, undefined> {
    return this.all((cursor) => this.tasksCommentsList(id, { ...params, cursor }, options));
  }

  /** Comment on a task. Permission: `tasks:write`. */
  tasksCommentsCreate(id: number, body: models.WriteComment, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Comment>> {
    return this.data<models.Comment>({ method: "POST", path: `/api/v1/tasks/${segment(id)}/comments`, headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Read a comment. Permission: `tasks:read`. */
  tasksCommentsRead(id: number, commentId: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Comment>> {
    return this.data<models.Comment>({ method: "GET", path: `/api/v1/tasks/${segment(id)}/comments/${segment(commentId)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change a comment. Permission: `tasks:write`. */
  tasksCommentsUpdate(id: number, commentId: number, body: models.WriteComment, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Comment>> {
    return this.data<models.Comment>({ method: "PUT", path: `/api/v1/tasks/${segment(id)}/comments/${segment(commentId)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change a comment. Permission: `tasks:write`. */
  tasksCommentsPatch(id: number, commentId: number, body: models.WriteComment, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Comment>> {
    return this.data<models.Comment>({ method: "PATCH", path: `/api/v1/tasks/${segment(id)}/comments/${segment(commentId)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete a comment. Permission: `tasks:write`. */
  tasksCommentsDelete(id: number, commentId: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/tasks/${segment(id)}/comments/${segment(commentId)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** List your notifications. Permission: `notifications:read`. */
  notificationsList(params: { unread?: boolean | undefined; kind?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Notification>> {
    return this.page<models.Notification>({ method: "GET", path: "/api/v1/notifications", query: { unread: params.unread, kind: params.kind, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List your notifications. Permission: `notifications:read`. Reads page after page. */
  notificationsListAll(params: { unread?: boolean | undefined; kind?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Notification, void, undefined> {
    return this.all((cursor) => this.notificationsList({ ...params, cursor }, options));
  }

  /** Count your unread notifications. Permission: `notifications:read`. */
  notificationsCount(options: CallOptions = {}): Promise<Reply<models.UnreadCount>> {
    return this.data<models.UnreadCount>({ method: "GET", path: "/api/v1/notifications/count", options });
  }

  /** Mark notifications as read. Permission: `notifications:write`. */
  notificationsReadAll(body: models.ReadAll, options: CallOptions = {}): Promise<Reply<models.AllRead>> {
    return this.data<models.AllRead>({ method: "POST", path: "/api/v1/notifications/read-all", json: body, options });
  }

  /** Read your preferences. Permission: `notifications:read`. */
  notificationsPreferences(params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Preferences>> {
    return this.data<models.Preferences>({ method: "GET", path: "/api/v1/notifications/preferences", headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change your preferences. Permission: `notifications:write`. */
  notificationsChoose(body: models.UpdatePreferences, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Preferences>> {
    return this.data<models.Preferences>({ method: "PUT", path: "/api/v1/notifications/preferences", headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change your preferences. Permission: `notifications:write`. */
  notificationsChoosePatch(body: models.UpdatePreferences, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Preferences>> {
    return this.data<models.Preferences>({ method: "PATCH", path: "/api/v1/notifications/preferences", headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Read your quiet hours. Permission: `notifications:read`. */
  notificationsQuietHours(params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.QuietHours>> {
    return this.data<models.QuietHours>({ method: "GET", path: "/api/v1/notifications/quiet-hours", headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change your quiet hours. Permission: `notifications:write`. */
  notificationsBeQuiet(body: models.UpdateQuietHours, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.QuietHours>> {
    return this.data<models.QuietHours>({ method: "PUT", path: "/api/v1/notifications/quiet-hours", headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change your quiet hours. Permission: `notifications:write`. */
  notificationsBeQuietPatch(body: models.UpdateQuietHours, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.QuietHours>> {
    return this.data<models.QuietHours>({ method: "PATCH", path: "/api/v1/notifications/quiet-hours", headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Get no more emails of a category. Permission: `public`. */
  notificationsUnsubscribe(params: { token: string }, options: CallOptions = {}): Promise<Reply<models.Unsubscribed>> {
    return this.data<models.Unsubscribed>({ method: "POST", path: "/api/v1/notifications/unsubscribe", query: { token: params.token }, options });
  }

  /** Read a notification. Permission: `notifications:read`. */
  notificationsRead(id: number, options: CallOptions = {}): Promise<Reply<models.Notification>> {
    return this.data<models.Notification>({ method: "GET", path: `/api/v1/notifications/${segment(id)}`, options });
  }

  /** Mark a notification as read or unread. Permission: `notifications:write`. */
  notificationsUpdate(id: number, body: models.UpdateNotification, options: CallOptions = {}): Promise<Reply<models.Notification>> {
    return this.data<models.Notification>({ method: "PUT", path: `/api/v1/notifications/${segment(id)}`, json: body, options });
  }

  /** Mark a notification as read or unread. Permission: `notifications:write`. */
  notificationsPatch(id: number, body: models.UpdateNotification, options: CallOptions = {}): Promise<Reply<models.Notification>> {
    return this.data<models.Notification>({ method: "PATCH", path: `/api/v1/notifications/${segment(id)}`, json: body, options });
  }

  /** Delete a notification. Permission: `notifications:write`. */
  notificationsDelete(id: number, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/notifications/${segment(id)}`, options });
  }

  /** Read the dashboard. Permission: `monitoring:read`. */
  adminDashboard(options: CallOptions = {}): Promise<Reply<models.Dashboard>> {
    return this.data<models.Dashboard>({ method: "GET", path: "/api/v1/admin/dashboard", options });
  }

  /** Read the settings. Permission: `monitoring:read`. */
  adminSettings(options: CallOptions = {}): Promise<Reply<models.Settings>> {
    return this.data<models.Settings>({ method: "GET", path: "/api/v1/admin/settings", options });
  }

  /** Follow every change. Permission: `signed-in`. */
  eventsFollow(params: { types?: string | undefined; subject?: string | undefined; after?: string | undefined; ticket?: string | undefined; last_event_id?: string | undefined } = {}, options: CallOptions = {}): EventStream {
    return this.events({ method: "GET", path: "/api/v1/events", query: { types: params.types, subject: params.subject, after: params.after, ticket: params.ticket }, headers: { "Last-Event-ID": params.last_event_id }, options });
  }

  /** Follow every change. Permission: `signed-in`. */
  eventsPoll(params: { wait: number; types?: string | undefined; subject?: string | undefined; after?: string | undefined; ticket?: string | undefined; last_event_id?: string | undefined }, options: CallOptions = {}): Promise<Reply<models.FeedEvents>> {
    return this.data<models.FeedEvents>({ method: "GET", path: "/api/v1/events", query: { wait: params.wait, types: params.types, subject: params.subject, after: params.after, ticket: params.ticket }, headers: { "Last-Event-ID": params.last_event_id }, options });
  }

  /** Where the feed begins and ends. Permission: `signed-in`. */
  eventsHead(options: CallOptions = {}): Promise<Reply<models.FeedHead>> {
    return this.data<models.FeedHead>({ method: "GET", path: "/api/v1/events/head", options });
  }

  /** Follow every change by a socket. Permission: `signed-in`. */
  eventsSocket(params: { ticket?: string | undefined; token?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<void>> {
    return this.none({ method: "GET", path: "/api/v1/ws", query: { ticket: params.ticket, token: params.token }, options });
  }

  /** List jobs. Permission: `jobs:manage`. */
  jobsList(params: { state?: models.JobState | undefined; kind?: string | undefined; queue?: string | undefined; lane?: string | undefined; schedule?: string | undefined; batch_id?: number | undefined; due_before?: string | undefined; sort?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Job>> {
    return this.page<models.Job>({ method: "GET", path: "/api/v1/admin/jobs", query: { state: params.state, kind: params.kind, queue: params.queue, lane: params.lane, schedule: params.schedule, batch_id: params.batch_id, due_before: params.due_before, sort: params.sort, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List jobs. Permission: `jobs:manage`. Reads page after page. */
  jobsListAll(params: { state?: models.JobState | undefined; kind?: string | undefined; queue?: string | undefined; lane?: string | undefined; schedule?: string | undefined; batch_id?: number | undefined; due_before?: string | undefined; sort?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Job, void, undefined> {
    return this.all((cursor) => this.jobsList({ ...params, cursor }, options));
  }

  /** Enqueue a job. Permission: `jobs:manage`. */
  jobsEnqueue(body: models.EnqueueJob, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.JobWithRuns>> {
    return this.data<models.JobWithRuns>({ method: "POST", path: "/api/v1/admin/jobs", headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** List the kinds that can be enqueued by hand. Permission: `jobs:manage`. */
  jobsKinds(options: CallOptions = {}): Promise<Reply<models.Kind[]>> {
    return this.data<models.Kind[]>({ method: "GET", path: "/api/v1/admin/jobs/kinds", options });
  }

  /** Count jobs. Permission: `jobs:manage`. */
  jobsStats(options: CallOptions = {}): Promise<Reply<models.QueueStats[]>> {
    return this.data<models.QueueStats[]>({ method: "GET", path: "/api/v1/admin/jobs/stats", options });
  }

  /** Retry many jobs. Permission: `jobs:manage`. */
  jobsRetryAll(body: models.RetryJobs, options: CallOptions = {}): Promise<Reply<models.RetriedJobs>> {
    return this.data<models.RetriedJobs>({ method: "POST", path: "/api/v1/admin/jobs/retry", json: body, options });
  }

  /** Read a job. Permission: `jobs:manage`. */
  jobsRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.JobWithRuns>> {
    return this.data<models.JobWithRuns>({ method: "GET", path: `/api/v1/admin/jobs/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Retry a job. Permission: `jobs:manage`. */
  jobsRetry(id: number, options: CallOptions = {}): Promise<Reply<models.JobWithRuns>> {
    return this.data<models.JobWithRuns>({ method: "POST", path: `/api/v1/admin/jobs/${segment(id)}/retry`, options });
  }

  /** Cancel a job. Permission: `jobs:manage`. */
  jobsCancel(id: number, options: CallOptions = {}): Promise<Reply<models.JobWithRuns>> {
    return this.data<models.JobWithRuns>({ method: "POST", path: `/api/v1/admin/jobs/${segment(id)}/cancel`, options });
  }

  /** Read a queue. Permission: `jobs:manage`. */
  queuesRead(queue: string, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Queue>> {
    return this.data<models.Queue>({ method: "GET", path: `/api/v1/admin/queues/${segment(queue)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Pause or limit a queue. Permission: `jobs:manage`. */
  queuesUpdate(queue: string, body: models.UpdateQueue, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Queue>> {
    return this.data<models.Queue>({ method: "PUT", path: `/api/v1/admin/queues/${segment(queue)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Pause or limit a queue. Permission: `jobs:manage`. */
  queuesPatch(queue: string, body: models.UpdateQueue, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Queue>> {
    return this.data<models.Queue>({ method: "PATCH", path: `/api/v1/admin/queues/${segment(queue)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** List schedules. Permission: `jobs:manage`. */
  schedulesList(options: CallOptions = {}): Promise<Reply<models.Schedule[]>> {
    return this.data<models.Schedule[]>({ method: "GET", path: "/api/v1/admin/schedules", options });
  }

  /** Preview the next ticks. Permission: `jobs:manage`. */
  schedulesPreview(schedule: string, params: { cron?: string | undefined; zone?: string | undefined; count?: number | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.SchedulePreview>> {
    return this.data<models.SchedulePreview>({ method: "GET", path: `/api/v1/admin/schedules/${segment(schedule)}/preview`, query: { cron: params.cron, zone: params.zone, count: params.count }, options });
  }

  /** Run a schedule now. Permission: `jobs:manage`. */
  schedulesRun(schedule: string, options: CallOptions = {}): Promise<Reply<models.JobWithRuns>> {
    return this.data<models.JobWithRuns>({ method: "POST", path: `/api/v1/admin/schedules/${segment(schedule)}/run`, options });
  }

  /** Read a schedule. Permission: `jobs:manage`. */
  schedulesRead(schedule: string, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Schedule>> {
    return this.data<models.Schedule>({ method: "GET", path: `/api/v1/admin/schedules/${segment(schedule)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change or pause a schedule. Permission: `jobs:manage`. */
  schedulesUpdate(schedule: string, body: models.UpdateSchedule, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Schedule>> {
    return this.data<models.Schedule>({ method: "PUT", path: `/api/v1/admin/schedules/${segment(schedule)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change or pause a schedule. Permission: `jobs:manage`. */
  schedulesPatch(schedule: string, body: models.UpdateSchedule, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Schedule>> {
    return this.data<models.Schedule>({ method: "PATCH", path: `/api/v1/admin/schedules/${segment(schedule)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Read the weather in a city. Permission: `signed-in`. */
  weatherRead(params: { city: string }, options: CallOptions = {}): Promise<Reply<models.Weather>> {
    return this.data<models.Weather>({ method: "GET", path: "/api/v1/weather", query: { city: params.city }, options });
  }

  /** Read the price of a crypto currency. Permission: `signed-in`. */
  cryptoRead(params: { symbol: string; currency?: string | undefined }, options: CallOptions = {}): Promise<Reply<models.Price>> {
    return this.data<models.Price>({ method: "GET", path: "/api/v1/crypto", query: { symbol: params.symbol, currency: params.currency }, options });
  }

  /** Translate a short text. Permission: `signed-in`. */
  translateRead(params: { text: string; to: string; from?: string | undefined }, options: CallOptions = {}): Promise<Reply<models.Translation>> {
    return this.data<models.Translation>({ method: "GET", path: "/api/v1/translate", query: { text: params.text, to: params.to, from: params.from }, options });
  }

  /** Translate a text. Permission: `signed-in`. */
  translate(body: models.TranslateText, options: CallOptions = {}): Promise<Reply<models.Translation>> {
    return this.data<models.Translation>({ method: "POST", path: "/api/v1/translate", json: body, options });
  }

  /** List the providers. Permission: `integrations:manage`. */
  integrationsStatus(options: CallOptions = {}): Promise<Reply<models.IntegrationProvider[]>> {
    return this.data<models.IntegrationProvider[]>({ method: "GET", path: "/api/v1/admin/integrations", options });
  }

  /** List the types of events. Permission: `signed-in`. */
  webhooksEventTypes(options: CallOptions = {}): Promise<Reply<models.EventType[]>> {
    return this.data<models.EventType[]>({ method: "GET", path: "/api/v1/webhooks/event-types", options });
  }

  /** List endpoints. Permission: `webhooks:write`. */
  webhooksList(params: { owner?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Endpoint>> {
    return this.page<models.Endpoint>({ method: "GET", path: "/api/v1/webhooks/endpoints", query: { owner: params.owner, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List endpoints. Permission: `webhooks:write`. Reads page after page. */
  webhooksListAll(params: { owner?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Endpoint, void, undefined> {
    return this.all((cursor) => this.webhooksList({ ...params, cursor }, options));
  }

  /** Create an endpoint. Permission: `webhooks:write`. */
  webhooksCreate(body: models.CreateEndpoint, options: CallOptions = {}): Promise<Reply<models.CreatedEndpoint>> {
    return this.data<models.CreatedEndpoint>({ method: "POST", path: "/api/v1/webhooks/endpoints", json: body, options });
  }

  /** Read an endpoint. Permission: `webhooks:write`. */
  webhooksRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Endpoint>> {
    return this.data<models.Endpoint>({ method: "GET", path: `/api/v1/webhooks/endpoints/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change an endpoint. Permission: `webhooks:write`. */
  webhooksUpdate(id: number, body: models.UpdateEndpoint, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Endpoint>> {
    return this.data<models.Endpoint>({ method: "PUT", path: `/api/v1/webhooks/endpoints/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change an endpoint. Permission: `webhooks:write`. */
  webhooksPatch(id: number, body: models.UpdateEndpoint, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Endpoint>> {
    return this.data<models.Endpoint>({ method: "PATCH", path: `/api/v1/webhooks/endpoints/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete an endpoint. Permission: `webhooks:write`. */
  webhooksDelete(id: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/webhooks/endpoints/${segment(id)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** Enable an endpoint. Permission: `webhooks:write`. */
  webhooksEnable(id: number, body: models.EnableEndpoint, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Endpoint>> {
    return this.data<models.Endpoint>({ method: "POST", path: `/api/v1/webhooks/endpoints/${segment(id)}/enable`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Disable an endpoint. Permission: `webhooks:write`. */
  webhooksDisable(id: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Endpoint>> {
    return this.data<models.Endpoint>({ method: "POST", path: `/api/v1/webhooks/endpoints/${segment(id)}/disable`, headers: { "If-Match": params.if_match }, options });
  }

  /** Give an endpoint another secret. Permission: `webhooks:write`. */
  webhooksRotate(id: number, body: models.RotateSecret, options: CallOptions = {}): Promise<Reply<models.RotatedSecret>> {
    return this.data<models.RotatedSecret>({ method: "POST", path: `/api/v1/webhooks/endpoints/${segment(id)}/secret/rotate`, json: body, options });
  }

  /** Test an endpoint. Permission: `webhooks:write`. */
  webhooksTest(id: number, body: models.TestEndpoint, options: CallOptions = {}): Promise<Reply<models.DeliveryView>> {
    return this.data<models.DeliveryView>({ method: "POST", path: `/api/v1/webhooks/endpoints/${segment(id)}/test`, json: body, options });
  }

  /** Send events of the past again. Permission: `webhooks:write`. */
  webhooksReplay(id: number, body: models.Replay, options: CallOptions = {}): Promise<Reply<models.Replayed>> {
    return this.data<models.Replayed>({ method: "POST", path: `/api/v1/webhooks/endpoints/${segment(id)}/replay`, json: body, options });
  }

  /** List deliveries of an endpoint. Permission: `webhooks:write`. */
  webhooksDeliveries(id: number, params: { state?: models.DeliveryState | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Delivery>> {
    return this.page<models.Delivery>({ method: "GET", path: `/api/v1/webhooks/endpoints/${segment(id)}/deliveries`, query: { state: params.state, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List deliveries of an endpoint. Permission: `webhooks:write`. Reads page after page. */
  webhooksDeliveriesAll(id: number, params: { state?: models.DeliveryState | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Delivery, void, undefined> {
    return this.all((cursor) => this.webhooksDeliveries(id, { ...params, cursor }, options));
  }

  /** Read a delivery. Permission: `webhooks:write`. */
  webhooksDelivery(id: number, options: CallOptions = {}): Promise<Reply<models.DeliveryView>> {
    return this.data<models.DeliveryView>({ method: "GET", path: `/api/v1/webhooks/deliveries/${segment(id)}`, options });
  }

  /** Retry a delivery. Permission: `webhooks:write`. */
  webhooksRetry(id: number, options: CallOptions = {}): Promise<Reply<models.DeliveryView>> {
    return this.data<models.DeliveryView>({ method: "POST", path: `/api/v1/webhooks/deliveries/${segment(id)}/retry`, options });
  }

  /** List sources of webhooks. Permission: `webhooks:manage`. */
  webhookSourcesList(options: CallOptions = {}): Promise<Reply<models.Source[]>> {
    return this.data<models.Source[]>({ method: "GET", path: "/api/v1/admin/webhooks/sources", options });
  }

  /** Read a source of webhooks. Permission: `webhooks:manage`. */
  webhookSourcesRead(source: string, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Source>> {
    return this.data<models.Source>({ method: "GET", path: `/api/v1/admin/webhooks/sources/${segment(source)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Add or change a source of webhooks. Permission: `webhooks:manage`. */
  webhookSourcesPut(source: string, body: models.PutSource, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Source>> {
    return this.data<models.Source>({ method: "PUT", path: `/api/v1/admin/webhooks/sources/${segment(source)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change a source of webhooks. Permission: `webhooks:manage`. */
  webhookSourcesUpdate(source: string, body: models.PutSource, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Source>> {
    return this.data<models.Source>({ method: "PATCH", path: `/api/v1/admin/webhooks/sources/${segment(source)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete a source of webhooks. Permission: `webhooks:manage`. */
  webhookSourcesDelete(source: string, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/admin/webhooks/sources/${segment(source)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** List events that other programs sent. Permission: `webhooks:manage`. */
  webhookEventsList(params: { source?: string | undefined; type?: string | undefined; state?: models.InboundState | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Event>> {
    return this.page<models.Event>({ method: "GET", path: "/api/v1/admin/webhooks/events", query: { source: params.source, type: params.type, state: params.state, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List events that other programs sent. Permission: `webhooks:manage`. Reads page after page. */
  webhookEventsListAll(params: { source?: string | undefined; type?: string | undefined; state?: models.InboundState | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Event, void, undefined> {
    return this.all((cursor) => this.webhookEventsList({ ...params, cursor }, options));
  }

  /** Read an event that another program sent. Permission: `webhooks:manage`. */
  webhookEventsRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.EventWithContent>> {
    return this.data<models.EventWithContent>({ method: "GET", path: `/api/v1/admin/webhooks/events/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Process an event again. Permission: `webhooks:manage`. */
  webhookEventsRetry(id: number, options: CallOptions = {}): Promise<Reply<models.Event>> {
    return this.data<models.Event>({ method: "POST", path: `/api/v1/admin/webhooks/events/${segment(id)}/retry`, options });
  }

  /** List payments. Permission: `webhooks:manage`. */
  paymentsList(params: { provider?: string | undefined; state?: models.PaymentState | undefined; reference?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Payment>> {
    return this.page<models.Payment>({ method: "GET", path: "/api/v1/admin/payments", query: { provider: params.provider, state: params.state, reference: params.reference, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List payments. Permission: `webhooks:manage`. Reads page after page. */
  paymentsListAll(params: { provider?: string | undefined; state?: models.PaymentState | undefined; reference?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Payment, void, undefined> {
    return this.all((cursor) => this.paymentsList({ ...params, cursor }, options));
  }

  /** Read a payment. Permission: `webhooks:manage`. */
  paymentsRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Payment>> {
    return this.data<models.Payment>({ method: "GET", path: `/api/v1/admin/payments/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Receive a webhook. Permission: `public`. */
  webhooksReceive(source: string, body: Blob | string, options: CallOptions = {}): Promise<Reply<models.Acceptance>> {
    return this.data<models.Acceptance>({ method: "POST", path: `/api/v1/webhooks/${segment(source)}`, content: body, mediaType: "*/*", options });
  }

  /** List rooms. Permission: `chat:read`. */
  roomsList(params: { mine?: boolean | undefined; kind?: string | undefined; q?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Room>> {
    return this.page<models.Room>({ method: "GET", path: "/api/v1/chat/rooms", query: { mine: params.mine, kind: params.kind, q: params.q, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List rooms. Permission: `chat:read`. Reads page after page. */
  roomsListAll(params: { mine?: boolean | undefined; kind?: string | undefined; q?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Room, void, undefined> {
    return this.all((cursor) => this.roomsList({ ...params, cursor }, options));
  }

  /** Create a room. Permission: `chat:write`. */
  roomsCreate(body: models.CreateRoom, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Room>> {
    return this.data<models.Room>({ method: "POST", path: "/api/v1/chat/rooms", headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Read a room. Permission: `chat:read`. */
  roomsRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Room>> {
    return this.data<models.Room>({ method: "GET", path: `/api/v1/chat/rooms/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change a room. Permission: `chat:write`. */
  roomsUpdate(id: number, body: models.UpdateRoom, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Room>> {
    return this.data<models.Room>({ method: "PUT", path: `/api/v1/chat/rooms/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change a room. Permission: `chat:write`. */
  roomsPatch(id: number, body: models.UpdateRoom, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Room>> {
    return this.data<models.Room>({ method: "PATCH", path: `/api/v1/chat/rooms/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete a room. Permission: `chat:write`. */
  roomsDelete(id: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/chat/rooms/${segment(id)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** Join a room. Permission: `chat:write`. */
  roomsJoin(id: number, options: CallOptions = {}): Promise<Reply<models.Room>> {
    return this.data<models.Room>({ method: "POST", path: `/api/v1/chat/rooms/${segment(id)}/join`, options });
  }

  /** Leave a room. Permission: `chat:write`. */
  roomsLeave(id: number, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "POST", path: `/api/v1/chat/rooms/${segment(id)}/leave`, options });
  }

  /** List the members of a room. Permission: `chat:read`. */
  roomsMembersList(id: number, params: { state?: string | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Member>> {
    return this.page<models.Member>({ method: "GET", path: `/api/v1/chat/rooms/${segment(id)}/members`, query: { state: params.state, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List the members of a room. Permission: `chat:read`. Reads page after page. */
  roomsMembersListAll(id: number, params: { state?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Member, void, undefined> {
    return this.all((cursor) => this.roomsMembersList(id, { ...params, cursor }, options));
  }

  /** Take a person into a room. Permission: `chat:write`. */
  roomsMembersCreate(id: number, body: models.Invite, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Member>> {
    return this.data<models.Member>({ method: "POST", path: `/api/v1/chat/rooms/${segment(id)}/members`, headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Read a member of a room. Permission: `chat:read`. */
  roomsMembersRead(id: number, userId: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Member>> {
    return this.data<models.Member>({ method: "GET", path: `/api/v1/chat/rooms/${segment(id)}/members/${segment(userId)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change a member of a room. Permission: `chat:write`. */
  roomsMembersUpdate(id: number, userId: number, body: models.UpdateMember, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Member>> {
    return this.data<models.Member>({ method: "PUT", path: `/api/v1/chat/rooms/${segment(id)}/members/${segment(userId)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change a member of a room. Permission: `chat:write`. */
  roomsMembersPatch(id: number, userId: number, body: models.UpdateMember, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Member>> {
    return this.data<models.Member>({ method: "PATCH", path: `/api/v1/chat/rooms/${segment(id)}/members/${segment(userId)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Remove a member from a room. Permission: `chat:write`. */
  roomsMembersDelete(id: number, userId: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/chat/rooms/${segment(id)}/members/${segment(userId)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** List your invitations. Permission: `chat:read`. */
  invitationsList(params: { page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Invitation>> {
    return this.page<models.Invitation>({ method: "GET", path: "/api/v1/chat/invitations", query: { page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List your invitations. Permission: `chat:read`. Reads page after page. */
  invitationsListAll(params: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Invitation, void, undefined> {
    return this.all((cursor) => this.invitationsList({ ...params, cursor }, options));
  }

  /** List the invitations into a room. Permission: `chat:read`. */
  roomsInvitationsList(id: number, params: { page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Invitation>> {
    return this.page<models.Invitation>({ method: "GET", path: `/api/v1/chat/rooms/${segment(id)}/invitations`, query: { page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List the invitations into a room. Permission: `chat:read`. Reads page after page. */
  roomsInvitationsListAll(id: number, params: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Invitation, void, undefined> {
    return this.all((cursor) => this.roomsInvitationsList(id, { ...params, cursor }, options));
  }

  /** Invite a person into a room. Permission: `chat:write`. */
  roomsInvitationsCreate(id: number, body: models.Invite, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Invitation>> {
    return this.data<models.Invitation>({ method: "POST", path: `/api/v1/chat/rooms/${segment(id)}/invitations`, headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Accept an invitation. Permission: `chat:write`. */
  invitationsAccept(id: number, options: CallOptions = {}): Promise<Reply<models.Room>> {
    return this.data<models.Room>({ method: "POST", path: `/api/v1/chat/invitations/${segment(id)}/accept`, options });
  }

  /** Decline an invitation. Permission: `chat:write`. */
  invitationsDecline(id: number, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "POST", path: `/api/v1/chat/invitations/${segment(id)}/decline`, options });
  }

  /** List the messages of a room. Permission: `chat:read`. */
  roomsMessagesList(room: string, params: { limit?: number | undefined; before?: string | undefined; q?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Message>> {
    return this.page<models.Message>({ method: "GET", path: `/api/v1/chat/rooms/${segment(room)}/messages`, query: { limit: params.limit, before: params.before, q: params.q }, options });
  }

  /** Send a message to a room. Permission: `chat:write`. */
  roomsMessagesCreate(room: string, body: models.SendMessage, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Message>> {
    return this.data<models.Message>({ method: "POST", path: `/api/v1/chat/rooms/${segment(room)}/messages`, headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** List the messages of you and another person. Permission: `chat:read`. */
  directMessagesList(userId: number, params: { limit?: number | undefined; before?: string | undefined; q?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Message>> {
    return this.page<models.Message>({ method: "GET", path: `/api/v1/chat/dm/${segment(userId)}`, query: { limit: params.limit, before: params.before, q: params.q }, options });
  }

  /** Send a message to a person. Permission: `chat:write`. */
  directMessagesCreate(userId: number, body: models.SendMessage, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Message>> {
    return this.data<models.Message>({ method: "POST", path: `/api/v1/chat/dm/${segment(userId)}`, headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Read a message. Permission: `chat:read`. */
  messagesRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Message>> {
    return this.data<models.Message>({ method: "GET", path: `/api/v1/chat/messages/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change a message. Permission: `chat:write`. */
  messagesUpdate(id: number, body: models.EditMessage, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Message>> {
    return this.data<models.Message>({ method: "PUT", path: `/api/v1/chat/messages/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change a message. Permission: `chat:write`. */
  messagesPatch(id: number, body: models.EditMessage, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Message>> {
    return this.data<models.Message>({ method: "PATCH", path: `/api/v1/chat/messages/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete a message. Permission: `chat:write`. */
  messagesDelete(id: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/chat/messages/${segment(id)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** React to a message. Permission: `chat:write`. */
  messagesReact(id: number, emoji: string, options: CallOptions = {}): Promise<Reply<models.Message>> {
    return this.data<models.Message>({ method: "PUT", path: `/api/v1/chat/messages/${segment(id)}/reactions/${segment(emoji)}`, options });
  }

  /** Take a reaction back. Permission: `chat:write`. */
  messagesUnreact(id: number, emoji: string, options: CallOptions = {}): Promise<Reply<models.Message>> {
    return this.data<models.Message>({ method: "DELETE", path: `/api/v1/chat/messages/${segment(id)}/reactions/${segment(emoji)}`, options });
  }

  /** Say how far you have read a room. Permission: `chat:read`. */
  roomsMarkRead(id: number, body: models.MarkRead, options: CallOptions = {}): Promise<Reply<models.ReadMarker>> {
    return this.data<models.ReadMarker>({ method: "PUT", path: `/api/v1/chat/rooms/${segment(id)}/read`, json: body, options });
  }

  /** Say how far you have read a room. Permission: `chat:read`. */
  roomsMarkReadPatch(id: number, body: models.MarkRead, options: CallOptions = {}): Promise<Reply<models.ReadMarker>> {
    return this.data<models.ReadMarker>({ method: "PATCH", path: `/api/v1/chat/rooms/${segment(id)}/read`, json: body, options });
  }

  /** Count what you have not read. Permission: `chat:read`. */
  chatUnread(options: CallOptions = {}): Promise<Reply<models.Unread>> {
    return this.data<models.Unread>({ method: "GET", path: "/api/v1/chat/unread", options });
  }

  /** Read what you missed in a room. Permission: `chat:read`. */
  roomsLog(id: number, params: { after?: string | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.RoomLog>> {
    return this.data<models.RoomLog>({ method: "GET", path: `/api/v1/chat/rooms/${segment(id)}/log`, query: { after: params.after, limit: params.limit }, options });
  }

  /** Export a room. Permission: `chat:read`. */
  roomsExport(id: number, options: CallOptions = {}): Promise<Reply<models.Message[]>> {
    return this.json<models.Message[]>({ method: "GET", path: `/api/v1/chat/rooms/${segment(id)}/export`, options });
  }

  /** List whom you have blocked. Permission: `chat:read`. */
  chatBlocks(params: { page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Block>> {
    return this.page<models.Block>({ method: "GET", path: "/api/v1/chat/blocks", query: { page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List whom you have blocked. Permission: `chat:read`. Reads page after page. */
  chatBlocksAll(params: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Block, void, undefined> {
    return this.all((cursor) => this.chatBlocks({ ...params, cursor }, options));
  }

  /** Block a person. Permission: `chat:write`. */
  usersBlock(id: number, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "PUT", path: `/api/v1/users/${segment(id)}/block`, options });
  }

  /** Take a block back. Permission: `chat:write`. */
  usersUnblock(id: number, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/users/${segment(id)}/block`, options });
  }

  /** Open the socket of the chat. Permission: `chat:read`. */
  chatSocket(params: { ticket?: string | undefined; token?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<void>> {
    return this.none({ method: "GET", path: "/api/v1/chat/ws", query: { ticket: params.ticket, token: params.token }, options });
  }

  /** List series. Permission: `monitoring:read`. */
  monitoringSeries(options: CallOptions = {}): Promise<Reply<models.Series[]>> {
    return this.data<models.Series[]>({ method: "GET", path: "/api/v1/monitoring/series", options });
  }

  /** Read what series did. Permission: `monitoring:read`. */
  monitoringMetrics(params: { from?: string | undefined; to?: string | undefined; step?: number | undefined; series?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Metrics>> {
    return this.data<models.Metrics>({ method: "GET", path: "/api/v1/monitoring/metrics", query: { from: params.from, to: params.to, step: params.step, series: params.series }, options });
  }

  /** Export what series did. Permission: `monitoring:read`. */
  monitoringExport(params: { format?: string | undefined; from?: string | undefined; to?: string | undefined; step?: number | undefined; series?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<Blob>> {
    return this.bytes({ method: "GET", path: "/api/v1/monitoring/export", query: { format: params.format, from: params.from, to: params.to, step: params.step, series: params.series }, options });
  }

  /** List rules. Permission: `monitoring:read`. */
  monitoringRulesList(params: { page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Rule>> {
    return this.page<models.Rule>({ method: "GET", path: "/api/v1/monitoring/rules", query: { page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List rules. Permission: `monitoring:read`. Reads page after page. */
  monitoringRulesListAll(params: { limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Rule, void, undefined> {
    return this.all((cursor) => this.monitoringRulesList({ ...params, cursor }, options));
  }

  /** Create a rule. Permission: `monitoring:manage`. */
  monitoringRulesCreate(body: models.CreateRule, params: { idempotency_key?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Rule>> {
    return this.data<models.Rule>({ method: "POST", path: "/api/v1/monitoring/rules", headers: { "Idempotency-Key": params.idempotency_key }, json: body, keyed: true, options });
  }

  /** Read a rule. Permission: `monitoring:read`. */
  monitoringRulesRead(id: number, params: { if_none_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Rule>> {
    return this.data<models.Rule>({ method: "GET", path: `/api/v1/monitoring/rules/${segment(id)}`, headers: { "If-None-Match": params.if_none_match }, options });
  }

  /** Change a rule. Permission: `monitoring:manage`. */
  monitoringRulesUpdate(id: number, body: models.UpdateRule, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Rule>> {
    return this.data<models.Rule>({ method: "PUT", path: `/api/v1/monitoring/rules/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Change a rule. Permission: `monitoring:manage`. */
  monitoringRulesPatch(id: number, body: models.UpdateRule, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Rule>> {
    return this.data<models.Rule>({ method: "PATCH", path: `/api/v1/monitoring/rules/${segment(id)}`, headers: { "If-Match": params.if_match }, json: body, options });
  }

  /** Delete a rule. Permission: `monitoring:manage`. */
  monitoringRulesDelete(id: number, params: { if_match?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<models.Done>> {
    return this.json<models.Done>({ method: "DELETE", path: `/api/v1/monitoring/rules/${segment(id)}`, headers: { "If-Match": params.if_match }, options });
  }

  /** List alerts. Permission: `monitoring:read`. */
  monitoringAlerts(params: { state?: models.AlertState | undefined; severity?: models.Severity | undefined; page?: number | undefined; limit?: number | undefined; cursor?: string | undefined } = {}, options: CallOptions = {}): Promise<Page<models.Alert>> {
    return this.page<models.Alert>({ method: "GET", path: "/api/v1/monitoring/alerts", query: { state: params.state, severity: params.severity, page: params.page, limit: params.limit, cursor: params.cursor }, options });
  }

  /** List alerts. Permission: `monitoring:read`. Reads page after page. */
  monitoringAlertsAll(params: { state?: models.AlertState | undefined; severity?: models.Severity | undefined; limit?: number | undefined } = {}, options: CallOptions = {}): AsyncGenerator<models.Alert, void, undefined> {
    return this.all((cursor) => this.monitoringAlerts({ ...params, cursor }, options));
  }

  /** Acknowledge an alert. Permission: `monitoring:manage`. */
  monitoringAlertsAck(id: number, options: CallOptions = {}): Promise<Reply<models.Alert>> {
    return this.data<models.Alert>({ method: "POST", path: `/api/v1/monitoring/alerts/${segment(id)}/ack`, options });
  }

  /** Silence an alert. Permission: `monitoring:manage`. */
  monitoringAlertsSilence(id: number, body: models.Silence, options: CallOptions = {}): Promise<Reply<models.Alert>> {
    return this.data<models.Alert>({ method: "POST", path: `/api/v1/monitoring/alerts/${segment(id)}/silence`, json: body, options });
  }

  /** Follow what is measured. Permission: `monitoring:read`. */
  monitoringSocket(params: { ticket?: string | undefined; token?: string | undefined } = {}, options: CallOptions = {}): Promise<Reply<void>> {
    return this.none({ method: "GET", path: "/api/v1/monitoring/ws", query: { ticket: params.ticket, token: params.token }, options });
  }

  /** Whether the process is alive. Permission: `public`. */
  health(options: CallOptions = {}): Promise<Reply<models.Health>> {
    return this.json<models.Health>({ method: "GET", path: "/health", options });
  }

  /** Whether the process can serve. Permission: `public`. */
  ready(options: CallOptions = {}): Promise<Reply<models.Readiness>> {
    return this.json<models.Readiness>({ method: "GET", path: "/ready", options });
  }

  /** The metrics. Permission: `public`. */
  metrics(options: CallOptions = {}): Promise<Reply<string>> {
    return this.text({ method: "GET", path: "/metrics", options });
  }
}
