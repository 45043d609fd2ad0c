"""Reference cases of other tools, and the adapters that ask this package for the same numbers.

``adapt_*.py`` map each method of ``tests/reference/cases.json`` to a function of one case that
returns every number the case expects, computed by ``pytest_evalgate.stats``.
"""
