raise SystemExit("a message for the terminal")
