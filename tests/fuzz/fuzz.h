#pragma once

/* What a fuzz target defines: any bytes in, no crash, no leak, nothing written outside of memory; 0. */

#include <stddef.h>
#include <stdint.h>

__attribute__((__visibility__("default"))) int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
