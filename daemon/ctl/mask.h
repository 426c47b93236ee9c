#pragma once

/* The form of a personal text without its value, for people who look whether a mapping is right. */

/*
 * "Nina-Marie" becomes "Xxxx-Xxxxx", "n.neu@example.org" "x.xxx@xxxxxxx.xxx", "0815" "9999": letters and digits are
 * hidden, what stands between them is seen. Owned by the caller; NULL when memory is out.
 */
char *mask_form(const char *text);
