"""Benchmarks of the core, one module each: ratios to a floor or a peer measured in the same run."""
