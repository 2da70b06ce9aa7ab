"""Metrics and parameters: collected from views, compared, never written."""
