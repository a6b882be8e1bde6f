-- The configuration of the demo (scripts/demo) and of this repository's own examples.
return {
  url = os.getenv("DATABASE_URL") or "sqlite:///blog.db",
  migrations = "migrations",
}
