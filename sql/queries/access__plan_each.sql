-- a plan for what is asked, each time: one that fits every question reads the whole log
select set_config('plan_cache_mode', 'force_custom_plan', true)
