"""How people speak of days in a calendar and of the order of a table."""

from __future__ import annotations

import re

from agent.meaning.dates import MONTHS
from agent.planners.embedded.commands import Choose, Command, PickDay, Press, PressRow, Sort
from agent.planners.embedded.phrases import plain, read_target
from agent.wording import fold

_TH = r"\d{1,2}(?:st|nd|rd|th)"
DAY = (
    r"(?P<verb>click|press|tap|select|choose|pick|go to)(?: on)? "
    rf"(?P<phrase>(?:the )?(?:day |date )?(?P<day>{_TH})(?: (?:of )?(?P<month>[A-Za-z]+)(?:,? (?P<year>\d{{4}}))?)?"
    r"|(?:the )?(?P<day2>\d{1,2})\.? (?P<month2>[A-Za-z]+)(?:,? (?P<year2>\d{4}))?"
    r"|(?:the )?(?:day|date) (?P<day4>\d{1,2})"
    rf"|(?P<month3>[A-Za-z]+) (?P<day3>{_TH}|\d{{1,2}})(?:,? (?P<year3>\d{{4}}))?)"
    r"(?: (?:in|on|from|of) (?:the |that |this )?(?:calendar|date ?picker|month))?"
)
_RISING = "ascending|rising|increasing|alphabetical"
_FALLING = "descending|falling|decreasing|reverse"
_TABLE = r"(?:the |this |that )?(?:\w+ )?(?:table|list|rows|results|items|entries|products|files|grid)"
SORT = (
    rf"(?:sort(?: {_TABLE}| it| them| everything)?|order {_TABLE}) (?:by|on)(?: the)? (?P<column>.+?)(?: column)?"
    rf"(?:,? (?:in )?(?:an? |the )?(?P<way>{_RISING}|{_FALLING})(?: order)?"
    r"|,? from (?:(?P<low>low\w*|small\w*|a|old\w*|cheap\w*)|(?P<high>high\w*|larg\w*|big\w*|z|new\w*)) to \w+)?"
)

_THING = r"(?:item|product|row|entry|article|line|one|record|offer|file|order)"
ROW = (
    rf"(?:click|press|tap|select|choose|pick|open)(?: on)? (?:the )?{_THING} (?:"
    r"(?:that|which) costs? (?P<price>[^ ]+)|costing (?P<price2>[^ ]+)|priced (?:at )?(?P<price3>[^ ]+)"
    r"|(?:whose|where the) (?P<column>[\w ]+?) (?:is|equals|=) (?P<value>.+)"
    r"|with (?:an? |the )?(?P<column2>[\w ]+?) (?:of|=|equal to|is) (?P<value2>.+))"
)
_PRICE = ("price", "cost", "amount", "unit price", "total")


def row(said: str, m: re.Match[str]) -> list[Command]:
    price = m["price"] or m["price2"] or m["price3"]
    if price:
        return [PressRow(said, _PRICE, plain(price))]
    return [PressRow(said, (plain(m["column"] or m["column2"]),), plain(m["value"] or m["value2"]))]


def day(said: str, m: re.Match[str]) -> list[Command] | None:
    """A day, where the words are one; None where its month is no month."""
    number = next(m[name] for name in ("day", "day2", "day3", "day4") if m[name])
    month = next((m[name] for name in ("month", "month2", "month3") if m[name]), None)
    year = next((m[name] for name in ("year", "year2", "year3") if m[name]), None)
    named = MONTHS.get(fold(month)) if month else None
    value = int(re.sub(r"\D", "", number))
    if (month and named is None) or not 1 <= value <= 31:
        return None
    phrase = m["phrase"]
    chosen = m["verb"].lower() in ("select", "choose", "pick")
    otherwise = Choose(said, (plain(phrase),)) if chosen else Press(said, read_target(phrase))
    return [PickDay(said, value, named, int(year) if year else None, otherwise)]


def sort(said: str, m: re.Match[str]) -> list[Command]:
    way = (m["way"] or "").lower()
    return [Sort(said, plain(m["column"]), falling=bool(m["high"]) or way in _FALLING.split("|"))]
