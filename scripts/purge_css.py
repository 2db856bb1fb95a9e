"""Cut Tabler's style sheet down to the components this project uses."""

import re
from collections.abc import Iterable
from functools import partial

import tinycss2

# Whole components, by the first word of their class names, and utilities.
_KEEP = re.compile(
    r"""
    container | row | col | col-(auto|\d+) | (col|row-cols)-(md|lg)-(auto|\d+) | g[xy]?-[0-5]
    | btn | btn-(primary|danger|outline-primary|outline-danger|link|sm|icon)
    | form-(control|label|select|check|check-input|check-label|hint|text|fieldset)
    | input-group | input-group-text | is-invalid | disabled | active | show
    | card | card-(body|header|title|footer|subtitle|table)
    | badge | alert | alert-(title|danger|warning|success|info)
    | nav | nav-(item|link|tabs) | breadcrumb | breadcrumb-item
    | table | table-(responsive|sm|hover|vcenter|striped)
    | pagination | page-(item|link)
    | list-(unstyled|inline|inline-item|group|group-item) | progress | progress-bar
    | visually-hidden | visually-hidden-focusable
    | d-(none|inline|inline-block|block|grid|flex|inline-flex|print-none|print-block)
    | d-(md|lg)-(none|block|flex|inline-flex|grid)
    | flex-(fill|row|column|wrap|nowrap|grow-1|shrink-0) | flex-md-(row|column)
    | (justify-content|align-items|align-self)-(start|end|center|between|baseline|stretch)
    | gap-[0-5] | [mp][tbsexy]?-([0-5]|auto) | [wh]-(25|50|75|100|auto)
    | text-(start|end|center|nowrap|break|truncate|uppercase|secondary|muted|danger|reset)
    | text-decoration-none | fw-(normal|medium|semibold|bold) | fst-italic | small | lead
    | h[1-6] | mark | float-end | overflow-(auto|hidden) | position-relative | align-middle
    """,
    re.VERBOSE,
)
_CLASS = re.compile(r"\.(-?[_a-zA-Z][\w-]*)")
_FOREIGN = re.compile(
    r"data-bs-theme|data-theme=.?dark|\[dir=|::-webkit-scrollbar|:is\(|prefers-color-scheme"
)


def purge(css: str) -> str:
    """The same style sheet with only the rules, keyframes and variables that can apply."""
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    kept = "\n".join(_kept(rules))
    return _without_unused_keyframes(_without_unused_variables(kept)) + "\n"


def _kept(rules: Iterable[tinycss2.ast.Node]) -> Iterable[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [s.strip() for s in _split(tinycss2.serialize(rule.prelude))]
            wanted = [s for s in selectors if _wanted(s)]
            if wanted:
                yield f"{','.join(wanted)}{{{tinycss2.serialize(rule.content).strip()}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword in {"media", "supports"}:
            condition = tinycss2.serialize(rule.prelude).strip()
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            body = "".join(_kept(inner))
            if body and not _FOREIGN.search(condition):
                yield f"@{rule.lower_at_keyword} {condition}{{{body}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword == "keyframes":
            yield rule.serialize()


def _split(selectors: str) -> list[str]:
    """Split at the commas outside brackets."""
    return re.split(r",(?![^(\[]*[)\]])", selectors)


def _wanted(selector: str) -> bool:
    if selector.startswith(":root"):
        return not _FOREIGN.search(selector) or "=light]" in selector
    if _FOREIGN.search(selector):
        return False
    return all(_KEEP.fullmatch(name) for name in _CLASS.findall(selector))


def _without_unused_variables(css: str) -> str:
    """Drop custom properties that nothing reads, again until none is left over."""
    while True:
        read = set(re.findall(r"var\(\s*(--tblr-[\w-]+)", css))
        defined = set(re.findall(r"(--tblr-[\w-]+)\s*:", css))
        unused = defined - read
        smaller = re.sub(
            r"(?<=[{;])\s*(--tblr-[\w-]+)\s*:[^;{}]*(;|(?=}))",
            partial(_unless_in, unused),
            css,
        )
        smaller = re.sub(r"[^{}]+{\s*}", "", smaller)
        if smaller == css:
            return css
        css = smaller


def _unless_in(unused: set[str], declaration: re.Match[str]) -> str:
    return "" if declaration[1] in unused else declaration[0]


def _without_unused_keyframes(css: str) -> str:
    names = re.findall(r"@keyframes ([\w-]+)", css)
    for name in names:
        if not re.search(rf"animation[^;}}]*\b{re.escape(name)}\b", css):
            css = re.sub(
                rf"@keyframes {re.escape(name)}\s*{{(?:[^{{}}]*{{[^{{}}]*}})*\s*}}", "", css
            )
    return css
