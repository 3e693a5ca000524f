-- A journal as the first released schema (user_version 1) wrote it.
PRAGMA application_id = 1399154549;
PRAGMA user_version = 1;
CREATE TABLE events (
            seq INTEGER PRIMARY KEY,
            job TEXT NOT NULL,
            what TEXT NOT NULL,
            at INTEGER NOT NULL,
            facts TEXT NOT NULL
        );
INSERT INTO "events" VALUES(1,'a1','intent',1777636800000000,'{"what":"intent","job":"a1","at":"2026-05-01T12:00:00Z","backend":"toy/small","task":{"prompt":"lofi"},"key":"key of a1","owner":"somebody","quoted":{"amount":"0.30","unit":"USD"},"reserved":{"amount":"0.30","unit":"USD"},"budgets":[],"parent":null,"to":"/music","overwrite":false}');
INSERT INTO "events" VALUES(2,'a1','submitted',1777636800000000,'{"what":"submitted","job":"a1","at":"2026-05-01T12:00:00Z","ticket":{"provider":"toy","id":"toy-a1","job":"a1","model":null,"state":{},"secrets":{"token":"t0psecret"},"submitted_at":null}}');
INSERT INTO "events" VALUES(3,'a1','terminal',1777636800000000,'{"what":"terminal","job":"a1","at":"2026-05-01T12:00:00Z","status":"succeeded","cost":{"amount":"0.12","unit":"USD"},"refunded":false,"reason":""}');
INSERT INTO "events" VALUES(4,'a1','delivered',1777636800000000,'{"what":"delivered","job":"a1","at":"2026-05-01T12:00:00Z","files":[{"path":"/music/song.wav","bytes":44,"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}]}');
INSERT INTO "events" VALUES(5,'b2','intent',1777636810000000,'{"what":"intent","job":"b2","at":"2026-05-01T12:00:10Z","backend":"toy/small","task":{"prompt":"lofi"},"key":"key of b2","owner":"studio:4711:8:x","quoted":null,"reserved":null,"budgets":[],"parent":null,"to":null,"overwrite":false}');
INSERT INTO "events" VALUES(6,'b2','submitted',1777636811000000,'{"what":"submitted","job":"b2","at":"2026-05-01T12:00:11Z","ticket":{"provider":"toy","id":"toy-b2","job":"b2","model":null,"state":{},"secrets":{"token":"t0psecret"},"submitted_at":null}}');
INSERT INTO "events" VALUES(7,'c3','intent',1777636820000000,'{"what":"intent","job":"c3","at":"2026-05-01T12:00:20Z","backend":"toy/small","task":{"prompt":"lofi"},"key":"key of c3","owner":"studio:4711:8:x","quoted":null,"reserved":null,"budgets":[],"parent":null,"to":null,"overwrite":false}');
INSERT INTO "events" VALUES(8,'d4','intent',1777636830000000,'{"what":"intent","job":"d4","at":"2026-05-01T12:00:30Z","backend":"toy/small","task":{"prompt":"lofi"},"key":"key of d4","owner":"somebody","quoted":null,"reserved":null,"budgets":[],"parent":null,"to":null,"overwrite":false}');
INSERT INTO "events" VALUES(9,'d4','refused',1777636831000000,'{"what":"refused","job":"d4","at":"2026-05-01T12:00:31Z","reason":"too loud"}');
INSERT INTO "events" VALUES(10,'e5','intent',1777636840000000,'{"what":"intent","job":"e5","at":"2026-05-01T12:00:40Z","backend":"toy/small","task":{"prompt":"lofi"},"key":"key of e5","owner":"somebody","quoted":null,"reserved":null,"budgets":[],"parent":null,"to":null,"overwrite":false}');
INSERT INTO "events" VALUES(11,'e5','unknown',1777636841000000,'{"what":"unknown","job":"e5","at":"2026-05-01T12:00:41Z","reason":"the line went dead"}');
CREATE TABLE jobs (
            id INTEGER PRIMARY KEY,
            job TEXT NOT NULL UNIQUE,
            state TEXT NOT NULL,
            created INTEGER NOT NULL,
            parent TEXT,
            unit TEXT,
            counted TEXT,
            owner TEXT,
            leased_until INTEGER,
            entry TEXT NOT NULL
        );
