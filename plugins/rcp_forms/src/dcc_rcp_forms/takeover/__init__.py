"""Take over the fiches of a previous tool."""
