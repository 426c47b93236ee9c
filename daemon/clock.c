/* The clock. See clock.h. */

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "daemon/clock.h"

struct Clock {
        int fd;
        sd_event_source *source;
        void (*stepped)(void *userdata);
        void *userdata;
};

static int64_t read_clock(clockid_t id) {
        struct timespec ts = { 0 };

        (void) clock_gettime(id, &ts);
        return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

Now clock_now(void) {
        return (Now) { .real_usec = read_clock(CLOCK_REALTIME), .steady_usec = read_clock(CLOCK_BOOTTIME) };
}

/* A timer that never rings; the kernel tells us when the clock under it is set (timerfd_create(2), ECANCELED). */
static int arm(int fd) {
        /* In the year 2255: nearly the last that the kernel's nanoseconds reach. */
        static const struct itimerspec never = { .it_value = { .tv_sec = (time_t) INT64_C(9000000000) } };

        return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0 ? -errno : 0;
}

static int on_clock(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Clock *clock = userdata;
        uint64_t rings;

        (void) source;
        (void) revents;
        if (read(fd, &rings, sizeof(rings)) >= 0 || errno != ECANCELED)
                return 0;
        (void) arm(fd);
        clock->stepped(clock->userdata);
        return 0;
}

int clock_watch(sd_event *event, void (*stepped)(void *userdata), void *userdata, Clock **ret, Error *reterr) {
        _cleanup_(clock_freep) Clock *clock = NULL;
        int r;

        clock = calloc(1, sizeof(*clock));
        if (!clock)
                return error_set(reterr, -ENOMEM, "can't watch the clock: out of memory");
        clock->stepped = stepped;
        clock->userdata = userdata;

        clock->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
        if (clock->fd < 0)
                return error_set(reterr, -errno, "can't watch the clock: %s", strerror(errno));
        r = arm(clock->fd);
        if (r >= 0)
                r = sd_event_add_io(event, &clock->source, clock->fd, EPOLLIN, on_clock, clock);
        if (r < 0)
                return error_set(reterr, r, "can't watch the clock: %s", strerror(-r));
        (void) sd_event_source_set_description(clock->source, "clock");

        *ret = steal(clock);
        return 0;
}

Clock *clock_free(Clock *clock) {
        if (!clock)
                return NULL;
        (void) sd_event_source_unref(clock->source);
        if (clock->fd >= 0)
                (void) close(clock->fd);
        free(clock);
        return NULL;
}
