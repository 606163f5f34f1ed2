"""Pictures, frames and sound as a model rater is shown them, decoded in the limited process that ingest uses."""

from __future__ import annotations

import base64
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from annotation.model_raters.chat import ItemFailure
from annotation.model_raters.items import ShownItem
from annotation.model_raters.media import MediaBudget, jpeg_url
from chorale.store import object_store
from chorale.store.models import Item
from harmonize.corpora.amiss import Amiss
from harmonize.corpora.media import opener

RECORDED = ("audio", "video")


def with_media(plain: ShownItem, item: Item, budget: MediaBudget) -> ShownItem:
    """The item with what the budget shows of its file; as it is where that is nothing. Raises `ItemFailure`."""
    kind = item.modality if item.modality in ("image", *RECORDED) else ""
    wanted = {"image": budget.image_side, "video": budget.frames or budget.audio_seconds, "audio": budget.audio_seconds}
    if not item.media or not wanted.get(kind):
        return plain
    with TemporaryDirectory() as place:
        folder = Path(place)
        try:
            told = opener().show(
                _file(item.media, folder), kind, folder,
                side=budget.image_side, frames=budget.frames, heard=budget.audio_seconds,
            )  # fmt: skip
        except Amiss as wrong:
            raise ItemFailure(wrong.code, f"The item {wrong.what}", wrong.fix) from wrong
        except OSError as error:
            raise ItemFailure("media-missing", f"{item.media} cannot be opened.", "Import it again.") from error
        images = tuple(jpeg_url((folder / f"{n}.jpg").read_bytes()) for n in range(told.get("images", 0)))
        audio = (base64.b64encode((folder / "sound.wav").read_bytes()).decode(),) if told.get("heard") else ()
    times, heard = tuple(told.get("times", ())), float(told.get("heard", 0.0))
    return replace(plain, images=images, audio=audio, times=times, heard=heard)


def _file(key: str, folder: Path) -> Path:
    """A path of the kept file, brought here where the store is elsewhere."""
    if (path := object_store.local_path(key)) is not None:
        if not path.is_file():
            raise FileNotFoundError(key)
        return path
    path = folder / ("file" + Path(key).suffix)
    with object_store.open_key(key) as source, path.open("wb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)
    return path
