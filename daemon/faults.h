#pragma once

/*
 * What is wrong with ourselves, and looked after until it is well: a state that can't be written (disk full),
 * credentials that Lockt refuses.
 */

#include "lib/base/error.h"

typedef struct Service Service;

int faults_prepare(Service *service, Error *reterr);
void faults_deinit(Service *service);

/* Lockt answered 401: the credentials are read again every few seconds, and used as soon as they are others. */
void faults_watch_credentials(Service *service);
