"""A made chain, as the API would tell of it: blocks, processes, members, validators; always the same."""

import hashlib
from functools import cache
from random import Random
from typing import Any

Document = dict[str, Any]

SLOT_MS = 5_000
PERIOD_S = 900
BEGIN_MS = 1_792_800_000_000
"""2026-10-24, 00:00 UTC."""
VALIDATORS = ("Hillside Cooperative", "Mill Creek Energy", "Northern Grid Operator", "Public Auditor")
PARKS = ("Park Elm", "Park Birch", "Park Ash")
OTHERS = (
    ("Shared Storage", ["storage"]),
    ("Regional Grid", ["grid"]),
    ("Market Platform", ["eno"]),
    *((f"Meter of {park}", ["meter"]) for park in PARKS),
    ("Meter of the storage", ["meter"]),
)
CONTRACTS = ("membership", "metering", "sharing", "dispatch", "community", "pool", "capacity", "response")


@cache
def digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def address(name: str) -> str:
    return f"gq1{digest('address', name)[:38]}"


@cache
def made_block(height: int) -> Document:
    chance = Random(height)
    late = chance.random() < 0.06
    signers = [address(name) for name in VALIDATORS]
    if chance.random() < 0.1:
        signers.pop(chance.randrange(4))
    count = chance.choice((0, 1, 1, 2, 4, 9))
    return {
        "height": height,
        "hash": digest("block", height),
        "time_ms": BEGIN_MS + height * SLOT_MS,
        "slot": (BEGIN_MS // SLOT_MS) + height,
        "period": (BEGIN_MS // 1_000 + height * 5) // PERIOD_S,
        "round": int(late),
        "proposer": address(VALIDATORS[(height + late) % 4]),
        "signers": signers,
        "committee": 4,
        "transactions": count,
        "failed": int(count > 4 and chance.random() < 0.3),
        "bytes": 900 + 1_400 * count,
        "steps": 420 * count,
    }


class Chain:
    """Documents of a chain of `head` blocks. `called` gives names to what people name."""

    def __init__(self, head: int = 1_283, called: Any = lambda name: name) -> None:
        self.head = head
        self.called = called
        self.roles = {name: ["validator"] for name in VALIDATORS}
        self.roles |= {park: ["microgrid"] for park in PARKS} | dict(OTHERS)

    @property
    def time_ms(self) -> int:
        return BEGIN_MS + self.head * SLOT_MS

    @property
    def period(self) -> int:
        return self.time_ms // 1_000 // PERIOD_S

    def member(self, name: str) -> Document:
        roles = self.roles[name]
        return {
            "address": address(name),
            "name": self.called(name),
            "organisation": self.called(f"{name} Ltd"),
            "roles": roles,
            "standing": "good",
            "is_validator": "validator" in roles,
        }

    def members(self) -> list[Document]:
        return [self.member(name) for name in self.roles]

    def block(self, height: int) -> Document:
        return made_block(height)

    def blocks(self, before: int, limit: int, proposer: str = "") -> list[Document]:
        found = (self.block(height) for height in range(before - 1, 0, -1))
        kept = (block for block in found if not proposer or block["proposer"] == proposer)
        return [block for block, _ in zip(kept, range(limit), strict=False)]

    def transaction(self, height: int, position: int) -> Document:
        chance = Random(f"{height}/{position}")
        action, stage = chance.choice(
            (
                ("submit_reading", "V"),
                ("trigger", "T"),
                ("submit_plan", "D"),
                ("settle", "A"),
                ("share", None),
            )
        )
        is_ok = chance.random() > 0.1
        return {
            "tx_id": digest("tx", height, position),
            "height": height,
            "position": position,
            "time_ms": BEGIN_MS + height * SLOT_MS,
            "contract": "sharing" if stage is None else "dispatch",
            "action": action,
            "stage": stage,
            "sender": address(chance.choice(PARKS)),
            "ok": is_ok,
            "error": None if is_ok else "ReadingTooLate",
            "process": digest("process", height // 300) if stage else None,
        }

    def transactions(self, before: int, limit: int) -> list[Document]:
        found = (
            self.transaction(height, position)
            for height in range(before - 1, 0, -1)
            for position in range(self.block(height)["transactions"])
        )
        return [item for item, _ in zip(found, range(limit), strict=False)]

    def full_block(self, height: int) -> Document:
        block = self.block(height)
        receipts = [self.receipt(self.transaction(height, n)) for n in range(block["transactions"])]
        return {
            "header": {
                "hash": block["hash"],
                "version": 1,
                "chain": digest("genesis"),
                "height": height,
                "slot": block["slot"],
                "parent": digest("block", height - 1),
                "transaction_count": block["transactions"],
                "transactions_root": digest("root", height),
                "receipts_root": digest("receipts", height),
                "state_root": digest("state", height),
                "committee": digest("committee"),
                "next_committee": digest("committee"),
                "round": block["round"],
                "proposer": block["proposer"],
            },
            "seals": {"round": block["round"], "members": list(range(len(block["signers"])))},
            "receipts": receipts,
            "slot_events": [
                {
                    "contract": "dispatch",
                    "name": "phase_changed",
                    "fields": {"day": 20750, "after": "running"},
                }
            ],
        }

    def receipt(self, item: Document) -> Document:
        fields = {"meter": item["sender"], "buy_wh": 12_500, "note": self.called("a note")}
        told = [{"contract": item["contract"], "name": "reading_accepted", "fields": fields}]
        return {
            "tx_id": item["tx_id"],
            "ok": item["ok"],
            "error": item["error"] or "",
            "steps": 420,
            "events": told if item["ok"] else [],
        }

    def found_transaction(self, tx_id: str) -> Document | None:
        items = self.transactions(self.head + 1, 400)
        item = next((item for item in items if item["tx_id"] == tx_id), None)
        if item is None:
            return None
        return {
            "status": "final",
            "height": item["height"],
            "position": item["position"],
            "transaction": {
                "tx_id": tx_id,
                "contract": item["contract"],
                "action": item["action"],
                "arguments": self.arguments(item["action"]),
                "stage": item["stage"],
                "links": [digest("trigger", item["process"])] if item["stage"] not in (None, "T") else [],
                "sender": item["sender"],
                "sequence": 12,
                "valid_until": item["height"] + 100,
            },
            "receipt": self.receipt(item),
        }

    def arguments(self, action: str) -> Document:
        if action == "submit_reading":
            values = {"buy_wh": 8_420, "sell_wh": 0, "generation_wh": 15_310, "load_wh": 23_730}
            return {"period": self.period, "meter": address("Meter of Park Elm"), "reading": values}
        if action == "submit_plan":
            sites = [{"site": self.called("park 1"), "buy_wh": [1_200] * 40, "charge_wh": [0] * 40}]
            return {"day": 20_750, "cost_nano": 18_421_337_000_000, "sites": sites}
        if action == "settle":
            return {"day": 20_750, "amount_micro": 18_421_337, "commitment": 2**200 + 12_345}
        return {"day": 20_750, "cause": "daily", "reason": self.called("the stated time has come")}

    def process(self, number: int) -> Document:
        settled = number < self.head // 300
        opened = max(1, number * 300)
        return {
            "process": digest("process", number),
            "contract": "dispatch" if number % 2 == 0 else "community",
            "label": self.called(f"Day 2026-10-{20 + number:02d}"),
            "opened_height": opened,
            "opened_ms": BEGIN_MS + opened * SLOT_MS,
            "last_height": min(self.head, opened + 290),
            "stage": "A" if settled else "V",
            "is_settled": settled,
            "triggers": 2,
            "dispatches": 2,
            "verifications": 384 if settled else 120,
            "accountings": int(settled),
        }

    def processes(self) -> list[Document]:
        return [self.process(number) for number in range(self.head // 300, -1, -1)]

    def lanes(self, number: int) -> Document:
        process = self.process(number)
        trigger, again = digest("trigger", number), digest("again", number)
        plan, better = digest("plan", number), digest("better", number)
        readings = min(200, process["verifications"])
        return {
            **process,
            "lanes": {
                "T": [
                    self.step(trigger, "trigger", number, []),
                    self.step(again, "trigger", number, [trigger]),
                ],
                "D": [
                    self.step(plan, "submit_plan", number, [trigger], elided=["certificate"]),
                    self.step(better, "submit_plan", number, [again], elided=["certificate"]),
                ],
                "V": [
                    self.step(digest("v", number, n), "submit_reading", number, [better], late=n, ok=n != 5)
                    for n in range(readings)
                ],
                "A": [self.step(digest("a", number), "settle", number, [better])]
                if process["is_settled"]
                else [],
            },
        }

    def step(
        self,
        tx_id: str,
        action: str,
        number: int,
        links: list[str],
        late: int = 0,
        ok: bool = True,
        elided: list[str] | None = None,
    ) -> Document:
        height = max(1, number * 300) + late
        return {
            "tx_id": tx_id,
            "height": height,
            "position": 0,
            "time_ms": BEGIN_MS + height * SLOT_MS,
            "action": action,
            "sender": address(PARKS[late % 3]),
            "ok": ok,
            "error": None if ok else "ReadingTooLate",
            "links": links,
            "arguments": self.arguments(action),
            "elided": elided or [],
        }

    def attendance(self, first: int, last: int, columns: int) -> Document:
        last = min(last, self.head)
        width = -(-(last - first + 1) // columns)
        starts = range(first, last + 1, width)
        groups = [[self.block(h) for h in range(s, min(last, s + width - 1) + 1)] for s in starts]
        seats = [address(name) for name in VALIDATORS]
        return {
            "validators": [{"address": address(name), "name": self.called(name)} for name in VALIDATORS],
            "columns": [
                {
                    "first": group[0]["height"],
                    "last": group[-1]["height"],
                    "late": sum(block["round"] > 0 for block in group),
                    "rounds": sum(block["round"] for block in group),
                }
                for group in groups
            ],
            "blocks": [len(group) for group in groups],
            "signed": [[sum(seat in b["signers"] for b in group) for group in groups] for seat in seats],
            "proposed": [[sum(seat == b["proposer"] for b in group) for group in groups] for seat in seats],
        }
