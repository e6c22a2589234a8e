UPDATE operation SET next_due_ms = 0 WHERE state = 1;
