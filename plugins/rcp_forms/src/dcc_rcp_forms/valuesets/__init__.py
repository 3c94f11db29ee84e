"""Value sets: national lists of codes as versioned data."""
