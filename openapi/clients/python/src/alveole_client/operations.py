"""One method for each operation of the API, under its `operationId`. Generated from openapi/openapi.json by `make clients`; do not edit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from . import models
from .events import EventStream
from .parts import FilePart
from .transport import Call, Page, Reply, Transport, segment


class Operations(Transport):
    """The operations; `Client` completes them."""

    def auth_register(self, body: models.Register, *, idempotency_key: str | None = None) -> Reply[models.User]:
        """Register an account. Permission: `public`."""
        return self._data(Call("POST", "/api/v1/auth/register", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def auth_setup(self) -> Reply[models.Setup]:
        """Ask whether the server has an administrator. Permission: `public`."""
        return self._data(Call("GET", "/api/v1/auth/setup"))

    def auth_set_up(self, body: models.SetUp) -> Reply[models.Tokens]:
        """Make the first administrator. Permission: `public`."""
        return self._data(Call("POST", "/api/v1/auth/setup", json=body))

    def auth_login(self, body: models.Login) -> Reply[models.LoginAnswer]:
        """Sign in. Permission: `public`."""
        return self._data(Call("POST", "/api/v1/auth/login", json=body))

    def auth_me(self, *, if_none_match: str | None = None) -> Reply[models.User]:
        """Read one's own account. Permission: `signed-in`."""
        return self._data(Call("GET", "/api/v1/auth/me", headers={"If-None-Match": if_none_match}))

    def auth_refresh(self, body: models.RefreshTokens) -> Reply[models.Tokens]:
        """Get a new pair of tokens. Permission: `public`."""
        return self._data(Call("POST", "/api/v1/auth/refresh", json=body))

    def auth_logout(self) -> Reply[models.Done]:
        """Sign out. Permission: `session`."""
        return self._json(Call("POST", "/api/v1/auth/logout"))

    def auth_logout_all(self) -> Reply[models.Done]:
        """Sign out everywhere. Permission: `session`."""
        return self._json(Call("POST", "/api/v1/auth/logout-all"))

    def auth_check(self) -> Reply[models.SignedInUser]:
        """Check an access token. Permission: `signed-in`."""
        return self._data(Call("GET", "/api/v1/auth/check"))

    def auth_ticket(self) -> Reply[models.Ticket]:
        """Get a ticket for an event stream. Permission: `session`."""
        return self._data(Call("POST", "/api/v1/auth/ticket"))

    def auth_sessions(self) -> Reply[list[models.Session]]:
        """List one's own sessions. Permission: `session`."""
        return self._data(Call("GET", "/api/v1/auth/sessions"))

    def auth_sessions_delete(self, id: int) -> Reply[models.Done]:
        """End one of one's own sessions. Permission: `session`."""
        return self._json(Call("DELETE", f"/api/v1/auth/sessions/{segment(id)}"))

    def auth_password_forgot(self, body: models.RequestEmail) -> Reply[models.Done]:
        """Ask for a new password. Permission: `public`."""
        return self._json(Call("POST", "/api/v1/auth/password/forgot", json=body))

    def auth_password_reset(self, body: models.ResetPassword) -> Reply[models.Done]:
        """Set a new password by link. Permission: `public`."""
        return self._json(Call("POST", "/api/v1/auth/password/reset", json=body))

    def auth_email_verify(self, body: models.VerifyEmail) -> Reply[models.EmailVerification]:
        """Confirm a mail address. Permission: `public`."""
        return self._data(Call("POST", "/api/v1/auth/email/verify", json=body))

    def auth_email_resend(self, body: models.RequestEmail) -> Reply[models.Done]:
        """Ask for another link to confirm a mail address. Permission: `public`."""
        return self._json(Call("POST", "/api/v1/auth/email/resend", json=body))

    def auth_email_confirm(self, body: models.RedeemEmailLink) -> Reply[models.Done]:
        """Confirm a change of one's mail address. Permission: `public`."""
        return self._json(Call("POST", "/api/v1/auth/email/confirm", json=body))

    def auth_restore_account(self, body: models.RestoreAccount) -> Reply[models.Done]:
        """Have a closed account back. Permission: `public`."""
        return self._json(Call("POST", "/api/v1/auth/restore-account", json=body))

    def auth_tokens(self) -> Reply[list[models.PersonalAccessToken]]:
        """List one's own personal access tokens. Permission: `session`."""
        return self._data(Call("GET", "/api/v1/auth/tokens"))

    def auth_tokens_create(self, body: models.CreatePersonalAccessToken) -> Reply[models.NewPersonalAccessToken]:
        """Make a personal access token. Permission: `session`."""
        return self._data(Call("POST", "/api/v1/auth/tokens", json=body))

    def auth_tokens_delete(self, id: int) -> Reply[models.Done]:
        """Delete one of one's own personal access tokens. Permission: `session`."""
        return self._json(Call("DELETE", f"/api/v1/auth/tokens/{segment(id)}"))

    def auth_two_factor_verify(self, body: models.VerifySecondFactor) -> Reply[models.Tokens]:
        """Answer the question for the second factor. Permission: `public`."""
        return self._data(Call("POST", "/api/v1/auth/2fa/verify", json=body))

    def auth_two_factor_set_up(self, body: models.SetUpSecondFactor) -> Reply[models.SecondFactorSetup]:
        """Set a second factor up. Permission: `session`."""
        return self._data(Call("POST", "/api/v1/auth/2fa/setup", json=body))

    def auth_two_factor_enable(self, body: models.EnableSecondFactor) -> Reply[models.RecoveryCodes]:
        """Turn the second factor on. Permission: `session`."""
        return self._data(Call("POST", "/api/v1/auth/2fa/enable", json=body))

    def auth_two_factor_disable(self, body: models.ConfirmSecondFactor) -> Reply[models.Done]:
        """Turn the second factor off. Permission: `session`."""
        return self._json(Call("POST", "/api/v1/auth/2fa/disable", json=body))

    def auth_two_factor_recovery_codes(self, body: models.ConfirmSecondFactor) -> Reply[models.RecoveryCodes]:
        """Get new recovery codes. Permission: `session`."""
        return self._data(Call("POST", "/api/v1/auth/2fa/recovery-codes", json=body))

    def auth_token(self, body: models.OAuthTokenRequest) -> Reply[models.OAuthTokens]:
        """Redeem a code or a refresh token. Permission: `public`."""
        return self._json(Call("POST", "/api/v1/auth/token", json=body))

    def auth_providers(self) -> Reply[list[models.AuthProvider]]:
        """List the providers to sign in with. Permission: `public`."""
        return self._data(Call("GET", "/api/v1/auth/providers"))

    def auth_identities(self) -> Reply[list[models.LinkedIdentity]]:
        """List one's own identities. Permission: `session`."""
        return self._data(Call("GET", "/api/v1/auth/identities"))

    def auth_link(self, provider: str, body: models.LinkProvider) -> Reply[models.ProviderRedirect]:
        """Link a provider. Permission: `session`."""
        return self._data(Call("POST", f"/api/v1/auth/link/{segment(provider)}", json=body))

    def auth_unlink(self, provider: str) -> Reply[models.Done]:
        """Unlink a provider. Permission: `session`."""
        return self._json(Call("DELETE", f"/api/v1/auth/link/{segment(provider)}"))

    def auth_callback(self, provider: str, *, code: str | None = None, state: str | None = None, error: str | None = None, iss: str | None = None) -> Reply[models.CallbackAnswer]:
        """Come back from a provider. Permission: `public`."""
        return self._json(Call("GET", f"/api/v1/auth/{segment(provider)}/callback", query={"code": code, "state": state, "error": error, "iss": iss}))

    def auth_authorize(self, provider: str, *, redirect_uri: str | None = None, response_type: str | None = None, client_id: str | None = None, state: str | None = None, scope: str | None = None, code_challenge: str | None = None, code_challenge_method: str | None = None) -> Reply[None]:
        """Sign in with a provider. Permission: `public`."""
        return self._none(Call("GET", f"/api/v1/auth/{segment(provider)}", query={"redirect_uri": redirect_uri, "response_type": response_type, "client_id": client_id, "state": state, "scope": scope, "code_challenge": code_challenge, "code_challenge_method": code_challenge_method}))

    def authz_explain(self, *, permission: str | None = None) -> Reply[models.PermissionReport]:
        """Explain permissions. Permission: `signed-in`."""
        return self._data(Call("GET", "/api/v1/authz/explain", query={"permission": permission}))

    def users_list(self, *, search: str | None = None, sort: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.User]:
        """List users. Permission: `users:read`."""
        return self._page(Call("GET", "/api/v1/users", query={"search": search, "sort": sort, "page": page, "limit": limit, "cursor": cursor}))

    def users_list_all(self, *, search: str | None = None, sort: str | None = None, limit: int | None = None) -> Iterator[models.User]:
        """List users. Permission: `users:read`. Reads page after page."""
        return self._all(lambda cursor: self.users_list(search=search, sort=sort, limit=limit, cursor=cursor))

    def users_list_others(self, *, search: str | None = None, sort: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.User]:
        """List everybody else. Permission: `users:read`."""
        return self._page(Call("GET", "/api/v1/users/except-me", query={"search": search, "sort": sort, "page": page, "limit": limit, "cursor": cursor}))

    def users_list_others_all(self, *, search: str | None = None, sort: str | None = None, limit: int | None = None) -> Iterator[models.User]:
        """List everybody else. Permission: `users:read`. Reads page after page."""
        return self._all(lambda cursor: self.users_list_others(search=search, sort=sort, limit=limit, cursor=cursor))

    def users_me(self, *, if_none_match: str | None = None) -> Reply[models.User]:
        """Read one's own account. Permission: `signed-in`."""
        return self._data(Call("GET", "/api/v1/users/me", headers={"If-None-Match": if_none_match}))

    def users_update_me(self, body: models.UpdateProfile, *, if_match: str | None = None) -> Reply[models.User]:
        """Change one's own profile. Permission: `session`."""
        return self._data(Call("PUT", "/api/v1/users/me", headers={"If-Match": if_match}, json=body))

    def users_patch_me(self, body: models.UpdateProfile, *, if_match: str | None = None) -> Reply[models.User]:
        """Change one's own profile. Permission: `session`."""
        return self._data(Call("PATCH", "/api/v1/users/me", headers={"If-Match": if_match}, json=body))

    def users_delete_me(self, body: models.ConfirmPassword) -> Reply[models.Done]:
        """Delete one's own account. Permission: `session`."""
        return self._json(Call("DELETE", "/api/v1/users/me", json=body))

    def users_change_email(self, body: models.ChangeEmail) -> Reply[models.Done]:
        """Change one's own mail address. Permission: `session`."""
        return self._json(Call("POST", "/api/v1/users/me/email", json=body))

    def users_confirm_phone(self, body: models.ConfirmPhone) -> Reply[models.User]:
        """Confirm your phone number. Permission: `session`."""
        return self._data(Call("POST", "/api/v1/users/me/phone/confirm", json=body))

    def users_change_phone(self, body: models.ChangePhone) -> Reply[models.Done]:
        """Set your phone number. Permission: `session`."""
        return self._json(Call("POST", "/api/v1/users/me/phone", json=body))

    def users_remove_phone(self, body: models.RemovePhone) -> Reply[models.User]:
        """Remove your phone number. Permission: `session`."""
        return self._data(Call("DELETE", "/api/v1/users/me/phone", json=body))

    def users_export_me(self) -> Reply[models.PersonalData]:
        """Export one's own data. Permission: `session`."""
        return self._json(Call("GET", "/api/v1/users/me/export"))

    def users_change_password(self, body: models.ChangePassword) -> Reply[models.Done]:
        """Change one's own password. Permission: `session`."""
        return self._json(Call("PUT", "/api/v1/users/password", json=body))

    def users_change_password_patch(self, body: models.ChangePassword) -> Reply[models.Done]:
        """Change one's own password. Permission: `session`."""
        return self._json(Call("PATCH", "/api/v1/users/password", json=body))

    def users_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.User]:
        """Read a user. Permission: `users:read`."""
        return self._data(Call("GET", f"/api/v1/users/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def users_update(self, id: int, body: models.UpdateUser, *, if_match: str | None = None) -> Reply[models.User]:
        """Change a user's profile. Permission: `users:manage`."""
        return self._data(Call("PUT", f"/api/v1/users/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def users_patch(self, id: int, body: models.UpdateUser, *, if_match: str | None = None) -> Reply[models.User]:
        """Change a user's profile. Permission: `users:manage`."""
        return self._data(Call("PATCH", f"/api/v1/users/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def users_delete(self, id: int, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete a user. Permission: `users:manage`."""
        return self._json(Call("DELETE", f"/api/v1/users/{segment(id)}", headers={"If-Match": if_match}))

    def admin_users_list(self, *, role: models.UserRole | None = None, status: models.UserStatus | None = None, search: str | None = None, sort: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.User]:
        """List users with their private side. Permission: `users:manage`."""
        return self._page(Call("GET", "/api/v1/admin/users", query={"role": role, "status": status, "search": search, "sort": sort, "page": page, "limit": limit, "cursor": cursor}))

    def admin_users_list_all(self, *, role: models.UserRole | None = None, status: models.UserStatus | None = None, search: str | None = None, sort: str | None = None, limit: int | None = None) -> Iterator[models.User]:
        """List users with their private side. Permission: `users:manage`. Reads page after page."""
        return self._all(lambda cursor: self.admin_users_list(role=role, status=status, search=search, sort=sort, limit=limit, cursor=cursor))

    def admin_users_update(self, id: int, body: models.AdministerUser, *, if_match: str | None = None) -> Reply[models.User]:
        """Change a user's role or status. Permission: `users:manage`."""
        return self._data(Call("PUT", f"/api/v1/admin/users/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def admin_users_patch(self, id: int, body: models.AdministerUser, *, if_match: str | None = None) -> Reply[models.User]:
        """Change a user's role or status. Permission: `users:manage`."""
        return self._data(Call("PATCH", f"/api/v1/admin/users/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def admin_users_sessions(self, id: int) -> Reply[list[models.Session]]:
        """List the sessions of a user. Permission: `users:manage`."""
        return self._data(Call("GET", f"/api/v1/admin/users/{segment(id)}/sessions"))

    def admin_users_sessions_delete(self, id: int) -> Reply[models.Done]:
        """End the sessions of a user. Permission: `users:manage`."""
        return self._json(Call("DELETE", f"/api/v1/admin/users/{segment(id)}/sessions"))

    def admin_service_accounts(self, *, sort: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.User]:
        """List service accounts. Permission: `users:manage`."""
        return self._page(Call("GET", "/api/v1/admin/service-accounts", query={"sort": sort, "page": page, "limit": limit, "cursor": cursor}))

    def admin_service_accounts_all(self, *, sort: str | None = None, limit: int | None = None) -> Iterator[models.User]:
        """List service accounts. Permission: `users:manage`. Reads page after page."""
        return self._all(lambda cursor: self.admin_service_accounts(sort=sort, limit=limit, cursor=cursor))

    def admin_service_accounts_create(self, body: models.CreateServiceAccount, *, idempotency_key: str | None = None) -> Reply[models.User]:
        """Make a service account. Permission: `users:manage`."""
        return self._data(Call("POST", "/api/v1/admin/service-accounts", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def admin_service_accounts_delete(self, id: int, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete a service account. Permission: `users:manage`."""
        return self._json(Call("DELETE", f"/api/v1/admin/service-accounts/{segment(id)}", headers={"If-Match": if_match}))

    def admin_service_accounts_tokens(self, id: int) -> Reply[list[models.PersonalAccessToken]]:
        """List the tokens of a service account. Permission: `users:manage`."""
        return self._data(Call("GET", f"/api/v1/admin/service-accounts/{segment(id)}/tokens"))

    def admin_service_accounts_tokens_create(self, id: int, body: models.CreatePersonalAccessToken) -> Reply[models.NewPersonalAccessToken]:
        """Make a token for a service account. Permission: `users:manage`."""
        return self._data(Call("POST", f"/api/v1/admin/service-accounts/{segment(id)}/tokens", json=body))

    def admin_service_accounts_tokens_delete(self, id: int, token_id: int) -> Reply[models.Done]:
        """Delete a token of a service account. Permission: `users:manage`."""
        return self._json(Call("DELETE", f"/api/v1/admin/service-accounts/{segment(id)}/tokens/{segment(token_id)}"))

    def admin_roles(self) -> Reply[list[models.Role]]:
        """List roles. Permission: `roles:manage`."""
        return self._data(Call("GET", "/api/v1/admin/roles"))

    def admin_roles_create(self, body: models.CreateRole, *, idempotency_key: str | None = None) -> Reply[models.Role]:
        """Make a role. Permission: `roles:manage`."""
        return self._data(Call("POST", "/api/v1/admin/roles", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def admin_roles_read(self, name: str, *, if_none_match: str | None = None) -> Reply[models.Role]:
        """Read a role. Permission: `roles:manage`."""
        return self._data(Call("GET", f"/api/v1/admin/roles/{segment(name)}", headers={"If-None-Match": if_none_match}))

    def admin_roles_update(self, name: str, body: models.UpdateRole, *, if_match: str | None = None) -> Reply[models.Role]:
        """Change a role. Permission: `roles:manage`."""
        return self._data(Call("PUT", f"/api/v1/admin/roles/{segment(name)}", headers={"If-Match": if_match}, json=body))

    def admin_roles_patch(self, name: str, body: models.UpdateRole, *, if_match: str | None = None) -> Reply[models.Role]:
        """Change a role. Permission: `roles:manage`."""
        return self._data(Call("PATCH", f"/api/v1/admin/roles/{segment(name)}", headers={"If-Match": if_match}, json=body))

    def admin_roles_delete(self, name: str, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete a role. Permission: `roles:manage`."""
        return self._json(Call("DELETE", f"/api/v1/admin/roles/{segment(name)}", headers={"If-Match": if_match}))

    def admin_users_roles(self, id: int) -> Reply[models.UserRoles]:
        """Read the roles of a user. Permission: `roles:manage`."""
        return self._data(Call("GET", f"/api/v1/admin/users/{segment(id)}/roles"))

    def admin_users_roles_assign(self, id: int, body: models.AssignRoles, *, if_match: str | None = None) -> Reply[models.UserRoles]:
        """Say which roles a user has. Permission: `roles:manage`."""
        return self._data(Call("PUT", f"/api/v1/admin/users/{segment(id)}/roles", headers={"If-Match": if_match}, json=body))

    def admin_users_roles_assign_patch(self, id: int, body: models.AssignRoles, *, if_match: str | None = None) -> Reply[models.UserRoles]:
        """Say which roles a user has. Permission: `roles:manage`."""
        return self._data(Call("PATCH", f"/api/v1/admin/users/{segment(id)}/roles", headers={"If-Match": if_match}, json=body))

    def users_reset_two_factor(self, id: int) -> Reply[models.Done]:
        """Remove a user's second factor. Permission: `users:manage`."""
        return self._json(Call("DELETE", f"/api/v1/users/{segment(id)}/2fa"))

    def admin_audit(self, *, actor_id: int | None = None, target_type: str | None = None, target_id: int | None = None, target_name: str | None = None, action: str | None = None, outcome: models.AuditOutcome | None = None, from_: str | None = None, to: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.AuditEntry]:
        """Read the audit trail. Permission: `audit:read`."""
        return self._page(Call("GET", "/api/v1/admin/audit", query={"actor_id": actor_id, "target_type": target_type, "target_id": target_id, "target_name": target_name, "action": action, "outcome": outcome, "from": from_, "to": to, "page": page, "limit": limit, "cursor": cursor}))

    def admin_audit_all(self, *, actor_id: int | None = None, target_type: str | None = None, target_id: int | None = None, target_name: str | None = None, action: str | None = None, outcome: models.AuditOutcome | None = None, from_: str | None = None, to: str | None = None, limit: int | None = None) -> Iterator[models.AuditEntry]:
        """Read the audit trail. Permission: `audit:read`. Reads page after page."""
        return self._all(lambda cursor: self.admin_audit(actor_id=actor_id, target_type=target_type, target_id=target_id, target_name=target_name, action=action, outcome=outcome, from_=from_, to=to, limit=limit, cursor=cursor))

    def admin_audit_verify(self, *, expect: str | None = None) -> Reply[models.AuditCheck]:
        """Check the audit trail. Permission: `audit:read`."""
        return self._data(Call("GET", "/api/v1/admin/audit/verify", query={"expect": expect}))

    def admin_audit_export(self, *, format: Literal["jsonl", "csv"] | None = None, actor_id: int | None = None, target_type: str | None = None, target_id: int | None = None, target_name: str | None = None, action: str | None = None, outcome: models.AuditOutcome | None = None, from_: str | None = None, to: str | None = None) -> Reply[bytes]:
        """Export the audit trail. Permission: `audit:read`."""
        return self._bytes(Call("GET", "/api/v1/admin/audit/export", query={"format": format, "actor_id": actor_id, "target_type": target_type, "target_id": target_id, "target_name": target_name, "action": action, "outcome": outcome, "from": from_, "to": to}))

    def jwks(self, *, if_none_match: str | None = None) -> Reply[models.PublicKeySet]:
        """The keys that access tokens can be checked with. Permission: `public`."""
        return self._json(Call("GET", "/.well-known/jwks.json", headers={"If-None-Match": if_none_match}))

    def products_list(self, *, category_id: int | None = None, brand: str | None = None, min_price: int | None = None, max_price: int | None = None, in_stock: bool | None = None, sort: str | None = None, q: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None, if_none_match: str | None = None) -> Page[models.Product]:
        """List products. Permission: `public`."""
        return self._page(Call("GET", "/api/v1/products", query={"category_id": category_id, "brand": brand, "min_price": min_price, "max_price": max_price, "in_stock": in_stock, "sort": sort, "q": q, "page": page, "limit": limit, "cursor": cursor}, headers={"If-None-Match": if_none_match}))

    def products_list_all(self, *, category_id: int | None = None, brand: str | None = None, min_price: int | None = None, max_price: int | None = None, in_stock: bool | None = None, sort: str | None = None, q: str | None = None, limit: int | None = None, if_none_match: str | None = None) -> Iterator[models.Product]:
        """List products. Permission: `public`. Reads page after page."""
        return self._all(lambda cursor: self.products_list(category_id=category_id, brand=brand, min_price=min_price, max_price=max_price, in_stock=in_stock, sort=sort, q=q, limit=limit, if_none_match=if_none_match, cursor=cursor))

    def products_search(self, *, q: str, limit: int | None = None, category_id: int | None = None, brand: str | None = None, min_price: int | None = None, max_price: int | None = None, in_stock: bool | None = None, sort: str | None = None, if_none_match: str | None = None) -> Reply[list[models.Product]]:
        """Search products. Permission: `public`."""
        return self._data(Call("GET", "/api/v1/products/search", query={"q": q, "limit": limit, "category_id": category_id, "brand": brand, "min_price": min_price, "max_price": max_price, "in_stock": in_stock, "sort": sort}, headers={"If-None-Match": if_none_match}))

    def products_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.Product]:
        """Read a product. Permission: `public`."""
        return self._data(Call("GET", f"/api/v1/products/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def categories_list(self, *, if_none_match: str | None = None) -> Reply[list[models.Category]]:
        """List categories. Permission: `public`."""
        return self._data(Call("GET", "/api/v1/categories", headers={"If-None-Match": if_none_match}))

    def admin_categories_create(self, body: models.CreateCategory, *, idempotency_key: str | None = None) -> Reply[models.Category]:
        """Create a category. Permission: `catalog:manage`."""
        return self._data(Call("POST", "/api/v1/admin/categories", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def admin_categories_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.Category]:
        """Read a category. Permission: `catalog:manage`."""
        return self._data(Call("GET", f"/api/v1/admin/categories/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def admin_categories_update(self, id: int, body: models.UpdateCategory, *, if_match: str | None = None) -> Reply[models.Category]:
        """Change a category. Permission: `catalog:manage`."""
        return self._data(Call("PUT", f"/api/v1/admin/categories/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def admin_categories_patch(self, id: int, body: models.UpdateCategory, *, if_match: str | None = None) -> Reply[models.Category]:
        """Change a category. Permission: `catalog:manage`."""
        return self._data(Call("PATCH", f"/api/v1/admin/categories/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def admin_categories_delete(self, id: int, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete a category. Permission: `catalog:manage`."""
        return self._json(Call("DELETE", f"/api/v1/admin/categories/{segment(id)}", headers={"If-Match": if_match}))

    def admin_products_import(self, body: bytes | str, *, mode: Literal["all", "valid"] | None = None, idempotency_key: str | None = None) -> Reply[models.ImportReport]:
        """Import products. Permission: `catalog:manage`."""
        return self._data(Call("POST", "/api/v1/admin/products/import", query={"mode": mode}, headers={"Idempotency-Key": idempotency_key}, content=body, media_type="text/csv", keyed=True))

    def admin_products_list(self, *, category_id: int | None = None, brand: str | None = None, min_price: int | None = None, max_price: int | None = None, in_stock: bool | None = None, sort: str | None = None, q: str | None = None, status: models.ProductStatus | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Product]:
        """List the catalogue. Permission: `catalog:manage`."""
        return self._page(Call("GET", "/api/v1/admin/products", query={"category_id": category_id, "brand": brand, "min_price": min_price, "max_price": max_price, "in_stock": in_stock, "sort": sort, "q": q, "status": status, "page": page, "limit": limit, "cursor": cursor}))

    def admin_products_list_all(self, *, category_id: int | None = None, brand: str | None = None, min_price: int | None = None, max_price: int | None = None, in_stock: bool | None = None, sort: str | None = None, q: str | None = None, status: models.ProductStatus | None = None, limit: int | None = None) -> Iterator[models.Product]:
        """List the catalogue. Permission: `catalog:manage`. Reads page after page."""
        return self._all(lambda cursor: self.admin_products_list(category_id=category_id, brand=brand, min_price=min_price, max_price=max_price, in_stock=in_stock, sort=sort, q=q, status=status, limit=limit, cursor=cursor))

    def admin_products_create(self, body: models.CreateProduct, *, idempotency_key: str | None = None) -> Reply[models.Product]:
        """Create a product. Permission: `catalog:manage`."""
        return self._data(Call("POST", "/api/v1/admin/products", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def admin_products_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.Product]:
        """Read a product of the catalogue. Permission: `catalog:manage`."""
        return self._data(Call("GET", f"/api/v1/admin/products/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def admin_products_update(self, id: int, body: models.UpdateProduct, *, if_match: str | None = None) -> Reply[models.Product]:
        """Change a product. Permission: `catalog:manage`."""
        return self._data(Call("PUT", f"/api/v1/admin/products/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def admin_products_patch(self, id: int, body: models.UpdateProduct, *, if_match: str | None = None) -> Reply[models.Product]:
        """Change a product. Permission: `catalog:manage`."""
        return self._data(Call("PATCH", f"/api/v1/admin/products/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def admin_products_delete(self, id: int, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete a product. Permission: `catalog:manage`."""
        return self._json(Call("DELETE", f"/api/v1/admin/products/{segment(id)}", headers={"If-Match": if_match}))

    def admin_products_ledger(self, id: int, *, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.StockMovement]:
        """List the movements of a product's stock. Permission: `catalog:manage`."""
        return self._page(Call("GET", f"/api/v1/admin/products/{segment(id)}/stock", query={"page": page, "limit": limit, "cursor": cursor}))

    def admin_products_ledger_all(self, id: int, *, limit: int | None = None) -> Iterator[models.StockMovement]:
        """List the movements of a product's stock. Permission: `catalog:manage`. Reads page after page."""
        return self._all(lambda cursor: self.admin_products_ledger(id, limit=limit, cursor=cursor))

    def admin_products_move_stock(self, id: int, body: models.MoveStock, *, idempotency_key: str | None = None) -> Reply[models.StockMovement]:
        """Move a product's stock. Permission: `catalog:manage`."""
        return self._data(Call("POST", f"/api/v1/admin/products/{segment(id)}/stock", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def user_products_warranty(self, *, filter: Literal["expiring", "expired", "active"] | None = None, status: models.OwnedProductStatus | None = None, sort: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.OwnedProduct]:
        """List warranties. Permission: `products:read`."""
        return self._page(Call("GET", "/api/v1/user-products/warranty", query={"filter": filter, "status": status, "sort": sort, "page": page, "limit": limit, "cursor": cursor}))

    def user_products_warranty_all(self, *, filter: Literal["expiring", "expired", "active"] | None = None, status: models.OwnedProductStatus | None = None, sort: str | None = None, limit: int | None = None) -> Iterator[models.OwnedProduct]:
        """List warranties. Permission: `products:read`. Reads page after page."""
        return self._all(lambda cursor: self.user_products_warranty(filter=filter, status=status, sort=sort, limit=limit, cursor=cursor))

    def user_products_list(self, *, status: models.OwnedProductStatus | None = None, sort: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.OwnedProduct]:
        """List what one owns. Permission: `products:read`."""
        return self._page(Call("GET", "/api/v1/user-products", query={"status": status, "sort": sort, "page": page, "limit": limit, "cursor": cursor}))

    def user_products_list_all(self, *, status: models.OwnedProductStatus | None = None, sort: str | None = None, limit: int | None = None) -> Iterator[models.OwnedProduct]:
        """List what one owns. Permission: `products:read`. Reads page after page."""
        return self._all(lambda cursor: self.user_products_list(status=status, sort=sort, limit=limit, cursor=cursor))

    def user_products_create(self, body: models.CreateOwnedProduct, *, idempotency_key: str | None = None) -> Reply[models.OwnedProduct]:
        """Enter something one owns. Permission: `products:write`."""
        return self._data(Call("POST", "/api/v1/user-products", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def user_products_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.OwnedProduct]:
        """Read something one owns. Permission: `products:read`."""
        return self._data(Call("GET", f"/api/v1/user-products/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def user_products_update(self, id: int, body: models.UpdateOwnedProduct, *, if_match: str | None = None) -> Reply[models.OwnedProduct]:
        """Change something one owns. Permission: `products:write`."""
        return self._data(Call("PUT", f"/api/v1/user-products/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def user_products_patch(self, id: int, body: models.UpdateOwnedProduct, *, if_match: str | None = None) -> Reply[models.OwnedProduct]:
        """Change something one owns. Permission: `products:write`."""
        return self._data(Call("PATCH", f"/api/v1/user-products/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def user_products_delete(self, id: int, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete something one owns. Permission: `products:write`."""
        return self._json(Call("DELETE", f"/api/v1/user-products/{segment(id)}", headers={"If-Match": if_match}))

    def files_uploads_create(self, *, upload_length: int, type: models.FileType | None = None, visibility: models.FileVisibility | None = None, task_id: int | None = None, product_id: int | None = None, upload_metadata: str | None = None, idempotency_key: str | None = None) -> Reply[models.UploadSession]:
        """Begin an upload in several requests. Permission: `files:write`."""
        return self._data(Call("POST", "/api/v1/files/uploads", query={"type": type, "visibility": visibility, "task_id": task_id, "product_id": product_id}, headers={"Tus-Resumable": "1.0.0", "Upload-Length": upload_length, "Upload-Metadata": upload_metadata, "Idempotency-Key": idempotency_key}, keyed=True))

    def files_uploads_read(self, id: int) -> Reply[models.UploadSession]:
        """See how far an upload is. Permission: `files:write`."""
        return self._data(Call("GET", f"/api/v1/files/uploads/{segment(id)}", headers={"Tus-Resumable": "1.0.0"}))

    def files_uploads_append(self, id: int, body: bytes | str, *, upload_offset: int, upload_checksum: str | None = None) -> Reply[None]:
        """Continue an upload. Permission: `files:write`."""
        return self._none(Call("PATCH", f"/api/v1/files/uploads/{segment(id)}", headers={"Tus-Resumable": "1.0.0", "Upload-Offset": upload_offset, "Upload-Checksum": upload_checksum}, content=body, media_type="application/offset+octet-stream"))

    def files_uploads_delete(self, id: int) -> Reply[None]:
        """Give an upload up. Permission: `files:write`."""
        return self._none(Call("DELETE", f"/api/v1/files/uploads/{segment(id)}", headers={"Tus-Resumable": "1.0.0"}))

    def files_list(self, *, type: models.FileType | None = None, mime: str | None = None, q: str | None = None, sort: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.StoredFile]:
        """List files. Permission: `files:read`."""
        return self._page(Call("GET", "/api/v1/files", query={"type": type, "mime": mime, "q": q, "sort": sort, "page": page, "limit": limit, "cursor": cursor}))

    def files_list_all(self, *, type: models.FileType | None = None, mime: str | None = None, q: str | None = None, sort: str | None = None, limit: int | None = None) -> Iterator[models.StoredFile]:
        """List files. Permission: `files:read`. Reads page after page."""
        return self._all(lambda cursor: self.files_list(type=type, mime=mime, q=q, sort=sort, limit=limit, cursor=cursor))

    def files_upload(self, body: models.UploadFile, *, idempotency_key: str | None = None) -> Reply[models.StoredFile]:
        """Upload a file. Permission: `files:write`."""
        return self._data(Call("POST", "/api/v1/files", headers={"Idempotency-Key": idempotency_key}, form=body, keyed=True))

    def files_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.StoredFile]:
        """Read what is known of a file. Permission: `files:read`."""
        return self._data(Call("GET", f"/api/v1/files/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def files_update(self, id: int, body: models.UpdateFile, *, if_match: str | None = None) -> Reply[models.StoredFile]:
        """Change a file. Permission: `files:write`."""
        return self._data(Call("PUT", f"/api/v1/files/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def files_patch(self, id: int, body: models.UpdateFile, *, if_match: str | None = None) -> Reply[models.StoredFile]:
        """Change a file. Permission: `files:write`."""
        return self._data(Call("PATCH", f"/api/v1/files/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def files_delete(self, id: int, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete a file. Permission: `files:write`."""
        return self._json(Call("DELETE", f"/api/v1/files/{segment(id)}", headers={"If-Match": if_match}))

    def files_download(self, id: int, *, variant: Literal["thumb", "small", "original"] | None = None, range: str | None = None) -> Reply[bytes]:
        """Download a file. Permission: `files:read`."""
        return self._bytes(Call("GET", f"/api/v1/files/{segment(id)}/download", query={"variant": variant}, headers={"Range": range}))

    def files_shared(self, id: int, *, exp: int, sig: str, variant: Literal["thumb", "small", "original"] | None = None) -> Reply[bytes]:
        """Download a shared file. Permission: `public`."""
        return self._bytes(Call("GET", f"/api/v1/files/{segment(id)}/shared", query={"exp": exp, "sig": sig, "variant": variant}))

    def files_share(self, id: int, body: models.CreateShareLink, *, idempotency_key: str | None = None) -> Reply[models.NewShareLink]:
        """Share a file. Permission: `files:write`."""
        return self._data(Call("POST", f"/api/v1/files/{segment(id)}/share", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def files_shares_list(self, id: int) -> Reply[list[models.ShareLink]]:
        """List the links of a file. Permission: `files:read`."""
        return self._data(Call("GET", f"/api/v1/files/{segment(id)}/shares"))

    def files_shares_delete(self, id: int, share_id: int) -> Reply[models.Done]:
        """Take a link back. Permission: `files:write`."""
        return self._json(Call("DELETE", f"/api/v1/files/{segment(id)}/shares/{segment(share_id)}"))

    def files_variants_sign(self, id: int, body: models.CreateVariantLink) -> Reply[models.VariantLink]:
        """Ask for a picture in another size. Permission: `files:read`."""
        return self._data(Call("POST", f"/api/v1/files/{segment(id)}/variants", json=body))

    def files_variant(self, id: int, *, w: int | None = None, h: int | None = None, fit: models.VariantFit | None = None, format: models.VariantFormat | None = None, sig: str | None = None, range: str | None = None) -> Reply[bytes]:
        """Draw a picture in another size. Permission: `files:read`."""
        return self._bytes(Call("GET", f"/api/v1/files/{segment(id)}/variant", query={"w": w, "h": h, "fit": fit, "format": format, "sig": sig}, headers={"Range": range}))

    def tasks_attachments_list(self, id: int, *, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.StoredFile]:
        """List what is attached to a task. Permission: `files:read`."""
        return self._page(Call("GET", f"/api/v1/tasks/{segment(id)}/attachments", query={"page": page, "limit": limit, "cursor": cursor}))

    def tasks_attachments_list_all(self, id: int, *, limit: int | None = None) -> Iterator[models.StoredFile]:
        """List what is attached to a task. Permission: `files:read`. Reads page after page."""
        return self._all(lambda cursor: self.tasks_attachments_list(id, limit=limit, cursor=cursor))

    def tasks_attachments_create(self, id: int, body: models.AttachTaskFile, *, idempotency_key: str | None = None) -> Reply[models.StoredFile]:
        """Attach a file to a task. Permission: `files:write`."""
        return self._data(Call("POST", f"/api/v1/tasks/{segment(id)}/attachments", headers={"Idempotency-Key": idempotency_key}, form=body, keyed=True))

    def tasks_attachments_delete(self, id: int, file_id: int) -> Reply[models.Done]:
        """Delete what is attached to a task. Permission: `files:write`."""
        return self._json(Call("DELETE", f"/api/v1/tasks/{segment(id)}/attachments/{segment(file_id)}"))

    def products_files_list(self, id: int, *, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.StoredFile]:
        """List the files of something one owns. Permission: `files:read`."""
        return self._page(Call("GET", f"/api/v1/products/{segment(id)}/files", query={"page": page, "limit": limit, "cursor": cursor}))

    def products_files_list_all(self, id: int, *, limit: int | None = None) -> Iterator[models.StoredFile]:
        """List the files of something one owns. Permission: `files:read`. Reads page after page."""
        return self._all(lambda cursor: self.products_files_list(id, limit=limit, cursor=cursor))

    def products_files_create(self, id: int, body: models.AttachFile, *, idempotency_key: str | None = None) -> Reply[models.StoredFile]:
        """Attach a file to something one owns. Permission: `files:write`."""
        return self._data(Call("POST", f"/api/v1/products/{segment(id)}/files", headers={"Idempotency-Key": idempotency_key}, form=body, keyed=True))

    def users_avatar_replace(self, body: models.UploadAvatar) -> Reply[models.User]:
        """Set one's picture. Permission: `files:write`."""
        return self._data(Call("PUT", "/api/v1/users/me/avatar", form=body))

    def users_avatar_replace_patch(self, body: models.UploadAvatar) -> Reply[models.User]:
        """Set one's picture. Permission: `files:write`."""
        return self._data(Call("PATCH", "/api/v1/users/me/avatar", form=body))

    def users_avatar_delete(self) -> Reply[models.Done]:
        """Remove one's picture. Permission: `files:write`."""
        return self._json(Call("DELETE", "/api/v1/users/me/avatar"))

    def files_generate_pdf(self, body: models.GeneratePdf, *, accept_language: str | None = None, idempotency_key: str | None = None) -> Reply[models.StoredFile]:
        """Typeset a document. Permission: `files:write`."""
        return self._data(Call("POST", "/api/v1/generate-pdf", headers={"Accept-Language": accept_language, "Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def tasks_list(self, *, status: models.TaskStatus | None = None, priority: models.TaskPriority | None = None, assignee_id: int | None = None, user_id: int | None = None, tag: str | None = None, q: str | None = None, due_before: str | None = None, due_after: str | None = None, overdue: bool | None = None, sort: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Task]:
        """List tasks. Permission: `tasks:read`."""
        return self._page(Call("GET", "/api/v1/tasks", query={"status": status, "priority": priority, "assignee_id": assignee_id, "user_id": user_id, "tag": tag, "q": q, "due_before": due_before, "due_after": due_after, "overdue": overdue, "sort": sort, "page": page, "limit": limit, "cursor": cursor}))

    def tasks_list_all(self, *, status: models.TaskStatus | None = None, priority: models.TaskPriority | None = None, assignee_id: int | None = None, user_id: int | None = None, tag: str | None = None, q: str | None = None, due_before: str | None = None, due_after: str | None = None, overdue: bool | None = None, sort: str | None = None, limit: int | None = None) -> Iterator[models.Task]:
        """List tasks. Permission: `tasks:read`. Reads page after page."""
        return self._all(lambda cursor: self.tasks_list(status=status, priority=priority, assignee_id=assignee_id, user_id=user_id, tag=tag, q=q, due_before=due_before, due_after=due_after, overdue=overdue, sort=sort, limit=limit, cursor=cursor))

    def tasks_create(self, body: models.CreateTask, *, idempotency_key: str | None = None) -> Reply[models.Task]:
        """Create a task. Permission: `tasks:write`."""
        return self._data(Call("POST", "/api/v1/tasks", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def tasks_bulk(self, body: models.TaskBulk, *, idempotency_key: str | None = None) -> Reply[models.TaskBulkResults]:
        """Do many things to tasks at once. Permission: `tasks:write`."""
        return self._data(Call("POST", "/api/v1/tasks/bulk", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def tasks_stats(self, *, from_: str | None = None, to: str | None = None) -> Reply[models.TaskStats]:
        """Count tasks. Permission: `tasks:read`."""
        return self._data(Call("GET", "/api/v1/tasks/stats", query={"from": from_, "to": to}))

    def tasks_export(self, *, format: Literal["csv", "json", "ics"], status: models.TaskStatus | None = None, priority: models.TaskPriority | None = None, assignee_id: int | None = None, user_id: int | None = None, tag: str | None = None, q: str | None = None, due_before: str | None = None, due_after: str | None = None, overdue: bool | None = None, sort: str | None = None) -> Reply[bytes]:
        """Export tasks. Permission: `tasks:read`."""
        return self._bytes(Call("GET", "/api/v1/tasks/export", query={"format": format, "status": status, "priority": priority, "assignee_id": assignee_id, "user_id": user_id, "tag": tag, "q": q, "due_before": due_before, "due_after": due_after, "overdue": overdue, "sort": sort}))

    def tasks_events(self, *, ticket: str | None = None, last_event_id: str | None = None) -> EventStream:
        """Follow changes of tasks. Permission: `tasks:read`."""
        return self._events(Call("GET", "/api/v1/tasks/events", query={"ticket": ticket}, headers={"Last-Event-ID": last_event_id}))

    def tasks_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.Task]:
        """Read a task. Permission: `tasks:read`."""
        return self._data(Call("GET", f"/api/v1/tasks/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def tasks_update(self, id: int, body: models.UpdateTask, *, if_match: str | None = None) -> Reply[models.Task]:
        """Change a task. Permission: `tasks:write`."""
        return self._data(Call("PUT", f"/api/v1/tasks/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def tasks_patch(self, id: int, body: models.UpdateTask, *, if_match: str | None = None) -> Reply[models.Task]:
        """Change a task. Permission: `tasks:write`."""
        return self._data(Call("PATCH", f"/api/v1/tasks/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def tasks_delete(self, id: int, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete a task. Permission: `tasks:write`."""
        return self._json(Call("DELETE", f"/api/v1/tasks/{segment(id)}", headers={"If-Match": if_match}))

    def tasks_restore(self, id: int) -> Reply[models.Task]:
        """Restore a deleted task. Permission: `tasks:write`."""
        return self._data(Call("POST", f"/api/v1/tasks/{segment(id)}/restore"))

    def tasks_assign(self, id: int, body: models.AssignTask, *, if_match: str | None = None) -> Reply[models.Task]:
        """Assign a task. Permission: `tasks:write`."""
        return self._data(Call("PUT", f"/api/v1/tasks/{segment(id)}/assignee", headers={"If-Match": if_match}, json=body))

    def tasks_assign_patch(self, id: int, body: models.AssignTask, *, if_match: str | None = None) -> Reply[models.Task]:
        """Assign a task. Permission: `tasks:write`."""
        return self._data(Call("PATCH", f"/api/v1/tasks/{segment(id)}/assignee", headers={"If-Match": if_match}, json=body))

    def tasks_comments_list(self, id: int, *, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Comment]:
        """List the comments on a task. Permission: `tasks:read`."""
        return self._page(Call("GET", f"/api/v1/tasks/{segment(id)}/comments", query={"page": page, "limit": limit, "cursor": cursor}))

    def tasks_comments_list_all(self, id: int, *, limit: int | None = None) -> Iterator[models.Comment]:
        """List the comments on a task. Permission: `tasks:read`. Reads page after page."""
        return self._all(lambda cursor: self.tasks_comments_list(id, limit=limit, cursor=cursor))

    def tasks_comments_create(self, id: int, body: models.WriteComment, *, idempotency_key: str | None = None) -> Reply[models.Comment]:
        """Comment on a task. Permission: `tasks:write`."""
        return self._data(Call("POST", f"/api/v1/tasks/{segment(id)}/comments", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def tasks_comments_read(self, id: int, comment_id: int, *, if_none_match: str | None = None) -> Reply[models.Comment]:
        """Read a comment. Permission: `tasks:read`."""
        return self._data(Call("GET", f"/api/v1/tasks/{segment(id)}/comments/{segment(comment_id)}", headers={"If-None-Match": if_none_match}))

    def tasks_comments_update(self, id: int, comment_id: int, body: models.WriteComment, *, if_match: str | None = None) -> Reply[models.Comment]:
        """Change a comment. Permission: `tasks:write`."""
        return self._data(Call("PUT", f"/api/v1/tasks/{segment(id)}/comments/{segment(comment_id)}", headers={"If-Match": if_match}, json=body))

    def tasks_comments_patch(self, id: int, comment_id: int, body: models.WriteComment, *, if_match: str | None = None) -> Reply[models.Comment]:
        """Change a comment. Permission: `tasks:write`."""
        return self._data(Call("PATCH", f"/api/v1/tasks/{segment(id)}/comments/{segment(comment_id)}", headers={"If-Match": if_match}, json=body))

    def tasks_comments_delete(self, id: int, comment_id: int, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete a comment. Permission: `tasks:write`."""
        return self._json(Call("DELETE", f"/api/v1/tasks/{segment(id)}/comments/{segment(comment_id)}", headers={"If-Match": if_match}))

    def notifications_list(self, *, unread: bool | None = None, kind: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Notification]:
        """List your notifications. Permission: `notifications:read`."""
        return self._page(Call("GET", "/api/v1/notifications", query={"unread": unread, "kind": kind, "page": page, "limit": limit, "cursor": cursor}))

    def notifications_list_all(self, *, unread: bool | None = None, kind: str | None = None, limit: int | None = None) -> Iterator[models.Notification]:
        """List your notifications. Permission: `notifications:read`. Reads page after page."""
        return self._all(lambda cursor: self.notifications_list(unread=unread, kind=kind, limit=limit, cursor=cursor))

    def notifications_count(self) -> Reply[models.UnreadCount]:
        """Count your unread notifications. Permission: `notifications:read`."""
        return self._data(Call("GET", "/api/v1/notifications/count"))

    def notifications_read_all(self, body: models.ReadAll) -> Reply[models.AllRead]:
        """Mark notifications as read. Permission: `notifications:write`."""
        return self._data(Call("POST", "/api/v1/notifications/read-all", json=body))

    def notifications_preferences(self, *, if_none_match: str | None = None) -> Reply[models.Preferences]:
        """Read your preferences. Permission: `notifications:read`."""
        return self._data(Call("GET", "/api/v1/notifications/preferences", headers={"If-None-Match": if_none_match}))

    def notifications_choose(self, body: models.UpdatePreferences, *, if_match: str | None = None) -> Reply[models.Preferences]:
        """Change your preferences. Permission: `notifications:write`."""
        return self._data(Call("PUT", "/api/v1/notifications/preferences", headers={"If-Match": if_match}, json=body))

    def notifications_choose_patch(self, body: models.UpdatePreferences, *, if_match: str | None = None) -> Reply[models.Preferences]:
        """Change your preferences. Permission: `notifications:write`."""
        return self._data(Call("PATCH", "/api/v1/notifications/preferences", headers={"If-Match": if_match}, json=body))

    def notifications_quiet_hours(self, *, if_none_match: str | None = None) -> Reply[models.QuietHours]:
        """Read your quiet hours. Permission: `notifications:read`."""
        return self._data(Call("GET", "/api/v1/notifications/quiet-hours", headers={"If-None-Match": if_none_match}))

    def notifications_be_quiet(self, body: models.UpdateQuietHours, *, if_match: str | None = None) -> Reply[models.QuietHours]:
        """Change your quiet hours. Permission: `notifications:write`."""
        return self._data(Call("PUT", "/api/v1/notifications/quiet-hours", headers={"If-Match": if_match}, json=body))

    def notifications_be_quiet_patch(self, body: models.UpdateQuietHours, *, if_match: str | None = None) -> Reply[models.QuietHours]:
        """Change your quiet hours. Permission: `notifications:write`."""
        return self._data(Call("PATCH", "/api/v1/notifications/quiet-hours", headers={"If-Match": if_match}, json=body))

    def notifications_unsubscribe(self, *, token: str) -> Reply[models.Unsubscribed]:
        """Get no more emails of a category. Permission: `public`."""
        return self._data(Call("POST", "/api/v1/notifications/unsubscribe", query={"token": token}))

    def notifications_read(self, id: int) -> Reply[models.Notification]:
        """Read a notification. Permission: `notifications:read`."""
        return self._data(Call("GET", f"/api/v1/notifications/{segment(id)}"))

    def notifications_update(self, id: int, body: models.UpdateNotification) -> Reply[models.Notification]:
        """Mark a notification as read or unread. Permission: `notifications:write`."""
        return self._data(Call("PUT", f"/api/v1/notifications/{segment(id)}", json=body))

    def notifications_patch(self, id: int, body: models.UpdateNotification) -> Reply[models.Notification]:
        """Mark a notification as read or unread. Permission: `notifications:write`."""
        return self._data(Call("PATCH", f"/api/v1/notifications/{segment(id)}", json=body))

    def notifications_delete(self, id: int) -> Reply[models.Done]:
        """Delete a notification. Permission: `notifications:write`."""
        return self._json(Call("DELETE", f"/api/v1/notifications/{segment(id)}"))

    def admin_dashboard(self) -> Reply[models.Dashboard]:
        """Read the dashboard. Permission: `monitoring:read`."""
        return self._data(Call("GET", "/api/v1/admin/dashboard"))

    def admin_settings(self) -> Reply[models.Settings]:
        """Read the settings. Permission: `monitoring:read`."""
        return self._data(Call("GET", "/api/v1/admin/settings"))

    def events_follow(self, *, types: str | None = None, subject: str | None = None, after: str | None = None, ticket: str | None = None, last_event_id: str | None = None) -> EventStream:
        """Follow every change. Permission: `signed-in`."""
        return self._events(Call("GET", "/api/v1/events", query={"types": types, "subject": subject, "after": after, "ticket": ticket}, headers={"Last-Event-ID": last_event_id}))

    def events_poll(self, *, wait: int, types: str | None = None, subject: str | None = None, after: str | None = None, ticket: str | None = None, last_event_id: str | None = None) -> Reply[models.FeedEvents]:
        """Follow every change. Permission: `signed-in`."""
        return self._data(Call("GET", "/api/v1/events", query={"wait": wait, "types": types, "subject": subject, "after": after, "ticket": ticket}, headers={"Last-Event-ID": last_event_id}))

    def events_head(self) -> Reply[models.FeedHead]:
        """Where the feed begins and ends. Permission: `signed-in`."""
        return self._data(Call("GET", "/api/v1/events/head"))

    def events_socket(self, *, ticket: str | None = None, token: str | None = None) -> Reply[None]:
        """Follow every change by a socket. Permission: `signed-in`."""
        return self._none(Call("GET", "/api/v1/ws", query={"ticket": ticket, "token": token}))

    def jobs_list(self, *, state: models.JobState | None = None, kind: str | None = None, queue: str | None = None, lane: str | None = None, schedule: str | None = None, batch_id: int | None = None, due_before: str | None = None, sort: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Job]:
        """List jobs. Permission: `jobs:manage`."""
        return self._page(Call("GET", "/api/v1/admin/jobs", query={"state": state, "kind": kind, "queue": queue, "lane": lane, "schedule": schedule, "batch_id": batch_id, "due_before": due_before, "sort": sort, "page": page, "limit": limit, "cursor": cursor}))

    def jobs_list_all(self, *, state: models.JobState | None = None, kind: str | None = None, queue: str | None = None, lane: str | None = None, schedule: str | None = None, batch_id: int | None = None, due_before: str | None = None, sort: str | None = None, limit: int | None = None) -> Iterator[models.Job]:
        """List jobs. Permission: `jobs:manage`. Reads page after page."""
        return self._all(lambda cursor: self.jobs_list(state=state, kind=kind, queue=queue, lane=lane, schedule=schedule, batch_id=batch_id, due_before=due_before, sort=sort, limit=limit, cursor=cursor))

    def jobs_enqueue(self, body: models.EnqueueJob, *, idempotency_key: str | None = None) -> Reply[models.JobWithRuns]:
        """Enqueue a job. Permission: `jobs:manage`."""
        return self._data(Call("POST", "/api/v1/admin/jobs", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def jobs_kinds(self) -> Reply[list[models.Kind]]:
        """List the kinds that can be enqueued by hand. Permission: `jobs:manage`."""
        return self._data(Call("GET", "/api/v1/admin/jobs/kinds"))

    def jobs_stats(self) -> Reply[list[models.QueueStats]]:
        """Count jobs. Permission: `jobs:manage`."""
        return self._data(Call("GET", "/api/v1/admin/jobs/stats"))

    def jobs_retry_all(self, body: models.RetryJobs) -> Reply[models.RetriedJobs]:
        """Retry many jobs. Permission: `jobs:manage`."""
        return self._data(Call("POST", "/api/v1/admin/jobs/retry", json=body))

    def jobs_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.JobWithRuns]:
        """Read a job. Permission: `jobs:manage`."""
        return self._data(Call("GET", f"/api/v1/admin/jobs/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def jobs_retry(self, id: int) -> Reply[models.JobWithRuns]:
        """Retry a job. Permission: `jobs:manage`."""
        return self._data(Call("POST", f"/api/v1/admin/jobs/{segment(id)}/retry"))

    def jobs_cancel(self, id: int) -> Reply[models.JobWithRuns]:
        """Cancel a job. Permission: `jobs:manage`."""
        return self._data(Call("POST", f"/api/v1/admin/jobs/{segment(id)}/cancel"))

    def queues_read(self, queue: str, *, if_none_match: str | None = None) -> Reply[models.Queue]:
        """Read a queue. Permission: `jobs:manage`."""
        return self._data(Call("GET", f"/api/v1/admin/queues/{segment(queue)}", headers={"If-None-Match": if_none_match}))

    def queues_update(self, queue: str, body: models.UpdateQueue, *, if_match: str | None = None) -> Reply[models.Queue]:
        """Pause or limit a queue. Permission: `jobs:manage`."""
        return self._data(Call("PUT", f"/api/v1/admin/queues/{segment(queue)}", headers={"If-Match": if_match}, json=body))

    def queues_patch(self, queue: str, body: models.UpdateQueue, *, if_match: str | None = None) -> Reply[models.Queue]:
        """Pause or limit a queue. Permission: `jobs:manage`."""
        return self._data(Call("PATCH", f"/api/v1/admin/queues/{segment(queue)}", headers={"If-Match": if_match}, json=body))

    def schedules_list(self) -> Reply[list[models.Schedule]]:
        """List schedules. Permission: `jobs:manage`."""
        return self._data(Call("GET", "/api/v1/admin/schedules"))

    def schedules_preview(self, schedule: str, *, cron: str | None = None, zone: str | None = None, count: int | None = None) -> Reply[models.SchedulePreview]:
        """Preview the next ticks. Permission: `jobs:manage`."""
        return self._data(Call("GET", f"/api/v1/admin/schedules/{segment(schedule)}/preview", query={"cron": cron, "zone": zone, "count": count}))

    def schedules_run(self, schedule: str) -> Reply[models.JobWithRuns]:
        """Run a schedule now. Permission: `jobs:manage`."""
        return self._data(Call("POST", f"/api/v1/admin/schedules/{segment(schedule)}/run"))

    def schedules_read(self, schedule: str, *, if_none_match: str | None = None) -> Reply[models.Schedule]:
        """Read a schedule. Permission: `jobs:manage`."""
        return self._data(Call("GET", f"/api/v1/admin/schedules/{segment(schedule)}", headers={"If-None-Match": if_none_match}))

    def schedules_update(self, schedule: str, body: models.UpdateSchedule, *, if_match: str | None = None) -> Reply[models.Schedule]:
        """Change or pause a schedule. Permission: `jobs:manage`."""
        return self._data(Call("PUT", f"/api/v1/admin/schedules/{segment(schedule)}", headers={"If-Match": if_match}, json=body))

    def schedules_patch(self, schedule: str, body: models.UpdateSchedule, *, if_match: str | None = None) -> Reply[models.Schedule]:
        """Change or pause a schedule. Permission: `jobs:manage`."""
        return self._data(Call("PATCH", f"/api/v1/admin/schedules/{segment(schedule)}", headers={"If-Match": if_match}, json=body))

    def weather_read(self, *, city: str) -> Reply[models.Weather]:
        """Read the weather in a city. Permission: `signed-in`."""
        return self._data(Call("GET", "/api/v1/weather", query={"city": city}))

    def crypto_read(self, *, symbol: str, currency: str | None = None) -> Reply[models.Price]:
        """Read the price of a crypto currency. Permission: `signed-in`."""
        return self._data(Call("GET", "/api/v1/crypto", query={"symbol": symbol, "currency": currency}))

    def translate_read(self, *, text: str, to: str, from_: str | None = None) -> Reply[models.Translation]:
        """Translate a short text. Permission: `signed-in`."""
        return self._data(Call("GET", "/api/v1/translate", query={"text": text, "to": to, "from": from_}))

    def translate(self, body: models.TranslateText) -> Reply[models.Translation]:
        """Translate a text. Permission: `signed-in`."""
        return self._data(Call("POST", "/api/v1/translate", json=body))

    def integrations_status(self) -> Reply[list[models.IntegrationProvider]]:
        """List the providers. Permission: `integrations:manage`."""
        return self._data(Call("GET", "/api/v1/admin/integrations"))

    def webhooks_event_types(self) -> Reply[list[models.EventType]]:
        """List the types of events. Permission: `signed-in`."""
        return self._data(Call("GET", "/api/v1/webhooks/event-types"))

    def webhooks_list(self, *, owner: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Endpoint]:
        """List endpoints. Permission: `webhooks:write`."""
        return self._page(Call("GET", "/api/v1/webhooks/endpoints", query={"owner": owner, "page": page, "limit": limit, "cursor": cursor}))

    def webhooks_list_all(self, *, owner: str | None = None, limit: int | None = None) -> Iterator[models.Endpoint]:
        """List endpoints. Permission: `webhooks:write`. Reads page after page."""
        return self._all(lambda cursor: self.webhooks_list(owner=owner, limit=limit, cursor=cursor))

    def webhooks_create(self, body: models.CreateEndpoint) -> Reply[models.CreatedEndpoint]:
        """Create an endpoint. Permission: `webhooks:write`."""
        return self._data(Call("POST", "/api/v1/webhooks/endpoints", json=body))

    def webhooks_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.Endpoint]:
        """Read an endpoint. Permission: `webhooks:write`."""
        return self._data(Call("GET", f"/api/v1/webhooks/endpoints/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def webhooks_update(self, id: int, body: models.UpdateEndpoint, *, if_match: str | None = None) -> Reply[models.Endpoint]:
        """Change an endpoint. Permission: `webhooks:write`."""
        return self._data(Call("PUT", f"/api/v1/webhooks/endpoints/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def webhooks_patch(self, id: int, body: models.UpdateEndpoint, *, if_match: str | None = None) -> Reply[models.Endpoint]:
        """Change an endpoint. Permission: `webhooks:write`."""
        return self._data(Call("PATCH", f"/api/v1/webhooks/endpoints/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def webhooks_delete(self, id: int, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete an endpoint. Permission: `webhooks:write`."""
        return self._json(Call("DELETE", f"/api/v1/webhooks/endpoints/{segment(id)}", headers={"If-Match": if_match}))

    def webhooks_enable(self, id: int, body: models.EnableEndpoint, *, if_match: str | None = None) -> Reply[models.Endpoint]:
        """Enable an endpoint. Permission: `webhooks:write`."""
        return self._data(Call("POST", f"/api/v1/webhooks/endpoints/{segment(id)}/enable", headers={"If-Match": if_match}, json=body))

    def webhooks_disable(self, id: int, *, if_match: str | None = None) -> Reply[models.Endpoint]:
        """Disable an endpoint. Permission: `webhooks:write`."""
        return self._data(Call("POST", f"/api/v1/webhooks/endpoints/{segment(id)}/disable", headers={"If-Match": if_match}))

    def webhooks_rotate(self, id: int, body: models.RotateSecret) -> Reply[models.RotatedSecret]:
        """Give an endpoint another secret. Permission: `webhooks:write`."""
        return self._data(Call("POST", f"/api/v1/webhooks/endpoints/{segment(id)}/secret/rotate", json=body))

    def webhooks_test(self, id: int, body: models.TestEndpoint) -> Reply[models.DeliveryView]:
        """Test an endpoint. Permission: `webhooks:write`."""
        return self._data(Call("POST", f"/api/v1/webhooks/endpoints/{segment(id)}/test", json=body))

    def webhooks_replay(self, id: int, body: models.Replay) -> Reply[models.Replayed]:
        """Send events of the past again. Permission: `webhooks:write`."""
        return self._data(Call("POST", f"/api/v1/webhooks/endpoints/{segment(id)}/replay", json=body))

    def webhooks_deliveries(self, id: int, *, state: models.DeliveryState | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Delivery]:
        """List deliveries of an endpoint. Permission: `webhooks:write`."""
        return self._page(Call("GET", f"/api/v1/webhooks/endpoints/{segment(id)}/deliveries", query={"state": state, "page": page, "limit": limit, "cursor": cursor}))

    def webhooks_deliveries_all(self, id: int, *, state: models.DeliveryState | None = None, limit: int | None = None) -> Iterator[models.Delivery]:
        """List deliveries of an endpoint. Permission: `webhooks:write`. Reads page after page."""
        return self._all(lambda cursor: self.webhooks_deliveries(id, state=state, limit=limit, cursor=cursor))

    def webhooks_delivery(self, id: int) -> Reply[models.DeliveryView]:
        """Read a delivery. Permission: `webhooks:write`."""
        return self._data(Call("GET", f"/api/v1/webhooks/deliveries/{segment(id)}"))

    def webhooks_retry(self, id: int) -> Reply[models.DeliveryView]:
        """Retry a delivery. Permission: `webhooks:write`."""
        return self._data(Call("POST", f"/api/v1/webhooks/deliveries/{segment(id)}/retry"))

    def webhook_sources_list(self) -> Reply[list[models.Source]]:
        """List sources of webhooks. Permission: `webhooks:manage`."""
        return self._data(Call("GET", "/api/v1/admin/webhooks/sources"))

    def webhook_sources_read(self, source: str, *, if_none_match: str | None = None) -> Reply[models.Source]:
        """Read a source of webhooks. Permission: `webhooks:manage`."""
        return self._data(Call("GET", f"/api/v1/admin/webhooks/sources/{segment(source)}", headers={"If-None-Match": if_none_match}))

    def webhook_sources_put(self, source: str, body: models.PutSource, *, if_match: str | None = None) -> Reply[models.Source]:
        """Add or change a source of webhooks. Permission: `webhooks:manage`."""
        return self._data(Call("PUT", f"/api/v1/admin/webhooks/sources/{segment(source)}", headers={"If-Match": if_match}, json=body))

    def webhook_sources_update(self, source: str, body: models.PutSource, *, if_match: str | None = None) -> Reply[models.Source]:
        """Change a source of webhooks. Permission: `webhooks:manage`."""
        return self._data(Call("PATCH", f"/api/v1/admin/webhooks/sources/{segment(source)}", headers={"If-Match": if_match}, json=body))

    def webhook_sources_delete(self, source: str, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete a source of webhooks. Permission: `webhooks:manage`."""
        return self._json(Call("DELETE", f"/api/v1/admin/webhooks/sources/{segment(source)}", headers={"If-Match": if_match}))

    def webhook_events_list(self, *, source: str | None = None, type: str | None = None, state: models.InboundState | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Event]:
        """List events that other programs sent. Permission: `webhooks:manage`."""
        return self._page(Call("GET", "/api/v1/admin/webhooks/events", query={"source": source, "type": type, "state": state, "page": page, "limit": limit, "cursor": cursor}))

    def webhook_events_list_all(self, *, source: str | None = None, type: str | None = None, state: models.InboundState | None = None, limit: int | None = None) -> Iterator[models.Event]:
        """List events that other programs sent. Permission: `webhooks:manage`. Reads page after page."""
        return self._all(lambda cursor: self.webhook_events_list(source=source, type=type, state=state, limit=limit, cursor=cursor))

    def webhook_events_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.EventWithContent]:
        """Read an event that another program sent. Permission: `webhooks:manage`."""
        return self._data(Call("GET", f"/api/v1/admin/webhooks/events/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def webhook_events_retry(self, id: int) -> Reply[models.Event]:
        """Process an event again. Permission: `webhooks:manage`."""
        return self._data(Call("POST", f"/api/v1/admin/webhooks/events/{segment(id)}/retry"))

    def payments_list(self, *, provider: str | None = None, state: models.PaymentState | None = None, reference: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Payment]:
        """List payments. Permission: `webhooks:manage`."""
        return self._page(Call("GET", "/api/v1/admin/payments", query={"provider": provider, "state": state, "reference": reference, "page": page, "limit": limit, "cursor": cursor}))

    def payments_list_all(self, *, provider: str | None = None, state: models.PaymentState | None = None, reference: str | None = None, limit: int | None = None) -> Iterator[models.Payment]:
        """List payments. Permission: `webhooks:manage`. Reads page after page."""
        return self._all(lambda cursor: self.payments_list(provider=provider, state=state, reference=reference, limit=limit, cursor=cursor))

    def payments_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.Payment]:
        """Read a payment. Permission: `webhooks:manage`."""
        return self._data(Call("GET", f"/api/v1/admin/payments/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def webhooks_receive(self, source: str, body: bytes | str) -> Reply[models.Acceptance]:
        """Receive a webhook. Permission: `public`."""
        return self._data(Call("POST", f"/api/v1/webhooks/{segment(source)}", content=body, media_type="*/*"))

    def rooms_list(self, *, mine: bool | None = None, kind: str | None = None, q: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Room]:
        """List rooms. Permission: `chat:read`."""
        return self._page(Call("GET", "/api/v1/chat/rooms", query={"mine": mine, "kind": kind, "q": q, "page": page, "limit": limit, "cursor": cursor}))

    def rooms_list_all(self, *, mine: bool | None = None, kind: str | None = None, q: str | None = None, limit: int | None = None) -> Iterator[models.Room]:
        """List rooms. Permission: `chat:read`. Reads page after page."""
        return self._all(lambda cursor: self.rooms_list(mine=mine, kind=kind, q=q, limit=limit, cursor=cursor))

    def rooms_create(self, body: models.CreateRoom, *, idempotency_key: str | None = None) -> Reply[models.Room]:
        """Create a room. Permission: `chat:write`."""
        return self._data(Call("POST", "/api/v1/chat/rooms", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def rooms_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.Room]:
        """Read a room. Permission: `chat:read`."""
        return self._data(Call("GET", f"/api/v1/chat/rooms/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def rooms_update(self, id: int, body: models.UpdateRoom, *, if_match: str | None = None) -> Reply[models.Room]:
        """Change a room. Permission: `chat:write`."""
        return self._data(Call("PUT", f"/api/v1/chat/rooms/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def rooms_patch(self, id: int, body: models.UpdateRoom, *, if_match: str | None = None) -> Reply[models.Room]:
        """Change a room. Permission: `chat:write`."""
        return self._data(Call("PATCH", f"/api/v1/chat/rooms/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def rooms_delete(self, id: int, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete a room. Permission: `chat:write`."""
        return self._json(Call("DELETE", f"/api/v1/chat/rooms/{segment(id)}", headers={"If-Match": if_match}))

    def rooms_join(self, id: int) -> Reply[models.Room]:
        """Join a room. Permission: `chat:write`."""
        return self._data(Call("POST", f"/api/v1/chat/rooms/{segment(id)}/join"))

    def rooms_leave(self, id: int) -> Reply[models.Done]:
        """Leave a room. Permission: `chat:write`."""
        return self._json(Call("POST", f"/api/v1/chat/rooms/{segment(id)}/leave"))

    def rooms_members_list(self, id: int, *, state: str | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Member]:
        """List the members of a room. Permission: `chat:read`."""
        return self._page(Call("GET", f"/api/v1/chat/rooms/{segment(id)}/members", query={"state": state, "page": page, "limit": limit, "cursor": cursor}))

    def rooms_members_list_all(self, id: int, *, state: str | None = None, limit: int | None = None) -> Iterator[models.Member]:
        """List the members of a room. Permission: `chat:read`. Reads page after page."""
        return self._all(lambda cursor: self.rooms_members_list(id, state=state, limit=limit, cursor=cursor))

    def rooms_members_create(self, id: int, body: models.Invite, *, idempotency_key: str | None = None) -> Reply[models.Member]:
        """Take a person into a room. Permission: `chat:write`."""
        return self._data(Call("POST", f"/api/v1/chat/rooms/{segment(id)}/members", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def rooms_members_read(self, id: int, user_id: int, *, if_none_match: str | None = None) -> Reply[models.Member]:
        """Read a member of a room. Permission: `chat:read`."""
        return self._data(Call("GET", f"/api/v1/chat/rooms/{segment(id)}/members/{segment(user_id)}", headers={"If-None-Match": if_none_match}))

    def rooms_members_update(self, id: int, user_id: int, body: models.UpdateMember, *, if_match: str | None = None) -> Reply[models.Member]:
        """Change a member of a room. Permission: `chat:write`."""
        return self._data(Call("PUT", f"/api/v1/chat/rooms/{segment(id)}/members/{segment(user_id)}", headers={"If-Match": if_match}, json=body))

    def rooms_members_patch(self, id: int, user_id: int, body: models.UpdateMember, *, if_match: str | None = None) -> Reply[models.Member]:
        """Change a member of a room. Permission: `chat:write`."""
        return self._data(Call("PATCH", f"/api/v1/chat/rooms/{segment(id)}/members/{segment(user_id)}", headers={"If-Match": if_match}, json=body))

    def rooms_members_delete(self, id: int, user_id: int, *, if_match: str | None = None) -> Reply[models.Done]:
        """Remove a member from a room. Permission: `chat:write`."""
        return self._json(Call("DELETE", f"/api/v1/chat/rooms/{segment(id)}/members/{segment(user_id)}", headers={"If-Match": if_match}))

    def invitations_list(self, *, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Invitation]:
        """List your invitations. Permission: `chat:read`."""
        return self._page(Call("GET", "/api/v1/chat/invitations", query={"page": page, "limit": limit, "cursor": cursor}))

    def invitations_list_all(self, *, limit: int | None = None) -> Iterator[models.Invitation]:
        """List your invitations. Permission: `chat:read`. Reads page after page."""
        return self._all(lambda cursor: self.invitations_list(limit=limit, cursor=cursor))

    def rooms_invitations_list(self, id: int, *, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Invitation]:
        """List the invitations into a room. Permission: `chat:read`."""
        return self._page(Call("GET", f"/api/v1/chat/rooms/{segment(id)}/invitations", query={"page": page, "limit": limit, "cursor": cursor}))

    def rooms_invitations_list_all(self, id: int, *, limit: int | None = None) -> Iterator[models.Invitation]:
        """List the invitations into a room. Permission: `chat:read`. Reads page after page."""
        return self._all(lambda cursor: self.rooms_invitations_list(id, limit=limit, cursor=cursor))

    def rooms_invitations_create(self, id: int, body: models.Invite, *, idempotency_key: str | None = None) -> Reply[models.Invitation]:
        """Invite a person into a room. Permission: `chat:write`."""
        return self._data(Call("POST", f"/api/v1/chat/rooms/{segment(id)}/invitations", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def invitations_accept(self, id: int) -> Reply[models.Room]:
        """Accept an invitation. Permission: `chat:write`."""
        return self._data(Call("POST", f"/api/v1/chat/invitations/{segment(id)}/accept"))

    def invitations_decline(self, id: int) -> Reply[models.Done]:
        """Decline an invitation. Permission: `chat:write`."""
        return self._json(Call("POST", f"/api/v1/chat/invitations/{segment(id)}/decline"))

    def rooms_messages_list(self, room: str, *, limit: int | None = None, before: str | None = None, q: str | None = None) -> Page[models.Message]:
        """List the messages of a room. Permission: `chat:read`."""
        return self._page(Call("GET", f"/api/v1/chat/rooms/{segment(room)}/messages", query={"limit": limit, "before": before, "q": q}))

    def rooms_messages_create(self, room: str, body: models.SendMessage, *, idempotency_key: str | None = None) -> Reply[models.Message]:
        """Send a message to a room. Permission: `chat:write`."""
        return self._data(Call("POST", f"/api/v1/chat/rooms/{segment(room)}/messages", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def direct_messages_list(self, user_id: int, *, limit: int | None = None, before: str | None = None, q: str | None = None) -> Page[models.Message]:
        """List the messages of you and another person. Permission: `chat:read`."""
        return self._page(Call("GET", f"/api/v1/chat/dm/{segment(user_id)}", query={"limit": limit, "before": before, "q": q}))

    def direct_messages_create(self, user_id: int, body: models.SendMessage, *, idempotency_key: str | None = None) -> Reply[models.Message]:
        """Send a message to a person. Permission: `chat:write`."""
        return self._data(Call("POST", f"/api/v1/chat/dm/{segment(user_id)}", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def messages_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.Message]:
        """Read a message. Permission: `chat:read`."""
        return self._data(Call("GET", f"/api/v1/chat/messages/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def messages_update(self, id: int, body: models.EditMessage, *, if_match: str | None = None) -> Reply[models.Message]:
        """Change a message. Permission: `chat:write`."""
        return self._data(Call("PUT", f"/api/v1/chat/messages/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def messages_patch(self, id: int, body: models.EditMessage, *, if_match: str | None = None) -> Reply[models.Message]:
        """Change a message. Permission: `chat:write`."""
        return self._data(Call("PATCH", f"/api/v1/chat/messages/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def messages_delete(self, id: int, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete a message. Permission: `chat:write`."""
        return self._json(Call("DELETE", f"/api/v1/chat/messages/{segment(id)}", headers={"If-Match": if_match}))

    def messages_react(self, id: int, emoji: str) -> Reply[models.Message]:
        """React to a message. Permission: `chat:write`."""
        return self._data(Call("PUT", f"/api/v1/chat/messages/{segment(id)}/reactions/{segment(emoji)}"))

    def messages_unreact(self, id: int, emoji: str) -> Reply[models.Message]:
        """Take a reaction back. Permission: `chat:write`."""
        return self._data(Call("DELETE", f"/api/v1/chat/messages/{segment(id)}/reactions/{segment(emoji)}"))

    def rooms_mark_read(self, id: int, body: models.MarkRead) -> Reply[models.ReadMarker]:
        """Say how far you have read a room. Permission: `chat:read`."""
        return self._data(Call("PUT", f"/api/v1/chat/rooms/{segment(id)}/read", json=body))

    def rooms_mark_read_patch(self, id: int, body: models.MarkRead) -> Reply[models.ReadMarker]:
        """Say how far you have read a room. Permission: `chat:read`."""
        return self._data(Call("PATCH", f"/api/v1/chat/rooms/{segment(id)}/read", json=body))

    def chat_unread(self) -> Reply[models.Unread]:
        """Count what you have not read. Permission: `chat:read`."""
        return self._data(Call("GET", "/api/v1/chat/unread"))

    def rooms_log(self, id: int, *, after: str | None = None, limit: int | None = None) -> Reply[models.RoomLog]:
        """Read what you missed in a room. Permission: `chat:read`."""
        return self._data(Call("GET", f"/api/v1/chat/rooms/{segment(id)}/log", query={"after": after, "limit": limit}))

    def rooms_export(self, id: int) -> Reply[list[models.Message]]:
        """Export a room. Permission: `chat:read`."""
        return self._json(Call("GET", f"/api/v1/chat/rooms/{segment(id)}/export"))

    def chat_blocks(self, *, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Block]:
        """List whom you have blocked. Permission: `chat:read`."""
        return self._page(Call("GET", "/api/v1/chat/blocks", query={"page": page, "limit": limit, "cursor": cursor}))

    def chat_blocks_all(self, *, limit: int | None = None) -> Iterator[models.Block]:
        """List whom you have blocked. Permission: `chat:read`. Reads page after page."""
        return self._all(lambda cursor: self.chat_blocks(limit=limit, cursor=cursor))

    def users_block(self, id: int) -> Reply[models.Done]:
        """Block a person. Permission: `chat:write`."""
        return self._json(Call("PUT", f"/api/v1/users/{segment(id)}/block"))

    def users_unblock(self, id: int) -> Reply[models.Done]:
        """Take a block back. Permission: `chat:write`."""
        return self._json(Call("DELETE", f"/api/v1/users/{segment(id)}/block"))

    def chat_socket(self, *, ticket: str | None = None, token: str | None = None) -> Reply[None]:
        """Open the socket of the chat. Permission: `chat:read`."""
        return self._none(Call("GET", "/api/v1/chat/ws", query={"ticket": ticket, "token": token}))

    def monitoring_series(self) -> Reply[list[models.Series]]:
        """List series. Permission: `monitoring:read`."""
        return self._data(Call("GET", "/api/v1/monitoring/series"))

    def monitoring_metrics(self, *, from_: str | None = None, to: str | None = None, step: int | None = None, series: str | None = None) -> Reply[models.Metrics]:
        """Read what series did. Permission: `monitoring:read`."""
        return self._data(Call("GET", "/api/v1/monitoring/metrics", query={"from": from_, "to": to, "step": step, "series": series}))

    def monitoring_export(self, *, format: str | None = None, from_: str | None = None, to: str | None = None, step: int | None = None, series: str | None = None) -> Reply[bytes]:
        """Export what series did. Permission: `monitoring:read`."""
        return self._bytes(Call("GET", "/api/v1/monitoring/export", query={"format": format, "from": from_, "to": to, "step": step, "series": series}))

    def monitoring_rules_list(self, *, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Rule]:
        """List rules. Permission: `monitoring:read`."""
        return self._page(Call("GET", "/api/v1/monitoring/rules", query={"page": page, "limit": limit, "cursor": cursor}))

    def monitoring_rules_list_all(self, *, limit: int | None = None) -> Iterator[models.Rule]:
        """List rules. Permission: `monitoring:read`. Reads page after page."""
        return self._all(lambda cursor: self.monitoring_rules_list(limit=limit, cursor=cursor))

    def monitoring_rules_create(self, body: models.CreateRule, *, idempotency_key: str | None = None) -> Reply[models.Rule]:
        """Create a rule. Permission: `monitoring:manage`."""
        return self._data(Call("POST", "/api/v1/monitoring/rules", headers={"Idempotency-Key": idempotency_key}, json=body, keyed=True))

    def monitoring_rules_read(self, id: int, *, if_none_match: str | None = None) -> Reply[models.Rule]:
        """Read a rule. Permission: `monitoring:read`."""
        return self._data(Call("GET", f"/api/v1/monitoring/rules/{segment(id)}", headers={"If-None-Match": if_none_match}))

    def monitoring_rules_update(self, id: int, body: models.UpdateRule, *, if_match: str | None = None) -> Reply[models.Rule]:
        """Change a rule. Permission: `monitoring:manage`."""
        return self._data(Call("PUT", f"/api/v1/monitoring/rules/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def monitoring_rules_patch(self, id: int, body: models.UpdateRule, *, if_match: str | None = None) -> Reply[models.Rule]:
        """Change a rule. Permission: `monitoring:manage`."""
        return self._data(Call("PATCH", f"/api/v1/monitoring/rules/{segment(id)}", headers={"If-Match": if_match}, json=body))

    def monitoring_rules_delete(self, id: int, *, if_match: str | None = None) -> Reply[models.Done]:
        """Delete a rule. Permission: `monitoring:manage`."""
        return self._json(Call("DELETE", f"/api/v1/monitoring/rules/{segment(id)}", headers={"If-Match": if_match}))

    def monitoring_alerts(self, *, state: models.AlertState | None = None, severity: models.Severity | None = None, page: int | None = None, limit: int | None = None, cursor: str | None = None) -> Page[models.Alert]:
        """List alerts. Permission: `monitoring:read`."""
        return self._page(Call("GET", "/api/v1/monitoring/alerts", query={"state": state, "severity": severity, "page": page, "limit": limit, "cursor": cursor}))

    def monitoring_alerts_all(self, *, state: models.AlertState | None = None, severity: models.Severity | None = None, limit: int | None = None) -> Iterator[models.Alert]:
        """List alerts. Permission: `monitoring:read`. Reads page after page."""
        return self._all(lambda cursor: self.monitoring_alerts(state=state, severity=severity, limit=limit, cursor=cursor))

    def monitoring_alerts_ack(self, id: int) -> Reply[models.Alert]:
        """Acknowledge an alert. Permission: `monitoring:manage`."""
        return self._data(Call("POST", f"/api/v1/monitoring/alerts/{segment(id)}/ack"))

    def monitoring_alerts_silence(self, id: int, body: models.Silence) -> Reply[models.Alert]:
        """Silence an alert. Permission: `monitoring:manage`."""
        return self._data(Call("POST", f"/api/v1/monitoring/alerts/{segment(id)}/silence", json=body))

    def monitoring_socket(self, *, ticket: str | None = None, token: str | None = None) -> Reply[None]:
        """Follow what is measured. Permission: `monitoring:read`."""
        return self._none(Call("GET", "/api/v1/monitoring/ws", query={"ticket": ticket, "token": token}))

    def health(self) -> Reply[models.Health]:
        """Whether the process is alive. Permission: `public`."""
        return self._json(Call("GET", "/health"))

    def ready(self) -> Reply[models.Readiness]:
        """Whether the process can serve. Permission: `public`."""
        return self._json(Call("GET", "/ready"))

    def metrics(self) -> Reply[str]:
        """The metrics. Permission: `public`."""
        return self._text(Call("GET", "/metrics"))
