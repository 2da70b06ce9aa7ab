"""Servers that tests start on free ports of this machine, and stop."""
