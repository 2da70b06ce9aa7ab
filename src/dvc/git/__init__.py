"""Git behind one port: `port.Git` says what the rest may ask, `process.ProcessGit` answers with the `git` executable."""
