/* The table of commands. See ctl.h. */

#include "daemon/ctl/ctl.h"

const Verb verbs[] = {
        { "status", "", 0, 0, 0, "Is it working, since when not, and what to do",
          "The exit status is 1 while an alarm rings: HR's data is older than alarm.stale, a\n"
          "revocation is unconfirmed for longer than alarm.revocation, or the state can't be\n"
          "written.", verb_status },
        { "plan", "", 0, 0, OPTION_BIT(OPTION_BODIES) | OPTION_BIT(OPTION_ALL) | OPTION_BIT(OPTION_CONFIG) |
                  OPTION_BIT(OPTION_VALIDATE),
          "What the next cycle would do, to whom, and why",
          "HR is read, nothing is written. Revocations come first, then what would be held, probable\n"
          "doubles and what would be parked, changes, creations and adoptions; then values that\n"
          "would be emptied, and how many people each rule matches. With --config, as if this file\n"
          "were in force: its query, mapping, leavers and limits, at the HR and the Lockt of the\n"
          "daemon. With --validate, Lockt is asked whether it would take the records, where its\n"
          "instance can be asked that. These two need the group locktsync-admin.", verb_plan },
        { "queue", "", 0, 0, 0, "What waits to be sent to Lockt",
          "Keys with the newest wanted state: what takes access (take) goes first.", verb_queue },
        { "parked", "", 0, 0, 0, "Whose record is withheld, and why",
          "Data and grants are withheld, never a revocation. A record is tried again when its\n"
          "data, the mapping or Lockt's state changes, or with 'locktsyncctl retry ID_NUM'.", verb_parked },
        { "held", "", 0, 0, 0, "What waits for somebody's approval, and why",
          "The first plan, a changed mapping, and what passes the limits of 'safety' in\n"
          "locktsync.yaml(5). It ends when HR takes it back, or with 'locktsyncctl approve'.", verb_held },
        { "approve", "DIGEST [ID_NUM…]", 1, -1, OPTION_BIT(OPTION_ONLY) | OPTION_BIT(OPTION_REASON),
          "Approve what is held under this digest",
          "The digest is shown by 'status', 'held' and 'plan', and stands for the people and\n"
          "changes that were held then; it can be approved for an hour. What is not wanted any\n"
          "more by then is not done. '--only ID_NUM…' lets go these people alone. Who approved,\n"
          "when and why is in the history. Needs the group locktsync-admin.", verb_approve },
        { "lock", "ID_NUM", 1, 1, OPTION_BIT(OPTION_REASON), "An emergency: out at once, whatever HR says",
          "The revocation goes before everything else; no limit and no hold stops it, and HR need\n"
          "not be there. It lasts until 'locktsyncctl unlock ID_NUM'. --reason is needed. The exit\n"
          "status is 1 where Lockt does not hear of it, and the text says what to do. Needs the\n"
          "group locktsync-admin.", verb_lock },
        { "unlock", "ID_NUM", 1, 1, 0, "Let HR decide again about somebody who is locked",
          "Lifts a block that was made in Lockt by hand, too. HR is read at once, and what it says\n"
          "is what the person gets. Needs the group locktsync-admin.", verb_unlock },
        { "locked", "", 0, 0, 0, "Who is locked, by whom, and why",
          "As 'locktsyncctl lock' has it.", verb_locked },
        { "blocked", "", 0, 0, 0, "Who is disabled in Lockt by hand, though HR wants him in",
          "Such people stay disabled until 'locktsyncctl unlock ID_NUM'.", verb_blocked },
        { "link", "[ID_NUM LOCKT_ID]", 0, 2, OPTION_BIT(OPTION_FILE), "This person is that user of Lockt",
          "For a rehire with a new number, and for people whom no rule could match. A user who is\n"
          "linked to somebody who left, or is absent from HR, is taken over with all that locktsync\n"
          "knows of it. 'link ID_NUM new' has a user created, though somebody looks alike. --file\n"
          "takes a CSV with the header id_num,lockt_id: all its lines, or none. Needs the group\n"
          "locktsync-admin.", verb_link },
        { "unlink", "ID_NUM", 1, 1, 0, "This person is not the user of Lockt that it is linked to",
          "That user keeps what it has and is never written to again; the person is parked until\n"
          "'locktsyncctl link'. Needs the group locktsync-admin.", verb_unlink },
        { "unknown", "", 0, 0, 0, "Users that Lockt has and HR does not know",
          "They are never written to. Somebody who left before locktsync came may be among them.", verb_unknown },
        { "retry", "[ID_NUM…]", 0, -1, 0, "Try again now: these people, or all that waits",
          "Back-off ends, and parked records are tried again. Needs the group locktsync-admin.", verb_retry },
        { "resync", "", 0, 0, OPTION_BIT(OPTION_ACCEPT), "Read Lockt and HR anew and compare everything",
          "As SIGUSR1. A listing of Lockt that lacks many users known to exist is refused;\n"
          "--accept believes the next one, where somebody really cleaned up; believes an HR that\n"
          "went backwards; and goes on after a first update that changed what it should not.\n"
          "Needs the group locktsync-admin.", verb_resync },
        { "explain", "ID_NUM|NAME|EMAIL|CARD", 1, 1, 0, "Why a person has what he has",
          "When HR changed, when it was seen, sent, acknowledged and read back; HR's row, the\n"
          "rules that matched and those that did not, what is wanted against what Lockt holds,\n"
          "and what is under way between the two. Several who could be meant are listed.", verb_explain },
        { "history", "[ID_NUM]", 0, 1,
          OPTION_BIT(OPTION_LIMIT) | OPTION_BIT(OPTION_CYCLE) | OPTION_BIT(OPTION_SINCE) | OPTION_BIT(OPTION_UNTIL) |
                  OPTION_BIT(OPTION_VERIFY) | OPTION_BIT(OPTION_HEAD),
          "What was done, newest first",
          "About everybody or one person, with what changed from what to what. --verify computes\n"
          "the chain of hashes anew, which shows every entry that was changed, dropped or slipped\n"
          "in; with --head HASH also whether the chain still has the head that the journal named\n"
          "on some day. The exit status is 1 when something is wrong.", verb_history },
        { "get", "WHAT [FILTER]", 1, 2, OPTION_BIT(OPTION_LIMIT) | OPTION_BIT(OPTION_FOLLOW),
          "What Lockt holds, read anew",
          "WHAT: users, fobs, fobcheck, levels, doors, doorstates, schedules, credentials,\n"
          "credentialsummary, events, nextcardnum. FILTER is an id, or stands in a name, a number\n"
          "or another text. Of events the newest 100 are shown, --limit 0 shows all, and --follow\n"
          "goes on with those that come. What the instance does not have yet is said to be not\n"
          "released, which is no failure.", verb_get },
        { "create", "doors FILE", 2, 2, 0, "Create doors in Lockt, one name a line",
          "FILE - is the standard input. Empty lines and those that begin with # are passed over.\n"
          "The doors go in writes of a hundred, each in the daemon's one write slot; a name that is\n"
          "taken is refused, the others are created. Needs the group locktsync-admin.", verb_create },
        { "revert", "CYCLE", 1, 1, OPTION_BIT(OPTION_REASON), "Plan the way back from what a cycle did",
          "What that cycle changed is to be as it was before, for each person whom it changed;\n"
          "later changes stay. Nothing is done before 'locktsyncctl approve DIGEST'. HR's rows of\n"
          "these people are not acted upon from then on, until they change. PINs can't be\n"
          "brought back. Needs the group locktsync-admin.", verb_revert },
        { "backup", "FILE", 1, 1, 0, "A consistent copy of the state, while the daemon works",
          "FILE must not be there yet; it is yours alone (mode 0600). It holds personal data;\n"
          "pin.key, which stands beside the state, is not part of it. How to restore it:\n"
          "locktsyncd(8). Needs the group locktsync-admin.", verb_backup },
        { "check", "", 0, 0, OPTION_BIT(OPTION_CONFIG),
          "Whether configuration, HR and Lockt are as they should be",
          "Connections, columns, levels, and three people as the mapping makes them, masked.\n"
          "Asks the daemon, which has the credentials. With --config, or when no daemon runs,\n"
          "checks a file by itself: every mistake as file:line:column, then HR and Lockt as the\n"
          "file has them. Nothing is written anywhere.", verb_check },
};

const size_t n_verbs = ELEMENTS(verbs);
