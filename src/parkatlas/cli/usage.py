"""Usage errors in Chinese: click speaks English alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import click

from parkatlas.findings import Lang

_HELP = getattr(click.exceptions, "NoArgsIsHelpError", ())


def asked_lang(arguments: Sequence[str], default: Lang) -> Lang:
    """Return the language that a command line asks for, even one that cannot be parsed; the last one wins.

    >>> asked_lang(["--lang=en", "build", "--lang", "zh", "--nonsense"], "en")
    'zh'
    """
    chosen = default
    for one, following in pairwise([*arguments, ""]):
        name, is_joined, value = one.partition("=")
        value = value if is_joined else following
        if name == "--lang" and value in ("zh", "en"):
            chosen = "zh" if value == "zh" else "en"
    return chosen


def show(error: click.ClickException, lang: Lang) -> None:
    """Print a usage error to stderr as click does, in the language asked for."""
    if lang == "en" or not isinstance(error, click.UsageError) or (_HELP and isinstance(error, _HELP)):
        error.show()
        return
    lines = [f"错误：{in_chinese(error)}"]
    if error.ctx is not None:
        path, command = error.ctx.command_path, error.ctx.command
        usage = " ".join([path, *command.collect_usage_pieces(error.ctx)])
        lines = [f"用法：{usage}", f"可用“{path} --help”查看帮助。", "", *lines]
    click.echo("\n".join(lines), err=True)


def in_chinese(error: click.UsageError) -> str:
    """Return what is wrong in Chinese by the kind of error, with click's own words where they say more.

    >>> in_chinese(click.NoSuchOption("--langs", possibilities=["--lang"]))
    '没有选项 --langs；是否想用 --lang？'
    """
    if any("\u4e00" <= char <= "\u9fff" for char in error.message):
        return error.message  # our own
    possible = getattr(error, "possibilities", None)
    meant = f"；是否想用 {'、'.join(possible)}？" if possible else ""
    match error:
        case click.NoSuchOption():
            return f"没有选项 {error.option_name}{meant}"
        case click.MissingParameter():
            return f"缺少{_named(error)}"
        case click.BadParameter():
            choices = getattr(getattr(error.param, "type", None), "choices", ())
            among = f"，可选：{'、'.join(map(str, choices))}" if choices else ""
            said = f"{_named(error)} 的值无效{among}"
        case click.BadOptionUsage():
            said = f"选项 {error.option_name} 用法有误"
        case _:  # click.NoSuchCommand came with click 8.4
            name = getattr(error, "command_name", None)
            said = f"没有命令 {name}{meant}" if name else "用法有误"
    return f"{said}（{error.message}）"


def _named(error: click.BadParameter) -> str:
    """Return the kind and the name of the parameter that an error is about."""
    if error.param is None:
        return "参数"
    kind = "选项" if error.param.param_type_name == "option" else "参数"
    name = max(error.param.opts, key=len) if kind == "选项" else error.param.human_readable_name
    return f"{kind} {name}"
