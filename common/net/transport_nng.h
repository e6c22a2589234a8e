/* What is particular to the transport over NNG: fixed limits that operations and tests need to know. */
#ifndef COMMON_NET_TRANSPORT_NNG_H
#define COMMON_NET_TRANSPORT_NNG_H

enum {
    TRANSPORT_CONNECT_MS = 3000,   /* a call waits this long for a connection before NO_CONNECTION */
    TRANSPORT_SEND_MS = 10000,     /* a reply to a peer that does not read is dropped after this */
    TRANSPORT_CONTEXTS_MAX = 1024, /* of one server */
};

/* Version of NNG that is loaded. */
const char *transport_library(void);

#endif
