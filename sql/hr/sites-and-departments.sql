-- Sites and departments of the sample company, for 90-sample-data.sql and generate-people.sql, which include this file.
-- Running it again changes nothing.

INSERT INTO hr.sites (site_code, name, country, time_zone) VALUES
        ('HQ',       'Headquarters, Berlin',        'DE', 'Europe/Berlin'),
        ('Annex',    'Annex across the yard',       'DE', 'Europe/Berlin'),
        ('London',   'London office',               'GB', 'Europe/London'),
        ('New York', 'New York office',             'US', 'America/New_York'),
        ('Honolulu', 'Observatory, Honolulu',       'US', 'Pacific/Honolulu'),
        ('Tokyo',    'Tokyo office',                'JP', 'Asia/Tokyo'),
        ('Kathmand', 'Workshop, Kathmandu',         'NP', 'Asia/Kathmandu'),
        ('Sydney',   'Warehouse, Sydney',           'AU', 'Australia/Sydney')
ON CONFLICT DO NOTHING;

INSERT INTO hr.departments (department_id, name, cost_centre, part_of) VALUES
        (10, 'Executive',  '1000',   NULL),
        (20, 'Security',   '2000',   10),
        (30, 'Facilities', '3000',   10),
        (40, 'Research',   '4000',   10),
        (50, 'Production', '5000',   10),
        (60, 'Sales',      '6000',   10),
        (70, 'HR',         '7000',   10),
        (80, 'IT',         '8000',   10),
        (90, 'Finance',    '9000',   10),
        (41, 'Observatory','4100',   40)
ON CONFLICT DO NOTHING;

-- New departments are numbered after these.
SELECT pg_catalog.setval('hr.departments_department_id_seq', (SELECT max(department_id) FROM hr.departments)) \gset unused_
