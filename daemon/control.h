#pragma once

/*
 * The control socket: what locktsyncctl speaks with the daemon
 *
 * A stream socket in the file system (default /run/locktsync/control, mode 0660, group `locktsync`). A client sends
 * requests, one JSON object a line of at most 64 KiB (one client at a time, of those who may steer, a configuration: a
 * longer one); each is answered in full before the next one is read:
 *
 *      → {"command":"queue"}
 *      ← {"queue":{"id_num":"4711","lane":"take",…}}         any number of lines, each an object with one member
 *      ← {"end":true,"exit":0}                               the last line; or: {"error":"sentence","exit":1}
 *
 * exit is what the client ends with: 0, 1 (failed, or an alarm), 2 (the request is wrong, or not allowed), 78 (a
 * configuration that was sent is wrong). An unknown
 * command or member is an error. Times (…_usec) are microseconds since 1970, null where there is none; durations are
 * microseconds and say so in their name. Levels are {"id":574,"name":"Cardholder"}; name is "" where Lockt has it no
 * more. Lines may grow members: a client ignores those that it does not know.
 *
 * Another configuration (SIGHUP) ends a plan, an explanation or a check that is under way with an error. A client that
 * takes nothing of its answer for half a minute is hung up on; so is an idle one when its place is wanted.
 *
 * Who may: root, the daemon's own user and the group `locktsync-admin` everything; the group `locktsync` all but what
 * is marked (steers).
 *
 *   ping       {"ping":{"version","pid"}}
 *   status     {"status":{…}}, see below; exit 1 past alarm.stale or alarm.revocation, or while the state can't be
 *              written
 *   queue      {"queue":{"id_num","lane","why","queued_usec","changed_usec","attempts","next_usec","last_error",
 *              "reads_first"}}… in the order of id_num; lane: take, change, create
 *   retry      keys?: [id_num…] (steers). {"retry":{"id_num","found"}}… for each key, without keys nothing; exit 1 when
 *              nobody of an id_num waits
 *   resync     accept?: bool (steers). {"resync":{"accept"}}
 *   plan       bodies?: bool, config?: the text of a configuration, path?: its name for messages, exposed?: everybody
 *              may read it (these three steer: its query is asked of HR), validate?: bool (steers): with
 *              {"invalid":{"id_num","text"}}… or {"not_released":{"what","text"}}. {"plan":{…}}… then {"summary":{…}}, see
 *              below; or {"mistake":{"line","column","text"}}… (0: of no line) and an error with exit 78. One plan or
 *              explanation at a time
 *   explain    id_num, or who: an id_num, name, e-mail or card number. With who {"candidate":{"id_num","lockt_id",
 *              "first_name","last_name","linked"}}… unless it is an id_num that is known; when that is one whom HR keeps,
 *              or none, then {"hr":{…}}, {"rule":{…}}… in the order of the file, {"explain":{…}}; otherwise exit 1, as
 *              when nothing at all is known
 *   history    id_num?, limit?: number (100; 0 is all), cycle?, since_usec?, until_usec?: numbers. {"history":{"id",
 *              "at_usec","cycle","id_num","action","detail"}}… newest first; id_num null: about nobody alone; detail: an
 *              object or null
 *   verify     head?: 64 hexadecimal digits. {"verify":{"sound","entries","first_id","first_usec","last_id","last_usec",
 *              "head","bad_id": null|id}}, with head "found","found_id","found_usec"; exit 1 unless it is sound, and found
 *   revert     cycle, reason? (steers). {"revert":{"id_num","what","refused"}}… for each person of that cycle (one of the
 *              two is null), then {"reverting":{"cycle","people","refused","digest"}}: what "approve" takes. An error
 *              when there is nothing to set back. One at a time
 *   backup     (steers). {"progress":{"permille"}}… while pages are copied, {"backup":{"size"}}, then {"data":"base64"}…
 *              until there are so many bytes: a state as a file. One at a time
 *   parked     {"parked":{"id_num","kind","reason","since_usec"}}…
 *              kind: data, conflict, refused, status (also: several rows with one key)
 *   held       {"hold":{"digest","kind","level","people","since_usec","text"}}… for each reason: level is an id, of a
 *              revert the cycle, or null;
 *              text says why, and which command decides it. Then {"held":{"id_num","kind","why","since_usec"}}…
 *              kind: plan, revert, revoked, restored, granted, changed
 *   approve    digest, only?: [id_num…], reason? (steers). Lets go what the digest stood for when it was shown, within
 *              the last hour, as far as it is still wanted. {"approved":{"id_num","found"}}… for each of only, then
 *              {"approval":{"digest","people"}}; exit 1 when somebody of only was not held there
 *   lock       id_num, reason (steers). Out at once, until unlocked. {"lock":{"id_num","lockt_id","effective","text"}};
 *              text is for people; exit 1 where, as things are, Lockt does not hear of it
 *   unlock     id_num (steers). {"unlock":{…}} as lock has them; lifts a block made in Lockt by hand, too
 *   locked     {"locked":{"id_num","reason","by","since_usec"}}… in the order of id_num
 *   blocked    {"blocked":{"id_num","lockt_id","seen_usec"}}… disabled in Lockt by hand, though HR wants them in
 *   link       id_num, lockt_id: text ("new": none of those that there are); or list: text, CSV with the header
 *              id_num,lockt_id (steers). {"link":{…}} as lock has them, id_num null for a list; or {"wrong":{"line",
 *              "text"}}… for each line of a list that can't be, exit 1, and nobody is linked
 *   unlink     id_num (steers). {"unlink":{…}} as lock has them
 *   unknown    {"unknown":{"lockt_id","id_num","first_name","last_name","email","enabled","access_effective",
 *              "access_expires","levels":[…]|null,"seen_usec"}}… users of Lockt that HR does not know; dates
 *              "2022-01-24T00:00:00Z" or null
 *   get        what, filter?: text, since?: number (of events: the id of the last one that is known). {WHAT:{…}}…: what
 *              Lockt holds, read anew, in the names and values of its API; or {"not_released":{"what","text"}}. WHAT:
 *              users, fobs, fobcheck, levels, doors, doorstates, schedules, credentials, credentialsummary, events,
 *              nextcardnum. Keys of credentials are "****" but in "credentials" for who may steer
 *   create     doors: [name…], at most 100 (steers). {"door":{"name","created","text"}}… for each; exit 1 when one was
 *              not created
 *   check      {"check":{"what","ok","text"}}… and {"person":{"id_num","standing","properties":{…},"levels":[…],
 *              "fault"}}… (three people, texts masked: "Ma…… (8 characters)"; fault null or text); exit 1 when one is
 *              not ok. One check at a time. what: configuration, state, hr, columns, people, lockt, levels
 *
 * status: version, pid, now_usec, since_usec, mode ("apply", "report"), leader, ok (nothing below is wrong), text (what
 *   STATUS= says), config {path, loaded_usec, refused: null|text}, cycle, last_cycle_usec, last_cycle_duration_usec,
 *   next_cycle_usec, reading, listing, writing (bools: under way now),
 *   hr {up, error: null|text, refused: null|text, last_read_usec, as_of_usec, listening},
 *   lockt {up, error: null|text, unauthorized, service_fault, first_update_bad, listed_usec, users, unknown_users,
 *     batch_limit, next_attempt_usec},
 *   counts {people, linked, queued, takes_queued, parked, held, unconfirmed, locked, reverted}, reverted_cycle, restored_usec, restored_from_usec
 *     (when the state was restored from a backup, and of when that is),
 *   oldest_revocation_usec, state_failed: null|text, alarms ["stale", "revocation"…]: those that are ringing,
 *   gate: null, or why nothing is written before a plan is approved; holds [{…}] as "held" has them
 *
 * plan: action (revoke, change, create, adopt, park, hold), id_num, first_name, last_name, lockt_id (null: none yet),
 *   adopts, takes, gives, why, reason (of park and hold, else null), kind (of park, as "parked" has it, else null;
 *   conflict: somebody else could be the same person, or has what this one is to have),
 *   properties [{"property","from","to"}],
 *   gained [{"id","name","line"}], lost [{"id","name"}], and with bodies: bodies [{"method","path","body"}]: body is
 *   the text as it would be sent for this record alone, its PIN masked; a take goes in a write before the give.
 * summary: rows, actions {revoke, change, create, adopt, park, hold}, gaining, losing, writes, unknown_users,
 *   clearing (people of whom a value is emptied), doubles (of those who are parked: conflict),
 *   rules [{"line","matches","was"}], gone [{"line","was"}], absence_proven, note (null: all is well), gate (null, or
 *   why nothing of it is written before it is approved), holds [{…}] as "held" has them: what waits for an approval
 *   already, file (null: a plan by the configuration in force): path, ignored [the settings that the plan does not
 *   follow and that differ], mapping (same: as it was approved; held: a reload holds all of it until it is approved;
 *   goes: it does not), mode, compared (was and gone are known), remarks [{"line","column","text"}]. was: people of the
 *   same rows whom the counterpart in the file in force matches, null: it has none, or can't be bound to the query;
 *   gone: rules of the file in force without a counterpart.
 *
 * hr of explain: reachable, error (null|text), found, row {column: text|null} (a column that the PIN comes from is
 *   "(hidden)"). rule: line, matched, why. explain: what the sync knows: link, lockt, queue, parked, held, …
 */

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

typedef struct Service Service;
typedef struct Control Control;

#define CONTROL_LINE_MAX ((size_t) 64 * 1024)
/* A configuration of 1 MiB as a JSON text, and what stands around it. */
#define CONTROL_LONG_MAX ((size_t) 2 * 1024 * 1024 + CONTROL_LINE_MAX)

/*
 * Listens on @path. A socket that is left over is replaced; one that somebody answers is not: -EADDRINUSE. Clients are
 * served from the loop of @service.
 */
int control_open(Service *service, const char *path, Control **ret, Error *reterr);
/* Ends what builds on the configuration, before another one is in force. @control may be NULL. */
void control_interrupt(Control *control);
/* Ends all clients, closes, and removes the socket. */
Control *control_close(Control *control);
DEFINE_CLEANUP(Control *, control_close)
