"""The project's cache, as its configuration wants it used. Kept apart and small: nearly every command starts here."""

from dvc.project.project import Project
from dvc.store.objects import Store


def store_of(project: Project) -> Store:
    """The cache, with the link types and folder modes that the configuration asks for."""
    return Store(project.cache_dir, project.config.link_types(), project.config.dir_mode, project.quarantine)
