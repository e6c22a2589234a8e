/* Interface texts through gettext; the only user of libintl. Russian when the language is ru, else English.
 * _("…") marks a text; N_("…", "…", n) chooses the plural form; MARK_("…") marks one in a table. */
#ifndef COMMON_BASE_I18N_H
#define COMMON_BASE_I18N_H

#include <stdbool.h>

/* language: "ru", "en", or "" to take it from LANGUAGE, LC_ALL, LC_MESSAGES, LANG. Catalogues are looked for
 * in locale_dir, or when NULL beside the program and where it was installed. */
void i18n_init(const char *language, const char *locale_dir);

/* Whether people get Russian: for dates, decimals and reasons, which gettext does not make. */
bool i18n_russian(void);

/* The text in the chosen language, itself when there is no translation. Borrowed, for good. */
const char *i18n_text(const char *text) __attribute__((format_arg(1)));
const char *i18n_plural(const char *one, const char *many, unsigned long n)
    __attribute__((format_arg(1), format_arg(2)));

#define _(text)          i18n_text(text)
#define MARK_(text)      text /* in constant tables: translated later, by _() where it is shown */
#define N_(one, many, n) i18n_plural((one), (many), (n))

#endif
