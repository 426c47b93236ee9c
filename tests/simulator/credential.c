/* Credentials as the service shows them. */

#include "tests/simulator/credential.h"

#include <inttypes.h>
#include <string.h>

/* The finalizer of splitmix64: near numbers give keys that do not look alike. */
void credential_key(uint64_t number, char ret[static CREDENTIAL_KEY_MAX]) {
        static const char digits[] = "0123456789ABCDEF";
        size_t at = 0;

        number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
        number ^= number >> 31;
        for (int i = 0; i < 16; i++, number >>= 4) {
                if (i > 0 && i % 4 == 0)
                        ret[at++] = '-';
                ret[at++] = digits[number & 15];
        }
        ret[at] = '\0';
}

void credential_write_name(const char *last_name, const char *first_name, Text *text) {
        _cleanup_(text_free) Text name = { 0 };

        text_puts(&name, last_name);
        text_puts(&name, last_name[0] != '\0' && first_name[0] != '\0' ? ", " : "");
        text_puts(&name, first_name);
        if (text_status(&name) < 0)
                text->failed = true;
        else
                text_json(text, name.data, name.length);
}

static void write_user(const Credential *credential, bool as_object, Text *text) {
        text_puts(text, as_object ? "{" : "[");
        if (credential->user > 0) {
                text_puts(text, as_object ? "" : "{");
                text_printf(text, "\"id\":%" PRId64 ",\"name\":", credential->user);
                credential_write_name(credential->last_name, credential->first_name, text);
                text_puts(text, as_object ? "" : "}");
        }
        text_puts(text, as_object ? "}" : "]");
}

void credential_write(const Credential *credential, bool as_object, Text *text) {
        char key[CREDENTIAL_KEY_MAX];

        credential_key((uint64_t) credential->id, key);
        text_printf(text, "{\"id\":%" PRId64 ",\"card_num\":", credential->id);
        text_json(text, credential->card_num, strlen(credential->card_num));
        text_puts(text, ",\"credential_key\":");
        if (credential->credential_key[0] != '\0')
                text_json(text, credential->credential_key, strlen(credential->credential_key));
        else
                text_json(text, key, strlen(key));
        text_printf(text, ",\"claim_status\":\"%s\",\"user\":", credential->claimed ? "Claimed" : "Unclaimed");
        write_user(credential, as_object, text);
        text_puts(text, "}");
}
