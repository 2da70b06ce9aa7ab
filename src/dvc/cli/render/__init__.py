"""Values as text for people: tables, graphs."""
