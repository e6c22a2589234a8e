-- A thousand changes of role on one session, with plans kept between them: each time exactly the own rows.
do $$
declare
    n bigint;
    foreign_rows bigint;
begin
    for i in 1..1000 loop
        case i % 5
            when 0 then perform trial.enter('shans_school', null, '{11}', null);
            when 1 then perform trial.enter('shans_district', '3', null, null);
            when 2 then perform trial.enter('shans_region', null, null, 'on');
            when 3 then perform trial.enter('shans_school', null, null, null);
            else perform trial.enter('shans_writer', null, '{22}', null);
        end case;
        select count(*) into n from shans.submission;
        select count(*) into foreign_rows from shans.cell_revision
        where case i % 5 when 0 then school_id <> 11 when 1 then district_id <> 3 when 2 then false when 3 then true
              else school_id <> 22 end;
        perform trial.leave();
        assert n = case i % 5 when 0 then 1 when 1 then 2 when 2 then 4 when 3 then 0 else 1 end, format('%s: %s rows', i, n);
        assert foreign_rows = 0, format('%s: %s rows of others', i, foreign_rows);
    end loop;
end
$$;
