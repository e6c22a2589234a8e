/* Owns the messages to systemd: one datagram each, to a path or an abstract name. Invariant: never waits and
 * never fails its caller. Must not decide what to say. */
#include "server/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/core/decimal.h"

enum { MESSAGE_SIZE = 512 };

/* "/run/…" or "@…", which stands for a name that begins with NUL. */
static bool find_socket(struct sockaddr_un *ret_address, socklen_t *ret_size)
{
    const char *name = getenv("NOTIFY_SOCKET");
    size_t length = name == NULL ? 0 : strlen(name);

    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (length < 2 || length >= sizeof ret_address->sun_path || (name[0] != '/' && name[0] != '@'))
        return false;
    memcpy(ret_address->sun_path, name, length);
    if (name[0] == '@')
        ret_address->sun_path[0] = '\0';
    *ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return true;
}

bool notify_send(const char *format, ...)
{
    struct sockaddr_un address;
    socklen_t size;
    char text[MESSAGE_SIZE];
    va_list list;

    if (!find_socket(&address, &size))
        return false;
    va_start(list, format);
    int length = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || length < 0)
        return false;
    size_t whole = (size_t)length < sizeof text ? (size_t)length : sizeof text - 1;
    ssize_t sent = sendto(fd, text, whole, MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
    close(fd);
    return sent == (ssize_t)whole;
}

int64_t notify_watchdog_ms(void)
{
    const char *period = getenv("WATCHDOG_USEC"), *who = getenv("WATCHDOG_PID");
    int64_t us = 0, pid = getpid();

    if (period == NULL || decimal_parse(period, 0, &us) != DECIMAL_FINE || us <= 0)
        return 0;
    if (who != NULL && (decimal_parse(who, 0, &pid) != DECIMAL_FINE || pid != getpid()))
        return 0;
    return us / 1000;
}
