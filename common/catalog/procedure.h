/* An assessment procedure (оценочная процедура) as the results form names its rows:
 * FAMILY.SUBJECT[.GRADE or .LEVEL][.AUT], e.g. VPR.RUS.5, VPR.MATH.6.AUT, OGE.MATH, EGE.MATH.P, EGE.MATH.B.
 */
#ifndef COMMON_CATALOG_PROCEDURE_H
#define COMMON_CATALOG_PROCEDURE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum Family { FAMILY_UNSET = 0, FAMILY_VPR = 1, FAMILY_OGE = 2, FAMILY_EGE = 3 } Family;
typedef enum Subject { SUBJECT_UNSET = 0, SUBJECT_RUSSIAN = 1, SUBJECT_MATHS = 2 } Subject;
typedef enum Level { LEVEL_NONE = 0, LEVEL_BASE = 1, LEVEL_PROFILE = 2 } Level;
typedef enum Wave { WAVE_SPRING = 0, WAVE_AUTUMN = 1 } Wave;

typedef struct Procedure {
    Family family;
    Subject subject;
    Level level;
    int grade; /* programme grade; 0 for exams (and "any" in a profile) */
    Wave wave;
} Procedure;

enum { PROCEDURE_TEXT_SIZE = 32 };

/* False when the text is not a procedure code. */
bool procedure_parse(const char *code, Procedure *ret);

/* Writes the canonical code; to: PROCEDURE_TEXT_SIZE bytes. */
void procedure_dump(Procedure procedure, char *to);

/* Total order: family, subject, level, grade, wave. */
int procedure_compare(Procedure a, Procedure b);

#endif
