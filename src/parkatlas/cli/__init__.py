"""The command line: one thin verb each; the only room that imports click.

Data go to stdout, words and progress to stderr. Heavy imports stand inside the verbs, so that ``--help`` is quick.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from parkatlas import __version__
from parkatlas.cli import lists, projects, tables, usage
from parkatlas.cli.console import default_lang, shared_options

# Requests to end the run; Windows knows no SIGHUP.
_ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def _leave(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


class _Verbs(click.Group):
    """The group; an interrupted run ends with the signal's own exit code, whatever the verb was doing."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **kwargs: Any) -> Any:
        """Run a verb: 130 after ^C, 143 after a request to end; what was staged is cleaned up on the way out."""
        before = {number: signal.signal(number, _leave) for number in _ENDING}
        kwargs["standalone_mode"] = False
        try:
            return super().main(args, *more, **kwargs)
        except click.ClickException as error:
            usage.show(error, usage.asked_lang(sys.argv[1:] if args is None else args, default_lang()))
            sys.exit(error.exit_code)
        except (click.exceptions.Abort, KeyboardInterrupt):
            sys.exit(130)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="parkatlas")
@shared_options
@click.pass_context
def main(context: click.Context, /, **shared: Any) -> None:
    """Turn an industrial plan and a list of companies into an atlas.

    \b
    Exit codes: 0 clean, 1 finished with warnings or rejected rows, 2 usage or plan error, 3 input refused, 4 a limit or
    safety rule refused it, 70 internal error, 73 cannot create output, 74 write failed (old output kept),
    130/143 interrupted.
    """  # noqa: D301 -- click reads the backspace as "do not wrap"
    context.obj = shared


for _verb in (*projects.VERBS, *lists.VERBS, *tables.VERBS):
    main.add_command(_verb)
