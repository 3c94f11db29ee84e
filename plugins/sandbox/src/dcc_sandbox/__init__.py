"""Partner simulators for demonstration and tests."""
