"""What Lockt ought to hold, reckoned from HR's rows by other means than locktsync's, and what it does hold.

The mapping is the one of CONFIG below, written in Python. Persons are compared one by one:

    assert differences(hr, lockt) == {}
"""

import datetime
import re
from zoneinfo import ZoneInfo

UTC = datetime.timezone.utc
IN, OUT = ("active", "leave"), ("left", "retired", "suspended")
NO_END = datetime.date(9999, 12, 31)

PEOPLE = """\
SELECT employee_id, given_name, family_name, work_email, mobile, badge_no, department, site, job_title,
       hired_on, leaves_on, status, site_tz, access_profile
  FROM locktsync.people
"""

CONFIG = {
    "version": 1,
    "hr": {
        "poll": "1s",
        "listen": "locktsync",
        "timezone": "Europe/Berlin",
        "people": PEOPLE,
    },
    "lockt": {
        "apiuser": "credential:apiuser",
        "apikey": "credential:apikey",
        "timeout": "20s",
    },
    "user": {
        "id_num": "employee_id",
        "first_name": "given_name",
        "last_name": "family_name",
        "email": "work_email",
        "phone": {"column": "mobile", "digits": True},
        "card_num": {"column": "badge_no", "null": "keep"},
        "access_effective": "hired_on",
        "access_expires": {"column": "leaves_on", "timezone": {"column": "site_tz"}},
        "enabled": {"column": "status", "in": list(IN), "out": list(OUT)},
    },
    "access_levels": {
        "others": "keep",
        "rules": [
            {"grant": "Cardholder"},
            {"when": {"department": "Security", "site": ["HQ", "Annex"]}, "grant": ["Security", "Administration"]},
            {"when": {"job_title": "Housekeep*", "site": {"not": "Annex"}}, "grant": "Housekeeping"},
            {"grant": {"column": "access_profile"}},
        ],
    },
    "leavers": {"absent_for": "0s"},
    # Limits stand in nobody's way where a test is about something else.
    "safety": {"max_revoked": 1000000, "max_restored": 1000000, "max_granted": 1000000, "max_changed": 1000000},
    "retry": {"first": "100ms", "max": "1s"},
}

LEVELS = ("Cardholder", "Security", "Administration", "Housekeeping", "Server Room")


def levels_of(row):
    """The names of the levels that the rules grant."""
    levels = {"Cardholder"}
    site = (row["site"] or "").rstrip(" ")
    if row["department"] == "Security" and site in ("HQ", "Annex"):
        levels |= {"Security", "Administration"}
    if (row["job_title"] or "").startswith("Housekeep") and site != "Annex":
        levels.add("Housekeeping")
    return levels | set(row["access_profile"] or ())


def midnight(day, zone):
    """The first instant of a day somewhere."""
    return datetime.datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def instant(text):
    """What Lockt holds as a time: an instant, or None."""
    if not text:
        return None
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def desired(hr, now=None):
    """What HR wants of everybody: by id_num None for who is to have no access, else what he is to have."""
    now = now or datetime.datetime.now(UTC)
    people = {}
    for key, row in hr.rows().items():
        if row["status"] in OUT:
            people[key] = None
            continue
        end = row["leaves_on"]
        end = None if end is None or end == NO_END else midnight(end + datetime.timedelta(days=1), row["site_tz"])
        if row["status"] in IN and end and end <= now:
            people[key] = None
        elif row["status"] in IN:
            people[key] = {
                "first_name": row["given_name"] or "",
                "last_name": row["family_name"],
                "email": row["work_email"],
                "phone": re.sub(r"\D", "", row["mobile"] or ""),
                "card_num": row["badge_no"],
                "begin": midnight(row["hired_on"], "Europe/Berlin"),
                "end": end,
                "levels": levels_of(row),
            }
    return people


def doors(lockt, now=None):
    """What everybody has in Lockt: by id_num None for who can open nothing, else what he has."""
    now = now or datetime.datetime.now(UTC)
    people = {}
    for user in lockt.users():
        if user.get("name"):
            continue    # a fob
        end = instant(user["access_expires"])
        levels = {level["name"] for level in user["accesslevels"]}
        if not user["enabled"] and not levels and end and end <= now:
            people[user["id_num"]] = None
        else:
            people[user["id_num"]] = {
                **{name: user[name] or "" for name in ("first_name", "last_name", "phone")},
                **{name: user[name] or None for name in ("email", "card_num")},
                "begin": instant(user["access_effective"]),
                "end": end,
                "levels": levels,
                **({} if user["enabled"] else {"enabled": False}),
            }
    return people


def opens(lockt, person):
    """The names of the levels with which somebody opens doors now, or will."""
    user = lockt.user(person)
    end = user and instant(user["access_expires"])
    if not user or not user["enabled"] or (end and end <= datetime.datetime.now(UTC)):
        return set()
    return {level["name"] for level in user["accesslevels"]}


# Records of the sample company that can't be right: each claims what another one has, or what Lockt refuses.
UNSOUND = {"E00033": "a card number with a letter in it", "E00014 or E00015": "one e-mail address for two"}
COUPLE = {"E00014", "E00015"}


def unsound(held):
    """The id_nums of the sample company that are left out of comparisons, of the couple the one who came second."""
    return {"E00033"} | (COUPLE - held.keys() if COUPLE & held.keys() else set())


def differences(hr, lockt, ignore=()):
    """Who has not what HR wants: (wanted, held) by id_num. Users whom HR does not know must be able to open nothing,
    unless they are in `ignore`."""
    now = datetime.datetime.now(UTC)
    wanted, held = desired(hr, now), doors(lockt, now)
    left_out = unsound(held) | set(ignore)
    result = {}
    for key in (wanted.keys() | held.keys()) - left_out:
        want, have = wanted.get(key), held.get(key)
        if want and have:
            # card_num and email: an empty value of HR keeps what Lockt has.
            want = {name: have[name] if value is None and name in ("email", "card_num") else value
                    for name, value in want.items()}
        if want != have:
            result[key] = (want, have)
    return result
