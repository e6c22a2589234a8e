-- What is sorted below is written to the disk
select set_config('work_mem', '64kB', true)
