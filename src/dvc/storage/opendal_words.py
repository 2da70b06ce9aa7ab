"""What opendal and the servers behind it say when something fails, in our words."""

import re
from collections.abc import Sequence

from dvc.storage.contract import AccessDenied, StorageProblem

# How servers and opendal say that they do not know us; some answer 404 to a key that they do not know.
_DENIED = (
    "UserNotFound",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AccessDenied",
    "Permission denied: user=",
    "failed to load signing credential",
    "status: 401",
    "status: 403",
)
_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound")
_KEYS = {
    "s3": "see the keys in the remote's options, the environment (AWS_ACCESS_KEY_ID, ...) or your AWS profile",
    "gs": "see the remote's `credentialpath`, GOOGLE_APPLICATION_CREDENTIALS, or log in: gcloud auth application-default login",
    "azure": "see the keys in the remote's options and the environment (AZURE_STORAGE_CONNECTION_STRING, ...), or log in: az login",
    "oss": "see the remote's `oss_key_id` and `oss_key_secret`, or OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET in the environment",
    "gdrive": "see the remote's `gdrive_...` options, and that the folder is shared with the account that is used",
    "hdfs": "see the remote's `user`, or its `kerb_ticket` where the cluster wants one",
}


def denied(name: str, said: str) -> AccessDenied:
    """What to raise when the server of the URL `name` does not let us."""
    return AccessDenied(f"'{name}': access denied: {said}", hint=_KEYS.get(name.split("://", 1)[0]))


_HINTS = {
    **dict.fromkeys(_NO_BUCKET, "make the bucket first, or correct the remote's url"),
    "invalid peer certificate": "set the remote's `ssl_verify`, or SSL_CERT_FILE, to the file of the authority that the certificate is of",
    "BadDigest": "the bytes were changed on their way: run the command again",
}


class Worded:
    """Turns opendal's errors into ours. A missing file is no error here: `missing` says so afterwards."""

    def __init__(self, name: str, unknown: Sequence[str] = ()) -> None:
        """`unknown`: words of an answer that say as much as "not found"."""
        self._name = name
        self._unknown = unknown
        self.missing = False

    def __enter__(self) -> "Worded":
        return self

    def __exit__(self, kind: object, why: BaseException | None, _: object) -> bool:
        # opendal's errors have no class in common, and its file objects raise the system's ones without a number.
        of_file = isinstance(why, OSError) and why.errno is None
        if why is None or not (of_file or type(why).__module__ == "opendal.exceptions"):
            return False
        message = str(why)
        name = message.split(" ", 1)[0]  # such as `NotFound (persistent) at read ...`
        said = words_of(message)
        if name == "PermissionDenied" or any(word in message for word in _DENIED):
            raise denied(self._name, said) from None
        no_bucket = any(word in message for word in _NO_BUCKET)
        if (name == "NotFound" and not no_bucket) or any(word in message for word in self._unknown):
            self.missing = True
            return True
        hint = next((hint for word, hint in _HINTS.items() if word in message), None)
        raise StorageProblem(f"'{self._name}': {said}", hint=hint) from None

    def no_place(self, url: str) -> None:
        """A write that finds nothing has no place to write to."""
        if self.missing:
            raise StorageProblem(f"'{url}': there is no such place", hint="make the bucket or folder first, or correct the remote's url")


def words_of(message: str) -> str:
    """The part of opendal's long messages that people can use: what failed and the cause beneath it, or the server's own words."""
    for tag in ("Message", "Code"):
        start, end = message.find(f"<{tag}>"), message.find(f"</{tag}>")
        if 0 <= start < end:
            return message[start + len(tag) + 2 : end]
    for field in ('message: "', 'message: \\"', 'code: "'):
        if field in message and (words := message.split(field, 1)[1].split('"', 1)[0].rstrip("\\")):
            return words.split(" RequestId:", 1)[0]
    first = message.split("\n", 1)[0].split("=> ", 1)[-1]
    status = re.search(r"status: (\d{3})", message)
    cause = message.split("Source:\n", 1)[1].strip().split("\n", 1)[0].strip() if "Source:\n" in message else ""
    if status and (first.startswith("<") or not cause):  # a page meant for a browser, or no words at all
        return f"the server answered {status[1]}"
    return f"{first}: {cause}"[:400] if cause else first[:400]
