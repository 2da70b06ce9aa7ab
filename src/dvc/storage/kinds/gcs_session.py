"""Large files for Google Cloud Storage, by its resumable uploads (`google_session`)."""

from typing import IO
from urllib.parse import quote

from dvc.storage.contract import Sending, StorageProblem
from dvc.storage.kinds.google_account import Rights, identity
from dvc.storage.kinds.google_session import Upload
from dvc.storage.kinds.web import DENIED, Web, see
from dvc.storage.opendal_words import denied

_CONNECT, _READ = 60, 300  # seconds that a silent server is waited for; it answers when it has a whole piece


class Sessions:
    """Uploads below the folder `root` ("" for none) of a bucket."""

    def __init__(self, rights: Rights, endpoint: str, bucket: str, root: str) -> None:
        self._web = Web(endpoint, {}, jobs=16, connect=_CONNECT, read=_READ)
        self._web.identity = identity(rights)
        self._objects = f"{endpoint}/upload/storage/v1/b/{quote(bucket, safe='')}/o"
        self._bucket = bucket
        self._root = f"{root}/" if root else ""

    def close(self) -> None:
        self._web.close()

    def upload(self, file: IO[bytes], size: int, path: str, sending: Sending) -> None:
        """Make `path` of the `size` bytes of `file`. AccessDenied, StorageProblem."""
        name = self._root + path
        Upload(
            self._web,
            target=self._objects + name,
            name=self._named(name),
            begin=lambda: self._begin(name, size),
            undo=lambda _: self._web.ask("DELETE", f"{self._objects.replace('/upload/', '/', 1)}/{quote(name, safe='')}"),
        ).send(file, size, sending)

    def _begin(self, name: str, size: int) -> str:
        headers = {"X-Upload-Content-Length": str(size), "X-Upload-Content-Type": "application/octet-stream", "Content-Length": "0"}
        answer = self._web.ask("POST", f"{self._objects}?uploadType=resumable&name={quote(name, safe='')}", headers=headers)
        if answer.status in DENIED:
            raise denied(self._named(name), f"HTTP {answer.status}")
        see(answer, self._named(name), gone="there is no such bucket")
        session = answer.headers.get("Location")
        if not session:
            raise StorageProblem(
                f"'{self._named(name)}': the server began no upload", hint="see that `endpointurl` is a Google Cloud Storage"
            )
        return str(session)

    def _named(self, name: str) -> str:
        return f"gs://{self._bucket}/{name}"
