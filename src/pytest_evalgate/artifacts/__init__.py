"""Evaluation artifacts: files in, samples out. Takes plain arguments, knows no gate file."""
