BEGIN TRANSACTION;
CREATE TABLE counters (
	name TEXT NOT NULL, 
	value BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "counters" VALUES('products',3);
INSERT INTO "counters" VALUES('settings',1);
CREATE TABLE documents (
	seq INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	model TEXT NOT NULL, 
	vector BLOB, 
	PRIMARY KEY (seq)
);
INSERT INTO "documents" VALUES(2,'{"attributes":{"color":["Blue","White"],"new":true,"none":[],"price":39.0,"stock":3,"type":"Shirts"},"description":"Light. 亚麻衬衫","group":"linen","id":"sku-1","images":["https://shop.example/1.jpg","/pictures/2.jpg"],"original":{"color":"blue/white"},"title":"Linen shirt","translations":{"zh":{"title":"亚麻衬衫"}}}','tiny@1',X'003800B800380038');
CREATE TABLE keys (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	scopes TEXT NOT NULL, 
	filter TEXT, 
	created FLOAT NOT NULL, 
	expires FLOAT, 
	revoked FLOAT, 
	PRIMARY KEY (id), 
	UNIQUE (hash)
);
INSERT INTO "keys" VALUES('4232384c','golden','cb92fc0e479bce2c2ad5341a0ece002b981b1da2df0adb514704fdd4c0cca2b2','search','{"brand": ["Acme"]}',1.79546751635252738003e+09,NULL,NULL);
CREATE TABLE meta (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('schema','1');
INSERT INTO "meta" VALUES('secret','0000000000000000000000000000000000000000000000000000000000000000');
CREATE TABLE products (
	id TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	gone BOOLEAN NOT NULL, 
	fingerprint TEXT NOT NULL, 
	variants TEXT, 
	run TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (seq)
);
INSERT INTO "products" VALUES('sku-2',3,1,'',NULL,'14cd7ec491619387');
INSERT INTO "products" VALUES('sku-1',2,0,'f','linen','14cd7ec491619387');
CREATE TABLE queries (
	number INTEGER NOT NULL, 
	time FLOAT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "queries" VALUES(1,100.0,'{"query_id": "q1", "time": 100.0, "session": "s", "asked": {"text": "\u7ea2 shoes"}, "shown": ["a", "b"], "offset": 0, "total": 2, "policy": "default", "milliseconds": 1.5}');
CREATE TABLE rejected (
	run TEXT NOT NULL, 
	"row" BIGINT NOT NULL, 
	place TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	excerpt TEXT NOT NULL, 
	PRIMARY KEY (run, "row"), 
	FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "rejected" VALUES('14cd7ec491619387',3,'price','It is negative.','-1');
CREATE TABLE runs (
	id TEXT NOT NULL, 
	source TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	position BIGINT NOT NULL, 
	counts TEXT NOT NULL, 
	started FLOAT NOT NULL, 
	updated FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('14cd7ec491619387','feed.csv','full','done',0,'{}',1.79546751627677083013e+09,1.79546751632194638258e+09);
CREATE TABLE settings (
	name TEXT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "settings" VALUES('search','{"weak_match":0.25}');
CREATE TABLE tasks (
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	progress FLOAT NOT NULL, 
	result TEXT, 
	error TEXT, 
	created FLOAT NOT NULL, 
	updated FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "tasks" VALUES('jaqDv06VVkVfh7Aq','index','done',1.0,'{"new": 1}',NULL,1.79546751637250185011e+09,1.79546751638053059575e+09);
CREATE INDEX ix_products_gone ON products (gone);
CREATE INDEX ix_products_run ON products (run);
CREATE INDEX ix_runs_source ON runs (source);
CREATE INDEX ix_queries_time ON queries (time);
COMMIT;
