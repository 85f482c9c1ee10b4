"""Verbs on whole projects: make one, check it, build it, draw and export it."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from parkatlas.cli.console import Console, compute, output_option, project_argument, to_json, verb


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@verb
def init(console: Console, folder: Path) -> int:
    """Make a new project folder from the shipped one, ready to edit."""
    from parkatlas.project import create_project

    created = create_project(folder)
    if console.as_json:
        click.echo(to_json({"folder": str(folder), "files": created}))
    console.say(console.word("created", folder))
    return 0


@click.command()
@project_argument
@verb
def check(console: Console, project: Path) -> int:
    """Read and validate everything, write nothing, say every finding."""
    from parkatlas.atlas import exit_code
    from parkatlas.pipeline import survey

    with console.progress() as progress:
        surveyed = survey(project, progress)
    console.reconcile(surveyed)
    console.tell(surveyed.findings)
    if console.as_json:
        click.echo(
            to_json({"conservation": surveyed.conservation, "findings": [f.record() for f in surveyed.findings]})
        )
    return exit_code(surveyed.findings, surveyed.rejects)


@click.command()
@project_argument
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("atlas"), show_default=True, help="Folder to write."
)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="Day from which years left are counted.")
@verb
def build(console: Console, project: Path, output: Path, today: datetime.datetime | None) -> int:
    """Make the whole atlas: map, tables, GIS files, report."""
    from parkatlas import pipeline
    from parkatlas.atlas import exit_code

    with console.progress() as progress:
        atlas = pipeline.build(
            project, output, lang=console.lang, today=today.date() if today else None, progress=progress
        )
    console.reconcile(atlas)
    console.tell(atlas.findings)
    console.say(console.word("wrote", output / "index.html"))
    if console.as_json:
        click.echo((output / "report.json").read_text(encoding="utf-8"), nl=False)
    return exit_code(atlas.findings, atlas.rejects)


@click.command(name="map")
@project_argument
@output_option
@verb
def map_(console: Console, project: Path, output: Path | None) -> int:
    """Draw the map alone: one HTML file that opens offline."""
    from parkatlas import webmap
    from parkatlas.atlas import exit_code
    from parkatlas.output import replace_file

    atlas = compute(console, project)
    if output is None:
        click.echo(webmap.render(atlas.map), nl=False)
    else:
        with replace_file(output) as staging:
            webmap.save(atlas.map, staging)
        console.say(console.word("wrote", output))
    return exit_code(atlas.findings, atlas.rejects)


@click.command(name="export")
@project_argument
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("gis"), show_default=True, help="Folder to write."
)
@verb
def export_(console: Console, project: Path, output: Path) -> int:
    """Write areas and located enterprises as GeoPackage, GeoJSON and shapefiles."""
    from parkatlas.atlas import exit_code
    from parkatlas.export import export_layers
    from parkatlas.output import replace_folder
    from parkatlas.pipeline import survey

    with console.progress() as progress:
        surveyed = survey(project, progress)
    with replace_folder(output) as staging:
        findings = surveyed.findings + tuple(export_layers(surveyed.plan, surveyed.registers, staging))
    console.reconcile(surveyed)
    console.tell(findings)
    console.say(console.word("wrote", output))
    return exit_code(findings, surveyed.rejects)


VERBS = (init, check, build, map_, export_)
