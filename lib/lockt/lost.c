/* Transfers that ended without a whole answer (ruling 14), in words that help. */

#include <curl/curl.h>

#include "lib/lockt/answer.h"
#include "lib/lockt/transport.h"

static int judge_unsent(const char *host, const TransferEnd *end, const char *detail, LocktAnswer *ret) {
        switch (end->code) {
        case CURLE_COULDNT_RESOLVE_HOST:
                return answer_set(ret, LOCKT_UNAVAILABLE, "cannot find the address of %s: %s", host, detail);
        case CURLE_COULDNT_RESOLVE_PROXY:
                return answer_set(ret, LOCKT_UNAVAILABLE, "cannot find the address of the proxy in https_proxy: %s",
                                  detail);
        case CURLE_COULDNT_CONNECT:
                return answer_set(ret, LOCKT_UNAVAILABLE, "cannot connect to %s: %s", host, detail);
        case CURLE_PEER_FAILED_VERIFICATION:
                return answer_set(ret, LOCKT_UNAVAILABLE,
                                  "cannot trust the TLS certificate of %s: %s; nothing was sent. A private CA is named "
                                  "by lockt.ca_file", host, detail);
        case CURLE_SSL_CACERT_BADFILE:
                return answer_set(ret, LOCKT_UNAVAILABLE, "cannot read the CA file that lockt.ca_file names: %s",
                                  detail);
        case CURLE_SSL_CONNECT_ERROR:
                return answer_set(ret, LOCKT_UNAVAILABLE, "cannot agree on TLS 1.2 or newer with %s: %s", host, detail);
        case CURLE_OPERATION_TIMEDOUT:
                return answer_set(ret, LOCKT_UNAVAILABLE, "cannot connect to %s in time", host);
        default:
                return answer_set(ret, LOCKT_UNAVAILABLE, "cannot reach %s: %s", host, detail);
        }
}

int transfer_judge(const Transport *transport, const TransferEnd *end, bool write, LocktAnswer *ret) {
        const char *host = transport_host(transport), *detail = end->detail, *why;

        *ret = (LocktAnswer) { .status = end->status, .sent = end->sent, .retry_after_usec = end->retry_after_usec };
        if (!detail || !*detail)
                detail = curl_easy_strerror((CURLcode) end->code);
        if (!end->sent)
                return judge_unsent(host, end, detail, ret);

        why = end->code == CURLE_OPERATION_TIMEDOUT ? "no whole answer came in time" : detail;
        if (write)
                return answer_set(ret, LOCKT_UNKNOWN, "%s took the write, and its answer was lost: %s", host, why);
        return answer_set(ret, LOCKT_UNAVAILABLE, "%s did not answer as a whole: %s", host, why);
}
