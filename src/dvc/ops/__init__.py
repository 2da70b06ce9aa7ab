"""Use cases, one per file: options in, result out. They raise; they never print."""
