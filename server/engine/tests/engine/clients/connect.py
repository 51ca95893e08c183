"""clickhouse-connect against the port: what it does when it connects, queries, inserts; and its SQLAlchemy dialect."""

import datetime
import decimal
import sys
from urllib.parse import urlparse

import clickhouse_connect
import sqlalchemy
from clickhouse_connect.driver.exceptions import DatabaseError

url, secret = sys.argv[1:]
address = urlparse(url)
place = {"host": address.hostname, "port": address.port}

for compress in (True, False, "lz4", "zstd", "gzip"):
    reader = clickhouse_connect.get_client(**place, username="analyst", compress=compress)
    assert reader.server_version.startswith("2"), reader.server_version
    rows = reader.query(
        "SELECT toUInt64(number) AS n, toDecimal64(number, 2) AS d, toDate('2026-11-01') + number AS day, "
        "[number, 1] AS list, map('k', toString(number)) AS m, toNullable(number) AS maybe "
        "FROM numbers({rows:UInt32})",
        parameters={"rows": 3},
    )
    assert rows.column_names == ("n", "d", "day", "list", "m", "maybe"), rows.column_names
    assert rows.result_rows[2] == (
        2, decimal.Decimal(2), datetime.date(2026, 11, 3), [2, 1], {"k": "2"}, 2
    ), rows.result_rows
    assert rows.summary["result_rows"] == "3", rows.summary

    # A long result, in blocks.
    with reader.query_row_block_stream("SELECT number FROM numbers(500000)") as stream:
        assert sum(len(block) for block in stream) == 500_000

    # Several statements of the same session, one after another.
    for number in range(5):
        assert reader.query(f"SELECT {number}").first_row[0] == number

    writer = clickhouse_connect.get_client(
        **place, username="weir", password=secret, database="weir", compress=compress
    )
    before = reader.query("SELECT count() FROM weir.t").first_row[0]
    summary = writer.insert("t", [[number, f"{compress} {number}"] for number in range(100, 1100)], column_names=["a", "s"])
    assert summary.written_rows == 1000, summary.summary
    assert reader.query("SELECT count() FROM weir.t").first_row[0] == before + 1000

    for statement, code in [
        ("SELECT * FROM weir.missing", 60),
        ("SELECT * FROM url('http://127.0.0.1/', CSV, 'a String')", 497),
        ("INSERT INTO weir.t VALUES (1, 'x')", 164),
    ]:
        try:
            reader.query(statement)
        except DatabaseError as error:
            assert str(code) in str(error), error
        else:
            raise AssertionError(f"{statement} went through")
    reader.close()
    writer.close()

engine = sqlalchemy.create_engine(f"clickhousedb://analyst@{address.hostname}:{address.port}/weir")
with engine.connect() as connection:
    assert connection.execute(sqlalchemy.text("SELECT count() FROM weir.t")).scalar() > 1000
    inspector = sqlalchemy.inspect(engine)
    assert "weir" in inspector.get_schema_names(), inspector.get_schema_names()
    assert "t" in inspector.get_table_names("weir"), inspector.get_table_names("weir")
    columns = {column["name"]: column["type"] for column in inspector.get_columns("t", schema="weir")}
    assert set(columns) == {"a", "s"}, columns
    table = sqlalchemy.Table("t", sqlalchemy.MetaData(schema="weir"), autoload_with=engine)
    query = sqlalchemy.select(sqlalchemy.func.count()).select_from(table).where(table.c.a == 1)
    assert connection.execute(query).scalar() == 1
