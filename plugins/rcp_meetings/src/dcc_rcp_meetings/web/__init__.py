"""Pages of the plugin: calendar, directory, agendas, fiches, signatures."""
