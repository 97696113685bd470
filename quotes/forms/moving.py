"""What the buttons of the form do without script: lines and choices are added, moved, copied, removed."""

from __future__ import annotations

from dataclasses import replace

from quotes.forms.lines import FIXED, OPTIONAL, QuoteLine, QuoteLines, TypedGroup


def rearrange(lines: QuoteLines, verb: str, key: str) -> bool:
    """Do what a button asks for; says whether it knew it."""
    if verb in {"up", "down", "remove", "copy"}:
        _line(lines, verb, key)
    elif verb in {"group-up", "group-down", "group-remove", "group-copy"}:
        _group(lines, verb.removeprefix("group-"), key)
    elif verb == "add-to" and lines.group_of(key):
        lines.add(part=key)
    elif verb == "optional":
        lines.add(part=OPTIONAL)
    elif verb == "choice":
        group = lines.add_group()
        for _number in range(2):
            lines.arrange()
            lines.add(part=group.key)
    elif verb in {"heading", "note"}:
        lines.add(verb)
    else:
        return False
    lines.arrange()
    return True


def _line(lines: QuoteLines, verb: str, key: str) -> None:
    at = lines.find(key)
    if at is None:
        return
    line = lines.lines[at]
    if verb == "copy":
        lines.lines.insert(at + 1, replace(line, key=lines.fresh_key(), id="", errors={}))
    elif verb == "remove":
        lines.lines.pop(at)
    else:
        _move(lines, line, -1 if verb == "up" else 1)


def _move(lines: QuoteLines, line: QuoteLine, step: int) -> None:
    """One place on; from the end of a section into the next. A choice holds no headings."""
    siblings = [one for one in lines.lines if one.part == line.part]
    at = siblings.index(line) + step
    if 0 <= at < len(siblings):
        other = lines.lines.index(siblings[at])
        lines.lines.remove(line)
        lines.lines.insert(other, line)
        return
    sections = lines.sections if line.is_item else [FIXED, OPTIONAL]
    place = sections.index(line.part) + step
    if 0 <= place < len(sections):
        lines.lines.remove(line)
        line.part = sections[place]
        lines.lines.insert(len(lines.lines) if step < 0 else 0, line)


def _group(lines: QuoteLines, verb: str, key: str) -> None:
    group = lines.group_of(key)
    if group is None:
        return
    at = lines.groups.index(group)
    if verb == "copy":
        _copy(lines, group, at)
        return
    lines.groups.remove(group)
    if verb == "remove":
        lines.lines = [line for line in lines.lines if line.part != key]
    else:
        lines.groups.insert(max(at + (-1 if verb == "up" else 1), 0), group)


def _copy(lines: QuoteLines, group: TypedGroup, at: int) -> None:
    twin = replace(group, key=lines.fresh_key(), id="", errors={}, lines=[])
    lines.groups.insert(at + 1, twin)
    for line in group.lines:
        lines.lines.append(replace(line, key=lines.fresh_key(), id="", part=twin.key, errors={}))
