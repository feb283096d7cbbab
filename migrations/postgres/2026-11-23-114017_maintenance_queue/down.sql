UPDATE jobs SET queue = 'default' WHERE queue = 'maintenance';
