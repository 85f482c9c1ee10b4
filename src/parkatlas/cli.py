"""The command line: one thin verb each; the only file that imports click.

Data go to stdout, words and progress to stderr. Heavy imports stand inside the verbs, so that ``--help`` is quick.
"""

from __future__ import annotations

import datetime
import functools
import json
import locale
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from parkatlas import __version__
from parkatlas.errors import ParkatlasError
from parkatlas.findings import SEVERITIES, Finding, Lang

if TYPE_CHECKING:
    import pandas as pd

    from parkatlas.model import Plan
    from parkatlas.pipeline import Atlas, Survey

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
        click.echo(_json({"status": "failed", "error": text, "findings": [f.record() for f in findings]}))
    click.echo(text, err=True)
    sys.exit(error.exit_code if known else 70)  # type: ignore[attr-defined]


class _Verbs(click.Group):
    """The group; an interrupted run ends with the signal's own exit code, whatever the verb was doing."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a verb: 130 after ^C, 143 after a request to end; what was staged is cleaned up on the way out."""
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        kwargs["standalone_mode"] = False
        try:
            return super().main(*args, **kwargs)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except (click.exceptions.Abort, KeyboardInterrupt):
            sys.exit(130)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="parkatlas")
def main() -> None:
    """Turn an industrial plan and a list of companies into an atlas.

    \b
    Exit codes: 0 clean, 1 finished with findings, 2 usage or plan error, 3 input refused, 4 a limit or
    safety rule refused it, 70 internal error, 73 cannot create output, 74 write failed (old output kept),
    130/143 interrupted.
    """  # noqa: D301 -- click reads the backspace as "do not wrap"


project_argument = click.argument("project", metavar="DIR", type=click.Path(path_type=Path))
register_option = click.option("--register", help="Id of one register; all of them if not given.")
output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File to write; stdout if not given."
)


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@verb
def init(console: Console, folder: Path) -> int:
    """Make a new project folder from the shipped one, ready to edit."""
    from parkatlas.project import create_project

    created = create_project(folder)
    if console.as_json:
        click.echo(_json({"folder": str(folder), "files": created}))
    console.say(console.word("created", folder))
    return 0


@main.command()
@project_argument
@verb
def check(console: Console, project: Path) -> int:
    """Read and validate everything, write nothing, say every finding."""
    from parkatlas.pipeline import exit_code, survey

    with console.progress() as progress:
        surveyed = survey(project, progress)
    console.reconcile(surveyed)
    console.tell(surveyed.findings)
    if console.as_json:
        click.echo(_json({"conservation": surveyed.conservation, "findings": [f.record() for f in surveyed.findings]}))
    return exit_code(surveyed.findings, surveyed.rejects)


@main.command()
@project_argument
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("atlas"), show_default=True, help="Folder to write."
)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="Day from which years left are counted.")
@verb
def build(console: Console, project: Path, output: Path, today: datetime.datetime | None) -> int:
    """Make the whole atlas: map, tables, GIS files, report."""
    from parkatlas import pipeline

    with console.progress() as progress:
        atlas = pipeline.build(
            project, output, lang=console.lang, today=today.date() if today else None, progress=progress
        )
    console.reconcile(atlas)
    console.tell(atlas.findings)
    console.say(console.word("wrote", output / "index.html"))
    if console.as_json:
        click.echo((output / "report.json").read_text(encoding="utf-8"), nl=False)
    return pipeline.exit_code(atlas.findings, atlas.rejects)


@main.command()
@project_argument
@register_option
@output_option
@verb
def locate(console: Console, project: Path, register: str | None, output: Path | None) -> int:
    """Give every enterprise its core, zone and park (CSV; or .geojson, .gpkg by the file's name)."""
    from parkatlas import schema
    from parkatlas.pipeline import exit_code, survey

    with console.progress() as progress:
        surveyed = survey(project, progress)
    console.reconcile(surveyed)
    located = _one_register(console, surveyed.plan, surveyed.registers, register)
    _write(console, located, schema.LOCATED, output)
    console.tell(surveyed.findings)
    return exit_code(surveyed.findings, surveyed.rejects)


