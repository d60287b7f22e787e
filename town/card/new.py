"""``tenge card new``: a blank card in a file, as it comes from the factory."""

from pathlib import Path
from typing import Annotated

import typer

from device.cli.options import AsJson
from device.cli.speaking import speaking
from tender.errors import Code, StoreError


def new(
    file: Annotated[str, typer.Argument(help="The card image to make, as file:PATH or PATH.")],
    as_json: AsJson = False,
) -> None:
    """Make a blank purse card in a file. Its chip's key lies with the secure elements, apart from the image.

    Example:  tenge card new aigul.card
    """
    from hardware.cards.card_file import CardFile
    from hardware.entropy import SystemEntropy
    from hardware.readers import FILE, chips_folder

    with speaking(as_json) as voice:
        path = Path(file.removeprefix(FILE)).expanduser()
        if path.exists():
            raise StoreError(Code.FILE_EXISTS, "card", file=str(path))
        if not path.absolute().parent.is_dir():
            raise StoreError(Code.FOLDER_MISSING, "card", folder=str(path.absolute().parent))
        CardFile.create(path, chips_folder(), SystemEntropy()).close()
        voice.say("card-made", file=path.name)
        voice.tell(file=str(path))
