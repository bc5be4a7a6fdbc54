from __future__ import annotations

from server.agent.outbox import FULL, SPARING, Outbox


async def taken(outbox: Outbox) -> list[int]:
    return [event["n"] async for event in outbox.events()]


async def test_events_come_in_order_until_it_is_closed() -> None:
    outbox = Outbox()
    for number in range(5):
        outbox.put({"n": number})
    outbox.close("done")
    outbox.put({"n": 9})
    outbox.close("again")
    assert await taken(outbox) == [0, 1, 2, 3, 4] and outbox.reason == "done"


async def test_what_only_informs_is_left_out_first() -> None:
    outbox = Outbox()
    for number in range(SPARING + 20):
        outbox.put({"n": number}, sparable=True)
    outbox.put({"n": -1})
    outbox.close("")
    assert await taken(outbox) == [*range(SPARING), -1] and outbox.dropped == 20


async def test_whoever_does_not_read_is_given_up() -> None:
    outbox = Outbox()
    for number in range(FULL + 10):
        outbox.put({"n": number})
    assert await taken(outbox) == [] and outbox.reason == "events were not read"
    assert outbox.dropped == FULL + 1
