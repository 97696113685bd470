"""The control API under /_sandbox/: what a test, or a person, does from outside.

JSON in, JSON out. `key` (an API key or an account id) names the account; without it the whole
sandbox is meant. One method for each address; its docstring says what it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import keys
from .account import Account, public
from .api import Api
from .delivery import Delivery
from .errors import ApiError
from .faults import Fault
from .resources import balance, disputes, refunds, settling
from .schema import check_object
from .store import EVERYWHERE, Object

_READING = ("bad", "books", "log", "quiet", "requests")
MODES = ("normal", "duplicate", "reorder", "drop", "hold")


class Control:
    def __init__(self, api: Api, delivery: Delivery) -> None:
        self.api = api
        self.store = api.store
        self.delivery = delivery

    @property
    def names(self) -> list[str]:
        return [name[3:] for name in dir(self) if name.startswith("do_")]

    def handle(self, method: str, path: str, given: dict[str, Any]) -> Any:
        """The answer to a request. Raises ApiError."""
        name = path.removeprefix("/_sandbox/").strip("/")
        action: Callable[[dict[str, Any]], Any] | None = getattr(self, f"do_{name}", None)
        if action is None:
            raise ApiError(404, f"No such control: {name}. There are: {', '.join(self.names)}.")
        if method != "POST" and name not in _READING:
            raise ApiError(405, f"Post it: {name} changes something.")
        try:
            answer = action(given)
        except KeyError as missing:
            raise ApiError(400, f"Missing: {missing}") from missing
        self.delivery.wake()
        return answer

    def do_deliver(self, given: dict[str, Any]) -> Any:
        """mode: normal, duplicate, reorder, drop or hold."""
        if given["mode"] not in MODES:
            raise ApiError(400, f"No such mode. There are: {', '.join(MODES)}.")
        self.store.set_setting(self._account(given) or EVERYWHERE, "delivery_mode", given["mode"])
        return {"mode": given["mode"]}

    def do_flush(self, given: dict[str, Any]) -> Any:
        """Send what hold and reorder kept back."""
        return {"released": self.delivery.release(self._account(given))}

    def do_take(self, given: dict[str, Any]) -> Any:
        """The held deliveries as signed requests, for a test that posts them itself."""
        return self.delivery.take(self._account(given))

    def do_quiet(self, given: dict[str, Any]) -> Any:
        """Wait up to `timeout` seconds until nothing is left to send."""
        return {
            "waiting": self.delivery.wait_until_quiet(self._account(given), float(given.get("timeout", 10)))
        }

    def do_log(self, given: dict[str, Any]) -> Any:
        """Every attempt to deliver, oldest first."""
        name = self._account(given)
        sql = "SELECT * FROM delivery_log WHERE (? IS NULL OR account = ?) ORDER BY id"
        return [dict(row) for row in self.store.rows(sql, name, name)]

    def do_resend(self, given: dict[str, Any]) -> Any:
        """event: send it again."""
        account, event = self._find(given["event"], "event")
        return {"queued": self.delivery.resend(account.name, event["id"])}

    def do_requests(self, given: dict[str, Any]) -> Any:
        """The latest API requests, oldest first."""
        name = self._account(given)
        return [entry for entry in list(self.api.requests) if name in (None, entry.get("account"))]

    def do_fail(self, given: dict[str, Any]) -> Any:
        """The next `count` requests fail; see `faults.Fault` for the other fields."""
        fields = {name: value for name, value in given.items() if name != "key"}
        if fields.get("how", "error") not in ("error", "disconnect", "timeout"):
            raise ApiError(400, "how: error, disconnect or timeout.")
        try:
            self.api.faults.add(Fault(self._account(given), **fields))
        except TypeError as error:
            raise ApiError(400, str(error)) from error
        return {}

    def do_recover(self, given: dict[str, Any]) -> Any:
        """No more faults, no more latency."""
        self.api.faults.clear(self._account(given))
        return {}

    def do_latency(self, given: dict[str, Any]) -> Any:
        """Seconds that every API request takes."""
        self.api.faults.set_latency(self._account(given), float(given["seconds"]))
        return {}

    def do_clock(self, given: dict[str, Any]) -> Any:
        """Advance (seconds), or at (seconds since 1970), or reset: true. Answers the time."""
        clock = self.store.clock
        with self.store.transaction():
            if given.get("reset"):
                self.store.move_clock(0.0)
            elif "at" in given:
                self.store.move_clock(clock.offset + float(given["at"]) - clock.time())
            elif "advance" in given:
                self.store.move_clock(clock.offset + float(given["advance"]))
        return {"now": clock.now()}

    def do_revoke(self, given: dict[str, Any]) -> Any:
        """key: refused from now on (`undo`: accepted again)."""
        key = keys.parse_key(given["key"])
        revoked = set(self.store.setting(key.account, "revoked_keys", []))
        revoked = (
            revoked - {keys.fingerprint(key.text)}
            if given.get("undo")
            else revoked | {keys.fingerprint(key.text)}
        )
        self.store.set_setting(key.account, "revoked_keys", sorted(revoked))
        return {}

    def do_rights(self, given: dict[str, Any]) -> Any:
        """Key (restricted), without: the permissions it lacks."""
        key = keys.parse_key(given["key"])
        self.store.set_setting(key.account, f"rights_missing_{keys.fingerprint(key.text)}", given["without"])
        return {}

    def do_account(self, given: dict[str, Any]) -> Any:
        """business_name, payment_method_types: what the account is called and offers."""
        for name in ("business_name", "payment_method_types"):
            if name in given:
                self.store.set_setting(self._account(given) or EVERYWHERE, name, given[name])
        return {}

    def do_settle(self, given: dict[str, Any]) -> Any:
        """Id of a processing payment intent or a pending refund: it succeeds (`passed`: false: it fails)."""
        passed = bool(given.get("passed", True))
        with self.store.transaction():
            account, thing = self._find(given["id"], "payment_intent", "refund", "checkout.session")
            if thing["object"] == "checkout.session":
                thing = account.get("payment_intent", thing["payment_intent"])
            if thing["object"] == "payment_intent":
                settling.settle(account, thing, passed=passed)
            elif passed:
                refunds.settle(account, thing)
            else:
                refunds.fail(account, thing)
            return self._checked(account, thing)

    def do_refund(self, given: dict[str, Any]) -> Any:
        """Id of a payment intent, charge or session; amount in pence: refunded from the dashboard."""
        with self.store.transaction():
            account, charge = self._charge(given["id"])
            made = refunds.give_back(account, charge, amount=given.get("amount"), reason=given.get("reason"))
            return self._checked(account, made)

    def do_dispute(self, given: dict[str, Any]) -> Any:
        """Id of a payment intent, charge or session: the payer disputes it (amount, reason, inquiry)."""
        with self.store.transaction():
            account, charge = self._charge(given["id"])
            extra = {name: given[name] for name in ("amount", "reason", "inquiry") if name in given}
            return self._checked(account, disputes.open_dispute(account, charge, **extra))

    def do_close_dispute(self, given: dict[str, Any]) -> Any:
        """Id of a dispute; won: true or false."""
        with self.store.transaction():
            account, dispute = self._find(given["id"], "dispute")
            return self._checked(account, disputes.decide(account, dispute, won=bool(given["won"])))

    def do_books(self, given: dict[str, Any]) -> Any:
        """What went through an account: payments, refunds, disputes, fees."""
        return balance.books(self.api.account(self._needed_account(given)))

    def do_reset(self, given: dict[str, Any]) -> Any:
        """Forget an account."""
        with self.store.transaction():
            self.store.reset(self._needed_account(given))
        return {}

    def do_bad(self, _given: dict[str, Any]) -> Any:
        """Answers and events that were not as the SDK's types describe them."""
        return self.store.findings()

    def _account(self, given: dict[str, Any]) -> str | None:
        text = given.get("key")
        if not text:
            return None
        return f"{text}/test" if str(text).startswith("acct_") else keys.parse_key(str(text)).account

    def _needed_account(self, given: dict[str, Any]) -> str:
        name = self._account(given)
        if name is None:
            raise ApiError(400, "Missing: key")
        return name

    def _find(self, identifier: str, *kinds: str) -> tuple[Account, Object]:
        found = self.store.find(identifier)
        if found is None or found[1]["object"] not in kinds:
            raise ApiError(404, f"No such {' or '.join(kinds)}: {identifier}")
        return self.api.account(found[0]), found[1]

    def _charge(self, identifier: str) -> tuple[Account, Object]:
        account, thing = self._find(identifier, "charge", "payment_intent", "checkout.session")
        if thing["object"] == "checkout.session":
            thing = account.get("payment_intent", thing["payment_intent"])
        return account, account.get("charge", thing["latest_charge"]) if thing[
            "object"
        ] != "charge" else thing

    def _checked(self, account: Account, thing: Object) -> Object:
        self.store.add_findings("control", check_object(public(thing)))
        self.api.check_events(account, "control")
        return public(thing)
