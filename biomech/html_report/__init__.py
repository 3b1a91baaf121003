"""Reports as one HTML file each: self-contained, offline, with curves, a scene in three dimensions and their sources.

`data` modules are pure functions from datasets and tables to plain values; `page` puts them into templates.
"""
