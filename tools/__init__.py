"""Programs behind the Makefile: set-up, the whole product on this machine, deployment, API keys."""
