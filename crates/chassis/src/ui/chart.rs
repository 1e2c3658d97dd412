//! Charts as SVG, drawn by the server, each with a table that says the same.
