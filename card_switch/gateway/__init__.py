"""Where the switch reaches out: the nodes of the banks behind the issuers."""
