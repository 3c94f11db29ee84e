"""`dcc forms valueset`."""

import sys
from pathlib import Path

import click

from dcc_rcp_forms.valuesets.collection import NATIONAL_SETS, Library
from dcc_rcp_forms.valuesets.svs import SvsError, read_svs


@click.group("valueset")
def valueset() -> None:
    """National value sets."""


@valueset.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--folder", type=click.Path(path_type=Path), default=NATIONAL_SETS, help="Where to.")
def import_sets(files: tuple[Path, ...], folder: Path) -> None:
    """Import national XML FILES (IHE SVS); exit 1 when one is refused."""
    library, refused = Library((folder,)), 0
    for file in files:
        try:
            codes = read_svs(file)
            path, is_new = library.save(codes)
        except SvsError as error:
            refused += 1
            click.echo(f"dcc: {error} Téléchargez-le à nouveau.", err=True)
        except FileExistsError as error:
            refused += 1
            click.echo(
                f"dcc: {error} est déjà importé avec d'autres codes ; "
                "la date de révision doit changer.",
                err=True,
            )
        else:
            state = "importé" if is_new else "déjà là"
            click.echo(f"{path.name}: {len(codes.codes)} code(s), {state}")
    if refused:
        sys.exit(1)


@valueset.command("list")
def list_sets() -> None:
    """List the value sets at hand."""
    library = Library()
    for name in library.names():
        codes = library.find(name)
        if codes:
            click.echo(f"{name}  {codes.version}  {len(codes.codes)}  {codes.oid}")
