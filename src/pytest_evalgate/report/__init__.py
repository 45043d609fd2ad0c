"""Reports: evidence in, text out."""
