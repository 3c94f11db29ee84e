"""RCP forms: a language domain experts write, its linter, its engine, the national pack."""
