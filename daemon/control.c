/* The control socket: who comes in, lines in both directions, back-pressure. See control.h. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/control-call.h"
#include "daemon/control-json.h"
#include "daemon/control-listen.h"
#include "lib/base/duration.h"
#include "lib/base/duration.h"

#define CLIENTS_MAX 32
#define OUT_LOW ((size_t) 64 * 1024)    /* below this an answer goes on */
#define PATIENCE_USEC (30 * USEC_PER_SEC) /* with a client that takes nothing of its answer */

typedef struct Client {
        Call call;                      /* first: a call is found in its client; .command NULL: none under way */
        Control *control;
        int fd;
        sd_event_source *source;
        sd_event_source *patience;
        PeerRight right;
        bool waits;                     /* the call waits for call_wake() */
        bool ended;                     /* it sends nothing more */
        bool broken;                    /* what it sends is not understood, or can't be answered */
        size_t in_used, in_size;
        char *in;                       /* CONTROL_LINE_MAX, or more for the one with a long request */
        char *out;
        size_t out_used, out_sent, out_allocated;
        struct Client *next;
} Client;

struct Control {
        Service *service;
        Listener listener;
        sd_event_source *source;
        Client *clients;
        unsigned n_clients;
        Client *long_request;           /* whose request does not fit into CONTROL_LINE_MAX: one at a time */
};

const Command *const control_commands[] = {
        &command_ping, &command_status, &command_queue, &command_retry, &command_resync, &command_plan,
        &command_explain, &command_history, &command_parked, &command_held, &command_unknown, &command_check,
        &command_approve, &command_lock, &command_unlock, &command_locked, &command_blocked, &command_link,
        &command_unlink, &command_get, &command_create, &command_verify, &command_backup, &command_revert, NULL,
};

static Client *client_of(Call *call) {
        return (Client *) call;
}

static int append(Client *client, const char *text, size_t length) {
        if (client->out_sent > 0 && client->out_sent == client->out_used)
                client->out_sent = client->out_used = 0;
        if (client->out_allocated - client->out_used < length) {
                size_t n = (client->out_used + length) * 2;
                char *out = realloc(client->out, n);

                if (!out)
                        return -ENOMEM;
                client->out = out;
                client->out_allocated = n;
        }
        (void) memcpy(client->out + client->out_used, text, length);
        client->out_used += length;
        return 0;
}

static int append_json(Client *client, struct json_object *object) {
        size_t length = 0;
        const char *text = NULL;

        if (object)
                text = json_object_to_json_string_length(
                        object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
        if (!text || append(client, text, length) < 0)
                return -ENOMEM;
        return append(client, "\n", 1);
}

void call_say(Call *call, const char *name, struct json_object *value) {
        struct json_object *line = json_object_new_object();

        json_add(line, name, value);
        if (append_json(client_of(call), line) < 0)
                call->out_of_memory = true;
        (void) json_object_put(line);
}

void call_say_text(Call *call, const char *name, const char *json) {
        Client *client = client_of(call);

        if (!json || append(client, "{\"", 2) < 0 || append(client, name, strlen(name)) < 0 ||
            append(client, "\":", 2) < 0 || append(client, json, strlen(json)) < 0 || append(client, "}\n", 2) < 0)
                call->out_of_memory = true;
}

bool call_may_steer(const Call *call) {
        return ((const Client *) call)->right >= PEER_STEERS;
}

static struct json_object *member_of(const Call *call, const char *name) {
        struct json_object *value = NULL;

        return json_object_object_get_ex(call->request, name, &value) ? value : NULL;
}

const char *call_text(const Call *call, const char *member) {
        struct json_object *value = member_of(call, member);

        return value ? json_object_get_string(value) : NULL;
}

bool call_flag(const Call *call, const char *member) {
        struct json_object *value = member_of(call, member);

        return value && json_object_get_boolean(value);
}

int64_t call_number(const Call *call, const char *member, int64_t fallback) {
        struct json_object *value = member_of(call, member);

        return value ? json_object_get_int64(value) : fallback;
}

int call_usage(Call *call, const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);
        call->exit_failed = SERVICE_USAGE;
        return error_set(&call->error, -EINVAL, "%s", text ? text : "out of memory");
}

static void call_clear(Call *call) {
        if (call->command && call->command->end && call->data)
                call->command->end(call);
        free(steal(call->data));
        (void) json_object_put(steal(call->request));
        error_clear(&call->error);
        call->command = NULL;
}

