"""What all verbs share: options, words in two languages, progress, and how an error becomes an exit code."""

from __future__ import annotations

import functools
import json
import locale
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from parkatlas.errors import ParkatlasError, WriteError
from parkatlas.findings import LABELS, SEVERITIES, Finding, Lang

if TYPE_CHECKING:
    from parkatlas.atlas import Survey
    from parkatlas.model import Plan

T = TypeVar("T")

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
    "more": ("……另有 {} 条：-v 可全部列出", "... and {} more: -v lists them all"),
    "step:plan": ("读取规划", "reading the plan"),
    "step:read": ("读取名录", "reading the register"),
    "step:locate": ("定位企业", "locating enterprises"),
    "step:statistics": ("计算统计", "computing statistics"),
    "step:tables": ("写出表格", "writing tables"),
    "step:measures": ("计算全部指标", "computing all measures"),
    "rows": ("{} / {} 行", "{} of {} rows"),
    "dashboard": ("Dask 面板：{}", "Dask dashboard: {}"),
    "step:export": ("写出 GIS 文件", "writing GIS files"),
    "step:map": ("绘制地图", "drawing the map"),
    "created": (
        "已新建项目 {}：请编辑 plan.toml，然后运行 parkatlas build",
        "created {}: edit its plan.toml, then run parkatlas build",
    ),
    "first-register": ("使用名录 {}；可用 --register 选择：{}", "using register {}; --register chooses from: {}"),
    "no-json": ("map 输出 HTML；与 --json 同用时请加 -o", "map prints HTML; with --json give -o"),
    "no-register": ("没有名录 {!r}；可选：{}", "there is no register {!r}; choose from {}"),
    "one-table": (
        "CSV 只能写一个指标；多个指标请用 --format json，或 -o 文件.xlsx",
        "CSV holds one measure; for several use --format json, or -o FILE.xlsx",
    ),
    "one-layer": (
        "GeoJSON 只能写一个图层；多个指标请用 -o 文件.gpkg",
        "GeoJSON holds one layer; for several measures use -o FILE.gpkg",
    ),
    "no-shapes": (
        "{} 没有几何，不能写成 GIS 文件；有几何的指标：{}",
        "{}: no shapes for a GIS file; measures with shapes: {}",
    ),
    "workbook-file": ("工作簿须写入文件：请加 -o 文件.xlsx", "a workbook needs a file: -o FILE.xlsx"),
    "other-kind": ("{}：文件名与 --format {} 不符", "{}: the name of the file is not that of --format {}"),
    "unknown-measure": (
        "没有指标 {}；parkatlas stats --list 列出全部指标",
        "there is no measure {!r}; parkatlas stats --list names them all",
    ),
    "measure-meant": ("没有指标 {0}；是否想用 {1}？", "there is no measure {0!r}; did you mean {1!r}?"),
    "takes-no-level": ("{} 不分层级，不能与 --level 同用", "{}: takes no --level"),
    "level-ignored": ("{} 不分层级，未按 --level 筛选", "{}: takes no level, --level does not count for it"),
    "empty-plan": (
        "规划没有名录：parkatlas inspect 名录文件 可给出名录的配置",
        "the plan has no register: parkatlas inspect LIST prints one for plan.toml",
    ),
    "no-project": ("请给出项目目录 DIR", "give the folder of a project, DIR"),
    "two-registers": (
        "{0} 比较两期名录：请用 parkatlas compare 项目目录 A B --measure {0}",
        "{0} compares two registers: use parkatlas compare DIR A B --measure {0}",
    ),
    "unknown-kind": ("{}：未知的文件类型；可用 {}", "{}: unknown kind of file; use {}"),
    "repaired": ("修复 {} 处，写入 {}", "{} repairs, written to {}"),
    "sheet": ("工作表 {}：{}", "sheet {}: {}"),
    "hidden-sheet": ("隐藏的工作表 {}：{}", "hidden sheet {}: {}"),
    "reading": (
        "若按 {} 读取：{} 个位置中 {} 个在规划范围内，{} 个在各区内，{} 个在园区内；{} / {} 与所述区域一致；"
        "相差 {} 米；结论：{}",
        "read as {}: of {} positions {} lie in the plan's extent, {} in zones, {} in parks; {} of {} in the area they "
        "declare; shift {} m; verdict: {}",
    ),
    "zone-shares": ("    各区占比：{}", "    shares of zones: {}"),
    "other-readings": (
        "按另外 {} 种读法，没有位置落在规划范围内（-v 可全部列出）",
        "under {} other readings no position lies in the plan's extent (-v lists them)",
    ),
    "verdict:consistent": ("与声明一致", "consistent"),
    "verdict:contradicted": ("与证据不符", "contradicted"),
    "verdict:cannot tell": ("无法判断", "cannot tell"),
    "verdict:best": ("最符合", "fits best"),
    "verdict:better": ("比声明更符合", "fits better than declared"),
    "verdict:worse": ("不如声明", "fits worse than declared"),
    "verdict:same": ("与声明的位置相同", "the same positions as declared"),
    "in-unit": ("，名单中为{}", ", in the list in {}"),
    "not-used": ("（未使用）", "(not used)"),
    "unfinished": ("内部错误：{}（使用 --debug 查看详情）", "internal error: {} (use --debug for the traceback)"),
}
_PARTS = 1000  # of a step of the progress bar
_SHOWN = 12  # findings printed without -v
_ALIKE = 3  # of them with the same code, so that one fault in every row does not hide the others


