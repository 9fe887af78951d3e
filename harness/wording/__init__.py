"""How numbers, names and tables are written, wherever they are printed."""
