/* Owns a server of NNG alone: each context sends back the message it received. Usage: ADDRESS. */
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

enum { CONTEXTS = 128 };

typedef struct Slot {
    nng_ctx context;
    nng_aio *aio;
    bool sending;
} Slot;

static void step(void *argument)
{
    Slot *slot = argument;

    if (nng_aio_result(slot->aio) != 0)
        return;
    slot->sending = !slot->sending;
    if (slot->sending) /* the aio still holds the message it received */
        nng_ctx_send(slot->context, slot->aio);
    else
        nng_ctx_recv(slot->context, slot->aio);
}

int main(int argc, char **argv)
{
    static Slot slots[CONTEXTS];
    nng_socket socket;

    if (argc != 2 || nng_rep0_open(&socket) != 0 || nng_listen(socket, argv[1], NULL, 0) != 0) {
        fprintf(stderr, "%s: cannot listen\n", argv[0]);
        return 1;
    }
    for (int i = 0; i < CONTEXTS; i++) {
        if (nng_ctx_open(&slots[i].context, socket) != 0 ||
            nng_aio_alloc(&slots[i].aio, step, &slots[i]) != 0)
            return 1;
        nng_ctx_recv(slots[i].context, slots[i].aio);
    }
    for (;;)
        pause();
}
