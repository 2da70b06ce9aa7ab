"""One module per command, imported only when chosen: `arguments(parser)` and `run(args, context) -> exit code`."""
