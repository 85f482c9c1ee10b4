"""What all verbs share: options, words in two languages, progress, and how an error becomes an exit code."""

from __future__ import annotations

import functools
import json
import locale
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from parkatlas.errors import ParkatlasError
from parkatlas.findings import SEVERITIES, Finding, Lang

if TYPE_CHECKING:
    from parkatlas.atlas import Atlas, Survey

WORDS: dict[str, tuple[str, str]] = {
    "read": ("读取", "read"),
    "located": ("已定位", "located"),
    "declared": ("按声明归区", "declared"),
    "outside": ("区外", "outside"),
    "unplaced": ("无位置", "unplaced"),
    "merged": ("合并重复", "merged"),
    "rejected": ("剔除", "rejected"),
    "error": ("错误", "errors"),
    "warning": ("警告", "warnings"),
    "info": ("提示", "remarks"),
    "wrote": ("已生成 {}", "wrote {}"),
    "more": ("……另有 {} 条，见 report.json 或使用 -v", "... and {} more: see report.json or use -v"),
    "step:plan": ("读取规划", "reading the plan"),
    "step:read": ("读取名录", "reading the register"),
    "step:locate": ("定位企业", "locating enterprises"),
    "step:statistics": ("计算统计", "computing statistics"),
    "step:tables": ("写出表格", "writing tables"),
    "step:export": ("写出 GIS 文件", "writing GIS files"),
    "step:map": ("绘制地图", "drawing the map"),
    "created": (
        "已新建项目 {}：请编辑 plan.toml，然后运行 parkatlas build",
        "created {}: edit its plan.toml, then run parkatlas build",
    ),
    "no-register": ("没有名录 {!r}；可选：{}", "there is no register {!r}; choose from {}"),
    "one-table": (
        "CSV 只能写一个指标；多个指标请用 --format json，或 -o 文件.xlsx",
        "CSV holds one measure; for several use --format json, or -o FILE.xlsx",
    ),
    "unknown-kind": ("{}：未知的文件类型；可用 {}", "{}: unknown kind of file; use {}"),
    "repaired": ("修复 {} 处，写入 {}", "{} repairs, written to {}"),
    "not-used": ("（未使用）", "(not used)"),
    "unfinished": ("内部错误：{}（使用 --debug 查看详情）", "internal error: {} (use --debug for the traceback)"),
}
_STEPS = 8
_SHOWN = 12  # findings printed without -v


class Console:
    """What the options common to all verbs decide: language, how much to say, and JSON or words."""

    def __init__(self, lang: Lang, *, as_json: bool, quiet: bool, verbose: bool) -> None:
        self.lang, self.as_json, self.quiet, self.verbose = lang, as_json, quiet, verbose

    def word(self, key: str, *values: object) -> str:
        """Return one of WORDS in the language asked for."""
        return WORDS[key][self.lang == "en"].format(*values)

    def say(self, text: str) -> None:
        """Print words to stderr unless asked to be quiet."""
        if not self.quiet:
            click.echo(text, err=True)

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """Give a function that moves a bar on stderr with each step; silent where stderr is no terminal."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda step: self.say(self._step(step)) if self.verbose else None
            return
        with click.progressbar(length=_STEPS, file=sys.stderr, item_show_func=lambda step: step or "") as bar:
            yield lambda step: bar.update(1, self._step(step))

    def _step(self, step: str) -> str:
        verb, _, rest = step.partition(" ")
        return f"{self.word(f'step:{verb}')} {rest}".strip()

    def tell(self, findings: Iterable[Finding]) -> None:
        """Print findings, gravest first, and how many there are of each kind."""
        ranked = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
        shown = ranked if self.verbose else [f for f in ranked if f.severity != "info"][:_SHOWN]
        for finding in shown:
            self.say(f"{self.word(finding.severity)}: {finding.line(self.lang)}")
        counted = {level: sum(f.severity == level for f in ranked) for level in SEVERITIES}
        hidden = len(ranked) - len(shown)
        if hidden:
            self.say(self.word("more", hidden))
        self.say(" · ".join(f"{self.word(level)} {count}" for level, count in counted.items()))

    def reconcile(self, surveyed: Survey) -> None:
        """Print the sum of every register: rows read and what became of them."""
        for register in surveyed.plan.registers:
            counts = dict(surveyed.conservation[register.id])
            read = counts.pop("read")
            parts = " + ".join(f"{self.word(name)} {count}" for name, count in counts.items())
            self.say(f"{register.name(self.lang)} [{register.id}]: {self.word('read')} {read} = {parts}")


def _default_lang() -> Lang:
    name = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "zh" if name.startswith("zh") else "en"


def verb(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the shared options, and turn errors into words and exit codes."""

    @click.option(
        "--lang", type=click.Choice(["zh", "en"]), help="Language of messages and tables; the locale's if not given."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
    @click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors.")
    @click.option("-v", "--verbose", is_flag=True, help="Say everything, remarks included.")
    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @functools.wraps(function)
    def run(*, lang: Lang | None, as_json: bool, quiet: bool, verbose: bool, debug: bool, **options: Any) -> None:
        console = Console(lang or _default_lang(), as_json=as_json, quiet=quiet, verbose=verbose)
        try:
            code = function(console, **options)
        except (KeyboardInterrupt, click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            if debug:
                raise
            _fail(console, error)
        sys.exit(code or 0)

    return run


def _fail(console: Console, error: Exception) -> NoReturn:
    known = isinstance(error, ParkatlasError)
    text = error.render(console.lang) if isinstance(error, ParkatlasError) else console.word("unfinished", repr(error))
    if console.as_json:
        findings = error.findings if isinstance(error, ParkatlasError) else []
        click.echo(to_json({"status": "failed", "error": text, "findings": [f.record() for f in findings]}))
    click.echo(text, err=True)
    sys.exit(error.exit_code if known else 70)  # type: ignore[attr-defined]


project_argument = click.argument("project", metavar="DIR", type=click.Path(path_type=Path))
register_option = click.option("--register", help="Id of one register; all of them if not given.")
output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File to write; stdout if not given."
)


def to_json(data: object) -> str:
    """Return data as readable JSON; NaN is refused."""
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)


def compute(console: Console, project: Path) -> Atlas:
    """Return the atlas of a project, its sum and its findings told."""
    from parkatlas import pipeline

    with console.progress() as progress:
        atlas = pipeline.build(project, lang=console.lang, progress=progress)
    console.reconcile(atlas)
    console.tell(atlas.findings)
    return atlas