static void say_end(Client *client, int exit) {
        struct json_object *line = json_object_new_object();

        json_add_flag(line, "end", true);
        json_add_number(line, "exit", exit);
        if (append_json(client, line) < 0)
                client->broken = true;
        (void) json_object_put(line);
}

static void say_error(Client *client, const char *sentence, int exit) {
        struct json_object *line = json_object_new_object();

        json_add_text(line, "error", sentence);
        json_add_number(line, "exit", exit);
        if (append_json(client, line) < 0)
                client->broken = true;
        (void) json_object_put(line);
}

/* The call is over: by @r of CALL_DONE or negative. */
static void finish(Client *client, int r) {
        Call *call = &client->call;

        if (call->out_of_memory)
                say_error(client, "out of memory", SERVICE_FAILED);
        else if (r < 0)
                say_error(client, error_message(&call->error), call->exit_failed);
        else
                say_end(client, call->exit);
        call_clear(call);
}

static const Command *find_command(const char *name) {
        for (const Command *const *command = control_commands; *command; command++)
                if (strcmp((*command)->name, name) == 0)
                        return *command;
        return NULL;
}

static bool is_under_way(const Control *control, const Command *command) {
        for (const Client *client = control->clients; client; client = client->next)
                if (client->call.command == command)
                        return true;
        return false;
}

static int admit(Client *client, const char *name, const Command **ret) {
        Call *call = &client->call;
        const Command *command = find_command(name);
        const char *member;
        int r;

        if (!command)
                return call_usage(call, "there is no command '%.40s'", name);
        r = request_check(call->request, command->members, &call->error);
        if (r < 0) {
                call->exit_failed = SERVICE_USAGE;
                return r;
        }
        if (command->steers && client->right < PEER_STEERS) {
                call->exit_failed = SERVICE_USAGE;
                return error_set(&call->error, -EPERM, "'%s' is for root and members of the group locktsync-admin",
                                 name);
        }
        if (client->right < PEER_STEERS && (member = request_steers(call->request, command->members))) {
                call->exit_failed = SERVICE_USAGE;
                return error_set(&call->error, -EPERM,
                                 "'%s' of '%s' is for root and members of the group locktsync-admin", member, name);
        }
        if (command->alone && is_under_way(client->control, command))
                return error_set(&call->error, -EBUSY, "another '%s' is being made; try again when it is done", name);
        *ret = command;
        return 0;
}

/* Begins what a line asks for; a wrong line is answered at once. */
static void take_line(Client *client, const char *line, size_t length) {
        Call *call = &client->call;
        const Command *command = NULL;
        const char *name = NULL;
        int r;

        *call = (Call) { .service = client->control->service, .exit_failed = SERVICE_FAILED, .peer = call->peer };
        client->waits = false;

        r = request_parse(line, length, &call->request, &name, &call->error);
        if (r < 0)
                call->exit_failed = SERVICE_USAGE;
        else
                r = admit(client, name, &command);
        if (r >= 0 && command) {
                call->data = calloc(1, command->size > 0 ? command->size : 1);
                r = call->data ? 0 : error_set(&call->error, -ENOMEM, "out of memory");
        }
        if (r >= 0 && command) {
                call->command = command;
                r = command->begin ? command->begin(call) : 0;
        }
        if (r < 0 || !command || !command->next)
                finish(client, r < 0 ? r : CALL_DONE);
}

/* A buffer of another size; what leaves the old one may be somebody's configuration. */
static int resize_in(Client *client, size_t size) {
        char *in = malloc(size);

        if (!in)
                return -ENOMEM;
        (void) memcpy(in, client->in, client->in_used);
        explicit_bzero(client->in, client->in_size);
        free(client->in);
        client->in = in;
        client->in_size = size;
        return 0;
}

/*
 * A request does not fit. One client at a time, of those who may steer, has room for a configuration; it has half a
 * minute for each further piece.
 */
static bool make_long(Client *client) {
        Control *control = client->control;

        if (client->in_size == CONTROL_LINE_MAX && client->right == PEER_STEERS && !control->long_request &&
            resize_in(client, CONTROL_LONG_MAX) == 0)
                control->long_request = client;
        return client->in_size > client->in_used;
}

static void make_short(Client *client) {
        if (client->control->long_request != client || client->in_used > CONTROL_LINE_MAX ||
            resize_in(client, CONTROL_LINE_MAX) < 0)
                return;
        client->control->long_request = NULL;
        (void) sd_event_source_set_enabled(client->patience, SD_EVENT_OFF);
}

static const char *why_too_long(const Client *client) {
        if (client->in_size > CONTROL_LINE_MAX)
                return "the request is longer than any";
        return client->right == PEER_STEERS ? "the request is longer than 64 KiB, and another such is being taken in; "
                                              "try again later"
                                            : "the request is longer than 64 KiB";
}

