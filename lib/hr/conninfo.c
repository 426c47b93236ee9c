/* libpq's connection parameters, with names replaced by addresses: libpq itself would wait for the name servers. */

#include "lib/hr/conninfo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

typedef struct Host {
        char *name;             /* "" for the default, a path for a socket */
        char *address;          /* hostaddr, "" when there is none */
        char *port;
        bool is_name;           /* libpq would look it up */
        bool failed;            /* nothing was found */
        HrAddresses found;
} Host;

struct HrConninfo {
        char *connection;
        size_t n_hosts;
        Host hosts[HR_MAX_HOSTS];
        bool one_port;          /* a single port (or none) counts for all hosts */
        bool looked_up;
        bool default_keepalives[4];
};

/* A dead peer is found within about a minute, unless the administrator chose otherwise. */
static const struct {
        const char *keyword, *value;
} keepalives[] = {
        { "keepalives_idle", "30" },
        { "keepalives_interval", "10" },
        { "keepalives_count", "3" },
        { "tcp_user_timeout", "30000" },
};

static void wipe_options(PQconninfoOption *options) {
        for (PQconninfoOption *o = options; o && o->keyword; o++)
                if (o->val)
                        explicit_bzero(o->val, strlen(o->val));
        PQconninfoFree(options);
}

static void wipe_optionsp(PQconninfoOption **options) {
        wipe_options(*options);
}

static const char *option(const PQconninfoOption *options, const char *keyword) {
        for (const PQconninfoOption *o = options; o && o->keyword; o++)
                if (strcmp(o->keyword, keyword) == 0)
                        return o->val ? o->val : "";
        return "";
}

static bool is_connection_string(const char *connection) {
        _cleanup_(wipe_optionsp) PQconninfoOption *options = NULL;
        char *why = NULL;

        /* Its own error repeats a part of the string, maybe of the password: not even looked at. */
        options = PQconninfoParse(connection, &why);
        PQfreemem(why);
        return options != NULL;
}

/*
 * What libpq makes of the string, its environment and its service file. There is no call that tells; but a connection
 * that is refused for one impossible option, before any host is tried, knows all the others.
 */
static PQconninfoOption *effective_options(const char *connection) {
        static const char *const keywords[] = { "dbname", "channel_binding", NULL };
        const char *const values[] = { connection, "none that exists", NULL };
        PQconninfoOption *options;
        PGconn *pg;

        pg = PQconnectStartParams(keywords, values, 1);
        if (!pg)
                return NULL;

        options = PQconninfo(pg);
        PQfinish(pg);
        return options;
}

static size_t count_items(const char *list) {
        size_t n = 1;

        for (; *list; list++)
                if (*list == ',')
                        n++;
        return n;
}

/* The @i-th item of a comma-separated list, "" past its end. */
static char *item(const char *list, size_t i) {
        const char *comma;

        for (; i > 0; i--) {
                comma = strchr(list, ',');
                if (!comma)
                        return strdup("");
                list = comma + 1;
        }
        return strndup(list, strcspn(list, ","));
}

static bool is_number(const char *host) {
        const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_flags = AI_NUMERICHOST };
        struct addrinfo *list = NULL;

        if (getaddrinfo(host, NULL, &hints, &list) != 0)
                return false;
        freeaddrinfo(list);
        return true;
}

static bool needs_lookup(const Host *host) {
        if (host->address[0] || !host->name[0])
                return false;
        if (host->name[0] == '/' || host->name[0] == '@')
                return false;
        return !is_number(host->name);
}

static int read_hosts(HrConninfo *info, const PQconninfoOption *options, Error *reterr) {
        const char *names = option(options, "host"), *addresses = option(options, "hostaddr"),
                   *ports = option(options, "port");
        size_t n = count_items(addresses[0] ? addresses : names);

        /* Lists that do not go together: libpq says so itself, before it looks anything up. */
        if ((names[0] && count_items(names) != n) || (count_items(ports) != 1 && count_items(ports) != n))
                return 0;

        if (n > HR_MAX_HOSTS)
                return error_set(reterr, -EINVAL, "hr.connection names %zu hosts; at most %d are tried", n,
                                 HR_MAX_HOSTS);

        info->one_port = count_items(ports) == 1;
        for (size_t i = 0; i < n; i++) {
                Host *host = &info->hosts[info->n_hosts++];

                host->name = item(names, i);
                host->address = item(addresses, i);
                host->port = item(ports, info->one_port ? 0 : i);
                if (!host->name || !host->address || !host->port)
                        return error_set(reterr, -ENOMEM, "cannot connect to HR: out of memory");
                host->is_name = needs_lookup(host);
        }
        return 0;
}