class Console:
    """What the options common to all verbs decide: language, how much to say, and JSON or words."""

    def __init__(self, lang: Lang, *, as_json: bool, quiet: bool, verbose: bool) -> None:
        self.lang, self.as_json, self.quiet, self.verbose = lang, as_json, quiet, verbose

    def word(self, key: str, *values: object) -> str:
        """Return one of WORDS in the language asked for."""
        return WORDS[key][self.lang == "en"].format(*values)

    def emit(self, text: str) -> None:
        """Print data to stdout: a reader that went away ends the run quietly, a full disk is a failed write."""
        try:
            click.echo(text, nl=False)
            sys.stdout.flush()
        except BrokenPipeError:
            self._silence_stdout()
            sys.exit(141)
        except OSError as error:
            self._silence_stdout()
            raise WriteError(f"stdout: {error.strerror}") from error

    def _silence_stdout(self) -> None:
        # Whatever is still buffered would fail again when Python closes stdout.
        self.as_json = False
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def conclude(self, surveyed: Survey, findings: tuple[Finding, ...], output: Path | None = None) -> int:
        """Tell the sum, the findings and what was written, and return the exit code."""
        from parkatlas.atlas import exit_code

        self.reconcile(surveyed)
        self.tell(findings)
        if output is not None:
            self.say(self.word("wrote", output))
        return exit_code(findings, surveyed.rejects)

    def answer(self, **data: object) -> None:
        """Print a verb's answer as JSON, where that was asked for; findings as records."""
        if self.as_json:
            found = data.get("findings")
            if isinstance(found, tuple):
                data["findings"] = [finding.record() for finding in found]
            self.emit(to_json(data) + "\n")

    def say(self, text: str) -> None:
        """Print words to stderr unless asked to be quiet."""
        if not self.quiet:
            click.echo(text, err=True)

    @contextmanager
    def progress(self, steps: int = 4) -> Iterator[Progress]:
        """Give what moves a bar on stderr with each of about `steps`, and within them by rows.

        Where stderr is no terminal it is silent, or says each step and each tenth of the rows where asked to say more.
        """
        if self.quiet or not sys.stderr.isatty():
            yield Progress(self)
            return
        with click.progressbar(length=steps * _PARTS, file=sys.stderr, item_show_func=lambda step: step or "") as bar:
            yield Progress(self, bar)

    def step(self, step: str) -> str:
        """Return the name of a step in words."""
        verb, _, rest = step.partition(" ")
        return f"{self.word(f'step:{verb}')} {rest}".strip()

    def tell(self, findings: Iterable[Finding]) -> None:
        """Print findings, gravest first, and how many there are of each kind."""
        ranked = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
        shown = ranked if self.verbose else _some(ranked)
        for finding in _advised_once(shown, self.lang):
            self.say(f"{LABELS[finding.severity][self.lang == 'en']}: {finding.line(self.lang)}")
        counted = {level: sum(f.severity == level for f in ranked) for level in SEVERITIES}
        hidden = len(ranked) - len(shown)
        if hidden:
            self.say(self.word("more", hidden))
        self.say(" · ".join(f"{self.word(level)} {count}" for level, count in counted.items()))

    def choose(self, plan: Plan, by_register: Mapping[str, T], register: str | None) -> T:
        """Return what belongs to the register asked for; the plan's first, and say so, if none is named."""
        if not plan.registers:
            raise click.UsageError(self.word("empty-plan"))
        if register is None:
            register = plan.registers[0].id
            if len(plan.registers) > 1:
                self.say(self.word("first-register", register, ", ".join(by_register)))
        if register not in by_register:
            raise click.UsageError(self.word("no-register", register, ", ".join(by_register)))
        return by_register[register]

    def reconcile(self, surveyed: Survey) -> None:
        """Print the sum of every register: rows read and what became of them."""
        for register in surveyed.plan.registers:
            counts = dict(surveyed.conservation[register.id])
            read = counts.pop("read")
            parts = " + ".join(f"{self.word(name)} {count}" for name, count in counts.items())
            self.say(f"{register.name(self.lang)} [{register.id}]: {self.word('read')} {read} = {parts}")


