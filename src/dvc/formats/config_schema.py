"""Every configuration option there is, and what it takes. Owns the check of values; `config` owns the text.

Implements docs/formats/config.md. Remote options depend on the scheme of the remote's URL.
"""

from collections.abc import Callable, Iterable, Mapping

from dvc.exceptions import ConfigProblem
from dvc.formats.config import Section, Settings, Value, section_text

TRUE = frozenset(("true",))
FALSE = frozenset(("false",))
LINK_TYPES = ("reflink", "hardlink", "symlink", "copy")
NAMED = ("remote", "machine", "db")

Kind = Callable[[Value], str | None]
"""Looks at a value: None when it is right, else what it must be."""


def _word(value: Value) -> str | None:
    return None if isinstance(value, str) else "one value: put it in quotes if the comma belongs to it"


def _flag(value: Value) -> str | None:
    return None if isinstance(value, str) and value.lower() in TRUE | FALSE else "true or false"


def _integer(value: Value) -> str | None:
    return None if _parsed(int, value) is not None else "a whole number"


def _positive(value: Value) -> str | None:
    number = _parsed(int, value)
    return None if number is not None and number > 0 else "a whole number above 0"


def _real(value: Value) -> str | None:
    number = _parsed(float, value)
    if number is None:
        return "a number"
    return None if number >= 0 else "a number, 0 or more"


