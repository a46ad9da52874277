"""The database: tables, queries as verbs, migrations. It knows pseudonyms and numbers, never a text or a Slack user."""
