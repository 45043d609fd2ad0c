"""Big files through DuckDB: columns as arrays where the strict reader would give the same ones."""
