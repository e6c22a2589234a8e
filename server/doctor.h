/* Looks for what is wrong with an installation before people notice: the checks of "shans-server doctor" and,
 * as far as they concern the database, of every start. */
#ifndef SERVER_DOCTOR_H
#define SERVER_DOCTOR_H

#include "server/options.h"
#include "server/store/db.h"

typedef enum DoctorLevel { DOCTOR_FINE = 0, DOCTOR_WARNING, DOCTOR_FAULT } DoctorLevel;

/* One thing that is wrong: what and what to do are the sentence of the error. */
typedef struct DoctorFinding {
    const char *check; /* name of the check that found it */
    DoctorLevel level;
    Err what;
} DoctorFinding;

/* Exit status of the command by the worst finding. */
enum { DOCTOR_FINDINGS_MAX = 64, DOCTOR_EXIT_WARNING = 3, DOCTOR_EXIT_FAULT = 4 };

typedef struct Doctor {
    const ServerOptions *options;
    const char *app_conninfo; /* of the login shans_app; NULL: not known */
    const Clock *clock;
    const char *check; /* the one under way */
    Db *db;            /* as shans_app; NULL: no connection */
    DoctorFinding findings[DOCTOR_FINDINGS_MAX];
    size_t count;
} Doctor;

/* One check as data. */
typedef struct DoctorCheck {
    const char *name, *title; /* title: translated when shown */
    void (*run)(Doctor *doctor);
    bool at_start; /* also run, and its findings logged, whenever a server starts */
} DoctorCheck;

extern const DoctorCheck doctor_checks[];
extern const size_t doctor_check_count;

/* The place for one more finding of the check under way; the caller sets the error. Never NULL: when there
 * are too many the last one is written over. */
Err *doctor_find(Doctor *doctor, DoctorLevel level);

/* Runs every check (or those of a start) and leaves the findings. */
void doctor_run(Doctor *doctor, bool at_start);
DoctorLevel doctor_worst(const Doctor *doctor);

/* The report: a line for each check for people, or {"schema":"shans.doctor.v1", …}. */
void doctor_show(const Doctor *doctor, bool russian, Buf *buf);
void doctor_show_json(const Doctor *doctor, bool russian, Buf *buf);

/* The command: finds the database of the options, runs everything, prints, gives the exit status. */
int doctor_command(const ServerOptions *options);

/* At a start: findings go to the log, nothing is refused. */
void doctor_at_start(const ServerOptions *options, const char *app_conninfo);

#endif
