-- Holds the number 0006 until the migration it is kept for is here: that one replaces this file.
select 1;
