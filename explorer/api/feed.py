"""The feed: looks what is new in the index, and gives it to everybody who has subscribed."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Final

import structlog

from explorer.api.access import LOCAL
from explorer.api.models.base import AsOf
from explorer.api.news import Message, gap, news, text_of
from explorer.api.problems import Problem
from explorer.api.source import Source
from explorer.api.view import Views
from explorer.index.errors import IndexFault

POLL_S: Final = 0.25
STATUS_S: Final = 10.0
"""A status is told when it changes, and at least so often."""
RESUME_MAX: Final = 1_000
"""Blocks that are told to who comes back; whoever was away for longer asks for lists."""
PART_BLOCKS: Final = 100
PARTS_MAX: Final = 32
QUEUE_MAX: Final = 512
"""Messages that wait for one subscriber; whoever does not read them is dropped."""

log = structlog.get_logger("api")


class Resume:
    """In a subscriber's queue: here belongs what it has missed."""

    def __init__(self, after: int, to: int) -> None:
        self.after = after
        self.to = to


class Subscriber:
    """Who is told. `is_late` once it has not read for too long: it is told nothing more."""

    def __init__(self) -> None:
        self.topics: frozenset[str] = frozenset()
        self.after: int | None = None
        """From which height on it has missed what it is yet to be told; None where it knows."""
        self.queue: asyncio.Queue[str | Resume] = asyncio.Queue(QUEUE_MAX)
        self.late = asyncio.Event()

    def offer(self, item: str | Resume) -> None:
        """Put it behind what waits already."""
        try:
            self.queue.put_nowait(item)
        except asyncio.QueueFull:
            self.late.set()


class Feed:
    """All subscribers of one application."""

    def __init__(self, source: Source, views: Views) -> None:
        self._source = source
        self._views = views
        self._missing = asyncio.Lock()
        self._height: int | None = None
        """Up to which everything was told; None while nobody listens."""
        self._age: AsOf | None = None
        """At the last look."""
        self._parts: OrderedDict[tuple[int, int], list[Message]] = OrderedDict()
        """What was missed lately: after a restart everybody has missed the same."""
        self._status = ""
        """As it was told last."""
        self._told: tuple[object, ...] = ()
        self._told_at_s = 0.0
        self.subscribers: set[Subscriber] = set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(POLL_S)
            try:
                if self.subscribers:
                    await self._step()
                else:
                    self._height, self._status, self._told = None, "", ()
            except Exception as error:
                log.error("the feed cannot go on for now", reason=str(error))

    async def join(self, subscriber: Subscriber) -> None:
        """Tell it from now on; first how old what it sees is."""
        self.subscribers.add(subscriber)
        if self._height is None:
            self._age, _ = await self._read(None)
            self._reach(self._age)
        subscriber.offer(text_of("hello", as_of=self._age and self._age.model_dump()))

    def subscribe(self, subscriber: Subscriber, topics: frozenset[str], after: int | None) -> None:
        """Tell it of these topics, and of what came after a height."""
        subscriber.topics = topics
        if "status" in topics and self._status:
            subscriber.offer(self._status)
        subscriber.after = after
        if self._height is not None:
            _resume(subscriber, self._height)

    async def missed(self, resume: Resume, topics: frozenset[str]) -> AsyncIterator[str]:
        """What somebody missed, or that it was too much."""
        if resume.to - resume.after > RESUME_MAX:
            yield gap(resume.after, resume.to)
            return
        for after in range(resume.after, resume.to, PART_BLOCKS):
            part = await self._part(after, min(resume.to, after + PART_BLOCKS))
            if part is None:
                yield gap(after, resume.to)
                return
            for message in part:
                if message.topic in topics:
                    yield message.text

    async def _part(self, after: int, to: int) -> list[Message] | None:
        """None if not all of it can be read now."""
        key = after, to
        async with self._missing:
            # One at a time: a vote is not to wait for a thousand pages that come back at once.
            await asyncio.sleep(0)
            if key not in self._parts:
                age, found = await self._read(after, to)
                if age is None or age.height < to:
                    return None
                self._parts[key] = found
            self._parts.move_to_end(key)
            if len(self._parts) > PARTS_MAX:
                self._parts.popitem(last=False)
            return self._parts[key]

    async def _step(self) -> None:
        after = self._height
        if after is not None:
            for subscriber in self.subscribers:
                _resume(subscriber, after)
        age, messages = await self._read(after)
        self._age = age
        is_far = age is not None and after is not None and age.height - after > RESUME_MAX
        if age is not None and after is not None and (is_far or len(messages) > QUEUE_MAX // 4):
            # As to who comes back: it is sent as fast as each reads, and waits in no queue.
            for subscriber in self.subscribers:
                subscriber.offer(Resume(after, age.height))
        else:
            for message in messages:
                self._tell(message)
        self._reach(age)
        self._tell_status(age)

    def _reach(self, age: AsOf | None) -> None:
        """All was told up to there; an index that is built again is behind that for a while."""
        if age is not None:
            self._height = max(age.height, self._height or 0)

    def _tell(self, message: Message) -> None:
        for subscriber in self.subscribers:
            if message.topic in subscriber.topics:
                subscriber.offer(message.text)

    def _tell_status(self, age: AsOf | None) -> None:
        status, now_s = self._source.status(), asyncio.get_running_loop().time()
        facts = (status["ready"], status["reason"], status["height"], age and age.height)
        if facts != self._told or now_s - self._told_at_s > STATUS_S:
            self._told, self._told_at_s = facts, now_s
            as_of = age and age.model_dump()
            self._status = text_of("status", height=status["height"], data=status, as_of=as_of)
            self._tell(Message("status", self._status))

    async def _read(self, after: int | None, to: int | None = None) -> tuple[AsOf | None, list[Message]]:
        """How old the index is, and what is new in it; None if there is none."""

        def read() -> tuple[AsOf | None, list[Message]]:
            try:
                with self._views.look(LOCAL) as view:
                    last = view.as_of.height if to is None else to
                    is_far = after is not None and last - after > RESUME_MAX
                    found = [] if after is None or last <= after or is_far else news(view, after, last)
                    return view.as_of, found
            except (Problem, IndexFault):
                return None, []

        return await asyncio.to_thread(read)


def _resume(subscriber: Subscriber, height: int) -> None:
    """Tell it what it missed up to a height, behind which all is told to everybody."""
    if subscriber.after is not None and subscriber.after < height:
        subscriber.offer(Resume(subscriber.after, height))
    subscriber.after = None
