"""Values of the domain: object ids, outputs, dependencies, stages, scopes. Frozen, no I/O, imports the kernel alone."""
