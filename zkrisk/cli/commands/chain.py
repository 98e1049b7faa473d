"""`zkrisk chain start|deploy|info|snapshot|roll|stop`: a local chain and a deployment on one."""