INSERT INTO "jobs" VALUES(1,'a1','delivered',1777636800000000,NULL,'USD','0.12',NULL,NULL,'{"job":"a1","state":"delivered","backend":"toy/small","task":{"prompt":"lofi"},"key":"key of a1","created":"2026-05-01T12:00:00Z","updated":"2026-05-01T12:00:00Z","ticket":{"provider":"toy","id":"toy-a1","job":"a1","model":null,"state":{},"secrets":{"token":"t0psecret"},"submitted_at":null},"status":"succeeded","quoted":{"amount":"0.30","unit":"USD"},"reserved":{"amount":"0.30","unit":"USD"},"cost":{"amount":"0.12","unit":"USD"},"refunded":false,"reason":"","files":[{"path":"/music/song.wav","bytes":44,"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}],"parent":null,"to":"/music","overwrite":false,"owner":null,"leased_until":null}');
INSERT INTO "jobs" VALUES(2,'b2','submitted',1777636810000000,NULL,NULL,NULL,'studio:4711:8:x',1777636870000000,'{"job":"b2","state":"submitted","backend":"toy/small","task":{"prompt":"lofi"},"key":"key of b2","created":"2026-05-01T12:00:10Z","updated":"2026-05-01T12:00:11Z","ticket":{"provider":"toy","id":"toy-b2","job":"b2","model":null,"state":{},"secrets":{"token":"t0psecret"},"submitted_at":null},"status":null,"quoted":null,"reserved":null,"cost":null,"refunded":false,"reason":"","files":[],"parent":null,"to":null,"overwrite":false,"owner":null,"leased_until":null}');
INSERT INTO "jobs" VALUES(3,'c3','intent',1777636820000000,NULL,NULL,NULL,'studio:4711:8:x',1777636880000000,'{"job":"c3","state":"intent","backend":"toy/small","task":{"prompt":"lofi"},"key":"key of c3","created":"2026-05-01T12:00:20Z","updated":"2026-05-01T12:00:20Z","ticket":null,"status":null,"quoted":null,"reserved":null,"cost":null,"refunded":false,"reason":"","files":[],"parent":null,"to":null,"overwrite":false,"owner":null,"leased_until":null}');
INSERT INTO "jobs" VALUES(4,'d4','refused',1777636830000000,NULL,NULL,NULL,NULL,NULL,'{"job":"d4","state":"refused","backend":"toy/small","task":{"prompt":"lofi"},"key":"key of d4","created":"2026-05-01T12:00:30Z","updated":"2026-05-01T12:00:31Z","ticket":null,"status":null,"quoted":null,"reserved":null,"cost":null,"refunded":false,"reason":"too loud","files":[],"parent":null,"to":null,"overwrite":false,"owner":null,"leased_until":null}');
INSERT INTO "jobs" VALUES(5,'e5','unknown',1777636840000000,NULL,NULL,NULL,NULL,NULL,'{"job":"e5","state":"unknown","backend":"toy/small","task":{"prompt":"lofi"},"key":"key of e5","created":"2026-05-01T12:00:40Z","updated":"2026-05-01T12:00:41Z","ticket":null,"status":null,"quoted":null,"reserved":null,"cost":null,"refunded":false,"reason":"the line went dead","files":[],"parent":null,"to":null,"overwrite":false,"owner":null,"leased_until":null}');
CREATE INDEX jobs_by_state ON jobs (state, created);
CREATE INDEX jobs_by_parent ON jobs (parent, created) WHERE parent IS NOT NULL;
CREATE INDEX jobs_by_owner ON jobs (owner) WHERE owner IS NOT NULL;
CREATE INDEX jobs_by_cost ON jobs (unit, created, counted) WHERE unit IS NOT NULL;
