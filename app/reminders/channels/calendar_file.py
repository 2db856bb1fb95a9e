"""A person's dues as iCalendar (RFC 5545): a case number, the kind, a link behind sign-in.

Events, not tasks: calendars on phones show no VTODO of an address they follow.
"""

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from app.reminders.channels.texts import what_of
from app.reminders.queries.feed import FeedItem

LASTS = timedelta(minutes=15)
REFRESH = timedelta(hours=1)


def calendar_of(items: Iterable[FeedItem], base_url: str) -> bytes:
    """The same bytes as long as the same is due."""
    calendar = Calendar()
    calendar.add("prodid", "-//Vong Tay//Nhac viec//VI")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Vòng Tay")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    host = str(urlsplit(base_url).hostname)
    for item in items:
        calendar.add_component(_event(item, base_url, host))
    return bytes(calendar.to_ical())


def _event(item: FeedItem, base_url: str, host: str) -> Event:
    line, event = item.line, Event()
    event.add("uid", f"{line.obligation_id}@{host}")
    event.add("dtstamp", item.since)
    event.add("dtstart", line.due_at)
    event.add("dtend", line.due_at + LASTS)
    event.add("summary", f"Hạn: {what_of(line)}")
    event.add("url", f"{base_url}/reminders/{line.obligation_id}")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")  # it does not make anybody busy
    return event
