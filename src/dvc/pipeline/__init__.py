"""Stages with commands: what depends on what, why a stage must run, what a run will do, and doing it."""
