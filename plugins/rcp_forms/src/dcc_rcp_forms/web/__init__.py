"""Pages of the plugin: the studio, and the fiches people fill."""
