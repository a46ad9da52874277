"""What somebody does who has the database itself in hand."""

from sqlalchemy import Executable, create_engine, make_url, text


def behind(database_url: str, *statements: str | Executable) -> None:
    """Run these statements on the database, with the triggers of the audit log out of the way."""
    url = make_url(database_url)
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(url.set(drivername="sqlite") if is_sqlite else url)
    with engine.begin() as connection:
        if is_sqlite:
            for change in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS audit_log_no_{change}"))
        else:
            connection.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement) if isinstance(statement, str) else statement)
        if not is_sqlite:
            connection.execute(text("ALTER TABLE audit_log ENABLE TRIGGER USER"))
    engine.dispose()
