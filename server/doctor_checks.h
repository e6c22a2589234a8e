/* The single checks of the doctor. Each adds findings, or none when all is well; none changes anything. The
 * small ones that take plain numbers are the rules themselves, so that every fault can be tested. */
#ifndef SERVER_DOCTOR_CHECKS_H
#define SERVER_DOCTOR_CHECKS_H

#include "server/doctor.h"

/* Over the connection to the database (doctor_database.c). */
void doctor_connection(Doctor *doctor); /* opens it; the others do nothing without */
void doctor_durability(Doctor *doctor);
void doctor_encoding(Doctor *doctor);
void doctor_migrations(Doctor *doctor);
void doctor_roles(Doctor *doctor);
void doctor_policies(Doctor *doctor);
void doctor_indexes(Doctor *doctor);
void doctor_standbys(Doctor *doctor);
void doctor_clock(Doctor *doctor);

/* Of the machine (doctor_machine.c). */
void doctor_settings(Doctor *doctor);
void doctor_disk(Doctor *doctor);
void doctor_folders(Doctor *doctor);
void doctor_tls(Doctor *doctor);
void doctor_ports(Doctor *doctor);
void doctor_files(Doctor *doctor);
void doctor_libraries(Doctor *doctor);

/* free and total: bytes of the file system that holds folder; total 0: it does not say. */
void doctor_judge_disk(Doctor *doctor, const char *folder, uint64_t free_bytes, uint64_t total_bytes);

/* Dotted versions, compared number by number. */
void doctor_judge_library(Doctor *doctor, const char *name, const char *have, const char *need);

#endif
