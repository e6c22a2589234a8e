/* Owns the table of checks and the report. Invariant: each check appears in the report exactly once, fine or
 * with its findings. Must not mend anything. */
#include "server/doctor.h"

#include <stdio.h>

#include "common/base/i18n.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/reason.h"
#include "common/core/text.h"
#include "server/doctor_checks.h"
#include "server/store/embedded_place.h"

enum { REPORT_MAX = 1 << 20, SENTENCE_MAX = 8192 };

const DoctorCheck doctor_checks[] = {
    {"settings", MARK_("settings"), doctor_settings, false},
    {"connection", MARK_("connection to the database and its version"), doctor_connection, true},
    {"durability", MARK_("what was confirmed survives a crash"), doctor_durability, true},
    {"encoding", MARK_("encoding and locale of the database"), doctor_encoding, true},
    {"migrations", MARK_("migrations"), doctor_migrations, true},
    {"roles", MARK_("database roles"), doctor_roles, true},
    {"policies", MARK_("row-level security"), doctor_policies, true},
    {"indexes", MARK_("indexes"), doctor_indexes, true},
    {"standbys", MARK_("standbys"), doctor_standbys, true},
    {"clock", MARK_("clocks of the server and the database"), doctor_clock, true},
    {"disk", MARK_("room on the disk"), doctor_disk, true},
    {"folders", MARK_("rights to folders and keys"), doctor_folders, false},
    {"tls", MARK_("certificate"), doctor_tls, true},
    {"ports", MARK_("addresses and ports"), doctor_ports, false},
    {"files", MARK_("limit of open files"), doctor_files, true},
    {"libraries", MARK_("versions of libraries"), doctor_libraries, true},
};
const size_t doctor_check_count = sizeof doctor_checks / sizeof *doctor_checks;

Err *doctor_find(Doctor *doctor, DoctorLevel level)
{
    size_t index = doctor->count < DOCTOR_FINDINGS_MAX ? doctor->count++ : DOCTOR_FINDINGS_MAX - 1;

    doctor->findings[index] = (DoctorFinding){doctor->check, level, {.code = ERR_OK}};
    return &doctor->findings[index].what;
}

void doctor_run(Doctor *doctor, bool at_start)
{
    for (size_t i = 0; i < doctor_check_count; i++) {
        doctor->check = doctor_checks[i].name;
        if (doctor_checks[i].at_start || !at_start)
            doctor_checks[i].run(doctor);
    }
    db_close(doctor->db);
    doctor->db = NULL;
}

static DoctorLevel level_of(const Doctor *doctor, const char *check)
{
    DoctorLevel worst = DOCTOR_FINE;

    for (size_t i = 0; i < doctor->count; i++) {
        const DoctorFinding *finding = &doctor->findings[i];

        if ((check == NULL || text_equal(finding->check, check)) && finding->level > worst)
            worst = finding->level;
    }
    return worst;
}

DoctorLevel doctor_worst(const Doctor *doctor)
{
    return level_of(doctor, NULL);
}

/* ---- the report ---- */

static const char *level_name(DoctorLevel level)
{
    static const char *const names[] = {"ok", "warning", "fault"};

    return names[level];
}

static const char *level_label(DoctorLevel level)
{
    static const char *const labels[] = {MARK_("fine"), MARK_("warning"), MARK_("fault")};

    return i18n_text(labels[level]);
}

/* The sentence in a buffer of its own: what is wrong, and what to do. */
static void add_sentence(const Err *what, bool russian, Buf *buf)
{
    Buf sentence;

    buf_init(&sentence, SENTENCE_MAX);
    reason_show(what, russian, &sentence);
    buf_text(buf, sentence.data != NULL ? sentence.data : what->reason);
    buf_done(&sentence);
}

void doctor_show(const Doctor *doctor, bool russian, Buf *buf)
{
    for (size_t i = 0; i < doctor_check_count; i++) {
        const DoctorCheck *check = &doctor_checks[i];

        buf_printf(buf, "%s: %s\n", i18n_text(check->title), level_label(level_of(doctor, check->name)));
        for (size_t j = 0; j < doctor->count; j++) {
            const DoctorFinding *finding = &doctor->findings[j];

            if (!text_equal(finding->check, check->name))
                continue;
            buf_printf(buf, "    %s: ", level_label(finding->level));
            add_sentence(&finding->what, russian, buf);
            buf_printf(buf, " [%s]\n", finding->what.reason);
        }
    }
}

static void show_finding(const DoctorFinding *finding, bool russian, Json *json)
{
    Buf sentence;

    buf_init(&sentence, SENTENCE_MAX);
    add_sentence(&finding->what, russian, &sentence);
    json_object(json, NULL);
    json_text(json, "level", level_name(finding->level));
    json_text(json, "reason", finding->what.reason);
    json_text(json, "message", sentence.data != NULL ? sentence.data : "");
    json_object_end(json);
    buf_done(&sentence);
}

void doctor_show_json(const Doctor *doctor, bool russian, Buf *buf)
{
    Json json = json_writer(buf, true);

    json_object(&json, NULL);
    json_text(&json, "schema", "shans.doctor.v1");
    json_text(&json, "worst", level_name(doctor_worst(doctor)));
    json_array(&json, "checks");
    for (size_t i = 0; i < doctor_check_count; i++) {
        const char *name = doctor_checks[i].name;

        json_object(&json, NULL);
        json_text(&json, "check", name);
        json_text(&json, "level", level_name(level_of(doctor, name)));
        json_array(&json, "findings");
        for (size_t j = 0; j < doctor->count; j++) {
            if (text_equal(doctor->findings[j].check, name))
                show_finding(&doctor->findings[j], russian, &json);
        }
        json_array_end(&json);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    buf_char(buf, '\n');
}

/* ---- the command and the start ---- */

/* A private cluster that does not run cannot be asked: that is a finding, not the end. */
int doctor_command(const ServerOptions *options)
{
    Doctor doctor = {
        .options = options, .app_conninfo = options->db, .clock = &clock_system, .check = "connection"};
    char conninfo[PLACE_CONNINFO_SIZE];
    Err err = {0};
    Buf buf;

    if (options->embedded != NULL) {
        if (embedded_place_attach(options->embedded, "shans_app", conninfo, &err) == ERR_OK)
            doctor.app_conninfo = conninfo;
        else
            *doctor_find(&doctor, DOCTOR_WARNING) = err;
    }
    log_set_level(LOG_OFF); /* what the connection has to say is in the findings */
    doctor_run(&doctor, false);
    buf_init(&buf, REPORT_MAX);
    if (text_equal(options->format, "json"))
        doctor_show_json(&doctor, i18n_russian(), &buf);
    else
        doctor_show(&doctor, i18n_russian(), &buf);
    fputs(buf.data != NULL ? buf.data : "", stdout);
    buf_done(&buf);
    DoctorLevel worst = doctor_worst(&doctor);
    return worst == DOCTOR_FINE ? 0 : worst == DOCTOR_WARNING ? DOCTOR_EXIT_WARNING : DOCTOR_EXIT_FAULT;
}

void doctor_at_start(const ServerOptions *options, const char *app_conninfo)
{
    Doctor doctor = {.options = options, .app_conninfo = app_conninfo, .clock = &clock_system};

    doctor_run(&doctor, true);
    for (size_t i = 0; i < doctor.count; i++)
        log_err(doctor.findings[i].level == DOCTOR_FAULT ? LOG_ERROR : LOG_WARNING, "doctor",
                &doctor.findings[i].what);
}