def _some(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that are printed without -v: no remarks, few of each code, and few in all.

    Where a finding sums up a whole list, one row of those that it speaks of is enough.
    """
    met: Counter[object] = Counter()
    some = []
    for finding in findings:
        of = finding.details.get("code")
        met[finding.code, of] += 1
        if finding.severity != "info" and met[finding.code, of] <= _ALIKE:
            some.append(finding)
            met[of, None] += 0 if of is None else _ALIKE - 1
    return some[:_SHOWN]


def _advised_once(findings: Iterable[Finding], lang: Lang) -> Iterator[Finding]:
    """Yield findings, those without their hint whose code, or a finding of the whole list, has given it before."""
    given: set[tuple[object, object]] = set()
    for finding in findings:
        advice = finding.code, finding.hint(lang)
        bare = replace(finding.rule, hint_zh="", hint_en="") if advice in given else finding.rule
        given |= {advice, (finding.details.get("code"), finding.details.get(f"advice_{lang}"))}
        yield replace(finding, rule=bare)


class Progress:
    """How far a run has come: called with each step as it begins; `watch` is told of the rows done within one."""

    def __init__(self, console: Console, bar: Any = None) -> None:
        self._console, self._bar = console, bar
        self._begun = self._tenths = 0

    def __call__(self, step: str) -> None:
        """Begin a step."""
        self._tenths = 0
        if self._bar is not None:
            self._bar.update(self._begun * _PARTS - self._bar.pos, self._console.step(step))
        elif self._console.verbose:
            self._console.say(self._console.step(step))
        self._begun += 1

    def note(self, text: str) -> None:
        """Print words on a line of their own, above the bar where there is one."""
        if self._bar is None:
            self._console.say(text)
            return
        click.echo(f"\r\033[K{text}", err=True)
        self._bar._last_line = None  # it draws itself only where it differs from what it drew
        self._bar.render_progress()

    def watch(self, register: str, done: int, rows: int) -> None:
        """Move by rows done of rows in all; where nobody knows how many there are, nothing moves."""
        if not rows:
            return
        text = f"{self._console.step(f'read {register}')} {self._console.word('rows', f'{done:,}', f'{rows:,}')}"
        if self._bar is not None:
            place = (self._begun - 1) * _PARTS + _PARTS * done // rows
            self._bar.update(place - self._bar.pos, text)
        elif self._console.verbose and 10 * done // rows > self._tenths:
            self._tenths = 10 * done // rows
            self._console.say(text)


def default_lang() -> Lang:
    """Return the language of the locale: Chinese, or English for any other."""
    name = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "zh" if name.startswith("zh") else "en"


SHARED = (
    click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of words and tables; else the locale's."),
    click.option("--json", "as_json", is_flag=True, default=None, help="Print the result as JSON on stdout."),
    click.option("-q", "--quiet", is_flag=True, default=None, help="Say nothing on stderr but errors."),
    click.option("-v", "--verbose", is_flag=True, default=None, help="Say everything, remarks included."),
    click.option("--debug", is_flag=True, default=None, help="Show the traceback of an error."),
)
_SHARED_NAMES = ("lang", "as_json", "quiet", "verbose", "debug")


def shared_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command or the group the options that stand before or after the verb alike."""
    for option in reversed(SHARED):
        function = option(function)
    return function


def verb(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the shared options, and turn errors into words and exit codes."""

    @shared_options
    @click.pass_context
    @functools.wraps(function)
    def run(context: click.Context, /, **options: Any) -> None:
        before = context.obj or {}
        chosen = {name: options.pop(name) or before.get(name) for name in _SHARED_NAMES}
        console = Console(
            chosen["lang"] or default_lang(),
            as_json=bool(chosen["as_json"]),
            quiet=bool(chosen["quiet"]),
            verbose=bool(chosen["verbose"]),
        )
        try:
            code = function(console, **options)
        except click.UsageError as error:
            if console.as_json:
                console.emit(to_json({"status": "failed", "error": error.format_message()}) + "\n")
            raise
        except (KeyboardInterrupt, click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            if chosen["debug"]:
                raise
            _fail(console, error)
        sys.exit(code or 0)

    return run


def _fail(console: Console, error: Exception) -> NoReturn:
    known = isinstance(error, ParkatlasError)
    text = error.render(console.lang) if isinstance(error, ParkatlasError) else console.word("unfinished", repr(error))
    click.echo("\n".join([text, *getattr(error, "__notes__", ())]), err=True)
    if console.as_json:
        findings = error.findings if isinstance(error, ParkatlasError) else []
        with suppress(WriteError):
            found = [finding.record() for finding in findings]
            console.emit(to_json({"status": "failed", "error": text, "findings": found}) + "\n")
    sys.exit(error.exit_code if known else 70)  # type: ignore[attr-defined]


project_argument = click.argument("project", metavar="DIR", type=click.Path(path_type=Path))
register_option = click.option("--register", help="Id of a register; the plan's first if not given.")


def page_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the options that shape the page."""
    found = click.option(
        "--show-findings", is_flag=True, help="Put what is wrong with the input, and where, on the map."
    )
    kinds = click.Choice(["inline", "cdn"])
    assets = click.option(
        "--assets", type=kinds, default="inline", help="Leaflet inside the page (offline) or from a CDN."
    )
    return found(assets(function))


strict_option = click.option(
    "--strict", is_flag=True, help="Refuse a register with any rejected, merged or mended row."
)


def folder_option(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option of a verb that writes a folder."""
    kind = click.Path(path_type=Path)
    return click.option("-o", "--output", type=kind, default=Path(default), show_default=True, help="Folder to write.")


output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File to write; stdout if not given."
)


def to_json(data: object) -> str:
    """Return data as readable JSON; NaN is refused."""
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)
