#pragma once

/* LOCKTSYNC_VERSION comes from the top meson.build by way of daemon/meson.build. */
#ifndef LOCKTSYNC_VERSION
#error "LOCKTSYNC_VERSION is not defined"
#endif