/* Takes the next line out of what came in, if one is complete. */
static bool take_next_line(Client *client) {
        char *end = memchr(client->in, '\n', client->in_used);
        size_t length;

        if (!end) {
                if (client->in_used == client->in_size && !make_long(client)) {
                        say_error(client, why_too_long(client), SERVICE_USAGE);
                        client->in_used = 0;
                        client->broken = true;
                }
                return false;
        }
        length = (size_t) (end - client->in);
        take_line(client, client->in, length);
        client->in_used -= length + 1;
        (void) memmove(client->in, end + 1, client->in_used);
        make_short(client);
        return true;
}

/* Goes on with the answer as far as there is room, and with the next request when it is complete. */
static void work(Client *client) {
        while (client->out_used - client->out_sent < OUT_LOW && !client->waits) {
                int r;

                if (!client->call.command) {
                        if (client->broken || !take_next_line(client))
                                return;
                        continue;
                }
                r = client->call.command->next(&client->call);
                if (r == CALL_AGAIN)
                        return;
                if (r == CALL_WAIT)
                        client->waits = true;
                else if (r != CALL_MORE || client->call.out_of_memory)
                        finish(client, r);
        }
}

static Client *client_free(Client *client) {
        if (!client)
                return NULL;
        call_clear(&client->call);
        (void) sd_event_source_disable_unref(client->source);
        (void) sd_event_source_disable_unref(client->patience);
        if (client->fd >= 0)
                (void) close(client->fd);
        if (client->in)
                explicit_bzero(client->in, client->in_size);
        free(client->in);
        free(client->out);
        free(client);
        return NULL;
}

static void drop(Client *client) {
        Control *control = client->control;

        for (Client **at = &control->clients; *at; at = &(*at)->next)
                if (*at == client) {
                        *at = client->next;
                        control->n_clients--;
                        if (control->long_request == client)
                                control->long_request = NULL;
                        break;
                }
        (void) client_free(client);
}

/* Its plan keeps others from theirs, and its place keeps others out. */
static int on_patience(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) source;
        (void) usec;
        drop(userdata);
        return 0;
}

