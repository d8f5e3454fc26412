"""One error shape for every door: a stable code, what happened, where, and what to do about it."""

from __future__ import annotations


class AisleError(Exception):
    """Base of every error a user can meet.

    ``code`` is stable and machine-readable, ``field`` names the offending input (a dotted path, a column, a file) and
    ``hint`` says what to do. ``status`` is the HTTP status the API answers with.
    """

    code = "error"
    status = 500

    def __init__(self, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.hint = hint

    def as_dict(self) -> dict[str, object]:
        """The body of the API's error answer: ``{"error": {"code", "message", "field", "hint"}}``."""
        return {"error": {"code": self.code, "message": self.message, "field": self.field, "hint": self.hint}}


class InvalidRequest(AisleError):
    """The request can't be understood as it stands."""

    code = "invalid_request"
    status = 422


class InvalidMedia(AisleError):
    """A picture (or other medium) is broken, hostile, too large or of a kind that isn't accepted."""

    code = "invalid_media"
    status = 422


class InvalidFeed(AisleError):
    """A catalog feed can't be read at all (a bad row is quarantined instead)."""

    code = "invalid_feed"
    status = 422


class FetchRefused(AisleError):
    """A URL was not fetched: it points inside the network, redirects too often, is too large or too slow."""

    code = "fetch_refused"
    status = 422


class Unauthorized(AisleError):
    """No key, or a key that isn't valid."""

    code = "unauthorized"
    status = 401


class Forbidden(AisleError):
    """The key is valid and lacks the scope."""

    code = "forbidden"
    status = 403


class NotFound(AisleError):
    """No such product, task, store or page."""

    code = "not_found"
    status = 404


class Conflict(AisleError):
    """Doing this would harm what is there; ``hint`` says how to insist."""

    code = "conflict"
    status = 409


class TooLarge(AisleError):
    """The body or a part of it is over a stated limit."""

    code = "too_large"
    status = 413


class RateLimited(AisleError):
    """Too many requests from one client; ``retry_after`` is in seconds."""

    code = "rate_limited"
    status = 429

    def __init__(self, message: str, *, retry_after: float, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, field=field, hint=hint)
        self.retry_after = retry_after


class StoreCorrupt(AisleError):
    """The store or a view of it can't be read; ``aisle store check`` tells more."""

    code = "store_corrupt"
    status = 500


class StoreBusy(Conflict):
    """Another process writes to the store and has kept it to itself for longer than one waits."""
