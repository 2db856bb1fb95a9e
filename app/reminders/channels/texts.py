"""What leaves the house: a case number, what is due, until when, an address behind sign-in.

Never a name, a place, a kind of abuse: the words come from the rules, and nothing else is read.
"""

from datetime import datetime
from unicodedata import normalize

from app.core import clock
from app.reminders.rules import rules_of_file
from app.reminders.services.messages import Letter, Line

MOST_LINES = 50
LOCALE = "vi"


def subject_of(letter: Letter) -> str:
    count = len(letter.lines)
    return (
        f"Vòng Tay: khẩn, {count} việc" if letter.is_urgent else f"Vòng Tay: {count} việc cần làm"
    )


def body_of(letter: Letter, base_url: str) -> str:
    shown = letter.lines[:MOST_LINES]
    more = len(letter.lines) - len(shown)
    parts = [*(f"- {_words(line, letter.at)}\n  {_address(line, base_url)}" for line in shown)]
    if more:
        parts.append(f"- và {more} việc khác: {base_url}/reminders/")
    parts.append("")
    ways = f"{base_url}/reminders/choices"
    parts.append(f"Danh sách đầy đủ: {base_url}/reminders/  Đổi cách nhận: {ways}")
    parts.append("Thư này tự động gửi, không chứa thông tin của trẻ em. Cần đăng nhập để xem.")
    return "\n".join(parts) + "\n"


def short_of(letter: Letter, base_url: str) -> str:
    """Of one SMS: the first thing, and how many more; without marks, which would double its
    price."""
    more = len(letter.lines) - 1
    tail = f" (+{more})" if more else ""
    return plain(f"Vong Tay: {_words(letter.lines[0], letter.at)}{tail}. {base_url}/reminders/")


def plain(text: str) -> str:
    """Vietnamese in the letters of ASCII."""
    bare = normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return bare.encode("ascii", "ignore").decode("ascii")


def what_of(line: Line) -> str:
    """HY-2026-000123, Thăm trẻ em theo kế hoạch."""
    kind = rules_of_file().kinds.get(line.kind)
    said = [line.number or "", kind.words.in_locale(LOCALE) if kind else ""]
    return ", ".join(part for part in said if part)


def _words(line: Line, at: datetime) -> str:
    late = "QUÁ HẠN, " if line.due_at < at else ""
    return f"{what_of(line)}, {late}hạn {clock.local(line.due_at):%H:%M %d/%m/%Y}"


def _address(line: Line, base_url: str) -> str:
    return f"{base_url}/reminders/{line.obligation_id}"
