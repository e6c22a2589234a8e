-- $1 run: one line for each reason
select concat_ws('|', org.code, reason.year, reason.procedure, reason.participants, reason.below, reason.low, reason.risk,
                 reason.reliable, reason.wilson_low_ppm, reason.wilson_high_ppm, reason.source, reason.submission_id,
                 reason.revision, reason.origin_school_id, case when reason.disputed then 'disputed' end)
from shans.run_procedure reason
join shans.org on org.id = reason.school_id
where reason.run_id = $1::bigint
order by org.code collate "C", reason.year, reason.procedure collate "C", reason.origin_school_id
