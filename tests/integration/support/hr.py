"""HR at work: what happens to people, as changes of the sample company's tables (sql/hr)."""

import contextlib
import datetime

import psycopg2
import psycopg2.extras

DEFAULT = object()
"""A value is made up (hire), or left as it is (move)."""


class HR:
    """Hires, moves, and lets people go. People are named by their employee_id throughout.

        nina = hr.hire(given="Nina", department="Security")
        hr.move(nina, site="Annex")
        hr.leave(nina)

    Each call is one transaction, unless several stand in one `with hr.transaction():`. Dates default to today, the
    database's.
    """

    def __init__(self, conninfo):
        self._connection = psycopg2.connect(conninfo)
        self._connection.autocommit = True
        self._last_number = 60000

    def close(self):
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self):
        """Everything within is committed together, or not at all if it raises."""
        if not self._connection.autocommit:
            yield
            return
        self._connection.autocommit = False
        try:
            yield
            self._connection.commit()
        except BaseException:
            # The connection may be what failed.
            if not self._connection.closed:
                self._connection.rollback()
            raise
        finally:
            if not self._connection.closed:
                self._connection.autocommit = True

    def execute(self, statement, *parameters):
        """Any other statement. Returns its rows as dictionaries, if it has any."""
        with self._connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(statement, parameters or None)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    # Coming, moving, going

    def hire(self, given="Nina", family="Neu", *, employee_id=None, email=DEFAULT, mobile=None, badge=DEFAULT,
             department="Research", site="HQ", job_title="Scientist", access_profile=None, hired_on=None,
             leaves_on=None, status="active"):
        """Hires somebody and returns the employee_id. Without a word on them, mail address and badge are made up."""
        number = self._next_number()
        person = employee_id or f"E{number}"
        if email is DEFAULT:
            email = f"e{number}@example.org"
        if badge is DEFAULT:
            badge = f"{number:08}"
        with self.transaction():
            self.execute("INSERT INTO hr.people (employee_id, given_name, family_name) VALUES (%s, %s, %s)",
                         person, given, family)
            self.execute("INSERT INTO hr.contacts (employee_id, work_email, mobile) VALUES (%s, %s, %s)",
                         person, email, mobile)
            self.rehire(person, on=hired_on, leaves_on=leaves_on, status=status, department=department, site=site,
                        job_title=job_title, access_profile=access_profile)
            if badge is not None:
                self.set_badge(person, badge)
        return person

    def hire_many(self, count, **same):
        """Hires several alike in one transaction (see hire), and returns their employee_ids."""
        with self.transaction():
            return [self.hire(**same) for _ in range(count)]

    def rehire(self, person, *, on=None, leaves_on=None, status="active", department="Research", site="HQ",
               job_title="Scientist", access_profile=None):
        """Gives somebody who has been here before a new employment and position."""
        on = on or self.today()
        with self.transaction():
            self.execute("INSERT INTO hr.employments (employee_id, status, hired_on, leaves_on) VALUES (%s, %s, %s, %s)",
                         person, status, on, leaves_on)
            self._take_position(person, department, site, job_title, access_profile, on, leaves_on)

    def move(self, person, *, department=DEFAULT, site=DEFAULT, job_title=DEFAULT, access_profile=DEFAULT, on=None):
        """Gives somebody another position from a day on; what is not said stays."""
        on = on or self.today()
        with self.transaction():
            [old] = self.execute(
                """SELECT o.*, d.name AS department FROM hr.positions AS o JOIN hr.departments AS d USING (department_id)
                    WHERE employee_id = %s AND from_date <= %s ORDER BY from_date DESC LIMIT 1""", person, on)
            if old["from_date"] < on:
                self.execute("UPDATE hr.positions SET to_date = %s WHERE position_id = %s",
                             on - datetime.timedelta(days=1), old["position_id"])
            self._take_position(person,
                                old["department"] if department is DEFAULT else department,
                                old["site_code"] if site is DEFAULT else site,
                                old["job_title"] if job_title is DEFAULT else job_title,
                                old["access_profile"] if access_profile is DEFAULT else access_profile,
                                on, old["to_date"])

    def leave(self, *people, on=None, status="left"):
        """The last day is, or was, `on`; the row says so from now on: these are explicit leavers."""
        on = on or self.today()
        with self.transaction():
            self._update_employment(people, status=status, leaves_on=on)
            self._end_positions(people, on)

    def retire(self, *people, on=None):
        self.leave(*people, on=on, status="retired")

    def give_notice(self, *people, on):
        """The last day will be `on`; until then all stays as it is."""
        with self.transaction():
            self._update_employment(people, leaves_on=on)
            self._end_positions(people, on)

    def withdraw_notice(self, *people):
        """Stays after all: no last day any more."""
        with self.transaction():
            self._update_employment(people, leaves_on=None)
            self.execute("""UPDATE hr.positions AS o SET to_date = NULL
                             WHERE employee_id = ANY (%s) AND to_date >= current_date
                               AND NOT EXISTS (SELECT FROM hr.positions AS later WHERE later.employee_id = o.employee_id
                                                  AND later.from_date > o.from_date)""", list(people))

    def suspend(self, *people):
        self.set_status(*people, status="suspended")

    def go_on_leave(self, *people):
        self.set_status(*people, status="leave")

    def come_back(self, *people):
        """From a leave or a suspension."""
        self.set_status(*people, status="active")

    def forget(self, *people):
        """Removes every trace of somebody: these are absent leavers."""
        self.execute("DELETE FROM hr.people WHERE employee_id = ANY (%s)", list(people))

    def forget_everybody(self):
        self.execute("TRUNCATE hr.people CASCADE")

    # Particulars

    def set_status(self, *people, status):
        self._update_employment(people, status=status)

    def set_hired_on(self, *people, day):
        self._update_employment(people, hired_on=day)

    def set_leaves_on(self, *people, day):
        """Only the date of the employment; a date, a string such as 'infinity', or None."""
        self._update_employment(people, leaves_on=day)

    def rename(self, person, *, given=DEFAULT, family=DEFAULT):
        if given is not DEFAULT:
            self.execute("UPDATE hr.people SET given_name = %s WHERE employee_id = %s", given, person)
        if family is not DEFAULT:
            self.execute("UPDATE hr.people SET family_name = %s WHERE employee_id = %s", family, person)

    def set_email(self, person, email):
        self.execute("UPDATE hr.contacts SET work_email = %s WHERE employee_id = %s", email, person)

    def set_mobile(self, person, mobile):
        self.execute("UPDATE hr.contacts SET mobile = %s WHERE employee_id = %s", mobile, person)

    def set_badge(self, person, card_no):
        """Takes back the badge, if there is one, and issues another, if it is not None."""
        with self.transaction():
            self.return_badge(person)
            if card_no is not None:
                self.execute("INSERT INTO hr.badges (card_no, employee_id) VALUES (%s, %s)", card_no, person)

    def return_badge(self, *people, reason="returned"):
        self.execute("""UPDATE hr.badges SET returned_on = greatest(issued_on, current_date), reason = %s
                         WHERE employee_id = ANY (%s) AND returned_on IS NULL""", reason, list(people))

    def lose_badge(self, *people):
        self.return_badge(*people, reason="lost")

    def swap_badges(self, one, other):
        """Each gets the badge of the other, in one transaction."""
        cards = self.badge(one), self.badge(other)
        with self.transaction():
            self.return_badge(one, other)
            self.set_badge(one, cards[1])
            self.set_badge(other, cards[0])

    def set_access_profile(self, person, levels):
        """Level names that the present position needs on top; None for none."""
        self.execute("""UPDATE hr.positions SET access_profile = %s
                         WHERE employee_id = %s AND current_date BETWEEN from_date AND coalesce(to_date, 'infinity')""",
                     levels, person)

    def add_fob(self, fob_no, label, card_no, holder=None, valid_from=None, valid_until=None):
        self.execute("""INSERT INTO hr.fobs (fob_no, label, card_no, holder_id, valid_from, valid_until)
                        VALUES (%s, %s, %s, %s, %s, %s)""", fob_no, label, card_no, holder, valid_from, valid_until)

    def give_fob(self, fob_no, holder):
        """Hands a fob to somebody, or with None back to the drawer."""
        self.execute("UPDATE hr.fobs SET holder_id = %s WHERE fob_no = %s", holder, fob_no)

    def remove_fob(self, fob_no):
        self.execute("DELETE FROM hr.fobs WHERE fob_no = %s", fob_no)

    # The company

    def add_department(self, name):
        self.execute("""INSERT INTO hr.departments (name, cost_centre)
                        SELECT %s, 'X' || count(*) FROM hr.departments""", name)

    def rename_department(self, name, new_name):
        self.execute("UPDATE hr.departments SET name = %s WHERE name = %s", new_name, name)

    def set_site_time_zone(self, site, time_zone):
        self.execute("UPDATE hr.sites SET time_zone = %s WHERE site_code = %s", time_zone, site)

    def begin_load(self):
        """As the nightly load does: hr.as_of is null from now on."""
        self.execute("UPDATE locktsync.load SET loaded_at = NULL")

    def end_load(self, as_of=None):
        """The load has ended; the data are as of now, or of a given instant."""
        self.execute("UPDATE locktsync.load SET loaded_at = coalesce(%s, now())", as_of)

    # Looking

    def today(self):
        """The database's date: with the session's time zone, the one of which the view says current_date."""
        return self.execute("SELECT current_date AS today")[0]["today"]

    def row(self, person):
        """What the view shows of somebody, as a dictionary, or None."""
        rows = self.execute("SELECT * FROM locktsync.people WHERE employee_id = %s", person)
        assert len(rows) <= 1
        return rows[0] if rows else None

    def rows(self):
        """What the view shows of everybody: dictionaries by employee_id."""
        return {row["employee_id"]: row for row in self.execute("SELECT * FROM locktsync.people")}

    def badge(self, person):
        return self.row(person)["badge_no"]

    # Under the bonnet

    def _next_number(self):
        self._last_number += 1
        return self._last_number

    def _take_position(self, person, department, site, job_title, access_profile, from_date, to_date):
        if department is None:
            return
        self.execute(
            """INSERT INTO hr.positions
                      (employee_id, department_id, site_code, job_title, access_profile, from_date, to_date)
               VALUES (%s, (SELECT department_id FROM hr.departments WHERE name = %s), %s, %s, %s, %s, %s)
               ON CONFLICT (employee_id, from_date) DO UPDATE
                  SET (department_id, site_code, job_title, access_profile, to_date) =
                      (excluded.department_id, excluded.site_code, excluded.job_title, excluded.access_profile,
                       excluded.to_date)""",
            person, department, site, job_title, access_profile, from_date, to_date)

    def _end_positions(self, people, on):
        self.execute("DELETE FROM hr.positions WHERE employee_id = ANY (%s) AND from_date > %s", list(people), on)
        self.execute("""UPDATE hr.positions SET to_date = %s
                         WHERE employee_id = ANY (%s) AND coalesce(to_date, 'infinity') > %s""", on, list(people), on)

    def _update_employment(self, people, **values):
        """Changes the employment that the view shows."""
        assignments = ", ".join(f"{column} = %s" for column in values)
        self.execute(
            f"""UPDATE hr.employments SET {assignments}
                 WHERE employment_id IN (
                        SELECT DISTINCT ON (employee_id) employment_id FROM hr.employments WHERE employee_id = ANY (%s)
                         ORDER BY employee_id, current_date BETWEEN hired_on AND coalesce(leaves_on, 'infinity') DESC,
                                  hired_on DESC)""", *values.values(), list(people))
