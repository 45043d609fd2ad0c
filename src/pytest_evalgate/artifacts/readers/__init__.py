"""Formats: one small file each, registered by name in ``registry.py``."""
