-- every statement of a batch goes by key: planning it anew for each item costs more than running it
select set_config('plan_cache_mode', 'force_generic_plan', true)
