"""The engine: joins gate file, artifacts and statistics into evidence."""
