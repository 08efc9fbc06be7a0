"""Logs on standard error: for people on a terminal, JSON lines for machines. Never a secret."""

import logging
import sys

import structlog

from node.config import LogSection


def set_up_logs(section: LogSection) -> None:
    """Say things as the configuration wants them said."""
    as_json = section.format == "json" or (section.format == "auto" and not sys.stderr.isatty())
    # Plain tracebacks: the fancy ones show local variables, and keys and shares among them.
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    for_machines = (structlog.processors.format_exc_info, structlog.processors.JSONRenderer())
    for_people = (_legible, console)
    renderers: tuple[structlog.typing.Processor, ...] = for_machines if as_json else for_people
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *renderers,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[section.level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _legible(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """What others named is not to move the cursor of whoever reads."""
    return {name: _printable(value) if isinstance(value, str) else value for name, value in line.items()}


def _printable(text: str) -> str:
    """Line ends stay, which the renderer escapes."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text)