@main.command()
@project_argument
@register_option
@click.option(
    "--table",
    type=click.Choice(["areas", "sectors", "targets"]),
    default="areas",
    show_default=True,
    help="Which table.",
)
@output_option
@verb
def stats(console: Console, project: Path, register: str | None, table: str, output: Path | None) -> int:
    """Compute statistics by area and sector, or the state of the targets (CSV)."""
    from parkatlas import schema
    from parkatlas.pipeline import exit_code

    atlas = _atlas(console, project)
    if table == "targets":
        _write(console, atlas.targets, schema.TARGET_STATUS, output)
    else:
        of = _one_register(console, atlas.plan, atlas.statistics, register)
        _write(console, of[table], schema.AREA_STATISTICS if table == "areas" else schema.SECTOR_STATISTICS, output)
    return exit_code(atlas.findings, atlas.rejects)


@main.command(name="map")
@project_argument
@output_option
@verb
def map_(console: Console, project: Path, output: Path | None) -> int:
    """Draw the map alone: one HTML file that opens offline."""
    from parkatlas import webmap
    from parkatlas.output import replace_file
    from parkatlas.pipeline import exit_code

    atlas = _atlas(console, project)
    if output is None:
        click.echo(webmap.render(atlas.map), nl=False)
    else:
        with replace_file(output) as staging:
            webmap.save(atlas.map, staging)
        console.say(console.word("wrote", output))
    return exit_code(atlas.findings, atlas.rejects)


@main.command(name="export")
@project_argument
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("gis"), show_default=True, help="Folder to write."
)
@verb
def export_(console: Console, project: Path, output: Path) -> int:
    """Write areas and located enterprises as GeoPackage, GeoJSON and shapefiles."""
    from parkatlas.export import export_layers
    from parkatlas.output import replace_folder
    from parkatlas.pipeline import exit_code, survey

    with console.progress() as progress:
        surveyed = survey(project, progress)
    with replace_folder(output) as staging:
        findings = surveyed.findings + tuple(export_layers(surveyed.plan, surveyed.registers, staging))
    console.reconcile(surveyed)
    console.tell(findings)
    console.say(console.word("wrote", output))
    return exit_code(findings, surveyed.rejects)


def _atlas(console: Console, project: Path) -> Atlas:
    from parkatlas import pipeline

    with console.progress() as progress:
        atlas = pipeline.build(project, lang=console.lang, progress=progress)
    console.reconcile(atlas)
    console.tell(atlas.findings)
    return atlas


def _one_register(console: Console, plan: Plan, by_register: Any, register: str | None) -> Any:
    """Return what belongs to the register asked for; the plan's first if none is named."""
    if register is None:
        return by_register[plan.registers[0].id]
    if register not in by_register:
        raise click.UsageError(console.word("no-register", register, ", ".join(by_register)))
    return by_register[register]


def _write(console: Console, data: pd.DataFrame, table: Any, output: Path | None) -> None:
    from parkatlas.export import write_geojson, write_geopackage
    from parkatlas.output import replace_file
    from parkatlas.report import records, write_table

    if output is None:
        plain = data.drop(columns="geometry", errors="ignore")
        click.echo(_json(records(plain)) if console.as_json else write_table(data, table, None, console.lang), nl=False)
        return
    kind = output.suffix.lower()
    if kind in (".geojson", ".gpkg") and table.geometry is None:
        raise click.UsageError(f"{output}: {kind} needs a table with geometry; use .csv")
    with replace_file(output) as staging:
        if kind == ".geojson":
            write_geojson(data, table, staging)
        elif kind == ".gpkg":
            write_geopackage({table.name: (data, table)}, staging, "1970")
        elif kind == ".csv":
            write_table(data, table, staging, console.lang)
        else:
            raise click.UsageError(f"{output}: unknown kind of file {kind!r}; use .csv, .geojson or .gpkg")
    console.say(console.word("wrote", output))


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)
