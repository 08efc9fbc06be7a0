"""`python -m cli` is `gridquorum`."""

from cli.app import main

main()
