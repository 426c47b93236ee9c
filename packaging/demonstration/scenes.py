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

    def run(self):
        scenes = (self.plan, self.first_sync, self.hire, self.move, self.lost_badge, self.leaver, self.outage,
                  self.half_read, self.mistake, self.another_rule, self.status)
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
        """The writes since request number `since` that Lockt has answered well and that are about this person."""
        return [write for write in self.lockt.writes(since)
                if write["state"] == "answered" and write["status"] == 200 and not write["faults"]
                and any(user["id_num"] == person for user in write["body"]["users"])]

    def follow(self, person, text, change, said="E60001 (lost|opens)"):
        """A change in HR that arrives within the second: answers how long it took."""
        since, mark = self.lockt.last_request(), self.daemon.mark()
        began = self.commit(text, change)
        self.wait(lambda: self.acknowledged(person, since), f"a write about {person} that Lockt acknowledged")
        self.wait_quiet()
        self.show_journal(rf"^<\d>({said}|cycle )", mark)
        self.show_lockt(person)
        times = [(write["out_usec"] - began) / 1000 for write in self.acknowledged(person, since)]
        if times[-1] > 1000:
            raise Failed(f"it took {times[-1]:.0f} ms from the COMMIT to Lockt's acknowledgement")
        taken = f"taken {times[0]:.0f} ms, given " if len(times) > 1 else ""
        return f"{taken}{times[-1]:.0f} ms after HR's COMMIT, acknowledged by Lockt"

    def wait(self, condition, what):
        """wait_until, which gives up when the daemon has ended."""
        return wait_until(lambda: condition() or self.daemon.must_run(), what)

    def wait_quiet(self):
        """Until nothing waits, nothing is under way and every revocation was seen by reading."""
        def quiet():
            status = self.daemon.status()
            counts = status["counts"]
            return not (counts["queued"] or counts["unconfirmed"]
                        or status["reading"] or status["writing"] or status["listing"])
        self.wait(quiet, "that nothing waits")

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
                         " 'mode: report', which writes nothing. Its ledger is new: whatever the mode, the first plan"
                         " waits until somebody has looked at it.")
        self.stage.open_daemon()
        self.daemon = self.stage.daemon
        self.digest("plan")
        self.screen.command("locktsyncctl plan")
        text = self.daemon.ctl("plan", "--all")
        head, counts = text.split("\n\n")[:2]
        self.screen.verbatim(head)
        self.screen.line()
        self.screen.verbatim("\n".join(line for line in counts.splitlines() if not re.search(r" 0( people)?$", line)))
        self.screen.pause(4)
        for person, shown in (("E00035", "."), ("E00028", r"^  \w|level"), ("E00033", ".")):
            self.screen.verbatim("\n" + self.entry(text, person, shown), indent=0)
        self.screen.line()
        self.screen.line("E00001 needs nothing: she is in Lockt as HR has her, and will be linked.")
        self.check(not self.lockt.writes(), "nothing was written to Lockt")

    @staticmethod
    def entry(text, person, shown):
        """The lines that a plan has about somebody, of them those that match."""
        found = re.search(rf"^  {person}  .*\n(?:      .*\n)*", text, re.MULTILINE)
        if not found:
            raise Failed(f"the plan does not speak of {person}")
        return "\n".join(line for line in found[0].splitlines() if re.search(shown, line))

    def first_sync(self):
        """The first sync: the plan is approved"""
        self.screen.line("The plan is good. 'mode: apply' in locktsync.yaml, and SIGHUP, as systemctl reload does.")
        mark = self.daemon.mark()
        self.stage.configure("apply")
        self.daemon.reload()
        self.daemon.wait_said("were read again", mark)
        self.wait_quiet()
        self.check(not self.lockt.writes(), "still nothing was written")
        mark, began = self.daemon.mark(), time.monotonic()
        self.approve("plan", "--reason", "first sync")
        self.wait(lambda: len(self.lockt.users()) > 400, "that Lockt has HR's people")
        self.wait_quiet()
        took = time.monotonic() - began
        self.show_journal(r"approved|saved|^<\d>cycle \d", mark)
        writes = self.lockt.writes()
        sizes = ", ".join(str(write["records"]) for write in writes)
        self.show_lockt("E00001", "E00035", "E00037", "VISIT1")
        self.check(all(write["status"] == 200 for write in writes),
                   f"{len(self.lockt.users())} users in {took:.1f} s: {len(writes)} writes with {sizes} people; the"
                   " first update went alone")
        self.check([self.lockt.user(f"VISIT{n}") for n in (1, 2, 3)] == self.visitors,
                   "the visitors, whom HR does not know, were not touched")

    def hire(self):
        """Somebody is hired"""
        took = self.follow("E60001", "hires Nina Neu, E60001, as Housekeeper at headquarters",
                           lambda: self.hr.hire("Nina", "Neu", employee_id="E60001", department="Facilities",
                                                site="HQ", job_title="Housekeeper"), "E60001 was created")
        self.check(opens(self.lockt.user("E60001")) == {"Cardholder", "Housekeeping"}, took)

    def move(self):
        """She moves: what opens less goes first, in a write of its own"""
        took = self.follow("E60001", "Nina is a Security Officer from today on",
                           lambda: self.hr.move("E60001", department="Security", job_title="Security Officer"))
        self.check(opens(self.lockt.user("E60001")) == {"Cardholder", "Security", "Administration"}, took)

    def lost_badge(self):
        """She loses her badge, and gets another one"""
        took = self.follow("E60001", "the badge is reported lost", lambda: self.hr.lose_badge("E60001"))
        self.check(not self.lockt.user("E60001")["card_num"], took)
        took = self.follow("E60001", "the porter hands out card 0077007",
                           lambda: self.hr.set_badge("E60001", "0077007"))
        self.check(self.lockt.user("E60001")["card_num"] == "0077007", took)

    def leaver(self):
        """She leaves"""
        took = self.follow("E60001", "Nina leaves, today", lambda: self.hr.leave("E60001"))
        self.check(not opens(self.lockt.user("E60001")), took)

    def outage(self):
        """The service fails, and somebody leaves meanwhile"""
        person = "E00060"
        name = "{given_name} {family_name}".format(**self.hr.row(person))
        mark, since = self.daemon.mark(), self.lockt.last_request()
        self.screen.line("Lockt    answers 503 to whatever it is asked, or cuts the connection", BOLD, indent=4, hang=9)
        faults = [self.lockt.fault("status", status=503, times=2), self.lockt.fault("cut")]
        self.commit(f"{name}, {person}, leaves", lambda: self.hr.leave(person))
        self.wait(lambda: len([one for one in self.lockt.requests(since) if one["faults"]]) >= 4, "four failures")
        self.daemon.wait_said("Lockt does not answer", mark)
        self.screen.journal(self.daemon.lines(mark)[:3])
        self.show_lockt(person)
        self.screen.command("locktsyncctl queue")
        self.screen.verbatim(self.daemon.ctl("queue"), indent=4)
        began, mark = time.monotonic_ns() // 1000, self.daemon.mark()
        self.screen.line("Lockt    answers again", BOLD, indent=4, hang=9)
        for number in faults:
            self.lockt.clear_fault(number)
        [write, *_] = self.wait(lambda: self.acknowledged(person, since), f"that {person} is revoked")
        self.wait_quiet()
        self.show_journal(f"{person} lost", mark)
        self.show_lockt(person)
        self.check(not opens(self.lockt.user(person)), f"out {(write['out_usec'] - began) / 1000:.0f} ms after the"
                   " service was back: a revocation is tried every second (retry.first)")

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
            return self.daemon.status()["hr"]["refused"]
        self.daemon.ctl("resync")
        self.wait(lambda: re.search(pattern, look() or ""), f"that HR is refused with '{pattern}'")
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

    def mistake(self):
        """A script suspends a whole department by mistake"""
        people = self.production()
        before, mark = len(people), self.daemon.mark()
        self.commit(f"{before} people in Production are suspended", lambda: self.hr.suspend(*people))
        self.wait_status("held", lambda held: held > 0)
        self.show_journal("^<[0-4]>", mark)
        self.wait_quiet()
        self.show_held()
        held = self.daemon.status()["counts"]["held"]
        self.check(self.with_access(people) == held,
                   f"{before - held} lost access: no more than safety.max_revoked (5% a day) lets go; {held} are held,"
                   " and doors still open to them")
        self.two_of_them(people)
        self.taken_back(people)

    def production(self):
        """Who works there, and has access; but for E00014, whose e-mail is another one's as well."""
        people = [row["employee_id"] for row in self.hr.execute(
            """SELECT employee_id FROM locktsync.people
                WHERE department = 'Production' AND status = 'active' AND hired_on < current_date
                  AND employee_id <> 'E00014'
                ORDER BY employee_id""")]
        return [person for person in people if opens(self.lockt.user(person))]

    def two_of_them(self, people):
        """Of those who are held, two are to be out."""
        two = [person for person in people if opens(self.lockt.user(person))][:2]
        self.screen.line()
        self.screen.line(f"Somebody looks. {two[0]} and {two[1]} are suspended indeed: they alone are let go.")
        self.approve("revoked", "--only", *two)
        self.wait(lambda: self.with_access(two) == 0, "that the two are out")
        self.wait_quiet()
        self.show_lockt(*two)
        self.check(self.daemon.status()["counts"]["held"] > 0, "both are out; the others are held on")
        people[:] = [person for person in people if person not in two]

    def taken_back(self, people):
        """The rest is taken back in HR."""
        mark, had = self.daemon.mark(), self.with_access(people)
        self.screen.line()
        self.commit(f"the other {len(people)} are taken back", lambda: self.hr.come_back(*people))
        self.wait(lambda: {hold["kind"] for hold in self.daemon.status()["holds"]} == {"restored"},
                  "that only those are held who would be enabled again")
        self.wait_quiet()
        self.show_journal("held back", mark)
        self.check(self.with_access(people) == had, f"{had} were never out. {len(people) - had} would be enabled again,"
                   " more than safety.max_restored (2% a day): HR restored from last week's backup looks the same")
        self.show_held()
        self.approve("restored", "--reason", "the script is mended")
        self.wait(lambda: self.with_access(people) == len(people), "that all have their access back")
        self.wait_quiet()
        self.check(not self.daemon.status()["holds"], f"all {len(people)} have their access; nothing is held")

    def another_rule(self):
        """Another rule is thought of: what would it do?"""
        since = self.lockt.last_request()
        self.screen.line("new.yaml has one rule more: Research shall open the server room.")
        new = self.stage.draft({"when": "{ department: Research }", "grant": "Server Room"})
        self.screen.command("locktsyncctl plan --config new.yaml")
        parts = self.daemon.ctl("plan", "--config", new).split("\n\n")
        rules = next(part for part in parts if part.startswith("Rules"))
        self.screen.verbatim(parts[0])
        self.screen.line()
        self.screen.verbatim("\n".join(line for line in parts[1].splitlines() if not re.search(r" 0( people)?$", line)))
        self.screen.line()
        self.screen.verbatim(rules)
        self.check("a new rule" in rules and not self.lockt.writes(since),
                   "nothing was written, and the running rules are as they were")

    # Holds and approvals

    def digest(self, kind):
        """What stands for all that is held of a kind."""
        def find():
            return [hold["digest"] for hold in self.daemon.status()["holds"] if hold["kind"] == kind]
        return self.wait(find, f"that something is held: {kind}")[0]

    def approve(self, kind, *arguments):
        digest = self.digest(kind)
        words = " ".join(f"'{word}'" if " " in word else word for word in arguments)
        self.screen.command(f"locktsyncctl approve {digest} {words}")
        self.screen.verbatim(self.daemon.ctl("approve", digest, *arguments), indent=4)

    def show_held(self):
        """What status has of it."""
        self.screen.command("locktsyncctl status")
        lines = self.daemon.ctl("status", ok=(0, 1)).splitlines()
        first = next(number for number, line in enumerate(lines) if line.lstrip().startswith("Held"))
        last = next(number for number, line in enumerate(lines) if number > first and re.match(r" {0,2}\S|$", line))
        self.screen.verbatim("\n".join(lines[first:last]), indent=0)
        self.screen.pause(2)

    def with_access(self, people):
        """How many of these can open something."""
        return sum(bool(opens(user)) for user in self.lockt.users() if user["id_num"] in people)

    def wait_status(self, count, condition):
        self.wait(lambda: condition(self.daemon.status()["counts"][count]), f"another number of '{count}'")

    def status(self):
        """How it stands"""
        self.screen.command("locktsyncctl status")
        self.screen.verbatim(self.daemon.ctl("status", ok=(0, 1)))
