create schema if not exists shans
