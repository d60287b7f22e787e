"""The door through which issuers' card hosts reach the banks' accounts."""
