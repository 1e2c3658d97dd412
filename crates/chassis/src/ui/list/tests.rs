mod later {}
