#pragma once

/*
 * Fob Records
 *
 * One record of POST /fob or PUT /fob. Fobs are records among the users (ruling 32) that bear a name; whom they are
 * assigned to is seen in /credential alone (ruling 24).
 */

#include "tests/simulator/batch.h"

int batch_take_fob(Batch *batch, json_object *record);
int batch_take_fob_change(Batch *batch, json_object *record);
