#pragma once

/* history --verify, beside history. */

#include "daemon/ctl/ctl.h"

int history_verify(Ctl *ctl);
