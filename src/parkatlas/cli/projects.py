"""Verbs on whole projects: make one, check it, build it, draw and export it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import click

from parkatlas.cli.console import (
    Console,
    folder_option,
    output_option,
    page_options,
    project_argument,
    strict_option,
    verb,
)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--empty", is_flag=True, help="A plan.toml to fill in, without the shipped data.")
@verb
def init(console: Console, folder: Path, empty: bool) -> int:
    """Make a new project folder from the shipped one, ready to edit, or an empty one."""
    from parkatlas.project import create_project

    console.answer(folder=str(folder), files=create_project(folder, empty=empty))
    console.say(console.word("created", folder))
    return 0


@click.command()
@project_argument
@strict_option
@verb
def check(console: Console, project: Path, strict: bool) -> int:
    """Read and validate everything, write nothing, say every finding."""
    from parkatlas.pipeline import Streaming, survey

    with console.progress() as progress:
        surveyed = survey(project, progress, streaming=Streaming(watch=progress.watch), strict=strict)
    console.answer(conservation=surveyed.conservation, findings=surveyed.findings)
    return console.conclude(surveyed, surveyed.findings)


@click.command()
@project_argument
@folder_option("atlas")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="Day from which years left are counted.")
@page_options
@click.option(
    "--engine", type=click.Choice(["threads", "dask"]), default="threads", help="For Parquet larger than memory."
)
@click.option(
    "--scheduler", metavar="tcp://HOST:PORT", help="Of a Dask cluster; with --engine dask one is started if not given."
)
@strict_option
@verb
def build(
    console: Console,
    *,
    project: Path,
    output: Path,
    today: datetime.datetime | None,
    show_findings: bool,
    assets: Literal["inline", "cdn"],
    engine: Literal["threads", "dask"],
    scheduler: str | None,
    strict: bool,
) -> int:
    """Make the whole atlas: map, tables, statistics, GIS files, report."""
    from parkatlas.pipeline import Streaming, build_and_publish

    if scheduler is not None and engine != "dask":
        raise click.UsageError("--scheduler: --engine dask")
    day = today.date() if today else None
    with console.progress(steps=9) as progress:
        how = Streaming(
            engine=engine,
            scheduler=scheduler,
            announce=lambda at: progress.note(console.word("dashboard", at)),
            watch=progress.watch,
        )
        atlas, findings = build_and_publish(
            project,
            output,
            lang=console.lang,
            today=day,
            show_findings=show_findings,
            assets=assets,
            streaming=how,
            strict=strict,
            progress=progress,
        )
    if console.as_json:
        console.emit((output / "report.json").read_text(encoding="utf-8"))
    return console.conclude(atlas, findings, output / "index.html")


@click.command(name="map")
@project_argument
@output_option
@page_options
@verb
def map_(
    console: Console, *, project: Path, output: Path | None, show_findings: bool, assets: Literal["inline", "cdn"]
) -> int:
    """Draw the map alone: one HTML file that opens offline."""
    from parkatlas import webmap
    from parkatlas.output import replace_file
    from parkatlas.pipeline import Streaming, build

    if output is None and console.as_json:
        raise click.UsageError(console.word("no-json"))
    if output is not None and output.suffix.lower() not in (".html", ".htm"):
        raise click.UsageError(console.word("unknown-kind", output, ".html"))
    with console.progress() as progress:
        how = Streaming(watch=progress.watch)
        atlas = build(
            project, lang=console.lang, show_findings=show_findings, assets=assets, streaming=how, progress=progress
        )
    if output is None:
        console.emit(webmap.render(atlas.map))
    else:
        with replace_file(output, atlas.files) as staging:
            webmap.save(atlas.map, staging)
        console.answer(output=str(output), conservation=atlas.conservation, findings=atlas.findings)
    return console.conclude(atlas, atlas.findings, output)


@click.command(name="export")
@project_argument
@folder_option("gis")
@verb
def export_(console: Console, project: Path, output: Path) -> int:
    """Write areas and located enterprises as GeoPackage, GeoJSON and shapefiles."""
    from parkatlas.pipeline import Streaming, survey
    from parkatlas.publication import publish_layers

    with console.progress() as progress:
        surveyed = survey(project, progress, streaming=Streaming(watch=progress.watch))
    findings = publish_layers(surveyed, output)
    console.answer(output=str(output), conservation=surveyed.conservation, findings=findings)
    return console.conclude(surveyed, findings, output)


@click.command()
@project_argument
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="New folder to write.")
@click.option("--force", is_flag=True, help="Repair even what changes an area by more than 0.1 %.")
@verb
def repair(console: Console, project: Path, output: Path, force: bool) -> int:
    """Copy a project with its layers repaired, and list every change and what is left; nothing is repaired in place."""
    from parkatlas.findings import worst
    from parkatlas.pipeline import repair_project
    from parkatlas.plan import check_plan
    from parkatlas.report import records

    changes = records(repair_project(project, output, force=force))
    left = check_plan(output)
    console.answer(output=str(output), changes=changes, findings=left)
    for change in changes:
        sizes = " -> ".join(
            "-" if size is None else f"{size:.6g}" for size in (change["km2_before"], change["km2_after"])
        )
        console.say(f"{change['file']}, {change['area_id']}: {change[f'message_{console.lang}']} ({sizes} km2)")
    console.say(console.word("repaired", len(changes), output))
    console.tell(left)
    return int(worst(left) in ("error", "warning"))


VERBS = (init, check, repair, build, map_, export_)
