"""The programs of the Makefile: setup, the whole product on this machine, deployment, and API keys."""
