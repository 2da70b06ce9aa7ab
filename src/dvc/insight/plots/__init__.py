"""Plots: definitions and data collected from views, made into Vega-Lite specs, pages and pictures."""
