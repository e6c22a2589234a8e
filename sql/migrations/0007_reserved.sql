-- Holds the number 0007 until the migration it is kept for is here: that one replaces this file.
select 1;
