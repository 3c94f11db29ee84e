"""Between the listener and the core's inbox."""
