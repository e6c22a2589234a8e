/* An in-process transport without sockets or NNG: a call goes straight to the receiver, the caller's thread
 * waits for the reply. For tests under ThreadSanitizer and for whatever must not open a socket. */
#ifndef COMMON_NET_TRANSPORT_FAKE_H
#define COMMON_NET_TRANSPORT_FAKE_H

#include "common/net/transport.h"

/* A client whose calls are handed to receive(context, call) on the caller's thread. NULL: no memory. A call
 * whose deadline passes before its reply ends with DEADLINE_EXCEEDED / NO_REPLY; the late reply is dropped.
 */
TransportClient *transport_fake_open(TransportReceive receive, void *context);

#endif
