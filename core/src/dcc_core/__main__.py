"""Run the command line as ``python -m dcc_core``."""

from dcc_core.cli.main import main

main()
