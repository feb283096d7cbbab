"""The client: every operation of the API, with sign-in and what keeps it signed in."""

from __future__ import annotations

from types import TracebackType

from . import errors, models
from .transport import Call
from .uploads import Uploads


class Client(Uploads):
    """A connection to a server. Use it as a context manager, or call `close`."""

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections; the session stays."""
        self._http.close()

    def login(self, password: str, *, email: str | None = None, username: str | None = None) -> models.Tokens:
        """Signs in, and stays signed in: an access token that has expired is replaced.

        Raises `SecondFactorNeeded` for an account with a second factor.
        """
        body: models.Login = {"password": password}
        if email is not None:
            body["email"] = email
        if username is not None:
            body["username"] = username
        answer = self._data(Call("POST", "/api/v1/auth/login", json=body, anonymous=True)).data
        if "mfa_token" in answer:
            raise errors.SecondFactorNeeded(answer["mfa_token"])
        tokens: models.Tokens = answer
        self._set_tokens(tokens)
        return tokens

    def verify_second_factor(self, mfa_token: str, code: str) -> models.Tokens:
        """Completes a sign-in with a code of the device, or a recovery code."""
        body: models.VerifySecondFactor = {"mfa_token": mfa_token, "code": code}
        tokens: models.Tokens = self._data(
            Call("POST", "/api/v1/auth/2fa/verify", json=body, anonymous=True)
        ).data
        self._set_tokens(tokens)
        return tokens

    def logout(self) -> None:
        """Ends the session on the server and forgets its tokens."""
        self.auth_logout()
        self._set_tokens(None)
