-- Writes about 4 MB of temporary file on the disk of the database and reads it again: fails when there is no room
select count(*)
from (select repeat('x', 8000) || piece as text from generate_series(1, 512) piece order by 1 offset 1) sorted