int hr_conninfo_new(const char *connection, HrConninfo **ret, Error *reterr) {
        _cleanup_(hr_conninfo_freep) HrConninfo *info = NULL;
        _cleanup_(wipe_optionsp) PQconninfoOption *options = NULL;
        int r;

        if (!is_connection_string(connection))
                return error_set(reterr, -EINVAL, "hr.connection is no connection string of libpq: it takes 'host=… "
                                 "dbname=… user=…' or a postgresql:// address, with values that hold spaces in "
                                 "single quotes");

        info = calloc(1, sizeof(*info));
        if (!info)
                return error_set(reterr, -ENOMEM, "cannot connect to HR: out of memory");

        info->connection = strdup(connection);
        options = effective_options(connection);
        if (!info->connection || !options)
                return error_set(reterr, -ENOMEM, "cannot connect to HR: out of memory");

        for (size_t i = 0; i < ELEMENTS(keepalives); i++)
                info->default_keepalives[i] = option(options, keepalives[i].keyword)[0] == '\0';

        r = read_hosts(info, options, reterr);
        if (r < 0)
                return r;

        *ret = steal(info);
        return 0;
}

HrConninfo *hr_conninfo_free(HrConninfo *info) {
        if (!info)
                return NULL;

        for (size_t i = 0; i < info->n_hosts; i++) {
                free(info->hosts[i].name);
                free(info->hosts[i].address);
                free(info->hosts[i].port);
        }
        if (info->connection)
                explicit_bzero(info->connection, strlen(info->connection));
        free(info->connection);
        free(info);
        return NULL;
}

size_t hr_conninfo_names(const HrConninfo *info, const char **names) {
        size_t n = 0;

        for (size_t i = 0; i < info->n_hosts; i++)
                if (info->hosts[i].is_name)
                        names[n++] = info->hosts[i].name;
        return n;
}

int hr_conninfo_resolved(HrConninfo *info, const HrAddresses *answers, size_t n, Error *reterr) {
        const Host *unknown = NULL;
        size_t next = 0, usable = 0;

        for (size_t i = 0; i < info->n_hosts; i++) {
                Host *host = &info->hosts[i];

                if (host->is_name && next < n) {
                        host->found = answers[next++];
                        host->failed = host->found.gai_error != 0;
                }
                if (host->failed)
                        unknown = host;
                else
                        usable++;
        }

        info->looked_up = true;
        if (usable == 0 && unknown)
                return error_set(reterr, -EHOSTUNREACH, "cannot connect to HR: the name '%s' is not found: %s; check "
                                 "host= in hr.connection and the name servers of this machine", unknown->name,
                                 gai_strerror(unknown->found.gai_error));
        return 0;
}

/* One entry more of the three lists that libpq reads side by side. */
static void add_host(FILE *names, FILE *addresses, FILE *ports, const Host *host, const char *address, size_t n) {
        const char *comma = n > 0 ? "," : "";

        (void) fprintf(names, "%s%s", comma, host->name);
        (void) fprintf(addresses, "%s%s", comma, address);
        (void) fprintf(ports, "%s%s", comma, host->port);
}

static int close_list(FILE *stream) {
        bool failed = ferror(stream) != 0;

        return fclose(stream) != 0 || failed ? -ENOMEM : 0;
}

typedef struct Lists {
        char *names, *addresses, *ports;
} Lists;

static void lists_deinit(Lists *lists) {
        free(lists->names);
        free(lists->addresses);
        free(lists->ports);
}

/* A name stays beside each of its addresses: certificates are checked against it, passwords are looked up by it. */
static int make_lists(const HrConninfo *info, Lists *lists) {
        size_t size, n = 0;
        FILE *streams[3];
        int r = 0;

        streams[0] = open_memstream(&lists->names, &size);
        streams[1] = open_memstream(&lists->addresses, &size);
        streams[2] = open_memstream(&lists->ports, &size);

        for (size_t i = 0; streams[0] && streams[1] && streams[2] && i < info->n_hosts; i++) {
                const Host *host = &info->hosts[i];

                if (host->failed)
                        continue;
                if (!host->is_name)
                        add_host(streams[0], streams[1], streams[2], host, host->address, n++);
                for (size_t k = 0; host->is_name && k < host->found.n; k++)
                        add_host(streams[0], streams[1], streams[2], host, host->found.text[k], n++);
        }

        for (size_t i = 0; i < ELEMENTS(streams); i++)
                if (!streams[i] || close_list(streams[i]) < 0)
                        r = -ENOMEM;
        return r;
}

PGconn *hr_conninfo_start(const HrConninfo *info) {
        _cleanup_(lists_deinit) Lists lists = { 0 };
        const char *keywords[16], *values[16];
        size_t n = 0;

        /* Later ones win over what stands in the string; dbname is the string. */
#define ADD(keyword, value) (keywords[n] = (keyword), values[n++] = (value))
        ADD("dbname", info->connection);
        ADD("client_encoding", "UTF8");
        ADD("fallback_application_name", "locktsync");
        for (size_t i = 0; i < ELEMENTS(keepalives); i++)
                if (info->default_keepalives[i])
                        ADD(keepalives[i].keyword, keepalives[i].value);

        if (info->looked_up) {
                if (make_lists(info, &lists) < 0)
                        return NULL;
                ADD("host", lists.names);
                ADD("hostaddr", lists.addresses);
                ADD("port", info->one_port ? info->hosts[0].port : lists.ports);
        }
        ADD(NULL, NULL);
#undef ADD

        return PQconnectStartParams(keywords, values, 1);
}
