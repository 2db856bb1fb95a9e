"""What views of figures have in common: whom they are for, and answers that are files."""

from flask import Response, abort, request

from app.indicators.definitions import IndicatorsFile
from app.indicators.pages.figure_files import FILES, FileKind
from app.indicators.pages.figure_source import Source
from app.indicators.periods import BadPeriod, Period
from app.indicators.routes.answers import saved_file
from app.indicators.tables import Audience


def audience_arg(default: Audience) -> Audience:
    """`?audience=`; anything else is the default."""
    text = request.args.get("audience", "")
    return Audience(text) if text in set(Audience) else default


def period_or_404(text: str) -> Period:
    try:
        return Period.parse(text)
    except BadPeriod:
        abort(404)


def table_or_404(code: str, rules: IndicatorsFile) -> str:
    """The code of a table that these definitions know."""
    return code if code in rules.tables else abort(404)


def kind_or_404(name: str) -> FileKind:
    return FILES.get(name) or abort(404)


def figures_file(source: Source, kind: FileKind) -> Response:
    """To be saved under a name of codes."""
    if not source.tables:
        abort(404)
    return saved_file(kind.make(source), kind.media_type, f"{source.stem}.{kind.ending}")
