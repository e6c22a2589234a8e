-- every statement of a batch goes by key: planning it anew for each item costs more than running it, and a plan made
-- while a partition was empty must not read it whole when it is full
select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)
