"""Where remotes lie. This version serves remotes that are local folders."""
