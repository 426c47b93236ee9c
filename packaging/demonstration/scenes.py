"""The show: what happens in HR, what the daemon says to it, and what Lockt holds then."""

import re
import time

from screen import BOLD, DIM
from stage import Failed, wait_until

TABLES = ("people", "employments", "positions", "contacts", "badges", "fobs")


def holds(user):
    """A Lockt user in a line."""
    if not user:
        return "nobody"
    levels = ", ".join(level["name"] for level in user["accesslevels"]) or "no level"
    words = [f"{user['first_name']} {user['last_name']}".strip(), "enabled" if user["enabled"] else "DISABLED",
             f"card {user['card_num']}" if user["card_num"] else "no card", levels]
    return " · ".join(words)


def opens(user):
    return {level["name"] for level in user["accesslevels"]} if user and user["enabled"] else set()


class Show:
    def __init__(self, screen, stage):
        self.screen, self.stage = screen, stage
        self.hr, self.lockt = stage.hr, stage.lockt
        self.daemon = None
        self.nina = None

    def run(self):
        scenes = (self.plan, self.first_sync, self.hire, self.move, self.lost_badge, self.leaver, self.outage,
                  self.half_read, self.status)
        self.seed()
        for number, scene in enumerate(scenes, 1):
            self.screen.headline(number, scene.__doc__)
            scene()

    # What the scenes are made of

    def check(self, condition, text, otherwise=""):
        if not condition:
            raise Failed(f"this should be true, and is not: {text}\n{otherwise}")
        self.screen.good(text)

    def show_lockt(self, *people):
        for person in people:
            self.screen.line(f"Lockt    {person} {holds(self.lockt.user(person))}", indent=4, hang=9)

    def show_journal(self, pattern, since, least=1):
        lines = self.daemon.wait_said(pattern, since)
        self.screen.journal(lines[:4])
        return lines

    def commit(self, text, change):
        """Runs change() as one HR transaction; returns the instant at which it was told to commit, in microseconds."""
        self.screen.line(f"HR       {text}", BOLD, indent=4, hang=9)
        with self.hr.transaction():
            change()
            began = time.monotonic_ns() // 1000
        return began

    def acknowledged(self, person, since):
        """The first write since request number `since` that Lockt has answered well and that is about this person."""
        def find():
            for write in self.lockt.writes(since):
                if write["state"] == "answered" and write["status"] == 200 and not write["faults"] \
                        and any(user["id_num"] == person for user in write["body"]["users"]):
                    return write
            return None
        return wait_until(find, f"a write about {person} that Lockt acknowledged")

    def follow(self, person, text, change, said):
        """A change in HR that arrives within the second: tells how long it took."""
        since, mark = self.lockt.last_request(), self.daemon.mark()
        began = self.commit(text, change)
        write = self.acknowledged(person, since)
        self.wait_quiet()
        self.show_journal(rf"^<\d>({said}|cycle )", mark)
        self.show_lockt(person)
        took = (write["out_usec"] - began) / 1000
        if took > 1000:
            raise Failed(f"it took {took:.0f} ms from the COMMIT to Lockt's acknowledgement")
        return f"{took:.0f} ms from HR's COMMIT to Lockt's acknowledgement"

    def wait_quiet(self):
        """Until nothing waits, nothing is under way and every revocation was seen by reading."""
        def quiet():
            status = self.daemon.status()
            counts = status["counts"]
            return not (counts["queued"] or counts["unconfirmed"]
                        or status["reading"] or status["writing"] or status["listing"])
        wait_until(quiet, "that nothing waits")

    # The scenes; each is named in its first line

    def seed(self):
        """Some users whom somebody made in Lockt by hand, before locktsync came."""
        erika = self.hr.row("E00001")
        self.lockt.add_users([
            # As HR has her, to the last detail.
            {"id_num": "E00001", "first_name": erika["given_name"], "last_name": erika["family_name"],
             "email": erika["work_email"], "phone": re.sub(r"\D", "", erika["mobile"]), "card_num": erika["badge_no"],
             "access_effective": "1998-03-31T22:00:00.000Z", "enabled": True, "accesslevels": ["Cardholder"]},
            # Not quite.
            {"id_num": "E00035", "first_name": "Ulla", "last_name": "Uhr", "email": "ulla.uhr@example.org",
             "card_num": "10035", "enabled": True, "accesslevels": ["Cardholder", "Server Room"]},
            # Guests, whom HR never heard of.
            *({"id_num": f"VISIT{n}", "first_name": "Visitor", "last_name": str(n), "card_num": str(90000 + n),
               "enabled": True, "accesslevels": ["Cardholder"]} for n in (1, 2, 3))])
        self.visitors = [self.lockt.user(f"VISIT{n}") for n in (1, 2, 3)]

    def plan(self):
        """The plan: what would be done, before anything is"""
        self.screen.line("HR has 500 people, Lockt five users whom somebody made by hand. locktsyncd starts with"
                         " 'mode: report', which writes nothing.")
        self.stage.open_daemon()
        self.daemon = self.stage.daemon
        self.daemon.wait_said("^<6>cycle 1 ")
        self.screen.command("locktsyncctl plan")
        text = self.daemon.ctl("plan", "--all")
        self.screen.verbatim(text.split("\n\n")[1], indent=2)
        for person in ("E00035", "E00028", "E00033"):
            self.screen.verbatim("\n" + self.entry(text, person), indent=0)
        self.screen.line()
        self.show_journal("E00001 ", 0)
        self.check(not self.lockt.writes(), "nothing was written to Lockt")

    @staticmethod
    def entry(text, person):
        """What a plan says of somebody."""
        found = re.search(rf"^  {person}  .*\n(?:      .*\n)*", text, re.MULTILINE)
        if not found:
            raise Failed(f"the plan does not speak of {person}")
        return found[0].rstrip()

    def first_sync(self):
        """The first sync"""
        self.screen.line("The plan is good. 'mode: apply' in locktsync.yaml, and SIGHUP, as systemctl reload does.")
        mark, began = self.daemon.mark(), time.monotonic()
        self.stage.configure("apply")
        self.daemon.reload()
        self.daemon.wait_said("were read again", mark)
        wait_until(lambda: len(self.lockt.users()) > 400, "that Lockt has HR's people")
        self.wait_quiet()
        took = time.monotonic() - began
        self.show_journal(r"^<\d>cycle \d", mark)
        writes = self.lockt.writes()
        sizes = ", ".join(str(write["records"]) for write in writes)
        self.show_lockt("E00001", "E00035", "E00037", "VISIT1")
        self.check(all(write["status"] == 200 for write in writes),
                   f"{len(self.lockt.users())} users in {took:.1f} s: {len(writes)} writes with {sizes} people")
        self.check([self.lockt.user(f"VISIT{n}") for n in (1, 2, 3)] == self.visitors,
                   "the visitors, whom HR does not know, were not touched")

    def hire(self):
        """Somebody is hired"""
        def change():
            self.nina = self.hr.hire("Nina", "Neu", employee_id="E60001", department="Facilities", site="HQ",
                                     job_title="Housekeeper")
        took = self.follow("E60001", "hires Nina Neu, E60001, as Housekeeper at headquarters", change,
                           "E60001 was created")
        self.check(opens(self.lockt.user(self.nina)) == {"Cardholder", "Housekeeping"}, took)

    def move(self):
        """She moves to another department"""
        took = self.follow(self.nina, "Nina is a Security Officer from today on",
                           lambda: self.hr.move(self.nina, department="Security", job_title="Security Officer"),
                           rf"{self.nina} ")
        self.check(opens(self.lockt.user(self.nina)) == {"Cardholder", "Security", "Administration"}, took)

    def lost_badge(self):
        """She loses her badge, and gets another one"""
        took = self.follow(self.nina, "the badge is reported lost", lambda: self.hr.lose_badge(self.nina),
                           rf"{self.nina} ")
        self.check(not self.lockt.user(self.nina)["card_num"], took)
        took = self.follow(self.nina, "the porter hands out card 0077007",
                           lambda: self.hr.set_badge(self.nina, "0077007"), rf"{self.nina} ")
        self.check(self.lockt.user(self.nina)["card_num"] == "0077007", took)

    def leaver(self):
        """She leaves"""
        took = self.follow(self.nina, "Nina leaves, today", lambda: self.hr.leave(self.nina),
                           rf"{self.nina} lost access")
        self.check(not opens(self.lockt.user(self.nina)), took)

    def outage(self):
        """The service fails, and somebody leaves meanwhile"""
        mark, since = self.daemon.mark(), self.lockt.last_request()
        self.screen.line("Lockt answers 503 to whatever it is asked, or cuts the connection.", BOLD, indent=4)
        faults = [self.lockt.fault("status", status=503, times=2), self.lockt.fault("cut")]
        self.commit("Jürgen Krüger, E00060, leaves", lambda: self.hr.leave("E00060"))

        def failures():
            return [request for request in self.lockt.requests(since) if request["faults"]]
        wait_until(lambda: len(failures()) >= 3, "three failures")
        self.daemon.wait_said("Lockt", mark)
        self.screen.journal(self.daemon.lines(mark)[:3])
        self.show_lockt("E00060")
        self.screen.line(f"{len(failures())} attempts so far; what waits: ", indent=4)
        self.screen.verbatim(self.daemon.ctl("queue"), indent=4)
        self.screen.line("Lockt answers again.", BOLD, indent=4)
        began = time.monotonic_ns() // 1000
        mark = self.daemon.mark()
        for number in faults:
            self.lockt.clear_fault(number)
        write = self.acknowledged("E00060", since)
        self.show_journal("E00060|answers again", mark)
        self.wait_quiet()
        self.show_lockt("E00060")
        self.check(not opens(self.lockt.user("E00060")),
                   f"out, {(write['out_usec'] - began) / 1000:.0f} ms after the service was back, by itself")

    def half_read(self):
        """HR is loaded anew from payroll, and the load breaks off half-way"""
        users, since = self.lockt.users(), self.lockt.last_request()
        for table in TABLES:
            self.hr.execute(f"CREATE TEMPORARY TABLE saved_{table} AS TABLE hr.{table}")
        mark = self.daemon.mark()
        self.commit("the load begins: hr.as_of is null, all tables are empty", self.begin_load)
        self.show_journal("^<[0-4]>", mark)
        self.commit("every other person is there, when the load breaks off", lambda: self.fill("even"))
        self.refused("load")
        self.commit("somebody says that it has ended, but the tables are empty", self.empty_and_done)
        self.refused("empty|no row|no people|nobody")
        self.check(self.lockt.users() == users and not self.lockt.writes(since),
                   f"nobody lost access: {len(users)} users as before, no write to Lockt")
        mark = self.daemon.mark()
        self.commit("the load is run again, and ends well", self.load_all)
        self.show_journal("trusted|again", mark)
        self.wait_quiet()
        self.check(self.lockt.users() == users and not self.lockt.writes(since), "and there is nothing to do")

    def refused(self, pattern):
        """Has HR read anew, and shows why that proves nothing."""
        def look():
            status = self.daemon.status()
            return status["hr"]["refused"] if (status["hr"]["last_read_usec"] or 0) >= 0 else None
        self.daemon.ctl("resync")
        wait_until(lambda: re.search(pattern, look() or ""), f"that HR is refused with '{pattern}'")
        self.screen.line(f"status   {look()}", DIM, indent=4, hang=9)

    def begin_load(self):
        self.hr.begin_load()
        self.hr.forget_everybody()

    def fill(self, which):
        for table in TABLES:
            key = "holder_id" if table == "fobs" else "employee_id"
            wanted = f"WHERE right({key}, 1) IN ('0', '2', '4', '6', '8')" if which == "even" else ""
            self.hr.execute(f"INSERT INTO hr.{table} SELECT * FROM saved_{table} {wanted}")

    def empty_and_done(self):
        self.hr.forget_everybody()
        self.hr.end_load()

    def load_all(self):
        self.fill("all")
        self.hr.end_load()

    def status(self):
        """How it stands"""
        self.screen.command("locktsyncctl status")
        self.screen.verbatim(self.daemon.ctl("status", ok=(0, 1)))
