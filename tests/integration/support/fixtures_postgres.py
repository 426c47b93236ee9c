"""Fixtures: a PostgreSQL for each test process, and in it a sample company for each test."""

import pathlib

import pytest

from support.hr import HR
from support.postgres import Listener, PostgresCluster

SQL_HR = pathlib.Path(__file__).resolve().parents[3] / "sql" / "hr"
TEMPLATE = "hr_template"


class HRDatabase:
    """A database with the sample company, all to oneself. Attributes: postgres, name, hr."""

    def __init__(self, postgres, name):
        self.postgres = postgres
        self.name = name
        self.hr = self._log_in()

    @property
    def conninfo(self):
        """How locktsync connects to it: through the socket, as the role locktsync."""
        return self.postgres.conninfo(self.name, "locktsync")

    def connect(self, user="locktsync", **options):
        return self.postgres.connect(self.name, user, **options)

    def reconnect(self):
        """HR's people log in again, after the server was away; returns hr."""
        self.hr.close()
        self.hr = self._log_in()
        return self.hr

    def _log_in(self):
        # A test that stands in its own way is to fail, not to wait for ever.
        return HR(self.postgres.conninfo(self.name, options="-c lock_timeout=60s"))

    def listen(self, channel="locktsync"):
        """A Listener, for a with statement."""
        return Listener(self.conninfo, channel)

    def psql(self, sql=None, **options):
        """Runs SQL, or file=, with psql as the superuser."""
        return self.postgres.psql(sql, dbname=self.name, **options)

    def generate_people(self, count):
        """Adds that many synthetic people, P0000001 and so on."""
        self.psql(file=SQL_HR / "generate-people.sql", variables={"people": count})

    def drop(self):
        self.hr.close()
        self.postgres.drop_database(self.name)


@pytest.fixture(scope="session")
def postgres():
    """The PostgresCluster of this process, with the sample company as a template database."""
    with PostgresCluster() as cluster:
        cluster.create_database(TEMPLATE)
        cluster.psql(file=SQL_HR / "everything.sql", dbname=TEMPLATE)
        yield cluster


@pytest.fixture
def hr_database(postgres):
    """A fresh sample company."""
    database = HRDatabase(postgres, postgres.create_database(template=TEMPLATE))
    yield database
    if postgres.running:
        database.drop()
