select set_config('lock_timeout', '3s', true)
