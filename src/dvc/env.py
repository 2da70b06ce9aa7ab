"""Every environment variable that Cairn reads. Only the shells and the config loader read the environment."""

ENGINE = "DVC_ENGINE"  # "native" or "python"; the native one when it is there
SITE_CACHE_DIR = "DVC_SITE_CACHE_DIR"
GLOBAL_CONFIG_DIR = "DVC_GLOBAL_CONFIG_DIR"
SYSTEM_CONFIG_DIR = "DVC_SYSTEM_CONFIG_DIR"
PAGER = "DVC_PAGER"
COMMON_PAGER = "PAGER"
IGNORE_ISATTY = "DVC_IGNORE_ISATTY"
SHOW_TRACEBACK = "DVC_SHOW_TRACEBACK"
NO_ANALYTICS = "DVC_NO_ANALYTICS"  # accepted, nothing to switch off