def _parsed(parse: Callable[[str], float], value: Value) -> float | None:
    """A number; None for a word or a list."""
    try:
        return parse(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _links(value: Value) -> str | None:
    wanted = f"a list of {', '.join(LINK_TYPES)}"
    return None if all(item in LINK_TYPES for item in link_types(value)) and link_types(value) else wanted


def _one_of(*choices: str) -> Kind:
    def check(value: Value) -> str | None:
        return None if isinstance(value, str) and value.lower() in choices else f"one of {', '.join(choices)}"

    return check


_SHARED = _one_of("group")
_KINDS: Mapping[str, Kind] = {"flag": _flag, "int": _integer, "positive": _positive, "real": _real, "links": _links, "word": _word}


def _options(**kinds: str) -> dict[str, Kind]:
    return {name: _KINDS[kind] for kind, names in kinds.items() for name in names.split()}


SECTIONS: Mapping[str, Mapping[str, Kind]] = {
    "core": {
        **_options(
            flag="analytics autostage check_update experiments hardlink_lock interactive no_scm",
            positive="checksum_jobs",
            word="machine remote site_cache_dir",
        ),
        "fsync": _one_of("batch", "off"),
    },
    "cache": {
        **_options(flag="protected slow_link_warning verify", links="type", word="azure dir gs hdfs local s3 ssh webhdfs"),
        "shared": _SHARED,
    },
    "exp": _options(flag="auto_push", word="code data git_remote live metrics models params plots"),
    "feature": {},
    "hydra": _options(flag="enabled", word="config_dir config_module config_name plugins_path"),
    "index": _options(word="dir"),
    "parsing": {"bool": _one_of("store_true", "boolean_optional"), "list": _one_of("nargs", "append")},
    "plots": _options(flag="auto_open", word="html_template out_dir"),
    "state": _options(positive="row_cleanup_quota row_limit", word="dir"),
    "studio": _options(flag="offline", word="repo_url token url"),
}
_MACHINE: Mapping[str, Kind] = {
    **_options(
        flag="spot",
        int="instance_hdd_size",
        real="spot_price",
        word="image instance_gpu instance_type setup_script ssh_private startup_script",
    ),
    "cloud": _one_of("aws", "azure"),
    "region": _one_of("us-west", "us-east", "eu-west", "eu-north"),
}
_DB = _options(word="password url username")

_REMOTE = _options(flag="no_traverse verify version_aware worktree", positive="checksum_jobs jobs", word="url")
_HTTP: Mapping[str, Kind] = {
    **_options(flag="ask_password", real="connect_timeout read_timeout", word="custom_auth_header method password ssl_verify user"),
    "auth": _one_of("basic", "digest", "custom"),
}
_WEBDAV = _options(
    flag="ask_password",
    int="timeout",
    word="bearer_token_command cert_path custom_auth_header key_path password ssl_verify token user",
)
SCHEMES: Mapping[str, Mapping[str, Kind]] = {
    "": {**_options(flag="protected slow_link_warning", links="type"), "shared": _SHARED},
    "azure": _options(
        flag="allow_anonymous_login exclude_environment_credential exclude_managed_identity_credential"
        " exclude_shared_token_cache_credential exclude_visual_studio_code_credential",
        int="connection_timeout read_timeout timeout",
        word="account_key account_name client_id client_secret connection_string sas_token tenant_id",
    ),
    "gdrive": _options(
        flag="gdrive_acknowledge_abuse gdrive_trash_only gdrive_use_service_account",
        word="gdrive_client_id gdrive_client_secret gdrive_service_account_json_file_path gdrive_service_account_user_email"
        " gdrive_user_credentials_file profile",
    ),
    "gs": _options(flag="allow_anonymous_login", word="credentialpath endpointurl projectname"),
    "hdfs": _options(int="replication", word="kerb_ticket user"),
    "http": _HTTP,
    "https": _HTTP,
    "oss": _options(word="oss_endpoint oss_key_id oss_key_secret"),
    "s3": _options(
        flag="allow_anonymous_login cache_regions listobjects use_ssl",
        int="connect_timeout read_timeout",
        word="access_key_id acl configpath credentialpath endpointurl grant_full_control grant_read grant_read_acp grant_write_acp"
        " profile region secret_access_key session_token sse sse_customer_algorithm sse_customer_key sse_kms_key_id ssl_verify",
    ),
    "ssh": _options(
        flag="allow_agent ask_passphrase ask_password gss_auth",
        int="max_sessions port timeout",
        links="type",
        word="keyfile passphrase password user",
    ),
    "webdav": _WEBDAV,
    "webdavs": _WEBDAV,
    "webhdfs": _options(flag="kerberos use_https", word="data_proxy_target kerberos_principal password proxy_to ssl_verify token user"),
}
# Written relative to the folder of the configuration file.
PATH_OPTIONS = frozenset(
    (
        "cert_path", "configpath", "credentialpath", "gdrive_client_secret_file", "gdrive_service_account_json_file_path",
        "gdrive_user_credentials_file", "key_path", "keyfile",
    )
)  # fmt: skip


def check(settings: Settings, origin: str) -> None:
    """Raises ConfigProblem for the first section, option or value that is not allowed; `origin` names the file."""
    for section, options in settings.items():
        known = _known(section, options, origin)
        for option, value in options.items():
            where = f"{section_text(section) if isinstance(section, str) else '.'.join(section)}.{option}"
            if known is not None and option not in known:
                raise ConfigProblem(f"'{origin}': there is no option '{where}'", hint=_closest(option, known))
            wanted = None if known is None else known[option](value)
            if wanted is not None:
                shown = value if isinstance(value, str) else ", ".join(value)
                raise ConfigProblem(f"'{origin}': '{where}' must be {wanted}, not '{shown}'", hint="set it with `dvc config`")


def _known(section: Section, options: Mapping[str, Value], origin: str) -> Mapping[str, Kind] | None:
    """The options of a section; None where any may stand."""
    if isinstance(section, str):
        if section == "feature":
            return None
        if section in SECTIONS:
            return SECTIONS[section]
        raise ConfigProblem(f"'{origin}': there is no section '{section}'", hint=_closest(section, [*SECTIONS, *NAMED]))
    kind, name = section
    if kind == "remote":
        return _known_remote(name, options, origin)
    if kind in NAMED:
        return _MACHINE if kind == "machine" else _DB
    raise ConfigProblem(f"'{origin}': there is no section '{section_text(section)}'", hint=_closest(kind, NAMED))


def _known_remote(name: str, options: Mapping[str, Value], origin: str) -> Mapping[str, Kind] | None:
    url = options.get("url")
    if not isinstance(url, str):
        # Another level may have the URL; the merged whole is checked again.
        return {**_REMOTE, **{option: kind for known in SCHEMES.values() for option, kind in known.items()}}
    scheme = scheme_of(url)
    if scheme == "remote":
        return None
    if scheme not in SCHEMES:
        raise ConfigProblem(
            f"'{origin}': remote '{name}' has a URL of an unknown kind, '{scheme}://'",
            hint=f"known kinds: {', '.join(sorted(filter(None, SCHEMES)))}, and paths of local folders",
        )
    return {**_REMOTE, **SCHEMES[scheme]}


def scheme_of(url: str) -> str:
    """`s3` of `s3://bucket`; "" for a path of this machine, also one written `file://` or with a drive letter."""
    scheme, found, _ = url.partition("://")
    return "" if not found or scheme.lower() in ("file", "local") else scheme.lower()


def _closest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, sorted(known), n=1)
    return f"did you mean '{close[0]}'?" if close else "docs/formats/config.md lists all options"


def boolean(value: Value) -> bool:
    """A value that passed the check as a truth value."""
    return isinstance(value, str) and value.lower() in TRUE


def link_types(value: Value) -> tuple[str, ...]:
    """`cache.type` as a tuple: one text with commas, or a list."""
    items = value.split(",") if isinstance(value, str) else value
    return tuple(item.strip() for item in items if item.strip())
