"""The form language: YAML files with positions, the typed form model, their findings."""
