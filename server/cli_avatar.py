"""``visavis avatar``: the characters that there are, new ones from options, pictures of them."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from engine.errors import BackendUnavailable, InvalidInput
from server.cli_options import Avatars, Force, errors_in_one_line

avatar = typer.Typer(
    help="List characters, build your own from a file of options, draw them.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

_NEEDED = {"scipy": "scipy", "skimage": "scikit-image"}
_OWN = ("VISAVIS_AVATARS", "avatars")


@avatar.command("list")
def list_avatars(
    avatars: Avatars = None,
    options: Annotated[
        bool, typer.Option("--options", help="List what a file of options may hold instead.")
    ] = False,
) -> None:
    """Name the characters that there are.

    **Examples**

    - `visavis avatar list --avatars avatars`
    - `visavis avatar list --options`
    """
    with errors_in_one_line():
        Console().print(_options() if options else _avatars(avatars))


@avatar.command("build")
def build_avatars(
    wanted: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME|FILE.toml]...", help="All that ship with Visavis if none."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for NAME.npz; by default $VISAVIS_AVATARS or `avatars`, and Visavis's "
            "own for its own.",
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Sculpt characters from their options; ten seconds each.

    A file of options is a page of TOML; begin with a copy of one in
    `engine/avatar/head/characters`. `serve --avatars DIR` offers what DIR holds.

    **Examples**

    - `visavis avatar build anna.toml`
    - `visavis avatar build anna.toml --out avatars --force`
    - `visavis avatar build nora`
    """
    with errors_in_one_line():
        _check_sculpt()
        from engine.avatar.head import build
        from engine.avatar.rig import HEADS, save_head, triangles

        paths = [build.options_file(name) for name in wanted or []] or build.shipped()
        for path in paths:
            own = path.resolve() not in build.shipped()
            folder = out or (Path(os.environ.get(*_OWN)) if own else HEADS)
            target = folder / f"{path.stem}.npz"
            if own and target.exists() and not force:
                raise InvalidInput("out", str(target), "it exists: add --force to replace it")
            head = build.build_file(path)
            folder.mkdir(parents=True, exist_ok=True)
            save_head(head, target)
            size = target.stat().st_size / 1e6
            typer.echo(f"{target}: {head.title}, {triangles(head)} triangles, {size:.1f} MB")


@avatar.command("sheet")
def sheet(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="All there are if none.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE.png", help="The picture to write.")] = Path(
        "sheet.png"
    ),
    avatars: Avatars = None,
    tile: Annotated[int, typer.Option(help="Pixels along each side of one face.")] = 256,
    force: Force = False,
) -> None:
    """Draw characters: one from all sides and in every expression, or several side by side.

    **Examples**

    - `visavis avatar sheet --out all.png`
    - `visavis avatar sheet nora --out nora.png`
    - `visavis avatar sheet anna nora --avatars avatars --out both.png`
    """
    with errors_in_one_line():
        from engine.avatar import catalogue
        from engine.render.poster import write_png
        from engine.render.sheet import cast_sheet, expression_sheet

        _check_picture(out, tile, force)
        heads = [catalogue.load(name, avatars) for name in names or catalogue.names(avatars)]
        single = len(names or ()) == 1
        picture = expression_sheet(heads[0], tile) if single else cast_sheet(heads, tile)
        write_png(picture, out)
        typer.echo(f"{out}: {picture.shape[1]} x {picture.shape[0]} pixels")


def _avatars(folder: Path | None) -> Table:
    from engine.avatar import catalogue
    from engine.avatar.rig import read_about

    table = Table("name", "title", "style", "file")
    for name in catalogue.names(folder):
        path = catalogue.path_of(name, folder)
        about = read_about(path)
        own = folder is not None and path.parent == folder
        table.add_row(name, about["title"], about["style"], str(path) if own else "")
    return table


def _options() -> Table:
    from engine.avatar.head.character import described

    table = Table("section", "option", "what it does", "accepted")
    previous = ""
    for section, name, about, accepted in described():
        table.add_row(section if section != previous else "", name, about, accepted)
        previous = section
    return table


def _check_sculpt() -> None:
    missing = [package for module, package in _NEEDED.items() if find_spec(module) is None]
    if missing:
        raise BackendUnavailable(
            "sculpting",
            f"{', '.join(missing)} not installed",
            "run '.ci/setup sculpt' in the checkout, or pip install 'visavis[sculpt]'",
        )


def _check_picture(out: Path, tile: int, force: bool) -> None:
    if out.suffix.lower() != ".png":
        raise InvalidInput("out", str(out), "name a file that ends in .png")
    if out.exists() and not force:
        raise InvalidInput("out", str(out), "it exists: add --force to replace it")
    if not 64 <= tile <= 640 or tile % 2:
        raise InvalidInput("tile", tile, "use an even number of pixels from 64 to 640")
