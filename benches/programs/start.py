# An empty program: what it costs to start and to end.
