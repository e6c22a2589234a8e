-- Roles of ours with more rights than they may have, and working roles the login has lost
select rolname, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or (rolcanlogin and rolname <> 'shans_app'),
       not pg_has_role('shans_app', oid, 'member')
from pg_roles
where rolname like 'shans\_%' and rolname <> 'shans_owner'
order by rolname
