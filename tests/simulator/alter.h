#pragma once

/*
 * Alterations
 *
 * What is stored in place of what was sent, when a fault says so (ruling 33).
 */

#include "tests/simulator/fault.h"
#include "tests/simulator/user.h"

int alter_user(User *user, const Fault *fault);
