/* Owns interface texts; the only user of libintl. Invariant: without a catalogue every text is its English
 * msgid. Must not change how numbers are written: LC_NUMERIC stays "C". */
#include "common/base/i18n.h"

#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/core/text.h"

/* Set once by i18n_init, before there are threads. */
static bool russian;

/* The first non-empty of the variables that choose a message language, in gettext's order. */
static const char *wanted_language(void)
{
    static const char *const names[] = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return value;
    }
    return "";
}

/* "ru", "ru_RU.UTF-8", "ru:en"; not "rue" or "run". */
static bool is_russian(const char *language)
{
    return text_starts(language, "ru") && (language[2] == '\0' || strchr("_.:@-", language[2]) != NULL);
}

/* A folder counts only with the catalogue in it, so that a stray "locale" beside the program does no harm. */
static bool has_catalogue(const char *dir)
{
    char path[4200];

    snprintf(path, sizeof path, "%s/ru/LC_MESSAGES/shans.mo", dir);
    return access(path, R_OK) == 0;
}

/* Where the catalogues are: beside the program, one folder up, or installed next to bin/. */
static void find_catalogue(char *to, size_t size)
{
    static const char *const places[] = {"locale", "../locale", "../share/locale"};
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);

    to[0] = '\0';
    if (length <= 0)
        return;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL)
        return;
    *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int wrote = snprintf(to, size, "%s/%s", program, places[i]);
        if (wrote > 0 && (size_t)wrote < size && has_catalogue(to))
            return;
    }
    to[0] = '\0';
}

void i18n_init(const char *language, const char *locale_dir)
{
    char found[4096];
    const char *dir = locale_dir != NULL ? locale_dir : getenv("SHANS_LOCALE_DIR");

    russian = is_russian(language[0] != '\0' ? language : wanted_language());
    if (setlocale(LC_ALL, "C.UTF-8") == NULL) /* LANGUAGE is ignored in the plain C locale */
        setlocale(LC_CTYPE, "");
    setlocale(LC_NUMERIC, "C");
    /* gettext looks for the language in the environment at every call */
    setenv("LANGUAGE", russian ? "ru" : "en", 1);
    if (dir == NULL) {
        find_catalogue(found, sizeof found);
        dir = found;
    }
    if (dir[0] != '\0')
        bindtextdomain("shans", dir);
    bind_textdomain_codeset("shans", "UTF-8");
}

bool i18n_russian(void)
{
    return russian;
}

const char *i18n_text(const char *text)
{
    return russian && text[0] != '\0' ? dgettext("shans", text) : text;
}

/* English needs no catalogue; in Russian gettext knows the three forms. */
const char *i18n_plural(const char *one, const char *many, unsigned long n)
{
    if (!russian)
        return n == 1 ? one : many;
    return dngettext("shans", one, many, n);
}
