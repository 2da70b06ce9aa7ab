"""The commands: name -> (module below `dvc.cli.commands`, summary). Data only, so that reading it costs nothing."""

COMMANDS: dict[str, tuple[str, str]] = {
    "add": ("add", "Track files or folders."),
    "cache dir": ("cache_dir", "Show or set the cache folder."),
    "cache migrate": ("cache_migrate", "Move objects of the 2.x cache layout to the 3.x one."),
    "check-ignore": ("check_ignore", "Show which paths .dvcignore excludes, and by which rule."),
    "checkout": ("checkout", "Bring tracked files and folders to the versions that the .dvc files and dvc.lock name."),
    "commit": ("commit", "Record changes of tracked data in the cache and in the .dvc files or dvc.lock."),
    "config": ("config", "Show or change configuration options."),
    "dag": ("dag", "Show the pipeline's stages as a graph."),
    "data status": ("data_status", "Show changes of tracked data against Git's HEAD and in the workspace."),
    "destroy": ("destroy", "Remove all of DVC's files and the cache; the data stays."),
    "diff": ("diff", "Show added, changed, renamed and deleted data between two commits."),
    "du": ("du", "Show how large tracked data is."),
    "fetch": ("fetch", "Download data from a remote into the cache."),
    "freeze": ("freeze", "Keep stages or imports as they are until unfrozen."),
    "gc": ("gc", "Delete cached data that nothing in the chosen scope refers to."),
    "get": ("get", "Download a file or folder out of another repository."),
    "git-hook": ("git_hook", "What the Git hooks of `dvc install` call."),
    "init": ("init", "Start a DVC project."),
    "install": ("install", "Put DVC into this repository's Git hooks."),
    "list": ("list", "List what a repository holds, tracked data included."),
    "metrics diff": ("metrics_diff", "Show how metrics changed between commits."),
    "metrics show": ("metrics_show", "Show metrics and their values."),
    "move": ("move", "Rename or move tracked data together with its .dvc file."),
    "params diff": ("params_diff", "Show how parameters changed between commits."),
    "plots diff": ("plots_diff", "Draw plots of several revisions over each other."),
    "plots modify": ("plots_modify", "Change how a stage's plot is displayed."),
    "plots show": ("plots_show", "Draw plots."),
    "plots templates": ("plots_templates", "List the built-in plot templates, or print one."),
    "pull": ("pull", "Download tracked data from a remote and check it out."),
    "push": ("push", "Upload tracked data to a remote."),
    "remote add": ("remote_add", "Add a remote."),
    "remote default": ("remote_default", "Show or set the default remote."),
    "remote list": ("remote_list", "List the remotes."),
    "remote modify": ("remote_modify", "Set or unset an option of a remote."),
    "remote remove": ("remote_remove", "Remove a remote."),
    "remote rename": ("remote_rename", "Rename a remote."),
    "remove": ("remove", "Stop tracking data, or remove stages."),
    "repro": ("repro", "Run the stages whose dependencies changed."),
    "root": ("root", "Print the path of the project's root."),
    "stage add": ("stage_add", "Add or change a stage in dvc.yaml."),
    "stage list": ("stage_list", "List stages."),
    "status": ("status", "Show what changed in tracked data and pipelines."),
    "unfreeze": ("unfreeze", "Undo freeze."),
    "unprotect": ("unprotect", "Make linked files writable copies of their own."),
    "version": ("version", "Show the version and what this system supports."),
}

GROUPS: dict[str, str] = {
    "cache": "Manage the cache.",
    "data": "Look at tracked data.",
    "metrics": "Look at metrics.",
    "params": "Look at parameters.",
    "plots": "Draw plots of data and images.",
    "remote": "Manage remotes.",
    "stage": "Manage stages.",
}

ALIASES: dict[str, str] = {"doctor": "version", "ls": "list", "mv": "move", "rm": "remove"}

# Run by other programs, so not shown by `dvc --help`.
HIDDEN = frozenset({"git-hook"})
