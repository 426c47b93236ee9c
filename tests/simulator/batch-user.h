#pragma once

/*
 * User Records
 *
 * One record of POST /user, PUT /user or POST /uservalidate: whose it is, what is wrong with it, what is stored.
 */

#include "tests/simulator/batch.h"

/* By id_num and e-mail (ruling 9), or also by id when that is set. */
int batch_take_user(Batch *batch, json_object *record);

/* By id alone; the properties given are changed (ruling 30). */
int batch_take_user_change(Batch *batch, json_object *record);
