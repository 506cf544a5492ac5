"""Look whether the database of DATABASE_URL and the broker of REDIS_URL answer; say in one sentence what is
wrong.

Run by script/run and script/test with the Python of `.venv`. A broker that is down does not keep the portal
from starting: what is owed waits in the outbox.
"""

import os
import sys

import environ
import psycopg2  # type: ignore[import-untyped]
from redis import Redis, RedisError

PATIENCE = 5


def database(url: str, *, tests: bool) -> str:
    """What is wrong with a given PostgreSQL, or nothing. Tests need a role that may create databases."""
    given = environ.Env.db_url_config(url)
    if "postgres" not in given["ENGINE"]:
        return ""
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    wanted = {name: given[key] for name, key in names.items() if given.get(key)}
    try:
        connection = psycopg2.connect(connect_timeout=PATIENCE, **{**given.get("OPTIONS", {}), **wanted})
    except psycopg2.OperationalError as error:
        return f"The database of DATABASE_URL cannot be used: {' '.join(str(error).split())}"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
            [may_create] = cursor.fetchone() or [False]
    finally:
        connection.close()
    if tests and not may_create:
        return (
            "The role of DATABASE_URL may not create databases, and tests make one of their own: allow it"
            " (ALTER ROLE ... CREATEDB), or unset DATABASE_URL to use the PostgreSQL of the wheel."
        )
    return ""


def broker(url: str) -> str:
    """What is wrong with a given Redis, or nothing."""
    try:
        with Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        return f"The broker of REDIS_URL cannot be used: {' '.join(str(error).split())}"
    return ""


def main(what: str) -> int:
    """0 when the command may go on."""
    database_url, redis_url = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    if database_url and (wrong := database(database_url, tests=what == "test")):
        print(wrong)
        return 1
    if redis_url and (wrong := broker(redis_url)):
        if what == "test":
            print(wrong)
            return 1
        print(f"{wrong} The portal starts all the same; notices wait until the broker is there.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
