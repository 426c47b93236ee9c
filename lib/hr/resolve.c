/* getaddrinfo() in a thread that can be left behind. The pipe's end tells that it is done. */

#include "lib/hr/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

/* A name server that hangs must not collect threads: one more is refused while so many still wait. */
#define MAX_THREADS 8

/* Modules of the name service switch are guests on this stack. */
#define STACK_SIZE (1024UL * 1024)

typedef struct Job {
        atomic_int references;          /* the thread, and the resolver for as long as somebody wants to know */
        int done_fd;                    /* the thread's end of the pipe */
        size_t n_names;
        char *names[HR_MAX_HOSTS];
        HrAddresses answers[HR_MAX_HOSTS];
} Job;

struct HrResolver {
        Job *job;
        int fd;
        sd_event_source *source;
        HrResolved resolved;
        void *userdata;
};

static atomic_int n_threads;

static Job *job_unref(Job *job) {
        if (!job || atomic_fetch_sub_explicit(&job->references, 1, memory_order_acq_rel) > 1)
                return NULL;

        if (job->done_fd >= 0)
                (void) close(job->done_fd);
        for (size_t i = 0; i < job->n_names; i++)
                free(job->names[i]);
        free(job);
        return NULL;
}
DEFINE_CLEANUP(Job *, job_unref)

static int job_new(const char *const *names, size_t n_names, Job **ret) {
        _cleanup_(job_unrefp) Job *job = NULL;

        job = calloc(1, sizeof(*job));
        if (!job)
                return -ENOMEM;
        atomic_init(&job->references, 1);
        job->done_fd = -1;

        for (size_t i = 0; i < n_names; i++) {
                job->names[i] = strdup(names[i]);
                if (!job->names[i])
                        return -ENOMEM;
                job->n_names++;
        }

        *ret = steal(job);
        return 0;
}

static void look_up(const char *name, HrAddresses *answer) {
        const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
        struct addrinfo *list = NULL;

        answer->gai_error = getaddrinfo(name, NULL, &hints, &list);
        if (answer->gai_error != 0)
                return;

        for (const struct addrinfo *a = list; a && answer->n < HR_MAX_ADDRESSES; a = a->ai_next) {
                if (a->ai_family != AF_INET && a->ai_family != AF_INET6)
                        continue;
                if (getnameinfo(a->ai_addr, a->ai_addrlen, answer->text[answer->n], sizeof(answer->text[0]), NULL, 0,
                                NI_NUMERICHOST) == 0)
                        answer->n++;
        }

        freeaddrinfo(list);
        if (answer->n == 0)
                answer->gai_error = EAI_NONAME;
}

static void *job_run(void *arg) {
        Job *job = arg;
        int fd;

        for (size_t i = 0; i < job->n_names; i++)
                look_up(job->names[i], &job->answers[i]);

        /* Counted down before the end is told: who was told may at once start the next one. */
        atomic_fetch_sub(&n_threads, 1);

        /*
         * The descriptor leaves the job before the job may leave us. The other side takes the end of the pipe as the
         * word that the answers are there; its fence is the one of the fetch in on_done().
         */
        fd = job->done_fd;
        job->done_fd = -1;
        atomic_thread_fence(memory_order_release);
        (void) close(fd);
        job_unref(job);
        return NULL;
}

/* The signals of the process belong to the loop: the thread blocks them all. */
static int start_thread(Job *job) {
        pthread_attr_t attributes;
        sigset_t all, before;
        pthread_t thread;
        int r;

        r = pthread_attr_init(&attributes);
        if (r != 0)
                return -r;

        (void) pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        (void) pthread_attr_setstacksize(&attributes, STACK_SIZE);

        (void) sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&thread, &attributes, job_run, job);
        (void) pthread_sigmask(SIG_SETMASK, &before, NULL);

        (void) pthread_attr_destroy(&attributes);
        return -r;
}

static int on_done(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        HrResolver *resolver = userdata;

        (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
        atomic_thread_fence(memory_order_acquire);
        resolver->resolved(resolver->userdata, resolver->job->answers, resolver->job->n_names);
        return 0;
}

static int launch(HrResolver *resolver, Error *reterr) {
        int fds[2], r;

        if (atomic_fetch_add(&n_threads, 1) >= MAX_THREADS) {
                atomic_fetch_sub(&n_threads, 1);
                return error_set(reterr, -EAGAIN, "cannot look up '%s': %d earlier lookups still wait for the name "
                                 "servers; check /etc/resolv.conf, or name the address by hostaddr= in hr.connection",
                                 resolver->job->names[0], MAX_THREADS);
        }

        if (pipe2(fds, O_CLOEXEC) < 0) {
                r = -errno;
                atomic_fetch_sub(&n_threads, 1);
                return error_set(reterr, r, "cannot look up '%s': no pipe: %s", resolver->job->names[0],
                                 strerror(-r));
        }
        resolver->fd = fds[0];
        resolver->job->done_fd = fds[1];

        atomic_fetch_add(&resolver->job->references, 1);
        r = start_thread(resolver->job);
        if (r < 0) {
                atomic_fetch_sub(&resolver->job->references, 1);
                atomic_fetch_sub(&n_threads, 1);
                return error_set(reterr, r, "cannot look up '%s': no thread: %s", resolver->job->names[0],
                                 strerror(-r));
        }
        return 0;
}

int hr_resolver_new(sd_event *event, const char *const *names, size_t n_names, HrResolved resolved, void *userdata,
                    HrResolver **ret, Error *reterr) {
        _cleanup_(hr_resolver_freep) HrResolver *resolver = NULL;
        int r;

        if (n_names == 0 || n_names > HR_MAX_HOSTS)
                return error_set(reterr, -EINVAL, "hr.connection names %zu hosts; up to %d can be looked up", n_names,
                                 HR_MAX_HOSTS);

        resolver = calloc(1, sizeof(*resolver));
        if (!resolver)
                return error_set(reterr, -ENOMEM, "cannot look up '%s': out of memory", names[0]);
        resolver->fd = -1;
        resolver->resolved = resolved;
        resolver->userdata = userdata;

        r = job_new(names, n_names, &resolver->job);
        if (r < 0)
                return error_set(reterr, r, "cannot look up '%s': out of memory", names[0]);

        r = launch(resolver, reterr);
        if (r < 0)
                return r;

        r = sd_event_add_io(event, &resolver->source, resolver->fd, EPOLLIN, on_done, resolver);
        if (r < 0)
                return error_set(reterr, r, "cannot look up '%s': no event source: %s", names[0], strerror(-r));
        (void) sd_event_source_set_description(resolver->source, "hr-resolver");

        *ret = steal(resolver);
        return 0;
}

HrResolver *hr_resolver_free(HrResolver *resolver) {
        if (!resolver)
                return NULL;

        (void) sd_event_source_disable_unref(resolver->source);
        if (resolver->fd >= 0)
                (void) close(resolver->fd);
        job_unref(resolver->job);
        free(resolver);
        return NULL;
}