static void be_patient(Client *client) {
        bool unsent = client->out_sent < client->out_used;

        if (unsent)
                (void) sd_event_source_set_time_relative(client->patience, PATIENCE_USEC);
        (void) sd_event_source_set_enabled(client->patience, unsent ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

/* 0, or negative when the client is gone. */
static int flush(Client *client) {
        size_t before = client->out_sent;
        int r = 0;

        while (client->out_sent < client->out_used) {
                ssize_t n = send(client->fd, client->out + client->out_sent, client->out_used - client->out_sent,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);

                if (n < 0) {
                        r = errno == EAGAIN || errno == EINTR ? 0 : -errno;
                        break;
                }
                client->out_sent += (size_t) n;
        }
        /* Every byte that is taken buys patience anew. */
        if (client->out_sent != before || sd_event_source_get_enabled(client->patience, NULL) == 0)
                be_patient(client);
        return r;
}

static int receive(Client *client) {
        ssize_t n;

        if (client->in_used == client->in_size)
                return 0;
        n = recv(client->fd, client->in + client->in_used, client->in_size - client->in_used, MSG_DONTWAIT);
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (n == 0)
                client->ended = true;   /* it may still wait for its answer */
        client->in_used += (size_t) n;
        if (client->control->long_request == client) {
                (void) sd_event_source_set_time_relative(client->patience, PATIENCE_USEC);
                (void) sd_event_source_set_enabled(client->patience, SD_EVENT_ONESHOT);
        }
        return 0;
}

/* One that came with others, and waits for room to be answered. */
static bool has_request(const Client *client) {
        return !client->broken && client->in_used > 0 && memchr(client->in, '\n', client->in_used);
}

/* What the loop shall wait for. Nothing left to do for a client that has ended: it is dropped. */
static void settle(Client *client) {
        bool unsent = client->out_sent < client->out_used, busy = client->call.command;
        bool asked = !busy && has_request(client);
        bool over = (client->ended && !asked) || client->broken;
        uint32_t events = 0;

        if (unsent || asked || (busy && !client->waits))
                events |= EPOLLOUT;
        if (!busy && !over && !client->ended)
                events |= EPOLLIN;
        if (!unsent && !busy && over)
                drop(client);
        else
                (void) sd_event_source_set_io_events(client->source, events);
}

static int on_client(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Client *client = userdata;
        int r = 0;

        (void) source;
        (void) fd;
        if (revents & (EPOLLHUP | EPOLLERR))
                r = -ECONNRESET;
        else if (revents & EPOLLIN)
                r = receive(client);
        if (r >= 0) {
                work(client);
                r = flush(client);
        }
        if (r < 0)
                drop(client);
        else
                settle(client);
        return 0;
}

void call_wake(Call *call) {
        Client *client = client_of(call);

        client->waits = false;
        if (client->source)
                (void) sd_event_source_set_io_events(client->source, EPOLLOUT);
}

void control_interrupt(Control *control) {
        for (Client *client = control ? control->clients : NULL; client; client = client->next) {
                Call *call = &client->call;

                if (!call->command || !call->command->configured)
                        continue;
                finish(client, error_set(&call->error, -EAGAIN,
                                         "the configuration was read again meanwhile; ask once more"));
                client->waits = false;
                (void) sd_event_source_set_io_events(client->source, EPOLLOUT);
        }
}

/* Said without waiting: the socket is new, its buffer empty. */
static void turn_away(int fd, const char *sentence) {
        char line[256];
        int n;

        n = snprintf(line, sizeof(line), "{\"error\":\"%s\",\"exit\":2}\n", sentence);
        if (n > 0)
                (void) send(fd, line, (size_t) n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int add_client(Control *control, int fd, PeerRight right, unsigned uid) {
        Client *client = calloc(1, sizeof(*client));
        int r;

        if (!client)
                return -ENOMEM;
        client->fd = -1;
        client->control = control;
        client->right = right;
        client->call.peer = uid;
        client->in = malloc(CONTROL_LINE_MAX);
        client->in_size = client->in ? CONTROL_LINE_MAX : 0;
        r = client->in ? sd_event_add_io(control->service->event, &client->source, fd, EPOLLIN, on_client, client)
                       : -ENOMEM;
        if (r >= 0)
                r = sd_event_add_time(control->service->event, &client->patience, CLOCK_BOOTTIME, 0, 0, on_patience,
                                      client);
        if (r < 0) {
                (void) client_free(client);
                return r;
        }
        (void) sd_event_source_set_description(client->source, "control client");
        (void) sd_event_source_set_description(client->patience, "patience with a control client");
        (void) sd_event_source_set_enabled(client->patience, SD_EVENT_OFF);
        client->fd = fd;
        client->next = control->clients;
        control->clients = client;
        control->n_clients++;
        return 0;
}

/* Who asks nothing does not keep out who does: of the idle clients the one that came first goes. */
static bool make_room(Control *control) {
        Client *idle = NULL;

        if (control->n_clients < CLIENTS_MAX)
                return true;
        for (Client *client = control->clients; client; client = client->next)
                if (!client->call.command && client->out_sent == client->out_used && !has_request(client))
                        idle = client;
        if (idle)
                drop(idle);
        return idle;
}

static int on_connection(sd_event_source *source, int listening, uint32_t revents, void *userdata) {
        Control *control = userdata;
        _cleanup_(closep) int fd = -1;
        PeerRight right;
        unsigned uid = 0;

        (void) source;
        (void) revents;
        fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
                return 0;
        right = listener_judge(&control->listener, fd, &uid);
        if (right == PEER_NOTHING)
                turn_away(fd, "only root and members of the groups locktsync and locktsync-admin may ask");
        else if (!make_room(control))
                turn_away(fd, "too many clients; try again later");
        else if (add_client(control, fd, right, uid) >= 0)
                fd = -1;
        return 0;
}

int control_open(Service *service, const char *path, Control **ret, Error *reterr) {
        _cleanup_(control_closep) Control *control = NULL;
        int r;

        control = calloc(1, sizeof(*control));
        if (!control)
                return error_set(reterr, -ENOMEM, "can't open the control socket: out of memory");
        control->service = service;
        control->listener.fd = -1;

        r = listener_open(path, &control->listener, reterr);
        if (r < 0)
                return r;
        r = sd_event_add_io(service->event, &control->source, control->listener.fd, EPOLLIN, on_connection, control);
        if (r < 0)
                return error_set(reterr, r, "can't serve the control socket: %s", strerror(-r));
        (void) sd_event_source_set_description(control->source, "control socket");

        *ret = steal(control);
        return 0;
}

Control *control_close(Control *control) {
        if (!control)
                return NULL;
        while (control->clients)
                drop(control->clients);
        (void) sd_event_source_disable_unref(control->source);
        listener_close(&control->listener);
        free(control);
        return NULL;
}
