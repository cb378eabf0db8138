"""Histories as files: asked for, made in the background, fetched by a link."""

from margind.downloads.desk import Downloads
from margind.downloads.download import Download
from margind.downloads.sheets import Kind

__all__ = ["Download", "Downloads", "Kind"]
