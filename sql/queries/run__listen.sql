listen shans_run
